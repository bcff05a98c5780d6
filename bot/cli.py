"""The command line: `auditbot`. Exit 0: done; 2: yours to fix, a sentence says what; 1: ours."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from datetime import date, datetime
from pathlib import Path

import click

from audit.council import BadCouncil
from audit.deadlines import LONDON
from audit.refusals import Refusal
from audit.tools import Tool
from bot import filing_commands, mail_commands, post_commands, request_commands, wiring
from bot import settings as settings_file
from bot.folders import council_texts, directory_texts
from bot.keyboard import YoursToFix
from bot.keyboard import known_audit as _known_audit
from bot.keyboard import print_data as _print
from bot.keyboard import service as _service
from bot.settings import BadSettings
from desk import allocation, answers, councils, seeding, showing
from documents import blank_tool
from documents.guard import Unreadable
from documents.returned_tool import Identity, Reading
from documents.virus_scan import ScannerSilent
from storage.ledger import Store, Unavailable

log = logging.getLogger(__name__)


def main() -> None:
    """Run a command and turn what goes wrong into a sentence and an exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        code = cli.main(standalone_mode=False, prog_name="auditbot")
    except (Refusal, YoursToFix, Unreadable) as fault:
        _stop(str(fault))
    except (BadSettings, BadCouncil, seeding.BadDirectory) as fault:
        _stop("\n".join(fault.faults))
    except click.ClickException as fault:
        fault.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(2)
    except Unavailable:
        click.echo("The database cannot be reached. Please look at AUDITBOT_DATABASE_URL and at the server.", err=True)
        sys.exit(1)
    except OSError as fault:
        what = fault.filename or "A file"
        _stop(f"{what} cannot be used: {fault.strerror}. Please look at the path, or at AUDITBOT_DATA_DIR.")
    sys.exit(code if isinstance(code, int) else 0)


def _stop(sentence: str) -> None:
    click.echo(sentence, err=True)
    sys.exit(2)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="practice-audit-bot", prog_name="auditbot")
def cli() -> None:
    """Practice audits for children's services, in Teams and by e-mail."""


# running


@cli.command()
@click.option("--no-worker", is_flag=True, help="Serve only; another process runs 'auditbot worker'.")
def serve(no_worker: bool) -> None:
    """Serve Teams and the QA inbox, and work, until stopped."""
    settings = settings_file.read()
    settings.refuse_unsigned()
    service = wiring.prepare(settings)

    async def run() -> None:
        stop = asyncio.Event()
        for sign in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(sign, stop.set)

        def ready(port: int, smtp_port: int) -> None:
            letters = f"letters at {settings.host}:{smtp_port}" if smtp_port else "no inbox on this machine"
            click.echo(f"Ready: http://{settings.host}:{port}/api/messages, {letters}")

        await wiring.serve(service, not no_worker, ready, stop)

    try:
        asyncio.run(run())
    except OSError as fault:
        ports = f"{settings.port} or {settings.smtp_port}"
        raise YoursToFix(f"Port {ports} cannot be used ({fault.strerror}). Does another one run already?") from None
    service.close()


@cli.command()
def worker() -> None:
    """Only work: send notices, climb ladders, read letters. Any number may run beside each other."""
    settings = settings_file.read()
    settings.refuse_unsigned()
    service = wiring.prepare(settings)
    wiring.work(service)
    service.close()


@cli.command()
@click.option(
    "--at",
    "moment",
    help="Do what is due at this time (ISO 8601, England's clock unless it has a zone) instead of now.",
)
def tick(moment: str | None) -> None:
    """Do everything that is due, once."""
    settings = settings_file.read()
    settings.refuse_unsigned()
    service = wiring.prepare(settings)
    done = wiring.tick(service, _moment(moment) if moment else wiring.now())
    click.echo(f"{done} done")
    service.close()


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise YoursToFix(f"{text} is not a time; write it like 2026-11-27T17:45") from None
    return at if at.tzinfo else at.replace(tzinfo=LONDON)


# the council


@cli.group()
def council() -> None:
    """The council's policy, words, scales and tools."""


