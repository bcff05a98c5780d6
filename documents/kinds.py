"""What kind of file this is: by its bytes first, then against its name."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from pathlib import PurePosixPath

from documents import mime_letter, outlook_item, packages, signed_letter, tnef
from documents.attached import ELSEWHERE_MARK, PGP
from documents.unreadable import Unreadable

MOST_BYTES = 25_000_000
LETTER_MARK = b"\0words of a letter\0"
"""What the post door puts before the words of a letter in which the form was answered. No file begins like this."""


class Kind(StrEnum):
    """The kinds that can be read, one way or another."""

    WORD = "a Word document"
    WORD_WITH_MACROS = "a Word document with macros"
    OFFICE_OLD = "a Word document in the old format"
    OPEN_DOCUMENT = "an OpenDocument text"
    RICH_TEXT = "a rich text file"
    PDF = "a PDF"
    PICTURE = "a picture"
    ARCHIVE = "a zip archive"
    LETTER = "the form in a mail"
    TNEF = "a letter packed by Outlook"
    OUTLOOK_ITEM = "a letter saved by Outlook"
    MIME_LETTER = "a letter"
    SIGNED_LETTER = "a signed letter"


CONVERTED = (Kind.WORD_WITH_MACROS, Kind.OFFICE_OLD, Kind.OPEN_DOCUMENT, Kind.RICH_TEXT)
"""Those that LibreOffice turns into Word documents before they are read."""

LETTERS = (Kind.TNEF, Kind.OUTLOOK_ITEM, Kind.MIME_LETTER, Kind.SIGNED_LETTER)
"""Those that hold files. Mail programs name them as they like, so their names say nothing."""

_ENDINGS = {
    Kind.WORD: (".docx", ".dotx"),
    Kind.WORD_WITH_MACROS: (".docm", ".dotm"),
    Kind.OFFICE_OLD: (".doc", ".dot"),
    Kind.OPEN_DOCUMENT: (".odt", ".ott"),
    Kind.RICH_TEXT: (".rtf", ".doc"),  # Word itself saves rich text under .doc
    Kind.PDF: (".pdf",),
    Kind.PICTURE: (".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".tif", ".tiff", ".gif", ".webp", ".bmp"),
    Kind.ARCHIVE: (".zip",),
    Kind.LETTER: (".txt",),
}
_NAMELESS = ("", ".dat", ".bin")
"""What mail programs call a file whose name they lost."""

_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*", b"BM")
_PROGRAMS = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe")
_RIGHTS_MANAGED = bytes.fromhex("76e80460c411e386")
_PGP_ENDINGS = (".pgp", ".gpg")
_OTHER_ARCHIVES = (b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0")
_PHONE_PICTURES = (b"heic", b"heix", b"mif1", b"msf1", b"avif", b"hevc")
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")

_WORD_TYPE = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_TEMPLATE_TYPE = b"application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml"
_NOT_WORD = (b"spreadsheetml.sheet.main", b"presentationml.presentation.main", b"ms-excel.sheet.m", b"ms-powerpoint.")
_TYPES = "[Content_Types].xml"
_ODF = "application/vnd.oasis.opendocument."

_WORKBOOK = "it is a workbook or a presentation and not a Word document (.docx)."
_LOCKED = "it is locked with a password. Please save it without one."
_MACROS = "it holds macros. Please save it as a Word document (.docx) without them."
_TWO_IN_ONE = "it is two kinds of file in one. Please save the tool again, and send that."


@lru_cache(maxsize=1)
def kind(data: bytes, name: str) -> Kind:
    """What it is; kept, because it is asked again on a file's way. Raises Unreadable for all else, and a wrong name."""
    if not data:
        raise Unreadable("it is empty.")
    if len(data) > MOST_BYTES:
        raise Unreadable(f"it is larger than {MOST_BYTES // 1_000_000} MB.")
    if data.lstrip().startswith(PGP.encode()) or PurePosixPath(name.lower()).suffix in _PGP_ENDINGS:
        raise Unreadable(signed_letter.ENCRYPTED)
    found = _by_bytes(data)
    _one_in_one(data, found)
    _fitting_name(found, name)
    return found


def _by_bytes(data: bytes) -> Kind:
    if data.startswith(packages.ZIP):
        return _zipped(data)
    if data.startswith(_OLE):
        return _compound(data)
    if data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n\0").startswith(b"%PDF-"):
        return Kind.PDF
    if data.startswith(LETTER_MARK):
        return Kind.LETTER
    if data.startswith(b"{\\rt"):
        return Kind.RICH_TEXT
    if data.startswith(_PICTURES) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP"):
        return Kind.PICTURE
    if data.startswith(tnef.SIGNATURE):
        return Kind.TNEF
    if mime_letter.is_one(data):
        return Kind.MIME_LETTER
    if signed_letter.is_one(data):
        return Kind.SIGNED_LETTER
    raise Unreadable(_other(data))


