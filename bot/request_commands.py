"""`auditbot request list`, `accept`, `decline` and `later`: requests for an audit (B03)."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from audit.notices import RequestFacts
from audit.people import Person
from audit.refusals import NotTheirDecision
from bot import wiring
from bot.keyboard import YoursToFix, print_data, service
from desk import councils, requests
from storage.requests import RequestState

_BY = click.option("--by", required=True, help="Your address. You need the role that decides about requests.")


@click.group("request")
def request_group() -> None:
    """Requests for an audit."""


@request_group.command("list")
@click.option("--all", "everything", is_flag=True, help="Those that were decided too.")
@click.option("--json", "as_json", is_flag=True)
def list_(everything: bool, as_json: bool) -> None:
    """Requests that wait for a decision, oldest first: number, case, reason, who asked, and when."""
    with service().store.open() as ledger:
        found = ledger.requests.everyone() if everything else ledger.requests.undecided()
        rows = [_row(requests.facts(ledger, one)) for one in found]

    def plain() -> None:
        for row in rows:
            until = f" until {row['until'] or 'the next cycle'}" if row["state"] == "later" else ""
            known = "" if row["known"] else " (not in the directory)"
            click.echo(
                f"{row['number']:>5}  case {row['case']}{known}  {row['state']}{until}  "
                f"{row['asked_by']} at {row['asked_at'][:16]}: {row['reason']}"
            )
        if not rows:
            click.echo("No request waits for a decision.")

    print_data({"requests": rows}, as_json, plain)


@request_group.command("accept")
@click.argument("number", type=int)
@_BY
@click.option("--json", "as_json", is_flag=True)
def accept(number: int, by: str, as_json: bool) -> None:
    """Accept request NUMBER. Nothing is allocated by it; whoever asked hears."""
    _decide(number, by, RequestState.ACCEPTED, as_json)


@request_group.command("decline")
@click.argument("number", type=int)
@_BY
@click.option("--why", required=True, help="Why not. Whoever asked reads it.")
@click.option("--json", "as_json", is_flag=True)
def decline(number: int, by: str, why: str, as_json: bool) -> None:
    """Decline request NUMBER; whoever asked hears why."""
    _decide(number, by, RequestState.DECLINED, as_json, why)


@request_group.command("later")
@click.argument("number", type=int)
@_BY
@click.option("--until", help="YYYY-MM-DD; without it, until the next cycle.")
@click.option("--json", "as_json", is_flag=True)
def later(number: int, by: str, until: str | None, as_json: bool) -> None:
    """Keep request NUMBER for later. On the day, those who decide are asked again."""
    try:
        day = date.fromisoformat(until) if until else None
    except ValueError:
        raise YoursToFix(f"{until} is not a day; write it like 2027-01-15") from None
    _decide(number, by, RequestState.LATER, as_json, until=day)


def _decide(number: int, by: str, state: RequestState, as_json: bool, why: str = "", until: date | None = None) -> None:
    running = service()
    with running.store.open() as ledger:
        who: Person | None = ledger.directory.by_email(by.strip().lower())
        if who is None:
            role = councils.title(running.council, running.council.policy.asking.decides)
            raise NotTheirDecision(role=role)
        settled = requests.decide(ledger, running.council, who, number, state, wiring.now(), why, until)
        row = _row(requests.facts(ledger, settled))
    print_data(
        row, as_json, lambda: click.echo(f"Request {number}: {settled.state.value}. {row['asked_by']} will hear.")
    )


def _row(facts: RequestFacts) -> dict[str, Any]:
    return {
        "number": facts.number,
        "case": facts.case_id,
        "known": facts.known,
        "reason": facts.reason,
        "asked_by": facts.asked_by.email,
        "asked_at": facts.asked_at.isoformat(timespec="seconds"),
        "state": facts.state,
        "until": facts.until.isoformat() if facts.until else None,
        "decided_by": facts.decided_by or None,
        "why": facts.why,
    }
