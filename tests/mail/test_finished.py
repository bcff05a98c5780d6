"""The letter with a finished audit: the PDF for the document store, the note for the record (G06, G07)."""

from __future__ import annotations

from email.message import EmailMessage
from io import BytesIO

import pytest
from pypdf import PdfReader

from audit.case_note import HELD
from audit.council import Council
from mail import bodies
from tests.mail.test_letters_out import AVERY, BOTH, GRADE_WORDS, PAT, SECRET, finished, letter_for, notice

EACH = pytest.mark.parametrize("council", BOTH.values(), ids=list(BOTH))


def letter(council: Council, role: str, handed_in: bool = True) -> EmailMessage:
    to = AVERY if role == "auditor" else PAT
    return letter_for(notice(council, "finished", finished(council, role, handed_in), to=to))


@EACH
@pytest.mark.parametrize("role", ["auditor", "qa"])
def test_l01_neither_subject_nor_preview_nor_file_name_tells_anything(council: Council, role: str) -> None:
    found = letter(council, role)
    assert found["Subject"] == f"TW-0417: the finished {council.words.audit} as a PDF"
    text = found.get_body(("plain",)).get_content()
    first = f"{found['Subject']} {text[:255]}"
    assert SECRET not in first and not GRADE_WORDS.search(first)
    html = bodies.from_html(found.get_body(("html",)).get_content())
    assert SECRET not in html[:255] and not GRADE_WORDS.search(html[:255])
    (file,) = found.iter_attachments()
    assert (file.get_filename(), file.get_content_type()) == ("TW-0417.pdf", "application/pdf")
    pdf = PdfReader(BytesIO(file.get_payload(decode=True)))
    assert pdf.metadata and str(pdf.metadata.title).startswith("TW-0417 ")


@EACH
def test_g06_whoever_writes_the_case_note_has_it_below_without_a_grade(council: Council) -> None:
    writer = "auditor" if council.policy.case_note_by == "auditor" else "qa"
    text = letter(council, writer).get_body(("plain",)).get_content()
    assert f"Please add the case note below to {council.words.case_system}." in text
    assert f"1. Visit {SECRET}. Who: Robin." in text and f"2. {HELD}" in text
    assert "1 action is held, because the words may speak of a grade." in text
    assert not GRADE_WORDS.search(text)
    other = letter(council, "qa" if writer == "auditor" else "auditor").get_body(("plain",)).get_content()
    assert "case note" not in other.lower() and SECRET not in other


@EACH
def test_g07_whoever_files_the_pdf_hears_where_and_that_it_is_not_released_yet(council: Council) -> None:
    text = " ".join(letter(council, "qa").get_body(("plain",)).get_content().split())
    assert f"Please put the PDF into {council.words.document_store}" in text
    assert f"the {council.words.worker} and managers get it when it is released" in text
    mine = letter(council, "auditor").get_body(("plain",)).get_content()
    assert "put the PDF into" not in mine


@EACH
def test_one_that_was_opened_again_before_the_letter_went_says_so(council: Council) -> None:
    found = letter(council, "auditor", handed_in=False)
    text = " ".join(found.get_body(("plain",)).get_content().split())
    assert "It has been opened again since this letter was asked for, so it may still change." in text
    assert "case note" not in text.lower()
    (file,) = found.iter_attachments()
    assert "Not handed in yet" in PdfReader(BytesIO(file.get_payload(decode=True))).pages[0].extract_text()
