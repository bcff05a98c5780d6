"""What is still open in an audit, as questions that any door can ask and answer (G03, D02; docs/decisions/0010).

A question has a key that stays with it, so that an answer to an old list never lands on another question. Answers go
through `desk.answers`: they raise what a card would raise, and nothing that was answered elsewhere is overwritten.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as default
from datetime import timedelta
from enum import StrEnum
from typing import Any

from audit.answers import WAITING, Audit, Gap, KeptWords, gaps
from audit.deadlines import clock
from audit.scales import Choice
from audit.tools import Field, FieldKind, Role, Step, Tool
from audit.understanding import LATER, LETTERS, NOT_RELEVANT, NOTHING, STANDS, either
from desk import answers, councils
from storage.ledger import Ledger

ON_A_CARD = "questions"
"""What the live card is said to show where it asks these."""
MOST_BY_NUMBER = 12
"""So many questions get a number. A longer list is not answered, it is put off."""


class Takes(StrEnum):
    """How a question may be answered."""

    ONE = "one"  # one of the choices
    SEVERAL = "several"  # any number of the choices
    DAY = "day"
    WORDS = "words"
    WHICH = "which"  # what came later, or what stands


@dataclass(frozen=True, slots=True)
class Place:
    """A field in which two answers differ. `stands` and `later` are empty where they are words of somebody's own."""

    kept: int
    step: str
    field: str
    name: str
    stands: str
    later: str


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to ask. `asks` is for a card, which shows the choices; `written` for a letter, where it says how to
    answer too. They quote no free text.

    `field` is empty where a whole step, or several fields, are asked about. `kept` are the words that wait for this
    answer. `places` are the fields in which a later tool differs, where there are several: each is a question of its
    own too, whose `part_of` is the key of this one, and answering either is enough. `lettered`: whether the choices
    are long, so that they are printed with letters. `stood` fingerprints what stood when it was asked.
    """

    key: str
    step: str
    field: str
    takes: Takes
    asks: str
    choices: tuple[Choice, ...] = ()
    kept: tuple[int, ...] = ()
    places: tuple[Place, ...] = ()
    part_of: str = ""
    lettered: bool = False
    stood: Mapping[str, str] = default(default_factory=dict)
    written: str = ""

    def plain(self) -> dict[str, Any]:
        """What a notice must remember to bind an answer to this question. No word of anybody's is in it."""
        return {
            "key": self.key,
            "step": self.step,
            "field": self.field,
            "takes": self.takes.value,
            "choices": [choice.id for choice in self.choices],
            "kept": list(self.kept),
            "part_of": self.part_of,
            "lettered": self.lettered,
            "stood": dict(self.stood),
        }


@dataclass(frozen=True, slots=True)
class List:
    """Questions that fit into a letter. `more` says in a line or two what was left out, and what is easier then.

    `still_open` counts everything; the parts of a question do not count by themselves.
    """

    numbered: tuple[Question, ...]
    still_open: int = 0
    more: str = ""


def remembered(tool: Tool, data: Mapping[str, Any]) -> Question:
    """A question as a notice remembers it. Raises KeyError where the tool has no such field."""
    one = tool.step(data["step"]).field(data["field"]) if data["field"] else None
    known = {choice.id: choice for choice in (*(one.choices if one else ()), LATER, STANDS, NOT_RELEVANT, NOTHING)}
    return Question(
        key=str(data["key"]),
        step=str(data["step"]),
        field=str(data["field"]),
        takes=Takes(data["takes"]),
        asks="",
        choices=tuple(known[choice] for choice in data["choices"]),
        kept=tuple(int(kept) for kept in data["kept"]),
        part_of=str(data["part_of"]),
        lettered=bool(data["lettered"]),
        stood={str(key): str(value) for key, value in data["stood"].items()},
    )


def open_questions(ledger: Ledger, audit: Audit) -> tuple[Question, ...]:
    """Everything that is open: which of two tools stands comes first, the rest in the tool's order."""
    return asked_of(councils.tool_of(ledger, audit), audit)


