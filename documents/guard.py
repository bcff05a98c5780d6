"""A file from outside is vetted here before anything parses it. Standard library only."""

from __future__ import annotations

from pathlib import PurePosixPath

from documents import guard_word, packages
from documents.guard_letter import MOST_FILES, MOST_TOGETHER, vet_letter
from documents.guard_office import vet_for_conversion
from documents.guard_pdf import vet_pdf
from documents.guard_picture import vet_picture
from documents.kinds import CONVERTED, LETTERS, MOST_BYTES, Kind, kind
from documents.packages import Parts
from documents.unreadable import Unreadable

__all__ = [
    "CONVERTED", "LETTERS", "MOST_BYTES", "MOST_FILES", "MOST_TOGETHER", "Kind", "Parts", "Unreadable", "kind", "vet",
    "vet_archive", "vet_for_conversion", "vet_letter", "vet_pdf", "vet_picture",
]  # fmt: skip

_BESIDE = ("__macosx/", ".ds_store", "thumbs.db", "desktop.ini")
"""What computers put into archives by themselves."""


def vet(data: bytes, name: str) -> Parts:
    """The parts of a Word file that is safe to parse. Raises Unreadable."""
    found = kind(data, name)
    if found is Kind.WORD_WITH_MACROS:
        raise Unreadable("it holds macros. Please save it as a Word document (.docx) without them.")
    if found is not Kind.WORD:
        raise Unreadable(f"it is {found.value} and not a Word document (.docx).")
    return guard_word.vetted(data)


def vet_archive(data: bytes) -> tuple[tuple[str, bytes], ...]:
    """The files of a zip, by name, each still to be vetted. Raises Unreadable."""
    parts = packages.unpacked(data, "a zip of tools")
    files = []
    for part, content in parts.items():
        packages.harmless_name(part)
        if not any(beside in part.lower() for beside in _BESIDE):
            files.append((PurePosixPath(part).name, content))
    if not files:
        raise Unreadable("it is a zip archive with nothing in it.")
    if len(files) > MOST_FILES:
        raise Unreadable(f"it is a zip archive of more than {MOST_FILES} files. Please send fewer at a time.")
    if sum(len(content) for _, content in files) > MOST_TOGETHER:
        raise Unreadable("it unpacks to far more than a zip of tools does.")
    return tuple(files)
