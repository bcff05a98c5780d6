"""What comes back as a PDF: printed, exported, turned, marked or filled in as a form. Never wrong with confidence."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable

import pytest
from lxml import etree

from documents import layout, returned_tool
from documents.returned_tool import Unreadable
from tests.documents import filling, pdfs
from tests.documents.filling import TOOL, W
from tests.documents.pdf_cases import (
    CASES,
    COUNTING,
    FULL,
    LONG,
    NEVER_WRONG,
    UNAMBIGUOUS,
    Answers,
    filled,
    flat,
    read,
    values,
    wrong,
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Every case as LibreOffice prints it."""
    if shutil.which("soffice") is None:
        pytest.skip("LibreOffice (soffice) is not on the PATH")
    files = {name: filled(answers, tool, change) for name, (tool, answers, change) in CASES.items()}
    return pdfs.printed(tmp_path_factory.mktemp("office"), files)


@pytest.mark.parametrize("name", UNAMBIGUOUS)
def test_every_answer_comes_back_as_it_was_written(made: dict[str, bytes], name: str) -> None:
    tool, answers, _ = CASES[name]
    reading = read(made[name], tool)
    assert values(reading) == {key: flat(value) for key, value in answers.items()}
    assert reading.those("unsure") == ()


@pytest.mark.parametrize("name", NEVER_WRONG)
def test_nothing_is_wrong_without_being_asked(made: dict[str, bytes], name: str) -> None:
    tool, answers, _ = CASES[name]
    kept = {**FULL, **answers} if name == "hedged" else answers
    reading = read(made[name], tool)
    assert wrong(reading, kept) == {}
    assert all(one.doubt.endswith((".", "?")) for one in reading.those("unsure"))


def test_where_it_was_found_is_told(made: dict[str, bytes]) -> None:
    assert read(made["full"]).field("voice", "grade").where == "page 3"


def test_paragraphs_stay_paragraphs_and_lines_are_joined(made: dict[str, bytes]) -> None:
    assert read(made["long"]).field("planning", "comment").value == COUNTING


def test_the_audit_and_the_tool_are_known(made: dict[str, bytes]) -> None:
    who = returned_tool.identify(made["full"], "AB", "tool.pdf")
    assert (who.by_property, who.by_body, who.by_footer) == (("AB-0417",), ("AB-0417",), ("AB-0417",))
    assert (who.tool_id, who.version) == ("small", "3")


def test_two_references_are_both_told(made: dict[str, bytes]) -> None:
    data = pdfs.changed(made["full"], lambda writer: writer.add_metadata({"/Title": "AB-0999 Copy of a tool"}))
    assert returned_tool.identify(data, "AB", "tool.pdf").references == ("AB-0999", "AB-0417")


def test_a_part_that_is_passed_over_is_known_by_its_tick(made: dict[str, bytes]) -> None:
    assert read(made["passed"]).not_relevant == ("health",)
    assert read(made["trapped"]).not_relevant == read(made["trapped"]).contradicted == ()


def test_hedged_grades_are_asked(made: dict[str, bytes]) -> None:
    reading = read(made["hedged"])
    assert [reading.field(step, "grade").state for step in ("planning", "voice", "health")] == ["unsure"] * 3


def test_what_is_struck_out_is_asked(made: dict[str, bytes]) -> None:
    reading = read(made["struck"])
    assert {(one.step_id, one.field_id) for one in reading.those("unsure")} == {
        ("planning", "grade"),
        ("voice", "comment"),
    }
    assert reading.field("planning", "grade").doubt == "Something in it is struck out."


def test_rows_that_somebody_put_in_are_no_part_of_an_answer(made: dict[str, bytes]) -> None:
    assert not any("My own words" in one.words for one in read(made["more rows"]).fields)


def test_a_question_that_lost_its_words_is_asked_and_not_passed_over(made: dict[str, bytes]) -> None:
    one = read(made["relabelled"]).field("planning", "evidence")
    assert (one.state, one.value) == ("unsure", None)
    assert "cannot find this question" in one.doubt


