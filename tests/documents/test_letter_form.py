"""The form in the allocation mail: answered where it stands, whatever the mail program did, and never misread (G01)."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.tools import FieldKind, Tool
from audit.words import plain
from documents import letter_form
from documents.returned_tool import FieldRead, Reading, read_source
from documents.returned_tool.letter import beside, from_words, holds_answers, without_print
from tests.documents.answering import ABOVE, BELOW, OUTLOOK, PROGRAMS, WROTE, answered, asked_by_mail, form
from tests.documents.filling import TOOL, councils_tools, full_answers

TOOLS = {tool.id: tool for tool in (TOOL, *(tool for tool, _ in councils_tools()))}
each_tool = pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS.keys())
each_program = pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
Program = Callable[[list[list[str]]], str]

GRADE = "1b Grade for this area (exceeds good / good / requires improvement / inadequate):"
COMMENT = "1d Comment – what led you to this, what worked, what would help next:"
SEEN = (
    "[ ] The child is seen alone",
    "[ ] The child's view changed something",
    "[ ] The child was told what was decided",
)


def read(text: str, tool: Tool = TOOL) -> Reading:
    return read_source(from_words(text), "", lambda *_: tool, "TW")


def blank(changed: Mapping[str, str] | None = None, tool: Tool = TOOL) -> str:
    """The form as printed, with these lines in place of those."""
    text = "\n".join(form(tool))
    for line, other in (changed or {}).items():
        assert line in text
        text = text.replace(line, other, 1)
    return text


def field(text: str, step_id: str, field_id: str) -> FieldRead:
    return read(text).field(step_id, field_id)


def flat(value: str | tuple[str, ...] | None) -> str | tuple[str, ...] | None:
    return " ".join(value.split()) if isinstance(value, str) else value


# there and back


@each_tool
@each_program
@pytest.mark.parametrize("inline", [True, False], ids=["behind the colon", "below"])
def test_every_answer_comes_back_whatever_the_mail_program_did(tool: Tool, program: Program, inline: bool) -> None:
    answers = {key: value for key, value in full_answers(tool).items() if key in asked_by_mail(tool)}
    text = program(answered(tool, answers, inline))
    reading = read(text, tool)
    assert holds_answers(text)
    assert reading.identity.reference == "TW-0001"
    assert (reading.identity.tool_id, reading.identity.version) == (tool.id, tool.version)
    for one in reading.fields:
        assert flat(one.value) == flat(answers.get((one.step_id, one.field_id))), (one.step_id, one.field_id)
        assert one.state == ("read" if (one.step_id, one.field_id) in answers else "missing")
        assert one.layer == ("letter" if one.state == "read" else "none")


@each_tool
@each_program
def test_a_form_that_was_only_quoted_says_nothing(tool: Tool, program: Program) -> None:
    text = program(answered(tool, {}))
    assert not holds_answers(text)
    assert not [one for one in read(text, tool).fields if one.state != "missing"]
    assert read(text, tool).identity.reference == "TW-0001"


@each_tool
def test_all_that_must_be_answered_is_asked(tool: Tool) -> None:
    needed = {(step.id, one.id) for step in tool.steps for one in step.fields if one.required}
    assert needed <= asked_by_mail(tool)


@each_tool
def test_each_line_can_be_told_from_every_other(tool: Tool) -> None:
    codes = [question.code for question in letter_form.questions(tool)]
    assert len(set(codes)) == len(codes)
    assert all(question.line.count(":") == 1 for question in letter_form.questions(tool))


def test_a_paragraph_that_was_broken_is_whole_again() -> None:
    long = "The family said that the visits had helped them to plan the week, and that they would like more."
    broken = f"{long[:70]}\n{long[70:]}\n\n- one thing\n- another"
    assert field(blank({COMMENT: f"{COMMENT}\n{broken}"}), "planning", "comment").value == (
        f"{long}\n\n- one thing\n- another"
    )


# what is an answer, and what is not


@pytest.mark.parametrize("said", ["Good", "good.", "RI", "*Good*", "Requires improvement", "It is good", "Good\n"])
def test_a_grade_is_read_behind_its_colon(said: str) -> None:  # D02
    assert field(blank({GRADE: f"{GRADE} {said}"}), "planning", "grade").state == "read"


@pytest.mark.parametrize(
    "said", ["not good", "Good or RI", "Good?", "almost good", "Good, but late", "good / inadequate", "?", "see 1d"]
)
def test_a_hedged_grade_is_asked(said: str) -> None:  # D02
    assert field(blank({GRADE: f"{GRADE} {said}"}), "planning", "grade").state == "unsure"


@pytest.mark.parametrize(
    "line",
    [
        "1b Grade for this area (exceeds good / *good* / requires improvement / inadequate):",
        "1b Grade for this area (exceeds good / good x / requires improvement / inadequate):",
        "1b Grade for this area (exceeds good / GOOD / requires improvement / inadequate):",
        "1b Grade for this area (good):",
        "1b Grade for this area good (exceeds good / good / requires improvement / inadequate):",
        "1b Grade for this area (exceeds good / good / requires improvement): inadequate",
        "1b Grade for this area good",
        "1b good",
        "1b: good",
    ],
)
def test_a_printed_choice_that_was_marked_is_asked_and_never_guessed(line: str) -> None:
    one = field(blank({GRADE: line}), "planning", "grade")
    assert one.state == "unsure"
    assert one.doubt


def test_printed_choices_that_stand_as_printed_are_no_answer() -> None:
    choices = "(exceeds good / good / requires improvement / inadequate)"
    assert field(blank({GRADE: GRADE.replace("/ good /", "/\n> good /")}), "planning", "grade").state == "missing"
    assert field(blank({GRADE: f"{GRADE}\n{choices}"}), "planning", "grade").state != "read"


@pytest.mark.parametrize(
    "line",
    [
        "1b Grade for this area: good",
        "1B  Grade for this Area (exceeds good/good/requires improvement/inadequate) :good",
        "1b Grade for the area (exceeds good / good / requires improvement / inadequate): good",
        "  • 1b Grade for this area (exceeds good / good / requires improvement / inadequate): good",
    ],
)
def test_a_label_that_was_touched_up_is_still_the_same_question(line: str) -> None:
    assert field(blank({GRADE: line}), "planning", "grade").value == "good"


def test_a_code_without_its_label_makes_both_neighbours_a_question() -> None:
    line = "1e Where is this recorded? Answer:"
    reading = read(blank({COMMENT: f"{COMMENT} Seen at home.", line: "1e is the flat where they live."}))
    assert reading.field("planning", "comment").state == "unsure"
    assert reading.field("planning", "evidence").state == "unsure"


def test_a_question_that_a_program_repeated_and_broke_is_asked() -> None:
    line = "6b What can we learn? Answer:"
    one = field(blank({line: f"{line}\n6bxWhat can we learn? Answer: To ask sooner."}), "learning", "learning")
    assert one.state == "unsure"


def test_a_list_in_a_comment_is_neither_a_heading_nor_a_question() -> None:
    said = "1. Planning was late.\n2. Voice of the child was heard.\n2a good plan came of it\n3. 2nd visit missed"
    reading = read(blank({COMMENT: f"{COMMENT}\n{said}"}))
    assert reading.field("planning", "comment").value == said
    assert reading.field("voice", "statements").state == "missing"
    assert reading.field("planning", "comment").state == "read"


@pytest.mark.parametrize(
    "heading",
    [
        "2. Voice of the child\n2. Voice of the child",
        "2. Voice of the cihld",
        "Voice of the child",
        "> 2. Voice of the child",
    ],
)
def test_a_heading_never_becomes_the_end_of_an_answer(heading: str) -> None:
    line = "1f The worker's view of this area:"
    reading = read(blank({line: f"{line} Agrees.", "2. Voice of the child": heading}))
    assert reading.field("planning", "worker_view").value == "Agrees."
    assert not [one for one in reading.fields if one.step_id == "voice" and one.state != "missing"]


def test_what_stands_below_a_heading_is_asked() -> None:
    reading = read(blank({"2. Voice of the child": "2. Voice of the child\nGood"}))
    one = reading.field("voice", "grade")
    assert (one.state, one.options) == ("unsure", ("good",))
    assert "below the heading" in one.doubt
    assert reading.field("planning", "worker_view").state == "missing"


def test_a_deleted_question_leaves_the_answer_before_it_in_doubt() -> None:
    line = "1e Where is this recorded? Answer:"
    reading = read(blank({COMMENT: f"{COMMENT} Seen at home.", line: "Where recorded it was, answers:"}))
    assert reading.field("planning", "comment").state == "unsure"
    assert reading.field("planning", "evidence").state == "missing"


def test_words_above_and_below_the_form_are_no_answers() -> None:
    text = f"1b Grade for this area: inadequate\nGood\n\n{WROTE}\n\n{ABOVE}\n{blank()}\n{BELOW}\nOverall grade: good"
    assert not [one for one in read(text).fields if one.state != "missing"]
    assert not holds_answers(text)
    assert "1b Grade for this area: inadequate" in beside(text)
    assert "exceeds good" not in beside(text)


# not relevant


def test_not_relevant_as_the_first_answer_passes_the_whole_area() -> None:  # D21
    line = "1a Is there a current plan? (yes / no):"
    reading = read(blank({line: f"{line} Not relevant."}))
    assert reading.not_relevant == ("planning",)
    assert reading.field("planning", "check_current").state == "missing"
    below = read(blank({"1. Planning": "1. Planning\nnot relevant"}))
    assert below.not_relevant == ("planning",)


def test_not_relevant_with_other_answers_is_a_contradiction() -> None:
    line = "1a Is there a current plan? (yes / no):"
    reading = read(blank({line: f"{line} not relevant", GRADE: f"{GRADE} good"}))
    assert reading.contradicted == ("planning",)


def test_an_area_that_is_always_asked_is_not_passed() -> None:  # D20
    line = "2a Choose the statements that fit (put an x into the brackets):"
    reading = read(blank({line: f"{line} not relevant"}))
    assert reading.not_relevant == ()
    assert reading.field("voice", "statements").state == "unsure"


# statements, days and actions


@pytest.mark.parametrize("mark", ["[x]", "[X]", "[ x ]", "[✓]", "x [ ]", "☒", "[x"])
def test_an_x_in_the_brackets_ticks(mark: str) -> None:
    one = field(blank({SEEN[0]: f"{mark} The child is seen alone"}), "voice", "statements")
    assert one.state == "unsure" if mark in ("x [ ]", "[x") else one.value == ("seen",)


@pytest.mark.parametrize(
    ("line", "other"),
    [
        (SEEN[0], "The child is seen alone"),
        (SEEN[0], "[?] The child is seen alone"),
        (SEEN[0], f"{SEEN[0]} x"),
        (SEEN[0], "[x] The child is never seen"),
        ("(put an x into the brackets):", "(put an x into the brackets): the first and the last"),
        (f"{SEEN[1]}\n{SEEN[2]}\n", ""),
    ],
)
def test_statements_in_doubt_are_asked(line: str, other: str) -> None:
    one = field(blank({line: other}), "voice", "statements")
    assert (one.state, bool(one.doubt)) == ("unsure", True)


def test_ticks_stand_though_the_other_statements_were_deleted() -> None:
    text = blank({"\n".join(SEEN): "[x] The child's view changed\n> something"})
    assert field(text, "voice", "statements").value == ("heard",)


def test_an_action_is_three_parts_in_one_line() -> None:  # G11
    line = "7b Action 1 (what; who; by when):"
    reading = read(blank({line: f"{line} Ring the school; Robin\nExample; 18/12/2026;"}))
    said = [reading.field("actions", one).value for one in ("what_1", "who_1", "by_1")]
    assert said == ["Ring the school", "Robin Example", "2026-12-18"]


@pytest.mark.parametrize("said", ["Ring the school", "Ring; Robin", "Ring; Robin; 18/12/2026\nSee; Robin; 1/2/2027"])
def test_an_action_in_too_few_or_too_many_parts_is_asked(said: str) -> None:
    line = "7b Action 1 (what; who; by when):"
    reading = read(blank({line: f"{line} {said}"}))
    assert reading.field("actions", "what_1").state == "unsure"
    assert reading.field("actions", "who_1").state == "missing"


def test_a_day_that_is_none_is_asked() -> None:
    line = "1c When was it agreed? (day/month/year):"
    assert field(blank({line: f"{line} 1/12/2026"}), "planning", "agreed_on").value == "2026-12-01"
    assert field(blank({line: f"{line} last week"}), "planning", "agreed_on").state == "unsure"


# where an answer ends


@pytest.mark.parametrize(
    ("tail", "state"),
    [
        ("Sent from my iPhone", "read"),
        ("Get Outlook for Android", "read"),
        ("Kind regards\nAvery", "unsure"),
        ("Thanks, Avery", "unsure"),
        ("--\nAvery Sample\nAnyshire", "unsure"),
        ("This email is confidential.", "unsure"),
        (f"{OUTLOOK}\nSome words.", "unsure"),
        ("Avery", "unsure"),
    ],
)
def test_a_signature_never_becomes_the_end_of_a_comment(tail: str, state: str) -> None:
    one = field(blank({COMMENT: f"{COMMENT} Seen at home.\n\n{tail}"}), "planning", "comment")
    assert one.state == state
    assert state == "unsure" or one.value == "Seen at home."
    assert "Sent from" not in one.words


@pytest.mark.parametrize("tail", ["This message is urgent: he was hit again.", "Sent from my car. He was hit again."])
def test_words_that_only_begin_like_a_closing_are_kept_and_asked_about(tail: str) -> None:
    one = field(blank({COMMENT: f"{COMMENT} Seen at home.\n\n{tail}"}), "planning", "comment")
    assert one.state == "unsure"
    assert one.words.split() == f"Seen at home. {tail}".split()


def test_the_last_answer_of_a_form_whose_end_is_gone_is_asked() -> None:
    last = "8b If they disagree, why? Answer:"
    text = blank({last: f"{last} They see it otherwise.", "End of form TW-0001": ""})
    one = field(text, "worker_view", "reason")
    assert (one.state, one.doubt) == ("unsure", "I am not sure where your answer ends.")


@pytest.mark.parametrize("said", ["Best practice", "Thanks to the school.", "This message is on file.", "-- none --"])
def test_an_answer_that_looks_like_a_closing_is_not_lost(said: str) -> None:
    assert said in field(blank({COMMENT: f"{COMMENT} {said}"}), "planning", "comment").words


# the form more than once


def twice(first: str, second: str) -> str:
    return f"{first}\n\n{WROTE}\n" + "\n".join(f"> {line}" for line in second.split("\n"))


def test_a_filled_copy_above_an_empty_quote_counts() -> None:
    assert field(twice(blank({GRADE: f"{GRADE} good"}), blank()), "planning", "grade").value == "good"


def test_copies_that_agree_or_say_different_things_about_different_questions_are_one() -> None:
    text = twice(blank({GRADE: f"{GRADE} good"}), blank({GRADE: f"{GRADE} Good.", COMMENT: f"{COMMENT} Seen."}))
    assert field(text, "planning", "grade").value == "good"
    assert field(text, "planning", "comment").value == "Seen."


def test_copies_that_differ_are_asked() -> None:  # G03
    first = blank({GRADE: f"{GRADE} good", COMMENT: f"{COMMENT} Seen at home, twice."})
    reading = read(twice(first, blank({GRADE: f"{GRADE} RI", COMMENT: f"{COMMENT} Seen at home."})))
    grade, comment = reading.field("planning", "grade"), reading.field("planning", "comment")
    assert (grade.state, grade.options) == ("unsure", ("good", "requires_improvement"))
    assert (comment.state, comment.value) == ("unsure", "Seen at home, twice.\n\nSeen at home.")


def test_an_old_answer_in_the_quote_and_a_new_one_below_it_are_asked() -> None:
    quoted = "\n".join(f"> {line}" for line in blank({GRADE: f"{GRADE} good"}).split("\n"))
    text = quoted.replace("> 1c", "RI\n> 1c")
    assert field(text, "planning", "grade").options == ("good", "requires_improvement")


def test_two_references_are_both_named() -> None:  # G02
    other = "\n".join(form(TOOL, "TW-0002"))
    filled = other.replace(GRADE, f"{GRADE} good")
    assert read(twice(blank({GRADE: f"{GRADE} RI"}), filled)).identity.references == ("TW-0001", "TW-0002")
    assert read(twice(blank(), filled)).identity.references == ("TW-0002",)
    ends_elsewhere = blank({GRADE: f"{GRADE} RI", "End of form TW-0001": "End of form TW-0002"})
    assert read(ends_elsewhere).identity.references == ("TW-0001", "TW-0002")


# nothing is made up


WORDS = ("good", "Inadequate", "1b", "1b Grade for this area:", "2b", GRADE, COMMENT, "2. Voice of the child", "[x]",
         "End of form TW-0001", ">", "\n", ":", "not relevant", "RI", "Form TW-0001 small/3", "not", "(", ")", "/",
         "5a Is the child safe now?", "5a Is the child safe now? (yes / no, or I am not sure):", "yes")  # fmt: skip
some_words = st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=8)), max_size=12).map(" ".join)
NAMES = {"exceeds_good": "exceeds good|outstanding|exceeds_good", "good": "good", "inadequate": "inadequate",
         "requires_improvement": "requires improvement|ri|requires_improvement"}  # fmt: skip


def stands_behind_its_question(text: str, one: FieldRead) -> bool:
    """Whether the code, its label up to a colon, and the grade's own word follow one another."""
    code = next(
        question.code
        for question in letter_form.questions(TOOL)
        if (question.step.id, question.fields[0].id) == (one.step_id, one.field_id)
    )
    label = r"\W+".join(re.findall(r"\w+", TOOL.step(one.step_id).field(one.field_id).label))
    return bool(re.search(rf"{code}\W+{label}[^:]*:(?:\W|_|answer|grade)*(?:{NAMES[str(one.value)]})", text, re.I))


