"""The harness itself: a person types, chooses, fills and presses, and the card changes in place."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from bot.playground import Person, Playground, PlaygroundError, start_playground
from tests.e2e.browser import Chat
from tests.e2e.echo_bot import EchoBot, card, heading

PRIYA = Person("29:priya", "Priya Shah", "7e57ab1e-0000-4000-8000-000000000101", "priya.shah@example.org")


@pytest.fixture
def echo() -> Iterator[EchoBot]:
    bot = EchoBot().start()
    yield bot
    bot.stop()


@pytest.fixture
def window(echo: EchoBot, free_port: int, tmp_path: Path) -> Iterator[Playground]:
    with start_playground(echo.url, free_port, PRIYA, tmp_path) as playground:
        yield playground


@pytest.fixture
def chat(window: Playground, chromium: Browser) -> Iterator[Chat]:
    chat = Chat(chromium)
    chat.open(window.url)
    yield chat
    chat.page.close()


def test_a_card_is_answered_and_changes_in_place(echo: EchoBot, chat: Chat, artefacts: Path):
    chat.say("audit")
    chat.wait_for("What you saw")
    chat.choose("Good")
    chat.choose("Plan", field="Where is it recorded")
    chat.choose("Child seen alone")
    chat.fill("What you saw", "A clear plan.\nShared with the family.")
    chat.screenshot(artefacts / "harness-asked.png")
    chat.press("Save and go on")

    chat.wait_for("Planning: saved")
    assert chat.cards() == 1
    assert echo.heard[-1]["value"]["action"]["data"] == {
        "revision": 3,
        "grade": "G",
        "comment": "A clear plan.\nShared with the family.",
        "place": "plan",
        "seen": "true",
    }
    assert chat.screenshot(artefacts / "harness-answered.png").stat().st_size > 5_000


def test_the_first_turns_say_who_and_where(echo: EchoBot, chat: Chat, window: Playground):
    chat.say("hello")
    chat.wait_for("Planning")
    assert {heard["type"] for heard in echo.heard} == {"installationUpdate", "conversationUpdate", "message"}
    for heard in echo.heard:
        assert heard["from"]["aadObjectId"] == PRIYA.entra_object_id
        assert heard["conversation"]["id"] == window.conversation_id
        assert heard["serviceUrl"] == window.service_url


def test_a_required_answer_is_asked_for_before_anything_is_sent(echo: EchoBot, chat: Chat):
    chat.say("audit")
    chat.wait_for("Planning")
    chat.press("Save and go on")
    chat.wait_for("Choose a grade")
    assert echo.heard[-1]["type"] == "message"


def test_the_bot_may_speak_first_and_change_what_it_said(echo: EchoBot, chat: Chat, window: Playground):
    turn = {"serviceUrl": window.service_url, "conversation": {"id": window.conversation_id}}
    said = echo.post(turn, card(heading("An audit is waiting")))
    chat.wait_for("An audit is waiting")
    echo.update(turn, said, card(heading("The audit is done")))
    chat.wait_for("The audit is done")
    chat.wait_gone("An audit is waiting")


def test_a_hidden_part_unfolds_and_fits_a_phone(chat: Chat, artefacts: Path):
    chat.phone(320)
    chat.say("audit")
    chat.wait_for("Planning")
    chat.unfold("Guide")
    chat.wait_for("Say what led you to it.")
    assert chat.wider_than_screen() == []
    chat.screenshot(artefacts / "harness-phone.png")


def test_a_press_can_be_repeated_when_the_bot_is_back(echo: EchoBot, chat: Chat):
    chat.say("audit")
    chat.wait_for("Planning")
    chat.choose("Good")
    echo.stop()
    chat.press("Save and go on")
    chat.page.wait_for_timeout(1_000)
    echo.start()
    chat.press("Save and go on")
    chat.wait_for("Planning: saved")


def test_a_taken_port_is_refused_and_a_stopped_window_is_gone(echo: EchoBot, window: Playground, tmp_path: Path):
    taken = int(window.url.rsplit(":", 1)[1])
    with pytest.raises(PlaygroundError, match="already in use"):
        start_playground(echo.url, taken, PRIYA, tmp_path / "second")
    window.stop()
    assert not window.running()
