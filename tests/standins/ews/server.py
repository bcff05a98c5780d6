"""The server: HTTP on 127.0.0.1, logins, and misbehaviour on command."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from queue import Empty, SimpleQueue
from threading import Event, Lock, Thread
from typing import Any

from lxml import etree

from tests.standins.ews.logins import Accounts, challenge
from tests.standins.ews.mailbox import Box, Item, StoredMailbox, Wrong
from tests.standins.ews.operations import Caller, Post
from tests.standins.ews.wire import NAMES, M, T, envelope, failed, fault, message, parsed, response, violations
from tests.standins.web import WebServer

PATH = "/EWS/Exchange.asmx"


# what can go wrong


@dataclass(frozen=True)
class Busy:
    """Ask again in so many milliseconds; nothing was done."""

    milliseconds: int = 3000


@dataclass(frozen=True)
class Status:
    """Only an HTTP status; nothing was done."""

    code: int
    retry_after: int | str = 0


@dataclass(frozen=True)
class Refused:
    """An error of the schema's for what was asked; nothing was done."""

    code: str


@dataclass(frozen=True)
class CutOff:
    """The connection ends with no answer, after it was done or before."""

    done: bool = True


@dataclass(frozen=True)
class Silence:
    """No answer until the caller has lost patience, though it was done."""


Trouble = Busy | Status | Refused | CutOff | Silence


class ExchangeServer:
    """An Exchange server as far as we use it."""

    def __init__(self) -> None:
        self.post = Post(arrived=self._tell)
        self.accounts = Accounts()
        self.calls: Counter[str] = Counter()
        self.violations: list[str] = []
        self.streams: dict[str, SimpleQueue[bytes | None]] = {}
        self.listening = Event()
        self.troubles: dict[str, list[Trouble]] = {}
        self._lock = Lock()
        self._patience_lost = Event()
        self._http = WebServer(("127.0.0.1", 0), _Conversation)
        self._http.exchange = self  # type: ignore[attr-defined]
        self._thread = Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}{PATH}"

    def start(self) -> None:
        violations(fault("NoError", ""))  # reads the schema, which takes a moment
        self._thread.start()

    def stop(self) -> None:
        self._patience_lost.set()
        self.end_streams()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    # what tests do

    def mailbox(self, address: str, password: str = "") -> StoredMailbox:
        """A mailbox, made where there is none; with a password it is an account too."""
        if password:
            self.accounts.passwords[address] = password
        return self.post.mailboxes.setdefault(address, StoredMailbox(address))

    def misbehave(self, operation: str, *troubles: Trouble) -> None:
        """The next times that this is asked."""
        self.troubles.setdefault(operation, []).extend(troubles)

    def settle(self) -> None:
        """What was late happens now."""
        while self.post.late:
            self.post.late.pop(0)()

    def forget_states(self) -> None:
        """As after a mailbox was moved to another database."""
        for mailbox in self.post.mailboxes.values():
            mailbox.states.clear()

    def end_streams(self) -> None:
        for queue in self.streams.values():
            queue.put(None)

    # what requests do

    def answer(self, raw: bytes, caller: Caller) -> tuple[int, bytes, dict[str, str]] | None:
        """Status, body and headers; None where there is to be no answer."""
        self.violations += [f"request {one}" for one in violations(raw)]
        asked = parsed(raw).find("s:Body", NAMES)[0]
        name = etree.QName(asked).localname
        with self._lock:
            self.calls[name] += 1
            waiting = self.troubles.get(name)
            trouble = waiting.pop(0) if waiting else None
            if isinstance(trouble, Busy):
                return (
                    500,
                    fault("ErrorServerBusy", "The server cannot service this request.", trouble.milliseconds),
                    {},
                )
            if isinstance(trouble, Status):
                headers = {"Retry-After": str(trouble.retry_after)} if trouble.retry_after else {}
                return trouble.code, b"", headers
            if trouble == CutOff(done=False):
                return None
            body = (
                response(name, failed(name, trouble.code, *_EMPTY.get(name, lambda: ())()))
                if isinstance(trouble, Refused)
                else self._do(name, asked, caller)
            )
            if isinstance(trouble, CutOff):
                return None
        if isinstance(trouble, Silence):
            self._patience_lost.wait(30)
            return None
        if name == "Subscribe":
            for number in self.post.subscriptions:
                self.streams.setdefault(number, SimpleQueue())
        done = envelope(body)
        self.violations += [f"answer {one}" for one in violations(done)]
        return 200, done, {}

    def _do(self, name: str, asked: etree._Element, caller: Caller) -> etree._Element:
        try:
            return self.post.answer(asked, caller)
        except Wrong as wrong:
            return response(name, failed(name, wrong.code, *_EMPTY.get(name, lambda: ())()))

    # news

    def stream(self, raw: bytes) -> Iterator[bytes]:
        """Envelopes for as long as somebody listens."""
        number = parsed(raw).findtext(".//t:SubscriptionId", "", NAMES)
        queue = self.streams[number]
        yield self._news(M.ConnectionStatus("OK"))
        self.listening.set()
        while True:
            try:
                news = queue.get(timeout=30)
            except Empty:
                news = None
            if news is None:
                break
            yield news
        yield self._news(M.ConnectionStatus("Closed"))

    def _tell(self, box: Box, item: Item) -> None:
        for number, where in self.post.subscriptions.items():
            if where is box and number in self.streams:
                event = T.NewMailEvent(
                    T.TimeStamp(item.received.strftime("%Y-%m-%dT%H:%M:%SZ")),
                    T.ItemId(Id=item.id, ChangeKey=item.change_key),
                    T.ParentFolderId(Id=box.id, ChangeKey="AQAAAA=="),
                )
                told = M.Notifications(T.Notification(T.SubscriptionId(number), event))
                self.streams[number].put(self._news(told))

    def _news(self, content: etree._Element) -> bytes:
        made = envelope(response("GetStreamingEvents", message("GetStreamingEvents", content)))
        self.violations += [f"news {one}" for one in violations(made)]
        return made


