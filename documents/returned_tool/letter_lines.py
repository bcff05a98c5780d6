"""The form in a letter, found again: where each copy of it stands, and what was written after each question."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice, zip_longest

from rapidfuzz import fuzz

from audit.tools import Step, Tool
from audit.words import plain
from documents import letter_form
from documents.letter_form import Question
from documents.returned_tool.alike import SURE, likeness, norm

LONGEST = 200_000
"""Characters. Nobody writes more by hand; what follows is left out, and the last answer is then in doubt."""

_INVISIBLE = dict.fromkeys((*range(0x200B, 0x2010), 0x2060, 0xFEFF, 0xAD, 0xFFFC))
_START = re.compile(
    r"\bForm\W{1,4}([A-Z]{2,4}\s?[-‐‑–—]\s?\d{4,6})\W{1,6}([A-Z0-9][\w.-]*)\s?/\s?(\w[\w.-]*)", re.IGNORECASE
)
_END = re.compile(r"\bEnd\s+of\s+form\W{1,4}([A-Z]{2,4}\s?[-‐‑–—]\s?\d{4,6})", re.IGNORECASE)
_MARK = r"[>|│┃»]"
_JUNK = rf"(?:{_MARK}|[\s*_•·–—-])*"
"""What mail programs put before a line: marks of a quote, bullets, the stars of bold type."""

_ALIKE = 88
_MOST_COPIES = 12
_LONGEST_LEAD = 40
_MOST_TRIES = 20


@dataclass(frozen=True, slots=True)
class Copy:
    """One form in a letter. `ended`: whether its last line is there. `span`: where it stands in the letter."""

    reference: str
    end_reference: str
    tool_id: str
    version: str
    body: str
    ended: bool
    span: tuple[int, int]


def cleaned(text: str) -> str:
    """A letter's text without invisible characters, and no longer than anybody writes."""
    return re.sub(r"\r\n?", "\n", text[:LONGEST].translate(_INVISIBLE)).replace("\xa0", " ")


def copies(text: str) -> tuple[Copy, ...]:
    """Every form in a cleaned text, quoted or not, from the top down."""
    starts = list(islice(_START.finditer(text), _MOST_COPIES))
    found = []
    for start, following in zip_longest(starts, starts[1:]):
        limit = following.start() if following else len(text)
        end = _END.search(text, start.end(), limit)
        body = _unquoted(text[start.end() : end.start() if end else limit], _depth(text, start.start()))
        found.append(
            Copy(
                reference=start[1],
                end_reference=end[1] if end else "",
                tool_id=start[2],
                version=start[3],
                body=body,
                ended=end is not None,
                span=(start.start(), end.end() if end else limit),
            )
        )
    return tuple(found)


def _depth(text: str, place: int) -> int:
    """How often the line at a place is quoted."""
    return len(re.findall(_MARK, text[text.rfind("\n", 0, place) + 1 : place]))


def _unquoted(body: str, depth: int) -> str:
    """No more marks are taken off than the form's first line bears: others were written by somebody."""
    return re.sub(rf"^(?:[ \t]*{_MARK}){{1,{depth}}} ?", "", body, flags=re.MULTILINE) if depth else body


@dataclass(slots=True)
class Written:
    """What stands after one question. `mixed`: it cannot be told from what is printed. `open`: where it ends is unsure.

    `changed`: the printed choices are no longer as they were printed; `printed` is how they stand now.
    """

    question: Question
    words: str
    mixed: bool = False
    open: bool = False
    changed: bool = False
    printed: str = ""


@dataclass(slots=True)
class Sheet:
    """One copy read: an entry a question that was found, and what stands below a heading before any question."""

    written: list[Written] = field(default_factory=list)
    loose: list[tuple[Step, str]] = field(default_factory=list)


@dataclass(slots=True)
class _Anchor:
    """Where a printed question stands: from its code to its colon."""

    start: int
    end: int
    question: Question
    mixed: bool = False
    changed: bool = False


