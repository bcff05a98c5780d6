"""The QA team deals with letters in Teams: one card, one question, and everybody sees what came of it (G02)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from audit.escalation import ConcernState
from audit.notices import AlertFacts, Asks, LetterFacts, Sender
from audit.refusals import NotOfTheTeam
from bot import cards
from desk import post_queue
from dialogs.screens import Alerted, AuditList, LetterCard, LetterList, Say, WhatWasRecorded
from mail.authentic import Trust
from storage.ledger import Conflict, Store
from tests.cards.walking import flat_text, inputs, press, titles
from tests.mail.room import AUDITOR, MANAGER, OTHER_AUDITOR, QA_LEAD, STRANGER, WORKER, Room
from tests.stories.post import Team, drawn, references

SECOND = "lee.sample@telford.example"
"""May see every concern, and is told only if nobody answers."""
INFORMED = "ash.example@telford.example"
"""Is told of letters, and may not deal with them."""
WHY = "I rang the auditor, who had it sent."
SECRET = "Kingfisher"
"""A word of the letter, its subject and its file's name."""


@pytest.fixture
def team(store: Store, tmp_path: Path) -> Iterator[Team]:
    room = Room(tmp_path, url=store.url)
    room.post.start()
    made = Team(room)
    made.opens_chat(QA_LEAD, SECOND, INFORMED)
    try:
        yield made
    finally:
        room.post.stop()
        room.close()


def text_of(screen: object) -> str:
    return flat_text(cards.screen_card(screen))  # type: ignore[arg-type]


def in_doubt(team: Team) -> str:
    """A letter whose subject and tool name two audits. The reference that the tool bears."""
    audit = team.room.allocates()
    team.room.allocates(case="4022")
    team.room.writes(AUDITOR, f"TW-0002 {SECRET}", f"It is about {SECRET}.\n", (team.room.filled(audit),))
    team.works()
    return audit.reference


def of_a_stranger(team: Team) -> str:
    audit = team.room.allocates()
    team.room.writes(STRANGER, files=(team.room.filled(audit),))
    team.works()
    return audit.reference


def only_words(team: Team, sender: str = AUDITOR) -> None:
    team.room.writes(sender, "A question", f"Where is the guide? {SECRET}\n")
    team.works()


def state(team: Team, number: int = 1) -> str:
    with team.room.store.open() as ledger:
        return ledger.letters.letter(number).state


# the card of a letter


def test_an_alert_leads_to_the_card_with_one_question(team: Team) -> None:
    in_doubt(team)
    (alert,) = team.told(QA_LEAD, "alert")
    assert isinstance(alert.facts, AlertFacts)
    button = press(cards.notice_activity(alert)["attachments"][0]["content"], "Open this letter")
    card = team.presses(QA_LEAD, button["verb"], **button["data"])
    assert isinstance(card, LetterCard)
    assert card.facts.asks is Asks.WHICH
    assert text_of(card).count("?") == 1
    assert [one["label"] for one in inputs(drawn(card))][:2] == ["Which audit is this?", "Another reference"]


def test_the_senders_own_open_audits_come_first_then_those_that_it_names(team: Team) -> None:
    room = team.room
    named = room.allocates(auditor=OTHER_AUDITOR, case="4022")
    finished, own = room.allocates(), room.allocates(case="4022")
    room.writes(AUDITOR, finished.reference, files=(room.filled(finished),))
    team.works()
    room.writes(AUDITOR, f"{named.reference}, {finished.reference} and TW-9999", files=(room.blank(own),))
    team.works()
    facts = team.opens(QA_LEAD, 2).facts
    assert references(facts) == [own.reference, named.reference, finished.reference]
    assert [(one.theirs, one.named, one.submitted) for one in facts.candidates] == [
        (True, True, False), (False, True, False), (True, True, True),
    ]  # fmt: skip
    assert "handed in already" in str(drawn(team.opens(QA_LEAD, 2)))


def test_nothing_that_the_letter_says_is_on_its_card(team: Team) -> None:  # L01
    in_doubt(team)
    only_words(team)
    for number in (1, 2):
        card = team.opens(QA_LEAD, number)
        assert SECRET not in str(drawn(card))
        assert "Copy (1).docx" not in str(drawn(card))
        assert AUDITOR in text_of(card)
        summary = cards.screen_summary(card)
        assert summary == f"Letter {number} · letter to place · needs a person"
    assert AUDITOR not in cards.screen_summary(team.says(QA_LEAD, "letters"))


