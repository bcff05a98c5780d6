"""Who may come in: Basic, NTLM with its three messages, and tokens."""

from __future__ import annotations

import base64
import hmac
import secrets
import struct
from dataclasses import dataclass, field
from hashlib import md5

from spnego._ntlm_raw.crypto import ntowfv1
from spnego._ntlm_raw.messages import Challenge, NegotiateFlags, TargetInfo

_FLAGS = (
    NegotiateFlags.unicode
    | NegotiateFlags.ntlm
    | NegotiateFlags.extended_session_security
    | NegotiateFlags.target_info
    | NegotiateFlags.target_type_domain
    | NegotiateFlags.request_target
)


@dataclass
class Accounts:
    """Names with passwords, tokens with names, and the kinds of login that are offered."""

    passwords: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    offers: tuple[str, ...] = ("NTLM", "Basic")
    failed: int = 0
    """How many logins were refused: what locks an account."""

    def by_basic(self, said: str) -> str:
        user, _, password = base64.b64decode(said).decode().partition(":")
        return self._if(self.passwords.get(user) == password, user)

    def by_token(self, said: str) -> str:
        return self._if(said in self.tokens, self.tokens.get(said, ""))

    def by_ntlm(self, answer: bytes, challenge: bytes) -> str:
        """The account whose password gives this answer to the challenge (NTLMv2)."""
        proof, domain, user = (_part(answer, at) for at in (20, 28, 36))
        name = user.decode("utf-16-le")
        password = self.passwords.get(name, "")
        upper = (name.upper() + domain.decode("utf-16-le")).encode("utf-16-le")
        key = hmac.new(ntowfv1(password), upper, md5).digest()
        expected = hmac.new(key, challenge + proof[16:], md5).digest()
        return self._if(bool(password) and hmac.compare_digest(expected, proof[:16]), name)

    def _if(self, good: bool, name: str) -> str:
        if not good:
            self.failed += 1
        return name if good else ""


def challenge() -> tuple[bytes, bytes]:
    """A fresh challenge, and the message that carries it."""
    made = secrets.token_bytes(8)
    return made, Challenge(_FLAGS, made, target_name="COUNCIL", target_info=TargetInfo()).pack()


def _part(answer: bytes, at: int) -> bytes:
    length, _room, offset = struct.unpack_from("<HHI", answer, at)
    return answer[offset : offset + length]
