"""What people see in a chat: screens and notices in, plain dicts of Adaptive Cards 1.5 out. Nothing here sends."""

from __future__ import annotations

from typing import Any

from audit.notices import Notice
from bot.cards.journey import folded_card
from bot.cards.notices import notice_card
from bot.cards.screens import screen_card, screen_summary

__all__ = ["activity", "folded_card", "notice_activity", "screen_card", "screen_summary"]

CARD = "application/vnd.microsoft.card.adaptive"


def activity(card: dict[str, Any], summary: str) -> dict[str, Any]:
    """A message that holds a card. `summary` is all that a notification shows."""
    message: dict[str, Any] = {"type": "message", "attachments": [{"contentType": CARD, "content": card}]}
    if summary:
        message["summary"] = summary
    return message


def notice_activity(notice: Notice) -> dict[str, Any]:
    """A notice as a message for a chat."""
    return activity(*notice_card(notice))
