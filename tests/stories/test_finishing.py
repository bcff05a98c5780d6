"""What is filed of a finished audit: the case note without a grade, and the PDF (G05 to G07)."""

from __future__ import annotations

from io import BytesIO

import pytest
from pypdf import PdfReader

from audit.case_note import HELD, Choice
from audit.notices import FinishedFacts
from audit.refusals import NoCaseNoteYet, NoSuchLine, SpeaksOfAGrade
from audit.toml import BadFile
from bot import cards
from bot.cards.parts import ROOM, size
from desk import answers, filing
from dialogs.screens import HandedIn, Screen
from mail import drafts
from storage.ledger import Store
from tests.cards.walking import flat_text, inputs, press, presses, titles
from tests.stories.story import COUNCILS, Story

AVERY = "avery.sample@telford.example"
PAT = "pat.specimen@telford.example"
BLAKE = "blake.sample@centralbeds.example"
ACTIONS = {
    "needed": "some",
    "what_1": "Visit this week",
    "who_1": "Robin",
    "by_1": "2027-01-08",
    "what_2": "Make planning good",
    "who_2": "Morgan",
    "what_3": "Move from RI to Good",
}


@pytest.fixture
def story(store: Store) -> Story:
    made = Story(store)
    made.everyone_opens_chat()
    return made


def handed_in(story: Story, actions: dict[str, str] | None = None) -> tuple[str, HandedIn]:
    ref = story.allocate("4021", AVERY, "tw-cp-cin")
    story.fills_in(ref, actions=actions or ACTIONS)
    story.forget()
    return ref, card_of(story.presses(AVERY, "submit", audit=ref, step=""))


def card_of(screen: Screen) -> HandedIn:
    assert isinstance(screen, HandedIn)
    return screen


def note_of(screen: HandedIn) -> str:
    assert screen.live.finished
    return screen.live.finished.note.text


def decides(story: Story, ref: str, screen: HandedIn, place: int, choice: str, words: str = "") -> HandedIn:
    """Press a button of the line that is asked about at this place."""
    assert screen.live.finished
    key = screen.live.finished.note.held[place].key
    typed = {f"note.{key}": words}
    return card_of(story.presses(AVERY, "note", audit=ref, step="", line=key, choice=choice, **typed))


def opened_again(story: Story, ref: str) -> None:
    audit = story.audit(ref)
    with story.store.open() as ledger:
        answers.reopen(ledger, audit, "A date was wrong.", story.now)


# the case note


def test_g06_the_card_of_a_finished_audit_has_the_note_to_copy_and_asks_about_what_it_holds_back(story: Story) -> None:
    _ref, screen = handed_in(story)
    card = cards.screen_card(screen)
    text = flat_text(card)
    assert "Please add the case note to Protocol." in text
    assert "1. Visit this week. Who: Robin. By: 8 January 2027." in text
    assert f"2. {HELD}" in text and f"3. {HELD}" in text
    assert "Does this speak of a grade?" in text and "Make planning good. Who: Morgan." in text
    assert "This speaks of a grade" in text
    assert titles(card).count("No, keep it") == 1, "what is surely a grade cannot be kept"
    assert titles(card).count("Leave it out") == 2 and titles(card).count("Use my words") == 2


def test_g06_the_auditor_decides_about_each_line_and_the_trail_keeps_it(story: Story) -> None:
    ref, screen = handed_in(story)
    screen = decides(story, ref, screen, 1, "reword", "Agree one plan with dates")
    assert "3. Agree one plan with dates." in note_of(screen)
    screen = decides(story, ref, screen, 0, "leave out")
    assert "planning good" not in note_of(screen) and HELD not in note_of(screen)
    assert note_of(screen).endswith(
        "1. Visit this week. Who: Robin. By: 8 January 2027.\n2. Agree one plan with dates."
    )
    audit = story.audit(ref)
    with story.store.open() as ledger:
        events = [one for one in ledger.trail.events(f"audit/{audit.id}") if one.what == filing.DECIDED]
        assert [(one.content or {})["choice"] for one in events] == ["reword", "leave out"]
        assert {one.who for one in events} == {f"person/{audit.auditor_id}"}
        assert filing.note(ledger, audit).text == note_of(screen), "the same by every door"
    assert story.trail_holds(ref)
    assert audit.answer("actions").text("what_2") == "Make planning good", "the audit itself stays as it was handed in"


