"""Entra's token endpoint: an app with secrets and certificates, and the words in which it refuses."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes

LOGIN = "https://login.microsoftonline.com"
TENANT = "11111111-2222-4333-8444-555555555555"
APP = "66666666-7777-4888-8999-000000000000"
LASTS = 3600


class Refused(Exception):
    def __init__(self, number: int, error: str, status: int = 400) -> None:
        super().__init__(error)
        self.status = status
        self.says = {
            "error": error,
            "error_description": f"AADSTS{number}: somebody@telford.example may not.",
            "error_codes": [number],
        }


@dataclass
class Entra:
    secrets: set[str] = field(default_factory=lambda: {"a long secret"})
    expired: set[str] = field(default_factory=set)
    certificates: list[x509.Certificate] = field(default_factory=list)
    tokens: dict[str, int] = field(default_factory=dict)
    """Those that are still taken, and how long each was said to last."""
    refuses: int = 0
    """The number with which every app is refused; 0: none is."""
    asked: int = 0
    base: str = LOGIN
    """Where it is."""
    audience: str = "https://graph.microsoft.com"
    """What its tokens are for."""
    _numbers: Any = field(default_factory=lambda: count(1))

    def discovery(self, tenant: str) -> dict[str, str]:
        if tenant != TENANT:
            raise Refused(90002, "invalid_tenant")
        base = f"{self.base}/{tenant}"
        return {
            "issuer": f"{base}/v2.0",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "token_endpoint": f"{base}/oauth2/v2.0/token",
        }

    def token(self, form: Mapping[str, str]) -> dict[str, Any]:
        self.asked += 1
        if self.refuses:
            raise Refused(self.refuses, "invalid_client", 401)
        if form.get("client_id") != APP:
            raise Refused(700016, "unauthorized_client")
        if "client_assertion" in form:
            self._check_assertion(form["client_assertion"])
        elif form.get("client_secret") in self.expired:
            raise Refused(7000222, "invalid_client", 401)
        elif form.get("client_secret") not in self.secrets:
            raise Refused(7000215, "invalid_client", 401)
        if form.get("scope") != f"{self.audience}/.default":
            raise Refused(70011, "invalid_scope")
        token = f"token-{next(self._numbers)}"
        self.tokens[token] = LASTS
        return {"token_type": "Bearer", "expires_in": LASTS, "access_token": token}

    def _check_assertion(self, assertion: str) -> None:
        print_ = jwt.get_unverified_header(assertion).get("x5t#S256", "")
        for one in self.certificates:
            own = base64.urlsafe_b64encode(one.fingerprint(hashes.SHA256())).decode().rstrip("=")
            if own == print_.rstrip("="):
                audience = f"{self.base}/{TENANT}/oauth2/v2.0/token"
                jwt.decode(assertion, one.public_key(), algorithms=["PS256"], audience=audience, issuer=APP)
                return
        raise Refused(700027, "invalid_client", 401)
