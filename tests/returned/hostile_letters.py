"""Letters in a letter that mean harm, each with the sentence that it is refused with."""

from __future__ import annotations

import struct

from documents import mime_letter, outlook_item, signed_letter, tnef
from tests.documents import packed
from tests.documents.packed import File, Letter
from tests.returned import hostile
from tests.returned.hostile import BLANK, DAMAGED, LOCKED, MACROS, PROGRAM, Hostile

NOTHING = "it is a letter without a tool in it. Please attach the tool itself."
MANY = "it is a letter with more than 10 files. Please send fewer at a time."
FAR_MORE = "it is a letter with far more in it than a letter has."
OVERLAID = "its parts lie over each other, which no honest file does."
LINK = "it is a link to a file, and the file did not come with it. Please attach the file itself."
PURVIEW = "it is encrypted by Microsoft 365, and I cannot open it. Please send it again without encryption."
CUT = "it is damaged, or a file of an old Office program other than Word. Please send the Word tool."
OBJECT = "it is a letter with a document embedded in its text. Please attach the tool itself."
NESTED_ZIP = "it is an archive inside an archive. Please attach the tool itself."

ONE = Letter("See attached.", (File("tool.docx", BLANK),))
EMPTY = Letter("Nothing here.")
START = struct.pack("<IH", 0x223E9F78, 17)


def in_each_other(levels: int) -> Letter:
    letter = ONE
    for _ in range(levels):
        letter = Letter("Forwarded.", (File("passed on", letter=letter),))
    return letter


def with_files(many: int) -> Letter:
    return Letter("Here.", tuple(File(f"{place}.docx", BLANK) for place in range(many)))


def holding(data: bytes, name: str = "tool.docx", method: int = 1) -> Letter:
    return Letter("See attached.", (File(name, data, method),))


def wrong_checksum() -> bytes:
    data = bytearray(packed.tnef(ONE))
    data[data.index(BLANK) + 500] ^= 1
    return bytes(data)


def huge_length() -> bytes:
    return START + packed.attribute(2, 0x00069002, bytes(14)) + packed.attribute(2, 0x6800F, b"x", length=0xFFFFFFF0)


def many_attributes() -> bytes:
    return START + packed.attribute(1, 0x00089006, b"\0\0\1\0") * 30_000


def many_properties() -> bytes:
    return START + packed.attribute(1, 0x00069003, struct.pack("<I", 0xFFFFFFFF) + bytes(4000))


def endless_values() -> bytes:
    several = struct.pack("<IHHI", 1, 0x1003, 0x1234, 0xFFFFFFFF) + bytes(4000)
    return START + packed.attribute(1, 0x00069003, several)


def all_over_each_other() -> bytes:
    """Ten attachments of which each begins a little further in the bytes of the first."""
    files = (File("0.docx", bytes(40_000)), *(File(f"{n}.docx", bytes(5000)) for n in range(1, 10)))
    data = bytearray(packed.msg(Letter("Here.", files)))
    name = "__substg1.0_37010102".encode("utf-16-le").ljust(64, b"\0")
    places = [at for at in range(0, len(data), 128) if data[at : at + 64] == name]
    first = next(at for at in places if struct.unpack_from("<Q", data, at + 120)[0] == 40_000)
    start = struct.unpack_from("<I", data, first + 116)[0]
    for n, at in enumerate(sorted(places, key=lambda at: at != first)):
        struct.pack_into("<IQ", data, at + 116, start + n, 40_000 - 512 * n)
    return bytes(data)


def round_in_circles() -> bytes:
    """A table of sectors in which each follows the other."""
    data = bytearray(packed.msg(ONE))
    table = 512 + struct.unpack_from("<I", data, 76)[0] * 512
    for place in range(128):
        struct.pack_into("<I", data, table + 4 * place, (place + 1) % 2)
    return bytes(data)


def many_entries() -> bytes:
    files = {f"__substg1.0_{n:08X}": b"" for n in range(1000, 9500)}
    deep: packed.Tree = {"__properties_version1.0": bytes(32), **{f"s{n}": {} for n in range(9)}}
    return packed.compound({**deep, **{f"s{n}": dict(list(files.items())[n * 900 : n * 900 + 900]) for n in range(9)}})


def an_object() -> bytes:
    place = {"__properties_version1.0": bytes(8), "__substg1.0_3701000D": {"Package": b"x"}}
    return packed.compound({"__properties_version1.0": bytes(32), "__attach_version1.0_#00000000": place})


def many_parts() -> bytes:
    part = b"--b\r\nContent-Type: application/octet-stream\r\n\r\nx\r\n"
    return b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + part * 20_000 + b"--b--\r\n"


def parts_in_parts() -> bytes:
    return b"From: a@b.example\r\n" + b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(3000)
    )


def zip_in_letter_in_zip() -> bytes:
    inner = hostile.zipped({"a.docx": BLANK})
    return hostile.zipped({"a.eml": packed.eml(holding(inner, "b.zip"))})


def macros() -> bytes:
    return hostile.with_macros(honest=False)


