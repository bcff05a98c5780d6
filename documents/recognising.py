"""Finds the words in pictures of pages with tesseract, where it is installed and can be shut in."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from documents import programs
from documents.limits import TESSERACT
from documents.unreadable import Unreadable

INSTEAD = (
    "it is a picture of pages, and I cannot read pictures here. Please send the Word tool (.docx), or a PDF saved "
    "from it."
)
"""What to say where there is no tesseract."""

_FAILED = "its pictures cannot be read. Please send the Word tool (.docx), or scan the pages again to a PDF."
_NO_TIME = "there was no time left to read all its pictures. Please send the Word tool (.docx)."

_AT_ONCE = 2
_COMMAND = 'OMP_THREAD_LIMIT=1 exec "$1" page words --psm 6 -l eng tsv'
"""One block of text, in rows that go over the whole page: labels and answers stay beside each other."""


def why_not() -> str:
    """Why no picture is read here, as a sentence; empty where they are."""
    if not programs.found("tesseract"):
        return "Tesseract is not installed."
    if not programs.isolated():
        return "Tesseract is installed, but it cannot be shut in here, so it stays off."
    return ""


def tables(pictures: Sequence[bytes], seconds: float) -> tuple[bytes, ...]:
    """For each picture its words as a table, all within so many seconds. Raises Unreadable."""
    program = programs.found("tesseract")
    if program is None or why_not():
        raise Unreadable(INSTEAD)
    until = time.monotonic() + seconds

    def one(picture: bytes) -> bytes:
        left = until - time.monotonic()
        if left < 1:
            raise programs.TookTooLong
        limits = replace(TESSERACT, wall_seconds=min(left, TESSERACT.wall_seconds))
        return programs.run(("sh", "-euc", _COMMAND, "sh", program), {"page": picture}, "words.tsv", limits)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        try:
            return tuple(pool.map(one, pictures))
        except programs.TookTooLong as fault:
            raise Unreadable(_NO_TIME) from fault
        except programs.ProgramFailed as fault:
            raise Unreadable(_FAILED) from fault
