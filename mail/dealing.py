"""What comes of one letter, in the one transaction that the caller has open: filed, answered, or kept for a person.

A refusal is caught in here, so that what was kept stays kept, and becomes the answer.
"""

from __future__ import annotations

import hashlib
import re

from audit.answers import Audit
from audit.escalation import Concern
from audit.notices import Asks
from audit.people import Person
from audit.process import Stage
from audit.refusals import (
    CannotAcknowledge,
    NoToolAttached,
    NotYours,
    Refusal,
)
from audit.wishes import named_ids, numbers
from audit.words import references, sounds_alarming
from desk import access, concerns, councils, post_queue, questions, submissions, undelivered
from documents.returned_tool.letter import beside, without_print
from mail import answering, bodies, numbering
from mail.answering import Replied
from mail.bounces import Bounce
from mail.closings import without_signposts
from mail.further import further_words, own_subject, without_closing
from mail.machines import without_receipt
from mail.mailbox import FILED, SET_ASIDE
from mail.outcomes import Outcome, kept_for_a_person
from mail.sorting import UNANSWERED, WISHED, Answered, Kind
from mail.taken_back import affirms, takes_back
from mail.wishes import Wishes
from storage.obligations import Kept as Notice

__all__ = ["Outcome", "Post"]

_DONE = Outcome("done", FILED)
_UNKNOWN = "It is from somebody who is not in the directory."
_MOST_NUMBERS = 50
"""Of so many numbers it is looked up whether they are a case's."""
_ONE_WORD = (Kind.ACK, Kind.CONFIRM)
_SOMEBODY_ELSES = "It answers a letter of ours that went to somebody else, so it changed nothing."
_ANOTHERS_ID = (
    "It bears the Message-ID of another letter, and is not the same. It may be forged, so nothing of it counts yet. "
    "Please compare the two."
)
_BESIDE = "What it says beside its answers needs a reader."
_UNHEARD = "No answer could be taken from it, and its sender has had the last reply of the day."
_BELIEVED = (Kind.ACK, Kind.CONFIRM, Kind.ANSWERS, Kind.TOOLS, Kind.WORDS, *WISHED)
"""What a letter is sorted as whose sender is vouched for and known."""


