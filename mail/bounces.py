"""What a bounce says: which letter of ours came back, and whom it did not reach (RFC 3464, Exchange, plain text).

Whoever can write to the inbox can forge one. So it is believed in one thing only: that somebody was not reached.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

_MOST_READ = 200_000
_ADDRESS = re.compile(r"[^@\s<>\"(),;:\\\[\]]{1,64}@[^@\s<>\"(),;:\\\[\]]{1,254}")
_OURS = r"<notice-\d{1,12}\.[0-9a-f]{8}@[^<>@\s]+>"
_IDS = re.compile(_OURS)
_ID_LINE = re.compile(rf"^[>\s]*message-id\s*:\s*({_OURS})", re.MULTILINE | re.IGNORECASE)
_STATUS = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
_DAEMON = re.compile(r"^(?:mailer-daemon|postmaster|microsoftexchange[0-9a-f]*)$", re.IGNORECASE)
_DELAYED = re.compile(
    r"\bdelayed\b|\bdelivery delay\b|still (?:be )?(?:trying|tried|attempting)|"
    r"(?:will|to) (?:be retried|retry|keep trying)|"
    r"not yet been delivered|do not need to (?:resend|send)|warning message only",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Bounce:
    """Our Message-ID in what came back, the addresses that were not reached (none where it does not say), and why."""

    message_id: str
    addresses: tuple[str, ...]
    status: str


def read(message: Message) -> Bounce | None:
    """The bounce that this letter is; None for everything else: delays, receipts, answers of people and of machines."""
    try:
        return _reported(message) if _is_report(message) else _told_in_words(message)
    except (LookupError, ValueError, TypeError, AttributeError, AssertionError, RecursionError):
        return None  # garbage: what it is not sure to say, it does not say


def _is_report(message: Message) -> bool:
    return any(part.get_content_type() == "message/delivery-status" for part in _walk(message))


def _reported(message: Message) -> Bounce | None:
    """A report in the standard form: each recipient with what became of the letter."""
    failed, status = list[str](), ""
    for part in _walk(message):
        if part.get_content_type() != "message/delivery-status":
            continue
        for block in _blocks(part):
            if _field(block, "Action").split(" ")[0].lower() != "failed":
                continue
            status = status or next(iter(_STATUS.findall(_field(block, "Status"))), "")
            named = _field(block, "Original-Recipient"), _field(block, "Final-Recipient")
            failed += [found for one in named for found in _ADDRESS.findall(one.partition(";")[2] or one)]
            failed += [""] if not any(named) else []
    ours = _our_id(message)
    if not failed or not ours:
        return None
    return Bounce(ours, tuple(dict.fromkeys(one.lower() for one in failed if one)), status)


def _told_in_words(message: Message) -> Bounce | None:
    """A bounce without a report: from a mail system by name or mark, quoting our Message-ID, and no mere delay."""
    failed = _ADDRESS.findall(_field(message, "X-Failed-Recipients"))
    local = (_ADDRESS.findall(_field(message, "From")) or [""])[-1].partition("@")[0]
    if not (failed or _field(message, "X-MS-Exchange-Message-Is-Ndr") or _DAEMON.match(local)):
        return None
    words = "\n".join((_field(message, "Subject"), *_texts(message)))
    ours = _our_id(message)
    if not ours or _DELAYED.search(words.partition(ours)[0]):
        return None
    return Bounce(ours, tuple(dict.fromkeys(one.lower() for one in failed)), next(iter(_STATUS.findall(words)), ""))


def names_ours(message: Message) -> bool:
    """Whether a report names a letter of ours: as returned, as answered, as quoted, or as the one that was read."""
    try:
        read = (_field(block, "Original-Message-ID") for part in _walk(message) for block in _blocks(part))
        named = (_returned_ids(message), _answered_ids(message), _quoted_ids(message))
        return any(map(_IDS.search, read)) or any(next(ids, "") for ids in named)
    except (LookupError, ValueError, TypeError, AttributeError, AssertionError, RecursionError):
        return False


def _our_id(message: Message) -> str:
    """The Message-ID of the letter that came back: as returned with it, as answered, or as quoted; never a choice."""
    for found in (_returned_ids(message), _answered_ids(message), _quoted_ids(message)):
        ids = tuple(dict.fromkeys(found))
        if ids:
            return ids[0] if len(ids) == 1 else ""
    return ""


def _returned_ids(message: Message) -> Iterator[str]:
    for part in _walk(message):
        if part.get_content_maintype() == "message" and part.get_content_type() != "message/delivery-status":
            inner = part.get_payload()
            if isinstance(inner, list) and inner and isinstance(inner[0], Message):
                yield from _IDS.findall(_field(inner[0], "Message-ID"))
        elif part.get_content_type() == "text/rfc822-headers":
            yield from _ID_LINE.findall(_decoded(part))


def _answered_ids(message: Message) -> Iterator[str]:
    yield from _IDS.findall(_field(message, "In-Reply-To"))


def _quoted_ids(message: Message) -> Iterator[str]:
    texts = tuple(_texts(message))
    in_lines = [one for text in texts for one in _ID_LINE.findall(text)]
    yield from in_lines or (one for text in texts for one in _IDS.findall(text))


def _walk(message: Message) -> Iterator[Message]:
    """The parts of the bounce itself, not those of the letter that came back with it."""
    yield message
    inner = message.get_payload()
    if message.get_content_maintype() == "message" or not isinstance(inner, list):
        return
    for one in inner:
        if isinstance(one, Message):
            yield from _walk(one)


def _blocks(part: Message) -> Iterator[Message]:
    inner = part.get_payload()
    if isinstance(inner, list):
        yield from (one for one in inner if isinstance(one, Message))


def _texts(message: Message) -> Iterator[str]:
    for part in _walk(message):
        if part.get_content_maintype() == "text":
            yield _decoded(part).replace("&lt;", "<").replace("&gt;", ">")


def _decoded(part: Message) -> str:
    data = part.get_payload(decode=True)
    return data[:_MOST_READ].decode("utf-8", "replace").replace("\r\n", "\n") if isinstance(data, bytes) else ""


def _field(message: Message, name: str) -> str:
    return " ".join(str(message.get(name, "")).split())
