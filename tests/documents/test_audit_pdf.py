"""The finished audit as a PDF that anybody can read, with a screen reader too (G07)."""

from __future__ import annotations

import re
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from itertools import pairwise
from subprocess import run
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from audit import council as councils
from audit.answers import Answer, Audit, KeptWords
from audit.process import Stage
from audit.tools import FieldKind, Step, Tool
from bot.folders import council_texts
from documents import audit_pdf, look
from documents.printable import covered, paragraphs, printable
from tests.stories.story import COUNCILS

NOW = datetime(2026, 12, 18, 14, 7, tzinfo=UTC)
BOTH = {name: councils.parse(council_texts(COUNCILS / name)) for name in ("telford_and_wrekin", "central_bedfordshire")}
TOOLS = [(council, tool) for council in BOTH.values() for tool in council.tools.values()]
EACH = pytest.mark.parametrize(("council", "tool"), TOOLS, ids=[tool.id for _, tool in TOOLS])
COMMENT = "The plan says who does what by when, and the child’s own words are in it."
NASTY = (
    "#let x = 1 #panic() $sum$ *bold* _it_ @label <label> // /* \\ ] ) } [ #sys.inputs ```raw``` https://a.example/#b "
    "= heading - item + item / term: x ~ -- --- ... ''"
)


def full_answers(tool: Tool, comment: str = COMMENT, grade: str = "good") -> dict[str, Answer]:
    return {step.id: Answer(_said(step, comment, grade), version=1) for step in tool.steps}


def _said(step: Step, comment: str, grade: str) -> dict[str, str | tuple[str, ...]]:
    said: dict[str, str | tuple[str, ...]] = {}
    for one in step.fields:
        if one.kind is FieldKind.MANY:
            said[one.id] = tuple(choice.id for choice in one.choices)
        elif one.kind is FieldKind.GRADE and one.choice(grade):
            said[one.id] = grade
        elif one.picked:
            said[one.id] = one.choices[0].id
        else:
            said[one.id] = "2027-01-08" if one.kind is FieldKind.DATE else comment
    return said


def audit(tool: Tool, answers: dict[str, Answer], **changed: Any) -> Audit:
    plain = Audit(
        id=1,
        reference="TW-0417",
        case_id="4021",
        auditor_id=1,
        moderator_id=None,
        tool_id=tool.id,
        tool_version=tool.version,
        tool_hash="",
        council_hash="",
        stage=Stage.SUBMITTED,
        due=date(2026, 12, 18),
        version=1,
        allocated_at=NOW - timedelta(days=25),
        submitted_at=NOW,
        answers=answers,
    )
    return replace(plain, **changed)


def made(one: Audit, council: councils.Council = BOTH["telford_and_wrekin"], as_of: datetime = NOW) -> bytes:
    tool = council.tool(one.tool_id)
    return audit_pdf.make(tool, council.words, council.policy.name, one, "Avery Sample", as_of)


def text_of(pdf: bytes) -> str:
    words = " ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
    return " ".join(words.replace("\u200b", "").split())


def squeezed(words: str) -> str:
    """Without any white space: a line may end anywhere in a long word."""
    return re.sub(r"[\s\u200b]", "", words)


def elements(pdf: bytes) -> list[tuple[str, DictionaryObject]]:
    """Every element of the structure tree with its type, in reading order."""
    root = PdfReader(BytesIO(pdf)).trailer["/Root"]["/StructTreeRoot"]
    roles = root.get("/RoleMap", {})

    def walk(node: Any) -> Iterator[tuple[str, DictionaryObject]]:
        node = node.get_object()
        if isinstance(node, list):
            for kid in node:
                yield from walk(kid)
        elif isinstance(node, DictionaryObject):
            if "/S" in node:
                name = str(node["/S"])
                yield str(roles.get(name, name)), node
            if "/K" in node:
                yield from walk(node["/K"])

    return list(walk(root["/K"]))


TELFORD = BOTH["telford_and_wrekin"]
CP_CIN = TELFORD.tools["tw-cp-cin"]


@EACH
def test_g07_it_is_tagged_titled_in_english_and_says_that_it_is_pdf_ua(council: councils.Council, tool: Tool) -> None:
    pdf = PdfReader(BytesIO(made(audit(tool, full_answers(tool)), council)))
    root = pdf.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] is True or root["/MarkInfo"]["/Marked"].value is True
    assert root["/Lang"] == look.LANGUAGE
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert pdf.metadata and pdf.metadata.title == f"TW-0417 {tool.title}"
    xmp = root["/Metadata"].get_object().get_data().decode()
    assert re.search(r"pdfuaid:part[>=\"]+1", xmp)
    assert "2026-12-18T14:07" in xmp
    assert "/StructTreeRoot" in root
    assert all(
        page["/MediaBox"][2:] == [pytest.approx(595.3, abs=0.1), pytest.approx(841.9, abs=0.1)] for page in pdf.pages
    )


