"""Numbered answers as people write them in a hurry: "1 good, 2 RI" and all that comes of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.numbered import Numbered, split
from audit.scales import Choice
from audit.understanding import LATER, STANDS

GRADES = (
    Choice("good", "Good"),
    Choice("requires_improvement", "Requires improvement", says=("ri",)),
    Choice("inadequate", "Inadequate", serious=True),
)
ASKED = {1: GRADES, 2: GRADES, 3: (), 4: (LATER, STANDS), 5: GRADES}
"""Two grades, something in words, which of two tools, and a grade again."""


def said(words: str) -> dict[int, str]:
    return dict(split(words, ASKED).said)


@pytest.mark.parametrize(
    "words",
    [
        "1 good, 2 RI",
        "1) good\n2. RI",
        "1: good 2: RI",
        "1 good 2 RI",
        "Q1 = good; q2 RI",
        "q1 good\n\nq2 - RI",
        "1. good. 2. RI",
        "1 - good, 2 - RI",
        "#1 good #2 RI",
        "(1) good (2) RI",
        "No. 1: good\nNo. 2: RI",
        "1.good,2.RI",
        "1good, 2RI",
        "1 good/2 RI",
        "1 good and 2 RI",
        "1 good & 2 RI",
        "1\tgood\n2\tRI",
        "- 1 good\n- 2 RI",
        "* 1) good\n* 2) RI",
        "1.\ngood\n2.\nRI",
        "2 RI\n1 good",
        "1) 1 good\n2) 2 RI",
        "Question 1 good\nQuestion 2 RI",
        "1 -> good\n2 -> RI",
        "1 good\n1 good\n2 RI",
    ],
)
def test_two_grades_however_they_are_numbered(words: str) -> None:
    assert {number: answer.rstrip(".") for number, answer in said(words).items()} == {1: "good", 2: "RI"}


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("3 Seen alone twice, see case note of 4 May", "Seen alone twice, see case note of 4 May"),
        ("3: Seen on 4 May, 5 June and 12 June", "Seen on 4 May, 5 June and 12 June"),
        ("3 Two visits in 2026, 5 visits before", "Two visits in 2026, 5 visits before"),
        ("3 First line.\nSecond line.\n\nAnother paragraph.", "First line.\nSecond line.\n\nAnother paragraph."),
        ("3\nSeen twice.\n12 visits were made.", "Seen twice.\n12 visits were made."),
        ("3 18/12/2026", "18/12/2026"),
        ("3 18 December 2026", "18 December 2026"),
        ("3 Seen at 10.30 and at 5:15.", "Seen at 10.30 and at 5:15."),
        ("3) Seen alone.\n4 May: the school rang.", "Seen alone.\n4 May: the school rang."),
    ],
)
def test_a_number_inside_written_words_is_a_number(words: str, answer: str) -> None:
    found = split(words, ASKED)
    assert dict(found.said) == {3: answer}
    assert not found.blurred


def test_words_end_where_the_next_answer_plainly_begins() -> None:
    assert said("3 Seen alone twice, 4 later") == {3: "Seen alone twice", 4: "later"}
    assert said("3 Seen alone.\n4 earlier\n5 RI") == {3: "Seen alone.", 4: "earlier", 5: "RI"}
    assert said("1 good, 3 Seen alone twice") == {1: "good", 3: "Seen alone twice"}


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("1 good, 3 seen alone twice", 1),  # a comment, or three things that were seen
        ("3 Agreed:\n1. see the child\n2. ring the school", 3),  # a list of their own, or the next answers
    ],
)
def test_where_an_answer_may_end_in_two_places_it_is_marked(words: str, number: int) -> None:
    assert number in split(words, ASKED).blurred


@pytest.mark.parametrize("yes", ["yes", "Yes", "yes please", "correct", "that is right."])
def test_words_that_were_read_are_confirmed_a_line_each(yes: str) -> None:
    """As somebody answers for a scan: each question there takes words, one after the other."""
    found = split(f"1 {yes}\n2 {yes}\n3 the plan was late\n4 {yes}", dict.fromkeys((1, 2, 3, 4), ()))
    assert dict(found.said) == {1: yes, 2: yes, 3: "the plan was late", 4: yes}
    assert not found.blurred


def test_a_list_inside_somebodys_own_words_is_still_in_doubt() -> None:
    found = split("1 seen:\n2 visits in time\n3 core groups", dict.fromkeys((1, 2, 3), ()))
    assert set(found.blurred) == {1, 2, 3}


@pytest.mark.parametrize(
    "words",
    ["1 Good, 2 visits missed", "1 good because 2 of 5 visits", "1 good\nor maybe RI", "1 Good, but 2 were late"],
)
def test_what_stands_beside_a_grade_stays_beside_it(words: str) -> None:
    """So that the grade is seen to be hedged, and asked about."""
    assert len(said(words)) == 1
    assert said(words)[1].lower() != "good"


@pytest.mark.parametrize("words", ["1-2 good", "1 to 2: good", "1 and 2 good", "1 & 2: good", "1, 2 good"])
def test_a_few_numbers_with_one_clear_grade(words: str) -> None:
    assert said(words) == {1: "good", 2: "good"}


def test_a_range_that_is_an_amount_is_no_range() -> None:
    assert 2 not in said("1 to 2 weeks late")


def test_all_good_is_not_read_as_a_grade() -> None:
    found = split("All good", ASKED)
    assert found == Numbered({}, of_all="All good")


def test_the_same_number_twice() -> None:
    found = split("1 good\n2 RI\n1 inadequate", ASKED)
    assert found.twice == (1,)
    assert found.said == {1: "good\ninadequate", 2: "RI"}


def test_a_number_that_was_not_asked() -> None:
    assert split("1 good, 9 RI", ASKED) == Numbered({1: "good"}, unknown={9: "RI"})
    assert split("12 good", ASKED).unknown == {12: "good"}


def test_words_without_a_number_are_left_over() -> None:
    found = split("The school rang me.\n1 good\n\nThe mother did too.", ASKED)
    assert found == Numbered({1: "good"}, rest="The school rang me.\nThe mother did too.")


_PIECES = (
    "1",
    "2)",
    "Q5",
    "3.",
    "4",
    "9:",
    "good",
    "RI",
    "later",
    "zebra",
    "Twice",
    "and",
    ",",
    "; ",
    "\n",
    "\n\n",
    "4 May",
)


@given(st.lists(st.sampled_from(_PIECES), max_size=12).map(" ".join))
def test_nothing_is_lost_and_nothing_is_made_up(words: str) -> None:
    """Words that are no number are in some answer, or left over; no answer holds one that was not written."""
    found = split(words, ASKED)
    pieces = " ".join((*found.said.values(), *found.unknown.values(), found.rest, found.of_all))
    written = set(words.split())
    assert set(pieces.split()) <= written | {piece.strip(".,;:)") for piece in written}
    for word in ("zebra", "Twice", "May"):
        assert (word in words.split()) <= (word in pieces)
    assert set(found.said) <= set(ASKED)


def test_a_number_behind_a_colon_may_be_a_list_that_was_announced() -> None:
    found = split("1 good\n3 The list was:\n5. inadequate", ASKED)
    assert 3 in found.blurred and 5 in found.blurred
