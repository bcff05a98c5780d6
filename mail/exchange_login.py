"""Where an Exchange mailbox is and who we are there; and, in sentences for an operator, why it stays shut.

Knows nothing of exchangelib, so that settings and `auditbot doctor` can use it at no cost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, Protocol
from urllib.parse import urlsplit

from requests import PreparedRequest, Session
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase, HTTPBasicAuth
from requests.exceptions import RequestException

from desk.outbox import TryLater

NTLM, BASIC = "ntlm", "basic"
IMPERSONATION, DELEGATE = "impersonation", "delegate"
SCOPE = "https://outlook.office365.com/.default"
AUTHORITY = "https://login.microsoftonline.com"
PATIENCE = 10.0
"""Seconds to wait for an answer: half the lease of a notice."""
_LOCKED_OUT_SOON = 60.0
"""Seconds between two tries with a login that was refused: directories lock an account after a few in a row."""


class MailboxShut(TryLater):
    """The mailbox cannot be used now. The sentence says why and what to do; nothing is lost meanwhile."""


class WrongPassword(MailboxShut):
    """The server knows us not."""

    def __init__(self, why: str) -> None:
        """`why` names the remedy."""
        super().__init__(why, _LOCKED_OUT_SOON)


class NoSuchMailbox(MailboxShut):
    """The server knows us, but no such mailbox."""


class RightMissing(MailboxShut):
    """The server knows us and the mailbox, but does not let us do what must be done."""


class NotReached(MailboxShut):
    """Nobody answers, or not as Exchange does."""


class Login(Protocol):
    """How each request says who we are."""

    def auth(self) -> AuthBase:
        """For one connection. Raises MailboxShut where a token is needed and refused."""
        ...


@dataclass(frozen=True, slots=True)
class ExchangePlace:
    """Which mailbox, where, and by what right."""

    url: str
    """Such as https://mail.council.example/EWS/Exchange.asmx."""
    address: str
    """The mailbox's own primary address, shared or not."""
    access: str = DELEGATE
    """`delegate`: a right on the mailbox itself; `impersonation`: the role ApplicationImpersonation."""

    def __post_init__(self) -> None:
        where = urlsplit(self.url)
        if where.scheme != "https" and where.hostname not in ("127.0.0.1", "::1", "localhost"):
            raise ValueError("should begin with https://, or a password could be read on its way")
        if not where.hostname:
            raise ValueError("should be an address such as https://mail.example.org/EWS/Exchange.asmx")
        if self.access not in (DELEGATE, IMPERSONATION):
            raise ValueError(f"should be {DELEGATE} or {IMPERSONATION}")


@dataclass(frozen=True, slots=True)
class Password:
    """A service account on premises. `how`: NTLM, or Basic where only that is offered."""

    user: str
    password: str = field(repr=False)
    how: str = NTLM

    def auth(self) -> AuthBase:
        """A fresh one: NTLM proves a connection, not a request."""
        if self.how == BASIC:
            return HTTPBasicAuth(self.user.encode(), self.password.encode())
        from requests_ntlm import HttpNtlmAuth

        # Without a domain before it, NTLM would take no user@domain for a name.
        user = f"\\{self.user}" if "@" in self.user and "\\" not in self.user else self.user
        made: AuthBase = HttpNtlmAuth(user, self.password)
        return made


class AppLogin:
    """An app registered in Entra, with a secret or a certificate; msal gets its tokens and keeps them fresh."""

    def __init__(
        self,
        tenant: str,
        client: str,
        credential: str | Mapping[str, str],
        authority: str = AUTHORITY,
        http: Any = None,
        scope: str = SCOPE,
    ) -> None:
        """`credential`: a secret, or what `certificate` gives; `http`: msal's way to the authority, for tests."""
        self._tenant, self._client, self._credential = tenant, client, credential
        self._authority, self._scope = authority, scope
        self._http = http or _patient_session()
        self._app: Any = None
        self._lock = Lock()

    def auth(self) -> AuthBase:
        """Asks for a token at each request; msal answers from memory until it is about to end."""
        return _Bearer(self)

    def forget(self) -> None:
        """The token that was given out is not taken: the next is a new one."""
        with self._lock:
            if self._app is not None:
                self._app.remove_tokens_for_client()

    def token(self) -> str:
        """A token that is good now. Raises WrongPassword or NotReached."""
        from msal.exceptions import MsalError

        try:
            with self._lock:
                answer = self._open().acquire_token_for_client(scopes=[self._scope])
        except (RequestException, OSError, MsalError, KeyError):  # KeyError: what answers is not Entra
            raise NotReached(
                "Microsoft's login cannot be reached. Is there a proxy to set (HTTPS_PROXY), and is its certificate "
                "trusted here (REQUESTS_CA_BUNDLE)?"
            ) from None
        except ValueError:
            raise WrongPassword(
                "Microsoft's login does not know this tenant, or the certificate file holds no key and certificate. "
                "Please look at the tenant, the client and the file."
            ) from None
        if "access_token" not in answer:
            raise _refused(answer)
        return str(answer["access_token"])

    def _open(self) -> Any:
        if self._app is None:
            import msal

            self._app = msal.ConfidentialClientApplication(
                self._client,
                client_credential=self._credential,
                authority=f"{self._authority}/{self._tenant}",
                http_client=self._http,
                instance_discovery=False,  # else msal asks the world for other names of the authority
            )
        return self._app


def certificate(file: Path) -> Mapping[str, str]:
    """The credential in a PEM file that holds a private key and its certificate. Raises OSError."""
    words = file.read_text("ascii", "replace")
    return {"private_key": words, "public_certificate": words}


class _Bearer(AuthBase):
    def __init__(self, login: AppLogin) -> None:
        self._login = login

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._login.token()}"
        return request


_EXPIRED, _UNKNOWN_APP, _WRONG_SECRET, _WRONG_KEY = 7000222, 700016, 7000215, 700027
_RUN_OUT, _SWITCHED_OFF, _KEPT_OUT = 1000502, 7000112, 53003


def _refused(answer: Mapping[str, Any]) -> MailboxShut:
    """Microsoft's description may hold names: only the number is repeated."""
    number = next(iter(answer.get("error_codes") or ()), answer.get("error", "no reason"))
    remedy = {
        _EXPIRED: "The app's secret has expired: please make a new one in Entra and set it here.",
        _WRONG_SECRET: "The app's secret is not the right one: please set its value, not its id.",
        _WRONG_KEY: "The app's certificate is not the one in Entra: please upload its public half there.",
        _RUN_OUT: "The app's certificate has run out: please make a new one, and upload its public half to Entra.",
        _SWITCHED_OFF: "The app is switched off in Entra: please switch it on under Enterprise applications.",
        _KEPT_OUT: "A Conditional Access policy keeps the app out: please let this machine's address through.",
        _UNKNOWN_APP: "There is no such app in this tenant: please look at the client and tenant ids.",
    }
    says = remedy.get(number, "Please look at the app's registration in Entra.")
    return WrongPassword(f"Microsoft's login refused the app ({number}). {says}")


class _Patient(HTTPAdapter):
    """msal sets no time-out of its own."""

    def send(self, *args: Any, **more: Any) -> Any:
        more["timeout"] = more.get("timeout") or PATIENCE
        return super().send(*args, **more)


def _patient_session() -> Session:
    session = Session()
    session.mount("https://", _Patient())
    session.mount("http://", _Patient())
    return session
