"""Giving an audit to an auditor (B05 to B13, B17)."""

from __future__ import annotations

from datetime import date, datetime

from audit.answers import Audit
from audit.council import Council
from audit.deadlines import Roll
from audit.deadlines import due as due_after
from audit.people import Case, Person
from audit.refusals import NoDueDate, NoSuchAuditor, NoSuchCase, NoSuchTool, OwnCase, WrongDueDate, WrongTool
from desk import access
from desk.calendar import bank_holidays, today
from storage.ledger import Ledger


def allocate(
    ledger: Ledger,
    council: Council,
    *,
    case_id: str,
    auditor_email: str,
    tool_id: str,
    now: datetime,
    moderator_email: str = "",
    due: date | None = None,
) -> Audit:
    """Allocate an audit and write its notices: to the auditor, the worker, the moderator.

    Raises NoSuchTool, NoSuchCase, WrongTool, NoSuchAuditor, OwnCase, NoDueDate or WrongDueDate.
    """
    tool = council.tools.get(tool_id)
    if tool is None:
        raise NoSuchTool(tool=tool_id, tools=", ".join(council.tools))
    case = ledger.directory.case(case_id)
    if case is None:
        raise NoSuchCase(case=case_id)
    if tool.statuses and case.status not in tool.statuses:
        fitting = [one.id for one in council.tools.values() if not one.statuses or case.status in one.statuses]
        named, fit = ", ".join(tool.statuses), ", ".join(fitting) or "none of the council's tools fits"
        raise WrongTool(case=case.id, status=case.status, tool=tool.id, statuses=named, tools=fit)
    auditor = _person(ledger, auditor_email)
    moderator = _person(ledger, moderator_email) if moderator_email else None
    _refuse_own_case(ledger, council, auditor, case)
    audit = ledger.audits.add(
        prefix=council.policy.reference_prefix,
        case_id=case.id,
        auditor_id=auditor.id,
        moderator_id=moderator.id if moderator else None,
        tool=(tool.id, tool.version, council.tool_hashes[tool.id]),
        council_hash=council.hash,
        due=_due(council, due, moderator is not None, today(now)),
        at=now,
    )
    content = {"case": case.id, "auditor": auditor.id, "tool": tool.id, "version": tool.version, "due": str(audit.due)}
    ledger.trail.add(f"audit/{audit.id}", "allocated", "qa", now, content)
    _tell(ledger, audit, case, auditor, moderator, now)
    return audit


def _person(ledger: Ledger, email: str) -> Person:
    person = ledger.directory.by_email(email)
    if person is None:
        raise NoSuchAuditor(email=email)
    return person


def _refuse_own_case(ledger: Ledger, council: Council, auditor: Person, case: Case) -> None:
    if council.policy.own_case_allowed:
        return
    manages = any((kind, scope) == ("team", case.team) for _role, kind, scope in ledger.directory.roles_of(auditor.id))
    if auditor.id == case.worker_id or manages or access.holds(ledger, auditor, "iro", case):
        raise OwnCase(name=auditor.name, case=case.id)


def _due(council: Council, given: date | None, moderated: bool, start: date) -> date:
    if given is not None:
        if given < start:
            raise WrongDueDate(due=given.isoformat(), why="it has passed")
        return given
    period = council.policy.moderated_first if moderated else council.policy.standard
    if period is None:
        raise NoDueDate()
    return due_after(start, period, Roll.WITHIN, bank_holidays(start))


def _tell(ledger: Ledger, audit: Audit, case: Case, auditor: Person, moderator: Person | None, now: datetime) -> None:
    tell = ledger.obligations.notify
    for channel in ("teams", "mail"):
        key = f"audit/{audit.id}/allocation/to/{auditor.id}/{channel}"
        tell(key=key, kind="allocation", channel=channel, at=now, person_id=auditor.id, audit_id=audit.id)
        if moderator:
            key = f"audit/{audit.id}/moderator/to/{moderator.id}/{channel}"
            tell(key=key, kind="moderator", channel=channel, at=now, person_id=moderator.id, audit_id=audit.id)
    if case.worker_id:
        # The worker's copy of the mail is a cc of the auditor's, where policy says so (B06); their card is their own.
        key = f"audit/{audit.id}/worker/to/{case.worker_id}/teams"
        tell(key=key, kind="worker", channel="teams", at=now, person_id=case.worker_id, audit_id=audit.id)
