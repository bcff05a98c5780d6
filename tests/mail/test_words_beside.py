"""D02, L01: what a returned tool says outside its questions is kept, and somebody learns that it is there."""

from __future__ import annotations

from lxml import etree

from tests.documents.filling import W, with_xml
from tests.mail.room import AUDITOR, QA_LEAD, Room

REMARK = "The school was not asked about any of this, and I would like to know why."
WHOLE = {"evidence": "Plan of 4 November", "worker_view": "Agrees with it.", "comment": "It is clear and shared."}
PLANNING = {("planning", field): words for field, words in WHOLE.items()}


def with_a_box(tool: bytes, words: str) -> bytes:
    """A paragraph of the auditor's own, below a table in which nothing is empty."""

    def add(root: etree._Element) -> None:
        table = next(one for one in root.iter(f"{W}tbl") if WHOLE["evidence"] in "".join(one.itertext()))
        paragraph = etree.Element(f"{W}p")
        etree.SubElement(etree.SubElement(paragraph, f"{W}r"), f"{W}t").text = words
        table.addnext(paragraph)

    return with_xml(tool, add)


def kept_words(room: Room, reference: str) -> list[str]:
    with room.store.open() as ledger:
        audit = ledger.audits.by_reference(reference)
        assert audit
        return [one.words for one in audit.kept if not one.step]


def test_d02_words_that_answer_no_question_are_kept_with_the_audit_and_the_receipt_says_so(room: Room) -> None:
    audit = room.allocates()
    tool = with_a_box(room.filled(audit, {**PLANNING, ("voice", "comment"): None}), REMARK)
    room.writes(AUDITOR, files=(tool,))
    room.works()
    assert any(REMARK in words for words in kept_words(room, audit.reference))
    receipt = room.told("receipt", AUDITOR)
    assert "words that belong to none of its questions" in receipt
    assert REMARK not in receipt


def test_l02_they_go_to_a_reader_where_the_tool_was_complete_and_nobody_would_look(room: Room) -> None:
    audit = room.allocates()
    room.writes(AUDITOR, files=(with_a_box(room.filled(audit, PLANNING), REMARK),))
    room.works()
    assert room.audit(audit)["state"] == "submitted"
    assert room.letters()[0].state == "needs_a_person"


def test_f02_alarming_words_beside_the_questions_hurry_a_person(room: Room) -> None:
    audit = room.allocates()
    room.writes(
        AUDITOR, files=(with_a_box(room.filled(audit, PLANNING), "I saw bruises and nobody asked about them."),)
    )
    room.works()
    assert room.letters()[0].state == "needs_a_person"
    alerts = [str(letter["Subject"]) for letter in room.letters_out("alert", QA_LEAD)]
    assert len(alerts) == 1


def test_g03_the_same_file_again_keeps_its_words_once(room: Room) -> None:
    audit = room.allocates()
    tool = with_a_box(room.filled(audit, {**PLANNING, ("voice", "comment"): None}), REMARK)
    for _ in range(2):
        room.writes(AUDITOR, files=(tool,))
        room.works()
    assert len(kept_words(room, audit.reference)) == 1
