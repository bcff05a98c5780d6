"""Quoted text, signatures, disclaimers and phone footers are no answers; what stands between quotes is."""

from __future__ import annotations

import time

import pytest

from mail.bodies import own_words

AT = "On Mon, 23 Nov 2026 at 09:00, QA <qa@telford.example> wrote:"
CASES: dict[str, tuple[str, str]] = {
    "an answer above": (f"1 good\n\n{AT}\n> 1. Grade?\n", "1 good"),
    "the announcement broken in two": (
        "1 good\n\nOn Mon, 23 Nov 2026 at 09:00, QA Team\n<qa@telford.example> wrote:\n> 1. Grade?",
        "1 good",
    ),
    "answers between the quotes": (f"{AT}\n> 1. Grade?\n\ngood\n\n> 2. Voice?\n\nRI\n", "good\n\nRI"),
    "an answer below the quote": (f"{AT}\n> 1. Grade?\n\n1 good", "1 good"),
    "two quotes, each announced": (
        f"1 good\n{AT}\n> a\n\n2 RI\n\nOn Sun, 22 Nov 2026 at 08:00, QA <qa@telford.example> wrote:\n> b\n\n3 good",
        "1 good\n\n2 RI\n\n3 good",
    ),
    "Outlook's line": ("1 good\n\n________________________________\nFrom: QA\nSent: Monday\n1. Grade?", "1 good"),
    "Outlook's headers": ("1 good\n\nFrom: QA <q@t.example>\nSent: Monday\nTo: me\nSubject: x\n\nNo", "1 good"),
    "Outlook's original message": ("1 good\n-----Original Message-----\nFrom: QA\n1. Grade?", "1 good"),
    "an iPhone's forwarding": ("1 good\n\nBegin forwarded message:\n\nFrom: QA\n1. Grade?", "1 good"),
    "a German program, unmarked": ("1 good\n\nAm 23.11.2026 um 09:00 schrieb QA <qa@t.example>:\n\nGrade?", "1 good"),
    "a French program": ("1 good\n\nLe lun. 23 nov. 2026 à 09:00, QA <q@t.example> a écrit :\n> Grade?", "1 good"),
    "a Dutch program": (
        "1 good\n\nOp 23 nov. 2026 om 09:00 schreef QA <q@t.example>:\n> Grade?\n\n2 RI",
        "1 good\n\n2 RI",
    ),
    "a phone's footer": ("1 good\n\nSent from my iPhone", "1 good"),
    "Outlook's footer on a phone": ("1 good\n\nGet Outlook for iOS", "1 good"),
    "a signature below dashes": ("1 good\n-- \nAvery Sample\nTeam", "1 good"),
    "a disclaimer": ("1 good\n\nThis email and any attachments are confidential.", "1 good"),
    "bullets are no signature": ("- 1 good\n- 2 RI", "- 1 good\n- 2 RI"),
    "thanks before the last answer": ("1 good\nThanks, and\n2 RI", "1 good\nThanks, and\n2 RI"),
    "words below a closing": (
        "ACK\nKind regards\nAvery\nPS she is not safe tonight",
        "ACK\nKind regards\nAvery\nPS she is not safe tonight",
    ),
    "what the school wrote": (
        "ACK\nOn Friday her school wrote:\nshe was bruised",
        "ACK\nOn Friday her school wrote:\nshe was bruised",
    ),
    "a line that begins like a header": ("From: the start I was worried.\nIt went on.",) * 2,
    "a warning that is meant": ("CAUTION: please ring me, not by mail. He was hit.",) * 2,
}


@pytest.mark.parametrize("name", CASES)
def test_what_the_writer_wrote(name: str) -> None:
    text, own = CASES[name]
    assert own_words(text) == own


@pytest.mark.parametrize(
    "text",
    ["\n" * 100_000, " \n" * 100_000, "Am " + "schrieb " * 30_000, "2026/01/01 " + "<@>" * 30_000, "On x\n" * 50_000,
     f"{AT}\n> x\n" * 5_000, "_" * 200_000, "On " * 60_000 + "\nwrote:\n" * 20_000],
    ids=["blank", "spaces", "one long line", "brackets", "announcements cut short", "many quotes", "a rule", "on"],
)  # fmt: skip
def test_no_letter_keeps_the_reader_busy(text: str) -> None:
    began = time.process_time()
    own_words(text)
    assert time.process_time() - began < 10
