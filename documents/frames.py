"""How the service and the process that reads a file talk: a length, then as many bytes. JSON back, never objects."""

from __future__ import annotations

import json
import socket
import struct
import time
from typing import Any

_LENGTH = struct.Struct(">I")


class Broken(Exception):
    """The other side is gone, is silent for too long, or says what it may not."""


def send(to: socket.socket, content: bytes) -> None:
    """One frame. Raises Broken."""
    try:
        to.sendall(_LENGTH.pack(len(content)))
        to.sendall(content)
    except OSError as fault:
        raise Broken from fault


def send_data(to: socket.socket, data: object) -> None:
    """One frame of JSON. Raises Broken."""
    send(to, json.dumps(data, ensure_ascii=True).encode())


def receive(of: socket.socket, most: int, until: float | None = None) -> bytes:
    """One frame of at most so many bytes, before `until` by the monotonic clock. Raises Broken."""
    length = _LENGTH.unpack(_exactly(of, _LENGTH.size, until))[0]
    if length > most:
        raise Broken
    return _exactly(of, length, until)


def receive_data(of: socket.socket, most: int, until: float | None = None) -> dict[str, Any]:
    """One frame that must be a JSON object. Raises Broken."""
    try:
        data = json.loads(receive(of, most, until))
    except (ValueError, RecursionError) as fault:
        raise Broken from fault
    if not isinstance(data, dict):
        raise Broken
    return data


def _exactly(of: socket.socket, length: int, until: float | None) -> bytes:
    content = bytearray(length)
    view, got = memoryview(content), 0
    try:
        while got < length:
            if until is not None:
                of.settimeout(max(0.001, until - time.monotonic()))
            read = of.recv_into(view[got:])
            if not read:
                raise Broken
            got += read
    except OSError as fault:
        raise Broken from fault
    return bytes(content)
