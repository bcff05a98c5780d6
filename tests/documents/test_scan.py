"""Pictures of pages: every word is offered and asked about, no tick is read, and what cannot be made out is left."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from audit.tools import FieldKind
from documents import recognising, returned_tool
from documents.kinds import Kind
from documents.reading_room import FileRead, ReadingRoom
from documents.returned_tool import Reading, Unreadable, scan
from documents.returned_tool.on_pages import FROM_PICTURE, NO_TICKS
from tests.documents import filling, pdfs
from tests.documents.filling import TOOL
from tests.documents.pdf_cases import PASSED, filled, flat, not_relevant

FULL = filling.full_answers()
PAGES = {"small": range(5), "blank": range(1, 4), "passed": range(1, 4)}


def needs(program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not on the PATH")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Tools as LibreOffice prints them."""
    needs("soffice")
    files = {"small": filled(FULL), "blank": filled({}), "passed": filled(PASSED, TOOL, not_relevant)}
    return pdfs.printed(tmp_path_factory.mktemp("office"), files)


def recognised(folder: Path, pictures: Sequence[bytes]) -> list[str]:
    """What tesseract says of each, without the room around it."""
    needs("tesseract")

    def one(place: int) -> str:
        (folder / f"{place}").write_bytes(pictures[place])
        command = ["tesseract", f"{place}", f"out{place}", "--psm", "6", "-l", "eng", "tsv"]
        environment = {"OMP_THREAD_LIMIT": "1", "PATH": "/usr/local/bin:/usr/bin:/bin"}
        subprocess.run(command, check=True, cwd=folder, env=environment, capture_output=True, timeout=120)
        return (folder / f"out{place}.tsv").read_text()

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(one, range(len(pictures))))


@pytest.fixture(scope="module")
def scans(made: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Reading]:
    """The same on paper, scanned at 200 dpi."""
    found = {}
    for name, data in made.items():
        some = pdfs.with_pages(data, PAGES[name])
        pictures = list(scan.pages(pdfs.pictures_of(some), Kind.PDF))
        source = scan.from_tsv(recognised(tmp_path_factory.mktemp("scan"), pictures))
        found[name] = returned_tool.read_source(source, "scan.pdf", lambda *_: TOOL, "AB")
    return found


def test_nothing_is_read_without_asking(scans: dict[str, Reading]) -> None:
    for reading in scans.values():
        assert reading.those("read") == ()
        assert all(one.doubt for one in reading.those("unsure"))
        assert {one.layer for one in reading.those("unsure")} == {"scan"}


def test_what_is_typed_is_offered_as_it_was_typed(scans: dict[str, Reading]) -> None:
    offered = {(one.step_id, one.field_id): flat(one.value) for one in scans["small"].fields}
    by_kind: dict[FieldKind, list[bool]] = {}
    for step in TOOL.steps:
        for one in step.fields:
            right = offered[step.id, one.id] == flat(FULL[step.id, one.id])
            by_kind.setdefault(one.kind, []).append(right)
    assert all(by_kind[FieldKind.GRADE])
    written = [*by_kind[FieldKind.TEXT], *by_kind[FieldKind.LINE], *by_kind[FieldKind.DATE]]
    assert sum(written) >= 0.9 * len(written)


def test_no_tick_is_read(scans: dict[str, Reading]) -> None:
    boxes = [(step.id, one.id) for step in TOOL.steps for one in step.fields if one.kind is FieldKind.MANY]
    assert boxes
    for key in boxes:
        one = scans["small"].field(*key)
        assert (one.state, one.value, one.options, one.doubt) == ("unsure", None, (), NO_TICKS)


def test_no_part_is_passed_over_by_a_tick(scans: dict[str, Reading]) -> None:
    assert scans["passed"].not_relevant == ()


def test_an_empty_tool_offers_nothing(scans: dict[str, Reading]) -> None:
    assert [one for one in scans["blank"].fields if one.value is not None] == []


def test_the_audit_and_the_tool_are_known(scans: dict[str, Reading]) -> None:
    who = scans["small"].identity
    assert (who.reference, who.tool_id, who.version) == ("AB-0417", "small", "3")


HEAD = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext"


def table(*said: tuple[str, int, int, float]) -> str:
    """What tesseract would say of these words at these places, each a line of text and how sure it is."""
    rows = [HEAD, "1\t1\t0\t0\t0\t0\t0\t0\t1654\t2339\t-1\t"]
    for text, left, top, sure in said:
        for place, word in enumerate(text.split()):
            at = left + sum(len(one) + 1 for one in text.split()[:place]) * 13
            rows.append(f"5\t1\t1\t1\t{top}\t{place}\t{at}\t{top}\t{12 * len(word)}\t20\t{sure}\t{word}")
    return "\n".join(rows)


