"""What comes of one letter, in the one transaction that the caller has open: filed, answered, or kept for a person.

A refusal is caught in here, so that what was kept stays kept, and becomes the answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from audit.answers import Audit
from audit.council import Council
from audit.deadlines import clock
from audit.escalation import Concern, ConcernState
from audit.people import Person
from audit.process import Stage
from audit.refusals import (
    CannotAcknowledge,
    NoReference,
    NoToolAttached,
    NotYours,
    Refusal,
    UnreadableFile,
)
from audit.words import references, sounds_alarming
from desk import access, concerns, councils, questions, submissions
from desk.submissions import Filed
from documents.returned_tool.letter import beside, without_print
from mail import answering, bodies, numbering
from mail.answering import Replied
from mail.further import does_not_count, further_words, own_subject, takes_back, without_closing
from mail.letters import Letter
from mail.mailbox import FILED, NEEDS_A_PERSON, SET_ASIDE
from mail.returned import ReturnedFile
from mail.sorting import UNANSWERED, Kind, Sorted
from storage.ledger import Ledger
from storage.letters import Letter as Kept
from storage.obligations import Kept as Notice

MOST_REPLIES = 12
"""Replies to one person in a day. Two machines that answer each other are stopped by this (G04)."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a letter: its state in the ledger, the folder it goes to, and why a person should look."""

    state: str
    folder: str
    why: str = ""
    audit_id: int | None = None
    heard: str | None = None
    """All that was said beside answers that were taken, where a letter answers questions."""


_UNPLACED = (
    "It also holds words that belong to none of its questions, such as remarks in the margin. They are kept with the "
    "audit as they are; in Teams they stand under See all sections."
)
_DONE = Outcome("done", FILED)
_ONE_WORD = (Kind.ACK, Kind.CONFIRM)