@pytest.mark.parametrize(
    "change",
    [
        lambda data: pdfs.scaled(data, 0.9, 20, 30),
        lambda data: pdfs.scaled(data, 0.5),
        lambda data: pdfs.scaled(data, 1.03, -5),
        lambda data: pdfs.turned(data, 90),
        lambda data: pdfs.turned(data, 180),
        lambda data: pdfs.turned(data, 270),
        pdfs.on_its_side,
        pdfs.two_on_a_sheet,
    ],
    ids=["90 %", "50 %", "103 %", "turned", "upside down", "turned back", "on its side", "two on a sheet"],
)
@pytest.mark.parametrize("name", ["full", "long", "trapped"])
def test_however_it_was_printed_it_says_the_same(
    made: dict[str, bytes], name: str, change: Callable[[bytes], bytes]
) -> None:
    reading = read(change(made[name]))
    assert values(reading) == {key: flat(value) for key, value in CASES[name][1].items()}


def test_a_missing_page_is_noticed(made: dict[str, bytes]) -> None:
    all_pages = range(6)
    for gone in all_pages:
        reading = read(pdfs.with_pages(made["long"], [place for place in all_pages if place != gone]))
        assert wrong(reading, LONG) == {}


def test_pages_in_the_wrong_order_are_noticed(made: dict[str, bytes]) -> None:
    places = range(pdfs.how_many_pages(made["long"]))
    assert wrong(read(pdfs.with_pages(made["long"], places[::-1])), LONG) == {}
    assert wrong(read(pdfs.with_pages(made["long"], [*places[1:], 0])), LONG) == {}


@pytest.mark.parametrize("kind", ["/StrikeOut", "/Ink", "/Circle", "/FreeText", "/Highlight", "/Stamp", "/Line"])
def test_what_is_marked_in_a_viewer_is_asked(made: dict[str, bytes], kind: str) -> None:
    reading = read(pdfs.marked(made["full"], kind, "Case note 4"))
    assert [(one.step_id, one.field_id) for one in reading.those("unsure")] == [("planning", "evidence")]
    assert wrong(reading, FULL) == {}


def spots(made: dict[str, bytes]) -> dict[str, tuple[int, pdfs.Box]]:
    """By tag the page and the place of each control."""
    root = etree.fromstring(filling.parts(filling.blank())[filling.BODY])
    found = {}
    for place, node in enumerate(root.iter(f"{W}sdt")):
        page, (left, bottom, _, top) = pdfs.where(made["tokens"], f"q{place:03}q")
        tag = node.find(f"{W}sdtPr/{W}tag").get(f"{W}val")
        wide = 8 if node.find(f"{W}sdtPr/{filling.W14}checkbox") is not None else 70
        found[tag] = page, (left, bottom - 1, left + wide, top + 1)
    return found


def in_form(made: dict[str, bytes], answers: Answers) -> dict[str, tuple[int, pdfs.Box, str | bool, str | bool]]:
    """A form's fields by tag, holding and showing these answers."""
    fields: dict[str, tuple[int, pdfs.Box, str | bool, str | bool]] = {}
    places = spots(made)
    for step in TOOL.steps:
        if step.may_be_not_relevant:
            tag = layout.not_relevant_tag(step)
            fields[tag] = (*places[tag], False, False)
        for one in step.fields:
            answer = answers.get((step.id, one.id), "")
            if one.kind == "many":
                for choice in one.choices:
                    tag = layout.tag(step, one, choice.id)
                    fields[tag] = (*places[tag], choice.id in answer, choice.id in answer)
                continue
            typed = str(filling.as_typed(TOOL, (step.id, one.id), answer)).replace("\n\n", " ")
            fields[layout.tag(step, one)] = (*places[layout.tag(step, one)], typed, typed)
    return fields


