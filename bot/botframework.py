"""The Bot Framework door: `POST /api/messages` and who may knock. The only module that imports the bot SDK.

The SDK validates inbound tokens and obtains our own. Reading an activity (bot/activities.py) and calling the
channel (bot/connector.py) are ours: through the SDK a turn costs many times the CPU (bench/turn.py).
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

import aiohttp
import jwt
import msal  # type: ignore[import-untyped,unused-ignore]
import requests
from aiohttp import web
from botbuilder.schema import Activity as SdkActivity
from botframework.connector.auth import (
    AuthenticationConstants,
    BotFrameworkAuthenticationFactory,
    JwtTokenExtractor,
    ManagedIdentityAppCredentials,
    MicrosoftAppCredentials,
    PasswordServiceClientCredentialFactory,
)

from bot import activities
from bot.channel import Activity, Conversation, InvokeReply, Kind, OnTurn, Turn
from bot.connector import AccessToken, Connector
from bot.signing_keys import KeysUnavailable, SigningKeys

TEAMS = "msteams"
OPENID_URL = AuthenticationConstants.TO_BOT_FROM_CHANNEL_OPENID_METADATA_URL
ISSUER = AuthenticationConstants.TO_BOT_FROM_CHANNEL_TOKEN_ISSUER
MAX_BODY = 256 * 1024
TIMEOUT_S = 10.0

log = logging.getLogger(__name__)


class BotFramework:
    """`bot.channel.Channel` and the HTTP door, for one bot registration."""

    def __init__(
        self,
        on_turn: OnTurn,
        *,
        app_id: str = "",
        app_password: str = "",
        app_tenant_id: str = "",
        app_type: str = "",
        local: bool = False,
        openid_url: str = OPENID_URL,
        issuer: str = ISSUER,
        fetch_token: Callable[[], str] | None = None,
        timeout_s: float = TIMEOUT_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`on_turn` gets every authenticated turn. Raises ValueError for settings that cannot be meant.

        `app_*`: the bot's registration in Azure; `app_type` is SingleTenant or UserAssignedMSI.
        `local`: no registration and no tokens, only chats served from this machine (the Agents Playground).
        The rest is for tests: where the issuer's keys are, who it is, a blocking source of our own token, time.
        """
        _check_registration(app_id, app_password, app_tenant_id, app_type, local)
        self._on_turn = on_turn
        self._local = local
        self._tenant = app_tenant_id.lower()
        self._issuer = issuer
        self._timeout_s = timeout_s
        self._session: aiohttp.ClientSession | None = None
        self._keys = SigningKeys(openid_url, TEAMS, self._http, clock)
        self._authentication = _authentication(app_id, issuer, openid_url, self._keys)
        fetch = fetch_token or _token_source(app_id, app_password, app_tenant_id, app_type)
        self._connector = Connector(self._http, None if local else AccessToken(fetch, clock), timeout_s)

    def mount(self, app: web.Application) -> None:
        """Put the door at `POST /api/messages`, and close our connections when `app` stops."""

        async def close(_: web.Application) -> None:
            await self.close()

        app.router.add_post("/api/messages", self.receive)
        app.on_cleanup.append(close)

    async def close(self) -> None:
        """Let go of connections. The port opens new ones if it is used again."""
        await self._keys.close()
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def receive(self, request: web.Request) -> web.Response:
        """One HTTP request of the channel; its answer.

        200, or an invoke's own status and JSON body. 400 or 408: unreadable; 401: no valid token; 403: valid but
        not for us; 413: too large; 415: not JSON; 501: an invoke that nobody answered; 503: the issuer's keys
        cannot be had. Refusals have no body.
        """
        try:
            turn = await self._authentic_turn(request)
        except _Refusal as refusal:
            log.warning("Refused a request with status %d: %s", refusal.status, refusal)
            return web.Response(status=refusal.status)
        return _answer(turn, await self._on_turn(turn))

    async def send(self, to: Conversation, activity: Activity) -> str:
        """See `bot.channel.Channel`."""
        return await self._connector.send(to, activity)

    async def update(self, to: Conversation, activity_id: str, activity: Activity) -> None:
        """See `bot.channel.Channel`."""
        await self._connector.update(to, activity_id, activity)

    async def create_personal(self, like: Conversation, user_id: str) -> Conversation:
        """See `bot.channel.Channel`."""
        return await self._connector.create_personal(like, user_id)

    async def _authentic_turn(self, request: web.Request) -> Turn:
        header = request.headers.get("Authorization", "")
        if not header and not self._local:
            raise _Refusal(401, "no token")
        body = await _read(request, self._timeout_s)
        try:
            turn = activities.turn(activities.parse(body))
        except activities.Malformed as error:
            raise _Refusal(400, str(error)) from error
        if self._local:
            _check_loopback(turn.conversation.service_url)
        else:
            await self._check_token(header, turn.conversation)
            self._check_ours(turn)
        return turn

    async def _check_token(self, header: str, conversation: Conversation) -> None:
        """Check the token, and that it vouches for the service URL that replies will go to."""
        asked = SdkActivity(channel_id=conversation.channel_id, service_url=conversation.service_url)
        try:
            _check_plausible(header, self._issuer)
            result = await self._authentication.authenticate_request(asked, header)
        except KeysUnavailable:
            raise _Refusal(503, "the issuer's keys cannot be had") from None
        except (PermissionError, jwt.PyJWTError, ValueError, LookupError, TypeError) as error:
            raise _Refusal(401, f"token refused ({type(error).__name__})") from None
        if "exp" not in result.claims_identity.claims:
            raise _Refusal(401, "token without an end")

    def _check_ours(self, turn: Turn) -> None:
        # On Direct Line and Web Chat the client itself writes the tenant and the Entra object id.
        if turn.conversation.channel_id != TEAMS:
            raise _Refusal(403, "not from Teams")
        if turn.tenant.lower() != self._tenant:
            raise _Refusal(403, "another tenant")

    def _http(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=self._timeout_s),
                cookie_jar=aiohttp.DummyCookieJar(),
                # The council's proxy, as msal does; asking for it at each call costs as much as the call.
                trust_env=not self._local and bool(getproxies()),
            )
        return self._session


