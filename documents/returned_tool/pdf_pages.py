"""The pages of a PDF as words in their places, with the rules and marks drawn around them."""

from __future__ import annotations

import ctypes
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import pypdfium2 as pdfium
import pypdfium2.raw as c

from documents import layout
from documents.returned_tool.pages import UNREADABLE, Mark, Page, Rule, Word, lines
from documents.returned_tool.pdf_form import DIFFERS, HIDDEN, FormField
from documents.unreadable import Unreadable

MOST_PAGES = 80
MOST_CHARACTERS = 400_000
MOST_OBJECTS = 60_000
FARTHEST = 20_000.0
"""No sheet of paper is so many points long."""

LOCKED = "it is locked with a password. Please save it without one."
DAMAGED = "it is damaged: its pages cannot be read."

STRUCK = "Something in it is struck out."
DRAWN = "Something is drawn or stamped on it."
TYPED_OVER = "It was typed or marked on top of the page."
PICTURED = "There is a picture in it."

_LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st"}
_INVISIBLE = frozenset((*range(0x200B, 0x2010), 0x2060, 0xFEFF, 0xFFFC, 0xFFFE, 0xFFFF))
_SOFT_HYPHEN = 0xAD
_SPACES = frozenset((*range(2), *range(3, 33), 0xA0, 0x2028, 0x2029, 0x3000, *range(0x2000, 0x200B)))
"""All below 33 but for the 2 that stands for a hyphen at the end of a line."""
_NO_MARKUP = frozenset((c.FPDF_ANNOT_LINK, c.FPDF_ANNOT_POPUP, c.FPDF_ANNOT_WIDGET))
_HIDDEN = 0x02 | 0x20  # annotation flags: hidden, no view
_DEEPEST = 4

Box = tuple[float, float, float, float]
"""Left, top, right, bottom, seen from the top left corner."""


@dataclass(frozen=True, slots=True)
class PdfPages:
    """All pages of a PDF. `pictured` are the numbers of those that are pictures and hold no words of their own.

    `form_doubts` say what is doubtful about fields of the form, by their place among those given.
    """

    pages: tuple[Page, ...]
    pictured: frozenset[int]
    properties: dict[str, str]
    form_doubts: dict[int, str]


def document(data: bytes) -> pdfium.PdfDocument:
    """The opened file. Raises Unreadable."""
    try:
        found = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as fault:
        locked = b"/Encrypt" in data and fault.err_code in (c.FPDF_ERR_PASSWORD, c.FPDF_ERR_SECURITY)
        raise Unreadable(LOCKED if locked else DAMAGED) from fault
    if len(found) > MOST_PAGES:
        found.close()
        raise Unreadable(f"it has more than {MOST_PAGES} pages, far more than a tool has.")
    return found


def pages(file: pdfium.PdfDocument, names: Iterable[str], form: Sequence[FormField] = ()) -> PdfPages:
    """Every page. `names` are the properties wanted beside the usual ones. Raises Unreadable."""
    found: list[Page] = []
    pictured: set[int] = set()
    doubts: dict[int, str] = {}
    left = MOST_CHARACTERS
    for place in range(len(file)):
        mine = [(at, one) for at, one in enumerate(form) if one.page == place + 1]
        try:
            page, is_picture, used = _page(file, place, left, mine, doubts)
        except pdfium.PdfiumError as fault:
            raise Unreadable(DAMAGED) from fault
        left -= used
        found.append(page)
        if is_picture:
            pictured.add(page.number)
    return PdfPages(tuple(found), frozenset(pictured), _properties(file, names), doubts)


def _properties(file: pdfium.PdfDocument, names: Iterable[str]) -> dict[str, str]:
    found = {name: file.get_metadata_value(name) for name in ("Title", "Subject", "Keywords", *names)}
    return {name: value for name, value in found.items() if value}


