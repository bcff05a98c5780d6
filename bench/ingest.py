"""What letters cost: tools by SMTP to the real service on the local adapter, from accepted to receipt sent.

    .venv/bin/python bench/ingest.py [--short] [--report] [--only speed|memory|sweep] [--minutes 11]

The service runs as `auditbot serve` does, with SQLite, every step synced to the disk; senders run in this process and
share the cores. Letters out are files in the outbox, written and synced like the rest. The letters come from a hundred
auditors: of one sender's, those beyond twenty in a minute are read five a second at most, whatever the machine could
do (mail/sorting.py). Loopback only. Ends with 1 where a target is missed, unless --report; what is not done after
--minutes counts as missed.
"""

from __future__ import annotations

import argparse
import os
import re
import smtplib
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from statistics import median, quantiles
from uuid import uuid4

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from sqlalchemy import text  # noqa: E402

from desk.allocation import allocate  # noqa: E402
from documents import blank_tool  # noqa: E402
from tests.documents.filling import fill  # noqa: E402
from tests.mail.room import COUNCILS, INBOX, Room, untroubled  # noqa: E402

AUDITORS = tuple(f"auditor.{number:03d}@telford.example" for number in range(100))

AT_LEAST, P99_SECONDS, SWEEP_SECONDS = 15.0, 3.0, 60.0
GROWTH_MB = 15.0
"""What the service may grow from the 200th letter to the last: caches that fill, and no more."""
MINUTES = 11.0
"""For everything together, unless another time is asked for."""
SENDERS = 4

_receipt = re.compile(rb"^In-Reply-To: *(<[^>]+>)", re.M)


@dataclass
class Measured:
    """What was found, and whether it is what was wanted."""

    says: list[str]
    missed: bool = False

    def add(self, what: str, value: str, good: bool, wanted: str) -> None:
        self.missed |= not good
        self.says.append(f"{what:<58}{value:>16}   wanted: {wanted}{'' if good else '   MISSED'}")


@dataclass
class Cpu:
    """Seconds of CPU used so far: by the service, by its reading parent with all children, by the senders here."""

    service: float
    reading: float
    senders: float

    @classmethod
    def now(cls, pid: int) -> Cpu:
        """What they have used until now. `pid`: the service."""
        return cls(cpu(pid), sum(cpu(one) for one in family(pid)[1:]), time.process_time())

    def since(self, before: Cpu, letters: int) -> str:
        """What each took for a letter, in a line."""
        took = [
            (now - then) / letters * 1000
            for now, then in (
                (self.service, before.service),
                (self.reading, before.reading),
                (self.senders, before.senders),
            )
        ]
        return (
            f"CPU ms a letter: service {took[0]:.0f}, reading children {took[1]:.0f}, senders {took[2]:.0f}, "
            f"together {sum(took):.0f}"
        )


