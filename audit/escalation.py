"""Who should know by when: ladders and concerns. Pure rules of the clock (F22, L05: safety never rolls)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Rung:
    """Who is told `after` the alarm. An acknowledgement by those in `to` stops the climb; `inform` are only told."""

    after: timedelta
    to: tuple[str, ...]
    inform: tuple[str, ...] = ()

    @property
    def everyone(self) -> tuple[str, ...]:
        """All roles that this rung tells."""
        return (*self.to, *self.inform)


@dataclass(frozen=True, slots=True)
class Ladder:
    """Rungs in order; at the top it repeats every `repeat_top` until somebody acknowledges."""

    id: str
    rungs: tuple[Rung, ...]
    repeat_top: timedelta

    def due_at(self, number: int, started: datetime) -> datetime:
        """When round `number` (from 0) is due: the rungs first, then the repeats of the top one."""
        last = len(self.rungs) - 1
        if number <= last:
            return started + self.rungs[number].after
        return started + self.rungs[last].after + (number - last) * self.repeat_top

    @property
    def longest_gap(self) -> timedelta:
        """The longest silence between two rounds."""
        steps = [later.after - earlier.after for earlier, later in pairwise(self.rungs)]
        return max(*steps, self.repeat_top) if steps else self.repeat_top

    def round_by(self, started: datetime, now: datetime) -> int:
        """The last round that should have been reached by `now`; -1 before the start."""
        number = -1
        while self.due_at(number + 1, started) <= now:
            number += 1
        return number

    def rungs_up_to(self, number: int) -> tuple[Rung, ...]:
        """Every rung that has been reached in round `number`."""
        return self.rungs[: min(number, len(self.rungs) - 1) + 1]

    def stoppers(self, number: int) -> tuple[str, ...]:
        """Roles whose acknowledgement stops the climb once round `number` is reached."""
        return tuple(dict.fromkeys(role for rung in self.rungs_up_to(number) for role in rung.to))


class ConcernState(StrEnum):
    """Where a concern stands."""

    UNCONFIRMED = "unconfirmed"  # asked "did you mean that?"; goes out by itself if nobody answers
    OPEN = "open"  # people are being told
    ACKNOWLEDGED = "acknowledged"
    WITHDRAWN = "withdrawn"  # raised by mistake: kept, with the reason (F24)


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """One person's word that they have it. `stops` is whether it stopped the climb."""

    person_id: int
    at: datetime
    door: str
    stops: bool


@dataclass(frozen=True, slots=True)
class Concern:
    """Something that must reach people now, and keeps climbing until one of them says they have it.

    About an audit, or about a letter that nobody could place (`audit_id` is None then). `started` is when people were
    first told; `round` is the last one that was reached, -1 while unconfirmed.
    """

    id: int
    audit_id: int | None
    letter_id: int | None
    limb: str
    state: ConcernState
    words: str
    raised_by: int | None
    raised_at: datetime
    door: str
    confirmed: bool
    started: datetime | None
    round: int
    version: int
    acknowledgements: tuple[Acknowledgement, ...] = ()
    stopped_by: int | None = None
    stopped_at: datetime | None = None
    reason: str = ""
    by_answer: bool = False
    lapsed: bool = False  # raised by an answer that has been changed since
    gathers: bool = False  # stands for many letters; `letter_id` is one that waits


def may_stop(person_id: int, held: Collection[str], stoppers: Collection[str], barred: Collection[int | None]) -> bool:
    """Whether this person's acknowledgement stops the climb: the right role, and neither auditor nor audited worker."""
    return person_id not in barred and any(role in stoppers for role in held)
