"""Notices out to Teams. Called from a worker's thread; the sending itself happens on the bot's own loop."""

from __future__ import annotations

import asyncio
from concurrent.futures import TimeoutError as TookTooLong

from audit.notices import Notice
from bot import cards
from bot.channel import Activity, Blocked, Channel, ChannelError, Conversation, NotFound, Throttled
from bot.channel import TryLater as ChannelBusy
from desk.outbox import ChatGone, GiveUp, TryLater

PATIENCE = 12.0
"""Seconds for one notice: the channel itself gives up after 10, and the lease holds for 20."""


class TeamsSender:
    """`desk.outbox.Sender` for chats."""

    def __init__(self, channel: Channel, loop: asyncio.AbstractEventLoop) -> None:
        """`loop` runs in another thread than the one that calls `send`."""
        self._channel = channel
        self._loop = loop

    def send(self, notice: Notice) -> str:
        """Post the card, or update those that are there; the posted activity's id. Raises TryLater or GiveUp."""
        if notice.place is None:
            raise GiveUp("their chat has not been opened yet")
        place = Conversation(**notice.place)  # type: ignore[arg-type]
        work = asyncio.run_coroutine_threadsafe(self._deliver(place, notice), self._loop)
        try:
            return work.result(timeout=PATIENCE)
        except TookTooLong:
            work.cancel()
            raise TryLater("Teams did not answer in time") from None
        except Throttled as busy:
            raise TryLater("Teams asked us to wait", after=busy.retry_after) from None
        except ChannelBusy as busy:
            raise TryLater(str(busy)) from None
        except Blocked as never:
            raise ChatGone(f"Teams refused: {never}") from None
        except NotFound as never:
            raise ChatGone(f"the chat is gone: {never}") from None
        except ChannelError as never:
            raise GiveUp(f"Teams would not take it: {never}") from None

    async def _deliver(self, place: Conversation, notice: Notice) -> str:
        card = cards.notice_activity(notice)
        if notice.shown and await self._update(place, notice.shown, card):
            return ""
        return await self._channel.send(place, card)

    async def _update(self, place: Conversation, shown: tuple[str, ...], card: Activity) -> bool:
        """Replace every card that shows this; whether any was still there."""
        found = False
        for activity_id in shown:
            try:
                await self._channel.update(place, activity_id, card)
            except NotFound:
                continue
            found = True
        return found
