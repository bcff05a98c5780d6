"""What people are told, as values. The doors turn them into cards and letters.

Nothing here names a child, and the words an auditor wrote stay behind *Show what was recorded* (B07, L01).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from audit.answers import Audit
from audit.case_note import CaseNote
from audit.council import Council
from audit.escalation import ConcernState
from audit.people import Case, Held, Person
from audit.tools import Tool

CHANNELS = ("teams", "mail")


@dataclass(frozen=True, slots=True)
class ToldLine:
    """One person who was told of a concern, how it reached them, and whether they have it."""

    name: str
    role: str
    told_at: datetime
    by: tuple[tuple[str, str], ...]  # (channel, state), such as ("teams", "sent")
    may_stop: bool
    acknowledged_at: datetime | None
    phone: str


@dataclass(frozen=True, slots=True)
class AlertFacts:
    """A concern as one of its readers sees it now."""

    concern_id: int
    reference: str
    kind: str
    state: ConcernState
    raised_by: str
    raised_role: str
    raised_at: datetime
    confirmed: bool
    to_role: str
    may_stop: bool
    repeated: bool
    told: tuple[ToldLine, ...]
    next_at: datetime | None
    next_roles: tuple[str, ...]
    ring_name: str
    ring_phone: str
    out_of_hours: str
    stopped_by: str
    stopped_at: datetime | None
    reason: str
    gap: str
    about_letter: bool
    gathered: int = 0
    """How many letters wait under it, where it stands for all that one sender still sends."""


@dataclass(frozen=True, slots=True)
class AuditFacts:
    """An audit in a notice: enough to draw it and to attach its tool."""

    audit: Audit
    tool: Tool
    case: Case
    auditor: Person
    worker: Person | None
    moderator: Person | None
    due: date
    period_from: date


@dataclass(frozen=True, slots=True)
class ReadRow:
    """One field that was read from a returned tool, as the receipt shows it."""

    area: str
    field: str
    read: str
    note: str


@dataclass(frozen=True, slots=True)
class ReceiptFacts:
    """What became of a returned tool, or of a `reply` to an earlier receipt: read, taken, asked, and what happens next.

    `questions` are numbered from 1; `more` says what is open beyond them, and `still_open` counts everything. `taken`
    and `unclear` are sentences on the answers of a reply, `beside` what became of its other words. `again`: the very
    same file had come before. `late`: a sentence where the audit had been handed in before. `due`: the day by which it
    should be handed in.
    """

    reference: str
    area_count: int
    areas_read: int
    rows: tuple[ReadRow, ...]
    questions: tuple[str, ...]
    submitted: bool
    to_confirm: str
    in_reply_to: str
    subject: str
    copies: int
    due: date | None = None
    late: str = ""
    more: str = ""
    still_open: int = 0
    again: bool = False
    reply: bool = False
    taken: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()
    beside: str = ""


@dataclass(frozen=True, slots=True)
class ReplyFacts:
    """A sentence in answer to a letter: a refusal, or a confirmation of something done by mail; `lines` follow it."""

    sentence: str
    reference: str
    in_reply_to: str
    subject: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CompletedFacts:
    """The letter that carries the tool as it stands to those whom policy names (F02, F10, F11)."""

    audit: AuditFacts
    kind: str
    to_role: str
    remedial: bool


@dataclass(frozen=True, slots=True)
class Finished:
    """What is filed of a finished audit. `letter`: what became of the auditor's letter with the PDF, or empty."""

    note: CaseNote
    letter: str = ""


@dataclass(frozen=True, slots=True)
class FinishedFacts:
    """The letter that carries the PDF of a finished audit to somebody who files it (G06, G07)."""

    audit: AuditFacts
    note: CaseNote | None
    role: str


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """A request for an audit, for whoever decides about it (B03). What its writer wrote is not in it.

    `known`: whether the directory has a case with this ID; `state`: open, later, accepted or declined; `repeated`: it
    was put to them before, and nobody has decided, or the day has come to which it was put off.
    """

    number: int
    case_id: str
    known: bool
    reason: str
    asked_by: Person
    asked_at: datetime
    state: str
    decided_by: str
    decided_at: datetime | None
    until: date | None
    why: str
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class PlainFacts:
    """A few sentences for one person: an alarm of the watch, a letter that waits."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LiveFacts:
    """An audit as its auditor's live card shows it: what it shows now, the concerns on it, and what is to be filed."""

    of: AuditFacts
    council: Council
    shows: str
    alerts: tuple[AlertFacts, ...]
    now: datetime
    finished: Finished | None = None


class Asks(StrEnum):
    """The one question that a letter which needs a person puts to the QA team (G02)."""

    WHICH = "which audit"
    WHOSE = "whose"
    AGAIN = "ask again"
    READ = "read"


class Sender(StrEnum):
    """What we know of who wrote a letter. `UNPROVEN`: it bears a known address, and the mail server does not vouch."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    UNPROVEN = "unproven"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An audit that a letter's tools may belong to. `theirs`: its auditor's address is the sender's; `named`: the
    letter's subject or files hold its reference."""

    reference: str
    auditor: str
    due: date
    submitted: bool
    theirs: bool
    named: bool


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """A letter that needs a person, as the QA team's card shows it: nothing that its writer wrote.

    `files`: how many documents it brings; `drawn`: proves on a press that nothing was done since; `in_hand`: it is
    about to be read again, and for what; `came_of`: what became of the last time that somebody had it read; `settled`:
    who has dealt with it and how, where it needs nobody any more.
    """

    number: int
    kind: str
    received_at: datetime
    sender: str
    known: Sender
    asks: Asks
    why: str
    files: int
    candidates: tuple[Candidate, ...]
    drawn: int
    in_hand: str
    came_of: str
    settled: str
    alert: AlertFacts | None


@dataclass(frozen=True, slots=True)
class LetterLine:
    """A letter that needs a person, in a list. `holder`: who has said that they have it."""

    number: int
    received_at: datetime
    sender: str
    asks: Asks
    kind: str
    holder: str
    in_hand: bool


Facts = (
    LetterFacts
    | LiveFacts
    | AlertFacts
    | AuditFacts
    | ReceiptFacts
    | ReplyFacts
    | CompletedFacts
    | FinishedFacts
    | RequestFacts
    | PlainFacts
)


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to send to one person by one channel. `number` and `seal` stay the same however often it is sent.

    `place` is where their chat is, if the channel is Teams and it was opened; `shown` are the activities to update
    instead of posting anew; `lead` is the person to turn to with questions; `may_have_left`: an earlier try may
    have sent it, so it is looked for, and goes only where it certainly has not left.
    """

    key: str
    number: int
    kind: str
    channel: str
    to: Person | None
    address: str
    cc: tuple[str, ...]
    facts: Facts
    council: Council
    now: datetime
    place: Mapping[str, object] | None = None
    shown: tuple[str, ...] = ()
    data: Mapping[str, object] = field(default_factory=dict)
    lead: Held | None = None
    may_have_left: bool = False
    seal: str = ""
