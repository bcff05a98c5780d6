"""The Teams door over real sockets: who may knock, what a turn is made of, what goes out and how it fails."""

from __future__ import annotations

import asyncio
import gzip
import json
import threading
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import jwt
import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.botframework import MAX_BODY, BotFramework
from bot.channel import (
    Blocked,
    ChannelError,
    Conversation,
    InvokeReply,
    Kind,
    NotFound,
    Throttled,
    TryLater,
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


async def _serve(routes: list[web.RouteDef]) -> TestServer[web.Request]:
    app = web.Application()
    app.add_routes(routes)
    server = TestServer(app)
    await server.start_server()
    return server


@pytest.fixture
async def around() -> AsyncIterator[World]:
    """Issuer and connector are up; the port is not open yet."""
    issuer, chats = Issuer(), Chats()
    servers = [
        await _serve([web.get("/openid", issuer.metadata), web.get("/keys", issuer.keys)]),
        await _serve([web.route("*", "/{path:.*}", chats.receive)]),
    ]
    issuer.url, chats.url = str(servers[0].make_url("/openid")), str(servers[1].make_url("/amer/"))
    world = World(issuer, chats, Clock())
    yield world
    chats.let_go.set()
    await world.client.close()
    for server in servers:
        await server.close()


@pytest.fixture
async def world(around: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A registered bot."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    await around.open(
        app_id=APP_ID,
        app_password="secret",
        app_tenant_id=TENANT,
        app_type="SingleTenant",
        fetch_token=around.fetch_token,
        timeout_s=5,
    )
    return around


@pytest.fixture
async def local(around: World) -> World:
    """A bot in local mode."""
    await around.open(local=True)
    return around


async def refused(world: World, response: ClientResponse, status: int) -> bool:
    """The answer has `status`, says nothing, and no turn came of it."""
    return response.status == status and await response.read() == b"" and world.turns == []


# Who may knock


async def test_a_signed_message_from_our_tenant_is_a_turn(world: World) -> None:
    response = await world.post(world.activity(), world.token())
    assert response.status == 200
    assert world.turns == [
        Turn(
            kind=Kind.MESSAGE,
            activity_id="act-1",
            conversation=world.conversation(),
            tenant=TENANT,
            entra_object_id=PERSON,
            display_name="Ann Auditor",
            text="hello",
        )
    ]


EMULATOR = "https://sts.windows.net/d6d49420-f39b-4df7-a1dc-d59a935871db/"
STRANGER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
BAD_TOKENS: dict[str, Callable[[World], str]] = {
    "garbage": lambda w: "not-a-token",
    "garbage of three parts": lambda w: "a.b.c",
    "deep JSON": lambda w: f"{jwt.utils.base64url_encode(b'[' * 3000).decode()}.e30.e30",
    "deep JSON inside": lambda w: f"e30.{jwt.utils.base64url_encode(b'[' * 3000).decode()}.e30",
    "two spaces": lambda w: f" {w.token()}",
    "not ASCII": lambda w: "é.é.é",
    "expired": lambda w: w.token(exp=int(time.time()) - 3600),
    "without an end": lambda w: w.token(exp=None),
    "with a silly end": lambda w: w.token(exp=float("inf")),
    "not yet valid": lambda w: w.token(nbf=int(time.time()) + 3600),
    "unknown key id": lambda w: w.token(kid="other", key=STRANGER),
    "no key id": lambda w: jwt.encode({"iss": ISSUER, "exp": 9**10}, STRANGER, algorithm="RS256"),
    "known id, another's key": lambda w: w.token(key=STRANGER),
    "unsigned": lambda w: jwt.encode({"iss": ISSUER, "aud": APP_ID}, None, algorithm="none", headers={"kid": "old"}),
    "signed with a shared secret": lambda w: jwt.encode(
        {"iss": ISSUER}, "s" * 40, algorithm="HS256", headers={"kid": "old"}
    ),
    "wrong audience": lambda w: w.token(aud="5c0d8f0a-0000-4000-8000-0000000000ff"),
    "audience among others": lambda w: w.token(aud=[APP_ID, "other"]),
    "no audience": lambda w: w.token(aud=None),
    "no issuer": lambda w: w.token(iss=None),
    "issuer of another tenant": lambda w: w.token(iss="https://sts.windows.net/some-other-tenant/"),
    "issuer of the emulator": lambda w: w.token(iss=EMULATOR),
    "issuer of the emulator, for us": lambda w: w.token(iss=EMULATOR, ver="1.0", appid=APP_ID),
    "a skill's": lambda w: w.token(ver="1.0", appid="another-bot"),
    "an anonymous skill's": lambda w: w.token(appid="AnonymousSkill"),
    "another service URL": lambda w: w.token(serviceurl="https://smba.trafficmanager.net/uk/"),
    "no service URL": lambda w: w.token(serviceurl=None),
}


@pytest.mark.parametrize("bad", BAD_TOKENS.values(), ids=BAD_TOKENS.keys())
async def test_a_bad_token_is_401_without_detail(world: World, bad: Callable[[World], str]) -> None:
    assert await refused(world, await world.post(world.activity(), bad(world)), 401)


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": ""}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer"}]
)
async def test_no_token_is_401(world: World, headers: dict[str, str]) -> None:
    assert await refused(world, await world.post(world.activity(), **headers), 401)


