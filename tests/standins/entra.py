"""Microsoft's login as far as an app needs it: msal's way to it, with secrets and certificates looked at."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import jwt
from requests.exceptions import ConnectionError as NoConnection

AUTHORITY = "https://login.microsoftonline.com"


@dataclass
class Answer:
    status_code: int
    text: str
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})

    def raise_for_status(self) -> None:
        assert self.status_code < 400, self.status_code


@dataclass
class Entra:
    """Given to msal in place of its HTTP client."""

    tenant: str = "council"
    client: str = "auditbot"
    secret: str = ""
    public_key: Any = None
    reached: bool = True
    lasts: int = 3599
    lends: int | None = None
    """How many tokens it still gives before it is out of reach; None: any number."""
    given: list[str] = field(default_factory=list)
    """The tokens that were given out."""
    asked: list[str] = field(default_factory=list)
    """Scopes that were asked for."""

    def get(self, url: str, **_more: Any) -> Answer:
        self._reach()
        if "/discovery/instance" in url:
            names = ["login.microsoftonline.com"]
            known = {"preferred_network": names[0], "preferred_cache": names[0], "aliases": names}
            where = f"{AUTHORITY}/{self.tenant}/v2.0/.well-known/openid-configuration"
            return _good({"tenant_discovery_endpoint": where, "metadata": [known]})
        if f"/{self.tenant}/" not in url:
            return _bad("invalid_tenant", 90002)
        base = f"{AUTHORITY}/{self.tenant}/oauth2/v2.0"
        return _good(
            {
                "issuer": f"{AUTHORITY}/{self.tenant}/v2.0",
                "authorization_endpoint": f"{base}/authorize",
                "token_endpoint": f"{base}/token",
            }
        )

    def post(self, url: str, data: dict[str, str] | None = None, **_more: Any) -> Answer:
        self._reach()
        said = data or {}
        if said.get("client_id") != self.client:
            return _bad("unauthorized_client", 700016)
        if "client_secret" in said and said["client_secret"] != self.secret:
            return _bad("invalid_client", 7000215)
        if "client_assertion" in said:
            try:
                claims = jwt.decode(said["client_assertion"], self.public_key, ["RS256", "PS256"], audience=url)
            except jwt.InvalidTokenError:
                return _bad("invalid_client", 700027)
            assert claims["iss"] == self.client
        if self.lends is not None:
            if not self.lends:
                raise NoConnection("no route")
            self.lends -= 1
        self.asked.append(said["scope"])
        self.given.append(f"token-{len(self.given) + 1}")
        return _good({"access_token": self.given[-1], "token_type": "Bearer", "expires_in": self.lasts})

    def close(self) -> None:
        """msal closes what it was given."""

    def _reach(self) -> None:
        if not self.reached:
            raise NoConnection("no route")


def _good(said: dict[str, Any]) -> Answer:
    return Answer(200, json.dumps(said))


def _bad(error: str, code: int) -> Answer:
    says = f"AADSTS{code}: words that may name the tenant of somebody@council.example."
    return Answer(400, json.dumps({"error": error, "error_description": says, "error_codes": [code]}))
