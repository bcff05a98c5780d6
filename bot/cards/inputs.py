"""A step's fields as inputs, filled with what is stored or was just typed. Nothing here blocks saving."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from audit.answers import Answer, Value, counts
from audit.tools import ACTION_ROWS, Field, FieldKind, Step
from bot.cards.marks import offered
from bot.cards.parts import Json, choosing, first_words, plain, quiet_box, small, text, words_of, writing
from dialogs.screens import Problem

NAMED_CONDITION = 12
"""A condition with a longer answer than this is clear from the question before it."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A step with what stands in its fields. `too_long` are fields whose words do not fit into a card."""

    step: Step
    answer: Answer
    typed: dict[str, Value]
    problem: Problem | None = None
    too_long: frozenset[str] = frozenset()

    def value(self, one: Field) -> Value:
        """What stands in a field now."""
        return self.typed.get(one.id, self.answer.value(one.id))

    def words(self, one: Field) -> str:
        """The same as an input takes it."""
        value = self.value(one)
        return value if isinstance(value, str) else ",".join(value)


def shown_fields(filled: Filled) -> tuple[Field, ...]:
    """The fields that a card asks: conditional ones once they count, or while nothing was chosen yet."""
    rows = _rows(filled)
    return tuple(one for one in filled.step.fields if _is_asked(filled, one) and rows.get(one.id, True))


def _is_asked(filled: Filled, one: Field) -> bool:
    if one.when is None or (filled.problem and filled.problem.field == one.id):
        return True
    other = filled.step.field(one.when[0])
    return not filled.value(other) or counts(one, {other.id: filled.value(other)})


def _rows(filled: Filled) -> dict[str, bool]:
    """For fields of a numbered row: whether it shows. Rows that hold something do, and one more."""
    found: dict[str, bool] = {}
    free = True
    for row in range(1, ACTION_ROWS + 1):
        fields = [one for one in filled.step.fields if one.when and one.id.endswith(f"_{row}")]
        asked = any(filled.value(one) for one in fields)
        found.update({one.id: asked or free for one in fields})
        free = asked
    return found


def emptied(filled: Filled) -> dict[str, str]:
    """What every press on the card says of the fields that hold words: empty, unless the input says otherwise.

    Clients leave an input out of a press when it was emptied; without this, deleted words would come back.
    """
    return {
        f"in.{one.id}": ""
        for one in shown_fields(filled)
        if filled.value(one) and one.kind not in (FieldKind.GRADE, FieldKind.CHOICE) and one.id not in filled.too_long
    }


def more_rows(filled: Filled) -> bool:
    """Whether rows show, and saving would bring another."""
    rows = _rows(filled)
    return not all(rows.values()) and any(one.id in rows for one in shown_fields(filled))


def inputs(filled: Filled, below: Mapping[str, list[Json]]) -> Iterator[Json]:
    """Every field that is asked, each followed by the problem that stands beside it, and by what is `below` it."""
    for one in shown_fields(filled):
        yield from _field(filled, one)
        yield from below.get(one.id, [])
    if more_rows(filled):
        yield small("For another row, fill this one and save.")


def _field(filled: Filled, one: Field) -> Iterator[Json]:
    beside = filled.problem if filled.problem and filled.problem.field == one.id else None
    if one.id in filled.too_long:
        yield _kept_out(filled, one)
    else:
        drawn = _input(filled, one)
        drawn["label"] = _label(filled, one) + (" (please look here)" if beside else "")
        drawn["spacing"] = "large" if _opens_row(one) else "medium"
        yield drawn
    if one.hint:
        yield small(one.hint, spacing="small")
    if beside:
        yield text(plain(beside.sentence), color="attention", spacing="small")


def _opens_row(one: Field) -> bool:
    return re.fullmatch(r"what_\d+", one.id) is not None


def _label(filled: Filled, one: Field) -> str:
    if one.when is None or one.label.startswith("If "):
        return one.label
    other = filled.step.field(one.when[0])
    labels = [choice.label for choice in other.choices if choice.id in one.when[1]]
    if filled.value(other) or any(len(label) > NAMED_CONDITION for label in labels):
        return one.label
    return f"If {' or '.join(labels).lower()}: {one.label[0].lower()}{one.label[1:]}"


def _input(filled: Filled, one: Field) -> Json:
    name, words = f"in.{one.id}", filled.words(one)
    if one.kind is FieldKind.MANY:
        numbered = [(f"{place} – {choice.label}", choice.id) for place, choice in enumerate(one.choices, 1)]
        return choosing(name, one.label, numbered, words, isMultiSelect=True)
    if one.picked:
        return choosing(name, one.label, ((offered(choice), choice.id) for choice in one.choices), words)
    if one.kind is FieldKind.DATE and (not words or re.fullmatch(r"\d{4}-\d\d-\d\d", words)):
        return {"type": "Input.Date", "id": name, "label": one.label, **({"value": words} if words else {})}
    return writing(name, one.label, words, lines=one.kind is FieldKind.TEXT)


def _kept_out(filled: Filled, one: Field) -> Json:
    """Words that no card can hold: they stay as they are, and no press can touch them."""
    words = filled.words(one)
    return quiet_box(
        text(one.label),
        words_of(f"“{first_words(words, 30)}”"),
        small(
            f"These {len(words):,} characters are saved, but too long to change on a card. "
            "To change them, use the Word tool; to start afresh, press Reset this section."
        ),
    )
