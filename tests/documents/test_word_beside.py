"""What stands beside the answers of a Word file: text boxes, comments, hidden words, footnotes. Kept or asked about."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
from lxml import etree

from audit.tools import Tool
from documents import returned_tool
from tests.documents import filling
from tests.documents.filling import TOOL, W14, W
from tests.documents.word_pages import (
    GRADES,
    around,
    cell,
    control,
    grade_of,
    heading,
    para,
    plain,
    read,
    row,
    run,
    said,
    table,
    typed,
)

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
