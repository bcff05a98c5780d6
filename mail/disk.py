"""Files that must survive a power cut: written beside their place, synced, renamed, and the folder synced too."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from uuid import uuid4


def make_folder(folder: Path) -> None:
    """A folder that only we may enter, with those above it."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)


def keep(path: Path, data: bytes, by_way_of: Path | None = None, sync_folder: bool = True) -> None:
    """The whole file or none of it, readable by us alone. `by_way_of`: the folder in which it is prepared.

    Not `sync_folder`: the caller syncs it, once for many files.
    """
    draft = (by_way_of or path.parent) / f".{uuid4().hex}.part"
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        move(draft, path, sync_folder)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def move(path: Path, to: Path, sync_folders: bool = True) -> None:
    """Rename, and sync both folders."""
    path.rename(to)
    for folder in {path.parent, to.parent} if sync_folders else ():
        sync(folder)


def sync(folder: Path) -> None:
    """See to it that a folder's names survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def keep_under_hash(folder: Path, data: bytes, sync_folder: bool = True) -> str:
    """Keep a letter as it came, once. Its name in the folder. Raises OSError."""
    name = f"{hashlib.sha256(data).hexdigest()}.eml"
    if not (folder / name).exists():
        keep(folder / name, data, sync_folder=sync_folder)
    return name
