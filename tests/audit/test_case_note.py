"""The case note holds what took place and the actions, and never a grade (G06)."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import case_note
from audit import council as councils
from audit.answers import Answer, Audit
from audit.case_note import HELD, CaseNote, Choice, Decided
from audit.process import Stage
from audit.tools import FieldKind, Tool
from bot.folders import council_texts
from tests.stories.story import COUNCILS

NOW = datetime(2026, 12, 18, 14, 7, tzinfo=UTC)
SINCE = date(2026, 5, 23)
FOLDERS = ("telford_and_wrekin", "central_bedfordshire")
BOTH = [councils.parse(council_texts(COUNCILS / name)) for name in FOLDERS]
TOOLS = [(council, tool) for council in BOTH for tool in council.tools.values()]
TELFORD, CP_CIN = TOOLS[0]


def audit(tool: Tool, answers: dict[str, Answer]) -> Audit:
    return Audit(
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
        allocated_at=NOW,
        submitted_at=NOW,
        answers=answers,
    )


def with_actions(*rows: tuple[str, str, str]) -> dict[str, Answer]:
    said = {"needed": "some"}
    for number, (what, who, by) in enumerate(rows, 1):
        said |= {f"what_{number}": what, f"who_{number}": who, f"by_{number}": by}
    return {"actions": Answer(said, version=1), "meeting": Answer({"met": "yes"}, version=1)}


def note(*rows: tuple[str, str, str], decided: tuple[Decided, ...] = (), auditor: str = "Avery Sample") -> CaseNote:
    return case_note.write(CP_CIN, TELFORD.words, audit(CP_CIN, with_actions(*rows)), auditor, SINCE, decided)


def test_g06_it_says_what_took_place_and_what_is_to_be_done() -> None:
    written = note(
        ("Visit this week", "Robin Example", "2027-01-08"), ("Bring the chronology up to date", "Morgan", "next week")
    )
    assert written.held == ()
    assert written.text == (
        "Case audit TW-0417\n\n"
        "Practice learning session, finished on 18 December 2026.\n"
        "Auditor: Avery Sample.\n"
        "Work looked at: from 23 May 2026.\n"
        "The auditor met the worker.\n"
        "The whole audit is in the council's document store under TW-0417.\n\n"
        "Actions\n"
        "1. Visit this week. Who: Robin Example. By: 8 January 2027.\n"
        "2. Bring the chronology up to date. Who: Morgan. By: next week."
    )


def test_no_actions_is_said() -> None:
    answers = {"actions": Answer({"needed": "none", "what_1": "an old row"}, version=1)}
    written = case_note.write(CP_CIN, TELFORD.words, audit(CP_CIN, answers), "Avery Sample", SINCE)
    assert written.text.endswith("No actions were needed.")
    assert "old row" not in written.text


def test_g06_a_line_that_may_speak_of_a_grade_is_held_in_its_place_and_not_quoted() -> None:
    written = note(("Visit", "Robin", ""), ("Make planning good", "Morgan", ""), ("Ring the school", "Robin", ""))
    assert written.lines[-3:] == ("1. Visit. Who: Robin.", f"2. {HELD}", "3. Ring the school. Who: Robin.")
    (held,) = written.held
    assert (held.number, held.words, held.certain) == (2, "Make planning good. Who: Morgan.", False)
    assert "good" not in written.text


@pytest.mark.parametrize("place", [0, 1, 2])
def test_g06_every_box_of_an_action_is_looked_at_and_two_together(place: int) -> None:
    row = ["Visit", "Robin", "next week"]
    row[place] = "RI"
    assert note((row[0], row[1], row[2])).held
    assert note(("Get it graded", "good", "")).held[0].certain


def test_initials_or_a_surname_may_be_kept() -> None:
    for who in ("RI", "Sam Good"):
        (held,) = note(("Visit", who, "")).held
        assert not held.certain
        assert (
            note(("Visit", who, ""), decided=(Decided(held.words, Choice.KEEP),)).lines[-1] == f"1. Visit. Who: {who}."
        )


def test_a_person_decides_and_only_about_these_words() -> None:
    row = ("Make planning good", "Morgan", "")
    line = "Make planning good. Who: Morgan."
    kept = note(row, decided=(Decided(line, Choice.KEEP),))
    assert kept.lines[-1] == f"1. {line}" and not kept.held
    left = note(row, decided=(Decided(line, Choice.LEAVE_OUT),))
    assert left.lines[-1] == "Actions: none in this note." and not left.held
    new = note(row, decided=(Decided(line, Choice.REWORD, "Plan with dates."),))
    assert new.lines[-1] == "1. Plan with dates." and not new.held
    assert note(row, decided=(Decided("Make planning better.", Choice.KEEP),)).held
    again = (Decided(line, Choice.LEAVE_OUT), Decided(line, Choice.KEEP))
    assert note(row, decided=again).lines[-1] == f"1. {line}", "the last decision counts"


def test_g06_what_is_surely_a_grade_cannot_be_kept_and_new_words_are_looked_at_too() -> None:
    row = ("Move from RI to Good", "Morgan", "")
    line = "Move from RI to Good. Who: Morgan."
    assert note(row, decided=(Decided(line, Choice.KEEP),)).held[0].certain
    assert note(row, decided=(Decided(line, Choice.REWORD, "Move up a grade."),)).held


def test_somebody_may_be_called_good() -> None:
    assert "Auditor: named in the whole audit." in note(("Visit", "", ""), auditor="Sam Good").text


def test_it_has_no_place_for_anything_else_that_was_said() -> None:
    """An allow-list: each answer is a marker, and of all of them only the actions come through."""
    for council, tool in TOOLS:
        answers = {
            step.id: Answer(
                {
                    one.id: f"M{step.id}{one.id}"
                    for one in step.fields
                    if one.kind in (FieldKind.TEXT, FieldKind.LINE, FieldKind.DATE)
                }
                | ({"needed": "some"} if step.id == "actions" else {}),
                version=1,
            )
            for step in tool.steps
        }
        text = case_note.write(tool, council.words, audit(tool, answers), "Avery Sample", SINCE).text
        assert "Mactionswhat" in text
        assert not re.findall(r"M(?!actions)\w+_?\w*", text.replace("Mosaic", "").replace("May", ""))


# a hundred audits

GRADES = re.compile(
    r"outstanding|exceed|inad|requires?\W*improve?ment|\bR\W?I\b|adequate|satisfactory|\bgood\b|\bgrade|\bscore",
    re.IGNORECASE,
)
"""Written here a second time on purpose: the test does not ask the code that it tests."""
CALM = (
    "Visit this week",
    "Bring the chronology up to date",
    "Ring the school",
    "Agree who covers",
    "See the child alone",
)
AROUND = (
    "{}", "Graded {}", "move from {} to {}", "Overall: {}", "Make planning {} by spring", "({})", "“{}”", "*{}*",
    "visit – {} – again", "{}.", "{}!", "to {}, then stop", "Planning\n{}", "is {} now", "{} work", "aim for {}",
)  # fmt: skip


def dressed(word: str, chance: random.Random) -> str:
    """A grade's name as somebody may write it, or hide it."""
    how = chance.randrange(10)
    if how == 0:
        return word.upper()
    if how == 1:
        return " ".join(word)
    if how == 2:
        return ".".join(word.replace(" ", ""))
    if how == 3:
        return word.replace(" ", "\u00a0").replace("o", "о")  # a Cyrillic letter
    if how == 4:
        return word[:2] + "\u200b" + word[2:]
    if how == 5:
        return word.replace(" ", "\n")
    if how == 6:
        return word.title()
    if how == 7:
        return word[:3] + "-\n" + word[3:]
    if how == 8:
        return word.replace(" ", "_")
    return word


