"""Bounces reach the notice they belong to, hurry its alert, and can silence nothing (G04, L10)."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes

import pytest

from audit.answers import Audit
from audit.escalation import ConcernState
from desk import concerns, post_queue, showing
from mail import bounces
from mail.numbering import message_id
from storage.obligations import Kept
from tests.mail.room import AUDITOR, INBOX, MANAGER, OTHER_AUDITOR, QA_LEAD, SERVICE_MANAGER, Room, words_of


def ours(notice: Kept) -> str:
    """The Message-ID of a letter of ours."""
    return message_id(notice.number, notice.seal, INBOX)


def report(about: Kept, to: str, action: str = "failed", headers: str = "", returned: bool = True) -> bytes:
    """A report as RFC 3464 has it, about a notice of ours."""
    quoted = f"--b\nContent-Type: text/rfc822-headers\n\nFrom: {INBOX}\nMessage-ID: {ours(about)}\nSubject: x\n\n"
    return f"""From: Mail Delivery System <mailer-daemon@relay.example>
To: {INBOX}
Subject: Undelivered Mail Returned to Sender
Message-ID: <b-{about.number}-{action}-{to}@relay.example>
{headers}MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I am sorry.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example

Final-Recipient: rfc822; {to}
Action: {action}
Status: 5.1.1

{quoted if returned else ""}--b--
""".replace("\n", "\r\n").encode()


def in_words(about: Kept, said: str, sender: str = "MAILER-DAEMON@relay.example") -> bytes:
    """A bounce of a mail system that sends no report."""
    return f"""From: {sender}
To: {INBOX}
Subject: failure notice
Message-ID: <w-{about.number}@relay.example>

{said}

--- Below this line is a copy of the message.

