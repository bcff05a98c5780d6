"""The Teams door over real sockets: who may knock, and what a turn is made of."""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.botframework import MAX_BODY, BotFramework
from bot.channel import (
    InvokeReply,
    Kind,
    Turn,
)
from tests.wire.port_world import APP_ID, ISSUER, PERSON, TENANT, World, refused

# Who may knock


async def test_a_signed_message_from_our_tenant_is_a_turn(world: World) -> None:
    response = await world.post(world.activity(), world.token())
    assert response.status == 200
    assert world.turns == [
        Turn(
            kind=Kind.MESSAGE,
            activity_id="act-1",
            conversation=world.conversation(),
            tenant=TENANT,
            entra_object_id=PERSON,
            display_name="Ann Auditor",
            text="hello",
        )
    ]


EMULATOR = "https://sts.windows.net/d6d49420-f39b-4df7-a1dc-d59a935871db/"
STRANGER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
BAD_TOKENS: dict[str, Callable[[World], str]] = {
    "garbage": lambda w: "not-a-token",
    "garbage of three parts": lambda w: "a.b.c",
    "deep JSON": lambda w: f"{jwt.utils.base64url_encode(b'[' * 3000).decode()}.e30.e30",
    "deep JSON inside": lambda w: f"e30.{jwt.utils.base64url_encode(b'[' * 3000).decode()}.e30",
    "two spaces": lambda w: f" {w.token()}",
    "not ASCII": lambda w: "é.é.é",
    "expired": lambda w: w.token(exp=int(time.time()) - 3600),
    "without an end": lambda w: w.token(exp=None),
    "with a silly end": lambda w: w.token(exp=float("inf")),
    "not yet valid": lambda w: w.token(nbf=int(time.time()) + 3600),
    "unknown key id": lambda w: w.token(kid="other", key=STRANGER),
    "no key id": lambda w: jwt.encode({"iss": ISSUER, "exp": 9**10}, STRANGER, algorithm="RS256"),
    "known id, another's key": lambda w: w.token(key=STRANGER),
    "unsigned": lambda w: jwt.encode({"iss": ISSUER, "aud": APP_ID}, None, algorithm="none", headers={"kid": "old"}),
    "signed with a shared secret": lambda w: jwt.encode(
        {"iss": ISSUER}, "s" * 40, algorithm="HS256", headers={"kid": "old"}
    ),
    "wrong audience": lambda w: w.token(aud="5c0d8f0a-0000-4000-8000-0000000000ff"),
    "audience among others": lambda w: w.token(aud=[APP_ID, "other"]),
    "no audience": lambda w: w.token(aud=None),
    "no issuer": lambda w: w.token(iss=None),
    "issuer of another tenant": lambda w: w.token(iss="https://sts.windows.net/some-other-tenant/"),
    "issuer of the emulator": lambda w: w.token(iss=EMULATOR),
    "issuer of the emulator, for us": lambda w: w.token(iss=EMULATOR, ver="1.0", appid=APP_ID),
    "a skill's": lambda w: w.token(ver="1.0", appid="another-bot"),
    "an anonymous skill's": lambda w: w.token(appid="AnonymousSkill"),
    "another service URL": lambda w: w.token(serviceurl="https://smba.trafficmanager.net/uk/"),
    "no service URL": lambda w: w.token(serviceurl=None),
}


@pytest.mark.parametrize("bad", BAD_TOKENS.values(), ids=BAD_TOKENS.keys())
async def test_a_bad_token_is_401_without_detail(world: World, bad: Callable[[World], str]) -> None:
    assert await refused(world, await world.post(world.activity(), bad(world)), 401)


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": ""}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer"}]
)
async def test_no_token_is_401(world: World, headers: dict[str, str]) -> None:
    assert await refused(world, await world.post(world.activity(), **headers), 401)


@pytest.mark.parametrize("scheme", ["bearer", "Basic", ""])
async def test_another_scheme_is_401(world: World, scheme: str) -> None:
    authorization = f"{scheme} {world.token()}"
    assert await refused(world, await world.post(world.activity(), Authorization=authorization), 401)


