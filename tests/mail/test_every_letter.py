"""What holds for every letter that goes out, looked at in the bytes that a mail program gets
(B05 to B07, F10, F11, G04, L01, L06)."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from mail import bodies
from mail.sending import TEMPLATES
from tests.mail.letter_gallery import ANSWERS, CASTS, SECRET, STORIES, Shown, letters
from tests.mail.room import MONDAY, words_of

GRADES = re.compile(r"\b(outstanding|exceeds good|good|requires improvement|inadequate)\b", re.IGNORECASE)
FINDINGS = re.compile(r"\b(?:not safe|unsafe|harmed|neglect|injur\w+)\b", re.IGNORECASE)
ONLY_ON_A_PAGE = {"acknowledge", "by", "confirm", "reply", "area", "section", "read", "as"}
"""Words of buttons and the heads of columns."""


@pytest.fixture(scope="module", params=CASTS)
def gallery(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, tuple[Shown, ...]]:
    """A council, and every letter that its stories send."""
    found = tuple(letters(tmp_path_factory.mktemp("gallery"), CASTS[request.param]))
    return request.param, found


def text(one: Shown) -> str:
    return words_of(one.letter)


def page(one: Shown) -> str:
    part = one.letter.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def the(gallery: tuple[str, tuple[Shown, ...]], story: str, kind: str) -> list[Shown]:
    """The letters of a kind in one story."""
    assert story in STORIES
    return [one for one in gallery[1] if (one.name, one.kind) == (story, kind)]


def test_every_kind_of_letter_is_in_the_gallery(gallery: tuple[str, tuple[Shown, ...]]) -> None:
    kinds = {"alarm" if one.kind == "news" else one.kind for one in gallery[1]}
    assert kinds >= {path.name for path in Path(TEMPLATES).iterdir() if path.is_dir()}
    assert len(gallery[1]) > 100


def test_a_letter_is_one_text_and_one_page_that_say_the_same(gallery: tuple[str, tuple[Shown, ...]]) -> None:  # L06
    for one in gallery[1]:
        bodies_of = [part for part in one.letter.walk() if part.get_content_maintype() == "text"]
        assert [part.get_content_type() for part in bodies_of] == ["text/plain", "text/html"], one.name
        assert [part.get_content_charset() for part in bodies_of] == ["utf-8", "utf-8"]
        shown = set(re.findall(r"\w+", bodies.from_html(page(one)).lower()))
        written = set(re.findall(r"\w+", text(one).lower()))
        assert {word for word in written - shown if not word.isdigit()} == set(), one.name
        assert shown - written <= ONLY_ON_A_PAGE, one.name


def test_a_page_names_its_language_and_itself_and_fetches_nothing(gallery: tuple[str, tuple[Shown, ...]]) -> None:
    for one in gallery[1]:
        said = page(one)
        assert '<html lang="en-GB">' in said and said.count("<h1") == 1
        title = re.search(r"<title>(.+?)</title>", said)
        assert title and one.letter["Subject"].split()[0] in title[1]
        for table in re.findall(r"<table.*?</table>", said, re.DOTALL):
            assert 'role="presentation"' in table or 'scope="' in table, "a table has heads, or is none"
        assert not re.search(r"<(img|link|script|style|iframe|form|video)|url\(|src=|https?:", said)
        assert set(re.findall(r'href="([a-z]+):', said)) <= {"tel", "mailto"}
        sizes = [int(size) for size in re.findall(r"font-size:(\d+)px", said)]
        assert [size for size in sizes if size < 14] == [1], "nothing but the blue line is set in small print"


def test_the_headers_of_every_letter(gallery: tuple[str, tuple[Shown, ...]]) -> None:  # G04
    for one in gallery[1]:
        letter = one.letter
        inbox = letter["Reply-To"].addresses[0].addr_spec
        sender = letter["From"].addresses[0]
        assert sender.addr_spec == inbox and sender.display_name
        assert re.fullmatch(
            rf"<notice-{one.number}\.[0-9a-f]{{8}}@{re.escape(inbox.partition('@')[2])}>", letter["Message-ID"]
        )
        assert letter["Auto-Submitted"] == ("auto-replied" if one.kind in ANSWERS else "auto-generated")
        assert letter["X-Auto-Response-Suppress"] == "All"
        assert letter["Bcc"] is None
        assert MONDAY <= parsedate_to_datetime(letter["Date"]) <= MONDAY + timedelta(days=2), (
            "the clock that was passed"
        )
        assert [name for name, count in Counter(map(str.lower, letter.keys())).items() if count > 1] == []
        assert max(map(len, one.raw.split(b"\r\n"))) <= 998 and b"\n" not in one.raw.replace(b"\r\n", b"")
        head = one.raw.partition(b"\r\n\r\n")[0]
        assert head.isascii(), "other letters are encoded"


def test_an_answer_is_in_the_thread_of_what_it_answers(gallery: tuple[str, tuple[Shown, ...]]) -> None:
    for one in gallery[1]:
        if one.kind in ANSWERS:
            assert re.fullmatch(r"<\d+@sender\.example>", str(one.letter["In-Reply-To"])), one.name
            assert one.letter["References"] == one.letter["In-Reply-To"]
        else:
            assert one.letter["In-Reply-To"] is None and one.letter["References"] is None


def test_numbers_are_used_once(gallery: tuple[str, tuple[Shown, ...]]) -> None:
    for story in STORIES:
        numbers = [one.number for one in gallery[1] if one.name == story]
        assert len(numbers) == len(set(numbers))


def test_a_preview_tells_nothing_of_the_child(gallery: tuple[str, tuple[Shown, ...]]) -> None:  # L01, B07
    for one in gallery[1]:
        subject = str(one.letter["Subject"])
        for words in (subject, " ".join(text(one).split())[:255], " ".join(bodies.from_html(page(one)).split())[:255]):
            assert not GRADES.search(words) and not FINDINGS.search(words), (one.name, words)
        assert SECRET not in " ".join(str(value) for value in one.letter.values())
        for file in one.letter.iter_attachments():
            assert re.fullmatch(r"[A-Z]{2}-\d{4}\.(docx|pdf)", str(file.get_filename()))


def test_nobody_is_sent_what_somebody_wrote(gallery: tuple[str, tuple[Shown, ...]]) -> None:  # L01
    """But for the case note, which is there to be copied."""
    for one in gallery[1]:
        if one.kind != "finished":
            assert SECRET not in text(one) + page(one), one.name


# who gets it


def test_b06_the_worker_has_an_allocation_in_copy_where_policy_says_so(
    gallery: tuple[str, tuple[Shown, ...]],
) -> None:
    council, found = gallery
    for one in found:
        copied = [each.addr_spec for each in one.letter["Cc"].addresses] if one.letter["Cc"] else []
        if council == "tw" and one.kind == "allocation":
            assert copied == [CASTS[council].worker]
        else:
            assert copied == []
        assert copied == list(one.cc)
        assert [each.addr_spec for each in one.letter["To"].addresses] == list(one.to)
        assert len(one.to) == 1, "nobody sees who else was written to"


def test_f11_the_second_group_is_written_to_separately(gallery: tuple[str, tuple[Shown, ...]]) -> None:  # F02, F10
    council, _ = gallery
    sent = the(gallery, "to confirm", "completed")
    people = [one.to[0].partition("@")[0] for one in sent]
    if council == "tw":  # F02
        assert people == ["pat.specimen", "morgan.example", "charlie.sample"]
    else:  # F10, then F11
        assert people[:3] == ["dana.sample", "toni.example", "reese.specimen"]
        assert people[3:] == ["jules.example", "quinn.example", "nic.specimen", "rio.sample"]
    assert len(people) == len(set(people)), "no one is in both groups"
    for one in sent:
        others = [name for name in people if name not in one.to[0]]
        headers = " ".join(str(value) for value in one.letter.values())
        assert not [name for name in others if name in headers]
        assert [file.get_filename() for file in one.letter.iter_attachments()] == [f"{council.upper()}-0001.docx"]