From: {INBOX}
Message-ID: {ours(about)}
Subject: x
""".replace("\n", "\r\n").encode()


def notice(room: Room, kind: str, to: str) -> Kept:
    """The newest letter of a kind to somebody."""
    with room.store.open() as ledger:
        person = ledger.directory.by_email(to)
        assert person
        found = ledger.obligations.notices(person_id=person.id)
    return [one for one in found if one.kind == kind and one.channel == "mail"][-1]


def raised(room: Room) -> Audit:
    audit = room.allocates()
    with room.store.open() as ledger:
        concerns.raise_by_hand(ledger, audit, "immediate", "words", audit.auditor_id, "p", room.now, "teams")
    room.works()
    return audit


def comes_back(room: Room, raw: bytes) -> None:
    room.posts("", raw)
    room.works()


def test_an_alert_that_came_back_climbs_at_once_and_the_team_is_told(room: Room) -> None:  # L10
    audit = raised(room)
    lost = notice(room, "alert", MANAGER)
    assert not room.letters_out("alert", SERVICE_MANAGER)
    comes_back(room, report(lost, MANAGER))
    assert notice(room, "alert", MANAGER).number != lost.number  # asked again in the next round
    assert len(room.letters_out("alert", SERVICE_MANAGER)) == 1
    told = room.told("alarm", QA_LEAD)
    assert f"did not reach Morgan Example at {MANAGER}" in told
    assert audit.reference in told
    with room.store.open() as ledger:
        now = ledger.obligations.notice_by_number(lost.number)
        events = [one.what for one in ledger.trail.events(f"audit/{audit.id}")]
    assert now and (now.state, now.why) == ("gave_up", "it came back (5.1.1)")
    assert "alert came back" in events
    assert room.letters()[-1].state == "done"
    assert not room.letters_out("reply")


def test_the_auditor_sees_who_was_not_reached(room: Room) -> None:
    raised(room)
    comes_back(room, report(notice(room, "alert", MANAGER), MANAGER))
    with room.store.open() as ledger:
        (concern,) = ledger.concerns.live()
        told = showing.alert_facts(ledger, concern, concern.raised_by).told
    assert [one.name for one in told if dict(one.by).get("mail") == "gave_up"] == ["Morgan Example"]


def test_an_address_that_is_dead_for_good_does_not_ring_everybody_without_end(room: Room) -> None:
    raised(room)
    comes_back(room, report(notice(room, "alert", MANAGER), MANAGER))
    after_one = len(room.letters_out("alert"))
    for _ in range(5):
        comes_back(room, report(notice(room, "alert", MANAGER), MANAGER))
    assert len(room.letters_out("alert")) == after_one
    assert len(room.letters_out("alarm", QA_LEAD)) >= 1
    assert sum("came back" in str(one["Subject"]) for one in room.letters_out("alarm", QA_LEAD)) == 1
    assert room.concerns()[0].state is ConcernState.OPEN


def test_the_team_hears_again_the_next_day(room: Room) -> None:
    room.allocates()
    room.allocates(case="4022")
    with room.store.open() as ledger:
        sent = [one for one in ledger.obligations.notices() if one.kind == "allocation" and one.state == "sent"]
    comes_back(room, report(sent[0], AUDITOR))
    room.waits(days=1)
    comes_back(room, report(sent[1], AUDITOR))
    assert sum("came back" in str(one["Subject"]) for one in room.letters_out("alarm", QA_LEAD)) == 2


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded"])
def test_a_delay_or_a_receipt_changes_nothing(room: Room, action: str) -> None:
    raised(room)
    sent = notice(room, "alert", MANAGER)
    comes_back(room, report(sent, MANAGER, action))
    with room.store.open() as ledger:
        now = ledger.obligations.notice_by_number(sent.number)
    assert now and now.state == "sent"
    assert not room.letters_out("alert", SERVICE_MANAGER)


def test_a_bounce_in_words_counts_and_a_delay_in_words_does_not(room: Room) -> None:
    audit = room.allocates()
    sent = notice(room, "allocation", AUDITOR)
    comes_back(room, in_words(sent, "Delivery is delayed. We will keep trying; you need not resend."))
    assert next(one for one in room.audit(audit)["notices"] if one["number"] == sent.number)["state"] == "sent"
    comes_back(room, in_words(sent, f"<{AUDITOR}>: 550 5.1.1 no such user").replace(b"<w-", b"<w2-"))
    mine = next(one for one in room.audit(audit)["notices"] if one["number"] == sent.number)
    assert (mine["state"], mine["why"]) == ("gave_up", "it came back (5.1.1)")


def test_an_exchange_report_that_returns_nothing_is_known_by_what_it_answers(room: Room) -> None:
    audit = room.allocates()
    sent = notice(room, "allocation", AUDITOR)
    answers = f"In-Reply-To: {ours(sent)}\nX-MS-Exchange-Message-Is-Ndr:\nAuto-Submitted: auto-replied\n"
    comes_back(room, report(sent, AUDITOR, headers=answers, returned=False))
    assert next(one for one in room.audit(audit)["notices"] if one["number"] == sent.number)["state"] == "gave_up"


def test_a_forged_bounce_acknowledges_nothing_and_holds_nothing_back(room: Room) -> None:
    raised(room)
    with room.store.open() as ledger:
        due = {one.key: one.due_at for one in ledger.obligations.waiting("concern/")}
        sent = [one for one in ledger.obligations.notices() if one.channel == "mail"]
    for one in sent:
        room.posts("", report(one, "nobody@elsewhere.example"))
        room.posts("", report(replace(one, number=one.number + 1000), MANAGER))
    room.works()
    assert room.concerns()[0].state is ConcernState.OPEN
    assert not room.concerns()[0].acknowledgements
    with room.store.open() as ledger:
        climbs = [one for one in ledger.obligations.waiting("concern/") if one.kind == "climb"]
    assert climbs
    assert min(one.due_at for one in climbs) <= max(due.values()) + (max(due.values()) - room.now)
    room.waits(hours=2)
    assert room.letters_out("alert", SERVICE_MANAGER)


def test_a_bounce_of_what_was_never_sent_changes_nothing(room: Room) -> None:
    audit = room.allocates()
    with room.store.open() as ledger:
        concerns.raise_by_hand(ledger, audit, "immediate", "words", audit.auditor_id, "p", room.now, "teams")
    waiting = notice(room, "alert", MANAGER)
    room.posts("", report(waiting, MANAGER))
    room.reads()
    assert notice(room, "alert", MANAGER).state == "waiting"
    room.works()
    assert room.letters_out("alert", MANAGER)


def test_whoever_has_the_chat_is_reached_and_nobody_is_hurried(room: Room) -> None:
    raised(room)
    lost = notice(room, "alert", MANAGER)
    with room.store.open() as ledger:
        ledger.obligations.mark_notice(lost.key.removesuffix("mail") + "teams", "sent", room.now)
    comes_back(room, report(lost, MANAGER))
    assert not room.letters_out("alert", SERVICE_MANAGER)
    assert room.letters_out("alarm", QA_LEAD)


def test_an_answer_that_came_back_goes_anew_when_its_letter_is_read_again(room: Room) -> None:  # G02
    room.writes(AUDITOR, "A question", "May I have a word about the rota, please?\n")
    room.works()
    first = notice(room, "reply", AUDITOR)
    comes_back(room, report(first, AUDITOR))
    with room.store.open() as ledger:
        lead = ledger.directory.by_email(QA_LEAD)
        assert lead
        post_queue.retry(ledger, 1, lead, room.now)
    room.works()
    again = notice(room, "reply", AUDITOR)
    assert (again.number, again.state) != (first.number, first.state)
    assert len(room.letters_out("reply", AUDITOR)) == 2


def test_a_loop_of_a_hundred_machines_hears_nothing_from_us(room: Room) -> None:  # G04
    room.allocates()
    sent = notice(room, "allocation", AUDITOR)
    before = len(room.letters_out())
    for place in range(50):
        room.writes(
            OTHER_AUDITOR if place % 2 else AUDITOR,
            f"Automatic reply: {place}",
            "I am away.\n",
            answering=ours(sent),
            Auto_Submitted="auto-replied",
        )
        raw = report(sent, AUDITOR).replace(b"<b-", f"<b-{place}-".encode())
        room.posts("", raw)
    room.works()
    room.waits(minutes=1)  # a flood is read a little later
    assert len(room.letters()) == 100
    assert {one.state for one in room.letters()} == {"done"}
    new = room.letters_out()[before:]
    assert [one["Subject"] for one in new] == ["A letter of ours came back"]
    assert [one["To"] for one in new] == [room.letters_out("alarm", QA_LEAD)[0]["To"]]
    assert "did not reach" in words_of(new[0])


def test_a_person_who_quotes_us_has_not_bounced(room: Room) -> None:
    room.allocates()
    said = in_words(
        notice(room, "allocation", AUDITOR),
        "I have not got it: not delivered.",
        "Avery Sample <avery.sample@telford.example>",
    )
    assert bounces.read(message_from_bytes(said)) is None


def test_two_letters_of_ours_in_one_bounce_are_nobodys_guess(room: Room) -> None:
    room.allocates()
    sent = notice(room, "allocation", AUDITOR)
    said = in_words(sent, f"Message-ID: {ours(replace(sent, number=2000))}")
    assert bounces.read(message_from_bytes(said)) is None
