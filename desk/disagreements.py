"""Somebody disagrees with an audit (J01 to J05): written down, passed on, and both are asked to talk.

Nothing else changes: stage and grades stand, and an alert or a timer never waits for it (J07).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from audit.answers import Audit
from audit.council import Council
from audit.people import Held, Person
from audit.process import Stage
from audit.refusals import NotAParty
from desk import access, actions, climbing, councils, lead
from storage.ledger import Ledger

DISAGREED = "disagreed"
"""What the trail of an audit calls it."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A disagreement that was written down, and what its writer should know."""

    audit: Audit
    says: tuple[str, ...]


def disagree(
    ledger: Ledger,
    council: Council,
    person: Person,
    reference: str,
    words: str,
    now: datetime,
    door: str,
    letter_id: int | None = None,
) -> Heard:
    """Write down that this person disagrees. Raises NotAParty: for an audit that is not handed in too (L02).

    The same words again are written down once. QA lead and auditor hear of each person's disagreement once.
    """
    audit = ledger.audits.by_reference(reference, lock=True)
    if audit is None or audit.stage is not Stage.SUBMITTED or not _may(ledger, council, person, audit):
        raise NotAParty(reference=reference, qa_team=council.policy.qa_team)
    who, chain = f"person/{person.id}", f"audit/{audit.id}"
    if not any(
        one.what == DISAGREED and one.who == who and (one.content or {}).get("words") == words
        for one in ledger.trail.events(chain)
    ):
        content = {"words": words, "door": door, "letter": letter_id}
        ledger.trail.add(chain, DISAGREED, who, now, content)
    _pass_on(ledger, council, person, audit, now)
    return Heard(audit, _what_next(ledger, council, person, audit))


def _may(ledger: Ledger, council: Council, person: Person, audit: Audit) -> bool:
    """The roles of the case that policy names; never about one's own audit."""
    case = ledger.directory.case(audit.case_id)
    roles = council.policy.asking.may_disagree
    return person.id != audit.auditor_id and any(access.holds(ledger, person, role, case) for role in roles)


def _pass_on(ledger: Ledger, council: Council, person: Person, audit: Audit, now: datetime) -> None:
    auditor = ledger.directory.person(audit.auditor_id)
    key, title = f"disagreement/{audit.id}/{person.id}", f"{audit.reference}: seen differently"
    lines = (
        f"{person.name} has told us that they see something in {audit.reference} differently. They were asked to talk "
        f"with {auditor.name} first. The audit stands as it was handed in, and nothing waits for this.",
        f"What they wrote is kept with the audit: 'auditbot events {audit.reference} --json' has it.",
    )
    lead.tell(ledger, council, key, title, lines, now, ("mail",))
    phone = f", on {person.phone}" if person.phone else ""
    talk = (
        f"{person.name} sees something in {audit.reference} differently, and was asked to ring you. You can also ring "
        f"them{phone}. It is a conversation about learning: nothing has been changed, and you need change nothing now.",
        f"If the two of you agree on a change, {council.policy.qa_team} can open the audit again.",
    )
    actions.tell_auditor(ledger, council, audit, key, title, talk, now)


def _what_next(ledger: Ledger, council: Council, person: Person, audit: Audit) -> tuple[str, ...]:
    """Whom to ring, and who looks at it if that does not settle it (J01, J03, J05)."""
    auditor = ledger.directory.person(audit.auditor_id)
    reviews = council.policy.asking.reviews
    reviewers = [held for held in climbing.holders(ledger, reviews, None) if held.person.id != person.id]
    role = councils.title(council, reviews)
    then = _named(reviewers[0]) if reviewers else f"the {role}"
    return (
        f"Please speak with {_named(Held('auditor', auditor))}, who audited it, first: most differences are settled "
        "there. They have been told that you see something differently, and not what you wrote.",
        f"If you two do not agree, ring {then}, the {role}, who reviews it.",
        f"{council.policy.qa_team[:1].upper()}{council.policy.qa_team[1:]} has been told too. Until then the audit "
        "stands as it was handed in, and every alert and date goes on.",
    )


def _named(held: Held) -> str:
    return f"{held.person.name} on {held.person.phone}" if held.person.phone else held.person.name