class Post(Wishes):
    """A letter on the desk, whatever it is. Its verbs write to the ledger."""

    def deal(self) -> Outcome:
        """Do what the letter asks for. Whatever is kept for a person climbs a ladder of its own."""
        told = post_queue.assigned(self.ledger, self.kept.id)
        if told:
            outcome = self._file_assigned(self.ledger.audits.audit(told.audit_id, lock=True))
        else:
            outcome = self._under_anothers_id() or self._dealt()
        if outcome.state == "done" and not told and self.sorted.kind not in UNANSWERED:
            outcome = self._second_look(outcome)
        if outcome.state == "needs_a_person":
            alarming = self.is_alarming(outcome.heard)
            proven = self.person is not None
            concerns.raise_for_letter(self.ledger, self.council, self.kept.id, alarming, self.now, proven)
            if self.read_before:
                post_queue.still_waits(self.ledger, self.council, self.kept.id, self.now)
        elif self.read_before:
            post_queue.settled(self.ledger, self.kept.id, told, self.now)
            self._take_out(outcome.folder)
        return outcome

    def _take_out(self, folder: str) -> None:
        """A letter that needed a person needs none any more: it goes to the folder of its like."""
        data = {"item": post_queue.item_of(self.ledger, self.kept.id), "folder": folder}
        self.ledger.obligations.owe(f"letter/{self.kept.id}/move", "move", "post", self.now, data)

    def _second_look(self, done: Outcome) -> Outcome:
        """All is done, and yet a person should see it: an alarming line or subject, more than the one word of an
        answer, or a Message-ID used twice.
        """
        if self._sounds_alarming(done.heard) or (self.sorted.kind in _ONE_WORD and self._says_more()):
            return kept_for_a_person("What it says beside that needs a reader.", done.audit_id, done.heard)
        if self._packed() or self._alarms_beside():
            return kept_for_a_person("Its words, or those of a letter inside it, need a reader.", done.audit_id)
        inbox, message_id = self.council.policy.qa_address, self.letter.message_id
        if message_id and len(self.ledger.letters.same_id(inbox, message_id)) > 1:
            why = "A different letter bears the same Message-ID. Please compare the two."
            return kept_for_a_person(why, done.audit_id, done.heard)
        return done

    def is_alarming(self, heard: str | None = None) -> bool:
        """Whether anything that its writer says sounds like a child at risk. It hurries a person, no more."""
        if any(sounds_alarming(file.words) for file in self.files) or self._alarms_beside():
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
        """Whether a letter that begins with ACK says anything else in the same breath that does not bear it out."""
        return self._sounds_alarming() or takes_back(self._subject()) or not affirms(self._own())

    def _own(self) -> str:
        """The writer's own words; those beyond the one word, where that is what the letter is."""
        if self.sorted.kind not in _ONE_WORD:
            return self.letter.own
        name = self.person.name if self.person else ""
        return further_words(self.letter.own, name, self.council.policy.qa_address, self._kinds())

    def _dealt(self) -> Outcome:
        kind = self.sorted.kind
        if kind in UNANSWERED:
            return self._set_aside()
        if self.person is None:
            return self._stranger()
        if kind is Kind.ANSWERS:
            return self._answered(self.person)
        if kind in WISHED:
            return self._wished(self.person)
        theirs = True
        if kind is Kind.ACK:
            theirs = self._acknowledge(self.person)
        if kind is Kind.CONFIRM:
            theirs = self._confirm(self.person)
        outcome = _DONE if theirs else kept_for_a_person(_SOMEBODY_ELSES)
        if self.files:
            filed = self._file_all(self.person)
            return filed if theirs or filed.state == "needs_a_person" else outcome
        return self._words(self.person) if kind in (Kind.WORDS, Kind.TOOLS) else outcome

    def _under_anothers_id(self) -> Outcome | None:
        """A letter of somebody we know, under the Message-ID of another that we took in from people we know, or of a
        notice of ours: nothing of it counts before a person has compared the two. None for all others: a Message-ID
        that a stranger used first keeps no real letter out.
        """
        inbox, message_id = self.council.policy.qa_address, self.letter.message_id
        if self.person is None or self.sorted.kind in UNANSWERED or not message_id:
            return None
        others = (one for one in self.ledger.letters.same_id(inbox, message_id) if one.id != self.kept.id)
        if numbering.notice_of(message_id, inbox) is None and not any(one.sorted_as in _BELIEVED for one in others):
            return None
        sentence = (
            "Your mail has arrived. It bears the mark of one that came before, and it is not the same, so nothing was "
            f"changed. It is kept for {self.council.policy.qa_team}, and somebody will compare the two."
        )
        self._reply(self.person, "same id", sentence)
        return kept_for_a_person(_ANOTHERS_ID)

    # letters that get no answer, or next to none

    def _set_aside(self) -> Outcome:
        """A machine's letter: recorded, never answered. One that brings a document of its own goes to a person.

        So does one that sounds alarming, if somebody we know may have written it: gateways and lists mark their
        letters like those of a machine.
        """
        if self.letter.bounce and self.sorted.kind is Kind.BOUNCE:
            self._came_back(self.letter.bounce)
        if self.letter.hint == "sender" and self.sorted.kind is not Kind.BOUNCE:
            asks = Asks.READ if not self.sorted.files else Asks.WHICH if self.person else Asks.WHOSE
            return kept_for_a_person("Its sender seems to be a machine or a list, so it was not answered.", asks=asks)
        looped = numbering.notice_of(self.letter.message_id, self.council.policy.qa_address) is not None
        if self.sorted.files and not looped:
            return kept_for_a_person(
                "It looks like a machine's or our own, so it was not answered, but a document is attached.",
                asks=Asks.WHICH,
            )
        if self._may_be_a_persons() and self._sounds_alarming():
            return kept_for_a_person(
                "It bears the marks of a machine or a list, so it was not answered, but it sounds alarming."
            )
        if self._says_something_itself():
            return kept_for_a_person("It looks like a machine's answer, so it was not answered, but it says more.")
        return Outcome("done", SET_ASIDE)

    def _says_something_itself(self) -> bool:
        """Whether a letter that only looks like a machine's says what no machine does: any word beside the answer to
        an invitation, or, of somebody we know below an *Out of office:*, alarm or a case.
        """
        if self.letter.hint == "invitation":
            return bool(re.search(r"\w", self.letter.own))
        if self.letter.hint != "subject" or self.person is None:
            return False
        own = without_signposts(without_receipt(self.letter.own))
        repeats_ours = "·" in self.letter.subject
        said = f"{'' if repeats_ours else self._subject()}\n{own_subject(own, self._kinds())}"
        return sounds_alarming(said) or self._names_a_case(said)

    def _names_a_case(self, words: str) -> bool:
        if references(words, self.council.policy.reference_prefix) or named_ids(words):
            return True
        return any(self.ledger.directory.case(one) for one in numbers(words)[:_MOST_NUMBERS])

    def _came_back(self, bounce: Bounce) -> None:
        """It belongs to a notice of ours: that one was not delivered, and nothing else follows from it."""
        named = numbering.notice_of(bounce.message_id, self.council.policy.qa_address)
        notice = self.ledger.obligations.notice_under(*named) if named else None
        if notice is not None:
            undelivered.note(self.ledger, self.council, notice, bounce.addresses, bounce.status, self.kept.id, self.now)

    def _may_be_a_persons(self) -> bool:
        """Not our own, no bounce, and no machine's answer to us: many such end with whom to ring for a child at risk,
        and an alert for each would be answered by the next.
        """
        if self.person is None or self.letter.returns or self.sorted.kind is Kind.OURS or self.letter.hint:
            return False
        return not (self.letter.declared and numbering.named(self.letter.answers, "", self.council.policy.qa_address))

    def _stranger(self) -> Outcome:
        """L02: a courteous line a day, and no detail."""
        if self.read_before:
            return kept_for_a_person(_UNKNOWN, asks=Asks.WHOSE)
        who = self.letter.sender or "no single sender"
        refusal = access.refuse_stranger(self.ledger, self.council, "mail", f"letter {self.kept.id}", who, self.now)
        if self.letter.sender:
            sender = hashlib.sha256(self.letter.sender.encode()).hexdigest()[:32]
            key = f"stranger/{sender}/{self.now.date().isoformat()}/mail"
            if self.ledger.obligations.notice(key) is None:
                self._notify(key, "reply", self._answer(refusal.sentence), address=self.letter.sender)
        return kept_for_a_person(_UNKNOWN, asks=Asks.WHOSE)

    def _words(self, person: Person) -> Outcome:
        """No tool and no word that we know: a person reads it."""
        qa_team = self.council.policy.qa_team
        if self.sorted.kind is Kind.ANSWERS:
            sentence = f"Thank you. Your words are kept for {qa_team}, and somebody will read them."
        elif self.sorted.to is not None and self._has_ended(self.sorted.to):
            sentence = (
                "The alert that you answered has ended: somebody has it, or it was withdrawn. Your words are kept for "
                f"{qa_team}, and somebody will read them. If a child may be at risk now, phone."
            )
        elif self.sorted.to is not None:
            sentence = (
                "Your message does not acknowledge the alert, so the alert goes on. To acknowledge it, reply to it "
                f"with ACK alone on the first line. Your words are kept for {qa_team}."
            )
        else:
            sentence = (
                f"Your message is kept for {qa_team}, and somebody will read it. If a child may be at risk now, phone; "
                f"do not wait for an answer here. {NoToolAttached().sentence}"
            )
        self._reply(person, "words", sentence)
        return kept_for_a_person("It brings no tool, and its words need a reader.")

    # alerts and questions

    def _has_ended(self, alert: Answered) -> bool:
        """Whether nobody has to acknowledge it any more."""
        return alert.concern_id is not None and self.ledger.concerns.concern(alert.concern_id).state in concerns.DONE

    def _acknowledge(self, person: Person) -> bool:
        """A reply of one word to an alert, from the address that the alert was sent to (F22); whether it is."""
        alert = self.sorted.to
        assert alert is not None
        if alert.address != self.letter.sender or alert.concern_id is None:
            why = "Thank you for answering. Please answer the alert that was sent to you yourself."
            self._reply(person, "ack", CannotAcknowledge(why=why, who="somebody who may").sentence)
            return False
        concern = self.ledger.concerns.concern(alert.concern_id)
        self._reply(person, "ack", self._acknowledged(concern, person), concern.audit_id, concern.id)
        return True

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

    def _confirm(self, person: Person) -> bool:
        """The auditor confirms what the receipt asked about; whether it is the auditor."""
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
        theirs = audit.auditor_id == person.id
        self._reply(person, "confirm", sentence, audit.id if theirs else None)
        return theirs

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
            return kept_for_a_person(sentence)
        notice = self.ledger.obligations.notice_by_number(to.number)
        asked = list(notice.data.get("asked", ())) if notice else []
        words = self._answers(notice)
        if not asked:
            return self._beside_no_question(person, answering.confirms(words), audit)
        if self.files and not answering.holds_answers(asked, words) and not answering.confirms(words):
            return self._file_all(person)
        replied = answering.take(self.ledger, audit, asked, words, self.now, self._subject())
        outcome = self._after_answers(person, replied)
        if not self.files:
            return outcome
        filed = self._file_all(person)
        return filed if filed.state == "needs_a_person" else outcome

    def _beside_no_question(self, person: Person, confirms: bool, audit: Audit) -> Outcome:
        """It answers a receipt that asked for nothing, or only whether its auditor confirms."""
        if confirms:
            self._confirm(person)
        if self.files:
            return self._file_all(person)
        return kept_for_a_person(_BESIDE, audit.id) if confirms else self._words(person)

    def _answers(self, notice: Notice | None) -> str:
        """What the writer says, each answer below a quoted question with its number."""
        asks = dict(enumerate(notice.data["questions"], 1)) if notice else {}
        own = bodies.answers_below(beside(self.letter.text), asks)
        name, inbox = self.person.name if self.person else "", self.council.policy.qa_address
        return without_closing(own, name, inbox, self._kinds(), asks)

    def _after_answers(self, person: Person, replied: Replied) -> Outcome:
        """Hand in what is complete, write back what was taken and what is still asked, keep what needs a reader."""
        audit, submitted = replied.audit, False
        if not any(file.reading for file in self.files):  # a tool that follows may say something else
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
        hears = submitted or bool(replied.taken) or replied.confirms or self._may_reply(person)
        if hears:
            self._ask(person, "answers", audit, asked, submitted, late, more)
        heard = "\n".join(replied.heard)
        if replied.late or beside or not hears:
            why = replied.late or (_BESIDE if beside else _UNHEARD)
            return kept_for_a_person(why, audit.id, heard)
        return Outcome("done", FILED, audit_id=audit.id, heard=heard)
