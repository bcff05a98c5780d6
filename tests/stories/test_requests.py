"""Asking for an audit in Teams, deciding about it there and at the keyboard; what typed words tell (B03, B04)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from audit.notices import PlainFacts, RequestFacts
from bot import cli, wiring
from bot.cards import notice_activity, screen_card
from bot.cards.parts import BUDGET, ROOM, size
from dialogs.screens import Ask, ConcernForm, RequestCard, RequestForm, Say, Screen
from storage.ledger import Store
from storage.requests import Request, RequestState
from tests.stories.story import COUNCILS, Story

AVERY = "avery.sample@telford.example"
MORGAN = "morgan.example@telford.example"
ROBIN = "robin.example@telford.example"
PAT = "pat.specimen@telford.example"


@pytest.fixture
def story(store: Store) -> Story:
    made = Story(store)
    made.everyone_opens_chat()
    return made


def requests(story: Story) -> tuple[Request, ...]:
    with story.store.open() as ledger:
        return ledger.requests.everyone()


def asks(story: Story, **typed: str) -> Screen:
    return story.presses(ROBIN, "ask_audit", **{"case": "4021", "reason": "long_plan", "words": "", **typed})


def kept(story: Story) -> list[str]:
    with story.store.open() as ledger:
        return [one.words for one in ledger.audits.unplaced_words()]


def events(story: Story, reference: str, what: str) -> list[dict[str, Any]]:
    audit = story.audit(reference)
    with story.store.open() as ledger:
        found = [one for one in ledger.trail.events(f"audit/{audit.id}") if one.what == what]
    return [dict(one.content or {}) for one in found]


# asking


def test_b04_typing_request_brings_the_case_and_the_councils_reasons(story: Story) -> None:
    screen = story.says(ROBIN, "request")
    assert isinstance(screen, RequestForm)
    drawn = json.dumps(screen_card(screen))
    for reason in story.council.policy.asking.reasons:
        assert reason.label in drawn
    assert "Another reason (say why)" in drawn


def test_b03_what_is_asked_for_in_teams_reaches_whoever_decides_by_both_channels(story: Story) -> None:
    screen = asks(story)
    assert isinstance(screen, Say)
    assert "This is request 1: that case 4021 be audited" in screen.sentence
    told = story.told(PAT, "request")
    assert sorted(one.channel for one in told) == ["mail", "teams"]
    facts = told[0].facts
    assert isinstance(facts, RequestFacts)
    assert (facts.case_id, facts.known, facts.state) == ("4021", True, "open")
    story.nobody_else_is_told()


def test_b04_another_reason_needs_a_line(story: Story) -> None:
    screen = asks(story, reason="other")
    assert isinstance(screen, RequestForm)
    assert screen.problem is not None
    assert screen.problem.field == "words"
    assert requests(story) == ()
    asks(story, reason="other", words="Two agencies see it differently.")
    assert requests(story)[0].reason == "other"


def test_b04_a_reason_has_to_be_chosen(story: Story) -> None:
    screen = asks(story, reason="")
    assert isinstance(screen, RequestForm)
    assert screen.problem is not None
    assert screen.problem.field == "reason"


@pytest.mark.parametrize("name", ["Sam Fictional", "Sam 4021", "4021 Sam"])
def test_l01_a_name_is_never_taken_for_an_id_and_a_person_finds_out_whose(story: Story, name: str) -> None:
    screen = asks(story, case=name)
    assert isinstance(screen, RequestForm)
    assert "Sam" not in json.dumps(screen_card(screen))
    assert requests(story) == ()
    assert kept(story) == [name]


def test_b03_the_same_request_twice_is_one(story: Story) -> None:
    asks(story)
    again = asks(story, reason="outside_view")
    assert isinstance(again, Say)
    assert "nothing was added" in again.sentence
    assert len(requests(story)) == 1


def test_words_that_sound_alarming_hurry_a_person(story: Story) -> None:
    asks(story, words="The child is not safe.")
    assert story.told(PAT, "alarm")


def test_b03_a_request_in_one_line_fills_the_form(story: Story) -> None:
    screen = story.says(ROBIN, "request an audit of case 4021, fresh eyes please")
    assert isinstance(screen, RequestForm)
    words = "request an audit of case 4021, fresh eyes please"
    assert screen.typed == {"case": "4021", "reason": "outside_view", "words": words}
    assert requests(story) == ()


def test_b03_a_request_that_says_no_more_leaves_the_line_empty(story: Story) -> None:
    screen = story.says(ROBIN, "Request an audit of case 4021, please")
    assert isinstance(screen, RequestForm)
    assert screen.typed == {"case": "4021", "reason": "other", "words": ""}


def test_a_typed_request_that_sounds_alarming_hurries_a_person(story: Story) -> None:
    words = "Request an audit of case 4021: the child is being hit"
    screen = story.says(ROBIN, words)
    assert isinstance(screen, RequestForm)
    assert screen.typed["words"] == words
    assert kept(story) == [words]
    assert story.told(PAT, "alarm")


# deciding


def test_b03_accepted_on_the_card(story: Story) -> None:
    asks(story)
    story.forget()
    screen = story.presses(PAT, "request_accept", request=1)
    assert isinstance(screen, RequestCard)
    assert screen.facts.state == "accepted"
    assert "request_accept" not in json.dumps(screen_card(screen))
    told = story.told(ROBIN, "news")
    assert sorted(one.channel for one in told) == ["mail", "teams"]
    facts = told[0].facts
    assert isinstance(facts, PlainFacts)
    assert facts.title == "Your request 1: accepted"
    story.nobody_else_is_told()


def test_b03_declining_needs_a_reason_and_keeps_what_is_typed(story: Story) -> None:
    asks(story)
    screen = story.presses(PAT, "request_decline", request=1)
    assert isinstance(screen, RequestCard)
    assert screen.problem is not None
    assert screen.problem.field == "why"
    assert requests(story)[0].state is RequestState.OPEN
    story.presses(PAT, "request_decline", request=1, why="It was audited in May.")
    assert requests(story)[0].why == "It was audited in May."


def test_b03_while_nobody_decides_whoever_does_then_is_asked_again_each_week(story: Story) -> None:
    asks(story)
    for monday in ("30 Nov 09:00", "07 Dec 09:00"):
        story.forget()
        story.wait(days=6)
        story.nobody_else_is_told()
        story.wait(days=1)
        told = story.told(PAT, "request")
        assert {(one.channel, f"{one.now:%d %b %H:%M}") for one in told} == {("mail", monday), ("teams", monday)}
    story.presses(PAT, "request_decline", request=1, why="It was audited in May.")
    story.forget()
    story.wait(days=30)
    story.nobody_else_is_told()


def test_b03_later_until_a_day_and_asked_again_then(story: Story) -> None:
    asks(story)
    story.presses(PAT, "request_later", request=1, until="1 Dec 2026")
    story.forget()
    story.wait(days=7)
    assert not story.told(PAT, "request")
    story.wait(days=2)
    assert len(story.told(PAT, "request")) == 2
    story.presses(PAT, "request_accept", request=1)
    assert requests(story)[0].state is RequestState.ACCEPTED


def test_b03_whoever_asked_hears_of_each_decision_also_of_the_same_day_again(story: Story) -> None:
    asks(story)
    for day in ("1 Dec 2026", "8 Dec 2026", "1 Dec 2026"):
        story.forget()
        story.presses(PAT, "request_later", request=1, until=day)
        assert len(story.told(ROBIN, "news")) == 2, day
        story.wait(minutes=1)


def test_b03_decided_before_its_day_nobody_is_asked_again(story: Story) -> None:
    asks(story)
    story.presses(PAT, "request_later", request=1, until="2026-12-01")
    story.presses(PAT, "request_accept", request=1)
    story.forget()
    story.wait(days=20)
    story.nobody_else_is_told()


def test_b03_later_without_a_day_is_the_next_cycle(story: Story) -> None:
    asks(story)
    screen = story.presses(PAT, "request_later", request=1)
    assert "until the next cycle" in json.dumps(screen_card(screen))
    assert requests(story)[0].state is RequestState.LATER


@pytest.mark.parametrize("verb", ["request_accept", "request_words", "request_decline"])
def test_l02_nobody_else_decides_or_reads_what_was_written(story: Story, verb: str) -> None:
    asks(story, words="A line of Robin's.")
    screen = story.presses(MORGAN, verb, request=1, why="x")
    assert isinstance(screen, Say)
    assert "are decided by the Quality Assurance Manager" in screen.sentence
    assert requests(story)[0].state is RequestState.OPEN


def test_what_was_written_shows_only_when_asked_for(story: Story) -> None:
    asks(story, words="A line of Robin's.")
    facts = story.told(PAT, "request")[0].facts
    assert "A line of Robin's." not in repr(facts)
    screen = story.presses(PAT, "request_words", request=1)
    assert isinstance(screen, RequestCard)
    assert screen.words == ("A line of Robin's.",)


LONG = "Two agencies see it differently, and nobody has looked. " * 2000


def test_what_was_written_at_length_still_fits_a_card(story: Story) -> None:
    asks(story, words=LONG)
    screen = story.presses(PAT, "request_words", request=1)
    drawn = screen_card(screen)
    assert size(drawn) <= ROOM
    assert "auditbot events request/1 --json" in json.dumps(drawn)


def test_a_long_reason_is_whole_in_the_mail_and_short_in_the_chat(story: Story) -> None:
    asks(story)
    story.presses(PAT, "request_decline", request=1, why=LONG)
    for one in story.told(ROBIN, "news"):
        assert isinstance(one.facts, PlainFacts)
        assert LONG.strip() in one.facts.lines[-1]
        assert size(notice_activity(one)) <= BUDGET


@pytest.mark.parametrize("field", ["case", "words"])
def test_nobody_types_more_into_the_form_than_a_card_can_hold(story: Story, field: str) -> None:
    screen = asks(story, **{"reason": "", field: LONG})
    drawn = screen_card(screen)
    assert size(drawn) <= ROOM
    inputs = [one for one in drawn["body"] if one["type"] == "Input.Text"]
    assert all(0 < one["maxLength"] <= 2000 for one in inputs)


@pytest.mark.parametrize("field", ["until", "why"])
def test_nobody_types_more_into_a_decision_than_a_card_can_hold(story: Story, field: str) -> None:
    asks(story)
    verb = {"until": "request_later", "why": "request_decline"}[field]
    screen = story.presses(PAT, verb, request=1, **{field: LONG})
    assert size(screen_card(screen)) <= ROOM


def test_two_who_decide_at_once_and_the_first_stands(story: Story) -> None:
    asks(story)
    story.presses(PAT, "request_accept", request=1)
    screen = story.presses(PAT, "request_decline", request=1, why="No.")
    assert isinstance(screen, Say)
    assert "was accepted by Pat Specimen" in screen.sentence


@pytest.mark.parametrize("number", [0, 7, "x", None])
def test_a_request_that_is_not_there(story: Story, number: object) -> None:
    screen = story.presses(PAT, "request_accept", request=number)
    assert isinstance(screen, Say)
    assert "There is no request" in screen.sentence


# telling, in typed words


@pytest.fixture
def audited(story: Story) -> Story:
    story.allocate("4021", AVERY, "tw-cp-cin")
    rows = {"needed": "some", "what_1": "Visit the school", "who_1": "Robin Example", "by_1": "2026-12-11"}
    story.fills_in("TW-0001", actions=rows)
    story.says(AVERY, "submit")
    story.forget()
    return story


def test_h08_an_action_is_told_in_typed_words(audited: Story) -> None:
    screen = audited.says(MORGAN, "TW-0001 action 1 done, seen on the record")
    assert isinstance(screen, Say)
    assert "action 1 of TW-0001 is done" in screen.sentence
    (event,) = events(audited, "TW-0001", "action reported done")
    assert event["door"] == "teams"
    assert audited.told(AVERY, "news")
    assert audited.told(PAT, "news")
    audited.nobody_else_is_told()


def test_l02_no_party_tells_of_an_action_and_their_words_are_kept(audited: Story) -> None:
    screen = audited.says("sam.specimen@telford.example", "TW-0001 action 1 done")
    assert isinstance(screen, Say)
    assert "I cannot find an audit TW-0001 about which you can tell me this" in screen.sentence
    assert kept(audited) == ["TW-0001 action 1 done"]


def test_h08_nearly_done_is_not_done(audited: Story) -> None:
    screen = audited.says(MORGAN, "TW-0001 action 1 nearly done")
    assert isinstance(screen, Say)
    assert "leave a doubt" in screen.sentence
    assert events(audited, "TW-0001", "action reported done") == []


def test_j01_a_disagreement_is_told_in_typed_words(audited: Story) -> None:
    screen = audited.says(MORGAN, "I disagree with TW-0001: the plan was followed up")
    assert isinstance(screen, Say)
    assert "Please speak with Avery Sample on 01632 960101" in screen.sentence
    assert len(events(audited, "TW-0001", "disagreed")) == 1


def test_j01_the_bare_word_is_asked_about(audited: Story) -> None:
    screen = audited.says(MORGAN, "disagree")
    assert isinstance(screen, Say)
    assert "With which audit do you disagree" in screen.sentence


def test_an_auditors_comment_that_speaks_of_disagreeing_stays_a_comment(story: Story) -> None:
    story.allocate("4021", AVERY, "tw-cp-cin")
    assert isinstance(story.says(AVERY, "start"), Ask)
    for words in ("good", "I disagree with the plan for TW-0001: it came late."):
        story.says(AVERY, words)
    audit = story.audit("TW-0001")
    assert "I disagree with the plan" in str([one.values for one in audit.answers.values()]) + str(audit.kept)
    assert events(story, "TW-0001", "disagreed") == []


@pytest.mark.parametrize("words", ["Action 1 done, as in TW-0001", "I disagree with the plan; TW-0001 shows the same"])
def test_an_answer_that_mentions_another_audit_is_told_to_nobody(audited: Story, words: str) -> None:
    audited.allocate("5101", MORGAN, "tw-lac-cl")
    for said in ("start", "good"):
        audited.says(MORGAN, said)
    audited.forget()
    audited.says(MORGAN, words)
    assert not events(audited, "TW-0001", "action reported done") + events(audited, "TW-0001", "disagreed")
    assert words in kept(audited)
    audited.nobody_else_is_told()


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ("TW-0001 action 1 done", "action reported done"),
        ("Action 1 of TW-0001 is done", "action reported done"),
        ("Action 1 is done for TW-0001.", "action reported done"),
        ("TW-0001: I disagree, the plan was followed up", "disagreed"),
        ("I do not agree with audit TW-0001: the plan was followed up", "disagreed"),
    ],
)
def test_what_is_told_of_another_audit_is_told_in_the_middle_of_one_too(audited: Story, words: str, what: str) -> None:
    audited.allocate("5101", MORGAN, "tw-lac-cl")
    audited.says(MORGAN, "start")
    audited.says(MORGAN, words)
    assert len(events(audited, "TW-0001", what)) == 1


ABOUT_REQUESTS = (
    "Request for an audit was made in May, and the plan was strong.",
    "Requesting an audit trail from health took three weeks, and the worker kept at it.",
    "Request an audit of case 4021, the child is being hit",
)


@pytest.mark.parametrize("words", ABOUT_REQUESTS)
def test_a_comment_that_begins_with_request_stays_a_comment(story: Story, words: str) -> None:
    story.allocate("4021", AVERY, "tw-cp-cin")
    for said in ("start", "good"):
        story.says(AVERY, said)
    assert isinstance(story.says(AVERY, words), Ask)
    assert words in str([one.values for one in story.audit("TW-0001").answers.values()])


@pytest.mark.parametrize("words", ABOUT_REQUESTS)
def test_a_concern_that_begins_with_request_stays_a_concern(story: Story, words: str) -> None:
    story.allocate("4021", AVERY, "tw-cp-cin")
    for said in ("start", "concern"):
        story.says(AVERY, said)
    assert isinstance(story.says(AVERY, words), ConcernForm)
    assert words in str(story.audit("TW-0001"))


def test_b03_an_auditor_in_the_middle_of_an_audit_can_still_ask(story: Story) -> None:
    story.allocate("4021", AVERY, "tw-cp-cin")
    story.says(AVERY, "start")
    assert isinstance(story.says(AVERY, "request an audit of case 4022"), RequestForm)


# at the keyboard


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Story:
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("AUDITBOT_LOCAL", "1")
    monkeypatch.setenv("AUDITBOT_DATA_DIR", str(folder))
    monkeypatch.setenv("AUDITBOT_COUNCIL", str(COUNCILS / "telford_and_wrekin"))
    story = Story(Store(f"sqlite:///{folder / 'auditbot.db'}"))
    monkeypatch.setattr(wiring, "now", lambda: story.now)
    asks(story)
    return story


def runs(*words: str) -> Result:
    return CliRunner().invoke(cli.cli, ["request", *words])


def test_b03_requests_are_listed_and_decided_at_the_keyboard(keyboard: Story) -> None:
    (row,) = json.loads(runs("list", "--json").output)["requests"]
    assert (row["number"], row["case"], row["asked_by"], row["state"]) == (1, "4021", ROBIN, "open")
    assert "case 4021" in runs("list").output
    assert runs("later", "1", "--by", PAT, "--until", "2026-12-01").exit_code == 0
    assert json.loads(runs("list", "--json").output)["requests"][0]["until"] == "2026-12-01"
    assert "declined" in runs("decline", "1", "--by", PAT, "--why", "It was audited in May.").output
    assert "No request waits" in runs("list").output
    assert json.loads(runs("list", "--all", "--json").output)["requests"][0]["why"] == "It was audited in May."
    assert runs("accept", "1", "--by", PAT).exception is not None


@pytest.mark.parametrize("by", [MORGAN, "nobody@telford.example"])
def test_l02_nobody_else_decides_at_the_keyboard(keyboard: Story, by: str) -> None:
    assert runs("accept", "1", "--by", by).exception is not None
    assert requests(keyboard)[0].state is RequestState.OPEN
