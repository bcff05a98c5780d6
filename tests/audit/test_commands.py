"""Typed words that are no grade: commands, alarming words, references, days."""

from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import words


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("help", "help"),
        ("Help!", "help"),
        ("help?", "help"),
        ("?", "help"),
        ("Hi", "help"),
        ("Hello.", "help"),
        ("good morning", "help"),
        ("Start", "start"),
        ("go back", "back"),
        ("skip", "skip"),
        ("na", "not_relevant"),
        ("N/A", "not_relevant"),
        ("not relevant", "not_relevant"),
        ("reset this section", "reset"),
        ("undo", "undo"),
        ("that’s it for now", "pause"),
        ("carry on", "resume"),
        ("resume", "resume"),
        ("status", "status"),
        ("Raise a concern now", "concern"),
        ("ACK", "ack"),
        ("“ACK”", "ack"),
        ("*ack*", "ack"),
        ("Ack.", "ack"),
        ("i’ve got it", "ack"),
        ("confirm", "confirm"),
        ("submit", "submit"),
        ("show", "show"),
        ("withdraw", "withdraw"),
        ("ack?", ""),
        ("submit?", ""),
        ("withdraw?", ""),
        ("not ack", ""),
        ("nack", ""),
        ("I cannot acknowledge", ""),
        ("help with reading was offered", ""),
        ("start of the plan", ""),
        ("good", ""),
        ("", ""),
        ("   ", ""),
    ],
)
def test_a_command_stands_alone(typed: str, meant: str) -> None:
    assert words.command(typed) == meant


def test_no_words_are_two_commands() -> None:
    said = [text for texts in words.COMMANDS.values() for text in texts]
    assert len(said) == len(set(said))


@pytest.mark.parametrize(
    "typed",
    [
        "Inadequate",
        "overall: inad",
        "The child is not safe",
        "not deemed safe",
        "she isn’t safe at home",
        "they are no longer safe",
        "He is not at all safe",
        "unsafe",
        "at risk",
        "at immediate risk",
        "risk of significant harm",
        "risk of harm",
        "significant harm",
        "in danger",
        "in immediate danger",
        "an immediate concern",
        "a safeguarding concern",
        "SAFEGUARDING CONCERNS",
        "He hit her again and I am scared.",
        "I am Ruby's mum. He hit her again",
        "he is hurting her",
        "he beats them",
        "punched him in the face",
        "my stepdad hits me",
        "HE HIT RUBY",
        "he touched her",
        "I saw him shake it",
        "he strangled mum",
        "he’s violent",
        "pushed her down the stairs",
        "he threw a plate at mum",
        "said he would kill himself",
        "she doesn’t want to be here anymore",
        "cuts on his wrists",
        "he threatened to kill us",
        "dad came round with a knife",
        "Child is missing",
        "The boy is missing.",
        "Ruby is missing since Friday",
        "Ruby’s missing",
        "she ran away last night",
        "left alone all night with no food",
        "the kids are locked in",
        "they locked her in\nher room",
        "being groomed online",
        "he sends her nudes",
        "the uncle raped her",
    ],
)
def test_alarming_words_are_noticed(typed: str) -> None:
    assert words.sounds_alarming(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "Good",
        "safe and well",
        "safeguarding team",
        "Requires improvement",
        "adequate",
        "risk assessment",
        "at risky play",
        "The chronology is missing.",
        "Supervision is missing",
        "The voice of the child is missing",
        "The child is missing from the plan",
        "He is missing school",
        "Seen alone twice, see case note of 4 May",
        "The child was seen alone at home",
        "All timescales were hit",
        "she hit her targets",
        "I’m afraid I cannot do it by Friday",
        "I am locked out of the system",
        "The record is locked in the case system",
        "a locked Word file",
        "The worker touched on this",
        "The worker pushed her to reflect",
        "Exploitation is considered in the plan",
    ],
)
def test_calm_words_are_calm(typed: str) -> None:
    assert not words.sounds_alarming(typed)


