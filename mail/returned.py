"""The files that came with a letter, read before any transaction is open. Their names are never repeated (L01)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from audit.words import sounds_alarming
from documents.attached import is_the_letter
from documents.kinds import LETTER_MARK, Kind
from documents.limits import LETTER_SECONDS
from documents.reading_room import NO_TOOL_INSIDE, FileRead, ReadingRoom, ToolsFor
from documents.returned_tool import Identity, Reading
from documents.returned_tool.letter import without_print
from mail import bodies
from mail.letters import Attachment


@dataclass(frozen=True, slots=True)
class ReturnedFile:
    """One file. `called` says which it was without its name; `words` are the answers in it, and `others`
    what a letter says that was passed on, for the alarm alone. `own` are the sender's words, where a mail program
    packed them up; `wraps_nothing`: no tool came with these.

    `note` is what its sender should know of how it was read; `fault` is ours, where there was one.
    """

    called: str
    hash: str
    identity: Identity | None = None
    reading: Reading | None = None
    words: str = ""
    unreadable: str = ""
    note: str = ""
    fault: str = ""
    own: str = ""
    others: str = ""
    wraps_nothing: bool = False


def read_all(
    files: Sequence[Attachment], prefix: str, tools_for: ToolsFor, room: ReadingRoom
) -> tuple[ReturnedFile, ...]:
    """Every file, readable or not, in the time that one letter has. Raises ScannerSilent."""
    until = time.monotonic() + LETTER_SECONDS
    attached = sum(not _is_form(file) for file in files)
    found = []
    for place, file in enumerate(files, 1):
        read = room.read(file.data, file.name, prefix, tools_for, until)
        named = [_named(file, one, place, attached, len(read)) for one in read]
        returned = [_returned(one, called) for one, called in zip(read, named, strict=True)]
        if is_the_letter(file.content_type, file.data) and read[0].unreadable == NO_TOOL_INSIDE and len(read) == 1:
            returned = [replace(one, wraps_nothing=True) for one in returned]
        found += [one for one in returned if not (_is_form(file) and _says_nothing(one))]
    return tuple(found)


def _named(file: Attachment, read: FileRead, place: int, attached: int, inside: int) -> str:
    """Which file it was: as its sender counts them, who does not know what their mail program packed up."""
    if _is_form(file):
        return "the form in your mail"
    if is_the_letter(file.content_type, file.data):
        if read.within is None:
            return "your mail"
        return _called(read.place, inside) if attached == 1 else f"file {read.place} in your mail"
    called = _called(place, attached)
    if read.within is None:
        return called
    outer = called.replace("file", "zip" if read.within is Kind.ARCHIVE else "letter", 1)
    return f"file {read.place} in {outer}"


def without_wrappings(files: Sequence[ReturnedFile], own: str) -> tuple[ReturnedFile, ...]:
    """Without what a mail program packed up with no tool in it, where the letter shows its writer's own words: Outlook
    adds a winmail.dat to any letter in rich text. One that sounds alarming is never passed over.
    """
    return tuple(one for one in files if not (own.strip() and one.wraps_nothing) or sounds_alarming_beside(one))


def sounds_alarming_beside(file: ReturnedFile) -> bool:
    """Whether words that were packed up with a file, or those of a letter that was passed on, sound alarming."""
    return any(map(sounds_alarming, (bodies.own_words(file.own), file.others)))


def _is_form(file: Attachment) -> bool:
    return file.data.startswith(LETTER_MARK)


def _says_nothing(form: ReturnedFile) -> bool:
    """Whether a form that looked as if it were filled in turned out to be as it was printed."""
    read = form.reading
    return read is not None and not (read.those("read") or read.those("unsure") or read.not_relevant)


def _returned(read: FileRead, called: str) -> ReturnedFile:
    answers = [one.words for reading in read.readings for one in reading.fields if one.words]
    beside = (said for reading in read.readings for said in reading.beside)
    words, others = "\n".join((*answers, *beside)), without_print(read.others)
    reading = read.readings[0] if read.readings else None
    return ReturnedFile(
        called, read.hash, read.identity, reading, words, read.unreadable, read.note, read.fault, read.own, others
    )


_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


def _called(place: int, of: int) -> str:
    if of == 1:
        return "the file that you attached"
    return f"the {_ORDINALS[place - 1]} file" if place <= len(_ORDINALS) else f"file {place}"
