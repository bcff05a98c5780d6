"""The service's side of reading files from outside: scanned, vetted and read elsewhere, one process for each file.

A loaded parent process is started with the first file and forks a child for each. Nothing that a child says is
believed unless it fits; a child that dies costs its own file and nothing else; a parent that dies is replaced.
"""

from __future__ import annotations

import contextlib
import hashlib
import pickle
import re
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from audit.tools import Tool
from documents import converting, frames, recognising
from documents.frames import Broken
from documents.guard import LETTERS, MOST_BYTES, MOST_FILES, MOST_TOGETHER, Kind, Unreadable
from documents.limits import LETTER_SECONDS, MB, Child
from documents.outlook_item import MOST_LEVELS, TOO_DEEP
from documents.reading_process import ParentGone, ReadingProcess
from documents.returned_tool import as_data, scan
from documents.returned_tool.values import Identity, Reading
from documents.virus_scan import Scanner, TooLargeToScan

ToolsFor = Callable[[Identity], tuple[Tool, ...]]
"""The tools that a file might be, the likeliest first."""
Within = tuple[Kind, ...]
"""What a file lies in, the outermost first."""

MACROS_LEFT_OUT = "The document holds macros. They were left out, and only its text was read."

_VIRUS = "the virus scanner found something harmful in it. Please ask your IT help desk before you open it again."
_TOO_LARGE_TO_SCAN = "it is larger than the virus scanner here takes."
_NO_TIME = "there was no time left for it beside the other files. Please send it in a letter of its own."
_TOO_MANY = f"it holds more than {MOST_FILES} files, one in the other. Please send fewer at a time."
NO_TOOL_INSIDE = "it is a letter without a tool in it. Please attach the tool itself."
_NESTED = "it is an archive inside an archive. Please attach the tool itself."
_WORK = "it takes far more work to read than a tool does."
_MEMORY = "it takes far more memory to read than a tool does."
_TOO_LONG = "it takes far too long to read."
_STOPPED = "something in it stopped the reader. Please save the tool again as a Word document (.docx)."
_FAULT = "something in it is more than I can deal with, and my makers have been told."

_CPU_SIGNALS = (-24, -27)  # SIGXCPU, SIGPROF
_WORDS = re.compile(r"[^\x00-\x1f<>{}]{3,300}\.")
_PLACE = re.compile(r"[A-Za-z]{1,40} at (?:[a-z_]{1,40}:\d{1,5}|\?)")


@dataclass(frozen=True, slots=True)
class FileRead:
    """What became of one file. One in an archive or a letter has a `place` there, from 1; `within` says in which.

    `unreadable` says why nothing was read; `note` is for the auditor to know; `fault` is ours, where there is one, as
    its kind and place. `cpu` in seconds and `peak` in bytes are what reading it took. `own` are the words of a letter
    that its sender's mail program packed up with its files, `others` those of a letter that was passed on: the first
    of what came out of it bears them.
    """

    hash: str
    identity: Identity | None = None
    readings: tuple[Reading, ...] = ()
    unreadable: str = ""
    note: str = ""
    fault: str = ""
    place: int = 0
    cpu: float = 0.0
    peak: int = 0
    within: Kind | None = None
    own: str = ""
    others: str = ""


@dataclass(frozen=True, slots=True)
class _Answer:
    """What one child came to: its file read or refused, or what should happen next."""

    read: FileRead
    convert: Kind | None = None
    files: tuple[tuple[str, bytes], ...] = ()
    letter: Kind | None = None
    words: str = ""
    pictures: tuple[bytes, ...] = ()


