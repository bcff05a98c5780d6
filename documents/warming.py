"""Reads a made-up file of each kind, so that whatever is loaded on first use is loaded before anybody is shut in."""

from __future__ import annotations

import contextlib
import importlib
import io
import itertools
import json
import pickle
import pkgutil
import zipfile
from xml.sax.saxutils import escape

import pypdf

from audit.scales import Choice
from audit.tools import Field, FieldKind, Step, Tool
from audit.words import meaning
from documents import guard, layout, returned_tool
from documents.guard import Kind, Unreadable
from documents.returned_tool import as_data

_ENCODINGS = (
    "ascii", "cp437", "cp1252", "latin-1", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "idna",
    "mac-roman", "raw_unicode_escape", "unicode_escape",
)  # fmt: skip
_YES_NO = (Choice("yes", "Yes", says=("y",)), Choice("no", "No", says=("n",)))

TOOL = Tool(
    "sample",
    "1",
    "A sample",
    (),
    "",
    12,
    (
        Step(
            "one",
            "1",
            "One area",
            "",
            (
                Field("grade", "Grade", FieldKind.GRADE, choices=_YES_NO),
                Field("comment", "Comment", FieldKind.TEXT),
                Field("line", "Where", FieldKind.LINE),
                Field("day", "When", FieldKind.DATE),
                Field("many", "Which", FieldKind.MANY, choices=_YES_NO),
            ),
            may_be_not_relevant=True,
        ),
    ),
)
"""Short as it is, it holds each kind of field."""

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org"
_PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010800000000"
    "3a7e9b550000000a49444154789c6368000000820081dd436af40000000049454e44ae426082"
)
_PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R/Resources<</Font<</F<</Type/Font
/Subtype/Type1/BaseFont/Helvetica>>>>>>>>endobj
4 0 obj<</Length 62>>stream
BT /F 12 Tf 20 200 Td (AB-0001 1 One area Grade: Yes) Tj ET   \nendstream endobj
trailer<</Root 1 0 R>>
startxref
0
%%EOF
"""


def warm() -> None:
    """Read every sample. What a sample is refused for is no matter here."""
    for encoding in _ENCODINGS:
        with contextlib.suppress(LookupError, UnicodeError):
            "warm".encode(encoding).decode(encoding)
    for module in pkgutil.walk_packages(pypdf.__path__, "pypdf."):
        with contextlib.suppress(ImportError):  # what needs more than we have installed
            importlib.import_module(module.name)
    tool = pickle.loads(pickle.dumps(TOOL))  # noqa: S301 - our own
    for name, data in samples().items():
        for _ in range(_TIMES):
            with contextlib.suppress(Unreadable):
                _read(data, name, tool)
    with contextlib.suppress(Unreadable):
        guard.vet_for_conversion(_zipped({"mimetype": "", "content.xml": "<a/>"}), Kind.OPEN_DOCUMENT)
    with contextlib.suppress(Unreadable):
        guard.vet_archive(_zipped({"a.txt": "a"}))


_MOST_LEARNT = 200
_learnt: dict[bytes, tuple[Tool, ...]] = {}


def learn(pickled: bytes) -> None:
    """Meet the words of these tools, and read each of them filled in, so that no child is the first to do so."""
    if len(_learnt) >= _MOST_LEARNT:
        _learnt.clear()
    known = _learnt[pickled] = tools(pickled)
    for tool in known:
        for choices in {one.choices for step in tool.steps for one in step.fields if one.choices}:
            for said in ("x", *(choice.label for choice in choices)):
                meaning(said, choices)
        with contextlib.suppress(Exception):  # whatever is wrong with a tool shows in the child, and is told there
            for _ in range(_TIMES):
                _read(word(tool), "a.docx", tool)


def tools(pickled: bytes) -> tuple[Tool, ...]:
    """The tools that the service sent: those of before, where it sent the same."""
    found: tuple[Tool, ...] = _learnt.get(pickled) or pickle.loads(pickled)  # noqa: S301 - it comes from our own service
    return found


_TIMES = 3
"""Python makes code that ran a few times faster for good: better here, once, than in each child."""


def _read(data: bytes, name: str, tool: Tool) -> None:
    source = returned_tool.opened(data, name)
    who = as_data.identity_from(as_data.identity_as_data(source.identity("AB")))
    reading = returned_tool.read_source(source, name, lambda *_: tool, "AB")
    as_data.reading_from(json.loads(json.dumps(as_data.reading_as_data(reading))), name, who, tool)


def samples() -> dict[str, bytes]:
    """A file of each kind, by name."""
    return {"a.docx": word(), "a.pdf": _PDF, "a.png": _PNG, "a.xyz": b"nothing"}


def word(tool: Tool = TOOL) -> bytes:
    """A Word file with an answer to each field of a tool, marked in every way that a file can mark one."""
    number = itertools.count()
    sections = "".join(
        f'<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr>{_run(layout.heading(step))}</w:p>'
        f"<w:tbl>{''.join(_row(step, one, next(number)) for one in step.fields)}</w:tbl>"
        for step in tool.steps
    )
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    return _zipped(
        {
            "[Content_Types].xml": f'<Types xmlns="{_OFFICE}/package/2006/content-types">'
            f'<Override PartName="/word/document.xml" ContentType="{main}"/></Types>',
            "_rels/.rels": f'<Relationships xmlns="{_OFFICE}/package/2006/relationships"><Relationship Id="r1" '
            f'Type="{_OFFICE}/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>'
            "</Relationships>",
            "word/document.xml": f'<w:document xmlns:w="{_W}"><w:body><w:p><w:r><w:t>AB-0001</w:t></w:r></w:p>'
            f"{sections}</w:body></w:document>",
        }
    )


_SAID = {FieldKind.TEXT: "Words", FieldKind.LINE: "A note", FieldKind.DATE: "4 November 2026"}


def _row(step: Step, one: Field, number: int) -> str:
    tag = layout.tag(step, one)
    if one.kind is FieldKind.MANY:
        marked = [(layout.tag(step, one, choice.id), layout.TICKED, choice.label) for choice in one.choices]
    else:
        marked = [(tag, _SAID.get(one.kind, "") or one.choices[0].label, "")]
    controls = "".join(
        f'<w:p><w:bookmarkStart w:id="{number}" w:name="{layout.bookmark(tag)}"/>'
        f'<w:sdt><w:sdtPr><w:tag w:val="{escape(its_tag)}"/></w:sdtPr><w:sdtContent>{_run(said)}</w:sdtContent></w:sdt>'
        f"{_run(label)}</w:p>"
        for its_tag, said, label in marked
    )
    return f"<w:tr><w:tc><w:p>{_run(one.label)}</w:p></w:tc><w:tc>{controls}</w:tc></w:tr>"


def _run(words: str) -> str:
    return f"<w:r><w:t>{escape(words)}</w:t></w:r>"


def _zipped(parts: dict[str, str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()
