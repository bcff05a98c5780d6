"""Taking in a directory: everybody whom a concern reaches can be reached, and people stay themselves."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from audit.council import Council
from audit.people import Person
from bot.folders import council_texts, directory_texts
from desk import chats, councils, seeding
from desk.seeding import BadDirectory
from storage.ledger import Store

COUNCILS = Path(__file__).parents[2] / "councils"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MORGAN = "morgan.example@telford.example"
PAT = "pat.specimen@telford.example"
JO = "jo.specimen@telford.example"
MORGANS = "00000000-0000-4000-8000-000000000002"
JOS = "00000000-0000-4000-8000-000000000005"


class Taken:
    """A council whose directory can be edited and taken in again."""

    def __init__(self, store: Store, folder: str = "telford_and_wrekin") -> None:
        self.store = store
        store.migrate()
        self.texts = dict(directory_texts(COUNCILS / folder / "demo"))
        with store.open() as ledger:
            self.council: Council = councils.publish(ledger, council_texts(COUNCILS / folder), NOW)
        self.again()

    def edit(self, file: str, old: str, new: str) -> None:
        assert old in self.texts[file]
        self.texts[file] = self.texts[file].replace(old, new)

    def again(self) -> None:
        with self.store.open() as ledger:
            seeding.seed(ledger, self.council, self.texts, NOW)

    def faults(self) -> tuple[str, ...]:
        with pytest.raises(BadDirectory) as bad:
            self.again()
        return bad.value.faults

    def by_email(self, email: str) -> Person | None:
        with self.store.open() as ledger:
            return ledger.directory.by_email(email)

    def person(self, email: str) -> Person:
        found = self.by_email(email)
        assert found, email
        return found


# who is reached


def test_a_role_of_a_letter_alone_needs_an_address_and_no_telephone(store: Store) -> None:
    taken = Taken(store)
    policy = (COUNCILS / "telford_and_wrekin" / "policy.toml").read_text("utf-8")
    policy = policy.replace('iro = "', 'adviser = "adviser"\niro = "', 1)
    policy = policy.replace(
        '[[limb.inadequate.letter]]\nto = ["', '[[limb.inadequate.letter]]\nto = ["adviser", "iro", "', 1
    )
    texts = council_texts(COUNCILS / "telford_and_wrekin")
    with store.open() as ledger:
        taken.council = councils.publish(ledger, {**texts, "policy.toml": policy}, NOW)
    cases = ("4021", "4022", "4023", "5101", "5102", "5103")
    assert taken.faults() == tuple(
        f"roles.csv: nobody is 'adviser' for case {case}, but a letter goes to them" for case in cases
    )
    taken.texts["people.csv"] += "kit.sample@telford.example,Kit Sample,,\n"
    taken.texts["roles.csv"] += "kit.sample@telford.example,adviser,council\n"
    taken.again()


@pytest.mark.parametrize("address", ["zoë@telford.example", "a b@telford.example", "a@b@c", "a\x07@b.example", "x"])
def test_an_address_that_no_letter_would_reach_is_named_with_its_line(store: Store, address: str) -> None:
    taken = Taken(store)
    taken.texts["people.csv"] += f"{address},Kit Sample,,\n"
    (fault,) = taken.faults()
    assert fault.startswith("people.csv line 13: ")
    assert "e-mail address" in fault


def test_an_address_kept_before_it_was_checked_is_found(store: Store) -> None:
    taken = Taken(store)
    with store.open() as ledger:
        ledger.directory.save_person("zoë@telford.example", "Zoë Sample", "01632 960100", MORGANS)
        people = {person.email: person.id for person in ledger.directory.everyone()}
        ledger.directory.replace_roles([(people["zoë@telford.example"], "qa_manager", "council", "")])
        found = seeding.check_ladders(ledger, taken.council)
    assert "people.csv: 'zoë@telford.example' is 'qa_manager', and no letter would reach that address" in found


# who is who


def test_taking_the_same_directory_in_twice_changes_nobody(store: Store) -> None:
    taken = Taken(store)
    with store.open() as ledger:
        before = ledger.directory.everyone()
    taken.again()
    with store.open() as ledger:
        assert ledger.directory.everyone() == before


def test_a_new_address_with_the_same_entra_id_is_the_same_person(store: Store) -> None:
    taken = Taken(store)
    before = taken.person(MORGAN)
    for file in ("people.csv", "roles.csv"):
        taken.edit(file, MORGAN, "morgan.married@telford.example")
    for _ in range(2):
        taken.again()
        after = taken.person("morgan.married@telford.example")
        assert (after.id, after.entra_id) == (before.id, MORGANS)
        assert taken.by_email(MORGAN) is None


def test_an_entra_id_that_moves_is_taken_from_the_one_who_had_it(store: Store) -> None:
    taken = Taken(store)
    morgan, jo = taken.person(MORGAN), taken.person(JO)
    taken.edit("people.csv", MORGANS, "")
    taken.edit("people.csv", JOS, MORGANS)
    for _ in range(2):
        taken.again()
        assert (taken.person(MORGAN).id, taken.person(MORGAN).entra_id) == (morgan.id, "")
        assert (taken.person(JO).id, taken.person(JO).entra_id) == (jo.id, MORGANS)


def test_two_entra_ids_that_were_mixed_up_are_put_right(store: Store) -> None:
    taken = Taken(store)
    taken.edit("people.csv", MORGANS, "swap")
    taken.edit("people.csv", JOS, MORGANS)
    taken.edit("people.csv", "swap", JOS)
    for _ in range(2):
        taken.again()
        assert (taken.person(MORGAN).entra_id, taken.person(JO).entra_id) == (JOS, MORGANS)


@pytest.mark.parametrize("first", [True, False])
def test_a_newcomer_never_becomes_somebody_who_is_still_there(store: Store, first: bool) -> None:
    taken = Taken(store)
    morgan = taken.person(MORGAN)
    taken.edit("people.csv", MORGANS, "00000000-0000-4000-8000-000000000099")
    head, _, rest = taken.texts["people.csv"].partition("\n")
    newcomer = f"kit.sample@telford.example,Kit Sample,,{MORGANS}\n"
    taken.texts["people.csv"] = f"{head}\n{newcomer}{rest}" if first else f"{head}\n{rest}{newcomer}"
    taken.again()
    assert taken.person(MORGAN).id == morgan.id
    kit = taken.person("kit.sample@telford.example")
    assert kit.id != morgan.id
    assert kit.entra_id == MORGANS


def test_one_entra_id_for_two_people_is_a_fault(store: Store) -> None:
    taken = Taken(store)
    taken.edit("people.csv", JOS, MORGANS.upper())
    assert taken.faults()[0] == f"people.csv line 6: the Entra id {MORGANS} stands twice"


def test_the_chat_of_an_entra_id_goes_with_it(store: Store) -> None:
    taken = Taken(store)
    place = {"id": "chat", "personal": True}
    people = [taken.person(email) for email in (MORGAN, JO, PAT)]
    with store.open() as ledger:
        for person in people:
            chats.heard_from(ledger, person, place, NOW)
    taken.edit("people.csv", MORGANS, "")
    taken.edit("people.csv", JOS, MORGANS)
    taken.again()
    with store.open() as ledger:
        open_chats = [ledger.directory.has_conversation(person.id) for person in people]
    assert open_chats == [False, False, True], "the first two may be somebody else's by now"