def sheet(copy: Copy, tool: Tool) -> Sheet:
    """What was written where."""
    asked = letter_form.questions(tool)
    anchors = _anchors(copy.body, asked)
    order = {question.code: place for place, question in enumerate(asked)}
    found = Sheet()
    first = anchors[0].start if anchors else len(copy.body)
    _, loose = _split(copy.body[: _line_start(copy.body, first)], tool.steps[:1])
    found.loose += loose
    for anchor, following in zip_longest(anchors, anchors[1:]):
        until = _line_start(copy.body, following.start) if following else len(copy.body)
        steps = _steps_between(tool, anchor.question.step, following.question.step if following else None)
        words, loose = _split(copy.body[anchor.end : until], steps)
        found.loose += loose
        here, there = order[anchor.question.code], order[following.question.code] if following else len(asked)
        found.written.append(
            Written(
                anchor.question,
                words.strip(),
                anchor.mixed or (following is not None and following.mixed),
                open=there != here + 1 or (following is None and not copy.ended),
                changed=anchor.changed,
                printed=copy.body[anchor.start : anchor.end],
            )
        )
    return found


def _steps_between(tool: Tool, this: Step, following: Step | None) -> Sequence[Step]:
    """The steps whose headings may stand between two questions."""
    last = tool.place(following.id) if following else len(tool.steps)
    return tool.steps[tool.place(this.id) : last]


# the printed questions


def _anchors(body: str, asked: Sequence[Question]) -> list[_Anchor]:
    by_code = {question.code.lower(): question for question in asked}
    headings = {_heading(question.step.number, question.step.title, False) for question in asked}
    tried: Counter[str] = Counter()
    sure: list[_Anchor] = []
    weak: list[_Anchor] = []
    end = 0
    for match in _codes(tuple(by_code)).finditer(body):
        if match.start() < end:
            continue
        question = by_code[match[0].lower()]
        leads = _leads(body, match.start())
        anchor = _exact(body, match, question) or (_near(body, match, question) if leads else None)
        if anchor:
            sure.append(anchor)
            end = anchor.end
        elif leads and tried[question.code] < _MOST_TRIES:
            tried[question.code] += 1
            if not any(heading.match(body, match.start()) for heading in headings):
                weak.append(_Anchor(match.start(), match.end(), question, mixed=True))
    return sorted((*sure, *_in_place(weak, sure, asked)), key=lambda one: one.start)


@lru_cache(maxsize=64)
def _codes(all_codes: tuple[str, ...]) -> re.Pattern[str]:
    codes = sorted((re.escape(code) for code in all_codes), key=len, reverse=True)
    return re.compile(rf"(?<![\w.])(?:{'|'.join(codes)})(?!\w)", re.IGNORECASE)


def _leads(body: str, place: int) -> bool:
    """Whether nothing but what mail programs add stands before a place on its line."""
    start = body.rfind("\n", 0, place) + 1
    return place - start <= _LONGEST_LEAD and re.fullmatch(_JUNK, body[start:place]) is not None


def _line_start(body: str, place: int) -> int:
    """The start of the line where only what mail programs add stands before a place; else the place itself."""
    return body.rfind("\n", 0, place) + 1 if _leads(body, place) else place


@lru_cache(maxsize=4096)
def _print(label: str, note: str) -> re.Pattern[str]:
    """A printed question behind its code, however it is broken into lines and whichever quotes and dashes it has."""
    words = _words(f"{label} {note}")
    close = r"\s*\)" if note else ""
    return re.compile(rf"\W{{0,6}}{words}[^\w:()\n]{{0,4}}{close}\s*(?:Answer)?\s*:", re.IGNORECASE)


def _words(label: str) -> str:
    return r"\W{1,12}".join(re.escape(word) for word in re.findall(r"\w+", label))


def _exact(body: str, match: re.Match[str], question: Question) -> _Anchor | None:
    """Every word that is printed, up to the colon; or the label up to the colon, without the choices."""
    for note in (question.note, ""):
        found = _print(question.label, note).match(body, match.end())
        if found:
            changed = bool(note) and _squeezed(note) not in _squeezed(found[0])
            return _Anchor(match.start(), _after(body, match.start(), found.end()), question, changed=changed)
    return None


