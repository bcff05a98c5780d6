"""Grades that are not written but marked: in a typed list of all of them, in columns, struck out, coloured, ticked."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from lxml import etree

from audit.scales import Choice
from audit.tools import FieldKind
from documents import layout
from tests.documents.filling import W
from tests.returned.draft import Ask, Draft, Missing, Right, add, para, run, said, table, wipe

Damage = Callable[[Draft, random.Random], None]


def graded(draft: Draft, chance: random.Random, most: int = 4) -> list[tuple[layout.Key, tuple[Choice, ...], Choice]]:
    """Some graded fields, their choices, and a choice to be marked."""
    keys = draft.keys(FieldKind.GRADE)
    picked = sorted(chance.sample(keys, min(most, len(keys))))
    return [(key, choices := draft.step_and_field(key)[1].choices, chance.choice(choices)) for key in picked]


def asked(draft: Draft, chance: random.Random, most: int = 4) -> list[tuple[layout.Key, tuple[Choice, ...], Choice]]:
    """The same of yes/no questions and the like; those with short answers only."""
    keys = [key for key in draft.keys(FieldKind.CHOICE) if _short(draft.step_and_field(key)[1].choices)]
    picked = sorted(chance.sample(keys, min(most, len(keys))))
    return [(key, choices := draft.step_and_field(key)[1].choices, chance.choice(choices)) for key in picked]


def _short(choices: Sequence[Choice]) -> bool:
    return all(len(choice.label) < 20 for choice in choices)


def retype(draft: Draft, key: layout.Key, *blocks: etree._Element) -> None:
    """The whole cell typed anew."""
    cell = draft.cell(key)
    wipe(cell)
    add(cell, *blocks)


def _listed(draft: Draft, chance: random.Random, line: Callable[[Choice, bool], etree._Element]) -> None:
    """All choices, a line each, one of them marked."""
    for key, choices, picked in (*graded(draft, chance), *asked(draft, chance)):
        retype(draft, key, *(line(choice, choice is picked) for choice in choices))
        draft.expected[key] = Right(picked.id)


def list_with_x(draft: Draft, chance: random.Random) -> None:
    """All grades typed, an X before one."""
    mark = chance.choice(("X ", "x ", "[x] ", "(X) ", "x\u00a0"))
    _listed(draft, chance, lambda choice, is_picked: para(f"{mark if is_picked else ''}{choice.label}"))


def list_with_tick(draft: Draft, chance: random.Random) -> None:
    """All grades typed, a tick behind or before one."""
    before = chance.random() < 0.5
    mark = chance.choice("✓✔☑√")

    def line(choice: Choice, is_picked: bool) -> etree._Element:
        if not is_picked:
            return para(choice.label)
        return para(f"{mark} {choice.label}" if before else f"{choice.label} {mark}")

    _listed(draft, chance, line)


def list_with_wingdings(draft: Draft, chance: random.Random) -> None:
    """A tick from a symbol font, as Word inserts it."""

    def line(choice: Choice, is_picked: bool) -> etree._Element:
        made = para(f"{choice.label} ")
        if is_picked:
            symbol = etree.SubElement(etree.SubElement(made, f"{W}r"), f"{W}sym")
            symbol.set(f"{W}font", "Wingdings")
            symbol.set(f"{W}char", "F0FC")
        return made

    _listed(draft, chance, line)


def list_with_boxes(draft: Draft, chance: random.Random) -> None:
    """A box before each, one of them ticked; a line each, or all in one."""
    for key, choices, picked in (*graded(draft, chance), *asked(draft, chance)):
        lines = [f"{'☒' if choice is picked else '☐'} {choice.label}" for choice in choices]
        retype(draft, key, *([para("   ".join(lines))] if chance.random() < 0.5 else map(para, lines)))
        draft.expected[key] = Right(picked.id)


def list_with_boxes_behind(draft: Draft, chance: random.Random) -> None:
    """ "Yes ☒  No ☐": the box stands behind its word, all in one line or a line each; with tabs, as in forms."""
    ticked, hollow = chance.choice((("☒", "☐"), ("X", "__"), ("✓", ""), ("[x]", "[ ]")))
    gap, between = chance.choice(((" ", "   "), ("\t", "\t"), (" ", "\n"), ("\t", "\n"), (": ", "\n"), (" ", " / ")))
    for key, choices, picked in (*graded(draft, chance), *asked(draft, chance)):
        words = between.join(f"{one.label}{gap}{ticked if one is picked else hollow}" for one in choices)
        retype(draft, key, *(_with_tabs(line) for line in words.split("\n")))
        draft.expected[key] = Right(picked.id)


def _with_tabs(line: str) -> etree._Element:
    made = para()
    for place, piece in enumerate(line.split("\t")):
        if place:
            etree.SubElement(etree.SubElement(made, f"{W}r"), f"{W}tab")
        made.append(run(piece))
    return made


def grades_in_rows(draft: Draft, chance: random.Random) -> None:
    """A small table in the answer, a row a grade, the mark in a column before or behind."""
    before = chance.random() < 0.5
    for key, choices, picked in graded(draft, chance):
        rows = [(one.label, "X" if one is picked else "") for one in choices]
        retype(draft, key, table([row[::-1] for row in rows] if before else rows))
        draft.expected[key] = Right(picked.id)


def list_with_brackets(draft: Draft, chance: random.Random) -> None:
    """Square brackets as boxes."""
    _listed(draft, chance, lambda choice, is_picked: para(f"[{'x' if is_picked else ' '}] {choice.label}"))


def list_with_look(draft: Draft, chance: random.Random) -> None:
    """All grades typed, one highlighted, shaded, bold, underlined or red; in lines, or in one line with strokes."""
    look = chance.choice(("highlight:yellow", "b", "u:single", "color:FF0000", "highlight:green", "shd"))
    in_one = chance.random() < 0.5

    def piece(choice: Choice, is_picked: bool) -> etree._Element:
        made = run(choice.label, *((look,) if is_picked else ()))
        shade = made.find(f"{W}rPr/{W}shd")
        if shade is not None:
            shade.set(f"{W}val", "clear")
            shade.set(f"{W}fill", "FFFF00")
        return made

    for key, choices, picked in (*graded(draft, chance), *asked(draft, chance)):
        pieces = [piece(choice, choice is picked) for choice in choices]
        if in_one:
            line = para(pieces[0])
            for one in pieces[1:]:
                line.extend((run(" / "), one))
            retype(draft, key, line)
        else:
            retype(draft, key, *(para(one) for one in pieces))
        draft.expected[key] = Right(picked.id)


def list_struck(draft: Draft, chance: random.Random) -> None:
    """All grades typed, all but one struck out ("delete as appropriate")."""
    look = chance.choice(("strike", "dstrike"))
    for key, choices, picked in (*graded(draft, chance), *asked(draft, chance)):
        line = para()
        for place, choice in enumerate(choices):
            if place:
                line.append(run(" / "))
            line.append(run(choice.label, *(() if choice is picked else (look,))))
        retype(draft, key, line)
        draft.expected[key] = Right(picked.id)


def second_thoughts_struck(draft: Draft, chance: random.Random) -> None:
    """One grade struck out, another typed behind it."""
    for key, choices, picked in graded(draft, chance):
        old = chance.choice([choice for choice in choices if choice is not picked])
        retype(draft, key, para(run(old.label, "strike"), run(" "), run(picked.label)))
        draft.expected[key] = Right(picked.id)


def list_unmarked(draft: Draft, chance: random.Random) -> None:
    """All grades typed and none marked (or circled with a pen that no reader sees)."""
    for key, choices, _picked in graded(draft, chance):
        retype(draft, key, *(para(choice.label) for choice in choices))
        draft.expected[key] = Missing(or_asked=True)


def list_boxes_unticked(draft: Draft, chance: random.Random) -> None:
    """A box before each and none ticked."""
    for key, choices, _picked in graded(draft, chance):
        retype(draft, key, *(para(f"☐ {choice.label}") for choice in choices))
        draft.expected[key] = Missing(or_asked=True)


def double_ticked(draft: Draft, chance: random.Random) -> None:
    """Two grades marked alike."""
    kind = chance.choice(("x", "box", "bold", "all bold but one struck"))
    for key, choices, _picked in graded(draft, chance):
        two = chance.sample(choices, 2)
        lines = []
        for choice in choices:
            if kind == "x":
                lines.append(para(f"{'x ' if choice in two else ''}{choice.label}"))
            elif kind == "box":
                lines.append(para(f"{'☒' if choice in two else '☐'} {choice.label}"))
            else:
                lines.append(para(run(choice.label, *(("b",) if choice in two else ()))))
        retype(draft, key, *lines)
        draft.expected[key] = Ask(tuple(choice.id for choice in two))


def a_second_grade_beside(draft: Draft, chance: random.Random) -> None:
    """A grade picked in the list, and another typed in the same cell."""
    for key, choices, picked in graded(draft, chance):
        other = chance.choice([choice for choice in choices if choice is not picked])
        draft.write(key, picked.label)
        add(draft.cell(key), para(other.label))
        draft.expected[key] = Ask((picked.id, other.id))


def marked_among_the_meanings(draft: Draft, chance: random.Random) -> None:
    """The grade highlighted in the printed list on the left, the answer left empty."""
    look = chance.choice(("highlight:yellow", "highlight:cyan", "b"))
    for key, _choices, picked in graded(draft, chance):
        draft.clear(key)
        for line in draft.label(key).findall(f"{W}p")[1:]:
            words = said(line)
            if picked.label in words and words.lstrip("★✓▲✕○\t ").split(":")[0] == picked.label:
                for one in line.findall(f"{W}r"):
                    _look(one, look)
        draft.expected[key] = Right(picked.id)


def _look(one: etree._Element, look: str) -> None:
    properties = one.find(f"{W}rPr")
    if properties is None:
        properties = etree.Element(f"{W}rPr")
        one.insert(0, properties)
    name, _, value = look.partition(":")
    etree.SubElement(properties, f"{W}{name}").attrib.update({f"{W}val": value} if value else {})


def grade_columns(draft: Draft, chance: random.Random) -> None:
    """The grade as a table with a column a grade: the mark's column is the answer."""
    _columns(draft, chance, 1)


