"""The same tool comes back as people send it: in any format, in a zip, as a scan, answered in the mail itself."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.documents import pdfs
from tests.e2e.letters import (
    answered,
    as_written,
    attached,
    every_answer,
    filled_as,
    numbered,
    reply,
    reply_in_the_form,
    send,
    standing,
    tool_of,
    versions,
)
from tests.e2e.service import Service, plain_text, running

AVERY = "avery.sample@telford.example"  # auditor
TOOL = "tw-cp-cin"
SCANNED = 6
"""Pages of a scan that holds the first areas only; tesseract takes a second or two for each."""
FORMATS = (".odt", ".doc", ".rtf", ".pdf")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running("telford_and_wrekin", tmp_path_factory.mktemp("returning")) as service:
        yield service


def zipped(path: Path, files: list[Path]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.write(file, f"My tools/{file.name}")
    return path


def test_g02_odt_doc_rtf_and_pdf_are_filed_one_by_one_and_from_a_zip(served: Service, tmp_path: Path) -> None:
    references = [served.allocate(case, AVERY, TOOL) for case in ("4021", "4022") for _ in FORMATS]
    tool = tool_of(served, TOOL)
    answers = every_answer(tool)
    blanks = [attached(served, AVERY, reference, tmp_path) for reference in references]
    files = filled_as(blanks, FORMATS * 2, as_written(tool, answers))
    for file in files[:4]:
        send(served, AVERY, file)
    send(served, AVERY, zipped(tmp_path / "tools.zip", files[4:]))
    for reference in references:
        (receipt,) = served.wait_for_letters(AVERY, "receipt", about=reference, patience=90)
        shown = served.show(reference)
        assert standing(shown) == answers, f"{reference}\n{plain_text(receipt)}"
        assert (shown["state"], shown["missing"], shown["kept_words"]) == ("submitted", [], [])
        assert versions(shown, "returned") == 1
        assert "handed in" in str(receipt["Subject"])


@pytest.mark.skipif(not shutil.which("tesseract"), reason="tesseract is not installed, and it alone reads pictures")
def test_g02_a_scan_is_asked_about_and_records_nothing_by_itself(served: Service, tmp_path: Path) -> None:
    reference = served.allocate("4021", AVERY, TOOL)
    blank = attached(served, AVERY, reference, tmp_path)
    said = answered(blank, assessment__evidence="Visit of 3 November", planning__grade="Requires improvement")
    (printed,) = filled_as([blank], [".pdf"], said)
    paper = tmp_path / "scan.pdf"
    paper.write_bytes(pdfs.pictures_of(pdfs.with_pages(printed.read_bytes(), range(SCANNED))))
    send(served, AVERY, paper)
    (receipt,) = served.wait_for_letters(AVERY, "receipt", about=reference, patience=90)
    shown = served.show(reference)
    assert versions(shown, "returned") == 1
    assert standing(shown) == {}, "nothing is recorded that was only recognised"
    asked = numbered(receipt)
    assert len(asked) > 5
    assert all("picture" in question for question in asked)
    assert any("Requires improvement" in question for question in asked)

    reply(served, receipt, "\n".join(f"{number} yes" for number in range(1, len(asked) + 1)))
    served.wait_for_letters(AVERY, "receipt", 2, about=reference)
    tool, stands = tool_of(served, TOOL), standing(served.show(reference))
    assert len(stands) == len(asked), "what was answered, and nothing else"
    assert as_written(tool, stands).items() <= said.items()


def test_g01_the_form_in_the_mail_is_answered_inside_the_quote(served: Service) -> None:
    reference = served.allocate("4022", AVERY, TOOL)
    (allocation,) = served.wait_for_letters(AVERY, "allocation", about=reference)
    tool = tool_of(served, TOOL)
    answers = every_answer(tool)
    reply_in_the_form(served, allocation, tool, answers)
    (receipt,) = served.wait_for_letters(AVERY, "receipt", about=reference)
    shown = served.show(reference)
    assert standing(shown) == answers, plain_text(receipt)
    assert (shown["state"], shown["missing"], shown["kept_words"]) == ("submitted", [], [])
    assert "handed in" in str(receipt["Subject"])
