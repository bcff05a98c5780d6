"""Returns made by hand, named by situation: what a careful colleague would say to each."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lxml import etree

from audit.tools import FieldKind, Tool
from documents import layout
from tests.documents import filling
from tests.documents.filling import W
from tests.returned import content, damage, editors, in_doubt, tools
from tests.returned.corpus import Case, Return, returned
from tests.returned.damage import change
from tests.returned.draft import NOT_RELEVANT, Ask, Draft, Missing, Right, add, chance, para, run, said, table
from tests.returned.marks import retype

GROUP = "by hand: "
FULL_OF_GRADES = ("tw-cp-cin", "journey")
THROUGH = ("Word on a desk", "Word on a phone")


def first_graded(draft: Draft) -> layout.Key:
    return draft.keys(FieldKind.GRADE)[0]


def full(tool: Tool, name: str) -> Draft:
    return content.full(tool, chance("by hand", tool.id, name))


def double_ticked_area(tool: Tool) -> Draft:
    """Two boxes ticked in the first area: which is it?"""
    draft = full(tool, "double")
    key = first_graded(draft)
    choices = draft.step_and_field(key)[1].choices
    retype(draft, key, *(para(f"{'☒' if place < 2 else '☐'} {one.label}") for place, one in enumerate(choices)))
    draft.expected[key] = Ask(tuple(one.id for one in choices[:2]))
    return draft


def old_reference_in_a_footer(tool: Tool) -> Draft:
    """A copy of an old file: it names two audits, so nobody guesses which."""
    draft = full(tool, "footer")
    damage.old_footer(draft, chance("footer"))
    return draft


def older_version(tool: Tool) -> Draft:
    """The tool of two versions ago: read by its own version."""
    return full(tools.JOURNEY_OLD, "older")


def pasted_into_an_older_copy(tool: Tool) -> Draft:
    """Answers pasted from elsewhere into a copy of an older version: foreign fonts and styles, our labels."""
    draft = full(tools.JOURNEY_OLD, "pasted older")
    for key in draft.keys(FieldKind.TEXT, FieldKind.GRADE):
        control = draft.control(key)
        words = damage.said_by(draft, key)
        draft.clear(key)
        control.addprevious(run(words, "b", "sz:32", "color:0000FF"))
    return draft


def as_above(tool: Tool) -> Draft:
    """ "As above" for a grade is no grade; for a comment it is what the auditor wrote."""
    draft = full(tool, "as above")
    for key in draft.keys(FieldKind.GRADE)[1:3]:
        draft.write(key, "As above")
        draft.expected[key] = Ask((), ("As above",))
    for key in draft.keys(FieldKind.TEXT)[1:3]:
        content.answer(draft, key, "See previous.")
    return draft


def empty_tool(tool: Tool) -> Draft:
    """Sent back as it came."""
    return content.nothing(tool, chance())


def overall_only(tool: Tool) -> Draft:
    """Only the overall grade."""
    return content.only_overall(tool, chance("overall"))


def grade_in_the_comment_only(tool: Tool) -> Draft:
    """The grade's own place is empty."""
    return content.in_the_comment(tool, chance("comment", tool.id))


def all_in_red(tool: Tool) -> Draft:
    """Red beside each placeholder."""
    draft = full(tool, "red")
    damage.in_red(draft, chance("red"))
    return draft


def grade_and_comment_swapped(tool: Tool) -> Draft:
    """The comment in the grade's place and the grade in the comment's: the grade is asked about, nothing is lost."""
    draft = full(tool, "swapped")
    key = first_graded(draft)
    step, one = draft.step_and_field(key)
    other = next(field for field in step.fields if field.kind is FieldKind.TEXT)
    said_before = draft.expected[step.id, other.id].value
    draft.write(key, said_before)
    draft.write((step.id, other.id), one.choices[0].label)
    draft.expected[key] = Ask((), (said_before,))
    draft.expected[step.id, other.id] = Right(one.choices[0].label)
    return draft


def placeholder_half_deleted(tool: Tool) -> Draft:
    """Typed into the placeholder, of which some words are left. Asking is fair; another grade is not."""
    draft = full(tool, "half")
    key = first_graded(draft)
    choice = draft.step_and_field(key)[1].choices[1]
    left = " ".join(layout.placeholders(tool)[key].split()[:3])
    draft.write(key, f"{left} {choice.label}")
    draft.expected[key] = Ask((), (choice.label,), or_right=choice.id)
    return draft