@given(some_words)
@settings(max_examples=300, deadline=None)
def test_words_that_hold_no_form_hold_no_answer(words: str) -> None:
    if "Form" not in words:
        assert not holds_answers(words)
        assert not [one for one in read(words).fields if one.state != "missing"]


@given(some_words, st.integers(0, 2_000), st.integers(0, 60))
@settings(max_examples=400, deadline=None)
def test_no_grade_is_read_that_does_not_stand_behind_its_own_question(words: str, place: int, gone: int) -> None:
    text = blank()
    text = f"{text[:place]}{words}{text[place + gone :]}"
    for one in read(text).fields:
        kind = TOOL.step(one.step_id).field(one.field_id).kind
        if kind is FieldKind.GRADE and one.state == "read":
            assert stands_behind_its_question(text, one), one


@given(st.text(max_size=400), some_words)
@settings(max_examples=200, deadline=None)
def test_no_text_breaks_the_reader(text: str, words: str) -> None:
    for one in (text, words, f"Form TW-0001 small/3\n{text}{words}"):
        holds_answers(one), beside(one), without_print(one), read(one).identity.references


UNITS = (
    "1a ", "1a\n", f"{GRADE} ", "Form TW-0001 a/1\n", "[ ] ", "> ", "End of form ", "1b Grade for this area (", "x\n",
    "On wrote:\n", "from: a\n", "1. ", "1.1", "2. Voice of the child\n",
)  # fmt: skip


@pytest.mark.parametrize("unit", UNITS)
def test_a_letter_made_to_keep_us_busy_does_not(unit: str) -> None:
    began = time.process_time()
    for text in (unit * (200_000 // len(unit)), f"Form TW-0001 small/3\n{unit * (200_000 // len(unit))}"):
        holds_answers(text)
        beside(text)
        read(text)
    assert time.process_time() - began < 4


# what nobody said


def test_a_worrying_word_in_an_answer_is_seen_and_a_printed_one_is_not() -> None:
    assert "inadequate" not in plain(without_print(blank()))
    assert "not safe" in without_print(blank({COMMENT: f"{COMMENT} He is not safe."}))
    assert "not safe" in without_print(blank({"2. Voice of the child": "2. Voice of the child\nHe is not safe."}))
    assert "not safe" in without_print(f"He is not safe.\n{blank()}")
