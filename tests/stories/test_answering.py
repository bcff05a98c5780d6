"""C03 to G05: an auditor answers by card and by typed words, stops anywhere, goes on anywhere, loses nothing."""

from __future__ import annotations

from datetime import date

import pytest

from audit.process import Stage
from audit.refusals import NoDueDate, NotHandedIn, OwnCase, ReasonNeeded, WrongDueDate, WrongTool
from desk import answers
from dialogs.screens import Ask, AuditList, HandedIn, Paused, Review, Say
from storage.ledger import Store
from tests.stories.story import Story, step_shown

AVERY = "avery.sample@telford.example"
DONE = ("assessment", "planning", "voice", "visits", "risk")


@pytest.fixture
def story(store: Store) -> Story:
    made = Story(store)
    made.opens_chat(AVERY)
    made.reference = made.allocate("4021", AVERY, "tw-cp-cin")  # type: ignore[attr-defined]
    made.fills_in(ref(made), only=DONE)
    made.forget()
    return made


def ref(story: Story) -> str:
    return str(story.reference)  # type: ignore[attr-defined]


def first_steps(story: Story) -> tuple[str, str, str]:
    """The first open areas: those before them were answered already."""
    return "family", "identity", "multi_agency"


def test_d23_every_turn_is_kept_and_resume_goes_on_where_it_stopped(story: Story) -> None:
    one, two, three = first_steps(story)
    assert step_shown(story.says(AVERY, "start")) == one
    story.saves(AVERY, ref(story), one, grade="good", comment="Clear and shared with the family.")
    assert isinstance(story.says(AVERY, "pause"), Paused)
    story.wait(days=3)
    assert step_shown(story.says(AVERY, "resume")) == two
    assert story.audit(ref(story)).answer(one).text("comment") == "Clear and shared with the family."
    assert three not in story.audit(ref(story)).answers


def test_typed_words_answer_what_the_card_asks_next(story: Story) -> None:
    one, two, _ = first_steps(story)
    story.says(AVERY, "start")
    assert step_shown(story.says(AVERY, "RI")) == one
    assert step_shown(story.says(AVERY, "The plan was late and the family had not seen it.")) == one
    story.says(AVERY, "Visit record of 3 November")
    answer = story.audit(ref(story)).answer(one)
    assert answer.text("grade") == "requires_improvement"
    assert answer.text("comment") == "The plan was late and the family had not seen it."
    assert answer.text("evidence") == "Visit record of 3 November"
    story.says(AVERY, "skip")
    assert step_shown(story.says(AVERY, "resume")) == two


def test_d02_a_hedged_grade_is_a_question_never_a_guess_and_the_words_are_kept(story: Story) -> None:
    one, *_ = first_steps(story)
    story.says(AVERY, "start")
    shown = story.says(AVERY, "quite good")
    assert isinstance(shown, Ask)
    assert shown.problem
    assert "which do you mean" in shown.problem.sentence
    assert not story.audit(ref(story)).answer(one).value("grade")
    (kept,) = story.audit(ref(story)).kept
    assert kept.words == "quite good"
    assert "good" in kept.options
    story.presses(AVERY, "use", audit=ref(story), step=one, version=0, kept=kept.id, choice="good")
    assert story.audit(ref(story)).answer(one).text("grade") == "good"
    assert not story.audit(ref(story)).kept


def test_a_grade_that_is_not_on_the_scale_gets_its_own_sentence_and_changes_nothing(story: Story) -> None:
    one, *_ = first_steps(story)
    story.says(AVERY, "start")
    shown = story.says(AVERY, "banana")
    assert isinstance(shown, Ask)
    assert shown.problem
    assert "banana" in shown.problem.sentence
    assert "Requires improvement" in shown.problem.sentence
    assert one not in story.audit(ref(story)).answers
    assert [kept.words for kept in story.audit(ref(story)).kept] == ["banana"]


def test_a_long_text_where_a_grade_was_asked_is_a_comment_and_the_grade_is_asked_again(story: Story) -> None:
    one, *_ = first_steps(story)
    story.says(AVERY, "start")
    words = "The assessment was finished in time and the family say that they were listened to throughout."
    shown = story.says(AVERY, words)
    assert isinstance(shown, Ask)
    assert story.audit(ref(story)).answer(one).text("comment") == words
    assert not story.audit(ref(story)).answer(one).value("grade")


