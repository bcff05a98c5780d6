"""What comes with a letter, however the letter is packed, and which of its files may be tools."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

ELSEWHERE_MARK = b"\0a link to a file that lies elsewhere\0"
"""Stands for an attachment that is only a link, such as one to OneDrive. No file begins like this."""
UNREAD_WORDS = "(Its words are formatted in a way that is not read here.)"
"""Stands for the words of a letter that holds them as rich text alone."""
MOST_WORDS, MOST_PAGE = 100_000, 1_000_000

PGP = "-----BEGIN PGP MESSAGE"
_TNEF, _RIGHTS_MANAGED = bytes.fromhex("789f3e22"), bytes.fromhex("76e80460c411e386")

_WHOLE_LETTERS = (_TNEF, _RIGHTS_MANAGED, PGP.encode())
_BEGINNINGS = (b"PK\x03\x04", bytes.fromhex("d0cf11e0a1b11ae1"), b"%PDF", b"{\\rtf", ELSEWHERE_MARK, *_WHOLE_LETTERS)
_ENDINGS = (
    ".docx", ".docm", ".dotx", ".doc", ".odt", ".pdf", ".rtf", ".pages", ".zip", ".msg", ".eml", ".dat", ".p7m",
    ".rpmsg", ".pgp", ".gpg",
)  # fmt: skip
_REPORTS = (
    "message/delivery-status", "message/global-delivery-status", "message/disposition-notification",
    "message/global-disposition-notification", "message/feedback-report", "message/tracking-status",
    "message/rfc822-headers", "message/global-headers",
)  # fmt: skip
"""What mail servers tell each other about letters: no letters themselves."""
_WHOLE_LETTER_TYPES = ("application/ms-tnef", "application/pkcs7-mime", "application/x-pkcs7-mime")


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that came with a letter. Its name and type are the sender's and are believed in nothing.

    `inline`: part of a page, such as the logo of a signature.
    """

    name: str
    content_type: str
    data: bytes
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """A letter that was opened: the files with it that may be tools, and its words as far as they are plain text."""

    files: tuple[Attached, ...]
    words: str = ""


def may_be_a_tool(name: str, content_type: str, data: bytes) -> bool:
    """Whether somebody may have meant this as a tool, or packed one in it: by what is in it before its name."""
    if data.startswith(_BEGINNINGS) or name.lower().endswith(_ENDINGS):
        return True
    return content_type.lower() in _WHOLE_LETTER_TYPES or is_a_letter(content_type)


def is_a_letter(content_type: str) -> bool:
    """Whether this is a letter inside a letter: `message/rfc822`, `message/global` and all others of that family."""
    return content_type.lower().startswith("message/") and content_type.lower() not in _REPORTS


def is_the_letter(content_type: str, data: bytes) -> bool:
    """Whether a mail program packed up the whole letter in this, and no person attached it."""
    return content_type.lower() in _WHOLE_LETTER_TYPES or data.startswith(_WHOLE_LETTERS)


_TAG = re.compile(r"(<[^<>]*>)")
_UNSEEN = ("<style", "<script", "<title")


def from_page(page: bytes) -> str:
    """The words of a page, roughly: for the eye of an alarm, not to be read as answers."""
    text = page[:MOST_PAGE].replace(b"\0", b"").decode("utf-8", "replace")
    seen = True
    said: list[str] = []
    for piece in _TAG.split(text):
        if not piece.startswith("<"):
            said.append(piece if seen else "")
        elif seen:
            seen = not piece.lower().startswith(_UNSEEN)
        else:
            seen = piece.startswith("</")
    return " ".join(html.unescape("".join(one if one else " " for one in said)).split())


def opened(files: Sequence[Attached], words: str) -> Opened:
    """Those files that may be tools; pictures only where nothing else is, and none that is part of a page."""
    found = [one for one in files if may_be_a_tool(one.name, one.content_type, one.data)]
    pictures = [one for one in files if not one.inline and one.content_type.lower().startswith("image/")]
    return Opened(tuple(found or pictures), words.replace("\0", "")[:MOST_WORDS].strip())
