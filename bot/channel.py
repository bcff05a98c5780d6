"""The port between our Teams door and whatever SDK speaks the Bot Framework protocol.

In comes a `Turn`; out go plain activity dicts or an `InvokeReply`. Nothing here knows an SDK.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

Activity = dict[str, Any]
"""A Bot Framework activity as plain JSON, camelCase keys, as on the wire."""


class Kind(StrEnum):
    """What arrived."""

    MESSAGE = "message"  # typed words, or an Action.Submit's value
    INVOKE = "invoke"  # a pressed Action.Execute or a dialog; answered in the HTTP response, within 5 s
    INSTALLED = "installed"  # the app was added for a person, or a conversation was opened
    REMOVED = "removed"  # the app was taken away
    OTHER = "other"  # anything we politely ignore


@dataclass(frozen=True, slots=True)
class Conversation:
    """Where a chat can be found again. Kept per person and refreshed on every inbound turn."""

    id: str
    service_url: str
    channel_id: str
    tenant: str
    bot_id: str
    bot_name: str
    user_id: str  # the channel's id of the person, not the Entra object id
    personal: bool = True


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing that a person did, already authenticated by the port.

    `tenant` and `entra_object_id` are identity; `activity_id` tells a redelivered message; `value` is a card's data;
    `verb` is an Action.Execute's verb (or `value["verb"]` of an Action.Submit); `name` is the invoke's name.
    """

    kind: Kind
    activity_id: str
    conversation: Conversation
    tenant: str
    entra_object_id: str
    display_name: str
    text: str = ""
    value: dict[str, Any] = field(default_factory=dict)
    verb: str = ""
    name: str = ""
    reply_to_id: str = ""  # the activity that holds the pressed card


@dataclass(frozen=True, slots=True)
class InvokeReply:
    """The HTTP answer to an invoke: `status` and a plain JSON body."""

    status: int
    body: dict[str, Any]


OnTurn = Callable[[Turn], Awaitable[InvokeReply | None]]
"""Our door: takes a turn; returns the reply if the turn was an invoke. It never raises (it is one of the barriers)."""


class ChannelError(Exception):
    """The world's failure while talking to a chat. Its message holds no body and no name.

    Raised as itself, the channel refused the message as it is (400, 413 and the like): never retried.
    """


class Throttled(ChannelError):
    """429 or 412: try again after `retry_after` seconds."""

    def __init__(self, retry_after: float) -> None:
        """`retry_after`: seconds, from the Retry-After header where there is one."""
        super().__init__(f"throttled for {retry_after:g} s")
        self.retry_after = retry_after


class Blocked(ChannelError):
    """403: the person or their administrator blocked the bot. Never retried."""


class NotFound(ChannelError):
    """404: the conversation or the activity is no longer there. Never retried as it is."""


class TryLater(ChannelError):
    """5xx, no connection, no answer in time, no token: the same call may go through later."""


class Channel(Protocol):
    """What our door may do to a chat. All raise ChannelError, mostly as Throttled, Blocked, NotFound or TryLater."""

    async def send(self, to: Conversation, activity: Activity) -> str:
        """Post `activity`; the new activity's id."""
        ...

    async def update(self, to: Conversation, activity_id: str, activity: Activity) -> None:
        """Replace what `activity_id` shows."""
        ...

    async def create_personal(self, like: Conversation, user_id: str) -> Conversation:
        """Open a personal chat with `user_id`, in `like`'s tenant and service URL."""
        ...
