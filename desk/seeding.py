"""Taking in a council's directory from CSV texts, and checking that every ladder has somebody on every rung."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from audit.council import Council
from desk.concerns import holders
from storage.ledger import Ledger

COLUMNS = {
    "people.csv": ("email", "name", "phone", "entra_id"),
    "teams.csv": ("team", "service"),
    "cases.csv": ("case", "team", "status", "worker", "iro", "closed"),
    "roles.csv": ("email", "role", "scope"),
}


class BadDirectory(Exception):
    """A directory that cannot be used. `faults` name file and line."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        """All faults at once."""
        super().__init__("; ".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Seeded:
    """How much was taken in."""

    people: int
    teams: int
    cases: int
    roles: int


def seed(ledger: Ledger, council: Council, texts: Mapping[str, str], now: datetime) -> Seeded:
    """Take the four files in, over what is there. Raises BadDirectory; the door rolls back then."""
    rows = {name: tuple(_rows(name, texts)) for name in COLUMNS}
    faults: list[str] = []
    people = _people(ledger, rows["people.csv"], faults)
    ledger.directory.retire_all_but(people.values())
    teams = _teams(ledger, rows["teams.csv"])
    _cases(ledger, rows["cases.csv"], people, teams, faults)
    _roles(ledger, council, rows["roles.csv"], people, teams, faults)
    if faults:
        raise BadDirectory(tuple(faults))
    missing = check_ladders(ledger, council)
    if missing:
        raise BadDirectory(missing)
    ledger.trail.add("directory", "seeded", "operator", now, {"people": len(people), "cases": len(rows["cases.csv"])})
    return Seeded(len(people), len(teams), len(rows["cases.csv"]), len(rows["roles.csv"]))


def check_ladders(ledger: Ledger, council: Council) -> tuple[str, ...]:
    """Every role of every ladder has, for every case, a holder with an e-mail and a phone number; else a sentence."""
    faults: dict[str, None] = {}
    policy = council.policy
    cases = ledger.directory.cases()
    letters = {policy.limb(limb).ladder for limb in (policy.kept_letter, policy.kept_letter_urgent)}
    for ladder in policy.ladders.values():
        for role in dict.fromkeys(role for rung in ladder.rungs for role in rung.everyone):
            for case in (None,) if ladder.id in letters else cases:
                found = holders(ledger, role, case)
                for fault in _holder_faults(role, [held.person.phone for held in found], case.id if case else ""):
                    faults[fault] = None
                for held in found:
                    if not held.person.phone:
                        faults[f"people.csv: {held.person.email} is {role!r} on a ladder and has no phone number"] = (
                            None
                        )
    return tuple(faults)


def _holder_faults(role: str, phones: list[str], case: str) -> Iterator[str]:
    if not phones and role != "iro":
        where = f"for case {case}" if case else "for the council"
        yield f"roles.csv: nobody is {role!r} {where}, but a ladder rings them"


def _rows(name: str, texts: Mapping[str, str]) -> Iterator[tuple[int, Mapping[str, str]]]:
    if name not in texts:
        raise BadDirectory((f"{name} is missing; its columns are {', '.join(COLUMNS[name])}",))
    reader = csv.DictReader(io.StringIO(texts[name].lstrip("\ufeff")))
    absent = [column for column in COLUMNS[name] if column not in (reader.fieldnames or ())]
    if absent:
        raise BadDirectory((f"{name}: the column {absent[0]} is missing",))
    for number, row in enumerate(reader, 2):
        yield number, {key: (value or "").strip() for key, value in row.items() if key}


Lines = tuple[tuple[int, Mapping[str, str]], ...]


def _people(ledger: Ledger, rows: Lines, faults: list[str]) -> dict[str, int]:
    people: dict[str, int] = {}
    for line, row in rows:
        email = row["email"].lower()
        if email.count("@") != 1 or not row["name"]:
            faults.append(f"people.csv line {line}: each person needs one e-mail address and a name")
        elif email in people:
            faults.append(f"people.csv line {line}: {email} stands twice")
        else:
            people[email] = ledger.directory.save_person(email, row["name"], row["phone"], row["entra_id"])
    return people


def _teams(ledger: Ledger, rows: Lines) -> set[str]:
    for _line, row in rows:
        ledger.directory.save_team(row["team"], row["service"])
    return {row["team"] for _line, row in rows}


def _cases(ledger: Ledger, rows: Lines, people: Mapping[str, int], teams: set[str], faults: list[str]) -> None:
    for line, row in rows:
        unknown = [row[key] for key in ("worker", "iro") if row[key] and row[key].lower() not in people]
        if unknown:
            faults.append(f"cases.csv line {line}: {unknown[0]} is not in people.csv")
        elif row["team"] not in teams:
            faults.append(f"cases.csv line {line}: there is no team {row['team']!r} in teams.csv")
        else:
            worker, iro = (people.get(row[key].lower()) for key in ("worker", "iro"))
            closed = row["closed"].lower() in ("yes", "true", "1")
            ledger.directory.save_case(row["case"], row["team"], row["status"], worker, iro, closed)


def _roles(
    ledger: Ledger, council: Council, rows: Lines, people: Mapping[str, int], teams: set[str], faults: list[str]
) -> None:
    held = []
    known = {*council.policy.roles}
    services = set(ledger.directory.teams().values())
    for line, row in rows:
        kind, _, scope = row["scope"].partition(":")
        if row["email"].lower() not in people:
            faults.append(f"roles.csv line {line}: {row['email']} is not in people.csv")
        elif row["role"] not in known:
            faults.append(f"roles.csv line {line}: {row['role']!r} is not a role of policy.toml")
        elif not _scope_exists(kind, scope, teams, services):
            faults.append(f"roles.csv line {line}: the scope should be team:NAME, service:NAME or council")
        else:
            held.append((people[row["email"].lower()], row["role"], kind, scope))
    ledger.directory.replace_roles(dict.fromkeys(held))


def _scope_exists(kind: str, scope: str, teams: set[str], services: set[str]) -> bool:
    return {"team": scope in teams, "service": scope in services, "council": not scope}.get(kind, False)
