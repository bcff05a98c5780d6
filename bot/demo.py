"""`make run`: a made-up council on this machine, with chat windows where Node is there, and what to try."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from audit.answers import Audit
from audit.deadlines import Period, Roll
from audit.deadlines import due as due_after
from audit.refusals import Refusal
from bot import settings as settings_file
from bot import wiring
from bot.folders import directory_texts
from bot.playground import CLI, ROOT, Person, Playground, PlaygroundError, start_playground
from desk import allocation, seeding
from desk.calendar import bank_holidays, today

AUDITOR = "avery.sample@telford.example"
MANAGER = "morgan.example@telford.example"
CASE, TOOL = "4021", "tw-cp-cin"
WINDOWS = ((AUDITOR, 56150), (MANAGER, 56151))


def main() -> None:
    """Set up what is missing, start everything, say what to do, and stop it all on Ctrl-C."""
    os.environ["AUDITBOT_LOCAL"] = "1"
    settings = settings_file.read()
    say(f"1/4 database and council in {settings.data_dir.resolve()}")
    service = wiring.prepare(settings)
    audit = _seeded(service)
    say("2/4 chat windows")
    with ExitStack() as stack:
        windows = _windows(service, stack)
        say("3/4 service")
        try:
            asyncio.run(_serve(service, audit, windows))
        except OSError as fault:
            raise SystemExit(
                f"Port {settings.port} or {settings.smtp_port} cannot be used ({fault.strerror}). Does another one run "
                "already? AUDITBOT_PORT and AUDITBOT_SMTP_PORT choose others."
            ) from None
    service.close()
    say("Stopped. What you did is kept; `make run` goes on from there.")


def say(words: str) -> None:
    """One line, at once."""
    print(words, flush=True)


def _seeded(service: wiring.Service) -> Audit:
    """The made-up people and cases, and one audit for the auditor; made once, kept after that."""
    people = directory_texts(service.settings.council / "demo")
    with service.store.open() as ledger:
        seeding.seed(ledger, service.council, people, wiring.now())
        auditor = ledger.directory.by_email(AUDITOR)
        if auditor is None:
            raise SystemExit("This trial is for Telford & Wrekin's made-up people: unset AUDITBOT_COUNCIL, please.")
        mine = [one for one in ledger.audits.of_auditor(auditor.id) if one.submitted_at is None]
        if mine:
            return mine[0]
        start = today(wiring.now())
        due = due_after(start, Period(days=21), Roll.WITHIN, bank_holidays(start))
        try:
            return allocation.allocate(
                ledger,
                service.council,
                case_id=CASE,
                auditor_email=AUDITOR,
                tool_id=TOOL,
                now=wiring.now(),
                due=due,
            )
        except Refusal as refusal:
            raise SystemExit(refusal.sentence) from None


def _windows(service: wiring.Service, stack: ExitStack) -> list[Playground]:
    """An auditor's and a manager's chat window, where Node is there."""
    if not shutil.which("node") or not shutil.which("npm"):
        say("    Node is not installed, so there is no chat window. Mail works; see below.")
        return []
    if not CLI.is_file():
        say("    fetching the chat window with npm (about a minute, once)")
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        if subprocess.run(command, cwd=ROOT, check=False).returncode:  # noqa: S603
            say("    npm could not fetch it, so there is no chat window. Mail works; see below.")
            return []
    opened = []
    endpoint = f"http://127.0.0.1:{service.settings.port}/api/messages"
    folder = service.settings.data_dir.resolve() / "windows"
    for email, port in WINDOWS:
        with service.store.open() as ledger:
            found = ledger.directory.by_email(email)
        assert found
        person = Person(f"user-{found.id}", found.name, found.entra_id, found.email)
        try:
            window = start_playground(endpoint, _free(port), person, folder / str(port))
            opened.append(stack.enter_context(window))
        except PlaygroundError as fault:
            say(f"    {fault}")
    return opened


def _free(port: int) -> int:
    """This port, or any other where something holds it: the window of a trial that was killed, perhaps."""
    with socket.socket() as probe:
        try:
            probe.bind(("", port))
        except OSError:
            probe.bind(("", 0))
        return int(probe.getsockname()[1])


async def _serve(service: wiring.Service, audit: Audit, windows: list[Playground]) -> None:
    stop = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)

    def ready(port: int, smtp_port: int) -> None:
        say(f"4/4 ready: {audit.reference} is allocated to Avery Sample\n")
        say(_what_to_try(service, audit, windows, port, smtp_port))

    await wiring.serve(service, True, ready, stop)


def _what_to_try(service: wiring.Service, audit: Audit, windows: list[Playground], port: int, smtp_port: int) -> str:
    command = Path(sys.executable).parent / "auditbot"
    shown = command.relative_to(Path.cwd()) if command.is_relative_to(Path.cwd()) else command
    chats = [f"  {window.person.name:<16} {window.url}" for window in windows]
    lines = [
        "Open these two windows in a browser on this machine (they listen on all its network addresses):"
        if chats
        else f"Teams would talk to http://127.0.0.1:{port}/api/messages",
        *chats,
        "",
        "As Avery, the auditor: press Start, answer a section, or type: good",
        "  then words for a comment; also back, skip, not relevant, reset, undo, pause, resume, status, concern, help",
        "  Press Raise a concern now, choose a kind, and look at Morgan's window. There, press Acknowledge.",
        "",
        "In a second terminal, in this folder, first:",
        f"  export {_environment()}",
        "",
        "By e-mail:",
        f"  {shown} tool blank {audit.reference} -o {audit.reference}.docx    then fill it in with any word processor",
        f"  {shown} mail submit {audit.reference}.docx --as {AUDITOR}",
        f"  {shown} mail read --to {AUDITOR}    the receipt, a few seconds later",
        f"  {shown} mail outbox           the letters that went out; the files are in "
        f"{service.settings.data_dir / 'mail' / 'outbox'}",
        f"  or send it with any mail program: SMTP 127.0.0.1:{smtp_port}, to {service.council.policy.qa_address}",
        "",
        f"  {shown} audit show {audit.reference}     {shown} status     {shown} events {audit.reference} --verify",
        "",
        "Reloading a window empties it; type resume, and the card is there again.",
        "Ctrl-C stops everything. This is a trial: nothing leaves this machine.",
    ]
    return "\n".join(lines)


def _environment() -> str:
    """What this trial runs with, so that commands in another terminal speak of the same one."""
    shown = {name: value for name, value in os.environ.items() if name.startswith("AUDITBOT_")}
    shown.pop("AUDITBOT_DATABASE_URL", None)  # it may hold a password
    return " ".join(f"{name}={value}" for name, value in sorted(shown.items()))


if __name__ == "__main__":
    main()
