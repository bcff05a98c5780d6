"""What one turn costs in CPU: bare aiohttp, the bot SDK as it comes, our port, and our scored turn. Loopback only.

    python bench/turn.py

"our turn" is the whole of it: the token checked, the section's answer committed to SQLite with full durability and
its event in the hash chain, the next card drawn; typed words also post the new card and fold the one above. Each
server is a process of its own and runs alone; this process plays Teams: it posts turns one after the other,
takes the bot's messages, and reads the server's own `getrusage` (user + system) before and after.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from itertools import count, islice
from pathlib import Path
from typing import Any

import aiohttp
import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from audit.council import parse  # noqa: E402
from audit.tools import FieldKind, Step  # noqa: E402
from bot.folders import council_texts  # noqa: E402

ROUNDS, TURNS, WARM_UP = 3, 200, 50
APP_ID, TENANT, ISSUER = "bench-bot", "bench-tenant", "https://issuer.example"
CARD = {
    "type": "AdaptiveCard",
    "version": "1.5",
    "body": [{"type": "TextBlock", "text": "Kept", "wrap": True}],
}
CARD_REPLY = {"statusCode": 200, "type": "application/vnd.microsoft.card.adaptive", "value": CARD}


# The servers: each function builds the application that one process serves.


def bare() -> web.Application:
    """aiohttp alone: parse, post one message or answer the invoke."""

    async def receive(request: web.Request) -> web.Response:
        turn = await request.json()
        if turn["type"] == "invoke":
            return web.json_response(CARD_REPLY)
        url = f"{turn['serviceUrl']}v3/conversations/{turn['conversation']['id']}/activities"
        async with session().post(url, json={"type": "message", "text": turn["text"]}) as response:
            await response.read()
        return web.Response()

    session = shared_session()
    app = web.Application()
    app.router.add_post("/api/messages", receive)
    return app


def stock() -> web.Application:
    """The SDK's CloudAdapter with the smallest echo bot."""
    from botbuilder.core import ActivityHandler, InvokeResponse, MessageFactory, TurnContext
    from botbuilder.integration.aiohttp import CloudAdapter, ConfigurationBotFrameworkAuthentication
    from botbuilder.schema import AdaptiveCardInvokeResponse

    class Echo(ActivityHandler):
        async def on_message_activity(self, turn_context: TurnContext) -> None:
            await turn_context.send_activity(MessageFactory.text(turn_context.activity.text))

        async def on_invoke_activity(self, turn_context: TurnContext) -> InvokeResponse:
            body = AdaptiveCardInvokeResponse(status_code=200, type=CARD_REPLY["type"], value=CARD)
            return InvokeResponse(status=200, body=body)

    adapter = CloudAdapter(ConfigurationBotFrameworkAuthentication(object()))
    bot = Echo()

    async def receive(request: web.Request) -> web.StreamResponse | None:
        return await adapter.process(request, bot)

    app = web.Application()
    app.router.add_post("/api/messages", receive)
    return app


def stock_patched() -> web.Application:
    """The same, but msrest looks its retry table up in a set instead of a list, for each client that it makes."""
    from msrest.universal_http.requests import ClientRetryPolicy

    ClientRetryPolicy.safe_codes = frozenset(ClientRetryPolicy.safe_codes)
    return stock()


def port(**settings: Any) -> web.Application:
    """Our port with the smallest echo."""
    from bot.botframework import BotFramework
    from bot.channel import InvokeReply, Kind, Turn

    async def on_turn(turn: Turn) -> InvokeReply | None:
        if turn.kind is Kind.INVOKE:
            return InvokeReply(200, CARD_REPLY)
        await teams.send(turn.conversation, {"text": turn.text})
        return None

    teams = BotFramework(on_turn, **settings)
    app = web.Application()
    teams.mount(app)
    return app


def port_local() -> web.Application:
    return port(local=True)


def port_signed() -> web.Application:
    """With every inbound token checked, and a token of our own on every call."""
    return port(
        app_id=APP_ID,
        app_password="unused",
        app_tenant_id=TENANT,
        app_type="SingleTenant",
        openid_url=os.environ["BENCH_OPENID_URL"],
        issuer=ISSUER,
        fetch_token=lambda: "ours",
    )


