"""What the words found for a field mean, and what to say when the layers differ: ask, never guess."""

from __future__ import annotations

import re
from collections.abc import Sequence

from audit.answers import Value
from audit.scales import Choice
from audit.tools import Field, FieldKind, Step
from audit.words import Meaning, day, meaning
from documents import look
from documents.returned_tool.found import Found, in_order
from documents.returned_tool.values import FieldRead, Layer, State

_MARKS = {mark for mark in look.MARKS.values() if mark}
_BARE = str.maketrans(dict.fromkeys(_MARKS, " "))
_A_TICK = look.MARKS["tick"]
_LONGEST_QUOTE = 80


def settle(step: Step, one: Field, found: Sequence[Found]) -> FieldRead:
    """One answer from all places that hold one. Whatever is unsure says why."""
    different = {_told(place): place for place in reversed(found)}
    reads = [_interpret(step, one, place) for place in reversed(different.values())]
    said = [read for read in reads if read.state != "missing" or read.value is not None]
    if not said:
        layer: Layer = reads[0].layer if reads else "none"
        return FieldRead(step.id, one.id, "", None, (), layer, "missing")
    if len(said) == 1:
        return _empty_is_missing(said[0])
    if one.kind in (FieldKind.TEXT, FieldKind.LINE):
        return _longest(said)
    if all(_same(read) == _same(said[0]) for read in said):
        return _empty_is_missing(said[0])
    if all(read.state == "read" and read.value == said[0].value for read in said):
        return said[0]
    return _which(one, said)


def _told(place: Found) -> tuple[object, ...]:
    return place.words, place.ticks, place.doubtful, place.hollow, place.doubt


def _same(read: FieldRead) -> tuple[object, ...]:
    return read.state, read.value, read.words, read.doubt


def _empty_is_missing(read: FieldRead) -> FieldRead:
    if read.state != "missing":
        return read
    return FieldRead(read.step_id, read.field_id, "", None, (), read.layer, "missing")


def _interpret(step: Step, one: Field, found: Found) -> FieldRead:
    if one.kind is FieldKind.MANY:
        return _many(step, one, found)
    if one.kind in (FieldKind.GRADE, FieldKind.CHOICE):
        return _picked(step, one, found)
    if not (found.words or found.doubt):
        return FieldRead(step.id, one.id, "", None, (), found.layer, "missing")
    value: str | None
    if one.kind is FieldKind.DATE:
        when = day(found.words)
        words, value = found.words, when.isoformat() if when else None
        doubt = "" if when else f"I read “{_cut(words)}”, and cannot tell which day that is."
    else:
        words = found.words if one.kind is FieldKind.TEXT else re.sub(r"\s+", " ", found.words)
        value = words or None
        doubt = f"“{_cut(words)}” may be what an editor shows in an empty answer." if found.hollow else ""
    return _read(step, one, found, value, words, found.doubt or doubt)


def _read(step: Step, one: Field, found: Found, value: Value | None, words: str, doubt: str) -> FieldRead:
    state: State = "unsure" if doubt else "read"
    return FieldRead(step.id, one.id, words, value, (), found.layer, state, found.where, doubt)


def _picked(step: Step, one: Field, found: Found) -> FieldRead:
    """One choice: by its mark where there are marks, by its words where there are none."""
    if not (found.words or found.ticks or found.doubtful or found.doubt):
        return FieldRead(step.id, one.id, "", None, (), found.layer, "missing")
    marked = [choice for choice in one.choices if choice.id in (*(found.ticks or ()), *found.doubtful)]
    meant = _by_mark(marked) if marked else _meaning(found.words, one)
    doubt = found.doubt
    if marked and not doubt:
        doubt = _two(one, marked) if len(marked) > 1 else _box_in_doubt(marked) if found.doubtful else ""
    words = found.words or "\n".join(choice.label for choice in marked)
    if meant.choice and not doubt:
        return FieldRead(step.id, one.id, words, meant.choice.id, (), found.layer, "read", found.where)
    value = meant.choice.id if meant.choice else None
    options = tuple(choice.id for choice in ((meant.choice,) if meant.choice else meant.options))
    doubt = doubt or _unclear(one, words)
    return FieldRead(step.id, one.id, words, value, options, found.layer, "unsure", found.where, doubt)


def _by_mark(marked: Sequence[Choice]) -> Meaning:
    return Meaning(marked[0]) if len(marked) == 1 else Meaning(None, tuple(marked))


