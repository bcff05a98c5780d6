"""Every card that can be shown is one that Teams can draw, on a phone too (L06)."""

from __future__ import annotations

import json
from collections import Counter

from bot.cards.parts import BUDGET
from tests.cards.conftest import Drawn
from tests.cards.walking import everything, inputs, presses, words

EVERY = {"type", "id", "isVisible", "spacing", "separator"}
KNOWN = {
    "AdaptiveCard": {"$schema", "version", "lang", "body", "actions"},
    "TextBlock": {"text", "wrap", "size", "weight", "isSubtle", "color", "style"},
    "RichTextBlock": {"inlines"},
    "TextRun": {"text", "size", "isSubtle", "italic"},
    "Container": {"items", "style", "bleed"},
    "ColumnSet": {"columns"},
    "Column": {"items", "width", "verticalContentAlignment"},
    "ActionSet": {"actions"},
    "Input.Text": {"label", "value", "isMultiline", "maxLength"},
    "Input.Date": {"label", "value"},
    "Input.ChoiceSet": {"label", "value", "choices", "style", "wrap", "isMultiSelect"},
    "Action.Execute": {"title", "verb", "data", "fallback", "style", "mode"},
    "Action.ToggleVisibility": {"title", "targetElements", "style"},
}


def test_only_elements_that_schema_1_5_knows(drawn: dict[str, Drawn]) -> None:
    for name, one in drawn.items():
        assert one.card["version"] == "1.5"
        for part in everything(one.card):
            unknown = set(part) - EVERY - KNOWN[part["type"]]
            assert not unknown, (name, part["type"], unknown)


def test_every_input_has_an_id_and_a_label(drawn: dict[str, Drawn]) -> None:
    for name, one in drawn.items():
        for asked in inputs(one.card):
            assert asked["id"] and asked["label"].strip(), name
            assert "isRequired" not in asked, "nothing blocks saving"
            assert "placeholder" not in asked


def test_ids_are_unique_and_toggles_find_theirs(drawn: dict[str, Drawn]) -> None:
    for name, one in drawn.items():
        ids = Counter(part["id"] for part in everything(one.card) if "id" in part)
        assert not [found for found, count in ids.items() if count > 1], name
        for part in everything(one.card):
            assert set(part.get("targetElements", ())) <= set(ids), name


def test_at_most_six_actions_and_two_columns(drawn: dict[str, Drawn]) -> None:
    for name, one in drawn.items():
        for part in everything(one.card):
            assert len(part.get("actions", ())) <= 6, name
            assert len(part.get("columns", ())) <= 2, name


def test_every_line_wraps(drawn: dict[str, Drawn]) -> None:
    for name, one in drawn.items():
        for part in everything(one.card):
            if part["type"] == "TextBlock" or part.get("style") == "expanded":
                assert part["wrap"] is True, name


def test_one_heading_and_nothing_empty(drawn: dict[str, Drawn]) -> None:
    for name, one in drawn.items():
        headings = [part for part in everything(one.card) if part.get("style") == "heading"]
        assert len(headings) <= 1, name
        for part in everything(one.card):
            assert part.get("text", "said").strip(), name
            assert part.get("items", ["something"]), name


def test_every_message_keeps_to_the_budget(drawn: dict[str, Drawn]) -> None:
    sizes = {name: len(json.dumps(one.activity)) for name, one in drawn.items()}
    assert not {name: size for name, size in sizes.items() if size > BUDGET}


def test_every_press_has_a_fallback_that_says_the_same(drawn: dict[str, Drawn]) -> None:
    for name, one in drawn.items():
        for press in presses(one.card):
            fallback = press["fallback"]
            assert fallback["type"] == "Action.Submit", name
            assert fallback["data"] == {**press["data"], "verb": press["verb"]}, name
            assert fallback["title"] == press["title"]


def test_the_voice(drawn: dict[str, Drawn]) -> None:
    """No exclamation marks, no machine's words, no default that the council never wrote."""
    for name, one in drawn.items():
        said = words(one.card)
        for never in ("!", "None", "datetime", "Oops", "{", "}"):
            assert never not in said, (name, never)
