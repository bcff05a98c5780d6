"""Reading a council's folder and a directory's CSV files. Doors read files; the desk gets texts."""

from __future__ import annotations

from pathlib import Path

from audit.council import BadCouncil
from desk.seeding import COLUMNS, BadDirectory


def council_texts(folder: Path) -> dict[str, str]:
    """The texts of a council's folder by name. Raises BadCouncil where the folder is not one."""
    names = [*folder.glob("*.toml"), *folder.glob("tools/*.toml")]
    if not names:
        raise BadCouncil((f"{folder.name}: there is no policy.toml here",))
    try:
        return {str(path.relative_to(folder)): path.read_text("utf-8") for path in sorted(names)}
    except UnicodeDecodeError:
        raise BadCouncil((f"{folder.name}: every file should be UTF-8 text",)) from None


def directory_texts(folder: Path) -> dict[str, str]:
    """The four CSV files of a directory. Raises BadDirectory where one is missing."""
    missing = [name for name in COLUMNS if not (folder / name).is_file()]
    if missing:
        raise BadDirectory(tuple(f"{name} is missing; its columns are {', '.join(COLUMNS[name])}" for name in missing))
    try:
        return {name: (folder / name).read_text("utf-8") for name in COLUMNS}
    except UnicodeDecodeError:
        raise BadDirectory((f"{folder.name}: every file should be UTF-8 text",)) from None