def grade_columns_twice(draft: Draft, chance: random.Random) -> None:
    """The same with two columns marked."""
    _columns(draft, chance, 2)


def _columns(draft: Draft, chance: random.Random, marks: int) -> None:
    for key, choices, _picked in graded(draft, chance, most=3):
        ticked = chance.sample(choices, marks)
        mark = chance.choice(("X", "x", "✓", "✔", "☒"))
        label = draft.step_and_field(key)[1].label
        rows = [
            (label, *(choice.label for choice in choices)),
            ("", *(mark if choice in ticked else "" for choice in choices)),
        ]
        _out_of_its_table(draft, key, table(rows))
        draft.expected[key] = Right(ticked[0].id) if marks == 1 else Ask(tuple(one.id for one in ticked))


def _out_of_its_table(draft: Draft, key: layout.Key, other: etree._Element) -> None:
    """A row taken out, and another table put below the one that it stood in."""
    row, around = draft.row(key), draft.table(key)
    row.getparent().remove(row)
    after = para()
    around.addnext(after)
    after.addnext(other)
    other.addnext(para())
    if len(around.findall(f"{W}tr")) < 2:
        around.getparent().remove(around)


def yes_no_columns(draft: Draft, chance: random.Random) -> None:
    """All checks of a section as one table: "Quality standard, YES (tick), NO (tick), COMMENTS"."""
    for step in draft.tool.steps:
        keys = [key for key in draft.keys(FieldKind.CHOICE) if key[0] == step.id and key[1].startswith("check_")]
        if not keys:
            continue
        choices = draft.step_and_field(keys[0])[1].choices
        keys = [key for key in keys if draft.step_and_field(key)[1].choices == choices]
        heads = [choice.label.upper() + chance.choice((" (tick)", "")) for choice in choices]
        rows = [("Quality standard", *heads, "Remarks")]
        mark = chance.choice(("✓", "X", "√", "yes", "✔"))
        for key in keys:
            picked = chance.choice(choices)
            rows.append((draft.step_and_field(key)[1].label, *(mark if one is picked else "" for one in choices), ""))
            draft.expected[key] = Right(picked.id)
        for key in keys[1:]:
            row = draft.row(key)
            row.getparent().remove(row)
        _out_of_its_table(draft, keys[0], table(rows))