@EACH
def test_l06_headings_are_in_order_and_tables_have_headers(council: councils.Council, tool: Tool) -> None:
    found = elements(made(audit(tool, full_answers(tool)), council))
    names = Counter(name for name, _ in found)
    levels = [int(name[2:]) for name, _ in found if re.fullmatch(r"/H\d", name)]
    assert levels[0] == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))
    assert levels.count(2) == len(tool.steps), "every step has a heading of its own"
    assert names["/Table"] >= 2
    assert names["/TH"] >= 5, "the grades have two header cells, the actions three"
    assert names["/TD"] > names["/TH"]
    assert not names["/Figure"], "there is nothing to see that is not said"


@EACH
def test_everything_that_was_said_stands_in_it_and_the_grades_in_words(council: councils.Council, tool: Tool) -> None:
    text = text_of(made(audit(tool, full_answers(tool)), council))
    assert council.policy.name in text
    assert "Avery Sample" in text and "4021" in text
    assert "14:07, 18 December 2026" in text, "handed in when"
    assert f"{tool.id}, version {tool.version}" in text
    assert "Page 1 of" in text
    assert "Not handed in" not in text and "Please read first" not in text
    for step in tool.steps:
        assert f"{step.number} {step.title}" in text, step.id
        for one in step.fields:
            if one.kind is FieldKind.MANY:
                assert all(choice.label in text for choice in one.choices), one.id
    graded = sum(1 for step in tool.steps for one in step.fields if one.kind is FieldKind.GRADE)
    assert text.count("Good") >= 2 * graded, "in the table, and where it was given"
    assert "8 January 2027" in text


def test_a_child_is_a_number_and_no_choice_is_shown_by_its_id() -> None:
    text = text_of(made(audit(CP_CIN, full_answers(CP_CIN, grade="requires_improvement"))))
    assert "requires_improvement" not in text
    assert "Requires improvement" in text


def test_f02_what_is_serious_stands_first() -> None:
    answers = full_answers(CP_CIN)
    answers["overall"] = Answer({"grade": "inadequate"}, version=1)
    answers["safe"] = Answer({"safe": "no"}, version=1)
    text = text_of(made(audit(CP_CIN, answers)))
    first = text.index("Please read first")
    assert first < text.index("The grades")
    assert "14 Overall – Overall grade: Inadequate" in text
    assert "15 Is the child safe? – Is the child safe now? No, or I am not sure" in text


def test_d21_what_is_not_relevant_says_so_and_shows_no_leftover() -> None:
    answers = full_answers(CP_CIN)
    step = CP_CIN.sections[2]
    answers[step.id] = Answer({"grade": "inadequate", "comment": "LEFTOVER"}, not_relevant=True, version=2)
    text = text_of(made(audit(CP_CIN, answers)))
    assert text.count("Not relevant here") == 2, "in the table of grades and where it would stand"
    assert "LEFTOVER" not in text and "Inadequate" not in text


def test_one_that_is_not_handed_in_says_so_on_every_page_and_shows_what_waits() -> None:
    first = CP_CIN.sections[0]
    kept = (KeptWords(1, first.id, "comment", "OTHER WORDS", "OTHER WORDS", (), "differs", "mail", NOW),)
    one = audit(CP_CIN, full_answers(CP_CIN), stage=Stage.SCORING, submitted_at=None, kept=kept)
    pdf = made(one)
    pages = PdfReader(BytesIO(pdf)).pages
    assert len(pages) > 2
    assert all(
        "Not handed in yet. This is how TW-0417 stood at 14:07 on 18 December 2026." in p.extract_text() for p in pages
    )
    text = text_of(pdf)
    assert "Also said, and not settled yet OTHER WORDS" in text
    assert "Handed in Not yet." in text, "said in the text too: a running head is not read aloud"
    empty = text_of(made(audit(CP_CIN, {}, stage=Stage.ALLOCATED, submitted_at=None)))
    assert "Not answered yet" in empty and "Not graded yet" in empty


def test_what_came_after_handing_in_is_no_part_of_it() -> None:
    first = CP_CIN.sections[0]
    kept = (KeptWords(1, first.id, "comment", "LATE WORDS", "LATE WORDS", (), "late", "mail", NOW),)
    text = text_of(made(audit(CP_CIN, full_answers(CP_CIN), kept=kept)))
    assert "LATE WORDS" not in text
    assert "What came after handing in is kept and is no part of this." in text


