"""Letters that were decided twice, late, elsewhere or in vain, and who has them: everybody sees what stands (G02)."""

from __future__ import annotations

import threading

import pytest

from audit.escalation import ConcernState
from audit.notices import AlertFacts, Asks, LetterFacts
from bot import cards
from bot.cards.parts import ROOM, size
from desk import gathering, post_queue
from dialogs.screens import Alerted, LetterCard, LetterList, Say
from mail.authentic import Trust
from storage.ledger import Conflict
from tests.cards.walking import inputs, press
from tests.mail.room import AUDITOR, MANAGER, QA_LEAD, STRANGER
from tests.stories.post import (
    INFORMED,
    SECOND,
    WHY,
    Team,
    drawn,
    in_doubt,
    noticed,
    of_a_stranger,
    only_words,
    state,
    text_of,
)

# twice, late, and meanwhile


def test_what_was_typed_beside_reading_it_again_is_in_its_trail(team: Team) -> None:
    in_doubt(team)
    team.decides(QA_LEAD, team.opens(QA_LEAD), "retry", why=WHY)
    with team.room.store.open() as ledger:
        (asked,) = [one for one in ledger.trail.events("letter/1") if one.what == "letter to be read again"]
    assert asked.content == {"why": WHY}


def test_however_much_is_typed_the_card_can_be_sent(team: Team) -> None:
    in_doubt(team)
    card = team.opens(QA_LEAD)
    wordy = team.decides(QA_LEAD, card, "assign", other="not one " * 9000, why="I rang them. " * 9000)
    assert size(drawn(wordy)) <= ROOM
    assert {one["maxLength"] for one in inputs(drawn(wordy)) if one["type"] == "Input.Text"} == {100, 1000}


def test_a_second_press_changes_nothing_and_says_what_stands(team: Team) -> None:
    reference = in_doubt(team)
    card = team.opens(QA_LEAD)
    team.decides(QA_LEAD, card, "assign", audit=reference, why=WHY)
    again = team.decides(QA_LEAD, card, "assign", audit="TW-0002", why="Or rather this one.")
    assert "I changed nothing" in text_of(again)
    assert f"for {reference}" in text_of(again)
    team.works()
    assert team.room.letters()[0].audit_id == 1
    late = team.decides(SECOND, card, "discard", why="Nothing to do.")
    assert f"Dealt with at 09:00 by Pat Specimen. Filed for {reference}." in text_of(late)
    assert "That was settled before your press, so I changed nothing." in text_of(late)
    assert len(team.told(QA_LEAD, "ended")) == 1


def test_a_card_that_is_behind_changes_nothing_and_keeps_what_was_typed(team: Team) -> None:
    in_doubt(team)
    old = team.opens(SECOND)
    team.decides(QA_LEAD, team.opens(QA_LEAD), "retry")
    team.works()
    now = team.decides(SECOND, old, "discard", why="An invitation.")
    assert "Something was done about this letter" in text_of(now)
    assert "Pat Specimen had it read again at 09:00, and it still needs a person." in text_of(now)
    assert next(one for one in inputs(drawn(now)) if one["id"] == "letter.why")["value"] == "An invitation."
    assert state(team) == "needs_a_person"
    team.decides(SECOND, now, "discard", why="An invitation.")
    assert state(team) == "discarded"


def test_a_letter_that_was_settled_at_the_keyboard_meanwhile_says_so(team: Team) -> None:
    of_a_stranger(team)
    card = team.opens(QA_LEAD)
    with team.room.store.open() as ledger:
        who = post_queue.of_the_team(ledger, team.room.council, SECOND)
        post_queue.discard(ledger, 1, who, "An invitation.", team.room.now)
    for verb in ("assign", "retry", "discard", "ack"):
        stands = team.decides(QA_LEAD, card, verb, audit="TW-0001", why=WHY)
        assert "Dealt with at 09:00 by Lee Sample. An invitation." in text_of(stands)
    team.works()
    assert state(team) == "discarded"
    assert not team.room.letters_out("receipt")


def test_a_number_that_no_letter_has_is_said(team: Team) -> None:
    screen = team.presses(QA_LEAD, "discard", letter=77, drawn=0)
    assert screen == Say('No letter 77 needs a person. Type "letters" to see those that do.')
    team.room.writes(AUDITOR, files=(team.room.filled(team.room.allocates()),))
    team.works()
    assert isinstance(team.presses(QA_LEAD, "letter", letter=1), Say), "it never needed a person"


