"""The files that came with a letter, read before any transaction is open. Their names are never repeated (L01)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from audit.tools import Tool
from documents import returned_tool
from documents.returned_tool import Identity, Reading, Unreadable
from mail.letters import Attachment

ToolsFor = Callable[[Identity], tuple[Tool, ...]]
"""The tools that a file might be, the likeliest first."""


@dataclass(frozen=True, slots=True)
class ReturnedFile:
    """One file. `called` says which it was without its name; `words` are the answers in it, for the alarm alone."""

    called: str
    hash: str
    identity: Identity | None = None
    reading: Reading | None = None
    words: str = ""
    unreadable: str = ""


def read_all(files: Sequence[Attachment], prefix: str, tools_for: ToolsFor) -> tuple[ReturnedFile, ...]:
    """Every file, readable or not."""
    return tuple(_read(file, _called(place, len(files)), prefix, tools_for) for place, file in enumerate(files, 1))


def _read(file: Attachment, called: str, prefix: str, tools_for: ToolsFor) -> ReturnedFile:
    digest = hashlib.sha256(file.data).hexdigest()
    name = "file" + _ending(file.name)
    try:
        identity = returned_tool.identify(file.data, prefix, name)
        tools = tools_for(identity)
        readings = [returned_tool.read(file.data, name, lambda *_, tool=tool: tool, prefix) for tool in tools]
    except Unreadable as why:
        return ReturnedFile(called, digest, unreadable=str(why))
    words = "\n".join(one.words for reading in readings for one in reading.fields if one.words)
    return ReturnedFile(called, digest, identity, readings[0] if readings else None, words)


def _ending(name: str) -> str:
    """The ending of a file's name where it is one, and not the rest of a sentence."""
    match = re.search(r"\.[a-z0-9]{1,5}$", name.lower())
    return match[0] if match else ""


_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


def _called(place: int, of: int) -> str:
    if of == 1:
        return "the file that you attached"
    return f"the {_ORDINALS[place - 1]} file" if place <= len(_ORDINALS) else f"file {place}"
