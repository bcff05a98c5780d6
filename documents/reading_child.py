"""Reads one file and answers for it, in a process that was forked for this file alone and may do next to nothing."""

from __future__ import annotations

import ctypes
import gc
import os
import resource
import signal
import socket
from collections.abc import Iterable
from pathlib import PurePosixPath
from types import TracebackType
from typing import NoReturn

from documents import frames, guard, returned_tool, warming
from documents.guard import Kind, Unreadable
from documents.limits import Child
from documents.returned_tool import Source, as_data, scan
from documents.returned_tool.pdf_file import Pictured

_LIBC = ctypes.CDLL(None, use_errno=True)
_PDEATHSIG, _DUMPABLE, _NO_NEW_PRIVS = 1, 4, 38


def shut_in(limits: Child, address_space: int) -> None:
    """From here on this process can open nothing, start nothing and write nothing, and ends when it uses too much.

    The three standard streams and the conversation, number 3, are all that is open.
    """
    _LIBC.prctl(_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    _LIBC.prctl(_DUMPABLE, 0, 0, 0, 0)
    _LIBC.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0)
    os.closerange(4, 4096)
    for what, most in (
        (resource.RLIMIT_AS, address_space + limits.memory),
        (resource.RLIMIT_CPU, limits.cpu_most),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, 4),
    ):
        resource.setrlimit(what, (most, most))
    gc.disable()  # it would only look through what the parent has, and copy it
    signal.setitimer(signal.ITIMER_PROF, limits.cpu_seconds)


def answer(conversation: socket.socket) -> NoReturn:
    """Read what is asked, and end. A fault of ours is told by its kind and place, without a word of the file."""
    with _LastWord(conversation):
        asked = frames.receive_data(conversation, 10_000)
        try:
            data = frames.receive(conversation, 2 * guard.MOST_BYTES)
            if asked.get("tables"):
                _answer(conversation, scan.from_tables(data), "", str(asked["prefix"]))
            else:
                _read(conversation, data, str(asked["name"]), str(asked["prefix"]))
        except Unreadable as why:
            frames.send_data(conversation, {"unreadable": str(why)})
        except MemoryError:
            data = b""
            frames.send_data(conversation, {"over": "memory"})
    raise AssertionError("the process has ended")


def _read(conversation: socket.socket, data: bytes, name: str, prefix: str) -> None:
    kind = guard.kind(data, name)
    if kind is Kind.ARCHIVE:
        _unpack(conversation, data)
        return
    if kind in guard.LETTERS:
        _open_letter(conversation, data, kind)
        return
    if kind in guard.CONVERTED:
        guard.vet_for_conversion(data, kind)
        frames.send_data(conversation, {"convert": kind.name})
        return
    if kind is Kind.PICTURE:
        _show(conversation, data, kind)
        return
    try:
        source = returned_tool.opened(data, name)
    except Pictured:
        _show(conversation, data, kind)
        return
    del data
    _answer(conversation, source, name, prefix)


def _show(conversation: socket.socket, data: bytes, kind: Kind) -> None:
    """The pictures of its pages, for somebody else to find words in."""
    pictures = list(scan.pages(data, kind))
    frames.send_data(conversation, {"pictures": len(pictures)})
    for picture in pictures:
        frames.send(conversation, picture)


def _answer(conversation: socket.socket, source: Source, name: str, prefix: str) -> None:
    who = source.identity(prefix)
    frames.send_data(conversation, {"identity": as_data.identity_as_data(who)})
    tools = warming.tools(frames.receive(conversation, 20_000_000))
    readings = [returned_tool.read_source(source, name, lambda *_, tool=tool: tool, prefix) for tool in tools]
    frames.send_data(conversation, {"readings": [as_data.reading_as_data(one) for one in readings]})
    os._exit(0)  # here, where the file is still held: to let go of it piece by piece takes longer than to end


def _unpack(conversation: socket.socket, data: bytes) -> None:
    files = guard.vet_archive(data)
    frames.send_data(conversation, {"files": _endings(name for name, _ in files)})
    for _, content in files:
        frames.send(conversation, content)


def _open_letter(conversation: socket.socket, data: bytes, kind: Kind) -> None:
    """The files in a letter, and its words."""
    found = guard.vet_letter(data, kind)
    words = found.words.encode("utf-8", "replace").decode()
    endings = _endings(one.name for one in found.files)
    frames.send_data(conversation, {"files": endings, "letter": kind.name, "words": words})
    for one in found.files:
        frames.send(conversation, one.data)


def _endings(names: Iterable[str]) -> list[str]:
    return [PurePosixPath(name.replace("\\", "/")).suffix.lower()[:8] for name in names]


class _LastWord:
    """Ends the process, whatever happened."""

    def __init__(self, conversation: socket.socket) -> None:
        self.conversation = conversation

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        code = 0
        try:
            if kind is not None and not issubclass(kind, frames.Broken):
                code = 1
                frames.send_data(self.conversation, {"fault": f"{kind.__name__} at {_place(at)}"})
        finally:
            os._exit(code)


def _place(at: TracebackType | None) -> str:
    place = "?"
    while at is not None:
        path = PurePosixPath(at.tb_frame.f_code.co_filename)
        if "documents" in path.parts or "audit" in path.parts:
            place = f"{path.stem}:{at.tb_lineno}"
        at = at.tb_next
    return place
