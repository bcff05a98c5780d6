"""Turns .odt, .doc, .rtf and .docm into Word files with LibreOffice, where it is installed and can be shut in."""

from __future__ import annotations

from dataclasses import replace

from documents import programs
from documents.kinds import Kind
from documents.limits import LIBREOFFICE
from documents.unreadable import Unreadable

_ENDINGS = {
    Kind.OPEN_DOCUMENT: "odt",
    Kind.OFFICE_OLD: "doc",
    Kind.RICH_TEXT: "rtf",
    Kind.WORD_WITH_MACROS: "docm",
}

_INSTEAD = {
    Kind.OPEN_DOCUMENT: "it is an OpenDocument text, which cannot be opened here. Please choose Save as, Word (.docx).",
    Kind.OFFICE_OLD: "it is in the old Word format, which cannot be opened here. Please choose Save as, Word (.docx).",
    Kind.RICH_TEXT: "it is a rich text file, which cannot be opened here. Please choose Save as, Word (.docx).",
    Kind.WORD_WITH_MACROS: "it holds macros. Please save it as a Word document (.docx) without them.",
}
"""What to say where there is no LibreOffice."""

_FAILED = "it could not be turned into a Word document. Please choose Save as, Word (.docx), and send that."

_OPTIONS = (
    ("org.openoffice.Office.Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("org.openoffice.Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("org.openoffice.Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("org.openoffice.Office.Writer/Content/Update", "Link", "2"),
    ("org.openoffice.Office.Common/Misc", "UseLocking", "false"),
)
"""Highest security, no macro at all, no linked pictures, no links brought up to date."""

_PROFILE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<oor:items xmlns:oor="http://openoffice.org/2001/registry">'
    + "".join(
        f'<item oor:path="/{path}"><prop oor:name="{name}" oor:op="fuse"><value>{value}</value></prop></item>'
        for path, name, value in _OPTIONS
    )
    + "</oor:items>\n"
)

_CONVERT = """
mkdir -p profile/user out
mv profile.xcu profile/user/registrymodifications.xcu
"$1" -env:UserInstallation=file:///room/profile --headless --norestore --nologo --nolockcheck --nodefault \
  --convert-to docx --outdir out "$2"
mv out/*.docx tool.docx
"""


def why_not() -> str:
    """Why nothing is converted here, as a sentence; empty where it is."""
    if not programs.found("soffice"):
        return "LibreOffice is not installed."
    if not programs.isolated():
        return "LibreOffice is installed, but it cannot be shut in here, so it stays off."
    return ""


def to_word(data: bytes, kind: Kind, seconds: float) -> bytes:
    """The same document as .docx, within so many seconds. Raises Unreadable, where it cannot be had."""
    office = programs.found("soffice")
    if office is None or why_not():
        raise Unreadable(_INSTEAD[kind])
    name = f"in.{_ENDINGS[kind]}"
    limits = replace(LIBREOFFICE, wall_seconds=min(seconds, LIBREOFFICE.wall_seconds))
    files = {name: data, "profile.xcu": _PROFILE.encode()}
    try:
        return programs.run(("sh", "-euc", _CONVERT, "sh", office, name), files, "tool.docx", limits)
    except programs.ProgramFailed as fault:
        raise Unreadable(_FAILED) from fault
