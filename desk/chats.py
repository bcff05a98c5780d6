"""Chats: remembering where a person's is, and sending there what could not be sent before it was opened."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from audit.people import Person
from audit.process import Stage
from desk import concerns
from storage.ledger import Ledger


def heard_from(ledger: Ledger, person: Person, place: Mapping[str, Any], now: datetime) -> bool:
    """Refresh where a chat is found; true if it was opened just now. What waited for it is owed again."""
    opened = ledger.directory.save_conversation(person.id, place, now)
    if opened:
        concerns.chat_opened(ledger, person.id, now)
        _send_what_waited(ledger, person, now)
    return opened


def closed(ledger: Ledger, person: Person, now: datetime) -> None:
    """The app was taken away: mail carries everything from now on."""
    ledger.directory.close_conversation(person.id, now)


def _send_what_waited(ledger: Ledger, person: Person, now: datetime) -> None:
    for kept in ledger.obligations.notices(person_id=person.id):
        waits = (
            kept.channel == "teams" and kept.state == "gave_up" and kept.kind in ("allocation", "worker", "moderator")
        )
        if waits and kept.audit_id and ledger.audits.audit(kept.audit_id).stage is not Stage.SUBMITTED:
            ledger.obligations.notify(
                key=kept.key,
                kind=kept.kind,
                channel="teams",
                at=now,
                person_id=person.id,
                audit_id=kept.audit_id,
                data=kept.data,
            )