def test_the_same_audit_is_the_same_bytes_whenever_it_is_made() -> None:
    one = audit(CP_CIN, full_answers(CP_CIN))
    assert made(one) == made(one, as_of=NOW + timedelta(days=400))
    draft = replace(one, stage=Stage.SCORING, submitted_at=None)
    assert made(draft) == made(draft)


def test_words_are_never_read_as_markup() -> None:
    text = squeezed(text_of(made(audit(CP_CIN, full_answers(CP_CIN, NASTY)))))
    graded = sum(1 for step in CP_CIN.sections for one in step.fields if one.kind is FieldKind.TEXT)
    assert text.count(squeezed(NASTY)) >= graded


def test_words_of_every_kind_are_drawn_or_named_and_none_goes_missing() -> None:
    given = (
        "Zoë Łuksza naïve – “so” €5 ½ Привет Γειά שלום مرحبا 😀 👩🏽‍💻 中 \u202eevil\u202c bell\x07 a\x00b \ufffe ﬁne ⓖ"
    )
    text = text_of(made(audit(CP_CIN, full_answers(CP_CIN, given))))
    for kept in (
        "Zoë Łuksza naïve – “so” €5 ½ Привет Γειά",
        "[grinning face]",
        "[woman]",
        "[personal computer]",
        "evil",
    ):
        assert kept in text, kept
    assert "[cjk unified ideograph-4e2d]" in text
    assert not any(unicodedata.category(char) == "Cc" for char in text)
    assert "\u202e" not in text


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=300))
def test_nothing_that_can_be_typed_stops_it(words: str) -> None:
    answers = {step.id: Answer({"grade": "good", "comment": words}, version=1) for step in CP_CIN.sections[:2]}
    assert made(audit(CP_CIN, answers)).startswith(b"%PDF-1.7")


def test_every_character_that_we_say_we_can_draw_is_drawn() -> None:
    """PDF/UA refuses a page with a glyph that is missing, so this would raise."""
    everything = "".join(sorted(covered()))
    assert len(everything) > 2000 and set("★✓▲✕○ÀéßŁ’–£") <= set(everything)
    answers = {CP_CIN.sections[0].id: Answer({"grade": "good", "comment": " ".join(everything)}, version=1)}
    assert "ß" in text_of(made(audit(CP_CIN, answers)))


def test_very_long_words_and_very_long_comments_stay_on_the_page() -> None:
    import pypdfium2

    word = "W" * 3000
    answers = full_answers(CP_CIN, "long ")
    answers[CP_CIN.sections[0].id] = Answer(
        {"grade": "good", "comment": f"{word}\n" + "Some words. " * 2500}, version=1
    )
    answers["actions"] = Answer({"needed": "some", "what_1": word, "who_1": word, "by_1": word}, version=1)
    pdf = made(audit(CP_CIN, answers))
    assert squeezed(text_of(pdf)).count("W") >= 4 * len(word), "every letter of it is there"
    for page in pypdfium2.PdfDocument(pdf):
        width = page.get_width()
        text = page.get_textpage()
        boxes = [text.get_charbox(place) for place in range(text.count_chars())]
        assert all(left >= 0 and right <= width - 50 for left, _, right, _ in boxes if right > left)


def test_blank_lines_and_lines_of_many_kinds() -> None:
    assert paragraphs("one\r\n\n two \u2028three\x85four\t five") == ["one", "two", "three", "four five"]
    assert printable("a" * 30).replace("\u200b", "") == "a" * 30


def test_mail_and_command_line_may_make_them_side_by_side() -> None:
    one = audit(CP_CIN, full_answers(CP_CIN))
    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(lambda _: made(one), range(8)))) == 1


def test_a_page_that_is_refused_tells_no_log_what_stood_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_pdf, "printable", lambda words: words)
    monkeypatch.setattr(audit_pdf, "paragraphs", lambda words: [words])
    with pytest.raises(audit_pdf.CannotBeMade) as refused:
        made(audit(CP_CIN, full_answers(CP_CIN, "Zebedee 😀")))
    assert "Zebedee" not in str(refused.value) and refused.value.__suppress_context__


def test_nothing_is_loaded_that_a_command_without_a_pdf_does_not_need() -> None:
    done = run(
        [sys.executable, "-c", "import sys, documents.audit_pdf; print('typst' in sys.modules)"],
        capture_output=True, text=True, check=True, cwd=COUNCILS.parent,
    )  # fmt: skip
    assert done.stdout.strip() == "False"


def test_it_takes_a_tenth_of_a_second() -> None:
    one = audit(CP_CIN, full_answers(CP_CIN, COMMENT * 4))
    made(one)
    took = []
    for number in range(5):
        start = time.process_time()
        made(replace(one, case_id=str(number)))
        took.append(time.process_time() - start)
    assert min(took) < 0.4, "bench/documents.py holds it to 100 ms; this only catches a page that has gone wrong"
