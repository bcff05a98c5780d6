"""The news goes out: due notices are claimed, sent with no transaction open, and what became of them is recorded.

At least once: a crash between send and record means that the same notice goes again under the same number
(docs/decisions/0001-at-least-once.md).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Protocol

from audit.answers import Audit
from audit.council import Council
from audit.notices import (
    AuditFacts,
    CompletedFacts,
    Facts,
    FinishedFacts,
    Notice,
    PlainFacts,
    ReadRow,
    ReceiptFacts,
    ReplyFacts,
)
from audit.people import Person
from audit.process import Stage
from desk import climbing, councils, doubt, filing, letter_cards, requests, showing, undelivered
from desk.doubt import Doubt
from storage.ledger import Ledger, Store
from storage.obligations import Kept, Obligation

AT_ONCE = 1
"""Notices claimed at a time: one send and its time-out fit into a lease of 20 s. Several threads send side by side."""


UNSEEN = datetime(2000, 1, 1, tzinfo=UTC)


class TryLater(Exception):
    """The world is busy: the notice stays in the outbox. `after`: seconds to wait, where the world said so;
    `may_have_left`: whether it may have been sent nevertheless (desk/doubt.py)."""

    def __init__(self, why: str, after: float = 0) -> None:
        """`why` holds no name and no body."""
        super().__init__(why)
        self.after = after
        self.may_have_left = False


class GiveUp(Exception):
    """This notice will never go by this channel. The other channel and the ladder go on."""


class NotInCopy(GiveUp):
    """The letter left, but not to those who were to have it in copy."""


class ChatGone(GiveUp):
    """The chat no longer works: blocked, uninstalled or unknown."""


class Sender(Protocol):
    """One channel out. Raises TryLater or GiveUp, nothing else; hands back what the channel calls the message."""

    def send(self, notice: Notice) -> str:
        """Send one notice."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a notice. `missed`: addresses in copy that it left without."""

    state: str
    reference: str = ""
    why: str = ""
    after: float = 0
    chat_gone: bool = False
    may_have_left: bool = False
    missed: tuple[str, ...] = ()


def deliver(store: Store, sender: Sender, channel: str, now: Callable[[], datetime]) -> int:
    """Send what is due on one channel. How many were tried; 0 when there is nothing to do."""
    at = now()
    claimed = store.run(lambda ledger: ledger.obligations.claim((channel,), at, ledger.clock(), AT_ONCE))
    for duty in claimed:
        thought = doubt.about(duty, at)
        notice = store.run(partial(_prepare, duty, thought, at))
        if notice is None:
            continue  # moved, cancelled or taken over since, or nothing is left to send
        outcome = _send(sender, notice)
        store.run(partial(_record, duty, thought, notice, outcome, now()))
    return len(claimed)


def _prepare(duty: Obligation, thought: Doubt, at: datetime, ledger: Ledger) -> Notice | None:
    """What to send, if the claim still holds. Apart from the claim, so that a notice that cannot be drawn is held
    by its lease while all others go on."""
    if not ledger.obligations.is_held(duty):
        return None
    notice = _notice(ledger, duty, at)
    if notice is None:
        ledger.obligations.finish(duty)
        return None
    if thought.goes_again:
        ledger.obligations.note(duty, doubt.going_again(duty, thought, at))
    return replace(notice, may_have_left=thought.only_look)


def _send(sender: Sender, notice: Notice) -> Outcome:
    try:
        return Outcome("sent", reference=sender.send(notice))
    except TryLater as busy:
        return Outcome("waiting", why=str(busy), after=busy.after, may_have_left=busy.may_have_left)
    except ChatGone as never:
        return Outcome("gave_up", why=str(never), chat_gone=True)
    except NotInCopy:
        return Outcome("sent", missed=notice.cc)
    except GiveUp as never:
        if notice.cc:  # an address in copy may be what is wrong: it must not keep the letter from its reader
            alone = _send(sender, replace(notice, cc=()))
            return replace(alone, missed=notice.cc) if alone.state == "sent" else alone
        return Outcome("gave_up", why=str(never))


