"""Who vouches for a letter's sender: our own mail server, in the headers that it put on top, and nobody else.

Everything in a letter may be forged but what the receiving server writes over it. So only its own verdict counts,
and only where it leaves no doubt: whatever cannot be understood vouches for nobody.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.parser import BytesHeaderParser

_RESULTS, _RECEIVED = "authentication-results", "received"
_INSIDE = "x-ms-exchange-organization-authas"
_UNREADABLE = "\N{REPLACEMENT CHARACTER}"
_LONGEST = 20_000
_END_OF_HEAD = re.compile(rb"\n\r?\n")
_LONE = re.compile(rb"\0|\r(?!\n|\Z)")


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose word counts for a mailbox; nobody's, where nothing is said.

    `inside`: Exchange marks the letters of its own people, and takes that mark off everybody else's. `server`: the
    name (authserv-id) under which the receiving server writes its results. `microsoft`: it writes them as Exchange
    Online does, under no name. `everybody`: every sender is believed, which is for a trial on this machine alone.
    """

    inside: bool = False
    server: str = ""
    microsoft: bool = False
    everybody: bool = False


LOCAL_TRIAL = Trust(everybody=True)


def is_vouched_for(raw: bytes, sender: str, trust: Trust) -> bool:
    """Whether somebody we believe says that `sender`, the one address of the one From, wrote this letter."""
    if trust.everybody:
        return True
    if not sender:
        return False
    headers = _headers(raw)
    if sum(name == "from" for name, _value in headers) != 1:
        return False
    if trust.inside and [value.strip().lower() for name, value in headers if name == _INSIDE] == ["internal"]:
        return True
    return _passed(_own_results(headers, trust), sender.rpartition("@")[2].lower())


def _headers(raw: bytes) -> list[tuple[str, str]]:
    """The headers of a letter; none where another program may see others: those with a lone carriage return, a NUL, or
    a line that is no header."""
    head = _END_OF_HEAD.split(raw, 1)[0]
    if _LONE.search(head):
        return []
    message = BytesHeaderParser().parsebytes(head)
    return [] if message.defects else [(name.lower(), str(value)) for name, value in message.raw_items()]


def _own_results(headers: Sequence[tuple[str, str]], trust: Trust) -> list[list[str]]:
    """The results that the receiving server wrote, in words; none where the topmost ones are not all its own.

    They lie together: each server on a letter's way writes a Received above all that was there before.
    """
    if not (trust.server or trust.microsoft):
        return []
    found: list[list[str]] = []
    begun = False
    for name, value in headers:
        if begun and name == _RECEIVED:
            break
        if name != _RESULTS:
            continue
        begun = True
        server, results = _read(value)
        if server != trust.server.lower():
            return []
        found += results
    return found


def _read(value: str) -> tuple[str, list[list[str]]]:
    """The server's name, empty where it gives none, and each result in words: what was tried, and what with."""
    parts = [part.split() for part in _plain(value[:_LONGEST]).lower().split(";")]
    first = parts[0]
    if first and "=" in first[0]:
        return "", [part for part in parts if part]
    named = first[0] if first and (len(first) == 1 or (len(first) == 2 and first[1].isdigit())) else _UNREADABLE
    return named, [part for part in parts[1:] if part]


_LEGIBLE = re.compile(r"[A-Za-z0-9.@_+:/-]")
_JOINED = re.compile(r"\s*([=./])\s*")


def _plain(value: str) -> str:
    """Without comments, folds and quotes. What stands in quotes is one word, whatever it looks like."""
    if len(value) >= _LONGEST:
        return _UNREADABLE
    out, depth, quoted, escaped = [], 0, False, False
    for char in value:
        if escaped:
            escaped = False
            out.append(_UNREADABLE if quoted else "")
        elif char == "\\" and (quoted or depth):
            escaped = True
        elif quoted:
            quoted = char != '"'
            out.append("" if not quoted else char if _LEGIBLE.match(char) else _UNREADABLE)
        elif char == '"' and not depth:
            quoted = True
        elif char == "(":
            depth += 1
            out.append(" ")
        elif char == ")":
            depth -= 1
            if depth < 0:
                return _UNREADABLE
        elif not depth:
            out.append(char)
    return _UNREADABLE if quoted or depth or escaped else _JOINED.sub(r"\1", "".join(out))


def _passed(results: Sequence[Sequence[str]], domain: str) -> bool:
    """Whether DMARC passed for the From that is in the letter, and no second verdict says otherwise."""
    verdicts = [one for one in results if re.fullmatch(r"dmarc(/\d+)?=.*", one[0])]
    return bool(verdicts) and all(_is_pass(one, domain) for one in verdicts)


def _is_pass(words: Sequence[str], domain: str) -> bool:
    about = [word.partition("=")[2] for word in words[1:] if word.startswith("header.from=")]
    return words[0].partition("=")[2] == "pass" and about == [domain]