class Bench:
    """One council's folder with audits to return, and the service on it."""

    def __init__(self, folder: Path, audits: int, by: float) -> None:
        self.folder, self.by = folder, by
        self.letters = tuple(self._furnished(audits))
        self.port = free_port()

    def _furnished(self, audits: int) -> Iterator[tuple[str, str, bytes]]:
        """A letter with a filled tool for each audit. The mails of the allocations count as sent."""
        room = Room(self.folder, now=datetime.now(UTC) - timedelta(minutes=5))
        tool = room.council.tool("tw-cp-cin")
        with room.store.open() as ledger:
            for one in AUDITORS:
                ledger.directory.save_person(one, one.partition("@")[0], "", "")
            given = [
                allocate(
                    ledger,
                    room.council,
                    case_id="4021",
                    auditor_email=AUDITORS[place % len(AUDITORS)],
                    tool_id=tool.id,
                    now=room.now,
                    due=room.now.date() + timedelta(days=20),
                )
                for place in range(audits)
            ]
            ledger._session.execute(text("UPDATE obligations SET state = 'done' WHERE state = 'waiting'"))
        room.close()
        answers = untroubled(tool)
        for place, audit in enumerate(given):
            who = AUDITORS[place % len(AUDITORS)]
            blank = blank_tool.make(
                tool, None, room.council.words, "Council", audit.reference, "4021", who, "Fri 18 December", INBOX
            )
            yield letter(who, audit.reference, fill(blank, tool, answers))

    @contextmanager
    def service(self) -> Iterator[int]:
        """The real service. Its process number."""
        environment = os.environ | {
            "AUDITBOT_LOCAL": "1",
            "AUDITBOT_MAIL": "local",
            "AUDITBOT_DATA_DIR": str(self.folder),
            "AUDITBOT_PORT": str(free_port()),
            "AUDITBOT_SMTP_PORT": str(self.port),
            "AUDITBOT_COUNCIL": str(COUNCILS / "telford_and_wrekin"),
        }
        environment.pop("AUDITBOT_DATABASE_URL", None)
        command = [Path(sys.executable).parent / "auditbot", "serve"]
        with (
            (self.folder / "service.log").open("wb") as log,
            subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=log) as process,
        ):
            try:
                assert process.stdout
                line = process.stdout.readline()
                if not line.startswith(b"Ready"):
                    raise RuntimeError(f"the service did not start: {line!r}")
                yield process.pid
            finally:
                process.terminate()
                process.wait(30)

    def send(self, letters: tuple[tuple[str, str, bytes], ...], pace: float = 0.0) -> dict[str, float]:
        """Send them all, so many a second, or as fast as they are taken; when each was accepted."""
        accepted: dict[str, float] = {}
        start, places = time.time(), iter(enumerate(letters))
        lock = threading.Lock()

        def sender() -> None:
            with smtplib.SMTP("127.0.0.1", self.port, timeout=60) as server:
                while True:
                    with lock:
                        place, one = next(places, (0, None))
                    if one is None:
                        return
                    if pace:
                        time.sleep(max(0.0, start + place / pace - time.time()))
                    server.sendmail(one[1], [INBOX], one[2])
                    accepted[one[0]] = time.time()

        threads = [threading.Thread(target=sender) for _ in range(SENDERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return accepted

    def receipts(self, count: int) -> dict[str, float]:
        """When each receipt was in the outbox, once there are so many of them. Raises TimeoutError."""
        outbox = self.folder / "mail" / "outbox"
        while len(found := [one for one in os.listdir(outbox) if one.endswith("-receipt.eml")]) < count:
            if time.time() > self.by:
                raise TimeoutError(f"{len(found)} receipts for {count} letters")
            time.sleep(0.25)
        when = {}
        for path in (outbox / one for one in found):
            match = _receipt.search(path.read_bytes())
            assert match
            when[match[1].decode()] = path.stat().st_mtime
        return when


def letter(sender: str, subject: str, data: bytes = b"") -> tuple[str, str, bytes]:
    """A letter: its Message-ID, its sender and its bytes."""
    made = EmailMessage()
    message_id = f"<{uuid4().hex}@sender.example>"
    made["From"], made["To"], made["Subject"] = sender, INBOX, subject
    made["Date"], made["Message-ID"] = format_datetime(datetime.now(UTC)), message_id
    made.set_content("Done, see attached.\n")
    if data:
        made.add_attachment(data, maintype="application", subtype="octet-stream", filename="Copy.docx")
    return message_id, sender, made.as_bytes(policy=SMTP)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def resident(pid: int) -> float:
    """Memory of a process in MB."""
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def cpu(pid: int) -> float:
    """Seconds of CPU that a process and those it waited for have used."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return sum(int(one) for one in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text("ascii").split():
            found += family(int(child))
    return found


def speed(found: Measured, many: int, paced: int, by: float) -> None:
    """As fast as they come, then five a second."""
    with tempfile.TemporaryDirectory(prefix="auditbot-bench-") as name:
        bench = Bench(Path(name), 5 + many + paced, by)
        warm, burst, steady = bench.letters[:5], bench.letters[5 : 5 + many], bench.letters[5 + many :]
        with bench.service() as pid:
            bench.send(warm)
            bench.receipts(len(warm))
            before, start = Cpu.now(pid), time.time()
            accepted = bench.send(burst)
            when = bench.receipts(len(warm) + many)
            took = max(when[one] for one in accepted) - start
            found.says.append(
                f"{many} letters at once: taken by SMTP in {max(accepted.values()) - start:.1f} s, all receipts sent "
                f"after {took:.1f} s;\n    {Cpu.now(pid).since(before, many)}"
            )
            found.add("letters a second", f"{many / took:.1f}", many / took >= AT_LEAST, f"{AT_LEAST:.0f}")
            before = Cpu.now(pid)
            accepted = bench.send(steady, pace=5.0)
            when = bench.receipts(len(bench.letters))
            waits = sorted(when[one] - accepted[one] for one in accepted)
            p99 = quantiles(waits, n=100)[98]
            found.says.append(
                f"{paced} letters, 5 a second: receipt after {median(waits):.2f} s (median);\n"
                f"    {Cpu.now(pid).since(before, paced)}"
            )
            found.add("the same, p99 in seconds", f"{p99:.2f}", p99 < P99_SECONDS, f"under {P99_SECONDS:.0f}")


def memory(found: Measured, many: int, by: float) -> None:
    """Letters in portions; what the service and its reading parent hold after each."""
    marks = [max(1, many // 10), many // 2, many]
    with tempfile.TemporaryDirectory(prefix="auditbot-bench-") as name:
        bench = Bench(Path(name), many, by)
        with bench.service() as pid:
            held, sent = [], 0
            for mark in marks:
                bench.send(bench.letters[sent:mark])
                bench.receipts(mark)
                held.append((resident(pid), sum(resident(one) for one in family(pid)[1:])))
                sent = mark
        shown = "; ".join(f"{mark}: {own:.0f} + {rest:.0f}" for mark, (own, rest) in zip(marks, held, strict=True))
        found.says.append(f"MB resident after so many letters, the service + its reading parent:\n    {shown}")
        grown = sum(held[-1]) - sum(held[0])
        found.add("growth in MB", f"{grown:.1f}", grown < GROWTH_MB, f"under {GROWTH_MB:.0f}")


def sweep(found: Measured, many: int, by: float) -> None:
    """An inbox of letters that came in while nothing ran: until all are kept, written down and filed."""
    with tempfile.TemporaryDirectory(prefix="auditbot-bench-") as name:
        folder = Path(name)
        bench = Bench(folder, 1, by)
        inbox = folder / "mail" / "inbox"
        data = b"x" * 30_000
        for place in range(many):
            who = AUDITORS[place % len(AUDITORS)]
            (inbox / "new" / f"{place:020d}.old").write_bytes(letter(who, "Old", data)[2])
        with bench.service() as pid:
            start, most = time.time(), 0.0
            while any(entry.name.endswith(".old") for part in ("new", "cur") for entry in os.scandir(inbox / part)):
                most = max(most, resident(pid))
                if time.time() > by:
                    raise TimeoutError("the inbox is not empty")
                time.sleep(0.5)
            took = time.time() - start
            used = cpu(pid) / many * 1000
        per = took / many * 1000
        found.says.append(
            f"{many} old letters of 40 KB: {per:.1f} ms each, {used:.1f} ms of CPU; {most:.0f} MB resident at most"
        )
        good = took <= SWEEP_SECONDS * many / 20_000
        found.add(f"{many} old letters taken in, seconds", f"{took:.0f}", good, "60 for 20,000")


def main() -> int:
    asked = argparse.ArgumentParser()
    asked.add_argument("--short", action="store_true")
    asked.add_argument("--report", action="store_true")
    asked.add_argument("--only", choices=("speed", "memory", "sweep"))
    asked.add_argument("--minutes", type=float, default=MINUTES)
    given = asked.parse_args()
    by = time.time() + given.minutes * 60
    load = " ".join(f"{one:.1f}" for one in os.getloadavg())
    found = Measured([f"{os.cpu_count()} cores; load average before: {load}"])
    parts = {
        "speed": lambda: speed(found, 100 if given.short else 300, 50 if given.short else 200, by),
        "memory": lambda: memory(found, 300 if given.short else 2000, by),
        "sweep": lambda: sweep(found, 2000 if given.short else 20_000, by),
    }
    for name, part in parts.items():
        if given.only in (None, name):
            try:
                part()
            except TimeoutError as late:
                found.add(name, "not finished", False, f"an end ({late})")
            print("\n".join(found.says), flush=True)
            found.says.clear()
    print("load average after: " + " ".join(f"{one:.1f}" for one in os.getloadavg()))
    return 1 if found.missed and not given.report else 0


if __name__ == "__main__":
    sys.exit(main())
