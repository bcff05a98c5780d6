"""A post room: real SMTP on the loopback, real folders, a real ledger, and a clock that is passed in."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from audit.answers import Audit
from audit.escalation import Concern
from audit.tools import FieldKind, Tool
from desk import clock, councils, outbox, seeding, showing
from desk.allocation import allocate
from documents.reading_room import ReadingRoom
from mail import collect, taking_in
from mail.authentic import LOCAL_TRIAL, Trust
from mail.local import LocalOutbox, LocalPost, list_outbox
from mail.sending import MailSender
from storage.ledger import Store
from storage.letters import Letter
from tests.documents.filling import fill

COUNCILS = Path(__file__).parents[2] / "councils"
LETTERS = Path(__file__).parents[1] / "letters"
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

AUDITOR = "avery.sample@telford.example"
OTHER_AUDITOR = "jo.specimen@telford.example"
MANAGER = "morgan.example@telford.example"
SERVICE_MANAGER = "charlie.sample@telford.example"
QA_LEAD = "pat.specimen@telford.example"
WORKER = "robin.example@telford.example"
STRANGER = "someone@elsewhere.example"
INBOX = "qa@telford.example"

READING = ReadingRoom()
"""Shared by all letters of a test run; it ends with it."""

Answers = dict[tuple[str, str], str | tuple[str, ...]]


@dataclass
class Room:
    """One council's post room."""

    folder: Path
    council_folder: Path = COUNCILS / "telford_and_wrekin"
    now: datetime = MONDAY
    reading: ReadingRoom = READING
    trust: Trust = LOCAL_TRIAL
    url: str = ""
    _numbers: Iterator[int] = field(default_factory=lambda: iter(range(1, 10_000)))

    def __post_init__(self) -> None:
        self.store = Store(self.url or f"sqlite:///{self.folder / 'auditbot.db'}")
        self.store.migrate()
        texts = {
            str(path.relative_to(self.council_folder)): path.read_text("utf-8")
            for path in (*self.council_folder.glob("*.toml"), *self.council_folder.glob("tools/*.toml"))
        }
        directory = {path.name: path.read_text("utf-8") for path in (self.council_folder / "demo").glob("*.csv")}
        with self.store.open() as ledger:
            self.council = councils.publish(ledger, texts, self.now)
            seeding.seed(ledger, self.council, directory, self.now)
        self.post = LocalPost(self.folder / "mail", self.council.policy.qa_address, 0)
        self.outbox = self.folder / "mail" / "outbox"
        self.sender = MailSender(LocalOutbox(self.outbox))

    # what people do

    def allocates(self, auditor: str = AUDITOR, case: str = "4021", tool: str = "tw-cp-cin") -> Audit:
        with self.store.open() as ledger:
            audit = allocate(
                ledger,
                self.council,
                case_id=case,
                auditor_email=auditor,
                tool_id=tool,
                now=self.now,
                due=date(2026, 12, 18),
            )
        self.sends()
        return audit

    def blank(self, audit: Audit) -> bytes:
        """The tool as it came with the allocation."""
        letter = next(
            one
            for one in reversed(self.letters_out("allocation"))
            if str(one["Subject"]).strip().startswith(audit.reference)
        )
        data = next(letter.iter_attachments()).get_content()
        assert isinstance(data, bytes)
        return data

    def filled(self, audit: Audit, changed: Mapping[tuple[str, str], str | None] | None = None) -> bytes:
        """A whole tool without a worry in it; `changed` fields hold other words, or nothing where None."""
        tool = self.tool(audit)
        answers: Answers = {**untroubled(tool)}
        for key, words in (changed or {}).items():
            answers.pop(key, None)
            if words is not None:
                answers[key] = words
        return fill(self.blank(audit), tool, answers)

    def writes(
        self,
        sender: str,
        subject: str = "",
        text: str = "Done, see attached.\n",
        files: tuple[bytes, ...] = (),
        answering: str = "",
        **headers: str,
    ) -> bytes:
        """A letter to the QA inbox, over SMTP. Its bytes."""
        letter = EmailMessage()
        letter["From"], letter["To"], letter["Subject"] = sender, INBOX, subject
        letter["Date"] = format_datetime(self.now)
        letter["Message-ID"] = headers.pop("message_id", f"<{next(self._numbers)}@sender.example>")
        if answering:
            letter["In-Reply-To"] = answering
        for name, value in headers.items():
            letter[name.replace("_", "-")] = value
        letter.set_content(text)
        for place, data in enumerate(files, 1):
            letter.add_attachment(data, maintype="application", subtype="octet-stream", filename=f"Copy ({place}).docx")
        self.posts(sender, letter.as_bytes(policy=SMTP))
        return letter.as_bytes(policy=SMTP)

    def posts(self, sender: str, raw: bytes, to: str = "") -> None:
        with smtplib.SMTP("127.0.0.1", self.post.port, timeout=10) as server:
            server.sendmail(sender, [to or self.council.policy.qa_address], raw)

    # what the service does

    def takes_in(self) -> int:
        return taking_in.take_in(self.store, self.post, self.now)

    def reads_once(self) -> int:
        return collect.read_due(self.store, self.post, self.council, self.now, self.reading, self.trust)

    def reads(self) -> None:
        self.takes_in()
        while self.reads_once():
            pass

    def sends(self) -> None:
        while outbox.deliver(self.store, self.sender, "mail", lambda: self.now):
            pass

    def works(self) -> None:
        """Everything that is due now."""
        self.reads()
        while clock.run_due(self.store, lambda: self.now):
            pass
        self.sends()

    def waits(self, **span: float) -> None:
        self.now += timedelta(**span)
        self.works()

    # what can be seen

    def letters_out(self, kind: str = "", to: str = "") -> list[EmailMessage]:
        found = []
        for sent in list_outbox(self.outbox):
            if (not kind or sent.kind == kind) and (not to or to in sent.to):
                message = message_from_bytes(sent.path.read_bytes(), policy=default)
                assert isinstance(message, EmailMessage)
                found.append(message)
        return found

    def told(self, kind: str, to: str) -> str:
        """The text of the one letter of this kind that somebody got."""
        letters = self.letters_out(kind, to)
        assert len(letters) == 1, f"{len(letters)} letters of kind {kind} to {to}"
        return words_of(letters[0])

    def tool(self, audit: Audit) -> Tool:
        return self.council.tool(audit.tool_id)

    def audit(self, audit: Audit) -> dict[str, Any]:
        with self.store.open() as ledger:
            return showing.whole_audit(ledger, ledger.audits.audit(audit.id))

    def letters(self) -> list[Letter]:
        with self.store.open() as ledger:
            found = [one for state in ("kept", "done", "needs_a_person") for one in ledger.letters.in_state(state)]
        return sorted(found, key=lambda one: one.id)

    def concerns(self) -> tuple[Concern, ...]:
        with self.store.open() as ledger:
            return ledger.concerns.live()

    def faults(self) -> int:
        with self.store.open() as ledger:
            return ledger.directory.fault_count()

    def close(self) -> None:
        self.store.close()


@contextmanager
def post_room(folder: Path) -> Iterator[Room]:
    room = Room(folder)
    room.post.start()
    try:
        yield room
    finally:
        room.post.stop()
        room.close()


def untroubled(tool: Tool) -> Answers:
    """An answer to everything that is asked, all of it good news."""
    answers: Answers = {}
    for step in tool.steps:
        for one in step.fields:
            if one.kind is FieldKind.GRADE:
                answers[step.id, one.id] = "Good"
            elif one.kind is FieldKind.CHOICE:
                answers[step.id, one.id] = one.choices[0].label
            elif one.kind is FieldKind.MANY:
                answers[step.id, one.id] = (one.choices[0].id,)
            elif one.kind is FieldKind.TEXT and one.when is None:
                answers[step.id, one.id] = f"What was seen under {step.title}, and what it changed."
            elif one.kind is FieldKind.LINE and one.when is None:
                answers[step.id, one.id] = "Case note of 4 November"
    answers["actions", "needed"] = "No actions are needed"
    return answers


def words_of(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body is not None
    return str(body.get_content())