def _record(duty: Obligation, thought: Doubt, notice: Notice, outcome: Outcome, now: datetime, ledger: Ledger) -> None:
    """Write down what became of a notice; a zombie whose claim was taken over writes nothing."""
    if outcome.state == "waiting":
        wait = outcome.after or min(20.0, 2.0 ** min(duty.attempts, 5)) * random.uniform(0.7, 1.3)  # noqa: S311
        ledger.obligations.note(duty, doubt.after(duty, thought, outcome.may_have_left, now))
        ledger.obligations.put_off(duty, now + timedelta(seconds=wait), outcome.why)
        return
    if not ledger.obligations.finish(duty, "done" if outcome.state == "sent" else "gave_up", outcome.why):
        return
    if outcome.chat_gone and notice.to:
        ledger.directory.close_conversation(notice.to.id, now)
    if notice.kind == "refresh":
        _note_redrawn(ledger, duty, outcome)
        return
    ledger.obligations.mark_notice(
        notice.key, outcome.state, now if outcome.state == "sent" else None, outcome.reference, outcome.why
    )
    kept = ledger.obligations.notice(notice.key)
    assert kept
    content = {"notice": notice.number, "to": notice.to.id if notice.to else 0, "why": outcome.why}
    chain = _chain(kept)
    if chain:
        ledger.trail.add(chain, f"{notice.kind} {outcome.state} by {notice.channel}", "bot", now, content)
    undelivered.note_copies(ledger, _council(ledger, kept), kept, outcome.missed, now)
    _afterwards(ledger, kept, outcome, now)


def _note_redrawn(ledger: Ledger, duty: Obligation, outcome: Outcome) -> None:
    """The live card could not be changed and was posted anew: that one is the live card now."""
    if outcome.reference:
        ledger.audits.note_activity(int(duty.data["audit"]), int(duty.data["person"]), outcome.reference)


def _afterwards(ledger: Ledger, kept: Kept, outcome: Outcome, now: datetime) -> None:
    posted = kept.kind == "allocation" and kept.channel == "teams" and outcome.reference
    if posted and kept.audit_id and kept.person_id and not ledger.audits.screen(kept.audit_id, kept.person_id):
        # Not seen yet as far as we know: words typed now are still about the card that the person had in hand.
        ledger.audits.save_screen(kept.audit_id, kept.person_id, "allocation", UNSEEN, outcome.reference)
    if kept.kind == "alert" and kept.concern_id:
        climbing.refresh_auditor(ledger, ledger.concerns.concern(kept.concern_id), now)


def _chain(kept: Kept) -> str:
    if kept.audit_id:
        return f"audit/{kept.audit_id}"
    return f"letter/{kept.letter_id}" if kept.letter_id else ""


# from what was written down to what is sent


def _notice(ledger: Ledger, duty: Obligation, now: datetime) -> Notice | None:
    """The notice with its facts as they are now, or None where there is nothing left to send."""
    if duty.kind == "refresh":
        return _refresh(ledger, duty, now)
    kept = ledger.obligations.notice(duty.key)
    if kept is None or kept.state != "waiting":
        return None
    to = ledger.directory.person(kept.person_id) if kept.person_id else None
    council = _council(ledger, kept)
    return Notice(
        key=kept.key,
        number=kept.number,
        kind=kept.kind,
        channel=kept.channel,
        to=to,
        address=to.email if to else kept.address,
        cc=_cc(ledger, kept, council),
        facts=_facts(ledger, kept, council, now),
        council=council,
        now=now,
        place=_place(ledger, to, kept.channel),
        shown=_shown(ledger, kept),
        data=kept.data,
        seal=kept.seal,
        lead=next(iter(climbing.holders(ledger, council.policy.qa_lead, None)), None),
    )


def _refresh(ledger: Ledger, duty: Obligation, now: datetime) -> Notice | None:
    audit = ledger.audits.audit(int(duty.data["audit"]))
    person = ledger.directory.person(int(duty.data["person"]))
    screen = ledger.audits.screen(audit.id, person.id)
    if screen is None:
        return None
    facts = showing.live_facts(ledger, audit, screen.shows, now)
    return Notice(
        key=duty.key,
        number=0,
        kind="refresh",
        channel="teams",
        to=person,
        address="",
        cc=(),
        facts=facts,
        council=facts.council,
        now=now,
        place=_place(ledger, person, "teams"),
        shown=(screen.activity_id,) if screen.activity_id else (),
    )


def _place(ledger: Ledger, to: Person | None, channel: str) -> dict[str, object] | None:
    if to is None or channel != "teams":
        return None
    place = ledger.directory.conversation(to.id)
    return dict(place) if place else None