def find(ledger: Ledger, audit: Audit, key: str) -> Question | None:
    """The question with this key, if it is open."""
    return next((one for one in open_questions(ledger, audit) if one.key == key), None)


def asked_of(tool: Tool, audit: Audit) -> tuple[Question, ...]:
    """The same, from values alone: a card is drawn from it."""
    waiting = [kept for kept in audit.kept if kept.step and (kept.why == "passed" or _waits(kept))]
    versions, parts = _versions(tool, audit, waiting)
    others: list[Question] = []
    for step in tool.steps:
        mine = [kept for kept in waiting if kept.step == step.id]
        asked = [_about(step, audit, kept) for kept in mine if kept.id not in parts]
        named = {kept.field for kept in mine}
        if not any(kept.why == "passed" for kept in mine):
            asked += [_missing(gap) for gap in _gaps(tool, audit, step) if not gap.field or gap.field.id not in named]
        others += asked
    return (*versions, *others)


def _waits(kept: KeptWords) -> bool:
    return bool(kept.field) and kept.why in WAITING


def _gaps(tool: Tool, audit: Audit, step: Step) -> list[Gap]:
    """What is missing in a step, without the words that wait: those are asked about by themselves."""
    return [gap for gap in gaps(tool, replace(audit, kept=())) if gap.step.id == step.id]


# a later tool


def _versions(tool: Tool, audit: Audit, waiting: Sequence[KeptWords]) -> tuple[list[Question], set[int]]:
    """A question for each later tool that differs in several places, its parts after it; whose words are in them."""
    files = dict.fromkeys(kept.file for kept in waiting if kept.file and kept.why == "differs")
    order = {step.id: place for place, step in enumerate(tool.steps)}
    asked: list[Question] = []
    taken: set[int] = set()
    for file in files:
        mine = [kept for kept in waiting if kept.file == file and kept.why == "differs"]
        if len(mine) < 2:
            continue
        mine.sort(key=lambda kept: order[kept.step])
        taken.update(kept.id for kept in mine)
        whole = _version(tool, audit, file, mine)
        asked.append(whole)
        asked += [replace(_about(tool.step(kept.step), audit, kept), part_of=whole.key) for kept in mine]
    return asked, taken


def _version(tool: Tool, audit: Audit, file: str, mine: Sequence[KeptWords]) -> Question:
    doors = {audit.answer(kept.step).door for kept in mine}
    stands = "your earlier tool" if doors == {"mail"} else "what stands in Teams" if doors == {"teams"} else ""
    places = tuple(_place(tool.step(kept.step), audit, kept) for kept in mine)
    when = clock(mine[0].at, mine[0].at + timedelta(days=1))  # with its day
    asks = (
        f"The later tool (which came at {when}) differs in {len(mine)} places from {stands or 'what stands now'}. "
        "Which stands?"
    )
    return Question(
        key=f"version/{file[:16]}",
        step="",
        field="",
        takes=Takes.WHICH,
        asks=asks,
        written=f"{asks} Answer “later” or “earlier” for all of them, or one by one.",
        choices=(LATER, STANDS),
        kept=tuple(kept.id for kept in mine),
        places=places,
        stood={key: value for kept in mine for key, value in _stood(audit, kept.step, kept.field).items()},
    )


def _place(step: Step, audit: Audit, kept: KeptWords) -> Place:
    one = step.field(kept.field)
    stands = audit.answer(step.id)
    standing = "Not relevant" if stands.not_relevant else answers.shown(one, stands.value(one.id)) if one.picked else ""
    later = answers.shown(one, kept.value) if one.picked and kept.value else ""
    return Place(kept.id, step.id, one.id, name(step, one), standing, later)


# words that wait


