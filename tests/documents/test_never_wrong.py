"""G01: what puts a grade in doubt without standing among its words. A careful colleague asks; nobody guesses."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
from lxml import etree

from documents import returned_tool
from tests.documents import filling
from tests.documents.filling import TOOL, W
from tests.documents.word_pages import around, cell, grade_of, heading, para, read, row, run, table, typed

MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"


def answered() -> bytes:
    """Every answer given, the first grade as Good."""
    answers = {**filling.full_answers(), ("planning", "grade"): "good"}
    return filling.fill(
        filling.blank(), TOOL, {key: filling.as_typed(TOOL, key, value) for key, value in answers.items()}
    )


def changed(change: Callable[[etree._Element], None]) -> bytes:
    return filling.with_xml(answered(), change)


def instead(*content: str | etree._Element) -> bytes:
    """This in place of the first grade."""
    return changed(typed(para(*content)))


def state(data: bytes) -> tuple[str, object]:
    one = grade_of(data)
    return one.state, one.value


def symbol(code: str, font: str = "Wingdings") -> etree._Element:
    made = etree.Element(f"{W}r")
    etree.SubElement(made, f"{W}sym").attrib.update({f"{W}font": font, f"{W}char": code})
    return made


def equation(words: str) -> etree._Element:
    made = etree.Element(f"{MATH}oMath")
    etree.SubElement(etree.SubElement(made, f"{MATH}r"), f"{MATH}t").text = words
    return made


def holding(name: str) -> etree._Element:
    made = etree.Element(f"{W}r")
    etree.SubElement(made, f"{W}{name}").set(f"{W}id", "5")
    return made


# signs


@pytest.mark.parametrize(
    "words", ["✕ Good", "Good ✕", "✓✕ Good", "▲ Good", "Good ★", "★ RI", "✗ Good", "Good ✘", "Good \uf04c"]
)  # fmt: skip
def test_g01_a_sign_that_is_not_the_grades_own_is_asked_about(words: str) -> None:
    assert grade_of(instead(words)).state == "unsure"


@pytest.mark.parametrize(
    ("words", "value"),
    [("✓ Good", "good"), ("▲ Requires improvement", "requires_improvement"), ("✕ Inadequate", "inadequate"),
     ("Inadequate ✓", "inadequate"), ("☒ Good", "good"), ("X Good", "good")],
)  # fmt: skip
def test_g01_a_grade_with_its_own_sign_or_a_tick_is_read(words: str, value: str) -> None:
    assert state(instead(words)) == ("read", value)


@pytest.mark.parametrize(
    "sign", [symbol("F04C"), symbol("F044"), symbol("F0FB"), symbol("F0B9", "Symbol"), symbol("F0E2")]
)
def test_g01_a_sign_of_a_symbol_font_never_vanishes(sign: etree._Element) -> None:
    assert grade_of(instead("Good ", sign)).state == "unsure"


@pytest.mark.parametrize("words", ["≠", "Not "])
def test_g01_an_equation_is_read_with_the_words_beside_it(words: str) -> None:
    assert grade_of(instead(equation(words), run("Good"))).state == "unsure"


@pytest.mark.parametrize("words", ["Good*", "Good **", "!= Good", "! Good", "Good¹"])
def test_g01_a_star_behind_a_grade_or_a_sign_for_not_is_asked_about(words: str) -> None:
    assert grade_of(instead(words)).state == "unsure"


def test_g01_stars_on_both_sides_only_stress_a_grade() -> None:
    assert state(instead("*Good*")) == ("read", "good")


@pytest.mark.parametrize(
    "words",
    ["Good X Inadequate", "Exceeds good X Good Requires improvement Inadequate",
     "Exceeds good  Good  X  Requires improvement  Inadequate"],
)  # fmt: skip
def test_g01_a_mark_halfway_between_two_grades_belongs_to_neither(words: str) -> None:
    assert grade_of(instead(words)).state == "unsure"


@pytest.mark.parametrize(
    "words",
    ["Exceeds good   Good X   Requires improvement   Inadequate", "Requires improvement Good X", "X Good Inadequate",
     "Exceeds good ☐ Good ☒ Requires improvement ☐ Inadequate ☐"],
)  # fmt: skip
def test_g01_a_mark_that_stands_closer_to_one_grade_is_read(words: str) -> None:
    assert state(instead(words)) == ("read", "good")


# in and over the cell


@pytest.mark.parametrize("name", ["drawing", "pict", "footnoteReference", "endnoteReference"])
def test_g01_ink_a_picture_or_a_note_at_a_grade_is_asked_about(name: str) -> None:
    assert grade_of(instead(run("Good"), holding(name))).state == "unsure"
    beside = changed(lambda root: cell(root, "planning.grade").find(f"{W}p").append(holding(name)))
    assert grade_of(beside).state == "unsure"
    assert grade_of(filling.without_bookmarks(filling.without_tags(beside))).state == "unsure"


def test_g01_white_words_are_asked_about() -> None:
    assert grade_of(instead(run("Good", "color:FFFFFF"))).state == "unsure"


@pytest.mark.parametrize("bare", [False, True])
def test_g01_a_row_or_a_cell_that_is_marked_as_deleted_is_asked_about(bare: bool) -> None:
    def gone_row(root: etree._Element) -> None:
        tr = row(root, "planning.grade")
        properties = tr.find(f"{W}trPr")
        if properties is None:
            properties = etree.Element(f"{W}trPr")
            tr.insert(0, properties)
        etree.SubElement(properties, f"{W}del").set(f"{W}id", "9")

    def gone_cell(root: etree._Element) -> None:
        etree.SubElement(cell(root, "planning.grade").find(f"{W}tcPr"), f"{W}cellDel").set(f"{W}id", "9")

    for change in (gone_row, gone_cell):
        data = changed(change)
        assert grade_of(filling.without_bookmarks(filling.without_tags(data)) if bare else data).state == "unsure"


# looks that come from a style


def styled(data: bytes, kind: str, look: str) -> bytes:
    style = f'<w:style w:type="{kind}" w:styleId="Base"><w:rPr><w:{look}/></w:rPr></w:style>'
    style += f'<w:style w:type="{kind}" w:styleId="Gone"><w:basedOn w:val="Base"/></w:style></w:styles>'
    styles = filling.parts(data)["word/styles.xml"].replace(b"</w:styles>", style.encode())
    return filling.with_parts(data, {"word/styles.xml": styles})


@pytest.mark.parametrize("look", ["strike", "dstrike", "vanish"])
def test_g01_words_that_a_style_strikes_out_or_hides_are_no_answer(look: str) -> None:
    by_run = styled(instead(run("Good", "rStyle:Gone")), "character", look)
    by_paragraph = styled(changed(typed(para("Good", style="Gone"))), "paragraph", look)
    for data in (by_run, by_paragraph):
        assert grade_of(data).state != "read"


def test_g01_a_run_may_undo_what_its_style_strikes_out() -> None:
    assert state(styled(instead(run("Good", "rStyle:Gone", "strike:0")), "character", "strike")) == ("read", "good")


# words of somebody's own


@pytest.mark.parametrize("bare", [False, True])
@pytest.mark.parametrize(
    "change",
    [
        lambda root: row(root, "planning.grade").addnext(table(("Moderated grade", "Inadequate"))[0]),
        lambda root: row(root, "planning.grade").addnext(table(("Moderated grade", "Requires improvement"))[0]),
        lambda root: around(root, "planning.grade").addnext(para("Moderated: change grade to Inadequate")),
        lambda root: root.find(f"{W}body").insert(1, para("ALL GRADES TO BE CHANGED TO INADEQUATE")),
    ],
)
def test_g01_words_nearby_that_give_another_grade_are_asked_about(change: Callable, bare: bool) -> None:
    data = changed(change)
    one = grade_of(filling.without_bookmarks(filling.without_tags(data)) if bare else data)
    assert one.state == "unsure" and "good" in one.options


def test_g01_words_nearby_that_give_the_same_grade_ask_nothing() -> None:
    data = changed(lambda root: row(root, "planning.grade").addnext(table(("Moderated grade", "Good"))[0]))
    assert state(data) == ("read", "good")


# another child's tool


def test_g01_the_front_of_another_tool_further_down_names_a_second_audit() -> None:
    other = etree.fromstring(filling.parts(filling.blank(reference="AB-0999"))[filling.BODY]).find(f"{W}body")

    def pasted(root: etree._Element) -> None:
        end = root.find(f"{W}body")[-1]
        for block in list(other)[:-1]:
            end.addprevious(copy.deepcopy(block))

    data = changed(pasted)
    for one in (data, filling.without_bookmarks(filling.without_tags(data))):
        assert set(returned_tool.identify(one, "AB").references) == {"AB-0417", "AB-0999"}


def test_g01_another_audit_that_is_only_mentioned_names_none() -> None:
    def mentioned(root: etree._Element) -> None:
        heading(root, "Filling it in").addprevious(para("Compare AB-0999, which I returned by Friday."))
        around(root, "planning.grade").addnext(para("AB-0998 says the same."))

    assert read(changed(mentioned)).identity.references == ("AB-0417",)
