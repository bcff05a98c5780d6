"""A tool comes back by mail: filed, acknowledged with what was understood, and asked about (G01 to G03, D02, D03)."""

from __future__ import annotations

import pytest

from audit.escalation import ConcernState
from tests.documents.filling import parts, with_parts
from tests.mail.room import AUDITOR, OTHER_AUDITOR, QA_LEAD, STRANGER, Room, words_of


def test_a_whole_tool_is_filed_handed_in_and_acknowledged(room: Room) -> None:  # G01
    audit = room.allocates()
    room.writes(AUDITOR, f"Re: {audit.reference}", files=(room.filled(audit),))
    room.works()
    assert room.audit(audit)["state"] == "submitted"
    assert room.audit(audit)["overall"]["grade"] == "good"
    receipt = room.letters_out("receipt", AUDITOR)[0]
    assert receipt["Subject"] == f"{audit.reference}: received, complete and handed in"
    areas = len(room.tool(audit).sections)
    assert f"I read {areas} of {areas} areas of practice." in words_of(receipt)
    assert receipt["Auto-Submitted"] == "auto-replied"
    assert receipt["In-Reply-To"] == "<1@sender.example>"
    assert room.post.list_folder("filed")
    assert not room.post.list_folder("inbox")
    assert room.letters()[0].state == "done"
    assert room.faults() == 0


def test_the_reference_in_the_file_is_enough(room: Room) -> None:  # G01: the file name and the subject may be anything
    audit = room.allocates()
    room.writes(AUDITOR, "done", files=(room.filled(audit),))
    room.works()
    assert room.audit(audit)["state"] == "submitted"


def test_the_reference_in_the_subject_is_enough(room: Room) -> None:
    audit = room.allocates()
    anonymous = _without_reference(room.filled(audit), audit.reference)
    room.writes(AUDITOR, f"My tool for {audit.reference}", files=(anonymous,))
    room.works()
    assert room.audit(audit)["state"] == "submitted"


def test_an_empty_comment_is_asked_for_and_nothing_is_handed_in(room: Room) -> None:  # D03
    audit = room.allocates()
    room.writes(AUDITOR, files=(room.filled(audit, {("voice", "comment"): None}),))
    room.works()
    assert room.audit(audit)["state"] == "scoring"
    receipt = room.told("receipt", AUDITOR)
    assert "1. Voice of the child: no comment." in receipt
    assert "It is due Fri 18 Dec (in 19 working days)." in receipt
    areas = len(room.tool(audit).sections)
    assert f"I read {areas - 1} of {areas} areas of practice in full." in " ".join(receipt.split())


def test_a_receipt_that_asks_for_a_word_does_not_say_that_nothing_is_left_to_do(room: Room) -> None:  # F02
    audit = room.allocates()
    room.writes(AUDITOR, files=(room.filled(audit, {("overall", "grade"): "Inadequate"}),))
    room.works()
    receipt = room.told("receipt", AUDITOR)
    assert "Reply CONFIRM" in receipt
    assert "It is complete and has been handed in." in receipt
    assert "nothing more" not in receipt
    assert "If it was a slip, withdraw it in Teams before then" in receipt, "what is handed in cannot be changed"


def test_a_hedged_grade_is_asked_and_never_guessed(room: Room) -> None:  # D02
    audit = room.allocates()
    room.writes(AUDITOR, files=(room.filled(audit, {("planning", "grade"): "Good or RI"}),))
    room.works()
    assert room.audit(audit)["state"] == "scoring"
    planning = next(one for one in room.audit(audit)["sections"] if one["id"] == "planning")
    assert planning["grade"] is None
    receipt = room.told("receipt", AUDITOR)
    assert "1. Planning: I read “Good or RI”" in receipt
    assert "Which do you mean: Good or Requires improvement?" in receipt


