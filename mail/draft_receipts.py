"""What a receipt says: what arrived, what was read in it, what is asked by number, and what happens next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from audit.council import Council
from audit.notices import Notice, ReadRow, ReceiptFacts, ReplyFacts
from documents import look
from mail.draft_parts import Draft, count, due_in, mailto


def receipt(notice: Notice) -> Draft:
    """A receipt for a returned tool, or for answers to an earlier receipt."""
    facts, council = notice.facts, notice.council
    assert isinstance(facts, ReceiptFacts)
    twice = f"The same letter came {facts.copies} times; it was filed once."
    marks = _marks(council)
    says, state = _arrived(facts, council), _state(notice, facts)
    came = "your answers" if facts.reply else "received"
    title = f"{facts.reference}: {came}, {'please confirm' if facts.to_confirm else _in_short(facts)}"
    return Draft(
        title,
        {
            "says": says,
            "state": _beyond_the_preview(state, len(title) + len(says) + len(facts.to_confirm)),
            "to_confirm": facts.to_confirm,
            "confirm": mailto(notice, "CONFIRM", facts.reference),
            "also": (twice,) if facts.copies > 1 else (),
            "beside": facts.beside,
            "taken": facts.taken,
            "unclear": facts.unclear,
            "rows": tuple(_read(facts.rows, marks)),
            "questions": facts.questions,
            "how": _how_to_answer(council) if facts.questions else "",
            "more": "" if _looks_blank(facts) else facts.more,
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
    if _looks_blank(facts):
        return (
            f"Your {words.tool} for {facts.reference} has arrived, but I found no grade and no choice in it. If you "
            "have filled one in, it may have been saved under another name: please look for it, and send it as it is."
        )
    in_full = " in full" if facts.areas_read < facts.area_count else ""  # grades of others may stand below
    read = f"{facts.areas_read} of {facts.area_count} {words.areas}{in_full}"
    return f"Your {words.tool} for {facts.reference} has arrived, and I read {read}."


def _looks_blank(facts: ReceiptFacts) -> bool:
    return bool(facts.rows) and all(row.note == "empty" for row in facts.rows)


def _read(rows: Sequence[ReadRow], marks: Mapping[str, str]) -> Iterable[dict[str, object]]:
    """What was read, in the tool's order; neighbours that were read alike stand together, so that it fits a phone.

    What is unclear or empty is asked by number and not repeated here.
    """
    twice = {
        area for area, found in Counter(row.area for row in rows if row.read and not row.note).items() if found > 1
    }
    clear = (row for row in rows if row.read and not row.note)
    for read, alike in groupby(clear, key=lambda row: row.read):
        mark = marks.get(read, "")
        areas = tuple(f"{row.area} – {row.field}" if row.area in twice and not mark else row.area for row in alike)
        yield {"areas": areas, "read": read, "mark": mark}


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


_PREVIEW = 260
"""Letters of a mail that a preview may show, and a few more: no grade may stand among them (L01)."""
_FURTHER_DOWN = "Grades stand further down, so that they do not show in the preview of this mail."


def _beyond_the_preview(says: str, above: int) -> str:
    """Words that push what was read out of the preview; `above`: how many letters stand before them."""
    return says if above + len(says) > _PREVIEW else f"{says} {_FURTHER_DOWN}"


def _state(notice: Notice, facts: ReceiptFacts) -> str:
    """What has become of it, and by when the rest should follow."""
    if facts.submitted:
        finished = "" if facts.to_confirm else "; you need do nothing more"
        return (
            f"It is complete and has been handed in{finished}. Please compare what I read with what you meant. If "
            "anything is wrong, reply and say so, and somebody will put it right with you."
        )
    if facts.late:
        return (
            f"{facts.late} If something has to change, reply to this mail and say so in your own words, and somebody "
            "will look at it with you."
        )
    due = f" It is due {due_in(notice, facts.due)}." if facts.due else ""
    if not _left(facts):
        return (
            "Nothing is missing, and it is not handed in yet: please look it through in Teams and press Hand in there."
            f"{due} Nothing that you had said before was overwritten, and all that you have said is saved."
        )
    if _looks_blank(facts):
        return (
            f"It is not handed in yet.{due} Nothing that you had said before was overwritten, and all that you have "
            "said is saved. If this is as far as you have come, that is all right: go on whenever you like."
        )
    left = _left(facts)
    return (
        f"It is not handed in yet: {count(left, 'question')} {'is' if left == 1 else 'are'} left, below.{due} Nothing "
        "that you had said before was overwritten; all that you have said is saved, and you can stop and go on "
        "whenever you like."
    )


def _after_receipt(notice: Notice, facts: ReceiptFacts) -> str:
    if facts.submitted or facts.late:
        return f"{notice.council.policy.qa_team[0].upper()}{notice.council.policy.qa_team[1:]} takes it from here."
    if not _left(facts):
        return "Hand it in in Teams when you are ready."
    return f"Answer in Teams, or put the answers into the {notice.council.words.tool} and send it again."


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
    return Draft(title, {"says": facts.sentence, "lines": facts.lines}, answers=facts.in_reply_to)
