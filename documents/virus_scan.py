"""Asks ClamAV's clamd about a file, over a socket, before anything else looks at it."""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass

_CHUNK = 1_000_000
_MOST_REPLY = 4_000


class ScannerSilent(Exception):
    """The scanner does not answer, or not in a way that says anything. Nothing may be read unscanned: try later."""


class TooLargeToScan(Exception):
    """The scanner takes no file of this size."""


@dataclass(frozen=True, slots=True)
class Scanner:
    """clamd at `host:port`, or at the path of a unix socket."""

    address: str
    seconds: float = 10.0

    def finds(self, data: bytes, within: float) -> bool:
        """Whether something harmful is in it, said in so many seconds. Raises ScannerSilent, TooLargeToScan."""
        said = self._asked(b"zINSTREAM\0", data, within)
        if said.endswith(" FOUND"):
            return True
        if said == "stream: OK":
            return False
        if "size limit exceeded" in said:
            raise TooLargeToScan
        raise ScannerSilent

    def answers(self) -> bool:
        """Whether anybody is there."""
        try:
            return self._asked(b"zPING\0", None, 3.0) == "PONG"
        except ScannerSilent:
            return False

    def _asked(self, command: bytes, data: bytes | None, within: float) -> str:
        try:
            with self._connected(min(self.seconds, within)) as scanner:
                return _spoken(scanner, command, data)
        except (OSError, ValueError) as fault:
            raise ScannerSilent from fault

    def _connected(self, seconds: float) -> socket.socket:
        if self.address.startswith("/"):
            scanner = socket.socket(socket.AF_UNIX)
            scanner.settimeout(seconds)
            scanner.connect(self.address)
            return scanner
        host, _, port = self.address.rpartition(":")
        return socket.create_connection((host.strip("[]"), int(port)), timeout=seconds)


def _spoken(scanner: socket.socket, command: bytes, data: bytes | None) -> str:
    scanner.sendall(command)
    try:
        for start in range(0, len(data or b""), _CHUNK):
            chunk = (data or b"")[start : start + _CHUNK]
            scanner.sendall(struct.pack(">I", len(chunk)) + chunk)
        if data is not None:
            scanner.sendall(struct.pack(">I", 0))
    except (BrokenPipeError, ConnectionResetError):
        pass  # it stops listening to a file that is too large for it, and says so
    reply = b""
    while not reply.endswith(b"\0") and len(reply) < _MOST_REPLY:
        more = scanner.recv(_MOST_REPLY)
        if not more:
            break
        reply += more
    return reply.rstrip(b"\0\n").decode("utf-8", "replace")
