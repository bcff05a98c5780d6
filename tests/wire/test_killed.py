"""SIGKILL between commit and send: the real processes, killed for real; nothing is lost."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from tests.stories.story import COUNCILS

AUDITBOT = Path(sys.executable).parent / "auditbot"
AVERY = "00000000-0000-4000-8000-000000000001"
MORGAN = "00000000-0000-4000-8000-000000000002"


class Chats:
    """The channel's own service: it takes what the bot posts, or holds on to it without an answer."""

    def __init__(self) -> None:
        self.posted: list[tuple[str, dict[str, Any]]] = []
        self.changed = asyncio.Condition()
        self.hold = False
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        async with self.changed:
            self.posted.append((request.match_info["chat"], await request.json()))
            self.changed.notify_all()
        if self.hold:
            await asyncio.Event().wait()
        return web.json_response({"id": f"posted-{len(self.posted)}"})

    async def wait_for(self, chat: str, words: str, times: int = 1) -> None:
        def seen() -> bool:
            return sum(1 for to, card in self.posted if to == chat and words in json.dumps(card)) >= times

        async with self.changed:
            await asyncio.wait_for(self.changed.wait_for(seen), 60)

    def count(self, chat: str, words: str) -> int:
        return sum(1 for to, card in self.posted if to == chat and words in json.dumps(card))


@pytest.fixture
async def chats() -> AsyncIterator[Chats]:
    made = Chats()
    app = web.Application()
    app.router.add_post("/v3/conversations/{chat}/activities", made.take)
    app.router.add_put("/v3/conversations/{chat}/activities/{activity}", made.take)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server(shutdown_timeout=0.1)
    made.url = str(server.make_url("/"))
    yield made
    await server.close()


@asynccontextmanager
async def process(environment: dict[str, str], *command: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A real `auditbot` process that is killed, not asked, at the end."""
    started = await asyncio.create_subprocess_exec(
        AUDITBOT, *command, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield started
    finally:
        if started.returncode is None:
            started.send_signal(signal.SIGKILL)
        await started.wait()


async def run(environment: dict[str, str], *command: str) -> str:
    async with process(environment, *command) as started:
        output, _ = await asyncio.wait_for(started.communicate(), 60)
        assert started.returncode == 0, output
        return output.decode().strip()


@pytest.fixture
async def environment(tmp_path: Path) -> dict[str, str]:
    made = os.environ | {
        "AUDITBOT_LOCAL": "1",
        "AUDITBOT_DATA_DIR": str(tmp_path / "data"),
        "AUDITBOT_PORT": str(unused_port()),
        "AUDITBOT_SMTP_PORT": str(unused_port()),
        "AUDITBOT_COUNCIL": str(COUNCILS / "telford_and_wrekin"),
    }
    made.pop("AUDITBOT_DATABASE_URL", None)
    await run(made, "seed", str(COUNCILS / "telford_and_wrekin" / "demo"))
    return made


def activity(chats: Chats, entra: str, kind: str, **more: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "id": f"{kind}-{entra}",
        "channelId": "msteams",
        "serviceUrl": chats.url,
        "from": {"id": f"user-{entra}", "name": "Somebody", "aadObjectId": entra},
        "recipient": {"id": "bot", "name": "Practice Audit"},
        "conversation": {"conversationType": "personal", "tenantId": "t", "id": f"chat-{entra}"},
        "channelData": {"tenant": {"id": "t"}},
        **more,
    }


async def raise_a_concern(environment: dict[str, str], chats: Chats, reference: str) -> None:
    """The auditor raises a concern; the answer says that it is done."""
    action = {"type": "Action.Execute", "verb": "raise"}
    data = {"audit": reference, "limb": "immediate", "words": "No visit.", "press": "one"}
    press = activity(chats, AVERY, "invoke", name="adaptiveCard/action", value={"action": action | {"data": data}})
    assert json.loads(await post(environment, press))["statusCode"] == 200


async def open_chats(environment: dict[str, str], chats: Chats) -> None:
    for entra in (AVERY, MORGAN):
        await post(environment, activity(chats, entra, "installationUpdate", action="add"))


async def post(environment: dict[str, str], body: dict[str, Any]) -> bytes:
    url = f"http://127.0.0.1:{environment['AUDITBOT_PORT']}/api/messages"
    async with aiohttp.ClientSession() as session, session.post(url, json=body) as response:
        assert response.status == 200
        return await response.read()


async def ready(started: asyncio.subprocess.Process) -> None:
    assert started.stdout
    line = await asyncio.wait_for(started.stdout.readline(), 60)
    assert line.startswith(b"Ready"), line


async def test_killed_after_the_commit_and_before_the_send_the_alert_goes_out_once(
    environment: dict[str, str], chats: Chats
) -> None:
    reference = await run(
        environment,
        *("allocate", "--case", "4021", "--auditor", "avery.sample@telford.example"),
        *("--tool", "tw-cp-cin", "--due", "2099-12-18"),
    )
    async with process(environment, "serve", "--no-worker") as server:
        await ready(server)
        await open_chats(environment, chats)
        await raise_a_concern(environment, chats, reference)
        server.send_signal(signal.SIGKILL)
        await server.wait()
    assert chats.count(f"chat-{MORGAN}", "immediate concern") == 0
    async with process(environment, "serve") as server:
        await ready(server)
        await chats.wait_for(f"chat-{MORGAN}", "immediate concern")
        shown = json.loads(await run(environment, "audit", "show", reference, "--json"))
    assert [concern["state"] for concern in shown["concerns"]] == ["open"]
    assert chats.count(f"chat-{MORGAN}", "immediate concern") == 1
    assert "holds" in await run(environment, "events", reference, "--verify")


async def test_killed_while_sending_the_alert_goes_again(environment: dict[str, str], chats: Chats) -> None:
    reference = await run(
        environment,
        *("allocate", "--case", "4021", "--auditor", "avery.sample@telford.example"),
        *("--tool", "tw-cp-cin", "--due", "2099-12-18"),
    )
    async with process(environment, "serve") as server:
        await ready(server)
        await open_chats(environment, chats)
        chats.hold = True
        task = asyncio.ensure_future(raise_a_concern(environment, chats, reference))
        await chats.wait_for(f"chat-{MORGAN}", "immediate concern")
        server.send_signal(signal.SIGKILL)
        await server.wait()
        task.cancel()
    chats.hold = False
    async with process(environment, "worker"):  # its claim is taken over when the lease of 20 s has run out
        await chats.wait_for(f"chat-{MORGAN}", "immediate concern", times=2)
