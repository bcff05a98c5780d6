"""The words in a letter's body: HTML as text, and what its writer wrote without what they quoted."""

from __future__ import annotations

import re
from html.parser import HTMLParser

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


class _Page(HTMLParser):
    """Collects the words of a page, a line a block, quoted ones marked."""

    _BLOCKS = frozenset(("p", "div", "br", "tr", "li", "table", "ul", "ol", "h1", "h2", "h3", "h4", "hr", "blockquote"))
    _UNSEEN = frozenset(("script", "style", "head", "title"))

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = [""]
        self._quoted = 0
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._UNSEEN:
            self._unseen += 1
        if tag in self._BLOCKS:
            self._break()
        if tag == "blockquote":
            self._quoted += 1

    def handle_endtag(self, tag: str) -> None:
        if tag in self._UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        if tag in self._BLOCKS:
            self._break()
        if tag == "blockquote":
            self._quoted = max(0, self._quoted - 1)

    def handle_data(self, data: str) -> None:
        if self._unseen:
            return
        words = re.sub(r"\s+", " ", data)
        if words.strip() and self._quoted and not self.lines[-1]:
            self.lines[-1] = "> "
        self.lines[-1] += words

    def _break(self) -> None:
        if self.lines[-1].strip():
            self.lines.append("")


def from_html(page: str) -> str:
    """The words of a page as lines. Never raises: what is no HTML has no words."""
    reader = _Page()
    try:
        reader.feed(page)
        reader.close()
    except (AssertionError, ValueError, IndexError, RecursionError):
        return ""
    return "\n".join(line.strip() for line in reader.lines).strip()