def columns_inside_the_answer(draft: Draft, chance: random.Random) -> None:
    """A small table inside the answer's own cell, a column a grade."""
    for key, choices, picked in graded(draft, chance, most=3):
        rows = [[choice.label for choice in choices], ["X" if choice is picked else "" for choice in choices]]
        retype(draft, key, table(rows))
        draft.expected[key] = Right(picked.id)


EVERY: dict[str, Damage] = {
    "list, X": list_with_x,
    "list, tick": list_with_tick,
    "list, tick of a symbol font": list_with_wingdings,
    "list, boxes": list_with_boxes,
    "list, brackets": list_with_brackets,
    "list, boxes behind": list_with_boxes_behind,
    "rows, a grade each": grades_in_rows,
    "list, highlighted or bold": list_with_look,
    "list, others struck out": list_struck,
    "list, none marked": list_unmarked,
    "list, no box ticked": list_boxes_unticked,
    "struck out and replaced": second_thoughts_struck,
    "double-ticked": double_ticked,
    "second grade beside": a_second_grade_beside,
    "highlighted on the left": marked_among_the_meanings,
    "column a grade": grade_columns,
    "column a grade, two marked": grade_columns_twice,
    "yes and no columns": yes_no_columns,
    "columns in the answer": columns_inside_the_answer,
}