def test_d03_an_empty_comment_keeps_the_grade_and_blocks_only_handing_in(story: Story) -> None:
    one, two, _ = first_steps(story)
    shown = story.saves(AVERY, ref(story), one, grade="good", comment="")
    assert isinstance(shown, Ask)
    assert shown.step.id == one
    assert shown.problem
    assert shown.problem.field == "comment"
    assert story.audit(ref(story)).answer(one).text("grade") == "good"
    assert step_shown(story.presses(AVERY, "skip", audit=ref(story), step=one, version=1)) == two
    story.fills_in(ref(story), but=(one,))
    refused = story.presses(AVERY, "submit", audit=ref(story))
    assert isinstance(refused, Review)
    assert refused.problem
    assert "no comment" in refused.problem.sentence
    assert story.audit(ref(story)).stage is Stage.SCORING


def test_pressing_save_twice_gives_one_record(story: Story) -> None:
    one, *_ = first_steps(story)
    for _ in range(3):
        story.saves(AVERY, ref(story), one, version=0, grade="good", comment="Same words.")
    assert story.audit(ref(story)).answer(one).version == 1
    assert not story.audit(ref(story)).kept


def test_a_stale_card_overwrites_nothing_and_loses_no_typed_word(story: Story) -> None:
    one, *_ = first_steps(story)
    story.saves(AVERY, ref(story), one, grade="good", comment="Written on the laptop.")
    shown = story.saves(
        AVERY, ref(story), one, version=0, grade="requires_improvement", comment="Written on the phone."
    )
    assert isinstance(shown, Ask)
    assert shown.problem
    answer = story.audit(ref(story)).answer(one)
    assert (answer.text("grade"), answer.text("comment")) == ("good", "Written on the laptop.")
    kept = {one.field: one.words for one in story.audit(ref(story)).kept}
    assert kept == {"grade": "Requires improvement", "comment": "Written on the phone."}


def test_a_stale_card_that_says_a_child_is_not_safe_is_asked_about_all_the_same(story: Story) -> None:
    story.saves(AVERY, ref(story), "safe", safe="yes")
    story.saves(AVERY, ref(story), "safe", version=0, safe="no")
    assert story.audit(ref(story)).answer("safe").text("safe") == "yes"
    assert story.concerns(ref(story))[0]["state"] == "unconfirmed"
    (kept,) = story.audit(ref(story)).kept
    story.presses(AVERY, "dismiss", audit=ref(story), step="safe", version=1, kept=kept.id)
    assert story.concerns(ref(story))[0]["state"] == "withdrawn"


def test_d21_not_relevant_is_asked_once_more_and_then_left_out(story: Story) -> None:
    one, two, _ = first_steps(story)
    story.says(AVERY, "start")
    asked = story.says(AVERY, "not relevant")
    assert isinstance(asked, Ask)
    assert asked.confirm_not_relevant
    assert not story.audit(ref(story)).answer(one).not_relevant
    assert step_shown(story.says(AVERY, "yes")) == two
    assert story.audit(ref(story)).answer(one).not_relevant


def test_d22_reset_empties_one_step_only_and_undo_brings_it_back(story: Story) -> None:
    one, two, _ = first_steps(story)
    story.saves(AVERY, ref(story), one, grade="good", comment="First.")
    story.saves(AVERY, ref(story), two, grade="good", comment="Second.")
    before = story.audit(ref(story)).answer(two)
    story.presses(AVERY, "reset", audit=ref(story), step=one, version=1)
    assert not story.audit(ref(story)).answer(one).values
    assert story.audit(ref(story)).answer(two) == before
    story.presses(AVERY, "undo", audit=ref(story), step=one, version=2)
    restored = story.audit(ref(story)).answer(one)
    assert (restored.text("grade"), restored.text("comment")) == ("good", "First.")


def test_undo_goes_further_back_each_time_and_then_says_there_is_nothing(story: Story) -> None:
    one, *_ = first_steps(story)
    story.saves(AVERY, ref(story), one, grade="good", comment="First.")
    story.saves(AVERY, ref(story), one, grade="inadequate", comment="Second.")
    story.says(AVERY, f"{ref(story)} resume")
    story.presses(AVERY, "open", audit=ref(story), to=one)
    story.says(AVERY, "undo")
    assert story.audit(ref(story)).answer(one).text("comment") == "First."
    story.says(AVERY, "undo")
    assert not story.audit(ref(story)).answer(one).values
    shown = story.says(AVERY, "undo")
    assert isinstance(shown, Ask)
    assert shown.problem
    assert "nothing to undo" in shown.problem.sentence


def test_g05_handing_in_freezes_a_version_and_later_words_are_kept_not_written(story: Story) -> None:
    one, *_ = first_steps(story)
    story.fills_in(ref(story))
    assert isinstance(story.presses(AVERY, "submit", audit=ref(story)), HandedIn)
    assert story.audit(ref(story)).stage is Stage.SUBMITTED
    stood = story.audit(ref(story)).answer(one)
    story.saves(AVERY, ref(story), one, grade="inadequate", comment="On reflection.")
    assert story.audit(ref(story)).answer(one) == stood
    assert {kept.words for kept in story.audit(ref(story)).kept} == {"Inadequate", "On reflection."}