def locked() -> bytes:
    return packed.compound({"EncryptedPackage": bytes(5000), "EncryptionInfo": b"x"})


def a_signature() -> bytes:
    nothing = packed.der(0x30, packed.der(6, bytes.fromhex("2a864886f70d010701")))
    return packed.cms(2, packed.der(0x30, packed.der(2, b"\1") + packed.der(0x31, b"") + nothing))


LETTERS: dict[str, Hostile] = {
    # winmail.dat
    "winmail.dat cut off": Hostile("winmail.dat", lambda: packed.tnef(ONE)[:-2000], tnef.DAMAGED),
    "winmail.dat with another checksum": Hostile("winmail.dat", wrong_checksum, tnef.DAMAGED),
    "winmail.dat that claims 4 GB": Hostile("winmail.dat", huge_length, tnef.DAMAGED),
    "winmail.dat of 30,000 parts": Hostile("winmail.dat", many_attributes, tnef.DAMAGED),
    "winmail.dat of 4 billion properties": Hostile("winmail.dat", many_properties, tnef.DAMAGED),
    "winmail.dat of 4 billion values": Hostile("winmail.dat", endless_values, tnef.DAMAGED),
    "winmail.dat and more": Hostile("winmail.dat", lambda: packed.tnef(ONE) + BLANK, tnef.DAMAGED),
    "winmail.dat with nothing": Hostile("winmail.dat", lambda: packed.tnef(EMPTY), NOTHING),
    "winmail.dat of eleven files": Hostile("winmail.dat", lambda: packed.tnef(with_files(11)), MANY),
    "program in a winmail.dat": Hostile("winmail.dat", lambda: packed.tnef(holding(b"MZ\x90\0" * 100)), PROGRAM),
    "locked tool in a winmail.dat": Hostile("winmail.dat", lambda: packed.tnef(holding(locked())), LOCKED),
    "macros in a winmail.dat": Hostile("winmail.dat", lambda: packed.tnef(holding(macros())), MACROS),
    "link in a winmail.dat": Hostile("winmail.dat", lambda: packed.tnef(holding(b"", method=7)), LINK),
    "winmail.dat in one, five deep": Hostile(
        "winmail.dat", lambda: packed.tnef(in_each_other(5)), outlook_item.TOO_DEEP
    ),
    # .msg
    "item cut off": Hostile("a.msg", lambda: packed.msg(ONE)[:-700], outlook_item.DAMAGED),
    "item cut in half": Hostile("a.msg", lambda: packed.msg(ONE)[:-3000], CUT),
    "item in name only": Hostile("a.msg", lambda: hostile.compound("__substg1.0_0037001F"), outlook_item.DAMAGED),
    "item that goes round in circles": Hostile("a.msg", round_in_circles, outlook_item.DAMAGED),
    "item whose files are one": Hostile("a.msg", all_over_each_other, OVERLAID),
    "item of 8,000 entries": Hostile("a.msg", many_entries, FAR_MORE),
    "item of eleven files": Hostile("a.msg", lambda: packed.msg(with_files(11)), MANY),
    "item with nothing": Hostile("a.msg", lambda: packed.msg(EMPTY), NOTHING),
    "item with an object": Hostile("a.msg", an_object, OBJECT),
    "item in an item, five deep": Hostile("a.msg", lambda: packed.msg(in_each_other(5)), outlook_item.TOO_DEEP),
    "locked tool in an item": Hostile("a.msg", lambda: packed.msg(holding(locked())), LOCKED),
    "macros in an item": Hostile("a.msg", lambda: packed.msg(holding(macros())), MACROS),
    "link in an item": Hostile("a.msg", lambda: packed.msg(holding(b"", method=7)), LINK),
    # letters as they travel
    "letter with nothing": Hostile("a.eml", lambda: packed.eml(EMPTY), NOTHING),
    "letter in a letter, five deep": Hostile("a.eml", lambda: packed.eml(in_each_other(5)), outlook_item.TOO_DEEP),
    "letter of 20,000 parts": Hostile("a.eml", many_parts, FAR_MORE),
    "parts in parts in parts": Hostile("a.eml", parts_in_parts, mime_letter.DAMAGED),
    "zip in a letter in a zip": Hostile("a.zip", zip_in_letter_in_zip, NESTED_ZIP),
    "damaged tool in a letter": Hostile("a.eml", lambda: packed.eml(holding(BLANK[:3000])), DAMAGED),
    # sealed
    "encrypted letter": Hostile("smime.p7m", lambda: packed.cms(3, bytes(800)), signed_letter.ENCRYPTED),
    "signature without a letter": Hostile("smime.p7m", a_signature, signed_letter.NO_LETTER),
    "signed letter cut off": Hostile("smime.p7m", lambda: packed.signed(packed.eml(ONE))[:-500], signed_letter.DAMAGED),
    "PGP": Hostile("tool.docx.pgp", lambda: b"\x85\x01\x0c\x03" + bytes(300), signed_letter.ENCRYPTED),
    "letter that Microsoft 365 encrypted": Hostile(
        "message.rpmsg", lambda: bytes.fromhex("76e80460c411e386") + bytes(300), PURVIEW
    ),
}
