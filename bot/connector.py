"""Calls to the chat channel's REST API (the Bot Connector): post, replace, open a chat. No SDK.

Addresses and bodies: Microsoft's "Bot Connector REST API reference", v3.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import quote

import aiohttp
from yarl import URL

from bot.channel import Activity, Blocked, ChannelError, Conversation, NotFound, Throttled, TryLater

TOKEN_KEPT_S = 60.0  # far less than the five minutes that a token from msal has left at least
RETRY_AFTER_S = 2.0
RETRY_AFTER_MOST_S = 600.0


class Connector:
    """`bot.channel.Channel` over HTTP. Calls go to the `Conversation`'s own service URL and nowhere else."""

    def __init__(self, http: Callable[[], aiohttp.ClientSession], token: AccessToken | None, timeout_s: float) -> None:
        """`token` is None where the channel asks for none; `timeout_s` bounds a whole call, token included."""
        self._http = http
        self._token = token
        self._timeout_s = timeout_s

    async def send(self, to: Conversation, activity: Activity) -> str:
        """Post `activity`; the new activity's id ("" if the channel did not tell)."""
        body = {"type": "message", **activity, **_addresses(to)}
        return _id(await self._call("POST", to.service_url, _activities_path(to), body))

    async def update(self, to: Conversation, activity_id: str, activity: Activity) -> None:
        """Replace what `activity_id` shows."""
        body = {"type": "message", **activity, **_addresses(to), "id": activity_id}
        path = f"{_activities_path(to)}/{quote(activity_id, safe='')}"
        await self._call("PUT", to.service_url, path, body)

    async def create_personal(self, like: Conversation, user_id: str) -> Conversation:
        """Open a personal chat with `user_id` (the channel's id or an Entra object id) beside `like`."""
        body = {
            "bot": {"id": like.bot_id, "name": like.bot_name},
            "isGroup": False,
            "members": [{"id": user_id}],
            "tenantId": like.tenant,
            "channelData": {"tenant": {"id": like.tenant}},
        }
        new_id = _id(await self._call("POST", like.service_url, "/v3/conversations", body))
        if not new_id:
            raise TryLater("the channel opened a chat without telling its id")
        return replace(like, id=new_id, user_id=user_id, personal=True)

    async def _call(self, method: str, service_url: str, path: str, body: Activity) -> Activity:
        url = _url(service_url, path)
        try:
            async with asyncio.timeout(self._timeout_s):
                headers = await self._headers()
                # A redirect would take our token and the person's data elsewhere.
                async with self._http().request(
                    method, url, json=body, headers=headers, allow_redirects=False
                ) as response:
                    self._check(response)
                    return _object(await response.read())
        except TimeoutError:
            raise TryLater("no answer in time") from None
        except aiohttp.ClientError as error:
            raise TryLater(f"no connection ({type(error).__name__})") from None

    async def _headers(self) -> dict[str, str]:
        return {} if self._token is None else {"Authorization": f"Bearer {await self._token.get()}"}

    def _check(self, response: aiohttp.ClientResponse) -> None:
        status = response.status
        if status == 401 and self._token is not None:
            self._token.forget()
        if status in (412, 429):
            raise Throttled(_retry_after(response.headers.get("Retry-After", "")))
        if status == 403:
            raise Blocked("status 403")
        if status == 404:
            raise NotFound("status 404")
        if status in (401, 408) or status >= 500:
            raise TryLater(f"status {status}")
        if status >= 300:
            raise ChannelError(f"status {status}")


class AccessToken:
    """Our own bearer token for the channel: fetched in a thread, one fetch at a time, kept for a minute."""

    def __init__(self, fetch: Callable[[], str], clock: Callable[[], float]) -> None:
        """`fetch` may block; it raises OSError, ValueError or LookupError if there is no token to be had."""
        self._fetch = fetch
        self._clock = clock
        self._lock = asyncio.Lock()
        self._value = ""
        self._until = float("-inf")

    async def get(self) -> str:
        """The token; raises TryLater."""
        async with self._lock:
            if self._clock() >= self._until:
                try:
                    self._value = await asyncio.to_thread(self._fetch)
                except (OSError, ValueError, LookupError) as error:
                    raise TryLater(f"no token for the channel ({type(error).__name__})") from None
                self._until = self._clock() + TOKEN_KEPT_S
            return self._value

    def forget(self) -> None:
        """Fetch anew next time: the channel refused this one."""
        self._until = float("-inf")


def _url(service_url: str, path: str) -> URL:
    try:
        url = URL(service_url.rstrip("/") + path, encoded=True)
        if url.scheme in ("http", "https") and url.host:
            return url
    except ValueError:
        pass
    raise ChannelError("the service URL cannot be used")


def _activities_path(to: Conversation) -> str:
    return f"/v3/conversations/{quote(to.id, safe='')}/activities"


def _addresses(to: Conversation) -> Activity:
    return {
        "channelId": to.channel_id,
        "serviceUrl": to.service_url,
        "conversation": {"id": to.id},
        "from": {"id": to.bot_id, "name": to.bot_name},
        "recipient": {"id": to.user_id},
    }


def _object(body: bytes) -> Activity:
    """The JSON object in an answer, or an empty one: what was posted must not be posted again for its sake."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _id(answer: Activity) -> str:
    found = answer.get("id")
    return found if isinstance(found, str) else ""


def _retry_after(header: str) -> float:
    """Seconds from a Retry-After header (a number or a date), within reason."""
    try:
        seconds = float(header)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            return RETRY_AFTER_S
    return min(seconds, RETRY_AFTER_MOST_S) if seconds > 0 else RETRY_AFTER_S