@pytest.mark.parametrize("scheme", ["bearer", "Basic", ""])
async def test_another_scheme_is_401(world: World, scheme: str) -> None:
    authorization = f"{scheme} {world.token()}"
    assert await refused(world, await world.post(world.activity(), Authorization=authorization), 401)


async def test_a_key_that_is_not_endorsed_for_teams_is_401(world: World) -> None:
    world.issuer.endorsements = ["webchat"]
    assert await refused(world, await world.post(world.activity(), world.token()), 401)


@pytest.mark.parametrize(
    "foreign",
    [
        {"channelData": {"tenant": {"id": "another"}}},
        {"channelData": {}, "conversation": {"id": "a:chat", "tenantId": "another"}},
        {"channelData": None, "conversation": {"id": "a:chat"}},
        {"channelId": "webchat"},
    ],
    ids=["tenant", "conversation's tenant", "no tenant", "channel"],
)
async def test_a_good_token_from_elsewhere_is_403(world: World, foreign: dict[str, Any]) -> None:
    assert await refused(world, await world.post(world.activity(**foreign), world.token()), 403)


async def test_the_tenant_can_come_with_the_conversation(world: World) -> None:
    await world.post(world.activity(channelData=None), world.token())
    assert [turn.tenant for turn in world.turns] == [TENANT]


# Keys


async def test_keys_are_fetched_once_and_shared_by_turns_at_the_same_time(world: World) -> None:
    await asyncio.gather(*(world.post(world.activity(), world.token()) for _ in range(5)))
    assert (len(world.turns), world.issuer.fetches) == (5, 1)


async def test_unknown_key_ids_cannot_make_us_fetch_again_and_again(world: World) -> None:
    for _ in range(3):
        await world.post(world.activity(), world.token(kid="other", key=STRANGER))
    assert world.issuer.fetches == 1


async def test_a_new_key_is_found(world: World) -> None:
    await world.post(world.activity(), world.token())
    world.issuer.serving = ["new"]
    world.clock.now += 301
    assert (await world.post(world.activity(), world.token(kid="new"))).status == 200


async def test_keys_are_refreshed_in_the_background_and_stale_ones_kept(world: World) -> None:
    await world.post(world.activity(), world.token())
    world.issuer.down = True
    world.clock.now += 13 * 3600
    assert (await world.post(world.activity(), world.token())).status == 200
    world.clock.now += 301
    assert (await world.post(world.activity(), world.token())).status == 200
    world.issuer.down, world.issuer.serving = False, ["old", "new"]
    world.clock.now += 301
    assert (await world.post(world.activity(), world.token())).status == 200
    assert (await world.post(world.activity(), world.token(kid="new"))).status == 200
    assert world.issuer.fetches <= 4


async def test_keys_are_refreshed_before_a_new_one_is_needed(world: World) -> None:
    await world.post(world.activity(), world.token())
    world.issuer.asked.clear()
    world.clock.now += 13 * 3600
    await world.post(world.activity(), world.token())
    await asyncio.wait_for(world.issuer.asked.wait(), 5)
    assert world.issuer.fetches == 2


