"""Letters as values, whatever their bytes (G04)."""

from __future__ import annotations

import base64
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail import letters
from mail.bodies import own_words

_PIECES = st.sampled_from(
    [
        b"From: ", b"To: ", b"Subject: ", b"Date: ", b"Message-ID: ", b"References: ", b"Content-Type: ",
        b"Content-Disposition: ", b"Content-Transfer-Encoding: base64", b"multipart/mixed", b"multipart/report",
        b"message/rfc822", b"text/html", b"text/plain", b"; boundary=b", b"; charset=utf-16", b"; charset=nonsense",
        b"; filename*=utf-8''%FF", b"; filename*0*=x", b"\r\n--b\r\n", b"\r\n--b--\r\n", b"\r\n", b"\r\n\r\n", b"\n",
        b"a@b.example", b"<", b">", b"@", b",", b'"', b"=?utf-8?q?=FF?=", b"=?x?b?%%?=", b"\0", b"\x80\xff", b"<p>",
        b"<blockquote>", b"&#x110000;", b"<![", b"On x\nwrote:\n", b"> ", b"-- \n",
    ]
)  # fmt: skip


@given(st.one_of(st.binary(max_size=400), st.lists(_PIECES, max_size=60).map(b"".join)))
def test_no_bytes_are_too_odd(raw: bytes) -> None:
    letter = letters.parse(raw)
    kept = (letter.message_id, letter.sender, letter.subject, letter.text, letter.own, *letter.answers, *letter.to)
    for words in kept:
        assert "\0" not in words
        words.encode()
    assert len(letter.message_id) <= 900
    identity = letters.identity(raw)
    assert len(identity.fingerprint) == 64
    assert letter.sender in ("", identity.sender) and letter.message_id in ("", identity.message_id)


def test_a_character_set_that_is_no_text_is_survived() -> None:
    letter = letters.parse(b"From: a@b.example\r\nSubject: =?ut\x93-8?b?VG9vbA==?=\r\n\r\nHere is my tool.")
    assert (letter.sender, letter.text) == ("a@b.example", "Here is my tool.")


@given(st.text(max_size=80))
def test_own_words_come_from_the_letter(text: str) -> None:
    assert set(own_words(text).split()) <= set(text.split())


def test_deeply_nested_parts_are_survived() -> None:
    raw = b"From: a@b.example\r\n"
    for depth in range(3000):
        raw += b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (depth, depth)
    assert letters.identity(raw).fingerprint


@pytest.mark.parametrize(
    ("header", "sender"),
    [
        ("Avery <a@b.example>", "a@b.example"),
        ('"Sample, Avery" <A@B.example>', "a@b.example"),
        ("A Sample (TW) <a@b.example>", "a@b.example"),
        ("a@b.example", "a@b.example"),
        ("=?utf-8?q?x=40y.example?= <a@b.example>", "a@b.example"),
        ("a@b.example, c@d.example", ""),
        ("c@d.example <a@b.example>", ""),
        ("a@b.example)c@d.example", ""),
        ("team: a@b.example;", ""),
        ("ä@b.example", ""),
        ("", ""),
    ],
)
def test_one_sender_or_none(header: str, sender: str) -> None:  # L02
    assert letters.parse(f"From: {header}\r\n\r\nhello".encode()).sender == sender


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("ACK\n\nOn Mon, 23 Nov 2026 at 09:00, QA <q@t.example> wrote:\n> Reply ACK\n", "ACK"),
        ("Ack\n\nOn Mon, 23 Nov 2026 at 09:00, QA <q@t.example>\nwrote:\n\n> Reply ACK\n\nbelow", "Ack\n\nbelow"),
        ("Yes\n\n-----Original Message-----\nFrom: QA\nNo\n", "Yes"),
        ("Yes\n\nFrom: QA <q@t.example>\nSent: Monday\nTo: me\nSubject: x\n\nNo\n", "Yes"),
        ("Yes\n________________________________\nFrom: QA <q@t.example>\nSent: Monday\nNo\n", "Yes"),
        ("Yes\n-- \nAvery Sample\nTeam\n", "Yes"),
        ("Yes\n\nSent from my phone\n", "Yes"),
        ("Yes\n\nThis email and any attachments are confidential.\n", "Yes"),
        ("From: the start I was worried.\nIt went on.", "From: the start I was worried.\nIt went on."),
        ("> Which?\n\nGood\n\n> And voice?\n\nRI", "Good\n\nRI"),
    ],
)
def test_own_words_without_the_quoted(text: str, own: str) -> None:
    assert own_words(text) == own


