"""The post as every transport offers it: a mailbox to read, and a way out. Local here; Exchange and Graph alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

INBOX, FILED, NEEDS_A_PERSON, SET_ASIDE = "inbox", "filed", "needs-a-person", "set-aside"
FOLDERS = (INBOX, FILED, NEEDS_A_PERSON, SET_ASIDE)
NAMES = {FILED: "Audit filed", NEEDS_A_PERSON: "Audit needs a person", SET_ASIDE: "Audit set aside"}
"""What people see below the inbox, on premises and online alike, so that a mailbox can be moved. A folder of that name
which exists already is used."""


class Unreadable(Exception):
    """The server names this item and does not show it. The others are well."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some of what came in. `cursor` asks for what follows; `more` says that there is more to ask for now."""

    items: tuple[str, ...]
    cursor: str
    more: bool = False


class Mailbox(Protocol):
    """A mailbox with four folders. An item is the transport's own name for one copy of a letter."""

    @property
    def address(self) -> str:
        """The address whose mailbox it is; part of a letter's identity."""
        ...

    @property
    def raw(self) -> Path:
        """The folder of ours that keeps every letter as it came, whatever the transport."""
        ...

    def changes(self, cursor: str = "") -> Page:
        """What lies in the inbox, from a cursor on; everything where there is none or it is no longer known."""
        ...

    def fetch_raw(self, item: str) -> bytes:
        """The letter as it came. Raises LookupError where somebody took it away, or Unreadable."""
        ...

    def list_folder(self, folder: str) -> tuple[str, ...]:
        """The items in a folder, oldest first."""
        ...

    def find_by_message_id(self, message_id: str) -> tuple[str, ...]:
        """Every copy of a letter, in whatever of the four folders."""
        ...

    def move(self, item: str, folder: str) -> str:
        """Move an item, which may change its name. Raises LookupError where somebody took it away."""
        ...


class Transport(Protocol):
    """A way out for a whole letter. Raises desk.outbox.TryLater or GiveUp, nothing else."""

    def send_mime(self, mime: bytes, to: Sequence[str], number: int, kind: str, may_have_left: bool = False) -> None:
        """Send it. The same number is the same letter, however often it is sent.

        `may_have_left`: an earlier try may have sent it; where copies are kept, one that has no trace waits.
        """
        ...