async def test_an_empty_list_of_keys_replaces_nothing(world: World) -> None:
    await world.post(world.activity(), world.token())
    world.issuer.serving = []
    world.clock.now += 13 * 3600
    for kid, status in (("old", 200), ("new", 401), ("old", 200)):
        assert (await world.post(world.activity(), world.token(kid=kid))).status == status


async def test_without_any_keys_it_is_503_until_they_come(world: World) -> None:
    world.issuer.down = True
    assert await refused(world, await world.post(world.activity(), world.token()), 503)
    world.issuer.down = False
    world.clock.now += 6
    assert (await world.post(world.activity(), world.token())).status == 200


async def test_keys_that_cannot_be_read_are_503(world: World) -> None:
    world.issuer.serving = []
    assert await refused(world, await world.post(world.activity(), world.token()), 503)


# What comes in


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"null", 400),
        (b"\xff\xfe\xff", 400),
        (b"[" * 100_000, 400),
        (b'{"a":' * 500 + b'"\\u0000"' + b"}" * 500, 400),
        (b"{" + b" " * MAX_BODY + b"}", 413),
    ],
    ids=["empty", "cut", "list", "null", "bytes", "deep", "deep with NUL", "large"],
)
async def test_an_unreadable_body_is_refused(world: World, body: bytes, status: int) -> None:
    assert await refused(world, await world.post(body, world.token()), status)


async def test_a_large_body_in_pieces_or_packed_is_413(world: World) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(5):
            yield b" " * (MAX_BODY // 4)

    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {world.token()}"}
    response = await world.client.post("/api/messages", data=pieces(), headers=headers)
    assert await refused(world, response, 413)
    packed = gzip.compress(b" " * (MAX_BODY * 20))
    assert await refused(world, await world.post(packed, world.token(), **{"Content-Encoding": "gzip"}), 413)


async def test_a_broken_pack_is_400(world: World) -> None:
    headers = {"Content-Encoding": "gzip"}
    assert await refused(world, await world.post(b"not gzip", world.token(), **headers), 400)


async def test_a_body_that_never_arrives_is_408(around: World) -> None:
    await around.open(local=True, timeout_s=0.05)

    async def endless() -> AsyncIterator[bytes]:
        yield b"{"
        await around.chats.let_go.wait()

    response = await around.client.post("/api/messages", data=endless(), headers={"Content-Type": "application/json"})
    assert await refused(around, response, 408)


async def test_only_json_is_taken(world: World) -> None:
    response = await world.post(world.activity(), world.token(), **{"Content-Type": "text/plain"})
    assert await refused(world, response, 415)


@pytest.mark.parametrize("missing", ["type", "id", "channelId", "serviceUrl", "conversation", "from", "recipient"])
@pytest.mark.parametrize("instead", [None, 7, {}])
async def test_a_missing_field_is_400(world: World, missing: str, instead: object) -> None:
    body = world.activity() | {missing: instead}
    assert await refused(world, await world.post(body, world.token()), 400)


@pytest.mark.parametrize("instead", [None, 7, "x", [], {}, [[]], {"id": 7}])
@pytest.mark.parametrize(
    "name", ["text", "value", "entities", "channelData", "replyToId", "membersAdded", "attachments"]
)
@pytest.mark.parametrize("kind", ["message", "invoke", "conversationUpdate", "installationUpdate", "typing"])
async def test_odd_fields_never_break_the_door(local: World, kind: str, name: str, instead: object) -> None:
    body = local.activity(type=kind, name="adaptiveCard/action") | {name: instead}
    assert (await local.post(body)).status in (200, 400, 501)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("a\0b", "a\ufffdb"),
        ("cut \ud83d", "cut \ufffd"),
        ("\udc00 alone", "\ufffd alone"),
        ("whole 😀", "whole 😀"),
        ("typed \\u0000 \\ud83d", "typed \\u0000 \\ud83d"),
    ],
    ids=["NUL", "high half", "low half", "pair", "typed"],
)
async def test_what_no_database_keeps_is_replaced(local: World, sent: str, kept: str) -> None:
    await local.post(local.activity(text=sent, value={sent: [sent]}))
    assert (local.turns[0].text, local.turns[0].value) == (kept, {kept: [kept]})


