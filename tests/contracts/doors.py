"""Every transport, opened for one test: its mailbox, its way out, and what a test must do from the other side."""

from __future__ import annotations

import smtplib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Protocol

from mail.exchange import ExchangePost
from mail.exchange_login import ExchangePlace, Password
from mail.graph import GraphPost
from mail.local import LocalOutbox, LocalPost
from mail.mailbox import Mailbox, Transport
from tests.standins.ews.server import exchange_server
from tests.standins.graph.server import graph_server

INBOX = "qa@telford.example"


class Post(Mailbox, Protocol):
    """A mailbox as the service opens it."""

    def start(self, arrived: Callable[[], None]) -> None: ...

    def stop(self) -> None: ...

    def oldest(self, folder: str) -> datetime | None: ...


@dataclass
class Door:
    """One transport."""

    post: Post
    way_out: Transport
    deliver: Callable[[bytes], object]
    """A letter comes in."""
    left: Callable[[], list[bytes]]
    """The letters that went out."""
    woken: Event
    """Set when something may have come in."""


@contextmanager
def local(folder: Path) -> Iterator[Door]:
    post = LocalPost(folder / "mail", INBOX, 0)
    out = folder / "mail" / "outbox"

    def deliver(raw: bytes) -> None:
        with smtplib.SMTP("127.0.0.1", post.port, timeout=10) as server:
            server.sendmail("someone@elsewhere.example", [INBOX], raw)

    woken = Event()
    post.start(woken.set)
    try:
        left = lambda: [one.read_bytes() for one in sorted(out.glob("*.eml"))]  # noqa: E731
        yield Door(post, LocalOutbox(out), deliver, left, woken)
    finally:
        post.stop()


@contextmanager
def exchange(folder: Path) -> Iterator[Door]:
    with exchange_server() as server:
        mailbox = server.mailbox(INBOX)
        mailbox.rights.add("auditbot")
        mailbox.send_as.add("auditbot")
        server.accounts.passwords["auditbot"] = "correct horse"
        login = Password("auditbot", "correct horse", "ntlm")
        post = ExchangePost(ExchangePlace(server.url, INBOX), login, folder / "raw", patience=5, page=3)
        woken = Event()
        post.start(woken.set)
        assert server.listening.wait(10)
        woken.clear()  # whoever begins to listen is woken for what came before
        try:
            yield Door(
                post,
                post,
                lambda raw: server.post.deliver(INBOX, raw),
                lambda: [sent.mime for sent in server.post.sent],
                woken,
            )
        finally:
            post.stop()
            assert not server.violations, server.violations


@contextmanager
def graph(folder: Path) -> Iterator[Door]:
    with graph_server() as server:
        mailbox = server.mailbox(INBOX)
        post = GraphPost(INBOX, server.login(), folder / "raw", server.url, patience=5, page=3, poll=0.05)
        woken = Event()
        post.start(woken.set)
        try:
            yield Door(post, post, lambda raw: mailbox.put("inbox", raw), lambda: server.sent, woken)
        finally:
            post.stop()
            assert not server.violations, server.violations


DOORS: dict[str, Callable[[Path], AbstractContextManager[Door]]] = {
    "local": local,
    "exchange": exchange,
    "graph": graph,
}
"""A further transport is a line here."""
