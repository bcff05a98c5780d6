"""The post on this machine: an SMTP listener that keeps letters in folders, and two ways out.

For a newcomer, for development and for tests; a real mailbox is reached through Exchange or Graph instead.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import smtplib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from email.utils import getaddresses, parsedate_to_datetime
from pathlib import Path
from uuid import uuid4

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from desk.outbox import GiveUp, NotInCopy, TryLater
from mail import disk
from mail.mailbox import FILED, FOLDERS, INBOX, Page

log = logging.getLogger(__name__)

MOST_BYTES = 25_000_000
PATIENCE = 10.0
"""Seconds to wait for a mail server: eight sends must fit into a lease together with their time-outs."""

_NOT_NOW = "451 4.3.0 The letter could not be kept; please send it again later"


class LocalPost:
    """A mailbox in folders under `folder`, filled by an SMTP listener on 127.0.0.1."""

    def __init__(self, folder: Path, address: str, port: int) -> None:
        """`folder`: the data folder's mail/; `address`: the only one that letters are taken for; port 0: any."""
        self.address = address
        self._folder = folder
        for name in FOLDERS:
            for part in ("cur", "new", "tmp"):
                disk.make_folder(folder / name / part)
            (folder / name).chmod(0o700)
        folder.chmod(0o700)
        self.raw = folder / "raw"
        disk.make_folder(self.raw)
        self._keeper = _Keeper(folder / INBOX, address)
        self._listener = _Listener(
            self._keeper,
            hostname="127.0.0.1",
            port=port,
            data_size_limit=MOST_BYTES,
            enable_SMTPUTF8=True,
            ident="post",
        )

    def start(self, arrived: Callable[[], None] = lambda: None) -> None:
        """Listen, in a thread of the listener's own; `arrived` is called for each letter that was kept.

        Raises OSError where the port is taken.
        """
        self._keeper.arrived = arrived
        self._listener.start()

    def stop(self) -> None:
        """Stop listening. Letters that were accepted are on the disk."""
        self._listener.stop()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._listener.port)

    # Mailbox

    def changes(self, cursor: str = "") -> Page:
        """Everything in the inbox: a folder needs no cursor."""
        return Page(self.list_folder(INBOX), "")

    def fetch_raw(self, item: str) -> bytes:
        """The letter as it came. Raises LookupError where somebody took it away."""
        try:
            return self._find(item).read_bytes()
        except FileNotFoundError as gone:
            raise LookupError("no such letter") from gone

    def list_folder(self, folder: str) -> tuple[str, ...]:
        """The items in a folder, oldest first."""
        box = self._folder / folder
        found = (path for part in ("cur", "new") for path in (box / part).iterdir() if path.is_file())
        return tuple(sorted(path.name for path in found if not path.name.startswith(".")))

    def oldest(self, folder: str) -> datetime | None:
        """Since when the letter that has lain longest in a folder exists, in UTC; None where the folder is empty."""
        found = []
        for item in self.list_folder(folder):
            with contextlib.suppress(LookupError, FileNotFoundError):  # just moved
                found.append(self._find(item, (folder,)).stat().st_mtime)
        return datetime.fromtimestamp(min(found), UTC) if found else None

    def find_by_message_id(self, message_id: str) -> tuple[str, ...]:
        """Every copy of a letter, in whatever folder."""
        found = []
        for folder in FOLDERS:
            for item in self.list_folder(folder):
                if str(message_from_bytes(self.fetch_raw(item))["Message-ID"] or "").strip() == message_id:
                    found.append(item)
        return tuple(found)

    def move(self, item: str, folder: str) -> str:
        """Move an item; its name stays. Raises LookupError where somebody took it away.

        To be filed, it need not be synced: after a power cut it may lie in the inbox again, and a sweep knows it.
        """
        path = self._find(item)
        to = self._folder / folder / "cur" / item
        if path != to:
            disk.move(path, to, folder != FILED)
        return item

    def _find(self, item: str, folders: Sequence[str] = FOLDERS) -> Path:
        for folder in folders:
            for part in ("cur", "new"):
                path = self._folder / folder / part / item
                if path.is_file():
                    return path
        raise LookupError("no such letter")


class _Keeper:
    """What the listener does with a letter: keeps it safely, or asks for it again. Never loses it with a 5xx."""

    def __init__(self, inbox: Path, address: str) -> None:
        self._inbox = inbox
        self._address = address.lower()
        self.arrived: Callable[[], None] = lambda: None

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Only the inbox's own address."""
        if address.lower() != self._address:
            return "550 5.1.1 There is no such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """250 only once the letter and its folder are synced to the disk."""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        sender = (envelope.mail_from or "").strip("<>").encode("utf-8", "replace")
        item = f"{time.time_ns():020d}.{uuid4().hex}"
        try:
            disk.keep(self._inbox / "new" / item, b"Return-Path: <" + sender + b">\r\n" + content, self._inbox / "tmp")
        except OSError:
            return _NOT_NOW
        self.arrived()
        return "250 OK: kept"

    async def handle_exception(self, error: Exception) -> str:
        """aiosmtpd would say 500, and the sender would throw the letter away."""
        return _NOT_NOW


class _Listener(Controller):
    """aiosmtpd's controller, which does not know its port when it was asked for any."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


# ways out