def _meaning(words: str, one: Field) -> Meaning:
    """A choice's own label, as a list puts it there, needs no thought; anything else does."""
    picked = [choice for choice in one.choices if choice.label == words]
    if len(picked) == 1:
        return Meaning(picked[0])
    if words.isascii():
        return meaning(words, one.choices, reasons=True)
    said = meaning(words.translate(_BARE), one.choices, reasons=True)
    if said.choice is None or {char for char in words if char in _MARKS} <= {look.MARKS[said.choice.shape], _A_TICK}:
        return said
    return Meaning(None, (said.choice,))  # another grade's sign beside it, or a cross that may say no


def _many(step: Step, one: Field, found: Found) -> FieldRead:
    """Ticks. No tick at all is missing; that boxes were seen is kept as an empty value, to compare places by."""
    shown = "\n".join(choice.label for choice in one.choices if choice.id in (found.ticks or ()))
    words = "\n".join(part for part in (shown, found.words) if part)
    if found.doubtful or found.words or found.doubt:
        options = in_order((*(found.ticks or ()), *found.doubtful), one.choices)
        doubt = found.doubt or _boxes_in_doubt(one, found)
        return FieldRead(
            step.id, one.id, words, found.ticks or None, options, found.layer, "unsure", found.where, doubt
        )
    state: State = "read" if found.ticks else "missing"
    return FieldRead(step.id, one.id, words, found.ticks, (), found.layer, state, found.where)


def _boxes_in_doubt(one: Field, found: Found) -> str:
    if found.doubtful:
        return _box_in_doubt([choice for choice in one.choices if choice.id in found.doubtful])
    beside = "Beside the boxes it says" if found.ticks is not None else "Where the boxes should be it says"
    return f"{beside} “{_cut(found.words)}”."


def _box_in_doubt(choices: Sequence[Choice]) -> str:
    return f"I cannot tell whether {_listed([f'“{choice.label}”' for choice in choices])} is ticked."


def _two(one: Field, choices: Sequence[Choice]) -> str:
    return f"More than one {_noun(one)} is marked: {_listed([choice.label for choice in choices])}."


def _unclear(one: Field, words: str) -> str:
    return f"I read “{_cut(words)}”, and cannot tell which {_noun(one)} that is."


def _noun(one: Field) -> str:
    return "grade" if one.kind is FieldKind.GRADE else "answer"


def _cut(words: str) -> str:
    flat = " ".join(words.split())
    return flat if len(flat) <= _LONGEST_QUOTE else flat[: _LONGEST_QUOTE - 1].rsplit(" ", 1)[0] + "…"


def _listed(names: Sequence[str]) -> str:
    return " and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else "".join(names)


def _longest(said: list[FieldRead]) -> FieldRead:
    """Written words: the fullest place, if it holds what all others say; both, to be asked about, if not."""
    fullest = max(said, key=lambda read: len(_flat(read)))
    first = next(read for read in said if _flat(read) == _flat(fullest))
    doubt = next((read.doubt for read in said if read.doubt and _flat(read) == _flat(fullest)), "")
    if all(_flat(read) in _flat(fullest) for read in said):
        return _asked_again(first, first.words, doubt)
    both = "\n\n".join(dict.fromkeys(read.words for read in said if read.words))
    return _asked_again(first, both, doubt or "It says different things in two places. I kept both.")


def _asked_again(first: FieldRead, words: str, doubt: str) -> FieldRead:
    state: State = "unsure" if doubt else "read"
    value = words or None
    return FieldRead(first.step_id, first.field_id, words, value, (), first.layer, state, first.where, doubt)


def _flat(read: FieldRead) -> str:
    return re.sub(r"\s+", " ", read.words)


def _which(one: Field, said: list[FieldRead]) -> FieldRead:
    """Places that differ, or one that is in doubt: every choice that any of them may mean."""
    options: list[str] = []
    for read in said:
        options += read.options
        if one.picked and read.value:
            options += [read.value] if isinstance(read.value, str) else read.value
    words = "\n".join(dict.fromkeys(read.words for read in said if read.words))
    agreed = said[0].value if all(read.value == said[0].value for read in said) else None
    doubt = next((read.doubt for read in said if read.doubt), "") if agreed else _differ(one, said)
    where = " and ".join(dict.fromkeys(read.where for read in said if read.where))
    first = said[0]
    return FieldRead(
        first.step_id,
        first.field_id,
        words,
        agreed,
        in_order(options, one.choices),
        first.layer,
        "unsure",
        where,
        doubt,
    )


def _differ(one: Field, said: Sequence[FieldRead]) -> str:
    shown = list(dict.fromkeys(f"“{_cut(read.words)}”" for read in said if read.words))
    if len(shown) > 1:
        return f"It says {shown[0]} in one place and {_listed(shown[1:])} in another."
    return next((read.doubt for read in said if read.doubt), "") or "One place has an answer and another has none."