def test_of_two_who_decide_at_the_same_moment_one_counts(team: Team) -> None:
    reference = in_doubt(team)
    card = team.opens(QA_LEAD)
    ready, screens = threading.Barrier(2), list[str]()

    def decide(email: str, verb: str) -> None:
        ready.wait(5)
        while True:
            try:
                screens.append(text_of(team.decides(email, card, verb, audit=reference, why=WHY)))
                return
            except Conflict:
                continue

    both = [threading.Thread(target=decide, args=who) for who in ((QA_LEAD, "assign"), (SECOND, "discard"))]
    for one in both:
        one.start()
    for one in both:
        one.join(20)
    assert len(screens) == 2
    assert sum("I changed nothing" in one for one in screens) == 1
    team.works()
    filed = bool(team.room.letters_out("receipt", AUDITOR))
    assert state(team) == ("done" if filed else "discarded")
    assert len(team.told(QA_LEAD, "ended")) == 1


# what came of it


def test_whoever_had_it_read_again_is_told_that_it_still_waits(team: Team) -> None:
    in_doubt(team)
    for times in (1, 2):
        team.decides(SECOND, team.opens(SECOND), "retry")
        assert "Lee Sample has asked for it to be read again." in text_of(team.opens(QA_LEAD))
        team.works()
        assert len(team.told(SECOND, "letter")) == times
    notice = team.told(SECOND, "letter")[-1]
    assert isinstance(notice.facts, LetterFacts)
    assert not notice.shown, "it is a message of its own, so that it is noticed"
    assert "had it read again at 09:00, and it still needs a person." in str(cards.notice_activity(notice))
    assert not team.told(QA_LEAD, "letter")
    assert len(team.told(QA_LEAD, "alert")) == 1
    assert state(team) == "needs_a_person"


def test_without_a_chat_it_is_said_by_mail_that_it_still_waits(team: Team) -> None:
    in_doubt(team)
    with team.room.store.open() as ledger:
        who = post_queue.of_the_team(ledger, team.room.council, SECOND)
        ledger.directory.close_conversation(who.id, team.room.now)
        post_queue.retry(ledger, 1, who, team.room.now)
    team.works()
    assert "Letter 1 was read again, as you asked" in team.room.told("news", SECOND)


def test_an_audit_of_another_tool_says_that_it_does_not_fit(team: Team) -> None:
    room = team.room
    audit, other = room.allocates(), room.allocates(auditor=MANAGER, case="5101", tool="tw-lac-cl")
    room.writes(STRANGER, files=(room.filled(audit),))
    team.works()
    team.decides(QA_LEAD, team.opens(QA_LEAD), "assign", other=other.reference, why=WHY)
    team.works()
    (told,) = team.told(QA_LEAD, "letter")
    says = noticed(told)
    assert f"it is for {other.reference}, and it could not all be filed there." in says
    assert f"it is another tool than the one for {other.reference}." in says
    assert isinstance(told.facts, LetterFacts)
    assert told.facts.asks is Asks.WHICH
    assert "Nobody in the directory has this address." in says
    team.decides(QA_LEAD, team.opens(QA_LEAD), "assign", audit=audit.reference, why=WHY)
    team.works()
    assert state(team) == "done"


def test_what_came_of_a_letter_of_an_unproven_sender_is_said_too(team: Team) -> None:
    room = team.room
    audit, other = room.allocates(), room.allocates(auditor=MANAGER, case="5101", tool="tw-lac-cl")
    room.trust = Trust(server="mx.council.example")
    room.writes(AUDITOR, files=(room.filled(audit),))
    team.works()
    team.decides(QA_LEAD, team.opens(QA_LEAD), "assign", other=other.reference, why=WHY)
    team.works()
    (told,) = team.told(QA_LEAD, "letter")
    assert f"it is another tool than the one for {other.reference}." in noticed(told)
    assert "This address is not proven" in noticed(told)


def test_an_audit_that_is_handed_in_says_that_nothing_was_changed(team: Team) -> None:
    room = team.room
    audit = room.allocates()
    room.writes(AUDITOR, files=(room.filled(audit),))
    room.writes(STRANGER, files=(room.filled(audit, {("overall", "why"): "Other words than before."}),))
    team.works()
    card = team.opens(QA_LEAD, 2)
    assert "handed in already" in str(drawn(card))
    team.decides(QA_LEAD, card, "assign", audit=audit.reference, why=WHY)
    team.works()
    (told,) = team.told(QA_LEAD, "letter")
    says = noticed(told)
    assert f"{audit.reference} was handed in on" in says
    assert state(team, 2) == "needs_a_person"


# who has it


def test_acknowledging_on_the_card_says_who_has_it_and_the_letter_waits(team: Team) -> None:
    in_doubt(team)
    card = team.decides(QA_LEAD, team.opens(QA_LEAD, on="card-1"), "ack", why="Half a sent")
    assert "Acknowledged at 09:00 by Pat Specimen. It waits until somebody has dealt with it." in text_of(card)
    assert next(one for one in inputs(drawn(card)) if one["id"] == "letter.why")["value"] == "Half a sent"
    team.works()
    assert not team.told(QA_LEAD, "ended"), "the card in hand is not drawn again under the fingers"
    (told,) = team.told(INFORMED, "ended")
    assert "Acknowledged at 09:00 by Pat Specimen." in str(cards.notice_activity(told))
    listed = team.says(SECOND, "letters")
    assert "Pat Specimen has it." in text_of(listed)
    team.room.waits(days=3)
    team.delivers()
    assert not team.told(SECOND, "alert"), "the climb has stopped"
    team.decides(SECOND, team.opens(SECOND), "discard", why="An invitation.")
    team.works()
    for email in (QA_LEAD, INFORMED):
        assert "by Lee Sample. An invitation." in str(cards.notice_activity(team.told(email, "ended")[-1]))


