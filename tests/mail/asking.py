"""A tool that leaves questions open, the receipt that asks them, and a reply to it."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any

from tests.mail.room import AUDITOR, Room, words_of

HEDGED = "Good or RI"
PLANNING, VOICE, RISK = ("planning", "grade"), ("voice", "comment"), ("risk", "grade")


def receipts(room: Room) -> list[EmailMessage]:
    return room.letters_out("receipt", AUDITOR)


def asks(room: Room, *fields: tuple[str, str], **words: str) -> Any:
    """A tool comes back in which these fields are empty, or hold some words; the audit, once its receipt is out."""
    audit = room.allocates()
    changed = {field: words.get("_".join(field)) for field in fields}
    room.writes(AUDITOR, f"Re: {audit.reference}", files=(room.filled(audit, changed),))
    room.works()
    return audit


def replies(room: Room, text: str, to: EmailMessage | None = None, sender: str = AUDITOR, **more: Any) -> str:
    """A reply to the last receipt, or to another one; the body of the letter that answers it."""
    receipt = to or receipts(room)[-1]
    before = len(receipts(room))
    room.writes(sender, f"Re: {receipt['Subject']}", text, answering=receipt["Message-ID"], **more)
    room.works()
    assert room.faults() == 0
    after = receipts(room)
    return words_of(after[-1]) if len(after) > before else ""


def section(room: Room, audit: Any, name: str) -> dict[str, Any]:
    return next(one for one in room.audit(audit)["sections"] if one["id"] == name)


def state(room: Room, audit: Any) -> str:
    return str(room.audit(audit)["state"])
