"""G01: returned tools are read right whatever was done to them, and never wrong with confidence. The short form."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from documents import converting, returned_tool
from documents.kinds import Kind
from tests.documents import filling
from tests.returned import __main__ as command
from tests.returned import by_hand, content, corpus, damage, editors, libreoffice, scoring, tools
from tests.returned.corpus import Case, Return
from tests.returned.scoring import Scored, Tally

PAGE = (Path(__file__).parents[2] / "docs" / "ingest.md").read_text("utf-8")
SAMPLE = [*corpus.sample(), *by_hand.cases()]


@pytest.fixture(scope="module")
def scored() -> dict[str, list[Scored]]:
    """Every field of the short form, by case."""
    return {case.name: list(scoring.score(case.make())) for case in SAMPLE}


@pytest.mark.parametrize("case", SAMPLE, ids=lambda case: case.name)
def test_g01_no_field_is_wrong_and_confident_and_none_is_lost(case: Case, scored: dict[str, list[Scored]]) -> None:
    bad = [str(one) for one in scored[case.name] if one.verdict in ("wrong", "lost")]
    assert not bad, "\n".join(bad)


def test_g01_at_least_99_of_100_unambiguous_fields_are_read_without_asking(scored: dict[str, list[Scored]]) -> None:
    result = scoring.Result()
    for name, fields in scored.items():
        result.take(name, fields)
    assert result.total.needless_share <= 0.01, "\n".join(map(str, result.bad))
    assert result.total.clear > 2000


def test_the_sample_meets_every_editor_every_damage_and_every_kind_of_content() -> None:
    names = " | ".join(case.name for case in corpus.sample())
    for one in (*editors.EVERY, *damage.EVERY, *content.EVERY):
        assert one in names, one


def test_the_whole_corpus_is_wide_enough() -> None:
    cases = [*corpus.matrix(), *corpus.mixed(), *by_hand.cases()]
    assert len(cases) >= 500
    assert len({case.name for case in cases}) == len(cases)
    assert len({(tool.id, tool.version) for tool in tools.TOOLS}) >= 4


def test_a_case_is_the_same_every_time() -> None:
    for case in list(corpus.sample())[::9]:
        first, second = case.make(), case.make()
        assert first.expected == second.expected
        assert _body(first.data) == _body(second.data)


def _body(data: bytes) -> bytes:
    return filling.parts(data)[filling.BODY]


def test_the_scoring_knows_wrong_from_right() -> None:
    """A corpus that could not fail would prove nothing: every verdict is reached by a reading that deserves it."""
    case = next(case for case in corpus.sample() if ", full," in case.name)
    one = case.make()
    by_key = {(got.field): got for got in scoring.score(one)}
    graded = next(key for key, want in one.expected.items() if key[1] == "grade")
    choices = [choice.id for choice in one.tool.step(graded[0]).field("grade").choices]
    other = next(choice for choice in choices if choice != one.expected[graded].value)
    expected = dict(one.expected)
    expected[graded] = scoring.Right(other)
    assert by_key[".".join(graded)].verdict == "right"
    assert _verdict(one, expected, graded) == "wrong"
    for want, verdict in ((scoring.Missing(), "wrong"), (scoring.Ask((other,)), "wrong")):
        assert _verdict(one, {**expected, graded: want}, graded) == verdict
    tally = Tally(1, scoring.Counter({"right": 99, "wrong": 1}), 100)
    assert not tally.passes and not Tally(1, scoring.Counter({"lost": 1}), 100).passes
    assert not Tally(1, scoring.Counter({"needless": 2}), 100).passes
    assert Tally(1, scoring.Counter({"needless": 1}), 100).passes


def _verdict(one: corpus.Return, expected: dict, key: tuple[str, str]) -> str:
    return next(got.verdict for got in scoring.score(replace(one, expected=expected)) if got.field == ".".join(key))


def test_the_page_has_a_row_for_each_group_and_no_other() -> None:
    between = PAGE.partition(command.START)[2].partition(command.END)[0]
    rows = set(re.findall(r"^\| ([^|]+?) \| \d", between, re.MULTILINE)) - {"**All**"}
    groups = {case.group for case in command.cases()} | {
        f"{libreoffice.GROUP}.{ending}" for ending in libreoffice.FORMATS
    }
    assert rows == groups, (
        f"docs/ingest.md is behind the corpus ({rows ^ groups}): run make corpus ARGS='--write docs/ingest.md'"
    )


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice (soffice) is not on the PATH")
def test_g01_a_full_tool_printed_by_libreoffice_comes_back() -> None:
    (saved,) = libreoffice.saved_as("pdf", [_original()])
    assert not _bad(saved)


@pytest.mark.skipif(bool(converting.why_not()), reason="LibreOffice cannot be shut in here")
@pytest.mark.parametrize(
    ("ending", "kind"), [("odt", Kind.OPEN_DOCUMENT), ("doc", Kind.OFFICE_OLD), ("rtf", Kind.RICH_TEXT)]
)
def test_g01_a_full_tool_comes_back_the_way_that_the_service_converts_it(ending: str, kind: Kind) -> None:
    one = _original()
    saved = libreoffice.convert({"tool": one.data}, "docx", ending)["tool"]
    assert not _bad(replace(one, data=converting.to_word(saved, kind, 60)))


def _original() -> Return:
    return next(one for one in libreoffice.originals() if one.name.startswith("journey/7, full"))


def _bad(one: Return) -> list[str]:
    return [str(got) for got in scoring.score(one) if got.verdict in scoring.BAD]


def test_the_builders_for_letters_make_tools_of_other_audits() -> None:
    """Two tools in one letter, and a tool of another auditor, are stories of their own; the files come from here."""
    for reference in ("AB-0417", "AB-0999"):
        name, data = by_hand.file_of(reference)
        assert returned_tool.identify(data, "AB", name).reference == reference and reference in name
