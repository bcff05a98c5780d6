"""What every command needs: the service, an audit by its reference, output for people and for scripts."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import click

from audit.answers import Audit
from bot import settings as settings_file
from bot import wiring
from storage.ledger import Ledger


class YoursToFix(Exception):
    """A sentence for the person at the keyboard."""


def service() -> wiring.Service:
    """The service as the environment describes it. Raises BadSettings."""
    return wiring.prepare(settings_file.read())


def _said(value: object) -> str:
    """Times and days as ISO 8601 has them, with a T between."""
    return value.isoformat() if isinstance(value, date) else str(value)


def print_data(data: Mapping[str, Any], as_json: bool, plain: Callable[[], None]) -> None:
    """One JSON object, or the same in lines for people, which `plain` prints."""
    if as_json:
        click.echo(json.dumps(data, indent=2, ensure_ascii=False, default=_said))
    else:
        plain()


def known_audit(ledger: Ledger, reference: str) -> Audit:
    """The audit with this reference, in capitals or not. Raises YoursToFix."""
    found = ledger.audits.by_reference(reference.upper(), lock=True)
    if found is None:
        raise YoursToFix(f"There is no audit {reference}. 'auditbot status' lists them.")
    return found
