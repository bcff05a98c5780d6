"""What is in a .msg: the attachments and the words of a letter that Outlook saved, by [MS-OXMSG] over olefile.

A letter that is attached to it lies in it as a folder (2.2.2.1) and is opened with it, level by level.
"""

from __future__ import annotations

import contextlib
import io
import struct
from collections.abc import Iterator

import olefile

from documents.attached import ELSEWHERE_MARK, UNREAD_WORDS, Attached, Opened, from_page, opened
from documents.tnef import BY_REFERENCE, IN_THE_PAGE, TAG_FLAGS, TAG_HIDDEN, TAG_METHOD
from documents.unreadable import Unreadable

DAMAGED = "it is a letter saved by Outlook (.msg) that is damaged. Please save it again, or attach the tool itself."
_LINKED = "it is a letter with a document embedded in its text. Please attach the tool itself."
TOO_DEEP = "it is a letter inside a letter inside a letter, and so on. Please attach the tool itself."
_OVERLAID = "its parts lie over each other, which no honest file does."

MOST_LEVELS = 4
_MOST_ENTRIES = 8_000
_LIST = "__properties_version1.0"
_ATTACHMENT = "__attach_version1.0_#"
_MESSAGE = "__substg1.0_3701000D"

_DOCUMENTS = ("WordDocument", "Package", "\x01Ole10Native")
"""What an object holds that is a document or a file of some kind."""

_BROKEN = (
    OSError, struct.error, IndexError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError,
    LookupError,
)  # fmt: skip
"""What olefile is known to raise on broken files. Its own errors are OSErrors."""

Path = tuple[str, ...]


def is_one(data: bytes) -> bool:
    """Whether a compound file is an item of Outlook. False also where its list of parts cannot be read."""
    with contextlib.suppress(*_BROKEN), olefile.OleFileIO(io.BytesIO(data)) as file:
        return bool(file.exists(_LIST))
    return False


def read(data: bytes) -> Opened:
    """The files, of letters in it too, and the words of the letter itself. Raises Unreadable."""
    try:
        with olefile.OleFileIO(io.BytesIO(data), raise_defects=olefile.DEFECT_INCORRECT) as file:
            item = _Item(file, len(data))
            return opened(list(item.files((), 1)), item.words())
    except Unreadable:
        raise
    except _BROKEN as fault:
        raise Unreadable(DAMAGED) from fault


class _Item:
    """An open file, of which no more is read than it holds."""

    def __init__(self, file: olefile.OleFileIO[str], size: int) -> None:
        self.file, self.left = file, size
        entries = file.listdir(streams=True, storages=True)
        if len(entries) > _MOST_ENTRIES:
            raise Unreadable("it is a letter with far more in it than a letter has.")
        self.names: dict[Path, list[str]] = {}
        for entry in entries:
            self.names.setdefault(tuple(entry[:-1]), []).append(entry[-1])

    def files(self, under: Path, level: int) -> Iterator[Attached]:
        """The files of a letter that lies under this path, in their order."""
        if level > MOST_LEVELS:
            raise Unreadable(TOO_DEEP)
        if _LIST not in self.names.get(under, ()):
            raise ValueError("no letter")
        for name in sorted(name for name in self.names[under] if name.startswith(_ATTACHMENT)):
            place = (*under, name)
            if self.file.get_type((*place, _MESSAGE)) == olefile.STGTY_STORAGE:
                yield from self._inner((*place, _MESSAGE), level)
            else:
                yield self._file(place)

    def _inner(self, place: Path, level: int) -> Iterator[Attached]:
        """What is in a letter that is attached. A picture that was pasted in lies there too, and is passed over."""
        held = self.names.get(place, ())
        if _LIST in held:
            yield from self.files(place, level + 1)
        elif any(name in held for name in _DOCUMENTS):
            raise Unreadable(_LINKED)

    def _file(self, place: Path) -> Attached:
        numbers = self._numbers(place)
        content_type = self._text(place, 0x370E)
        inline = bool(numbers.get(TAG_FLAGS, 0) & IN_THE_PAGE or numbers.get(TAG_HIDDEN) or self._text(place, 0x3712))
        name = self._text(place, 0x3707) or self._text(place, 0x3704)
        if numbers.get(TAG_METHOD) in BY_REFERENCE:
            return Attached(name, content_type, ELSEWHERE_MARK, inline)
        data = self._stream((*place, "__substg1.0_37010102"))
        if data is None:
            raise ValueError("an attachment without a file")
        return Attached(name, content_type, data, inline)

    def words(self) -> str:
        """The words of the letter itself, or a mark where they are there as rich text alone."""
        page = self._stream(("__substg1.0_10130102",)) or self._text((), 0x1013).encode("utf-8", "replace")
        words = self._text((), 0x1000).strip() or from_page(page)
        return words or (UNREAD_WORDS if self._stream(("__substg1.0_10090102",)) else "")

    def _numbers(self, place: Path) -> dict[int, int]:
        """The properties of an attachment that are numbers: 16 bytes each behind a head of 8 (2.4.1.3)."""
        found = self._stream((*place, _LIST)) or b""
        entries = struct.iter_unpack("<HHIQ", found[8 : 8 + (len(found) - 8) // 16 * 16])
        return {tag: value & 0xFFFFFFFF for kind, tag, _, value in entries if kind in (0x3, 0xB)}

    def _text(self, place: Path, tag: int) -> str:
        wide = self._stream((*place, f"__substg1.0_{tag:04X}001F"))
        if wide is not None:
            return wide.decode("utf-16-le", "replace").rstrip("\0")
        narrow = self._stream((*place, f"__substg1.0_{tag:04X}001E"))
        return (narrow or b"").decode("cp1252", "replace").rstrip("\0")

    def _stream(self, place: Path) -> bytes | None:
        if self.file.get_type(place) != olefile.STGTY_STREAM:
            return None
        if self.file.get_size(place) > self.left:
            raise Unreadable(_OVERLAID)
        data: bytes = self.file.openstream(place).read()
        self.left -= len(data)
        return data
