"""What stands around an answer and puts it in doubt: ink, notes, white words, a deleted row, another grade nearby."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from lxml import etree

from audit.tools import Field, FieldKind, Step
from audit.words import meaning, named
from documents import layout
from documents.returned_tool.found import Found
from documents.returned_tool.opening import Opened, W

_DRAWN = (f"{W}drawing", f"{W}pict", f"{W}object")
_NOTES = (f"{W}footnoteReference", f"{W}endnoteReference")
_ROW_GONE, _CELL_GONE, _COLOUR = f"{W}del", f"{W}cellDel", f"{W}color"
_GONE = "It is marked as deleted."
_DRAWING = "Something is drawn there, which I cannot read."
_NOTE = "A note at the foot of the page hangs on it."
_WHITE = "Some of it is written in white."
_CHANGES = re.compile(
    r"\b(?:(?:re|up|down)?-?grad|moderat|re-?rat|rated|scor|judg|chang|agreed|overall)", re.IGNORECASE
)
"""Words that speak of what a grade is or becomes."""
_OF_ALL = re.compile(r"\b(?:all|every|chang|moderat|re-?grad|(?:up|down)grad)", re.IGNORECASE)
"""Words on the first page that speak of the grades of all parts: a summary of grades there is none of them."""
_SHORT, _LONGER = 8, 30
"""So many words, or with words that speak of a grade, are a note: in longer ones "good" is mostly just a word."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A sentence for the auditor, and whether it is about any answer, or only about one that is picked."""

    said: str
    of_any: bool = False


def doubts(file: Opened) -> dict[etree._Element, Doubt]:
    """Why what stands in a cell, or in a paragraph outside tables, is in doubt."""
    found: dict[etree._Element, Doubt] = {}
    for node in file.body.iter(*_DRAWN, *_NOTES, _ROW_GONE, _CELL_GONE, _COLOUR):
        for place, doubt in _doubts(node):
            if place not in found or doubt.of_any:
                found[place] = doubt
    return found


def at(
    file: Opened,
    step: Step,
    one: Field,
    found: list[Found],
    near: Sequence[etree._Element],
    odd: Mapping[etree._Element, Doubt],
) -> list[Found]:
    """What was found, in doubt where something in its place is `odd`: the cells `near`, or those of its controls."""
    choices = [choice.id for choice in one.choices] if one.kind is FieldKind.MANY else [""]
    places = list(near)
    for choice_id in choices:
        for control in file.controls.get(layout.tag(step, one, choice_id), ()):
            places += control.iterancestors(f"{W}tc", f"{W}p")
    said = next((odd[place].said for place in places if place in odd and (one.picked or odd[place].of_any)), "")
    return _in_doubt(found, said) if said else found


def elsewhere(one: Field, found: list[Found], own: Sequence[str], front: Sequence[str]) -> list[Found]:
    """A grade, in doubt where somebody's `own` words in its part, or on the first page, give another grade."""
    if one.kind is not FieldKind.GRADE or not (own or front):
        return found
    notes = [line for line in own if len(line.split()) <= (_LONGER if _CHANGES.search(line) else _SHORT)]
    notes += [line for line in front if _OF_ALL.search(line)]
    for line in notes:
        others = named(line, one.choices)
        if others and not any(means(one, held) in others for held in found):
            return _in_doubt(found, f"It also says “{line[:80]}” there.")
    return found


def means(one: Field, found: Found) -> object:
    """The one choice that was found, by its mark or by its words; None where that is in doubt."""
    if found.ticks and len(found.ticks) == 1:
        return one.choice(found.ticks[0])
    return meaning(found.words, one.choices).choice


def _in_doubt(found: Sequence[Found], said: str) -> list[Found]:
    return [
        replace(held, doubt=held.doubt or said) if held.words or held.ticks or held.doubtful else held for held in found
    ]


def _doubts(node: etree._Element) -> Iterator[tuple[etree._Element, Doubt]]:
    if node.tag == _COLOUR and not _is_white(node):
        return
    if node.tag == _ROW_GONE:  # those of words are out of the body already: what is left is a row's
        row = next(node.iterancestors(f"{W}tr"), None)
        yield from ((cell, Doubt(_GONE, of_any=True)) for cell in (row if row is not None else ()) if _is_cell(cell))
        return
    if node.tag in _DRAWN and next(node.iter(f"{W}txbxContent"), None) is not None:  # its words are read
        return
    place = next(node.iterancestors(f"{W}tc"), None)
    if place is None:
        place = next(node.iterancestors(f"{W}p"), None)
    if place is not None:
        yield place, _doubt(node)


def _doubt(node: etree._Element) -> Doubt:
    if node.tag == _CELL_GONE:
        return Doubt(_GONE, of_any=True)
    if node.tag in _DRAWN:
        return Doubt(_DRAWING)
    return Doubt(_NOTE if node.tag in _NOTES else _WHITE)


def _is_cell(element: etree._Element) -> bool:
    return isinstance(element.tag, str) and element.tag == f"{W}tc"


def _is_white(colour: etree._Element) -> bool:
    """White words of a run, on a light ground: on a dark one they can be seen."""
    if colour.get(f"{W}val", "").lower() != "ffffff":
        return False
    properties = colour.getparent()
    run = properties.getparent() if properties is not None else None
    if properties is None or run is None or run.tag != f"{W}r" or run.find(f"{W}t") is None:
        return False
    cell = next(run.iterancestors(f"{W}tc"), None)
    fills = [properties.find(f"{W}shd"), cell.find(f"{W}tcPr/{W}shd") if cell is not None else None]
    dark = any(one is not None and _is_dark(one.get(f"{W}fill", "")) for one in fills)
    return not dark and properties.find(f"{W}highlight") is None


def _is_dark(fill: str) -> bool:
    """Whether a filling ("1F3A68") is dark enough to show white words."""
    if not re.fullmatch("[0-9a-fA-F]{6}", fill):
        return False
    return sum(int(fill[place : place + 2], 16) for place in (0, 2, 4)) < 3 * 0xA0
