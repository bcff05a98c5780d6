"""Word files as people really send them back: what a careful colleague reads, and what they would rather ask."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
from lxml import etree

from audit.tools import Tool
from documents import layout, returned_tool
from documents.returned_tool import FieldRead, Reading
from tests.documents import filling
from tests.documents.filling import TOOL, W14, W

GRADES = ("Exceeds good", "Good", "Requires improvement", "Inadequate")
Change = Callable[[etree._Element], None]


def read(data: bytes) -> Reading:
    return returned_tool.read(data, "tool.docx", lambda *_: TOOL, "AB")


def plain(change: Change, answers: dict[layout.Key, str | tuple[str, ...]] | None = None) -> bytes:
    """The tool with answers, changed on the page, without the tags and bookmarks that nobody sees."""
    data = filling.with_xml(filling.fill(filling.blank(), TOOL, answers or {}), change)
    return filling.without_bookmarks(filling.without_tags(data))


def grade_of(data: bytes, step_id: str = "planning") -> FieldRead:
    return read(data).field(step_id, "grade")


def said(one: FieldRead) -> tuple[str, object, tuple[str, ...]]:
    return one.state, one.value, one.options


ASKED_BOTH = ("unsure", None, ("good", "inadequate"))


def run(words: str, *looks: str) -> etree._Element:
    one = etree.Element(f"{W}r")
    properties = etree.SubElement(one, f"{W}rPr")
    for look in looks:
        name, _, value = look.partition(":")
        etree.SubElement(properties, f"{W}{name}").attrib.update({f"{W}val": value} if value else {})
    for place, part in enumerate(words.split("\n")):
        if place:
            etree.SubElement(one, f"{W}br")
        etree.SubElement(one, f"{W}t").text = part
    return one


def para(*content: str | etree._Element, style: str = "") -> etree._Element:
    one = etree.Element(f"{W}p")
    if style:
        etree.SubElement(etree.SubElement(one, f"{W}pPr"), f"{W}pStyle").set(f"{W}val", style)
    one.extend(run(part) if isinstance(part, str) else part for part in content)
    return one


def table(*rows: tuple[str | etree._Element, ...], spans: dict[tuple[int, int], int] | None = None) -> etree._Element:
    made = etree.Element(f"{W}tbl")
    for place, row in enumerate(rows):
        tr = etree.SubElement(made, f"{W}tr")
        for column, content in enumerate(row):
            tc = etree.SubElement(tr, f"{W}tc")
            if span := (spans or {}).get((place, column)):
                etree.SubElement(etree.SubElement(tc, f"{W}tcPr"), f"{W}gridSpan").set(f"{W}val", str(span))
            tc.append(para(content) if isinstance(content, str) else content)
    return made


def control(root: etree._Element, tag: str) -> etree._Element:
    name = next(one for one in root.iter(f"{W}tag") if one.get(f"{W}val") == tag)
    return next(name.iterancestors(f"{W}sdt"))


def cell(root: etree._Element, tag: str) -> etree._Element:
    return next(control(root, tag).iterancestors(f"{W}tc"))


def row(root: etree._Element, tag: str) -> etree._Element:
    return next(control(root, tag).iterancestors(f"{W}tr"))


def around(root: etree._Element, tag: str) -> etree._Element:
    return next(control(root, tag).iterancestors(f"{W}tbl"))


def heading(root: etree._Element, words: str) -> etree._Element:
    return next(
        one for one in root.iter(f"{W}p") if "".join(one.itertext()) == words and one.find(f"{W}pPr") is not None
    )


def typed(*content: etree._Element, tag: str = "planning.grade") -> Change:
    """These paragraphs in place of an answer."""

    def change(root: etree._Element) -> None:
        place = cell(root, tag)
        for one in place.findall(f"{W}p"):
            place.remove(one)
        place.extend(content)

    return change


def in_a_list(*lines: tuple[str, str]) -> Change:
    """A line a grade, each with its look."""
    return typed(*(para(run(words, *filter(None, [look]))) for words, look in lines))


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


LABEL = "Grade for this area"


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


# rows, labels and cells


def relabelled(label: str, tag: str = "planning.grade") -> Change:
    def change(root: etree._Element) -> None:
        next(row(root, tag).iter(f"{W}t")).text = label

    return change


@pytest.mark.parametrize(
    "label",
    [
        "GRADE FOR THIS AREA:",
        "Grade for this aera",
        "Grade for this area (please)",
        "2. Grade for this area",
        "1.3 Grade for this area",
    ],
)
def test_a_label_may_be_changed_a_little(label: str) -> None:
    data = plain(relabelled(label), {("planning", "grade"): "Good"})
    assert said(grade_of(data)) == ("read", "good", ())


@pytest.mark.parametrize("label", ["Why ont?", "Why not", "Whynot?"])
def test_a_short_label_may_have_one_slip(label: str) -> None:
    data = plain(relabelled(label, "meeting.why_not"), {("meeting", "why_not"): "They had left."})
    assert read(data).field("meeting", "why_not").value == "They had left."


def test_a_question_turned_round_is_another_question() -> None:
    data = plain(
        relabelled("Is there not a current plan?", "planning.check_current"), {("planning", "check_current"): "Yes"}
    )
    assert read(data).field("planning", "check_current").state != "read"


def third_column(head: str, words: str) -> Change:
    def change(root: etree._Element) -> None:
        for place, one in enumerate(around(root, "planning.grade").findall(f"{W}tr")):
            extra = etree.SubElement(one, f"{W}tc")
            asks = next(one.iter(f"{W}tc")).find(f"{W}p")
            extra.append(para(head if not place else words if "".join(asks.itertext()) == LABEL else ""))

    return change


def test_a_further_column_is_kept_beside_the_answer_and_asked_about_where_it_gives_another_grade() -> None:
    reading = read(plain(third_column("Moderator", "I would say inadequate."), {("planning", "grade"): "Good"}))
    assert said(reading.field("planning", "grade")) == ("unsure", "good", ("good",))
    assert any("I would say inadequate." in words for words in reading.beside)


def test_a_grade_in_somebody_elses_column_is_no_answer_until_it_is_asked() -> None:
    one = grade_of(plain(third_column("Moderator", "Inadequate")))
    assert said(one) == ("unsure", "inadequate", ("inadequate",))
    assert one.doubt == "It stands in the column “Moderator”."


def added(*cells: str, before: bool = False) -> Change:
    def change(root: etree._Element) -> None:
        made = table(cells).find(f"{W}tr")
        place = row(root, "planning.grade")
        (place.addprevious if before else place.addnext)(made)

    return change


@pytest.mark.parametrize("cells", [("", "Good"), ("Good",)])
def test_an_answer_in_a_row_of_its_own_below_is_taken(cells: tuple[str, ...]) -> None:
    assert said(grade_of(plain(added(*cells)))) == ("read", "good", ())


def test_a_second_grade_in_the_row_below_is_a_question() -> None:
    assert said(grade_of(plain(added("", "Inadequate"), {("planning", "grade"): "Good"}))) == ASKED_BOTH


def test_a_row_that_nobody_asked_for_is_kept_and_no_answer() -> None:
    reading = read(plain(added("My own view", "a matter of time"), {("planning", "grade"): "Good"}))
    assert said(reading.field("planning", "grade")) == ("read", "good", ())
    assert "Planning: My own view | a matter of time" in reading.beside


def test_a_row_that_nobody_asked_for_and_that_gives_another_grade_is_asked_about() -> None:
    reading = read(plain(added("My own view", "Inadequate"), {("planning", "grade"): "Good"}))
    assert said(reading.field("planning", "grade")) == ("unsure", "good", ("good",))
    assert "Planning: My own view | Inadequate" in reading.beside


def test_an_answer_below_the_label_in_its_cell_is_taken() -> None:
    def change(root: etree._Element) -> None:
        row(root, "planning.grade").find(f"{W}tc").append(para("Good"))

    assert said(grade_of(plain(change))) == ("read", "good", ())
    assert said(grade_of(plain(change, {("planning", "grade"): "Inadequate"}))) == ASKED_BOTH


def test_what_the_tool_says_by_itself_is_never_an_answer() -> None:
    def change(root: etree._Element) -> None:
        for text in list(root.iter(f"{W}sdt")):
            text.getparent().remove(text)

    reading = read(plain(change))
    assert {one.state for one in reading.fields} == {"missing"} and reading.beside == ()


# headings


def test_a_line_in_a_comment_that_reads_like_a_heading_starts_nothing() -> None:
    change = typed(para("2 Voice of the child", style="Heading1"), para("More."), tag="planning.comment")
    reading = read(plain(change, {("voice", "grade"): "Good", ("planning", "evidence"): "File"}))
    assert reading.field("planning", "comment").value == "2 Voice of the child\nMore."
    assert (reading.field("planning", "evidence").value, reading.field("voice", "grade").value) == ("File", "good")


def renamed(**titles: str) -> Change:
    def change(root: etree._Element) -> None:
        for old, new in ((layout.heading(TOOL.step(step)), title) for step, title in titles.items()):
            next(text for text in root.iter(f"{W}t") if text.text == old).text = new

    return change


@pytest.mark.parametrize(
    "title", ["3 Planning", "Planning", "Section 1: Planning", "1. PLANNING", "1 Planing", "1 Planning – done"]
)
def test_a_heading_may_be_renumbered_or_changed_a_little(title: str) -> None:
    assert said(grade_of(plain(renamed(planning=title), {("planning", "grade"): "Good"}))) == ("read", "good", ())


def test_what_stands_below_a_heading_that_nobody_knows_belongs_to_no_other() -> None:
    data = plain(renamed(voice="2 Something else"), {("voice", "grade"): "Inadequate"})
    assert grade_of(data).state == "missing"


def test_a_heading_that_is_gone_gives_its_answers_to_nobody() -> None:
    def change(root: etree._Element) -> None:
        one = next(text for text in root.iter(f"{W}t") if text.text == "2 Voice of the child")
        place = next(one.iterancestors(f"{W}p"))
        place.getparent().remove(place)

    reading = read(plain(change, {("voice", "grade"): "Inadequate"}))
    assert reading.field("planning", "grade").state == "missing"
    assert said(reading.field("voice", "grade")) == ("unsure", "inadequate", ("inadequate",))
    assert "is gone" in reading.field("voice", "grade").doubt


@pytest.mark.parametrize(("second", "outcome"), [("Inadequate", ASKED_BOTH), ("", ("read", "good", ()))])
def test_a_section_that_stands_twice(second: str, outcome: tuple[str, object, tuple[str, ...]]) -> None:
    def twice(root: etree._Element) -> None:
        first = next(root.iter(f"{W}body"))
        head = next(next(t for t in root.iter(f"{W}t") if t.text == "1 Planning").iterancestors(f"{W}p"))
        form = around(root, "planning.grade")
        copies = [copy.deepcopy(head), copy.deepcopy(form)]
        write = filling.write if second else (lambda sdt, _: sdt.find(f"{W}sdtContent").clear())
        write(control(copies[1], "planning.grade"), second)
        for one in copies:
            first.insert(len(first) - 1, one)

    assert said(grade_of(plain(twice, {("planning", "grade"): "Good"}))) == outcome


def test_a_grade_behind_the_heading_is_asked_about() -> None:
    one = grade_of(plain(renamed(planning="1 Planning – Good")))
    assert said(one) == ("unsure", "good", ("good",))


# marks that nobody sees


def moved(root: etree._Element) -> None:
    """A bookmark in another section's cell."""
    name = layout.bookmark("planning.grade")
    mark = next(one for one in root.iter(f"{W}bookmarkStart") if one.get(f"{W}name") == name)
    cell(root, "voice.grade").find(f"{W}p").insert(0, mark)


