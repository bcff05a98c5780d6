"""What was packed comes out as it was put in, whatever it was called; and nothing else comes out."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from documents import guard
from documents.attached import ELSEWHERE_MARK, MOST_WORDS, UNREAD_WORDS
from documents.guard import Kind
from tests.documents import packed
from tests.documents.packed import File, Letter

NAMES = st.text(st.characters(blacklist_categories=("Cs", "Cc"), max_codepoint=0xFFFF), min_size=1, max_size=60)
FILES = st.lists(st.tuples(NAMES, st.binary(max_size=6000)), max_size=10)
PACKS = {"winmail.dat": packed.tnef, "a.msg": packed.msg}
A_TOOL = File("tool.docx", b"PK\x03\x04 and more")


def opened(data: bytes) -> list[tuple[str, bytes]]:
    return [(one.name, one.data) for one in guard.vet_letter(data, guard.kind(data, "x")).files]


@pytest.mark.parametrize("name", PACKS)
@given(FILES, st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=300))
@settings(max_examples=60, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_was_put_in_comes_out(name: str, given_files: list[tuple[str, bytes]], words: str) -> None:
    files = [(called, b"PK\x03\x04" + content) for called, content in given_files]
    data = PACKS[name](Letter(words, tuple(File(*one) for one in files)))
    found = guard.vet_letter(data, guard.kind(data, name))
    assert [(one.name, one.data) for one in found.files] == files
    assert found.words == words.strip()


@given(st.binary(max_size=30_000), st.booleans())
@settings(max_examples=60, derandomize=True, database=None, deadline=None)
def test_a_signed_file_comes_out_as_it_was(content: bytes, in_pieces: bool) -> None:
    data = packed.signed(packed.eml(Letter("Hello.", (File("a.docx", b"PK\x03\x04" + content),))), in_pieces)
    assert guard.kind(data, "smime.p7m") is Kind.SIGNED_LETTER
    assert opened(data) == [("a.docx", b"PK\x03\x04" + content)]


@pytest.mark.parametrize("pack", [packed.tnef, packed.msg])
def test_a_link_is_told_from_a_file(pack: Callable[[Letter], bytes]) -> None:
    assert opened(pack(Letter("", (File("far.docx", method=7), A_TOOL)))) == [
        ("far.docx", ELSEWHERE_MARK),
        (A_TOOL.name, A_TOOL.data),
    ]


@pytest.mark.parametrize("pack", [packed.tnef, packed.msg])
def test_words_in_rich_text_alone_are_known_to_be_there(pack: Callable[[Letter], bytes]) -> None:
    data = pack(Letter(formatted=b"LZFu" + bytes(30)))
    assert guard.vet_letter(data, guard.kind(data, "")).words == UNREAD_WORDS


def test_endless_words_are_cut() -> None:
    data = packed.msg(Letter("word " * 100_000))
    assert len(guard.vet_letter(data, Kind.OUTLOOK_ITEM).words) <= MOST_WORDS


def test_padding_behind_a_winmail_dat_is_no_damage() -> None:
    assert opened(packed.tnef(Letter("", (A_TOOL,))) + b"\r\n\0\0") == [(A_TOOL.name, A_TOOL.data)]


@pytest.mark.parametrize("before", [b"", b"From somebody Mon Nov 23 09:00:00 2026\r\n", b"\r\n", b"\xef\xbb\xbf"])
def test_a_letter_is_known_by_its_headers(before: bytes) -> None:
    assert opened(before + packed.eml(Letter("Hello.", (A_TOOL,)))) == [(A_TOOL.name, A_TOOL.data)]


def test_a_forwarded_letter_that_was_encoded_whole_is_opened_too() -> None:
    inner = base64.encodebytes(packed.eml(Letter("Hello.", (A_TOOL,))))
    data = b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n" + inner
    assert opened(data) == [(A_TOOL.name, A_TOOL.data)]


def test_a_picture_that_was_pasted_into_a_saved_letter_holds_no_tool_back() -> None:
    drawn = {"__properties_version1.0": bytes(8), "__substg1.0_3701000D": {"CONTENTS": b"a picture"}}
    tool = {"__properties_version1.0": bytes(8), "__substg1.0_37010102": A_TOOL.data}
    attached = {"__attach_version1.0_#00000000": drawn, "__attach_version1.0_#00000001": tool}
    assert opened(packed.compound({"__properties_version1.0": bytes(32), **attached})) == [("", A_TOOL.data)]
