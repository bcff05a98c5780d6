"""What reads a stranger's file can reach no other file, no network and no process; and a scanner may look first."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic

import pytest

from audit.tools import Tool
from documents import programs
from documents.limits import MB, Limits
from documents.programs import ProgramFailed, TookTooLong
from documents.reading_room import ReadingRoom
from documents.returned_tool.values import Identity
from documents.virus_scan import Scanner, ScannerSilent, TooLargeToScan
from tests.documents.filling import TOOL, blank
from tests.returned import hostile

ROOT = Path(__file__).parents[2]
LIMITS = Limits(wall_seconds=10, cpu_seconds=5, memory=500 * MB, folder=5 * MB, output=1 * MB)
shut_in = pytest.mark.skipif(not programs.isolated(), reason="namespaces are refused here")


def tools(_: Identity) -> tuple[Tool, ...]:
    return (TOOL,)


# the child

TRIES = """
import os, socket
from documents import reading_child
from documents.limits import Child
os.dup2(1, 3)
reading_child.shut_in(Child(), 10**10)
def tried(name, what):
    try:
        what()
    except (OSError, MemoryError) as fault:
        os.write(3, f"{name}: {type(fault).__name__}\\n".encode())
    else:
        os.write(3, f"{name}: done\\n".encode())
tried("read", lambda: os.open("/etc/passwd", os.O_RDONLY))
tried("write", lambda: os.open("/tmp/x", os.O_WRONLY | os.O_CREAT))
tried("connect", lambda: socket.socket())
tried("pipe", lambda: os.pipe())
tried("memory", lambda: bytearray(11 * 10**9))
"""


def test_the_child_can_open_nothing_even_without_namespaces() -> None:
    done = subprocess.run([sys.executable, "-c", TRIES], cwd=ROOT, capture_output=True, check=True, text=True)
    assert done.stdout.split("\n")[:-1] == [
        "read: OSError",
        "write: OSError",
        "connect: OSError",
        "pipe: OSError",
        "memory: MemoryError",
    ]


@shut_in
def test_the_parent_has_no_network_no_files_and_none_of_our_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MICROSOFT_APP_PASSWORD", "hidden")
    room = ReadingRoom()
    try:
        assert room.read(blank(), "a.docx", "AB", tools)[0].readings
        [inside] = (int(pid) for pid in Path(f"/proc/{room.parent}/task/{room.parent}/children").read_text().split())
        assert os.readlink(f"/proc/{inside}/ns/net") != os.readlink("/proc/self/ns/net")
        assert os.readlink(f"/proc/{inside}/ns/pid") != os.readlink("/proc/self/ns/pid")
        assert os.readlink(f"/proc/{inside}/root").endswith("(deleted)")
        for pid in (room.parent, inside):
            assert b"hidden" not in Path(f"/proc/{pid}/environ").read_bytes()
        assert "CapEff:\t0000000000000000" in Path(f"/proc/{inside}/status").read_text()
    finally:
        room.close()


def test_nothing_is_started_before_the_first_file() -> None:
    room = ReadingRoom()
    assert room.parent is None
    room.close()


# programs


def sh(script: str, limits: Limits = LIMITS, **files: bytes) -> bytes:
    return programs.run(("sh", "-c", script), files, "out", limits)


@shut_in
def test_a_program_sees_its_own_folder_and_nothing_of_ours(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hidden")
    assert sh("cat given > out", given=b"well") == b"well"
    assert b"hidden" not in sh(f"cat {secret} > out 2>&1; true")
    assert sh("ls /home /root /srv /mnt > out 2>/dev/null; true") == b""
    assert sh("touch /usr/x 2>/dev/null || echo no > out") == b"no\n"


@shut_in
def test_a_program_has_no_network_and_no_rights() -> None:
    assert sh("tail -n +3 /proc/net/dev | cut -d: -f1 > out").split() == [b"lo"]
    assert b"CapEff:\t0000000000000000" in sh("cat /proc/self/status > out")


@shut_in
def test_a_program_learns_none_of_our_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MICROSOFT_APP_PASSWORD", "hidden")
    assert b"hidden" not in sh("env > out; cat /proc/1/environ >> out 2>/dev/null; true")


@shut_in
def test_nothing_that_a_program_starts_outlives_it() -> None:
    marker = f"3{os.getpid()}.5"
    assert sh(f"(setsid sleep {marker} &) ; echo well > out") == b"well\n"
    assert marker.encode() not in subprocess.run(["ps", "ax"], capture_output=True, check=True).stdout


@shut_in
def test_a_program_that_takes_too_long_is_ended() -> None:
    start = monotonic()
    with pytest.raises(TookTooLong):
        sh("sleep 30", Limits(wall_seconds=0.5, cpu_seconds=5, memory=500 * MB, folder=1 * MB, output=1 * MB))
    assert monotonic() - start < 5


@shut_in
@pytest.mark.parametrize(
    "script",
    [
        "head -c 2000000 /dev/zero > out",  # more than is taken
        "head -c 9000000 /dev/zero > out; true",  # more than there is room for
        "ln -s /etc/passwd out",
        "mkdir out",
        "true",  # nothing at all
        "echo well > out; exit 3",
    ],
)
def test_only_a_whole_plain_file_of_a_program_that_ended_well_is_taken(script: str) -> None:
    with pytest.raises(ProgramFailed):
        sh(script)


def test_without_namespaces_no_program_is_run_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "_PATH", "/nowhere")  # a machine without the means to shut in
    programs.isolated.cache_clear()
    try:
        assert not programs.isolated()
        with pytest.raises(ProgramFailed, match="refused"):
            sh("echo well > out")
    finally:
        monkeypatch.undo()
        programs.isolated.cache_clear()


@pytest.mark.parametrize("name", ["../x", "a/b", ".hidden", "-rf"])
def test_a_file_for_a_program_has_a_plain_name(name: str) -> None:
    with pytest.raises(ValueError, match="plain name"):
        programs._shut_in(("true",), {name: b""}, "out", LIMITS)


# the virus scanner

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Clamd:
    """Speaks clamd's INSTREAM on the loopback: finds the test file that all scanners know, takes 1 MB at most."""

    MOST = 1_000_000

    def __init__(self, server: socket.socket, says: bytes = b"") -> None:
        self.server, self.says, self.scanned = server, says, list[bytes]()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            with client, contextlib.suppress(OSError):
                client.sendall(self.says or self._answer(client))

    def _answer(self, client: socket.socket) -> bytes:
        reader = client.makefile("rb")
        command = b""
        while not command.endswith(b"\0"):
            command += reader.read(1)
        if command == b"zPING\0":
            return b"PONG\0"
        assert command == b"zINSTREAM\0"
        content = b""
        while length := struct.unpack(">I", reader.read(4))[0]:
            content += reader.read(length)
            if len(content) > self.MOST:
                return b"INSTREAM size limit exceeded. ERROR\0"
        self.scanned.append(content)
        return b"stream: Win.Test.EICAR_HDB-1 FOUND\0" if EICAR in content else b"stream: OK\0"


