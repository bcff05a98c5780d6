"""The real service in a process of its own, used as people use it: command line, chat windows, letters."""

from __future__ import annotations

import csv
import json
import os
import signal
import smtplib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, TypeVar

from bot.playground import Person, Playground, start_playground

ROOT = Path(__file__).resolve().parents[2]
AUDITBOT = Path(sys.executable).parent / "auditbot"
Found = TypeVar("Found")


class ServiceError(RuntimeError):
    """The service or a command did not do what it should; the message holds what it printed."""


def eventually(look: Callable[[], Found], what: str, patience: float = 20.0) -> Found:
    """What `look` finds, as soon as it finds anything."""
    deadline = time.monotonic() + patience
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {patience:g} s")
        time.sleep(0.05)


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Service:
    """One council on one data folder. It can be killed and started again; its ports stay the same."""

    def __init__(self, council: str, folder: Path) -> None:
        self.council = council
        self.folder = folder
        self.data = folder / "data"
        self.port, self.smtp_port = free_port(), free_port()
        self.people = _people(ROOT / "councils" / council / "demo" / "people.csv")
        self._process: subprocess.Popen[bytes] | None = None
        self._windows = ExitStack()
        self._open: dict[str, Playground] = {}

    # the process

    def start(self, patience: float = 40.0) -> None:
        """Run `auditbot serve`; return when it is ready."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [AUDITBOT, "serve"],
                cwd=self.folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        eventually(self._ready, f"the service is ready\n{self.log.read_text(errors='replace')}", patience)

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self._process
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(timeout=10)

    def stop(self) -> None:
        """End it and every window. Safe to call twice."""
        self._windows.close()
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.kill()

    @property
    def log(self) -> Path:
        """What it printed."""
        return self.folder / "serve.log"

    @property
    def process(self) -> int:
        """Its process number."""
        assert self._process
        return self._process.pid

    def _ready(self) -> bool:
        assert self._process
        if self._process.poll() is not None:
            raise ServiceError(f"It ended while starting:\n{self.log.read_text(errors='replace')}")
        return self.is_ready()

    def is_ready(self) -> bool:
        """Whether it says so itself."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=2) as reply:
                return bool(reply.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def _environment(self) -> dict[str, str]:
        ours = ("AUDITBOT_", "MICROSOFT_APP_")
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith(ours)},
            "PYTHONPATH": str(ROOT),  # the code beside these tests, wherever the command was installed from
            "AUDITBOT_LOCAL": "1",
            "AUDITBOT_COUNCIL": self.council,
            "AUDITBOT_DATA_DIR": str(self.data),
            "AUDITBOT_PORT": str(self.port),
            "AUDITBOT_SMTP_PORT": str(self.smtp_port),
        }

    # the command line

    def run(self, *words: str, patience: float = 60.0) -> str:
        """What `auditbot WORDS` prints. Raises ServiceError where it refuses."""
        done = subprocess.run(
            [AUDITBOT, *words],
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=patience,
            check=False,
        )
        if done.returncode:
            raise ServiceError(f"auditbot {' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def seed(self) -> None:
        """Take in the council's made-up people and cases."""
        self.run("seed", str(ROOT / "councils" / self.council / "demo"))

    def allocate(self, case: str, auditor: str, tool: str, **more: str) -> str:
        """Allocate an audit that is due in four weeks; its reference."""
        due = (date.today() + timedelta(days=28)).isoformat()
        options = [part for name, value in more.items() for part in (f"--{name}", value)]
        told = self.run(
            "allocate", "--case", case, "--auditor", auditor, "--tool", tool, "--due", due, "--json", *options
        )
        return str(json.loads(told)["reference"])

    def show(self, reference: str) -> dict[str, Any]:
        """`auditbot audit show`."""
        shown: dict[str, Any] = json.loads(self.run("audit", "show", reference, "--json"))
        return shown

    def section(self, reference: str, section: str) -> dict[str, Any]:
        """One section of it."""
        return next(one for one in self.show(reference)["sections"] if one["id"] == section)

    def happened(self, reference: str) -> list[str]:
        """What the audit's trail lists, in order; its chain holds."""
        assert "holds" in self.run("events", reference, "--verify")
        listed: list[dict[str, Any]] = json.loads(self.run("events", reference, "--json"))["events"]
        return [str(one["what"]) for one in listed]

    # people

    def person(self, email: str) -> Person:
        """Somebody in people.csv, as Teams knows them."""
        return self.people[email]

    def window(self, email: str) -> Playground:
        """A person's chat window, started once."""
        if email not in self._open:
            endpoint = f"http://127.0.0.1:{self.port}/api/messages"
            folder = self.folder / "windows" / email.partition("@")[0]
            started = start_playground(endpoint, free_port(), self.person(email), folder)
            self._open[email] = self._windows.enter_context(started)
        return self._open[email]

    # the post

    def letters(self, to: str, kind: str, about: str = "") -> list[EmailMessage]:
        """The letters of a kind that went out to somebody, oldest first; `about` is part of the subject."""
        paths = sorted((self.data / "mail" / "outbox").glob(f"[0-9]*-{kind}.eml"))
        letters = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in paths]
        return [letter for letter in letters if to in str(letter["To"]) and about in str(letter["Subject"])]

    def wait_for_letters(
        self, to: str, kind: str, count: int = 1, about: str = "", patience: float = 20.0
    ) -> list[EmailMessage]:
        """The same, once there are `count`."""

        def look() -> list[EmailMessage]:
            found = self.letters(to, kind, about)
            return found if len(found) >= count else []

        return eventually(look, f"{count} {kind} to {to}", patience)

    def post(self, letter: bytes, sender: str) -> None:
        """Hand a letter to the QA inbox, byte for byte."""
        with smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=20) as smtp:
            smtp.sendmail(sender, [self.inbox_address], letter)

    @property
    def inbox_address(self) -> str:
        """The QA inbox."""
        return next(
            line.split('"')[1]
            for line in (ROOT / "councils" / self.council / "policy.toml").read_text("utf-8").splitlines()
            if line.startswith("qa_address")
        )


def plain_text(letter: EmailMessage) -> str:
    """The plain part of a letter, any run of white space as one blank."""
    part = letter.get_body(("plain",))
    assert part
    return " ".join(str(part.get_content()).split())


def page(letter: EmailMessage) -> str:
    """The HTML part of a letter."""
    part = letter.get_body(("html",))
    assert part
    return str(part.get_content())


@contextmanager
def running(council: str, folder: Path) -> Iterator[Service]:
    """A seeded, started service; stopped at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    service = Service(council, folder)
    try:
        service.seed()
        service.start()
        yield service
    finally:
        service.stop()


def _people(path: Path) -> dict[str, Person]:
    with path.open(encoding="utf-8", newline="") as rows:
        return {
            row["email"]: Person(f"user-{number}", row["name"], row["entra_id"], row["email"])
            for number, row in enumerate(csv.DictReader(rows), 1)
        }
