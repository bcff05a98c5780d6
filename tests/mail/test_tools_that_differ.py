"""Tools that differ from what stands, from each other or in themselves: asked about, and nothing overwritten (G03)."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from audit.escalation import ConcernState
from documents import layout
from tests.documents.filling import W, parts, tick, with_parts, with_xml
from tests.mail.asking import HEDGED, PLANNING, RISK, VOICE, asks, receipts, replies, section, state
from tests.mail.room import AUDITOR, Room, words_of

# a later tool (G03)


def later(room: Room, **words: str) -> Any:
    """A first tool with one gap, and a later one that differs."""
    audit = asks(room, VOICE)
    changed: dict[tuple[str, str], str | None] = {VOICE: None}
    for key, value in words.items():
        step, _, field = key.partition("_")
        changed[step, field] = value
    room.writes(AUDITOR, files=(room.filled(audit, changed),))
    room.works()
    return audit


def test_a_later_tool_asks_first_which_stands_and_shows_what_differs(room: Room) -> None:  # G03
    audit = later(room, planning_grade="Requires improvement", risk_comment="Quite another comment.", visits_grade="RI")
    text = words_of(receipts(room)[-1])
    questions = text.partition("Questions")[2]
    assert "1. The later tool (which came at 09:00 on Mon 23 Nov) differs in 3 places from your earlier" in questions
    assert "2. Planning: Good stands in what you sent before, the later tool says Requires improvement." in questions
    assert "Risk and protection, comment: the later tool says something other" in questions
    assert "Quite another comment" not in text
    assert section(room, audit, "planning")["grade"] == "good"
    assert receipts(room)[-1]["Subject"] == f"{audit.reference}: received, 2 questions left"
    assert len([one for one in room.audit(audit)["versions"] if one["kind"] == "returned"]) == 2


@pytest.mark.parametrize("text", ["1 later\n", "1: the later one\n", "later\n", "1 new\n"])
def test_later_settles_all_places_at_once(room: Room, text: str) -> None:  # G03
    audit = later(room, planning_grade="Requires improvement", risk_comment="Quite another comment.")
    answer = replies(room, text)
    assert section(room, audit, "planning")["grade"] == "requires_improvement"
    assert section(room, audit, "risk")["comment"] == "Quite another comment."
    assert "The later tool stands in 2 places." in answer
    assert not room.audit(audit)["kept_words"]


@pytest.mark.parametrize("text", ["1 earlier\n", "1 keep\n", "1 what stands\n"])
def test_earlier_keeps_all_places(room: Room, text: str) -> None:  # G03
    audit = later(room, planning_grade="Requires improvement", risk_comment="Quite another comment.")
    replies(room, text)
    assert section(room, audit, "planning")["grade"] == "good"
    assert not room.audit(audit)["kept_words"]


def test_places_can_be_settled_one_by_one(room: Room) -> None:  # G03
    audit = later(room, planning_grade="Requires improvement", visits_grade="Inadequate", risk_grade="RI")
    replies(room, "1 earlier, 3 later, 4 RI\n")
    assert section(room, audit, "planning")["grade"] == "good"
    assert section(room, audit, "visits")["grade"] == "inadequate"
    assert section(room, audit, "risk")["grade"] == "requires_improvement"


def test_a_place_that_is_in_doubt_is_not_settled_by_what_is_said_for_all(room: Room) -> None:  # G03
    audit = later(room, planning_grade="Requires improvement", visits_grade="RI")
    answer = replies(room, "1 later, 3 quite good\n")
    assert section(room, audit, "planning")["grade"] == "requires_improvement"
    assert section(room, audit, "visits")["grade"] == "good"
    assert "1. Visits and direct work: " in answer.partition("Questions")[2]


def test_what_only_the_later_tool_says_is_taken(room: Room) -> None:  # G03
    audit = asks(room, VOICE, PLANNING)
    room.writes(AUDITOR, files=(room.filled(audit, {PLANNING: "Requires improvement"}),))
    room.works()
    assert section(room, audit, "planning")["grade"] == "requires_improvement"
    assert state(room, audit) == "submitted"


def test_the_very_same_file_again_changes_nothing_and_is_said_so(room: Room) -> None:  # G03
    audit = room.allocates()
    file = room.filled(audit, {PLANNING: HEDGED})
    for _ in range(2):
        room.writes(AUDITOR, files=(file,))
        room.works()
    text = words_of(receipts(room)[-1])
    assert "I had this one already" in text
    assert "1. Planning: I read" in text
    assert len([one for one in room.audit(audit)["versions"] if one["kind"] == "returned"]) == 1
    assert len(room.audit(audit)["kept_words"]) == 1


def test_a_later_overall_inadequate_counts_until_it_is_chosen(room: Room) -> None:  # F02, G03
    later(room, overall_grade="Inadequate", planning_grade="RI")
    assert [one.state for one in room.concerns()] == [ConcernState.UNCONFIRMED]
    assert receipts(room)[-1]["Subject"].endswith("please confirm")
    replies(room, "1 earlier\n")
    assert not room.concerns()


# what a careful colleague would ask, or refuse


def test_two_ticked_grades_are_asked_about_by_name(room: Room) -> None:  # D02
    audit = asks(room, PLANNING, planning_grade="☒ Good ☐ Requires improvement ☒ Inadequate")
    question = words_of(receipts(room)[-1]).partition("Questions")[2]
    assert "1. Planning: " in question
    assert "Good" in question
    assert "Inadequate" in question
    assert section(room, audit, "planning")["grade"] is None
    replies(room, "1 good\n")
    assert section(room, audit, "planning")["grade"] == "good"


def test_a_tool_of_an_older_version_is_refused_with_what_to_do(room: Room) -> None:
    audit = room.allocates()
    file = parts(room.filled(audit))
    aged = {
        name: data.replace(b"tw-cp-cin/1", b"tw-cp-cin/0").replace(
            b"<vt:lpwstr>1</vt:lpwstr>", b"<vt:lpwstr>0</vt:lpwstr>"
        )
        for name, data in file.items()
    }
    room.writes(AUDITOR, files=(with_parts(room.filled(audit), aged),))
    room.works()
    reply = room.told("reply", AUDITOR)
    assert f"it is version 0 of the tool, and {audit.reference} goes with version 1" in reply
    assert f"Please use the one that came with the allocation of {audit.reference}." in reply
    assert room.audit(audit)["state"] == "allocated"
    assert room.letters()[0].state == "needs_a_person"


def test_two_tools_in_one_letter_get_a_receipt_each_and_are_answered_apart(room: Room) -> None:
    first, second = room.allocates(), room.allocates(case="4022")
    files = (room.filled(first, {PLANNING: None}), room.filled(second, {RISK: None}))
    room.writes(AUDITOR, "both", files=files)
    room.works()
    assert len(receipts(room)) == 2
    of_second = next(one for one in receipts(room) if str(one["Subject"]).startswith(second.reference))
    replies(room, "1 RI\n", to=of_second)
    assert section(room, second, "risk")["grade"] == "requires_improvement"
    assert state(room, second) == "submitted"
    assert state(room, first) == "scoring"


def test_marked_not_relevant_and_answered_is_asked_about(room: Room) -> None:  # D21
    audit = room.allocates()
    step = room.tool(audit).step("identity")

    def ticked(root: etree._Element) -> None:
        wanted = layout.not_relevant_tag(step)
        tick(next(sdt for sdt in root.iter(f"{W}sdt") if sdt.find(f"{W}sdtPr/{W}tag").get(f"{W}val") == wanted))

    room.writes(AUDITOR, files=(with_xml(room.filled(audit), ticked),))
    room.works()
    question = words_of(receipts(room)[-1]).partition("Questions")[2]
    assert "1. Identity and equality: the tool marks it as not relevant, and it is answered as well." in question
    assert state(room, audit) == "scoring"
    replies(room, "1 not relevant\n")
    assert section(room, audit, "identity")["not_relevant"]
    assert state(room, audit) == "submitted"


def test_g03_two_tools_that_differ_in_one_letter_are_asked_about_before_anything_is_handed_in(room: Room) -> None:
    audit = room.allocates()
    other = room.filled(audit, {("planning", "grade"): "Inadequate"})
    room.writes(AUDITOR, files=(room.filled(audit), other))
    room.works()
    assert room.audit(audit)["state"] == "scoring"
    last = words_of(room.letters_out("receipt", AUDITOR)[-1])
    assert "1. Planning: Good stands in what you sent before, the later tool says Inadequate. Which stands?" in last


def test_g03_the_same_tool_twice_in_one_letter_is_handed_in(room: Room) -> None:
    audit = room.allocates()
    room.writes(AUDITOR, files=(room.filled(audit), room.filled(audit)))
    room.works()
    assert room.audit(audit)["state"] == "submitted"


def test_g03_answers_by_number_beside_a_tool_that_differs_wait_for_a_choice(room: Room) -> None:
    audit = room.allocates()
    room.writes(AUDITOR, files=(room.filled(audit, {("planning", "grade"): "Good or RI"}),))
    room.works()
    receipt = room.letters_out("receipt", AUDITOR)[0]
    other = room.filled(audit, {("planning", "grade"): "Inadequate"})
    room.writes(AUDITOR, "Re: questions", "1 good\n", files=(other,), answering=str(receipt["Message-ID"]))
    room.works()
    assert room.audit(audit)["state"] == "scoring"
    assert "Which stands?" in words_of(room.letters_out("receipt", AUDITOR)[-1])