async def test_a_key_that_is_not_endorsed_for_teams_is_401(world: World) -> None:
    world.issuer.endorsements = ["webchat"]
    assert await refused(world, await world.post(world.activity(), world.token()), 401)


@pytest.mark.parametrize(
    "foreign",
    [
        {"channelData": {"tenant": {"id": "another"}}},
        {"channelData": {}, "conversation": {"id": "a:chat", "tenantId": "another"}},
        {"channelData": None, "conversation": {"id": "a:chat"}},
        {"channelId": "webchat"},
    ],
    ids=["tenant", "conversation's tenant", "no tenant", "channel"],
)
async def test_a_good_token_from_elsewhere_is_403(world: World, foreign: dict[str, Any]) -> None:
    assert await refused(world, await world.post(world.activity(**foreign), world.token()), 403)


async def test_the_tenant_can_come_with_the_conversation(world: World) -> None:
    await world.post(world.activity(channelData=None), world.token())
    assert [turn.tenant for turn in world.turns] == [TENANT]


# Keys


async def test_keys_are_fetched_once_and_shared_by_turns_at_the_same_time(world: World) -> None:
    await asyncio.gather(*(world.post(world.activity(), world.token()) for _ in range(5)))
    assert (len(world.turns), world.issuer.fetches) == (5, 1)


async def test_unknown_key_ids_cannot_make_us_fetch_again_and_again(world: World) -> None:
    for _ in range(3):
        await world.post(world.activity(), world.token(kid="other", key=STRANGER))
    assert world.issuer.fetches == 1


async def test_a_new_key_is_found(world: World) -> None:
    await world.post(world.activity(), world.token())
    world.issuer.serving = ["new"]
    world.clock.now += 301
    assert (await world.post(world.activity(), world.token(kid="new"))).status == 200


async def test_keys_are_refreshed_in_the_background_and_stale_ones_kept(world: World) -> None:
    await world.post(world.activity(), world.token())
    world.issuer.down = True
    world.clock.now += 13 * 3600
    assert (await world.post(world.activity(), world.token())).status == 200
    world.clock.now += 301
    assert (await world.post(world.activity(), world.token())).status == 200
    world.issuer.down, world.issuer.serving = False, ["old", "new"]
    world.clock.now += 301
    assert (await world.post(world.activity(), world.token())).status == 200
    assert (await world.post(world.activity(), world.token(kid="new"))).status == 200
    assert world.issuer.fetches <= 4


async def test_keys_are_refreshed_before_a_new_one_is_needed(world: World) -> None:
    await world.post(world.activity(), world.token())
    world.issuer.asked.clear()
    world.clock.now += 13 * 3600
    await world.post(world.activity(), world.token())
    await asyncio.wait_for(world.issuer.asked.wait(), 5)
    assert world.issuer.fetches == 2


async def test_an_empty_list_of_keys_replaces_nothing(world: World) -> None:
    await world.post(world.activity(), world.token())
    world.issuer.serving = []
    world.clock.now += 13 * 3600
    for kid, status in (("old", 200), ("new", 401), ("old", 200)):
        assert (await world.post(world.activity(), world.token(kid=kid))).status == status


async def test_without_any_keys_it_is_503_until_they_come(world: World) -> None:
    world.issuer.down = True
    assert await refused(world, await world.post(world.activity(), world.token()), 503)
    world.issuer.down = False
    world.clock.now += 6
    assert (await world.post(world.activity(), world.token())).status == 200


async def test_keys_that_cannot_be_read_are_503(world: World) -> None:
    world.issuer.serving = []
    assert await refused(world, await world.post(world.activity(), world.token()), 503)