def _page(
    file: pdfium.PdfDocument, place: int, most: int, form: Sequence[tuple[int, FormField]], doubts: dict[int, str]
) -> tuple[Page, bool, int]:
    """One page, whether it is a picture, and how many characters it holds."""
    page = file[place]
    noted = list(_markup(page))
    if c.FPDFPage_GetAnnotCount(page.raw) and c.FPDFPage_Flatten(page.raw, c.FLAT_NORMALDISPLAY) == c.FLATTEN_SUCCESS:
        page.close()  # what is drawn by annotations and forms is part of the page from here on
        page = file[place]
    text = page.get_textpage()
    seen = _Seen(page, _turned(text.raw))
    drawn = _drawn(seen)
    marks = [Mark(*seen.box(*rect), TYPED_OVER) for rect in noted]
    many = text.count_chars()
    if many > most:
        raise Unreadable("it holds far more text than a tool does.")
    words = _struck(tuple(_words(seen, text.raw, many)), drawn.lines)
    empty = not words and not drawn.anything
    text.close()
    page.close()
    for at, one in form:
        words, doubt = _filled_in(words, one, seen.box(*one.box))
        if doubt:
            doubts[at] = doubt
            marks.append(Mark(*seen.box(*one.box), doubt))
    rules = tuple(_joined(line for line in drawn.lines if line.right - line.left > 20))
    found = Page(place + 1, seen.width, seen.height, words, rules, (*marks, *drawn.marks))
    return found, drawn.pictured or not (words or empty), many


def _filled_in(words: tuple[Word, ...], one: FormField, box: Box) -> tuple[tuple[Word, ...], str]:
    """The words with what a field of the form holds, and what is doubtful about that."""
    left, top, right, bottom = box

    def inside(word: Word) -> bool:
        return (
            left - 2 < (word.left + word.right) / 2 < right + 2 and top - 2 < (word.top + word.bottom) / 2 < bottom + 2
        )

    if one.is_box:
        glyph = UNREADABLE if one.ticked is None else layout.TICKED if one.ticked else layout.UNTICKED
        rest = tuple(word for word in words if not inside(word))
        return (*rest, Word(glyph, left, top, (left + right) / 2, bottom, bottom - 0.2 * (bottom - top))), ""
    there = [word for line in lines(filter(inside, words)) for word in line.words]
    shown, held = _squeezed("".join(word.text for word in there)), _squeezed(one.value)
    cut = bool(there) and (there[-1].right > right - 0.15 * (right - left) or there[-1].bottom > bottom - 4)
    if shown == held or (cut and held.startswith(shown)):
        return words, ""
    if shown or not one.shows:
        return words, DIFFERS if shown else HIDDEN
    return (*words, *_typed(one.value, box)), ""


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _typed(value: str, box: Box) -> Iterator[Word]:
    """The words of a field that a program would draw there, one line below the other."""
    left, top, right, bottom = box
    written = [line.split() for line in value.split("\n")]
    height = (bottom - top) / max(1, len(written))
    for place, line in enumerate(written):
        wide = (right - left) / max(1, len(line))
        for at, word in enumerate(line):
            low = top + height * (place + 1)
            start = left + wide * at
            yield Word(word, start, low - height, start + 0.95 * wide, low, low - 0.2 * height)


class _Seen:
    """A page as one reads it, with its text upright whichever way it is turned: places from the top left corner."""

    def __init__(self, page: pdfium.PdfPage, turned: int = 0) -> None:
        self.page = page
        self.turned = turned
        self._box = page.get_bbox()
        left, bottom, right, top = self._box
        across, down = right - left, top - bottom
        self.width, self.height = (down, across) if self.turned in (90, 270) else (across, down)
        if not (0 < self.width < FARTHEST and 0 < self.height < FARTHEST):
            raise Unreadable("its pages have a size that no paper has.")

    def point(self, x: float, y: float) -> tuple[float, float]:
        """A point of the page's own space as it is seen."""
        left, bottom, right, top = self._box
        if self.turned == 90:
            return y - bottom, x - left
        if self.turned == 180:
            return right - x, y - bottom
        if self.turned == 270:
            return top - y, right - x
        return x - left, top - y

    def box(self, left: float, bottom: float, right: float, top: float) -> Box:
        """A rectangle as it is seen."""
        (x0, y0), (x1, y1) = self.point(left, bottom), self.point(right, top)
        return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)

    def holds(self, box: Box) -> bool:
        """Whether it can be seen at all."""
        return box[2] > 0 and box[3] > 0 and box[0] < self.width and box[1] < self.height


