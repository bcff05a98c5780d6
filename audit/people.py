"""People and the roles they hold. Roles are names that a council's policy chooses; people come from its directory."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """An adult in the council's directory. `entra_id` is their Entra object id, lower case, or empty."""

    id: int
    email: str
    name: str
    phone: str
    entra_id: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """A person in a role, for one alert or one audit."""

    role: str
    person: Person


@dataclass(frozen=True, slots=True)
class Case:
    """A child's case: an ID and who is responsible. No name, no date of birth, ever (L01)."""

    id: str
    team: str
    service: str
    status: str
    worker_id: int | None
    iro_id: int | None = None
    closed: bool = False


CASE_ROLES = ("social_worker", "iro")
"""Roles that a case names itself; all others are held for a team, a service or the whole council."""
AUDIT_ROLES = ("auditor", "moderator")
"""Roles that an audit names itself."""
