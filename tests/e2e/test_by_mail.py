"""By e-mail alone: the Word tool filled in with LibreOffice, sent over SMTP, answered, confirmed, acknowledged."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from docx import Document
from playwright.sync_api import Browser

from tests.e2e.conftest import OpenChat
from tests.e2e.letters import answered, filled, letter, picture, reply, versions
from tests.e2e.libreoffice import fill, to_pdf, to_pictures
from tests.e2e.service import Service, plain_text, running

AVERY = "avery.sample@telford.example"  # auditor
MORGAN = "morgan.example@telford.example"  # team manager
CHARLIE = "charlie.sample@telford.example"  # service delivery manager
PAT = "pat.specimen@telford.example"  # QA manager
LEE = "lee.sample@telford.example"  # service delivery manager for quality assurance
STRANGER = "someone@elsewhere.example"
TOOL = "tw-cp-cin"
SECTIONS = 12


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running("telford_and_wrekin", tmp_path_factory.mktemp("mail")) as service:
        yield service


def test_a_tool_is_filed_once_and_the_receipt_says_what_is_missing(
    served: Service, chromium: Browser, artefacts: Path, tmp_path: Path
) -> None:
    reference = served.allocate("4021", AVERY, TOOL)
    (allocation,) = served.wait_for_letters(AVERY, "allocation")
    picture(chromium, allocation, artefacts / "mail-1-allocation-phone.png")
    (attached,) = allocation.iter_attachments()
    blank = tmp_path / "word-blank.docx"
    blank.write_bytes(attached.get_content())
    done = tmp_path / "Copy of PL tool FINAL v2 (1).docx"
    fill(blank, done, answered(blank, voice__comment="", planning__grade="", risk__evidence="Visit of 3 November"))
    sent = letter(AVERY, served.inbox_address, "done, see attached", "Here it is.", done)
    served.post(sent, AVERY)
    served.post(sent, AVERY)
    (receipt,) = served.wait_for_letters(AVERY, "receipt")
    says = plain_text(receipt)
    assert f"I read {SECTIONS - 2} of {SECTIONS} areas of practice" in says
    assert "Voice of the child: no comment." in says
    assert "Planning: no grade" in says
    assert "Assessment: ✓ Good" in says
    picture(chromium, receipt, artefacts / "mail-2-receipt-phone.png")

    served.post(letter(STRANGER, served.inbox_address, f"Re: {reference}", "How is it going?"), STRANGER)
    (refusal,) = served.wait_for_letters(STRANGER, "reply")
    assert "I do not know you yet" in plain_text(refusal)
    assert reference not in refusal.as_string(), "a stranger learns nothing"
    shown = served.show(reference)
    assert versions(shown, "returned") == 1, "the same letter, sent twice, is one letter"
    assert len(served.letters(AVERY, "receipt")) == 1
    assert shown["state"] == "scoring"
    assert shown["sections"][1]["grade"] is None
    assert shown["sections"][2]["comment"] == ""
    assert shown["sections"][4]["evidence"] == "Visit of 3 November"
    to_pictures(to_pdf(blank, tmp_path), artefacts)
    to_pictures(to_pdf(done.rename(tmp_path / "word-filled.docx"), tmp_path), artefacts)

    whole = filled(served, reference, tmp_path)
    served.run("mail", "submit", str(whole), "--as", AVERY)
    receipt = served.wait_for_letters(AVERY, "receipt", 2)[1]
    assert "handed in" in str(receipt["Subject"])
    shown = served.show(reference)
    assert (shown["state"], shown["missing"]) == ("submitted", [])
    assert shown["sections"][1]["grade"] == "good"
    assert "handed in" in served.happened(reference)


def test_a_reference_is_never_guessed(served: Service, tmp_path: Path) -> None:
    note = tmp_path / "notes.docx"
    document = Document()
    document.add_paragraph("Practice learning tool")
    document.save(str(note))
    before = len(served.letters(AVERY, "reply"))
    served.post(letter(AVERY, served.inbox_address, "TW-9999", "Here it is.", note), AVERY)
    unknown = served.wait_for_letters(AVERY, "reply", before + 1)[-1]
    assert "TW-9999" in plain_text(unknown)
    assert "I cannot find an audit" in plain_text(unknown)

    reference = served.allocate("4022", AVERY, TOOL)
    mixed = filled(served, reference, tmp_path)
    served.post(letter(AVERY, served.inbox_address, "TW-9999", "Here it is.", mixed), AVERY)
    torn = served.wait_for_letters(AVERY, "reply", before + 2)[-1]
    assert f"it says {reference} and TW-9999" in plain_text(torn)
    assert versions(served.show(reference), "returned") == 0


def test_overall_inadequate_is_confirmed_and_acknowledged_by_mail(
    served: Service, chromium: Browser, artefacts: Path, tmp_path: Path
) -> None:
    reference = served.allocate("4021", AVERY, TOOL)
    done = filled(served, reference, tmp_path, overall__grade="Inadequate", overall__why="Nine weeks without a visit.")
    before = len(served.letters(AVERY, "receipt"))
    served.run("mail", "submit", str(done), "--as", AVERY)
    receipt = served.wait_for_letters(AVERY, "receipt", before + 1)[-1]
    assert "Reply CONFIRM" in plain_text(receipt)
    picture(chromium, receipt, artefacts / "mail-3-receipt-confirm-phone.png")
    assert not served.letters(MORGAN, "alert")

    reply(served, receipt, "CONFIRM")
    managers = (MORGAN, CHARLIE, PAT)
    subject = f"Immediate escalation · {reference} · serious findings"
    alerts = {one: served.wait_for_letters(one, "alert", about=subject)[0] for one in managers}
    assert "nine weeks" not in alerts[MORGAN].as_string().lower()
    picture(chromium, alerts[MORGAN], artefacts / "mail-4-alert-phone.png")
    (completed,) = served.wait_for_letters(MORGAN, "completed")
    picture(chromium, completed, artefacts / "mail-5-completed-phone.png")
    (tool,) = completed.iter_attachments()
    as_it_stands = tmp_path / "word-completed.docx"
    as_it_stands.write_bytes(tool.get_content())
    to_pictures(to_pdf(as_it_stands, tmp_path), artefacts)

    reply(served, alerts[MORGAN], "ACK")
    (ended,) = served.wait_for_letters(CHARLIE, "ended")
    assert "Morgan Example" in plain_text(ended)
    picture(chromium, ended, artefacts / "mail-6-ended-phone.png")
    served.wait_for_letters(AVERY, "ended")
    (concern,) = served.show(reference)["concerns"]
    assert (concern["state"], concern["confirmed"]) == ("acknowledged", True)
    assert [(one["by"], one["door"], one["stops"]) for one in concern["acknowledgements"]] == [(MORGAN, "mail", True)]
    served.run("tick", "--at", (datetime.now(UTC) + timedelta(hours=5)).isoformat())
    assert not served.letters(LEE, "alert"), "acknowledged: it climbs no further"
    assert [len(served.letters(one, "alert", about=reference)) for one in managers] == [1, 1, 1]


def test_a_section_answered_by_card_and_by_mail_is_one_record(
    served: Service, open_chat: OpenChat, artefacts: Path, tmp_path: Path
) -> None:
    avery = open_chat(AVERY)
    reference = served.allocate("4022", AVERY, TOOL)
    avery.wait_for(f"{reference} Practice learning session for you")
    avery.press("Start", on=reference)
    avery.wait_for(f"{reference} · 1 of 18 Assessment")
    avery.choose("Yes", field="Is there an assessment")
    avery.choose("✓ Good")
    avery.fill("Comment", "As I said in Teams.")
    avery.press("Save and go on")
    avery.wait_for(f"{reference} · 2 of 18, saved")

    said = {"assessment__grade": "Requires improvement", "assessment__comment": "As I wrote in Word."}
    before = len(served.letters(AVERY, "receipt"))
    served.run("mail", "submit", str(filled(served, reference, tmp_path, **said)), "--as", AVERY)
    receipt = served.wait_for_letters(AVERY, "receipt", before + 1)[-1]
    assert "Which stands?" in plain_text(receipt)
    shown = served.show(reference)
    first = shown["sections"][0]
    assert (first["grade"], first["comment"], first["version"]) == ("good", "As I said in Teams.", 1)
    assert {one["words"] for one in shown["kept_words"]} == {"Requires improvement", "As I wrote in Word."}
    assert shown["state"] == "scoring", "what differs is asked before it is handed in"

    avery.say(f"{reference} review")
    avery.wait_for("Before you hand it in")
    avery.press("Open", on="Assessment")
    avery.wait_for("“As I wrote in Word.”")
    avery.both_widths(artefacts, "mail-7-differs")
    avery.press("Use these")
    avery.wait_gone("“As I wrote in Word.”")
    avery.press("Use ▲ Requires improvement")
    avery.wait_gone("“Requires improvement”")
    first = served.section(reference, "assessment")
    assert (first["grade"], first["comment"]) == ("requires_improvement", "As I wrote in Word.")
    assert served.show(reference)["kept_words"] == []
