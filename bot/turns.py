"""One turn in Teams: who is it, one transaction at the desk, and the card that answers.

A barrier: whatever goes wrong here is written down as a fault first, and the person hears a calm sentence.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from audit.council import Council
from audit.notices import LiveFacts
from audit.people import Person
from bot import cards
from bot.channel import Channel, ChannelError, InvokeReply, Kind, Turn
from desk import access, chats, climbing, faults
from dialogs import letters
from dialogs import turns as dialogs
from dialogs.room import Room
from dialogs.screens import LIVE, LetterCard, Say, Screen
from storage.ledger import Ledger, Store, Unavailable

log = logging.getLogger(__name__)
Given = TypeVar("Given")

REDRAW_AFTER = timedelta(seconds=20)
"""If the reply to typed words is lost on the way, the worker draws the live card again after this."""

SORRY = (
    "Something went wrong on our side. Everything saved before this is safe, and the team that runs this service "
    "has been told. Please try again in a minute. If a child may be at risk now, phone; do not wait for this chat."
)
BUSY = "The service cannot reach its records just now. Please try again in a minute. If it is urgent, phone."

ALONE = "What we speak about here is for you alone. Please write to me in a personal chat."


@dataclass(frozen=True, slots=True)
class Shown:
    """What a turn came to: the screen, and the live card that it takes the place of."""

    screen: Screen | None
    audit_id: int = 0
    person_id: int = 0
    before: str = ""
    folded: LiveFacts | None = None
    showed: str = ""


class Door:
    """Turns Teams' turns into replies."""

    def __init__(
        self,
        store: Store,
        council: Callable[[], Council],
        now: Callable[[], datetime],
        nudge: Callable[[], None] = lambda: None,
    ) -> None:
        """`council`: the one in force; `nudge`: tells a worker in this process that something may be due."""
        self._store = store
        self._council = council
        self._now = now
        self.nudge = nudge
        self._threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="desk")
        self._later: set[asyncio.Task[None]] = set()
        self.channel: Channel | None = None

    async def on_turn(self, turn: Turn) -> InvokeReply | None:
        """Answer one turn. Never raises."""
        try:
            return await self._answer(turn)
        except Unavailable:
            return await self._say(turn, BUSY)
        except Exception as bug:
            what = faults.describe(bug)
            await self.at_the_desk(partial(self._write_fault, what))
            log.error("A turn failed: %s", what)
            return await self._say(turn, SORRY)

    async def at_the_desk(self, work: Callable[[], Given]) -> Given:
        """Cross from the loop to the synchronous desk, once."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def _answer(self, turn: Turn) -> InvokeReply | None:
        if turn.kind is Kind.OTHER:
            return _nothing() if turn.name else None
        shown = await self.at_the_desk(partial(self._store.run, partial(self._take, turn)))
        self.nudge()
        if turn.kind is Kind.INVOKE:
            return self._answer_invoke(turn, shown)
        if shown.screen is not None:
            await self._post(turn, shown)
        return None

    # at the desk: synchronous, one transaction

    def _take(self, turn: Turn, ledger: Ledger) -> Shown:
        now = self._now()
        person = access.person_in_teams(ledger, turn.entra_object_id)
        if person is None:
            return self._refuse(ledger, turn, now)
        if not turn.conversation.personal:
            return Shown(Say(ALONE)) if turn.kind in (Kind.MESSAGE, Kind.INVOKE) else Shown(None)
        if turn.kind is Kind.REMOVED:
            chats.closed(ledger, person, now)
            return Shown(None)
        opened = chats.heard_from(ledger, person, asdict(turn.conversation), now)
        room = Room(ledger, self._council(), person, now)
        if turn.kind is Kind.INSTALLED:
            return Shown(dialogs.help_card(room, first_time=True)) if opened else Shown(None)
        key = f"{turn.conversation.id}/{turn.activity_id}"
        if turn.kind is Kind.MESSAGE and ledger.directory.seen_turn(key, now):
            return Shown(None)  # sent again because we were slow: it was taken in the first time
        last = ledger.audits.last_screen(person.id) if turn.kind is Kind.MESSAGE else None
        screen = self._reply(room, turn)
        if turn.kind is Kind.INVOKE and turn.reply_to_id:
            letters.note_card(room, screen, turn.reply_to_id)
        if not isinstance(screen, LIVE):
            return Shown(screen, person_id=person.id)
        shown = self._note_live(ledger, turn, person, screen.live, screen, now)
        same = last is not None and last.audit_id == shown.audit_id
        return replace(shown, showed=last.shows if last and same else "")

    def _refuse(self, ledger: Ledger, turn: Turn, now: datetime) -> Shown:
        if turn.kind not in (Kind.MESSAGE, Kind.INVOKE):
            return Shown(None)
        who = f"{turn.tenant}/{turn.entra_object_id}"
        words = turn.text or dialogs.all_words(turn.value) or turn.verb
        refusal = access.refuse_stranger(ledger, self._council(), "teams", words, who, now)
        return Shown(Say(refusal.sentence))

    def _reply(self, room: Room, turn: Turn) -> Screen:
        if turn.verb or turn.value:
            return dialogs.pressed(room, turn.verb, turn.value)
        return dialogs.typed(room, turn.text)

    def _note_live(
        self, ledger: Ledger, turn: Turn, person: Person, live: LiveFacts, screen: Screen, now: datetime
    ) -> Shown:
        """Remember which card is the live one; owe a redrawing in case the reply to typed words gets lost."""
        audit_id = live.of.audit.id
        mine = ledger.audits.screen(audit_id, person.id)
        before = mine.activity_id if mine else ""
        if turn.kind is Kind.INVOKE:
            ledger.audits.save_screen(audit_id, person.id, live.shows, now, turn.reply_to_id)
        else:
            climbing.owe_refresh(ledger, audit_id, person.id, now + REDRAW_AFTER)
        return Shown(screen, audit_id, person.id, before, live if before and before != turn.reply_to_id else None)

    def _note_posted(self, shown: Shown, activity_id: str, ledger: Ledger) -> None:
        ledger.audits.note_activity(shown.audit_id, shown.person_id, activity_id)
        ledger.obligations.cancel(f"screen/{shown.audit_id}/{shown.person_id}")

    def _note_letter(self, shown: Shown, activity_id: str, ledger: Ledger) -> None:
        assert shown.screen
        room = Room(ledger, self._council(), ledger.directory.person(shown.person_id), self._now())
        letters.note_card(room, shown.screen, activity_id)

    def _write_fault(self, what: str) -> None:
        with self._store.open() as ledger:
            ledger.directory.write_fault("bot.turns", what, self._now())

    # back on the loop

    def _answer_invoke(self, turn: Turn, shown: Shown) -> InvokeReply:
        if shown.folded and shown.before:
            self._soon(self._fold(turn, shown))
        if shown.screen is None:
            return _nothing()
        if isinstance(shown.screen, Say):
            return _message(shown.screen.sentence)
        body = {
            "statusCode": 200,
            "type": "application/vnd.microsoft.card.adaptive",
            "value": cards.screen_card(shown.screen),
        }
        return InvokeReply(200, body)

    async def _post(self, turn: Turn, shown: Shown) -> None:
        """Answer typed words below them; an older copy of the live card folds to a line."""
        assert self.channel
        assert shown.screen
        card = cards.activity(cards.screen_card(shown.screen), cards.screen_summary(shown.screen))
        try:
            activity_id = await self.channel.send(turn.conversation, card)
        except ChannelError as lost:
            log.warning("A reply was not delivered: %s", lost)  # what was said is stored; the worker redraws the card
            return
        if isinstance(shown.screen, LetterCard):
            await self.at_the_desk(partial(self._store.run, partial(self._note_letter, shown, activity_id)))
        if shown.audit_id:
            await self.at_the_desk(partial(self._store.run, partial(self._note_posted, shown, activity_id)))
        if shown.folded and shown.before:
            await self._fold(turn, shown)

    async def _fold(self, turn: Turn, shown: Shown) -> None:
        assert self.channel
        assert shown.folded
        card = cards.activity(cards.folded_card(shown.folded, shown.showed), "")
        try:
            await self.channel.update(turn.conversation, shown.before, card)
        except ChannelError as lost:
            log.info("An older card was not folded: %s", lost)

    async def _say(self, turn: Turn, sentence: str) -> InvokeReply | None:
        if turn.kind is Kind.INVOKE:
            return _message(sentence)
        if turn.kind is Kind.MESSAGE and self.channel:
            try:
                await self.channel.send(turn.conversation, {"type": "message", "text": sentence})
            except ChannelError as lost:
                log.warning("An apology was not delivered: %s", lost)
        return None

    def _soon(self, work: object) -> None:
        task = asyncio.ensure_future(work)  # type: ignore[call-overload]
        self._later.add(task)
        task.add_done_callback(self._later.discard)


def _message(sentence: str) -> InvokeReply:
    body = {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": sentence}
    return InvokeReply(200, body)


def _nothing() -> InvokeReply:
    return InvokeReply(200, {})
