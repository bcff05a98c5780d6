"""What is in a smime.p7m: the letter that was signed, by RFC 5652 (CMS) in DER or BER. An encrypted one is refused.

The signature is not looked at: who wrote a letter is vouched for by the mail server, signed or not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from documents.unreadable import Unreadable

ENCRYPTED = "it is encrypted, and I have no key to it. Please send it again without encryption."
DAMAGED = "it is a signed letter that is damaged. Please send it again without signing it."
NO_LETTER = "it is a signature or a certificate and holds no letter. Please attach the tool itself."

_BEGINS = re.compile(
    rb"\x30(?:[\x00-\x80]|\x81.|\x82..|\x83...|\x84....)\x06[\x09\x0b]\x2a\x86\x48\x86\xf7\x0d\x01[\x07\x09]",
    re.DOTALL,
)
_SIGNED = bytes.fromhex("2a864886f70d010702")
_SEALED = (bytes.fromhex("2a864886f70d010703"), bytes.fromhex("2a864886f70d0109100117"))
_OCTETS, _SEQUENCE, _OID = 0x04, 0x30, 0x06
_OCTETS_IN_PIECES, _CONTEXT_0 = 0x24, 0xA0
_MOST_LEVELS = 12
_MOST_PIECES = 50_000


@dataclass(frozen=True, slots=True)
class _Value:
    tag: int
    start: int
    end: int
    after: int


def is_one(data: bytes) -> bool:
    """Whether bytes begin as a content of CMS: a sequence with one of its numbers first, however long it says it is."""
    return bool(_BEGINS.match(data))


def content(data: bytes) -> bytes:
    """The letter inside, as it was before it was signed. Raises Unreadable."""
    try:
        return _content(data)
    except (IndexError, ValueError, StopIteration) as fault:
        raise Unreadable(DAMAGED) from fault


def _content(data: bytes) -> bytes:
    parts = _inside(data, _at(data, 0, len(data)))
    kind = _bytes(data, next(parts))
    if kind in _SEALED:
        raise Unreadable(ENCRYPTED)
    if kind != _SIGNED:
        raise Unreadable(NO_LETTER)
    signed = next(_inside(data, _of(next(parts), _CONTEXT_0)))
    within = next(one for one in _inside(data, signed) if one.tag == _SEQUENCE)
    pieces = _inside(data, within)
    _of(next(pieces), _OID)
    held = next(pieces, None)
    if held is None:
        raise Unreadable(NO_LETTER)
    return b"".join(_octets(data, next(_inside(data, _of(held, _CONTEXT_0))), 0))


def _octets(data: bytes, value: _Value, level: int) -> Iterator[bytes]:
    if value.tag == _OCTETS:
        yield _bytes(data, value)
    elif value.tag == _OCTETS_IN_PIECES and level < _MOST_LEVELS:
        for one in _inside(data, value):
            yield from _octets(data, one, level + 1)
    else:
        raise ValueError("no octets")


def _of(value: _Value, tag: int) -> _Value:
    if value.tag != tag:
        raise ValueError("another value")
    return value


def _bytes(data: bytes, value: _Value) -> bytes:
    return data[value.start : value.end]


def _inside(data: bytes, value: _Value) -> Iterator[_Value]:
    """The values in one that is made of others."""
    place = value.start
    for _ in range(_MOST_PIECES):
        if place >= value.end:
            return
        one = _at(data, place, value.end)
        yield one
        place = one.after
    raise ValueError("far too many values")


def _at(data: bytes, place: int, most: int, level: int = 0) -> _Value:
    """The value that begins here; its end is looked for where it gives no length."""
    tag, first = data[place], data[place + 1]
    place += 2
    if tag & 0x1F == 0x1F or level > _MOST_LEVELS:
        raise ValueError("an odd tag, or too deep")
    if first == 0x80 and tag & 0x20:
        end = place
        while data[end : end + 2] != b"\0\0":
            end = _at(data, end, most, level + 1).after
        if end + 2 > most:
            raise ValueError("beyond the end")
        return _Value(tag, place, end, end + 2)
    length = first
    if first & 0x80:
        count = first & 0x7F
        if not 0 < count <= 4 or place + count > most:
            raise ValueError("an odd length")
        length, place = int.from_bytes(data[place : place + count], "big"), place + count
    if place + length > most:
        raise ValueError("beyond the end")
    return _Value(tag, place, place + length, place + length)