def test_g06_a_line_that_is_no_grade_can_be_kept(story: Story) -> None:
    ref, screen = handed_in(story)
    screen = decides(story, ref, screen, 0, "keep")
    assert "2. Make planning good. Who: Morgan." in note_of(screen)
    assert screen.live.finished and len(screen.live.finished.note.held) == 1


def test_g06_new_words_with_a_grade_are_refused_beside_the_line_and_stay_typed(story: Story) -> None:
    ref, screen = handed_in(story)
    screen = decides(story, ref, screen, 1, "reword", "Get it graded good")
    text = flat_text(cards.screen_card(screen))
    assert "A case note holds no grade, and these words may be one." in text
    assert "Get it graded good" in text
    assert HELD in note_of(screen)
    screen = decides(story, ref, screen, 1, "keep")
    assert screen.problem, "a grade cannot be kept by pressing what no card shows"
    assert decides(story, ref, screen, 1, "reword", "  ").problem, "no words are no answer"


def test_what_was_typed_beside_one_line_is_still_there_when_another_is_decided(story: Story) -> None:
    ref, screen = handed_in(story)
    assert screen.live.finished
    first, second = screen.live.finished.note.held
    typed = {f"note.{second.key}": "Agree one plan"}
    for verb, more in (("pdf", {}), ("note", {"line": first.key, "choice": "leave out"})):
        card = cards.screen_card(story.presses(AVERY, verb, audit=ref, step="", **more, **typed))
        (left,) = [one for one in inputs(card) if one["id"] == f"note.{second.key}"]
        assert left["value"] == "Agree one plan"
    assert story.audit(ref).kept == ()


def test_pressing_twice_or_late_decides_once(story: Story) -> None:
    ref, screen = handed_in(story)
    assert screen.live.finished
    key = screen.live.finished.note.held[0].key
    for choice in ("leave out", "keep", "nonsense"):
        screen = card_of(story.presses(AVERY, "note", audit=ref, step="", line=key, choice=choice))
    assert "planning good" not in note_of(screen)
    assert HELD in note_of(
        card_of(story.presses(AVERY, "note", audit=ref, step="", line="no such line", choice="keep"))
    )


def test_l02_nobody_else_decides_or_is_sent_anything(story: Story) -> None:
    ref, _screen = handed_in(story)
    for verb in ("note", "pdf"):
        screen = story.presses(PAT, verb, audit=ref, step="", line="x", choice="keep")
        assert not isinstance(screen, HandedIn)
    assert not story.told(PAT, "finished") and not story.told(AVERY, "finished")


def test_g06_there_is_no_note_before_handing_in_and_after_opening_again(story: Story) -> None:
    ref = story.allocate("4021", AVERY, "tw-cp-cin")
    audit = story.audit(ref)
    with story.store.open() as ledger, pytest.raises(NoCaseNoteYet, match="its actions may still change"):
        filing.note(ledger, audit)
    assert not isinstance(story.presses(AVERY, "pdf", audit=ref, step=""), HandedIn)
    assert not story.told(AVERY, "finished")
    story.fills_in(ref, actions=ACTIONS)
    screen = card_of(story.presses(AVERY, "submit", audit=ref, step=""))
    decides(story, ref, screen, 0, "keep")
    opened_again(story, ref)
    story.saves(AVERY, ref, "actions", needed="some", what_1="Make planning good", who_1="Sam", by_1="2027-01-08")
    screen = card_of(story.presses(AVERY, "submit", audit=ref, step=""))
    assert HELD in note_of(screen), "what was decided counts for the words it was decided about"


def test_deciding_about_a_line_that_is_not_held_is_refused(story: Story) -> None:
    ref, _screen = handed_in(story)
    audit = story.audit(ref)
    with story.store.open() as ledger:
        with pytest.raises(NoSuchLine, match="No action with the number 1 is held"):
            filing.held_line(ledger, audit, 1)
        with pytest.raises(SpeaksOfAGrade):
            filing.decide(ledger, audit, filing.held_line(ledger, audit, 3).key, Choice.KEEP, story.now, "qa")


# the PDF


