"""Tools that came back in a letter: each filed by itself, or refused in a sentence."""

from __future__ import annotations

from audit.answers import Audit
from audit.notices import Asks
from audit.people import Person
from audit.process import Stage
from audit.refusals import NoReference, Refusal, UnreadableFile
from audit.words import references, sounds_alarming
from desk import access, councils, submissions
from desk.submissions import Filed
from mail.mailbox import FILED
from mail.outcomes import Outcome, kept_for_a_person
from mail.returned import ReturnedFile
from mail.taken_back import does_not_count
from mail.writing_back import OnTheDesk

_UNPLACED = (
    "It also holds words that belong to none of its questions, such as remarks in the margin. They are kept with the "
    "audit as they are; in Teams they stand under See all sections."
)
_NOT_FILED = "Your mail says that what came with it may not count, so I have not filed it. If it does, send it alone."


class Tools(OnTheDesk):
    """A letter with tools in it."""

    def _file_all(self, person: Person) -> Outcome:
        """Each tool by itself: one that cannot be filed holds no other back. None where the letter says so."""
        if any(does_not_count(words) for words in (self._subject(), self.letter.own, self._packed())):
            self._reply(person, "not filed", f"{_NOT_FILED} It is kept for {self.council.policy.qa_team}.")
            return kept_for_a_person(_NOT_FILED)
        outcomes = [self._file_one(person, file, place) for place, file in enumerate(self.files, 1)]
        waiting = [one for one in outcomes if one.state == "needs_a_person"]
        return waiting[0] if waiting else outcomes[-1]

    def _more_follows(self, place: int) -> bool:
        """Whether another file of this letter may say something else of the same audit: then all are filed first."""
        file = self.files[place - 1]
        names = set(file.identity.references) if file.identity else set()
        before = {one.hash for one in self.files[:place]}
        return any(
            one.hash not in before and one.reading and names & set(one.identity.references if one.identity else ())
            for one in self.files[place:]
        )

    def _file_assigned(self, audit: Audit) -> Outcome:
        """File the tools for the audit that somebody of the QA team has named, as its auditor's (G02). The receipt goes
        to the auditor; what cannot be filed stays with the QA team.
        """
        auditor = self.ledger.directory.person(audit.auditor_id)
        files = self.files if len(self.files) == 1 else tuple(one for one in self.files if self._may_be(one, audit))
        if not files:
            why = f"No tool for {audit.reference} was found in it."
            return kept_for_a_person(why, audit.id, asks=Asks.WHICH)
        outcomes = [self._file_one(auditor, file, place, audit) for place, file in enumerate(files, 1)]
        waiting = [one for one in outcomes if one.state == "needs_a_person"]
        return waiting[0] if waiting else outcomes[-1]

    def _may_be(self, file: ReturnedFile, audit: Audit) -> bool:
        """Among several, a tool that says it is another audit's is not meant."""
        named = file.identity.references if file.identity else ()
        known = [one for one in named if self.ledger.audits.by_reference(one)]
        return not known or audit.reference in known

    def _file_one(self, person: Person, file: ReturnedFile, place: int, assigned: Audit | None = None) -> Outcome:
        audit: Audit | None = None
        try:
            if file.unreadable:
                qa_team = self.council.policy.qa_team
                raise UnreadableFile(name=file.called, why=file.unreadable, qa_team=qa_team)
            reference = assigned.reference if assigned else self._reference(file)
            audit = access.audit_of_auditor(self.ledger, self.council, person, reference, lock=True)
            filed = self._filed(audit, file, hands_in=not self._more_follows(place))
        except Refusal as refusal:
            asks = Asks.WHICH if file.reading else Asks.AGAIN
            if assigned:
                return kept_for_a_person(refusal.sentence, assigned.id, asks=asks)
            self._reply(person, str(place), refusal.sentence, audit.id if audit else None)
            return kept_for_a_person(refusal.sentence, audit.id if audit else None, asks=asks)
        if not (filed.again and self.read_before):
            self._receipt(person, filed, place, file.note)
        if filed.late or (filed.beside and (filed.audit.stage is Stage.SUBMITTED or sounds_alarming(filed.beside))):
            return kept_for_a_person(
                filed.late or "The tool holds words that belong to no question. Please read them.", audit.id
            )
        return Outcome("done", FILED, audit_id=audit.id)

    def _reference(self, file: ReturnedFile) -> str:
        """The one reference that file and subject agree on; never a guess. Raises NoReference."""
        prefix = self.council.policy.reference_prefix
        inside = file.identity.references if file.identity else ()
        outside = references(self.letter.subject, prefix)
        found = inside or outside
        if inside and outside and inside[0] not in outside:
            found = (*inside, *outside)
        if len(found) == 1:
            return found[0]
        why = "it holds no reference." if not found else f"it says {' and '.join(found)}."
        raise NoReference(why=why, example=access.example(self.council))

    def _filed(self, audit: Audit, file: ReturnedFile, hands_in: bool) -> Filed:
        """File it, if it is the tool that the audit was allocated with, in the same version. Raises UnreadableFile."""
        reading, identity = file.reading, file.identity
        tool_id, version = (identity.tool_id, identity.version) if identity else ("", "")
        if reading is None or reading.tool is None or (tool_id and tool_id != audit.tool_id):
            why = f"it is another tool than the one for {audit.reference}."
            raise UnreadableFile(name=file.called, why=why, qa_team=self.council.policy.qa_team)
        if version and version != audit.tool_version:
            why = (
                f"it is version {version} of the tool, and {audit.reference} goes with version {audit.tool_version}, "
                f"which may ask other things. Please use the one that came with the allocation of {audit.reference}."
            )
            raise UnreadableFile(name=file.called, why=why, qa_team=self.council.policy.qa_team)
        return submissions.file(
            self.ledger,
            audit,
            reading.fields,
            self.kept.id,
            file.hash,
            self.now,
            not_relevant=reading.not_relevant,
            contradicted=reading.contradicted,
            beside=reading.beside,
            hands_in=hands_in,
        )

    def _receipt(self, person: Person, filed: Filed, place: int, note: str) -> None:
        audit = filed.audit
        late = filed.late
        if not late and audit.stage is Stage.SUBMITTED and not filed.submitted:
            late = f"{audit.reference} had been handed in before, and this {self.council.words.tool} changes nothing."
        read = {
            "area_count": len(councils.tool_of(self.ledger, audit).sections),
            "areas_read": filed.areas_read,
            "rows": [[row.area, row.field, row.read, row.note] for row in filed.rows],
            "again": filed.again,
            "beside": " ".join(filter(None, (note, _UNPLACED if filed.beside else ""))),
        }
        self._ask(person, str(place), audit, filed.asked, filed.submitted, late, read)
