"""A letter on the desk, and what is written back about it: replies and receipts, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from audit.answers import Audit
from audit.council import Council
from audit.deadlines import clock
from audit.escalation import ConcernState
from audit.people import Person
from audit.process import Stage
from desk import councils, questions, submissions
from documents.attached import UNREAD_WORDS
from mail import bodies, returned, together
from mail.further import own_subject
from mail.letters import Letter
from mail.returned import ReturnedFile
from mail.sorting import Sorted
from storage.ledger import Ledger
from storage.letters import Letter as Kept
from storage.obligations import Kept as Notice

MOST_REPLIES = 12
"""Replies to one person in a day. Two machines that answer each other are stopped by this (G04)."""
_ONE_WORD = ("ack", "confirm")
"""Whoever acknowledges or confirms is answered for longer."""
_LAST = "I answer no more letters of this kind today. All that you send is kept, and somebody will read what needs it."


@dataclass(frozen=True)
class OnTheDesk:
    """A letter on the desk: what it is, who wrote it, what came with it."""

    ledger: Ledger
    council: Council
    kept: Kept
    letter: Letter
    sorted: Sorted
    person: Person | None
    files: tuple[ReturnedFile, ...]
    now: datetime

    @property
    def read_before(self) -> bool:
        """Whether it was read, needed a person, and is read again."""
        return self.kept.state == "needs_a_person"

    def _subject(self) -> str:
        return own_subject(self.letter.subject, self._kinds())

    def _packed(self) -> str:
        """The writer's words that a mail program packed up with the files, where the letter itself shows none."""
        if self.letter.own.strip():
            return ""
        words = [file.own for file in self.files if not (file.own == UNREAD_WORDS and self.letter.text.strip())]
        return bodies.own_words("\n".join(words)).strip()

    def _alarms_beside(self) -> bool:
        """Whether words that were packed up, the writer's own or a letter's that was passed on, sound alarming. What a
        gateway wrote above them in the letter itself hides none.
        """
        return any(map(returned.sounds_alarming_beside, self.files))

    def _kinds(self) -> tuple[str, ...]:
        return tuple(limb.kind for limb in self.council.policy.limbs.values())

    # receipts

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
            "in_reply_to": self.letter.message_id if self._wrote(person) else "",
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
        key = f"letter/{self.kept.id}/receipt/{part}/mail"
        if self._is_one_too_many(person, audit, confirm, key):
            says = self._in_a_line(data)
            together.gather(self.ledger, self.council, person, self._lately(person), audit.reference, says, self.now)
            return
        self._notify(key, "receipt", data, person=person, audit_id=audit.id)

    def _is_one_too_many(self, person: Person, audit: Audit, confirm: bool, key: str) -> bool:
        """Whether a receipt joins others in one letter. One that asks to confirm never waits, but once for an audit."""
        receipts = [one for one in self._lately(person) if one.kind == "receipt"]
        if len(receipts) < together.MOST_RECEIPTS or self.ledger.obligations.notice(key):
            return False
        return not confirm or any(one.audit_id == audit.id and one.data.get("to_confirm") for one in receipts)

    def _in_a_line(self, data: Mapping[str, Any]) -> str:
        """What a receipt says, without a grade."""
        if data.get("again"):
            return "it is the same file as before, so nothing was changed."
        if data["late"]:
            return "it had been handed in before, so nothing was changed."
        read = f"{data['areas_read']} of {data['area_count']} {self.council.words.areas} read"
        came = f"{len(data.get('taken', ()))} answers taken" if data.get("reply") else read
        left = int(data["still_open"])
        state = "handed in" if data["submitted"] else f"{left} question{'' if left == 1 else 's'} left"
        confirm = " Something that you recorded waits to be confirmed." if data["to_confirm"] else ""
        return f"{came}, {state}.{confirm}"

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

    # replies

    def _answer(self, sentence: str, reference: str = "") -> dict[str, object]:
        """What every answer holds. The writer's own subject is not repeated: it may hold a name (L01)."""
        return {
            "sentence": sentence,
            "reference": reference,
            "in_reply_to": self.letter.message_id,
            "subject": "",
            "council": self.council.hash,
        }

    def _wrote(self, person: Person) -> bool:
        return self.person is not None and self.person.id == person.id

    def _may_reply(self, person: Person, most: int = MOST_REPLIES) -> bool:
        """Whether this person had few answers today: two machines would go on for ever (G04)."""
        return len(self._replies(person)) < most

    def _replies(self, person: Person) -> list[Notice]:
        return [one for one in self._lately(person) if one.kind == "reply" or one.data.get("reply")]

    def _lately(self, person: Person) -> tuple[Notice, ...]:
        """What this person was sent in the last day."""
        since = self.now - timedelta(days=1)
        return tuple(one for one in self.ledger.obligations.notices(person_id=person.id) if one.made_at > since)

    def _is_last(self, person: Person, most: int) -> bool:
        """Whether an answer is the last for today: then it says so, and the QA lead hears of it."""
        replies = self._replies(person)
        return len(replies) >= most - 1 and not any(one.data.get("last") for one in replies)

    def _reply(
        self,
        person: Person,
        part: str,
        sentence: str,
        audit_id: int | None = None,
        concern_id: int | None = None,
        lines: Sequence[str] = (),
    ) -> None:
        most = together.MOST_RECEIPTS if part in _ONE_WORD else MOST_REPLIES
        is_last = self._is_last(person, most)
        if not is_last and not self._may_reply(person, most):
            return
        reference = self.ledger.audits.audit(audit_id).reference if audit_id else ""
        key = f"letter/{self.kept.id}/reply/{part}/mail"
        data = {**self._answer(sentence, reference), **({"lines": list(lines)} if lines else {})}
        if is_last and self.ledger.obligations.notice(key) is None:
            data |= {"sentence": f"{sentence} {_LAST}", "last": True}
            together.tell_the_lead(self.ledger, self.council, person, self.now)
        self._notify(key, "reply", data, person, audit_id=audit_id, concern_id=concern_id)

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
        stem, again = key.removesuffix("/mail"), 1
        while (known := self.ledger.obligations.notice(key)) is not None and known.sent_at is not None:
            if known.state == "sent" and known.data == data:
                return  # read again, and nothing else is to be said; one that came back goes anew
            again += 1
            key = f"{stem}/{again}/mail"
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