# What comes in


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"null", 400),
        (b"\xff\xfe\xff", 400),
        (b"[" * 100_000, 400),
        (b'{"a":' * 500 + b'"\\u0000"' + b"}" * 500, 400),
        (b"{" + b" " * MAX_BODY + b"}", 413),
    ],
    ids=["empty", "cut", "list", "null", "bytes", "deep", "deep with NUL", "large"],
)
async def test_an_unreadable_body_is_refused(world: World, body: bytes, status: int) -> None:
    assert await refused(world, await world.post(body, world.token()), status)


async def test_a_large_body_in_pieces_or_packed_is_413(world: World) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(5):
            yield b" " * (MAX_BODY // 4)

    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {world.token()}"}
    response = await world.client.post("/api/messages", data=pieces(), headers=headers)
    assert await refused(world, response, 413)
    packed = gzip.compress(b" " * (MAX_BODY * 20))
    assert await refused(world, await world.post(packed, world.token(), **{"Content-Encoding": "gzip"}), 413)


async def test_a_broken_pack_is_400(world: World) -> None:
    headers = {"Content-Encoding": "gzip"}
    assert await refused(world, await world.post(b"not gzip", world.token(), **headers), 400)


async def test_a_body_that_never_arrives_is_408(around: World) -> None:
    await around.open(local=True, timeout_s=0.05)

    async def endless() -> AsyncIterator[bytes]:
        yield b"{"
        await around.chats.let_go.wait()

    response = await around.client.post("/api/messages", data=endless(), headers={"Content-Type": "application/json"})
    assert await refused(around, response, 408)


async def test_only_json_is_taken(world: World) -> None:
    response = await world.post(world.activity(), world.token(), **{"Content-Type": "text/plain"})
    assert await refused(world, response, 415)


@pytest.mark.parametrize("missing", ["type", "id", "channelId", "serviceUrl", "conversation", "from", "recipient"])
@pytest.mark.parametrize("instead", [None, 7, {}])
async def test_a_missing_field_is_400(world: World, missing: str, instead: object) -> None:
    body = world.activity() | {missing: instead}
    assert await refused(world, await world.post(body, world.token()), 400)


@pytest.mark.parametrize("instead", [None, 7, "x", [], {}, [[]], {"id": 7}])
@pytest.mark.parametrize(
    "name", ["text", "value", "entities", "channelData", "replyToId", "membersAdded", "attachments"]
)
@pytest.mark.parametrize("kind", ["message", "invoke", "conversationUpdate", "installationUpdate", "typing"])
async def test_odd_fields_never_break_the_door(local: World, kind: str, name: str, instead: object) -> None:
    body = local.activity(type=kind, name="adaptiveCard/action") | {name: instead}
    assert (await local.post(body)).status in (200, 400, 501)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("a\0b", "a\ufffdb"),
        ("cut \ud83d", "cut \ufffd"),
        ("\udc00 alone", "\ufffd alone"),
        ("whole 😀", "whole 😀"),
        ("typed \\u0000 \\ud83d", "typed \\u0000 \\ud83d"),
    ],
    ids=["NUL", "high half", "low half", "pair", "typed"],
)
async def test_what_no_database_keeps_is_replaced(local: World, sent: str, kept: str) -> None:
    await local.post(local.activity(text=sent, value={sent: [sent]}))
    assert (local.turns[0].text, local.turns[0].value) == (kept, {kept: [kept]})


async def test_the_mention_of_the_bot_is_taken_out_of_the_text(local: World) -> None:
    mentions = [
        {"type": "mention", "text": "<at>Audit Bot</at>", "mentioned": {"id": "28:bot"}},
        {"type": "mention", "text": "<at>Bob</at>", "mentioned": {"id": "29:bob"}},
        {"type": "clientInfo"},
    ]
    text = "<at>Audit Bot</at>&nbsp;ask <at>Bob</at> \xa0"
    chat = {"id": "19:x@thread.v2", "conversationType": "groupChat", "isGroup": True}
    await local.post(local.activity(text=text, entities=mentions, conversation=chat))
    assert local.turns[0].text == "ask <at>Bob</at>"
    assert not local.turns[0].conversation.personal


