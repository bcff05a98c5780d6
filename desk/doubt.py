"""A notice that may have left although nobody said so: how long its copy is looked for before it goes once more.

It is kept with the duty to send the notice, so that another process goes on where one ended.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from storage.obligations import Obligation

LOOKED_FOR = timedelta(minutes=1)
"""Before it goes once more. A copy lies among the letters sent within seconds, and an alert must not wait for long."""
LOOKED_FOR_AFTER = timedelta(hours=1)
"""Before it goes a third time: that two were sent and neither left a copy is likelier than that both were lost."""
_KEY = "doubt"


@dataclass(frozen=True, slots=True)
class Doubt:
    """What one try to send has to know. `since`: when it may have left; `again`: how often it went once more since
    then; `may_go`: whether it has been looked for long enough."""

    since: datetime | None = None
    again: int = 0
    may_go: bool = True

    @property
    def only_look(self) -> bool:
        """Whether a notice of which there is no trace must wait."""
        return self.since is not None and not self.may_go

    @property
    def goes_again(self) -> bool:
        """Whether this try may be the one that sends it once more."""
        return self.since is not None and self.may_go


def about(duty: Obligation, now: datetime) -> Doubt:
    """What to think of a notice that was just claimed: a try whose end nobody wrote down may have sent it."""
    if duty.lane != "mail":
        return Doubt()  # a chat shows no copy that could be looked for
    kept = duty.data.get(_KEY, {})
    since = datetime.fromisoformat(kept["since"]) if kept.get("since") else None
    again = int(kept.get("again", 0))
    if duty.attempts > int(kept.get("ended", 0)) + 1:
        since = now
    if since is None:
        return Doubt()
    long_enough = LOOKED_FOR_AFTER if again else LOOKED_FOR
    return Doubt(since, again, now - since >= long_enough)


def going_again(duty: Obligation, doubt: Doubt, now: datetime) -> Mapping[str, Any]:
    """What to keep with the duty before a notice goes once more, so that it is not forgotten if this process ends."""
    return _kept(duty, now, doubt.again + 1)


def after(duty: Obligation, doubt: Doubt, may_have_left: bool, now: datetime) -> Mapping[str, Any]:
    """What to keep with the duty once a try has ended without success."""
    if may_have_left:
        return _kept(duty, now, doubt.again + doubt.goes_again)
    return _kept(duty, doubt.since, doubt.again)


def _kept(duty: Obligation, since: datetime | None, again: int) -> Mapping[str, Any]:
    kept = {"since": since.isoformat() if since else "", "again": again, "ended": duty.attempts}
    return {**duty.data, _KEY: kept}