def test_g07_the_pdf_goes_to_the_auditors_own_address_once_however_often_it_is_asked_for(story: Story) -> None:
    ref, screen = handed_in(story)
    assert press(cards.screen_card(screen), "E-mail me the PDF")["verb"] == "pdf"
    assert not story.told(AVERY, "finished"), "nothing goes by itself here"
    for _ in range(3):
        screen = card_of(story.presses(AVERY, "pdf", audit=ref, step=""))
    (notice,) = story.told(AVERY, "finished")
    assert (notice.channel, notice.address, notice.cc) == ("mail", AVERY, ())
    screen = card_of(story.presses(AVERY, "review", audit=ref, step=""))
    card = cards.screen_card(screen)
    assert "The PDF was sent to" in flat_text(card)
    assert "pdf" not in [one["verb"] for one in presses(card)]
    draft = drafts.draft(notice)
    (file,) = draft.files
    assert file.name == f"{ref}.pdf"
    pdf = PdfReader(BytesIO(file.data))
    assert "Visit this week" in "".join(page.extract_text() for page in pdf.pages)
    story.nobody_else_is_told("news")


def test_g07_it_goes_again_when_the_audit_was_opened_and_handed_in_again(story: Story) -> None:
    ref, _screen = handed_in(story)
    story.presses(AVERY, "pdf", audit=ref, step="")
    opened_again(story, ref)
    story.presses(AVERY, "submit", audit=ref, step="")
    assert len(story.told(AVERY, "finished")) == 1
    story.presses(AVERY, "pdf", audit=ref, step="")
    assert len(story.told(AVERY, "finished")) == 1


def test_g08_handing_in_sends_the_pdf_to_those_who_file_it_and_to_nobody_else(store: Store) -> None:
    story = Story(store, COUNCILS / "central_bedfordshire")
    ref = story.allocate("7301", BLAKE, "cb-practice-evaluation")
    story.fills_in(ref, actions=ACTIONS)
    story.forget()
    screen = card_of(story.presses(BLAKE, "submit", audit=ref, step=""))
    sent = [one for one in story.mail.sent if one.kind == "finished"]
    with story.store.open() as ledger:
        leads = {held.person.email for held in ledger.directory.holders("audit_manager", None)}
    assert leads and {one.address for one in sent} == leads
    for one in sent:
        story.told(one.address, "finished")
    story.nobody_else_is_told()
    facts = sent[0].facts
    assert isinstance(facts, FinishedFacts) and facts.note and HELD in facts.note.text
    assert "The audit team adds the case note to Mosaic and keeps the PDF in Box." in flat_text(
        cards.screen_card(screen)
    )


def test_g08_a_policy_may_not_send_it_to_worker_or_managers_before_it_is_released(story: Story) -> None:
    from audit import policy
    from bot.folders import council_texts

    text = council_texts(COUNCILS / "telford_and_wrekin")["policy.toml"]
    for role in ("social_worker", "team_manager", "iro"):
        with pytest.raises(BadFile, match=r"handing_in\.pdf_to: .* get the audit when it is released"):
            policy.parse(text.replace("pdf_to = []", f'pdf_to = ["{role}"]'))
    assert policy.parse(text.replace("pdf_to = []", 'pdf_to = ["auditor", "qa_manager"]')).pdf_to == (
        "auditor",
        "qa_manager",
    )
    without = text.replace("[handing_in]", "").replace("pdf_to = []", "").replace('case_note_by = "auditor"', "")
    assert (policy.parse(without, strict=False).pdf_to, policy.parse(without).case_note_by) == ((), "auditor")


def test_a_very_long_note_does_not_break_the_card(story: Story) -> None:
    actions = {"needed": "some", "who_1": "Robin", "by_1": "2027-01-08"}
    actions |= {f"what_{number}": "Ring the school and ask again. " * 60 for number in range(1, 7)}
    _ref, screen = handed_in(story, actions)
    assert "The note is too long for a card." in flat_text(cards.screen_card(screen))


def test_the_card_keeps_to_its_size_whatever_was_written(story: Story) -> None:
    actions = {"needed": "some", "who_1": "É" * 900, "by_1": "É" * 900}
    actions |= {f"what_{number}": "Graded good. " + "É" * 2000 for number in range(1, 7)}
    ref, screen = handed_in(story, actions)
    assert screen.live.finished
    held = screen.live.finished.note.held
    assert len(held) == 6
    typed = {f"note.{one.key}": "good " + "É" * 3000 for one in held}
    screen = card_of(story.presses(AVERY, "note", audit=ref, step="", line=held[0].key, choice="reword", **typed))
    assert size(cards.screen_card(screen)) < ROOM
    assert "4 more are asked about when you have decided." in flat_text(cards.screen_card(screen))
