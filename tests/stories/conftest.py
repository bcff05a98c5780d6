"""What several stories share: a post room beside the QA team's chats."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.ledger import Store
from tests.mail.room import QA_LEAD, Room
from tests.stories.post import INFORMED, SECOND, Team


@pytest.fixture
def team(store: Store, tmp_path: Path) -> Iterator[Team]:
    """A post room on each database; three of the QA team have opened their chats."""
    room = Room(tmp_path, url=store.url)
    room.post.start()
    made = Team(room)
    made.opens_chat(QA_LEAD, SECOND, INFORMED)
    try:
        yield made
    finally:
        room.post.stop()
        room.close()
