"""Files to begin with, made on the spot: a tool of a few fields, filled in, so that each try costs little."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from lxml import etree

from audit import tools
from audit.answers import Value
from audit.tools import FieldKind
from documents import layout
from tests.documents import filling
from tests.documents.filling import BODY, SCALES, W
from tests.fuzz import damage

REFERENCE, PREFIX = "AB-0417", "AB"
TINY = tools.parse(
    """
id = "tiny"
version = "1"
title = "A tiny tool"
scale = "four"
closing = ["overall"]

[[section]]
id = "planning"
title = "Planning"
look_at = "Is there a plan?"
check = [{ id = "current", text = "Is there a current plan?", scale = "yes_no" }]
ask = [{ id = "agreed_on", text = "When was it agreed?", kind = "date" }]

[[section]]
id = "voice"
number = "1a"
title = "Voice of the child"
ask = [{ id = "kinds", text = "Which checks were made?", kind = "many", choice = [
  { id = "eyes", text = "Eyes" }, { id = "teeth", text = "Teeth" }] }]
""",
    SCALES,
)
GRADES = next(one.choices for step in TINY.steps for one in step.fields if one.kind is FieldKind.GRADE)
ANSWERS: Mapping[layout.Key, Value] = filling.full_answers(TINY)


def repacked(data: bytes) -> bytes:
    """Stored and not deflated, and without what only printing needs: a fuzzer sees more of it, and faster."""
    parts = filling.parts(data)
    return damage.zipped({name: content for name, content in parts.items() if "docProps/a" not in name})


@cache
def word_files() -> tuple[bytes, ...]:
    """Blank, filled, flattened, with ticks before choices, in columns, without tags, without bookmarks."""
    blank = filling.blank(TINY)
    full = filling.fill(blank, TINY, {key: filling.as_typed(TINY, key, value) for key, value in ANSWERS.items()})
    typed = filling.with_xml(full, _flat)
    files = (blank, full, typed, filling.without_tags(full), filling.without_bookmarks(typed),
             filling.with_xml(typed, _columns), filling.with_xml(typed, _listed))  # fmt: skip
    return tuple(repacked(one) for one in files)


@cache
def bodies() -> tuple[bytes, ...]:
    """The XML of each of those."""
    return tuple(filling.parts(one)[BODY] for one in word_files())


@cache
def around() -> Mapping[str, bytes]:
    """Everything of a Word file but its text."""
    return {name: content for name, content in filling.parts(word_files()[0]).items() if name != BODY}


def _flat(root: etree._Element) -> None:
    for control in list(root.iter(f"{W}sdt")):
        for child in control.find(f"{W}sdtContent"):
            control.addprevious(child)
        control.getparent().remove(control)


def _columns(root: etree._Element) -> None:
    """The first grade as a row of columns with an X below one of them."""
    table = next(one for one in root.iter(f"{W}tbl") if "Grade" in "".join(one.itertext()))
    for words in (("Area", *(choice.label for choice in GRADES)), ("Planning", "", "X", "", "")):
        row = etree.SubElement(table, f"{W}tr")
        for word in words:
            run = etree.SubElement(etree.SubElement(etree.SubElement(row, f"{W}tc"), f"{W}p"), f"{W}r")
            etree.SubElement(run, f"{W}t").text = word


def _listed(root: etree._Element) -> None:
    """Every choice of a grade in its cell, with a box before each."""
    for cell in root.iter(f"{W}tc"):
        if "".join(cell.itertext()).strip() in {choice.label for choice in GRADES}:
            for place, choice in enumerate(GRADES):
                run = etree.SubElement(etree.SubElement(cell, f"{W}p"), f"{W}r")
                etree.SubElement(run, f"{W}t").text = f"{'☒' if place == 1 else '☐'} {choice.label}"


LETTERS = (
    b"From: Avery Sample <avery@example.com>\r\nTo: qa@anyshire.example\r\nSubject: Re: AB-0417\r\n"
    b"Message-ID: <a@example.com>\r\nIn-Reply-To: <b@example.com>\r\nDate: Fri, 20 Nov 2026 10:00:00 +0000\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n\r\n1 good\r\n2 RI\r\n\r\n"
    b"On Fri, 20 Nov 2026, QA wrote:\r\n> 1. Grade\r\n",
    b"From: =?utf-8?q?Zo=C3=AB?= <zoe@example.com>\r\nMIME-Version: 1.0\r\nSubject: =?utf-8?b?VG9vbA==?=\r\n"
    b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: multipart/alternative; boundary=y\r\n\r\n"
    b"--y\r\nContent-Type: text/html; charset=windows-1252\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    b"<html><head><style>p</style></head><body><p>Good=20&amp; more<br>ACK</p><blockquote>old"
    b"</blockquote></body></html>\r\n"
    b"--y--\r\n--x\r\nContent-Type: application/octet-stream; name*=utf-8''t%C3%B6ol.docx\r\n"
    b"Content-Disposition: attachment; filename=\"tool.docx\"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    b"UEsDBA==\r\n--x\r\n"
    b"Content-Type: message/rfc822\r\n\r\nFrom: b@example.com\r\nSubject: inner\r\n\r\nhello\r\n--x--\r\n",
    b"Return-Path: <>\r\nFrom: MAILER-DAEMON\r\nAuto-Submitted: auto-replied\r\n"
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=z\r\n\r\n--z\r\n"
    b"Content-Type: message/delivery-status\r\n\r\nStatus: 5.1.1\r\n\r\n"
    b"Final-Recipient: rfc822; a@example.com\r\n--z--\r\n",
    b"From: a@example.com\r\nContent-Type: text/plain; charset=utf-16\r\n\r\n\xff\xfea\0b\0\r\n"
    b"-----Original Message-----\r\n",
)  # fmt: skip
WORDS = (
    "Good", "RI", "I would say requires improvement", "not good", "Good?", "RI to Good", "overall grade: exceeds good",
    "2 Good", "18/12/2026", "Fri 18 Dec 2026", "18th of December 2026", "ACK AB-0417", "good but not for planning",
    "1 good, 2 RI", "1: good\n2: requires improvement\n3. see comment", "1a Good\n1b yes", "a, c",
    "keep the earlier one", "not relevant", "It is inadequate.", "Good – the record shows it", "AB‑0417 and AB-0418",
)  # fmt: skip


def pdfs() -> tuple[bytes, ...]:
    """A page in rows of label and answer, and a form; everything in it readable, so that damage meets what it says."""
    return _pdf(_page(), ()), _pdf(_page(False), _widgets())


def _rows(answered: bool) -> Iterator[tuple[str, str]]:
    yield f"{REFERENCE} tiny/1", ""
    for step in TINY.steps:
        yield layout.heading(step), ""
        yield layout.HEADERS
        for one in step.fields:
            said = filling.as_typed(TINY, (step.id, one.id), ANSWERS[step.id, one.id])
            yield one.label.replace("(", "").replace(")", ""), _flat_words(said) if answered else ""


def _flat_words(said: Value) -> str:
    return said.replace("\n", " ")[:60] if isinstance(said, str) else "x"


def lines_on_page() -> list[tuple[int, int, str]]:
    """Where each of the lines would stand on a scanned page: left, top and words."""
    rows = enumerate(_rows(True))
    return [
        (100 + 900 * column, 90 + 60 * place, said) for place, row in rows for column, said in enumerate(row) if said
    ]


def _page(answered: bool = True) -> list[str]:
    drawn: list[str] = []
    for place, (label, said) in enumerate(_rows(answered)):
        y = 800 - 24 * place
        drawn += [f"BT /F1 7 Tf 40 {y} Td ({label}) Tj ET", f"BT /F1 7 Tf 320 {y} Td ({said}) Tj ET"]
        drawn.append(f"40 {y - 6} 500 0.5 re f")
    return drawn


def _widgets() -> tuple[str, ...]:
    found: list[str] = []
    for step in TINY.steps:
        for one in step.fields:
            value = ANSWERS[step.id, one.id]
            box = f"/Rect [300 {700 - 20 * len(found)} 500 {716 - 20 * len(found)}]"
            start = f"<< /Type /Annot /Subtype /Widget {box} /TU ({one.label[:20].replace('(', '')})"
            if isinstance(value, tuple):
                found += [
                    f"{start} /FT /Btn /T ({layout.tag(step, one, choice.id)}) /V /Yes /AS /Yes >>"
                    for choice in one.choices
                ]
            else:
                said = str(filling.as_typed(TINY, (step.id, one.id), value))[:30].replace("\n", " ")
                found.append(
                    f"{start} /FT /Tx /T ({layout.tag(step, one)}) /V ({said.replace('(', '').replace(')', '')}) >>"
                )
    return tuple(found)


def _pdf(drawn: list[str], widgets: tuple[str, ...]) -> bytes:
    """By hand, unpacked, a line a thing."""
    content = "\n".join(drawn)
    numbers = " ".join(f"{place} 0 R" for place in range(6, 6 + len(widgets)))
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [ {numbers} ] >> >>"
        if widgets
        else "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [ 3 0 R ] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [ 0 0 595 842 ]\n/Resources << /Font << /F1 5 0 R >> >>\n"
        "/Contents 4 0 R\n"
        f"/Annots [ {numbers} ] >>",
        f"<< /Length {len(content.encode('latin-1', 'replace'))} >>\nstream\n{content}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        *widgets,
    ]
    file, places = b"%PDF-1.7\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(file))
        file += f"{number} 0 obj\n{one}\nendobj\n".encode("latin-1", "replace")
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = (
        f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n<< /Root 1 0 R /Size {len(objects) + 1} >>\n"
    )
    return file + f"{end}startxref\n{len(file)}\n%%EOF\n".encode()
