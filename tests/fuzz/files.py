"""Files of strangers: vetted, opened, read; and what a reading child says that may have been taken over."""

from __future__ import annotations

import contextlib
import json
import random
import socket
import struct
import time
from typing import Any

from lxml import etree

from documents import guard, returned_tool
from documents.frames import Broken
from documents.guard import Kind
from documents.reading_room import _Conversation
from documents.returned_tool import scan
from documents.returned_tool.as_data import NotAsAsked
from tests.documents.filling import BODY, W
from tests.fuzz import damage, oracle, seeds
from tests.fuzz.oracle import stretched
from tests.fuzz.seeds import PREFIX, TINY

NAMES = ("tool.docx", "tool.docm", "tool.doc", "tool.odt", "tool.rtf", "tool.pdf", "tool.png", "tools.zip", "tool", "")
MANY = 20_000
"""How many elements are made of a few, now and then."""


def vetting(data: bytes) -> None:
    """The first byte picks a name."""
    name, content = NAMES[data[0] % len(NAMES)] if data else "", data[1:]

    def work() -> None:
        match guard.kind(content, name):
            case Kind.WORD:
                guard.vet(content, name)
            case Kind.PDF:
                guard.vet_pdf(content)
            case Kind.PICTURE:
                guard.vet_picture(content)
            case Kind.ARCHIVE:
                guard.vet_archive(content)
            case found if found in guard.LETTERS:
                guard.vet_letter(content, found)
            case found:
                guard.vet_for_conversion(content, found)

    oracle.refused_or(work)


