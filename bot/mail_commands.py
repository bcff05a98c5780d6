"""`auditbot mail list`, `show`, `retry`, `assign` and `discard`: letters that need a person (G02)."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from audit.people import Person
from bot import settings as settings_file
from bot import wiring
from bot.keyboard import YoursToFix, known_audit, print_data, service
from desk import post_queue
from desk.post_queue import NotWaiting, Waiting
from mail import letters
from storage.ledger import Ledger

_BY = click.option("--by", required=True, help="Your address. You need a role that may see every concern.")
_AT_ONCE = 4_000
"""Characters of a letter's words that are printed."""


@click.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_(as_json: bool) -> None:
    """Letters that need a person, oldest first: number, when, from whom, and why."""
    with service().store.open() as ledger:
        found = post_queue.waiting(ledger)

    def plain() -> None:
        for one in found:
            click.echo(_line(one))
        if not found:
            click.echo("No letter needs a person.")

    print_data({"letters": [asdict(one) for one in found]}, as_json, plain)


@click.command("show")
@click.argument("number", type=int)
@click.option("--words", is_flag=True, help="Print what it says too.")
@click.option("--json", "as_json", is_flag=True)
def show(number: int, words: bool, as_json: bool) -> None:
    """The headers of letter NUMBER and where its file is. Its words only if they are asked for."""
    with service().store.open() as ledger:
        try:
            line, kept = post_queue.one_waiting(ledger, number)
        except NotWaiting:
            raise _not_waiting(number) from None
    if not kept.path:
        raise YoursToFix(
            f"The mail server could not show letter {number}, so there is no file of it. Please open it in the "
            f"mailbox. 'auditbot mail retry {number}' asks the server once more."
        )
    path = settings_file.read().data_dir / "mail" / "raw" / kept.path
    data = {**asdict(line), "copies": kept.copies, "file": str(path), **_headers(path, words)}

    def plain() -> None:
        click.echo(_line(line))
        for key in ("to", "subject", "date", "message_id", "files", "file"):
            value = data[key]
            click.echo(f"  {key.replace('_', '-'):<11} {', '.join(value) if isinstance(value, list) else value or '-'}")
        if words:
            click.echo(data["words"])

    print_data(data, as_json, plain)


@click.command("retry")
@click.argument("number", type=int)
@_BY
@click.option("--json", "as_json", is_flag=True)
def retry(number: int, by: str, as_json: bool) -> None:
    """Have letter NUMBER read once more. Nothing is filed or answered twice."""
    running = service()
    with running.store.open() as ledger:
        who = post_queue.of_the_team(ledger, running.council, by)
        try:
            post_queue.retry(ledger, number, who, wiring.now())
        except NotWaiting:
            raise _not_waiting(number) from None
    _done({"number": number, "by": who.email}, as_json, f"Letter {number} will be read again.")


@click.command("assign")
@click.argument("number", type=int)
@click.argument("reference")
@_BY
@click.option("--why", required=True, help="How you know; kept in the trail.")
@click.option("--json", "as_json", is_flag=True)
def assign(number: int, reference: str, by: str, why: str, as_json: bool) -> None:
    """File the tools in letter NUMBER for the audit REFERENCE, as its auditor's, whoever sent them."""
    running = service()
    with running.store.open() as ledger:
        who = post_queue.of_the_team(ledger, running.council, by)
        audit = known_audit(ledger, reference)
        _of_letter(ledger, number)
        post_queue.assign(ledger, number, audit, who, why, wiring.now())
        auditor: Person = ledger.directory.person(audit.auditor_id)
    says = (
        f"Letter {number} will be read for a tool of {audit.reference}; {auditor.email} gets a receipt for what is "
        "new in it. Without a tool it stays in 'auditbot mail list', with the reason."
    )
    _done({"number": number, "reference": audit.reference, "auditor": auditor.email, "by": who.email}, as_json, says)


@click.command("discard")
@click.argument("number", type=int)
@_BY
@click.option("--why", required=True, help="Why nothing is to be done; kept in the trail.")
@click.option("--json", "as_json", is_flag=True)
def discard(number: int, by: str, why: str, as_json: bool) -> None:
    """Nothing is to be done about letter NUMBER: its alert ends, and it stays where it lies."""
    running = service()
    with running.store.open() as ledger:
        who = post_queue.of_the_team(ledger, running.council, by)
        _of_letter(ledger, number)
        post_queue.discard(ledger, number, who, why, wiring.now())
    _done({"number": number, "by": who.email}, as_json, f"Letter {number} needs nobody any more.")


COMMANDS = (list_, show, retry, assign, discard)


def _of_letter(ledger: Ledger, number: int) -> None:
    try:
        post_queue.one_waiting(ledger, number)
    except NotWaiting:
        raise _not_waiting(number) from None


def _not_waiting(number: int) -> YoursToFix:
    return YoursToFix(f"No letter {number} needs a person. 'auditbot mail list' shows those that do.")


def _line(one: Waiting) -> str:
    about = f" about {one.reference}" if one.reference else ""
    in_hand = " (being read again)" if one.in_hand else ""
    sender = one.sender or "no single sender"
    return f"{one.number:>5}  {one.received_at:%Y-%m-%d %H:%M}  {sender}{about}: {one.why}{in_hand}"


def _headers(path: Path, words: bool) -> dict[str, Any]:
    try:
        letter = letters.parse(path.read_bytes())
    except OSError:
        raise YoursToFix(f"{path} cannot be read. Does this machine keep the letters?") from None
    found: dict[str, Any] = {
        "to": list(letter.to),
        "subject": letter.subject,
        "date": letter.date,
        "message_id": letter.message_id,
        "files": [f"{one.name or 'without a name'} ({len(one.data)} bytes)" for one in letter.attachments],
    }
    return {**found, "words": letter.text[:_AT_ONCE]} if words else found


def _done(data: dict[str, Any], as_json: bool, says: str) -> None:
    print_data(data, as_json, lambda: click.echo(says))