def _about(step: Step, audit: Audit, kept: KeptWords) -> Question:
    """The question that settles kept words."""
    if not kept.field:
        return Question(
            key=f"kept/{kept.id}",
            step=step.id,
            field="",
            takes=Takes.WHICH,
            asks=f"{step.title}: the tool marks it as not relevant, and it is answered as well. "
            "Which stands: the answers, or not relevant?",
            choices=(STANDS, NOT_RELEVANT),
            kept=(kept.id,),
        )
    one = step.field(kept.field)
    stands = audit.answer(step.id)
    standing = stands.value(one.id) or stands.not_relevant
    question = Question(
        key=f"kept/{kept.id}",
        step=step.id,
        field=one.id,
        takes=_takes(one),
        asks="",
        choices=one.choices,
        kept=(kept.id,),
        lettered=_is_lettered(one),
        stood=_stood(audit, step.id, one.id),
    )
    if kept.why != "unsure" or (standing and not one.picked):
        asks = _differs(step, one, audit, kept)
        return replace(question, takes=Takes.WHICH, choices=(LATER, STANDS), lettered=False, asks=asks)
    options = tuple(choice for choice in one.choices if choice.id in _possible(kept))
    options = options if len(options) > 1 or (options and kept.value) else one.choices
    asks, written = _unsure(step, one, kept, options)
    return replace(question, choices=options, asks=asks, written=written)


def _possible(kept: KeptWords) -> tuple[str, ...]:
    return (*kept.options, *((kept.value,) if isinstance(kept.value, str) else kept.value))


def _differs(step: Step, one: Field, audit: Audit, kept: KeptWords) -> str:
    place, door = _place(step, audit, kept), audit.answer(step.id).door
    where = {"mail": "in what you sent before", "teams": "in Teams"}.get(door, "now")
    source = "the later tool" if kept.file else "your mail" if kept.door == "mail" else "what you said after that"
    if place.stands and place.later:
        return f"{place.name}: {place.stands} stands {where}, {source} says {place.later}. Which stands?"
    return f"{place.name}: {source} says something other than what stands {where}. Which stands?"


def _unsure(step: Step, one: Field, kept: KeptWords, options: Sequence[Choice]) -> tuple[str, str]:
    """What to ask on a card, and in a letter."""
    why = kept.doubt or (f"I read “{_cut(kept.words)}”." if one.picked else "I could not read it for certain.")
    said = f"{name(step, one)}: {why}"
    if one.kind is FieldKind.MANY:
        return f"{said} Which of these hold?", f"{said} Which of these hold? {_list(options)}"
    if len(options) == 1:
        return f"{said} Which is it?", f"{said} Is it {options[0].label}? If not, say which it is."
    if one.picked:
        listed = _list(options) if _is_lettered(one) else f"{either(options)}?"
        return f"{said} Which do you mean?", f"{said} Which do you mean: {listed}"
    if kept.value:
        how = "A letter does not repeat it: look at it in Teams, or write what it should be. “Yes” takes it as read."
        return said if said.endswith("?") else f"{said} Is that right?", f"{said} {how}"
    return f"{said} What should it be?", ""


_LONGEST_QUOTE = 60


def _cut(words: str) -> str:
    flat = " ".join(words.split())
    return flat if len(flat) <= _LONGEST_QUOTE else flat[: _LONGEST_QUOTE - 1].rsplit(" ", 1)[0] + "…"


# what is missing


def _missing(gap: Gap) -> Question:
    step, one = gap.step, gap.field
    if one is None:
        written = f"{gap.says}. Answer “nothing to add”, or look at it in Teams."
        return Question(f"look/{step.id}", step.id, "", Takes.ONE, f"{gap.says}.", (NOTHING,), written=written)
    asks = f"{gap.says}."
    how = ""
    if one.kind is FieldKind.MANY or (one.picked and _is_lettered(one)):
        how = f" Please choose: {_list(one.choices)}"
    elif one.picked:
        how = f" Please choose: {either(one.choices)}."
    elif one.kind is FieldKind.DATE:
        how = " Please write it like 18/12/2026."
    elif one.kind is FieldKind.TEXT:
        how = " A line or two is enough."
    return Question(
        key=f"empty/{step.id}.{one.id}",
        step=step.id,
        field=one.id,
        takes=_takes(one),
        asks=asks,
        choices=one.choices,
        lettered=_is_lettered(one),
        written=asks + how,
    )


# parts of both


