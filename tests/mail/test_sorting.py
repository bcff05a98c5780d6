"""What each letter in tests/letters is (G04, F22, L02)."""

from __future__ import annotations

from pathlib import Path

import pytest

from mail import letters
from mail.sorting import Answered, Kind, documents, sort
from tests.mail.room import INBOX, LETTERS, QA_LEAD

ALERT = Answered(1, "alert", QA_LEAD, 1, 1)
KNOWN = ("avery.sample@telford.example", QA_LEAD)

CASES = {
    "out_of_office": Kind.AUTO_REPLY,
    "out_of_office_without_headers_but_with_precedence": Kind.AUTO_REPLY,
    "bounce": Kind.BOUNCE,
    "empty_return_path": Kind.BOUNCE,
    "mailing_list": Kind.LIST,
    "our_own_letter_sent_back": Kind.OURS,
    "stranger": Kind.STRANGER,
    "two_senders": Kind.STRANGER,
    "two_from_headers": Kind.STRANGER,
    "address_in_the_display_name": Kind.STRANGER,
    "ack_from_a_phone": Kind.ACK,
    "ack_in_html_above_an_outlook_quote": Kind.ACK,
    "ack_by_the_link": Kind.ACK,
    "asks_instead_of_acknowledging": Kind.WORDS,
    "ack_only_in_the_quote": Kind.WORDS,
    "form_answered_in_outlook": Kind.TOOLS,
    "form_answered_on_a_phone": Kind.TOOLS,
    "form_only_quoted": Kind.WORDS,
}


@pytest.mark.parametrize("name", CASES)
def test_a_letter_is_what_it_looks_like(name: str) -> None:
    letter = letters.parse((LETTERS / f"{name}.eml").read_bytes())
    assert sort(letter, INBOX, letter.sender in KNOWN, (ALERT,)).kind is CASES[name]


def test_every_letter_of_the_folder_is_sorted_here() -> None:
    assert {path.stem for path in Path(LETTERS).glob("*.eml")} == set(CASES)


def test_what_a_bounced_letter_carried_is_not_a_tool() -> None:
    letter = letters.parse((LETTERS / "bounce.eml").read_bytes())
    assert sort(letter, INBOX, False, ()).files == ()


def test_the_logo_of_a_signature_is_no_file() -> None:
    assert documents(letters.parse((LETTERS / "ack_in_html_above_an_outlook_quote.eml").read_bytes())) == ()


def test_an_ack_that_answers_nothing_of_ours_is_only_words() -> None:
    letter = letters.parse((LETTERS / "ack_from_a_phone.eml").read_bytes())
    assert sort(letter, INBOX, True, ()).kind is Kind.WORDS
