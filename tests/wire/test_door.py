"""A whole turn over real sockets: HTTP in, one transaction, the card back; and the notice out, to another person."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.botframework import BotFramework
from bot.teams import TeamsSender
from bot.turns import SORRY, Door
from desk import concerns, outbox
from storage.ledger import Store
from tests.stories.story import Story

AVERY = "avery.sample@telford.example"
MORGAN = "morgan.example@telford.example"
PAT = "pat.specimen@telford.example"
LEE = "lee.sample@telford.example"


@dataclass
class Chat:
    """A stand-in for the channel's own service: what was posted and updated."""

    posted: list[dict[str, Any]] = field(default_factory=list)
    updated: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    refuse: int = 0
    url: str = ""

    async def post(self, request: web.Request) -> web.Response:
        if self.refuse:
            return web.Response(status=self.refuse)
        self.posted.append(await request.json())
        return web.json_response({"id": f"posted-{len(self.posted)}"})

    async def put(self, request: web.Request) -> web.Response:
        self.updated.append((request.match_info["activity"], await request.json()))
        return web.json_response({"id": request.match_info["activity"]})


@dataclass
class Window:
    """What a person's Teams sends for them."""

    story: Story
    chat: Chat
    client: TestClient[web.Request, web.Application]
    door: Door
    port: BotFramework
    serial: int = 0

    def activity(self, email: str, kind: str, **more: Any) -> dict[str, Any]:
        self.serial += 1
        person = self.story.person(email) if "@" in email else None
        entra = person.entra_id if person else email
        return {
            "type": kind,
            "id": more.pop("id", f"in-{self.serial}"),
            "channelId": "msteams",
            "serviceUrl": self.chat.url,
            "from": {"id": f"user-{entra}", "name": "Somebody", "aadObjectId": entra},
            "recipient": {"id": "bot", "name": "Practice Audit"},
            "conversation": {"conversationType": "personal", "tenantId": "t", "id": f"chat-{entra}"},
            "channelData": {"tenant": {"id": "t"}},
            **more,
        }

    async def opens(self, email: str) -> None:
        await self.send(self.activity(email, "installationUpdate", action="add"))

    async def says(self, email: str, text: str, **more: Any) -> None:
        await self.send(self.activity(email, "message", text=text, textFormat="plain", **more))

    async def presses(self, email: str, verb: str, reply_to: str = "", **data: Any) -> dict[str, Any]:
        action = {"type": "Action.Execute", "verb": verb, "data": data}
        activity = self.activity(
            email, "invoke", name="adaptiveCard/action", value={"action": action}, replyToId=reply_to
        )
        return await self.send(activity)

    async def send(self, activity: dict[str, Any]) -> dict[str, Any]:
        answer = await self.client.post("/api/messages", json=activity)
        assert answer.status == 200, answer.status
        body = await answer.read()
        return dict(json.loads(body)) if body else {}

    async def work(self) -> None:
        """What the worker does on the Teams lane."""
        sender = TeamsSender(self.port, asyncio.get_running_loop())
        run = partial(outbox.deliver, self.story.store, sender, "teams", lambda: self.story.now)
        while await asyncio.get_running_loop().run_in_executor(None, run):
            pass


@pytest.fixture
async def window(store: Store) -> AsyncIterator[Window]:
    story = Story(store)
    chat = Chat()
    service = web.Application()
    service.router.add_post("/v3/conversations/{chat}/activities", chat.post)
    service.router.add_put("/v3/conversations/{chat}/activities/{activity}", chat.put)
    served = TestServer(service, host="127.0.0.1")
    await served.start_server()
    chat.url = str(served.make_url("/"))
    door = Door(store, lambda: story.council, lambda: story.now)
    port = BotFramework(door.on_turn, local=True)
    door.channel = port
    app = web.Application()
    port.mount(app)
    client: TestClient[web.Request, web.Application] = TestClient(TestServer(app, host="127.0.0.1"))
    await client.start_server()
    yield Window(story, chat, client, door, port)
    await client.close()
    await served.close()


def shown(activity: dict[str, Any]) -> str:
    """All text of a posted card or an invoke's card, as one string."""
    return json.dumps(activity, ensure_ascii=False)


