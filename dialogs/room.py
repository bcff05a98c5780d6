"""Who is speaking, in which council, when: what every conversation starts from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from audit.council import Council
from audit.people import Person
from storage.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Room:
    """One turn of one person, in the transaction that the door has opened."""

    ledger: Ledger
    council: Council
    person: Person
    now: datetime
