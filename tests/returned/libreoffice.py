"""Files that LibreOffice really saved: as .docx, .odt, .doc, .rtf and .pdf, in as few runs as there are formats.

All but .docx and .pdf are turned back into .docx before they are read, with the filter that the product uses.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from documents import layout, returned_tool
from tests.returned import content, tools
from tests.returned.corpus import Return, returned
from tests.returned.draft import PREFIX, Expected, Right, chance
from tests.returned.scoring import Result, score

GROUP = "really through LibreOffice: "
WORD = "docx:MS Word 2007 XML"
FORMATS = {"docx": WORD, "odt": "odt", "doc": "doc:MS Word 97", "rtf": "rtf:Rich Text Format", "pdf": "pdf"}
READ_AS_THEY_ARE = ("docx", "pdf")
_PATIENCE = 300


def there() -> bool:
    return shutil.which("soffice") is not None


def originals() -> Iterator[Return]:
    """What is put through it: every tool in full, and each with one other kind of content, in turns."""
    others = [name for name in content.EVERY if name not in ("full", "empty")]
    for place, tool in enumerate(tools.TOOLS):
        for written in ("full", others[place * 3 % len(others)]):
            name = f"{tool.id}/{tool.version}, {written}"
            yield returned(name, GROUP, content.EVERY[written](tool, chance(name)))


def saved_as(ending: str, files: Iterable[Return]) -> Iterator[Return]:
    """The same returns after LibreOffice saved them in this format, ready to be read."""
    every = list(files)
    data = {str(place): one.data for place, one in enumerate(every)}
    data = convert(data, "docx", ending)
    if ending not in READ_AS_THEY_ARE:
        data = convert(data, ending, "docx")
    last = ending if ending in READ_AS_THEY_ARE else "docx"
    for place, one in enumerate(every):
        if str(place) in data:
            expected = _on_pages(one) if ending == "pdf" else one.expected
            yield replace(
                one,
                expected=expected,
                name=f"{one.name}, .{ending}",
                group=f"{GROUP}.{ending}",
                data=data[str(place)],
                file_name=f"x.{last}",
            )


def _on_pages(one: Return) -> dict[layout.Key, Expected]:
    """What is expected of a PDF: the words of a table inside a comment stand line by line."""
    if "pasted tables" not in one.name:
        return dict(one.expected)
    return {
        key: Right(want.value, any_order=True) if isinstance(want, Right) and isinstance(want.value, str) else want
        for key, want in one.expected.items()
    }


def convert(files: Mapping[str, bytes], ending: str, to: str) -> dict[str, bytes]:
    """Every file converted, in one run of the program with a profile of its own."""
    with tempfile.TemporaryDirectory(prefix="corpus-") as place:
        folder = Path(place)
        for name, data in files.items():
            (folder / f"{name}.{ending}").write_bytes(data)
        out = folder / "out"
        profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        words = ["soffice", profile, "--headless", "--convert-to", FORMATS[to], "--outdir", str(out)]
        words += [str(folder / f"{name}.{ending}") for name in files]
        subprocess.run(words, check=True, capture_output=True, timeout=_PATIENCE)
        return {one.stem: one.read_bytes() for one in out.iterdir()}


def reads(file: Return) -> bool:
    """Whether the reader takes this kind of file at all."""
    try:
        returned_tool.identify(file.data, PREFIX, file.file_name)
    except returned_tool.Unreadable:
        return False
    return True


def run(result: Result, only: str = "") -> None:
    """Adds a row a format; says "not yet" of a format that is not read at all."""
    wanted = [ending for ending in FORMATS if only in f"{GROUP}.{ending}"]
    if not wanted or not there():
        return
    files = list(originals())
    for ending in wanted:
        converted = list(saved_as(ending, files))
        if not any(reads(one) for one in converted):
            result.not_yet.append(f"{GROUP}.{ending}")
            continue
        for one in converted:
            result.take(one.group, list(score(one)))