def test_a_later_version_overwrites_nothing(room: Room) -> None:  # G03
    audit = room.allocates()
    room.writes(AUDITOR, files=(room.filled(audit, {("voice", "comment"): None}),))
    room.works()
    again = room.filled(audit, {("planning", "grade"): "Requires improvement"})
    room.writes(AUDITOR, files=(again,))
    room.works()
    planning = next(one for one in room.audit(audit)["sections"] if one["id"] == "planning")
    assert planning["grade"] == "good"
    assert room.audit(audit)["state"] == "scoring"
    assert len([one for one in room.audit(audit)["versions"] if one["kind"] == "returned"]) == 2
    assert "Planning" in words_of(room.letters_out("receipt", AUDITOR)[1]).partition("Questions")[2]


def test_a_tool_that_differs_after_handing_in_is_kept_for_a_person(room: Room) -> None:  # G05
    audit = room.allocates()
    room.writes(AUDITOR, files=(room.filled(audit),))
    room.works()
    room.writes(AUDITOR, files=(room.filled(audit, {("planning", "grade"): "Requires improvement"}),))
    room.works()
    assert "so I have not changed it" in words_of(room.letters_out("receipt", AUDITOR)[1])
    assert room.letters()[1].state == "needs_a_person"
    assert room.letters_out("alert", QA_LEAD)


def test_the_same_tool_after_handing_in_changes_nothing(room: Room) -> None:  # G03
    audit = room.allocates()
    for _ in range(2):
        room.writes(AUDITOR, files=(room.filled(audit),))
        room.works()
    assert "had been handed in before" in words_of(room.letters_out("receipt", AUDITOR)[1])
    assert not room.concerns()


def test_the_same_letter_twice_is_filed_once(room: Room) -> None:  # G03
    audit = room.allocates()
    raw = room.writes(AUDITOR, files=(room.filled(audit),))
    room.works()
    room.posts(AUDITOR, b"Received: by another way\r\n" + raw)
    room.works()
    assert len(room.letters()) == 1
    assert room.letters()[0].copies == 2
    assert len(room.letters_out("receipt")) == 1
    assert not room.post.list_folder("inbox")
    assert len(room.post.list_folder("filed")) == 2


def test_a_forged_message_id_does_not_keep_a_real_letter_out(room: Room) -> None:
    audit = room.allocates()
    room.writes(STRANGER, text="I shall send it soon.\n", message_id="<same@sender.example>")
    room.works()
    room.writes(AUDITOR, files=(room.filled(audit),), message_id="<same@sender.example>")
    room.works()
    assert room.audit(audit)["state"] == "submitted"
    assert room.letters()[1].why == "A different letter bears the same Message-ID. Please compare the two."


def test_several_tools_in_one_letter_are_handled_one_by_one(room: Room) -> None:
    first, second = room.allocates(), room.allocates(case="4022")
    files = (room.filled(first), b"PK\x03\x04 not a Word file", room.filled(second))
    room.writes(AUDITOR, "both of them", files=files)
    room.works()
    assert room.audit(first)["state"] == room.audit(second)["state"] == "submitted"
    assert len(room.letters_out("receipt", AUDITOR)) == 2
    assert "I could not read the second file" in room.told("reply", AUDITOR)
    assert room.letters()[0].state == "needs_a_person"


# whose, and which


def test_an_unknown_reference_is_refused_and_kept_for_a_person(room: Room) -> None:  # G02
    audit = room.allocates()
    stale = room.filled(audit)
    room.writes(AUDITOR, files=(_with_reference(stale, audit.reference, "TW-9999"),))
    room.works()
    assert "I cannot find an audit TW-9999 of yours." in room.told("reply", AUDITOR)
    assert room.letters()[0].state == "needs_a_person"
    assert room.audit(audit)["state"] == "allocated"
    assert room.post.list_folder("needs-a-person")


def test_anothers_audit_reads_like_an_unknown_one(room: Room) -> None:  # L02: nothing is learnt
    audit = room.allocates()
    room.writes(OTHER_AUDITOR, files=(room.filled(audit),))
    room.works()
    assert f"I cannot find an audit {audit.reference} of yours." in room.told("reply", OTHER_AUDITOR)
    assert room.audit(audit)["state"] == "allocated"
    assert room.letters()[0].state == "needs_a_person"
    assert room.letters_out("alert", QA_LEAD)


