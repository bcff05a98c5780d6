"""Damaged bytes at every door, briefly and the same each time; `make fuzz` does it for as long as you like (L02)."""

from __future__ import annotations

import random
import time
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit import numbered
from audit.words import Meaning
from documents import returned_tool
from documents.guard import Unreadable
from documents.returned_tool import FieldRead, Identity, as_data
from tests.fuzz import files, oracle, room, seeds
from tests.fuzz.seeds import GRADES, TINY
from tests.fuzz.targets import TARGETS, Target

COSTLY = {"word": 25, "layers": 25, "pdf": 25, "form": 40}
"""How many tries; a hundred where a try costs next to nothing."""
DOORS = [name for name in TARGETS if name != "room"]


@cache
def begun(name: str) -> list[bytes]:
    return list(TARGETS[name].begin())


def damaged(target: Target, start: int, seed: int, times: int) -> bytes:
    chance = random.Random(seed)
    begins = begun(target.name)
    data = begins[start % len(begins)]
    for _ in range(times):
        data = target.mutate(data, target.most, chance.randrange(1 << 30))
    return data


@pytest.mark.parametrize("name", DOORS)
def test_what_is_damaged_is_read_or_refused_and_nothing_is_invented(name: str) -> None:
    target = TARGETS[name]

    @given(st.integers(0, 50), st.integers(0, 1 << 30), st.integers(0, 3))
    @settings(
        max_examples=COSTLY.get(name, 100), derandomize=True, database=None, deadline=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    def tried(start: int, seed: int, times: int) -> None:
        oracle.timed(target.one, damaged(target, start, seed, times))

    tried()


def test_the_reading_room_answers_for_every_damaged_file_from_the_same_parent() -> None:
    room.one(b"\0" + seeds.word_files()[1])
    parent = room.room().parent
    for seed in range(12):
        room.one(damaged(TARGETS["word"], seed, seed, 2).join((b"\0", b"")))
    assert room.room().parent == parent
    room.room().close()
    room.room.cache_clear()


# what was found so


@pytest.mark.parametrize("number", [b"inf", b"-inf", b"nan", b"1e300"])
def test_a_picture_whose_words_stand_nowhere_is_read_or_refused(number: bytes) -> None:
    rows = files.scan_begins()[0].split(b"\n")
    for place in (6, 7, 8, 9):
        cells = rows[12].split(b"\t")
        cells[place] = number
        files.scanned(b"\n".join((*rows[:12], b"\t".join(cells), *rows[13:])))


def test_a_form_with_a_nul_in_an_answer_can_be_stored() -> None:
    files.pdf(seeds.pdfs()[1].replace(b"/V (", b"/V (\\000"))


def test_a_child_that_sends_a_nul_is_not_believed() -> None:
    honest = as_data.reading_as_data(
        returned_tool.read(seeds.word_files()[1], "tool.docx", lambda *_: TINY, seeds.PREFIX)
    )
    fields = [{**one, "words": one["words"] + "\0"} for one in honest["fields"]]
    with pytest.raises(as_data.NotAsAsked):
        as_data.reading_from({**honest, "fields": fields}, "", Identity((), (), (), "", ""), TINY)


def test_a_form_that_is_slightly_broken_is_read_where_nothing_more_can_be_loaded() -> None:
    broken = seeds.pdfs()[1].replace(b"startxref\n", b"startxref\n1")
    room.one(b"\5" + broken)
    room.room().close()
    room.room.cache_clear()


def test_a_reply_that_says_the_same_number_again_and_again_is_split_in_no_time() -> None:
    start = time.process_time()
    found = numbered.split("1 good\n1 RI and more\n" * 40_000, {1: GRADES})
    assert found.twice == (1,)
    assert found.rest.endswith("1 RI and more\n")
    assert time.process_time() - start < 4


# what would be noticed


def read(grade: str | None, words: str = "", state: str = "read") -> tuple[FieldRead, ...]:
    """A reading of the small tool in which one grade is all that was found."""
    return tuple(
        FieldRead(step.id, one.id, words, grade, (), "control", state)  # type: ignore[arg-type]
        if (step.id, one.id) == ("planning", "grade")
        else FieldRead(step.id, one.id, "", None, (), "none", "missing")
        for step in TINY.steps
        for one in step.fields
    )


def test_a_grade_that_does_not_stand_there_would_be_noticed() -> None:
    oracle.well_read_fields(read("good"), TINY, "the grade:  G O O D")
    with pytest.raises(oracle.Invented):
        oracle.well_read_fields(read("good"), TINY, "Requires improvement")
    with pytest.raises(oracle.Invented):
        oracle.well_read_fields(read("splendid"), TINY, "splendid")
    with pytest.raises(oracle.Unexplained):
        oracle.well_read_fields(read(None, "good?", "unsure"), TINY, "good?")


def test_a_hedged_grade_would_be_noticed() -> None:
    good = next(choice for choice in GRADES if choice.id == "good")
    oracle.well_meant("I would say good", GRADES, Meaning(good))
    for words in ("not good", "good but not for planning", "good, some inadequate", "good?", "splendid"):
        with pytest.raises(oracle.Invented):
            oracle.well_meant(words, GRADES, Meaning(good))


def test_what_takes_too_long_and_what_is_no_sentence_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oracle, "CPU_SECONDS", 0.02)

    def busy(_data: bytes) -> None:
        start = time.process_time()
        while time.process_time() - start < 0.04:
            pass

    with pytest.raises(oracle.TooSlow):
        oracle.timed(busy, b"")

    def refuses() -> None:
        raise Unreadable("KeyError: 'w'")

    with pytest.raises(oracle.Unexplained):
        oracle.refused_or(refuses)
