"""Letters are read side by side, and yet of one sender's letters the earlier is dealt with first.

Only within this process, and only while all goes well: what is tried again later comes later, as it always did.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition, Lock
from types import TracebackType

PATIENCE = 15.0
"""Seconds to wait for an earlier letter of the same sender once our own is read: well within a lease of a minute."""


class InOrder:
    """Whose letters are in hand. Any number of lanes may share one."""

    def __init__(self) -> None:
        """Nobody's yet."""
        self._claim = Lock()
        self._changed = Condition()
        self._in_hand: dict[str, deque[Turn]] = {}

    @contextmanager
    def claiming(self) -> Iterator[None]:
        """One lane claims at a time, so that turns are taken in the order of the claims."""
        with self._claim:
            yield

    def turn(self, sender: str) -> Turn:
        """The next turn among a sender's letters; it must be entered as a context, and ends with it."""
        turn = Turn(self._changed, self._in_hand, sender)
        with self._changed:
            if sender:
                self._in_hand.setdefault(sender, deque()).append(turn)
        return turn


class Turn:
    """One letter's turn among those of its sender."""

    def __init__(self, changed: Condition, in_hand: dict[str, deque[Turn]], sender: str) -> None:
        """Made by InOrder."""
        self._changed, self._in_hand, self._sender = changed, in_hand, sender

    def comes(self) -> None:
        """Wait until every earlier letter of this sender is dealt with, or for as long as we have patience."""
        with self._changed:
            self._changed.wait_for(self._is_next, PATIENCE)

    def _is_next(self) -> bool:
        mine = self._in_hand.get(self._sender)
        return not mine or mine[0] is self

    def __enter__(self) -> Turn:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, where: TracebackType | None
    ) -> None:
        with self._changed:
            mine = self._in_hand.get(self._sender, deque())
            if self in mine:
                mine.remove(self)
            if not mine:
                self._in_hand.pop(self._sender, None)
            self._changed.notify_all()


ALONE = InOrder().turn("")
"""For a letter beside which no other is read."""
