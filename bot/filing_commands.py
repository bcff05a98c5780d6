"""`auditbot audit pdf` and `auditbot audit note`: what is filed of an audit (G06, G07)."""

from __future__ import annotations

from pathlib import Path

import click

from audit.case_note import CaseNote, Choice
from bot import wiring
from bot.keyboard import YoursToFix, known_audit, print_data, service
from desk import councils, filing, showing
from documents import audit_pdf


@click.command("pdf")
@click.argument("reference")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def pdf(reference: str, output: Path, force: bool) -> None:
    """Write an audit as a PDF for the document store. One that is not handed in says so on every page."""
    if output.exists() and not force:
        raise YoursToFix(f"{output} exists already. Please choose another name, or add --force to write over it.")
    with service().store.open() as ledger:
        found = known_audit(ledger, reference)
        facts = showing.audit_facts(ledger, found)
        under = councils.of_audit(ledger, found)
    output.write_bytes(
        audit_pdf.make(facts.tool, under.words, under.policy.name, found, facts.auditor.name, wiring.now())
    )
    click.echo(str(output))


@click.command("note")
@click.argument("reference")
@click.option("--keep", multiple=True, type=int, metavar="N", help="Action N speaks of no grade: let it stand.")
@click.option("--leave-out", multiple=True, type=int, metavar="N", help="Leave action N out of the note.")
@click.option("--reword", multiple=True, type=(int, str), metavar="N WORDS", help="Say action N in these words.")
@click.option("--json", "as_json", is_flag=True)
def note(
    reference: str,
    keep: tuple[int, ...],
    leave_out: tuple[int, ...],
    reword: tuple[tuple[int, str], ...],
    as_json: bool,
) -> None:
    """Print the case note of a finished audit, to copy. What may speak of a grade is held, and asked about below it."""
    decisions = (
        *((number, Choice.KEEP, "") for number in keep),
        *((number, Choice.LEAVE_OUT, "") for number in leave_out),
        *((number, Choice.REWORD, words) for number, words in reword),
    )
    with service().store.open() as ledger:
        found = known_audit(ledger, reference)
        lines = [filing.held_line(ledger, found, number) for number, _, _ in decisions]
        for line, (_, choice, words) in zip(lines, decisions, strict=True):
            filing.decide(ledger, found, line.key, choice, wiring.now(), "qa", words)
        written = filing.note(ledger, found)
    held = [{"number": one.number, "words": one.words, "certain": one.certain} for one in written.held]
    print_data(
        {"reference": found.reference, "note": written.text, "held": held},
        as_json,
        lambda: _print_note(found.reference, written),
    )


def _print_note(reference: str, note: CaseNote) -> None:
    """The note alone on standard output; what is held, and may hold a grade, on standard error."""
    click.echo(note.text)
    for one in note.held:
        click.echo(f"\nAction {one.number} is held: {one.words}", err=True)
        command = f"auditbot audit note {reference}"
        if one.certain:
            click.echo("It speaks of a grade, and a case note holds none. Please decide:", err=True)
        else:
            click.echo("Does this speak of a grade? Please decide:", err=True)
            click.echo(f"  it does not, keep it   {command} --keep {one.number}", err=True)
        click.echo(f"  leave it out           {command} --leave-out {one.number}", err=True)
        click.echo(f"  say it otherwise       {command} --reword {one.number} 'other words'", err=True)