def _other(data: bytes) -> str:
    """What to say of bytes that are none of our kinds."""
    if data[4:8] == b"ftyp":
        if data[8:12] in _PHONE_PICTURES:
            return "it is a picture in a format of phones. Please send it as a PDF or JPEG."
        return "it is a recording and not a Word document (.docx)."
    if data.startswith(_RIGHTS_MANAGED):
        return "it is encrypted by Microsoft 365, and I cannot open it. Please send it again without encryption."
    if data.startswith(ELSEWHERE_MARK):
        return "it is a link to a file, and the file did not come with it. Please attach the file itself."
    if data.startswith(_PROGRAMS):
        return "it is a program and not a Word document (.docx)."
    if data.startswith(_OTHER_ARCHIVES):
        return "it is an archive of a kind that I do not open. Please attach the tool itself."
    start = data[:1024].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "it is a web page and not a Word document (.docx)."
    return "it is damaged, or it is not a Word document."


def _compound(data: bytes) -> Kind:
    """Office's format of before 2007, which also holds what is encrypted and what Outlook saves."""
    if _wide("__substg1.0_") in data and outlook_item.is_one(data):
        return Kind.OUTLOOK_ITEM
    if _wide("EncryptedPackage") in data:
        raise Unreadable(_LOCKED)
    if _wide("WordDocument") not in data:
        if _wide("__substg1.0_") in data:
            raise Unreadable(outlook_item.DAMAGED)
        if _wide("Workbook") in data or _wide("PowerPoint Document") in data:
            raise Unreadable(_WORKBOOK)
        raise Unreadable(
            "it is damaged, or a file of an old Office program other than Word. Please send the Word tool."
        )
    return Kind.OFFICE_OLD


def _wide(name: str) -> bytes:
    return name.encode("utf-16-le")


def _zipped(data: bytes) -> Kind:
    held, said = packages.opening(data, (_TYPES, "mimetype"))
    if _TYPES in said:
        return _office(said[_TYPES])
    if "mimetype" in said:
        return _open_document(said["mimetype"])
    if any(name.startswith("Index/") and name.endswith(".iwa") for name in held):
        raise Unreadable("it is a file of Apple's Pages. Please export it as Word (.docx) and send that.")
    return Kind.ARCHIVE


def _office(types: bytes) -> Kind:
    flat = types.replace(b"\0", b"")
    if any(one in flat for one in _NOT_WORD):
        raise Unreadable(_WORKBOOK)
    if b"macroEnabled" in flat:
        return Kind.WORD_WITH_MACROS
    if _WORD_TYPE not in flat and _TEMPLATE_TYPE not in flat:
        raise Unreadable("what is in it is not a Word document, whatever its name says.")
    return Kind.WORD


def _open_document(mimetype: bytes) -> Kind:
    said = mimetype.decode("ascii", "replace").strip()
    if said in (f"{_ODF}text", f"{_ODF}text-template"):
        return Kind.OPEN_DOCUMENT
    if said.startswith((f"{_ODF}spreadsheet", f"{_ODF}presentation")):
        raise Unreadable(_WORKBOOK)
    raise Unreadable("it is an archive and not a Word document.")


def _one_in_one(data: bytes, found: Kind) -> None:
    """A file that another program would take for something else says different things to different readers."""
    zipped = found in (Kind.WORD, Kind.WORD_WITH_MACROS, Kind.OPEN_DOCUMENT, Kind.ARCHIVE)
    if zipped and b"%PDF-" in data[:1024]:
        raise Unreadable(_TWO_IN_ONE)
    if found in (Kind.PDF, Kind.PICTURE, Kind.RICH_TEXT) and packages.ends_as_a_zip(data):
        raise Unreadable(_TWO_IN_ONE)


def _fitting_name(found: Kind, name: str) -> None:
    if found in LETTERS:
        return
    ending = PurePosixPath(name.lower().replace("\\", "/")).suffix
    if ending in _ENDINGS[found] or ending in _NAMELESS:
        return
    if found is Kind.WORD_WITH_MACROS:
        raise Unreadable(_MACROS)
    if ending in _ENDINGS[Kind.WORD_WITH_MACROS] and found is Kind.WORD:
        raise Unreadable("its name says that it holds macros. Please save it as a Word document (.docx).")
    right = _ENDINGS[found][0]
    raise Unreadable(
        f"its name ends in {ending}, but it is {found.value}. Please send it again under a name that ends in {right}."
    )
