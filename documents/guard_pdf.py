"""Vets a PDF by its bytes: locked, active or huge ones are refused before any library parses them.

Names may be written with escapes, and objects may lie packed in object streams: both are undone here first, within
caps. Text and pictures are not looked at.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from documents.unreadable import Unreadable

MOST_PAGES = 100
MOST_UNPACKED = 50_000_000
MOST_STREAMS = 20_000

_STREAM = re.compile(rb"stream\r?\n")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_NAME = rb"(?![A-Za-z0-9_.\-])"

_REFUSED = (
    (
        rb"/Encrypt" + _NAME,
        "it is a PDF that is locked with a password or against copying. Please save it without that.",
    ),
    (rb"/(JavaScript|JS)" + _NAME, "it is a PDF that holds a program (JavaScript). Please print it to a new PDF."),
    (rb"/Launch" + _NAME, "it is a PDF that starts other programs. Please print it to a new PDF."),
    (
        rb"/(EmbeddedFiles?|RichMedia|FileAttachment)" + _NAME,
        "it is a PDF with another file inside. Please attach that file by itself.",
    ),
    (
        rb"/(SubmitForm|ImportData|GoToE|GoToR)" + _NAME,
        "it is a PDF that sends or fetches something. Please print it to a new PDF.",
    ),
)
_RULES = tuple((re.compile(pattern), says) for pattern, says in _REFUSED)
_PAGE = re.compile(rb"/Type\s*/Page" + _NAME)
_COUNT = re.compile(rb"/Count\s+(\d{1,10})")


def vet_pdf(data: bytes) -> None:
    """Refuse what is locked, active, carries other files, or is far too long. Raises Unreadable."""
    if b"startxref" not in data and b"trailer" not in data:
        raise Unreadable("it is a PDF that is damaged.")
    pages = 0
    for objects in _objects(data):
        plain = _ESCAPE.sub(lambda found: bytes((int(found[1], 16),)), objects) if b"#" in objects else objects
        for rule, says in _RULES:
            if rule.search(plain):
                raise Unreadable(says)
        pages += len(_PAGE.findall(plain))
        if pages > MOST_PAGES or any(int(found[1]) > 10 * MOST_PAGES for found in _COUNT.finditer(plain)):
            raise Unreadable(f"it is a PDF of more than {MOST_PAGES} pages.")


def _objects(data: bytes) -> Iterator[bytes]:
    """What lies between the streams, and what the object streams hold."""
    place, left, streams = 0, MOST_UNPACKED, 0
    while found := _STREAM.search(data, place):
        before = data[place : found.start()]
        yield before
        streams += 1
        if streams > MOST_STREAMS:
            raise Unreadable("it is a PDF with far more in it than a tool has.")
        end = data.find(b"endstream", found.end())
        end = len(data) if end < 0 else end
        if b"ObjStm" in _ESCAPE.sub(lambda one: bytes((int(one[1], 16),)), before[-2_000:]):
            objects = _inflated(data[found.end() : end], left)
            left -= len(objects)
            yield objects
        place = end + len(b"endstream")  # or its own end would be taken for the next start, and hide what follows
    yield data[place:]


def _inflated(packed: bytes, left: int) -> bytes:
    """An object stream; as it is, where it is not packed with zlib."""
    unpacking = zlib.decompressobj()
    try:
        content = unpacking.decompress(packed, left)
    except zlib.error:
        return packed
    if unpacking.unconsumed_tail:
        raise Unreadable("it is a PDF that unpacks to far more than a tool does.")
    return content