@council.command("check")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--directory", type=click.Path(path_type=Path), help="The directory to check ladders with (FOLDER/demo).")
def council_check(folder: Path, directory: Path | None) -> None:
    """Check a council's FOLDER: every fault with file and key, every ladder with its people."""
    if not folder.is_dir():
        raise YoursToFix(f"There is no folder {folder}")
    people = directory or (folder / "demo" if (folder / "demo").is_dir() else None)
    store = Store("sqlite://")
    store.migrate()
    with store.open() as ledger:
        checked = councils.publish(ledger, council_texts(folder), wiring.now())
        if people:
            seeding.seed(ledger, checked, directory_texts(people), wiring.now())
    policy = checked.policy
    click.echo(f"{policy.name}, policy {policy.version}: {len(checked.tools)} tools, {len(policy.ladders)} ladders")
    for tool in checked.tools.values():
        click.echo(f"  {tool.id} version {tool.version}: {len(tool.sections)} sections, {len(tool.steps)} steps")
    if people is None:
        click.echo("No directory was given, so nobody was looked up on the ladders; use --directory.")
    if policy.source.review_due and policy.source.review_due < wiring.now().date():
        click.echo(f"Warning (A01): the guidance was due for review on {policy.source.review_due:%d %B %Y}.")
    for item in policy.confirm:
        click.echo(f"Confirm with the council ({item.id}): {item.says} Until then: {item.until_then}")
    click.echo("Good: nothing is wrong.")


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path))
def seed(folder: Path) -> None:
    """Take in a directory: people.csv, teams.csv, cases.csv and roles.csv from FOLDER."""
    if not folder.is_dir():
        raise YoursToFix(f"There is no folder {folder}")
    service = _service()
    with service.store.open() as ledger:
        done = seeding.seed(ledger, service.council, directory_texts(folder), wiring.now())
    click.echo(f"{done.people} people, {done.teams} teams, {done.cases} cases, {done.roles} roles")


# audits


@cli.command()
@click.option("--case", "case_id", required=True, help="The case's ID.")
@click.option("--auditor", required=True, help="The auditor's e-mail address.")
@click.option("--tool", "tool_id", required=True, help="The tool's id, as 'council check' lists it.")
@click.option("--moderator", default="", help="The moderator's e-mail address.")
@click.option("--due", help="The due date, YYYY-MM-DD; without it the council's standard length counts.")
@click.option("--json", "as_json", is_flag=True)
def allocate(case_id: str, auditor: str, tool_id: str, moderator: str, due: str | None, as_json: bool) -> None:
    """Allocate an audit; prints its reference."""
    try:
        day = date.fromisoformat(due) if due else None
    except ValueError:
        raise YoursToFix(f"{due} is not a day; write it like 2026-12-18") from None
    service = _service()
    with service.store.open() as ledger:
        audit = allocation.allocate(
            ledger,
            service.council,
            case_id=case_id,
            auditor_email=auditor,
            tool_id=tool_id,
            moderator_email=moderator,
            due=day,
            now=wiring.now(),
        )
    data = {"reference": audit.reference, "due": audit.due.isoformat(), "tool": audit.tool_id, "case": audit.case_id}
    _print(data, as_json, lambda: click.echo(audit.reference))


@cli.command()
@click.option("--json", "as_json", is_flag=True)
def status(as_json: bool) -> None:
    """All audits in a line each, open concerns, letters that wait, alarms."""
    service = _service()
    with service.store.open() as ledger:
        data = showing.status(ledger, wiring.now())

    def plain() -> None:
        click.echo(f"{data['allocated']} allocated, {data['handed_in']} handed in, {data['late']} late")
        for line in data["audits"]:
            click.echo(f"  {line['reference']}  {line['state']:<10} {line['done']} of {line['of']}  due {line['due']}")
        for concern in data["open_concerns"]:
            click.echo(f"  concern {concern['id']} on {concern['reference']}: {concern['state']}")
        for letter in data["letters_that_need_a_person"]:
            click.echo(f"  letter {letter['id']} needs a person: {letter['why']}")
        for kept in data["words_that_need_a_person"]:
            click.echo(f"  words from {kept['from']} at {kept['at']} need a person: {kept['words'][:200]}")
        for alarm in data["alarms"]:
            click.echo(f"  ALARM {alarm}")

    _print(data, as_json, plain)


@cli.group("audit")
def audit_group() -> None:
    """One audit."""


@audit_group.command("show")
@click.argument("reference")
@click.option("--json", "as_json", is_flag=True)
def audit_show(reference: str, as_json: bool) -> None:
    """Everything about an audit; the JSON is described in docs/interface.md."""
    service = _service()
    with service.store.open() as ledger:
        found = _known_audit(ledger, reference)
        data = showing.whole_audit(ledger, found)

    def plain() -> None:
        click.echo(f"{data['reference']}  {data['state']}  due {data['due']}  {data['tool']['id']}")
        for section in data["sections"]:
            mark = "not relevant" if section["not_relevant"] else section["grade"] or "-"
            click.echo(f"  {section['number']:>3} {section['title']:<40} {mark}")
        click.echo(f"  overall {data['overall']['grade'] or '-'}, child safe {data['child_safe'] or '-'}")
        for gap in data["missing"]:
            click.echo(f"  missing: {gap}")
        for concern in data["concerns"]:
            click.echo(f"  concern {concern['id']} ({concern['limb']}): {concern['state']}")

    _print(data, as_json, plain)


@audit_group.command("reopen")
@click.argument("reference")
@click.option("--why", required=True, help="Why it is opened again; kept in the trail.")
def audit_reopen(reference: str, why: str) -> None:
    """Open a handed-in audit again for its auditor. The version that was handed in is kept."""
    service = _service()
    with service.store.open() as ledger:
        answers.reopen(ledger, _known_audit(ledger, reference), why, wiring.now())
    click.echo(f"{reference.upper()} is open again")