def said_twice_the_same(tool: Tool) -> Draft:
    """Picked in the list and typed once more below: the same grade, and nothing to ask."""
    draft = full(tool, "twice")
    for key in draft.keys(FieldKind.GRADE)[:3]:
        choice = draft.step_and_field(key)[1].choices[0]
        draft.write(key, choice.label)
        add(draft.cell(key), para(choice.label))
        draft.expected[key] = Right(choice.id)
    return draft


def table_of_contents(tool: Tool) -> Draft:
    """Somebody put a table of contents in front: every heading stands twice."""
    draft = full(tool, "contents")
    first = draft.heading(tool.steps[0])
    first.addprevious(para("Contents", style="TOCHeading"))
    for place, step in enumerate(tool.steps, 2):
        first.addprevious(para(f"{layout.heading(step)}", tab(), str(place), style="TOC1"))
    return draft


def tab() -> etree._Element:
    made = etree.Element(f"{W}r")
    etree.SubElement(made, f"{W}tab")
    return made


def summary_in_front(tool: Tool) -> Draft:
    """A council's summary table in front of the first section: each area's title beside its grade."""
    draft = full(tool, "summary")
    rows = [("Area", "Grade")]
    for key in draft.keys(FieldKind.GRADE):
        step, one = draft.step_and_field(key)
        rows.append((layout.heading(step), one.choice(draft.expected[key].value).label))
    first = draft.heading(tool.steps[0])
    first.addprevious(para("Summary of grades"))
    first.addprevious(table(rows))
    first.addprevious(para())
    return draft


def changed_twice_with_tracking(tool: Tool) -> Draft:
    """Two people changed a grade, one after the other, with changes tracked: the last one stands."""
    draft = full(tool, "tracked twice")
    key = first_graded(draft)
    choices = draft.step_and_field(key)[1].choices
    inside = draft.control(key).find(f"{W}sdtContent")
    for child in list(inside):
        inside.remove(child)
    inner = etree.Element(f"{W}ins")
    inner.append(change("del", choices[1].label))
    inside.extend((change("del", choices[0].label), inner, change("ins", choices[2].label)))
    draft.expected[key] = Right(choices[2].id)
    return draft


def not_relevant_by_an_x(tool: Tool) -> Draft:
    """An X typed over the box for "not relevant", and the section left empty."""
    draft = full(tool, "x")
    step = next(step for step in tool.steps if step.may_be_not_relevant)
    content.empty_section(draft, step)
    box = draft.tagged(layout.not_relevant_tag(step))
    box.addprevious(run("X"))
    box.getparent().remove(box)
    draft.expected[step.id, NOT_RELEVANT] = Right("ticked")
    return draft


def not_relevant_for_a_grade(tool: Tool) -> Draft:
    """ "N/A" typed for a grade that has no such answer: is the section not relevant, or was the grade forgotten?"""
    draft = full(tool, "na")
    step = next(step for step in tool.steps if step.may_be_not_relevant and step.fields[0].kind is not FieldKind.MANY)
    content.empty_section(draft, step)
    grade = next(one for one in step.fields if one.kind is FieldKind.GRADE)
    draft.write((step.id, grade.id), "N/A")
    draft.expected[step.id, grade.id] = Ask((), ("N/A",))
    return draft


def box_and_word_agree(tool: Tool) -> Draft:
    """The list of boxes, and the same grade in words below."""
    draft = full(tool, "agree")
    key = first_graded(draft)
    choices = draft.step_and_field(key)[1].choices
    lines = [para(f"{'☒' if place == 1 else '☐'} {one.label}") for place, one in enumerate(choices)]
    retype(draft, key, *lines, para(choices[1].label))
    draft.expected[key] = Right(choices[1].id)
    return draft


def box_and_word_differ(tool: Tool) -> Draft:
    """The list of boxes says one, the words below another."""
    draft = box_and_word_agree(tool)
    key = next(key for key, want in draft.expected.items() if isinstance(want, Right) and key[1] == "grade")
    choices = draft.step_and_field(key)[1].choices
    last = [line for line in draft_cell(draft, key).findall(f"{W}p") if said(line) == choices[1].label][-1]
    next(last.iter(f"{W}t")).text = choices[2].label
    draft.expected[key] = Ask((choices[1].id, choices[2].id))
    return draft


def draft_cell(draft: Draft, key: layout.Key) -> etree._Element:
    """The cell beside a label, where the control is gone."""
    step, one = draft.step_and_field(key)
    for block in draft.section(step):
        for row in block.iter(f"{W}tr"):
            cells = row.findall(f"{W}tc")
            if said(cells[0].find(f"{W}p")) == one.label:
                return cells[1]
    raise KeyError(key)


