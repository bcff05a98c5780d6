"""The process that the reading children are forked from: it has everything loaded, and never touches a file.

Started by documents/reading_process.py with the number of its control socket, and its limits. Over that socket come,
for each file, one end of a conversation for the child and one end of a pipe for what became of the child.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import json
import os
import select
import signal
import socket
import sys
import tempfile
import time
from dataclasses import dataclass

from documents import frames, reading_child, warming
from documents.limits import Child
from documents.reading_process import LEARN

_CAPABILITIES = 0x20080522  # the version of the structures below


@dataclass(slots=True)
class Running:
    """One child: who waits for what becomes of it, and until when it may run."""

    pid: int
    gone: int
    told: int
    until: float
    late: bool = False


def main() -> None:
    """Load, lock the door, say that we are ready, and fork for each file until the service is gone."""
    control, limits = socket.socket(fileno=int(sys.argv[1])), Child(**json.loads(sys.argv[2]))
    warming.warm()
    with open("/proc/self/statm") as sizes:
        address_space = int(sizes.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    _leave_the_file_system()
    gc.collect()
    gc.freeze()
    with contextlib.suppress(OSError):
        control.sendall(b"!")
        with contextlib.suppress(frames.Broken):
            _fork_for_each(control, limits, address_space)


def _fork_for_each(control: socket.socket, limits: Child, address_space: int) -> None:
    children: list[Running] = []
    while True:
        waits = [control.fileno(), *(one.gone for one in children)]
        ready = select.select(waits, [], [], _next(children))[0]
        for one in [each for each in children if each.gone in ready]:
            children.remove(one)
            _bury(one)
        for one in children:
            if not one.late and time.monotonic() >= one.until:
                one.late = True
                os.kill(one.pid, signal.SIGKILL)
        if control.fileno() in ready:
            word, passed, _, _ = socket.recv_fds(control, 1, 2)
            if not word:
                break
            if word == LEARN:
                warming.learn(frames.receive(control, 20_000_000))
                gc.freeze()
            if len(passed) == 2:
                children.append(_fork(passed[0], passed[1], limits, address_space))
    for one in children:
        os.kill(one.pid, signal.SIGKILL)


def _next(children: list[Running]) -> float | None:
    """Seconds until the first of them is late; None where there is nothing to wait for."""
    waiting = [one.until for one in children if not one.late]
    return max(0.0, min(waiting) - time.monotonic()) if waiting else None


def _fork(conversation: int, told: int, limits: Child, address_space: int) -> Running:
    pid = os.fork()
    if not pid:
        if conversation != 3:
            os.dup2(conversation, 3)
        reading_child.shut_in(limits, address_space)
        reading_child.answer(socket.socket(fileno=3))
    os.close(conversation)
    return Running(pid, os.pidfd_open(pid), told, time.monotonic() + limits.wall_seconds)


def _bury(one: Running) -> None:
    """Take the child's end to notice and pass it on."""
    _, status, used = os.wait4(one.pid, 0)
    os.close(one.gone)
    became = {
        "code": os.waitstatus_to_exitcode(status),
        "late": one.late,
        "cpu": round(used.ru_utime + used.ru_stime, 4),
        "peak": used.ru_maxrss * 1024,
    }
    with contextlib.suppress(OSError):
        os.write(one.told, json.dumps(became).encode())
    os.close(one.told)


def _leave_the_file_system() -> None:
    """Move into an empty folder that is gone, and drop the right to come back. Left out where that is refused."""
    folder = tempfile.mkdtemp(prefix="auditbot-")
    try:
        os.chdir(folder)
        os.rmdir(folder)
        os.chroot(".")
    except OSError:
        os.chdir("/")
    libc = ctypes.CDLL(None, use_errno=True)
    libc.capset((ctypes.c_uint32 * 2)(_CAPABILITIES, 0), (ctypes.c_uint32 * 6)())
    libc.prctl(38, 1, 0, 0, 0)  # no new privileges


if __name__ == "__main__":
    main()