def our_turn() -> web.Application:
    """The service as it is, on a new SQLite database with Telford & Wrekin's made-up people and some audits."""
    from bot.botframework import BotFramework
    from bot.turns import Door
    from desk.allocation import allocate
    from storage.ledger import Store
    from tests.stories.story import Story

    folder = Path(tempfile.mkdtemp(prefix="auditbot-bench-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    store = Store(f"sqlite:///{folder / 'auditbot.db'}")
    story = Story(store)
    with store.open() as ledger:
        ledger.directory.save_person(AUDITOR, "Avery Sample", "01632 960101", "bench-person")
        for _ in range(AUDITS):
            allocate(
                ledger,
                story.council,
                case_id="4021",
                auditor_email=AUDITOR,
                tool_id="tw-cp-cin",
                now=story.now,
                due=story.now.date(),
            )
    door = Door(store, lambda: story.council, lambda: datetime.now(UTC))
    teams = BotFramework(
        door.on_turn,
        app_id=APP_ID,
        app_password="unused",
        app_tenant_id=TENANT,
        app_type="SingleTenant",
        openid_url=os.environ["BENCH_OPENID_URL"],
        issuer=ISSUER,
        fetch_token=lambda: "ours",
    )
    door.channel = teams
    app = web.Application()
    teams.mount(app)
    return app


AUDITOR = "avery.sample@telford.example"
AUDITS = 20


@lru_cache
def sections() -> tuple[Step, ...]:
    """The tool's areas of practice, as the driver walks through them."""
    council = parse(council_texts(ROOT / "councils" / "telford_and_wrekin"))
    return council.tool("tw-cp-cin").sections


def scored_press(number: int) -> dict[str, Any]:
    """*Save and go on* for one section after the other, of one audit after the other, then all again."""
    lap, place = divmod(number, AUDITS * len(sections()))
    audit, place = divmod(place, len(sections()))
    step = sections()[place]
    grade = ("good", "requires_improvement")[lap % 2]
    inputs = {
        f"in.{one.id}": grade
        if one.kind is FieldKind.GRADE
        else "yes"
        if one.picked
        else f"{one.label}, lap {lap}. " * 4
        for one in step.fields
    }
    data = {"audit": f"TW-{audit + 1:04d}", "step": step.id, "version": lap, **inputs}
    return {"type": "Action.Execute", "verb": "save", "data": data}


@lru_cache
def typed_words() -> tuple[str, ...]:
    """What an auditor types who does all in words: the reference, then what each section asks."""
    words: list[str] = []
    for audit in range(AUDITS):
        words.append(f"TW-{audit + 1:04d}")
        for step in sections():
            checks = ["yes" for one in step.fields if one.picked and one.kind is not FieldKind.GRADE]
            written = [f"{one.label}: seen on the record. " * 3 for one in step.fields if not one.picked]
            words += [*checks, "good", *written]
    return tuple(words)


SERVERS: dict[str, Callable[[], web.Application]] = {
    "bare": bare,
    "stock": stock,
    "stock-patched": stock_patched,
    "port-local": port_local,
    "port-signed": port_signed,
    "our-turn": our_turn,
}
SIGNED = ("port-signed", "our-turn")


def shared_session() -> Callable[[], aiohttp.ClientSession]:
    kept: list[aiohttp.ClientSession] = []

    def session() -> aiohttp.ClientSession:
        if not kept:
            kept.append(aiohttp.ClientSession())
        return kept[0]

    return session


async def serve(app: web.Application) -> None:
    """Serve `app` on any free port, print that port, and tell our CPU time at GET /bench/cpu."""

    async def cpu(_: web.Request) -> web.Response:
        used = resource.getrusage(resource.RUSAGE_SELF)
        return web.json_response((used.ru_utime + used.ru_stime) * 1000)

    app.router.add_get("/bench/cpu", cpu)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


# The driver


@dataclass
class Teams:
    """Stands in for Microsoft: takes the bot's messages, issues tokens."""

    posted: int = 0
    url: str = ""
    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))

    async def start(self) -> web.AppRunner:
        app = web.Application()
        app.router.add_get("/openid", self._openid)
        app.router.add_get("/keys", self._keys)
        app.router.add_post("/v3/{path:.*}", self._take)
        app.router.add_put("/v3/{path:.*}", self._change)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
        return runner

    def token(self) -> str:
        claims = {"iss": ISSUER, "aud": APP_ID, "serviceurl": self.url, "exp": int(time.time()) + 3600}
        return jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": "bench"})

    def turns(self, form: str, scored: bool) -> Iterator[dict[str, Any]]:
        """Inbound activities without end; `scored` ones answer an audit's sections."""
        for number in count():
            turn = self.turn(form, number)
            if scored and form == "message":
                turn["text"] = typed_words()[number]
            elif scored:
                turn["value"]["action"] = scored_press(number)
            yield turn

    def turn(self, form: str, number: int) -> dict[str, Any]:
        """One inbound activity: a typed message, or a pressed Action.Execute."""
        activity = {
            "type": form,
            "id": f"turn-{number}",
            "channelId": "msteams",
            "serviceUrl": self.url,
            "timestamp": "2026-11-21T20:00:00.000Z",
            "locale": "en-GB",
            "conversation": {"id": "a-chat", "conversationType": "personal", "tenantId": TENANT},
            "from": {"id": "29:person", "name": "Ann Auditor", "aadObjectId": "bench-person"},
            "recipient": {"id": "28:bot", "name": "Audit Bot"},
            "entities": [{"type": "clientInfo", "locale": "en-GB", "country": "GB", "platform": "Windows"}],
            "channelData": {"tenant": {"id": TENANT}},
        }
        if form == "message":
            return activity | {"text": "hello", "textFormat": "plain"}
        data = {"audit": 7, "question": "purpose", "grade": "Good", "comment": "Clear and timely. " * 10}
        action = {"type": "Action.Execute", "verb": "answer", "data": data}
        value = {"action": action, "trigger": "manual"}
        return activity | {"name": "adaptiveCard/action", "value": value, "replyToId": "card-1"}

    async def _openid(self, request: web.Request) -> web.Response:
        return web.json_response({"jwks_uri": str(request.url.with_path("/keys"))})

    async def _keys(self, _: web.Request) -> web.Response:
        jwk = jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return web.json_response({"keys": [jwk | {"kid": "bench", "endorsements": ["msteams"]}]})

    async def _take(self, request: web.Request) -> web.Response:
        await request.read()
        self.posted += 1
        return web.json_response({"id": f"posted-{self.posted}"})

    async def _change(self, request: web.Request) -> web.Response:
        await request.read()
        return web.json_response({"id": request.path.rpartition("/")[2]})