def test_the_fingerprint_is_from_date_and_files() -> None:
    one = b"From: a@b.example\r\nDate: Mon, 23 Nov 2026 09:00:00 +0000\r\nMessage-ID: <1@b>\r\nSubject: %s\r\n\r\n%s"
    assert letters.identity(one % (b"x", b"same")).fingerprint == letters.identity(one % (b"y", b"same")).fingerprint
    assert letters.identity(one % (b"x", b"same")).fingerprint != letters.identity(one % (b"x", b"other")).fingerprint


def _said(words: bytes, kind: bytes) -> bytes:
    return b"Content-Type: %s\r\nContent-Transfer-Encoding: base64\r\n\r\n%s" % (kind, base64.encodebytes(words))


def _in_parts(parts: list[bytes]) -> bytes:
    return b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" + b"\r\n--b\r\n".join(parts) + b"\r\n--b--\r\n"


_LONG_BASE64 = base64.encodebytes(bytes(range(256)) * 40)
_FILE_IN = (
    b"Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n"
    b"Content-Disposition: attachment;\r\n filename=a.pdf\r\n\r\n"
)


@pytest.mark.parametrize("newline", [b"\r\n", b"\n"])
@pytest.mark.parametrize(
    ("coded", "file"),
    [
        (_LONG_BASE64, bytes(range(256)) * 40),
        (base64.b64encode(b"one line"), b"one line"),
        (b"", b""),
        (base64.encodebytes(b"a" * 400) + b"\n\n", b"a" * 400),
        (b"  " + base64.encodebytes(b"a" * 57), b"a" * 57),
    ],
)
def test_a_file_is_what_was_sent_however_its_lines_are_broken(coded: bytes, file: bytes, newline: bytes) -> None:
    raw = b"From: a@b.example\r\n" + _in_parts([b"\r\nDone.", _FILE_IN + coded])
    letter = letters.parse(raw.replace(b"\r\n", b"\n").replace(b"\n", newline))
    assert [one.data for one in letter.attachments] == [file]
    assert letter.text == "Done."


def test_words_that_look_like_the_head_of_a_file_stay_words() -> None:
    said = b"\r\nIt began with\r\n\r\nContent-Transfer-Encoding: base64\r\n\r\nand then\r\nI was stuck."
    letter = letters.parse(b"From: a@b.example\r\n" + _in_parts([said, _FILE_IN + _LONG_BASE64]))
    assert letter.text.endswith("base64\n\nand then\nI was stuck.")
    assert [len(one.data) for one in letter.attachments] == [256 * 40]


_PATIENCE = 8
"""Seconds for a letter that was made to keep us busy. Each took a minute or far more; an honest one takes none."""