def test_a_bookmark_in_another_sections_cell_is_never_believed() -> None:
    data = filling.with_xml(filling.fill(filling.blank(), TOOL, {("voice", "grade"): "Inadequate"}), moved)
    reading = read(filling.without_tags(data))
    assert reading.field("planning", "grade").state == "unsure"
    assert said(reading.field("voice", "grade")) == ("read", "inadequate", ())


def test_a_bookmark_that_contradicts_the_page_is_a_question() -> None:
    answers = {("planning", "grade"): "Good", ("voice", "grade"): "Inadequate"}
    data = filling.with_xml(filling.fill(filling.blank(), TOOL, answers), moved)
    assert said(grade_of(filling.without_tags(data))) == ASKED_BOTH


def test_two_answers_in_one_cell_are_told_apart_or_asked_about() -> None:
    def merged(root: etree._Element) -> None:
        upper, lower = row(root, "planning.agreed_on"), row(root, "planning.comment")
        for one, other in zip(upper.findall(f"{W}tc"), lower.findall(f"{W}tc"), strict=True):
            one.extend(other.findall(f"{W}p"))
        lower.getparent().remove(lower)

    answers = {("planning", "agreed_on"): "18/12/2026", ("planning", "comment"): "It is clear."}
    data = filling.with_xml(filling.fill(filling.blank(), TOOL, answers), merged)
    for changed in (data, filling.without_tags(data), filling.without_bookmarks(filling.without_tags(data))):
        one = read(changed).field("planning", "comment")
        assert one.state == "unsure" or one.value == "It is clear."
        assert "It is clear." in one.words