def grade_with_a_late_no(tool: Tool) -> Draft:
    """ "Good" and, much later in the same cell, "on reflection not good": a question."""
    draft = full(tool, "late no")
    key = first_graded(draft)
    choice = draft.step_and_field(key)[1].choices[1]
    words = f"{choice.label}. The worker visits often and writes well. On reflection I would not call it that."
    draft.write(key, words)
    draft.expected[key] = Ask((choice.id,), (words,))
    return draft


_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_PICTURE = "http://schemas.openxmlformats.org/drawingml/2006/picture"
_EMBED = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}embed"


def a_picture_for_a_comment(tool: Tool) -> Draft:
    """A picture (a photo of notes, a screenshot) where the comment should be: something is there, so one asks."""
    draft = full(tool, "picture")
    key = draft.keys(FieldKind.TEXT)[0]
    drawing = etree.Element(f"{W}drawing")
    inline = etree.SubElement(drawing, f"{{{editors.WP}}}inline")
    inline.append(etree.Element(f"{{{editors.WP}}}docPr", id="7", name="Picture 7", descr="notes.jpg"))
    data = etree.SubElement(etree.SubElement(inline, f"{_A}graphic"), f"{_A}graphicData", uri=_PICTURE)
    fill = etree.SubElement(etree.SubElement(data, f"{{{_PICTURE}}}pic"), f"{{{_PICTURE}}}blipFill")
    etree.SubElement(fill, f"{_A}blip").set(_EMBED, "rId99")
    holder = etree.Element(f"{W}r")
    holder.append(drawing)
    retype(draft, key, para(holder))
    draft.expected[key] = Ask()
    return draft


def a_footnote(tool: Tool) -> Draft:
    """A note at the foot of the page, hung on a comment: it belongs to no field, and reaches somebody."""
    draft = full(tool, "footnote")
    key = draft.keys(FieldKind.TEXT)[0]
    reference = etree.SubElement(etree.SubElement(draft.control(key).getparent(), f"{W}r"), f"{W}footnoteReference")
    reference.set(f"{W}id", "2")
    words = "The visit of 3 June is recorded under the sibling."
    note = f'<w:footnote w:id="2"><w:p><w:r><w:t>{words}</w:t></w:r></w:p></w:footnote>'
    damage.add_part(draft, "footnotes", f'<w:footnotes xmlns:w="{W[1:-1]}">{note}</w:footnotes>')
    draft.remarks.append(words)
    return draft


def grades_in_rows(tool: Tool) -> Draft:
    """A small table in the answer, a row a grade and a column for the mark."""
    draft = full(tool, "rows")
    for key in draft.keys(FieldKind.GRADE)[:2]:
        choices = draft.step_and_field(key)[1].choices
        retype(draft, key, table([(one.label, "X" if one is choices[2] else "") for one in choices]))
        draft.expected[key] = Right(choices[2].id)
    return draft


def old_form_boxes(tool: Tool) -> Draft:
    """The check boxes of Word's old forms, a grade a line."""
    draft = full(tool, "old boxes")
    key = first_graded(draft)
    choices = draft.step_and_field(key)[1].choices
    retype(draft, key, *(para(*_old_box(one is choices[1]), run(f" {one.label}")) for one in choices))
    draft.expected[key] = Right(choices[1].id)
    return draft


def _old_box(is_ticked: bool) -> list[etree._Element]:
    runs = [etree.Element(f"{W}r") for _ in range(3)]
    begin = etree.SubElement(runs[0], f"{W}fldChar")
    begin.set(f"{W}fldCharType", "begin")
    box = etree.SubElement(etree.SubElement(begin, f"{W}ffData"), f"{W}checkBox")
    etree.SubElement(box, f"{W}default").set(f"{W}val", "0")
    if is_ticked:
        etree.SubElement(box, f"{W}checked")
    etree.SubElement(runs[1], f"{W}instrText").text = " FORMCHECKBOX "
    etree.SubElement(runs[2], f"{W}fldChar").set(f"{W}fldCharType", "end")
    return runs


def two_tools_in_one_file(tool: Tool) -> Draft:
    """Another child's tool pasted behind this one. It names two audits; what differs is asked about."""
    draft = full(tool, "two in one")
    draft.references = (*draft.references, "AB-0999")
    other = full(tool, "the other")
    body, end = draft.root.find(f"{W}body"), draft.root.find(f"{W}body/{W}sectPr")
    for block in other.root.find(f"{W}body"):
        if block.tag != f"{W}sectPr":
            copied = etree.fromstring(etree.tostring(block).replace(b"AB-0417", b"AB-0999"))
            for mark in list(copied.iter(f"{W}bookmarkStart", f"{W}bookmarkEnd")):
                mark.getparent().remove(mark)
            end.addprevious(copied)
    assert body is not None
    for key, mine in draft.expected.items():
        theirs = other.expected[key]
        if isinstance(mine, Right) and mine != theirs and key[1] != NOT_RELEVANT:
            either = tuple({mine.value, theirs.value}) if key[1] == "grade" else ()
            draft.expected[key] = Ask(either, (), or_right=mine.value)
    return draft


