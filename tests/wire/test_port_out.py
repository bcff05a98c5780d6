"""What goes out by the Teams port: posts, updates, new chats, our own token, and how each fails."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from aiohttp import web

from bot.channel import (
    Blocked,
    ChannelError,
    NotFound,
    Throttled,
    TryLater,
)
from tests.wire.port_world import APP_ID, PERSON, TENANT, World, serve

# What goes out


async def test_send_posts_to_the_kept_service_url_and_returns_the_id(world: World) -> None:
    to = replace(world.conversation(), id="19:a b/c@thread.v2;messageid=1")
    assert await world.port.send(to, {"text": "hi", "attachments": []}) == "posted-1"
    method, path, body, token = world.chats.calls[0]
    assert (method, token) == ("POST", "Bearer ours-1")
    assert path == "/amer/v3/conversations/19%3Aa%20b%2Fc%40thread.v2%3Bmessageid%3D1/activities"
    assert body == {
        "type": "message",
        "text": "hi",
        "attachments": [],
        "channelId": "msteams",
        "serviceUrl": world.chats.url,
        "conversation": {"id": to.id},
        "from": {"id": "28:bot", "name": "Audit Bot"},
        "recipient": {"id": "29:person"},
    }


async def test_update_replaces_an_activity(world: World) -> None:
    await world.port.update(world.conversation(), "1:2", {"text": "new"})
    method, path, body, _ = world.chats.calls[0]
    assert (method, path) == ("PUT", "/amer/v3/conversations/a%3Achat/activities/1%3A2")
    assert (body["id"], body["text"]) == ("1:2", "new")


async def test_create_personal_opens_a_chat_in_the_same_tenant(world: World) -> None:
    world.chats.answer = lambda: web.json_response({"id": "a:new"}, status=201)
    made = await world.port.create_personal(world.conversation(), PERSON)
    assert made == replace(world.conversation(), id="a:new", user_id=PERSON)
    assert world.chats.calls[0][:3] == (
        "POST",
        "/amer/v3/conversations",
        {
            "bot": {"id": "28:bot", "name": "Audit Bot"},
            "isGroup": False,
            "members": [{"id": PERSON}],
            "tenantId": TENANT,
            "channelData": {"tenant": {"id": TENANT}},
        },
    )


@pytest.mark.parametrize("body", [b"", b"no JSON", b"[]", b'{"id": 7}'])
async def test_what_was_posted_counts_even_if_the_channel_mumbles(world: World, body: bytes) -> None:
    world.chats.answer = lambda: web.Response(body=body)
    assert await world.port.send(world.conversation(), {"text": "hi"}) == ""
    with pytest.raises(TryLater):
        await world.port.create_personal(world.conversation(), PERSON)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (403, Blocked),
        (404, NotFound),
        (408, TryLater),
        (412, Throttled),
        (429, Throttled),
        (500, TryLater),
        (502, TryLater),
        (503, TryLater),
        (504, TryLater),
        (400, ChannelError),
        (413, ChannelError),
    ],
)
async def test_failures_have_names(world: World, status: int, error: type[ChannelError]) -> None:
    world.chats.answer = lambda: web.Response(status=status, text="Ann Auditor blocked you")
    for call in (
        world.port.send(world.conversation(), {}),
        world.port.update(world.conversation(), "1", {}),
        world.port.create_personal(world.conversation(), PERSON),
    ):
        with pytest.raises(ChannelError) as raised:
            await call
        assert type(raised.value) is error
        assert "Ann" not in str(raised.value)


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        ("7", 7, 7),
        ("0.5", 0.5, 0.5),
        (format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True), 1, 90),
        (format_datetime(datetime.now(UTC) - timedelta(seconds=90), usegmt=True), 2, 2),
        ("99999999", 600, 600),
        ("", 2, 2),
        ("-4", 2, 2),
        ("nan", 2, 2),
        ("soon", 2, 2),
    ],
    ids=["whole", "part", "date to come", "date gone", "ages", "none", "negative", "not a number", "word"],
)
async def test_retry_after_is_honoured_within_reason(world: World, header: str, least: float, most: float) -> None:
    world.chats.answer = lambda: web.Response(status=429, headers={"Retry-After": header})
    with pytest.raises(Throttled) as raised:
        await world.port.send(world.conversation(), {})
    assert least <= raised.value.retry_after <= most


async def test_a_redirect_is_not_followed(world: World) -> None:
    elsewhere = await serve([web.route("*", "/{path:.*}", world.chats.receive)])
    url = str(elsewhere.make_url("/"))
    world.chats.answer = lambda: web.Response(status=307, headers={"Location": url})
    with pytest.raises(ChannelError):
        await world.port.send(world.conversation(), {})
    await elsewhere.close()
    assert len(world.chats.calls) == 1


async def test_no_answer_in_time_is_try_later(around: World) -> None:
    await around.open(local=True, timeout_s=0.05)
    around.chats.silent = True
    with pytest.raises(TryLater):
        await around.port.send(around.conversation(), {})


async def test_nobody_there_is_try_later_and_nonsense_is_not(world: World) -> None:
    gone = await serve([])
    url = str(gone.make_url("/"))
    await gone.close()
    with pytest.raises(TryLater):
        await world.port.send(replace(world.conversation(), service_url=url), {})
    for nonsense in ("", "urn:x", "http://host:port/", "ftp://host/"):
        with pytest.raises(ChannelError) as raised:
            await world.port.send(replace(world.conversation(), service_url=nonsense), {})
        assert type(raised.value) is ChannelError


# Our own token


async def test_our_token_is_fetched_off_the_loop_once_and_kept(world: World) -> None:
    await asyncio.gather(*(world.port.send(world.conversation(), {}) for _ in range(5)))
    assert len(world.token_threads) == 1
    assert threading.get_ident() not in world.token_threads
    world.clock.now += 61
    await world.port.send(world.conversation(), {})
    assert world.chats.calls[-1][3] == "Bearer ours-2"


async def test_a_refused_token_is_fetched_anew(world: World) -> None:
    world.chats.answer = lambda: web.Response(status=401)
    with pytest.raises(TryLater):
        await world.port.send(world.conversation(), {})
    world.chats.answer = lambda: web.json_response({"id": "posted-2"})
    assert await world.port.send(world.conversation(), {}) == "posted-2"
    assert world.chats.calls[-1][3] == "Bearer ours-2"


@pytest.mark.parametrize("error", [PermissionError("secret"), KeyError("access_token"), ValueError("x"), OSError()])
async def test_no_token_is_try_later_and_sends_nothing(world: World, error: Exception) -> None:
    world.token_error = error
    with pytest.raises(TryLater, match="no token for the channel"):
        await world.port.send(world.conversation(), {})
    assert world.chats.calls == []


async def test_a_managed_identity_is_asked_for_our_token(around: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, str]] = []

    async def identity(request: web.Request) -> web.Response:
        asked.append(dict(request.query))
        expires = str(int(time.time()) + 3600)
        return web.json_response({"access_token": "managed", "expires_on": expires, "token_type": "Bearer"})

    azure = await serve([web.get("/token", identity)])
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("IDENTITY_ENDPOINT", str(azure.make_url("/token")))
    monkeypatch.setenv("IDENTITY_HEADER", "x")
    await around.open(app_id=APP_ID, app_tenant_id=TENANT, app_type="UserAssignedMSI")
    for _ in range(2):
        await around.port.send(around.conversation(), {})
        around.clock.now += 61
    await azure.close()
    assert [call[3] for call in around.chats.calls] == ["Bearer managed"] * 2
    assert [(q["client_id"], q["resource"]) for q in asked] == [(APP_ID, "https://api.botframework.com")]


async def test_an_unreachable_tenant_is_try_later(around: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    await around.open(app_id=APP_ID, app_password="x", app_tenant_id=TENANT, app_type="SingleTenant")
    with pytest.raises(TryLater, match="no token for the channel"):
        await around.port.send(around.conversation(), {})
    assert around.chats.calls == []