# beside the page


def test_a_text_boxs_words_are_read_where_it_hangs() -> None:
    box = etree.fromstring(
        f'<w:r xmlns:w="{W[1:-1]}" xmlns:v="urn:schemas-microsoft-com:vml"><w:pict><v:shape><v:textbox><w:txbxContent>'
        "<w:p><w:r><w:t>Good</w:t></w:r></w:p></w:txbxContent></v:textbox></v:shape></w:pict></w:r>"
    )
    assert said(grade_of(plain(lambda root: cell(root, "planning.grade").find(f"{W}p").append(box)))) == (
        "read",
        "good",
        (),
    )


def test_a_text_box_elsewhere_in_the_section_is_asked_about_and_kept() -> None:
    box = etree.fromstring(
        f'<w:r xmlns:w="{W[1:-1]}"><w:txbxContent><w:p><w:r><w:t>Good</w:t></w:r></w:p></w:txbxContent></w:r>'
    )

    def change(root: etree._Element) -> None:
        next(next(t for t in root.iter(f"{W}t") if t.text == "1 Planning").iterancestors(f"{W}p")).append(box)

    reading = read(plain(change))
    assert said(reading.field("planning", "grade")) == ("unsure", "good", ("good",))
    assert "Planning: Good" in reading.beside


def commented(words: str) -> Callable[[bytes], bytes]:
    def change(data: bytes) -> bytes:
        def anchor(root: etree._Element) -> None:
            place = cell(root, "planning.grade").find(f"{W}p")
            etree.SubElement(etree.SubElement(place, f"{W}r"), f"{W}commentReference").set(f"{W}id", "0")

        note = f'<w:comment w:id="0"><w:p><w:r><w:t>{words}</w:t></w:r></w:p></w:comment>'
        part = f'<w:comments xmlns:w="{W[1:-1]}">{note}</w:comments>'
        return filling.with_parts(filling.with_xml(data, anchor), {"word/comments.xml": part.encode()})

    return change