def test_references_that_differ_are_never_guessed_between(room: Room) -> None:  # G02: the old ID in the footer
    first, second = room.allocates(), room.allocates(case="4022")
    file = room.filled(first)
    footer = parts(file)["word/footer1.xml"].replace(first.reference.encode(), second.reference.encode())
    room.writes(AUDITOR, files=(with_parts(file, {"word/footer1.xml": footer}),))
    room.works()
    reply = room.told("reply", AUDITOR)
    assert f"it says {first.reference} and {second.reference}." in reply
    assert room.audit(first)["state"] == room.audit(second)["state"] == "allocated"
    assert room.letters()[0].state == "needs_a_person"


def test_a_subject_that_names_another_audit_is_asked_about(room: Room) -> None:  # G02
    first, second = room.allocates(), room.allocates(case="4022")
    room.writes(AUDITOR, f"Tool for {second.reference}", files=(room.filled(first),))
    room.works()
    assert "I could not tell which audit this tool belongs to" in room.told("reply", AUDITOR)
    assert room.audit(first)["state"] == "allocated"


def test_no_reference_at_all_is_asked_for(room: Room) -> None:  # G02
    audit = room.allocates()
    room.writes(AUDITOR, "done", files=(_without_reference(room.filled(audit), audit.reference),))
    room.works()
    assert (
        "it holds no reference. Please send it again with the reference, such as TW-0417, in the subject."
        in room.told("reply", AUDITOR)
    )


def test_an_unreadable_file_is_named_by_its_place_and_kept(room: Room) -> None:  # G02, L01
    room.allocates()
    room.writes(AUDITOR, "scan", files=(b"%PDF-1.7 a scan",))
    room.works()
    reply = room.told("reply", AUDITOR)
    assert "I could not read the file that you attached: its name ends in .docx, but it is a PDF." in reply
    assert "Copy" not in reply
    assert room.letters()[0].state == "needs_a_person"


def test_a_letter_without_a_tool_is_answered_and_read_by_a_person(room: Room) -> None:  # G02
    room.allocates()
    room.writes(AUDITOR, "Question", text="Which period should I look at?\n")
    room.works()
    told = " ".join(room.told("reply", AUDITOR).split())
    read = told.index("Your message is kept for the Quality Assurance Team, and somebody will read it.")
    phone = told.index("If a child may be at risk now, phone; do not wait for an answer here.")
    assert read < phone < told.index("I found no audit tool in your message. If you meant to send one, please attach")
    assert room.letters()[0].state == "needs_a_person"
    assert room.concerns()[0].limb == "kept_letter"


# what must reach people


def test_overall_inadequate_asks_once_and_says_when_it_goes_by_itself(room: Room) -> None:  # F02
    audit = room.allocates()
    room.writes(AUDITOR, files=(room.filled(audit, {("overall", "grade"): "Inadequate"}),))
    room.works()
    assert [one.state for one in room.concerns()] == [ConcernState.UNCONFIRMED]
    receipt = room.letters_out("receipt", AUDITOR)[0]
    assert receipt["Subject"] == f"{audit.reference}: received, please confirm"
    assert "they are told at 09:10, as not yet confirmed" in words_of(receipt)
    assert not room.letters_out("alert")


def test_confirm_by_reply_tells_people_now(room: Room) -> None:  # F02
    audit = room.allocates()
    room.writes(AUDITOR, files=(room.filled(audit, {("overall", "grade"): "Inadequate"}),))
    room.works()
    receipt = room.letters_out("receipt", AUDITOR)[0]
    room.writes(
        AUDITOR, f"Re: {receipt['Subject']}", "Confirm\n\nSent from my phone\n", answering=receipt["Message-ID"]
    )
    room.works()
    assert [one.confirmed for one in room.concerns()] == [True]
    assert {str(one["To"]) for one in room.letters_out("alert")} >= {"Pat Specimen <pat.specimen@telford.example>"}
    assert "People are being told now" in room.told("reply", AUDITOR)


def test_nobody_else_confirms(room: Room) -> None:
    audit = room.allocates()
    room.writes(AUDITOR, files=(room.filled(audit, {("overall", "grade"): "Inadequate"}),))
    room.works()
    receipt = room.letters_out("receipt", AUDITOR)[0]
    room.writes(OTHER_AUDITOR, "Re", "confirm\n", answering=receipt["Message-ID"])
    room.works()
    assert [one.confirmed for one in room.concerns() if one.audit_id] == [False]
    assert room.letters()[-1].state == "needs_a_person"
    assert "That audit is not yours to change." in room.told("reply", OTHER_AUDITOR)


