"""Drives one target with atheris for some seconds, or tries it once more with files that are kept.

.venv-fuzz/bin/python -m tests.fuzz.drive TARGET SECONDS    runs in `make fuzz`
.venv/bin/python -m tests.fuzz.drive TARGET FILE...         repeats findings; needs no atheris
.venv/bin/python -m tests.fuzz.drive TARGET --reduce FILE   the same with as few bytes as still show it
"""

from __future__ import annotations

import hashlib
import importlib
import logging
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

KEPT = Path("artefacts/fuzz")
FINDINGS = KEPT / "findings"
ROOMS = ["audit", "desk", "documents", "mail"]


def fuzz(name: str, seconds: int) -> None:
    import atheris

    with atheris.instrument_imports(include=ROOMS, enable_loader_override=False):
        modules = _modules()
    target, oracle = modules.TARGETS[name], modules.oracle
    corpus = KEPT / name
    corpus.mkdir(parents=True, exist_ok=True)
    for one in target.begin():
        (corpus / f"begin-{hashlib.sha256(one).hexdigest()[:16]}").write_bytes(one)

    def once(data: bytes) -> None:
        try:
            oracle.timed(target.one, data)
        except (Exception, RecursionError, MemoryError) as fault:  # noqa: BLE001 - that is what is looked for
            keep(name, data, oracle.finding(fault))

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        return bytes(target.mutate(bytes(data), most, seed))

    FINDINGS.mkdir(parents=True, exist_ok=True)
    words = [
        f"-max_total_time={seconds}", f"-max_len={target.most}", "-timeout=25", "-rss_limit_mb=900", "-len_control=0",
        "-print_final_stats=1", f"-artifact_prefix={FINDINGS / name}-", str(corpus),
    ]  # fmt: skip
    more: dict[str, Any] = {"custom_mutator": mutate} if target.mutate else {}
    atheris.Setup([sys.argv[0], *words], once, **more)
    atheris.Fuzz()


def keep(name: str, data: bytes, found: Any) -> None:
    """The input and its story, once for each kind of finding; the shorter input of two."""
    place = FINDINGS / f"{name}-{found.signature}"
    story = place.with_name(f"{place.name}.txt")
    if not place.exists() or len(data) < place.stat().st_size:
        place.write_bytes(data)
        story.write_text(found.story, "utf-8", "replace")


def again(name: str, path: Path) -> str:
    """The traceback that this input still gives, or nothing."""
    modules = _modules()
    fault = _fault(modules, name, path.read_bytes())
    return modules.oracle.finding(fault).story if fault else ""


def reduced(name: str, data: bytes) -> bytes:
    """By taking out ever smaller pieces while the finding stays the same."""
    modules = _modules()

    def shows(less: bytes) -> str:
        fault = _fault(modules, name, less)
        return modules.oracle.finding(fault).signature if fault else ""

    wanted, size = shows(data), max(1, len(data) // 2)
    while wanted and size:
        place, before = 0, len(data)
        while place < len(data):
            less = data[:place] + data[place + size :]
            if shows(less) == wanted:
                data = less
            else:
                place += size
        size = size // 2 if len(data) == before or size > 1 else 0
        if size == 1 and len(data) > 5_000:
            break
    return data


def _fault(modules: Any, name: str, data: bytes) -> BaseException | None:
    try:
        modules.oracle.timed(modules.TARGETS[name].one, data)
    except (Exception, RecursionError, MemoryError) as fault:  # noqa: BLE001
        return fault
    return None


def _modules() -> Any:
    """Late, so that they can be imported under instruments."""
    modules = importlib.import_module("tests.fuzz.targets")
    logging.disable()  # libraries tell of each thing that is wrong with a file
    return SimpleNamespace(TARGETS=modules.TARGETS, oracle=importlib.import_module("tests.fuzz.oracle"))


def main(name: str, *rest: str) -> int:
    if rest[0].isdigit():
        fuzz(name, int(rest[0]))
        return 0
    if rest[0] == "--reduce":
        path = Path(rest[1])
        less = reduced(name, path.read_bytes())
        path.write_bytes(less)
        print(f"{len(less)} bytes: {less[:2_000]!r}")
        return 0
    stories = [again(name, Path(path)) for path in rest]
    print("\n".join(story or "Nothing wrong." for story in stories))
    return 1 if any(stories) else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
