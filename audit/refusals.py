"""What we say no to: each refusal has a code and a sentence that says what to do next.

A `Refusal` is the person's to fix: a card shows it, a letter quotes it. It never reaches a log.
"""

from __future__ import annotations

from typing import ClassVar


class Refusal(Exception):
    """Base of all refusals.

    `code` is stable and documented; `says` is the sentence, with named gaps; `field` is the input it stands beside.
    """

    code: ClassVar[str] = "QA-000"
    says: ClassVar[str] = "I could not do that."

    def __init__(self, field: str = "", **gaps: object) -> None:
        """Fill the sentence's gaps; `field` names the input that the sentence stands beside, if any."""
        super().__init__(self.says.format(**gaps))
        self.field = field

    @property
    def sentence(self) -> str:
        """The sentence, filled in, ready for a person."""
        return str(self)


class UnknownPerson(Refusal):
    """L02: somebody who is not in the council's directory."""

    code = "QA-101"
    says = (
        "I do not know you yet, so I cannot show or change anything. I have kept your message for {qa_team}. "
        "Please ask them to add you. If a child may be at risk now, phone; do not wait for an answer here."
    )


class UnknownReference(Refusal):
    """G02: a reference that no audit has, or one that this person may not see. The two read the same on purpose."""

    code = "QA-102"
    says = "I cannot find an audit {reference} of yours. Please check the reference; it looks like {example}."


class NotOnTheScale(Refusal):
    """D02: words that are no grade of this scale."""

    code = "QA-103"
    says = 'I have kept your words "{words}", but they are not one of the answers here. Please choose: {choices}.'


class WhichOne(Refusal):
    """D02: words that could mean more than one answer. Never guessed."""

    code = "QA-104"
    says = 'I have kept your words "{words}". They could be {choices}; which do you mean?'


class StaleCard(Refusal):
    """D22: a card drawn before somebody, perhaps the same person, answered elsewhere."""

    code = "QA-105"
    says = (
        "This part was answered after that card was drawn, so nothing was overwritten. "
        "Here it is as it stands now; what you typed is kept below it."
    )


class NotYetComplete(Refusal):
    """D03: submit while something is missing."""

    code = "QA-106"
    says = "{count} still to do before this can be handed in: {first}. Everything you have said is saved."


class AlreadySubmitted(Refusal):
    """G05: an answer after the version was frozen."""

    code = "QA-107"
    says = (
        "{reference} was handed in on {when}, so I have not changed it. Your words are kept for {qa_team}, "
        "who can open it again."
    )


class MustAnswer(Refusal):
    """D21: a section that the tool asks of every audit."""

    code = "QA-108"
    says = "{title} is asked in every audit, so it cannot be marked not relevant or skipped for good."


class CannotAcknowledge(Refusal):
    """F22: someone whose acknowledgement does not stop this ladder, or who was not told."""

    code = "QA-109"
    says = "{why} The alert goes on until {who} acknowledges it."


class NothingToUndo(Refusal):
    """D22: undo where nothing was changed, or where all changes were undone."""

    code = "QA-110"
    says = "There is nothing to undo here."


class NoSuchTool(Refusal):
    """Allocation under a tool the council does not have."""

    code = "QA-111"
    says = "There is no tool {tool}. The tools are: {tools}."


class NoSuchCase(Refusal):
    """Allocation of a case that is not in the directory."""

    code = "QA-112"
    says = "There is no case {case} in the directory. Please check the ID or add it to cases.csv and seed again."


class NoSuchAuditor(Refusal):
    """Allocation to an address that is not in the directory."""

    code = "QA-113"
    says = "There is nobody with the address {email} in the directory. Please check it or add them to people.csv."


class OwnCase(Refusal):
    """B17: an auditor must not audit their own case or team, unless policy allows."""

    code = "QA-114"
    says = "{name} works on or manages case {case}, so cannot audit it. Please choose someone else."


class NoDueDate(Refusal):
    """B10: the council's policy sets no standard length, so each allocation needs a date."""

    code = "QA-115"
    says = "This council sets a date for each audit. Please give one: --due YYYY-MM-DD."


class WrongDueDate(Refusal):
    """A due date that is in the past or not a date."""

    code = "QA-116"
    says = "{due} cannot be the due date: {why}."


class UnreadableFile(Refusal):
    """G02: a file that is not a tool we can read."""

    code = "QA-117"
    says = (
        "I could not read {name}: {why} I have kept it for {qa_team}. "
        "You can send the Word tool again, or answer in Teams."
    )


class NoToolAttached(Refusal):
    """G02: a letter without a tool or words we understand."""

    code = "QA-118"
    says = (
        "I found no audit tool in your message. If you meant to send one, please attach the Word tool that came with "
        "the allocation, or answer in Teams."
    )


class NotYours(Refusal):
    """L02: an audit that this person is no party to."""

    code = "QA-119"
    says = "That audit is not yours to change. I have kept your message for {qa_team}."


class NoReference(Refusal):
    """G02: a tool whose reference is missing or contradicts the subject."""

    code = "QA-120"
    says = (
        "I could not tell which audit this tool belongs to: {why} Please send it again with the reference, such as "
        "{example}, in the subject."
    )


