"""What is this letter? Decided from the letter and from what we know, without looking anything up."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from audit.wishes import What, Wish, decision, wish
from audit.words import command
from documents.attached import PGP, may_be_a_tool
from documents.kinds import LETTER_MARK
from documents.returned_tool.letter import holds_answers
from mail.further import without_greeting
from mail.letters import Attachment, Letter


class Kind(StrEnum):
    """What a letter is. The first five are recorded and never answered with detail, if at all."""

    OURS = "ours"
    AUTO_REPLY = "auto-reply"
    BOUNCE = "bounce"
    LIST = "list"
    STRANGER = "stranger"
    ACK = "ack"
    CONFIRM = "confirm"
    ANSWERS = "answers"
    TOOLS = "tools"
    WORDS = "words"
    REQUEST = "request"
    ACTION = "action"
    DISAGREEMENT = "disagreement"
    HELP = "help"
    DECISION = "decision"


A_WHILE = timedelta(minutes=1)
_AT_ONCE, _EACH = 20, timedelta(seconds=0.2)


def patience(written: int) -> timedelta:
    """How long a letter waits to be read whose sender wrote this many in A_WHILE: a flood lets everybody else pass."""
    return max(written - _AT_ONCE, 0) * _EACH


WISHED = (Kind.REQUEST, Kind.ACTION, Kind.DISAGREEMENT, Kind.HELP, Kind.DECISION)
"""Letters that ask for something, or tell something, in so many words."""
SLOW = timedelta(seconds=0.5)
"""Files that take longer to be read hold others up; a tool takes a fraction of that."""

UNANSWERED = (Kind.OURS, Kind.AUTO_REPLY, Kind.BOUNCE, Kind.LIST)


@dataclass(frozen=True, slots=True)
class Answered:
    """A notice of ours that a letter answers; `address` is whom it was sent to."""

    number: int
    kind: str
    address: str
    concern_id: int | None
    audit_id: int | None


@dataclass(frozen=True, slots=True)
class Sorted:
    """What a letter is, the notice that it answers, the files that may be tools, and what it asks for in words."""

    kind: Kind
    to: Answered | None = None
    files: tuple[Attachment, ...] = ()
    wish: Wish | None = None


def sort(
    letter: Letter, inbox: str, known: bool, answered: tuple[Answered, ...], called: tuple[str, ...] = ("audit",)
) -> Sorted:
    """Sort a letter. `known`: whether its sender is in the directory; `answered`: the notices that it names; `called`:
    what the council calls an audit."""
    bounced = letter.auto == "bounce" or (letter.bounce is not None and not known)
    files = () if bounced else documents(letter)  # what bounced was sent by us
    if letter.sender == inbox.lower():
        return Sorted(Kind.OURS, files=files)
    if bounced:
        return Sorted(Kind.BOUNCE)
    if letter.auto:
        return Sorted(Kind(letter.auto), files=files)
    if not known:
        return Sorted(Kind.STRANGER, files=files)
    said = command(first_line(letter.own))
    alert = next((one for one in answered if one.kind == "alert"), None)
    if alert and said == "ack":
        return Sorted(Kind.ACK, alert, files)
    asked = next((one for one in answered if one.audit_id is not None and one.kind == "receipt"), None)
    numbered = _NUMBERED.search(letter.own)
    if asked and said == "confirm" and not numbered:
        return Sorted(Kind.CONFIRM, asked, files)
    if not (alert or files or (asked and numbered)) and (wished := _wished(letter, answered, called, bool(asked))):
        return wished
    if asked and letter.own.strip() and (numbered or not files):
        return Sorted(Kind.ANSWERS, asked, () if files == _pictures(letter) else files)
    return Sorted(Kind.TOOLS if files else Kind.WORDS, alert, files)


def _wished(letter: Letter, answered: tuple[Answered, ...], called: tuple[str, ...], to_receipt: bool) -> Sorted | None:
    """What a letter asks for or tells plainly, if it does. One that answers an alert is about the alert; one that
    answers a receipt may be an answer to it, unless nothing else can be meant."""
    own = without_greeting(letter.own)
    request = next((one for one in answered if one.kind == "request"), None)
    if request and decision(first_line(own))[0]:
        return Sorted(Kind.DECISION, request)
    found = wish(letter.subject, own, called)
    if found is None or (to_receipt and (found.what is What.DISAGREEMENT or not found.plain)):
        return None
    return Sorted(Kind(found.what.value), wish=found)


def as_tools(letter: Letter) -> Sorted:
    """A letter of which somebody has said whose tools it brings, whatever it looks like."""
    return Sorted(Kind.TOOLS, files=documents(letter))


_NUMBERED = re.compile(r"^\W*(?:q(?:uestion)?\.?\s*)?\d{1,2}(?!\d|/|st\b|nd\b|rd\b|th\b)", re.MULTILINE | re.IGNORECASE)
"""A line that begins with a number: an answer, even beside a tool that is sent again."""


def first_line(words: str) -> str:
    """The first line that says anything."""
    return next((line.strip() for line in words.split("\n") if line.strip()), "")


def documents(letter: Letter) -> tuple[Attachment, ...]:
    """The files that somebody may have meant as a tool, by what is in them before by what they are called; then the
    form in the letter itself.

    A picture counts only where nothing else does and it is no part of the page: a scan, not the logo of a signature.
    """
    found = tuple(one for one in letter.attachments if _is_document(one)) + _form(letter) + _locked(letter)
    if found:
        return found
    return _pictures(letter)


def _form(letter: Letter) -> tuple[Attachment, ...]:
    """The letter's own words, where the form in them is filled in: a file like any other."""
    if not holds_answers(letter.text):
        return ()
    return (Attachment("", "text/plain", LETTER_MARK + letter.text.encode()),)


_PGP = re.compile(rf"^{PGP}", re.MULTILINE)


def _locked(letter: Letter) -> tuple[Attachment, ...]:
    """The letter's own words, where they are encrypted with PGP: refused like a file that is."""
    match = _PGP.search(letter.text)
    return (Attachment("", "text/plain", letter.text[match.start() :].encode()),) if match else ()


def _pictures(letter: Letter) -> tuple[Attachment, ...]:
    """Beside numbered answers they are the logo of a signature; otherwise they may be a scan."""
    return tuple(one for one in letter.attachments if not one.inline and one.content_type.startswith("image/"))


def _is_document(one: Attachment) -> bool:
    return may_be_a_tool(one.name, one.content_type, one.data)
