"""The blank tool: what it shows, how it can be found again, and whether everybody can use it."""

from __future__ import annotations

import io
import re
import time

import docx
import pytest
from lxml import etree

from audit.tools import FieldKind
from documents import guard, layout, look
from documents.returned_tool.prose import words
from tests.documents import filling
from tests.documents.filling import BODY, TOOL, W

EVERY_TOOL = [(filling.TOOL, filling.GUIDE), *filling.councils_tools()]
of_every_tool = pytest.mark.parametrize(("tool", "guide"), EVERY_TOOL, ids=[tool.id for tool, _ in EVERY_TOOL])


def body(data: bytes) -> etree._Element:
    return etree.fromstring(filling.parts(data)[BODY]).find(f"{W}body")


def attributes(root: etree._Element, tag: str, name: str = "val") -> list[str]:
    return [one.get(f"{W}{name}") for one in root.iter(f"{W}{tag}")]


@of_every_tool
def test_every_field_has_a_tagged_control_and_a_bookmark(tool: filling.Tool, guide: filling.Guide | None) -> None:
    root = body(filling.blank(tool, guide))
    tags, bookmarks = attributes(root, "tag"), attributes(root, "bookmarkStart", "name")
    for step in tool.steps:
        for one in step.fields:
            mine = [layout.tag(step, one, choice.id) for choice in one.choices]
            wanted = mine if one.kind is FieldKind.MANY else [layout.tag(step, one)]
            assert all(tags.count(tag) == 1 for tag in wanted)
            assert bookmarks.count(layout.bookmark(layout.tag(step, one))) == 1
    assert len(set(tags)) == len(tags) and max(map(len, tags)) <= 64
    assert len(set(bookmarks)) == len(bookmarks) and max(map(len, bookmarks)) <= 40
    assert len(set(attributes(root, "id"))) >= len(tags)


@of_every_tool
def test_each_empty_control_has_words_of_its_own(tool: filling.Tool, guide: filling.Guide | None) -> None:
    shown = list(layout.placeholders(tool).values())
    assert len(set(shown)) == len(shown)


def test_tags_are_step_field_and_choice() -> None:
    tags = attributes(body(filling.blank()), "tag")
    assert {"planning.grade", "planning.check_current", "voice.statements.heard", "actions.by_6"} <= set(tags)


def test_placeholders_name_their_field() -> None:
    shown = layout.placeholders(TOOL)
    assert shown["planning", "grade"] == "Choose one grade for Planning"
    assert shown["planning", "comment"] == "Comment for Planning: write here"
    assert shown["actions", "by_1"] == "Action 1, by when: choose a day"


def test_long_ids_stay_within_words_limits_and_apart() -> None:
    step = TOOL.step("voice")
    one = step.field("statements")
    tags = {layout.tag(step, one, f"{'very_long_choice_name_' * 4}{number}") for number in range(5)}
    assert len(tags) == 5 and max(map(len, tags)) <= 64
    assert len({layout.bookmark(tag) for tag in tags}) == 5


def test_controls_are_inline_and_locked_and_nothing_else_is() -> None:
    data = filling.blank()
    root = body(data)
    assert all(sdt.getparent().tag == f"{W}p" for sdt in root.iter(f"{W}sdt"))
    assert set(attributes(root, "lock")) == {"sdtLocked"}
    assert b"documentProtection" not in filling.parts(data)["word/settings.xml"]


def test_a_dropdown_offers_the_choices_in_their_order() -> None:
    control = next(
        sdt
        for sdt in body(filling.blank()).iter(f"{W}sdt")
        if sdt.find(f"{W}sdtPr/{W}tag").get(f"{W}val") == "planning.grade"
    )
    offered = attributes(control, "listItem", "displayText")
    assert offered[1:] == ["Exceeds good", "Good", "Requires improvement", "Inadequate"]
    assert attributes(control, "listItem", "value")[0] == ""


def test_the_reference_stands_first_in_the_footer_and_in_the_properties() -> None:
    data = filling.blank()
    assert "AB-0417" in words(next(body(data).iter(f"{W}p")))
    assert "AB-0417" in words(etree.fromstring(filling.parts(data)["word/footer1.xml"]))
    assert b"AB-0417" in filling.parts(data)["docProps/custom.xml"]


def test_the_first_page_says_how_to_send_it_back_and_whom_to_ask() -> None:
    text = words(body(filling.blank()))
    for said in (
        "qa@anyshire.example",
        "Fri 18 Dec 2026",
        "C-1001",
        "Sam Reed",
        "a person will answer",
        "not a referral",
    ):
        assert said in text


def test_it_speaks_the_councils_words() -> None:
    text = words(body(filling.blank())).lower()
    assert not re.search(r"\baudits?\b", text)


