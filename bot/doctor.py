"""What `auditbot doctor` looks at: everything the service needs, and the remedy where it is missing."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass

from audit.council import BadCouncil
from bot import inbox, wiring
from bot.playground import CLI
from bot.settings import BadSettings, Settings
from desk import seeding
from desk.outbox import GiveUp, TryLater
from documents import converting, programs, recognising, warming
from documents.reading_process import NoParent
from documents.reading_room import ReadingRoom
from documents.virus_scan import ScannerSilent
from mail.local import SmtpRelay
from storage.ledger import Store, Unavailable

_REMEDY = (
    "this machine refuses user namespaces, so a program cannot be shut in. Please allow them to this user "
    "(docs/operations.md says how)."
)


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
    yield from _mailbox(settings, service.council.policy.qa_address)
    yield from _way_out(settings)
    yield from _reading(settings, service.room)
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
    ports = (("Teams", settings.port), ("letters", settings.smtp_port))
    for name, port in ports[: 2 if settings.inbox == "local" else 1]:
        with socket.socket() as probe:
            probe.settimeout(1)
            taken = probe.connect_ex((settings.host, port)) == 0
        state = "something answers: the service, if it runs" if taken else "free: the service does not run now"
        yield Finding(True, f"Port {port} for {name}: {state}.")


def _mailbox(settings: Settings, address: str) -> Iterator[Finding]:
    """Whether the mailbox opens now, and whose word counts about who wrote a letter."""
    if not settings.inbox:
        yield Finding(True, "No mailbox is read: answers by mail are for people. AUDITBOT_MAIL names one.")
        return
    office = inbox.office(settings, address)
    if office is None:
        yield Finding(True, "Letters come in by SMTP on this machine, and every sender is believed.")
        return
    try:
        office.check()
    except (TryLater, GiveUp) as shut:
        yield Finding(False, f"The mailbox {address} cannot be used. {shut}")
        return
    finally:
        office.stop()
    yield Finding(
        True,
        f"The mailbox {address} opens by way of {settings.inbox}, and its folders are there. Whether letters may leave "
        "from it shows when the first one does: nothing was sent.",
    )
    trust = inbox.trust(settings)
    if trust.server:
        yield Finding(True, f"Senders are believed where they are inside, or {trust.server} says that DMARC passed.")
    elif trust.microsoft:
        yield Finding(True, "Senders are believed where they are inside, or Exchange Online says that DMARC passed.")
    else:
        yield Finding(
            True,
            "Only senders inside this Exchange are believed. Where auditors write from outside, name the gateway that "
            "checks DMARC with AUDITBOT_MAIL_AUTHSERV.",
        )


def _way_out(settings: Settings) -> Iterator[Finding]:
    """Where letters go that do not leave through the mailbox."""
    way_out = wiring.way_out(settings)
    if settings.inbox in ("exchange", "graph"):
        return
    if not isinstance(way_out, SmtpRelay):
        yield Finding(True, "No mail server is named: letters become files in mail/outbox, and nobody receives them.")
        return
    try:
        way_out.check()
    except TryLater as shut:
        yield Finding(
            False,
            f"The mail server at {settings.smtp_relay} takes no letters now. {shut} Please look at "
            "AUDITBOT_SMTP_RELAY. Until it does, letters wait.",
        )
        return
    yield Finding(True, f"The mail server at {settings.smtp_relay} answers. Nothing was sent.")


def _reading(settings: Settings, room: ReadingRoom) -> Iterator[Finding]:
    """Whether a sample is read as a stranger's file would be, and what may look at it before."""
    try:
        [sample] = room.read(warming.word(), "sample.docx", "AB", lambda _: (warming.TOOL,))
    except ScannerSilent:
        yield Finding(False, "The virus scanner does not answer, so no file is read. Does clamd run at AUDITBOT_CLAMD?")
        return
    except (NoParent, OSError):
        yield Finding(False, "The process that reads returned files cannot be started. Is there memory left?")
        return
    finally:
        room.close()
    yield Finding(True, "The virus scanner answers." if settings.clamd else "No virus scanner is set up (optional).")
    if not sample.readings or sample.readings[0].field("one", "grade").state != "read":
        yield Finding(False, "The process that reads returned files does not work. Does the log say why?")
        return
    apart = "without a network or a view of our files" if programs.isolated() else "that can open no file or connection"
    yield Finding(True, f"Returned files are read in a process of their own, {apart}.")


def _helpers() -> Iterator[Finding]:
    yield from _program("LibreOffice", "soffice", ".odt, .doc, .rtf and .docm files are", converting.why_not())
    yield from _program("Tesseract", "tesseract", "pictures of pages are", recognising.why_not())
    chat = CLI.is_file() and shutil.which("node")
    yield Finding(True, "The chat window for trials is installed." if chat else "No chat window for trials (optional).")


def _program(name: str, command: str, what: str, why_not: str) -> Iterator[Finding]:
    if not why_not:
        yield Finding(True, f"{name} is installed and can be shut in: {what} read.")
    elif not programs.found(command):
        yield Finding(True, f"{name} is not installed (optional): {what} not read, and their senders hear what to do.")
    else:
        yield Finding(False, f"{name} is installed but off, and {what} not read: {_REMEDY}")
