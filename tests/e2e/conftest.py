"""What every end-to-end test starts from: a browser, a place for pictures, ports nobody uses."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.e2e import browser, service
from tests.e2e.browser import Chat

OpenChat = Callable[[str], Chat]
ARTEFACTS = Path(__file__).resolve().parents[2] / "artefacts" / "e2e"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with browser.browser() as started:
        yield started


@pytest.fixture(scope="session")
def artefacts() -> Path:
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    return ARTEFACTS


@pytest.fixture
def free_port() -> int:
    return service.free_port()


@pytest.fixture
def open_chat(served: service.Service, chromium: Browser) -> Iterator[OpenChat]:
    """A person's chat window in a browser page of its own, empty at first. `served` is the test module's service."""
    opened: list[Chat] = []

    def open_chat(email: str) -> Chat:
        chat = Chat(chromium)
        opened.append(chat)
        chat.open(served.window(email).url)
        return chat

    yield open_chat
    for chat in opened:
        chat.page.context.close()
