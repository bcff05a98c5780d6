"""Files that nobody should parse: each is refused with a sentence of its own."""

from __future__ import annotations

import contextlib
import io
import zipfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from documents import guard, kinds, returned_tool
from documents.guard import Unreadable
from tests.documents import filling
from tests.documents.filling import BODY, TOOL

BLANK = filling.blank()
RELATIONS = "word/_rels/document.xml.rels"


def changed(**parts: bytes) -> bytes:
    return filling.with_parts(BLANK, parts)


def with_relation(kind: str, mode: str = "External") -> bytes:
    relations = filling.parts(BLANK)[RELATIONS].replace(
        b"</Relationships>",
        f'<Relationship Id="rIdX" Type="http://x/relationships/{kind}" Target="http://evil.example/a"'
        f' TargetMode="{mode}"/></Relationships>'.encode(),
    )
    return filling.with_parts(BLANK, {RELATIONS: relations})


def with_types(old: str, new: str) -> bytes:
    name = "[Content_Types].xml"
    return filling.with_parts(BLANK, {name: filling.parts(BLANK)[name].replace(old.encode(), new.encode())})


def zipped(parts: dict[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", kind) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def twice_named() -> bytes:
    return zipped({**filling.parts(BLANK), "WORD/document.xml": b"<x/>"})


def locked_zip() -> bytes:
    data = bytearray(BLANK)
    at = data.rfind(b"PK\x01\x02")
    data[at + 8] |= 1
    return bytes(data)


def lying_bomb() -> bytes:
    """A part whose stated size is a lie in both headers."""
    true = 30_000_000
    data = bytearray(changed(**{"word/media.bin": b"\0" * true}))
    lie, truth = (1000).to_bytes(4, "little"), true.to_bytes(4, "little")
    return bytes(data.replace(truth, lie))


REFUSED: dict[str, tuple[bytes, str, str]] = {
    "empty": (b"", "tool.docx", "it is empty."),
    "large": (b"PK" + b"\0" * guard.MOST_BYTES, "tool.docx", "larger than 25 MB"),
    "password": (kinds._OLE + "EncryptedPackage".encode("utf-16-le"), "tool.docx", "locked with a password"),
    "locked zip": (locked_zip(), "tool.docx", "locked with a password"),
    "old word": (
        kinds._OLE + b"\0" * 600 + "WordDocument".encode("utf-16-le"),
        "tool.doc",
        "a Word document in the old format",
    ),
    "pdf": (b"%PDF-1.7", "tool.docx", "but it is a PDF"),
    "rtf": (b"{\\rtf1", "tool.docx", "a rich text file"),
    "picture": (b"\x89PNG\r\n\x1a\n", "tool.docx", "a picture"),
    "program": (b"MZ\x90", "tool.docx", "a program"),
    "name of another kind": (BLANK, "tool.pdf", "its name ends in .pdf"),
    "name with macros": (BLANK, "tool.docm", "its name says that it holds macros"),
    "no archive": (b"Dear all, please find attached", "tool.docx", "it is damaged, or it is not a Word document"),
    "cut off": (BLANK[: len(BLANK) // 2], "tool.docx", "it is damaged, or it is not a Word document"),
    "plain zip": (zipped({"a.txt": b"a"}), "tool.docx", "it is a zip archive"),
    "lzma": (zipped(filling.parts(BLANK), zipfile.ZIP_LZMA), "tool.docx", "packed in a way"),
    "workbook": (with_types("wordprocessingml.document.main", "spreadsheetml.sheet.main"), "a.docx", "a workbook"),
    "something else": (with_types("document.main+xml", "x+xml"), "a.docx", "whatever its name says"),
    "macro type": (
        with_types("openxmlformats-officedocument.w", "ms-word.document.macroEnabled.w"),
        "a.docx",
        "macros",
    ),
    "macro part": (changed(**{"word/vbaProject.bin": b"x"}), "a.docx", "it holds macros"),
    "embedded": (changed(**{"word/embeddings/Book1.xlsx": b"x"}), "a.docx", "another file is embedded"),
    "activex": (changed(**{"word/activeX/activeX1.bin": b"x"}), "a.docx", "it holds ActiveX controls"),
    "program inside": (changed(**{"word/run.exe": b"x"}), "a.docx", "another file is embedded"),
    "path": (changed(**{"../../etc/passwd": b"x"}), "a.docx", "a path that leads out"),
    "absolute path": (changed(**{"/etc/passwd": b"x"}), "a.docx", "a path that leads out"),
    "same name": (twice_named(), "a.docx", "two parts of the same name"),
    "many parts": (changed(**{f"p{n}": b"" for n in range(2001)}), "a.docx", "far more parts"),
    "bomb": (changed(**{"word/media.bin": b"\0" * 30_000_000}), "a.docx", "unpacks to far more"),
    "much text": (changed(**{BODY: b"<a>" + bytes(range(32, 60)) * 300_000}), "a.docx", "far more"),
    "many elements": (changed(**{BODY: zlib.decompress(zlib.compress(b"<a/>" * 900_000))}), "a.docx", "far more"),
    "doctype": (changed(**{BODY: b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}), "a.docx", "document type definition"),
    "doctype in utf-16": (
        changed(**{BODY: '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE a><a/>'.encode("utf-16")}),
        "a.docx",
        "document type definition",
    ),
    "doctype in disguise": (changed(**{"word/theme.dat": b"<!DOCTYPE a><a/>"}), "a.docx", "document type definition"),
    "encoding": (changed(**{BODY: b'<?xml version="1.0" encoding="utf-7"?><a/>'}), "a.docx", "an encoding"),
    "outside picture": (with_relation("image"), "a.docx", "fetches something from outside"),
    "outside template": (with_relation("attachedTemplate", " external"), "a.docx", "fetches its template from outside"),
    "bad relations": (changed(**{RELATIONS: b"<Relationships>"}), "a.docx", "its list of parts cannot be read"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_it_is_refused_in_a_sentence(case: str) -> None:
    data, name, says = REFUSED[case]
    with pytest.raises(Unreadable) as refused:
        returned_tool.identify(data, "AB", name)
    assert says in str(refused.value)
    assert str(refused.value)[0].islower() or str(refused.value).startswith("its")
    assert str(refused.value).endswith(".")


def test_a_size_that_lies_is_refused() -> None:
    with pytest.raises(Unreadable):
        guard.vet(lying_bomb(), "a.docx")


@pytest.mark.parametrize("part", [BODY, "_rels/.rels"])
def test_text_that_is_no_xml_is_refused(part: str) -> None:
    with pytest.raises(Unreadable, match="damaged"):
        returned_tool.identify(changed(**{part: b"<w:document"}), "AB", "a.docx")


def test_a_document_without_its_text_is_refused() -> None:
    with pytest.raises(Unreadable, match="its text is missing"):
        returned_tool.identify(filling.with_parts(BLANK, {BODY: None}), "AB", "a.docx")
    with pytest.raises(Unreadable, match="its text is missing"):
        returned_tool.identify(changed(**{BODY: b"<a/>"}), "AB", "a.docx")


def test_links_are_harmless() -> None:
    assert guard.vet(with_relation("hyperlink"), "a.docx")


@pytest.mark.parametrize("name", ["tool.docx", "TOOL.DOCX", "Copy of PL tool FINAL v2 (1).docx", "tool", ""])
def test_a_good_file_passes_under_any_honest_name(name: str) -> None:
    assert BODY in guard.vet(BLANK, name)


def reads_or_refuses(data: bytes) -> None:
    """Anything but Unreadable fails the test."""
    with contextlib.suppress(Unreadable):
        returned_tool.read(data, "a.docx", lambda tool_id, version: TOOL, "AB")


@given(st.binary(max_size=400))
@settings(deadline=None, max_examples=100)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    reads_or_refuses(data)
    reads_or_refuses(b"PK\x03\x04" + data)


@given(st.lists(st.tuples(st.integers(0, len(BLANK) - 1), st.integers(0, 255)), min_size=1, max_size=12))
@settings(deadline=None, max_examples=150)
def test_any_damage_to_the_archive_is_read_or_refused(damage: list[tuple[int, int]]) -> None:
    data = bytearray(BLANK)
    for place, byte in damage:
        data[place] = byte
    reads_or_refuses(bytes(data))


PARTS = sorted(filling.parts(BLANK))


@given(
    st.sampled_from(PARTS),
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 0.02), st.binary(max_size=30)), min_size=1, max_size=6),
)
@settings(deadline=None, max_examples=150)
def test_any_damage_to_a_part_is_read_or_refused(part: str, cuts: list[tuple[float, float, bytes]]) -> None:
    content = filling.parts(BLANK)[part]
    for at, width, new in cuts:
        start = int(at * len(content))
        content = content[:start] + new + content[start + int(width * len(content)) :]
    reads_or_refuses(filling.with_parts(BLANK, {part: content}))


TAGS = ("w:p", "w:tbl", "w:tc", "w:tr", "w:sdt", "w:t", "w:sym", "w:bookmarkStart", "w:sdtPr", "w:tag")
TREES = st.recursive(
    st.sampled_from(TAGS).map(lambda tag: f"<{tag}/>"),
    lambda inner: st.tuples(st.sampled_from(TAGS), st.lists(inner, max_size=4)).map(
        lambda pair: f'<{pair[0]} w:val="planning.grade" w:name="pa_planning_grade">{"".join(pair[1])}</{pair[0]}>'
    ),
    max_leaves=30,
)


@given(TREES)
@settings(deadline=None, max_examples=100)
def test_any_tree_of_word_elements_is_read(tree: str) -> None:
    space = filling.W[1:-1]
    body = (
        f'<w:document xmlns:w="{space}"><w:body><w:p><w:r><w:t>1 Planning</w:t></w:r></w:p>{tree}</w:body></w:document>'
    )
    returned_tool.read(changed(**{BODY: body.encode()}), "a.docx", lambda tool_id, version: TOOL, "AB")


def test_depth_is_no_danger() -> None:
    space = filling.W[1:-1]
    for depth in (200, 5_000, 100_000):
        nested = "<w:sdt>" * depth + "</w:sdt>" * depth
        body = f'<w:document xmlns:w="{space}"><w:body>{nested}</w:body></w:document>'
        reads_or_refuses(changed(**{BODY: body.encode()}))
