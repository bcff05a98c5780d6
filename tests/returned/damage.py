"""What people do to a tool: rows, labels, headings and sections moved, answers written where they were not asked."""

from __future__ import annotations

import copy
import random
from itertools import pairwise

from lxml import etree

from audit.tools import FieldKind, Step
from documents import layout
from tests.documents.filling import W
from tests.returned import marks
from tests.returned.content import empty_section
from tests.returned.draft import NOT_RELEVANT, Ask, Draft, Missing, Right, add, para, run, said, table, wipe
from tests.returned.editors import in_text_box
from tests.returned.marks import Damage, graded

REMARK = "For the QA team: the family moved in May, please read with that in mind."


def some(draft: Draft, chance: random.Random, *kinds: FieldKind, most: int = 4) -> list[layout.Key]:
    keys = draft.keys(*kinds)
    return sorted(chance.sample(keys, min(most, len(keys))))


def any_section(draft: Draft, chance: random.Random) -> Step:
    return chance.choice(draft.tool.sections)


def fields_of(draft: Draft, step: Step) -> list[layout.Key]:
    return [(step.id, one.id) for one in step.fields]


LOOSE = (FieldKind.GRADE, FieldKind.CHOICE, FieldKind.TEXT, FieldKind.LINE, FieldKind.DATE)


def row_inserted(draft: Draft, chance: random.Random) -> None:
    """A row of the auditor's own between two others: with a label, or right across."""
    row = draft.row(chance.choice(draft.keys(FieldKind.GRADE, answered=False)))
    across = chance.random() < 0.5
    other = table([[REMARK]] if across else [["Note", REMARK]]).find(f"{W}tr")
    if across:
        properties = etree.Element(f"{W}tcPr")
        etree.SubElement(properties, f"{W}gridSpan").set(f"{W}val", "2")
        other.find(f"{W}tc").insert(0, properties)
    row.addnext(other)
    draft.remarks.append(REMARK)


def rows_merged(draft: Draft, chance: random.Random) -> None:
    """Two rows made one: both labels on the left, both answers on the right. Who is sure, may be; who asks, may ask."""
    step = chance.choice([step for step in draft.tool.sections if len(step.fields) > 1])
    keys = [key for key in fields_of(draft, step) if key in draft.keys(*LOOSE)]
    for first, second in pairwise(keys):
        upper, lower = draft.row(first), draft.row(second)
        if upper.getnext() is not lower:
            continue
        for one, other in zip(upper.findall(f"{W}tc"), lower.findall(f"{W}tc"), strict=True):
            one.extend(child for child in list(other) if child.tag != f"{W}tcPr")
        lower.getparent().remove(lower)
        for key in (first, second):
            right = draft.expected[key]
            words = (right.value,) if draft.step_and_field(key)[1].kind is FieldKind.TEXT else ()
            draft.expected[key] = Ask((), words, or_right=right.value)
        return


def label_slips(draft: Draft, chance: random.Random) -> None:
    """Labels with a typing slip, a number, another case, or a colon."""
    for key in some(draft, chance, *LOOSE, most=8):
        texts = list(draft.label(key).find(f"{W}p").iter(f"{W}t"))
        words = said(draft.label(key).find(f"{W}p"))
        place = len(words) // 2
        changed = chance.choice(
            (
                words[:place] + words[place + 1 : place + 2] + words[place : place + 1] + words[place + 2 :],
                f"{chance.randint(1, 9)}. {words}", f"{words}:", words.upper(), f"{chance.choice('abc')}) {words}",
                words.replace(" ", "\u00a0"), f" {words}  ", f"1.{chance.randint(1, 9)} {words}",
            )
        )  # fmt: skip
        texts[0].text = changed
        for one in texts[1:]:
            one.text = ""


def label_words(draft: Draft, chance: random.Random) -> None:
    """Labels with words added in the same line or in a line before."""
    for key in some(draft, chance, *LOOSE, most=6):
        paragraph = draft.label(key).find(f"{W}p")
        how = chance.randrange(3)
        if how == 0:
            paragraph.append(run(chance.choice((" (please)", " *", " – see guidance", " (QA)"))))
        elif how == 1:
            paragraph.addprevious(para(chance.choice(("", "Required", "*"))))
        else:
            paragraph.addnext(para("Please write in full sentences."))


