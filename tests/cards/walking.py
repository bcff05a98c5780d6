"""Finding things in a card."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]


def everything(part: Any) -> Iterator[Json]:
    """Every element and action of a card, in reading order; fallbacks and data are not elements."""
    if isinstance(part, list):
        for one in part:
            yield from everything(one)
    elif isinstance(part, dict):
        if "type" in part:
            yield part
        for key, value in part.items():
            if key not in ("data", "fallback", "choices", "targetElements"):
                yield from everything(value)


def inputs(card: Json) -> list[Json]:
    return [one for one in everything(card) if one["type"].startswith("Input.")]


def field(card: Json, field_id: str) -> Json:
    return next(one for one in inputs(card) if one["id"] == f"in.{field_id}")


def presses(card: Json) -> list[Json]:
    return [one for one in everything(card) if one["type"] == "Action.Execute"]


def press(card: Json, title: str) -> Json:
    return next(one for one in presses(card) if one["title"] == title)


def titles(card: Json) -> list[str]:
    return [one["title"] for one in everything(card) if one["type"].startswith("Action.")]


def words(card: Json) -> str:
    """All that can be read on it, in order, inputs with their label and value."""
    return "\n".join(
        str(one[key]) for one in everything(card) for key in ("text", "label", "title", "value") if key in one
    )


def flat_text(card: Json) -> str:
    """The same as a person reads it: without the marks of Markdown and unbroken blanks."""
    return words(card).replace("\\", "").replace("**", "").replace("\u00a0", " ")
