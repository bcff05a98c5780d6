"""What a letter says beyond its one word: without the signature, and without an alert that was quoted unmarked."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable

from audit.words import plain, sounds_alarming
from mail.closings import is_contact

_CLOSING = re.compile(
    r"(?:(?:many |kind |kindest |best |warm |with )*(?:thanks|thank you|regards|wishes)"
    r"(?: and (?:regards|best wishes))?(?: \w+)?|best|cheers|kr|yours(?: sincerely| faithfully)?)"
)
_NUMBER = re.compile(r"\W*(?:q\w*\s*)?(\d{1,2})(?![\d/])", re.IGNORECASE)
_GREETING = re.compile(r"(?:hi|hello|dear|hey|good (?:morning|afternoon|evening))(?:,? [^\W\d]+){0,3}")


def further_words(own: str, name: str, inbox: str, kinds: Iterable[str]) -> str:
    """What follows the first line. `name`: the writer's; `kinds`: as they stand in our titles."""
    lines = [line.strip() for line in own.split("\n") if re.search(r"\w", line)][1:]
    return "\n".join(_unsigned(lines, name, inbox, kinds))


def without_closing(own: str, name: str, inbox: str, kinds: Iterable[str], numbers: Container[int] = ()) -> str:
    """All that somebody wrote, without a greeting, thanks, their name and what stands below it. Empty lines stay.

    `numbers` are those of questions: a line that begins with one is an answer, even below a name.
    """
    lines = without_greeting(own).split("\n")
    return "\n".join(_unsigned(lines, name, inbox, kinds, numbers)).strip()


def without_greeting(own: str) -> str:
    """The same from the first line on that says something; lines without spaces at their ends."""
    lines = [line.strip() for line in own.split("\n")]
    first = next((place for place, line in enumerate(lines) if line and not _is_greeting(line)), len(lines))
    return "\n".join(lines[first:])


def _is_greeting(line: str) -> bool:
    return bool(_GREETING.fullmatch(plain(line))) and not sounds_alarming(line)


def _unsigned(
    lines: Iterable[str], name: str, inbox: str, kinds: Iterable[str], numbers: Container[int] = ()
) -> list[str]:
    quoted = _quoted_from(inbox, kinds)
    found: list[str] = []
    signed = False
    for line in lines:
        if quoted.search(line):
            break
        titled = bool(name) and plain(line).startswith(plain(name)) and is_contact(line)
        if _is_closing(line, name) or _is_name(line, name) or titled:
            signed = True
        elif (number := _NUMBER.match(line)) and int(number[1]) in numbers:
            signed = False
            found.append(line)
        elif not (signed and is_contact(line)):
            found.append(line)
    return found


def own_subject(subject: str, kinds: Iterable[str]) -> str:
    """A subject without the kind of concern that our own titles end with: that is our word and not the writer's."""
    return _title_end(kinds).sub(" ", " ".join(subject.split()))


def _title_end(kinds: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"·\s*(?:{'|'.join(re.escape(kind) for kind in kinds)})(?!\w)", re.IGNORECASE)


def _quoted_from(inbox: str, kinds: Iterable[str]) -> re.Pattern[str]:
    """A line of headers that names our address, in whatever language, or the title of an alert."""
    return re.compile(
        rf"^\W{{0,5}}[\w ]{{2,20}}:.*{re.escape(inbox)}\W*$|{_title_end(kinds).pattern}\W*$", re.IGNORECASE
    )


def _is_closing(line: str, name: str) -> bool:
    """Thanks or regards, and perhaps the writer's name in the same line."""
    said = re.sub(r"[,–-]", " ", plain(line)).split()
    while said and _is_name(said[-1], name):
        said.pop()
    return any(_CLOSING.fullmatch(words) for words in (plain(line), " ".join(said)))


def _is_name(line: str, name: str) -> bool:
    said = plain(re.sub(r"\([^)]*\)", "", line)).replace(",", "").split()
    return bool(said) and set(said) <= set(plain(name).replace(",", "").split())