class LocalOutbox:
    """Letters out, as files: a number is a file, so that sending again never doubles."""

    def __init__(self, folder: Path) -> None:
        """`folder`: the data folder's mail/outbox."""
        self._folder = folder
        disk.make_folder(folder)

    def send_mime(self, mime: bytes, to: Sequence[str], number: int, kind: str, may_have_left: bool = False) -> None:
        """Write it. Raises TryLater where the disk will not have it now."""
        try:
            disk.keep(self._path(number, kind), mime)
        except OSError as fault:
            raise TryLater(f"the outbox cannot be written: {type(fault).__name__}") from None

    def holds(self, number: int, kind: str) -> bool:
        """Whether a letter was written out."""
        return self._path(number, kind).exists()

    def _path(self, number: int, kind: str) -> Path:
        return self._folder / f"{number:06d}-{kind}.eml"


class SmtpRelay:
    """Letters out through the council's own mail server."""

    def __init__(self, host: str, port: int, keep_in: Path | None = None) -> None:
        """`keep_in`: a folder for copies of what the server took, such as the outbox."""
        self._host, self._port = host, port
        self._copies = LocalOutbox(keep_in) if keep_in else None

    def send_mime(self, mime: bytes, to: Sequence[str], number: int, kind: str, may_have_left: bool = False) -> None:
        """Send it, unless it may have left and its copy shows that it did. Only where the first address is bad does
        this give up; copies go along if they can, and NotInCopy says so where they could not.
        """
        if may_have_left and self._copies and self._copies.holds(number, kind):
            return
        sender = _addresses([message_from_bytes(mime)["From"]])[0]
        try:
            with smtplib.SMTP(self._host, self._port, timeout=PATIENCE) as server:
                server.ehlo()
                if server.has_extn("starttls"):
                    server.starttls()
                server.sendmail(sender, to[0], mime)
                copied = self._send_copies(server, sender, to[1:], mime)
        except smtplib.SMTPRecipientsRefused as refused:
            raise _refused(*refused.recipients[to[0]]) from None
        except smtplib.SMTPDataError as answer:
            raise _refused(answer.smtp_code, answer.smtp_error) from None
        except smtplib.SMTPResponseException as answer:
            raise TryLater(f"the mail server said {answer.smtp_code}") from None
        except (smtplib.SMTPNotSupportedError, UnicodeEncodeError):
            raise GiveUp("the mail server cannot take this address") from None
        except (OSError, smtplib.SMTPException) as fault:
            raise TryLater(f"the mail server cannot be reached: {type(fault).__name__}") from None
        if self._copies:
            self._keep_copy(self._copies, mime, to, number, kind)
        if not copied:
            raise NotInCopy("the mail server did not take a copy")

    def check(self) -> None:
        """Say hello to the mail server, and send nothing. Raises TryLater."""
        try:
            with smtplib.SMTP(self._host, self._port, timeout=PATIENCE) as server:
                server.ehlo_or_helo_if_needed()
        except smtplib.SMTPResponseException as answer:
            raise TryLater(f"It said {answer.smtp_code}.") from None
        except (OSError, smtplib.SMTPException) as fault:
            raise TryLater(f"It cannot be reached: {type(fault).__name__}.") from None

    def _keep_copy(self, copies: LocalOutbox, mime: bytes, to: Sequence[str], number: int, kind: str) -> None:
        """It has left: to try again for the sake of the copy would send it again, for as long as the disk is full."""
        try:
            copies.send_mime(mime, to, number, kind)
        except TryLater as fault:
            log.warning("a letter has left, but no copy of it was kept: %s", fault)

    def _send_copies(self, server: smtplib.SMTP, sender: str, to: Sequence[str], mime: bytes) -> bool:
        """After the letter itself was taken: with it, each new try for the first address would send them anew."""
        if not to:
            return True
        try:
            return not server.sendmail(sender, list(to), mime)
        except (OSError, smtplib.SMTPException, UnicodeEncodeError) as fault:
            log.warning("a copy was not taken: %s", type(fault).__name__)
            return False


_BAD_ADDRESS = (550, 551, 553)


def _refused(code: int, words: bytes | str) -> TryLater | GiveUp:
    """Never where the address is bad; later for all else. 5.7 is policy: a relay that is set up wrongly says it."""
    says = f"the mail server said {code}"
    policy = (words.decode("ascii", "replace") if isinstance(words, bytes) else words).lstrip().startswith("5.7.")
    return GiveUp(says) if code in _BAD_ADDRESS and not policy else TryLater(says)


@dataclass(frozen=True, slots=True)
class Sent:
    """A letter in the outbox, as `auditbot mail outbox` lists it."""

    number: int
    kind: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    subject: str
    message_id: str
    date: datetime
    path: Path


def list_outbox(folder: Path) -> tuple[Sent, ...]:
    """The letters that were written out, by number."""
    return tuple(_sent(path) for path in sorted(folder.glob("[0-9]*-*.eml")))


def words_of(sent: Sent) -> tuple[str, tuple[str, ...]]:
    """What a letter of the outbox says, in plain text, and the names of its files."""
    message = message_from_bytes(sent.path.read_bytes(), policy=default)
    assert isinstance(message, EmailMessage)
    body = message.get_body(("plain",))
    words = str(body.get_content()).replace("\r\n", "\n") if body else ""
    return words, tuple(str(file.get_filename()) for file in message.iter_attachments())


def _sent(path: Path) -> Sent:
    number, _, kind = path.stem.partition("-")
    message = message_from_bytes(path.read_bytes())
    return Sent(
        number=int(number),
        kind=kind,
        to=_addresses(message.get_all("To", [])),
        cc=_addresses(message.get_all("Cc", [])),
        subject=" ".join(str(make_header(decode_header(str(message["Subject"])))).split()),
        message_id=str(message["Message-ID"]),
        date=parsedate_to_datetime(str(message["Date"])),
        path=path,
    )


def _addresses(values: Sequence[object]) -> tuple[str, ...]:
    return tuple(address for _name, address in getaddresses([str(value) for value in values]))