for one in (filing_commands.pdf, filing_commands.note):
    audit_group.add_command(one)


@cli.command()
@click.argument("reference")
@click.option("--json", "as_json", is_flag=True)
@click.option("--verify", is_flag=True, help="Recompute the hash chain instead of listing it.")
def events(reference: str, as_json: bool, verify: bool) -> None:
    """The trail of an audit, or of a chain such as letter/3, strangers or directory: what happened, in order."""
    service = _service()
    with service.store.open() as ledger:
        if "/" in reference or reference.lower() in ("strangers", "directory"):
            chain = reference.lower()
        else:
            chain = f"audit/{_known_audit(ledger, reference).id}"
        verdict, listed = ledger.trail.verify(chain), ledger.trail.events(chain)
    if not listed and not chain.startswith("audit/"):
        raise YoursToFix(f"There is no chain {reference}.")
    if verify:
        if not verdict.holds:
            click.echo(f"Broken at event {verdict.broken_at}: the trail was changed after it was written.", err=True)
            raise SystemExit(1)
        click.echo(f"The chain of {verdict.events} events holds. Its last hash is {verdict.head}")
        return
    data = {
        "reference": reference,
        "holds": verdict.holds,
        "events": [
            {
                "seq": one.seq,
                "at": one.at.isoformat(),
                "what": one.what,
                "who": one.who,
                "content": one.content,
                "hash": one.hash,
            }
            for one in listed
        ],
    }

    def plain() -> None:
        for one in listed:
            click.echo(f"{one.seq:>4} {one.at:%Y-%m-%d %H:%M:%S} {one.who:<12} {one.what}")

    _print(data, as_json, plain)


# the Word tool


@cli.group("tool")
def tool_group() -> None:
    """The Word tool."""


@tool_group.command("blank")
@click.argument("reference")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path))
def tool_blank(reference: str, output: Path) -> None:
    """Write the fillable Word tool of an audit. An existing file is left alone."""
    if output.exists():
        raise YoursToFix(f"{output} exists already; it may hold somebody's work. Please choose another name.")
    service = _service()
    with service.store.open() as ledger:
        found = _known_audit(ledger, reference)
        facts = showing.audit_facts(ledger, found)
        under = councils.of_audit(ledger, found)
    data = blank_tool.make(
        facts.tool,
        under.guide(facts.tool),
        under.words,
        under.policy.name,
        found.reference,
        found.case_id,
        facts.auditor.name,
        f"{found.due:%A} {found.due.day} {found.due:%B %Y}",
        under.policy.qa_address,
    )
    output.write_bytes(data)
    click.echo(str(output))


@tool_group.command("read")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True)
def tool_read(file: Path, as_json: bool) -> None:
    """Read a returned tool and say what was understood. Nothing is filed."""
    service = _service()
    tools = service.council.tools

    def tools_for(who: Identity) -> tuple[Tool, ...]:
        tool = tools.get(who.tool_id)
        return (tool,) if tool and tool.version == who.version else ()

    try:
        found = service.room.read(file.read_bytes(), file.name, service.council.policy.reference_prefix, tools_for)
    except ScannerSilent:
        raise YoursToFix("The virus scanner does not answer, so the file was not read. Is clamd running?") from None
    finally:
        service.close()
    only = found[0]
    if len(found) > 1:
        raise YoursToFix("It holds several files. Please unpack it and have them read one by one.")
    if only.identity is None:
        raise Unreadable(only.unreadable)
    reading = only.readings[0] if only.readings else Reading(file.name, only.identity, None)
    data = {
        "references": list(reading.identity.references),
        "tool": reading.identity.tool_id,
        "version": reading.identity.version,
        "known_tool": reading.tool is not None,
        "not_relevant": list(reading.not_relevant),
        "contradicted": list(reading.contradicted),
        "fields": [
            {
                "section": one.step_id,
                "field": one.field_id,
                "state": one.state,
                "value": list(one.value) if isinstance(one.value, tuple) else one.value,
                "words": one.words,
                "options": list(one.options),
                "layer": one.layer,
            }
            for one in reading.fields
        ],
    }

    def plain() -> None:
        click.echo(f"{', '.join(reading.identity.references) or 'no reference'}  {reading.identity.tool_id}")
        for one in reading.fields:
            click.echo(f"  {one.step_id}.{one.field_id:<20} {one.state:<8} {one.words[:60]}")

    _print(data, as_json, plain)


# the post


@cli.group("mail")
def mail_group() -> None:
    """Letters."""


for one in (*post_commands.COMMANDS, *mail_commands.COMMANDS):
    mail_group.add_command(one)


cli.add_command(request_commands.request_group)


# health


@cli.command()
def doctor() -> None:
    """Look at everything this service needs, and say what is missing and what to do."""
    from bot.doctor import examine

    findings = examine(settings_file.read())
    for finding in findings:
        click.echo(f"{'ok  ' if finding.good else 'LOOK'} {finding.says}")
    if not all(finding.good for finding in findings):
        raise SystemExit(2)