def _council(ledger: Ledger, kept: Kept) -> Council:
    if kept.concern_id:
        return councils.by_hash(ledger, ledger.concerns.council_hash(kept.concern_id))
    if kept.audit_id:
        return councils.of_audit(ledger, ledger.audits.audit(kept.audit_id))
    return councils.by_hash(ledger, str(kept.data["council"]))


def _cc(ledger: Ledger, kept: Kept, council: Council) -> tuple[str, ...]:
    """The worker in copy of the allocation mail, where policy says so (B06)."""
    if kept.kind != "allocation" or kept.channel != "mail" or not council.policy.cc_worker or not kept.audit_id:
        return ()
    worker = showing.audit_facts(ledger, ledger.audits.audit(kept.audit_id)).worker
    return (worker.email,) if worker else ()


def _shown(ledger: Ledger, kept: Kept) -> tuple[str, ...]:
    """The alert cards of this person that an end turns into one calm line."""
    if kept.kind == "letter" and kept.data.get("redraws") and kept.concern_id and kept.letter_id:
        return letter_cards.cards_of_letter(ledger, kept.concern_id, kept.person_id, kept.letter_id)
    if kept.kind != "ended" or kept.channel != "teams" or kept.concern_id is None:
        return ()
    return letter_cards.cards_of(ledger, ledger.concerns.concern(kept.concern_id), kept.person_id)


def _facts(ledger: Ledger, kept: Kept, council: Council, now: datetime) -> Facts:
    if kept.kind in ("alert", "ended"):
        assert kept.concern_id
        concern = ledger.concerns.concern(kept.concern_id)
        return showing.alert_facts(ledger, concern, kept.person_id, repeated=bool(kept.data.get("again")))
    if kept.kind == "letter":
        assert kept.letter_id
        return letter_cards.facts(ledger, council, kept.letter_id, kept.person_id, now)
    if kept.kind in ("allocation", "worker", "moderator"):
        return _of_audit(ledger, kept)
    if kept.kind == "completed":
        assert kept.concern_id
        concern = ledger.concerns.concern(kept.concern_id)
        return CompletedFacts(
            _of_audit(ledger, kept),
            council.policy.limb(concern.limb).kind,
            councils.title(council, str(kept.data["role"])),
            remedial=True,
        )
    if kept.kind == "finished":
        return _finished(ledger, kept)
    if kept.kind == "receipt":
        return _receipt(kept)
    if kept.kind == "request":
        request = ledger.requests.request(int(kept.data["request"]))
        return requests.facts(ledger, request, bool(kept.data.get("repeated")))
    if kept.kind == "reply":
        return ReplyFacts(
            str(kept.data["sentence"]),
            str(kept.data.get("reference", "")),
            str(kept.data.get("in_reply_to", "")),
            str(kept.data.get("subject", "")),
            tuple(str(line) for line in kept.data.get("lines", ())),
        )
    return PlainFacts(str(kept.data["title"]), tuple(str(line) for line in kept.data["lines"]))


def _finished(ledger: Ledger, kept: Kept) -> FinishedFacts:
    """The audit with its note; without one if it was opened again meanwhile."""
    of = _of_audit(ledger, kept)
    note = filing.note(ledger, of.audit) if of.audit.stage is Stage.SUBMITTED else None
    return FinishedFacts(of, note, str(kept.data["role"]))


def _of_audit(ledger: Ledger, kept: Kept) -> AuditFacts:
    assert kept.audit_id
    audit: Audit = ledger.audits.audit(kept.audit_id)
    return showing.audit_facts(ledger, audit)


def _receipt(kept: Kept) -> ReceiptFacts:
    data = kept.data
    return ReceiptFacts(
        reference=str(data["reference"]),
        area_count=int(data["area_count"]),
        areas_read=int(data["areas_read"]),
        rows=tuple(ReadRow(*row) for row in data["rows"]),
        questions=tuple(data["questions"]),
        submitted=bool(data["submitted"]),
        to_confirm=str(data["to_confirm"]),
        in_reply_to=str(data["in_reply_to"]),
        subject=str(data["subject"]),
        copies=int(data["copies"]),
        due=date.fromisoformat(str(data["due"])) if data.get("due") else None,
        late=str(data.get("late", "")),
        more=str(data.get("more", "")),
        still_open=int(data.get("still_open", len(data["questions"]))),
        again=bool(data.get("again")),
        reply=bool(data.get("reply")),
        taken=tuple(data.get("taken", ())),
        unclear=tuple(data.get("unclear", ())),
        beside=str(data.get("beside", "")),
    )
