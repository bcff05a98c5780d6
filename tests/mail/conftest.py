"""A post room for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mail.room import Room, post_room


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with post_room(tmp_path) as made:
        yield made
