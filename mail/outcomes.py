"""What became of a letter."""

from __future__ import annotations

from dataclasses import dataclass

from audit.notices import Asks
from mail.mailbox import NEEDS_A_PERSON


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a letter: its state in the ledger, the folder it goes to, and why a person should look."""

    state: str
    folder: str
    why: str = ""
    audit_id: int | None = None
    heard: str | None = None
    """All that was said beside answers that were taken, where a letter answers questions."""
    asks: Asks = Asks.READ
    """What the person who looks at it is asked."""


def kept_for_a_person(
    why: str, audit_id: int | None = None, heard: str | None = None, asks: Asks = Asks.READ
) -> Outcome:
    """What becomes of a letter that a person must look at, why, and what they are asked."""
    return Outcome("needs_a_person", NEEDS_A_PERSON, why, audit_id, heard, asks)