def test_a_letter_is_filed_for_the_audit_that_was_chosen_and_everybody_sees_who_decided(team: Team) -> None:
    reference = in_doubt(team)
    card = team.decides(QA_LEAD, team.opens(QA_LEAD), "assign", audit=reference, why=WHY)
    assert "It is being filed there" in text_of(card)
    assert titles(drawn(card)).count("File it for this audit") == 0
    team.works()
    assert state(team) == "done"
    for email in (QA_LEAD, INFORMED):
        (end,) = team.told(email, "ended")
        assert end.shown, "the alert's own card is drawn again"
        says = str(cards.notice_activity(end))
        assert f"Dealt with at 09:00 by Pat Specimen. Filed for {reference}." in says
    assert "Dealt with at 09:00 by Pat Specimen." in text_of(team.opens(SECOND))
    assert "has been dealt with at 09:00 by Pat Specimen" in team.room.told("ended", QA_LEAD).replace("\n", " ")


def test_another_reference_can_be_written(team: Team) -> None:
    reference = in_doubt(team)
    team.decides(QA_LEAD, team.opens(QA_LEAD), "assign", other=reference.lower(), why=WHY)
    team.works()
    assert state(team) == "done"


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"why": WHY}, "Please choose an audit"),
        ({"audit": "TW-0001"}, "Please say why"),
        ({"audit": "TW-0001", "other": "TW-0002", "why": WHY}, "You chose TW-0001 and wrote TW-0002."),
        ({"other": "the one of last week", "why": WHY}, "Please write one reference"),
        ({"other": "TW-0817", "why": WHY}, "No audit has that reference."),
    ],
)
def test_what_is_missing_is_asked_for_and_what_was_typed_is_still_there(
    team: Team, typed: dict[str, str], says: str
) -> None:
    in_doubt(team)
    card = team.decides(QA_LEAD, team.opens(QA_LEAD), "assign", **typed)
    assert says in text_of(card)
    held = {one["id"].removeprefix("letter."): one["value"] for one in inputs(drawn(card)) if "value" in one}
    assert held == typed
    team.works()
    assert state(team) == "needs_a_person"


# each reason has a question of its own


def test_a_strangers_tool_is_filed_only_where_somebody_says_whose_it_is(team: Team) -> None:  # L02
    reference = of_a_stranger(team)
    card = team.opens(QA_LEAD)
    assert card.facts.asks is Asks.WHOSE
    assert "Whose is it?" in text_of(card)
    assert "Nobody in the directory has this address. Nothing is filed unless you choose an audit." in text_of(card)
    assert references(card.facts) == [reference]
    assert not team.room.audit(team.room.allocates(case="4022"))["versions"]
    team.decides(QA_LEAD, card, "assign", audit=reference, why=WHY)
    team.works()
    assert state(team) == "done"
    assert not team.room.letters_out("receipt", STRANGER)


def test_an_unproven_sender_is_warned_of(team: Team) -> None:
    audit = team.room.allocates()
    team.room.trust = Trust(server="mx.council.example")
    team.room.writes(AUDITOR, files=(team.room.filled(audit),))
    team.works()
    card = team.opens(QA_LEAD)
    assert (card.facts.asks, card.facts.known) == (Asks.WHOSE, Sender.UNPROVEN)
    assert "This address is not proven" in text_of(card)
    assert references(card.facts) == [audit.reference]


def test_a_file_that_cannot_be_read_is_asked_for_again_or_read_by_a_person(team: Team) -> None:
    team.room.allocates()
    team.room.writes(AUDITOR, "TW-0001", files=(b"%PDF-1.7 nothing",))
    team.works()
    card = team.opens(QA_LEAD)
    assert card.facts.asks is Asks.AGAIN
    assert "Ask for it again, or read it yourself?" in text_of(card)
    team.decides(QA_LEAD, card, "discard", done="asked again")
    team.works()
    assert state(team) == "discarded"
    assert "I have asked for it again" in text_of(team.opens(QA_LEAD))


def test_words_alone_are_dealt_with_by_somebody(team: Team) -> None:
    only_words(team)
    card = team.opens(QA_LEAD)
    assert card.facts.asks is Asks.READ
    assert "Has somebody dealt with it?" in text_of(card)
    missing = team.decides(QA_LEAD, card, "discard")
    assert "Please choose one, or say in a line what was done." in text_of(missing)
    assert state(team) == "needs_a_person"
    team.decides(QA_LEAD, missing, "discard", done="answered", why="By telephone.")
    assert state(team) == "discarded"
    assert "Its writer has an answer. By telephone." in text_of(team.opens(QA_LEAD))