def generated(tool: Tool, chance: random.Random) -> dict[str, Answer]:
    """An audit with a grade in every field that takes words, the actions among them."""
    grades = [choice for step in tool.steps for one in step.fields if one.id == "grade" for choice in one.choices]
    names = sorted({name for one in grades for name in (one.label, one.id, *one.says)} | {"RI", "satisfactory"})

    def words() -> str:
        around = chance.choice(AROUND)
        return around.format(*(dressed(chance.choice(names), chance) for _ in range(around.count("{}"))))

    answers = {}
    for step in tool.steps:
        said: dict[str, str | tuple[str, ...]] = {}
        for one in step.fields:
            said[one.id] = chance.choice(one.choices).id if one.picked and one.choices else words()
        answers[step.id] = Answer(said, not_relevant=chance.random() < 0.1, version=1)
    actions: dict[str, str | tuple[str, ...]] = {"needed": "some"}
    for number in range(1, 7):
        planted = chance.randrange(4)
        for place, key in enumerate(("what", "who", "by")):
            actions[f"{key}_{number}"] = words() if planted == place else f"{chance.choice(CALM)}"
    answers["actions"] = Answer(actions, version=1)
    return answers


@pytest.mark.parametrize("seed", range(100))
def test_g06_the_note_of_a_hundred_audits_with_grades_in_every_field_holds_none(seed: int) -> None:
    chance = random.Random(seed)
    council, tool = TOOLS[seed % len(TOOLS)]
    answers = generated(tool, chance)
    written = case_note.write(tool, council.words, audit(tool, answers), "Avery Sample", SINCE)
    actions = answers["actions"].values
    calm = [n for n in range(1, 7) if all(actions[f"{key}_{n}"] in CALM for key in ("what", "who", "by"))]
    assert [one.number for one in written.held] == [n for n in range(1, 7) if n not in calm]
    assert len(re.findall(re.escape(HELD), written.text)) == len(written.held), "each at its place, none gone"
    assert not GRADES.search(written.text), written.text
    joined = re.sub(r"[\W_]", "", written.text).lower()
    assert not re.search(r"inadeq|outstandin|requiresimprov|exceedsgood", joined)


@given(st.text(max_size=80), st.text(max_size=20), st.text(max_size=20))
def test_every_action_is_in_the_note_or_held(what: str, who: str, by: str) -> None:
    written = note((what, who, by))
    shown = sum(1 for line in written.lines if re.match(r"\d\. ", line))
    assert shown == any(char.isprintable() and not char.isspace() for char in what + who + by)


def test_the_note_is_made_of_the_audit_as_it_was_handed_in() -> None:
    one = audit(CP_CIN, with_actions(("Visit", "Robin", "")))
    later = replace(one, version=9, due=date(2027, 5, 1))
    assert case_note.write(CP_CIN, TELFORD.words, one, "A", SINCE) == case_note.write(
        CP_CIN, TELFORD.words, later, "A", SINCE
    )
