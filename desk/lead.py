"""Telling the QA lead: alarms of the watch, audits handed in, and words without a place that sound urgent."""

from __future__ import annotations

import hashlib
from datetime import datetime

from audit.answers import Audit
from audit.council import Council
from audit.notices import CHANNELS
from audit.words import sounds_alarming
from desk import councils
from desk.climbing import holders
from storage.ledger import Ledger


def tell(
    ledger: Ledger,
    council: Council,
    key: str,
    title: str,
    lines: tuple[str, ...],
    now: datetime,
    channels: tuple[str, ...] = CHANNELS,
) -> None:
    """A few sentences to everyone who is QA lead. The same key tells once. By mail only, it is news and no alarm."""
    kind = "alarm" if channels == CHANNELS else "news"
    for held in holders(ledger, council.policy.qa_lead, None):
        for channel in channels:
            full = f"{kind}/{key}/to/{held.person.id}/{channel}"
            if ledger.obligations.notice(full) is None:
                ledger.obligations.notify(
                    key=full,
                    kind=kind,
                    channel=channel,
                    at=now,
                    person_id=held.person.id,
                    data={"council": council.hash, "title": title, "lines": list(lines)},
                )


def keep_words(
    ledger: Ledger,
    council: Council,
    words: str,
    why: str,
    who: str,
    person_id: int | None,
    door: str,
    now: datetime,
    urgent: bool = False,
) -> None:
    """Keep words that belong to no audit. If they are urgent or sound alarming, the QA lead hears at once.

    `who` is what the door knows of the sender; it only tells one sender from another, so that each hurries the lead
    once an hour.
    """
    ledger.audits.keep_words(audit_id=None, person_id=person_id, words=words, why=why, door=door, at=now)
    if urgent or sounds_alarming(words):
        sender = hashlib.sha256(who.encode()).hexdigest()[:12]
        lines = (
            "Somebody wrote to the audit bot, and what they wrote belongs to no audit that they may see.",
            "It may not be able to wait: please read it with 'auditbot status' and phone if a child is concerned.",
        )
        tell(ledger, council, f"words/{sender}/{now:%Y%m%d%H}", "Words that need a person now", lines, now)


def tell_of_audit_words(ledger: Ledger, audit: Audit, now: datetime) -> None:
    """Alarming words in an audit that are no answer, or a concern that was begun and not sent."""
    council = councils.of_audit(ledger, audit)
    auditor = ledger.directory.person(audit.auditor_id)
    lines = (
        f"The auditor of {audit.reference} wrote something that may not be able to wait, and it raised no alert.",
        f"Please ring {auditor.name} now: {auditor.phone}. 'auditbot audit show {audit.reference}' has the words.",
    )
    tell(ledger, council, f"words/audit/{audit.id}/{now:%Y%m%d%H%M}", f"{audit.reference}: please ring now", lines, now)
