"""Requests for an audit (B03, B04): anybody in the directory asks, one role decides, and the asker hears the outcome.

Nothing is allocated here: that is a person's own step, whatever was decided.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from audit.council import Council
from audit.deadlines import LONDON, Roll, due, said
from audit.notices import CHANNELS, RequestFacts
from audit.people import Held, Person
from audit.refusals import (
    DecidedBefore,
    NoSuchRequest,
    NotALaterDay,
    NotTheirDecision,
    ReasonNeeded,
    TooManyRequests,
    WhichCase,
)
from audit.wishes import OTHER, ids_alone, named_ids
from desk import climbing, councils
from desk.calendar import bank_holidays, today
from storage.ledger import Ledger
from storage.requests import UNDECIDED, Request, RequestState

MOST_WAITING = 12
"""Requests of one person that may wait for a decision: whoever decides is not flooded."""
OTHER_LABEL = "Another reason"
ASKED = "audit requested"
"""What the trail calls a request; what its writer wrote is in the content, where it can be erased."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, and whether it is new: the same case asked for again by the same person is the same request."""

    request: Request
    is_new: bool


def case_in(words: str) -> str:
    """The one case that words name by its ID. Raises WhichCase.

    A number counts that they call a case's, or that has a line to itself. Whether such a case exists is not looked up:
    nobody could ask for one to learn that (L02).
    """
    found = named_ids(words) or ids_alone(words)
    if len(found) != 1:
        raise WhichCase(field="case")
    return found[0]


def ask(
    ledger: Ledger,
    council: Council,
    person: Person,
    case_id: str,
    reason: str,
    words: str,
    now: datetime,
    door: str,
    letter_id: int | None = None,
) -> Asked:
    """Write a request down and put it to those who decide. `words`: all that was written; kept in the trail only.

    Raises TooManyRequests where this is one more than may wait.
    """
    waiting = [one for one in ledger.requests.undecided() if one.asked_by == person.id]
    if len(waiting) >= MOST_WAITING and case_id not in {one.case_id for one in waiting}:
        raise TooManyRequests(most=MOST_WAITING, qa_team=council.policy.qa_team)
    known = council.policy.asking.reason(reason)
    request, is_new = ledger.requests.add(
        case_id=case_id,
        reason=known.id if known else OTHER,
        asked_by=person.id,
        at=now,
        door=door,
        council_hash=council.hash,
        letter_id=letter_id,
    )
    if is_new or (words and not _has_words(ledger, request, words)):
        content = {"case": case_id, "reason": request.reason, "words": words, "door": door}
        ledger.trail.add(_chain(request.id), ASKED, f"person/{person.id}", now, content)
    if is_new:
        _put_to_deciders(ledger, council, request, "asked", now)
        _owe_asking_again(ledger, council, request.id, now)
    return Asked(request, is_new)


def _has_words(ledger: Ledger, request: Request, words: str) -> bool:
    return any((one.content or {}).get("words") == words for one in ledger.trail.events(_chain(request.id)))


def deciders(ledger: Ledger, council: Council) -> tuple[Held, ...]:
    """Who decides about requests."""
    return climbing.holders(ledger, council.policy.asking.decides, None)


def may_decide(ledger: Ledger, council: Council, person: Person) -> bool:
    """Whether this person decides about requests."""
    return any(held.person.id == person.id for held in deciders(ledger, council))


def _put_to_deciders(ledger: Ledger, council: Council, request: Request, when: str, now: datetime) -> None:
    for held in deciders(ledger, council):
        for channel in CHANNELS:
            ledger.obligations.notify(
                key=f"request/{request.id}/{when}/to/{held.person.id}/{channel}",
                kind="request",
                channel=channel,
                at=now,
                person_id=held.person.id,
                data={"council": council.hash, "request": request.id, "repeated": when != "asked"},
            )


# deciding


def find(ledger: Ledger, number: int, lock: bool = False) -> Request:
    """The request with this number. Raises NoSuchRequest."""
    try:
        return ledger.requests.request(number, lock=lock)
    except LookupError:
        raise NoSuchRequest(number=number) from None


def decide(
    ledger: Ledger,
    council: Council,
    person: Person,
    number: int,
    state: RequestState,
    now: datetime,
    why: str = "",
    until: date | None = None,
) -> Request:
    """Accept a request, decline it with a reason, or put it off to a day or the next cycle. The asker hears of it.

    Raises NotTheirDecision, NoSuchRequest, DecidedBefore, ReasonNeeded, NotALaterDay. The same again changes nothing.
    """
    if not may_decide(ledger, council, person):
        raise NotTheirDecision(role=councils.title(council, council.policy.asking.decides))
    request, reason = find(ledger, number, lock=True), " ".join(why.split())
    if request.state not in UNDECIDED:
        if request.state is state:
            return request
        raise _decided_before(ledger, request, now)
    if state is RequestState.DECLINED and not reason:
        raise ReasonNeeded(field="why")
    if until is not None and until <= today(now):
        raise NotALaterDay(day=until.isoformat(), field="until")
    if request.state is state and request.until == until:
        return request
    content = {"state": state.value, "why": reason, "until": until.isoformat() if until else ""}
    ledger.trail.add(_chain(number), "audit request decided", f"person/{person.id}", now, content)
    settled = ledger.requests.settle(number, state, person.id, now, reason, until)
    ledger.obligations.cancel_notices(f"request/{number}/")
    if until is not None and state is RequestState.LATER:
        _owe_on(ledger, number, until)
    _tell_asker(ledger, council, settled, person, now)
    return settled