async def test_the_mention_of_the_bot_is_taken_out_of_the_text(local: World) -> None:
    mentions = [
        {"type": "mention", "text": "<at>Audit Bot</at>", "mentioned": {"id": "28:bot"}},
        {"type": "mention", "text": "<at>Bob</at>", "mentioned": {"id": "29:bob"}},
        {"type": "clientInfo"},
    ]
    text = "<at>Audit Bot</at>&nbsp;ask <at>Bob</at> \xa0"
    chat = {"id": "19:x@thread.v2", "conversationType": "groupChat", "isGroup": True}
    await local.post(local.activity(text=text, entities=mentions, conversation=chat))
    assert local.turns[0].text == "ask <at>Bob</at>"
    assert not local.turns[0].conversation.personal


async def test_a_pressed_submit_brings_its_data_and_verb(local: World) -> None:
    data = {"verb": "answer", "grade": "Good"}
    await local.post(local.activity(text=None, value=data, replyToId="card-1"))
    turn = local.turns[0]
    assert (turn.kind, turn.verb, turn.value, turn.reply_to_id) == (Kind.MESSAGE, "answer", data, "card-1")


async def test_a_pressed_execute_brings_its_data_and_verb(local: World) -> None:
    value = {"action": {"type": "Action.Execute", "verb": "answer", "data": {"grade": "Good"}}, "trigger": "manual"}
    local.reply = InvokeReply(200, {})
    await local.post(local.activity(type="invoke", name="adaptiveCard/action", value=value))
    turn = local.turns[0]
    assert (turn.kind, turn.name) == (Kind.INVOKE, "adaptiveCard/action")
    assert (turn.verb, turn.value) == ("answer", {"grade": "Good"})


async def test_another_invoke_keeps_its_name_and_value(local: World) -> None:
    await local.post(local.activity(type="invoke", name="task/fetch", value={"data": {"a": 1}}))
    assert (local.turns[0].name, local.turns[0].value) == ("task/fetch", {"data": {"a": 1}})


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"type": "installationUpdate", "action": "add"}, Kind.INSTALLED),
        ({"type": "installationUpdate", "action": "remove"}, Kind.REMOVED),
        ({"type": "installationUpdate", "action": "remove-upgrade"}, Kind.OTHER),
        ({"type": "conversationUpdate", "membersAdded": [{"id": "28:bot"}]}, Kind.INSTALLED),
        ({"type": "conversationUpdate", "membersAdded": [{"id": "29:person"}]}, Kind.OTHER),
        ({"type": "conversationUpdate", "membersRemoved": [{"id": "28:bot"}]}, Kind.REMOVED),
        ({"type": "messageReaction"}, Kind.OTHER),
    ],
)
async def test_comings_and_goings(local: World, fields: dict[str, Any], kind: Kind) -> None:
    assert (await local.post(local.activity(**fields))).status == 200
    assert [turn.kind for turn in local.turns] == [kind]


async def test_the_answer_to_an_invoke_is_its_body_as_it_is(world: World) -> None:
    card = {"type": "AdaptiveCard", "version": "1.5", "body": [{"type": "TextBlock", "text": "Kept"}]}
    body = {"statusCode": 200, "type": "application/vnd.microsoft.card.adaptive", "value": card}
    world.reply = InvokeReply(200, body)
    value = {"action": {"verb": "answer", "data": {}}}
    invoke = world.activity(type="invoke", name="adaptiveCard/action", value=value)
    response = await world.post(invoke, world.token())
    assert (response.status, response.content_type, await response.json()) == (200, "application/json", body)


async def test_an_invoke_that_nobody_answers_is_501(local: World) -> None:
    assert (await local.post(local.activity(type="invoke", name="x/y"))).status == 501


