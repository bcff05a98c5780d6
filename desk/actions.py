"""Somebody says that an action of an audit is done (H04, H08). It is written down and passed on; nothing is decided.

Their words are evidence and stay in the audit's trail. Case records do not belong here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from audit.answers import Action, Audit, actions
from audit.case_note import action_line
from audit.council import Council
from audit.grade_words import Talk, names_of, talk
from audit.notices import CHANNELS
from audit.people import Person
from audit.process import Stage
from audit.refusals import NoActionsYet, NoSuchAction, NotAParty
from audit.words import plain
from desk import access, councils, lead
from storage.ledger import Ledger

REPORTED = "action reported done"
"""What the trail of an audit calls it."""


@dataclass(frozen=True, slots=True)
class Reported:
    """An action that was reported as done. `says`: the action on a line, or nothing where it may speak of a grade."""

    audit: Audit
    number: int
    says: str
    again: bool


def report_done(
    ledger: Ledger,
    council: Council,
    person: Person,
    reference: str,
    numbers: Sequence[int],
    words: str,
    now: datetime,
    door: str,
    letter_id: int | None = None,
) -> tuple[Reported, ...]:
    """Write down that this person says that these actions are done: all of them, or none.

    Raises NotAParty, NoActionsYet, NoSuchAction. The same said again by the same person is written down once; QA lead
    and auditor hear of each action once.
    """
    audit = ledger.audits.by_reference(reference, lock=True)
    if audit is None:
        raise _not_a_party(council, reference)
    rows = actions(audit.answer("actions")) if audit.stage is Stage.SUBMITTED else ()
    mine = _may_tell_of(ledger, council, person, audit, rows)
    if mine is None or (mine and not set(numbers) <= set(mine)):
        raise _not_a_party(council, reference)
    if audit.stage is not Stage.SUBMITTED:
        raise NoActionsYet(reference=audit.reference, why="it is not handed in yet")
    if not rows:
        raise NoActionsYet(reference=audit.reference, why="its auditor said that none are needed")
    for number in numbers:
        if not 1 <= number <= len(rows):
            raise NoSuchAction(reference=audit.reference, number=number, last=len(rows))
    return tuple(
        _report(ledger, council, person, audit, number, rows[number - 1], words, now, door, letter_id)
        for number in dict.fromkeys(numbers)
    )


def _may_tell_of(
    ledger: Ledger, council: Council, person: Person, audit: Audit, rows: Sequence[Action]
) -> tuple[int, ...] | None:
    """The numbers of which this person may tell: empty for all of them, None for none (L02).

    All: the auditor, and the roles of the case that policy names. Else those that name them, and nobody else, as owner.
    """
    case = ledger.directory.case(audit.case_id)
    roles = council.policy.asking.about_actions
    if person.id == audit.auditor_id or any(access.holds(ledger, person, role, case) for role in roles):
        return ()
    namesakes = [one for one in ledger.directory.everyone() if plain(one.name) == plain(person.name)]
    if len(namesakes) != 1:
        return None
    return tuple(number for number, row in enumerate(rows, 1) if plain(row.who) == plain(person.name)) or None


def _not_a_party(council: Council, reference: str) -> NotAParty:
    return NotAParty(reference=reference, qa_team=council.policy.qa_team)


def _report(
    ledger: Ledger,
    council: Council,
    person: Person,
    audit: Audit,
    number: int,
    row: Action,
    words: str,
    now: datetime,
    door: str,
    letter_id: int | None,
) -> Reported:
    line, who = action_line(row), f"person/{person.id}"
    calm = talk(line, names_of(councils.tool_of(ledger, audit))) is Talk.NONE
    content = {"action": number, "is": line, "words": words, "door": door, "letter": letter_id}
    earlier = [
        one
        for one in ledger.trail.events(f"audit/{audit.id}")
        if one.what == REPORTED
        and (one.content or {}).get("action") == number
        and (one.content or {}).get("is") == line
    ]
    again = any(one.who == who for one in earlier)
    if not any(one.who == who and _same(one.content or {}, words, letter_id) for one in earlier):
        ledger.trail.add(f"audit/{audit.id}", REPORTED, who, now, content)
    _pass_on(ledger, council, person, audit, number, now)
    return Reported(audit, number, line if calm else "", again)


def _same(content: object, words: str, letter_id: int | None) -> bool:
    if not isinstance(content, dict):
        return False
    return content.get("words") == words or (letter_id is not None and content.get("letter") == letter_id)


def _pass_on(ledger: Ledger, council: Council, person: Person, audit: Audit, number: int, now: datetime) -> None:
    """To the QA lead and the auditor, once for each action. What was written is not in it."""
    title = f"{audit.reference}: action {number} reported as done"
    lines = (
        f"{person.name} has told us that action {number} of {audit.reference} is done. Nothing else was changed by it.",
        f"What they wrote is kept with the audit: 'auditbot events {audit.reference} --json' has it.",
    )
    key = f"action/{audit.id}/{number}"
    lead.tell(ledger, council, key, title, lines, now, ("mail",))
    if person.id != audit.auditor_id:
        tell_auditor(ledger, council, audit, key, title, lines[:1], now)


def tell_auditor(
    ledger: Ledger, council: Council, audit: Audit, key: str, title: str, lines: Sequence[str], now: datetime
) -> None:
    """A few sentences to the auditor, by both channels; the same key tells once."""
    for channel in CHANNELS:
        full = f"news/{key}/to/{audit.auditor_id}/{channel}"
        if ledger.obligations.notice(full) is None:
            ledger.obligations.notify(
                key=full,
                kind="news",
                channel=channel,
                at=now,
                person_id=audit.auditor_id,
                audit_id=audit.id,
                data={"council": council.hash, "title": title, "lines": list(lines)},
            )
