"""The letter with a finished audit: the PDF attached, the case note below, and what to do with each (G06, G07)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from audit.answers import Audit
from audit.case_note import CaseNote
from audit.council import Council
from audit.deadlines import LONDON, clock
from audit.notices import FinishedFacts, Notice
from desk.councils import title
from documents import audit_pdf
from mail.draft_parts import Draft, File, as_label


def letter(notice: Notice) -> Draft:
    """The PDF, and below the preview the note for whoever writes it into the record. Raises CannotBeMade."""
    facts, council = notice.facts, notice.council
    assert isinstance(facts, FinishedFacts)
    audit, words = facts.audit.audit, council.words
    at = audit.submitted_at or notice.now
    pdf = audit_pdf.make(facts.audit.tool, words, council.policy.name, audit, facts.audit.auditor.name, at)
    files_note = (facts.role == "auditor") == (council.policy.case_note_by == "auditor")
    note = facts.note if files_note else None
    handed_in = f", as it was handed in at {_at(audit.submitted_at)}" if audit.submitted_at else ""
    return Draft(
        f"{audit.reference}: the finished {words.audit} as a PDF",
        {
            "says": f"The whole {words.audit} {audit.reference} is attached as a PDF{handed_in}.",
            "also": tuple(_to_do(facts, council, note)),
            "facts": (
                ("Case", audit.case_id),
                (as_label(title(council, "auditor")), f"{facts.audit.auditor.name}, {facts.audit.auditor.phone}"),
            ),
            "note": note.lines if note else (),
            "held": _held(note, audit) if note else "",
        },
        (File(f"{audit.reference}.pdf", pdf),),
    )


def _to_do(facts: FinishedFacts, council: Council, note: CaseNote | None) -> Iterator[str]:
    words = council.words
    if not facts.audit.audit.submitted_at:
        yield "It has been opened again since this letter was asked for, so it may still change."
    if facts.role != "auditor":
        yield f"Please put the PDF into {words.document_store}, with quality assurance and audit."
    if note:
        yield f"Please add the case note below to {words.case_system}. It gives the actions and holds no grade."
    yield f"Please pass the PDF on to nobody else yet: the {words.worker} and managers get it when it is released."


def _held(note: CaseNote, audit: Audit) -> str:
    count = len(note.held)
    if not count:
        return ""
    many = "1 action is" if count == 1 else f"{count} actions are"
    return (
        f"{many} held, because the words may speak of a grade. The auditor is asked about that on the card in Teams, "
        f"and 'auditbot audit note {audit.reference}' asks too. Please add the note when it is decided."
    )


def _at(moment: datetime) -> str:
    local = moment.astimezone(LONDON)
    return f"{clock(moment)} on {local:%a} {local.day} {local:%B %Y}"
