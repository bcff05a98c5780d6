"""Letters that are not what they say, and a room in which everything is there that one of them could change."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from sqlalchemy import text as sql

from audit.answers import Audit
from desk import concerns
from mail.authentic import Trust
from mail.numbering import message_id
from storage.obligations import Kept
from tests.documents.filling import parts, with_parts
from tests.mail.room import AUDITOR, INBOX, MANAGER, OTHER_AUDITOR, Room

GATEWAY = "mx.council.example"
BEHIND_A_GATEWAY = Trust(inside=True, server=GATEWAY)
ONLINE = Trust(inside=True, microsoft=True)

_HELD = {
    "audits": "",
    "answers": "",
    "answer_history": "",
    "submissions": "",
    "kept_words": "where audit_id is not null",
    "concerns": "where audit_id is not null",
    "acknowledgements": "",
    "told": "where concern_id in (select id from concerns where audit_id is not null)",
    "notices": "where audit_id is not null",
    "events": "where chain like 'audit/%'",
}


def held_of_audits(room: Room) -> str:
    """All that the ledger holds of audits, byte for byte."""
    with room.store.engine.connect() as connection:
        found = {
            table: sorted(map(repr, connection.execute(sql(f"select * from {table} {which}"))))
            for table, which in _HELD.items()
        }
    return repr(found)


@dataclass(frozen=True)
class Office:
    """A room with two audits. The receipt of one asks its auditor to answer and to confirm; an alert is open on the
    other."""

    room: Room
    theirs: Audit
    other: Audit
    receipt: str
    alert: str
    tool: bytes
    """A whole tool for the one, and for the other, without a worry in it."""
    other_tool: bytes


def office(room: Room) -> Office:
    """What was there before, all of it by letters that the server vouches for."""
    theirs = room.allocates(auditor=AUDITOR, case="4021")
    other = room.allocates(auditor=OTHER_AUDITOR, case="4022")
    changed = {("overall", "grade"): "Inadequate", ("planning", "grade"): None}
    tool, whole, other_tool = room.filled(theirs, changed), room.filled(theirs), room.filled(other)
    first = written(room, f"From: Avery Sample <{AUDITOR}>", files=(tool,), message_id=FIRST)
    room.posts(AUDITOR, stamped(room, first))
    with room.store.open() as ledger:
        concerns.raise_by_hand(ledger, other, "immediate", "words", other.auditor_id, "p", room.now, "teams")
    room.works()
    assert [one.state for one in room.letters()] == ["done"], [one.why for one in room.letters()]
    with room.store.open() as ledger:
        notices = [one for one in ledger.obligations.notices() if one.channel == "mail"]
        manager = ledger.directory.by_email(MANAGER)
    assert manager
    receipt = next(one for one in notices if one.kind == "receipt")
    alert = next(one for one in notices if one.kind == "alert" and one.person_id == manager.id)
    assert receipt.data["asked"]
    assert receipt.data["to_confirm"]
    return Office(room, theirs, other, notice_id(receipt), notice_id(alert), whole, other_tool)


FIRST = "<first@telford.example>"


def notice_id(notice: Kept) -> str:
    """The Message-ID of a notice of ours."""
    return message_id(notice.number, notice.seal, INBOX)


def written(
    room: Room,
    *lines: str | bytes,
    subject: str = "",
    text: str = "Done, see attached.\n",
    files: tuple[bytes, ...] = (),
    message_id: str = "<forged@evil.example>",
    answering: str = "",
) -> bytes:
    """A letter as its writer made it. `lines`: headers as they are, From among them."""
    letter = EmailMessage()
    letter["To"], letter["Subject"] = INBOX, subject
    letter["Date"] = format_datetime(room.now)
    letter["Message-ID"] = message_id
    if answering:
        letter["In-Reply-To"] = answering
    letter.set_content(text)
    for place, data in enumerate(files, 1):
        letter.add_attachment(data, maintype="application", subtype="octet-stream", filename=f"Copy ({place}).docx")
    raw = [line if isinstance(line, bytes) else line.encode() for line in lines]
    return b"".join(line + b"\r\n" for line in raw) + letter.as_bytes(policy=SMTP)


def stamped(room: Room, raw: bytes, verdict: str = "pass", domain: str = "telford.example") -> bytes:
    """The letter with what the receiving server writes on top of it: its verdict on the domain in the From line."""
    results = f"spf={verdict} smtp.mailfrom=evil.example; dmarc={verdict} header.from={domain}"
    if room.trust == ONLINE:
        results = (
            f"spf={verdict} smtp.mailfrom=evil.example;dmarc={verdict} action=none header.from={domain};compauth=x"
        )
    else:
        results = f"{GATEWAY}; {results}"
    return f"Authentication-Results: {results}\r\nReceived: from somewhere by {GATEWAY}\r\n".encode() + raw


def under_reference(tool: bytes, old: str, new: str) -> bytes:
    """A tool that says that it is another audit's."""
    return with_parts(tool, {name: data.replace(old.encode(), new.encode()) for name, data in parts(tool).items()})
