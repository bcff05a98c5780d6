"""F01 to F24: a child's safety. Who is told, at once; who is told next; what stops it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from audit.escalation import ConcernState
from audit.notices import CompletedFacts
from audit.refusals import CannotAcknowledge
from desk import concerns, outbox
from dialogs.screens import Alerted, Ask, ConcernForm, Say, WhatWasRecorded
from storage.ledger import Store
from tests.stories.story import FRIDAY_EVENING, Story

AVERY = "avery.sample@telford.example"  # the auditor
MORGAN = "morgan.example@telford.example"  # team manager of case 4021
ROBIN = "robin.example@telford.example"  # its worker
CHARLIE = "charlie.sample@telford.example"  # service delivery manager
PAT = "pat.specimen@telford.example"  # QA manager
LEE = "lee.sample@telford.example"  # SDM for QA


@pytest.fixture
def story(store: Store) -> Story:
    made = Story(store)
    made.everyone_opens_chat()
    made.reference = made.allocate("4021", AVERY, "tw-cp-cin")  # type: ignore[attr-defined]
    made.forget()
    return made


def reference(story: Story) -> str:
    return str(story.reference)  # type: ignore[attr-defined]


def raise_immediate(story: Story, words: str = "No visit for nine weeks.") -> None:
    form = story.presses(AVERY, "concern", audit=reference(story), step="planning", version=0)
    assert isinstance(form, ConcernForm)
    story.presses(AVERY, "raise", audit=reference(story), limb="immediate", words=words, press=form.press)


def test_f01_an_immediate_concern_reaches_the_team_manager_at_once_by_chat_and_mail(story: Story) -> None:
    raise_immediate(story)
    facts = story.is_told(MORGAN, "alert")
    assert facts
    assert facts.kind == "immediate concern"
    assert facts.may_stop
    story.nobody_else_is_told()


def test_after_raising_in_mid_section_the_auditor_is_back_in_that_section_with_their_words(story: Story) -> None:
    story.says(AVERY, "start")
    step = {"audit": reference(story), "step": "risk", "version": 0}
    form = story.presses(AVERY, "concern", **step, **{"in.grade": "good", "in.comment": "Half a sentence about"})
    assert isinstance(form, ConcernForm)
    shown = story.presses(AVERY, "raise", audit=reference(story), limb="immediate", words="x", press=form.press)
    assert isinstance(shown, Ask)
    assert shown.step.id == "risk"
    assert shown.live.of.audit.answer("risk").text("comment") == "Half a sentence about"
    story.forget()


def test_a_concern_raised_in_typed_words_or_thought_better_of_leads_back_too(story: Story) -> None:
    story.says(AVERY, "start")
    story.presses(AVERY, "open", audit=reference(story), to="risk")
    assert isinstance(story.says(AVERY, "concern"), ConcernForm)
    assert isinstance(story.says(AVERY, "There was no visit"), ConcernForm)
    shown = story.says(AVERY, "cancel")
    assert isinstance(shown, Ask)
    assert shown.step.id == "risk"
    story.says(AVERY, "concern")
    shown = story.says(AVERY, "1 for nine weeks")
    assert isinstance(shown, Ask)
    assert shown.step.id == "risk"
    assert story.concerns(reference(story))[0]["words"] == "There was no visit\nfor nine weeks"
    story.forget()


def test_f22_unacknowledged_it_climbs_rung_by_rung_and_repeats_to_those_who_are_silent(story: Story) -> None:
    raise_immediate(story)
    story.is_told(MORGAN, "alert")
    story.wait(minutes=29)
    story.nobody_else_is_told()
    story.wait(minutes=1)
    story.is_told(CHARLIE, "alert")
    again = story.is_told(MORGAN, "alert")
    assert again
    assert again.repeated
    story.nobody_else_is_told()
    story.wait(hours=1)
    assert len(story.told(PAT, "alert")) == 4  # at one hour, and again at an hour and a half
    assert len(story.told(LEE, "alert")) == 2
    story.told(MORGAN, "alert")
    story.told(CHARLIE, "alert")
    story.nobody_else_is_told()


def test_f22_the_top_rung_repeats_until_somebody_acknowledges(story: Story) -> None:
    raise_immediate(story)
    story.wait(hours=2, minutes=1)
    story.forget()
    story.wait(minutes=30)
    for email in (MORGAN, CHARLIE, PAT, LEE):
        story.is_told(email, "alert")
    story.says(LEE, "ack")
    story.forget()
    story.wait(days=3)
    story.nobody_else_is_told()


def test_f22_acknowledging_stops_the_climb_and_tells_those_already_told_and_the_auditor(story: Story) -> None:
    raise_immediate(story)
    story.wait(minutes=31)
    story.forget()
    shown = story.says(CHARLIE, "ack")
    assert isinstance(shown, Alerted)
    assert shown.facts.state is ConcernState.ACKNOWLEDGED
    for email in (MORGAN, CHARLIE):
        ended = story.is_told(email, "ended")
        assert ended
        assert ended.stopped_by == "Charlie Sample"
    story.is_told(AVERY, "ended", channels=("mail",))
    story.wait(days=1)
    story.nobody_else_is_told()


def test_f22_the_auditors_card_says_who_has_and_who_has_not_acknowledged(story: Story) -> None:
    story.says(AVERY, "start")
    raise_immediate(story)
    card = story.says(AVERY, "resume")
    assert isinstance(card, Ask)
    (alert,) = card.live.alerts
    assert [(line.name, line.acknowledged_at) for line in alert.told] == [("Morgan Example", None)]
    assert alert.ring_phone == "01632 960102"
    story.says(MORGAN, "ack")
    refreshed = [notice for notice in story.teams.sent if notice.kind == "refresh"]
    assert refreshed, "the live card is drawn again by itself"
    card = story.says(AVERY, "resume")
    assert isinstance(card, Ask)
    assert card.live.alerts[0].state is ConcernState.ACKNOWLEDGED


def test_f02_child_not_safe_asks_once_and_then_tells_all_three(story: Story) -> None:
    story.saves(AVERY, reference(story), "safe", safe="no")
    story.nobody_else_is_told()
    assert story.concerns(reference(story))[0]["state"] == "unconfirmed"
    story.presses(AVERY, "confirm", audit=reference(story))
    for email in (MORGAN, CHARLIE, PAT):
        story.is_told(email, "alert")
        letter = story.told(email, "completed")
        assert len(letter) == 1
        assert isinstance(letter[0].facts, CompletedFacts)
    story.nobody_else_is_told()


def test_f02_overall_inadequate_unconfirmed_for_ten_minutes_goes_out_marked_so(story: Story) -> None:
    story.saves(AVERY, reference(story), "overall", grade="inadequate")
    story.wait(minutes=9, seconds=59)
    story.nobody_else_is_told()
    story.wait(seconds=1)
    facts = story.is_told(PAT, "alert")
    assert facts
    assert not facts.confirmed
    story.is_told(MORGAN, "alert")
    story.is_told(CHARLIE, "alert")


def test_an_answer_changed_before_anyone_was_told_takes_the_question_back(story: Story) -> None:
    story.saves(AVERY, reference(story), "overall", grade="inadequate")
    story.saves(AVERY, reference(story), "overall", grade="good")
    story.wait(hours=1)
    story.nobody_else_is_told()
    assert story.concerns(reference(story))[0]["state"] == "withdrawn"


def test_no_missing_comment_action_or_submit_holds_an_alert_back(story: Story) -> None:
    story.saves(AVERY, reference(story), "safe", safe="no")
    story.presses(AVERY, "confirm", audit=reference(story))
    assert story.audit(reference(story)).answers.keys() == {"safe"}
    story.is_told(MORGAN, "alert")


def test_f22_neither_the_auditors_nor_the_workers_word_stops_it(story: Story) -> None:
    raise_immediate(story)
    number = int(str(story.concerns(reference(story))[0]["id"]))
    for person in (story.person(AVERY), story.person(ROBIN)):
        with story.store.open() as ledger, pytest.raises(CannotAcknowledge):
            concerns.acknowledge(ledger, ledger.concerns.concern(number), person.id, story.now, "teams")
    story.wait(minutes=30)
    assert story.told(CHARLIE, "alert"), "it climbs on"


def test_pressing_raise_twice_raises_once(story: Story) -> None:
    form = story.presses(AVERY, "concern", audit=reference(story), step="planning", version=0)
    assert isinstance(form, ConcernForm)
    for _ in range(2):
        story.presses(AVERY, "raise", audit=reference(story), limb="immediate", words="x", press=form.press)
    assert len(story.concerns(reference(story))) == 1
    story.is_told(MORGAN, "alert")


def test_two_forms_that_were_open_at_once_raise_two_kinds_of_concern(story: Story) -> None:
    on_the_phone = story.presses(AVERY, "concern", audit=reference(story), step="planning", version=0)
    on_the_laptop = story.presses(AVERY, "concern", audit=reference(story), step="planning", version=0)
    assert isinstance(on_the_phone, ConcernForm)
    assert isinstance(on_the_laptop, ConcernForm)
    story.presses(AVERY, "raise", audit=reference(story), limb="immediate", words="x", press=on_the_phone.press)
    story.presses(AVERY, "raise", audit=reference(story), limb="not_safe", words="y", press=on_the_laptop.press)
    assert [one["limb"] for one in story.concerns(reference(story))] == ["immediate", "not_safe"]
    story.forget()


def test_acknowledging_twice_or_late_changes_nothing(story: Story) -> None:
    raise_immediate(story)
    number = str(story.concerns(reference(story))[0]["id"])
    for _ in range(2):
        shown = story.presses(MORGAN, "ack", concern=number)
        assert isinstance(shown, Alerted)
    (concern,) = story.concerns(reference(story))
    assert len(concern["acknowledgements"]) == 1  # type: ignore[arg-type]


def test_f24_raised_by_mistake_is_withdrawn_with_a_reason_and_everyone_told_hears(story: Story) -> None:
    raise_immediate(story)
    story.forget()
    number = str(story.concerns(reference(story))[0]["id"])
    story.presses(AVERY, "withdraw", audit=reference(story), concern=number, reason="")
    assert story.concerns(reference(story))[0]["state"] == "open"
    story.presses(AVERY, "withdraw", audit=reference(story), concern=number, reason="Wrong case.")
    ended = story.is_told(MORGAN, "ended")
    assert ended
    assert ended.reason == "Wrong case."
    story.forget()
    story.wait(days=1)
    story.nobody_else_is_told()


def test_until_a_chat_is_opened_mail_carries_the_alert_and_the_auditor_sees_that(store: Store) -> None:
    story = Story(store)
    story.opens_chat(AVERY)
    story.reference = story.allocate("4021", AVERY, "tw-cp-cin")  # type: ignore[attr-defined]
    story.forget()
    raise_immediate(story)
    story.is_told(MORGAN, "alert", channels=("mail",))
    card = story.says(AVERY, "resume")
    assert isinstance(card, Ask)
    assert dict(card.live.alerts[0].told[0].by) == {"teams": "gave_up", "mail": "sent"}
    story.opens_chat(MORGAN)
    story.deliver()
    story.is_told(MORGAN, "alert", channels=("teams",))


def test_l05_a_friday_evening_alert_waits_for_no_monday(story: Story) -> None:
    story.now = FRIDAY_EVENING
    raise_immediate(story)
    story.is_told(MORGAN, "alert")
    story.wait(minutes=30)
    assert story.told(CHARLIE, "alert")[0].now == FRIDAY_EVENING + timedelta(minutes=30)


def test_a_stuck_chat_delays_no_letter_and_no_rung(story: Story) -> None:
    def stuck(notice: object) -> None:
        raise outbox.TryLater("busy")

    story.teams.behave = stuck  # type: ignore[assignment]
    raise_immediate(story)
    story.is_told(MORGAN, "alert", channels=("mail",))
    story.wait(minutes=30)
    assert [notice.channel for notice in story.told(CHARLIE, "alert")] == ["mail"]


def test_a_notice_that_failed_for_now_goes_later_under_the_same_number(story: Story) -> None:
    failures = iter([outbox.TryLater("busy", after=7), outbox.TryLater("busy")])

    def busy(notice: object) -> None:
        failure = next(failures, None)
        if failure:
            raise failure

    story.mail.behave = busy  # type: ignore[assignment]
    raise_immediate(story)
    story.is_told(MORGAN, "alert", channels=("teams",))
    story.wait(seconds=60)
    (letter,) = story.told(MORGAN, "alert")
    assert letter.channel == "mail"


def test_show_what_was_recorded_is_for_those_who_were_told(story: Story) -> None:
    story.saves(AVERY, reference(story), "planning", grade="inadequate", comment="No plan since June.")
    raise_immediate(story, "No visit for nine weeks.")
    number = str(story.concerns(reference(story))[0]["id"])
    shown = story.presses(MORGAN, "show", concern=number)
    assert isinstance(shown, WhatWasRecorded)
    assert shown.words == "No visit for nine weeks."
    assert shown.findings[0][1] == "Inadequate"
    refused = story.presses("jo.specimen@telford.example", "show", concern=number)
    assert not isinstance(refused, WhatWasRecorded)


def test_a_rung_without_a_holder_falls_up_the_ladder_and_the_qa_lead_hears_of_it(story: Story) -> None:
    charlie, pat = story.person(CHARLIE), story.person(PAT)
    with story.store.open() as ledger:
        left = [
            (charlie.id, "service_delivery_manager", "service", "Safeguarding"),
            (pat.id, "qa_manager", "council", ""),
        ]
        ledger.directory.replace_roles(left)
    raise_immediate(story)
    first = story.is_told(CHARLIE, "alert")
    assert first
    assert first.may_stop
    gap = story.is_told(PAT, "alert")
    assert gap
    assert gap.gap == "team manager"


def test_if_the_only_person_on_a_ladder_is_barred_somebody_else_hears_and_the_watch_says_if_nobody_can(
    story: Story,
) -> None:
    """A rung is never empty; and a directory that makes it so is said aloud."""
    avery, pat = story.person(AVERY), story.person(PAT)
    with story.store.open() as ledger:
        ledger.directory.replace_roles([(avery.id, "team_manager", "council", ""), (pat.id, "sdm_qa", "council", "")])
    raise_immediate(story)
    facts = story.is_told(PAT, "alert")
    assert facts
    assert facts.may_stop
    with story.store.open() as ledger:
        ledger.directory.replace_roles([(avery.id, "team_manager", "council", "")])
    story.presses(AVERY, "raise", audit=reference(story), limb="immediate", words="", press="another")
    assert any("nobody who can acknowledge" in fault for fault in story.watch().faults)


def test_typed_words_raise_a_concern_too(story: Story) -> None:
    story.says(AVERY, "start")
    assert isinstance(story.says(AVERY, "concern"), ConcernForm)
    assert isinstance(story.says(AVERY, "Nobody has seen the child since August."), ConcernForm)
    assert isinstance(story.says(AVERY, "1"), Ask)
    (concern,) = story.concerns(reference(story))
    assert (concern["limb"], concern["words"]) == ("immediate", "Nobody has seen the child since August.")
    assert story.is_told(MORGAN, "alert")


def test_a_concern_can_be_raised_after_handing_in(story: Story) -> None:
    story.fills_in(reference(story))
    story.presses(AVERY, "submit", audit=reference(story))
    assert isinstance(story.says(AVERY, "concern"), ConcernForm)
    story.says(AVERY, "1 it came up in the meeting afterwards")
    assert story.is_told(MORGAN, "alert")


def test_an_alert_that_was_not_sent_to_somebody_is_neither_shown_nor_answered(story: Story) -> None:
    raise_immediate(story)
    refused = story.presses("jo.specimen@telford.example", "ack", concern="1")
    assert isinstance(refused, Say)
    assert "not sent to you" in refused.sentence
    assert story.concerns(reference(story))[0]["state"] == "open"


def test_nothing_silent_an_outage_of_both_channels_is_an_alarm(story: Story) -> None:
    def down(notice: object) -> None:
        raise outbox.TryLater("no connection")

    story.teams.behave = story.mail.behave = down  # type: ignore[assignment]
    raise_immediate(story)
    assert story.watch().well, "not late yet"
    story.wait(minutes=6)
    assert not story.watch().well, "however often it was tried again"


def test_the_watch_mends_a_concern_that_lost_its_timer_and_says_so(story: Story) -> None:
    raise_immediate(story)
    story.forget()
    with story.store.open() as ledger:
        ledger.obligations.cancel("concern/1/round/")
    assert not story.watch().well
    assert [notice.kind for notice in story.told(PAT, "alarm")] == ["alarm", "alarm"], "by chat and mail"
    assert story.watch().well
    story.wait(minutes=30)
    assert story.told(CHARLIE, "alert"), "it climbs again"


def test_l03_the_trail_of_an_audit_holds_and_shows_any_change(story: Story) -> None:
    raise_immediate(story)
    story.says(MORGAN, "ack")
    assert story.trail_holds(reference(story))
    from sqlalchemy import text

    with story.store.engine.begin() as connection:
        connection.execute(text("UPDATE events SET who = 'person/99' WHERE what = 'acknowledged'"))
    assert not story.trail_holds(reference(story))


def test_l03_content_can_be_erased_and_the_chain_still_holds(story: Story) -> None:
    raise_immediate(story)
    from sqlalchemy import text

    with story.store.engine.begin() as connection:
        connection.execute(text("UPDATE events SET content = NULL, salt = NULL WHERE what = 'concern raised'"))
    assert story.trail_holds(reference(story))
