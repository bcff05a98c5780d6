"""Words where they stand on pages: put into lines, freed of what every page repeats, and joined into sentences."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from statistics import median
from typing import TypeVar

from documents.returned_tool.alike import norm

UNREADABLE = "\ufffd"
"""Stands for a sign whose meaning the file does not say."""

SHAKY = "Its words are hard to make out in the picture."

SAME_LINE = 0.3
"""How far apart, in heights of a word, words of one line may stand."""

_APART = 0.9
"""A gap of so many heights is no space between words; it parts two columns."""

_PAGE_OF = re.compile(r"\bpage (\d+) (?:of|/) (\d+)\b", re.IGNORECASE)
_COUNTS = re.compile(r"\bpage\s*\d[\d\s]*(?:[o0]f|/)\s*\d+\b", re.IGNORECASE)
"""The same as a picture shows it, where o and 0 are much alike: no number to count by."""
_TOOL_LINE = re.compile(r"[A-Z]{2,4}-\d+\s*[·.*•-]\s*[A-Za-z0-9][\w.-]*/[\w.-]+")
_OUTERMOST = 4
_MARGIN = 0.12
"""How much of a page's height headers and footers may take."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word and its place; `top` is less than `bottom`, `base` is the line that it stands on.

    `odd` says what is wrong with it: struck out, or read with little certainty.
    """

    text: str
    left: float
    top: float
    right: float
    bottom: float
    base: float
    odd: str = ""

    @property
    def height(self) -> float:
        """From top to bottom."""
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        """Half way up a small letter: where the word stands for the eye."""
        return self.base - 0.25 * self.height


@dataclass(frozen=True, slots=True)
class Rule:
    """A horizontal line."""

    left: float
    right: float
    y: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A place on the page where more than words is to be seen; `doubt` is a sentence for the auditor."""

    left: float
    top: float
    right: float
    bottom: float
    doubt: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page as it is seen. `number` counts from 1. `gap`: a page seems to be missing before it."""

    number: int
    width: float
    height: float
    words: tuple[Word, ...]
    rules: tuple[Rule, ...] = ()
    marks: tuple[Mark, ...] = ()
    gap: bool = False


@dataclass(slots=True)
class Line:
    """Words that stand beside each other, from left to right."""

    words: list[Word] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All its words."""
        return " ".join(word.text for word in self.words)

    @property
    def left(self) -> float:
        """Where it starts."""
        return self.words[0].left

    @property
    def right(self) -> float:
        """Where it ends."""
        return max(word.right for word in self.words)

    @property
    def top(self) -> float:
        """Its highest point."""
        return min(word.top for word in self.words)

    @property
    def base(self) -> float:
        """The line that its words stand on."""
        return median(word.base for word in self.words)

    @property
    def height(self) -> float:
        """The usual height of its words."""
        return median(word.height for word in self.words)

    @property
    def piled(self) -> bool:
        """Whether words stand on top of each other."""
        pairs = pairwise(self.words)
        return any(one.right - other.left > 0.3 * min(one.right - one.left, other.height) for one, other in pairs)

    def pieces(self) -> list[Line]:
        """Its parts with wide gaps between them."""
        parts, apart = [Line([self.words[0]])], _APART * self.height
        for word in self.words[1:]:
            if word.left - parts[-1].right > apart:
                parts.append(Line())
            parts[-1].words.append(word)
        return parts


def lines(words: Iterable[Word]) -> list[Line]:
    """Words as lines, from top to bottom."""
    found: list[Line] = []
    base = height = 0.0
    for word in sorted(words, key=lambda one: one.base):
        if not found or word.base - base > SAME_LINE * min(word.height, height):
            found.append(Line())
            base, height = word.base, word.height
        found[-1].words.append(word)
    for line in found:
        line.words.sort(key=lambda one: one.left)
    return found


@dataclass(frozen=True, slots=True)
class Pages:
    """Pages without what runs along their edges, which stands in `running`. `cut`: pages after the last are missing."""

    pages: tuple[Page, ...]
    running: tuple[str, ...]
    cut: bool = False