class ReadingRoom:
    """Where files from outside are read. Any number of threads may use one; `close` ends what it started."""

    def __init__(self, scanner: Scanner | None = None, limits: Child | None = None) -> None:
        self._scanner = scanner
        self._limits = limits or Child()
        self._process = ReadingProcess(self._limits)

    def read(
        self, data: bytes, name: str, prefix: str, tools_for: ToolsFor, until: float | None = None
    ) -> tuple[FileRead, ...]:
        """What is in a file: one, or several from an archive. `until` is by the monotonic clock.

        Raises ScannerSilent, NoParent and what `tools_for` raises: none of them is a file's doing.
        """
        by = time.monotonic() + LETTER_SECONDS if until is None else until
        harmful = self._scanned(data, by)
        if harmful:
            return (FileRead(_hash(data), unreadable=harmful),)
        return self._read(data, "file" + ending(name), prefix, tools_for, by, ())

    def close(self) -> None:
        """End the parent and with it every child."""
        self._process.close()

    @property
    def parent(self) -> int | None:
        """The process number of the parent, if it runs."""
        return self._process.pid

    def _scanned(self, data: bytes, by: float) -> str:
        if self._scanner is None or not data or len(data) > MOST_BYTES:
            return ""
        if time.monotonic() >= by:
            return _NO_TIME
        try:
            return _VIRUS if self._scanner.finds(data, by - time.monotonic()) else ""
        except TooLargeToScan:
            return _TOO_LARGE_TO_SCAN

    def _read(
        self, data: bytes, name: str, prefix: str, tools_for: ToolsFor, by: float, within: Within
    ) -> tuple[FileRead, ...]:
        answer = self._asked(data, name, prefix, tools_for, by)
        if answer.letter:
            return self._in_letter(answer, prefix, tools_for, by, within)
        if answer.files and Kind.ARCHIVE in within:
            return (replace(answer.read, unreadable=_NESTED),)
        if answer.files:
            return self._each(answer.files, prefix, tools_for, by, (*within, Kind.ARCHIVE))
        if answer.convert:
            return (self._converted(data, answer, prefix, tools_for, by),)
        if answer.pictures:
            return (self._recognised(answer, prefix, tools_for, by),)
        return (answer.read,)

    def _in_letter(
        self, answer: _Answer, prefix: str, tools_for: ToolsFor, by: float, within: Within
    ) -> tuple[FileRead, ...]:
        """The files of a letter; its words go with the first. Only what a mail program packs up whole is the sender's
        own; what is passed on was written by somebody else.
        """
        assert answer.letter
        if len(within) >= MOST_LEVELS:
            return (replace(answer.read, unreadable=TOO_DEEP),)
        found = self._each(answer.files, prefix, tools_for, by, (*within, answer.letter))
        first = found[0] if found else replace(answer.read, unreadable=NO_TOOL_INSIDE)
        is_own = not within and answer.letter in (Kind.TNEF, Kind.SIGNED_LETTER)
        own = answer.words if is_own else ""
        others = "\n".join(filter(None, (first.others, "" if is_own else answer.words)))
        return (replace(first, own=own, others=others), *found[1:])

    def _each(
        self, files: Sequence[tuple[str, bytes]], prefix: str, tools_for: ToolsFor, by: float, within: Within
    ) -> tuple[FileRead, ...]:
        """Each of several files, numbered through; what lies in them too, until there are too many."""
        read: list[FileRead] = []
        for name, data in files:
            if len(read) >= MOST_FILES:
                read.append(FileRead(_hash(data), unreadable=_TOO_MANY))
                break
            harmful = self._scanned(data, by) if within[-1] in LETTERS else ""  # a scanner opens zips itself
            if harmful:
                read.append(FileRead(_hash(data), unreadable=harmful))
            else:
                read += self._read(data, name, prefix, tools_for, by, within)
        return tuple(replace(one, place=place, within=within[0]) for place, one in enumerate(read, 1))

    def _converted(self, data: bytes, answer: _Answer, prefix: str, tools_for: ToolsFor, by: float) -> FileRead:
        """What a new child reads in the Word file that LibreOffice made of it."""
        kind = answer.convert
        assert kind
        left = by - time.monotonic()
        if left <= 1:
            return replace(answer.read, unreadable=_NO_TIME)
        try:
            word = converting.to_word(data, kind, left)
        except Unreadable as why:
            return replace(answer.read, unreadable=str(why))
        read = self._asked(word, "file.docx", prefix, tools_for, by).read
        note = MACROS_LEFT_OUT if kind is Kind.WORD_WITH_MACROS else ""
        return replace(read, hash=answer.read.hash, note=note)

    def _recognised(self, answer: _Answer, prefix: str, tools_for: ToolsFor, by: float) -> FileRead:
        """What a new child reads in the words that tesseract found in pictures of pages."""
        left = by - time.monotonic() - self._limits.wall_seconds / 5
        if left <= 1:
            return replace(answer.read, unreadable=_NO_TIME)
        try:
            tables = scan.BETWEEN.join(recognising.tables(answer.pictures, left))
        except Unreadable as why:
            return replace(answer.read, unreadable=str(why))
        read = self._asked(tables, "", prefix, tools_for, by, tables=True).read
        return replace(read, hash=answer.read.hash)

    def _asked(
        self, data: bytes, name: str, prefix: str, tools_for: ToolsFor, by: float, tables: bool = False
    ) -> _Answer:
        """What a child of its own makes of one file; once more, if the parent died over it."""
        digest = _hash(data)
        if len(data) > MOST_BYTES:
            return _Answer(FileRead(digest, unreadable=f"it is larger than {MOST_BYTES // MB} MB."))
        for _ in range(2):
            if time.monotonic() >= by:
                return _Answer(FileRead(digest, unreadable=_NO_TIME))
            with contextlib.suppress(ParentGone):
                return self._in_a_child(digest, data, name, prefix, tools_for, by, tables)
        return _Answer(FileRead(digest, unreadable=_STOPPED))

    def _in_a_child(
        self, digest: str, data: bytes, name: str, prefix: str, tools_for: ToolsFor, by: float, tables: bool
    ) -> _Answer:
        with self._process.child() as child:
            until = min(by, time.monotonic() + self._limits.wall_seconds + 1)
            talk = _Conversation(child.conversation, self._limits.output, until)
            answer: _Answer | None = None
            with contextlib.suppress(Broken, as_data.NotAsAsked):  # why is told by its parent
                answer = talk.about(digest, data, name, prefix, tools_for, tables)
            child.conversation.close()
            became = child.became(until + 1)
        if answer is None:
            late = time.monotonic() >= by
            answer = _Answer(FileRead(digest, unreadable=_NO_TIME if late else _why_it_died(became)))
        self._process.learn(tuple(reading.tool for reading in answer.read.readings if reading.tool))
        cpu, peak = float(became.get("cpu", 0.0)), int(became.get("peak", 0))
        return replace(answer, read=replace(answer.read, cpu=cpu, peak=peak))