# Settings


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({}, "app id"),
        ({"local": True, "app_id": APP_ID}, "Local mode"),
        ({"app_id": APP_ID, "app_type": "MultiTenant"}, "app type"),
        ({"app_id": APP_ID, "app_type": "SingleTenant", "app_password": "x"}, "tenant id"),
        ({"app_id": APP_ID, "app_type": "SingleTenant", "app_tenant_id": TENANT}, "app password"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(settings: dict[str, Any], word: str) -> None:
    async def nothing(_: Turn) -> None:
        return None

    with pytest.raises(ValueError, match=word):
        BotFramework(nothing, **settings)


@pytest.mark.parametrize("url", ["https://smba.trafficmanager.net/uk/", "http://127.0.0.1.example/", "http://[", "x"])
async def test_local_mode_answers_only_this_machine(local: World, url: str) -> None:
    assert await refused(local, await local.post(local.activity(serviceUrl=url)), 403)


async def test_local_mode_sends_no_token(local: World) -> None:
    assert await local.port.send(local.conversation(), {"text": "hi"}) == "posted-1"
    assert local.chats.calls[0][3] == ""


# What goes out


async def test_send_posts_to_the_kept_service_url_and_returns_the_id(world: World) -> None:
    to = replace(world.conversation(), id="19:a b/c@thread.v2;messageid=1")
    assert await world.port.send(to, {"text": "hi", "attachments": []}) == "posted-1"
    method, path, body, token = world.chats.calls[0]
    assert (method, token) == ("POST", "Bearer ours-1")
    assert path == "/amer/v3/conversations/19%3Aa%20b%2Fc%40thread.v2%3Bmessageid%3D1/activities"
    assert body == {
        "type": "message",
        "text": "hi",
        "attachments": [],
        "channelId": "msteams",
        "serviceUrl": world.chats.url,
        "conversation": {"id": to.id},
        "from": {"id": "28:bot", "name": "Audit Bot"},
        "recipient": {"id": "29:person"},
    }


async def test_update_replaces_an_activity(world: World) -> None:
    await world.port.update(world.conversation(), "1:2", {"text": "new"})
    method, path, body, _ = world.chats.calls[0]
    assert (method, path) == ("PUT", "/amer/v3/conversations/a%3Achat/activities/1%3A2")
    assert (body["id"], body["text"]) == ("1:2", "new")


async def test_create_personal_opens_a_chat_in_the_same_tenant(world: World) -> None:
    world.chats.answer = lambda: web.json_response({"id": "a:new"}, status=201)
    made = await world.port.create_personal(world.conversation(), PERSON)
    assert made == replace(world.conversation(), id="a:new", user_id=PERSON)
    assert world.chats.calls[0][:3] == (
        "POST",
        "/amer/v3/conversations",
        {
            "bot": {"id": "28:bot", "name": "Audit Bot"},
            "isGroup": False,
            "members": [{"id": PERSON}],
            "tenantId": TENANT,
            "channelData": {"tenant": {"id": TENANT}},
        },
    )


@pytest.mark.parametrize("body", [b"", b"no JSON", b"[]", b'{"id": 7}'])
async def test_what_was_posted_counts_even_if_the_channel_mumbles(world: World, body: bytes) -> None:
    world.chats.answer = lambda: web.Response(body=body)
    assert await world.port.send(world.conversation(), {"text": "hi"}) == ""
    with pytest.raises(TryLater):
        await world.port.create_personal(world.conversation(), PERSON)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (403, Blocked),
        (404, NotFound),
        (408, TryLater),
        (412, Throttled),
        (429, Throttled),
        (500, TryLater),
        (502, TryLater),
        (503, TryLater),
        (504, TryLater),
        (400, ChannelError),
        (413, ChannelError),
    ],
)
async def test_failures_have_names(world: World, status: int, error: type[ChannelError]) -> None:
    world.chats.answer = lambda: web.Response(status=status, text="Ann Auditor blocked you")
    for call in (
        world.port.send(world.conversation(), {}),
        world.port.update(world.conversation(), "1", {}),
        world.port.create_personal(world.conversation(), PERSON),
    ):
        with pytest.raises(ChannelError) as raised:
            await call
        assert type(raised.value) is error
        assert "Ann" not in str(raised.value)


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        ("7", 7, 7),
        ("0.5", 0.5, 0.5),
        (format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True), 1, 90),
        (format_datetime(datetime.now(UTC) - timedelta(seconds=90), usegmt=True), 2, 2),
        ("99999999", 600, 600),
        ("", 2, 2),
        ("-4", 2, 2),
        ("nan", 2, 2),
        ("soon", 2, 2),
    ],
    ids=["whole", "part", "date to come", "date gone", "ages", "none", "negative", "not a number", "word"],
)
async def test_retry_after_is_honoured_within_reason(world: World, header: str, least: float, most: float) -> None:
    world.chats.answer = lambda: web.Response(status=429, headers={"Retry-After": header})
    with pytest.raises(Throttled) as raised:
        await world.port.send(world.conversation(), {})
    assert least <= raised.value.retry_after <= most


