"""What is decided when one or more places hold an answer: read, missing, or asked with a reason."""

from __future__ import annotations

import pytest

from documents.returned_tool import FieldRead
from documents.returned_tool.found import Found
from documents.returned_tool.settling import settle
from tests.documents.filling import TOOL


def settled(field_id: str, *found: Found, step_id: str = "planning") -> FieldRead:
    step = TOOL.step(step_id)
    return settle(step, step.field(field_id), found)


def test_what_is_read_says_where_it_stood() -> None:
    one = settled("grade", Found("page", "Good", where="page 2"))
    assert (one.state, one.value, one.where, one.doubt) == ("read", "good", "page 2", "")


@pytest.mark.parametrize(("field_id", "words"), [("grade", "Good"), ("comment", "All well."), ("agreed_on", "1/2/26")])
def test_a_doubt_is_asked_whatever_the_words_mean(field_id: str, words: str) -> None:
    sure, one = settled(field_id, Found("page", words)), settled(field_id, Found("page", words, doubt="It is faint."))
    assert sure.state == "read" and (one.state, one.doubt) == ("unsure", "It is faint.")
    assert one.value == sure.value, "it is what would be stored if the auditor says so"


def test_a_doubt_without_words_is_asked_too() -> None:
    one = settled("grade", Found("column", "", doubt="A mark stands between two columns."))
    assert (one.state, one.value, one.doubt) == ("unsure", None, "A mark stands between two columns.")


def test_one_mark_is_the_choice() -> None:
    one = settled("grade", Found("column", "x", ("good",)))
    assert (one.state, one.value, one.words) == ("read", "good", "x")


def test_two_marks_are_asked_about_by_name() -> None:
    one = settled("grade", Found("column", "", ("good", "inadequate")))
    assert (one.state, one.value, one.options) == ("unsure", None, ("good", "inadequate"))
    assert one.doubt == "More than one grade is marked: Good and Inadequate."


@pytest.mark.parametrize(
    ("step_id", "field_id", "found", "doubt"),
    [
        (
            "planning",
            "grade",
            [Found("page", "RI to Good")],
            "I read “RI to Good”, and cannot tell which grade that is.",
        ),
        (
            "planning",
            "grade",
            [Found("page", "Good"), Found("page", "RI")],
            "It says “Good” in one place and “RI” in another.",
        ),
        ("planning", "agreed_on", [Found("page", "in May")], "I read “in May”, and cannot tell which day that is."),
        (
            "planning",
            "comment",
            [Found("page", "Hm", hollow=True)],
            "“Hm” may be what an editor shows in an empty answer.",
        ),
        (
            "planning",
            "comment",
            [Found("page", "One."), Found("page", "Two.")],
            "It says different things in two places. I kept both.",
        ),
        ("voice", "statements", [Found("page", "twice", ("seen",))], "Beside the boxes it says “twice”."),
        (
            "voice",
            "statements",
            [Found("page", "", (), ("seen",))],
            "I cannot tell whether “The child is seen alone” is ticked.",
        ),
        (
            "voice",
            "statements",
            [Found("page", "", ("seen",)), Found("page", "", ())],
            "One place has an answer and another has none.",
        ),
    ],
)
def test_whatever_is_unsure_says_why(step_id: str, field_id: str, found: list[Found], doubt: str) -> None:
    one = settled(field_id, *found, step_id=step_id)
    assert (one.state, one.doubt) == ("unsure", doubt)


def test_a_long_text_is_not_repeated_whole() -> None:
    assert len(settled("grade", Found("page", "good " * 100)).doubt) < 160


def test_a_place_in_doubt_leaves_no_certainty_to_another() -> None:
    one = settled("grade", Found("control", "Good"), Found("bookmark", "Good", doubt="It is struck out."))
    assert (one.state, one.value, one.options, one.doubt) == ("unsure", "good", ("good",), "It is struck out.")


def test_nothing_found_is_missing() -> None:
    assert settled("grade").state == settled("grade", Found("control", "")).state == "missing"