_EMPTY: dict[str, Any] = {
    "GetItem": lambda: (M.Items(),),
    "MoveItem": lambda: (M.Items(),),
    "CreateItem": lambda: (M.Items(),),
}


class _Conversation(BaseHTTPRequestHandler):
    """One connection. NTLM lets a connection in, not a request."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.known = ""
        self.asked = b""

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        exchange: ExchangeServer = self.server.exchange  # type: ignore[attr-defined]
        account = self._login(exchange.accounts)
        if not account:
            pass
        elif self.path != PATH:
            self._say(404, b"")
        elif b"GetStreamingEvents" in raw:
            self._stream(exchange, raw)
        else:
            self._operation(exchange, raw, account)

    def _operation(self, exchange: ExchangeServer, raw: bytes, account: str) -> None:
        impersonates = parsed(raw).findtext(".//t:ConnectingSID/t:PrimarySmtpAddress", "", NAMES)
        found = exchange.answer(raw, Caller(account, impersonates))
        if found is None:
            self.close_connection = True
            self.connection.shutdown(2)
            return
        status, body, headers = found
        self._say(status, body, **headers)

    def _login(self, accounts: Accounts) -> str:
        if self.known:
            return self.known
        kind, _, said = self.headers.get("Authorization", "").partition(" ")
        account = ""
        if kind == "Basic" and kind in accounts.offers:
            account = accounts.by_basic(said)
        elif kind == "Bearer":
            account = accounts.by_token(said)
        elif kind == "NTLM" and kind in accounts.offers:
            answer = base64.b64decode(said)
            if answer[8:12] == b"\x01\0\0\0":
                self.asked, carried = challenge()
                self._say(401, b"", **{"WWW-Authenticate": f"NTLM {base64.b64encode(carried).decode()}"})
                return ""
            account = self.known = accounts.by_ntlm(answer, self.asked)
        if not account:
            self._say(401, b"", **{"WWW-Authenticate": ", ".join(_OFFER[one] for one in accounts.offers)})
        return account

    def _say(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "text/xml; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:  # the caller lost patience
            self.close_connection = True

    def _stream(self, exchange: ExchangeServer, raw: bytes) -> None:
        exchange.violations += [f"request {one}" for one in violations(raw)]
        self.send_response(200)
        self.send_header("Content-Type", "text/xml; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            for news in exchange.stream(raw):
                self.wfile.write(f"{len(news):x}\r\n".encode() + news + b"\r\n")
            self.wfile.write(b"0\r\n\r\n")
        except OSError:  # the listener went away
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: tests say what they saw."""


_OFFER = {"NTLM": "NTLM", "Basic": 'Basic realm="mail"', "Bearer": "Bearer"}


@contextmanager
def exchange_server() -> Iterator[ExchangeServer]:
    """A server for one test."""
    server = ExchangeServer()
    server.start()
    try:
        yield server
    finally:
        server.stop()
