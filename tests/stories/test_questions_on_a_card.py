"""D02, G02, G03: what a returned tool leaves unclear is asked on a card too, and answered there."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from audit.answers import Value
from audit.process import Stage
from desk import submissions
from dialogs.screens import Ask, HandedIn, Paused, Questions, Review, Say, Screen
from documents.returned_tool import FieldRead
from storage.ledger import Store
from tests.stories.story import Story

AVERY = "avery.sample@telford.example"
MORGAN = "morgan.example@telford.example"


@pytest.fixture
def story(store: Store) -> Story:
    made = Story(store)
    made.opens_chat(AVERY)
    made.reference = made.allocate("4021", AVERY, "tw-cp-cin")  # type: ignore[attr-defined]
    made.presses(AVERY, "start", audit=ref(made))
    made.forget()
    return made


def ref(story: Story) -> str:
    return str(story.reference)  # type: ignore[attr-defined]


def read(step: str, field: str, value: Value | None, words: str = "", options: tuple[str, ...] = ()) -> FieldRead:
    state = "unsure" if options or value is None else "read"
    doubt = "Two grades are marked." if options else ""
    return FieldRead(step, field, words or str(value), value, options, "heading", state, doubt=doubt)


def comes_back(story: Story, *reads: FieldRead, file: str = "first") -> submissions.Filed:
    """The tool comes back by mail."""
    with story.store.open() as ledger:
        audit = ledger.audits.by_reference(ref(story), lock=True)
        assert audit
        filed = submissions.file(ledger, audit, reads, None, file, story.now)
    story.deliver()
    return filed


def unclear(step: str, options: tuple[str, ...] = ("good", "requires_improvement")) -> FieldRead:
    return read(step, "grade", None, "Good / RI", options)


def card_now(story: Story) -> Screen:
    """What the live card shows by now, without a word from the auditor."""
    notice = story.told(AVERY, "refresh", "teams")[-1]
    from audit.notices import LiveFacts
    from dialogs.scoring import screen_of

    assert isinstance(notice.facts, LiveFacts)
    return screen_of(notice.facts)


def asked(screen: Screen) -> Questions:
    assert isinstance(screen, Questions), screen
    return screen


def press(story: Story, screen: Questions, verb: str = "answer", **given: str) -> Screen:
    """A press on the card, with the data that its buttons carry; `q0` is the answer to the first question."""
    answers = {f"q.{key[1:].replace('_', '.')}": value for key, value in given.items()}
    bound: Sequence[object] = [one.plain() for one in screen.asked]
    return story.presses(AVERY, verb, audit=ref(story), step="", version=0, asked=bound, **answers)


def grade(story: Story, step: str) -> str:
    return story.audit(ref(story)).answer(step).text("grade")


def test_g02_the_live_card_asks_what_the_tool_left_unclear(story: Story) -> None:
    comes_back(story, unclear("planning"), unclear("voice"))
    screen = asked(card_now(story))
    assert [one.step for one in screen.asked] == ["planning", "voice"]
    assert "Two grades are marked." in screen.asked[0].asks


def test_d02_answers_on_the_card_are_recorded_and_what_is_left_is_asked_again(story: Story) -> None:
    comes_back(story, unclear("planning"), unclear("voice"))
    screen = asked(card_now(story))
    left = asked(press(story, screen, q0="requires_improvement"))
    assert grade(story, "planning") == "requires_improvement"
    assert [one.step for one in left.asked] == ["voice"]
    assert isinstance(press(story, left, q0="good"), Ask)
    assert grade(story, "voice") == "good"
    assert not story.audit(ref(story)).kept


def test_an_old_card_answers_its_own_questions_and_no_others(story: Story) -> None:
    comes_back(story, unclear("planning"), unclear("voice"))
    old = asked(card_now(story))
    press(story, old, q0="good")
    press(story, old, q1="requires_improvement")
    assert (grade(story, "planning"), grade(story, "voice")) == ("good", "requires_improvement")


def test_what_was_answered_elsewhere_meanwhile_is_not_overwritten(story: Story) -> None:
    comes_back(story, unclear("planning"))
    old = asked(card_now(story))
    story.saves(AVERY, ref(story), "planning", grade="good", comment="Clear.")
    shown = asked(press(story, old, q0="requires_improvement"))
    assert grade(story, "planning") == "good"
    assert any("nothing was overwritten" in said for said in shown.said)


def test_pressing_twice_records_once(story: Story) -> None:
    comes_back(story, unclear("planning"))
    screen = asked(card_now(story))
    press(story, screen, q0="good")
    again = press(story, screen, q0="good")
    assert grade(story, "planning") == "good"
    assert isinstance(again, Ask)
    assert not story.audit(ref(story)).kept


@pytest.mark.parametrize("verb", ["pause", "review", "concern"])
def test_d23_whatever_button_is_pressed_the_answers_on_the_card_are_kept(story: Story, verb: str) -> None:
    comes_back(story, unclear("planning"), unclear("voice"))
    press(story, asked(card_now(story)), verb, q0="good")
    assert grade(story, "planning") == "good"


def test_f02_an_inadequate_answer_on_the_card_raises_what_the_section_would(story: Story) -> None:
    comes_back(story, unclear("overall", ("requires_improvement", "inadequate")))
    before = [one["state"] for one in story.concerns(ref(story))]
    assert before == ["unconfirmed"], "the serious possibility counts until it is settled"
    press(story, asked(card_now(story)), q0="inadequate")
    assert [one["state"] for one in story.concerns(ref(story))] == ["unconfirmed"]
    assert grade(story, "overall") == "inadequate"
    story.presses(AVERY, "confirm", audit=ref(story), step="overall", version=1)
    assert [one["state"] for one in story.concerns(ref(story))] == ["open"]
    story.forget()


def test_f02_a_calm_answer_on_the_card_takes_the_possibility_back(story: Story) -> None:
    comes_back(story, unclear("overall", ("requires_improvement", "inadequate")))
    press(story, asked(card_now(story)), q0="requires_improvement")
    assert [one["state"] for one in story.concerns(ref(story))] == ["withdrawn"]
    story.forget()


def test_g03_a_later_tool_is_settled_with_one_press(story: Story) -> None:
    comes_back(story, read("planning", "grade", "good"), read("voice", "grade", "good"))
    comes_back(
        story,
        read("planning", "grade", "requires_improvement"),
        read("voice", "grade", "requires_improvement"),
        file="second",
    )
    screen = asked(card_now(story))
    whole = screen.asked[0]
    assert {place.step for place in whole.places} == {"planning", "voice"}
    press(story, screen, q0="later")
    assert (grade(story, "planning"), grade(story, "voice")) == ("requires_improvement", "requires_improvement")
    assert not story.audit(ref(story)).kept


def test_words_that_were_read_in_doubt_are_used_or_written_anew(story: Story) -> None:
    doubtful = read("planning", "comment", "The plan is clear.", "The plan is clear.")
    doubtful = FieldRead(
        "planning", "comment", doubtful.words, doubtful.value, (), "scan", "unsure", "", "From a picture."
    )
    comes_back(story, doubtful)
    press(story, asked(card_now(story)), q0="yes")
    assert story.audit(ref(story)).answer("planning").text("comment") == "The plan is clear."


def test_words_typed_at_the_card_are_kept_and_taken_for_no_answer(story: Story) -> None:
    comes_back(story, unclear("planning"))
    card_now(story)
    shown = asked(story.says(AVERY, "Good"))
    assert grade(story, "planning") == ""
    assert shown.said
    assert any(one.words == "Good" for one in story.audit(ref(story)).kept)


def test_a_tool_that_comes_by_mail_does_not_turn_typed_words_to_its_audit(story: Story) -> None:
    """The auditor is at work on another audit in the chat when the tool of the first one arrives."""
    story.wait(minutes=5)
    other = story.allocate("4022", AVERY, "tw-cp-cin")
    story.presses(AVERY, "start", audit=other)
    story.wait(minutes=5)
    comes_back(story, unclear("planning"))
    story.says(AVERY, "Good")
    assert [answer.text("grade") for answer in story.audit(other).answers.values()] == ["good"]
    assert grade(story, "planning") == ""
    story.forget()


def test_a_card_that_was_tampered_with_answers_nothing(story: Story) -> None:
    comes_back(story, unclear("planning"))
    for bound in ("planning", [{"key": "x"}], [{"key": "k", "step": "none", "field": "grade"}], [None], [["a"]]):
        story.presses(AVERY, "answer", audit=ref(story), step="", version=0, asked=bound, **{"q.0": "good"})
    assert grade(story, "planning") == ""


def test_a_card_never_settles_the_words_of_another_question(story: Story) -> None:
    comes_back(story, unclear("planning"), unclear("overall", ("requires_improvement", "inadequate")))
    first, second = (one.plain() for one in asked(card_now(story)).asked)
    bound = [{**first, "kept": second["kept"]}]
    story.presses(AVERY, "answer", audit=ref(story), step="", version=0, asked=bound, **{"q.0": "earlier"})
    assert [kept.step for kept in story.audit(ref(story)).kept] == ["planning", "overall"]
    story.forget()


def test_nobody_else_answers_the_auditors_questions(story: Story) -> None:
    comes_back(story, unclear("planning"))
    screen = asked(card_now(story))
    story.opens_chat(MORGAN)
    bound = [one.plain() for one in screen.asked]
    said = story.presses(MORGAN, "answer", audit=ref(story), step="", version=0, asked=bound, **{"q.0": "good"})
    assert isinstance(said, Say)
    assert grade(story, "planning") == ""
    story.forget()


def test_the_list_of_sections_leads_to_the_questions(story: Story) -> None:
    comes_back(story, unclear("planning"))
    assert isinstance(story.presses(AVERY, "review", audit=ref(story)), Review)
    asked(story.presses(AVERY, "questions", audit=ref(story)))
    assert isinstance(story.says(AVERY, "pause"), Paused)


def test_the_last_answer_leads_on_and_the_audit_is_handed_in_by_hand(story: Story) -> None:
    comes_back(story, unclear("planning"))
    story.fills_in(ref(story), but=("planning",))
    story.presses(AVERY, "questions", audit=ref(story))
    screen = asked(story.presses(AVERY, "questions", audit=ref(story)))
    press(story, screen, q0="good")
    story.saves(AVERY, ref(story), "planning", comment="Clear.", check_current_plan="yes")
    assert isinstance(story.presses(AVERY, "submit", audit=ref(story)), HandedIn)
    assert story.audit(ref(story)).stage is Stage.SUBMITTED
    story.forget()
