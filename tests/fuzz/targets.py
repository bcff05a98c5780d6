"""Every door that bytes of strangers come through, each as one function that raises only where something is wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.fuzz import damage, files, packed, post, room, seeds

Mutate = Callable[[bytes, int, int], bytes]
"""Bytes, how many there may be at most, and a seed."""


@dataclass(frozen=True)
class Target:
    """`one` is tried with one input; `begin` gives the first ones; `share` is its part of the time."""

    name: str
    one: Callable[[bytes], None]
    begin: Callable[[], Sequence[bytes]]
    mutate: Mutate
    most: int = 4_000
    share: int = 2


def _bodies() -> list[bytes]:
    return [one.partition(b"\r\n\r\n")[2] for one in seeds.LETTERS]


_ALL = (
    Target("vetting", files.vetting, files.vetting_begins, files.vetting_mutates, most=60_000, share=3),
    Target("word", files.word, seeds.word_files, damage.damaged_zip, most=250_000, share=4),
    Target("layers", files.layers, seeds.bodies, files.xml_mutates, most=200_000, share=6),
    Target("pdf", files.pdf, seeds.pdfs, files.pdf_mutates, most=30_000, share=4),
    Target("scan", files.scanned, files.scan_begins, files.scan_mutates, most=20_000, share=3),
    Target("child", files.child, files.child_begins, files.child_mutates, most=60_000),
    Target("room", room.one, room.begin, room.mutate, most=250_000, share=5),
    Target("winmail", packed.winmail, packed.winmail_begins, packed.mutates, most=6_000, share=3),
    Target("item", packed.item, packed.item_begins, packed.mutates, most=20_000, share=3),
    Target("packed", packed.letter, packed.letter_begins, packed.mutates, most=8_000),
    Target("letter", post.letter, lambda: seeds.LETTERS, post.letter_mutates, most=6_000),
    Target("bodies", post.long_letter, _bodies, post.letter_mutates, share=1),
    Target("form", post.form, post.form_begins, post.form_mutates, most=6_000, share=4),
    Target("meanings", post.meanings, post.word_list, post.words_mutate, most=300),
    Target("answers", post.understood, post.word_list, post.words_mutate, most=300),
    Target("replies", post.replies, post.word_list, post.words_mutate, most=600, share=3),
    Target("note", post.note, post.word_list, post.words_mutate, most=300, share=1),
)
TARGETS = {one.name: one for one in _ALL}