def test_a_stranger_who_brings_no_file_is_not_asked_whose_it_is(team: Team) -> None:
    only_words(team, STRANGER)
    card = team.opens(QA_LEAD)
    assert card.facts.asks is Asks.READ
    assert "Nobody in the directory has this address." in text_of(card)
    assert "choose an audit" not in text_of(card)


def test_what_a_machine_forwarded_asks_which_audit(team: Team) -> None:
    audit = team.room.allocates()
    team.room.writes(AUDITOR, files=(team.room.filled(audit),), Auto_Submitted="auto-forwarded")
    team.works()
    card = team.opens(QA_LEAD)
    assert (card.facts.asks, card.facts.files) == (Asks.WHICH, 1)
    team.decides(QA_LEAD, card, "assign", audit=audit.reference, why=WHY)
    team.works()
    assert team.room.audit(audit)["state"] == "submitted"


# the list


def test_the_list_is_oldest_first_and_status_counts_it(team: Team) -> None:
    room = team.room
    assert "No letter needs a person" in text_of(team.says(QA_LEAD, "post"))
    for place in range(12):
        room.writes(STRANGER, f"Hello {place}", "Hello.\n")
        room.waits(minutes=1)
    listed = team.says(QA_LEAD, "letters")
    assert isinstance(listed, LetterList)
    assert [one.number for one in listed.lines] == list(range(1, 11))
    assert "and 2 more" in text_of(listed)
    status = team.says(QA_LEAD, "status")
    assert isinstance(status, AuditList)
    assert status.letters == 12
    assert "12 letters need a person." in text_of(status)
    assert isinstance(team.says(QA_LEAD, "letter 12"), LetterCard)
    assert "letters" in text_of(team.says(QA_LEAD, "help"))


# who may not


@pytest.mark.parametrize("email", [AUDITOR, MANAGER, WORKER, INFORMED])
def test_nobody_else_sees_or_decides_anything(team: Team, email: str) -> None:  # L02
    reference = of_a_stranger(team)
    for verb in ("letter", "letters", "assign", "retry", "discard"):
        said = {
            team.presses(email, verb, letter=number, drawn=2, **{"letter.audit": reference, "letter.why": WHY})
            for number in (1, 2, 999)
        }
        assert said == {Say(NotOfTheTeam(qa_team=team.room.council.policy.qa_team).sentence)}
    assert isinstance(team.says(email, "letters"), Say)
    for words in ("status", "help"):
        assert "letters" not in text_of(team.says(email, words))
    team.works()
    assert state(team) == "needs_a_person"


def test_what_somebody_typed_who_may_not_is_kept(team: Team) -> None:
    of_a_stranger(team)
    team.presses(INFORMED, "discard", letter=1, drawn=2, **{"letter.why": "It is an invitation."})
    with team.room.store.open() as ledger:
        assert [one.words for one in ledger.audits.unplaced_words()][-1] == "It is an invitation."


def test_whoever_is_only_informed_sees_why_it_waits_and_no_more(team: Team) -> None:  # L02
    of_a_stranger(team)
    (alert,) = team.told(INFORMED, "alert")
    assert isinstance(alert.facts, AlertFacts)
    shown = team.presses(INFORMED, "show", concern=alert.facts.concern_id)
    assert isinstance(shown, WhatWasRecorded)
    assert STRANGER not in text_of(shown)


def test_letters_said_by_an_auditor_answers_nothing_on_their_card(team: Team) -> None:
    audit = team.room.allocates()
    team.says(AUDITOR, "start")
    assert isinstance(team.says(AUDITOR, "letters"), Say)
    assert not [one for one in team.room.audit(audit)["sections"] if one["comment"]]


# twice, late, and meanwhile


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
    says = flat_text(cards.notice_activity(told)["attachments"][0]["content"])
    assert f"it is for {other.reference}, and it could not all be filed there." in says
    assert f"it is another tool than the one for {other.reference}." in says
    assert isinstance(told.facts, LetterFacts)
    assert told.facts.asks is Asks.WHICH
    assert "Nobody in the directory has this address." in says
    team.decides(QA_LEAD, team.opens(QA_LEAD), "assign", audit=audit.reference, why=WHY)
    team.works()
    assert state(team) == "done"


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
    says = flat_text(cards.notice_activity(told)["attachments"][0]["content"])
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
    (end,) = team.told(SECOND, "ended")
    assert end.shown == ("theirs",), "who was not told and has its card"
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
