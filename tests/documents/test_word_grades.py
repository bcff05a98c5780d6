"""A grade in a Word file: marked in a list, ticked in a column, struck out, asked about in doubt."""

from __future__ import annotations

import pytest
from lxml import etree

from tests.documents.filling import W
from tests.documents.word_pages import (
    GRADES,
    LABEL,
    Change,
    around,
    grade_of,
    in_a_list,
    para,
    plain,
    read,
    row,
    run,
    said,
    table,
    typed,
)

# a list of all grades, one of them marked

MARKED = {
    "X before": [("Exceeds good", ""), ("X Good", ""), ("Requires improvement", ""), ("Inadequate", "")],
    "x behind": [("Exceeds good", ""), ("Good x", ""), ("Requires improvement", ""), ("Inadequate", "")],
    "tick": [("Exceeds good", ""), ("Good ✓", ""), ("Requires improvement", ""), ("Inadequate", "")],
    "tick that is the grade's own mark": [("Exceeds good", ""), ("✓ Good", ""), ("RI", ""), ("Inadequate", "")],
    "boxes": [("☐ Exceeds good", ""), ("☒ Good", ""), ("☐ Requires improvement", ""), ("☐ Inadequate", "")],
    "brackets": [("[ ] Exceeds good", ""), ("[x] Good", ""), ("[ ] Requires improvement", ""), ("[ ] Inadequate", "")],
    "one line": [("Exceeds good / Good X / Requires improvement / Inadequate", "")],
    "one line of boxes": [("☐ Exceeds good ☒ Good ☐ Requires improvement ☐ Inadequate", "")],
    "boxes behind a tab": [("Exceeds good\t☐", ""), ("Good\t☒", ""), ("RI\t☐", ""), ("Inadequate\t☐", "")],
    "boxes before a tab": [("☐\tExceeds good", ""), ("☒\tGood", ""), ("☐\tRI", ""), ("☐\tInadequate", "")],
    "a line to write on": [("Exceeds good __", ""), ("Good X", ""), ("RI __", ""), ("Inadequate __", "")],
    "highlight": [("Exceeds good", ""), ("Good", "highlight:yellow"), ("Requires improvement", ""), ("Inadequate", "")],
    "bold": [("Exceeds good", ""), ("Good", "b"), ("Requires improvement", "b:0"), ("Inadequate", "")],
    "underline": [("Exceeds good", ""), ("Good", "u:single"), ("Requires improvement", "u:none"), ("Inadequate", "")],
    "others struck out": [("Exceeds good", "strike"), ("Good", ""), ("RI", "strike"), ("Inadequate", "dstrike")],
    "printed marks and an X": [("★ Exceeds good", ""), ("X ✓ Good", ""), ("▲ RI", ""), ("✕ Inadequate", "")],
    "ticked, the rest crossed": [("✗ Exceeds good", ""), ("✓ Good", ""), ("✗ RI", ""), ("✗ Inadequate", "")],
}  # fmt: skip


@pytest.mark.parametrize("turned", [False, True])
def test_a_small_table_in_the_answer_is_read_by_its_columns_or_rows(turned: bool) -> None:
    marks = ("", "X", "", "")
    rows = list(zip(GRADES, marks, strict=True)) if turned else [GRADES, marks]
    assert said(grade_of(plain(typed(table(*rows), para())))) == ("read", "good", ())


@pytest.mark.parametrize("how", MARKED)
def test_the_marked_grade_of_a_list_is_the_grade(how: str) -> None:
    one = grade_of(plain(in_a_list(*MARKED[how])))
    assert said(one) == ("read", "good", ()), one.doubt


UNMARKED = {
    "none": [(grade, "") for grade in GRADES],
    "the marks that we print": [("★ Exceeds good", ""), ("✓ Good", ""), ("▲ RI", ""), ("✕ Inadequate", "")],
    "two left of those that we print": [("✓ Good", ""), ("✕ Inadequate", "")],
    "two": [("Exceeds good", ""), ("X Good", ""), ("Requires improvement", ""), ("X Inadequate", "")],
    "X here and highlight there": [("Exceeds good", ""), ("X Good", ""), ("RI", ""), ("Inadequate", "highlight:red")],
    "X at one that is struck out": [("Exceeds good", ""), ("X Good", "strike"), ("RI", ""), ("Inadequate", "")],
    "all struck out": [(grade, "strike") for grade in GRADES],
    "all but one crossed": [("✗ Exceeds good", ""), ("Good", ""), ("✗ RI", ""), ("✗ Inadequate", "")],
    "two left": [("Exceeds good", "strike"), ("Good", ""), ("RI", ""), ("Inadequate", "strike")],
    "a tick and a cross": [("Exceeds good", ""), ("✓ Good", ""), ("RI", ""), ("✗ Inadequate", "")],
    "a word with it": [("Exceeds good", ""), ("X Good, just about", ""), ("RI", ""), ("Inadequate", "")],
    "a mark between two": [("Exceeds good", ""), ("Good", ""), ("X", ""), ("RI", ""), ("Inadequate", "")],
    "all bold": [(grade, "b") for grade in GRADES],
}  # fmt: skip


@pytest.mark.parametrize("how", UNMARKED)
def test_a_list_that_leaves_a_doubt_is_asked_about(how: str) -> None:
    one = grade_of(plain(in_a_list(*UNMARKED[how])))
    assert (one.state, one.value) == ("unsure", None) and one.doubt


