"""What was read, as plain data and back. The way back believes nothing: the reader may have been taken over.

Only what fits the tool that was asked for comes through: its fields in its order, its own choices, days that are days,
words within a length.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar, get_args

from audit.answers import Value
from audit.tools import Field, FieldKind, Tool
from documents.returned_tool.values import FieldRead, Identity, Layer, Reading, State

MOST_WORDS = 200_000
MOST_REFERENCES = 50
MOST_BESIDE = 500
_SHORT = 500
_LAYERS: tuple[Layer, ...] = get_args(Layer)
_STATES: tuple[State, ...] = get_args(State)

Data = Mapping[str, Any]
_T = TypeVar("_T", bound=str)


class NotAsAsked(ValueError):
    """Data that is not what was asked for. Nothing of it is used."""


def identity_as_data(who: Identity) -> Data:
    """An identity, ready for JSON."""
    return {
        "by_property": list(who.by_property[:MOST_REFERENCES]),
        "by_body": list(who.by_body[:MOST_REFERENCES]),
        "by_footer": list(who.by_footer[:MOST_REFERENCES]),
        "tool_id": who.tool_id[:_SHORT],
        "version": who.version[:_SHORT],
    }


def identity_from(data: object) -> Identity:
    """An identity. Raises NotAsAsked."""
    given = _mapping(data)

    def references(key: str) -> tuple[str, ...]:
        return tuple(_text(one, 40) for one in _list(given.get(key), MOST_REFERENCES))

    return Identity(
        references("by_property"),
        references("by_body"),
        references("by_footer"),
        _text(given.get("tool_id"), _SHORT),
        _text(given.get("version"), _SHORT),
    )


def letter_words_from(data: object) -> str:
    """The words of a letter that was opened. Raises NotAsAsked."""
    return _text(data, MOST_WORDS)


def reading_as_data(reading: Reading) -> Data:
    """What was read with one tool, ready for JSON."""
    return {
        "fields": [_field_as_data(one) for one in reading.fields],
        "not_relevant": list(reading.not_relevant),
        "contradicted": list(reading.contradicted),
        "beside": [one[:MOST_WORDS] for one in reading.beside[:MOST_BESIDE]],
    }


def _field_as_data(one: FieldRead) -> Data:
    return {
        "step": one.step_id,
        "field": one.field_id,
        "words": one.words[:MOST_WORDS],
        "value": list(one.value) if isinstance(one.value, tuple) else one.value,
        "options": list(one.options),
        "layer": one.layer,
        "state": one.state,
        "where": one.where[:_SHORT],
        "doubt": one.doubt[:_SHORT],
    }


def reading_from(data: object, name: str, who: Identity, tool: Tool) -> Reading:
    """What was read with this tool. Raises NotAsAsked."""
    given = _mapping(data)
    asked = [(step.id, one) for step in tool.steps for one in step.fields]
    fields = _list(given.get("fields"), len(asked))
    if len(fields) != len(asked):
        raise NotAsAsked("not every field")
    steps = {step.id for step in tool.steps}
    return Reading(
        name,
        who,
        tool,
        tuple(_field(entry, step_id, one) for entry, (step_id, one) in zip(fields, asked, strict=True)),
        not_relevant=_some_of(given.get("not_relevant"), steps),
        contradicted=_some_of(given.get("contradicted"), steps),
        beside=tuple(_text(one, MOST_WORDS) for one in _list(given.get("beside"), MOST_BESIDE)),
    )


def _field(data: object, step_id: str, one: Field) -> FieldRead:
    given = _mapping(data)
    if (given.get("step"), given.get("field")) != (step_id, one.id):
        raise NotAsAsked("another field")
    allowed = _allowed(one)
    value = _value(given.get("value"), one, allowed)
    options = tuple(allowed(option) for option in _list(given.get("options"), 200))
    state = _one_of(given.get("state"), _STATES)
    if (state == "read") != (value is not None) and state != "unsure":
        raise NotAsAsked("a state without its value")
    words = _text(given.get("words"), MOST_WORDS)
    layer = _one_of(given.get("layer"), _LAYERS)
    where, doubt = _text(given.get("where"), _SHORT), _text(given.get("doubt"), _SHORT)
    return FieldRead(step_id, one.id, words, value, options, layer, state, where, doubt)


def _allowed(one: Field) -> Callable[[object], str]:
    """What one value of this field may be."""
    choices = tuple(choice.id for choice in one.choices)

    def allowed(value: object) -> str:
        if one.picked:
            return _one_of(value, choices)
        text = _text(value, MOST_WORDS)
        if one.kind is FieldKind.DATE:
            _day(text)
        return text

    return allowed


def _value(value: object, one: Field, allowed: Callable[[object], str]) -> Value | None:
    if value is None:
        return None
    if one.kind is FieldKind.MANY:
        return tuple(allowed(entry) for entry in _list(value, len(one.choices)))
    return allowed(value)


def _day(text: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError as fault:
        raise NotAsAsked("no day") from fault


def _mapping(data: object) -> Data:
    if not isinstance(data, dict):
        raise NotAsAsked("no mapping")
    return data


def _list(data: object, most: int) -> list[object]:
    if not isinstance(data, list) or len(data) > most:
        raise NotAsAsked("no list, or too long a one")
    return data


def _text(data: object, most: int) -> str:
    if not isinstance(data, str) or len(data) > most:
        raise NotAsAsked("no text, or too long a one")
    if any(char == "\0" or "\ud800" <= char <= "\udfff" for char in data):
        raise NotAsAsked("text that cannot be written down")
    return data


def _one_of(data: object, allowed: Sequence[_T]) -> _T:
    for one in allowed:
        if one == data:
            return one
    raise NotAsAsked("none of what there is")


def _some_of(data: object, allowed: set[str]) -> tuple[str, ...]:
    return tuple(_one_of(one, sorted(allowed)) for one in _list(data, len(allowed)))
