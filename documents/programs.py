"""Runs an installed program on files from outside: with no network, in a folder of its own, and within limits.

The program sees a file system of its own in memory: the installed programs, read-only, and one folder with the files
that it is given. It sees none of our data, no other process and no network, and nothing that it starts outlives it.
Linux namespaces do this, through util-linux; where they are refused, nothing is run at all.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path, PurePosixPath

from documents.limits import MB, Limits

_NEEDED = ("unshare", "mount", "umount", "pivot_root", "prlimit", "setpriv", "sh", "cp", "head")
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_CHUNK = 65_536
_PROBE = Limits(wall_seconds=10, cpu_seconds=5, memory=500 * MB, folder=2 * MB, output=100)

_UNSHARE = (
    "setpriv", "--pdeathsig", "KILL", "--",
    "unshare", "--user", "--map-root-user", "--mount", "--net", "--pid", "--ipc", "--uts", "--cgroup",
    "--fork", "--kill-child=KILL",
)  # fmt: skip

_SHUT_IN = """
set -eu
base=$1 size=$2 wanted=$3 output=$4 extra=$5; shift 5
mount -t tmpfs -o "size=$size,nr_inodes=4000,mode=0755,nosuid,nodev" none "$base/root"
cd "$base/root"
bound() { mount --rbind "$1" "$2"; mount -o remount,bind,ro,nosuid,nodev "$2" || mount -o remount,bind,ro "$2"; }
for one in bin sbin lib lib32 lib64 libx32 usr; do
  if [ -L "/$one" ]; then cp -P "/$one" .; elif [ -d "/$one" ]; then mkdir "$one"; bound "/$one" "$one"; fi
done
mkdir etc proc dev tmp room old
for one in $extra; do
  if [ -d "$one" ]; then mkdir -p ".$one"; bound "$one" ".$one"; elif [ -f "$one" ]; then cp "$one" ".$one"; fi
done
mount -t proc -o nosuid,nodev,noexec proc proc 2>/dev/null || :
for one in null zero random urandom; do : > "dev/$one"; mount --bind "/dev/$one" "dev/$one"; done
cp "$base"/in/* room/ 2>/dev/null || :
rm -f "$base"/in/*
pivot_root . old
cd /room
umount -l /old
unset OLDPWD
"$@" </dev/null >/dev/null 2>&1
[ -f "$wanted" ] && [ ! -L "$wanted" ]
exec head -c "$output" "$wanted"
"""
"""What the namespace runs first. Its own shell is the first process there, so that with it everything ends. It
takes away at once what was put aside for it: a service that is killed cannot."""

_EXTRA = (
    "/etc/alternatives", "/etc/fonts", "/etc/ld.so.cache", "/etc/libreoffice", "/etc/passwd", "/var/cache/fontconfig",
    "/var/lib/libreoffice",
)  # fmt: skip
"""What the programs need beside themselves. Nothing of it is secret."""


class ProgramFailed(Exception):
    """The program could not be run, ended with a fault, or did not write what was wanted."""


class TookTooLong(ProgramFailed):
    """The program was ended because its time was over."""


def found(name: str) -> str | None:
    """Where an installed program is; None where it is not installed."""
    return shutil.which(name, path=_PATH)


@cache
def isolated() -> bool:
    """Whether this machine lets us shut a program in. Found out by doing it, once."""
    if not all(found(name) for name in _NEEDED):
        return False
    try:
        return _shut_in(("cp", "in.txt", "out.txt"), {"in.txt": b"well"}, "out.txt", _PROBE) == b"well"
    except (ProgramFailed, OSError):
        return False


def run(command: Sequence[str], files: Mapping[str, bytes], wanted: str, limits: Limits) -> bytes:
    """What the program wrote into the file `wanted`.

    `files` are put into its folder by plain names, `command` is run there. Raises ProgramFailed, TookTooLong.
    """
    if not isolated():
        raise ProgramFailed("namespaces are refused on this machine")
    return _shut_in(command, files, wanted, limits)


def _shut_in(command: Sequence[str], files: Mapping[str, bytes], wanted: str, limits: Limits) -> bytes:
    for name in (wanted, *files):
        if PurePosixPath(name).name != name or name.startswith((".", "-")):
            raise ValueError("a file needs a plain name")
    with tempfile.TemporaryDirectory(prefix="auditbot-") as base:
        (Path(base) / "root").mkdir()
        (Path(base) / "in").mkdir()
        for name, content in files.items():
            (Path(base) / "in" / name).write_bytes(content)
        return _output(_words(base, command, wanted, limits), base, limits)


def _words(base: str, command: Sequence[str], wanted: str, limits: Limits) -> list[str]:
    """The whole command line: namespaces, then the shell above, then limits and no privileges, then the program."""
    caps = (
        "setpriv", "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all",
        "prlimit", f"--as={limits.memory}", f"--cpu={limits.cpu_seconds}", f"--fsize={limits.folder}", "--core=0",
        f"--nofile={limits.open_files}", f"--nproc={limits.processes}", "--",
    )  # fmt: skip
    extra = " ".join((*_EXTRA, *_installed_elsewhere(command[0])))
    size, output = str(limits.folder), str(limits.output + 1)
    return [*_UNSHARE, "sh", "-c", _SHUT_IN, "sh", base, size, wanted, output, extra, *caps, *command]


def _installed_elsewhere(program: str) -> tuple[str, ...]:
    """The folder under /opt that a vendor's own package lives in, and no other."""
    parts = Path(found(program) or program).resolve().parts
    return ("/".join(("", *parts[1:3])),) if parts[1:2] == ("opt",) and len(parts) > 3 else ()


def _output(words: Sequence[str], base: str, limits: Limits) -> bytes:
    environment = {"HOME": "/room", "TMPDIR": "/tmp", "PATH": _PATH, "LANG": "C.UTF-8"}  # noqa: S108 - in there
    process = subprocess.Popen(  # noqa: S603 - our own words, and no shell reads them
        words,
        cwd=base,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert process.stdout
    try:
        written = _all(process.stdout.fileno(), time.monotonic() + limits.wall_seconds, limits.output)
        code = process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        raise TookTooLong from None
    finally:
        process.stdout.close()
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)  # and its namespace with it
            process.wait()
    if code:
        raise ProgramFailed(f"it ended with {code}")
    return written


def _all(pipe: int, until: float, most: int) -> bytes:
    """Everything that comes before the time is over. Raises TookTooLong, ProgramFailed where it is too much."""
    chunks, size = list[bytes](), 0
    while True:
        left = until - time.monotonic()
        if left <= 0 or not select.select([pipe], [], [], left)[0]:
            raise TookTooLong
        chunk = os.read(pipe, _CHUNK)
        if not chunk:
            return b"".join(chunks)
        size += len(chunk)
        if size > most:
            raise ProgramFailed("it wrote too much")
        chunks.append(chunk)
