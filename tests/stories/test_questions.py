"""G03, D02: what a returned tool leaves open is asked by mail and in Teams; whichever comes first, nothing is lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest

from audit.escalation import ConcernState
from audit.process import Stage
from audit.understanding import LETTERS
from desk import answers, councils, questions, replying, submissions
from desk.questions import Question
from desk.replying import Outcome
from documents.returned_tool import FieldRead
from mail import answering
from mail.answering import Replied
from storage.ledger import Store
from tests.stories.story import Story

AVERY = "avery.sample@telford.example"
GRADES = ("exceeds_good", "good", "requires_improvement", "inadequate")


@dataclass
class Post:
    """The post as the desk sees it: tools are filed, receipts remember what they asked, replies are taken."""

    story: Story
    reference: str

    def returns(self, *reads: FieldRead, file: str) -> list[dict[str, object]]:
        """A tool comes back; what its receipt asked, as the notice remembers it."""
        with self.story.store.open() as ledger:
            audit = ledger.audits.by_reference(self.reference, lock=True)
            assert audit
            filed = submissions.file(ledger, audit, reads, None, file, self.story.now)
            return [one.plain() for one in filed.asked.numbered]

    def reply(self, asked: list[dict[str, object]], words: str) -> Replied:
        with self.story.store.open() as ledger:
            audit = ledger.audits.by_reference(self.reference, lock=True)
            assert audit
            replied = answering.take(ledger, audit, asked, words, self.story.now)
            submissions.hand_in(ledger, replied.audit, self.story.now)
        self.story.deliver()
        return replied

    def open(self) -> tuple[Question, ...]:
        audit = self.story.audit(self.reference)
        with self.story.store.open() as ledger:
            return questions.open_questions(ledger, audit)

    def grade(self, step: str) -> str:
        return self.story.audit(self.reference).answer(step).text("grade")

    def states(self) -> list[object]:
        return [one["state"] for one in self.story.concerns(self.reference)]


@pytest.fixture
def post(store: Store) -> Post:
    """An audit of which all is answered in Teams but planning and overall."""
    story = Story(store)
    story.opens_chat(AVERY)
    reference = story.allocate("4021", AVERY, "tw-cp-cin")
    story.says(AVERY, "start")
    story.fills_in(reference, but=("planning", "overall"))
    story.forget()
    return Post(story, reference)


def read(step: str, value: str, field: str = "grade") -> FieldRead:
    return FieldRead(step, field, value, value, (), "control", "read")


def unsure(step: str, *options: str, words: str = "between two") -> FieldRead:
    return FieldRead(step, "grade", words, None, options, "control", "unsure", doubt="Two grades are marked.")


REST = (
    read("planning", "yes", "check_current_plan"),
    read("planning", "What we saw in the plan, and what it led to.", "comment"),
    read("overall", "good"),
)


def test_g02_what_is_open_is_answered_by_mail_and_the_audit_goes_on(post: Post) -> None:
    asked = post.returns(unsure("planning", "good", "inadequate"), *REST, file="first")
    assert [one["key"] for one in asked] == [post.open()[0].key]
    replied = post.reply(asked, "1 good")
    assert replied.taken == ["1. Planning: Good."]
    assert post.grade("planning") == "good"
    assert post.story.audit(post.reference).stage is Stage.SUBMITTED


def test_d02_the_question_says_why_it_is_asked_and_what_can_be_answered(post: Post) -> None:
    post.returns(unsure("planning", "good", "inadequate"), *REST, file="first")
    (question,) = post.open()
    assert question.asks == "Planning: Two grades are marked. Which do you mean?", "a card shows the choices itself"
    assert question.written == "Planning: Two grades are marked. Which do you mean: Good or Inadequate?"
    assert [choice.id for choice in question.choices] == ["good", "inadequate"]


def test_g03_teams_answers_first_and_the_mail_overwrites_nothing(post: Post) -> None:
    asked = post.returns(unsure("planning", "good", "requires_improvement"), *REST[:2], file="first")
    post.story.saves(AVERY, post.reference, "planning", grade="good")
    replied = post.reply(asked, "1 RI")
    assert post.grade("planning") == "good"
    assert replied.taken == [
        "1. Planning was answered in Teams meanwhile, and nothing was overwritten: Good stands. I ask you which stands."
    ]
    which = next(one for one in post.open() if one.step == "planning")
    assert which.asks == "Planning: Good stands in Teams, your mail says Requires improvement. Which stands?"
    post.reply([which.plain()], "later")
    assert post.grade("planning") == "requires_improvement"


def test_g03_teams_said_the_same_and_nothing_is_asked(post: Post) -> None:
    asked = post.returns(unsure("planning", "good", "requires_improvement"), *REST[:2], file="first")
    post.story.saves(AVERY, post.reference, "planning", grade="good")
    before = post.story.audit(post.reference).answer("planning").version
    replied = post.reply(asked, "1 good")
    assert "Good stands." in replied.taken[0]
    after = post.story.audit(post.reference)
    assert after.answer("planning").version == before
    assert not after.kept


def test_g03_what_was_empty_and_is_filled_in_teams_meanwhile_stays(post: Post) -> None:
    asked = post.returns(*REST[:2], file="first")  # both grades are missing
    assert [one["key"] for one in asked] == ["empty/planning.grade", "empty/overall.grade"]
    post.story.saves(AVERY, post.reference, "planning", grade="good")
    post.reply(asked, "1 RI, 2 good")
    assert post.grade("planning") == "good"
    assert post.grade("overall") == "good"
    assert post.story.audit(post.reference).stage is Stage.SCORING, "which of the two stands is still asked"


def test_f02_a_mail_that_says_inadequate_counts_although_teams_answered_first(post: Post) -> None:
    asked = post.returns(*REST[:2], file="first")
    post.story.saves(AVERY, post.reference, "overall", grade="good")
    assert post.states() == []
    post.reply(asked, "2 inadequate")
    assert post.grade("overall") == "good"
    assert post.states() == [ConcernState.UNCONFIRMED.value]
    post.story.wait(minutes=11)
    assert post.states() == [ConcernState.OPEN.value]


def test_f02_overall_inadequate_by_number_is_what_the_card_would_raise(post: Post) -> None:
    asked = post.returns(*REST[:2], file="first")
    post.reply(asked, "2 inadequate")
    by_mail = post.story.concerns(post.reference)[0]
    other = post.story.allocate("4022", AVERY, "tw-cp-cin")
    post.story.fills_in(other, only=("overall",), overall={"grade": "inadequate"})
    by_card = post.story.concerns(other)[0]
    same = ("limb", "state", "confirmed", "round", "told")
    assert {key: by_mail[key] for key in same} == {key: by_card[key] for key in same}


def test_d23_a_card_drawn_before_the_mail_overwrites_nothing(post: Post) -> None:
    asked = post.returns(unsure("planning", "good", "requires_improvement"), *REST[:2], file="first")
    drawn = post.story.audit(post.reference).answer("planning").version
    post.reply(asked, "1 good")
    post.story.saves(AVERY, post.reference, "planning", version=drawn, grade="requires_improvement")
    assert post.grade("planning") == "good"
    assert [kept.why for kept in post.story.audit(post.reference).kept] == ["stale"]
    post.reply([one.plain() for one in post.open() if one.step == "planning"], "1 earlier")
    assert not post.story.audit(post.reference).kept


def test_g03_the_same_reply_twice_changes_nothing(post: Post) -> None:
    asked = post.returns(*REST[:2], file="first")
    post.reply(asked, "1 good\n2 inadequate")
    once = post.story.audit(post.reference)
    post.reply(asked, "1 good\n2 inadequate")
    twice = post.story.audit(post.reference)
    assert twice.answers == once.answers
    assert not twice.kept
    assert len(post.story.concerns(post.reference)) == 1


def test_a_crash_before_the_end_leaves_nothing_half_done(post: Post) -> None:
    asked = post.returns(*REST[:2], file="first")

    def takes_and_fails() -> None:
        with post.story.store.open() as ledger:
            audit = ledger.audits.by_reference(post.reference, lock=True)
            assert audit
            answering.take(ledger, audit, asked, "1 good, 2 inadequate", post.story.now)
            raise RuntimeError("the power went")

    with pytest.raises(RuntimeError):
        takes_and_fails()
    assert post.grade("planning") == ""
    assert post.states() == []
    post.reply(asked, "1 good, 2 inadequate")
    assert post.grade("planning") == "good"
    assert post.states() == [ConcernState.UNCONFIRMED.value]
    assert post.story.trail_holds(post.reference)


def test_g05_an_answer_after_handing_in_is_kept_for_the_qa_team(post: Post) -> None:
    asked = post.returns(unsure("planning", "good", "requires_improvement"), *REST, file="first")
    post.reply(asked, "1 good")
    replied = post.reply(asked, "1 RI")
    assert post.grade("planning") == "good"
    assert "was handed in" in replied.late
    assert [kept.why for kept in post.story.audit(post.reference).kept] == ["late"]


def test_f02_inadequate_after_handing_in_still_tells_people(post: Post) -> None:
    asked = post.returns(*REST[:2], file="first")
    post.reply(asked, "1 good, 2 good")
    assert post.story.audit(post.reference).stage is Stage.SUBMITTED
    replied = post.reply(asked, "2 inadequate")
    assert replied.late
    assert post.states() == [ConcernState.UNCONFIRMED.value]


# a later tool (G03)


def test_g03_a_later_tool_is_compared_with_what_stands_in_teams(post: Post) -> None:
    asked = post.returns(
        *REST, read("planning", "good"), read("risk", "requires_improvement"), read("voice", "inadequate"), file="first"
    )
    first, *parts = post.open()
    assert first.key == "version/first"
    assert "differs in 2 places from what stands in Teams." in first.asks
    assert [(place.name, place.stands, place.later) for place in first.places] == [
        ("Voice of the child", "Good", "Inadequate"),
        ("Risk and protection", "Good", "Requires improvement"),
    ]
    assert [part.part_of for part in parts] == [first.key, first.key]
    assert [one["key"] for one in asked] == [first.key, *(part.key for part in parts)]


@pytest.mark.parametrize(("choice", "grade"), [("later", "requires_improvement"), ("earlier", "good")])
def test_g03_one_choice_settles_all_places_by_either_door(post: Post, choice: str, grade: str) -> None:
    post.returns(read("risk", "requires_improvement"), read("visits", "requires_improvement"), file="second")
    with post.story.store.open() as ledger:
        audit = ledger.audits.by_reference(post.reference, lock=True)
        assert audit
        question = questions.find(ledger, audit, "version/second")
        assert question
        done = replying.answer(ledger, audit, question, "", post.story.now, "teams", choice)
    assert done.outcome is Outcome.TAKEN
    assert [post.grade("risk"), post.grade("visits")] == [grade, grade]
    assert not post.story.audit(post.reference).kept


def test_g03_a_place_that_was_changed_in_teams_since_is_not_overwritten_by_later(post: Post) -> None:
    asked = post.returns(read("risk", "requires_improvement"), read("visits", "requires_improvement"), file="second")
    post.story.saves(AVERY, post.reference, "risk", grade="exceeds_good")
    replied = post.reply(asked, "1 later")
    assert post.grade("visits") == "requires_improvement"
    assert post.grade("risk") == "exceeds_good"
    assert "The later tool stands in 1 place." in replied.taken[0]
    (left,) = [one for one in post.open() if one.step == "risk"]
    assert left.asks.startswith("Risk and protection: Exceeds good stands in Teams")


def test_g03_two_later_tools_are_asked_about_apart(post: Post) -> None:
    post.returns(read("risk", "requires_improvement"), read("visits", "requires_improvement"), file="second")
    post.story.now += timedelta(hours=1)
    post.returns(read("risk", "inadequate"), read("family", "inadequate"), file="third")
    keys = [one.key for one in post.open() if one.key.startswith("version/")]
    assert keys == ["version/second", "version/third"]


def test_g03_the_same_file_again_is_known(post: Post) -> None:
    post.returns(unsure("planning", "good", "inadequate"), file="first")
    before = post.story.audit(post.reference)
    post.returns(unsure("planning", "good", "inadequate"), file="first")
    after = post.story.audit(post.reference)
    assert (after.kept, after.answers) == (before.kept, before.answers)


def test_f02_a_later_tool_that_may_be_inadequate_counts_until_it_is_chosen(post: Post) -> None:
    post.story.saves(AVERY, post.reference, "overall", grade="good")
    asked = post.returns(read("overall", "inadequate"), read("risk", "requires_improvement"), file="second")
    assert post.states() == [ConcernState.UNCONFIRMED.value]
    post.reply(asked, "1 earlier")
    assert post.states() == [ConcernState.WITHDRAWN.value]


def test_d21_a_section_answered_and_marked_not_relevant_waits_for_a_word(post: Post) -> None:
    with post.story.store.open() as ledger:
        audit = ledger.audits.by_reference(post.reference, lock=True)
        assert audit
        submissions.file(ledger, audit, (), None, "first", post.story.now, not_relevant=("identity",))
    question = next(one for one in post.open() if one.step == "identity")
    assert [choice.label for choice in question.choices] == ["earlier", "not relevant"]
    post.reply([question.plain()], "1 not relevant")
    assert post.story.audit(post.reference).answer("identity").not_relevant
    assert not post.story.audit(post.reference).kept


# every question can be answered


def test_every_choice_of_every_tool_can_be_answered_by_its_own_words_and_letter(post: Post) -> None:
    """Whatever a council asks: the words of a choice, typed after its number, store that choice and no other."""
    with post.story.store.open() as ledger:
        audit = ledger.audits.by_reference(post.reference, lock=True)
        assert audit
        tool, tried = councils.tool_of(ledger, audit), 0
        for step in tool.steps:
            for one in step.fields:
                for place, choice in enumerate(one.choices):
                    empty = answers.reset(ledger, ledger.audits.audit(audit.id), step.id, post.story.now, "teams").audit
                    question = questions.find(ledger, empty, f"empty/{step.id}.{one.id}")
                    if question is None:
                        continue  # it is not required, so nobody is asked
                    words = f"{LETTERS[place]}" if question.lettered else choice.label.upper()
                    replied = answering.take(ledger, empty, [question.plain()], f"1. {words}", post.story.now)
                    assert replied.audit.answer(step.id).value(one.id) in (choice.id, (choice.id,)), words
                    tried += 1
    assert tried > 60
