"""What a reviewer tried so that nobody would hear: each of these once worked, and must not again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from audit.escalation import ConcernState
from desk import climbing, clock, concerns, outbox, seeding, watch
from dialogs.screens import Ask, AuditList, ConcernForm, Say
from storage.ledger import Store
from tests.stories.story import COUNCILS, Story

AVERY = "avery.sample@telford.example"
MORGAN = "morgan.example@telford.example"
CHARLIE = "charlie.sample@telford.example"
PAT = "pat.specimen@telford.example"
ASH = "ash.example@telford.example"
DEMO = COUNCILS / "telford_and_wrekin" / "demo"


@pytest.fixture
def story(store: Store) -> Story:
    made = Story(store)
    made.everyone_opens_chat()
    made.reference = made.allocate("4021", AVERY, "tw-cp-cin")  # type: ignore[attr-defined]
    made.forget()
    return made


def ref(story: Story) -> str:
    return str(story.reference)  # type: ignore[attr-defined]


def raises(story: Story, words: str = "", press: str = "form-1", limb: str = "immediate") -> None:
    story.presses(AVERY, "raise", audit=ref(story), limb=limb, words=words, press=press)


def directory(**changed: str) -> dict[str, str]:
    texts = {name: (DEMO / name).read_text("utf-8") for name in seeding.COLUMNS}
    return texts | changed


def reseed(story: Story, texts: dict[str, str]) -> None:
    with story.store.open() as ledger:
        seeding.seed(ledger, story.council, texts, story.now)
    story.deliver()


# the directory changes while a concern is open


def test_a_new_team_manager_hears_of_an_open_concern_and_a_leaver_is_rung_no_more(story: Story) -> None:
    raises(story)
    story.is_told(MORGAN, "alert")
    morgan = story.person(MORGAN)
    people = directory()["people.csv"].replace(MORGAN, "new.example@telford.example").replace("0002\n", "0099\n")
    roles = directory()["roles.csv"].replace(MORGAN, "new.example@telford.example")
    reseed(story, directory(**{"people.csv": people, "roles.csv": roles}))
    assert story.told("new.example@telford.example", "alert"), "at once, not at the next round"
    story.wait(minutes=30)
    assert story.told("new.example@telford.example", "alert")
    rung = [one for one in story.mail.sent if one.kind == "alert" and one.to and one.to.id == morgan.id]
    assert len(rung) == 1, "the alert before they left"
    story.says("new.example@telford.example", "ack")
    assert story.concerns(ref(story))[0]["state"] == "acknowledged"


def test_a_role_that_moves_is_looked_up_afresh_in_every_round(story: Story) -> None:
    raises(story)
    roles = directory()["roles.csv"].replace(f"{MORGAN},team_manager", f"{ASH},team_manager")
    reseed(story, directory(**{"roles.csv": roles}))
    assert story.told(ASH, "alert")
    story.says(ASH, "ack")
    assert story.concerns(ref(story))[0]["state"] == "acknowledged"


# the same form, the same answer, said again


def test_an_old_form_still_raises_a_new_concern(story: Story) -> None:
    raises(story, "No visit for nine weeks.")
    story.says(MORGAN, "ack")
    story.forget()
    raises(story, "New bruises seen today.")
    assert story.is_told(MORGAN, "alert")
    assert [one["words"] for one in story.concerns(ref(story))] == [
        "No visit for nine weeks.",
        "New bruises seen today.",
    ]


def test_a_withdrawn_concern_does_not_swallow_the_same_words_later(story: Story) -> None:
    raises(story, "Bruises.")
    story.presses(AVERY, "withdraw", audit=ref(story), concern="1", reason="Wrong case.")
    story.forget()
    raises(story, "Bruises.")
    assert story.is_told(MORGAN, "alert")


def test_another_audits_form_key_swallows_nothing(story: Story) -> None:
    raises(story, "Bruises.")
    other = story.allocate("4022", AVERY, "tw-cp-cin")
    story.forget()
    story.presses(AVERY, "raise", audit=other, limb="immediate", words="Bruises.", press="form-1")
    assert len(story.concerns(other)) == 1


def test_not_safe_said_again_after_it_was_acknowledged_is_new(story: Story) -> None:
    story.saves(AVERY, ref(story), "safe", safe="no")
    story.presses(AVERY, "confirm", audit=ref(story))
    story.says(MORGAN, "ack")
    story.saves(AVERY, ref(story), "safe", safe="yes")
    story.wait(days=7)
    story.forget()
    story.saves(AVERY, ref(story), "safe", safe="no")
    story.presses(AVERY, "confirm", audit=ref(story))
    assert story.is_told(MORGAN, "alert")


def test_the_same_answer_saved_again_raises_nothing_new(story: Story) -> None:
    story.saves(AVERY, ref(story), "overall", grade="inadequate")
    story.presses(AVERY, "confirm", audit=ref(story))
    story.says(MORGAN, "ack")
    story.saves(AVERY, ref(story), "overall", grade="inadequate", why="Nine weeks.")
    assert len(story.concerns(ref(story))) == 1


# acknowledgements


def test_an_informed_persons_answer_does_not_spare_them_when_their_own_rung_comes(story: Story) -> None:
    """Nobody is team manager: the QA lead is informed of the gap, says so, and is rung all the same at an hour."""
    roles = "\n".join(line for line in directory()["roles.csv"].splitlines() if ",team_manager," not in line)
    with story.store.open() as ledger:
        held = [line.split(",") for line in roles.splitlines()[1:]]
        people = {person.email: person.id for person in ledger.directory.everyone()}
        ledger.directory.replace_roles(
            [(people[email], role, *scope.partition(":")[::2]) for email, role, scope in held]  # type: ignore[misc]
        )
    raises(story)
    story.presses(PAT, "ack", concern="1")
    assert story.concerns(ref(story))[0]["state"] == "open"
    story.forget()
    story.wait(hours=1)
    assert story.told(PAT, "alert"), "as their own rung"
    story.presses(PAT, "ack", concern="1")
    assert story.concerns(ref(story))[0]["state"] == "acknowledged"


def test_one_typed_ack_never_silences_two_alerts(story: Story) -> None:
    raises(story, "One.", "form-1")
    raises(story, "Two.", "form-2")
    shown = story.says(MORGAN, "ack")
    assert isinstance(shown, AuditList)
    assert len(shown.waiting) == 2
    assert {one["state"] for one in story.concerns(ref(story))} == {"open"}


# words that must reach somebody


def test_what_a_person_typed_who_is_no_longer_known_is_kept_whole_and_hurries_the_qa_lead(story: Story) -> None:
    with story.store.open() as ledger:
        lead = story.council
        from desk import access

        access.refuse_stranger(ledger, lead, "teams", "The child is not safe: new bruises", "tenant/nobody", story.now)
    story.deliver()
    assert story.told(PAT, "alarm")


def test_a_concern_raised_on_an_audit_that_is_not_theirs_is_kept_and_hurries_the_qa_lead(story: Story) -> None:
    refused = story.presses(MORGAN, "raise", audit=ref(story), limb="immediate", words="He is not safe.", press="x")
    assert isinstance(refused, Say)
    assert story.told(PAT, "alarm")


def test_alarming_words_typed_after_handing_in_or_while_paused_hurry_the_qa_lead(story: Story) -> None:
    story.says(AVERY, "start")
    story.says(AVERY, "pause")
    story.says(AVERY, "The child is not safe, father is back.")
    assert story.told(PAT, "alarm")
    story.fills_in(ref(story))
    story.presses(AVERY, "submit", audit=ref(story))
    story.wait(minutes=2)
    story.says(AVERY, "He is at risk of significant harm.")
    assert story.told(PAT, "alarm")


def test_a_concern_begun_and_left_without_a_kind_is_passed_on(story: Story) -> None:
    story.says(AVERY, "start")
    story.says(AVERY, "concern")
    shown = story.says(AVERY, "Nobody has seen the child since August.")
    assert isinstance(shown, ConcernForm)
    story.wait(minutes=9)
    story.nobody_else_is_told()
    story.wait(minutes=1)
    assert story.told(PAT, "alarm")


def test_pressing_tell_them_now_without_a_kind_keeps_the_words(story: Story) -> None:
    shown = story.presses(AVERY, "raise", audit=ref(story), limb="", words="Father is back.", press="form-1")
    assert isinstance(shown, ConcernForm)
    assert shown.words == "Father is back."
    assert [kept.words for kept in story.audit(ref(story)).kept] == ["Father is back."]
    raises(story, "Father is back.")
    assert not story.audit(ref(story)).kept, "used, so they do not turn up in the next concern"


def test_a_long_sentence_that_says_inadequate_at_overall_is_asked_about(story: Story) -> None:
    story.fills_in(ref(story), but=("overall",))
    story.presses(AVERY, "open", audit=ref(story), to="overall")
    story.says(AVERY, "Inadequate. The child was not seen for nine weeks and nobody in the team had noticed it.")
    assert story.concerns(ref(story))[0]["state"] == "unconfirmed"


def test_words_without_a_place_outlive_the_grade_that_was_chosen_after_them(story: Story) -> None:
    story.presses(AVERY, "open", audit=ref(story), to="voice")
    story.says(AVERY, "Stepdad hit him on Tuesday")
    story.presses(AVERY, "save", audit=ref(story), step="voice", version=0, **{"in.grade": "good", "in.comment": "C."})
    assert [kept.words for kept in story.audit(ref(story)).kept] == ["Stepdad hit him on Tuesday"]


def test_words_that_name_another_audit_are_kept_with_that_one(story: Story) -> None:
    other = story.allocate("4022", AVERY, "tw-cp-cin")
    story.says(AVERY, f"{ref(story)} start")
    shown = story.says(AVERY, f"{other}: mother says that the plan was never shared with her")
    assert isinstance(shown, Ask)
    assert shown.live.of.audit.reference == other
    assert not story.audit(ref(story)).answers
    assert len(story.audit(other).kept) == 1


def test_a_new_allocation_takes_no_half_finished_answer(story: Story) -> None:
    story.says(AVERY, "start")
    story.says(AVERY, "yes")
    other = story.allocate("4022", AVERY, "tw-cp-cin")
    story.says(AVERY, "good")
    assert story.audit(ref(story)).answer("assessment").text("grade") == "good"
    assert not story.audit(other).answers


@pytest.mark.parametrize("verb", ["concern", "confirm", "withdraw"])
def test_a_stale_card_swallows_no_urgent_press(story: Story, verb: str) -> None:
    story.saves(AVERY, ref(story), "overall", grade="inadequate")
    story.saves(AVERY, ref(story), "voice", grade="good", comment="As it stands.")
    stale = {"audit": ref(story), "step": "voice", "version": 0, "in.comment": "Typed elsewhere.", "concern": "1"}
    shown = story.presses(AVERY, verb, **stale, reason="A slip.")
    state = story.concerns(ref(story))[0]["state"]
    expected = {"concern": "unconfirmed", "confirm": "open", "withdraw": "withdrawn"}[verb]
    assert state == expected
    assert isinstance(shown, ConcernForm) == (verb == "concern")
    assert [kept.words for kept in story.audit(ref(story)).kept] == ["Typed elsewhere."]


@pytest.mark.parametrize("words", ["concern", "A child is not safe, please help", "a child is being hurt"])
def test_a_worried_person_without_an_audit_hears_whom_to_ring_and_the_qa_lead_hears_of_it(
    story: Story, words: str
) -> None:
    shown = story.says(MORGAN, words)
    assert isinstance(shown, Say)
    assert "Pat Specimen" in shown.sentence
    assert "01632 960108" in shown.sentence
    assert "Emergency Duty Team" in shown.sentence
    assert story.told(PAT, "alarm")


def test_other_words_of_somebody_without_an_audit_are_kept_and_that_is_said(story: Story) -> None:
    shown = story.says(MORGAN, "I cannot do this today")
    assert isinstance(shown, Say)
    assert "I have kept your words" in shown.sentence
    story.nobody_else_is_told()


# machinery


def test_a_notice_that_cannot_be_drawn_keeps_no_other_back(story: Story) -> None:
    """A row that breaks our code is held by its own lease; the alert behind it goes out."""
    broken = {"key": "alarm/broken/mail", "kind": "alarm", "channel": "mail", "at": story.now - timedelta(hours=1)}
    with story.store.open() as ledger:
        ledger.obligations.notify(**broken, person_id=1, data={"council": "no such hash"})
    with pytest.raises(LookupError):
        story.deliver()
    raises_directly(story)
    story.deliver()
    assert story.told(MORGAN, "alert")


def raises_directly(story: Story) -> None:
    audit = story.audit(ref(story))
    with story.store.open() as ledger:
        concerns.raise_by_hand(ledger, audit, "immediate", "", audit.auditor_id, "p", story.now, "teams")


def test_a_duty_that_fails_starves_no_other(story: Story) -> None:
    with story.store.open() as ledger:
        ledger.obligations.owe("concern/999/round/1", "climb", "clock", story.now, {"concern": 999}, urgent=True)
    with pytest.raises(LookupError):
        clock.run_due(story.store, lambda: story.now)
    story.saves(AVERY, ref(story), "safe", safe="no")
    story.now += timedelta(minutes=10)
    assert clock.run_due(story.store, lambda: story.now) == 1
    assert story.concerns(ref(story))[0]["state"] == "open"


def test_f01_an_alert_does_not_queue_behind_a_months_allocations(story: Story) -> None:
    with story.store.open() as ledger:
        for number in range(30):
            ledger.obligations.notify(
                key=f"news/{number}", kind="news", channel="mail", at=story.now, person_id=1, data={"council": "x"}
            )
    raises_directly(story)
    with story.store.open() as ledger:
        (first,) = ledger.obligations.claim(("mail",), story.now, ledger.clock(), 1)
    assert first.key.startswith("concern/")


def test_nobody_reached_by_any_channel_is_an_alarm(story: Story) -> None:
    def never(notice: object) -> None:
        raise outbox.GiveUp("no such address")

    story.teams.behave = story.mail.behave = never  # type: ignore[assignment]
    raises(story)
    found = story.watch()
    assert any("Nobody could be reached" in fault for fault in found.faults)


def test_a_clock_that_once_ran_ahead_buys_no_silence(story: Story) -> None:
    raises(story)
    story.forget()
    now = story.now
    story.now = now + timedelta(days=30)
    story.deliver()
    story.forget()
    story.now = now + timedelta(minutes=1)
    assert not story.watch().well
    story.wait(hours=1)
    assert story.told(MORGAN, "alert")


def test_a_clock_that_ran_ahead_buys_an_unconfirmed_concern_no_silence_either(story: Story) -> None:
    now = story.now
    story.now = now + timedelta(days=30)
    story.saves(AVERY, ref(story), "safe", safe="no")
    story.forget()
    story.now = now
    assert not story.watch().well
    story.wait(minutes=10)
    assert story.told(MORGAN, "alert")


def looks_at(story: Story, came: int, seen: int) -> bool:
    """Whether all is well where the oldest letter in the inbox came and was first seen so many minutes ago."""
    oldest = watch.InInbox(story.now - timedelta(minutes=came), story.now - timedelta(minutes=seen))
    with story.store.open() as ledger:
        return watch.look(ledger, story.council, story.now, {}, oldest).well


def test_a_letter_stuck_in_the_inbox_is_an_alarm(story: Story) -> None:
    assert looks_at(story, came=9, seen=9)
    assert not looks_at(story, came=11, seen=11)
    story.deliver()
    assert story.told(PAT, "alarm")


def test_a_letter_that_came_while_nothing_ran_has_time_to_be_taken_in_before_anybody_is_told(story: Story) -> None:
    assert not looks_at(story, came=60 * 60, seen=0), "the heartbeat waits"
    story.deliver()
    assert not story.told(PAT, "alarm")
    assert not looks_at(story, came=60 * 60, seen=2)
    story.deliver()
    assert story.told(PAT, "alarm")


def test_a_completed_tool_that_could_not_be_sent_is_an_alarm_for_a_week_and_not_for_ever(story: Story) -> None:
    def no_such_address(notice: outbox.Notice) -> None:
        if notice.kind == "completed":
            raise outbox.GiveUp("no such address")

    story.mail.behave = no_such_address  # type: ignore[assignment]
    raises(story, limb="not_safe")
    story.says(MORGAN, "ack")
    assert not story.watch().well
    story.wait(days=8)
    assert story.watch().well


def test_two_triggers_on_one_limb_hold_it_until_neither_says_so(store: Store) -> None:
    story = Story(store)
    story.opens_chat(AVERY)
    policy = (COUNCILS / "telford_and_wrekin" / "policy.toml").read_text("utf-8")
    from bot.folders import council_texts
    from desk import councils

    texts = council_texts(COUNCILS / "telford_and_wrekin")
    shared = policy.replace('child_not_safe = "not_safe"', 'child_not_safe = "inadequate"')
    with store.open() as ledger:
        story.council = councils.publish(ledger, texts | {"policy.toml": shared}, story.now)
    reference = story.allocate("4021", AVERY, "tw-cp-cin")
    story.saves(AVERY, reference, "overall", grade="inadequate")
    story.saves(AVERY, reference, "safe", safe="yes")
    assert story.concerns(reference)[0]["state"] == "unconfirmed"
    story.saves(AVERY, reference, "overall", grade="good")
    assert story.concerns(reference)[0]["state"] == "withdrawn"


def test_a_service_that_was_down_for_a_day_tells_everyone_at_once_when_it_is_back(story: Story) -> None:
    raises_directly(story)
    story.now += timedelta(days=1)
    story.deliver()
    for email in (MORGAN, CHARLIE, PAT):
        assert story.told(email, "alert")


def test_l03_events_cut_off_at_the_end_are_missed(story: Story) -> None:
    raises(story)
    assert story.trail_holds(ref(story))
    with story.store.engine.begin() as connection:
        connection.execute(text("DELETE FROM events WHERE id = (SELECT max(id) FROM events WHERE chain = 'audit/1')"))
    assert not story.trail_holds(ref(story))
    with story.store.engine.begin() as connection:
        connection.execute(text("DELETE FROM events WHERE chain = 'audit/1'"))
    assert not story.trail_holds(ref(story))


def test_withdrawing_calls_back_the_letters_that_have_not_gone(story: Story) -> None:
    raises_directly_not_safe(story)
    with story.store.open() as ledger:
        concern = ledger.concerns.concern(1)
        concerns.withdraw(ledger, concern, concern.raised_by or 0, "Wrong case.", story.now)
    story.deliver()
    assert not [one for one in story.mail.sent if one.kind in ("completed", "alert")]
    assert story.concerns(ref(story))[0]["state"] == ConcernState.WITHDRAWN.value


def raises_directly_not_safe(story: Story) -> None:
    audit = story.audit(ref(story))
    with story.store.open() as ledger:
        concerns.raise_by_hand(ledger, audit, "not_safe", "", audit.auditor_id, "p", story.now, "teams")
        assert climbing.holders(ledger, "qa_manager", None)