def without_running(pages: Sequence[Page], ordered: Sequence[Sequence[Line]], heads: Iterable[str]) -> Pages:
    """Take off headers and footers: what most pages repeat at the same height, and lines that count pages.

    `ordered` are the lines of each page. `heads` are the heads of tables, as `norm` gives them; they repeat as well
    and stay.
    """
    kept = frozenset(heads)
    seen = Counter(key for page in ordered for key in {_key(line) for line in _edge(page)})
    least = max(2, math.ceil(0.75 * len(pages)))
    running: list[str] = []
    bare: list[Page] = []
    last = of = 0
    for page, all_lines in zip(pages, ordered, strict=True):
        margin = _MARGIN * page.height
        top = [line for line in all_lines[:_OUTERMOST] if line.base < margin]
        bottom = [line for line in all_lines[: -_OUTERMOST - 1 : -1] if line.base > page.height - margin]
        dropped = [*_peel(top, seen, least, kept), *_peel(bottom, seen, least, kept)]
        texts = [line.text for line in dropped]
        counts = [match for text in texts if (match := _PAGE_OF.search(text))]
        number, of = (int(counts[0][1]), int(counts[0][2])) if counts else (0, 0)
        gone = {id(word) for line in dropped for word in line.words}
        gap = page.gap or bool(number and last and number != last + 1)
        last = number or (last and last + 1)
        bare.append(replace(page, words=tuple(word for word in page.words if id(word) not in gone), gap=gap))
        running += texts
    return Pages(tuple(bare), tuple(running), last < of)


def _edge(page: Sequence[Line]) -> list[Line]:
    return [*page[:_OUTERMOST], *page[-_OUTERMOST:]]


def _key(line: Line) -> tuple[str, int]:
    """The same on every page, but for its numbers."""
    return re.sub(r"\d+", "#", norm(line.text)), round(line.base / 4)


def _peel(edge: Sequence[Line], seen: Counter[tuple[str, int]], least: int, kept: frozenset[str]) -> list[Line]:
    """The outermost lines, as long as each is one that runs."""
    found: list[Line] = []
    for line in edge:
        text, place = _key(line)
        often = sum(seen[text, near] for near in (place - 1, place, place + 1)) >= least
        own = not found and (_TOOL_LINE.match(line.text) or (_COUNTS.search(line.text) and len(line.text) < 120))
        if norm(line.text) in kept or not (often or own):
            break
        found.append(line)
    return found


def halves(page: Page, x: float) -> tuple[Page, Page]:
    """Two pages that were printed side by side, parted at x. Rules and marks that go across belong to both."""
    left = replace(
        page,
        width=x,
        words=tuple(word for word in page.words if word.left < x),
        rules=tuple(rule for rule in page.rules if rule.left < x),
        marks=tuple(mark for mark in page.marks if mark.left < x),
    )
    right = replace(
        page,
        width=page.width - x,
        words=tuple(_moved(word, x) for word in page.words if word.left >= x),
        rules=tuple(_moved(rule, x) for rule in page.rules if rule.right > x),
        marks=tuple(_moved(mark, x) for mark in page.marks if mark.right > x),
    )
    return left, right


_Placed = TypeVar("_Placed", Word, Rule, Mark)


def _moved(one: _Placed, x: float) -> _Placed:
    return replace(one, left=one.left - x, right=one.right - x)


def prose(found: Sequence[Line], edge: float) -> str:
    """Lines as somebody wrote them: a line that was full goes on, one that had room ends a paragraph.

    `edge` is how far to the right lines can go.
    """
    if not found:
        return ""
    pitch = _pitch(found)
    text = found[0].text
    for above, below in pairwise(found):
        step = below.base - above.base  # less than nothing on the next page
        first = below.words[0]
        space = 0.25 * above.height
        has_room = above.right + space + (first.right - first.left) < edge - space
        if step > 1.5 * pitch:
            text += "\n\n" + below.text
        elif has_room:
            text += "\n" + below.text
        elif re.search(r"\w[-/]$", text) and below.text[:1].isalnum():
            text += below.text
        elif len(above.words) == 1 and above.right > edge - above.height and len(above.text) > 20:
            text += below.text  # a long address, cut where the line was full
        else:
            text += " " + below.text
    return text


def _pitch(found: Sequence[Line]) -> float:
    """From one line to the next, usually."""
    steps = [below.base - above.base for above, below in pairwise(found)]
    usual = 1.25 * median(line.height for line in found)
    return min([step for step in steps if step > 0.5 * usual], default=usual)
