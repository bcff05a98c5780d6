"""The one gate to a child's record: who may see which audit and which concern. Nothing else hands one out (L02)."""

from __future__ import annotations

from datetime import datetime

from audit.answers import Audit
from audit.council import Council
from audit.escalation import Concern
from audit.people import Case, Person
from audit.refusals import NotTold, UnknownPerson, UnknownReference
from desk import councils, lead
from storage.ledger import Ledger


def person_in_teams(ledger: Ledger, entra_id: str) -> Person | None:
    """The person with this Entra object id, in the tenant that the door has checked."""
    return ledger.directory.by_entra_id(entra_id)


def refuse_stranger(ledger: Ledger, council: Council, door: str, words: str, who: str, now: datetime) -> UnknownPerson:
    """Keep a stranger's words for a person and write the trail; the refusal to say to them.

    `who` is what the door knows of them; it goes into the erasable content only.
    """
    lead.keep_words(ledger, council, words, "stranger", who, None, door, now)
    ledger.trail.add("strangers", "stranger refused", door, now, {"who": who, "words": words})
    return UnknownPerson(qa_team=council.policy.qa_team)


def audit_of_auditor(ledger: Ledger, council: Council, person: Person, reference: str, lock: bool = False) -> Audit:
    """The audit, for its auditor. Raises UnknownReference: for another's audit too, so that nothing is learnt."""
    audit = ledger.audits.by_reference(reference, lock=lock)
    if audit is None or audit.auditor_id != person.id:
        raise UnknownReference(reference=reference or "with that reference", example=example(council))
    return audit


def example(council: Council) -> str:
    """What a reference looks like."""
    return f"{council.policy.reference_prefix}-0417"


def concern_for(ledger: Ledger, person: Person, concern_id: int) -> Concern:
    """The concern, for those who were told of it, its auditor, and the roles that policy names. Raises NotTold."""
    try:
        concern = ledger.concerns.concern(concern_id)
    except LookupError:
        raise NotTold(qa_team="the QA team") from None
    council = councils.by_hash(ledger, ledger.concerns.council_hash(concern_id))
    if any(told.held.person.id == person.id for told in ledger.concerns.told(concern_id)):
        return concern
    audit = ledger.audits.audit(concern.audit_id) if concern.audit_id else None
    if audit and person.id == audit.auditor_id:
        return concern
    case = ledger.directory.case(audit.case_id) if audit else None
    if any(holds(ledger, person, role, case) for role in council.policy.may_see_concern):
        return concern
    raise NotTold(qa_team=council.policy.qa_team)


def holds(ledger: Ledger, person: Person, role: str, case: Case | None) -> bool:
    """Whether a person holds a role for a case."""
    if case and role == "social_worker":
        return case.worker_id == person.id
    if case and role == "iro":
        return case.iro_id == person.id
    return any(held.person.id == person.id for held in ledger.directory.holders(role, case))
