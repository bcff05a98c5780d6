"""A letter as a value, from the bytes that came in. Whatever the bytes, this never raises."""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

from documents.attached import is_a_letter
from documents.returned_tool.letter import beside
from mail import bodies, bounces, machines
from mail.split import LONGEST_HEADER, is_in_too_many_parts, leaves, split, top

_ODD = (
    LookupError, ValueError, TypeError, AttributeError, AssertionError, RecursionError, OverflowError, MessageError,
)  # fmt: skip
"""What the standard library is known to raise on letters that nobody should have sent."""
_LONGEST_ID, _LONGEST_ADDRESS, _LONGEST_SUBJECT = 900, 254, 400
_LONGEST_BODY = 1_000_000
"""Nobody writes more; a letter made to keep us busy does."""
_SLOW_CODES = ("punycode", "idna")
"""For names of machines. To decode a page of words with these takes minutes."""

_PLAIN_ADDRESS = r"[^@\s<>\"(),;:\\\[\]]+@[^@\s<>\"(),;:\\\[\]]+"
_ONE_SENDER = re.compile(rf"\s*(?:(?:\"(?:[^\"\\]|\\.)*\"\s*|[^\"<>@,;:]*)<({_PLAIN_ADDRESS})>|({_PLAIN_ADDRESS}))\s*")
"""A From header that names one address and leaves no doubt which."""
_ID = re.compile(r"<[^<>\s]+>")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a letter. Its name is the sender's and is believed in nothing. `inline`: part of a page."""

    name: str
    content_type: str
    data: bytes
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells a letter from others, in one mailbox: the same letter again has the same. `sender` as in Letter."""

    message_id: str
    sender: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Letter:
    """What a letter says. `sender` is empty unless there is exactly one From with one address.

    `own` is what its writer wrote, without quotes, signature, disclaimer and our form with what is answered in it.
    `auto` says why no person wrote it:
    "auto-reply", "bounce" or "list"; empty where a person seems to have. `returns`: whether its envelope or its form
    is a bounce's, whatever else it is; `declared`: whether it says itself that a machine wrote it. `hint`: what alone
    suggests one, where no mark does: its "subject", "invitation" or "sender". `bounce`: which of our letters came back
    with it. `is_unsplit`: it is in far too many parts, and nothing of it was read but its head.
    """

    message_id: str
    sender: str
    to: tuple[str, ...]
    subject: str
    date: datetime | None
    answers: tuple[str, ...]
    own: str
    text: str
    attachments: tuple[Attachment, ...]
    auto: str
    returns: bool = False
    declared: bool = False
    hint: str = ""
    bounce: bounces.Bounce | None = None
    is_unsplit: bool = False


def parse(raw: bytes) -> Letter:
    """The letter in these bytes; one without sender and text where they make no sense."""
    try:
        return _unsplit(raw) if is_in_too_many_parts(raw) else _letter(split(raw))
    except _ODD:
        return Letter("", "", (), "", None, (), "", "", (), "")


def identity(raw: bytes) -> Identity:
    """Which letter these bytes are; by all of them where they make no sense or are in too many parts."""
    try:
        too_many = is_in_too_many_parts(raw)
        message = top(raw) if too_many else split(raw)
        return Identity(_message_id(message), _sender(message), _digest(raw) if too_many else _fingerprint(message))
    except _ODD:
        return Identity("", "", _digest(raw))


def _unsplit(raw: bytes) -> Letter:
    message = top(raw)
    subject = _decoded(_header(message, "Subject"))[:_LONGEST_SUBJECT]
    return Letter(
        _message_id(message), _sender(message), (), subject, _date(_header(message, "Date")), (), "", "", (), "",
        is_unsplit=True,
    )  # fmt: skip


def _letter(message: Message) -> Letter:
    parts = tuple(leaves(message))
    text = _text(parts)
    hint = machines.hint(message, parts, text, _decoded(_header(message, "Subject")), _sender(message))
    marked = bool(_auto(message, ""))
    return Letter(
        message_id=_message_id(message),
        sender=_sender(message),
        to=tuple(address for _name, address in getaddresses(_headers(message, "To")) if address),
        subject=_decoded(_header(message, "Subject"))[:_LONGEST_SUBJECT],
        date=_date(_header(message, "Date")),
        answers=_answers(message),
        own=bodies.own_words(beside(text)),
        text=text,
        attachments=_files(parts),
        auto=_auto(message, hint) or machines.KINDS.get(hint, ""),
        returns=_returns(message),
        declared=_submitted(message) not in ("", "no", "auto-forwarded") or _says_so(message, hint),
        hint="" if marked else hint,
        bounce=bounces.read(message),
    )


def _headers(message: Message, name: str) -> list[str]:
    return [_clean(value) for key, value in message.raw_items() if key.lower() == name.lower()]


def _header(message: Message, name: str) -> str:
    return next(iter(_headers(message, name)), "")


def _clean(value: object) -> str:
    """One line of characters that can be stored; bytes that are no text become question marks."""
    line = str(value)[:LONGEST_HEADER].encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return "".join(char if char.isprintable() else " " for char in line).strip()


def _decoded(value: str) -> str:
    try:
        return _clean(make_header(decode_header(value)))
    except _ODD:
        return value


def _message_id(message: Message) -> str:
    ids = _ID.findall(_header(message, "Message-ID"))
    if not ids or len(ids[0]) <= _LONGEST_ID:
        return ids[0] if ids else ""
    return f"<{_digest(ids[0].encode())}@too-long>"


def _sender(message: Message) -> str:
    senders = _headers(message, "From")
    match = _ONE_SENDER.fullmatch(senders[0]) if len(senders) == 1 else None
    address = (match[1] or match[2]).lower() if match else ""
    return address if len(address) <= _LONGEST_ADDRESS and address.isascii() else ""


def _answers(message: Message) -> tuple[str, ...]:
    """The letters that this one answers: In-Reply-To first, then the References."""
    return tuple(
        dict.fromkeys(one for name in ("In-Reply-To", "References") for one in _ID.findall(_header(message, name)))
    )


def _date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except _ODD:
        return None


# parts


def _is_file(part: Message) -> bool:
    if part.get_content_disposition() == "attachment" or part.get_filename():
        return True
    return part.get_content_type() not in ("text/plain", "text/html")


def _files(parts: Iterable[Message]) -> tuple[Attachment, ...]:
    return tuple(_attachment(part) for part in parts if _is_file(part))


def _attachment(part: Message) -> Attachment:
    kind = part.get_content_type()
    name = _decoded(_clean(part.get_filename() or ""))
    if is_a_letter(kind):
        return Attachment(name or "letter.eml", kind, _inner_letter(part))
    if part.get_content_maintype() == "message":
        return Attachment(name, kind, _inner_letter(part))
    data = part.get_payload(decode=True)
    inline = part.get_content_disposition() == "inline" or bool(part.get("Content-ID"))
    return Attachment(name, kind, data if isinstance(data, bytes) else b"", inline)


def _inner_letter(part: Message) -> bytes:
    try:
        return part.as_bytes()
    except _ODD:
        return b""


def _text(parts: Iterable[Message]) -> str:
    """The plain text of a letter; its page too, where there is no other or it alone shows what was struck out."""
    plain: list[str] = []
    marked_up: list[str] = []
    left = {True: _LONGEST_BODY, False: _LONGEST_BODY}
    for part in parts:
        if _is_file(part):
            continue
        is_page = part.get_content_type() == "text/html"
        words = _words(part, left[is_page])
        left[is_page] -= len(words)
        (marked_up if is_page else plain).append(words)
    text = "\n".join(plain).strip()
    if text and not any(map(bodies.strikes_out, marked_up)):
        return text
    return "\n".join((text, *(bodies.from_html(words) for words in marked_up))).strip()


def _words(part: Message, most: int) -> str:
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes) or most <= 0:
        return ""
    try:
        code = codecs.lookup(part.get_content_charset() or "utf-8").name
        text = data[:most].decode("latin-1" if code in _SLOW_CODES else code, "replace")
    except _ODD:
        text = data[:most].decode("latin-1")
    text = text.encode("utf-8", "replace").decode("utf-8")
    return text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")


# who wrote it


def _auto(message: Message, hint: str) -> str:
    """RFC 3834 and its cousins: what a machine wrote is never answered (G04)."""
    precedence = _header(message, "Precedence").lower()
    suppressed = _header(message, "X-Auto-Response-Suppress").lower()
    if message.get_content_type() == "multipart/report":
        return "bounce"
    if _submitted(message) not in ("", "no") or precedence == "auto_reply" or suppressed not in ("", "none"):
        return "auto-reply"
    if _says_so(message, hint):
        return "auto-reply"
    if _returns(message):
        return "bounce"
    if precedence in ("bulk", "list", "junk") or _header(message, "List-Id"):
        return "list"
    return ""


def _says_so(message: Message, hint: str) -> bool:
    """An older mark, or a subject that only machines write: some gateways take the marks of RFC 3834 off."""
    return _header(message, "X-Autoreply").lower() == "yes" or hint == "subject"


def _submitted(message: Message) -> str:
    return _header(message, "Auto-Submitted").lower().partition(";")[0].strip()


def _returns(message: Message) -> bool:
    """An empty return path, or a report about a letter of ours: no person's mail program sends either."""
    empty = _header(message, "Return-Path").replace(" ", "") == "<>"
    return empty or (message.get_content_type() == "multipart/report" and bounces.names_ours(message))


# the same letter again


def _fingerprint(message: Message) -> str:
    """From, Date and the files; the text where there is no file. The same Message-ID may be forged, this may not.

    Subject and text besides, where no Message-ID tells two letters apart that bring the same logo.
    """
    parts = tuple(leaves(message))
    said = sorted(_digest(one.data) for one in _files(parts))
    if not said:
        said = [_digest(_text(parts).encode())]
    if not _message_id(message):
        said += [_digest(_text(parts).encode()), _header(message, "Subject")]
    return _digest("\n".join((_header(message, "From"), _header(message, "Date"), *said)).encode())


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
