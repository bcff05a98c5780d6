"""Opens a letter that lies in a letter, in whichever of four ways it is packed, within the caps of a zip."""

from __future__ import annotations

from documents import mime_letter, outlook_item, signed_letter, tnef
from documents.attached import Opened
from documents.kinds import Kind
from documents.unreadable import Unreadable

MOST_FILES = 10
MOST_TOGETHER = 60_000_000


def vet_letter(data: bytes, kind: Kind) -> Opened:
    """The files in it that may be tools, each still to be vetted, and its words. Raises Unreadable."""
    if kind is Kind.TNEF:
        found = tnef.read(data)
    elif kind is Kind.OUTLOOK_ITEM:
        found = outlook_item.read(data)
    elif kind is Kind.SIGNED_LETTER:
        found = mime_letter.read(signed_letter.content(data))
    elif kind is Kind.MIME_LETTER:
        found = mime_letter.read(data)
    else:
        raise ValueError(kind)
    if len(found.files) > MOST_FILES:
        raise Unreadable(f"it is a letter with more than {MOST_FILES} files. Please send fewer at a time.")
    if sum(len(one.data) for one in found.files) > MOST_TOGETHER:
        raise Unreadable("it unpacks to far more than a letter with tools does.")
    return found
