"""The bricks of every card: text, people's own words, boxes and buttons, as plain dicts of Adaptive Cards 1.5."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

Json = dict[str, Any]

BUDGET = 25_000
"""Bytes that one message may have."""
ROOM = 24_000
"""Bytes that a card may have, so that the message around it keeps to the budget."""

_MARKS = re.compile(r"([\\`*_\[\]<>#|~])")
_LISTED = re.compile(r"^(\s*\d+)([.)])|^(\s*)([-+])(?=\s)")
_PHONE = re.compile(r"\+?\d[\d ]{7,}\d")


def card(*body: Json | None, actions: Iterable[Json] = ()) -> Json:
    """A whole card."""
    drawn: Json = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.5",
        "lang": "en-GB",
        "body": [part for part in body if part],
    }
    found = list(actions)
    if found:
        drawn["actions"] = found
    return drawn


def size(value: Json) -> int:
    """Bytes on the wire, at their widest: other scripts are sent as escapes."""
    return len(json.dumps(value))


# text


def text(words: str, **style: Any) -> Json:
    """A paragraph of ours. It may hold bold and links; what people wrote goes through `words_of` or `plain`."""
    return {"type": "TextBlock", "text": words, "wrap": True, **style}


def heading(words: str, spacing: str = "small") -> Json:
    """The one heading of a card."""
    return text(plain(words), style="heading", size="large", weight="bolder", spacing=spacing)


def subheading(words: str, **style: Any) -> Json:
    """A bold line above a part of a card."""
    return text(words, weight="bolder", **style)


def small(words: str, **style: Any) -> Json:
    """A quiet line."""
    return text(words, size="small", isSubtle=True, **style)


def fine(words: str, **style: Any) -> Json:
    """A small line that is not pale: pale words cannot be read on the colour of an alert."""
    return text(words, size="small", **style)


def words_of(person_wrote: str, spacing: str = "small", **style: Any) -> Json:
    """What somebody wrote, exactly so: never read as Markdown."""
    run = {"type": "TextRun", "text": person_wrote, **style}
    return {"type": "RichTextBlock", "inlines": [run], "spacing": spacing}


def plain(words: str) -> str:
    """Words inside a paragraph of ours, on one line and without Markdown."""
    flat = _MARKS.sub(r"\\\1", " ".join(words.split()))
    return _LISTED.sub(lambda found: f"{found[1] or found[3] or ''}\\{found[2] or found[4]}", flat)


def shortened(words: str, most: int) -> str:
    """The first `most` characters, cut between words, with dots where something is missing."""
    if len(words) <= most:
        return words
    cut = words[:most].rsplit(None, 1)
    return f"{cut[0] if cut else words[:most]} …"


def first_words(words: str, count: int = 8) -> str:
    """The first few words on one line."""
    found = words.split()
    if len(found) <= count:
        return shortened(" ".join(found), 10 * count)
    return shortened(" ".join(found[:count]), 10 * count).rstrip(" .,;:…") + " …"


def phone(number: str) -> str:
    """A phone number as a link that rings."""
    dialled = re.sub(r"[^\d+]", "", number)
    unbroken = "\u00a0".join(number.split())
    return f"[{unbroken}](tel:{dialled})" if dialled else number


def with_phones(words: str) -> str:
    """A sentence whose phone numbers ring when pressed."""
    return _PHONE.sub(lambda found: phone(found[0]), words)


def mail(address: str) -> str:
    """An address as a link that writes to it, and does no more: a stranger may have chosen it."""
    written = quote(address, safe="@+'")
    return f"[{plain(address)}](mailto:{written})"


def capital(words: str) -> str:
    """The same with a capital at its start; the others stay."""
    return words[:1].upper() + words[1:]


def listed(things: Iterable[str], last: str = "and") -> str:
    """a, b and c."""
    found = list(things)
    return f" {last} ".join(part for part in (", ".join(found[:-1]), found[-1]) if part) if found else ""


# boxes


def box(*items: Json | None, **style: Any) -> Json:
    """A container, mostly with a style such as emphasis or attention."""
    return {"type": "Container", "items": [item for item in items if item], **style}


def quiet_box(*items: Json | None, **style: Any) -> Json:
    """A shaded container."""
    return box(*items, style="emphasis", **style)


def alarm_box(*items: Json | None, **style: Any) -> Json:
    """The container of an alert or an error, and of nothing else."""
    return box(*items, style="attention", **style)


def beside(left: list[Json], right: list[Json], **style: Any) -> Json:
    """Two columns: words, and something small to their right."""
    return {
        "type": "ColumnSet",
        "columns": [
            {"type": "Column", "width": "stretch", "items": left, "verticalContentAlignment": "center"},
            {"type": "Column", "width": "auto", "items": right, "verticalContentAlignment": "center"},
        ],
        **style,
    }


def facts(rows: Iterable[tuple[str, str]], **style: Any) -> Json:
    """Names and values, one below the other: a set of facts would squeeze them on a phone."""
    return box(*(text(f"**{name}:** {value}", spacing="small") for name, value in rows if value), **style)


# actions


def press(title: str, verb: str, data: Mapping[str, Any], style: str = "") -> Json:
    """A button that comes back to us, with what older clients need."""
    held = dict(data)
    button: Json = {
        "type": "Action.Execute",
        "title": title,
        "verb": verb,
        "data": held,
        "fallback": {"type": "Action.Submit", "title": title, "data": {**held, "verb": verb}},
    }
    if style:
        button["style"] = style
        button["fallback"]["style"] = style
    return button


def in_menu(button: Json) -> Json:
    """A button that waits behind the three dots, where a client has them."""
    return {**button, "mode": "secondary"}


def toggle(title: str, *ids: str) -> Json:
    """A button that shows or hides parts of the card."""
    return {"type": "Action.ToggleVisibility", "title": title, "targetElements": list(ids)}


def buttons(*actions: Json | None, **style: Any) -> Json | None:
    """A row of at most six buttons, or nothing."""
    found = [action for action in actions if action]
    return {"type": "ActionSet", "actions": found, **style} if found else None


# inputs


def writing(field: str, label: str, value: str = "", lines: bool = True, **more: Any) -> Json:
    """A box to write in."""
    found: Json = {"type": "Input.Text", "id": field, "label": label, **more}
    if lines:
        found["isMultiline"] = True
    if value:
        found["value"] = value
    return found


def choosing(field: str, label: str, choices: Iterable[tuple[str, str]], value: str = "", **more: Any) -> Json:
    """Radio buttons, or tick boxes with isMultiSelect. `choices` are title and value."""
    found: Json = {
        "type": "Input.ChoiceSet",
        "id": field,
        "label": label,
        "style": "expanded",
        "wrap": True,
        "choices": [{"title": title, "value": held} for title, held in choices],
        **more,
    }
    if value:
        found["value"] = value
    return found