def _decided_before(ledger: Ledger, request: Request, now: datetime) -> DecidedBefore:
    by = ledger.directory.person(request.decided_by).name if request.decided_by else "somebody"
    when = _day(today(request.decided_at), now) if request.decided_at else "an earlier day"
    return DecidedBefore(number=request.id, state=request.state.value, name=by, when=when)


def ask_again(ledger: Ledger, number: int, now: datetime) -> None:
    """Nobody has decided, or the day has come to which it was put off: whoever decides now is asked again."""
    request = ledger.requests.request(number)
    put_off = request.state is RequestState.LATER and request.until is not None
    if request.state is RequestState.OPEN or put_off:
        council = councils.by_hash(ledger, request.council_hash)
        _put_to_deciders(ledger, council, request, f"again-{today(now).isoformat()}", now)
        _owe_asking_again(ledger, council, number, now)


def _owe_asking_again(ledger: Ledger, council: Council, number: int, now: datetime) -> None:
    day = due(today(now), council.policy.asking.again, Roll.ADMIN, bank_holidays(today(now)))
    _owe_on(ledger, number, day)


def _owe_on(ledger: Ledger, number: int, day: date) -> None:
    """In the morning of that day. The key is one for each request: a later decision moves it."""
    ledger.obligations.owe(
        _again(number), "request", "clock", datetime.combine(day, time(9), LONDON), {"request": number}
    )


def _tell_asker(ledger: Ledger, council: Council, request: Request, by: Person, now: datetime) -> None:
    role = councils.title(council, council.policy.asking.decides)
    cycle = "the monthly cycle"
    outcome = {
        RequestState.ACCEPTED: f"Your request is accepted: case {request.case_id} will be put into {cycle}.",
        RequestState.DECLINED: f"Case {request.case_id} will not be put into {cycle} this time.",
        RequestState.LATER: f"Your request for case {request.case_id} is kept for later: {_later(request, now)}.",
    }[request.state]
    after = {
        RequestState.ACCEPTED: "Nobody has been asked to audit it yet. Whoever is will get in touch with its worker.",
        RequestState.DECLINED: "If you see it otherwise, or something changes, ring whoever decided, or ask again.",
        RequestState.LATER: "You need do nothing. You will hear when it has been decided.",
    }[request.state]
    decided = f"This was decided by {by.name}, {role}{f', {by.phone}' if by.phone else ''}."
    lines = [outcome, after, decided, "An answer to a request is no view on the child. If one may be at risk, phone."]
    if request.why:
        lines.append(f"The reason that was given: {request.why}")
    for channel in CHANNELS:
        ledger.obligations.notify(
            key=f"request/{request.id}/outcome/{now.isoformat()}/{channel}",
            kind="news",
            channel=channel,
            at=now,
            person_id=request.asked_by,
            data={"council": council.hash, "title": f"Your request {request.id}: {_short(request)}", "lines": lines},
        )


def _short(request: Request) -> str:
    return "kept for later" if request.state is RequestState.LATER else request.state.value


def _later(request: Request, now: datetime) -> str:
    return f"it will be looked at again on {_day(request.until, now)}" if request.until else "for the next cycle"


def _day(day: date, now: datetime) -> str:
    return said(day, today(now), bank_holidays(today(now)))


# showing


def facts(ledger: Ledger, request: Request, repeated: bool = False) -> RequestFacts:
    """A request as whoever decides sees it; nothing that was written is in it."""
    by = ledger.directory.person(request.decided_by).name if request.decided_by else ""
    return RequestFacts(
        number=request.id,
        case_id=request.case_id,
        known=ledger.directory.case(request.case_id) is not None,
        reason=label(councils.by_hash(ledger, request.council_hash), request.reason),
        asked_by=ledger.directory.person(request.asked_by),
        asked_at=request.asked_at,
        state=request.state.value,
        decided_by=by,
        decided_at=request.decided_at,
        until=request.until,
        why=request.why,
        repeated=repeated,
    )


def label(council: Council, reason: str) -> str:
    """A reason as people read it."""
    known = council.policy.asking.reason(reason)
    return known.label if known else OTHER_LABEL


def words_of(ledger: Ledger, council: Council, person: Person, number: int) -> tuple[str, ...]:
    """What was written with a request, for whoever decides; the trail keeps that they looked. Raises as `decide`."""
    if not may_decide(ledger, council, person):
        raise NotTheirDecision(role=councils.title(council, council.policy.asking.decides))
    find(ledger, number)
    found = (one.content or {} for one in ledger.trail.events(_chain(number)) if one.what == ASKED)
    return tuple(str(content["words"]) for content in found if content.get("words"))


def _chain(number: int) -> str:
    return f"request/{number}"


def _again(number: int) -> str:
    return f"request/{number}/again"
