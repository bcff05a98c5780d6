"""What a receipt says: what arrived, what was read in it, what is asked by number, and what happens next."""

from __future__ import annotations

from audit.council import Council
from audit.notices import Notice, ReceiptFacts, ReplyFacts
from documents import look
from mail.draft_parts import Draft, count, due_in, mailto


def receipt(notice: Notice) -> Draft:
    """A receipt for a returned tool, or for answers to an earlier receipt."""
    facts, council = notice.facts, notice.council
    assert isinstance(facts, ReceiptFacts)
    twice = f"The same letter came {facts.copies} times; it was filed once."
    marks = _marks(council)
    came = "your answers" if facts.reply else "received"
    return Draft(
        f"{facts.reference}: {came}, {'please confirm' if facts.to_confirm else _in_short(facts)}",
        {
            "says": _arrived(facts, council),
            "state": _state(facts),
            "to_confirm": facts.to_confirm,
            "confirm": mailto(notice, "CONFIRM", facts.reference),
            "also": (twice,) if facts.copies > 1 else (),
            "beside": facts.beside,
            "taken": facts.taken,
            "unclear": facts.unclear,
            "rows": [
                {"area": row.area, "field": row.field, "read": row.read, "note": row.note, "mark": marks.get(row.read)}
                for row in facts.rows
            ],
            "questions": facts.questions,
            "how": _how_to_answer(council) if facts.questions else "",
            "more": facts.more,
            "next": _after_receipt(notice, facts),
        },
        answers=facts.in_reply_to,
    )


def _arrived(facts: ReceiptFacts, council: Council) -> str:
    words = council.words
    if facts.reply:
        taken = f"I have taken {count(len(facts.taken), 'answer')} from it" if facts.taken else "I have taken nothing"
        again = ", and say below what I could not take and why" if facts.unclear else ""
        return f"Your mail about {facts.reference} has arrived. {taken}{again}."
    if facts.again:
        return (
            f"Your {words.tool} for {facts.reference} has arrived, and I had this one already: it is the same file, so "
            "nothing was changed by it."
        )
    read = f"{facts.areas_read} of {facts.area_count} {words.areas}"
    return f"Your {words.tool} for {facts.reference} has arrived, and I read {read}."


def _marks(council: Council) -> dict[str, str]:
    """The mark beside each grade's word: it differs in shape, so that nobody has to tell grades by colour."""
    choices = (choice for scale in council.scales.scales.values() for choice in scale.choices)
    return {choice.label: look.MARKS[choice.shape] for choice in choices if look.MARKS[choice.shape]}


def _in_short(facts: ReceiptFacts) -> str:
    if facts.submitted:
        return "complete and handed in"
    return f"{count(_left(facts), 'question')} left" if _left(facts) else "thank you"


def _left(facts: ReceiptFacts) -> int:
    return facts.still_open or len(facts.questions)


_FURTHER_DOWN = "Grades stand further down, so that they do not show in the preview of this mail."


def _state(facts: ReceiptFacts) -> str:
    """What has become of it. Long enough on purpose: what was read must not show in a preview (L01)."""
    if facts.submitted:
        finished = "" if facts.to_confirm else "; you need do nothing more"
        return (
            f"It is complete and has been handed in{finished}. Please compare what I read with what you meant. If "
            f"anything is wrong, reply and say so, and somebody will put it right with you. {_FURTHER_DOWN}"
        )
    if facts.late:
        return (
            f"{facts.late} If something has to change, reply to this mail and say so in your own words, and somebody "
            f"will look at it with you. {_FURTHER_DOWN}"
        )
    if not _left(facts):
        return (
            "Nothing is missing, and it is not handed in yet: please look it through in Teams and press Hand in there. "
            f"Nothing that you had said before was overwritten, and all that you have said is saved. {_FURTHER_DOWN}"
        )
    left = _left(facts)
    return (
        f"It is not handed in yet: {count(left, 'question')} {'is' if left == 1 else 'are'} left, below. Nothing that "
        "you had said before was overwritten, and all that you have said is saved; you can stop and go on whenever you "
        f"like. {_FURTHER_DOWN}"
    )


def _after_receipt(notice: Notice, facts: ReceiptFacts) -> str:
    if facts.submitted or facts.late:
        return f"{notice.council.policy.qa_team[0].upper()}{notice.council.policy.qa_team[1:]} takes it from here."
    due = f" It is due {due_in(notice, facts.due)}." if facts.due else ""
    if not _left(facts):
        return f"Hand it in in Teams when you are ready.{due}"
    return f"Answer in Teams, or put the answers into the {notice.council.words.tool} and send it again.{due}"


def _how_to_answer(council: Council) -> str:
    """How a reply answers by number, with grades of the council's own."""
    labels = [choice.label.lower() for scale in council.scales.scales.values() for choice in scale.choices]
    such_as = ", ".join(f"{number} {label}" for number, label in enumerate(labels[1:3], 1))
    return (
        f"The quickest way: reply to this mail with each number and its answer, such as “{such_as}”. Give answers in "
        "words a line each. You need not answer all of them now."
    )


def reply(notice: Notice) -> Draft:
    """A sentence in answer to a letter."""
    facts = notice.facts
    assert isinstance(facts, ReplyFacts)
    title = f"{facts.reference}: about your message" if facts.reference else "About your message"
    return Draft(title, {"says": facts.sentence}, answers=facts.in_reply_to)
