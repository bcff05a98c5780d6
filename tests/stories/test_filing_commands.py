"""`auditbot audit pdf` and `auditbot audit note`, as somebody types them (G06, G07)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pypdf import PdfReader

from audit.refusals import NoCaseNoteYet, NoSuchLine, SpeaksOfAGrade
from bot.cli import cli
from bot.keyboard import YoursToFix
from storage.ledger import Store
from tests.stories.story import Story
from tests.stories.test_finishing import ACTIONS, AVERY


@pytest.fixture
def story(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Story:
    """A database that the commands find as the settings name it."""
    monkeypatch.setenv("AUDITBOT_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("AUDITBOT_LOCAL", "1")
    made = Story(Store(f"sqlite:///{tmp_path / 'auditbot.db'}"))
    made.fills_in(made.allocate("4021", AVERY, "tw-cp-cin"), actions=ACTIONS)
    return made


def typed(*words: object) -> Result:
    return CliRunner().invoke(cli, ["audit", *map(str, words)])


def test_g07_a_pdf_is_written_and_no_file_is_written_over(story: Story, tmp_path: Path) -> None:
    file = tmp_path / "TW-0001.pdf"
    assert typed("pdf", "tw-0001", "-o", file).output.strip() == str(file)
    assert "Not handed in yet" in PdfReader(file).pages[0].extract_text()
    story.presses(AVERY, "submit", audit="TW-0001", step="")
    before = file.read_bytes()
    assert isinstance(typed("pdf", "TW-0001", "-o", file).exception, YoursToFix)
    assert file.read_bytes() == before
    assert typed("pdf", "TW-0001", "-o", file, "--force").exit_code == 0
    assert "Not handed in yet" not in PdfReader(file).pages[0].extract_text()


def test_g06_the_note_alone_is_on_standard_output_and_what_is_held_is_asked_about_beside_it(story: Story) -> None:
    assert isinstance(typed("note", "TW-0001").exception, NoCaseNoteYet)
    story.presses(AVERY, "submit", audit="TW-0001", step="")
    shown = typed("note", "TW-0001")
    assert "1. Visit this week. Who: Robin." in shown.stdout
    assert "good" not in shown.stdout.lower() and "RI" not in shown.stdout
    assert "Action 2 is held: Make planning good. Who: Morgan." in shown.stderr
    assert "--keep 2" in shown.stderr and "--keep 3" not in shown.stderr
    for number in (2, 3):
        assert f"--leave-out {number}" in shown.stderr and f"--reword {number}" in shown.stderr


def test_g06_decisions_are_taken_all_or_none_and_the_trail_says_by_whom(story: Story) -> None:
    story.presses(AVERY, "submit", audit="TW-0001", step="")
    assert isinstance(typed("note", "TW-0001", "--keep", 2, "--reword", 3, "Graded good").exception, SpeaksOfAGrade)
    assert isinstance(typed("note", "TW-0001", "--keep", 1).exception, NoSuchLine)
    assert len(json.loads(typed("note", "TW-0001", "--json").stdout)["held"]) == 2, "nothing was decided by that"
    done = typed("note", "TW-0001", "--keep", 2, "--reword", 3, "Agree one plan", "--json")
    data = json.loads(done.stdout)
    assert data["reference"] == "TW-0001" and data["held"] == []
    assert data["note"].endswith("2. Make planning good. Who: Morgan.\n3. Agree one plan.")
    assert typed("note", "TW-0001").stdout.strip() == data["note"]
    audit = story.audit("TW-0001")
    with story.store.open() as ledger:
        events = [one for one in ledger.trail.events(f"audit/{audit.id}") if one.what == "case note decided"]
    assert [one.who for one in events] == ["qa", "qa"]
