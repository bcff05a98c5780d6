"""`make fuzz`: every target for its share of FUZZ_SECONDS on both cores, then a table; ends with 1 at any finding."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz.drive import FINDINGS, KEPT, again
from tests.fuzz.targets import TARGETS

PYTHON = Path(".venv-fuzz/bin/python")
CORES = 2
SECONDS = int(os.environ.get("FUZZ_SECONDS", "600"))


@dataclass
class Ran:
    """What one target's run says of itself."""

    name: str
    seconds: int
    code: int
    log: str

    def number(self, pattern: str) -> int:
        found = re.findall(pattern, self.log)
        return int(found[-1]) if found else 0

    def __str__(self) -> str:
        runs = self.number(r"number_of_executed_units: (\d+)")
        first, last = self.number(r"INITED cov: (\d+)"), self.number(r"DONE +cov: (\d+)")
        cells = (self.seconds, runs, last - first if last else 0, last, self.number(r"peak_rss_mb: +(\d+)"))
        return (
            f"{self.name:<12}"
            + "".join(f"{cell:>12}" for cell in cells)
            + (f"  ENDED {self.code}" if self.code else "")
        )


def run(name: str, seconds: int) -> Ran:
    done = subprocess.run(
        [str(PYTHON), "-m", f"tests.fuzz.{'room' if name == 'room' else 'drive'}", name, str(seconds)],
        capture_output=True,
        check=False,
        timeout=seconds * 3 + 120,
    )
    log = (done.stdout + done.stderr).decode("utf-8", "replace")
    (KEPT / f"{name}.log").write_text(log, "utf-8")
    return Ran(name, seconds, done.returncode, log)


def still_failing() -> list[str]:
    """The findings that are kept, but for those that no longer fail: how to repeat each, and what it says."""
    told = []
    for path in sorted(FINDINGS.iterdir() if FINDINGS.exists() else ()):
        name = path.name.partition("-")[0]
        if path.suffix == ".txt" or name not in TARGETS:
            continue
        story = again(name, path)
        if story or path.name.startswith(tuple(f"{name}-{end}-" for end in ("timeout", "oom", "crash", "leak"))):
            says = story.strip().splitlines()[-1] if story else "ended the process"
            told.append(f".venv/bin/python -m tests.fuzz.drive {name} {path}\n    {says}")
        else:
            path.unlink()
            path.with_name(f"{path.name}.txt").unlink(missing_ok=True)
    return told


def main() -> int:
    wanted = sys.argv[1:] or list(TARGETS)
    shares = {name: TARGETS[name].share for name in wanted}
    whole = sum(shares.values())
    KEPT.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    with ThreadPoolExecutor(CORES) as both:
        # The longest first, so that both cores end together.
        order = sorted(wanted, key=lambda name: -shares[name])
        ran = list(both.map(lambda name: run(name, max(1, SECONDS * CORES * shares[name] // whole)), order))
    print(f"{'target':<12}" + "".join(f"{title:>12}" for title in ("seconds", "runs", "new cover", "cover", "MB")))
    for one in ran:
        print(one)
    told = still_failing()
    print(f"\n{time.monotonic() - start:.0f} s on {CORES} cores.")
    broken = [one.name for one in ran if one.code]
    if broken:
        print(f"Ended before their time: {', '.join(broken)}; see {KEPT}/<target>.log")
    print("\n".join((f"{len(told)} findings:", *told)) if told else "No finding.")
    return 1 if told or broken else 0


if __name__ == "__main__":
    sys.exit(main())
