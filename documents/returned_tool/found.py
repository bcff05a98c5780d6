"""What one layer found in one place, before it is decided what it means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lxml import etree

from audit.scales import Choice
from documents.returned_tool.alike import best, norm
from documents.returned_tool.opening import W
from documents.returned_tool.prose import is_checked, tidy, words
from documents.returned_tool.values import Layer

_STOCK = (
    "Click or tap here to enter text.", "Click here to enter text.", "Choose an item.", "Click or tap to enter a date.",
    "Click here to enter a date.",
)  # fmt: skip
"""What Word shows in a control that was emptied."""
_SHOWING = f"{W}showingPlcHdr"
_MAY_BE_STOCK = re.compile("Click |Choose an").search

_TICK, _EMPTY = "☒☑✓✔✗✘✕√", "☐□"
_BOX = re.compile(rf"^((?:[{_TICK}{_EMPTY}\[\]()\s]|[xX](?=[\s\])]))*)(.*)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Found:
    """Words, or marks, in one place. `hollow`: the words may be an editor's own placeholder.

    `ticks` are the choices marked and `doubtful` those whose mark contradicts itself; `ticks` is None where no place
    for marks was recognised. They also answer a field of one choice: one mark is that choice, two are asked about.
    `where` is the place in words ("page 2"). `doubt`, where there is one, is a sentence for the auditor that says why
    this must be asked whatever was found ("It stands between two columns.").
    """

    layer: Layer
    words: str
    ticks: tuple[str, ...] | None = None
    doubtful: tuple[str, ...] = ()
    hollow: bool = False
    where: str = ""
    doubt: str = ""


def without_placeholder(text: str, placeholder: str) -> str:
    """The words that somebody wrote: editors leave a placeholder before, behind or glued to them."""
    if not text:
        return text
    flat = " ".join(text.split())
    for hollow in (placeholder, *_STOCK) if _MAY_BE_STOCK(flat) else (placeholder,):
        if hollow and hollow in flat:
            text = re.sub(r"\s+".join(re.escape(word) for word in hollow.split()), " ", text)
    return text if flat == text else tidy(text)


def is_hollow(place: etree._Element, placeholder: str) -> bool:
    """Whether a control in this place says that it shows a placeholder, yet shows words that are not ours."""
    return any(
        without_placeholder(words(control), placeholder)
        for showing in place.iter(_SHOWING)
        if (control := next(showing.iterancestors(f"{W}sdt"), None)) is not None
    )


def ticked(mark: str) -> bool | None:
    """Whether a mark before some words is a tick; None where it is none or contradicts itself."""
    has_tick = any(char in _TICK or char in "xX" for char in mark)
    has_empty = any(char in _EMPTY for char in mark)
    return None if has_tick == has_empty else has_tick


def box(line: str) -> tuple[str, str]:
    """The marks that a line starts with, and its words."""
    match = _BOX.match(line)
    assert match  # every part of the pattern may be empty
    return match[1], match[2].strip()


def boxes_in_lines(layer: Layer, text: str, choices: Sequence[Choice]) -> Found:
    """Boxes read from lines that each start with one. Words that belong to no box are kept, so that somebody asks."""
    ticks, doubtful, extra = [], [], []
    seen, named = False, {norm(one.label): one for one in choices}
    for line in filter(None, text.split("\n")):
        mark, label = box(line)
        choice = best(label, named)
        if choice is None:
            extra.append(line)
            continue
        seen = True
        if ticked(mark):
            ticks.append(choice.id)
        elif ticked(mark) is None and mark.strip(" []()"):
            doubtful.append(choice.id)
    if not seen:
        return Found(layer, text)
    return Found(layer, "\n".join(extra), in_order(ticks, choices), in_order(doubtful, choices))


def boxes(
    layer: Layer, controls: Iterable[tuple[str, etree._Element]], choices: Sequence[Choice], where: str = ""
) -> Found | None:
    """Boxes that are controls of their own, by choice id."""
    states: dict[str, set[bool]] = {}
    for choice_id, control in controls:
        shown, kept = ticked(words(control)), is_checked(control)
        states.setdefault(choice_id, set()).update(state for state in (shown, kept) if state is not None)
    if not states:
        return None
    ticks = [choice_id for choice_id, state in states.items() if state == {True}]
    doubtful = [choice_id for choice_id, state in states.items() if state not in ({True}, {False})]
    return Found(layer, "", in_order(ticks, choices), in_order(doubtful, choices), where=where)


def in_order(ids: Iterable[str], choices: Sequence[Choice]) -> tuple[str, ...]:
    """Choice ids, each once, in the order of the tool."""
    wanted = set(ids)
    return tuple(choice.id for choice in choices if choice.id in wanted)
