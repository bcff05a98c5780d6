"""The post as a process of its own, which a test may have killed at a named step, or put on a small disk."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from inspect import iscoroutinefunction
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bot.folders import council_texts
from bot.worker import Worker
from desk import councils, outbox
from documents.reading_room import ReadingRoom
from mail import collect
from mail.local import LocalPost, SmtpRelay
from mail.sending import MailSender
from storage.ledger import Conflict, Store, Unavailable
from tests.mail.room import MONDAY, Room

REST = 0.05
WORK = "work"
"""Said to an idle one; all else that is said to a process is a question in SQL."""


@dataclass(frozen=True)
class Death:
    """Where the process dies: before or after a call that mentions some words. A call that did nothing is none.

    `fills`: a folder whose disk is filled up there instead, once.
    """

    when: str
    call: str
    words: str = ""
    fills: Path | None = None


@dataclass(frozen=True)
class Orders:
    """What the process works with.

    `url`: a database elsewhere; `relay`: the port that letters out go to; `since`: the moment, by the monotonic clock,
    that is Monday at nine; `tries`: how often a letter is begun before a person gets it; `idle`: whether it works only
    when told; `disk`: the size of a disk of its own in bytes, filled with what is in `furniture`.
    """

    folder: Path
    url: str
    relay: int
    since: float
    lanes: tuple[str, ...] = ("post", "mail")
    tries: int = collect.MOST_TRIES
    death: Death | None = None
    idle: bool = False
    disk: int = 0
    furniture: Path = Path()


class Reopened(Room):
    """A post room that was furnished before."""

    def __init__(self, orders: Orders) -> None:
        self.folder, self.now, self.reading = orders.folder, MONDAY, ReadingRoom()
        self.store = Store(orders.url or f"sqlite:///{self.folder / 'auditbot.db'}")
        with self.store.open() as ledger:
            self.council = councils.publish(ledger, council_texts(self.council_folder), MONDAY)
        self.post = LocalPost(self.folder / "mail", self.council.policy.qa_address, 0)


def main(orders: Orders, say: Connection) -> None:
    """Take letters in, read them and send, until killed; answer questions.

    Says the SMTP port first, or "" where no disk of its own can be had.
    """
    os.setsid()  # whoever kills it kills its group
    if orders.disk and not own_disk(orders.folder, orders.disk):
        say.send("")
        return
    if orders.disk:
        shutil.copytree(orders.furniture, orders.folder, dirs_exist_ok=True)
    collect.MOST_TRIES = orders.tries
    if orders.death:
        lay(orders.death)
    room = Reopened(orders)

    def at() -> datetime:
        room.now = MONDAY + timedelta(seconds=time.monotonic() - orders.since)
        return room.now

    def post() -> int:
        at()
        return room.takes_in() + room.reads_once()

    sender = MailSender(SmtpRelay("127.0.0.1", orders.relay))
    jobs: dict[str, Callable[[], int]] = {"post": post, "mail": lambda: outbox.deliver(room.store, sender, "mail", at)}
    worker = Worker(room.store, {lane: (jobs[lane], REST) for lane in orders.lanes}, at)
    room.post.start(worker.nudge)
    say.send(str(room.post.port))
    if not orders.idle:
        worker.start()
    while True:
        asked = say.recv()
        if asked == WORK:
            worker.start()
        else:
            say.send(answered(room.store, asked))


def answered(store: Store, sql: str) -> list[Any]:
    """What the ledger says. Nobody else can open a database on a disk that this process alone sees."""
    try:
        with store.open() as ledger:
            found = ledger._session.execute(text(sql))
            return [tuple(row) for row in found.all()] if found.returns_rows else []
    except (Conflict, Unavailable) as fault:
        return [type(fault).__name__]


def lay(death: Death) -> None:
    """Have this process killed, as the kernel kills, at the call that `death` names."""
    owner, name = _found(death.call)
    real = getattr(owner, name)
    filled: list[Path] = []

    def dies(when: str, args: tuple[Any, ...], done: object = None) -> None:
        if when != death.when or death.words not in " ".join(map(str, args)) or done == 0:
            return
        if not death.fills:
            os.killpg(0, signal.SIGKILL)
        elif not filled:
            filled.append(fill_up(death.fills))

    def fatal(*args: Any, **more: Any) -> Any:
        dies("before", args)
        done = real(*args, **more)
        dies("after", args, done)
        return done

    async def fatal_too(*args: Any, **more: Any) -> Any:
        dies("before", args)
        done = await real(*args, **more)
        dies("after", args, done)
        return done

    setattr(owner, name, fatal_too if iscoroutinefunction(real) else fatal)


def _found(call: str) -> tuple[Any, str]:
    """The module or class that holds what is called. Raises where there is no such thing any more."""
    *path, name = call.split(".")
    owner: Any = import_module(".".join(part for part in path if part.islower()))
    for part in path:
        if not part.islower():
            owner = getattr(owner, part)
    getattr(owner, name)
    return owner, name


def fill_up(folder: Path) -> Path:
    """Fill the disk that a folder is on, to the last byte. What fills it."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            return ballast


NEW_USERS, NEW_MOUNTS = 0x10000000, 0x00020000


def own_disk(folder: Path, size: int) -> bool:
    """Mount an empty disk in memory over a folder, seen by this process alone. False where the kernel forbids it."""
    kernel = ctypes.CDLL(None, use_errno=True)
    user, group = os.getuid(), os.getgid()
    if kernel.unshare(NEW_USERS | NEW_MOUNTS):
        return False
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"0 {user} 1")
    Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    return not kernel.mount(b"tmpfs", str(folder).encode(), b"tmpfs", 0, f"size={size}".encode())
