"""The rules of the house that no reader should have to check: who imports whom, who reads the clock, and the like."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("audit", "desk", "dialogs", "bot", "mail", "documents", "storage")
MODULES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
NAMES = [str(path.relative_to(ROOT)) for path in MODULES]

BARRIERS = {"bot/turns.py", "bot/worker.py", "mail/barrier.py", "mail/taking_in.py"}
"""The only places that may catch whatever comes: each writes a fault down first."""
CLOCKS = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time")}
CLOCK_ROOM = "bot/"
"""Every other room is handed `now` by a door. Leases are measured in SQL, with the database's own clock."""
LONGEST = 500


def trees() -> Iterator[tuple[str, ast.Module]]:
    for name, path in zip(NAMES, MODULES, strict=True):
        yield name, ast.parse(path.read_text("utf-8"), name)


def test_the_rooms_import_only_down_the_street() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]


def test_only_the_doors_read_the_clock() -> None:
    found = [
        f"{name}:{node.lineno} {node.value.id}.{node.attr}"
        for name, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and (node.value.id, node.attr) in CLOCKS
        and not name.startswith(CLOCK_ROOM)
    ]
    assert not found, found


def catches_all(node: ast.ExceptHandler) -> bool:
    """Whether it catches Exception or more, and does not simply let it go on."""
    kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
    caught = {kind.id for kind in kinds if isinstance(kind, ast.Name)}
    goes_on = isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None
    return bool(caught & {"Exception", "BaseException"}) and not goes_on


def test_only_three_barriers_catch_whatever_comes() -> None:
    handlers = [
        (name, node) for name, tree in trees() for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler)
    ]
    bare = [f"{name}:{node.lineno}" for name, node in handlers if node.type is None]
    assert not bare, bare
    assert {name for name, node in handlers if catches_all(node)} <= BARRIERS


def test_nothing_prints_but_the_demo() -> None:
    found = [
        f"{name}:{node.lineno}"
        for name, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert {one.partition(":")[0] for one in found} <= {"bot/demo.py"}, found


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_a_module_fits_into_a_head(path: Path) -> None:
    if "migrations" in path.parts:
        return  # a list of tables, written by Alembic and read by nobody
    lines = len(path.read_text("utf-8").splitlines())
    assert lines <= LONGEST, f"{lines} lines; {LONGEST} are the most"


def test_a_folder_says_what_its_files_do() -> None:
    vague = re.compile(r"(.*_)?(utils?|helpers?|managers?|handlers?|services?|common|misc)")
    found = [name for name, path in zip(NAMES, MODULES, strict=True) if vague.fullmatch(path.stem)]
    assert not found, found


def test_a_council_is_data() -> None:
    assert not list((ROOT / "councils").rglob("*.py"))


def test_no_committed_file_knows_a_machine_or_a_registry() -> None:
    # Put together here, so that this file does not find itself.
    folders = [f"/{name}/" for name in ("work", "root", "home", "Users")]
    hosts = [
        "pypi" + ".org",
        "python" + "hosted.org",
        "registry.npm" + "js.org",
        "--index" + "-url",
        "--extra" + "-index",
    ]
    never = re.compile("|".join([*(rf"(?<![\w.}}/-]){re.escape(one)}" for one in folders), *map(re.escape, hosts)]))
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout
    found = []
    for name in listed.decode().split("\0"):
        path = ROOT / name
        data = path.read_bytes() if path.is_file() else b""
        if not data or b"\0" in data:
            continue
        for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
            if match := never.search(line):
                found.append(f"{name}:{number} {match[0]}")
    assert not found, found
