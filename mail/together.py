"""Receipts sent together: whoever returns very many tools in a day gets one letter an hour about the further ones."""

from __future__ import annotations

from datetime import datetime, timedelta

from audit.council import Council
from audit.people import Person
from desk import lead
from storage.ledger import Ledger
from storage.obligations import Kept

MOST_RECEIPTS = 40
"""Receipts to one person in a day, each in a letter of its own. A flood of five hundred is answered in few letters."""
EVERY = timedelta(hours=1)
_TITLE = "Further receipts come together"


def gather(
    ledger: Ledger, council: Council, person: Person, today: tuple[Kept, ...], reference: str, says: str, now: datetime
) -> None:
    """Put a receipt into the letter that goes out next. `today`: what the person was sent in the last day.

    The first time in a day the sender is told so at once, and the QA lead too.
    """
    mine = [one for one in today if one.key.startswith(f"receipts/{person.id}/")]
    if not mine:
        _say_so(ledger, council, person, now)
    open_one = next((one for one in mine if one.state == "waiting" and "of" in one.data), None)
    of = dict(open_one.data["of"]) if open_one else {}
    of[reference] = [says, int(of.get(reference, ("", 0))[1]) + 1]
    key = open_one.key if open_one else f"receipts/{person.id}/{now:%Y%m%d%H%M%S}/{len(mine)}/mail"
    due = open_one.made_at + EVERY if open_one else now + EVERY
    lines = (
        f"{_count(sum(times for _says, times in of.values()))} came from you since the last receipt. What became of "
        "them stands below, the last one for each audit.",
        *(f"{name}: {said}{f' It came {times} times.' if times > 1 else ''}" for name, (said, times) in of.items()),
        "What is still asked can be answered in Teams: type status there. Nothing that you sent is lost.",
    )
    _owe(ledger, council, person, key, "Receipts for what you sent", lines, max(due, now), now, of)


def _say_so(ledger: Ledger, council: Council, person: Person, now: datetime) -> None:
    lines = (
        f"{MOST_RECEIPTS} receipts have gone to you today. All that you send is still read as it comes; the receipts "
        "for it come together from now on, in one letter an hour.",
        f"If you did not send that much, please tell {council.policy.qa_team}.",
    )
    _owe(ledger, council, person, f"receipts/{person.id}/{now:%Y%m%d%H%M%S}/first/mail", _TITLE, lines, now, now, None)
    tell_the_lead(ledger, council, person, now)


def tell_the_lead(ledger: Ledger, council: Council, person: Person, now: datetime) -> None:
    """Once a day for each sender."""
    lines = (
        f"{person.name} ({person.email}) has sent so much today that not every letter is answered by itself any more.",
        "Everything is read and kept, and what needs a person waits for one as usual. If a machine sends it, please "
        "have it stopped.",
    )
    key = f"very many/{person.id}/{now.date().isoformat()}"
    lead.tell(ledger, council, key, "Very many letters from one sender", lines, now, channels=("mail",))


def _owe(
    ledger: Ledger,
    council: Council,
    person: Person,
    key: str,
    title: str,
    lines: tuple[str, ...],
    due: datetime,
    now: datetime,
    of: dict[str, list[object]] | None,
) -> None:
    data: dict[str, object] = {"council": council.hash, "title": title, "lines": list(lines)}
    if of is not None:
        data["of"] = of
    ledger.obligations.notify(key=key, kind="news", channel="mail", at=now, due_at=due, person_id=person.id, data=data)


def _count(number: int) -> str:
    return "One tool or answer" if number == 1 else f"{number} tools or answers"