@pytest.fixture(params=["port", "path"])
def clamd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., tuple[Clamd, Scanner]]]:
    with contextlib.ExitStack() as servers:

        def start(says: bytes = b"") -> tuple[Clamd, Scanner]:
            if request.param == "port":
                server = socket.create_server(("127.0.0.1", 0))
                address = f"127.0.0.1:{server.getsockname()[1]}"
            else:
                address = str(tmp_path / "clamd.sock")
                server = socket.socket(socket.AF_UNIX)
                server.bind(address)
                server.listen()
            servers.callback(server.close)
            return Clamd(server, says), Scanner(address)

        yield start


def test_what_the_scanner_finds_and_what_not(clamd: Callable[..., tuple[Clamd, Scanner]]) -> None:
    _, scanner = clamd()
    assert scanner.answers()
    assert scanner.finds(b"a" * 70_000 + EICAR, 5)
    assert not scanner.finds(b"a" * 70_000, 5)
    with pytest.raises(TooLargeToScan):
        scanner.finds(b"a" * 2_000_000, 5)


@pytest.mark.parametrize("says", [b"stream: Access denied. ERROR\0", b"UNKNOWN COMMAND\0", b"\0", b"\xff\xff"])
def test_a_scanner_that_says_anything_else_has_not_scanned(
    says: bytes, clamd: Callable[..., tuple[Clamd, Scanner]]
) -> None:
    _, scanner = clamd(says)
    with pytest.raises(ScannerSilent):
        scanner.finds(b"a", 5)
    assert not scanner.answers()


def test_a_scanner_that_is_not_there_is_silent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        address = f"127.0.0.1:{gone.getsockname()[1]}"
    with pytest.raises(ScannerSilent):
        Scanner(address).finds(b"a", 5)


def test_no_child_sees_a_file_in_which_the_scanner_found_something(clamd: Callable[..., tuple[Clamd, Scanner]]) -> None:
    stand_in, scanner = clamd()
    room = ReadingRoom(scanner)
    try:
        [found] = room.read(hostile.zipped({"a.docx": EICAR}, 0), "a.zip", "AB", tools)
        assert found.unreadable.startswith("the virus scanner found something harmful in it.")
        assert room.parent is None
        assert room.read(blank(), "a.docx", "AB", tools)[0].readings
        assert stand_in.scanned[-1] == blank()
        assert room.read(b"", "a.docx", "AB", tools)[0].unreadable == "it is empty."
        [large] = room.read(b"a" * 2_000_000, "a.docx", "AB", tools)
        assert large.unreadable == "it is larger than the virus scanner here takes."
    finally:
        room.close()


def test_a_file_that_cannot_be_scanned_is_not_read(clamd: Callable[..., tuple[Clamd, Scanner]]) -> None:
    _, scanner = clamd(b"stream: ERROR\0")
    room = ReadingRoom(scanner)
    with pytest.raises(ScannerSilent):
        room.read(blank(), "a.docx", "AB", tools)
    assert room.parent is None
