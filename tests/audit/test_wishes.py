"""What somebody asks for or tells, plainly or not at all (B03, H08, J01)."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.policy import RequestReason
from audit.wishes import What, decision, ids_alone, named_ids, numbers, reason_of, wish

CALLED = ("practice learning session", "practice learning sessions")


def what(words: str, subject: str = "") -> What | None:
    found = wish(subject, words, CALLED)
    return found.what if found else None


@pytest.mark.parametrize(
    "words",
    [
        "Please audit case 4021",
        "please audit case 4021, it has been CP for two years",
        "Could you please add case 4021 to the monthly cycle?",
        "I would like to request an audit of case 4021",
        "I’d like to ask for a practice learning session for case 4021",
        "Can we have an audit of case 4021 please",
        "We would like case 4021 to be audited",
        "Request for an audit",
        "Audit request: 4021",
        "request",
    ],
)
def test_b03_a_request(words: str) -> None:
    assert what(words) is What.REQUEST
    assert what("4021, fresh eyes please", words) is What.REQUEST
    assert what("4021, fresh eyes please", f"Re: {words}") is What.REQUEST


@pytest.mark.parametrize(
    "words",
    [
        "Please do not audit case 4021",
        "Thank you for the audit of case 4021",
        "When is the audit of case 4021 due?",
        "Please add the visit of May to the audit for case 4021",
        "Can we have the audit back?",
        "Please find the audit of case 4021 attached",
        "Could you send me the audit tool?",
        "I would like an extension for my audit",
        "The audit of case 4021 is with my manager",
    ],
)
def test_b03_no_request(words: str) -> None:
    assert what(words) is None


@pytest.mark.parametrize("words", ["Please cancel my request for case 4021", "Ignore this, case 4021 was audited"])
def test_b03_a_request_that_is_taken_back_in_its_own_thread_is_none(words: str) -> None:
    assert what(words, "Re: Request an audit") is None


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        ("case 4021", ("4021",)),
        ("Case ID: 4021.", ("4021",)),
        ("case no. P-4021", ("P-4021",)),
        ("cases 4021 and case 4022", ("4021", "4022")),
        ("Please audit case 5103 and 5101", ("5103", "5101")),
        ("cases 5103, 5102 & 5101, thanks", ("5103", "5102", "5101")),
        ("Please audit case 5103, not 5102.", ("5103", "5102")),
        ("case 5103, 2026 was hard, and 120 days passed", ("5103",)),
        ("case Sam Fictional", ()),
        ("my phone number is 01952 385385", ()),
        ("case of 12 May 2024", ()),
        ("TW-0417 is not a case", ()),
    ],
)
def test_l01_only_numbers_are_ever_a_cases_id(words: str, ids: tuple[str, ...]) -> None:
    assert named_ids(words) == ids


@given(st.text(max_size=200))
def test_l01_whatever_is_written_an_id_is_short_and_mostly_digits(words: str) -> None:
    for one in (*named_ids(words), *numbers(words)):
        assert len(one) <= 14
        assert sum(char.isalpha() for char in one) <= 3


REASONS = (RequestReason("long", "A long plan", ("cp for",)), RequestReason("fresh", "Fresh eyes", ("fresh eyes",)))


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("it has been CP for two years", "long"),
        ("we need fresh eyes", "fresh"),
        ("fresh eyes, it has been CP for years", "other"),
        ("because", "other"),
        ("refresh eyesight", "other"),
    ],
)
def test_b04_the_one_reason_that_words_give(words: str, reason: str) -> None:
    assert reason_of(words, REASONS) == reason


@pytest.mark.parametrize(
    "words",
    [
        "TW-0417 action 2 done",
        "Action 2 of TW-0417 is now complete.",
        "Actions 1 and 2 have both been done",
        "action #2: done",
    ],
)
def test_h08_done(words: str) -> None:
    found = wish("", words)
    assert found is not None
    assert found.what is What.ACTION
    assert found.plain
    assert 2 in found.actions


@pytest.mark.parametrize(
    "words",
    [
        "action 2 not done", "action 2 is nearly done", "action 2 done?", "action 2 done but late", "action 2 to do",
        "action 2 undone", "action 2 can’t be done", "action 2 done\nno, ignore that", "action 2 in progress",
        "I have not done action 2", "action 2 is done if you agree",
    ],
)  # fmt: skip
def test_h08_not_done(words: str) -> None:
    found = wish("", words)
    assert found is None or not found.plain


def test_h08_a_month_is_no_action() -> None:
    assert what("The action of 2 May is done") is None


@pytest.mark.parametrize(
    "words", ["I disagree with TW-0417", "Disagree: TW-0417", "We do not agree with the grade", "I cannot agree"]
)
def test_j01_a_disagreement(words: str) -> None:
    assert what(words) is What.DISAGREEMENT


@pytest.mark.parametrize(
    "words", ["I do not disagree", "Do you disagree?", "The worker said that I disagree?", "She disagreed"]
)
def test_j01_no_disagreement(words: str) -> None:
    assert what(words) is None


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("accept", ("accepted", "")),
        ("Accepted.", ("accepted", "")),
        ("accept?", ("", "")),
        ("accept, but only next month", ("", "")),
        ("Decline: audited in May", ("declined", "audited in May")),
        ("later 2027-01-15", ("later", "2027-01-15")),
        ("I accept that it is hard", ("", "")),
        ("", ("", "")),
    ],
)
def test_b03_a_decision(line: str, found: tuple[str, str]) -> None:
    assert decision(line) == found


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        ("Audit request: 4021\nThank you\n", ("4021",)),
        ("Request an audit\nIt is 4021 please.", ("4021",)),
        ("4021\n4022", ("4021", "4022")),
        ("Ring me on 4021", ()),
        ("I am in on 12 May, extension 4021", ()),
    ],
)
def test_a_number_that_has_a_line_to_itself_is_meant(words: str, ids: tuple[str, ...]) -> None:
    assert ids_alone(words) == ids


@pytest.mark.parametrize("said", ["id ", "case no ", "case ", "1", "id\n\n", "request an audit of case "])
def test_a_million_letters_of_it_keep_nobody_waiting(said: str) -> None:
    words = said * (1_000_000 // len(said))
    began = time.process_time()
    assert named_ids(words) == () and len(numbers(words)) <= 1
    assert time.process_time() - began < 1
