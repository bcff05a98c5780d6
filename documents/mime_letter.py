"""What is in a letter that was attached as it is (.eml, or forwarded as an attachment): its files and its words.

The old policy of `email` on purpose: the modern one raises on garbage in headers while it parses.
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator
from email import message_from_bytes
from email.errors import MessageError
from email.generator import BytesGenerator
from email.header import decode_header, make_header
from email.message import Message

from documents.attached import Attached, Opened, from_page, is_a_letter, opened
from documents.unreadable import Unreadable

DAMAGED = "it is a letter inside your letter that is damaged. Please attach the tool itself."

_ODD = (
    LookupError, ValueError, TypeError, AttributeError, AssertionError, RecursionError, OverflowError, MessageError,
    OSError, ImportError,
)  # fmt: skip
"""What the standard library is known to raise on letters that nobody should have sent; the last two where it looks for
a code page that was not loaded before the reading child was shut in.
"""
_MOST_PARTS = 500
_HEADER = re.compile(
    rb"(?:received|from|to|cc|subject|date|sender|reply-to|mime-version|return-path|message-id|delivered-to|"
    rb"dkim-signature|authentication-results|arc-seal|content-type|content-transfer-encoding|content-disposition|"
    rb"content-description|x-[a-z0-9-]{1,60}):[ \t\r\n]",
    re.IGNORECASE,
)


def is_one(data: bytes) -> bool:
    """Whether bytes begin as a letter does, after the line that mailboxes put before one."""
    start = data[:2_000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"From ") and b"\n" in start:
        start = start.partition(b"\n")[2]
    return bool(_HEADER.match(start))


def read(data: bytes) -> Opened:
    """The files and the plain words. A letter in it is one of the files. Raises Unreadable."""
    try:
        return _read(data)
    except _ODD as fault:
        raise Unreadable(DAMAGED) from fault


def _read(data: bytes) -> Opened:
    message = message_from_bytes(data.lstrip(b"\xef\xbb\xbf \t\r\n"))
    if message.get_content_maintype() == "message":  # what came as a part of another letter bears that part's head
        inner = message.get_payload()
        if not isinstance(inner, list) or not isinstance(inner[0], Message):
            raise ValueError("no letter")
        message = _unwrapped(inner[0], str(message.get("Content-Transfer-Encoding", "")))
    files, plain, pages = list[Attached](), list[str](), list[str]()
    for place, part in enumerate(_leaves(message), 1):
        if place > _MOST_PARTS:
            raise Unreadable("it is a letter with far more in it than a letter has.")
        if _is_file(part):
            files.append(_attached(part))
        elif part.get_content_type() == "text/plain":
            plain.append(_content(part).decode("utf-8", "replace"))
        else:
            pages.append(from_page(_content(part)))
    return opened(files, "\n".join(plain).strip() or "\n".join(pages))


def _unwrapped(inner: Message, encoding: str) -> Message:
    """A forwarded letter; decoded first where its sender's program encoded it whole, which RFC 2046 forbids."""
    body = inner.get_payload()
    if inner.keys() or encoding.strip().lower() != "base64" or not isinstance(body, str):
        return inner
    return message_from_bytes(base64.b64decode(body))


def _leaves(part: Message) -> Iterator[Message]:
    inner = part.get_payload()
    if part.get_content_maintype() == "message" or not isinstance(inner, list):
        yield part
        return
    for one in inner:
        if isinstance(one, Message):
            yield from _leaves(one)


def _is_file(part: Message) -> bool:
    named = "filename" in str(part.get("Content-Disposition", "")) or "name" in str(part.get("Content-Type", ""))
    if part.get_content_disposition() == "attachment" or named:
        return True
    return part.get_content_type() not in ("text/plain", "text/html")


def _attached(part: Message) -> Attached:
    kind = part.get_content_type()
    if is_a_letter(kind):
        return Attached("letter.eml", kind, _as_it_came(part))
    inline = part.get_content_disposition() == "inline" or bool(part.get("Content-ID"))
    return Attached(_name(part), kind, _content(part), inline)


def _name(part: Message) -> str:
    """The name of a file; none where it is written in a way that is not known here, for only its ending matters."""
    try:
        return str(make_header(decode_header(str(part.get_filename() or ""))))
    except _ODD:
        return ""


def _as_it_came(part: Message) -> bytes:
    file = io.BytesIO()
    BytesGenerator(file, mangle_from_=False, maxheaderlen=0).flatten(part)
    return file.getvalue()


def _content(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""
