"""A letter split into its parts by the standard library, and what is done so that no letter keeps it busy for long.

The old policy of `email` on purpose: the modern one raises on garbage in headers while it parses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import Compat32
from itertools import islice

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

_BASE64_LINE = re.compile(rb"\ncontent-transfer-encoding:[ \t]{0,20}base64[ \t]{0,20}\r?\n")
_REST_OF_HEAD = re.compile(rb"(?:[^\r\n]{1,300}\r?\n){0,10}\r?\n")
"""In small letters: the head of a part up to its file."""
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_MOST_FILES, _SHORTEST_FILE = 200, 500


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
    """The whole letter. To the library the lines of a file mean the same when they are joined, and it looks at every
    line for the end of a part, which took a third of the time of taking a letter in."""
    joined, files = _joined(raw)
    if files:
        message = message_from_bytes(joined, policy=_Bounded())
        if _are_whole_files(files, message):
            return message
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


def _joined(raw: bytes) -> tuple[bytes, list[str]]:
    """The letter with the lines of each file joined, and the files as they stand in it then.

    The last four characters keep a line of their own: the library looks at the last line of a part with a slow
    pattern. A letter in a letter stays as it came.
    """
    small = raw.lower()
    if b"message/" in small:
        return raw, []
    pieces, files, done = list[bytes](), list[str](), 0
    for begin in _beginnings(small):
        end = small.find(b"\n--", begin) + 1
        if not end:
            break
        file = raw[begin:end].translate(None, b"\r\n") if begin >= done and end - begin > _SHORTEST_FILE else b""
        if file and not file.translate(None, _BASE64):
            last = b"%s\r\n%s" % (file[:-4], file[-4:])
            pieces += (raw[done:begin], last, b"\r\n")
            files.append(last.decode())
            done = end
    return b"".join((*pieces, raw[done:])), files


def _beginnings(small: bytes) -> Iterator[int]:
    """Where files may begin. Not all of them where there are very many, for each costs a look."""
    for line in islice(_BASE64_LINE.finditer(small), _MOST_FILES):
        if head := _REST_OF_HEAD.match(small, line.end()):
            yield head.end()


def _are_whole_files(files: list[str], message: Message) -> bool:
    """Whether each is all of a part that is decoded from base64. If it is not, what was joined was somebody's words, or
    was not what its head says."""
    coded = (
        part.get_payload()
        for part in leaves(message)
        if str(part.get("content-transfer-encoding", "")).lower() == "base64"  # as the library has it
    )
    return all(file in coded for file in files)
