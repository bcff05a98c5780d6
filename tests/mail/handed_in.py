"""An audit that was handed in with two actions, for stories of what comes after."""

from __future__ import annotations

from audit.answers import Audit
from storage.trail import Event
from tests.mail.room import AUDITOR, Room, words_of

FIRST, SECOND = "Visit the school and hear from the teacher", "Put the chronology in order"


def with_actions(room: Room) -> Audit:
    """Handed in by mail; the first action is the worker's by name, the second the auditor's."""
    audit = room.allocates()
    tool = room.filled(
        audit,
        {
            ("actions", "needed"): "The actions below are needed",
            ("actions", "what_1"): FIRST,
            ("actions", "who_1"): "Robin Example",
            ("actions", "by_1"): "2026-12-11",
            ("actions", "what_2"): SECOND,
            ("actions", "who_2"): "the team",
            ("actions", "by_2"): "2026-12-18",
        },
    )
    room.writes(AUDITOR, audit.reference, files=(tool,))
    room.works()
    assert room.audit(audit)["state"] == "submitted"
    return audit


def events(room: Room, audit: Audit, what: str) -> list[Event]:
    with room.store.open() as ledger:
        return [one for one in ledger.trail.events(f"audit/{audit.id}") if one.what == what]


def news(room: Room, to: str, title: str) -> str:
    """The one letter of news with this in its title that somebody got; handing in brings news too."""
    (found,) = [one for one in room.letters_out("news", to) if title in str(one["Subject"])]
    return words_of(found)