def _near(body: str, match: re.Match[str], question: Question) -> _Anchor | None:
    """A label that was corrected a little, up to its colon. Words too many in it may be the answer."""
    colon = body.find(":", match.end(), match.end() + 2 * len(question.line) + 40)
    if colon < 0:
        return None
    stands = norm(body[match.end() : colon].rstrip().removesuffix("Answer")).split()
    printed = norm(f"{question.label} {question.note}").split()
    if stands[-1:] != printed[-1:] or fuzz.ratio(" ".join(stands), " ".join(printed)) < _ALIKE:
        return None
    intact = _squeezed(question.note) in _squeezed(body[match.end() : colon])
    changed = len(stands) > len(printed) or not intact
    return _Anchor(match.start(), _after(body, match.start(), colon + 1), question, changed=changed)


def _after(body: str, start: int, end: int) -> int:
    """Where the answer begins: behind the stars that close the bold type in which the print stands."""
    stars = re.search(r"[*_]*\Z", body[max(0, start - 3) : start])
    return end + len(stars[0]) if stars and body.startswith(stars[0], end) else end


def _squeezed(words: str) -> str:
    """Without what a mail program may change: white space, quotes, the length of dashes."""
    return re.sub(r"[\s'’‘`\"“”>|–—‐‑-]", "", words)


def _in_place(weak: list[_Anchor], sure: list[_Anchor], asked: Sequence[Question]) -> Iterator[_Anchor]:
    """Codes whose label is gone count where no other line bears them, between their neighbours; and never surely."""
    order = {question.code: place for place, question in enumerate(asked)}
    taken = {anchor.question.code for anchor in sure}
    for anchor in weak:
        if anchor.question.code in taken:
            continue
        here = order[anchor.question.code]
        before = [order[one.question.code] for one in sure if one.start < anchor.start]
        behind = [order[one.question.code] for one in sure if one.start > anchor.start]
        if (before and before[-1] > here) or (behind and behind[0] < here):
            continue
        taken.add(anchor.question.code)
        yield anchor


# headings


@lru_cache(maxsize=4096)
def _heading(number: str, title: str, alone: bool) -> re.Pattern[str]:
    """A heading: at the start of a line, or at the very end, where lines were run together."""
    its_number = rf"(?:{re.escape(number)}\W{{1,4}}){'?' if alone else ''}"
    after = r"\W*\Z" if alone else r"(?!\w)[ \t]*[:.]?"
    return re.compile(rf"{its_number}{_words(title)}{after}", re.IGNORECASE)


def _split(region: str, steps: Sequence[Step]) -> tuple[str, list[tuple[Step, str]]]:
    """An answer, and what stands below the headings that follow it."""
    for place, step in enumerate(steps):
        found = _numbered_heading(region, step) or _closing_heading(region, step)
        if found is None:
            continue
        below, further = _split(region[found[1] :], steps[place + 1 :])
        below = re.sub(rf"\A{_JUNK}", "", below)
        above = region[: _line_start(region, found[0])]
        while again := _closing_heading(above, step):  # some programs repeat a line
            above = above[: _line_start(above, again[0])]
        return above, [*([(step, below)] if plain(below) else []), *further]
    return region, []


def _numbered_heading(region: str, step: Step) -> tuple[int, int] | None:
    found = [one.span() for one in _heading(step.number, step.title, False).finditer(region)]
    return next((span for span in reversed(found) if _leads(region, span[0])), None)


def _closing_heading(region: str, step: Step) -> tuple[int, int] | None:
    """At the end: run together with what stands before it, or alone on its line, without its number or misspelt."""
    for found in _heading(step.number, step.title, True).finditer(region):
        if found[0].lower().startswith(step.number.lower()) or _leads(region, found.start()):
            return found.span()
    last = region.rstrip()
    start = last.rfind("\n") + 1
    alike = likeness(norm(last[start:]), norm(letter_form.heading(step)))
    return (start, len(region)) if alike >= SURE else None
