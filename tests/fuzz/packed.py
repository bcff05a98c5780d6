"""Letters of strangers that lie in a letter: winmail.dat, .msg, forwarded and signed ones."""

from __future__ import annotations

import random
import struct

from documents import guard, outlook_item, tnef
from documents.attached import Opened
from tests.documents import packed
from tests.documents.packed import File, Letter
from tests.fuzz import damage, oracle

_SMALL = Letter(
    "See attached.",
    (
        File("tool.docx", b"PK\x03\x04" + bytes(90)),
        File("logo.png", b"\x89PNG", inline=True, content_type="image/png"),
        File("far.docx", method=7),
        File("passed on", letter=Letter("Earlier.", (File("b.pdf", b"%PDF-1.7"),))),
    ),
    formatted=b"LZFu" + bytes(20),
)


def winmail(data: bytes) -> None:
    """As a winmail.dat, with every checksum put right where the lengths allow it."""
    oracle.refused_or(lambda: well_opened(tnef.read(data), len(data)))
    oracle.refused_or(lambda: well_opened(tnef.read(put_right(data)), len(data)))


def item(data: bytes) -> None:
    """As a .msg. Its letters in letters are opened with it."""
    outlook_item.is_one(data)
    oracle.refused_or(lambda: well_opened(outlook_item.read(data), len(data)))


def letter(data: bytes) -> None:
    """As whatever it is by its bytes."""

    def work() -> None:
        kind = guard.kind(data, "letter.msg")
        if kind in guard.LETTERS:
            well_opened(guard.vet_letter(data, kind), 2 * len(data) + 2_000)

    oracle.refused_or(work)


def well_opened(found: Opened, most: int) -> None:
    """Nothing comes out that was not put in, and all of it can be told. Raises Invented."""
    given = [one.data for one in found.files if not one.data.startswith(b"\0a link")]
    if sum(map(len, given)) > most:
        raise oracle.Invented("more bytes than there were")
    oracle.storable(found.words.encode("utf-8", "replace").decode())


def put_right(data: bytes) -> bytes:
    """With the checksums that fit, as far as the attributes can be followed."""
    right, place = bytearray(data), 6
    while place + 11 <= len(data):
        end = place + 9 + struct.unpack_from("<I", data, place + 5)[0]
        if end + 2 > len(data):
            break
        struct.pack_into("<H", right, end, sum(data[place + 9 : end]) & 0xFFFF)
        place = end + 2
    return bytes(right)


def winmail_begins() -> list[bytes]:
    return [packed.tnef(_SMALL), packed.tnef(Letter("Words.")), packed.tnef(Letter("", _SMALL.files[:1]))]


def item_begins() -> list[bytes]:
    return [packed.msg(_SMALL), packed.msg(Letter("Words.")), packed.msg(Letter("", (File("a.docx", bytes(5000)),)))]


def letter_begins() -> list[bytes]:
    whole = packed.eml(_plain(_SMALL))
    return [whole, packed.signed(whole), packed.signed(whole, in_pieces=True), packed.cms(3, bytes(40))]


def _plain(one: Letter) -> Letter:
    return Letter(one.words, tuple(file for file in one.files if file.method == 1))


def mutates(data: bytes, most: int, seed: int) -> bytes:
    """Bytes anywhere, or one of the numbers that say how long and how many."""
    chance = random.Random(seed)
    if chance.random() < 0.5 or len(data) < 8:
        return damage.damaged_bytes(data, most, chance)
    new = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(0, len(new) - 4)
        number = chance.choice((0, 1, 2, 5, 0xFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF, chance.randrange(4096)))
        struct.pack_into("<I", new, place, number)
    return bytes(new)[:most]