def test_a_symbol_fonts_tick_is_a_tick() -> None:
    mark = run("")
    etree.SubElement(mark, f"{W}sym").attrib.update({f"{W}font": "Wingdings", f"{W}char": "F0FC"})
    lines = [para(grade) for grade in GRADES]
    lines[1].append(mark)
    assert said(grade_of(plain(typed(*lines)))) == ("read", "good", ())


def test_a_letter_in_a_symbol_font_is_the_sign_that_it_shows() -> None:
    mark = run("ü", "rFonts")
    mark.find(f"{W}rPr/{W}rFonts").set(f"{W}ascii", "Wingdings")
    lines = [para(grade) for grade in GRADES]
    lines[1].insert(0, mark)
    assert said(grade_of(plain(typed(*lines)))) == ("read", "good", ())


def legacy(kind: str, *states: tuple[str, str]) -> etree._Element:
    one = etree.Element(f"{W}r")
    data = etree.SubElement(etree.SubElement(one, f"{W}fldChar"), f"{W}ffData")
    field = etree.SubElement(data, f"{W}{kind}")
    for name, value in states:
        etree.SubElement(field, f"{W}{name}").set(f"{W}val", value)
    return one


def test_check_boxes_of_old_are_read() -> None:
    lines = [para(legacy("checkBox", ("checked", "1" if grade == "Good" else "0")), grade) for grade in GRADES]
    assert said(grade_of(plain(typed(*lines)))) == ("read", "good", ())


def test_a_list_field_of_old_shows_its_entry() -> None:
    field = legacy("ddList", ("result", "2"), ("listEntry", "Pick"), *(("listEntry", grade) for grade in GRADES))
    assert said(grade_of(plain(typed(para(field))))) == ("read", "good", ())


def test_a_grade_struck_out_and_replaced_is_the_new_one() -> None:
    one = grade_of(plain(typed(para(run("Good", "strike"), " Inadequate"))))
    assert said(one) == ("read", "inadequate", ())


def test_a_grade_struck_out_with_nothing_in_its_place_is_asked_about() -> None:
    one = grade_of(plain(typed(para(run("Good", "strike")))))
    assert (one.state, one.value) == ("unsure", None)
    assert one.doubt == "“Good” is struck out, and nothing stands in its place."


def test_words_struck_out_of_a_comment_are_left_out_and_asked_about() -> None:
    change = typed(para("The plan is ", run("not ", "strike"), "clear."), tag="planning.comment")
    one = read(plain(change)).field("planning", "comment")
    assert (one.state, one.value) == ("unsure", "The plan is clear.") and "struck out" in one.doubt


def test_a_grade_marked_in_the_printed_meanings_counts_where_the_answer_is_empty() -> None:
    def change(root: etree._Element) -> None:
        for one in row(root, "planning.grade").iter(f"{W}p"):
            if "".join(one.itertext()).startswith("▲"):
                for part in one.findall(f"{W}r"):
                    properties = part.find(f"{W}rPr")
                    if properties is None:
                        properties = etree.SubElement(part, f"{W}rPr")
                    etree.SubElement(properties, f"{W}highlight").set(f"{W}val", "yellow")

    assert grade_of(plain(change)).value == "requires_improvement"
    assert said(grade_of(plain(change, {("planning", "grade"): "Inadequate"})))[:2] == ("read", "inadequate")


# columns

HEAD = ("Question", *GRADES)


def columns(*rows: tuple[str, ...], spans: dict[tuple[int, int], int] | None = None) -> Change:
    def change(root: etree._Element) -> None:
        place = row(root, "planning.grade")
        around(root, "planning.grade").addnext(table(HEAD, *rows, spans=spans))
        place.getparent().remove(place)

    return change


@pytest.mark.parametrize("mark", ["X", "x", "✓", "√", "☒", "[x]", "Good"])
def test_the_column_of_the_mark_is_the_answer(mark: str) -> None:
    one = grade_of(plain(columns((LABEL, "", mark, "", ""))))
    assert (*said(one), one.layer) == ("read", "good", (), "column")


@pytest.mark.parametrize(
    ("cells", "spans"),
    [
        (("X", "X", "", ""), {}),
        (("", "X", ""), {(1, 2): 2}),
        (("", "X", ""), {}),
        (("", "", "", "", "X"), {}),
        (("", "Inadequate", "", ""), {}),
        (("", "X?", "", ""), {}),
    ],
)
def test_a_mark_that_may_stand_elsewhere_is_asked_about(
    cells: tuple[str, ...], spans: dict[tuple[int, int], int]
) -> None:
    one = grade_of(plain(columns((LABEL, *cells), spans=spans)))
    assert one.state == "unsure" and one.doubt


def test_empty_boxes_in_columns_are_no_marks() -> None:
    assert said(grade_of(plain(columns((LABEL, "☐", "☒", "☐", "☐"))))) == ("read", "good", ())
    assert grade_of(plain(columns((LABEL, "☐", "☐", "☐", "☐")))).state == "missing"


def test_yes_and_no_are_columns_and_remarks_beside_them_are_kept() -> None:
    def change(root: etree._Element) -> None:
        place = row(root, "planning.check_current")
        rows = (
            ("Standard", "YES (tick)", "NO (tick)", "Comments"),
            ("Is there a current plan?", "", "✓", "Out of date."),
        )
        around(root, "planning.grade").addnext(table(*rows))
        place.getparent().remove(place)

    reading = read(plain(change))
    assert said(reading.field("planning", "check_current")) == ("read", "no", ())
    assert any("Out of date." in words for words in reading.beside)
