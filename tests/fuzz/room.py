"""The whole reading room, fed with damaged files: its parent survives and does not grow, and each file gets an answer.

    .venv-fuzz/bin/python -m tests.fuzz.room room SECONDS    runs in `make fuzz`

Nothing is instrumented here: what the children reach cannot be seen from outside. The first byte picks the name.
"""

from __future__ import annotations

import random
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from documents.guard import Kind, Unreadable, kind
from documents.reading_room import FileRead, ReadingRoom
from tests.fuzz import damage, files, oracle, seeds
from tests.fuzz.drive import keep
from tests.fuzz.files import NAMES
from tests.fuzz.seeds import PREFIX, TINY

SLOW_SECONDS = 10.0
GROWTH_MB = 8.0
WARM_UP = 50
CONVERTED = 0.01
"""The share of files that go through LibreOffice, which takes a thousand times as long."""


class ParentDied(AssertionError):
    """Another process answers now than the one that was started."""


class Fault(AssertionError):
    """A child met something of ours that nobody had thought of."""


@cache
def room() -> ReadingRoom:
    return ReadingRoom()


def one(data: bytes) -> None:
    """Raises where the answer is no answer."""
    name, content = NAMES[data[0] % len(NAMES)] if data else "", data[1:]
    before = room().parent
    start = time.monotonic()
    read = room().read(content, name, PREFIX, lambda _who: (TINY,))
    if before and room().parent != before:
        raise ParentDied(f"{before} is gone")
    if time.monotonic() - start > SLOW_SECONDS:
        raise oracle.TooSlow(f"{time.monotonic() - start:.1f} s")
    if not read:
        raise oracle.Unexplained("no answer at all")
    for each in read:
        _answered(each)


def _answered(read: FileRead) -> None:
    if read.fault:
        raise Fault(read.fault)
    if not read.readings and not (read.unreadable.endswith(".") and len(read.unreadable) > 10):
        raise oracle.Unexplained(repr(read.unreadable))
    for reading in read.readings:
        oracle.well_read_fields(reading.fields, TINY, "", named=False)


def begin() -> list[bytes]:
    """Files of every kind; several in one archive."""
    word = seeds.word_files()
    archive = damage.zipped({"a.docx": word[1], "b.pdf": seeds.pdfs()[0], "c.docx": word[2]})
    return [
        *files.vetting_begins(),
        *(b"\0" + each for each in word),
        *(b"\5" + each for each in seeds.pdfs()),
        b"\7" + archive,
    ]


def mutate(data: bytes, most: int, seed: int) -> bytes:
    content = data[1:]
    if content.startswith(b"%PDF"):
        return data[:1] + files.pdf_mutates(content, most - 1, seed)
    if content.startswith(b"PK"):
        return data[:1] + damage.damaged_zip(content, most - 1, seed)
    return damage.damaged_bytes(data, most, random.Random(seed))


def _is_converted(data: bytes) -> bool:
    try:
        return kind(data[1:], NAMES[data[0] % len(NAMES)]) not in (Kind.WORD, Kind.PDF, Kind.ARCHIVE, Kind.PICTURE)
    except Unreadable:
        return False


def inputs(seed: int) -> bytes:
    """One damaged file; a different one for each seed."""
    chance = random.Random(seed)
    while True:
        data = chance.choice(begin())
        for _ in range(chance.randint(0, 3)):
            data = mutate(data, 250_000, chance.randrange(1 << 30))
        if data and (not _is_converted(data) or (chance.random() < CONVERTED and shutil.which("soffice"))):
            return data


def resident_mb(pid: int) -> float:
    """Of a process and those below it."""
    status = Path(f"/proc/{pid}/status").read_text("ascii", "replace")
    own = int(status.partition("VmRSS:")[2].split()[0]) / 1024
    below = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    return own + sum(resident_mb(int(child)) for child in below)


def fuzz(seconds: int) -> int:
    """Feed it from two threads, as two replicas' letters would. Returns how many findings there were."""
    until, found, runs = time.monotonic() + seconds, 0, 0
    seed = random.SystemRandom().randrange(1 << 40)
    print(f"seed {seed}")
    one(b"\0" + seeds.word_files()[0])
    parent = room().parent
    assert parent is not None
    warm = most = 0.0

    def try_one(data: bytes) -> BaseException | None:
        try:
            one(data)
        except Exception as fault:  # noqa: BLE001 - that is what is looked for
            return fault
        return None

    with ThreadPoolExecutor(2) as threads:
        while time.monotonic() < until:
            batch = [inputs(seed + runs + place) for place in range(10)]
            for data, fault in zip(batch, threads.map(try_one, batch), strict=True):
                if fault:
                    found += 1
                    keep("room", data, oracle.finding(fault))
            runs += len(batch)
            most = resident_mb(parent)
            warm = most if runs <= WARM_UP else warm
    print(f"stat::number_of_executed_units: {runs}\nstat::peak_rss_mb: {most:.0f}")
    print(f"parent {parent}, now {room().parent}; {warm:.1f} MB after {min(runs, WARM_UP)} files, then {most:.1f}")
    if room().parent != parent or most > warm + GROWTH_MB:
        print("The parent did not last, or grew.")
        found += 1
    room().close()
    return found


if __name__ == "__main__":
    sys.exit(1 if fuzz(int(sys.argv[2])) else 0)
