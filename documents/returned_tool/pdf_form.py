"""What a PDF's form holds: each of its fields with its value, where it stands, and whether it shows what it holds."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, PdfObject

from audit.tools import Field, FieldKind, Step, Tool
from documents import layout
from documents.returned_tool.alike import norm
from documents.returned_tool.found import Found, in_order, without_placeholder
from documents.unreadable import Unreadable

logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)  # its warnings quote the file, and no log may

MOST_FIELDS = 5_000
_DEEPEST = 16
_BUTTON = 0x10000

ONLY_XFA = "it is a form of Adobe's own kind (XFA), which only Adobe's programs show. Please print it to a new PDF."
DIFFERS = "The form holds one thing, and the page shows another."
HIDDEN = "The form holds this, and the page does not show it."

_BROKEN = (
    PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, AssertionError,
    NotImplementedError, OverflowError, UnicodeError,
)  # fmt: skip
"""What pypdf is known to raise on forms that are not well made."""


@dataclass(frozen=True, slots=True)
class FormField:
    """One place to fill in. `box` is left, bottom, right, top in the page's own space; `page` counts from 1.

    For a box to tick, `ticked` says whether it is; None where what it holds and what it shows differ. `shows` says
    that a program which opens the file draws it anew, so that what it holds is what is seen.
    """

    name: str
    alias: str
    value: str
    page: int
    box: tuple[float, float, float, float]
    is_box: bool = False
    ticked: bool | None = False
    shows: bool = False


def fields(data: bytes) -> tuple[FormField, ...]:
    """Every field of the form. Raises Unreadable where the form is all that there is and is of Adobe's kind."""
    try:
        return tuple(_fields(PdfReader(io.BytesIO(data))))
    except _BROKEN as fault:
        raise Unreadable("it is a form that is damaged. Please print it to a new PDF.") from fault


def _fields(reader: PdfReader) -> Iterator[FormField]:
    form = _entry(reader.root_object, "/AcroForm")
    if not isinstance(form, DictionaryObject):
        return
    shows = str(_entry(form, "/NeedAppearances")).lower() == "true"
    left = MOST_FIELDS
    for number, page in enumerate(reader.pages, 1):
        notes = _entry(page, "/Annots")
        for note in notes if isinstance(notes, ArrayObject) else ():
            widget = note.get_object()
            if not isinstance(widget, DictionaryObject) or widget.get("/Subtype") != "/Widget":
                continue
            left -= 1
            if left < 0:
                raise Unreadable("it is a form with far more fields than a tool has.")
            if one := _field(widget, number, shows):
                yield one


def _field(widget: DictionaryObject, page: int, shows: bool) -> FormField | None:
    kind, value = _inherited(widget, "/FT"), _inherited(widget, "/V")
    rect = _entry(widget, "/Rect")
    if not isinstance(rect, ArrayObject):
        return None
    left, bottom, right, top = (float(side) for side in rect)
    box = (min(left, right), min(bottom, top), max(left, right), max(bottom, top))
    name, alias = _name(widget), _text(_inherited(widget, "/TU"))
    if kind == "/Btn":
        flags = _inherited(widget, "/Ff")
        if isinstance(flags, int) and flags & _BUTTON:
            return None  # a button to press
        state = _text(widget.get("/AS", "/Off"))
        held = _text(value) or "/Off"
        ticked = None if (state == "/Off") is not (held in ("/Off", "")) and _alone(widget) else state != "/Off"
        return FormField(name, alias, "", page, box, True, ticked)
    if kind == "/Ch" and isinstance(value, ArrayObject):
        return FormField(name, alias, "\n".join(_text(one.get_object()) for one in value), page, box, shows=shows)
    return FormField(
        name, alias, _label(widget, _text(value)) if kind == "/Ch" else _text(value), page, box, shows=shows
    )


def _alone(widget: DictionaryObject) -> bool:
    """Whether the box has its field to itself; of several that share one, only one shows the value."""
    parent = _entry(widget, "/Parent") if "/T" not in widget else None
    kids = _entry(parent, "/Kids") if isinstance(parent, DictionaryObject) else None
    return not isinstance(kids, ArrayObject) or len(kids) == 1


