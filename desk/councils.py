"""The council in force, and the ones that running audits were allocated under."""

from __future__ import annotations

from datetime import datetime

from audit import council as councils
from audit.answers import Audit
from audit.council import Council, Texts
from audit.tools import Tool
from storage.ledger import Ledger


def publish(ledger: Ledger, texts: Texts, now: datetime) -> Council:
    """Keep a council's folder by content hash, and hand it back parsed. Raises BadCouncil.

    Read strictly here, and leniently ever after: a later version of ours may only add keys that have defaults, never
    require new ones of texts that are kept.
    """
    council = councils.parse(texts)
    ledger.directory.publish(council.hash, texts, now)
    return council


_parsed: dict[str, Council] = {}


def by_hash(ledger: Ledger, content_hash: str) -> Council:
    """The council as it was published under this hash; parsed once a process."""
    if content_hash not in _parsed:
        _parsed[content_hash] = councils.parse(ledger.directory.published(content_hash), strict=False)
    return _parsed[content_hash]


def of_audit(ledger: Ledger, audit: Audit) -> Council:
    """The council under which an audit was allocated."""
    return by_hash(ledger, audit.council_hash)


def tool_of(ledger: Ledger, audit: Audit) -> Tool:
    """The tool, in the version that an audit was allocated under."""
    return of_audit(ledger, audit).tool(audit.tool_id)


def title(council: Council, role: str) -> str:
    """A role in the council's words."""
    return council.policy.roles.get(role, role.replace("_", " "))
