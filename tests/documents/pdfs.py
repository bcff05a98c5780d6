"""Makes PDFs of tools: through LibreOffice, then printed, turned, marked, locked or made into forms."""

from __future__ import annotations

import io
import struct
import subprocess
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from pypdf import PageObject, PdfReader, PdfWriter, Transformation
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    DecodedStreamObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NumberObject,
    PdfObject,
    TextStringObject,
)

Box = tuple[float, float, float, float]


def printed(folder: Path, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Word files as PDFs, all in one run of LibreOffice."""
    for name, data in files.items():
        (folder / f"{name}.docx").write_bytes(data)
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(folder)]
    paths = [str(folder / f"{name}.docx") for name in files]
    subprocess.run([*command, *paths], check=True, capture_output=True, timeout=240)
    return {name: (folder / f"{name}.pdf").read_bytes() for name in files}


def changed(data: bytes, change: Callable[[PdfWriter], None]) -> bytes:
    writer = PdfWriter(clone_from=io.BytesIO(data))
    change(writer)
    return _bytes(writer)


def _bytes(writer: PdfWriter) -> bytes:
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def scaled(data: bytes, factor: float, right: float = 0, up: float = 0) -> bytes:
    """Printed larger or smaller, and moved on its sheet."""
    return _placed(data, Transformation().scale(factor).translate(right, up), (595, 842))


def on_its_side(data: bytes) -> bytes:
    """Drawn sideways on landscape paper, as some printers do."""
    return _placed(data, Transformation().rotate(90).translate(842, 0), (842, 595))


def _placed(data: bytes, how: Transformation, size: tuple[float, float]) -> bytes:
    writer = PdfWriter()
    for page in PdfReader(io.BytesIO(data)).pages:
        sheet = PageObject.create_blank_page(writer, *size)
        sheet.merge_transformed_page(page, how)
        writer.add_page(sheet)
    return _bytes(writer)


def two_on_a_sheet(data: bytes) -> bytes:
    pages, writer = list(PdfReader(io.BytesIO(data)).pages), PdfWriter()
    for start in range(0, len(pages), 2):
        sheet = PageObject.create_blank_page(writer, 842, 595)
        for place, page in enumerate(pages[start : start + 2]):
            sheet.merge_transformed_page(page, Transformation().scale(0.7).translate(421 * place, 0))
        writer.add_page(sheet)
    return _bytes(writer)


def turned(data: bytes, degrees: int) -> bytes:
    """Turned in a viewer and saved."""

    def turn(writer: PdfWriter) -> None:
        for page in writer.pages:
            page.rotate(degrees)

    return changed(data, turn)


def with_pages(data: bytes, places: Sequence[int]) -> bytes:
    """Only these of its pages, in this order."""
    pages, writer = PdfReader(io.BytesIO(data)).pages, PdfWriter()
    for place in places:
        writer.add_page(pages[place])
    return _bytes(writer)


def how_many_pages(data: bytes) -> int:
    return len(PdfReader(io.BytesIO(data)).pages)


def where(data: bytes, words: str) -> tuple[int, Box]:
    """The page, from 0, and the place of these words, where they first stand."""
    file = pdfium.PdfDocument(data)
    for place, page in enumerate(file):
        text = page.get_textpage()
        if found := text.search(words).get_next():
            boxes = [text.get_charbox(at, loose=True) for at in range(found[0], found[0] + found[1])]
            left, bottom, right, top = zip(*boxes, strict=True)
            return place, (min(left), min(bottom), max(right), max(top))
    raise LookupError(words)


def marked(data: bytes, kind: str, words: str) -> bytes:
    """With a mark of this kind on these words, as a viewer makes it."""
    place, box = where(data, words)
    entries: dict[str, PdfObject] = {"/C": _numbers((1, 0, 0)), "/Contents": TextStringObject("mine")}
    return changed(data, lambda writer: _annotate(writer, place, kind, box, entries))


def _annotate(writer: PdfWriter, place: int, kind: str, box: Box, entries: Mapping[str, PdfObject]) -> None:
    note = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Annot"),
            NameObject("/Subtype"): NameObject(kind),
            NameObject("/Rect"): _numbers(box),
            NameObject("/F"): NumberObject(4),
            **{NameObject(name): entry for name, entry in entries.items()},
        }
    )
    page = writer.pages[place]
    notes = page.setdefault(NameObject("/Annots"), ArrayObject())
    held = writer._add_object(note)
    notes.get_object().append(held)
    if kind == "/Widget":
        writer.root_object["/AcroForm"]["/Fields"].append(held)


def _numbers(values: Sequence[float]) -> ArrayObject:
    return ArrayObject(FloatObject(value) for value in values)


def form(
    data: bytes,
    fields: Mapping[str, tuple[str, Box, str | bool, str | bool]],
    drawn_anew: bool = False,
    xfa: bool = False,
) -> bytes:
    """With a form on its pages: by name a page, a place, what it holds and what it shows.

    The page is given by words that stand on it.
    """

    def fill(writer: PdfWriter) -> None:
        entries = {NameObject("/Fields"): ArrayObject(), NameObject("/NeedAppearances"): BooleanObject(drawn_anew)}
        if xfa:
            entries[NameObject("/XFA")] = _stream(writer, "<xdp/>", (0, 0, 1, 1))
        writer.root_object[NameObject("/AcroForm")] = DictionaryObject(entries)
        for name, (page, box, holds, shows) in fields.items():
            _annotate(writer, int(page), "/Widget", box, _widget(writer, name, box, holds, shows))

    return changed(data, fill)


def _widget(writer: PdfWriter, name: str, box: Box, holds: str | bool, shows: str | bool) -> dict[str, PdfObject]:
    if isinstance(holds, bool):
        states = {"/Yes": "BT /ZaDb 9 Tf 1 1 Td (4) Tj ET", "/Off": ""}
        drawn = {NameObject(state): _stream(writer, content, box) for state, content in states.items()}
        return {
            "/FT": NameObject("/Btn"),
            "/T": TextStringObject(name),
            "/V": NameObject("/Yes" if holds else "/Off"),
            "/AS": NameObject("/Yes" if shows else "/Off"),
            "/AP": DictionaryObject({NameObject("/N"): DictionaryObject(drawn)}),
        }
    lines = " ".join(f"({line}) Tj T*" for line in str(shows).split("\n"))
    appearance = _stream(writer, f"BT /Helv 9 Tf 11 TL 1 {box[3] - box[1] - 10} Td {lines} ET" if shows else "", box)
    return {
        "/FT": NameObject("/Tx"),
        "/T": TextStringObject(name),
        "/V": TextStringObject(holds),
        "/AP": DictionaryObject({NameObject("/N"): appearance}),
    }


def _stream(writer: PdfWriter, content: str, box: Box) -> PdfObject:
    fonts = {"/Helv": "/Helvetica", "/ZaDb": "/ZapfDingbats"}
    stream = DecodedStreamObject()
    stream.set_data(content.encode("latin-1"))
    stream.update(
        {
            NameObject("/Type"): NameObject("/XObject"),
            NameObject("/Subtype"): NameObject("/Form"),
            NameObject("/BBox"): _numbers((0, 0, box[2] - box[0], box[3] - box[1])),
            NameObject("/Resources"): DictionaryObject(
                {
                    NameObject("/Font"): DictionaryObject(
                        {
                            NameObject(name): DictionaryObject(
                                {
                                    NameObject("/Type"): NameObject("/Font"),
                                    NameObject("/Subtype"): NameObject("/Type1"),
                                    NameObject("/BaseFont"): NameObject(font),
                                }
                            )
                            for name, font in fonts.items()
                        }
                    )
                }
            ),
        }
    )
    return writer._add_object(stream)


def pictures_of(data: bytes, dots: int = 200, words: bool = False) -> bytes:
    """The same pages as pictures; with `words`, those that a scanner recognised lie hidden behind them."""
    source, scan = pdfium.PdfDocument(data), pdfium.PdfDocument.new()
    for page in source:
        wide, high = page.get_size()
        picture = pdfium.PdfImage.new(scan)
        picture.set_bitmap(page.render(scale=dots / 72, grayscale=True))
        picture.set_matrix(pdfium.PdfMatrix().scale(wide, high))
        sheet = scan.new_page(wide, high)
        sheet.insert_obj(picture)
        sheet.gen_content()
    file = io.BytesIO()
    scan.save(file)
    return _with_hidden_words(file.getvalue(), data) if words else file.getvalue()


def _with_hidden_words(scan: bytes, data: bytes) -> bytes:
    pages = PdfReader(io.BytesIO(data)).pages

    def add(writer: PdfWriter) -> None:
        for sheet, page in zip(writer.pages, pages, strict=True):
            sheet.merge_page(page, over=False)

    return changed(scan, add)


def as_curves(data: bytes) -> bytes:
    """Its letters as drawings: nothing that is text is left."""
    file = pdfium.PdfDocument(data)
    for page in file:
        for piece in list(page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_TEXT])):
            page.remove_obj(piece)
        page.gen_content()
    out = io.BytesIO()
    file.save(out)
    return out.getvalue()


def locked(data: bytes, user: str) -> bytes:
    return changed(data, lambda writer: writer.encrypt(user, "owner", algorithm="AES-256"))


def drawn(content: str, size: tuple[float, float] = (595, 842), pages: int = 1) -> bytes:
    """A page of our own making, from its drawing commands; F1 is Helvetica."""
    writer = PdfWriter()
    for _ in range(pages):
        sheet = writer.add_blank_page(*size)
        font = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
        named = DictionaryObject({NameObject(name): NameObject(entry) for name, entry in font.items()})
        sheet[NameObject("/Resources")] = DictionaryObject(
            {NameObject("/Font"): DictionaryObject({NameObject("/F1"): named})}
        )
        stream = DecodedStreamObject()
        stream.set_data(content.encode("latin-1"))
        sheet[NameObject("/Contents")] = writer._add_object(stream)
    return _bytes(writer)


def flattened(data: bytes) -> bytes:
    """Its form made part of its pages."""
    file = pdfium.PdfDocument(data)
    for page in file:
        pdfium_c.FPDFPage_Flatten(page.raw, pdfium_c.FLAT_NORMALDISPLAY)
    out = io.BytesIO()
    file.save(out)
    return out.getvalue()


def replaced(data: bytes, place: int, page: bytes) -> bytes:
    """With another page in the place of one of its own."""
    pages, writer = list(PdfReader(io.BytesIO(data)).pages), PdfWriter()
    pages[place] = PdfReader(io.BytesIO(page)).pages[0]
    for one in pages:
        writer.add_page(one)
    return _bytes(writer)


def without_meanings(data: bytes) -> bytes:
    """With fonts that do not say which letters their signs are."""

    def strip(writer: PdfWriter) -> None:
        for one in writer._objects:
            if isinstance(one, DictionaryObject) and one.get("/Type") == "/Font":
                one.pop("/ToUnicode", None)

    return changed(data, strip)


def as_png(data: bytes, place: int, dots: int = 200) -> bytes:
    """One page as a picture of its own."""
    picture = pdfium.PdfDocument(data)[place].render(scale=dots / 72, grayscale=True)
    wide, high, stride, points = picture.width, picture.height, picture.stride, bytes(picture.buffer)
    rows = b"".join(b"\0" + points[row * stride : row * stride + wide] for row in range(high))

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", wide, high, 8, 0, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body
