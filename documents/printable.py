"""Words as the fonts of our PDFs can draw them: nothing is lost silently, and nothing stops a page from being made."""

from __future__ import annotations

import re
import struct
import unicodedata
from functools import cache
from pathlib import Path

FONTS = Path(__file__).parent / "fonts"
FAMILIES = ("Liberation Sans", "DejaVu Sans Mono")
"""The first is ours (the shape of Arial); the second comes inside typst and draws marks and Arabic."""

_MARKS = frozenset("★✓▲✕○")
_ARABIC = frozenset(map(chr, (*range(0x0621, 0x063B), *range(0x0640, 0x0653), *range(0x0660, 0x066E), 0x060C, 0x061B)))
_SILENT = frozenset("\u200b\u200c\u200d\u2060\ufeff\u00ad") | frozenset(map(chr, range(0xFE00, 0xFE10)))
_LONG = re.compile(r"\S{25,}")
_PIECE = 12
_BREAK = "\u200b"  # a line may end here; nothing is drawn


def paragraphs(words: str) -> list[str]:
    """What somebody wrote, line by line, every character one that can be drawn."""
    lines = (printable(line) for line in re.split(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]", words))
    return [line for line in lines if line]


def printable(words: str) -> str:
    """One line. A character that no font of ours has becomes its name in brackets; control characters go.

    A very long word may be broken anywhere: a line that runs off the page could not be read.
    """
    composed = unicodedata.normalize("NFC", words)
    drawn = "".join(_drawn(char) for char in composed)
    return _LONG.sub(lambda found: _breakable(found[0]), " ".join(drawn.split()))


def _drawn(char: str) -> str:
    if char in covered():
        return char
    kind = unicodedata.category(char)
    if char.isspace():
        return " "
    if kind in ("Cc", "Cf", "Cs") or char in _SILENT:
        return ""
    composed = unicodedata.normalize("NFKC", char)
    if composed != char and all(part in covered() for part in composed):
        return composed
    name = unicodedata.name(char, "").lower()
    return f"[{name}]" if name else "[a character that cannot be shown]"


def _breakable(word: str) -> str:
    return _BREAK.join(word[place : place + _PIECE] for place in range(0, len(word), _PIECE))


@cache
def covered() -> frozenset[str]:
    """Every character that can be drawn, as the font's own table has it."""
    regular, bold = (_characters((FONTS / f"LiberationSans-{name}.ttf").read_bytes()) for name in ("Regular", "Bold"))
    drawn = {char for char in regular & bold if unicodedata.category(char) not in ("Cc", "Cf", "Co", "Cn")}
    return frozenset(drawn) - _SILENT | _MARKS | _ARABIC


def _characters(font: bytes) -> frozenset[str]:
    """The characters of a TrueType font: its `cmap` in format 4."""
    (tables,) = struct.unpack_from(">H", font, 4)
    for place in range(tables):
        tag, _, offset, _ = struct.unpack_from(">4sLLL", font, 12 + 16 * place)
        if tag == b"cmap":
            return _mapped(font, offset)
    return frozenset()


def _mapped(font: bytes, start: int) -> frozenset[str]:
    (count,) = struct.unpack_from(">H", font, start + 2)
    for place in range(count):
        platform, encoding, offset = struct.unpack_from(">HHL", font, start + 4 + 8 * place)
        (form,) = struct.unpack_from(">H", font, start + offset)
        if (platform, encoding, form) == (3, 1, 4):
            return _format_4(font, start + offset)
    return frozenset()


def _format_4(font: bytes, at: int) -> frozenset[str]:
    segments = struct.unpack_from(">H", font, at + 6)[0] // 2
    row = f">{segments}H"
    ends = struct.unpack_from(row, font, at + 14)
    starts = struct.unpack_from(row, font, at + 16 + 2 * segments)
    deltas = struct.unpack_from(row, font, at + 16 + 4 * segments)
    ranges_at = at + 16 + 6 * segments
    ranges = struct.unpack_from(row, font, ranges_at)
    found = set()
    for place, (first, last, delta, offset) in enumerate(zip(starts, ends, deltas, ranges, strict=True)):
        for code in range(first, min(last, 0xFFFE) + 1):
            glyph = code
            if offset:
                (glyph,) = struct.unpack_from(">H", font, ranges_at + 2 * place + offset + 2 * (code - first))
            if (glyph + delta) & 0xFFFF if glyph or not offset else 0:
                found.add(chr(code))
    return frozenset(found)
