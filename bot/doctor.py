"""What `auditbot doctor` looks at: everything the service needs, and the remedy where it is missing."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass

from audit.council import BadCouncil
from bot import wiring
from bot.playground import CLI
from bot.settings import BadSettings, Settings
from desk import seeding
from storage.ledger import Store, Unavailable


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    good: bool
    says: str


def examine(settings: Settings) -> tuple[Finding, ...]:
    """Look at the registration, the database, the council, its people, the ports and the optional helpers."""
    return tuple(_findings(settings))


def _findings(settings: Settings) -> Iterator[Finding]:
    yield from _registration(settings)
    store = Store(settings.url)
    if not settings.url.startswith("sqlite") and not store.is_reachable():
        yield Finding(False, "The database does not answer. Is the server running, and AUDITBOT_DATABASE_URL right?")
        return
    try:
        service = wiring.prepare(settings)
    except BadCouncil as fault:
        yield from (Finding(False, says) for says in fault.faults)
        return
    except OSError as fault:
        yield Finding(False, f"The data folder cannot be used: {fault.strerror}. Please look at AUDITBOT_DATA_DIR.")
        return
    except Unavailable:
        yield Finding(
            False, "The database cannot be written. Is there room on the disk, and may this user write there?"
        )
        return
    yield Finding(True, f"The {service.store.dialect} database answers and its tables are up to date.")
    yield Finding(True, f"The council is {service.council.policy.name}, policy {service.council.policy.version}.")
    yield from _people(service)
    yield from _ports(settings)
    yield from _helpers()


def _registration(settings: Settings) -> Iterator[Finding]:
    try:
        settings.refuse_unsigned()
    except BadSettings as fault:
        yield from (Finding(False, says) for says in fault.faults)
        return
    if settings.local:
        yield Finding(True, "A local trial: unsigned messages are believed, on 127.0.0.1 only.")
    else:
        yield Finding(True, "The bot's registration is set.")


def _people(service: wiring.Service) -> Iterator[Finding]:
    with service.store.open() as ledger:
        people = ledger.directory.everyone()
        gaps = seeding.check_ladders(ledger, service.council) if people else ()
        alarms, faults = ledger.obligations.alarms(), ledger.directory.fault_count()
    if not people:
        yield Finding(False, "The directory is empty. Take one in with 'auditbot seed DIR'.")
    yield from (Finding(False, gap) for gap in gaps)
    if people and not gaps:
        yield Finding(True, f"{len(people)} people; every rung of every ladder has somebody.")
    yield from (Finding(False, f"Alarm: {alarm}") for alarm in alarms)
    if faults:
        yield Finding(False, f"{faults} faults of our own are written down. Please report them.")


def _ports(settings: Settings) -> Iterator[Finding]:
    if not settings.local:
        yield Finding(True, "Outside a local trial the bot reads no mailbox yet: answers by mail are for people.")
    for name, port in (("Teams", settings.port), ("letters", settings.smtp_port))[: 2 if settings.local else 1]:
        with socket.socket() as probe:
            probe.settimeout(1)
            taken = probe.connect_ex((settings.host, port)) == 0
        state = "something answers: the service, if it runs" if taken else "free: the service does not run now"
        yield Finding(True, f"Port {port} for {name}: {state}.")


def _helpers() -> Iterator[Finding]:
    office = shutil.which("soffice")
    yield Finding(True, "LibreOffice is installed." if office else "LibreOffice is not installed (optional).")
    chat = CLI.is_file() and shutil.which("node")
    yield Finding(True, "The chat window for trials is installed." if chat else "No chat window for trials (optional).")
