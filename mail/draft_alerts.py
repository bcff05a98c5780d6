"""What an alert says by mail, and the letter that ends one: whom it concerns, who knows, and what happens next."""

from __future__ import annotations

from collections.abc import Iterable

from audit.deadlines import clock
from audit.escalation import ConcernState
from audit.notices import AlertFacts, Notice, ToldLine
from mail.draft_parts import Draft, both, either, mailto, tel, the


def alert(notice: Notice) -> Draft:
    """An alert as one of its readers is to see it: acknowledge first, then whom to ring, then everything else."""
    facts = notice.facts
    assert isinstance(facts, AlertFacts)
    stoppers = either(line.role for line in facts.told if line.may_stop)
    words = {
        "acknowledge": mailto(notice, "ACK", facts.reference),
        "may_stop": facts.may_stop,
        "not_yours": f"Your answer will be noted, but the alert goes on until {stoppers} acknowledges it.",
        "not_a_referral": _not_a_referral(facts),
        "ring": tel(facts.ring_name, facts.ring_phone) if facts.ring_phone else None,
        "raised": _raised(notice, facts),
        "also": tuple(_also(notice, facts)),
        "told": tuple(_told(notice, line) for line in facts.told),
        "next": _next(notice, facts),
        "look_here": _look_here(notice, facts),
    }
    start = "Please acknowledge" if facts.about_letter else "Immediate escalation"
    return Draft(f"{start} · {facts.reference} · {facts.kind}", words, urgent=True)


def _not_a_referral(facts: AlertFacts) -> str:
    if facts.about_letter:
        return "If it says that a child may be at risk, phone. This alert is not a referral."
    return "This alert is not a referral. Please phone as well."


def _raised(notice: Notice, facts: AlertFacts) -> str:
    at, to = clock(facts.raised_at, notice.now), f", to you as {facts.to_role}" if facts.to_role else ""
    if facts.about_letter:
        inbox = notice.council.policy.qa_address
        return f"A letter that needs a person came to {inbox}. This alert was raised at {at}{to}."
    by = f"by the {facts.raised_role}, {facts.raised_by}, " if facts.raised_by else ""
    return f"Raised {by}at {at}{to}."


def _also(notice: Notice, facts: AlertFacts) -> Iterable[str]:
    if not facts.confirmed:
        yield "It is not yet confirmed by the auditor."
    if facts.repeated:
        yield f"This is sent again: it still waits, since {clock(facts.raised_at, notice.now)}."
    if facts.gathered > 1:
        yield f"So many letters came that this one alert stands for {facts.gathered} of them. Each waits for a person."
    elif facts.gathered:
        yield "So many letters came that further ones like it will join this alert. Each waits for a person."
    if facts.gap:
        yield f"Nobody is listed as {facts.gap}, so others were told instead."


def _told(notice: Notice, line: ToldLine) -> dict[str, str]:
    """Who was told, how it went, and whether they have it."""
    reader = notice.to is not None and line.name == notice.to.name
    who = f"You, as {line.role}" if reader else f"{line.name}, {line.role}"
    at = clock(line.told_at, notice.now)
    says = f"Told at {at}" if reader else _reached(line, at)
    if line.acknowledged_at:
        says += f"; acknowledged at {clock(line.acknowledged_at, notice.now)}"
    else:
        says += "; not yet acknowledged" if line.may_stop else "; for information"
    return {"who": who, "says": says}


_CHANNEL = {"teams": "Teams", "mail": "mail"}


def _reached(line: ToldLine, at: str) -> str:
    """How a notice reached somebody, as far as we know: sent is not read, and on its way is not sent."""
    by = {state: [_CHANNEL[channel] for channel, was in line.by if was == state] for _channel, state in line.by}
    parts = [f"told at {at} by {both(by['sent'])}"] if "sent" in by else []
    if "waiting" in by:
        parts.append(f"on its way by {both(by['waiting'])}" + ("" if parts else f" since {at}"))
    if "gave_up" in by:
        parts.append(f"not delivered by {both(by['gave_up'])}")
    says = ", ".join(parts) or f"told at {at}"
    return says[0].upper() + says[1:]


def _next(notice: Notice, facts: AlertFacts) -> str:
    if facts.next_at is None:
        return "Nobody else will be told."
    roles = tuple(dict.fromkeys(facts.next_roles))
    again = all(role in {line.role for line in facts.told} for role in roles)
    verb, how = "is" if len(roles) == 1 else "are", "again" if again else "too"
    who = both(the(role) for role in roles)
    return f"If nobody has acknowledged by {clock(facts.next_at, notice.now)}, {who} {verb} told {how}."


def _look_here(notice: Notice, facts: AlertFacts) -> str:
    if facts.about_letter:
        return (
            "What it says is not in this mail. It lies in the mailbox, among the letters that need a person; please "
            "look at it now and answer whoever wrote it. In Teams, type letters to say what is to become of it."
        )
    return (
        "What was recorded is not in this mail. To read it, open this alert in Teams and press Show what was recorded."
    )


def ended(notice: Notice) -> Draft:
    """The calm letter to everyone who was told: acknowledged, withdrawn, or dealt with."""
    facts = notice.facts
    assert isinstance(facts, AlertFacts)
    at = clock(facts.stopped_at, notice.now) if facts.stopped_at else ""
    if facts.state is ConcernState.WITHDRAWN:
        by = f"by {facts.raised_by}, who had raised it" if facts.raised_by else ""
        if facts.about_letter and facts.stopped_by:
            by = f"by {facts.stopped_by}"
        when = " ".join(part for part in (f"at {at}" if at else "", by) if part)
        says = f"This alert was withdrawn {when}. You need do nothing more about it."
        if facts.about_letter:
            says = f"{facts.reference} has been dealt with {when}. You need do nothing more about it."
        also = ("A reason was given and is kept with the record.",)
        return Draft(f"Withdrawn · {facts.reference} · {facts.kind}", {"says": says, "also": also})
    who = "you" if notice.to and notice.to.name == facts.stopped_by else facts.stopped_by
    says = f"Acknowledged {f'at {at} ' if at else ''}by {who or 'somebody who may'}. Nobody else will be rung about it."
    also = ("An acknowledgement is not a referral. What is to be done for the child still needs doing.",)
    if facts.about_letter:
        also = ("The letter stays in the mailbox, among those that need a person, until it has been dealt with.",)
    return Draft(f"Acknowledged · {facts.reference} · {facts.kind}", {"says": says, "also": also})