@dataclass(frozen=True, slots=True)
class _Conversation:
    """The talk with one child. Raises Broken and NotAsAsked where it does not go as it should."""

    with_child: socket.socket
    most: int
    until: float

    def about(self, digest: str, data: bytes, name: str, prefix: str, tools_for: ToolsFor, tables: bool) -> _Answer:
        """Everything about one file; about the words of its pictures where it is `tables` of them."""
        self.with_child.settimeout(max(0.001, self.until - time.monotonic()))
        frames.send_data(self.with_child, {"name": name, "prefix": prefix, "tables": tables})
        frames.send(self.with_child, data)
        said = self._said()
        if "unreadable" in said:
            return _Answer(FileRead(digest, unreadable=_sentence(said["unreadable"])))
        if "over" in said:
            return _Answer(FileRead(digest, unreadable=_MEMORY))
        if "fault" in said:
            return _Answer(FileRead(digest, unreadable=_FAULT, fault=_fault(said["fault"])))
        if "convert" in said:
            return _Answer(FileRead(digest), convert=_kind(said["convert"]))
        if "letter" in said:
            letter, words = _kind(said["letter"]), as_data.letter_words_from(said.get("words"))
            if letter not in LETTERS:
                raise as_data.NotAsAsked("no letter")
            return _Answer(FileRead(digest), files=self._files(said.get("files"), 0), letter=letter, words=words)
        if "files" in said:
            return _Answer(FileRead(digest), files=self._files(said["files"]))
        if "pictures" in said:
            return _Answer(FileRead(digest), pictures=self._pictures(said["pictures"]))
        return self._reading(digest, name, as_data.identity_from(said.get("identity")), tools_for)

    def _reading(self, digest: str, name: str, who: Identity, tools_for: ToolsFor) -> _Answer:
        tools = tools_for(who)
        frames.send(self.with_child, pickle.dumps(tools))
        said = self._said()
        if "over" in said:
            return _Answer(FileRead(digest, unreadable=_MEMORY))
        if "unreadable" in said:
            return _Answer(FileRead(digest, unreadable=_sentence(said["unreadable"])))
        if "fault" in said:
            return _Answer(FileRead(digest, unreadable=_FAULT, fault=_fault(said["fault"])))
        given = said.get("readings")
        if not isinstance(given, list) or len(given) != len(tools):
            raise as_data.NotAsAsked("not every tool")
        readings = tuple(as_data.reading_from(one, name, who, tool) for one, tool in zip(given, tools, strict=True))
        return _Answer(FileRead(digest, who, readings))

    def _files(self, endings: object, least: int = 1) -> tuple[tuple[str, bytes], ...]:
        if not isinstance(endings, list) or not least <= len(endings) <= MOST_FILES:
            raise as_data.NotAsAsked("no files, or too many")
        left, files = MOST_TOGETHER, []
        for one in endings:
            content = frames.receive(self.with_child, left, self.until)
            left -= len(content)
            files.append(("file" + ending(str(one)), content))
        return tuple(files)

    def _pictures(self, many: object) -> tuple[bytes, ...]:
        if not isinstance(many, int) or not 0 < many <= scan.MOST_PAGES:
            raise as_data.NotAsAsked("no pictures, or too many")
        left, pictures = MOST_TOGETHER, []
        for _ in range(many):
            pictures.append(frames.receive(self.with_child, left, self.until))
            left -= len(pictures[-1])
        return tuple(pictures)

    def _said(self) -> dict[str, Any]:
        return frames.receive_data(self.with_child, self.most, self.until)


def _why_it_died(became: dict[str, Any]) -> str:
    """A sentence for what the parent saw of a child's end."""
    if became.get("late"):
        return _TOO_LONG
    return _WORK if became.get("code") in _CPU_SIGNALS else _STOPPED


def _sentence(said: object) -> str:
    """A child's own words for the auditor, if they look like such a sentence. Raises NotAsAsked."""
    if not isinstance(said, str) or not _WORDS.fullmatch(said):
        raise as_data.NotAsAsked("no sentence")
    return said


def _fault(said: object) -> str:
    return said if isinstance(said, str) and _PLACE.fullmatch(said) else "unknown"


def _kind(said: object) -> Kind:
    if not isinstance(said, str) or said not in Kind.__members__:
        raise as_data.NotAsAsked("no kind")
    return Kind[said]


def ending(name: str) -> str:
    """The ending of a file's name where it is one, and not the rest of a sentence."""
    match = re.search(r"\.[a-z0-9]{1,5}$", name.lower())
    return match[0] if match else ""


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