def test_a_comment_that_names_another_grade_is_a_doubt_and_is_kept() -> None:
    data = commented("Surely inadequate?")(filling.fill(filling.blank(), TOOL, {("planning", "grade"): "Good"}))
    reading = read(data)
    one = reading.field("planning", "grade")
    assert (one.state, one.value) == ("unsure", "good")
    assert one.doubt == "A comment beside it says “Surely inadequate?”."
    assert "A comment in the margin: Surely inadequate?" in reading.beside


def test_a_comment_is_no_answer() -> None:
    reading = read(commented("Good")(filling.blank()))
    assert reading.field("planning", "grade").value is None


def test_a_comment_on_something_else_is_kept_and_asks_nothing() -> None:
    data = commented("Thank you for this.")(filling.fill(filling.blank(), TOOL, {("planning", "grade"): "Good"}))
    reading = read(data)
    assert said(reading.field("planning", "grade")) == ("read", "good", ())
    assert reading.beside == ("A comment in the margin: Thank you for this.",)


def test_hidden_words_are_no_answer_and_are_kept() -> None:
    reading = read(plain(typed(para("Good", run(" Inadequate", "vanish")))))
    assert said(reading.field("planning", "grade")) == ("read", "good", ())
    assert reading.beside == ("Hidden text: Inadequate",)