def name(step: Step, one: Field) -> str:
    """A field as people know it: "Planning", "Planning, comment"."""
    if one.role is Role.GRADE:
        return step.title
    if one.role is Role.COMMENT:
        return f"{step.title}, comment"
    return f"{step.title}, “{one.label}”"


def _takes(one: Field) -> Takes:
    if one.picked:
        return Takes.SEVERAL if one.kind is FieldKind.MANY else Takes.ONE
    return Takes.DAY if one.kind is FieldKind.DATE else Takes.WORDS


_LONGEST_LABEL = 28


def _is_lettered(one: Field) -> bool:
    """Whether its choices are so long, or so many, that they are printed with letters."""
    long = any(len(choice.label) > _LONGEST_LABEL for choice in one.choices)
    return one.picked and len(one.choices) <= len(LETTERS) and (one.kind is FieldKind.MANY or long)


def _list(choices: Iterable[Choice]) -> str:
    return "; ".join(f"{letter}) {choice.label}" for letter, choice in zip(LETTERS, choices, strict=False))


def fingerprint(audit: Audit, step_id: str, field_id: str) -> str:
    """What stands in a field, without its words."""
    answer = audit.answer(step_id)
    said = repr((answer.value(field_id), answer.not_relevant))
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _stood(audit: Audit, step_id: str, field_id: str) -> dict[str, str]:
    return {f"{step_id}.{field_id}": fingerprint(audit, step_id, field_id)}


# a list for a letter


def by_number(tool: Tool, audit: Audit, most: int = MOST_BY_NUMBER) -> List:
    """What to ask by number: what is unclear first, then what is missing; the rest is named and left to Teams."""
    everything = asked_of(tool, audit)
    unclear = [one for one in everything if one.kept]
    missing = [one for one in everything if not one.kept]
    if len(everything) <= most:
        return List((*unclear, *missing), _count(everything))
    empty = _empty_steps(tool, audit)
    numbered = [*unclear, *(one for one in missing if one.step not in empty)][:most]
    left = [one for one in everything if one not in numbered]
    return List(tuple(numbered), _count(everything), _left_out(tool, left, empty, bool(numbered)))


def _count(asked: Sequence[Question]) -> int:
    return sum(1 for one in asked if not one.part_of)


def _empty_steps(tool: Tool, audit: Audit) -> set[str]:
    return {
        step.id
        for step in tool.steps
        if not any(audit.answer(step.id).value(one.id) for one in step.fields)
        and not any(kept.step == step.id for kept in audit.kept)
    }


def _left_out(tool: Tool, left: Sequence[Question], empty: set[str], beside: bool) -> str:
    """ "40 more: sections 4 to 9 and 11 are empty"; each differing place by its name, so that nothing is unseen."""
    steps = [step for step in tool.steps if step.id in {one.step for one in left} and step.id in empty]
    said = []
    if steps:
        one = len(steps) == 1
        said.append(f"Section{'' if one else 's'} {_runs(tool, steps)} {'is' if one else 'are'} empty.")
    others = [one for one in left if one.step not in empty]
    names = [
        name(tool.step(one.step), tool.step(one.step).field(one.field)) if one.field else tool.step(one.step).title
        for one in others
        if one.step
    ]
    if names:
        said.append(f"Also open: {'; '.join(dict.fromkeys(names))}.")
    more = " more" if beside else ""
    things = f"1{more} thing is open." if len(left) == 1 else f"{len(left)}{more} things are open."
    return " ".join((things, *said, "That is easier in Teams, or in the tool: fill it in there and send it again."))


def _runs(tool: Tool, steps: Sequence[Step]) -> str:
    """ "4 to 9 and 11", by the numbers that the tool prints."""
    runs: list[list[Step]] = []
    for step in steps:
        if runs and tool.place(step.id) == tool.place(runs[-1][-1].id) + 1:
            runs[-1].append(step)
        else:
            runs.append([step])
    parts = [run[0].number if len(run) == 1 else f"{run[0].number} to {run[-1].number}" for run in runs]
    return " and ".join(part for part in (", ".join(parts[:-1]), parts[-1]) if part)