def _label(widget: DictionaryObject, value: str) -> str:
    """What a list shows for the value that it keeps."""
    options = _inherited(widget, "/Opt")
    for option in options if isinstance(options, ArrayObject) else ():
        pair = option.get_object()
        if isinstance(pair, ArrayObject) and len(pair) == 2 and _text(pair[0]) == value:
            return _text(pair[1])
    return value


def _inherited(widget: DictionaryObject, key: str) -> object:
    """A field's own entry, or that of the field it belongs to."""
    for one in _family(widget):
        if key in one:
            return _entry(one, key)
    return None


def _entry(holder: DictionaryObject, key: str) -> object:
    """What stands under this key, wherever it is kept; None where nothing does."""
    found = holder.get(key)
    return found.get_object() if isinstance(found, PdfObject) else found


def _family(widget: DictionaryObject) -> Iterator[DictionaryObject]:
    one: object = widget
    for _ in range(_DEEPEST):
        if not isinstance(one, DictionaryObject):
            return
        yield one
        one = _entry(one, "/Parent")


def _name(widget: DictionaryObject) -> str:
    names = [_text(_entry(one, "/T")) for one in _family(widget) if "/T" in one]
    return ".".join(reversed(names))


def _text(value: object) -> str:
    if value is None:
        return ""
    found = value.decode("latin-1") if isinstance(value, bytes) else str(value)
    found = re.sub(r"\r\n?", "\n", found)
    return "".join(char for char in found if char.isprintable() or char.isspace())


def find(given: Sequence[FormField], tool: Tool, doubts: Mapping[int, str]) -> dict[layout.Key, list[Found]]:
    """What the form holds for each field of the tool that it names, by tag or by alias.

    `doubts` are sentences by the place of a form field in `given`.
    """
    hollow = layout.placeholders(tool)
    by_name: dict[str, list[int]] = {}
    for place, place_to_fill in enumerate(given):
        for name in {place_to_fill.name, place_to_fill.alias} - {""}:
            by_name.setdefault(name, []).append(place)
    aliases = [f"{step.title}: {one.label}"[:64] for step in tool.steps for one in step.fields]
    found: dict[layout.Key, list[Found]] = {}
    for step in tool.steps:
        for one in step.fields:
            alias = f"{step.title}: {one.label}"[:64]
            names = (layout.tag(step, one), *((alias,) if aliases.count(alias) == 1 else ()))
            if one.kind is FieldKind.MANY:
                places = [_ticks(step, one, given, by_name)]
            else:
                mine = dict.fromkeys(place for name in names for place in by_name.get(name, ()))
                places = [_held(given[place], hollow[step.id, one.id], doubts.get(place, "")) for place in mine]
            if kept := [place for place in places if place]:
                found[step.id, one.id] = kept
    return found


def _held(one: FormField, hollow: str, doubt: str) -> Found | None:
    if one.is_box:
        return None
    words = without_placeholder(one.value.strip(), hollow)
    if norm(words) == norm(hollow):
        words = ""
    return Found("form", words, where=f"page {one.page}", doubt=doubt if words else "")


def _ticks(step: Step, one: Field, given: Sequence[FormField], by_name: dict[str, list[int]]) -> Found | None:
    ticks, doubtful, seen, page = [], [], False, 0
    for choice in one.choices:
        mine = [given[place] for place in by_name.get(layout.tag(step, one, choice.id), ())]
        states = {box.ticked for box in mine if box.is_box}
        seen, page = seen or bool(states), page or next((box.page for box in mine), 0)
        if states == {True}:
            ticks.append(choice.id)
        elif states != {False}:
            doubtful.append(choice.id)  # also one that has lost its box, where others have theirs
    if not seen:
        return None
    return Found("form", "", in_order(ticks, one.choices), in_order(doubtful, one.choices), where=f"page {page}")


def not_relevant(given: Sequence[FormField], tool: Tool) -> tuple[str, ...]:
    """The steps whose own box is ticked in the form."""
    ticked = {name for one in given if one.is_box and one.ticked for name in (one.name, one.alias)}
    return tuple(
        step.id
        for step in tool.steps
        if step.may_be_not_relevant
        and ticked & {layout.not_relevant_tag(step), f"{layout.NOT_RELEVANT}: {step.title}"[:64]}
    )