async def test_the_first_opening_is_welcomed_once_and_brings_what_waited(window: Window) -> None:
    reference = window.story.allocate("4021", AVERY, "tw-cp-cin")
    for _ in range(2):
        await window.opens(AVERY)
    await window.work()
    assert len(window.chat.posted) == 2, "one welcome, one allocation that had waited for the chat"
    assert reference in shown(window.chat.posted[1])


async def test_a_card_is_answered_in_the_response_and_the_answer_is_stored_before_it(window: Window) -> None:
    reference = window.story.allocate("4021", AVERY, "tw-cp-cin")
    reply = await window.presses(AVERY, "start", reply_to="card-1", audit=reference, step="", version=0)
    assert reply["type"] == "application/vnd.microsoft.card.adaptive", reply
    data = {"audit": reference, "step": "voice", "version": 0, "in.grade": "good", "in.comment": "Heard throughout."}
    reply = await window.presses(AVERY, "save", reply_to="card-1", **data)
    assert reply["statusCode"] == 200
    assert window.story.audit(reference).answer("voice").text("comment") == "Heard throughout."
    assert not window.chat.posted, "the card is replaced in place, nothing is posted"


async def test_the_same_press_again_with_another_activity_id_gives_one_record(window: Window) -> None:
    reference = window.story.allocate("4021", AVERY, "tw-cp-cin")
    data = {"audit": reference, "step": "voice", "version": 0, "in.grade": "good", "in.comment": "Heard."}
    replies = await asyncio.gather(*(window.presses(AVERY, "save", reply_to="card-1", **data) for _ in range(4)))
    assert all(reply["statusCode"] == 200 for reply in replies)
    assert window.story.audit(reference).answer("voice").version == 1
    assert not window.story.audit(reference).kept


async def test_typed_words_that_come_twice_count_once(window: Window) -> None:
    reference = window.story.allocate("4021", AVERY, "tw-cp-cin")
    await window.says(AVERY, "start")
    for _ in range(2):
        await window.says(AVERY, "yes", id="same-message")
    answers = window.story.audit(reference).answer("assessment").values
    assert answers == {"check_up_to_date": "yes"}
    assert len(window.chat.posted) == 2


async def test_a_new_card_below_typed_words_folds_the_one_above(window: Window) -> None:
    window.story.allocate("4021", AVERY, "tw-cp-cin")
    await window.says(AVERY, "start")
    await window.says(AVERY, "yes")
    assert [activity for activity, _ in window.chat.updated] == ["posted-1"]


async def test_a_step_that_was_finished_in_words_folds_to_what_was_said_with_a_way_back(window: Window) -> None:
    reference = window.story.allocate("4021", AVERY, "tw-cp-cin")
    await window.says(AVERY, "start")
    for words in ("yes", "good", "Clear and shared with the family.", "The plan of 3 November", "Agrees."):
        await window.says(AVERY, words)
    _, folded = window.chat.updated[-1]
    assert "Assessment" in shown(folded)
    assert "Good" in shown(folded)
    assert '"to": "assessment"' in shown(folded)
    assert window.story.audit(reference).answer("assessment").text("worker_view") == "Agrees."


async def test_a_group_chat_hears_nothing_of_an_audit(window: Window) -> None:
    reference = window.story.allocate("4021", AVERY, "tw-cp-cin")
    group = window.activity(AVERY, "message", text="start")
    group["conversation"]["conversationType"] = "groupChat"
    await window.send(group)
    assert reference not in shown(window.chat.posted[-1])
    assert "personal chat" in shown(window.chat.posted[-1])


async def test_a_stranger_gets_a_courteous_refusal_and_a_trail_entry_and_learns_nothing(window: Window) -> None:
    reference = window.story.allocate("4021", AVERY, "tw-cp-cin")
    await window.says("99999999-0000-4000-8000-000000000099", f"{reference} what is this")
    (reply,) = window.chat.posted
    assert "I do not know you yet" in shown(reply)
    assert reference not in shown(reply)
    pressed = await window.presses("99999999-0000-4000-8000-000000000099", "start", audit=reference)
    assert pressed["type"] == "application/vnd.microsoft.activity.message"
    with window.story.store.open() as ledger:
        whats = [event.what for event in ledger.trail.events("strangers")]
    assert whats == ["stranger refused", "stranger refused"]


