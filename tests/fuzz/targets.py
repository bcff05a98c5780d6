"""Every door that bytes of strangers come through, each as one function that raises only where something is wrong."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from zlib import crc32

from lxml import etree

from audit import understanding, words
from audit.tools import FieldKind
from documents import guard, returned_tool
from documents.guard import Kind
from mail import bodies, letters
from tests.documents.filling import BODY, W
from tests.fuzz import damage, oracle, seeds
from tests.fuzz.seeds import GRADES, PREFIX, TINY

Mutate = Callable[[bytes, int, int], bytes]
"""Bytes, how many there may be at most, and a seed."""

NAMES = ("tool.docx", "tool.docm", "tool.doc", "tool.odt", "tool.rtf", "tool.pdf", "tool.png", "tools.zip", "tool", "")
LONG = 100_000
"""How long a text is made of a short one, now and then, to see what grows faster than its input."""
MANY = 20_000
"""The same for elements."""


@dataclass(frozen=True)
class Target:
    """`one` is tried with one input; `share` is its part of the time."""

    name: str
    one: Callable[[bytes], None]
    begin: Callable[[], Sequence[bytes]]
    mutate: Mutate | None = None
    most: int = 4_000
    share: int = 1
    words: Sequence[str] = field(default=())


def stretched(data: bytes) -> bool:
    """One input in forty, always the same ones, so that a finding can be repeated."""
    return crc32(data) % 40 == 0


def text_of(data: bytes) -> str:
    text = data.decode("utf-8", "replace")
    if text and stretched(data):
        return (text * (LONG // len(text) + 1))[:LONG]
    return text


# files


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


# letters


def letter(data: bytes) -> None:
    """It never raises, and what it says can be stored."""
    one = letters.parse(data)
    oracle.storable(one.message_id, one.sender, one.subject, one.own, one.text, *one.to, *one.answers)
    oracle.storable(*(file.name for file in one.attachments))
    if not one.sender.isascii() or len(one.message_id) > 1_000:
        raise oracle.Invented(repr(one))


def long_letter(data: bytes) -> None:
    """The body of a letter, as text and as a page."""
    text = text_of(data).replace("\0", "")  # taken out before, where a letter is opened
    oracle.storable(bodies.own_words(text.encode("utf-8", "replace").decode()))
    bodies.own_words(bodies.from_html(text))


def letter_mutates(data: bytes, most: int, seed: int) -> bytes:
    """Lines doubled, moved and cut, besides bytes."""
    chance = random.Random(seed)
    if chance.random() < 0.5:
        return damage.damaged_bytes(data, most, chance)
    lines = data.split(b"\n")
    for _ in range(chance.randint(1, 4)):
        at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        if chance.random() < 0.3 and len(lines) > 1:
            del lines[at]
        else:
            lines.insert(at, lines[min(other, len(lines) - 1)])
    return b"\n".join(lines)[:most]


# words


def meanings(data: bytes) -> None:
    """A grade only where nothing hedges it; a day only where there is one; nothing that takes for ever."""
    text = text_of(data)
    oracle.well_meant(text, GRADES, words.meaning(text, GRADES))
    found = words.meaning(text, GRADES, numbered=True)
    if found.choice and found.choice not in GRADES:
        raise oracle.Invented(repr(found))
    words.day(text)
    words.command(text)
    words.sounds_alarming(text)
    for reference in words.references(text, PREFIX):
        if not (reference.startswith("AB-") and reference[3:].isdigit()):
            raise oracle.Invented(reference)


def understood(data: bytes) -> None:
    """An answer to each kind of question, as it comes in a reply."""
    text = text_of(data)
    oracle_fields = [one for step in TINY.steps for one in step.fields]
    for one in oracle_fields:
        meant = understanding.understand(one, text, one.choices if one.kind is FieldKind.MANY else (), may_pass=True)
        known = {choice.id for choice in one.choices}
        values = (meant.value,) if isinstance(meant.value, str) else meant.value
        if one.choices and meant.value and not set(values) <= known:
            raise oracle.Invented(repr(meant))
        if not meant.clear and not meant.why.endswith("."):
            raise oracle.Unexplained(repr(meant))
        if one.kind is FieldKind.GRADE and meant.value:
            oracle.well_meant(text, one.choices, words.Meaning(one.choice(str(meant.value))))


def word_list() -> list[bytes]:
    return [said.encode() for said in seeds.WORDS]


def words_mutate(data: bytes, most: int, seed: int) -> bytes:
    """Whole words put together, besides bytes: a hedge is found by no chance among letters."""
    chance = random.Random(seed)
    if chance.random() < 0.4:
        return damage.damaged_bytes(data, most, chance)
    said = data.decode("utf-8", "replace").split(" ")
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(said) + 1)
        said[at:at] = [chance.choice((*damage.WORDS, *seeds.WORDS, *HEDGES))]
        if chance.random() < 0.4:
            del said[chance.randrange(len(said))]
    return " ".join(said).encode("utf-8", "replace")[:most]


HEDGES = ("not", "never", "almost", "maybe", "but", "unless", "I think", "the grade is", "overall", ":", "–", "?",
          "...", "or", "and", "between", "isn't", "it is", "was", "=", "because", "(", ")", "\n",
          "\t", "/")  # fmt: skip

_ALL = (
    Target("vetting", vetting, vetting_begins, vetting_mutates, most=60_000, share=2),
    Target("word", word, seeds.word_files, damage.damaged_zip, most=250_000, share=3),
    Target("layers", layers, seeds.bodies, xml_mutates, most=200_000, share=4),
    Target("letter", letter, lambda: seeds.LETTERS, letter_mutates, most=6_000, share=2),
    Target("bodies", long_letter, lambda: [one.partition(b"\r\n\r\n")[2] for one in seeds.LETTERS], letter_mutates),
    Target("meanings", meanings, word_list, words_mutate, most=300, share=2),
    Target("answers", understood, word_list, words_mutate, most=300),
)
TARGETS = {one.name: one for one in _ALL}
