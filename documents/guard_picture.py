"""Vets a picture by its header alone: how many points it will unpack to, before anything unpacks it."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from documents.unreadable import Unreadable

MOST_POINTS = 60_000_000
"""A page at 600 dots an inch is 35 million."""
MOST_PAGES = 40

_DAMAGED = "it is a picture that is damaged."
_TIFF_WIDTH, _TIFF_HEIGHT = 256, 257


def vet_picture(data: bytes) -> tuple[int, int]:
    """Width and height of its first page. Raises Unreadable."""
    try:
        pages = list(_pages(data))
    except (struct.error, IndexError, ValueError) as fault:
        raise Unreadable(_DAMAGED) from fault
    if not pages or any(width < 1 or height < 1 for width, height in pages):
        raise Unreadable(_DAMAGED)
    if sum(width * height for width, height in pages) > MOST_POINTS:
        raise Unreadable(
            "it is a picture that unpacks to far more than a page does. Please scan it at 300 dpi or less."
        )
    return pages[0]


def _pages(data: bytes) -> Iterator[tuple[int, int]]:
    if data.startswith(b"\x89PNG"):
        yield struct.unpack_from(">II", data, 16)
    elif data.startswith(b"GIF8"):
        yield struct.unpack_from("<HH", data, 6)
    elif data.startswith(b"BM"):
        width, height = struct.unpack_from("<ii", data, 18)
        yield abs(width), abs(height)
    elif data.startswith(b"\xff\xd8"):
        yield _jpeg(data)
    elif data.startswith((b"II*\0", b"MM\0*")):
        yield from _tiff(data)
    elif data.startswith(b"RIFF"):
        yield _webp(data)


def _jpeg(data: bytes) -> tuple[int, int]:
    place = 2
    while True:
        while data[place] == 0xFF and data[place + 1] == 0xFF:
            place += 1
        if data[place] != 0xFF:
            raise ValueError("no marker")
        marker = data[place + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", data, place + 5)
            return width, height
        if marker in (0x01, *range(0xD0, 0xD8)):
            place += 2
            continue
        place += 2 + max(2, struct.unpack_from(">H", data, place + 2)[0])


def _tiff(data: bytes) -> Iterator[tuple[int, int]]:
    order = "<" if data.startswith(b"II") else ">"
    at = struct.unpack_from(f"{order}I", data, 4)[0]
    seen: set[int] = set()
    while at:
        if at in seen or len(seen) >= MOST_PAGES:
            raise Unreadable(f"it is a picture of more than {MOST_PAGES} pages.")
        seen.add(at)
        count = struct.unpack_from(f"{order}H", data, at)[0]
        size = {_TIFF_WIDTH: 0, _TIFF_HEIGHT: 0}
        for entry in range(at + 2, at + 2 + 12 * count, 12):
            tag, kind = struct.unpack_from(f"{order}HH", data, entry)
            if tag in size and kind in (3, 4):
                size[tag] = struct.unpack_from(f"{order}{'H' if kind == 3 else 'I'}", data, entry + 8)[0]
        yield size[_TIFF_WIDTH], size[_TIFF_HEIGHT]
        at = struct.unpack_from(f"{order}I", data, at + 2 + 12 * count)[0]


def _webp(data: bytes) -> tuple[int, int]:
    kind = data[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8L":
        bits = struct.unpack_from("<I", data, 21)[0]
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = struct.unpack_from("<HH", data, 26)
    return width & 0x3FFF, height & 0x3FFF
