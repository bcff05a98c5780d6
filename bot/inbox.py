"""The council's mailbox on whatever server the settings name, and whose word counts there about who wrote a letter.

The ways to Exchange and to Graph are imported only where they are set: they take a second and 50 MB.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from bot.settings import Settings
from desk.outbox import TryLater
from mail.authentic import LOCAL_TRIAL, Trust
from mail.local import LocalPost
from mail.mailbox import Mailbox, Transport


class Inbox(Mailbox, Protocol):
    """A mailbox that can be listened to."""

    def start(self, arrived: Callable[[], None]) -> None:
        """Listen; `arrived` is called whenever something may have come in."""
        ...

    def stop(self) -> None:
        """Listen no more."""
        ...

    def oldest(self, folder: str) -> datetime | None:
        """Since when the letter that has lain longest in a folder is there."""
        ...


class Office(Inbox, Transport, Protocol):
    """A mailbox that letters also leave through."""

    def check(self) -> None:
        """Open it now. Raises TryLater: MailboxShut where an operator can mend it."""
        ...


def office(settings: Settings, address: str) -> Office | None:
    """The mailbox on a server; None where it is on this machine, or nowhere. Opens nothing yet."""
    raw = settings.data_dir / "mail" / "raw"
    if settings.inbox == "exchange":
        return _exchange(settings, address, raw)
    if settings.inbox == "graph":
        return _graph(settings, address, raw)
    return None


def local(settings: Settings, address: str) -> LocalPost | None:
    """The mailbox on this machine, where that is the one."""
    return LocalPost(settings.data_dir / "mail", address, settings.smtp_port) if settings.inbox == "local" else None


def trust(settings: Settings) -> Trust:
    """Whose word counts. On this machine nobody could vouch for anybody: a trial believes every sender."""
    if settings.inbox == "local":
        return LOCAL_TRIAL
    if not settings.inbox:
        return Trust()
    online = settings.inbox == "graph" or urlsplit(settings.exchange_url).hostname in _ONLINE
    return Trust(inside=True, server=settings.mail_authserv, microsoft=online and not settings.mail_authserv)


def to_be_mended(settings: Settings) -> tuple[type[TryLater], ...]:
    """What a mailbox on a server raises where waiting does not help."""
    if settings.inbox not in ("exchange", "graph"):
        return ()
    from mail.exchange_login import NoSuchMailbox, RightMissing, WrongPassword

    return WrongPassword, NoSuchMailbox, RightMissing


_ONLINE = ("outlook.office365.com", "outlook.office.com")


def _exchange(settings: Settings, address: str, raw: Path) -> Office:
    from mail import exchange, exchange_login

    login = (
        exchange_login.AppLogin(
            settings.mail_tenant, settings.mail_client, settings.mail_secret or _pem(settings), settings.mail_login_url
        )
        if settings.exchange_login == "app"
        else exchange_login.Password(settings.exchange_user, settings.exchange_password, settings.exchange_login)
    )
    place = exchange_login.ExchangePlace(settings.exchange_url, address, settings.exchange_access)
    return exchange.ExchangePost(place, login, raw)


def _graph(settings: Settings, address: str, raw: Path) -> Office:
    from mail import exchange_login, graph, graph_line

    login = exchange_login.AppLogin(
        settings.mail_tenant,
        settings.mail_client,
        settings.mail_secret or _pem(settings),
        settings.mail_login_url,
        scope=graph_line.scope(settings.graph_url),
    )
    return graph.GraphPost(address, login, raw, settings.graph_url)


def _pem(settings: Settings) -> dict[str, str]:
    from mail.exchange_login import certificate

    assert settings.mail_certificate
    return dict(certificate(settings.mail_certificate))