def _turned(text: c.FPDF_TEXTPAGE) -> int:
    """By how many degrees the page must be turned for most of its text to be upright."""
    many = c.FPDFText_CountChars(text)
    angles = (c.FPDFText_GetCharAngle(text, place) for place in range(0, many, max(1, many // 100)))
    quarters = Counter(round(angle / (math.pi / 2)) % 4 for angle in angles if angle >= 0)
    return -90 * quarters.most_common(1)[0][0] % 360 if quarters else 0


def _words(seen: _Seen, text: c.FPDF_TEXTPAGE, many: int) -> Iterator[Word]:
    """Characters put together as words: between spaces, where the library itself puts those that nobody typed."""
    start, letters = 0, list[str]()
    for place in range(many):
        code = c.FPDFText_GetUnicode(text, place)
        if code in _SPACES:
            if letters:
                yield from _placed(seen, text, start, place, "".join(letters))
                letters = []
            continue
        if not letters:
            start = place
        unmapped = c.FPDFText_HasUnicodeMapError(text, place) == 1
        letters.append(chr(code) if 32 < code < 127 and not unmapped else _letter(code, unmapped))
    if letters:
        yield from _placed(seen, text, start, many, "".join(letters))


def _placed(seen: _Seen, text: c.FPDF_TEXTPAGE, start: int, end: int, letters: str) -> Iterator[Word]:
    """A word by its first and last character; as several, where it jumps between them."""
    first, last = _character(seen, text, start), _character(seen, text, end - 1)
    if first is None or last is None or not letters:
        return
    base, high = _base(seen, text, start), first[3] - first[1]
    far = abs(base - _base(seen, text, end - 1)) > 0.3 * high
    if end - start == 1 or not (far or last[2] <= first[0] or last[2] - first[0] > 1.2 * len(letters) * high):
        yield Word(letters, first[0], min(first[1], last[1]), last[2], max(first[3], last[3]), base)
        return
    for one, other in _unbroken(seen, text, start, end, high):
        first, last = _character(seen, text, one), _character(seen, text, other - 1)
        letters = _letters(text, one, other)
        if first and last and letters:
            base = _base(seen, text, one)
            right = max(first[2], last[2])
            yield Word(letters, first[0], min(first[1], last[1]), right, max(first[3], last[3]), base)


def _unbroken(seen: _Seen, text: c.FPDF_TEXTPAGE, start: int, end: int, high: float) -> Iterator[tuple[int, int]]:
    """The stretches in which each character follows the one before it."""
    since, base, right = start, 0.0, 0.0
    for place in range(start, end):
        box, own = _character(seen, text, place), _base(seen, text, place)
        if place > since and (box is None or abs(own - base) > 0.3 * high or abs(box[0] - right) > 0.5 * high):
            yield since, place
            since = place
        base, right = own, box[2] if box else right
    yield since, end


def _letters(text: c.FPDF_TEXTPAGE, start: int, end: int) -> str:
    return "".join(
        _letter(c.FPDFText_GetUnicode(text, place), c.FPDFText_HasUnicodeMapError(text, place) == 1)
        for place in range(start, end)
    )


def _base(seen: _Seen, text: c.FPDF_TEXTPAGE, place: int) -> float:
    """The line that a character stands on."""
    x, y = ctypes.c_double(), ctypes.c_double()
    c.FPDFText_GetCharOrigin(text, place, x, y)
    return seen.point(x.value, y.value)[1]


def _character(seen: _Seen, text: c.FPDF_TEXTPAGE, place: int) -> Box | None:
    """Where a character stands; None where it cannot be seen."""
    rect = c.FS_RECTF()
    if not c.FPDFText_GetLooseCharBox(text, place, rect):
        return None
    box = seen.box(rect.left, rect.bottom, rect.right, rect.top)
    return box if seen.holds(box) and max(map(abs, box)) < FARTHEST else None


def _letter(code: int, unmapped: bool) -> str:
    if code in _INVISIBLE:
        return ""
    if unmapped or 0xE000 <= code <= 0xF8FF or 0xD800 <= code <= 0xDFFF or code > 0x10FFFF:
        return UNREADABLE
    if code in (2, _SOFT_HYPHEN):
        return "-"
    return _LIGATURES.get(code) or chr(code)


@dataclass(slots=True)
class _Drawn:
    """What is on a page beside its words."""

    lines: list[Rule]
    marks: list[Mark]
    pictured: bool = False
    anything: bool = False


def _drawn(seen: _Seen) -> _Drawn:
    """Thin lines, curves and pictures. A page that is mostly a picture, or whose words are hidden, is a scan."""
    found = _Drawn([], [])
    left = MOST_OBJECTS
    for kind, handle, matrix in _objects(seen.page):
        left -= 1
        found.anything = True
        if left < 0:
            raise Unreadable("it holds far more drawings than a tool does.")
        if kind == c.FPDF_PAGEOBJ_PATH:
            _path(found, seen, handle, matrix)
        elif kind == c.FPDF_PAGEOBJ_IMAGE:
            box = _bounds(seen, handle, matrix)
            if box and (box[2] - box[0]) * (box[3] - box[1]) > 0.4 * seen.width * seen.height:
                found.pictured = True
            elif box:
                found.marks.append(Mark(*box, PICTURED))
        elif kind == c.FPDF_PAGEOBJ_TEXT and c.FPDFTextObj_GetTextRenderMode(handle) in (
            c.FPDF_TEXTRENDERMODE_INVISIBLE,
            c.FPDF_TEXTRENDERMODE_CLIP,
        ):
            found.pictured = True
    return found


Matrix = tuple[float, float, float, float, float, float]
_PLAIN: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def _objects(page: pdfium.PdfPage) -> Iterator[tuple[int, c.FPDF_PAGEOBJECT, Matrix]]:
    """Every object, also within others, with how it is moved from its own place."""
    stack = [(c.FPDFPage_GetObject(page.raw, place), _PLAIN, 0) for place in range(c.FPDFPage_CountObjects(page.raw))]
    while stack:
        handle, matrix, depth = stack.pop()
        kind = c.FPDFPageObj_GetType(handle)
        if kind != c.FPDF_PAGEOBJ_FORM:
            yield kind, handle, matrix
        elif depth < _DEEPEST:
            inner = _times(_matrix(handle), matrix)
            many = min(c.FPDFFormObj_CountObjects(handle), MOST_OBJECTS)
            stack += [(c.FPDFFormObj_GetObject(handle, place), inner, depth + 1) for place in range(many)]


def _matrix(handle: c.FPDF_PAGEOBJECT) -> Matrix:
    found = c.FS_MATRIX()
    if not c.FPDFPageObj_GetMatrix(handle, found):
        return _PLAIN
    return found.a, found.b, found.c, found.d, found.e, found.f


def _times(one: Matrix, other: Matrix) -> Matrix:
    a, b, p, d, e, f = one
    g, h, i, j, k, m = other
    return a * g + b * i, a * h + b * j, p * g + d * i, p * h + d * j, e * g + f * i + k, e * h + f * j + m


def _apply(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    a, b, p, d, e, f = matrix
    return a * x + p * y + e, b * x + d * y + f


def _bounds(seen: _Seen, handle: c.FPDF_PAGEOBJECT, matrix: Matrix) -> Box | None:
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    if not c.FPDFPageObj_GetBounds(handle, left, bottom, right, top):
        return None
    one, other = _apply(matrix, left.value, bottom.value), _apply(matrix, right.value, top.value)
    box = seen.box(*one, *other)
    return box if seen.holds(box) and all(abs(side) < FARTHEST for side in box) else None


def _path(found: _Drawn, seen: _Seen, handle: c.FPDF_PAGEOBJECT, matrix: Matrix) -> None:
    many = c.FPDFPath_CountSegments(handle)
    box = _bounds(seen, handle, matrix)
    if box is None:
        return
    if many <= 6:
        curved = any(
            c.FPDFPathSegment_GetType(c.FPDFPath_GetPathSegment(handle, place)) == c.FPDF_SEGMENT_BEZIERTO
            for place in range(many)
        )
        parts = [] if curved else [box]
    else:
        curved, parts = _parts(seen, handle, _times(_matrix(handle), matrix), min(many, 2_000))
    if curved and box[2] - box[0] > 2:
        found.marks.append(Mark(*box, DRAWN))
    for left, top, right, bottom in parts:
        if bottom - top <= 3.5 and right - left > 2:
            found.lines.append(Rule(left, right, (top + bottom) / 2))
        elif _slanted(many, right - left, bottom - top):
            found.marks.append(Mark(left, top, right, bottom, DRAWN))


def _slanted(many: int, across: float, down: float) -> bool:
    """A lone line that runs neither across nor down, as one who crosses something out draws it."""
    return many == 2 and across > 2 and down > 3.5


def _parts(seen: _Seen, handle: c.FPDF_PAGEOBJECT, matrix: Matrix, many: int) -> tuple[bool, list[Box]]:
    """The pieces of a path that holds several, each as its box, and whether any of them is curved."""
    x, y = ctypes.c_float(), ctypes.c_float()
    curved, pieces = False, list[list[tuple[float, float]]]()
    for place in range(many):
        segment = c.FPDFPath_GetPathSegment(handle, place)
        kind = c.FPDFPathSegment_GetType(segment)
        curved = curved or kind == c.FPDF_SEGMENT_BEZIERTO
        if not c.FPDFPathSegment_GetPoint(segment, x, y):
            continue
        if kind == c.FPDF_SEGMENT_MOVETO or not pieces:
            pieces.append([])
        pieces[-1].append(seen.point(*_apply(matrix, x.value, y.value)))
    boxes = [
        (min(x for x, _ in piece), min(y for _, y in piece), max(x for x, _ in piece), max(y for _, y in piece))
        for piece in pieces
    ]
    return curved, boxes


def _joined(rules: Iterable[Rule]) -> Iterator[Rule]:
    """Lines that are drawn cell by cell, as one."""
    last: Rule | None = None
    for rule in sorted(rules, key=lambda one: (round(one.y), one.left)):
        if last and abs(rule.y - last.y) <= 1.2 and rule.left <= last.right + 4:
            last = Rule(last.left, max(last.right, rule.right), last.y)
            continue
        if last:
            yield last
        last = rule
    if last:
        yield last


def _struck(words: Sequence[Word], drawn: Sequence[Rule]) -> tuple[Word, ...]:
    """Words with a line through their middle are struck out."""
    if not drawn:
        return tuple(words)
    by_place: dict[int, list[Rule]] = {}
    for rule in drawn:
        by_place.setdefault(int(rule.y // 8), []).append(rule)

    def is_struck(word: Word) -> bool:
        high, low = word.base - 0.45 * word.height, word.base - 0.08 * word.height
        near = (rule for place in range(int(high // 8), int(low // 8) + 1) for rule in by_place.get(place, ()))
        return any(
            high < rule.y < low
            and min(rule.right, word.right) - max(rule.left, word.left) > 0.5 * (word.right - word.left)
            for rule in near
        )

    return tuple(replace(word, odd=STRUCK) if is_struck(word) else word for word in words)


def _markup(page: pdfium.PdfPage) -> Iterator[Box]:
    """Where a reader of the file has typed, struck out, drawn or stamped on it, in the page's own space."""
    rect = c.FS_RECTF()
    for place in range(min(c.FPDFPage_GetAnnotCount(page.raw), 5_000)):
        note = c.FPDFPage_GetAnnot(page.raw, place)
        if not note:
            continue
        kind, flags = c.FPDFAnnot_GetSubtype(note), c.FPDFAnnot_GetFlags(note)
        placed = c.FPDFAnnot_GetRect(note, rect)
        c.FPDFPage_CloseAnnot(note)
        if placed and kind not in _NO_MARKUP and not flags & _HIDDEN:
            yield rect.left, rect.bottom, rect.right, rect.top
