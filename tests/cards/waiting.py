"""Letters that need a person, for the gallery: each reason, each moment, played in a real post room."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from dialogs.screens import Screen
from mail.authentic import LOCAL_TRIAL, Trust
from tests.cards import gallery
from tests.mail.room import STRANGER, Room
from tests.stories.post import Team

UNPROVEN = Trust(server="mx.council.example")
LONG_ADDRESS = "a.very.long.address.of.somebody.who.works.elsewhere@department.of.childrens.services.elsewhere.example"


def letters(tmp_path: Path, folder: Path) -> Iterator[tuple[str, Screen]]:
    """The list and the card of a letter for each reason; then what is asked back, decided, late and refused."""
    place = tmp_path / f"{folder.name}-letters"
    place.mkdir()
    room = Room(place, council_folder=folder)
    room.post.start()
    try:
        yield from _played(Team(room), folder)
    finally:
        room.post.stop()
        room.close()


def _played(team: Team, folder: Path) -> Iterator[tuple[str, Screen]]:
    room = team.room
    lead = _lead(team)
    team.opens_chat(lead)
    auditor, case, tool = gallery.cast(folder)
    yield "no letters", team.says(lead, "letters")
    audits = [room.allocates(auditor, case, tool) for _ in range(3)]
    first, second, _third = audits
    room.writes(auditor, f"{second.reference} and TW-9999 kettle", files=(room.filled(first),))
    room.writes(STRANGER, files=(room.filled(first),))
    room.writes(auditor, "A question", "Where is the kettle?\n")
    room.writes(auditor, files=(b"%PDF-1.7 nothing",))
    room.writes(auditor, files=(room.filled(first),), Auto_Submitted="auto-forwarded")
    room.writes(LONG_ADDRESS, "Hello", "She is at risk of significant harm.\n")
    room.writes(f"{auditor}, {STRANGER}", "Two of us", files=(room.filled(first),))
    _works_off(team)
    room.trust = UNPROVEN
    room.writes(auditor, files=(room.filled(first),))
    room.writes(auditor, "Hello", "Hello.\n")
    _works_off(team)
    room.trust = LOCAL_TRIAL
    yield "letters", team.says(lead, "letters")
    yield "status with letters", team.says(lead, "status")
    for number in range(1, 10):
        yield f"letter {number}", team.opens(lead, number)
    yield from _decided(team, lead, first.reference)


def _works_off(team: Team) -> None:
    """All that came, however long letters of one sender wait for each other."""
    for _ in range(5):
        team.works()
        team.room.waits(minutes=1)
    team.delivers()


def _decided(team: Team, lead: str, reference: str) -> Iterator[tuple[str, Screen]]:
    card = team.opens(lead)
    yield "letter, nothing chosen", team.decides(lead, card, "assign")
    yield "letter, no reason", team.decides(lead, card, "assign", audit=reference)
    yield "letter, two chosen", team.decides(lead, card, "assign", audit=reference, other="TW-0817", why="Rang.")
    long = "x" * 600
    yield "letter, nobody's reference", team.decides(lead, team.opens(lead, 7), "assign", other="last one", why=long)
    yield "letter, how", team.decides(lead, team.opens(lead, 3), "discard")
    yield "letter acknowledged", team.decides(lead, card, "ack")
    yield "letter in hand", team.decides(lead, card, "assign", audit=reference, why=gallery.SENTENCE)
    yield "letter pressed twice", team.decides(lead, card, "assign", audit=reference, why="Rang.")
    team.decides(lead, team.opens(lead, 4), "retry")
    team.works()
    yield "letter dealt with", team.opens(lead)
    yield "letter dealt with meanwhile", team.decides(lead, card, "discard", why="An invitation.")
    yield "letter read again", team.opens(lead, 4)
    yield "letter discarded", team.decides(lead, team.opens(lead, 2), "discard", why=gallery.LONG)
    team.room.waits(days=3)
    team.delivers()
    for number in range(3, 15):
        team.room.writes(STRANGER, f"Hello {number}", "Hello.\n")
    team.works()
    yield "many letters", team.says(lead, "letters")
    yield "letter of another day", team.opens(lead, 3)
    yield "letters refused", team.says(gallery.cast(team.room.council_folder)[0], "letters")
    yield "no such letter", team.presses(lead, "letter", letter=4000)


def _lead(team: Team) -> str:
    with team.room.store.open() as ledger:
        return ledger.directory.holders(team.room.council.policy.qa_lead, None)[0].person.email