async def test_inadequate_alerts_a_second_window_and_acknowledging_there_shows_in_the_first(window: Window) -> None:
    reference = window.story.allocate("4021", AVERY, "tw-cp-cin")
    for email in (AVERY, MORGAN):
        await window.opens(email)
    await window.presses(AVERY, "start", reply_to="card-1", audit=reference, step="", version=0)
    data = {"audit": reference, "step": "overall", "version": 0, "in.grade": "inadequate", "in.why": ""}
    await window.presses(AVERY, "save", reply_to="card-1", **data)
    await window.presses(AVERY, "confirm", reply_to="card-1", audit=reference, step="", version=0)
    window.chat.posted.clear()
    await window.work()
    alert = next(one for one in window.chat.posted if "serious findings" in shown(one))
    assert "Inadequate" not in shown(alert)
    reply = await window.presses(MORGAN, "ack", reply_to="posted-9", concern=1)
    assert "Acknowledged" in shown(reply)
    window.chat.updated.clear()
    await window.work()
    live = [card for activity, card in window.chat.updated if activity == "card-1"]
    assert live
    assert "Morgan Example" in shown(live[-1])


async def test_a_reply_that_got_lost_is_drawn_again_by_the_worker(window: Window) -> None:
    reference = window.story.allocate("4021", AVERY, "tw-cp-cin")
    await window.opens(AVERY)
    await window.work()
    await window.says(AVERY, "start")
    window.chat.refuse = 503
    await window.says(AVERY, "yes")
    assert window.story.audit(reference).answer("assessment").values
    window.chat.refuse = 0
    window.chat.updated.clear()
    window.story.wait(seconds=0)
    window.story.now = window.story.now.replace(minute=window.story.now.minute + 1)
    await window.work()
    assert window.chat.updated, "the live card shows what was stored"


async def test_our_own_bug_is_written_down_and_answered_calmly(window: Window) -> None:
    def broken() -> Any:
        raise ZeroDivisionError("a body that must not be logged")

    window.door._council = broken
    reply = await window.presses(AVERY, "status")
    assert reply["value"] == SORRY
    with window.story.store.open() as ledger:
        assert ledger.directory.fault_count() == 1


@pytest.mark.parametrize("verb", ["save", "use", "ack", "show", "raise", "withdraw", "open", "", "nonsense"])
async def test_a_press_with_nonsense_in_it_is_no_fault_of_ours(window: Window, verb: str) -> None:
    reference = window.story.allocate("4021", AVERY, "tw-cp-cin")
    for value in ({}, {"audit": reference, "step": ["x"], "version": {}, "concern": "x" * 500, "kept": None}):
        await window.presses(AVERY, verb, **value)
    with window.story.store.open() as ledger:
        assert ledger.directory.fault_count() == 0


async def test_a_letters_card_is_drawn_again_wherever_it_was_opened(window: Window) -> None:
    """G02: one of the QA team decides; the alert of one, and the cards that another has opened, say who did."""
    for email in (PAT, LEE):
        await window.opens(email)
    a_letter_waits(window.story)
    await window.work()
    alert = next(
        f"posted-{n}" for n, one in enumerate(window.chat.posted, 1) if "A letter needs a person" in shown(one)
    )
    opened = await window.presses(LEE, "letter", reply_to="list-of-lee", letter=1)
    assert "Has somebody dealt with it?" in shown(opened)
    await window.says(LEE, "letter 1")
    typed = f"posted-{len(window.chat.posted)}"
    settled = await window.presses(PAT, "discard", reply_to=alert, letter=1, drawn=0, **{"letter.done": "answered"})
    assert "Dealt with at" in shown(settled)
    await window.work()
    drawn = dict(window.chat.updated)
    assert {"list-of-lee", typed, alert} <= set(drawn)
    for card in ("list-of-lee", typed, alert):
        assert "by Pat Specimen. Its writer has an answer" in shown(drawn[card])


def a_letter_waits(story: Story) -> None:
    """One that was read and needs a person."""
    with story.store.open() as ledger:
        mailbox, path = "qa@telford.example", "1.eml"
        kept, _new = ledger.letters.keep(
            mailbox=mailbox, message_id="<1@telford.example>", fingerprint="1", path=path, sender=AVERY, at=story.now
        )
        ledger.letters.settle(kept.id, "needs_a_person", "words", "It brings no tool, and its words need a reader.")
        ledger.trail.add(f"letter/{kept.id}", "letter read", "post", story.now, {"state": "needs_a_person"})
        concerns.raise_for_letter(ledger, story.council, kept.id, False, story.now)