def test_conditions_are_said() -> None:
    text = words(body(filling.blank()))
    assert "Only if “Did you meet the worker?” is “No”" in text
    assert text.count("Only if “Are actions needed?”") == 1


def test_steps_that_are_always_asked_cannot_be_passed_over() -> None:
    assert words(body(filling.blank())).count(layout.NOT_RELEVANT) == 2


def test_grades_differ_in_word_and_shape() -> None:
    text = words(body(filling.blank()))
    for mark, label in (("★", "Exceeds good"), ("✓", "Good"), ("▲", "Requires improvement"), ("✕", "Inadequate")):
        assert f"{mark} {label}" in text
    assert "For care leavers: their own plan." in text


def test_actions_are_a_table_of_rows() -> None:
    table = list(body(filling.blank()).iter(f"{W}tbl"))[-2]
    rows = [[words(cell) for cell in row.iter(f"{W}tc")] for row in table.iter(f"{W}tr")]
    assert rows[0] == ["Action", "What", "Who", "By when"]
    assert [row[0] for row in rows[1:]] == [f"Action {number}" for number in range(1, 7)]


@of_every_tool
def test_everybody_can_find_their_way(tool: filling.Tool, guide: filling.Guide | None) -> None:
    """Real headings in order, tables with header rows and alternative text."""
    data = filling.blank(tool, guide)
    root = body(data)
    headings = [
        words(paragraph)
        for paragraph in root.iter(f"{W}p")
        if (paragraph.find(f"{W}pPr/{W}pStyle") is not None)
        and paragraph.find(f"{W}pPr/{W}pStyle").get(f"{W}val") == "Heading1"
    ]
    assert headings[-len(tool.steps) :] == [layout.heading(step) for step in tool.steps]
    for table in root.iter(f"{W}tbl"):
        first, *rest = table.findall(f"{W}tr")
        assert first.find(f"{W}trPr/{W}tblHeader") is not None
        assert all(words(cell) for cell in first.iter(f"{W}tc"))
        assert all(row.find(f"{W}trPr/{W}tblHeader") is None for row in rest)
        assert table.find(f"{W}tblPr/{W}tblCaption").get(f"{W}val")
        assert table.find(f"{W}tblPr/{W}tblDescription").get(f"{W}val")
        widths = len(attributes(table, "gridCol", "w"))
        assert all(len(row.findall(f"{W}tc")) == widths for row in table.findall(f"{W}tr"))


def test_language_and_title_are_set_for_screen_readers() -> None:
    data = filling.blank()
    opened = docx.Document(io.BytesIO(data))
    assert opened.core_properties.title == "AB-0417 A small tool"
    assert opened.core_properties.language == look.LANGUAGE
    assert 'w:lang w:val="en-GB"' in filling.parts(data)["word/styles.xml"].decode()
    assert {"Title", "Heading 1", "Heading 2"} <= {style.name for style in opened.styles}


def test_every_style_that_is_used_is_defined() -> None:
    data = filling.blank()
    defined = set(attributes(etree.fromstring(filling.parts(data)["word/styles.xml"]), "style", "styleId"))
    root = body(data)
    used = {*attributes(root, "pStyle"), *attributes(root, "rStyle"), *attributes(root, "tblStyle")}
    assert used <= defined


def contrast(one: str, other: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (0, 2, 4)]
        red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colour", [look.ACCENT, look.INK, look.QUIET])
def test_every_colour_of_type_can_be_read(colour: str) -> None:
    assert min(contrast(colour, "FFFFFF"), contrast(colour, look.TINT)) >= 4.5


@of_every_tool
def test_the_same_tool_is_the_same_bytes_and_passes_our_own_guard(
    tool: filling.Tool, guide: filling.Guide | None
) -> None:
    data = filling.blank(tool, guide)
    assert data == filling.blank(tool, guide)
    assert guard.vet(data, "tool.docx")


def test_words_that_xml_cannot_hold_do_no_harm() -> None:
    data = filling.blank(reference='AB-0417 & <"\x00\x0b>')
    assert guard.vet(data, "tool.docx") and body(data) is not None


def test_it_is_made_in_a_blink() -> None:
    tool, guide = max(EVERY_TOOL, key=lambda pair: len(pair[0].steps))
    filling.blank(tool, guide)
    started = time.process_time()
    filling.blank(tool, guide)
    assert time.process_time() - started < 0.15


def test_no_row_is_told_to_stay_on_one_page() -> None:
    """LibreOffice 7.4 leaves out the rest of a table, printed words and all, below a row that may not be split."""
    assert "cantSplit" not in filling.parts(filling.blank())[BODY].decode()