@dataclass(frozen=True)
class Post:
    """A letter on the desk: what it is, who wrote it, what came with it. Its verbs write to the ledger."""

    ledger: Ledger
    council: Council
    kept: Kept
    letter: Letter
    sorted: Sorted
    person: Person | None
    files: tuple[ReturnedFile, ...]
    now: datetime

    def deal(self) -> Outcome:
        """Do what the letter asks for. Whatever is kept for a person climbs a ladder of its own."""
        outcome = self._dealt()
        if outcome.state == "done" and self.sorted.kind not in UNANSWERED:
            outcome = self._second_look(outcome)
        if outcome.state == "needs_a_person":
            alarming = self.is_alarming(outcome.heard)
            concerns.raise_for_letter(self.ledger, self.council, self.kept.id, alarming, self.now)
        return outcome

    def _second_look(self, done: Outcome) -> Outcome:
        """All is done, and yet a person should see it: an alarming line or subject, more than the one word of an
        answer, or a Message-ID used twice.
        """
        if self._sounds_alarming(done.heard) or (self.sorted.kind in _ONE_WORD and self._says_more()):
            return _kept("What it says beside that needs a reader.", done.audit_id, done.heard)
        inbox, message_id = self.council.policy.qa_address, self.letter.message_id
        if message_id and self.ledger.letters.same_id(inbox, message_id) > 1:
            why = "A different letter bears the same Message-ID. Please compare the two."
            return _kept(why, done.audit_id, done.heard)
        return done

    def is_alarming(self, heard: str | None = None) -> bool:
        """Whether anything that its writer says sounds like a child at risk. It hurries a person, no more."""
        if any(sounds_alarming(file.words) for file in self.files):
            return True
        if self.sorted.kind in (*UNANSWERED, *_ONE_WORD, Kind.ANSWERS):
            return self._sounds_alarming(heard)  # what such a letter quotes is our own alert, or our receipt
        return any(sounds_alarming(words) for words in (self.letter.subject, without_print(self.letter.text)))

    # what the writer says

    def _sounds_alarming(self, heard: str | None = None) -> bool:
        said = self._own() if heard is None else heard
        return any(sounds_alarming(words) for words in (self._subject(), said))

    def _says_more(self) -> bool:
        return bool(self._own()) or takes_back(self._subject())

    def _does_not_have_it(self) -> bool:
        """Whether a letter that begins with ACK says something else in the same breath."""
        return self._sounds_alarming() or any(takes_back(words) for words in (self._subject(), self._own()))

    def _subject(self) -> str:
        return own_subject(self.letter.subject, self._kinds())

    def _own(self) -> str:
        """The writer's own words; those beyond the one word, where that is what the letter is."""
        if self.sorted.kind not in _ONE_WORD:
            return self.letter.own
        name = self.person.name if self.person else ""
        return further_words(self.letter.own, name, self.council.policy.qa_address, self._kinds())

    def _kinds(self) -> tuple[str, ...]:
        return tuple(limb.kind for limb in self.council.policy.limbs.values())

    def _dealt(self) -> Outcome:
        kind = self.sorted.kind
        if kind in UNANSWERED:
            return self._set_aside()
        if self.person is None:
            return self._stranger()
        if kind is Kind.ACK:
            self._acknowledge(self.person)
        if kind is Kind.CONFIRM:
            self._confirm(self.person)
        if kind is Kind.ANSWERS:
            return self._answered(self.person)
        if self.files:
            return self._file_all(self.person)
        return self._words(self.person) if kind in (Kind.WORDS, Kind.TOOLS) else _DONE

    # letters that get no answer, or next to none

    def _set_aside(self) -> Outcome:
        """A machine's letter: recorded, never answered. One that brings a document of its own goes to a person.

        So does one that sounds alarming, if somebody we know may have written it: gateways and lists mark their
        letters like those of a machine.
        """
        looped = numbering.number_of(self.letter.message_id, self.council.policy.qa_address) is not None
        if self.sorted.files and not looped:
            return _kept("It looks like a machine's or our own, so it was not answered, but a document is attached.")
        if self._may_be_a_persons() and self._sounds_alarming():
            return _kept("It bears the marks of a machine or a list, so it was not answered, but it sounds alarming.")
        return Outcome("done", SET_ASIDE)

    def _may_be_a_persons(self) -> bool:
        """Not our own, no bounce, and no machine's answer to us: many such end with whom to ring for a child at risk,
        and an alert for each would be answered by the next.
        """
        if self.person is None or self.letter.returns or self.sorted.kind is Kind.OURS:
            return False
        return not (self.letter.declared and numbering.named(self.letter.answers, "", self.council.policy.qa_address))

    def _stranger(self) -> Outcome:
        """L02: a courteous line a day, and no detail."""
        who = self.letter.sender or "no single sender"
        refusal = access.refuse_stranger(self.ledger, self.council, "mail", f"letter {self.kept.id}", who, self.now)
        if self.letter.sender:
            sender = hashlib.sha256(self.letter.sender.encode()).hexdigest()[:32]
            key = f"stranger/{sender}/{self.now.date().isoformat()}/mail"
            if self.ledger.obligations.notice(key) is None:
                self._notify(key, "reply", self._answer(refusal.sentence), address=self.letter.sender)
        return _kept("It is from somebody who is not in the directory.")

    def _words(self, person: Person) -> Outcome:
        """No tool and no word that we know: a person reads it."""
        qa_team = self.council.policy.qa_team
        if self.sorted.kind is Kind.ANSWERS:
            sentence = f"Thank you. Your words are kept for {qa_team}, and somebody will read them."
        elif self.sorted.to is not None:
            sentence = (
                "Your message does not acknowledge the alert, so the alert goes on. To acknowledge it, reply to it "
                f"with ACK alone on the first line. Your words are kept for {qa_team}."
            )
        else:
            sentence = f"{NoToolAttached().sentence} Your message is kept for {qa_team}, and somebody will read it."
        self._reply(person, "words", sentence)
        return _kept("It brings no tool, and its words need a reader.")

    # alerts and questions

    def _acknowledge(self, person: Person) -> None:
        """A reply of one word to an alert, from the address that the alert was sent to (F22)."""
        alert = self.sorted.to
        assert alert is not None
        if alert.address != self.letter.sender or alert.concern_id is None:
            why = "Thank you for answering. Please answer the alert that was sent to you yourself."
            self._reply(person, "ack", CannotAcknowledge(why=why, who="somebody who may").sentence)
            return
        concern = self.ledger.concerns.concern(alert.concern_id)
        self._reply(person, "ack", self._acknowledged(concern, person), concern.audit_id, concern.id)

    def _acknowledged(self, concern: Concern, person: Person) -> str:
        """Acknowledge it, unless the letter also says otherwise. What to answer."""
        if self._does_not_have_it() and concern.state not in concerns.DONE:
            return (
                "Your message says more than ACK, so it does not count as an acknowledgement, and the alert goes on. "
                "If you have it, reply to the alert with ACK and nothing else, or press Acknowledge in Teams. "
                f"Your words are kept for {self.council.policy.qa_team}."
            )
        try:
            return self._with_further(concerns.acknowledge(self.ledger, concern, person.id, self.now, "mail").sentence)
        except Refusal as refusal:
            return self._with_further(refusal.sentence)

    def _with_further(self, sentence: str) -> str:
        if not self._says_more():
            return sentence
        return f"{sentence} Your other words are kept for {self.council.policy.qa_team}, and somebody will read them."

    def _confirm(self, person: Person) -> None:
        """The auditor confirms what the receipt asked about."""
        asked = self.sorted.to
        assert asked is not None
        assert asked.audit_id is not None
        audit = self.ledger.audits.audit(asked.audit_id)
        try:
            if audit.auditor_id != person.id:
                raise NotYours(qa_team=self.council.policy.qa_team)
            sentence = self._confirmed(audit, person)
        except Refusal as refusal:
            sentence = refusal.sentence
        sentence = self._with_further(sentence)
        self._reply(person, "confirm", sentence, audit.id if audit.auditor_id == person.id else None)

    def _confirmed(self, audit: Audit, person: Person) -> str:
        waiting = [
            one
            for one in self.ledger.concerns.of_audit(audit.id)
            if not one.confirmed and one.state not in concerns.DONE
        ]
        for one in waiting:
            concerns.confirm(self.ledger, one, person.id, self.now)
        if not waiting:
            return "There is nothing left to confirm. If you have a concern now, phone, and raise it in Teams."
        return (
            "Thank you. People are being told now, and you will hear when somebody has acknowledged it. "
            "This is not a referral. Please phone as well."
        )

    # answers to a receipt

    def _answered(self, person: Person) -> Outcome:
        """A reply to a receipt, from the auditor whom it went to; then the tools that came with it, if any did."""
        to = self.sorted.to
        assert to is not None
        assert to.audit_id is not None
        audit = self.ledger.audits.audit(to.audit_id, lock=True)
        if audit.auditor_id != person.id or to.address != self.letter.sender:
            sentence = NotYours(qa_team=self.council.policy.qa_team).sentence
            self._reply(person, "answers", sentence)
            return _kept(sentence)
        notice = self.ledger.obligations.notice_by_number(to.number)
        asked = list(notice.data.get("asked", ())) if notice else []
        if not asked:
            return self._file_all(person) if self.files else self._words(person)
        words = self._answers(notice)
        if self.files and not answering.holds_answers(asked, words):
            return self._file_all(person)
        replied = answering.take(self.ledger, audit, asked, words, self.now, self._subject())
        outcome = self._after_answers(person, replied)
        if not self.files:
            return outcome
        filed = self._file_all(person)
        return filed if filed.state == "needs_a_person" else outcome

    def _answers(self, notice: Notice | None) -> str:
        """What the writer says, each answer below a quoted question with its number."""
        asks = dict(enumerate(notice.data["questions"], 1)) if notice else {}
        own = bodies.answers_below(beside(self.letter.text), asks)
        name, inbox = self.person.name if self.person else "", self.council.policy.qa_address
        return without_closing(own, name, inbox, self._kinds(), asks)

    def _after_answers(self, person: Person, replied: Replied) -> Outcome:
        """Hand in what is complete, write back what was taken and what is still asked, keep what needs a reader."""
        audit, submitted = submissions.hand_in(self.ledger, replied.audit, self.now)
        confirmed = self._confirmed(audit, person) if replied.confirms else ""
        asked = questions.by_number(councils.tool_of(self.ledger, audit), audit)
        if audit.stage is Stage.SUBMITTED:
            asked = questions.List(())
        late = replied.late
        if not late and audit.stage is Stage.SUBMITTED and not submitted:
            late = f"{audit.reference} had been handed in before, and your mail changes nothing."
        beside = bool(replied.beside)
        kept_for = f"Your other words are kept for {self.council.policy.qa_team}, and somebody will read them."
        more = {
            "reply": True,
            "taken": replied.taken,
            "unclear": replied.again,
            "beside": " ".join(filter(None, (confirmed, kept_for if beside else ""))),
        }
        if submitted or replied.taken or replied.confirms or self._may_reply(person):
            self._ask(person, "answers", audit, asked, submitted, late, more)
        heard = "\n".join(replied.heard)
        if replied.late or beside:
            why = replied.late or "What it says beside its answers needs a reader."
            return _kept(why, audit.id, heard)
        return Outcome("done", FILED, audit_id=audit.id, heard=heard)

    # tools

    def _file_all(self, person: Person) -> Outcome:
        """Each tool by itself: one that cannot be filed holds no other back. None where the letter says so."""
        if any(does_not_count(words) for words in (self._subject(), self.letter.own)):
            self._reply(person, "not filed", f"{_NOT_FILED} It is kept for {self.council.policy.qa_team}.")
            return _kept(_NOT_FILED)
        outcomes = [self._file_one(person, file, place) for place, file in enumerate(self.files, 1)]
        waiting = [one for one in outcomes if one.state == "needs_a_person"]
        return waiting[0] if waiting else outcomes[-1]

    def _file_one(self, person: Person, file: ReturnedFile, place: int) -> Outcome:
        audit: Audit | None = None
        try:
            if file.unreadable:
                qa_team = self.council.policy.qa_team
                raise UnreadableFile(name=file.called, why=file.unreadable, qa_team=qa_team)
            reference = self._reference(file)
            audit = access.audit_of_auditor(self.ledger, self.council, person, reference, lock=True)
            filed = self._filed(audit, file)
        except Refusal as refusal:
            self._reply(person, str(place), refusal.sentence, audit.id if audit else None)
            return _kept(refusal.sentence, audit.id if audit else None)
        self._receipt(person, filed, place, file.note)
        if filed.late or (filed.beside and (filed.audit.stage is Stage.SUBMITTED or sounds_alarming(filed.beside))):
            return _kept(filed.late or "The tool holds words that belong to no question. Please read them.", audit.id)
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

    def _filed(self, audit: Audit, file: ReturnedFile) -> Filed:
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

    def _ask(
        self,
        person: Person,
        part: str,
        audit: Audit,
        asked: questions.List,
        submitted: bool,
        late: str,
        more: Mapping[str, object],
    ) -> None:
        """A receipt. What its numbers ask is written down with it: a reply answers these, whatever comes between."""
        confirm = submissions.waits_to_be_confirmed(self.ledger, audit)
        data = {
            **self._answer("", audit.reference),
            "area_count": 0,
            "areas_read": 0,
            "rows": [],
            **more,
            "questions": [one.written or one.asks for one in asked.numbered],
            "asked": [one.plain() for one in asked.numbered],
            "more": asked.more,
            "still_open": asked.still_open,
            "submitted": submitted,
            "to_confirm": self._to_confirm(audit) if confirm else "",
            "copies": self.kept.copies,
            "due": audit.due.isoformat(),
            "late": late,
        }
        self._notify(f"letter/{self.kept.id}/receipt/{part}/mail", "receipt", data, person=person, audit_id=audit.id)

    def _to_confirm(self, audit: Audit) -> str:
        """What happens if the auditor does nothing, and when; no word of what they recorded."""
        waiting = (one for one in self.ledger.concerns.of_audit(audit.id) if one.state is ConcernState.UNCONFIRMED)
        policy = councils.of_audit(self.ledger, audit).policy
        at = clock(min(one.raised_at for one in waiting) + policy.confirm_within, self.now)
        take_back = "withdraw" if audit.stage is Stage.SUBMITTED else "change"
        return (
            "You recorded something that others must be told about at once. Reply CONFIRM and they are told now. If I "
            f"hear nothing, they are told at {at}, as not yet confirmed. If it was a slip, {take_back} it in Teams "
            "before then. This is not a referral: please phone as well."
        )

    # writing back

    def _answer(self, sentence: str, reference: str = "") -> dict[str, object]:
        """What every answer holds. The writer's own subject is not repeated: it may hold a name (L01)."""
        return {
            "sentence": sentence,
            "reference": reference,
            "in_reply_to": self.letter.message_id,
            "subject": "",
            "council": self.council.hash,
        }

    def _may_reply(self, person: Person) -> bool:
        """Whether this person had few answers today: two machines would go on for ever (G04)."""
        since = self.now - timedelta(days=1)
        earlier = self.ledger.obligations.notices(person_id=person.id)
        lately = [one for one in earlier if one.made_at > since and (one.kind == "reply" or one.data.get("reply"))]
        return len(lately) < MOST_REPLIES

    def _reply(
        self, person: Person, part: str, sentence: str, audit_id: int | None = None, concern_id: int | None = None
    ) -> None:
        if part not in ("ack", "confirm") and not self._may_reply(person):
            return
        reference = self.ledger.audits.audit(audit_id).reference if audit_id else ""
        key = f"letter/{self.kept.id}/reply/{part}/mail"
        self._notify(key, "reply", self._answer(sentence, reference), person, audit_id=audit_id, concern_id=concern_id)

    def _notify(
        self,
        key: str,
        kind: str,
        data: Mapping[str, object],
        person: Person | None = None,
        address: str = "",
        audit_id: int | None = None,
        concern_id: int | None = None,
    ) -> None:
        self.ledger.obligations.notify(
            key=key,
            kind=kind,
            channel="mail",
            at=self.now,
            person_id=person.id if person else None,
            address=address,
            audit_id=audit_id,
            concern_id=concern_id,
            letter_id=self.kept.id,
            data=data,
        )


_NOT_FILED = "Your mail says that what came with it may not count, so I have not filed it. If it does, send it alone."


def _kept(why: str, audit_id: int | None = None, heard: str | None = None) -> Outcome:
    return Outcome("needs_a_person", NEEDS_A_PERSON, why, audit_id, heard)