def hidden_words(tool: Tool) -> Draft:
    """Words that Word hides stand behind a grade: what is seen counts, and asking is fair."""
    draft = full(tool, "hidden")
    key = first_graded(draft)
    choices = draft.step_and_field(key)[1].choices
    draft.control(key).addnext(run(choices[0].label, "vanish"))
    draft.write(key, choices[1].label)
    draft.expected[key] = Ask((), (), or_right=choices[1].id)
    return draft


def all_struck_out(tool: Tool) -> Draft:
    """The only grade there is struck out."""
    draft = full(tool, "struck")
    key = first_graded(draft)
    retype(draft, key, para(run(draft.step_and_field(key)[1].choices[1].label, "strike")))
    draft.expected[key] = Missing(or_asked=True)
    return draft


def a_link_in_a_comment(tool: Tool) -> Draft:
    """A link as a field: its words count, its code does not."""
    draft = full(tool, "link")
    key = draft.keys(FieldKind.TEXT)[0]
    runs = [etree.Element(f"{W}r") for _ in range(4)]
    for one, kind in zip((runs[0], runs[2], runs[3]), ("begin", "separate", "end"), strict=True):
        etree.SubElement(one, f"{W}fldChar").set(f"{W}fldCharType", kind)
    etree.SubElement(runs[1], f"{W}instrText").text = ' HYPERLINK "https://anyshire.example/grade/inadequate" '
    runs.insert(3, run("the guidance"))
    retype(draft, key, para("As in ", *runs, " on page 4."))
    draft.expected[key] = Right("As in the guidance on page 4.")
    return draft


SITUATIONS: dict[str, Callable[[Tool], Draft]] = {
    "a double-ticked area": double_ticked_area,
    "an old reference in a footer": old_reference_in_a_footer,
    "a tool of an older version": older_version,
    "pasted into an older copy": pasted_into_an_older_copy,
    "as above, see previous": as_above,
    "an empty tool": empty_tool,
    "only overall filled": overall_only,
    "a grade in the comment only": grade_in_the_comment_only,
    "in red beside each placeholder": all_in_red,
    "grade and comment swapped": grade_and_comment_swapped,
    "placeholder half deleted": placeholder_half_deleted,
    "said twice, the same": said_twice_the_same,
    "a table of contents in front": table_of_contents,
    "a summary of grades in front": summary_in_front,
    "changed twice with tracking": changed_twice_with_tracking,
    "not relevant by an X": not_relevant_by_an_x,
    "N/A for a grade": not_relevant_for_a_grade,
    "box and word agree": box_and_word_agree,
    "box and word differ": box_and_word_differ,
    "a grade taken back in the same cell": grade_with_a_late_no,
    "a picture for a comment": a_picture_for_a_comment,
    "a footnote": a_footnote,
    "grades in rows": grades_in_rows,
    "boxes of an old form": old_form_boxes,
    "two tools in one file": two_tools_in_one_file,
    "hidden words": hidden_words,
    "the only grade struck out": all_struck_out,
    "a link in a comment": a_link_in_a_comment,
    **in_doubt.SITUATIONS,
}


def cases() -> Iterator[Case]:
    """Every situation, of two tools, as two editors save it."""
    for situation, make in SITUATIONS.items():
        for tool_id, editor in zip(FULL_OF_GRADES, THROUGH, strict=True):
            yield _case(situation, make, tools.named(tool_id), editor)


def _case(situation: str, make: Callable[[Tool], Draft], tool: Tool, editor: str) -> Case:
    name = f"{situation}, {tool.id}, {editor}"

    def made() -> Return:
        draft = make(tool)
        editors.EVERY[editor](draft, chance(name))
        return returned(name, GROUP + situation, draft)

    return Case(name, GROUP + situation, made)


def file_of(reference: str, tool: Tool = tools.JOURNEY, prefix_of_name: str = "Copy of ") -> tuple[str, bytes]:
    """A full tool of the audit with this reference: for two tools in one letter, or another auditor's tool."""
    guide = next((guide for one, guide in tools.EVERY if one is tool), None)
    answers = filling.full_answers(tool)
    typed = {key: filling.as_typed(tool, key, value) for key, value in answers.items()}
    return f"{prefix_of_name}{reference}.docx", filling.fill(filling.blank(tool, guide, reference), tool, typed)
