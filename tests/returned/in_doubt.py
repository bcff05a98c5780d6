"""Returns by hand in which something beside a grade may take it back: nobody guesses."""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from audit.tools import FieldKind, Tool
from documents import layout
from tests.documents.filling import W
from tests.returned import content
from tests.returned.draft import Ask, Draft, Missing, chance, para, run, table
from tests.returned.marks import retype


def _full(tool: Tool, name: str) -> Draft:
    return content.full(tool, chance("in doubt", tool.id, name))


def _first_graded(draft: Draft) -> layout.Key:
    return draft.keys(FieldKind.GRADE)[0]


def _beside_a_grade(tool: Tool, name: str, *content: str | etree._Element) -> Draft:
    """The first grade typed anew, with something beside it that may take it back."""
    draft = _full(tool, name)
    key = _first_graded(draft)
    choice = draft.step_and_field(key)[1].choices[1]
    retype(draft, key, para(*(choice.label if part == "{}" else part for part in content)))
    draft.expected[key] = Ask()
    return draft


def _element(name: str, **values: str) -> etree._Element:
    made = etree.Element(f"{W}r")
    one = etree.SubElement(made, f"{W}{name}")
    for key, value in values.items():
        one.set(f"{W}{key}", value)
    return made


def a_cross_beside_a_grade(tool: Tool) -> Draft:
    """A cross beside the only grade: for this one, or against it?"""
    return _beside_a_grade(tool, "cross", "✗ ", "{}")


def a_sign_of_a_symbol_font(tool: Tool) -> Draft:
    """Word turns ":(" into a sign of a symbol font."""
    return _beside_a_grade(tool, "symbol", "{}", " ", _element("sym", font="Wingdings", char="F04C"))


def an_equation(tool: Tool) -> Draft:
    """A sign for "is not", set as an equation."""
    maths = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
    made = etree.Element(f"{maths}oMath")
    etree.SubElement(etree.SubElement(made, f"{maths}r"), f"{maths}t").text = "≠"
    return _beside_a_grade(tool, "equation", made, "{}")


def ink_over_a_grade(tool: Tool) -> Draft:
    """A stroke of a pen over the word, on a tablet."""
    return _beside_a_grade(tool, "ink", "{}", _element("drawing"))


def a_note_on_a_grade(tool: Tool) -> Draft:
    """A star at the grade, as for a note somewhere."""
    return _beside_a_grade(tool, "star", "{}", "*")


def struck_out_by_a_style(tool: Tool) -> Draft:
    """The only grade is struck out, by its style."""
    draft = _full(tool, "style")
    key = _first_graded(draft)
    retype(draft, key, para(run(draft.step_and_field(key)[1].choices[1].label, "rStyle:Gone")))
    style = '<w:style w:type="character" w:styleId="Gone"><w:rPr><w:strike/></w:rPr></w:style></w:styles>'
    draft.parts["word/styles.xml"] = draft.part("word/styles.xml").replace(b"</w:styles>", style.encode())
    draft.expected[key] = Missing(or_asked=True)
    return draft


def a_mark_halfway(tool: Tool) -> Draft:
    """An X halfway between two grades."""
    draft = _full(tool, "halfway")
    key = _first_graded(draft)
    first, second = draft.step_and_field(key)[1].choices[:2]
    retype(draft, key, para(f"{first.label} X {second.label}"))
    draft.expected[key] = Ask()
    return draft


def moderated_in_a_row_of_its_own(tool: Tool) -> Draft:
    """A row of somebody's own below the grade gives another one."""
    draft = _full(tool, "moderated")
    key = _first_graded(draft)
    choices = draft.step_and_field(key)[1].choices
    draft.write(key, choices[1].label)
    draft.row(key).addnext(table([("Moderated grade", choices[-1].label)]).find(f"{W}tr"))
    draft.expected[key] = Ask((choices[1].id,))
    return draft


def a_row_marked_as_deleted(tool: Tool) -> Draft:
    """The grade's row is deleted with changes tracked; its words are left as they were."""
    draft = _full(tool, "deleted row")
    key = _first_graded(draft)
    row = draft.row(key)
    properties = row.find(f"{W}trPr")
    if properties is None:
        properties = etree.Element(f"{W}trPr")
        row.insert(0, properties)
    etree.SubElement(properties, f"{W}del").set(f"{W}id", "9")
    draft.expected[key] = Ask()
    return draft


SITUATIONS: dict[str, Callable[[Tool], Draft]] = {
    "a cross beside a grade": a_cross_beside_a_grade,
    "a sign of a symbol font": a_sign_of_a_symbol_font,
    "an equation beside a grade": an_equation,
    "ink over a grade": ink_over_a_grade,
    "a star at a grade": a_note_on_a_grade,
    "struck out by a style": struck_out_by_a_style,
    "a mark halfway": a_mark_halfway,
    "moderated in a row of its own": moderated_in_a_row_of_its_own,
    "a row marked as deleted": a_row_marked_as_deleted,
}
