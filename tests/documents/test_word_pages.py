"""Word files as people really send them back: what a careful colleague reads, and what they would rather ask."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
from lxml import etree

from documents import layout
from documents.returned_tool import Reading
from tests.documents import filling
from tests.documents.filling import TOOL, W
from tests.documents.word_pages import (
    ASKED_BOTH,
    LABEL,
    Change,
    around,
    cell,
    control,
    grade_of,
    para,
    plain,
    read,
    row,
    said,
    table,
    typed,
)

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
