"""How long `auditbot serve` takes from process start to "Ready" on an existing database, and its memory then.

.venv/bin/python docs/measure_start.py
"""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
AUDITBOT = Path(sys.executable).parent / "auditbot"
RUNS = 7


def main() -> None:
    """Make a database, then start the service on it several times, one after the other."""
    with tempfile.TemporaryDirectory(prefix="auditbot-start-") as folder:
        given = {"AUDITBOT_LOCAL": "1", "AUDITBOT_DATA_DIR": folder}
        subprocess.run(  # noqa: S603 - our own command
            [AUDITBOT, "seed", ROOT / "councils" / "telford_and_wrekin" / "demo"],
            env={**os.environ, **given},
            check=True,
            stdout=subprocess.DEVNULL,
        )
        runs = [start(given) for _ in range(RUNS)]
    seconds, memory = [one[0] for one in runs], [one[1] for one in runs]
    print("Start to Ready, seconds:", ", ".join(f"{one:.2f}" for one in seconds))
    print(f"median {statistics.median(seconds):.2f} s; {statistics.median(memory):.0f} MB resident then")


def start(given: dict[str, str]) -> tuple[float, float]:
    """Seconds until it is ready, and megabytes resident at that moment."""
    ports = {"AUDITBOT_PORT": str(free_port()), "AUDITBOT_SMTP_PORT": str(free_port())}
    begun = time.perf_counter()
    env = {**os.environ, **given, **ports}
    with subprocess.Popen([AUDITBOT, "serve"], env=env, stdout=subprocess.PIPE) as process:  # noqa: S603
        assert process.stdout
        line = process.stdout.readline()
        seconds = time.perf_counter() - begun
        status = Path(f"/proc/{process.pid}/status").read_text("ascii")
        process.terminate()
    if not line.startswith(b"Ready"):
        raise SystemExit(f"It did not start: {line!r}")
    return seconds, int(status.partition("VmRSS:")[2].split()[0]) / 1024


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