def vetting_begins() -> list[bytes]:
    word = seeds.word_files()[0]
    picture = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10\0\0\0\x10\x08\x02\0\0\0\0\0\0\0\0\0\0\0IEND\xaeB`\x82"
    jpeg = b'\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xc0\0\x11\x08\0\x10\0\x10\x03\x01"\0\xff\xd9'
    tiff = b"II*\0\x08\0\0\0\x02\0\0\x01\x03\0\x01\0\0\0\x10\0\0\0\x01\x01\x03\0\x01\0\0\0\x10\0\0\0\0\0\0\0"
    odt = damage.zipped(
        {
            "mimetype": b"application/vnd.oasis.opendocument.text",
            "content.xml": b'<o:document-content xmlns:o="urn:o"><a l:href="x" xmlns:l="y"/></o:document-content>',
            "META-INF/manifest.xml": b"<m/>",
        }
    )
    pdf = b"%PDF-1.7\n1 0 obj<</Pages 2 0 R>>endobj 2 0 obj<</Kids[]/Count 0>>endobj trailer<</Root 1 0 R>>\n%%EOF"
    rtf = rb"{\rtf1\ansi{\fonttbl\f0 Arial;}{\field{\*\fldinst INCLUDEPICTURE http://x}}\bin4 abcd Good\par}"
    ole = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 504 + "WordDocument".encode("utf-16-le")
    files = {
        0: word,
        3: odt,
        4: rtf,
        5: pdf,
        6: picture,
        7: damage.zipped({"tool.docx": word[:300]}),
        2: ole,
        8: jpeg,
        9: tiff,
    }
    return [bytes((place,)) + content for place, content in files.items()]


def vetting_mutates(data: bytes, most: int, seed: int) -> bytes:
    chance = random.Random(seed)
    if data[1:3] == b"PK" and chance.random() < 0.6:
        return data[:1] + damage.damaged_zip(data[1:], most - 1, seed)
    return damage.damaged_bytes(data, most, chance)


def word(data: bytes) -> None:
    """A whole Word file."""
    oracle.refused_or(lambda: read_well(data))


def layers(data: bytes) -> None:
    """The text of a Word file, in a package that is always sound."""
    oracle.refused_or(
        lambda: read_well(damage.zipped({**seeds.around(), BODY: many(data) if stretched(data) else data}))
    )


def read_well(data: bytes) -> None:
    reading = returned_tool.read(data, "tool.docx", lambda *_: TINY, PREFIX)
    oracle.well_read(reading, visible(data))


def visible(data: bytes) -> str:
    """Every text of the package but what was deleted, as nobody's reader would put it together."""
    said: list[str] = []
    for name, content in guard.vet(data, "tool.docx").items():
        if name.endswith(".xml") and name.startswith("word/"):
            root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True, recover=True))
            if root is None:
                continue
            etree.strip_elements(root, f"{W}del", f"{W}moveFrom", etree.Comment, with_tail=False)
            said += root.itertext()
    return "".join(said)


def many(content: bytes) -> bytes:
    """The children of the body over and over, as long as they are well-formed."""
    start, end = content.find(b"<w:body>"), content.rfind(b"</w:body>")
    inner = content[start + 8 : end]
    tags = inner.count(b"<")
    if start < 0 or end < start or not tags:
        return content
    return content[: start + 8] + inner * min(MANY // tags + 1, 7_000_000 // len(inner)) + content[end:]


def xml_mutates(data: bytes, most: int, seed: int) -> bytes:
    new = damage.damaged_xml(data, random.Random(seed))
    return new if len(new) <= most else data[:most]


# PDFs


def pdf(data: bytes) -> None:
    """A whole PDF: its form and its pages."""

    def work() -> None:
        reading = returned_tool.read(data, "tool.pdf", lambda *_: TINY, PREFIX)
        if reading.tool:
            oracle.well_read_fields(reading.fields, reading.tool, "", named=False)

    oracle.refused_or(work)


def pdf_mutates(data: bytes, most: int, seed: int) -> bytes:
    """Lines of a page moved, doubled and changed in a number or a word; bytes now and then."""
    chance = random.Random(seed)
    if chance.random() < 0.25:
        return damage.damaged_bytes(data, most, chance)
    lines = data.split(b"\n")
    for _ in range(chance.randint(1, 5)):
        at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        match chance.randrange(5):
            case 0:
                lines.insert(at, lines[other])
            case 1:
                lines[at], lines[other] = lines[other], lines[at]
            case 2:
                del lines[at]
                lines = lines or [b""]
            case _:
                pieces = lines[at].split(b" ")
                pieces[chance.randrange(len(pieces))] = chance.choice(PIECES)
                lines[at] = b" ".join(pieces)
    return b"\n".join(lines)[:most]


PIECES = (
    b"0", b"-1", b"1e30", b"-99999999999", b"0.0001", b"700", b"(Good)", b"(X)", b"(Grade)", b"(1 Planning)", b"()",
    b"Tj", b"Td", b"re", b"cm", b"q", b"Q", b"BT", b"ET", b"Tm", b"Do", b"/F1", b"null", b"true", b"1 0 R", b"4 0 R",
    b"99 0 R", b"<<", b">>", b"[", b"]", b"/Off", b"/Yes", b"/AcroForm", b"/JavaScript", b"/OpenAction", b"/Launch",
    b"/Parent", b"/Kids", b"obj", b"endobj", b"stream", b"\xfe\xff\x00G\xd8\x00", b"<FEFFD800>", b"/Length",
    b"/Filter/FlateDecode", b"/Encrypt", b"(AB-0417)", b"(tiny/1)",
)  # fmt: skip


# pictures of pages


def scanned(data: bytes) -> None:
    """What the program that recognises words says of pictures. Nothing in it is ever taken unasked."""

    def work() -> None:
        reading = returned_tool.read_source(scan.from_tables(data), "", lambda *_: TINY, PREFIX)
        oracle.well_read_fields(reading.fields, TINY, "", named=False)
        taken = [read for read in reading.fields if read.state == "read"]
        if taken:
            raise oracle.Invented(f"taken from a picture: {taken[0]!r}")

    oracle.refused_or(work)


def scan_begins() -> list[bytes]:
    """The words of the page in rows, as if they had been recognised."""
    rows = ["level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext"]
    rows.append("1\t1\t0\t0\t0\t0\t0\t0\t1650\t2340\t-1\t")
    for place, (left, y, said) in enumerate(seeds.lines_on_page(), 1):
        for word in said.split():
            wide = 14 * len(word)
            rows.append(f"5\t1\t{place}\t1\t1\t1\t{left}\t{y}\t{wide}\t24\t91.5\t{word}")
            left += wide + 12
    one = "\n".join(rows).encode()
    return [one, one + b"\f" + one]


def scan_mutates(data: bytes, most: int, seed: int) -> bytes:
    """Cells changed, rows moved, doubled and taken out."""
    chance = random.Random(seed)
    rows = data.split(b"\n")
    for _ in range(chance.randint(1, 6)):
        at, other = chance.randrange(len(rows)), chance.randrange(len(rows))
        match chance.randrange(6):
            case 0:
                rows.insert(at, rows[other])
            case 1:
                del rows[at]
                rows = rows or [b""]
            case 2:
                rows[at], rows[other] = rows[other], rows[at]
            case _:
                cells = rows[at].split(b"\t")
                cells[chance.randrange(len(cells))] = chance.choice(CELLS)
                rows[at] = b"\t".join(cells)
    return b"\n".join(rows)[:most]


CELLS = (b"0", b"-1", b"nan", b"inf", b"-inf", b"1e308", b"99999999999999999999", b"1_0", b"\xd9\xa3", b"5", b"1", b"2",
         b"", b"Good", b"Grade", b"Inadequate", b"Planning", b"100", b"0.5", b"\xff", b"X", b"AB-0417")  # fmt: skip


# what a child says


def child(data: bytes) -> None:
    """Whatever comes over the wire: an answer that fits the tool, or none."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(data[:150_000])
        theirs.shutdown(socket.SHUT_WR)
        talk = _Conversation(ours, 16_000_000, time.monotonic() + 5)
        with contextlib.suppress(Broken, NotAsAsked):
            read = talk.about("0", b"PK", "file.docx", PREFIX, lambda _who: (TINY,), False).read
            oracle.storable(read.unreadable, read.fault)
            for reading in read.readings:
                oracle.well_read_fields(reading.fields, TINY, "", named=False, explained=False)


def framed(*said: Any) -> bytes:
    return b"".join(struct.pack(">I", len(one)) + one for one in (json.dumps(each).encode() for each in said))


def child_begins() -> list[bytes]:
    """What honest children say."""
    from documents.returned_tool import as_data

    begins = [framed({"unreadable": "it is empty."}), framed({"over": "memory"}), framed({"convert": "RICH_TEXT"}),
              framed({"fault": "ValueError at prose:12"}), framed({"files": [".docx"]}) + framed("x"),
              framed({"pictures": 1}) + framed("x")]  # fmt: skip
    for file in seeds.word_files()[:2]:
        reading = returned_tool.read(file, "tool.docx", lambda *_: TINY, PREFIX)
        who = as_data.identity_as_data(reading.identity)
        begins.append(framed({"identity": who}, {"readings": [as_data.reading_as_data(reading)]}))
    return begins


def child_mutates(data: bytes, most: int, seed: int) -> bytes:
    """JSON with its values swapped for others, in frames that are mostly right."""
    chance = random.Random(seed)
    said: list[Any] = []
    place = 0
    while place + 4 <= len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        with contextlib.suppress(ValueError, RecursionError):
            said.append(json.loads(data[place + 4 : place + 4 + length]))
        place += 4 + length
    if not said or chance.random() < 0.15:
        return damage.damaged_bytes(data, most, chance)
    at = chance.randrange(len(said))
    said[at] = _changed(said[at], chance)
    return framed(*said)[:most]


ODD = (
    None, True, 0, -1, 1e300, "", "x", "Good", "good", "read", "unsure", "missing", "control", "2026-12-18", "20261218",
    "2026-W01-1", "\0", "\ud800", "\u202e", [], {}, [[]], "it is\nnone.", "planning", ["eyes", "eyes"], "9" * 400,
)  # fmt: skip


def _changed(node: Any, chance: random.Random) -> Any:
    if isinstance(node, dict) and node and chance.random() < 0.93:
        key = chance.choice(list(node))
        return {**node, key: _changed(node[key], chance)}
    if isinstance(node, list) and node and chance.random() < 0.93:
        at = chance.randrange(len(node))
        match chance.randrange(8):
            case 0:
                return [*node[:at], *node[at + 1 :]]
            case 1:
                return [*node, node[at]]
            case _:
                return [*node[:at], _changed(node[at], chance), *node[at + 1 :]]
    return chance.choice(ODD)