def test_unconfirmed_for_ten_minutes_goes_out_and_says_so(room: Room) -> None:  # F02
    audit = room.allocates()
    room.writes(AUDITOR, files=(room.filled(audit, {("overall", "grade"): "Inadequate"}),))
    room.works()
    room.waits(minutes=10)
    assert "It is not yet confirmed by the auditor." in room.told("alert", QA_LEAD)
    completed = room.letters_out("completed", QA_LEAD)[0]
    names = [one.get_filename() for one in completed.iter_attachments()]
    assert names == [f"{audit.reference}.docx"]


def test_an_alarming_unmatched_letter_rings_the_qa_lead_at_once(room: Room) -> None:  # G02, F22
    audit = room.allocates()
    worried = room.filled(audit, {("voice", "comment"): "This child is at risk of significant harm."})
    room.writes(AUDITOR, files=(_with_reference(worried, audit.reference, "TW-9999"),))
    room.works()
    assert room.concerns()[0].limb == "kept_letter_urgent"
    alert = room.letters_out("alert", QA_LEAD)[0]
    assert alert["Subject"] == "Please acknowledge · Letter 1 · urgent letter to place"
    assert "significant" not in words_of(alert)


def test_an_unmatched_letter_without_alarm_is_not_urgent(room: Room) -> None:
    audit = room.allocates()
    room.writes(AUDITOR, files=(_with_reference(room.filled(audit), audit.reference, "TW-9999"),))
    room.works()
    assert room.concerns()[0].limb == "kept_letter"


def test_an_alarming_line_beside_a_tool_reaches_a_person(room: Room) -> None:
    audit = room.allocates()
    room.writes(AUDITOR, text="Attached. I think that she is not safe at home.\n", files=(room.filled(audit),))
    room.works()
    assert room.audit(audit)["state"] == "submitted"
    assert room.concerns()[0].limb == "kept_letter_urgent"


def test_an_alarming_subject_above_a_tool_reaches_a_person(room: Room) -> None:
    audit = room.allocates()
    subject = f"{audit.reference} child not safe, father is back"
    room.writes(AUDITOR, subject, text="See attached.\n", files=(room.filled(audit),))
    room.works()
    assert room.audit(audit)["state"] == "submitted"
    assert room.letters()[0].state == "needs_a_person"
    assert room.concerns()[0].limb == "kept_letter_urgent"


def test_our_own_subject_above_a_tool_alarms_nobody(room: Room) -> None:
    audit = room.allocates()
    subject = f"Re: Immediate escalation · {audit.reference} · immediate concern"
    room.writes(AUDITOR, subject, files=(room.filled(audit),))
    room.works()
    assert room.letters()[0].state == "done"


@pytest.mark.parametrize("words", ["The child is not safe.", "I cannot reach anybody."])
def test_a_confirmation_with_more_words_counts_and_the_words_reach_a_person(room: Room, words: str) -> None:
    audit = room.allocates()
    room.writes(AUDITOR, files=(room.filled(audit, {("overall", "grade"): "Inadequate"}),))
    room.works()
    receipt = room.letters_out("receipt", AUDITOR)[0]
    room.writes(AUDITOR, "Re", f"Confirm\n\n{words}\n", answering=receipt["Message-ID"])
    room.works()
    assert room.concerns()[0].confirmed
    assert room.letters()[-1].state == "needs_a_person"
    urgent = "kept_letter_urgent" if "safe" in words else "kept_letter"
    assert room.concerns()[1].limb == urgent
    assert "Your other words are kept for" in room.told("reply", AUDITOR)


def _with_reference(file: bytes, old: str, new: str) -> bytes:
    changed = {name: data.replace(old.encode(), new.encode()) for name, data in parts(file).items()}
    return with_parts(file, changed)


def _without_reference(file: bytes, old: str) -> bytes:
    return _with_reference(file, old, "the audit")
