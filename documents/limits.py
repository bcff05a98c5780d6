"""How much anything from outside may use of this machine: one place for every cap."""

from __future__ import annotations

from dataclasses import dataclass

MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What one installed program may use. A program over a limit is ended, and nothing that it wrote is taken."""

    wall_seconds: float
    cpu_seconds: int
    memory: int
    """Bytes of address space for each process."""
    folder: int
    """Bytes that all its files may hold together, in memory and on no disk."""
    output: int
    """Bytes of the file that it is asked for."""
    processes: int = 64
    open_files: int = 256


LIBREOFFICE = Limits(wall_seconds=25, cpu_seconds=20, memory=2_500 * MB, folder=160 * MB, output=25 * MB)
"""A first start takes a second or two; its address space is mostly shared libraries that are never touched."""

TESSERACT = Limits(wall_seconds=20, cpu_seconds=18, memory=1_000 * MB, folder=100 * MB, output=4 * MB)
"""For one picture: half a second for a clean page, several for a dirty one."""


@dataclass(frozen=True, slots=True)
class Child:
    """What the process that reads one file may use."""

    cpu_seconds: float = 1.5
    cpu_most: int = 2
    """Where the timer above was silenced."""
    wall_seconds: float = 15.0
    """It waits for our own ledger in between."""
    memory: int = 200 * MB
    """Bytes of address space beside what its parent has."""
    output: int = 16 * MB
    """Bytes of one answer."""


LETTER_SECONDS = 40.0
"""For all files of a letter together: it is held under a lease of a minute."""