SHORT: Answers = {
    key: value.split("\n")[0] if isinstance(value, str) else value for key, value in filling.full_answers().items()
}


def test_a_form_is_read_by_its_fields(made: dict[str, bytes]) -> None:
    reading = read(pdfs.form(made["hollow"], in_form(made, SHORT)))
    assert values(reading) == {key: flat(value) for key, value in SHORT.items()}
    assert {one.layer for one in reading.those("read")} == {"form"}


def test_a_form_whose_fields_have_other_names_is_read_by_its_page(made: dict[str, bytes]) -> None:
    fields = {f"Text{place}": held for place, held in enumerate(in_form(made, SHORT).values())}
    reading = read(pdfs.form(made["hollow"], fields))
    assert values(reading) == {key: flat(value) for key, value in SHORT.items()}
    assert {one.layer for one in reading.those("read")} == {"page"}


def test_an_empty_form_is_empty(made: dict[str, bytes]) -> None:
    assert {one.state for one in read(pdfs.form(made["hollow"], in_form(made, {}))).fields} == {"missing"}


def test_a_form_that_holds_one_grade_and_shows_another_is_asked(made: dict[str, bytes]) -> None:
    fields = in_form(made, SHORT)
    page, box, _, _ = fields["planning.grade"]
    fields["planning.grade"] = page, box, "Good", "Inadequate"
    one = read(pdfs.form(made["hollow"], fields)).field("planning", "grade")
    assert (one.state, set(one.options)) == ("unsure", {"good", "inadequate"})


def test_a_form_that_holds_a_grade_and_shows_none_is_asked_unless_it_is_drawn_anew(made: dict[str, bytes]) -> None:
    fields = in_form(made, SHORT)
    page, box, _, _ = fields["planning.grade"]
    fields["planning.grade"] = page, box, "Good", ""
    assert read(pdfs.form(made["hollow"], fields)).field("planning", "grade").state == "unsure"
    anew = read(pdfs.form(made["hollow"], fields, drawn_anew=True)).field("planning", "grade")
    assert (anew.state, anew.value) == ("read", "good")


def test_a_box_that_holds_a_tick_and_shows_none_is_asked(made: dict[str, bytes]) -> None:
    fields = in_form(made, SHORT)
    page, box, _, _ = fields["voice.statements.heard"]
    fields["voice.statements.heard"] = page, box, True, False
    one = read(pdfs.form(made["hollow"], fields)).field("voice", "statements")
    assert one.state == "unsure"
    assert "changed something" in one.doubt


def test_a_flattened_form_is_read_by_its_page(made: dict[str, bytes]) -> None:
    flattened = pdfs.flattened(pdfs.form(made["hollow"], in_form(made, SHORT)))
    reading = read(flattened)
    assert wrong(reading, SHORT) == {}
    texts = {key: flat(value) for key, value in SHORT.items() if isinstance(value, str)}
    assert {key: value for key, value in values(reading).items() if isinstance(value, str)} == texts


def test_a_form_that_only_adobe_shows_has_its_own_sentence(made: dict[str, bytes]) -> None:
    data = pdfs.form(pdfs.drawn("BT /F1 12 Tf 60 700 Td (Please wait...) Tj ET"), {}, xfa=True)
    with pytest.raises(Unreadable, match="XFA"):
        read(data)


def test_pictures_of_pages_are_not_read_as_text(made: dict[str, bytes]) -> None:
    for data in (
        pdfs.pictures_of(made["full"], 60),
        pdfs.pictures_of(made["full"], 60, words=True),
        pdfs.as_curves(made["full"]),
    ):
        with pytest.raises(Unreadable, match="pictures of pages"):
            read(data)


