"""The line to an Exchange server: exchangelib with a short patience, and its errors as sentences.

exchangelib is imported here and in its two neighbours only, and they are imported only where Exchange is set up: the
import takes about a second and 50 MB.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterable
from copy import copy
from threading import Lock
from typing import Any, TypeVar

from exchangelib import UTC, Account, Configuration, Version, errors
from exchangelib.protocol import CachingProtocol, FailFast, Protocol
from exchangelib.transport import NOAUTH
from exchangelib.version import EXCHANGE_2016
from spnego.exceptions import SpnegoError

from desk.outbox import GiveUp, TryLater
from mail import retry_after
from mail.exchange_login import (
    PATIENCE,
    ExchangePlace,
    Login,
    MailboxShut,
    NoSuchMailbox,
    NotReached,
    RightMissing,
    WrongPassword,
)

# It logs whole requests, and the letters in them, some of it as errors. What went wrong is raised, and told by us.
logging.getLogger("exchangelib").setLevel(logging.CRITICAL + 1)

SESSIONS = 3
"""Connections at most: the server counts them per account, and an NTLM one is dear to open."""
_PIECE = 65536
Result = TypeVar("Result")


class Line:
    """One account's way to the server. Its calls may come from several threads."""

    def __init__(
        self,
        place: ExchangePlace,
        login: Login,
        patience: float = PATIENCE,
        sessions: int = SESSIONS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Opens nothing yet. `clock`: seconds from anywhere, to keep quiet for as long as the server asked."""
        self._clock = clock
        self._shut: tuple[float, TryLater] | None = None
        self._lock = Lock()
        config = Configuration(
            service_endpoint=place.url,
            auth_type=NOAUTH,  # each session brings its own
            version=Version(EXCHANGE_2016),  # the server's first answer puts it right
            retry_policy=_NoRetries(),
            max_connections=sessions,
        )
        # The locale and time zone are of no use here; left out, exchangelib would guess them from the machine.
        self.account = Account(
            place.address, config=config, access_type=place.access, default_timezone=UTC, locale="en_GB"
        )
        del Protocol[config]
        self.account.protocol = _Connections(config, login, patience)

    def ask(self, do: Callable[[], Result], insist: bool = False) -> Result:
        """Do it, unless the server asked for quiet. `insist`: ask nevertheless, to see whether it is open now.

        Raises LookupError where the item is gone, else TryLater (MailboxShut where an operator can mend it) or GiveUp.
        """
        if not insist:
            self._keep_quiet()
        try:
            return do()
        except (errors.ErrorItemNotFound, errors.ErrorInvalidIdMalformed):
            raise LookupError("no such letter") from None
        except LookupError as bug:  # ours or exchangelib's: never to be taken for a letter that is gone
            raise RuntimeError("a key or place was missing while the mail server was asked") from bug
        except TryLater as shut:
            self._remember(shut)
            raise
        except (errors.EWSError, SpnegoError, OSError) as fault:
            meant = translate(fault)
            if isinstance(meant, TryLater):
                self._remember(meant)
            raise meant from None

    def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        self.account.protocol.close()

    def _remember(self, shut: TryLater) -> None:
        if shut.after:
            with self._lock:
                self._shut = (self._clock() + shut.after, shut)

    def _keep_quiet(self) -> None:
        """A server that is asked again too soon shuts for longer, and an account may be locked."""
        with self._lock:
            if self._shut is None:
                return
            until, shut = self._shut
            left = until - self._clock()
            if left <= 0:
                self._shut = None
                return
        again = copy(shut)  # of the same kind: a wrong password stays one, and is told as one
        again.after = left
        raise again


class _Uncached(CachingProtocol):  # type: ignore[misc]
    """exchangelib keeps one protocol for an address and ignores what a second one was told about retries."""

    def __call__(cls, *args: Any, **more: Any) -> Any:
        return type.__call__(cls, *args, **more)


class _Connections(Protocol, metaclass=_Uncached):  # type: ignore[misc]
    """Connections that say who we are in our own way, and never fewer because the server was busy once."""

    RETRY_WAIT = 2
    USERAGENT = "auditbot"

    def __init__(self, config: Configuration, login: Login, patience: float) -> None:
        super().__init__(config=config)
        self.TIMEOUT = patience
        self._login = login

    def create_session(self) -> Any:
        session = self.raw_session(self.service_endpoint)
        session.auth = self._login.auth()
        session.session_id = random.randint(10000, 99999)  # noqa: S311
        session.usage_count = 0
        session.hooks["response"].append(_in_pieces)
        return session

    def decrease_poolsize(self) -> None:
        """exchangelib's own takes a session while it holds the pool's lock: with all in use, it never comes back."""
        raise errors.SessionPoolMinSizeReached("the pool keeps its size")

    @property
    def session_pool_size(self) -> int:
        """As if there were but one: then a lost connection is said to be one, not a busy server."""
        return 1


def _in_pieces(response: Any, **asked: Any) -> None:
    """exchangelib reads an answer byte by byte: right for a stream of news, half a minute for a letter of 25 MB."""
    if not asked.get("stream"):
        read = response.iter_content
        response.iter_content = lambda chunk_size=_PIECE, **more: read(chunk_size, **more)


class _NoRetries(FailFast):  # type: ignore[misc]
    """Every failure is told at once: our outbox and our sweep try again, and look before they do."""

    def raise_response_errors(self, response: Any) -> None:
        """What the server's HTTP status means. Raises MailboxShut or TryLater, or what exchangelib would."""
        status, wait = response.status_code, retry_after.seconds(response.headers, otherwise=0)
        if status == 401:
            raise _not_let_in(response.headers.get("WWW-Authenticate", ""))
        if status == 403:
            raise RightMissing(
                "The server lets nobody in by this door (403). On premises: is EWS on for this account "
                "(Get-CASMailbox)? On Exchange Online EWS ends: please set AUDITBOT_MAIL=graph.",
                60,
            )
        if status in (404, 405):
            raise NotReached(
                f"The server has no EWS at this address ({status}). It usually ends in /EWS/Exchange.asmx."
            )
        if status == 413:
            raise GiveUp("the letter is too large for the mail server")
        if status in (429, 503):
            raise TryLater(f"the mail server is busy ({status})", wait)
        super().raise_response_errors(response)


def _not_let_in(offered: str) -> WrongPassword:
    says = "The mail server does not accept the account's name and password, or its token."
    if offered:
        kinds = sorted({one.split()[0] for one in offered.split(",") if one.strip()})
        says += f" It offers: {', '.join(kinds)}."
    return WrongPassword(f"{says} Please look at the user, the password and the kind of login; is the account locked?")


_NEVER = (
    errors.ErrorInvalidRecipients,
    errors.ErrorMissingRecipients,
    errors.ErrorMailRecipientNotFound,
    errors.ErrorInvalidSmtpAddress,
    errors.ErrorMessageSizeExceeded,
    errors.ErrorRequestStreamTooBig,
    errors.ErrorMimeContentInvalid,
    errors.ErrorMimeContentInvalidBase64String,
    errors.ErrorVirusDetected,
)
_NOBODY = (
    errors.ErrorNonExistentMailbox,
    errors.ErrorNonPrimarySmtpAddress,
    errors.ErrorInvalidMailbox,
    errors.ErrorMissingEmailAddress,
)
_NO_IMPERSONATION = (
    errors.ErrorImpersonateUserDenied,
    errors.ErrorImpersonationDenied,
    errors.ErrorImpersonationFailed,
)
_NO_ACCESS = (
    errors.ErrorAccessDenied,
    errors.ErrorCreateItemAccessDenied,
    errors.ErrorCreateSubfolderAccessDenied,
    errors.ErrorFolderNotFound,
    errors.ErrorToFolderNotFound,
    errors.ErrorSyncFolderNotFound,
    errors.ErrorParentFolderNotFound,
    errors.ErrorSavedItemFolderNotFound,
)
_PASSWORD = (errors.ErrorPasswordExpired, errors.ErrorPasswordChangeRequired, errors.ErrorAccountDisabled)
_ORDER: tuple[tuple[Any, Callable[[Any], TryLater | GiveUp]], ...] = (
    (_NEVER, lambda fault: GiveUp(f"the mail server will not take this letter ({type(fault).__name__})")),
    (
        _NOBODY,
        lambda fault: NoSuchMailbox(
            "The server knows no such mailbox. Please give its primary address, not another one of its addresses.", 60
        ),
    ),
    (
        _NO_IMPERSONATION,
        lambda fault: RightMissing(
            "The account may not impersonate this mailbox. Please give it the role ApplicationImpersonation for this "
            "mailbox alone, or set the access to delegate (docs/exchange.md).",
            60,
        ),
    ),
    (
        errors.ErrorSendAsDenied,
        lambda fault: RightMissing("The account may not send as this mailbox. Please grant it Send As.", 60),
    ),
    (
        _NO_ACCESS,
        lambda fault: RightMissing(
            f"The account may not use a folder of this mailbox ({type(fault).__name__}). Please grant it Full Access "
            "to this mailbox (docs/exchange.md).",
            60,
        ),
    ),
    (SpnegoError, lambda fault: _not_let_in("")),
    (_PASSWORD, lambda fault: WrongPassword("The account's password has expired, or the account is disabled.")),
    (
        errors.ErrorServerBusy,
        lambda fault: TryLater("the mail server is busy", min(float(fault.back_off or 0), retry_after.LONGEST)),
    ),
    (errors.ErrorQuotaExceeded, lambda fault: MailboxShut("The mailbox is full. Please make room in it.", 60)),
    (
        (errors.ErrorTimeoutExpired, OSError),
        lambda fault: NotReached("The mail server does not answer. Is its address right, and may we reach it?"),
    ),
    (errors.ResponseMessageError, lambda fault: TryLater(f"the mail server said {type(fault).__name__}")),
    (
        errors.TransportError,
        lambda fault: NotReached(
            f"The server does not answer as Exchange does ({type(fault).__name__}). Is its address right, and is its "
            "certificate trusted here (REQUESTS_CA_BUNDLE)?"
        ),
    ),
)


def translate(fault: Exception) -> TryLater | GiveUp:
    """What an error of exchangelib's means for a letter. Never repeats the server's words: they may hold names."""
    for kinds, meaning in _ORDER:
        if isinstance(fault, kinds):
            return meaning(fault)
    return TryLater(f"the mail server could not be used ({type(fault).__name__})")


def results(found: Iterable[Any]) -> list[Any]:
    """What a call gave; exchangelib hands some errors back as results, and these are raised."""
    taken = []
    for one in found:
        if isinstance(one, Exception):
            raise one
        taken.append(one)
    return taken
