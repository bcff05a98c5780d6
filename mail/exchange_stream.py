"""News from an Exchange server: a hint that something may have come in, never the truth.

The server never repeats what nobody heard, and a connection can die without a word; polls and sweeps make up for it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread
from typing import Any

from exchangelib.services import GetStreamingEvents, SubscribeToStreaming

from desk.outbox import GiveUp, TryLater
from mail.exchange_line import Line
from mail.exchange_login import MailboxShut

log = logging.getLogger(__name__)

MINUTES = 5
"""How long the server is asked to hold a connection; 30 are the most. A dead one is noticed a minute later."""
_EVENTS = ("NewMailEvent", "CreatedEvent", "MovedEvent")
_SHORTEST, _LONGEST = 1.0, 300.0
_STOP_TRIES = 50


class Listener:
    """Listens in a thread of its own, on a line of its own: a stream keeps its connection from all others."""

    def __init__(self, line: Line, inbox: Any, wake: Callable[[], None]) -> None:
        """`inbox`: exchangelib's folder; `wake` is called from the thread, and must return at once."""
        self._line, self._inbox, self._wake = line, inbox, wake
        self._ended = Event()
        self._subscription = ""
        self._stream: Any = None
        self._thread = Thread(target=self._run, name="exchange-news", daemon=True)

    def start(self) -> None:
        """Listen until `stop`, whatever happens to the server meanwhile."""
        self._thread.start()

    def stop(self) -> None:
        """Stop listening, and wait for the thread to end."""
        self._ended.set()
        for _ in range(_STOP_TRIES):
            self._cut()  # again, for the connection may just be opening
            self._thread.join(timeout=0.1)
            if not self._thread.is_alive():
                break
        self._line.close()

    def _cut(self) -> None:
        """End the answer that is being read, if one is: closing it from here would not wake the thread."""
        answer = getattr(self._stream, "_streaming_response", None)
        if answer is not None:
            with suppress(OSError, ValueError, RuntimeError):  # ended by itself just now
                answer.raw.shutdown()

    def _run(self) -> None:
        wait = _SHORTEST
        while not self._ended.is_set():
            try:
                self._line.ask(self._listen)
                wait = _SHORTEST
            except (TryLater, GiveUp, LookupError) as fault:
                self._subscription = ""
                if isinstance(fault, MailboxShut) and wait == _SHORTEST:
                    self._wake()  # whoever looks now meets the same, and says so
                if not self._ended.is_set():
                    log.info("no news from the mail server for now: %s", type(fault).__name__)
                self._ended.wait(wait)
                wait = min(2 * wait, _LONGEST)

    def _listen(self) -> None:
        """One connection, until the server ends it."""
        if not self._subscription:
            subscribe = SubscribeToStreaming(account=self._line.account)
            self._subscription = str(subscribe.get(folders=[self._inbox], event_types=_EVENTS))
        self._stream = GetStreamingEvents(account=self._line.account)
        self._wake()  # for what came while nobody listened
        for _news in self._stream.call([self._subscription], MINUTES):
            if self._ended.is_set():
                return
            self._wake()