@pytest.mark.parametrize(
    "made_to_hurt",
    [
        pytest.param(_said(b"a" * 500_000 + b"-" + b"b" * 500_000, b"text/plain; charset=punycode"), id="punycode"),
        pytest.param(b"X-Failed-Recipients: " + b"\r\n ".join([b"a" * 990] * 5_000) + b"\r\n\r\nhi", id="many lines"),
        pytest.param(b"X-Failed-Recipients: " + b"a" * 800_000 + b"\r\n\r\nhi", id="one long line"),
        pytest.param(b"Content-Type: text/plain;" + b'\r\n "'.join([b";" * 900] * 1_500) + b"\r\n\r\nhi", id="quotes"),
        pytest.param(_in_parts([_said(b"<b>x" * 250_000, b"text/html")] * 12), id="pages"),
        pytest.param(b"\r\n" + b"Content-Transfer-Encoding: base64\r\n\r\nx" * 200_000, id="heads of files"),
        pytest.param(
            b"\r\n" + (b"Content-Transfer-Encoding: base64\r\n" + b"X: %s\r\n" % (b"a" * 290)) * 40_000, id="long heads"
        ),
        pytest.param(b"\r\n" + b"content-transfer-encoding:base64\n" * 400_000, id="heads without a file"),
        pytest.param(_in_parts([b"\n\nx"] * 400_000), id="tiny parts"),
        pytest.param(_in_parts([b"\n\nx"] * 400_000).replace(b"\r\n", b"\r"), id="tiny parts on other lines"),
        pytest.param(b"Content-Type: message/delivery-status\r\n\r\n" + b"a: b\n\n" * 400_000, id="tiny reports"),
        pytest.param(b"a:b\n" * 2_000_000, id="tiny headers"),
        pytest.param(_in_parts([b"a:b\n" * 2_000_000]), id="tiny headers of a part"),
    ],
)
def test_no_letter_keeps_the_others_waiting(made_to_hurt: bytes) -> None:
    """All letters are taken in one after the other: one that anybody may send must not stop the inbox."""
    begun = time.process_time()
    letter = letters.parse(b"From: a@b.example\r\nSubject: Hello\r\n" + made_to_hurt)
    assert time.process_time() - begun < _PATIENCE
    assert (letter.sender, letter.subject) == ("a@b.example", "Hello")
    begun = time.process_time()
    assert letters.identity(b"From: a@b.example\r\nSubject: Hello\r\n" + made_to_hurt).sender == "a@b.example"
    assert time.process_time() - begun < _PATIENCE


def test_a_letter_in_too_many_parts_is_known_by_all_of_its_bytes() -> None:
    head = b"From: a@b.example\r\nMessage-ID: <1@b>\r\nSubject: Hello\r\n"
    one, other = (head + _in_parts([b"\r\n\r\nACK"] * 3_000 + [last]) for last in (b"\r\n\r\nx", b"\r\n\r\ny"))
    assert letters.identity(one) == letters.identity(one)
    assert letters.identity(one).fingerprint != letters.identity(other).fingerprint
    letter = letters.parse(one)
    assert letter.is_unsplit
    assert (letter.sender, letter.message_id, letter.text, letter.own) == ("a@b.example", "<1@b>", "", "")
    assert not letters.parse(head + _in_parts([b"\r\n\r\nACK"] * 1_500)).is_unsplit


@pytest.mark.parametrize(
    "kind", ["rfc822", "global", "news", "partial", "delivery-status", "what-comes-next", "RFC822"]
)
def test_words_of_a_letter_in_a_letter_are_nobodys_answer(kind: str) -> None:
    inner = b"Content-Type: message/%s\r\n\r\nFrom: c@d.example\r\nContent-Type: text/plain\r\n\r\nACK\r\n"
    letter = letters.parse(b"From: a@b.example\r\n" + _in_parts([b"\r\nSee below.", inner % kind.encode()]))
    assert (letter.text, letter.own) == ("See below.", "See below.")
    assert [one.content_type for one in letter.attachments] == [f"message/{kind.lower()}"]


def test_letters_without_a_message_id_are_told_apart_by_what_they_say() -> None:
    """Nothing else may tell them apart: a printer or a form sends no Message-ID, and every letter the same logo."""
    one = b"From: a@b.example\r\nDate: Mon, 23 Nov 2026 09:00:00 +0000\r\nSubject: %s\r\n" + _in_parts(
        [b"\r\n%s", b"Content-Type: image/png; name=logo.png\r\n\r\nlogo"]
    )
    prints = {letters.identity(one % said).fingerprint for said in ((b"x", b"one"), (b"x", b"two"), (b"y", b"one"))}
    assert len(prints) == 3
    bare = b"From: a@b.example\r\nSubject: %s\r\n\r\n"
    assert letters.identity(bare % b"x").fingerprint != letters.identity(bare % b"y").fingerprint
    assert letters.identity(bare % b"x").fingerprint == letters.identity(bare % b"x").fingerprint
