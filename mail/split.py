"""A letter split into its parts by the standard library, and what is done so that no letter keeps it busy for long.

The old policy of `email` on purpose: the modern one raises on garbage in headers while it parses.
"""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import Compat32

LONGEST_HEADER = 20_000
"""Nobody writes more; a letter made to keep us busy does."""
_LONGEST_OF_A_PART = 2_000
"""The same for a header that says what a part is: the library takes long for long ones, and a letter has many parts."""
_LONGEST_TOP = 200_000
_MOST_PARTS, _MOST_BLOCKS = 2_000, 30_000
"""Lines that may begin a part, and empty lines in a report of deliveries: each may be a message of its own to the
library, and half a million of them take half a minute."""
_MOST_LINES = 450_000
"""A file of 25 MB has fewer. Each may be a header, which takes as long."""


class _Bounded(Compat32):
    """Headers as they stand, and no more of each than anybody writes."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        most = _LONGEST_OF_A_PART if name.lower().startswith("content-") else LONGEST_HEADER
        return name, value[:most]


def is_in_too_many_parts(raw: bytes) -> bool:
    """Whether these bytes would keep the library busy: in far more parts than anybody's letter has."""
    if raw.count(b"-") > _MOST_PARTS and raw.count(b"\n--") + raw.count(b"\r--") > _MOST_PARTS:
        return True
    if len(raw) > _MOST_LINES and max(raw.count(b"\n"), raw.count(b"\r")) > _MOST_LINES:
        return True
    if len(raw) <= 2 * _MOST_BLOCKS or b"message/delivery-status" not in raw.lower():
        return False
    return sum(map(raw.count, (b"\n\n", b"\n\r", b"\r\r"))) > _MOST_BLOCKS


def top(raw: bytes) -> Message:
    """The headers of a letter alone."""
    return BytesHeaderParser(policy=_Bounded()).parsebytes(raw[:_LONGEST_TOP])


def split(raw: bytes) -> Message:
    """The whole letter, in its parts."""
    return message_from_bytes(raw, policy=_Bounded())


def leaves(part: Message) -> Iterator[Message]:
    """The leaves of a letter. A letter inside a letter is one leaf: what it holds was sent by somebody else."""
    inner = part.get_payload()
    if part.get_content_maintype() == "message" or not isinstance(inner, list):
        yield part
        return
    for one in inner:
        if isinstance(one, Message):
            yield from leaves(one)