class NotUnderstood(Refusal):
    """Typed words that fit nothing that is open."""

    code = "QA-121"
    says = (
        "I have kept your words but do not know where they belong. "
        'Type "resume" to go on or "help" to see what I can do.'
    )


class ConcernNeedsWords(Refusal):
    """F01: a concern without a kind or a word of what it is."""

    code = "QA-122"
    says = "Please choose what kind of concern this is. A line on what you saw helps those who are told."


class ReasonNeeded(Refusal):
    """F24 and C03: something that needs a reason."""

    code = "QA-123"
    says = "Please say why in a line; it is kept, and those who were told will hear."


class WrongTool(Refusal):
    """E01: the tool goes with the child's status."""

    code = "QA-125"
    says = "Case {case} is {status}, and {tool} is for {statuses}. Please choose: {tools}."


class NotHandedIn(Refusal):
    """Opening an audit again that is open."""

    code = "QA-126"
    says = "{reference} has not been handed in, so it is open already."


class NoCaseNoteYet(Refusal):
    """G06: a case note of an audit that may still change."""

    code = "QA-130"
    says = (
        "{reference} is not handed in, so it has no case note yet: its actions may still change. "
        "The note is there as soon as the audit is handed in."
    )


class SpeaksOfAGrade(Refusal):
    """G06: a line for the case note that would bring a grade into it."""

    code = "QA-131"
    says = (
        "A case note holds no grade, and these words may be one. "
        "Please leave the line out, or say in other words what is to be done."
    )


class NoSuchLine(Refusal):
    """G06: a decision about a line of the case note that is not held."""

    code = "QA-132"
    says = "No action with the number {number} is held in the case note of {reference}, so there is nothing to decide."


class NotTheirDecision(Refusal):
    """B03: deciding about a request for an audit without the role that does."""

    code = "QA-150"
    says = "Requests for an audit are decided by the {role}, so I changed nothing."


class NoSuchRequest(Refusal):
    """B03: a request that is not there."""

    code = "QA-151"
    says = "There is no request {number}. 'auditbot request list' shows those that wait."


class DecidedBefore(Refusal):
    """B03: a request that somebody has decided about."""

    code = "QA-152"
    says = "Request {number} was {state} by {name} on {when}, so I changed nothing."


class WhichCase(Refusal):
    """B03: a request for an audit without the case's ID, or with several. A name is never taken for one (L01)."""

    code = "QA-153"
    says = (
        "Which case is it? Please ask again with its ID, one case at a time, such as “Please audit case 12345”, and "
        "leave names out. Nothing has been asked for yet."
    )


class TooManyRequests(Refusal):
    """B03: more requests of one person than may wait for a decision."""

    code = "QA-160"
    says = (
        "{most} requests of yours wait for a decision already, so I have not added another. Please wait until some are "
        "decided, or ring {qa_team}."
    )


class NotALaterDay(Refusal):
    """B03: a request put off to a day that is past, or is none."""

    code = "QA-154"
    says = "{day} is not a day to come. Please write it like 2027-01-15, or leave it out for the next cycle."


class NotAParty(Refusal):
    """L02: an audit that somebody cannot tell about. One that is not there reads the same on purpose."""

    code = "QA-155"
    says = (
        "I cannot find an audit {reference} about which you can tell me this, so I changed nothing. Please check the "
        "reference, or ring {qa_team}."
    )


class NoSuchAction(Refusal):
    """H08: an action that the audit does not have."""

    code = "QA-156"
    says = "{reference} has no action {number}, so I changed nothing. Its actions are numbered 1 to {last}."


class NoActionsYet(Refusal):
    """H08: an action of an audit that may still change, or that has none."""

    code = "QA-157"
    says = "{reference} has no actions that could be done: {why}. I changed nothing."


class NotQuiteDone(Refusal):
    """H08: an action that is nearly done, or not done, is not done."""

    code = "QA-158"
    says = (
        "I have not noted that as done, because your words leave a doubt. When it is done, please write only that, "
        "such as “{example} action 1 done”."
    )


class WhichAudit(Refusal):
    """G02: something about an audit without its reference, or with several."""

    code = "QA-159"
    says = "Which audit is it about? Please write again with its one reference, such as {example}. I changed nothing."


class NotTold(Refusal):
    """L02: an alert that was not sent to this person."""

    code = "QA-124"
    says = (
        "This alert was not sent to you, so I cannot show it or take your answer. If you think that it should have "
        "been, please ask {qa_team}."
    )


class NotOfTheTeam(Refusal):
    """L02: letters that need a person are for the QA team."""

    code = "QA-141"
    says = (
        "Letters that need a person are for {qa_team}, so I cannot show one to you, and I changed nothing. "
        "If you are waiting for an answer to a letter, please ask them. If a child may be at risk now, phone."
    )


def every_refusal() -> tuple[type[Refusal], ...]:
    """All refusals in the order of their codes; `docs/refusals.md` is generated from them."""
    return tuple(sorted(Refusal.__subclasses__(), key=lambda refusal: refusal.code))