# tables turned to text


def flat(root: etree._Element) -> None:
    """Every table as paragraphs, cell after cell."""
    for one in list(root.iter(f"{W}tbl")):
        for inner in one.iter(f"{W}p"):
            one.addprevious(copy.deepcopy(inner))
        one.getparent().remove(one)


def test_a_form_without_tables_is_read_by_its_lines() -> None:
    answers = filling.full_answers()
    typed_ = {key: filling.as_typed(TOOL, key, value) for key, value in answers.items()}
    reading = read(plain(flat, typed_))
    assert {(one.step_id, one.field_id): one.value for one in reading.fields} == answers
    assert {one.state for one in reading.fields} == {"read"}


def test_an_empty_form_without_tables_is_empty() -> None:
    reading = read(plain(flat))
    assert {(one.state, one.words) for one in reading.fields} == {("missing", "")}


@pytest.mark.parametrize(
    "line", ["2 Voice of the child", "Planning", "Where is this recorded?", "Grade for this area: Inadequate"]
)
def test_without_tables_a_line_that_reads_like_the_tool_is_asked_about(line: str) -> None:
    def change(root: etree._Element) -> None:
        cell(root, "health.comment").append(para(line))
        flat(root)

    answers = {("planning", "grade"): "Good", ("health", "comment"): "All well.", ("health", "grade"): "Good"}
    reading = read(plain(change, answers))
    assert reading.field("planning", "grade").value == "good"
    grade, comment = reading.field("health", "grade"), reading.field("health", "comment")
    assert grade.state == "unsure" or grade.value == "good"
    assert comment.state == "unsure" or line in comment.words
    assert reading.field("voice", "grade").state != "read"


# actions


def actions(change: Callable[[list[etree._Element], etree._Element], None]) -> Reading:
    answers: dict[layout.Key, str | tuple[str, ...]] = {("actions", "needed"): "The actions below are needed"}
    for place in (1, 2):
        answers |= {
            ("actions", f"what_{place}"): f"Do {place}",
            ("actions", f"who_{place}"): "Sam",
            ("actions", f"by_{place}"): "18/12/2026",
        }

    def on_rows(root: etree._Element) -> None:
        form = around(root, "actions.what_1")
        change(form.findall(f"{W}tr"), form)

    return read(plain(on_rows, answers))


def test_action_rows_may_change_places() -> None:
    reading = actions(lambda rows, _: rows[1].addprevious(rows[2]))
    assert [reading.field("actions", f"what_{place}").value for place in (1, 2)] == ["Do 1", "Do 2"]


def test_an_action_in_a_row_that_was_added_is_asked_about() -> None:
    reading = actions(lambda rows, _: rows[1].addnext(table(("", "Do more", "Kim", "1/2/27")).find(f"{W}tr")))
    one = reading.field("actions", "what_3")
    assert (one.state, one.value, one.doubt) == ("unsure", "Do more", "It stands in a row that was added.")
    assert reading.field("actions", "what_2").value == "Do 2"


def test_actions_that_do_not_fit_are_kept() -> None:
    def more(rows: list[etree._Element], form: etree._Element) -> None:
        for place in range(3, 9):
            made = table((f"Action {place}", f"Do {place}", "Kim", "1/2/27")).find(f"{W}tr")
            if place <= 6:
                form.replace(rows[place], made)
            else:
                form.append(made)

    reading = actions(more)
    assert [reading.field("actions", f"what_{place}").value for place in range(3, 7)] == [
        f"Do {n}" for n in range(3, 7)
    ]
    kept = [words for words in reading.beside if "Do 7" in words or "Do 8" in words]
    assert len(kept) == 2


@pytest.mark.parametrize("title", ["1", "1.", "action 1"])
def test_an_action_row_may_be_named_by_its_number(title: str) -> None:
    def named(rows: list[etree._Element], _: etree._Element) -> None:
        next(rows[1].iter(f"{W}t")).text = title

    assert actions(named).field("actions", "what_1").value == "Do 1"


# whose file, and what does not apply


