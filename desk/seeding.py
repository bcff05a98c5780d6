"""Taking in a council's directory from CSV texts, and checking that every ladder has somebody on every rung."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from audit.council import Council
from audit.people import Case
from audit.policy import Policy
from audit.toml import is_address
from desk import climbing
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
    climbing.tell_new_holders(ledger, now)
    ledger.trail.add("directory", "seeded", "operator", now, {"people": len(people), "cases": len(rows["cases.csv"])})
    return Seeded(len(people), len(teams), len(rows["cases.csv"]), len(rows["roles.csv"]))


def check_ladders(ledger: Ledger, council: Council) -> tuple[str, ...]:
    """Every role of every ladder and letter has, for every case, a holder who can be reached; else a sentence."""
    cases = ledger.directory.cases()
    faults: dict[str, None] = {}
    for role, of_council in _rung_by(council.policy):
        for case in (None,) if of_council else cases:
            faults |= dict.fromkeys(_faults_of(ledger, role, case, "a ladder rings them", rings=True))
    for role in _written_to(council.policy):
        for case in cases:
            faults |= dict.fromkeys(_faults_of(ledger, role, case, "a letter goes to them", rings=False))
    for role in (council.policy.asking.decides, council.policy.asking.reviews):
        faults |= dict.fromkeys(_faults_of(ledger, role, None, "requests or disagreements go to them", rings=False))
    return tuple(faults)


def _rung_by(policy: Policy) -> Iterator[tuple[str, bool]]:
    """Every role of every ladder, and whether the ladder is one for letters that belong to no case."""
    letters = {policy.limb(limb).ladder for limb in (policy.kept_letter, policy.kept_letter_urgent)}
    for ladder in policy.ladders.values():
        for role in dict.fromkeys(role for rung in ladder.rungs for role in rung.everyone):
            yield role, ladder.id in letters


def _written_to(policy: Policy) -> Iterator[str]:
    groups = (group for limb in policy.limbs.values() for group in limb.letter_to)
    yield from dict.fromkeys(role for group in groups for role in group)


def _faults_of(ledger: Ledger, role: str, case: Case | None, why: str, *, rings: bool) -> Iterator[str]:
    found = climbing.holders(ledger, role, case)
    if not found and role != "iro":
        where = f"for case {case.id}" if case else "for the council"
        yield f"roles.csv: nobody is {role!r} {where}, but {why}"
    for held in found:
        if not is_address(held.person.email):
            yield f"people.csv: {held.person.email!r} is {role!r}, and no letter would reach that address"
        if rings and not held.person.phone:
            yield f"people.csv: {held.person.email} is {role!r} on a ladder and has no phone number"


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
    found: dict[str, Mapping[str, str]] = {}
    entra_ids: set[str] = set()
    for line, row in rows:
        email, entra_id = row["email"].lower(), row["entra_id"].lower()
        if not is_address(email) or not row["name"]:
            faults.append(f"people.csv line {line}: each person needs one plain e-mail address and a name")
        elif email in found:
            faults.append(f"people.csv line {line}: {email} stands twice")
        elif entra_id in entra_ids:
            faults.append(f"people.csv line {line}: the Entra id {entra_id} stands twice")
        else:
            found[email] = row
            entra_ids |= {entra_id} - {""}
    return _save_people(ledger, found)


def _save_people(ledger: Ledger, found: Mapping[str, Mapping[str, str]]) -> dict[str, int]:
    """Known addresses first: else a newcomer with an Entra id of theirs would be taken for them."""
    known = {person.email for person in ledger.directory.everyone()}
    return {
        email: ledger.directory.save_person(email, row["name"], row["phone"], row["entra_id"])
        for email, row in sorted(found.items(), key=lambda item: item[0] not in known)
    }


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
