"""The words in a letter's body: HTML as text, and what its writer wrote without what they quoted."""

from __future__ import annotations

import html
import re

_WROTE = re.compile(r"^[ \t]*On\b[^\n]{0,250}(?:\n[^\n]{0,120}?)?\bwrote:[ \t]*$", re.MULTILINE)
_REST_IS_QUOTED = re.compile(
    r"^[ \t]*(?:-{2,}[ \t]*(?:original|forwarded) (?:message|mail|e-?mail)[ \t]*-{2,}|"
    r"begin forwarded message:|_{10,}[ \t]*$|"
    r"\*?from:\*?[ \t][^\n]*\n(?:[^\n]*\n){0,3}?[ \t]*\*?(?:sent|date|to|subject):)",
    re.MULTILINE | re.IGNORECASE,
)
_REST_IS_CLOSING = re.compile(
    r"^(?:--[ \t]*$|sent from (?:my|outlook)\b|get outlook for\b|"
    r"(?:this (?:e-?mail|message|communication)|the information (?:contained )?in this (?:e-?mail|message)) "
    r"(?:and|is|contains|may|was|has)\b|(?:disclaimer|confidentiality notice|important notice)\b)",
    re.MULTILINE | re.IGNORECASE,
)


def own_words(text: str) -> str:
    """What the writer wrote: quotes, the signature below "--" and disclaimers cut off, answers between quotes kept."""
    text = _WROTE.sub(lambda match: _mark(text, match.end()), text)
    for rest in (_REST_IS_QUOTED, _REST_IS_CLOSING):
        match = rest.search(text)
        text = text[: match.start()] if match else text
    lines = (line.rstrip() for line in text.split("\n") if not line.lstrip().startswith(">"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _mark(text: str, end: int) -> str:
    """Where quoted lines bear marks, the line that announces them goes alone; else everything from it on."""
    follows = text[end : end + 2_000].lstrip()
    return "" if follows.startswith(">") else "-----Original Message-----"


_TAG = re.compile(r"(<[^<>]*>)")
_BLOCKS = frozenset(
    ("p", "div", "br", "tr", "td", "th", "li", "table", "ul", "ol", "h1", "h2", "h3", "h4", "hr", "blockquote")
)
_UNSEEN = frozenset(("script", "style", "head", "title"))


def from_html(page: str) -> str:
    """The words of a page, a line a block, quoted ones marked.

    Cut at its tags, not parsed: the library's parser takes quarters of an hour for a page made to hurt it.
    """
    lines, quoted, unseen = [""], 0, 0
    for piece in _TAG.split(_without_comments(page)):
        if not (piece.startswith("<") and piece.endswith(">")):
            words = re.sub(r"\s+", " ", html.unescape(piece))
            if not unseen:
                lines[-1] += f"> {words}" if quoted and words.strip() and not lines[-1] else words
            continue
        tag = re.split(r"[\s/>]", piece[1:].lstrip("/").lower(), maxsplit=1)[0]
        step = -1 if piece.startswith("</") else 1
        if tag in _BLOCKS and lines[-1].strip():
            lines.append("")
        if tag == "blockquote":
            quoted = max(0, quoted + step)
        if tag == "body":
            unseen = 0  # many a page never closes its head
        elif tag in _UNSEEN:
            unseen = max(0, unseen + step)
    return "\n".join(line.strip() for line in lines).strip()


def _without_comments(page: str) -> str:
    parts: list[str] = []
    place = 0
    while (start := page.find("<!--", place)) >= 0 and (end := page.find("-->", start)) >= 0:
        parts.append(page[place:start])
        place = end + 3
    return "".join((*parts, page[place:]))
