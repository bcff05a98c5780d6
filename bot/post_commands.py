"""`auditbot mail submit`, `outbox` and `read`: the post as a newcomer tries it, out and back."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from bot import settings as settings_file
from bot import wiring
from bot.keyboard import YoursToFix, print_data
from bot.wiring import Service
from mail.local import Sent, list_outbox, words_of
from mail.posting import PostClosed, post_letter


@click.command("submit")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--as", "sender", required=True, help="The address that the letter is from.")
@click.option("--subject", default="Completed tool")
def submit(files: tuple[Path, ...], sender: str, subject: str) -> None:
    """Send FILES to the QA inbox over SMTP, as a mail client would."""
    settings = settings_file.read()
    if sender.count("@") != 1 or not all(sender.split("@")) or not sender.isascii() or sender.split() != [sender]:
        raise YoursToFix(f"{sender or 'An empty text'} is not an e-mail address; --as says who the letter is from.")
    absent = [str(one) for one in files if not one.is_file()]
    if absent:
        raise YoursToFix(
            f"There is no file {absent[0]}. 'auditbot tool blank REFERENCE -o FILE' fetches an empty tool."
        )
    service = wiring.prepare(settings)
    to = service.council.policy.qa_address
    try:
        message_id = post_letter("127.0.0.1", settings.smtp_port, sender, to, subject, files, wiring.now())
    except PostClosed as fault:
        raise YoursToFix(str(fault)) from None
    click.echo(f"Sent {message_id}")
    click.echo(_what_follows(service, sender))


def _what_follows(service: Service, sender: str) -> str:
    with service.store.open() as ledger:
        known = ledger.directory.by_email(sender.lower())
    if known is None:
        return f"Nobody in the directory has the address {sender}, so it is answered like a stranger's letter."
    return f"The answer takes a few seconds. To read it: auditbot mail read --to {sender}"


@click.command("outbox")
@click.option("--json", "as_json", is_flag=True)
def outbox(as_json: bool) -> None:
    """The letters that went out, newest last."""
    letters = _outbox()

    def plain() -> None:
        for one in letters:
            click.echo(f"{one.number:>5} {', '.join(one.to)}: {one.subject}")
        if not letters:
            click.echo("No letter has gone out yet.")

    print_data({"letters": [asdict(one) for one in letters]}, as_json, plain)


@click.command("read")
@click.argument("number", type=int, required=False)
@click.option("--to", "address", default="", help="Only letters to this address.")
@click.option("--json", "as_json", is_flag=True)
def read(number: int | None, address: str, as_json: bool) -> None:
    """What letter NUMBER of the outbox says; without a number, the newest."""
    wanted = address.strip().lower()
    letters = [one for one in _outbox() if not wanted or wanted in (each.lower() for each in (*one.to, *one.cc))]
    found = [one for one in letters if number in (None, one.number)]
    if not found:
        which = f"letter {number}" if number is not None else "letter"
        towards = f" to {address}" if address else ""
        raise YoursToFix(f"No {which}{towards} has gone out. 'auditbot mail outbox' lists those that have.")
    one = found[-1]
    words, files = words_of(one)

    def plain() -> None:
        click.echo(f"To: {', '.join(one.to)}")
        if one.cc:
            click.echo(f"Cc: {', '.join(one.cc)}")
        click.echo(f"Subject: {one.subject}")
        for name in files:
            click.echo(f"Attached: {name}")
        click.echo(f"\n{words}")

    print_data({**asdict(one), "words": words, "files": files}, as_json, plain)


def _outbox() -> tuple[Sent, ...]:
    return list_outbox(settings_file.read().data_dir / "mail" / "outbox")


COMMANDS = (submit, outbox, read)