def test_a_reference_in_the_header_counts() -> None:
    part = f'<w:hdr xmlns:w="{W[1:-1]}"><w:p><w:r><w:t>AB-0009</w:t></w:r></w:p></w:hdr>'
    who = returned_tool.identify(filling.with_parts(filling.blank(), {"word/header1.xml": part.encode()}), "AB")
    assert who.references == ("AB-0417", "AB-0009")


@pytest.mark.parametrize(
    "words", ["☒ Not relevant here", "X Not relevant here", "Not relevant here ✓", "[x] Not relevant here (then leave"]
)
def test_not_relevant_may_be_ticked_by_hand(words: str) -> None:
    def change(root: etree._Element) -> None:
        place = next(control(root, "planning:not_relevant").iterancestors(f"{W}p"))
        place.addnext(para(words))
        place.getparent().remove(place)

    assert read(plain(change)).not_relevant == ("planning",)


def test_a_box_that_somebody_put_among_the_grades_counts() -> None:
    def box(grade: str) -> etree._Element:
        state, sign = ("1", "☒") if grade == "Good" else ("0", "☐")
        one = etree.fromstring(
            f'<w:sdt xmlns:w="{W[1:-1]}" xmlns:w14="{W14[1:-1]}"><w:sdtPr><w14:checkbox>'
            f'<w14:checked w14:val="{state}"/></w14:checkbox></w:sdtPr>'
            f"<w:sdtContent><w:r><w:t>{sign}</w:t></w:r></w:sdtContent></w:sdt>"
        )
        return para(one, f" {grade}")

    assert said(grade_of(plain(typed(*map(box, GRADES))))) == ("read", "good", ())


def test_words_added_to_the_first_page_are_kept() -> None:
    def change(root: etree._Element) -> None:
        heading(root, "Filling it in").addprevious(para("I could not see the file of the older brother."))

    assert read(plain(change)).beside == ("On the first page: I could not see the file of the older brother.",)


@pytest.mark.parametrize("tool", [tool for tool, _ in filling.councils_tools()], ids=lambda tool: tool.id)
def test_nothing_is_told_of_a_tool_to_which_nothing_was_added(tool: Tool) -> None:
    guide = next(guide for one, guide in filling.councils_tools() if one is tool or one.id == tool.id)
    data = filling.without_bookmarks(filling.without_tags(filling.blank(tool, guide)))
    assert returned_tool.read(data, "tool.docx", lambda *_: tool, "AB").beside == ()


def test_footnotes_are_kept() -> None:
    note = '<w:footnote w:id="1"><w:p><w:r><w:t>See 3 June.</w:t></w:r></w:p></w:footnote>'
    part = f'<w:footnotes xmlns:w="{W[1:-1]}">{note}</w:footnotes>'
    assert read(filling.with_parts(filling.blank(), {"word/footnotes.xml": part.encode()})).beside == (
        "A footnote: See 3 June.",
    )


def test_a_picture_for_an_answer_is_asked_about() -> None:
    picture = etree.Element(f"{W}r")
    etree.SubElement(picture, "{http://schemas.openxmlformats.org/drawingml/2006/main}blip")
    one = read(plain(typed(para(picture), tag="planning.comment"))).field("planning", "comment")
    assert (one.state, one.value, one.doubt) == ("unsure", None, "A picture stands there, which I cannot read.")


def test_a_second_comment_that_holds_the_first_is_still_a_second_comment() -> None:
    def twice(root: etree._Element) -> None:
        form = around(root, "planning.comment")
        other = copy.deepcopy(form)
        filling.write(control(other, "planning.comment"), "It is clear. It is not followed.")
        form.addnext(other)

    data = filling.with_xml(filling.fill(filling.blank(), TOOL, {("planning", "comment"): "It is clear."}), twice)
    one = read(data).field("planning", "comment")
    assert (one.state, one.words) == ("unsure", "It is clear. It is not followed.")


def test_what_others_are_told_to_do_beside_a_question_is_no_answer() -> None:
    def change(root: etree._Element) -> None:
        place = row(root, "planning.comment")
        place.find(f"{W}tc").append(para("Please write in full sentences."))
        place.addnext(table(("", "It is clear.")).find(f"{W}tr"))

    reading = read(plain(change))
    assert reading.field("planning", "comment").value == "It is clear."
    assert "Planning: Please write in full sentences." in reading.beside
