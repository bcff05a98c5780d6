"""What the words found for a field mean, and what to say when the layers differ: ask, never guess."""

from __future__ import annotations

import re
from collections.abc import Sequence

from audit.answers import Value
from audit.tools import Field, FieldKind, Step
from audit.words import Meaning, day, meaning
from documents import look
from documents.returned_tool.found import Found, in_order
from documents.returned_tool.values import FieldRead, Layer, State

_MARKS = str.maketrans({mark: " " for mark in look.MARKS.values() if mark})


def settle(step: Step, one: Field, found: Sequence[Found]) -> FieldRead:
    """One answer from all places that hold one."""
    different = {(place.words, place.ticks, place.doubtful, place.hollow): place for place in reversed(found)}
    reads = [_interpret(step, one, place) for place in reversed(different.values())]
    said = [read for read in reads if read.state != "missing" or read.value is not None]
    if not said:
        layer: Layer = reads[0].layer if reads else "none"
        return FieldRead(step.id, one.id, "", None, (), layer, "missing")
    if one.kind in (FieldKind.TEXT, FieldKind.LINE):
        return _longest(said)
    if all((read.state, read.value, read.words) == (said[0].state, said[0].value, said[0].words) for read in said):
        return _empty_is_missing(said[0])
    if all(read.state == "read" and read.value == said[0].value for read in said):
        return said[0]
    return _which(one, said)


def _empty_is_missing(read: FieldRead) -> FieldRead:
    if read.state != "missing":
        return read
    return FieldRead(read.step_id, read.field_id, "", None, (), read.layer, "missing")


def _interpret(step: Step, one: Field, found: Found) -> FieldRead:
    def read(state: State, value: Value | None, options: tuple[str, ...] = (), words: str = found.words) -> FieldRead:
        return FieldRead(step.id, one.id, words, value, options, found.layer, state)

    if one.kind is FieldKind.MANY:
        return _many(step, one, found)
    if not found.words:
        return read("missing", None)
    if one.kind in (FieldKind.GRADE, FieldKind.CHOICE):
        meant = _meaning(found.words, one)
        if meant.choice:
            return read("read", meant.choice.id)
        return read("unsure", None, tuple(choice.id for choice in meant.options))
    if one.kind is FieldKind.DATE:
        when = day(found.words)
        return read("read", when.isoformat()) if when else read("unsure", None)
    text = found.words if one.kind is FieldKind.TEXT else re.sub(r"\s+", " ", found.words)
    return read("unsure" if found.hollow else "read", text, words=text)


def _meaning(words: str, one: Field) -> Meaning:
    """A choice's own label, as a list puts it there, needs no thought; anything else does."""
    picked = [choice for choice in one.choices if choice.label == words]
    return Meaning(picked[0]) if len(picked) == 1 else meaning(words.translate(_MARKS), one.choices)


def _many(step: Step, one: Field, found: Found) -> FieldRead:
    """Ticks. No tick at all is missing; that boxes were seen is kept as an empty value, to compare places by."""
    shown = "\n".join(choice.label for choice in one.choices if choice.id in (found.ticks or ()))
    words = "\n".join(part for part in (shown, found.words) if part)
    if found.doubtful or found.words:
        options = in_order((*(found.ticks or ()), *found.doubtful), one.choices)
        return FieldRead(step.id, one.id, words, found.ticks or None, options, found.layer, "unsure")
    state: State = "read" if found.ticks else "missing"
    return FieldRead(step.id, one.id, words, found.ticks, (), found.layer, state)


def _longest(said: list[FieldRead]) -> FieldRead:
    """Written words: the fullest place, if it holds what all others say; both, to be asked about, if not."""
    fullest = max(said, key=lambda read: len(_flat(read)))
    first = next(read for read in said if _flat(read) == _flat(fullest))
    if all(_flat(read) in _flat(fullest) for read in said):
        unsure = any(read.state == "unsure" and _flat(read) == _flat(fullest) for read in said)
        state: State = "unsure" if unsure else "read"
        return FieldRead(first.step_id, first.field_id, first.words, first.value, (), first.layer, state)
    both = "\n\n".join(dict.fromkeys(read.words for read in said))
    return FieldRead(first.step_id, first.field_id, both, both, (), first.layer, "unsure")


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
    return FieldRead(
        said[0].step_id, said[0].field_id, words, None, in_order(options, one.choices), said[0].layer, "unsure"
    )