async def test_a_redirect_is_not_followed(world: World) -> None:
    elsewhere = await _serve([web.route("*", "/{path:.*}", world.chats.receive)])
    url = str(elsewhere.make_url("/"))
    world.chats.answer = lambda: web.Response(status=307, headers={"Location": url})
    with pytest.raises(ChannelError):
        await world.port.send(world.conversation(), {})
    await elsewhere.close()
    assert len(world.chats.calls) == 1


async def test_no_answer_in_time_is_try_later(around: World) -> None:
    await around.open(local=True, timeout_s=0.05)
    around.chats.silent = True
    with pytest.raises(TryLater):
        await around.port.send(around.conversation(), {})


async def test_nobody_there_is_try_later_and_nonsense_is_not(world: World) -> None:
    gone = await _serve([])
    url = str(gone.make_url("/"))
    await gone.close()
    with pytest.raises(TryLater):
        await world.port.send(replace(world.conversation(), service_url=url), {})
    for nonsense in ("", "urn:x", "http://host:port/", "ftp://host/"):
        with pytest.raises(ChannelError) as raised:
            await world.port.send(replace(world.conversation(), service_url=nonsense), {})
        assert type(raised.value) is ChannelError


# Our own token


async def test_our_token_is_fetched_off_the_loop_once_and_kept(world: World) -> None:
    await asyncio.gather(*(world.port.send(world.conversation(), {}) for _ in range(5)))
    assert len(world.token_threads) == 1
    assert threading.get_ident() not in world.token_threads
    world.clock.now += 61
    await world.port.send(world.conversation(), {})
    assert world.chats.calls[-1][3] == "Bearer ours-2"


async def test_a_refused_token_is_fetched_anew(world: World) -> None:
    world.chats.answer = lambda: web.Response(status=401)
    with pytest.raises(TryLater):
        await world.port.send(world.conversation(), {})
    world.chats.answer = lambda: web.json_response({"id": "posted-2"})
    assert await world.port.send(world.conversation(), {}) == "posted-2"
    assert world.chats.calls[-1][3] == "Bearer ours-2"


@pytest.mark.parametrize("error", [PermissionError("secret"), KeyError("access_token"), ValueError("x"), OSError()])
async def test_no_token_is_try_later_and_sends_nothing(world: World, error: Exception) -> None:
    world.token_error = error
    with pytest.raises(TryLater, match="no token for the channel"):
        await world.port.send(world.conversation(), {})
    assert world.chats.calls == []


async def test_a_managed_identity_is_asked_for_our_token(around: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, str]] = []

    async def identity(request: web.Request) -> web.Response:
        asked.append(dict(request.query))
        expires = str(int(time.time()) + 3600)
        return web.json_response({"access_token": "managed", "expires_on": expires, "token_type": "Bearer"})

    azure = await _serve([web.get("/token", identity)])
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("IDENTITY_ENDPOINT", str(azure.make_url("/token")))
    monkeypatch.setenv("IDENTITY_HEADER", "x")
    await around.open(app_id=APP_ID, app_tenant_id=TENANT, app_type="UserAssignedMSI")
    for _ in range(2):
        await around.port.send(around.conversation(), {})
        around.clock.now += 61
    await azure.close()
    assert [call[3] for call in around.chats.calls] == ["Bearer managed"] * 2
    assert [(q["client_id"], q["resource"]) for q in asked] == [(APP_ID, "https://api.botframework.com")]


async def test_an_unreachable_tenant_is_try_later(around: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    await around.open(app_id=APP_ID, app_password="x", app_tenant_id=TENANT, app_type="SingleTenant")
    with pytest.raises(TryLater, match="no token for the channel"):
        await around.port.send(around.conversation(), {})
    assert around.chats.calls == []
