"""What is filed of an audit that was handed in: the PDF and the case note, on the command line and on the card."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from pypdf import PdfReader

from tests.e2e.conftest import OpenChat
from tests.e2e.letters import as_written, attached, every_answer, picture, send, tool_of, typed_into
from tests.e2e.libreoffice import to_pictures
from tests.e2e.service import Service, plain_text, running

AVERY = "avery.sample@telford.example"  # auditor
TOOL = "tw-cp-cin"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running("telford_and_wrekin", tmp_path_factory.mktemp("filing")) as service:
        yield service


def tagged(data: bytes) -> PdfReader:
    """A PDF that a screen reader can read: its structure, its language, its title."""
    read = PdfReader(io.BytesIO(data))
    root = read.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"].value
    assert root["/StructTreeRoot"]["/K"]
    assert str(root["/Lang"]).startswith("en")
    assert read.metadata
    assert read.metadata.title
    return read


def test_g06_g07_the_pdf_and_the_note_by_every_door(
    served: Service, open_chat: OpenChat, chromium: Browser, artefacts: Path, tmp_path: Path
) -> None:
    avery = open_chat(AVERY)
    reference = served.allocate("4021", AVERY, TOOL)
    avery.wait_for(f"{reference} Practice learning session for you")
    avery.press("Start", on=reference)
    avery.wait_for(f"{reference} · 1 of 18 Assessment")
    tool = tool_of(served, TOOL)
    people = {f"actions.who_{row}": "Robin Example" for row in (1, 2, 3)}
    answers = (
        every_answer(tool)
        | people
        | {
            "actions.what_1": "Visit this week, and see the child alone",
            "actions.what_2": "Find a good time for the next visit",
            "actions.what_3": "Move from RI to Good",
        }
    )
    blank = attached(served, AVERY, reference, tmp_path)
    send(served, AVERY, typed_into(blank, tmp_path / "tool.docx", tool, as_written(tool, answers)))
    avery.wait_for("Handed in")

    on_disk = artefacts / "filing-audit.pdf"
    on_disk.unlink(missing_ok=True)
    served.run("audit", "pdf", reference, "-o", str(on_disk))
    read = tagged(on_disk.read_bytes())
    words = " ".join(" ".join(page.extract_text() for page in read.pages).split())
    assert reference in words
    assert "Requires improvement" in words
    assert "Visit this week, and see the child alone" in words
    assert len(to_pictures(on_disk, artefacts)) == len(read.pages)

    note = served.run("audit", "note", reference)
    assert "1. Visit this week, and see the child alone." in note
    assert "Find a good time" not in note, "held, until the auditor has decided"
    assert_no_grade(note)

    avery.wait_for("For the record")
    avery.both_widths(artefacts, "filing-1-card")
    avery.press("Case note")
    avery.page.get_by_text("Select the text and copy it.").wait_for()
    avery.card_screenshot(artefacts / "filing-2-note-desktop.png")
    avery.press("Leave it out")
    avery.wait_gone("Move from RI to Good")
    avery.press("No, keep it")
    avery.wait_gone("Does this speak of a grade?")
    assert "2. Find a good time for the next visit." in served.run("audit", "note", reference)
    avery.press_twice("E-mail me the PDF")
    (letter,) = served.wait_for_letters(AVERY, "finished", about=reference)
    avery.wait_for(f"The PDF is on its way to {AVERY}")
    avery.both_widths(artefacts, "filing-3-sent")
    (attachment,) = letter.iter_attachments()
    assert attachment.get_filename() == f"{reference}.pdf"
    assert len(tagged(attachment.get_content()).pages) == len(read.pages)
    assert_no_grade(plain_text(letter))
    picture(chromium, letter, artefacts / "filing-4-letter-phone.png")
    served.run("tick")
    assert len(served.letters(AVERY, "finished")) == 1, "pressed twice, sent once"


def assert_no_grade(words: str) -> None:
    said = words.lower()
    for grade in ("exceeds good", "requires improvement", "inadequate", "outstanding", "✓", "▲", "✕", "★"):
        assert grade not in said
