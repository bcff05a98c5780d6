"""Starts the parent of the reading children, hands it one conversation for each file, and replaces it when it dies."""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audit.tools import Tool
from documents import frames, programs
from documents.limits import Child

LEARN = b"l"
"""Said to the parent before a frame of tools, so that what their words take is prepared once and not in each child."""

_ROOT = Path(__file__).resolve().parent.parent
_START_SECONDS = 30.0


class ParentGone(Exception):
    """The parent died over a file."""


class NoParent(Exception):
    """The parent cannot be started: that is this machine's fault, and no file's."""


@dataclass(frozen=True, slots=True)
class Forked:
    """A child that waits for its file: the talk with it, and where its parent tells of its end."""

    conversation: socket.socket
    told: int

    def became(self, until: float) -> dict[str, Any]:
        """What the parent saw: `code`, `late`, `cpu`, `peak`. Raises ParentGone where nobody tells."""
        if not select.select([self.told], [], [], max(0.5, until - time.monotonic()))[0]:
            return {"late": True}
        with contextlib.suppress(ValueError):
            data = json.loads(os.read(self.told, 1_000))
            if isinstance(data, dict):
                return data
        raise ParentGone


class ReadingProcess:
    """The parent, started when first needed. Threads may share it."""

    def __init__(self, limits: Child) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._running: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._known: set[tuple[str, str]] = set()

    @property
    def pid(self) -> int | None:
        """Its process number, if it runs."""
        return self._running.pid if self._running and self._running.poll() is None else None

    @contextlib.contextmanager
    def child(self) -> Iterator[Forked]:
        """A child for one file. Raises NoParent; ParentGone is for `became`."""
        ours, theirs = socket.socketpair()
        told, tell = os.pipe()
        try:
            try:
                self._hand_over(theirs.fileno(), tell)
            finally:
                theirs.close()
                os.close(tell)
            yield Forked(ours, told)
        finally:
            ours.close()
            os.close(told)

    def learn(self, tools: tuple[Tool, ...]) -> None:
        """Let the parent meet tools that are new to it, so that no child has to."""
        with self._lock, contextlib.suppress(OSError, frames.Broken):
            new = tuple(tool for tool in tools if (tool.id, tool.version) not in self._known)
            if not new or self._control is None:
                return
            self._control.sendall(LEARN)
            frames.send(self._control, pickle.dumps(new))
            self._known.update((tool.id, tool.version) for tool in new)

    def close(self) -> None:
        """End it, and with it every child."""
        with self._lock:
            self._end()

    def _hand_over(self, conversation: int, tell: int) -> None:
        with self._lock:
            for _ in range(2):
                control = self._started()
                try:
                    socket.send_fds(control, [b"f"], [conversation, tell])
                    return
                except OSError:
                    self._end()  # and once more, with a new one
        raise NoParent

    def _started(self) -> socket.socket:
        if self._control is not None and self.pid is not None:
            return self._control
        self._end()
        self._known.clear()
        ours, theirs = socket.socketpair()
        with theirs:
            words = [*_apart(), sys.executable, "-P", "-s", "-m", "documents.reading_parent", str(theirs.fileno())]
            self._running = subprocess.Popen(  # noqa: S603 - our own words
                [*words, json.dumps(_as_numbers(self._limits))],
                cwd=_ROOT,
                env={"PYTHONPATH": str(_ROOT), "LANG": "C.UTF-8", "PYTHONUTF8": "1"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        self._control = ours
        ours.settimeout(_START_SECONDS)
        try:
            if ours.recv(1) == b"!":
                return ours
        except OSError as fault:
            raise NoParent from fault
        raise NoParent

    def _end(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._running is not None:
            try:
                self._running.wait(timeout=0.5)
            except subprocess.TimeoutExpired:
                self._running.kill()
                self._running.wait()
            self._running = None


def _apart() -> tuple[str, ...]:
    """No network and no sight of other processes, where namespaces are to be had. Without them, limits must do."""
    if not programs.isolated():
        return ()
    return ("unshare", "--user", "--map-root-user", "--net", "--ipc", "--pid", "--fork", "--kill-child=KILL", "--")


def _as_numbers(limits: Child) -> dict[str, float]:
    return {name: getattr(limits, name) for name in Child.__dataclass_fields__}
