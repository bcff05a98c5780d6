"""Sending once through a mailbox: a letter is put among the drafts and sent from there, which the server does once for
each draft. Whatever was uncertain before is settled by where the letter lies now.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from email.parser import BytesHeaderParser
from typing import Protocol, TypeVar

from desk.outbox import GiveUp, TryLater

LOOK_AGAIN = 5.0
"""Seconds until a copy is looked for again."""
Draft = TypeVar("Draft")


class Tray(Protocol[Draft]):
    """Where a mailbox keeps letters on their way out. Each call raises TryLater, GiveUp, or LookupError where what it
    asks about is gone."""

    def drafts_of(self, message_id: str) -> Sequence[Draft]:
        """The drafts of a letter."""
        ...

    def is_among_sent(self, message_id: str) -> bool:
        """Whether a copy of the letter lies among those sent."""
        ...

    def draft(self, mime: bytes, message_id: str, there: Sequence[Draft]) -> Draft:
        """A whole draft of the letter: one of those that are there, or a new one."""
        ...

    def hand_over(self, draft: Draft) -> None:
        """Have a draft sent. It ends, and a copy lies among the letters sent."""
        ...

    def delete(self, draft: Draft) -> None:
        """Take a draft away."""
        ...


def send_once(tray: Tray[Draft], mime: bytes, may_have_left: bool) -> None:
    """Send a letter, unless it was sent already. It must hold a Message-ID, or it could leave twice.

    `may_have_left`: it was handed over before, and nobody knows what came of that; then it is sent only where its draft
    still lies there. Raises GiveUp or TryLater, which says whether it may have left now.
    """
    message_id = str(BytesHeaderParser().parsebytes(mime)["Message-ID"] or "").strip()
    if not message_id:
        raise GiveUp("a letter without a Message-ID could leave twice")
    try:
        # In this order: a draft that is sent between the two questions is seen by one of them.
        drafts = tray.drafts_of(message_id)
        if tray.is_among_sent(message_id):
            return
        if may_have_left and not drafts:
            raise TryLater("the letter may have left already; its copy is looked for", LOOK_AGAIN)
        ready = tray.draft(mime, message_id, drafts)
    except LookupError:
        raise TryLater("somebody took the draft away", LOOK_AGAIN) from None
    _hand_over(tray, ready)


def _hand_over(tray: Tray[Draft], draft: Draft) -> None:
    try:
        tray.hand_over(draft)
    except GiveUp:
        with suppress(TryLater, LookupError):
            tray.delete(draft)
        raise
    except LookupError:
        gone = TryLater("the draft is gone: it was sent meanwhile, or somebody took it away", LOOK_AGAIN)
        gone.may_have_left = True
        raise gone from None
    except TryLater as unanswered:
        unanswered.may_have_left = True
        raise
