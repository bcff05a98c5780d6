"""A returned tool: what is read, what is asked about, and what is never guessed."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable

import pytest
from lxml import etree

from audit.tools import Tool
from documents import layout, returned_tool
from documents.returned_tool import FieldRead, Reading
from tests.documents import filling
from tests.documents.filling import TOOL, W14, W

EVERY_TOOL = [(filling.TOOL, filling.GUIDE), *filling.councils_tools()]
DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "control": lambda data: data,
    "bookmark": filling.without_tags,
    "heading": lambda data: filling.without_bookmarks(filling.without_tags(data)),
}
through_every_layer = pytest.mark.parametrize("layer", DAMAGE)


def read(data: bytes, tool: Tool = TOOL) -> Reading:
    return returned_tool.read(data, "Copy of PL tool FINAL v2 (1).docx", lambda tool_id, version: tool, "AB")


def field(data: bytes, step_id: str, field_id: str) -> FieldRead:
    return read(data).field(step_id, field_id)


def with_words(step_id: str, field_id: str, words: str) -> bytes:
    return filling.fill(filling.blank(), TOOL, {(step_id, field_id): words})


def control(root: etree._Element, tag: str) -> etree._Element:
    return next(
        sdt
        for sdt in root.iter(f"{W}sdt")
        if sdt.find(f"{W}sdtPr/{W}tag") is not None and sdt.find(f"{W}sdtPr/{W}tag").get(f"{W}val") == tag
    )


def cell(root: etree._Element, tag: str) -> etree._Element:
    return next(control(root, tag).iterancestors(f"{W}tc"))


def paragraph(words: str) -> etree._Element:
    one = etree.Element(f"{W}p")
    etree.SubElement(etree.SubElement(one, f"{W}r"), f"{W}t").text = words
    return one


@pytest.mark.parametrize("tool", [tool for tool, _ in EVERY_TOOL], ids=lambda tool: tool.id)
@through_every_layer
def test_every_answer_comes_back(tool: Tool, layer: str) -> None:
    answers = filling.full_answers(tool)
    typed = {key: filling.as_typed(tool, key, value) for key, value in answers.items()}
    reading = read(DAMAGE[layer](filling.fill(filling.blank(tool), tool, typed)), tool)
    assert {(one.step_id, one.field_id): one.value for one in reading.fields} == answers
    assert {(one.state, one.layer) for one in reading.fields} == {("read", layer)}


@pytest.mark.parametrize("tool", [tool for tool, _ in EVERY_TOOL], ids=lambda tool: tool.id)
@through_every_layer
def test_an_empty_tool_is_missing_everything(tool: Tool, layer: str) -> None:
    reading = read(DAMAGE[layer](filling.blank(tool)), tool)
    assert {(one.state, one.value, one.words) for one in reading.fields} == {("missing", None, "")}
    assert len(reading.fields) == sum(len(step.fields) for step in tool.steps)
    assert reading.not_relevant == reading.contradicted == ()


def test_the_file_says_whose_it_is() -> None:
    who = returned_tool.identify(filling.blank(), "AB")
    assert (who.reference, who.tool_id, who.version) == ("AB-0417", "small", "3")
    assert who.by_property == who.by_body == who.by_footer == ("AB-0417",)


def test_without_properties_the_page_itself_says_so() -> None:
    who = returned_tool.identify(filling.with_parts(filling.blank(), {"docProps/custom.xml": None}), "AB")
    assert (who.by_property, who.reference, who.tool_id, who.version) == ((), "AB-0417", "small", "3")


def test_two_references_are_a_question() -> None:
    footer = filling.parts(filling.blank())["word/footer1.xml"].replace(b"AB-0417", b"AB-0999")
    who = returned_tool.identify(filling.with_parts(filling.blank(), {"word/footer1.xml": footer}), "AB")
    assert who.references == ("AB-0417", "AB-0999") and who.reference == ""


def test_a_reference_in_a_comment_says_nothing_of_whose_file_it_is() -> None:
    who = returned_tool.identify(with_words("planning", "comment", "As in AB-0001."), "AB")
    assert who.references == ("AB-0417",)


def test_a_version_that_nobody_knows_is_said_and_not_read() -> None:
    asked: list[tuple[str, str]] = []

    def tool_for(tool_id: str, version: str) -> None:
        asked.append((tool_id, version))

    reading = returned_tool.read(filling.blank(), "tool.docx", tool_for, "AB")
    assert reading.tool is None and reading.fields == () and asked == [("small", "3")]


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ("not good", ("exceeds_good", "good", "requires_improvement")),
        ("RI to Good", ("good", "requires_improvement")),
        ("Good / Inadequate", ("good", "inadequate")),
        ("Good-", ("exceeds_good", "good", "requires_improvement")),
        ("Good?", ("exceeds_good", "good", "requires_improvement")),
        ("see my comment", ()),
    ],
)
@through_every_layer
def test_a_hedged_grade_is_a_question(words: str, options: tuple[str, ...], layer: str) -> None:
    one = field(DAMAGE[layer](with_words("planning", "grade", words)), "planning", "grade")
    assert (one.state, one.value, one.words) == ("unsure", None, words)
    assert set(one.options) <= set(options) if options else one.options == ()


@pytest.mark.parametrize(("words", "value"), [("ri", "requires_improvement"), ("★ Exceeds good", "exceeds_good")])
def test_other_words_for_a_grade_are_understood(words: str, value: str) -> None:
    one = field(with_words("planning", "grade", words), "planning", "grade")
    assert (one.state, one.value) == ("read", value)


@pytest.mark.parametrize("glued", ["Good{}", "{}Good", "Good {}", "{}\nGood"])
@through_every_layer
def test_a_placeholder_left_beside_the_answer_is_no_part_of_it(glued: str, layer: str) -> None:
    hollow = layout.placeholders(TOOL)["planning", "grade"]
    one = field(DAMAGE[layer](with_words("planning", "grade", glued.format(hollow))), "planning", "grade")
    assert (one.state, one.value) == ("read", "good")


def test_words_own_placeholder_is_missing() -> None:
    assert field(
        with_words("planning", "comment", "Click or tap here to enter text."), "planning", "comment"
    ).state == ("missing")


def test_a_placeholder_that_is_not_ours_is_asked_about() -> None:
    def translate(root: etree._Element) -> None:
        control(root, "planning.comment").find(f".//{W}t").text = "Cliquez ici pour entrer du texte."

    one = field(filling.with_xml(filling.blank(), translate), "planning", "comment")
    assert one.state == "unsure" and one.words == "Cliquez ici pour entrer du texte."


@through_every_layer
def test_words_typed_beside_the_control_are_read(layer: str) -> None:
    def beside(root: etree._Element) -> None:
        cell(root, "planning.comment").append(paragraph("The plan is clear."))

    one = field(DAMAGE[layer](filling.with_xml(filling.blank(), beside)), "planning", "comment")
    assert (one.state, one.value) == ("read", "The plan is clear.")


def test_words_that_go_on_beside_the_control_are_not_lost() -> None:
    def beside(root: etree._Element) -> None:
        cell(root, "planning.comment").append(paragraph("And one more thing."))

    data = filling.with_xml(with_words("planning", "comment", "The plan is clear."), beside)
    assert field(data, "planning", "comment").value == "The plan is clear.\nAnd one more thing."


def test_a_second_grade_beside_the_control_is_a_question() -> None:
    def beside(root: etree._Element) -> None:
        cell(root, "planning.grade").append(paragraph("Inadequate"))

    one = field(filling.with_xml(with_words("planning", "grade", "Good"), beside), "planning", "grade")
    assert (one.state, one.value, one.options) == ("unsure", None, ("good", "inadequate"))


def test_a_copied_section_with_another_grade_is_a_question() -> None:
    def twice(root: etree._Element) -> None:
        table = next(control(root, "planning.grade").iterancestors(f"{W}tbl"))
        other = copy.deepcopy(table)
        filling.write(control(other, "planning.grade"), "Inadequate")
        table.addnext(other)

    one = field(filling.with_xml(with_words("planning", "grade", "Good"), twice), "planning", "grade")
    assert (one.state, one.value, one.options) == ("unsure", None, ("good", "inadequate"))


def test_two_layers_that_differ_are_a_question() -> None:
    def swapped(root: etree._Element) -> None:
        control(root, "planning.grade").find(f"{W}sdtPr/{W}tag").set(f"{W}val", "voice.grade_")
        control(root, "voice.grade").find(f"{W}sdtPr/{W}tag").set(f"{W}val", "planning.grade")

    answers = {("planning", "grade"): "Good", ("voice", "grade"): "Inadequate"}
    data = filling.with_xml(filling.fill(filling.blank(), TOOL, answers), swapped)
    one = field(data, "planning", "grade")
    assert (one.state, one.value, one.options) == ("unsure", None, ("good", "inadequate"))


def test_two_different_comments_are_both_kept() -> None:
    def twice(root: etree._Element) -> None:
        table = next(control(root, "planning.comment").iterancestors(f"{W}tbl"))
        other = copy.deepcopy(table)
        filling.write(control(other, "planning.comment"), "Second thoughts.")
        table.addnext(other)

    one = field(filling.with_xml(with_words("planning", "comment", "First thoughts."), twice), "planning", "comment")
    assert one.state == "unsure" and "First thoughts." in one.words and "Second thoughts." in one.words


@through_every_layer
def test_tracked_deletions_are_dropped_and_insertions_kept(layer: str) -> None:
    def tracked(root: etree._Element) -> None:
        content = control(root, "planning.comment").find(f"{W}sdtContent")
        for name, words, kind in (("del", "badly ", "delText"), ("ins", "well ", "t"), ("moveFrom", "gone ", "t")):
            change = etree.SubElement(content, f"{W}{name}")
            etree.SubElement(etree.SubElement(change, f"{W}r"), f"{W}{kind}").text = words

    data = filling.with_xml(with_words("planning", "comment", "The plan works "), tracked)
    assert field(DAMAGE[layer](data), "planning", "comment").value == "The plan works well"


def test_paragraphs_inside_a_control_stay_paragraphs() -> None:
    """Word turns a control into a block of its own when somebody presses Enter in it."""

    def block(root: etree._Element) -> None:
        one = control(root, "planning.comment")
        around = one.getparent()
        around.addnext(one)
        around.getparent().remove(around)
        content = one.find(f"{W}sdtContent")
        for run in list(content):
            content.remove(run)
        content.extend(paragraph(words) for words in ("First.", "", "Second.", "Third."))

    one = field(filling.with_xml(with_words("planning", "comment", "x"), block), "planning", "comment")
    assert (one.state, one.value) == ("read", "First.\n\nSecond.\nThird.")


def test_a_line_is_one_line() -> None:
    assert field(with_words("planning", "evidence", "Note of\n3 March"), "planning", "evidence").value == (
        "Note of 3 March"
    )


@pytest.mark.parametrize("words", ["18 December 2026", "18/12/2026", "Fri 18 Dec 2026", "2026-12-18"])
def test_days_are_read_as_people_write_them(words: str) -> None:
    assert field(with_words("planning", "agreed_on", words), "planning", "agreed_on").value == "2026-12-18"


def test_a_day_that_cannot_be_read_is_asked_about() -> None:
    one = field(with_words("planning", "agreed_on", "some time in spring"), "planning", "agreed_on")
    assert (one.state, one.value, one.words) == ("unsure", None, "some time in spring")


@through_every_layer
def test_ticks_are_read_in_the_tools_order(layer: str) -> None:
    data = filling.fill(filling.blank(), TOOL, {("voice", "statements"): ("told", "seen")})
    one = field(DAMAGE[layer](data), "voice", "statements")
    assert (one.state, one.value) == ("read", ("seen", "told"))


@pytest.mark.parametrize("mark", ["☒", "☑", "✓", "✔", "x", "X", "[x]"])
def test_a_mark_typed_for_a_box_is_a_tick(mark: str) -> None:
    def typed(root: etree._Element) -> None:
        place = cell(root, "voice.statements.seen")
        one = place.find(f"{W}p")
        one.addnext(paragraph(f"{mark} The child is seen alone"))
        place.remove(one)

    data = filling.without_tags(filling.with_xml(filling.blank(), typed))
    start = field(filling.without_bookmarks(data), "voice", "statements")
    assert (start.state, start.value, start.layer) == ("read", ("seen",), "heading")


def test_a_box_that_contradicts_itself_is_a_question() -> None:
    def half(root: etree._Element) -> None:
        control(root, "voice.statements.seen").find(f".//{W14}checked").set(f"{W14}val", "1")

    one = field(filling.with_xml(filling.blank(), half), "voice", "statements")
    assert (one.state, one.options) == ("unsure", ("seen",))


def test_words_among_the_boxes_are_kept_and_asked_about() -> None:
    def add(root: etree._Element) -> None:
        cell(root, "voice.statements.seen").append(paragraph("but only twice"))

    data = filling.with_xml(filling.fill(filling.blank(), TOOL, {("voice", "statements"): ("seen",)}), add)
    one = field(data, "voice", "statements")
    assert one.state == "unsure" and "but only twice" in one.words and one.options == ("seen",)


@through_every_layer
def test_a_section_ticked_as_not_relevant(layer: str) -> None:
    def ticked(root: etree._Element) -> None:
        filling.tick(control(root, "planning:not_relevant"))

    reading = read(DAMAGE[layer](filling.with_xml(filling.blank(), ticked)))
    assert (reading.not_relevant, reading.contradicted) == (("planning",), ())
    reading = read(DAMAGE[layer](filling.with_xml(with_words("planning", "grade", "Good"), ticked)))
    assert (reading.not_relevant, reading.contradicted) == ((), ("planning",))


def test_headings_and_labels_may_be_slightly_off() -> None:
    def slips(root: etree._Element) -> None:
        for text in root.iter(f"{W}t"):
            if text.text == "1 Planning":
                text.text = "1. PLANNING"
            elif text.text == "Grade for this area":
                text.text = "Grade for this Area:"
            elif text.text == "2 Voice of the child":
                text.text = "2 Voice of teh child"

    answers = {("planning", "grade"): "Good", ("voice", "grade"): "Inadequate"}
    data = filling.with_xml(filling.fill(filling.blank(), TOOL, answers), slips)
    reading = read(DAMAGE["heading"](data))
    assert [reading.field(step, "grade").value for step in ("planning", "voice")] == ["good", "inadequate"]


def test_a_heading_that_stands_twice_is_asked_about() -> None:
    def twice(root: etree._Element) -> None:
        first = next(text for text in root.iter(f"{W}t") if text.text == "2 Voice of the child")
        first.text = "1 Planning"

    answers = {("planning", "grade"): "Good", ("voice", "grade"): "Inadequate"}
    data = filling.with_xml(filling.fill(filling.blank(), TOOL, answers), twice)
    one = field(DAMAGE["heading"](data), "planning", "grade")
    assert (one.state, one.value, one.options) == ("unsure", None, ("good", "inadequate"))


def test_a_heading_that_stands_twice_while_another_is_gone_gives_nothing_away() -> None:
    def twice(root: etree._Element) -> None:
        next(text for text in root.iter(f"{W}t") if text.text == "2 Voice of the child").text = "1 Planning"

    data = filling.with_xml(filling.fill(filling.blank(), TOOL, {("voice", "grade"): "Inadequate"}), twice)
    one = field(DAMAGE["heading"](data), "planning", "grade")
    assert (one.state, one.options) == ("unsure", ("inadequate",))
    assert one.doubt == "The heading “1 Planning” stands more than once, and “Voice of the child” is gone."


def test_strict_documents_are_read_too() -> None:
    body = filling.parts(with_words("planning", "grade", "Good"))[filling.BODY].replace(
        b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        b"http://purl.oclc.org/ooxml/wordprocessingml/main",
    )
    data = filling.with_parts(filling.blank(), {filling.BODY: body})
    assert field(data, "planning", "grade").value == "good"


def test_a_full_tool_is_read_in_little_time() -> None:
    tool = max((tool for tool, _ in EVERY_TOOL), key=lambda tool: len(tool.steps))
    answers = filling.full_answers(tool)
    typed = {key: filling.as_typed(tool, key, value) for key, value in answers.items()}
    data = filling.fill(filling.blank(tool), tool, typed)
    took = []
    for _ in range(5):
        started = time.process_time()
        read(data, tool)
        took.append(time.process_time() - started)
    assert min(took) < 0.06  # 0.015 on a quiet machine