def test_handing_in_is_news_for_the_qa_lead_and_they_can_open_it_again(story: Story) -> None:
    story.fills_in(ref(story))
    story.presses(AVERY, "submit", audit=ref(story))
    (news,) = story.told("pat.specimen@telford.example", "news")
    assert news.channel == "mail"
    audit = story.audit(ref(story))
    with story.store.open() as ledger:
        answers.reopen(ledger, audit, "The comment on visits belongs elsewhere.", story.now)
    story.saves(AVERY, ref(story), "family", grade="good", comment="Put right.")
    assert story.audit(ref(story)).answer("family").text("comment") == "Put right."
    assert isinstance(story.presses(AVERY, "submit", audit=ref(story)), HandedIn)
    with story.store.open() as ledger:
        assert len(ledger.audits.submissions(audit.id)) == 2, "both versions are kept"


def test_an_open_audit_cannot_be_opened_again_and_a_handed_in_one_only_with_a_reason(story: Story) -> None:
    audit = story.audit(ref(story))
    with pytest.raises(NotHandedIn), story.store.open() as ledger:
        answers.reopen(ledger, audit, "why", story.now)
    story.fills_in(ref(story))
    story.presses(AVERY, "submit", audit=ref(story))
    audit = story.audit(ref(story))
    with pytest.raises(ReasonNeeded), story.store.open() as ledger:
        answers.reopen(ledger, audit, "  ", story.now)


def test_e01_the_tool_goes_with_the_childs_status(story: Story) -> None:
    with pytest.raises(WrongTool, match="4021 is CP, and tw-lac-cl is for LAC, CL"):
        story.allocate("4021", AVERY, "tw-lac-cl")


def test_b17_nobody_audits_their_own_case_or_team(story: Story) -> None:
    for email in ("robin.example@telford.example", "morgan.example@telford.example"):
        with pytest.raises(OwnCase):
            story.allocate("4021", email, "tw-cp-cin")


def test_b10_a_date_is_needed_where_the_council_sets_no_length_and_it_cannot_have_passed(story: Story) -> None:
    with pytest.raises(NoDueDate):
        story.allocate("4021", AVERY, "tw-cp-cin", due=None)
    with pytest.raises(WrongDueDate):
        story.allocate("4021", AVERY, "tw-cp-cin", due=date(2026, 11, 1))


def test_c03_auditing_alone_needs_a_reason(story: Story) -> None:
    story.fills_in(ref(story), meeting={"met": "no", "why_not": ""})
    refused = story.presses(AVERY, "submit", audit=ref(story))
    assert isinstance(refused, Review)
    assert [gap.field.id for gap in refused.gaps if gap.field] == ["why_not"]


def test_d17_a_worker_who_disagrees_is_asked_why_and_d11_learning_is_needed(story: Story) -> None:
    story.fills_in(ref(story), but=("learning",), worker_view={"view": "disagree"})
    review = story.says(AVERY, f"{ref(story)} review")
    assert isinstance(review, Review)
    assert {(gap.step.id, gap.field.id) for gap in review.gaps if gap.field} == {
        ("worker_view", "reason"),
        ("learning", "learning"),
    }


def test_g11_an_action_needs_what_who_and_by_when(story: Story) -> None:
    story.fills_in(ref(story), actions={"needed": "some", "what_1": "Visit within a week"})
    review = story.says(AVERY, f"{ref(story)} review")
    assert isinstance(review, Review)
    assert {gap.field.id for gap in review.gaps if gap.field} == {"who_1", "by_1"}
    story.saves(AVERY, ref(story), "actions", needed="some", what_1="Visit", who_1="Robin", by_1="4/12/2026")
    assert story.audit(ref(story)).answer("actions").text("by_1") == "2026-12-04"


def test_d16_overall_is_the_auditors_judgement_and_a_difference_is_asked_about_not_blocked(story: Story) -> None:
    story.fills_in(ref(story), but=("overall",))
    shown = story.saves(AVERY, ref(story), "overall", grade="requires_improvement")
    assert isinstance(shown, Review), "nothing is missing"
    assert isinstance(story.presses(AVERY, "submit", audit=ref(story)), HandedIn)