async def test_a_pressed_submit_brings_its_data_and_verb(local: World) -> None:
    data = {"verb": "answer", "grade": "Good"}
    await local.post(local.activity(text=None, value=data, replyToId="card-1"))
    turn = local.turns[0]
    assert (turn.kind, turn.verb, turn.value, turn.reply_to_id) == (Kind.MESSAGE, "answer", data, "card-1")


async def test_a_pressed_execute_brings_its_data_and_verb(local: World) -> None:
    value = {"action": {"type": "Action.Execute", "verb": "answer", "data": {"grade": "Good"}}, "trigger": "manual"}
    local.reply = InvokeReply(200, {})
    await local.post(local.activity(type="invoke", name="adaptiveCard/action", value=value))
    turn = local.turns[0]
    assert (turn.kind, turn.name) == (Kind.INVOKE, "adaptiveCard/action")
    assert (turn.verb, turn.value) == ("answer", {"grade": "Good"})


async def test_another_invoke_keeps_its_name_and_value(local: World) -> None:
    await local.post(local.activity(type="invoke", name="task/fetch", value={"data": {"a": 1}}))
    assert (local.turns[0].name, local.turns[0].value) == ("task/fetch", {"data": {"a": 1}})


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"type": "installationUpdate", "action": "add"}, Kind.INSTALLED),
        ({"type": "installationUpdate", "action": "remove"}, Kind.REMOVED),
        ({"type": "installationUpdate", "action": "remove-upgrade"}, Kind.OTHER),
        ({"type": "conversationUpdate", "membersAdded": [{"id": "28:bot"}]}, Kind.INSTALLED),
        ({"type": "conversationUpdate", "membersAdded": [{"id": "29:person"}]}, Kind.OTHER),
        ({"type": "conversationUpdate", "membersRemoved": [{"id": "28:bot"}]}, Kind.REMOVED),
        ({"type": "messageReaction"}, Kind.OTHER),
    ],
)
async def test_comings_and_goings(local: World, fields: dict[str, Any], kind: Kind) -> None:
    assert (await local.post(local.activity(**fields))).status == 200
    assert [turn.kind for turn in local.turns] == [kind]


async def test_the_answer_to_an_invoke_is_its_body_as_it_is(world: World) -> None:
    card = {"type": "AdaptiveCard", "version": "1.5", "body": [{"type": "TextBlock", "text": "Kept"}]}
    body = {"statusCode": 200, "type": "application/vnd.microsoft.card.adaptive", "value": card}
    world.reply = InvokeReply(200, body)
    value = {"action": {"verb": "answer", "data": {}}}
    invoke = world.activity(type="invoke", name="adaptiveCard/action", value=value)
    response = await world.post(invoke, world.token())
    assert (response.status, response.content_type, await response.json()) == (200, "application/json", body)


async def test_an_invoke_that_nobody_answers_is_501(local: World) -> None:
    assert (await local.post(local.activity(type="invoke", name="x/y"))).status == 501


# Settings


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({}, "app id"),
        ({"local": True, "app_id": APP_ID}, "Local mode"),
        ({"app_id": APP_ID, "app_type": "MultiTenant"}, "app type"),
        ({"app_id": APP_ID, "app_type": "SingleTenant", "app_password": "x"}, "tenant id"),
        ({"app_id": APP_ID, "app_type": "SingleTenant", "app_tenant_id": TENANT}, "app password"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(settings: dict[str, Any], word: str) -> None:
    async def nothing(_: Turn) -> None:
        return None

    with pytest.raises(ValueError, match=word):
        BotFramework(nothing, **settings)


@pytest.mark.parametrize("url", ["https://smba.trafficmanager.net/uk/", "http://127.0.0.1.example/", "http://[", "x"])
async def test_local_mode_answers_only_this_machine(local: World, url: str) -> None:
    assert await refused(local, await local.post(local.activity(serviceUrl=url)), 403)


async def test_local_mode_sends_no_token(local: World) -> None:
    assert await local.port.send(local.conversation(), {"text": "hi"}) == "posted-1"
    assert local.chats.calls[0][3] == ""
