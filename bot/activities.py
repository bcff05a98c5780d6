"""Reading the JSON of an inbound activity into a `Turn`. Plain values in and out; no SDK, no network.

Field names: the Bot Framework activity schema, and what Teams and the Agents Playground send.
"""

from __future__ import annotations

import json
import re
from typing import Any

from bot.channel import Activity, Conversation, Kind, Turn

_NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")


class Malformed(ValueError):
    """The request is not an activity that we can read."""


def parse(body: bytes) -> Activity:
    """The JSON object in `body`; raises Malformed.

    NULs and half surrogate pairs become U+FFFD: no database keeps them, and Teams can cut an emoji in two.
    """
    try:
        found = json.loads(body)
        if b"\\u0000" in body or b"\\ud" in body or b"\\uD" in body:
            found = _storable(found)
    except (ValueError, RecursionError) as error:
        raise Malformed("the body is not JSON") from error
    if not isinstance(found, dict):
        raise Malformed("the body is not a JSON object")
    return found


def turn(activity: Activity) -> Turn:
    """What a person did, from the activity that tells it; raises Malformed where a needed field is missing."""
    bot, person = _part(activity, "recipient"), _part(activity, "from")
    kind = _kind(activity, _needed(bot, "id"))
    tenant = _tenant(activity)
    verb, value = _pressed(kind, activity)
    return Turn(
        kind=kind,
        activity_id=_needed(activity, "id") if kind in (Kind.MESSAGE, Kind.INVOKE) else _text(activity, "id"),
        conversation=_conversation(activity, bot, person, tenant),
        tenant=tenant,
        entra_object_id=_text(person, "aadObjectId"),
        display_name=_text(person, "name"),
        text=_words(activity, _text(bot, "id")) if kind is Kind.MESSAGE else "",
        value=value,
        verb=verb,
        name=_needed(activity, "name") if kind is Kind.INVOKE else "",
        reply_to_id=_text(activity, "replyToId"),
    )


def _conversation(activity: Activity, bot: Activity, person: Activity, tenant: str) -> Conversation:
    chat = _part(activity, "conversation")
    return Conversation(
        id=_needed(chat, "id"),
        service_url=_needed(activity, "serviceUrl"),
        channel_id=_needed(activity, "channelId"),
        tenant=tenant,
        bot_id=_needed(bot, "id"),
        bot_name=_text(bot, "name"),
        user_id=_needed(person, "id"),
        personal=_text(chat, "conversationType") in ("personal", "") and chat.get("isGroup") is not True,
    )


def _kind(activity: Activity, bot_id: str) -> Kind:
    match _needed(activity, "type"):
        case "message":
            return Kind.MESSAGE
        case "invoke":
            return Kind.INVOKE
        case "installationUpdate":
            # "remove-upgrade" only makes way for the new version: the person still has the app.
            actions = {"add": Kind.INSTALLED, "add-upgrade": Kind.INSTALLED, "remove": Kind.REMOVED}
            return actions.get(_text(activity, "action"), Kind.OTHER)
        case "conversationUpdate" if bot_id in _ids(activity, "membersAdded"):
            return Kind.INSTALLED
        case "conversationUpdate" if bot_id in _ids(activity, "membersRemoved"):
            return Kind.REMOVED
    return Kind.OTHER


def _pressed(kind: Kind, activity: Activity) -> tuple[str, dict[str, Any]]:
    """The verb and the data of a pressed card, or of another invoke."""
    value = _part(activity, "value")
    if kind is Kind.INVOKE and activity.get("name") == "adaptiveCard/action":
        action = value.get("action")
        if not isinstance(action, dict):
            raise Malformed("a card's invoke has no action")
        return _text(action, "verb"), _part(action, "data")
    return (_text(value, "verb"), value) if kind in (Kind.MESSAGE, Kind.INVOKE) else ("", {})


def _words(activity: Activity, bot_id: str) -> str:
    """What was typed, without the mention of the bot that a group chat puts in front."""
    text = _text(activity, "text")
    for entity in _list(activity, "entities"):
        if entity.get("type") == "mention" and _text(_part(entity, "mentioned"), "id") == bot_id:
            text = text.replace(_text(entity, "text"), "")
    return text.replace("&nbsp;", " ").replace("\xa0", " ").strip()


def _tenant(activity: Activity) -> str:
    in_channel_data = _text(_part(_part(activity, "channelData"), "tenant"), "id")
    return in_channel_data or _text(_part(activity, "conversation"), "tenantId")


def _ids(activity: Activity, key: str) -> set[str]:
    return {_text(member, "id") for member in _list(activity, key)}


def _list(node: Activity, key: str) -> list[Activity]:
    found = node.get(key)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _part(node: Activity, key: str) -> Activity:
    found = node.get(key)
    return found if isinstance(found, dict) else {}


def _text(node: Activity, key: str) -> str:
    found = node.get(key)
    return found if isinstance(found, str) else ""


def _needed(node: Activity, key: str) -> str:
    found = _text(node, key)
    if not found:
        raise Malformed(f"{key} is missing")
    return found


def _storable(node: Any) -> Any:
    if isinstance(node, str):
        return _NOT_STORABLE.sub("\ufffd", node)
    if isinstance(node, list):
        return [_storable(item) for item in node]
    if isinstance(node, dict):
        return {_storable(key): _storable(item) for key, item in node.items()}
    return node
