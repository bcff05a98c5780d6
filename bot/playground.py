"""Start and stop a Teams-like chat window on this machine: Microsoft's Agents Playground, one per person."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).resolve().parent.parent
CLI = ROOT / "node_modules" / "@microsoft" / "m365agentsplayground" / "cli.js"

TENANT = "7e57ab1e-0000-4000-8000-000000000001"
BOT_ID = "7e57ab1e-0000-4000-8000-0000000000b0"
BOT_NAME = "Practice Audit"
_COLLEAGUES = ("Megan Bowen", "Adele Vance", "Isaiah Langer", "Patti Fernandez", "Lynne Robbins")


class PlaygroundError(RuntimeError):
    """The window could not be opened; the message says why, with what the Playground printed."""


@dataclass(frozen=True, slots=True)
class Person:
    """Whose window it is. `id` is the channel's id of the person, `entra_object_id` the directory's."""

    id: str
    name: str
    entra_object_id: str
    email: str


@dataclass(slots=True)
class Playground:
    """A running window. Stop it, or use it in a `with` block."""

    url: str
    service_url: str
    conversation_id: str
    person: Person
    log: Path
    process: subprocess.Popen[bytes]

    def running(self) -> bool:
        """Whether the process is alive."""
        return self.process.poll() is None

    def output(self) -> str:
        """The end of what it printed."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-2000:].strip()

    def stop(self) -> None:
        """End the process and all that it started. Safe to call twice."""
        for sign in (signal.SIGTERM, signal.SIGKILL):
            if self.running():
                _signal_group(self.process, sign)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start_playground(
    bot_url: str,
    port: int,
    person: Person,
    workdir: Path,
    *,
    tenant: str = TENANT,
    bot_id: str = BOT_ID,
    patience: float = 60.0,
) -> Playground:
    """Open `person`'s window at `port`, talking to the bot at `bot_url`; return when it answers HTTP.

    `bot_url` is the full address of the messages endpoint. The bot need not be up yet. Files go to `workdir`.
    """
    _check_ready(port)
    workdir.mkdir(parents=True, exist_ok=True)
    config = workdir / ".m365agentsplayground.yml"
    content = configuration(person, tenant, bot_id)
    config.write_text(json.dumps(content, indent=2), encoding="utf-8")  # JSON is YAML
    log = workdir / "playground.out"
    playground = Playground(
        url=f"http://127.0.0.1:{port}",
        service_url=f"http://127.0.0.1:{port}/_connector",
        conversation_id=content["personalChat"]["id"],
        person=person,
        log=log,
        process=_launch(bot_url, port, workdir, config, log),
    )
    try:
        _wait_until_it_answers(playground, patience)
    except BaseException:  # interrupted or failed, a window that nobody holds must not be left running
        playground.stop()
        raise
    return playground


def configuration(person: Person, tenant: str, bot_id: str) -> dict[str, Any]:
    """What the Playground must know: the tenant, the bot, the person and exactly five others."""
    return {
        "version": "0.1.1",
        "tenantId": tenant,
        "bot": {"id": bot_id, "name": BOT_NAME},
        "currentUser": _user(person),
        "users": [_user(_colleague(number, name)) for number, name in enumerate(_COLLEAGUES, start=1)],
        "personalChat": {"id": f"personal-{person.id}"},
        "groupChat": {"id": f"group-{person.id}", "name": "Group"},
        "team": {
            "id": f"team-{person.id}",
            "name": "Team",
            "aadGroupId": "7e57ab1e-0000-4000-8000-0000000000a0",
            "channels": [{"id": f"channel-{person.id}", "name": "Channel"}],
        },
    }


def _user(person: Person) -> dict[str, str]:
    given, _, surname = person.name.partition(" ")
    return {
        "id": person.id,
        "name": person.name,
        "userPrincipleName": person.email,  # the Playground's spelling
        "aadObjectId": person.entra_object_id,
        "givenName": given,
        "surname": surname or given,
        "email": person.email,
    }


def _colleague(number: int, name: str) -> Person:
    address = name.lower().replace(" ", ".") + "@example.org"
    return Person(f"colleague-{number}", name, f"7e57ab1e-0000-4000-8000-0000000000c{number}", address)


def _check_ready(port: int) -> None:
    if not CLI.exists():
        raise PlaygroundError("The chat window is not installed. Run: npm ci")
    if shutil.which("node") is None:
        raise PlaygroundError("Node.js is not installed. The chat window needs version 18 or newer.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:  # left alone, the Playground would silently choose another port
            raise PlaygroundError(f"Port {port} is already in use. Close what uses it.") from None


def _launch(bot_url: str, port: int, workdir: Path, config: Path, log: Path) -> subprocess.Popen[bytes]:
    command = ["node", str(CLI), "-e", bot_url, "-c", "msteams", "-p", str(port), "--dt"]
    command += ["--su", f"http://127.0.0.1:{port}/_connector"]
    env = {
        **os.environ,
        "TEAMSAPPTESTER_BROWSER": "none",
        "M365_AGENTS_PLAYGROUND_CONFIG_PATH": str(config),
        "M365_AGENTS_PLAYGROUND_LOGFILE": str(workdir / "playground.log"),
    }
    with log.open("wb") as out:
        return subprocess.Popen(  # noqa: S603 - our own command, no shell
            command,
            cwd=workdir,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _wait_until_it_answers(playground: Playground, patience: float) -> None:
    """It prints "Listening" even when its configuration is wrong and it is about to die: so ask it."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if not playground.running():
            raise PlaygroundError(f"The chat window ended while starting:\n{playground.output()}")
        if _answers(playground.url):
            return
        time.sleep(0.1)
    raise PlaygroundError(f"No answer from {playground.url} in {patience:g} s:\n{playground.output()}")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as reply:  # noqa: S310 - a local address of ours
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _signal_group(process: subprocess.Popen[bytes], sign: signal.Signals) -> None:
    try:
        os.killpg(process.pid, sign)
        process.wait(timeout=5)
    except (ProcessLookupError, subprocess.TimeoutExpired):
        return