def heading_renumbered(draft: Draft, chance: random.Random) -> None:
    """Headings with other numbers, or none."""
    for place, step in enumerate(draft.tool.steps, 2):
        heading = draft.heading(step)
        text = next(heading.iter(f"{W}t"))
        text.text = chance.choice((f"{place}. {step.title}", step.title, f"Section {place}: {step.title}"))


def heading_restyled(draft: Draft, chance: random.Random) -> None:
    """Headings as plain bold words."""
    for step in draft.tool.steps:
        if chance.random() < 0.6:
            heading = draft.heading(step)
            heading.remove(heading.find(f"{W}pPr"))
            for one in list(heading.findall(f"{W}r")):
                one.addprevious(run(said(one), "b"))
                heading.remove(one)


def heading_in_a_row(draft: Draft, chance: random.Random) -> None:
    """A heading pulled into the table as its first row."""
    for step in chance.sample(draft.tool.sections, 2):
        blocks = draft.section(step)
        around = next(block for block in blocks if block.tag == f"{W}tbl")
        row = table([[para(run(said(blocks[0]), "b"))]]).find(f"{W}tr")
        around.find(f"{W}tr").addprevious(row)
        blocks[0].getparent().remove(blocks[0])


def heading_gone(draft: Draft, chance: random.Random) -> None:
    """A heading deleted, its table left.

    On the page it now belongs to the section before, whose labels it repeats: only the order and marks that nobody sees
    tell them apart. Whoever reads it right may; a colleague who asks about either section is right to.
    """
    step = chance.choice(draft.tool.sections[1:])
    before = draft.tool.before(step.id)
    draft.heading(step).getparent().remove(draft.heading(step))
    for key in (*fields_of(draft, step), *fields_of(draft, before)):
        right = draft.expected[key]
        if isinstance(right, Right):
            draft.expected[key] = Ask((), (), or_right=right.value)


def section_deleted(draft: Draft, chance: random.Random) -> None:
    """A section that the auditor had no use for."""
    step = any_section(draft, chance)
    for block in draft.section(step):
        block.getparent().remove(block)
    for key in fields_of(draft, step):
        draft.expected[key] = Missing()
    if step.may_be_not_relevant:
        draft.expected[step.id, NOT_RELEVANT] = Missing()


def section_moved(draft: Draft, chance: random.Random) -> None:
    """A section at another place, whole."""
    step, other = chance.sample(draft.tool.sections, 2)
    blocks = draft.section(step)
    target = draft.heading(other)
    for block in blocks:
        target.addprevious(block)


def _copied(draft: Draft, step: Step) -> list[etree._Element]:
    """A copy behind a section; like Word's, without a second bookmark of the same name."""
    blocks = draft.section(step)
    copies = [copy.deepcopy(block) for block in blocks]
    for one in reversed(copies):
        blocks[-1].addnext(one)
    for one in copies:
        for mark in list(one.iter(f"{W}bookmarkStart", f"{W}bookmarkEnd")):
            mark.getparent().remove(mark)
    return copies


def section_twice_blank(draft: Draft, chance: random.Random) -> None:
    """A section that stands twice, blank once and filled once."""
    step = any_section(draft, chance)
    copies = _copied(draft, step)
    first, second = draft.section(step), copies
    if chance.random() < 0.5:
        _emptied(draft, step, second)
    else:
        _emptied(draft, step, first)


def _emptied(draft: Draft, step: Step, blocks: list[etree._Element]) -> None:
    """These blocks without answers; the expectations stay."""
    body = etree.Element("body")
    places = [(block, block.getprevious(), block.getparent()) for block in blocks]
    body.extend(blocks)
    empty_section(Draft(draft.tool, body), step)
    for block, before, parent in places:
        before.addnext(block) if before is not None else parent.insert(0, block)