class _Refusal(Exception):
    """An inbound request that gets `status` and no more. The reason is for our log and quotes nobody."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class _TimedSession(requests.Session):
    """The HTTP client for msal, which otherwise waits for ever."""

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs.setdefault("timeout", TIMEOUT_S)
        return super().request(*args, **kwargs)


def _check_registration(app_id: str, password: str, tenant: str, app_type: str, local: bool) -> None:
    if local and app_id:
        raise ValueError("Local mode takes unsigned messages: leave the app id empty, or switch local mode off.")
    if local:
        return
    if not app_id:
        raise ValueError("The bot's app id is empty: give the one from Azure, or switch local mode on.")
    if app_type not in ("SingleTenant", "UserAssignedMSI"):
        raise ValueError("The bot's app type must be SingleTenant or UserAssignedMSI.")
    if not tenant:
        raise ValueError("The bot's tenant id is empty: give the tenant that the app is registered in.")
    if app_type == "SingleTenant" and not password:
        raise ValueError("The bot's app password is empty: a SingleTenant app needs its client secret.")


def _authentication(app_id: str, issuer: str, openid_url: str, keys: SigningKeys) -> Any:
    """The SDK's authentication, reading our keys instead of fetching them with a blocking call."""
    JwtTokenExtractor.metadataCache[openid_url] = keys
    return BotFrameworkAuthenticationFactory.create(
        to_channel_from_bot_login_url=AuthenticationConstants.TO_CHANNEL_FROM_BOT_LOGIN_URL_PREFIX,
        to_channel_from_bot_oauth_scope=AuthenticationConstants.TO_CHANNEL_FROM_BOT_OAUTH_SCOPE,
        to_bot_from_channel_token_issuer=issuer,
        oauth_url=AuthenticationConstants.OAUTH_URL,
        to_bot_from_channel_open_id_metadata_url=openid_url,
        to_bot_from_emulator_open_id_metadata_url=openid_url,
        credential_factory=PasswordServiceClientCredentialFactory(app_id),
    )


def _token_source(app_id: str, password: str, tenant: str, app_type: str) -> Callable[[], str]:
    """A blocking function that returns our token; msal behind it keeps one until five minutes before its end.

    It raises OSError, ValueError or LookupError.
    """
    managed = app_type == "UserAssignedMSI"
    credentials: Any = (
        ManagedIdentityAppCredentials(app_id) if managed else MicrosoftAppCredentials(app_id, password, tenant)
    )

    def client() -> Any:
        http = _TimedSession()
        if managed:
            identity = msal.UserAssignedManagedIdentity(client_id=app_id)
            return msal.ManagedIdentityClient(identity, http_client=http)
        return msal.ConfidentialClientApplication(
            app_id, client_credential=password, authority=credentials.oauth_endpoint, http_client=http
        )

    def fetch() -> str:
        try:
            credentials.app = credentials.app or client()  # here, as msal's constructor asks the network
            return str(credentials.get_access_token())
        except msal.exceptions.MsalError as error:
            raise ValueError("msal gave no token") from error

    return fetch


def _check_plausible(header: str, issuer: str) -> None:
    """Refuse what the SDK would answer with a bare Exception, or take for a skill's or an emulator's token."""
    read = jwt.decode_complete(header.partition(" ")[2], options={"verify_signature": False})
    if read["header"]["alg"] not in AuthenticationConstants.ALLOWED_SIGNING_ALGORITHMS:
        raise PermissionError
    if read["payload"]["iss"] != issuer:
        raise PermissionError


def _check_loopback(service_url: str) -> None:
    """In local mode nobody vouches for the service URL, so replies stay on this machine."""
    try:
        host = urlsplit(service_url).hostname or ""
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise _Refusal(403, "local mode answers only this machine")


async def _read(request: web.Request, timeout_s: float) -> bytes:
    """The body, unpacked; raises _Refusal."""
    # Only JSON: a web page open on this machine cannot post that to us unasked.
    if request.content_type != "application/json":
        raise _Refusal(415, "not JSON")
    if (request.content_length or 0) > MAX_BODY:
        raise _Refusal(413, "too large")
    body = bytearray()
    try:
        async with asyncio.timeout(timeout_s):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > MAX_BODY:
                    raise _Refusal(413, "too large")
    except TimeoutError:
        raise _Refusal(408, "the body did not arrive in time") from None
    except (aiohttp.http_exceptions.HttpProcessingError, web.RequestPayloadError) as error:
        raise _Refusal(400, f"the body broke off ({type(error).__name__})") from None
    return bytes(body)


def _answer(turn: Turn, reply: InvokeReply | None) -> web.Response:
    if turn.kind is not Kind.INVOKE:
        return web.Response()
    if reply is None:
        return web.Response(status=501)
    return web.json_response(reply.body, status=reply.status)