@pytest.mark.parametrize("typed", ["the boy was ", "left  ", "is ", "Ruby is ", " ", "a", "x\n", "threw a b "])
def test_a_million_letters_are_heard_in_a_moment(typed: str) -> None:
    began = time.process_time()
    assert not words.sounds_alarming(typed * (1_000_000 // len(typed)))
    assert time.process_time() - began < 8


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("TW-0417", ("TW-0417",)),
        ("tw-0417", ("TW-0417",)),
        ("RE: TW-0417, your audit", ("TW-0417",)),
        ("TW–0417", ("TW-0417",)),
        ("TW‑0417", ("TW-0417",)),
        ("TW - 0417", ("TW-0417",)),
        ("Copy of TW_0417 FINAL v2 (1).docx", ("TW-0417",)),
        ("TW-\n0417", ("TW-0417",)),
        ("TW-0417 and TW-0418 and tw-0417 again", ("TW-0417", "TW-0418")),
        ("CB-0417", ()),
        ("NTW-0417", ()),
        ("TW-041", ()),
        ("TW-0417123", ()),
        ("FW-2026: TW-10417", ("TW-10417",)),
        ("", ()),
    ],
)
def test_references_are_found(typed: str, found: tuple[str, ...]) -> None:
    assert words.references(typed, "TW") == found


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2026-12-18", date(2026, 12, 18)),
        ("2026/12/18", date(2026, 12, 18)),
        ("18/12/2026", date(2026, 12, 18)),
        ("1/2/26", date(2026, 2, 1)),
        ("18.12.26", date(2026, 12, 18)),
        ("18-12-2026", date(2026, 12, 18)),
        ("18 Dec 2026", date(2026, 12, 18)),
        ("18-Dec-26", date(2026, 12, 18)),
        ("18th of December, 2026", date(2026, 12, 18)),
        ("1st Sept 2026", date(2026, 9, 1)),
        ("Fri 18 Dec 2026", date(2026, 12, 18)),
        ("Friday, 18 December 2026.", date(2026, 12, 18)),
        ("by Fri 18/12/2026", date(2026, 12, 18)),
        ("Sat 19 Dec 2026", date(2026, 12, 19)),
        ("Saturday 19 Dec 2026", date(2026, 12, 19)),
        ("Tues 15 Dec 2026", date(2026, 12, 15)),
        ("Weds 16 Dec 2026", date(2026, 12, 16)),
        ("Wednesday 16 Dec 2026", date(2026, 12, 16)),
        ("Thurs 17 Dec 2026", date(2026, 12, 17)),
        ("29 Feb 2028", date(2028, 2, 29)),
        ("29 Feb 2027", None),
        ("31/04/2026", None),
        ("12/18/2026", None),
        ("Mon 18 Dec 2026", None),
        ("18 Dec", None),
        ("December 2026", None),
        ("18 marvel 2026", None),
        ("18 decide 2026", None),
        ("0/1/2026", None),
        ("next Friday", None),
        ("tomorrow", None),
        ("18 Dec 2026 or 19 Dec 2026", None),
        ("soon", None),
        ("18/12/2026?", None),
        ("18/12/1926", None),
        ("18/12/2206", None),
        ("18 / 12 / 2026", date(2026, 12, 18)),
        ("", None),
    ],
)
def test_days_are_read_as_people_in_england_write_them(typed: str, meant: date | None) -> None:
    assert words.day(typed) == meant


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2099, 12, 31)))
def test_every_day_is_read_back(day: date) -> None:
    for written in (day.isoformat(), f"{day:%d/%m/%Y}", f"{day:%d.%m.%y}", f"{day:%a} {day.day} {day:%B} {day:%Y}"):
        assert words.day(written) == day


@given(st.text())
def test_no_words_break_the_rest(typed: str) -> None:
    words.command(typed)
    words.day(typed)
    words.references(typed, "TW")
    words.sounds_alarming(typed)
