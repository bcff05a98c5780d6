"""What people ask for or tell by mail: an audit of a case, an action done, a disagreement, help, a decision."""

from __future__ import annotations

from collections.abc import Sequence

from audit.people import Person
from audit.process import Stage
from audit.refusals import NotALaterDay, NotQuiteDone, Refusal, WhichAudit
from audit.wishes import beside_help, decision, first_line, may_take_back, reason_of
from audit.words import day, plain, references
from desk import access, actions, climbing, councils, disagreements, requests
from mail.further import without_closing, without_greeting
from mail.mailbox import FILED
from mail.outcomes import Outcome, kept_for_a_person
from mail.sorting import Kind
from mail.tools import Tools
from storage.requests import RequestState

_DONE = Outcome("done", FILED)
_SAYS_MORE = (
    "Your mail says more than the one word, and I could not tell whether it takes it back, so nothing was decided. "
    "Please reply with accept, decline or later, and nothing below it."
)
_TEAM_ONLY = "An answer here is no decision about an audit. The people named below make those."


class Wishes(Tools):
    """A letter that asks for something, or tells something, in its subject or first line."""

    def _wished(self, person: Person) -> Outcome:
        """Do it, or say kindly why not, and then a person reads it too. Nothing else is changed by a refusal."""
        verb = {
            Kind.REQUEST: self._requested,
            Kind.ACTION: self._action_done,
            Kind.DISAGREEMENT: self._disagreed,
            Kind.HELP: self._helped,
            Kind.DECISION: self._decided,
        }[self.sorted.kind]
        try:
            return verb(person)
        except Refusal as refusal:
            kept = f"Your words are kept for {self.council.policy.qa_team}, and somebody will read them."
            self._reply(person, self.sorted.kind.value, refusal.sentence, lines=(kept,))
            return kept_for_a_person(_WHY[self.sorted.kind])

    def _said(self) -> str:
        """What the writer says, without greeting, thanks and name."""
        name, inbox = self.person.name if self.person else "", self.council.policy.qa_address
        return without_closing(self.letter.own, name, inbox, self._kinds())

    def _requested(self, person: Person) -> Outcome:
        """B03, B04. What they wrote goes to the trail only; the receipt repeats the ID and our word for the reason."""
        said, policy = self._said(), self.council.policy.asking
        both = f"{self.letter.subject}\n{said}"
        case_id = requests.case_in(both)
        reason = reason_of(both, policy.reasons)
        asked = requests.ask(self.ledger, self.council, person, case_id, reason, said, self.now, "mail", self.kept.id)
        request = asked.request
        role = councils.title(self.council, policy.decides)
        came = f"Your request has arrived. It is request {request.id}: that case {case_id} be audited."
        if not asked.is_new:
            came = f"You have asked for case {case_id} before, as request {request.id}, so nothing was added."
        lines = (
            f"The {role} decides whether it is accepted, declined or kept for later, and you will hear which. Nothing "
            "has been allocated by this.",
            f"As the reason I understood: {requests.label(self.council, request.reason).lower()}. If that is not it, "
            "reply and say so.",
        )
        self._reply(person, "request", came, lines=lines)
        return _DONE

    def _action_done(self, person: Person) -> Outcome:
        """H04, H08. The action's own words stand below what a preview shows."""
        example = access.example(self.council)
        if not self.sorted.wish or not self.sorted.wish.plain:
            raise NotQuiteDone(example=example)
        reference, said = self._one_reference(), self._said()
        done = actions.report_done(
            self.ledger,
            self.council,
            person,
            reference,
            self.sorted.wish.actions,
            said,
            self.now,
            "mail",
            self.kept.id,
        )
        numbers = " and ".join(str(one.number) for one in done)
        which = f"action{'s' * (len(done) > 1)} {numbers} of {reference} {'are' if len(done) > 1 else 'is'} done"
        again = all(one.again for one in done)
        sentence = (
            f"I had noted before that you say that {which}." if again else f"I have noted that you say that {which}."
        )
        words = self.council.words
        lines = [
            f"The auditor and {self.council.policy.qa_team} hear of it. Your words are kept with the audit, so that "
            f"anybody who reviews it finds them; nothing else was changed. Please record the work itself in "
            f"{words.case_system}, as always: this mail is no case record. If this was a slip, reply and say so, and "
            "somebody will put it right with you.",
            *(f"For you to compare, action {one.number} reads: {one.says}" for one in done if one.says),
        ]
        self._reply(person, "action", f"Thank you. {sentence}", done[0].audit.id, lines=lines)
        return Outcome("done", FILED, audit_id=done[0].audit.id)

    def _disagreed(self, person: Person) -> Outcome:
        """J01 to J05, J07."""
        reference = self._one_reference()
        heard = disagreements.disagree(
            self.ledger, self.council, person, reference, self._said(), self.now, "mail", self.kept.id
        )
        sentence = f"Thank you for saying that you see {reference} differently. Your words are kept with the audit."
        self._reply(person, "disagreement", sentence, heard.audit.id, lines=heard.says)
        return Outcome("done", FILED, audit_id=heard.audit.id)

    def _one_reference(self) -> str:
        """The one audit that subject and words name. Raises WhichAudit."""
        prefix = self.council.policy.reference_prefix
        found = references(f"{self.letter.subject}\n{self.letter.own}", prefix)
        if len(found) != 1:
            raise WhichAudit(example=access.example(self.council))
        return found[0]

    def _helped(self, person: Person) -> Outcome:
        """What can be done by mail, with the references of the writer's own open audits and nothing of them."""
        more = beside_help(self._said())
        begs = self.sorted.wish is not None and not self.sorted.wish.plain
        lines = [*_by_mail(self.council.words.tool, access.example(self.council)), *self._open_audits(person)]
        leads = climbing.holders(self.ledger, self.council.policy.qa_lead, None)
        if leads and leads[0].person.phone:
            role = councils.title(self.council, self.council.policy.qa_lead)
            lines.append(f"To reach a person, ring {leads[0].person.name}, {role}, on {leads[0].person.phone}.")
        if more or begs:
            lines.append(f"Your mail is kept for {self.council.policy.qa_team} too, and somebody will read it.")
        self._reply(person, "help", "This is what you can do by mail: write to this address, or reply.", lines=lines)
        return kept_for_a_person(_WHY[Kind.HELP]) if more or begs else _DONE

    def _open_audits(self, person: Person) -> Sequence[str]:
        mine = [one for one in self.ledger.audits.of_auditor(person.id) if one.stage is not Stage.SUBMITTED]
        words = self.council.words
        if not mine:
            return (f"You have no open {words.audits} at the moment.",)
        return (f"Open for you now: {', '.join(one.reference for one in mine)}.",)

    def _decided(self, person: Person) -> Outcome:
        """A reply to a request, from somebody who decides, at the address that it went to: accept, decline or later."""
        to = self.sorted.to
        assert to is not None
        notice = self.ledger.obligations.notice_by_number(to.number)
        assert notice is not None
        if to.address != self.letter.sender:
            self._reply(person, "decision", _TEAM_ONLY)
            return kept_for_a_person(_WHY[Kind.DECISION])
        said = without_greeting(self._said())
        word, rest = decision(first_line(said))
        below = [line for line in said.split("\n") if line.strip()][1:]
        state = RequestState(word)
        if state is not RequestState.DECLINED and may_take_back("\n".join(below)):
            self._reply(person, "decision", _SAYS_MORE)
            return kept_for_a_person(_WHY[Kind.DECISION])
        until = None
        if state is RequestState.LATER and plain(rest) not in ("", "next cycle", "the next cycle"):
            until = day(rest)
            if until is None:
                raise NotALaterDay(day="That")  # whatever they wrote may hold a name (L01)
        why = " ".join([rest, *below]) if state is RequestState.DECLINED else " ".join(below)
        number = int(notice.data["request"])
        request = requests.decide(self.ledger, self.council, person, number, state, self.now, why, until)
        asker = self.ledger.directory.person(request.asked_by)
        says = (
            f"Request {request.id} is noted as {'kept for later' if word == 'later' else word}. {asker.name} will hear."
        )
        self._reply(person, "decision", says)
        return _DONE


_WHY = {
    Kind.REQUEST: "It asks for an audit and could not be noted: it names not one case by its ID, or too many wait.",
    Kind.ACTION: "It says something about an action that could not be noted. Please read it.",
    Kind.DISAGREEMENT: "It disagrees with an audit and could not be noted. Please read it.",
    Kind.HELP: "It asks for help.",
    Kind.DECISION: "It answers a request for an audit and could not be taken as a decision.",
}


def _by_mail(tool: str, example: str) -> Sequence[str]:
    return (
        f"Return the {tool}: attach it, or answer in the allocation mail itself.",
        "Answer a question of a receipt: reply with its number and the answer, such as “1 good”.",
        "Acknowledge an alert: reply to it with ACK alone on the first line. Confirm a concern: CONFIRM.",
        "Ask for an audit: “Please audit case 12345”, and why. Leave out names.",
        f"Say that an action is done: “{example} action 2 done”, and below it how you know.",
        f"Disagree with an audit: “I disagree with {example}”, and about what.",
        "Anything else: write it in your own words, and a person reads it.",
    )
