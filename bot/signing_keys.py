"""The public keys that a token issuer signs with, kept fresh without ever holding up the event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import jwt

REFRESH_S = 12 * 3600.0  # the issuer publishes a new key days before it signs with it
RETRY_S = 300.0  # no more often, whatever key ids strangers put in their tokens
FIRST_RETRY_S = 5.0

log = logging.getLogger(__name__)


class KeysUnavailable(Exception):
    """The issuer cannot be reached, and no key was ever fetched."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The two fields that the bot SDK's token extractor reads."""

    public_key: Any
    endorsements: list[str]


class SigningKeys:
    """The keys named by an OpenID metadata document. Old keys stay in use until new ones are here."""

    def __init__(
        self,
        openid_url: str,
        channel_id: str,
        http: Callable[[], aiohttp.ClientSession],
        clock: Callable[[], float],
    ) -> None:
        """Only keys endorsed for `channel_id` are given out. `http`'s time-out bounds each fetch."""
        self._openid_url = openid_url
        self._channel_id = channel_id
        self._http = http
        self._clock = clock
        self._keys: dict[str, SigningKey] = {}
        self._fetched_at = self._tried_at = float("-inf")
        self._fetching: asyncio.Task[None] | None = None

    async def get(self, key_id: str) -> SigningKey:
        """The key `key_id`; raises PermissionError if there is none, KeysUnavailable if nobody can tell."""
        if key_id not in self._keys:
            self._start()
            if self._fetching is not None:
                await asyncio.wait([self._fetching])
        elif self._clock() - self._fetched_at > REFRESH_S:
            self._start()
        if not self._keys:
            raise KeysUnavailable
        key = self._keys.get(key_id)
        if key is None or (key.endorsements and self._channel_id not in key.endorsements):
            raise PermissionError
        return key

    async def close(self) -> None:
        """Stop a fetch that is under way."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.wait([self._fetching])

    def _start(self) -> None:
        """Fetch in the background, unless that is under way or was tried a moment ago."""
        wait = RETRY_S if self._keys else FIRST_RETRY_S
        if self._clock() - self._tried_at < wait or (self._fetching and not self._fetching.done()):
            return
        self._tried_at = self._clock()
        self._fetching = asyncio.create_task(self._fetch())

    async def _fetch(self) -> None:
        try:
            metadata = await self._get_json(self._openid_url)
            keys = _read(await self._get_json(metadata["jwks_uri"]))
        except (aiohttp.ClientError, TimeoutError, ValueError, LookupError, TypeError) as error:
            log.warning("The issuer's keys could not be fetched (%s)", type(error).__name__)
            return
        self._keys, self._fetched_at = keys, self._clock()

    async def _get_json(self, url: str) -> Any:
        async with self._http().get(url, raise_for_status=True) as response:
            return await response.json(content_type=None)


def _read(document: Any) -> dict[str, SigningKey]:
    """The RSA keys of a JWKS document by id; raises ValueError, LookupError or TypeError if it holds none."""
    keys = {}
    for jwk in document["keys"]:
        if jwk["kty"] == "RSA":
            try:
                public_key = jwt.algorithms.RSAAlgorithm.from_jwk(jwk)
            except jwt.InvalidKeyError as error:
                raise ValueError("a key cannot be read") from error
            keys[jwk["kid"]] = SigningKey(public_key, list(jwk.get("endorsements", [])))
    if not keys:
        raise ValueError("no keys")
    return keys
