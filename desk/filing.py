"""What is filed of a finished audit: the case note and the PDF, and who is sent them (G06, G07).

Nobody outside the audit gets them here: the worker and the managers hear when the audit is released (G08 to G10).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from audit import case_note
from audit.answers import Audit
from audit.case_note import CaseNote, Choice, Decided, Held
from audit.council import Council
from audit.deadlines import Period, after
from audit.grade_words import Talk, names_of, talk
from audit.notices import Finished
from audit.people import Person
from audit.process import Stage
from audit.refusals import NoCaseNoteYet, NoSuchLine, SpeaksOfAGrade
from audit.tools import Tool
from desk import climbing, councils
from desk.calendar import today
from storage.ledger import Ledger

DECIDED = "case note decided"
"""What the trail calls a decision about a line; the note is derived from these events, so an erased one asks again."""


def period_from(tool: Tool, audit: Audit) -> date:
    """The first day of the work that is looked at (C04)."""
    return after(today(audit.allocated_at), Period(months=-tool.months))


def note(ledger: Ledger, audit: Audit) -> CaseNote:
    """The case note, with what people decided about lines that were held. Raises NoCaseNoteYet."""
    if audit.stage is not Stage.SUBMITTED:
        raise NoCaseNoteYet(reference=audit.reference)
    council, tool = councils.of_audit(ledger, audit), councils.tool_of(ledger, audit)
    auditor = ledger.directory.person(audit.auditor_id).name
    since = period_from(tool, audit)
    drawn = case_note.write(tool, council.words, audit, auditor, since)
    if not drawn.held:
        return drawn
    return case_note.write(tool, council.words, audit, auditor, since, tuple(_decided(ledger, audit)))


def _decided(ledger: Ledger, audit: Audit) -> Iterator[Decided]:
    for event in ledger.trail.events(f"audit/{audit.id}"):
        if event.what == DECIDED and event.content:
            content = event.content
            yield Decided(str(content["words"]), Choice(str(content["choice"])), str(content.get("instead", "")))


def held_line(ledger: Ledger, audit: Audit, number: int) -> Held:
    """The action that is held at this place of the note. Raises NoSuchLine or NoCaseNoteYet."""
    found = next((one for one in note(ledger, audit).held if one.number == number), None)
    if found is None:
        raise NoSuchLine(number=number, reference=audit.reference)
    return found


def decide(
    ledger: Ledger, audit: Audit, key: str, choice: Choice, now: datetime, who: str, instead: str = ""
) -> CaseNote:
    """Keep a held line, leave it out or say it otherwise; the trail keeps which. The note as it is then.

    Deciding about a line that waits no longer changes nothing. Raises SpeaksOfAGrade where the line, or the words in
    its place, would bring a grade into the note; NoCaseNoteYet.
    """
    held = next((one for one in note(ledger, audit).held if one.key == key), None)
    if held is None:
        return note(ledger, audit)
    words = case_note.reworded(instead) if choice is Choice.REWORD else ""
    names = names_of(councils.tool_of(ledger, audit))
    calm = bool(words) and all(talk(one, names) is Talk.NONE for one in (instead, words))
    if (choice is Choice.KEEP and held.certain) or (choice is Choice.REWORD and not calm):
        raise SpeaksOfAGrade(field=f"note.{key}")
    content = {"choice": choice.value, "words": held.words, "instead": words}
    ledger.trail.add(f"audit/{audit.id}", DECIDED, who, now, content)
    return note(ledger, audit)


# the PDF by mail


def owe_pdf(ledger: Ledger, audit: Audit, person: Person, role: str, now: datetime) -> None:
    """Send somebody the PDF of a finished audit, to their own address of the directory. Asking twice sends one."""
    key = _key(audit, person.id)
    if ledger.obligations.notice(key) is None:
        ledger.obligations.notify(
            key=key,
            kind="finished",
            channel="mail",
            at=now,
            person_id=person.id,
            audit_id=audit.id,
            data={"role": role},
        )


def _key(audit: Audit, person_id: int) -> str:
    """One letter a person each time that the audit is handed in."""
    return f"audit/{audit.id}/pdf/{audit.version}/to/{person_id}/mail"


def hand_over(ledger: Ledger, council: Council, audit: Audit, now: datetime) -> None:
    """Owe the PDF to those whom policy names for handing in: the auditor, or the people who file it (G07)."""
    case = ledger.directory.case(audit.case_id)
    for role in council.policy.pdf_to:
        if role == "auditor":
            owe_pdf(ledger, audit, ledger.directory.person(audit.auditor_id), role, now)
            continue
        for held in climbing.holders(ledger, role, case):
            owe_pdf(ledger, audit, held.person, role, now)


def finished(ledger: Ledger, audit: Audit) -> Finished | None:
    """What the auditor's card shows of a finished audit; nothing while it is open."""
    if audit.stage is not Stage.SUBMITTED:
        return None
    letter = ledger.obligations.notice(_key(audit, audit.auditor_id))
    return Finished(note(ledger, audit), letter.state if letter else "")
