"""Pictures of pages: made ready for the program that recognises words, and read from what it says.

Nothing is believed: every word is offered for the auditor to confirm, and no mark of a pen is read at all.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from statistics import median

import pypdfium2 as pdfium

from documents.guard import Kind, vet_picture
from documents.returned_tool import pdf_pages
from documents.returned_tool.on_pages import OnPages
from documents.returned_tool.pages import SHAKY, Page, Word
from documents.unreadable import Unreadable

MOST_PAGES = 15
MOST_POINTS = 3_900_000
"""A page of A4 at 200 dots an inch."""
_DOTS = 200 / 72

_LEAST_SURE = 60.0
"""Of 100: what the program must be sure of a word."""
_LEAST_WORDS = 15
_MOST_WORDS = 30_000
_FARTHEST = 1_000_000.0
"""Dots, in any direction."""

NO_WORDS = (
    "hardly any words can be made out in its pictures. Please send the Word tool (.docx), or scan the pages again, "
    "straight and at 300 dpi."
)
TOO_MANY = f"it holds more than {MOST_PAGES} pictures of pages. Please send the Word tool (.docx) instead."


def pages(data: bytes, kind: Kind) -> Iterator[bytes]:
    """Pictures that the program reads. Raises Unreadable.

    A picture is handed on as it is; the pages of a PDF are drawn in grey.
    """
    if kind is Kind.PICTURE:
        vet_picture(data)
        yield data
        return
    file = pdf_pages.document(data)
    try:
        if len(file) > MOST_PAGES:
            raise Unreadable(TOO_MANY)
        for place in range(len(file)):
            page = file[place]
            wide, high = page.get_size()
            if not (1 <= wide < pdf_pages.FARTHEST and 1 <= high < pdf_pages.FARTHEST):
                raise Unreadable("its pages have a size that no paper has.")
            scale = min(_DOTS, math.sqrt(MOST_POINTS / (wide * high)))
            picture = page.render(scale=scale, grayscale=True)
            yield _grey(picture)
            picture.close()
            page.close()
    except pdfium.PdfiumError as fault:
        raise Unreadable(pdf_pages.DAMAGED) from fault
    finally:
        file.close()


def _grey(picture: pdfium.PdfBitmap) -> bytes:
    """A picture in the plainest of formats."""
    wide, high, stride = picture.width, picture.height, picture.stride
    points = bytes(picture.buffer)
    if stride != wide:
        points = b"".join(points[row * stride : row * stride + wide] for row in range(high))
    return b"P5 %d %d 255\n" % (wide, high) + points


BETWEEN = b"\f"
"""Stands between the tables of words of two pictures."""


def from_tables(data: bytes) -> OnPages:
    """The same from all tables together. Raises Unreadable."""
    return from_tsv([table.decode("utf-8", "replace") for table in data.split(BETWEEN)])


def from_tsv(tables: Sequence[str]) -> OnPages:
    """What the program recognised, a table of words a picture, as a source. Raises Unreadable."""
    found: list[Page] = []
    left = _MOST_WORDS
    for table in tables:
        for page in _pages(table, len(found), left):
            left -= len(page.words)
            found.append(page)
    if sum(len(page.words) for page in found) < _LEAST_WORDS:
        raise Unreadable(NO_WORDS)
    return OnPages(tuple(found), "scan")


Place = tuple[int, int, int, int]
"""Page, block, paragraph and line."""


def _pages(table: str, before: int, most: int) -> Iterator[Page]:
    sizes: dict[int, tuple[float, float]] = {}
    by_line: dict[Place, list[tuple[str, float, float, float, float, float]]] = {}
    for row in table.split("\n")[1:]:
        cells = row.split("\t")
        if len(cells) != 12:
            continue
        try:
            level, page, block, paragraph, line = (int(cell) for cell in cells[:5])
            left, top, wide, high, sure = (float(cell) for cell in cells[6:11])
        except ValueError:
            continue
        if not all(abs(number) < _FARTHEST for number in (left, top, wide, high, sure)):
            continue  # and no number that is none
        if level == 1:
            sizes[page] = wide, high
        elif level == 5 and _is_word(cells[11]) and most > 0:
            most -= 1
            by_line.setdefault((page, block, paragraph, line), []).append(
                (cells[11].strip(), left, top, left + wide, top + high, sure)
            )
    for place, (page, (wide, high)) in enumerate(sorted(sizes.items()), before + 1):
        words = tuple(word for at, line in by_line.items() if at[0] == page for word in _level(line))
        yield Page(place, wide, high, words)


def _is_word(text: str) -> bool:
    """Whether it is more than the frame of a box or the end of a rule."""
    return any(char.isalnum() or char in "&.,;:!?()%£" for char in text)


def _level(line: Sequence[tuple[str, float, float, float, float, float]]) -> Iterator[Word]:
    """The words of a line, all on one level: a page is seldom put on the glass quite straight."""
    base = median(word[4] for word in line)
    high = 1.4 * median(word[4] - word[2] for word in line)
    for text, left, _, right, _, sure in line:
        odd = "" if sure >= _LEAST_SURE else SHAKY
        yield Word(text, left, base - 0.8 * high, right, base + 0.2 * high, base, odd)