def test_a_lone_picture_among_its_pages_is_taken_for_a_missing_page(made: dict[str, bytes]) -> None:
    some = pdfs.with_pages(made["long"], range(5))
    pictured = pdfs.with_pages(pdfs.pictures_of(made["long"], 60), [2])
    assert wrong(read(pdfs.replaced(some, 2, pictured)), LONG) == {}


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (lambda: pdfs.locked(pdfs.drawn("BT /F1 12 Tf (x) Tj ET"), "secret"), "locked"),
        (lambda: pdfs.locked(pdfs.drawn("BT /F1 12 Tf (x) Tj ET"), ""), "locked"),
        (lambda: pdfs.drawn("", pages=0), "damaged"),
        (lambda: b"%PDF-1.7\n" + b"\x00nonsense" * 50, "damaged"),
        (lambda: pdfs.drawn("BT /F1 12 Tf 60 700 Td (x) Tj ET")[:300] + b"startxref", "damaged"),
        (lambda: pdfs.drawn(""), "empty"),
        (lambda: pdfs.drawn("BT /F1 12 Tf 60 700 Td (x) Tj ET", size=(90_000, 90_000)), "size"),
        (lambda: pdfs.drawn("BT /F1 12 Tf 60 700 Td (x) Tj ET", pages=90), "pages"),
    ],
    ids=["locked", "locked against copying", "no page", "nonsense", "cut off", "empty page", "huge page", "many pages"],
)
def test_what_cannot_be_read_has_a_sentence(data: Callable[[], bytes], says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        read(data())


def line(words: str, x: float, y: float) -> str:
    return f"BT /F1 10 Tf 1 0 0 1 {x} {y} Tm ({words}) Tj ET\n"


TABLE = (
    line("AB-0417  return by Friday", 57, 800)
    + line("1 Planning", 57, 760)
    + line("Question", 63, 730)
    + line("Your answer", 250, 730)
    + line("Is there a current plan?", 63, 700)
    + line("Grade for this area", 63, 660)
    + line("When was it agreed?", 63, 600)
)


def test_words_far_off_the_page_are_nobodys(made: dict[str, bytes]) -> None:
    content = TABLE + line("Inadequate", 250, 990_000) + line("Inadequate", 90_000, 660) + line("Good", 250, 660)
    assert read(pdfs.drawn(content)).field("planning", "grade").value == "good"


@pytest.mark.parametrize(
    "content",
    [
        line("Good", 250, 660) + "".join(line("Inadequate", 250 + n % 7, 660) for n in range(1000)),
        line("Good", 250, 660) + line("Inadequate", 252, 661),
        line("Good Inadequate", 200, 660),
        line("Good", 10, 660) + line("Good", 250, 660),
        line("Good", 250, 630) + "250 633 m 275 633 l S\n",
        line("Good", 250, 660) + "248 655 m 280 672 l S\n",
        line("Good", 250, 660) + "240 663 m 240 680 290 680 290 663 c 290 640 240 640 240 663 c S\n",
        line("Good", 250, 660) + line("No.", 63, 645),
        line("Good", 250, 650),
        line("Good", 250, 612),
    ],
    ids=[
        "a pile", "one on another", "across columns", "in the margin", "struck out", "crossed out", "circled",
        "beside it another word", "lower than its question", "between two questions",
    ],
)  # fmt: skip
def test_a_grade_whose_place_or_standing_is_unclear_is_asked(content: str) -> None:
    reading = read(pdfs.drawn(TABLE + content))
    assert not [one for one in reading.those("read") if one.field_id in ("grade", "check_current", "agreed_on")]


def test_a_sign_that_the_font_does_not_explain_is_asked(made: dict[str, bytes]) -> None:
    """Without its table of meanings a font's boxes are signs like any other."""
    reading = read(pdfs.without_meanings(made["full"]))
    assert wrong(reading, FULL) == {}


def test_a_long_tool_is_read_quickly(made: dict[str, bytes]) -> None:
    """Far above what it takes, so that only a real fault shows on a busy machine; bench/documents.py measures."""
    start = time.process_time()
    read(made["tw-lac-cl"], CASES["tw-lac-cl"][0])
    assert time.process_time() - start < 1.5