async def measure(command: list[str], teams: Teams, form: str) -> float:
    """CPU milliseconds per turn of the server that `command` starts.

    The server prints its port and answers GET /bench/cpu (see `serve`). Raises RuntimeError unless it answers every
    turn: a message by exactly one post to `teams`, an invoke in the HTTP response.
    """
    environment = os.environ | {"BENCH_OPENID_URL": f"{teams.url}openid"}
    server = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, env=environment)
    try:
        assert server.stdout is not None
        port_line = await asyncio.wait_for(server.stdout.readline(), 60)
        url = f"http://127.0.0.1:{int(port_line)}"
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {teams.token()}"}) as session:
            if command[-1] not in SIGNED:
                session.headers.popall("Authorization")
            turns = teams.turns(form, scored=command[-1] == "our-turn")
            await drive(session, url, teams, turns, WARM_UP)
            rounds = [await cpu_of_turns(session, url, teams, turns) for _ in range(ROUNDS)]
            if command[-1] == "our-turn":
                MEMORY[form] = rss_mb(server.pid)
            return min(rounds)  # the least disturbed by whatever else this machine does
    finally:
        server.kill()
        await server.wait()


MEMORY: dict[str, float] = {}


def rss_mb(pid: int) -> float:
    """Resident memory of a process in MB, as Linux tells it."""
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


async def cpu_of_turns(
    session: aiohttp.ClientSession, url: str, teams: Teams, turns: Iterator[dict[str, Any]]
) -> float:
    before = await cpu_ms(session, url)
    await drive(session, url, teams, turns, TURNS)
    return (await cpu_ms(session, url) - before) / TURNS


async def drive(
    session: aiohttp.ClientSession, url: str, teams: Teams, turns: Iterator[dict[str, Any]], count: int
) -> None:
    posted, form = teams.posted, ""
    for activity in islice(turns, count):
        form = activity["type"]
        async with session.post(f"{url}/api/messages", json=activity) as response:
            answer = await response.read()
        if response.status // 100 != 2 or (form == "invoke" and json.loads(answer)["type"] != CARD_REPLY["type"]):
            raise RuntimeError(f"status {response.status}: {answer[:200]!r}")
    if form == "message" and teams.posted - posted != count:
        raise RuntimeError(f"{teams.posted - posted} messages for {count} turns")


async def cpu_ms(session: aiohttp.ClientSession, url: str) -> float:
    async with session.get(f"{url}/bench/cpu") as response:
        return float(await response.json())


async def compare() -> None:
    """Measure every server in both forms and print the table."""
    teams = Teams()
    runner = await teams.start()
    print(f"CPU ms per turn, best of {ROUNDS} rounds of {TURNS} turns (times bare aiohttp)\n")
    print(f"{'server':<16}{'message':>18}{'invoke':>18}")
    bare_ms: dict[str, float] = {}
    stock_ms: dict[str, float] = {}
    ours_ms: dict[str, float] = {}
    for name in SERVERS:
        cells = []
        for form in ("message", "invoke"):
            spent = await measure([sys.executable, __file__, name], teams, form)
            bare_ms.setdefault(form, spent)
            if name == "stock":
                stock_ms[form] = spent
            ours_ms[form] = spent
            cells.append(f"{spent:.2f} ({spent / bare_ms[form]:.1f}x)")
        print(f"{name:<16}{cells[0]:>18}{cells[1]:>18}", flush=True)
    await runner.cleanup()
    for form in ("message", "invoke"):
        share = ours_ms[form] / stock_ms[form]
        print(f"our scored turn, {form}: {share:.2f} of the stock echo's CPU (at most 0.50 is wanted);", end=" ")
        print(f"{MEMORY[form]:.0f} MB resident after {WARM_UP + ROUNDS * TURNS} turns (under 160 wanted)")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        asyncio.run(serve(SERVERS[sys.argv[1]]()))
    else:
        asyncio.run(compare())