def test_l02_another_persons_audit_reads_like_one_that_does_not_exist(story: Story) -> None:
    other = "jo.specimen@telford.example"
    one, *_ = first_steps(story)
    refused = story.presses(other, "save", audit=ref(story), step=one, version=0, **{"in.grade": "good"})
    missing = story.presses(other, "save", audit="TW-9999", step=one, version=0, **{"in.grade": "good"})
    assert isinstance(refused, Say)
    assert isinstance(missing, Say)
    assert refused.sentence.replace(ref(story), "X") == missing.sentence.replace("TW-9999", "X")
    assert story.audit(ref(story)).answers.keys() == set(DONE)


def test_what_a_stranger_to_the_audit_typed_is_kept_for_the_qa_team(story: Story) -> None:
    other = story.person("jo.specimen@telford.example")
    story.presses(other.email, "save", audit=ref(story), step="family", version=0, **{"in.comment": "My words."})
    story.says(other.email, "TW-9999 is what I mean")
    with story.store.open() as ledger:
        kept = ledger.audits.unplaced_words()
    assert [(one.person_id, one.words) for one in kept] == [
        (other.id, "My words."),
        (other.id, "TW-9999 is what I mean"),
    ]
    story.nobody_else_is_told()
    story.says(other.email, "TW-9999 the child is not safe")
    assert story.told("pat.specimen@telford.example", "alarm"), "words that sound alarming hurry the QA lead"


def test_a_press_cannot_invent_steps_or_choices(story: Story) -> None:
    one, *_ = first_steps(story)
    story.saves(AVERY, ref(story), one, grade="excellent", comment="Words.", nonsense="x")
    assert story.audit(ref(story)).answer(one).values == {"comment": "Words."}
    story.presses(AVERY, "save", audit=ref(story), step="nowhere", version="x")
    assert story.audit(ref(story)).answers.keys() == {*DONE, one}


def test_l03_every_answer_is_in_the_trail_with_its_history(story: Story) -> None:
    one, *_ = first_steps(story)
    story.saves(AVERY, ref(story), one, grade="good", comment="First.")
    story.saves(AVERY, ref(story), one, grade="inadequate", comment="Second.")
    with story.store.open() as ledger:
        events = [event for event in ledger.trail.events("audit/1") if event.what == "answered"][len(DONE) :]
    assert [dict(event.content or {})["values"] for event in events] == [
        {"grade": "good", "comment": "First."},
        {"grade": "inadequate", "comment": "Second."},
    ]
    assert story.trail_holds(ref(story))


def test_typed_words_find_the_open_choice_that_they_name(story: Story) -> None:
    """An area with a yes-or-no question before its grade: "RI" is the grade all the same."""
    story.presses(AVERY, "open", audit=ref(story), to="reviews")
    story.says(AVERY, "RI")
    assert story.audit(ref(story)).answer("reviews").values == {"grade": "requires_improvement"}
    story.says(AVERY, "yes")
    assert story.audit(ref(story)).answer("reviews").text("check_meetings_in_time") == "yes"


def test_a_grade_then_a_comment_works_where_a_yes_or_no_question_is_still_open(story: Story) -> None:
    story.presses(AVERY, "open", audit=ref(story), to="reviews")
    story.says(AVERY, "good")
    story.says(AVERY, "Seen alone often.")
    assert story.audit(ref(story)).answer("reviews").values == {"grade": "good", "comment": "Seen alone often."}
    again = story.says(AVERY, "good")
    assert isinstance(again, Ask)
    assert again.problem
    assert "graded Good already" in again.problem.sentence
    assert not story.audit(ref(story)).kept


def test_words_before_start_are_kept_and_the_first_part_is_asked(store: Store) -> None:
    fresh = Story(store)
    fresh.opens_chat(AVERY)
    reference = fresh.allocate("4021", AVERY, "tw-cp-cin")
    shown = fresh.says(AVERY, "the plan was shared late")
    assert isinstance(shown, Ask)
    assert shown.problem
    assert "I have kept what you just said" in shown.problem.sentence
    assert [kept.words for kept in fresh.audit(reference).kept] == ["the plan was shared late"]


def test_an_empty_message_is_no_answer(story: Story) -> None:
    story.presses(AVERY, "open", audit=ref(story), to="family")
    assert isinstance(story.says(AVERY, "   "), AuditList)
    assert not story.audit(ref(story)).kept


def test_two_presses_at_once_leave_one_answer_and_one_kept_for_the_auditor(story: Story) -> None:
    """The second transaction started from the same version: the store says so, and the door does it again."""
    one, *_ = first_steps(story)
    audit = story.audit(ref(story))
    with story.store.open() as ledger:
        answers.record(ledger, audit, one, {"grade": "good"}, story.now, "teams", 0)
    story.saves(AVERY, ref(story), one, version=0, grade="inadequate", comment="")
    assert story.audit(ref(story)).answer(one).text("grade") == "good"
    assert [kept.words for kept in story.audit(ref(story)).kept] == ["Inadequate"]
