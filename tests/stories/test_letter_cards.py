"""The QA team deals with letters in Teams: a card for each, with one question, for those who may (G02)."""

from __future__ import annotations

import pytest

from audit.notices import AlertFacts, Asks, Sender
from audit.refusals import NotOfTheTeam
from bot import cards
from dialogs.screens import AuditList, LetterCard, LetterList, Say, WhatWasRecorded
from mail.authentic import Trust
from tests.cards.walking import inputs, press, titles
from tests.mail.room import AUDITOR, MANAGER, OTHER_AUDITOR, QA_LEAD, STRANGER, WORKER
from tests.stories.post import (
    INFORMED,
    SECOND,
    SECRET,
    WHY,
    Team,
    drawn,
    in_doubt,
    of_a_stranger,
    only_words,
    references,
    state,
    text_of,
)

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
