"""A bag of letters of every kind, each with the one thing that must come of it however often the service dies."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from itertools import cycle
from pathlib import Path

from desk import concerns
from storage.ledger import Ledger
from storage.obligations import Kept
from tests.mail.asking import PLANNING, RISK, asks
from tests.mail.office import Furnished
from tests.mail.room import AUDITOR, INBOX, MANAGER
from tests.mail.served import Today, today
from tests.mail.test_bounces import ours, report


@dataclass(frozen=True)
class Letter:
    """One letter of the bag. `about`: the number of what it must change."""

    kind: str
    sender: str
    message_id: str
    raw: bytes
    about: int = 0


def packed(folder: Path, many: int) -> tuple[Furnished, tuple[Letter, ...]]:
    """A council's folder, and letters that will come to it. All that was sent before counts as delivered."""
    room = today(folder)
    room.now -= timedelta(seconds=many)
    room.post.start()
    try:
        letters = tuple(_one(room, kind, place) for place, kind in zip(range(many), cycle(ORDER), strict=False))
        room.works()
        return Furnished(folder, (), ()), letters
    finally:
        room.post.stop()
        room.close()


def _one(room: Today, kind: str, place: int) -> Letter:
    """A letter of the bag, a second after the one before: what is in it came in too, and as a flood it would wait."""
    room.now += timedelta(seconds=1)
    return KINDS[kind](room, place)


def _tool(room: Today, place: int) -> Letter:
    audit = room.allocates()
    return _letter(room, "tool", place, "Done, see attached.\n", room.filled(audit), "Copy.docx", about=audit.id)


def _zip(room: Today, place: int) -> Letter:
    audit = room.allocates()
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("tool.docx", room.filled(audit))
    return _letter(room, "zip", place, "Done, see attached.\n", held.getvalue(), "tools.zip", about=audit.id)


def _words(room: Today, place: int) -> Letter:
    return _letter(room, "words", place, f"May I have a word about the rota, please? ({place})\n")


def _answer(room: Today, place: int) -> Letter:
    audit = asks(room, PLANNING, RISK)
    with room.store.open() as ledger:
        sent = next(one for one in ledger.obligations.notices(audit_id=audit.id) if one.kind == "receipt")
    return _letter(room, "answer", place, "1 good, 2 good\n", answers=sent, about=audit.id)


def _ack(room: Today, place: int) -> Letter:
    audit = room.allocates()
    with room.store.open() as ledger:
        concerns.raise_by_hand(ledger, audit, "immediate", "words", audit.auditor_id, str(place), room.now, "teams")
    room.works()
    with room.store.open() as ledger:
        concern = ledger.concerns.live()[-1].id
        manager = ledger.directory.by_email(MANAGER)
        assert manager
        told = ledger.obligations.notices(concern_id=concern, person_id=manager.id)
        alert = next(one for one in told if one.channel == "mail")
    return _letter(room, "ack", place, "ACK\n", answers=alert, about=concern, sender=MANAGER)


def _bounce(room: Today, place: int) -> Letter:
    audit = room.allocates()
    with room.store.open() as ledger:
        notices = ledger.obligations.notices(audit_id=audit.id)
    sent = next(one for one in notices if one.kind == "allocation" and one.channel == "mail")
    return Letter("bounce", "", f"<b-{sent.number}-failed-{AUDITOR}@relay.example>", report(sent, AUDITOR), sent.number)


KINDS: dict[str, Callable[[Today, int], Letter]] = {
    "tool": _tool,
    "words": _words,
    "answer": _answer,
    "bounce": _bounce,
    "zip": _zip,
    "ack": _ack,
}


ORDER = ("tool", "words", "answer", "bounce", "zip", "ack", "tool", "words")
"""Of answers no more than forty in 250: each is to a receipt, and who is sent more in a day has them together."""


def _letter(
    room: Today,
    kind: str,
    place: int,
    text: str,
    data: bytes = b"",
    name: str = "",
    answers: Kept | None = None,
    about: int = 0,
    sender: str = AUDITOR,
) -> Letter:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, INBOX, f"Letter {place}"
    made["Date"], made["Message-ID"] = format_datetime(room.now), f"<{kind}-{place}@sender.example>"
    if answers:
        made["In-Reply-To"] = ours(answers)
    made.set_content(text)
    if data:
        made.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return Letter(kind, sender, str(made["Message-ID"]), made.as_bytes(policy=SMTP), about)


# what must have come of each


def faults(ledger: Ledger, letter: Letter) -> Iterator[str]:
    """What did not come of a letter as it should, but for what was sent."""
    if letter.kind in ("tool", "zip", "answer"):
        kinds = [str(one["kind"]) for one in ledger.audits.submissions(letter.about)]
        if ledger.audits.audit(letter.about).stage.value != "submitted" or kinds != ["returned", "handed in"]:
            yield f"{letter.message_id}: {kinds}"
        if not ledger.trail.verify(f"audit/{letter.about}").holds:
            yield f"{letter.message_id}: its trail does not hold"
    elif letter.kind == "ack":
        concern = ledger.concerns.concern(letter.about)
        said = [one.what for one in ledger.trail.events(f"audit/{concern.audit_id}")].count("acknowledged")
        if concern.state.value != "acknowledged" or said != 1:
            yield f"{letter.message_id}: {concern.state.value}, said {said} times"
    elif letter.kind == "bounce":
        sent = ledger.obligations.notice_by_number(letter.about)
        assert sent
        events = [one.what for one in ledger.trail.events(f"audit/{sent.audit_id}")]
        if sent.state != "gave_up" or events.count("allocation came back") != 1:
            yield f"{letter.message_id}: {sent.state}, {events}"


FOLDERS = {"words": "needs-a-person", "bounce": "set-aside"}
"""Where each kind ends, if not among those filed."""
