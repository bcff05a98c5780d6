"""A port under test, and everything around it: an issuer of keys, the channel's own service, a clock."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import jwt
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.botframework import BotFramework
from bot.channel import (
    Conversation,
    InvokeReply,
    Turn,
)

APP_ID = "5c0d8f0a-0000-4000-8000-000000000001"
TENANT = "5c0d8f0a-0000-4000-8000-00000000000a"
PERSON = "5c0d8f0a-0000-4000-8000-0000000000aa"
ISSUER = "https://issuer.example"
KEYS = {kid: rsa.generate_private_key(public_exponent=65537, key_size=2048) for kid in ("old", "new")}


@dataclass
class Issuer:
    """Serves OpenID metadata and keys on loopback, and signs tokens."""

    serving: list[str] = field(default_factory=lambda: ["old"])
    endorsements: list[str] = field(default_factory=lambda: ["msteams", "webchat"])
    down: bool = False
    fetches: int = 0
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""

    async def metadata(self, request: web.Request) -> web.Response:
        self.fetches += 1
        self.asked.set()
        if self.down:
            return web.Response(status=503)
        return web.json_response({"issuer": ISSUER, "jwks_uri": str(request.url.with_path("/keys"))})

    async def keys(self, _: web.Request) -> web.Response:
        jwks = [
            jwt.algorithms.RSAAlgorithm.to_jwk(KEYS[kid].public_key(), as_dict=True)
            | {"kid": kid, "endorsements": self.endorsements}
            for kid in self.serving
        ]
        return web.json_response({"keys": jwks})


@dataclass
class Chats:
    """A stand-in connector: records calls, answers as told."""

    calls: list[tuple[str, str, dict[str, Any], str]] = field(default_factory=list)
    answer: Callable[[], web.Response] = lambda: web.json_response({"id": "posted-1"})
    silent: bool = False
    let_go: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""

    async def receive(self, request: web.Request) -> web.Response:
        authorization = request.headers.get("Authorization", "")
        self.calls.append((request.method, request.raw_path, await request.json(), authorization))
        if self.silent:
            await self.let_go.wait()
        return self.answer()


@dataclass
class Clock:
    """Seconds that pass only when a test says so."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class World:
    """A port under test with everything around it."""

    issuer: Issuer
    chats: Chats
    clock: Clock
    turns: list[Turn] = field(default_factory=list)
    reply: InvokeReply | None = None
    token_threads: list[int] = field(default_factory=list)
    token_error: Exception | None = None
    port: BotFramework = field(init=False)
    client: TestClient[web.Request, web.Application] = field(init=False)

    async def on_turn(self, turn: Turn) -> InvokeReply | None:
        self.turns.append(turn)
        return self.reply

    def fetch_token(self) -> str:
        self.token_threads.append(threading.get_ident())
        if self.token_error:
            raise self.token_error
        return f"ours-{len(self.token_threads)}"

    async def open(self, **settings: Any) -> None:
        self.port = BotFramework(self.on_turn, openid_url=self.issuer.url, issuer=ISSUER, clock=self.clock, **settings)
        app = web.Application()
        self.port.mount(app)
        self.client = TestClient(TestServer(app))
        await self.client.start_server()

    async def post(self, body: Any, token: str | None = None, **headers: str) -> ClientResponse:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", **headers}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return await self.client.post("/api/messages", data=raw, headers=headers)

    def token(self, *, kid: str = "old", key: Any = None, **changes: Any) -> str:
        claims = {
            "iss": ISSUER,
            "aud": APP_ID,
            "serviceurl": self.chats.url,
            "exp": int(time.time()) + 3600,
        } | changes
        claims = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(claims, key or KEYS[kid], algorithm="RS256", headers={"kid": kid})

    def activity(self, **changes: Any) -> dict[str, Any]:
        made = {
            "type": "message",
            "id": "act-1",
            "channelId": "msteams",
            "serviceUrl": self.chats.url,
            "conversation": {"id": "a:chat", "conversationType": "personal", "tenantId": TENANT},
            "from": {"id": "29:person", "name": "Ann Auditor", "aadObjectId": PERSON},
            "recipient": {"id": "28:bot", "name": "Audit Bot"},
            "channelData": {"tenant": {"id": TENANT}},
            "text": "hello",
        } | changes
        return {name: value for name, value in made.items() if value is not None}

    def conversation(self) -> Conversation:
        return Conversation("a:chat", self.chats.url, "msteams", TENANT, "28:bot", "Audit Bot", "29:person")


async def serve(routes: list[web.RouteDef]) -> TestServer[web.Request]:
    app = web.Application()
    app.add_routes(routes)
    server = TestServer(app)
    await server.start_server()
    return server


async def refused(world: World, response: ClientResponse, status: int) -> bool:
    """The answer has `status`, says nothing, and no turn came of it."""
    return response.status == status and await response.read() == b"" and world.turns == []
