"""The words in a letter's body: HTML as text, and what its writer wrote without what they quoted.

A library finds the lines that announce a quote; what is cut at them is decided here (docs/decisions/0013).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping

import quotequail

from documents.mail_marks import REST_IS_QUOTED, WROTE
from mail.closings import without_closings


def own_words(text: str) -> str:
    """What the writer wrote: quotes, the signature below "--" and disclaimers cut off, answers between quotes kept."""
    return _tidy(line for line in _before_the_rest(text) if not line.lstrip().startswith(">"))


def answers_below(text: str, questions: Mapping[int, str]) -> str:
    """The same, where each answer that stands right below one of our questions, as quoted, gets its number before it.

    `questions` are the sentences that we asked, by number. A number in some other list is not ours and gets no answer.
    """
    lines: list[str] = []
    quoted: list[str] = []
    for line in _before_the_rest(text):
        if line.lstrip().startswith(">"):
            if not quoted and lines and lines[-1]:
                lines.append("")
            quoted.append(line.lstrip().removeprefix(">").strip())
        elif not line.strip():
            lines.append("")
        else:
            number = _asked_last(quoted, questions)
            lines.append(f"{number}) {line.strip()}" if number else line)
            quoted = []
    return _tidy(lines)


_QUESTION = re.compile(r"(\d{1,2})[.)]\s+(\S.*)")
_ENOUGH = 12
"""So many letters of a question, in the order in which we wrote them, are that question."""


def _asked_last(quoted: list[str], questions: Mapping[int, str]) -> int:
    """The number of the question that quoted lines end with, or 0."""
    for place in range(len(quoted) - 1, -1, -1):
        match = _QUESTION.match(quoted[place])
        if match and int(match[1]) in questions:
            asked = _letters(questions[int(match[1])])
            below = _letters(" ".join((match[2], *quoted[place + 1 :])))
            ours = below.startswith(asked[:_ENOUGH]) and asked.startswith(below[: len(asked)])
            return int(match[1]) if ours and len(below) <= len(asked) else 0
    return 0


def _letters(words: str) -> str:
    return "".join(char for char in words.lower() if char.isalnum())


def _before_the_rest(text: str) -> list[str]:
    """The lines above a quoted letter, without signature and disclaimer."""
    text = _without_announced(text)
    text = WROTE.sub(lambda match: _mark(text, match), text)
    match = REST_IS_QUOTED.search(text)
    text = without_closings(text[: match.start()] if match else text)
    return [line.rstrip() for line in text.split("\n")]


def _tidy(lines: Iterable[str]) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


_LONGEST_LINE, _MOST_LINES, _MOST_QUOTES = 300, 5_000, 20
"""The library's patterns take minutes for a line, or a letter, that was made to hurt them."""


def _without_announced(text: str) -> str:
    """The text without the quotes whose announcing lines the library knows, in whatever of its languages.

    It calls all that follows the first of them quoted. We keep what stands below quoted lines that bear marks, because
    people answer between them.
    """
    lines, start = text.split("\n"), 0
    shown = [line.strip() if len(line) <= _LONGEST_LINE else "…" for line in lines[:_MOST_LINES]]
    for _ in range(_MOST_QUOTES):
        place = _announced(shown[start:])
        if place is None:
            break
        first, end = start + place[0], start + place[1]
        if _bears_marks("\n".join(lines[end : end + 50])):
            lines[first:end] = shown[first:end] = [""] * (end - first)
        elif _is_a_programs("\n".join(lines[first:end])):
            return "\n".join(lines[:first])
        start = end
    return "\n".join(lines)


def _announced(lines: list[str]) -> tuple[int, int] | None:
    """Where the first announcing line that the library finds begins and ends; it may be broken in two."""
    text = "\n".join(lines)
    before = quotequail.quote(text, limit=None, quote_intro_line=True)
    if len(before) < 2:
        return None
    with_it = quotequail.quote(text, limit=None)
    above, whole = (parts[0][1].split("\n") if parts[0][1] else [] for parts in (before, with_it))
    return len(above), max(len(whole), len(above) + 1)


_PROGRAMS = re.compile(
    r"@|\b\d{1,2}[:.]\d{2}\b|\b(?:19|20)\d\d\b|^\W|(?:message|mail|e-mail|bericht|nachricht)\W*$", re.I
)


def _is_a_programs(line: str) -> bool:
    """Whether a program wrote an announcing line: it says when, or who by address. "On Friday her school wrote:" may
    be the writer's own, and what follows it is what they want us to read.
    """
    return bool(_PROGRAMS.search(line.strip()))


def _bears_marks(follows: str) -> bool:
    return follows.lstrip().startswith(">")


def _mark(text: str, match: re.Match[str]) -> str:
    """Where quoted lines bear marks, the line that announces them goes alone; else everything from it on."""
    if _bears_marks(text[match.end() : match.end() + 2_000]):
        return ""
    return "-----Original Message-----" if _is_a_programs(match[0]) else match[0]


_TAG = re.compile(r"(<[^<>]*>)")
_BLOCKS = frozenset(
    ("p", "div", "br", "tr", "td", "th", "li", "table", "ul", "ol", "h1", "h2", "h3", "h4", "hr", "blockquote")
)
_UNSEEN = frozenset(("script", "style", "head", "title"))
_STRUCK = re.compile(r"</?(?:s|strike|del)[\s>]|<[^<>]*line-through", re.IGNORECASE)
"""Words that were struck out are kept between these marks: what they meant, and what stands instead, is not for us."""


def strikes_out(page: str) -> bool:
    """Whether a page strikes words out, which the plain text beside it does not show."""
    return bool(_STRUCK.search(page))


def from_html(page: str) -> str:
    """The words of a page, a line a block, quoted ones marked.

    Cut at its tags, not parsed: the library's parser takes quarters of an hour for a page made to hurt it.
    """
    lines, quoted, unseen = list[str](), 0, 0
    line, is_blank = list[str](), True
    for piece in _TAG.split(_without_comments(page)):
        if not (piece.startswith("<") and piece.endswith(">")):
            words = re.sub(r"\s+", " ", html.unescape(piece))
            if not unseen:
                line.append(f"> {words}" if quoted and words.strip() and is_blank else words)
                is_blank = is_blank and not words.strip()
            continue
        tag = re.split(r"[\s/>]", piece[1:].lstrip("/").lower(), maxsplit=1)[0]
        step = -1 if piece.startswith("</") else 1
        if not unseen and _STRUCK.match(piece):
            line.append("~~")
            is_blank = False
        if tag in _BLOCKS and not is_blank:
            lines.append("".join(line))
            line, is_blank = [], True
        if tag == "blockquote":
            quoted = max(0, quoted + step)
        if tag == "body":
            unseen = 0  # many a page never closes its head
        elif tag in _UNSEEN:
            unseen = max(0, unseen + step)
    return "\n".join(line.strip() for line in (*lines, "".join(line))).strip()


def _without_comments(page: str) -> str:
    parts: list[str] = []
    place = 0
    while (start := page.find("<!--", place)) >= 0 and (end := page.find("-->", start)) >= 0:
        parts.append(page[place:start])
        place = end + 3
    return "".join((*parts, page[place:]))
