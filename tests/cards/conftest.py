"""Every card once, drawn for all tests of this folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from audit.notices import Notice
from bot import cards
from dialogs.screens import Screen
from tests.cards import gallery, requested, returned, waiting


@dataclass(frozen=True)
class Drawn:
    """A card with what it was drawn from."""

    name: str
    made_of: Screen | Notice
    activity: dict[str, Any]

    @property
    def card(self) -> dict[str, Any]:
        content: dict[str, Any] = self.activity["attachments"][0]["content"]
        return content


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Drawn]:
    """All cards of both councils, by name."""
    folder = tmp_path_factory.mktemp("cards")
    found: dict[str, Drawn] = {}
    for prefix, council in gallery.FOLDERS.items():
        for scene in (
            gallery.moments,
            gallery.alarms,
            gallery.sections,
            returned.questions,
            waiting.letters,
            requested.requests,
        ):
            for name, screen in scene(folder, council):
                card = cards.activity(cards.screen_card(screen), cards.screen_summary(screen))
                found[f"{prefix} {name}"] = Drawn(f"{prefix} {name}", screen, card)
        for name, notice in gallery.notices(folder, council):
            found[f"{prefix} notice {name}"] = Drawn(name, notice, cards.notice_activity(notice))
    return found
