"""What an answer of one word says beside it (F22)."""

from __future__ import annotations

import pytest

from mail.further import further_words, own_subject
from mail.taken_back import takes_back

KINDS = ("immediate concern", "child's safety")


def beside(own: str) -> str:
    return further_words(own, "Morgan Example", "qa@telford.example", KINDS)


@pytest.mark.parametrize(
    "below",
    [
        "",
        "Thanks",
        "Many thanks Avery,\nMorgan",
        "Example, Morgan",
        "Kind regards\nMorgan Example\nTeam Manager\nm.example@telford.example",
        "Morgan\nWorried about a child? To report safeguarding concerns, ring 01952 385385",
        "Morgan\nPlease consider the environment before printing this",
        "Von: QA <qa@telford.example>\nanything at all",
        "Immediate escalation · TW-0001 · child's safety\nanything at all",
    ],
)
def test_nothing_beside_it(below: str) -> None:
    assert beside(f"ACK\n\n{below}") == ""


@pytest.mark.parametrize(
    "below",
    [
        "Who rings?",
        "Morgan and I will go",
        "I wrote to qa@telford.example: nobody answers",
        "Note: I told qa@telford.example that I cannot",
        "The immediate concern is real",
    ],
)
def test_words_beside_it(below: str) -> None:
    assert beside(f"ACK\n\n{below}") == below


@pytest.mark.parametrize("below", ["Ring me on 01952 385385", "He was hurt", "Someone else please", "Child not safe"])
def test_words_below_a_name_are_words(below: str) -> None:
    assert beside(f"ACK\nMorgan\n{below}") == below


@pytest.mark.parametrize(
    "below",
    ["On holiday until 7 December", "Sam covering until Monday", "Back Thursday", "Sam has this, 01952 380000",
     "Ring Sam on 01952 380000", "in court all day"],
)  # fmt: skip
def test_a_line_that_may_tell_something_is_no_contact(below: str) -> None:
    assert beside(f"ACK\nMorgan\n{below}") == below


@pytest.mark.parametrize(
    "words",
    ["I cannot", "I can’t", "not able", "I am on leave", "find someone else", "not me", "wrong person", "I am away"],
)
def test_taken_back(words: str) -> None:
    assert takes_back(words)


@pytest.mark.parametrize("words", ["I shall ring right away", "On my way", "Leave it with me", "I am in the office"])
def test_not_taken_back(words: str) -> None:
    assert not takes_back(words)


def test_only_our_part_of_a_subject_is_ours() -> None:
    subject = "Re: Immediate escalation · TW-0001 · immediate\t concern. Child not safe"
    assert own_subject(subject, KINDS) == "Re: Immediate escalation · TW-0001  . Child not safe"
    assert own_subject("An immediate concern", KINDS) == "An immediate concern"