def page(grade: str, sure: float = 95.0) -> str:
    return table(
        ("AB-0417 return by Friday", 160, 100, 95.0),
        ("A small tool of the council, to be filled in by hand or on a screen", 160, 140, 95.0),
        ("1 Planning", 160, 200, 95.0),
        ("Question", 175, 300, 95.0),
        ("Your answer", 695, 300, 95.0),
        ("Grade for this area", 175, 400, 95.0),
        (grade, 695, 400, sure),
        ("Where is this recorded?", 175, 500, 95.0),
        ("Case note 4", 695, 500, 95.0),
    )


def read(text: str) -> Reading:
    return returned_tool.read_source(scan.from_tsv([text]), "scan.pdf", lambda *_: TOOL, "AB")


def test_a_word_that_is_hard_to_make_out_is_not_offered() -> None:
    clear, blurred = read(page("Good")).field("planning", "grade"), read(page("Good", 41.0)).field("planning", "grade")
    assert (clear.value, clear.doubt) == ("good", FROM_PICTURE)
    assert (blurred.value, blurred.options, blurred.state) == (None, (), "unsure")
    assert "hard to make out" in blurred.doubt


def test_a_hedged_grade_is_no_grade_on_a_picture_either() -> None:
    one = read(page("Good to RI")).field("planning", "grade")
    assert (one.state, one.value) == ("unsure", None)


@pytest.mark.parametrize("text", ["", HEAD, "nonsense\t" * 30, f"{HEAD}\n5\tx\t1\t1\t1\t1\t1\t1\t1\t1\t1\tGood"])
def test_a_picture_without_words_says_what_to_do(text: str) -> None:
    with pytest.raises(Unreadable, match=r"300 dpi"):
        scan.from_tsv([text])


def test_a_picture_is_handed_on_as_it_is_and_a_page_is_drawn_in_grey() -> None:
    drawn = list(scan.pages(pdfs.drawn("BT /F1 40 Tf 60 700 Td (Good) Tj ET", size=(595, 842)), Kind.PDF))
    assert drawn[0].startswith(b"P5 1652 2338 255\n") or drawn[0].startswith(b"P5 1653 2339 255\n")
    png = drawn_png()
    assert list(scan.pages(png, Kind.PICTURE)) == [png]


def test_a_huge_page_is_drawn_no_larger_than_a_page_of_paper() -> None:
    (one,) = scan.pages(pdfs.drawn("BT /F1 40 Tf 60 700 Td (x) Tj ET", size=(14_000, 14_000)), Kind.PDF)
    assert len(one) < 1.02 * scan.MOST_POINTS


def test_too_many_pictures_of_pages_are_refused() -> None:
    with pytest.raises(Unreadable, match="15 pictures"):
        list(scan.pages(pdfs.drawn("", pages=16), Kind.PDF))


def drawn_png() -> bytes:
    return bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010800000000"
        "3a7e9b550000000a49444154789c6368000000820081dd436af40000000049454e44ae426082"
    )


def in_the_room(data: bytes, name: str) -> FileRead:
    room = ReadingRoom()
    try:
        (found,) = room.read(data, name, "AB", lambda who: (TOOL,) if who.tool_id == "small" else ())
    finally:
        room.close()
    return found


def test_a_scan_goes_through_the_reading_room(made: dict[str, bytes]) -> None:
    if why := recognising.why_not():
        pytest.skip(why)
    found = in_the_room(pdfs.pictures_of(made["small"]), "scan.pdf")
    assert found.unreadable == ""
    (reading,) = found.readings
    assert reading.those("read") == ()
    assert reading.field("voice", "grade").value == FULL["voice", "grade"]


def test_a_photograph_of_a_page_goes_through_the_reading_room(made: dict[str, bytes], tmp_path: Path) -> None:
    if why := recognising.why_not():
        pytest.skip(why)
    picture = pdfs.as_png(made["small"], 2)
    found = in_the_room(picture, "IMG_0417.png")
    (reading,) = found.readings
    assert reading.field("voice", "grade").value == FULL["voice", "grade"]
    assert reading.field("planning", "grade").state == "missing"


def test_a_picture_of_nothing_has_its_own_sentence() -> None:
    says = in_the_room(drawn_png(), "IMG_0418.png").unreadable
    assert "Word tool (.docx)" in says


def test_a_scan_says_what_to_do_where_there_is_no_tesseract(
    made: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recognising.programs, "found", lambda name: None)
    assert in_the_room(pdfs.pictures_of(made["small"], 40), "scan.pdf").unreadable == recognising.INSTEAD