def section_twice_different(draft: Draft, chance: random.Random) -> None:
    """A section that stands twice with different answers: which stands?"""
    step = chance.choice(
        [step for step in draft.tool.sections if any(one.kind is FieldKind.GRADE for one in step.fields)]
    )
    copies = _copied(draft, step)
    body = etree.Element("body")
    places = [(block, block.getprevious()) for block in copies]
    body.extend(copies)
    other = Draft(draft.tool, body)
    for one in step.fields:
        key = step.id, one.id
        right = draft.expected[key]
        if one.kind is FieldKind.GRADE:
            second = chance.choice([choice for choice in one.choices if choice.id != right.value])
            other.write(key, second.label)
            draft.expected[key] = Ask((right.value, second.id))
        elif one.kind is FieldKind.TEXT:
            other.write(key, "On second thoughts, there is more to say here.")
            draft.expected[key] = Ask((), (right.value, "On second thoughts, there is more to say here."))
    for block, before in places:
        before.addnext(block)


def table_in_two(draft: Draft, chance: random.Random) -> None:
    """A table torn in two, with an empty line between."""
    for step in chance.sample(draft.tool.sections, 2):
        around = next(block for block in draft.section(step) if block.tag == f"{W}tbl")
        rows = around.findall(f"{W}tr")
        if len(rows) < 3:
            continue
        other = copy.deepcopy(around)
        for row in other.findall(f"{W}tr"):
            other.remove(row)
        other.extend(rows[len(rows) // 2 + 1 :])
        around.addnext(other)
        around.addnext(para())


def third_column(draft: Draft, chance: random.Random) -> None:
    """A column added on the right, for somebody else's remarks."""
    step = any_section(draft, chance)
    around = next(block for block in draft.section(step) if block.tag == f"{W}tbl")
    for place, row in enumerate(around.findall(f"{W}tr")):
        words = "QA only" if place == 0 else REMARK if place == 1 else ""
        row.append(table([[words]]).find(f"{W}tr/{W}tc"))
    draft.remarks.append(REMARK)


def header_row_gone(draft: Draft, chance: random.Random) -> None:
    """The rows that say "Question" and "Your answer" deleted."""
    for step in draft.tool.sections:
        around = next(block for block in draft.section(step) if block.tag == f"{W}tbl")
        around.remove(around.find(f"{W}tr"))


def to_paragraphs(draft: Draft, chance: random.Random) -> None:
    """Tables turned into text: the label, then the answer, in paragraphs."""
    for step in chance.sample(draft.tool.sections, min(3, len(draft.tool.sections))):
        for around in [block for block in draft.section(step) if block.tag == f"{W}tbl"]:
            for row in around.findall(f"{W}tr"):
                for cell in row.findall(f"{W}tc"):
                    for child in list(cell):
                        if child.tag != f"{W}tcPr":
                            around.addprevious(child)
            around.getparent().remove(around)


def one_column(draft: Draft, chance: random.Random) -> None:
    """Everything pasted into a single column: a row for the label, a row for the answer."""
    for step in chance.sample(draft.tool.sections, min(3, len(draft.tool.sections))):
        for around in [block for block in draft.section(step) if block.tag == f"{W}tbl"]:
            for row in around.findall(f"{W}tr"):
                _first, *rest = row.findall(f"{W}tc")
                for cell in reversed(rest):
                    below = etree.Element(f"{W}tr")
                    row.addnext(below)
                    below.append(cell)


def bookmark_moved(draft: Draft, chance: random.Random) -> None:
    """A hidden mark dragged into another cell with some text. The page is right, the marks are not: asking is fair."""
    keys = some(draft, chance, FieldKind.GRADE, most=2)
    if len(keys) < 2:
        return
    cells = [draft.cell(key) for key in keys]
    starts = [cell.find(f".//{W}bookmarkStart") for cell in cells]
    names = [start.get(f"{W}name") for start in starts]
    for start, name in zip(starts, reversed(names), strict=True):
        start.set(f"{W}name", name)
    for key in keys:
        draft.expected[key] = Ask((), (), or_right=draft.expected[key].value)


def in_the_label(draft: Draft, chance: random.Random) -> None:
    """The answer typed below the label, in the left cell; the right one left as it came."""
    for key in some(draft, chance, FieldKind.GRADE, FieldKind.TEXT, FieldKind.CHOICE, most=4):
        words = said_by(draft, key)
        draft.clear(key)
        add(draft.label(key), *(para(line) for line in words.split("\n")))


def in_the_row_below(draft: Draft, chance: random.Random) -> None:
    """The answer typed in a new row below, right across or on the right; the row above left as it came."""
    for key in some(draft, chance, FieldKind.GRADE, FieldKind.TEXT, most=3):
        words = said_by(draft, key)
        draft.clear(key)
        across = chance.random() < 0.5
        below = table([[words]] if across else [["", words]]).find(f"{W}tr")
        draft.row(key).addnext(below)


def below_the_table(draft: Draft, chance: random.Random) -> None:
    """The comment typed below the table. It is the comment, or it is asked about; it is never thrown away."""
    for step in chance.sample(draft.tool.sections, min(2, len(draft.tool.sections))):
        comment = next((one for one in step.fields if one.id == "comment"), None)
        if comment is None:
            continue
        key = step.id, comment.id
        words = said_by(draft, key)
        draft.clear(key)
        draft.table(key).addnext(para(words))
        draft.expected[key] = Ask((), (words,), or_right=words)


def in_the_heading(draft: Draft, chance: random.Random) -> None:
    """The grade typed behind the heading, its own place left empty."""
    for key, _choices, picked in graded(draft, chance, most=2):
        step, _ = draft.step_and_field(key)
        if step.closing:
            continue
        draft.clear(key)
        draft.heading(step).append(run(f" – {picked.label}"))
        draft.expected[key] = Ask((picked.id,), (), or_right=picked.id)


def said_by(draft: Draft, key: layout.Key) -> str:
    """What stands in a field's control, with its line breaks, a line a paragraph."""
    content = draft.control(key).find(f"{W}sdtContent")
    pieces = ["\n" if node.tag in (f"{W}br", f"{W}p") else node.text or "" for node in content.iter(*_SAID)]
    return "".join(pieces).strip("\n")


_SAID = (f"{W}t", f"{W}br", f"{W}p")


def in_a_text_box(draft: Draft, chance: random.Random) -> None:
    """Comments written into text boxes that were drawn in their cells."""
    for key in some(draft, chance, FieldKind.TEXT, most=4):
        words = said_by(draft, key)
        cell = draft.cell(key)
        keep = chance.random() < 0.5
        if keep:
            draft.clear(key)
        else:
            wipe(cell)
        in_text_box(cell, [para(line) for line in words.split("\n")])


def tracked(draft: Draft, chance: random.Random) -> None:
    """Changes kept as such: a grade and some words replaced, a paragraph added."""
    for key, _choices, picked in graded(draft, chance, most=3):
        content = draft.control(key).find(f"{W}sdtContent")
        old = said(content)
        for child in list(content):
            content.remove(child)
        content.extend((change("del", old), change("ins", picked.label)))
        draft.expected[key] = Right(picked.id)
    for key in some(draft, chance, FieldKind.TEXT, most=3):
        content = draft.control(key).find(f"{W}sdtContent")
        first = content.find(f".//{W}r")
        first.addprevious(change("del", "This was badly put. "))
        first.addprevious(change("ins", "In short: "))
        draft.expected[key] = Right(f"In short: {draft.expected[key].value}")


def change(kind: str, words: str) -> etree._Element:
    """Words put in ("ins") or taken out ("del"), with changes tracked."""
    made = etree.Element(f"{W}{kind}")
    made.set(f"{W}id", "9001")
    made.set(f"{W}author", "Sam Reed")
    made.set(f"{W}date", "2026-12-01T10:00:00Z")
    one = run(words)
    if kind == "del":
        for text in one.iter(f"{W}t"):
            text.tag = f"{W}delText"
    made.append(one)
    return made


def margin_comment(draft: Draft, chance: random.Random) -> None:
    """Comments in the margin. They are passed on and are no answers; one that names a grade may be asked about."""
    keys = some(draft, chance, FieldKind.GRADE, most=3)
    doubts = chance.random() < 0.5
    words = "Should this not be inadequate? Please look again." if doubts else "Please add where you found this."
    entries = ""
    for place, key in enumerate(keys):
        paragraph = draft.control(key).getparent()
        reference = etree.SubElement(etree.SubElement(paragraph, f"{W}r"), f"{W}commentReference")
        reference.set(f"{W}id", str(place))
        entries += (
            f'<w:comment w:id="{place}" w:author="Team manager" w:initials="TM">'
            f"<w:p><w:r><w:t>{words}</w:t></w:r></w:p></w:comment>"
        )
        if doubts:
            draft.expected[key] = Ask((), (), or_right=draft.expected[key].value)
    if chance.random() < 0.5 and keys:
        draft.clear(keys[0])
        draft.expected[keys[0]] = Missing(or_asked=True)
    add_part(draft, "comments", f'<w:comments xmlns:w="{W[1:-1]}">{entries}</w:comments>')
    draft.remarks.append(words)


def add_part(draft: Draft, kind: str, content: str) -> None:
    """A part that belongs to the text: named in the list of types and among its relations."""
    types, relations = "[Content_Types].xml", "word/_rels/document.xml.rels"
    word = "application/vnd.openxmlformats-officedocument.wordprocessingml"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    draft.parts[f"word/{kind}.xml"] = content.encode()
    entry = f'<Override PartName="/word/{kind}.xml" ContentType="{word}.{kind}+xml"/></Types>'
    draft.parts[types] = draft.part(types).replace(b"</Types>", entry.encode())
    entry = f'<Relationship Id="rIdX{kind}" Type="{office}/{kind}" Target="{kind}.xml"/></Relationships>'
    draft.parts[relations] = draft.part(relations).replace(b"</Relationships>", entry.encode())


def old_footer(draft: Draft, chance: random.Random) -> None:
    """A copy of last quarter's file: its footer names another audit. Every field is read; whose it is, is asked."""
    draft.parts["word/footer1.xml"] = draft.part("word/footer1.xml").replace(b"AB-0417", b"AB-0399")
    draft.references = ("AB-0417", "AB-0399")


def in_red(draft: Draft, chance: random.Random) -> None:
    """Answers in red beside each placeholder, as some people mark what is theirs."""
    hollow = layout.placeholders(draft.tool)
    for key in draft.keys(*LOOSE, grids=True):
        words = said_by(draft, key)
        if words == hollow[key]:
            continue
        control = draft.control(key)
        draft.clear(key)
        answer = run(f" {words}", "color:FF0000")
        control.addnext(answer if control.getparent().tag == f"{W}p" else para(answer))


def answer_after_label(draft: Draft, chance: random.Random) -> None:
    """The answer typed behind the label, in its line: "Evidence: case note of May"."""
    for key in some(draft, chance, FieldKind.TEXT, most=3):
        words = said_by(draft, key)
        if not words[:1].isalnum():
            continue  # a dash of a list cannot be told from one after the label
        draft.clear(key)
        label = draft.label(key).find(f"{W}p")
        label.append(run(f": {words}"))


EVERY: dict[str, Damage] = {
    "row inserted": row_inserted,
    "rows merged": rows_merged,
    "slips in labels": label_slips,
    "words added to labels": label_words,
    "headings renumbered": heading_renumbered,
    "headings in plain bold": heading_restyled,
    "heading pulled into the table": heading_in_a_row,
    "heading deleted": heading_gone,
    "section deleted": section_deleted,
    "section moved": section_moved,
    "section twice, one blank": section_twice_blank,
    "section twice, both filled": section_twice_different,
    "table torn in two": table_in_two,
    "column added": third_column,
    "header row deleted": header_row_gone,
    "tables turned to text": to_paragraphs,
    "one column": one_column,
    "bookmarks moved": bookmark_moved,
    "answer in the left cell": in_the_label,
    "answer behind the label": answer_after_label,
    "answer in the row below": in_the_row_below,
    "comment below the table": below_the_table,
    "grade in the heading": in_the_heading,
    "text boxes": in_a_text_box,
    "tracked changes": tracked,
    "margin comments": margin_comment,
    "old reference in the footer": old_footer,
    "in red beside placeholders": in_red,
    **marks.EVERY,
}