def test_acknowledging_on_the_alert_leads_on_to_the_letter(team: Team) -> None:
    in_doubt(team)
    (alert,) = team.told(QA_LEAD, "alert")
    assert isinstance(alert.facts, AlertFacts)
    calm = team.presses(QA_LEAD, "ack", concern=alert.facts.concern_id)
    assert isinstance(calm, Alerted)
    assert calm.facts.state is ConcernState.ACKNOWLEDGED
    button = press(drawn(calm), "Open this letter")
    assert isinstance(team.presses(QA_LEAD, button["verb"], **button["data"]), LetterCard)


def test_a_card_that_was_opened_shows_the_decision_too(team: Team) -> None:
    in_doubt(team)
    only_words(team)
    team.opens(SECOND, on="theirs")
    team.opens(QA_LEAD, 1, on="list")
    team.opens(QA_LEAD, 2, on="list")  # the same message shows another letter by now
    team.decides(QA_LEAD, team.opens(QA_LEAD), "discard", why="An invitation.")
    team.works()
    (redrawn,) = team.told(SECOND, "letter")
    assert redrawn.shown == ("theirs",), "who was not told and has its card"
    assert "by Pat Specimen. An invitation." in str(cards.notice_activity(redrawn))
    assert "list" not in team.told(QA_LEAD, "ended")[-1].shown
    team.presses(QA_LEAD, "letters", on="list")
    team.decides(QA_LEAD, team.opens(QA_LEAD, 2), "discard", done="answered")
    team.works()
    assert "list" not in team.told(QA_LEAD, "ended")[-1].shown


def test_an_acknowledgement_leaves_a_card_alone_on_which_another_writes(team: Team) -> None:
    in_doubt(team)
    (alert,) = team.told(QA_LEAD, "alert")
    reference = f"teams-{team.teams.sent.index(alert) + 1}"
    team.opens(QA_LEAD, on=reference)  # the alert's own message shows the letter now
    with team.room.store.open() as ledger:
        concern = ledger.concerns.of_letter(1)[0]
    team.presses(INFORMED, "ack", concern=concern.id)
    team.room.waits(days=1)
    team.delivers()
    team.presses(SECOND, "ack", concern=concern.id)
    team.delivers()
    assert reference not in team.told(QA_LEAD, "ended")[-1].shown


# one alert for many


@pytest.fixture
def flooded(team: Team, monkeypatch: pytest.MonkeyPatch) -> Team:
    """Three letters of one sender, of which the last two stand under one alert."""
    monkeypatch.setattr(gathering, "MOST_ALONE", 1)
    for _ in range(3):
        only_words(team)
    return team


def test_an_alert_that_stands_for_many_letters_opens_the_list(flooded: Team) -> None:
    first, second = (one.facts for one in flooded.told(QA_LEAD, "alert"))
    assert isinstance(first, AlertFacts) and isinstance(second, AlertFacts)
    assert isinstance(flooded.presses(QA_LEAD, "show", concern=first.concern_id), LetterCard)
    listed = flooded.presses(QA_LEAD, "show", concern=second.concern_id)
    assert isinstance(listed, LetterList)
    assert [one.number for one in listed.lines] == [1, 2, 3]


def test_of_many_under_one_alert_each_card_says_who_dealt_with_its_letter(flooded: Team) -> None:
    flooded.opens(SECOND, 3, on="three")
    flooded.opens(QA_LEAD, 3, on="mine")
    flooded.opens(QA_LEAD, 2, on="two")
    flooded.decides(QA_LEAD, flooded.opens(QA_LEAD, 3), "discard", done="answered")
    flooded.works()
    for email, card in ((SECOND, "three"), (QA_LEAD, "mine")):
        (redrawn,) = flooded.told(email, "letter")
        assert redrawn.shown == (card,)
        assert "Letter 3" in noticed(redrawn)
        assert "Dealt with at 09:00 by Pat Specimen. Its writer has an answer" in noticed(redrawn)
    assert not flooded.told(QA_LEAD, "ended"), "the alert goes on for the other letter"
    assert "Has somebody dealt with it?" in text_of(flooded.opens(QA_LEAD, 2))
    flooded.decides(QA_LEAD, flooded.opens(QA_LEAD, 2), "discard", done="answered")
    flooded.works()
    assert "two" in flooded.told(QA_LEAD, "ended")[-1].shown
