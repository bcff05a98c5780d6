"""Damage that knows what it damages: the XML inside a package, the tags and words inside the XML."""

from __future__ import annotations

import copy
import io
import random
import zipfile

from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
WRAPPERS = (f"{W}del", f"{W}ins", f"{W}moveFrom", f"{W}moveTo", f"{W}sdt", f"{W}sdtContent", f"{MC}AlternateContent",
            f"{MC}Choice", f"{MC}Fallback", f"{W}txbxContent", f"{W}hyperlink", f"{W}smartTag", f"{W}p", f"{W}tc",
            f"{W}tr", f"{W}tbl", f"{W}r")  # fmt: skip
MARKS = ("b", "strike", "dstrike", "highlight", "vanish", "u", "shd", "caps")
WORDS = (
    "Good", "Requires improvement", "Inadequate", "Exceeds good", "outstanding", "RI", "Yes", "No", "n/a", "not good",
    "Good?", "Good/RI", "almost good", "Good-", "x", "X", "✓", "☒", "☐", "[x]", "[ ]", "1 Planning", "2 Voice", "Grade",
    "Your answer", "Not relevant here", "18/12/2026", "31/02/2026", "Fri 18 Dec 2026", "\u200b",
    "\u202e", "\xa0", "\ufeff",
    "AB-0417", "AB-0418", "tiny/1", "²", "½", "٣", "ⅷ", "ﬁ", "İ", "ß", "👍", "Choose one grade", "\u0301", "-",
    "1a", "a, c",
)  # fmt: skip
VALUES = ("0", "1", "-1", "99999999999999999999", "true", "", "none", "restart", "FE", "XXXX", "²", "planning.grade",
          "pa_planning_grade", "Heading1", "\u0660")  # fmt: skip


def damaged_zip(data: bytes, most: int, seed: int) -> bytes:
    """A package with one of its parts damaged, taken out, added or renamed, and zipped again."""
    chance = random.Random(seed)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = {one.filename: archive.read(one) for one in archive.infolist()[:40] if one.file_size < 1_000_000}
    except Exception:  # noqa: BLE001 - damaged before: damage it more
        return damaged_bytes(data, most, chance)
    if not parts or chance.random() < 0.08:
        return damaged_bytes(data, most, chance)
    names = list(parts)
    bodies = [name for name in names if name.endswith(("document.xml", "content.xml"))]
    name = chance.choice(bodies) if bodies and chance.random() < 0.75 else chance.choice(names)
    match chance.randrange(20):
        case 0:
            del parts[name]
        case 1:
            parts[chance.choice(("word/footer2.xml", "word/footnotes.xml", "word/comments.xml", "a/../b", "x.bin"))] = (
                parts[name]
            )
        case 2:
            parts[name] = damaged_bytes(parts[name], most, chance)
        case _:
            parts[name] = damaged_xml(parts[name], chance)
    kind = zipfile.ZIP_STORED if chance.random() < 0.9 else zipfile.ZIP_DEFLATED
    new = zipped(parts, kind)
    return new if len(new) <= most else data[:most]


def zipped(parts: dict[str, bytes], kind: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", kind) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content, kind)
    return file.getvalue()


def damaged_bytes(data: bytes, most: int, chance: random.Random) -> bytes:
    new = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(new) + 1)
        match chance.randrange(4):
            case 0:
                new[at : at + chance.randint(1, 60)] = b""
            case 1:
                new[at:at] = chance.randbytes(chance.randint(1, 8))
            case 2:
                new[at : at + 1] = chance.randbytes(1)
            case _:
                start = chance.randrange(len(new) + 1)
                new[at:at] = new[start : start + chance.randint(1, 200)]
    return bytes(new[:most])


def damaged_xml(content: bytes, chance: random.Random) -> bytes:
    """Mostly still XML: elements moved, wrapped, doubled, taken out, their words and attributes changed."""
    try:
        root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    except (etree.XMLSyntaxError, ValueError):
        return damaged_bytes(content, len(content) + 2_000, chance)
    for _ in range(chance.choice((1, 1, 2, 3, 6))):
        nodes = [node for node in root.iter(etree.Element) if node is not root]
        if not nodes:
            break
        _change(chance.choice(nodes), nodes, chance)
    new = etree.tostring(root)
    return damaged_bytes(new, len(new) + 2_000, chance) if chance.random() < 0.05 else new


def _change(node: etree._Element, nodes: list[etree._Element], chance: random.Random) -> None:
    texts = [one for one in nodes if one.tag == f"{W}t"] or [node]
    parent = node.getparent()
    match chance.randrange(14):
        case 0:
            parent.remove(node)
        case 1:
            node.addnext(copy.deepcopy(node))
        case 2:
            _move(node, chance.choice(nodes))
        case 3 | 4 | 5 | 6:
            _say(chance.choice(texts), chance)
        case 7:
            _wrap(node, chance.choice(WRAPPERS), 1 if chance.random() < 0.9 else chance.choice((30, 150, 400)))
        case 8:
            node.tag = chance.choice(
                (*WRAPPERS, f"{W}sym", f"{W}br", f"{W}tab", f"{W}delText", chance.choice(nodes).tag)
            )
        case 9:
            name = chance.choice((*node.attrib, f"{W}val", f"{W}name", f"{W14}val", f"{W}char"))
            node.set(name, chance.choice((*VALUES, chance.choice(nodes).get(f"{W}val", ""))))
        case 10:
            run = chance.choice([one for one in nodes if one.tag == f"{W}r"] or [node])
            etree.SubElement(etree.SubElement(run, f"{W}rPr"), f"{W}{chance.choice(MARKS)}").set(
                f"{W}val", chance.choice(VALUES)
            )
        case 11:
            for _ in range(chance.choice((3, 20, 200))):
                node.addnext(copy.deepcopy(node)) if len(node) < 30 else None
        case 12:
            spans = etree.SubElement(node, f"{W}tcPr")
            etree.SubElement(spans, f"{W}{chance.choice(('gridSpan', 'vMerge', 'hMerge'))}").set(
                f"{W}val", chance.choice(VALUES)
            )
        case _:
            other = chance.choice(nodes)
            if other.getparent() is parent and other is not node:
                place = parent.index(other)
                parent.remove(other)
                parent.insert(parent.index(node), other)
                parent.remove(node)
                parent.insert(min(place, len(parent)), node)


def _move(node: etree._Element, place: etree._Element) -> None:
    if place is not node and node not in place.iterancestors():
        place.append(node)


def _wrap(node: etree._Element, tag: str, deep: int) -> None:
    place = node.getparent().index(node)
    parent = node.getparent()
    outer = inner = etree.Element(tag)
    for _ in range(deep - 1):
        inner = etree.SubElement(inner, tag)
    parent.insert(place, outer)
    inner.append(node)


def _say(node: etree._Element, chance: random.Random) -> None:
    words, old = chance.choice(WORDS), node.text or ""
    at = chance.randrange(len(old) + 1)
    node.text = chance.choice(
        (words, f"{old}{words}", f"{words}{old}", f"{old} {words}", old[:at], old[:at] + words + old[at:], "")
    )
