"""The line to Microsoft Graph: plain requests with a short patience, and its errors as sentences for an operator."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

import requests
from requests.auth import AuthBase

from desk.outbox import GiveUp, TryLater
from mail import retry_after
from mail.exchange_login import PATIENCE, MailboxShut, NoSuchMailbox, NotReached, RightMissing, WrongPassword

GRAPH = "https://graph.microsoft.com/v1.0"
AT_A_TIME = 4
"""Requests under way at a time: Graph refuses a fifth for the same mailbox."""
IMMUTABLE = 'IdType="ImmutableId"'
"""Asked for with every call: otherwise each move changes the id of a letter."""
_BUSY = 10.0
_LOOK_AT_IT = 60.0
"""Seconds between two tries of what only an operator can mend."""

_NO_ITEM = {"erroritemnotfound", "errorfoldernotfound", "errorinvalididmalformed", "errorinvalidmailboxitemid"}
_NEVER = {
    "errorinvalidrecipients": "an address in it is none",
    "errormessagesizeexceeded": "it is larger than the mailbox allows",
    "errormimecontentinvalid": "the server cannot read it",
    "errormimecontentinvalidbase64string": "the server cannot read it",
}
"""What will be wrong with the same letter for ever."""


def scope(url: str) -> str:
    """What a token for this Graph is asked for, so that it is good nowhere else."""
    return f"https://{urlsplit(url).netloc}/.default"


SCOPE = scope(GRAPH)


class Forgotten(TryLater):
    """The server no longer knows how far we had read."""


class AlreadyThere(TryLater):
    """Somebody else made it meanwhile."""


class NotUnderstood(TryLater):
    """The server does not take the call as it is."""


class Login(Protocol):
    """How each request says who we are."""

    def auth(self) -> AuthBase:
        """For one request. It raises MailboxShut where a token is refused."""
        ...

    def forget(self) -> None:
        """The token that was given out is not taken: the next must be a new one."""
        ...


class GraphLine:
    """One mailbox's way to Graph. Its calls may come from several threads."""

    def __init__(
        self,
        address: str,
        login: Login,
        url: str = GRAPH,
        patience: float = PATIENCE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Opens nothing yet. `clock`: seconds from anywhere, to keep quiet for as long as the server asked."""
        where = urlsplit(url)
        if where.scheme != "https" and where.hostname not in ("127.0.0.1", "::1", "localhost"):
            raise ValueError("should begin with https://, or a token could be read on its way")
        self._url = url.rstrip("/")
        self._mailbox = f"/users/{quote(address)}"
        self._login, self._patience, self._clock = login, patience, clock
        self._places = threading.BoundedSemaphore(AT_A_TIME)
        self._own = threading.local()
        self._lock = threading.Lock()
        self._quiet_until = 0.0

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """What lies at a path below the mailbox. `query`: select, filter and such."""
        return self._json(self.ask("GET", path, params=_odata(query)))

    def get_page(self, path: str, most: int, **query: str) -> dict[str, Any]:
        """The first of what a path lists, no more than `most`."""
        prefer = {"Prefer": f"{IMMUTABLE}, odata.maxpagesize={most}"}
        return self._json(self.ask("GET", path, headers=prefer, params=_odata(query)))

    def post(self, path: str, **values: Any) -> dict[str, Any]:
        """Send values to a path, and take those that come back."""
        return self._json(self.ask("POST", path, json=values))

    def pages(self, path: str, **query: str) -> Iterator[dict[str, Any]]:
        """Everything that a path lists, page by page."""
        found = self.get(path, **query)
        yield from found.get("value", ())
        while "@odata.nextLink" in found:
            found = self.get(self.path_of(str(found["@odata.nextLink"])))
            yield from found.get("value", ())

    def path_of(self, link: str) -> str:
        """Where a link of the server's leads. Raises Forgotten where that is elsewhere, which may learn no token."""
        if not link.startswith(f"{self._url}/users"):
            raise Forgotten("Microsoft Graph gave a link that leads elsewhere")
        return link.removeprefix(self._url)

    def ask(
        self, method: str, path: str, insist: bool = False, headers: Mapping[str, str] | None = None, **more: Any
    ) -> requests.Response:
        """One call, with a new token where the old one has ended.

        `path`: below the mailbox, or what `path_of` gave; `insist`: also where the server asked for quiet. Raises
        LookupError where the item is gone, GiveUp, or TryLater: MailboxShut where an operator can mend it.
        """
        self._keep_quiet(insist)
        url = self._url + (path if path.startswith("/users") else self._mailbox + path)
        more["headers"] = {"Prefer": IMMUTABLE, **(headers or {})}
        answer = self._once(method, url, auth=self._login.auth(), **more)
        if answer.status_code == 401:
            self._login.forget()
            answer = self._once(method, url, auth=self._login.auth(), **more)
        if not answer.ok or answer.is_redirect:
            raise self._meaning(answer)
        return answer

    def put(self, url: str, data: bytes, headers: Mapping[str, str]) -> None:
        """A piece of a file to where the server wants it. That address is a secret of its own: no token goes along."""
        if not url.startswith("https://") and not url.startswith(self._url):
            raise TryLater("the server wants a file sent to where others could read it")
        answer = self._once("PUT", url, auth=_Nothing(), data=data, headers=headers)
        if not answer.ok:
            raise self._meaning(answer)

    def close(self) -> None:
        """Close this thread's connections; the next call opens new ones."""
        self._session().close()

    def _once(self, method: str, url: str, **more: Any) -> requests.Response:
        try:
            with self._place():
                return self._session().request(method, url, timeout=self._patience, allow_redirects=False, **more)
        except requests.RequestException as fault:
            raise NotReached(
                f"Microsoft Graph did not answer ({type(fault).__name__}). Is there a proxy to set (HTTPS_PROXY), and "
                "is its certificate trusted here (REQUESTS_CA_BUNDLE)?"
            ) from None

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._places.acquire(timeout=2 * self._patience):
            raise TryLater("Microsoft Graph is busy with earlier calls of ours", _BUSY)
        try:
            yield
        finally:
            self._places.release()

    def _session(self) -> requests.Session:
        """One a thread: a session of requests is not made for several."""
        if not hasattr(self._own, "session"):
            self._own.session = requests.Session()
        made: requests.Session = self._own.session
        return made

    def _json(self, answer: requests.Response) -> dict[str, Any]:
        try:
            read = answer.json()
        except ValueError:
            read = None
        if not isinstance(read, dict):
            raise NotReached("What answers is not Microsoft Graph. Is there a proxy that wants to be signed in to?")
        return read

    # what an answer means

    def _meaning(self, answer: requests.Response) -> Exception:
        """Never repeats the server's words: they may hold names."""
        status, code = answer.status_code, _code(answer)
        if status == 410 or code in ("syncstatenotfound", "syncstateinvalid"):
            return Forgotten("Microsoft Graph has forgotten how far we had read")
        if code == "errorfolderexists":
            return AlreadyThere("somebody made this folder meanwhile")
        if code in _NO_ITEM:
            return LookupError("no such letter")
        if status == 413 or code in _NEVER:
            return GiveUp(f"the letter cannot be sent: {_NEVER.get(code, 'it is larger than the server takes')}")
        if status in (401, 403, 404):
            return _to_be_mended(status, code)
        if 300 <= status < 500 and status not in (408, 429):
            return NotUnderstood(f"Microsoft Graph does not take this call ({code or status})", _LOOK_AT_IT)
        busy = TryLater(f"Microsoft Graph is busy ({status})", retry_after.seconds(answer.headers, _BUSY))
        if status in (429, 503):
            with self._lock:
                self._quiet_until = max(self._quiet_until, self._clock() + busy.after)
        return busy

    def _keep_quiet(self, insist: bool) -> None:
        """Whoever asks again too soon waits for longer."""
        with self._lock:
            self._quiet_until = 0.0 if insist else self._quiet_until
            left = self._quiet_until - self._clock()
        if left > 0:
            raise TryLater("Microsoft Graph asked us to wait", left)


class _Nothing(AuthBase):
    """Says nothing about who we are, whatever a .netrc file may hold."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


def _odata(query: Mapping[str, str]) -> dict[str, str]:
    return {f"${name}": value for name, value in query.items()}


def _to_be_mended(status: int, code: str) -> MailboxShut:
    kind: type[MailboxShut]
    if status == 401:
        return WrongPassword(
            "Microsoft Graph does not take our token. Does the app belong to this mailbox's tenant, and is this "
            "machine's clock right?"
        )
    kind, says = (
        (RightMissing, "The app may not do this in this mailbox. Please assign it Application Mail.ReadWrite and "
         "Application Mail.Send for this mailbox; it can take two hours to count (docs/graph.md).")
        if status == 403
        else (NoSuchMailbox, "Microsoft Graph knows no mailbox of this address, or it lies on premises. Please look "
              "at the address, and whether the mailbox has a licence or is a shared one.")
    )  # fmt: skip
    shut = kind(f"{says} ({code or status})")
    shut.after = _LOOK_AT_IT
    return shut


def _code(answer: requests.Response) -> str:
    """The server's own short name for an error, without case; words of ours or a proxy's are none."""
    try:
        code = str(answer.json()["error"]["code"])
    except (ValueError, KeyError, TypeError):
        return ""
    return code.lower() if code.isalnum() or code.replace("_", "").isalnum() else ""
