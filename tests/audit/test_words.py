"""What typed words mean. Wrong and confident is the one unforgivable result: when in doubt, ask."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import words
from audit.scales import Choice

EXCEEDS = Choice("exceeds_good", "Exceeds good", says=("outstanding", "eg", "exceeds"))
GOOD = Choice("good", "Good")
RI = Choice(
    "requires_improvement", "Requires improvement", says=("ri", "r.i", "rig", "requires improvement to be good")
)
INADEQUATE = Choice("inadequate", "Inadequate", says=("inad",), serious=True)
GRADES = (EXCEEDS, GOOD, RI, INADEQUATE)

YES, NO = Choice("yes", "Yes", says=("y", "yeah", "yep")), Choice("no", "No", says=("n", "nope"))
NOT_APPLICABLE = Choice("not_applicable", "Not applicable", says=("n/a", "na"))
CHECKS = (YES, NO, NOT_APPLICABLE)

CERTAIN = [
    ("Exceeds good", EXCEEDS),
    ("exceeds_good", EXCEEDS),
    ("EXCEEDS  GOOD.", EXCEEDS),
    ("Outstanding", EXCEEDS),
    ("EG", EXCEEDS),
    ("Exceeds Good (outstanding)", EXCEEDS),
    ("Good", GOOD),
    ("good", GOOD),
    ("  GOOD  ", GOOD),
    ("Good.", GOOD),
    ("Good!", GOOD),
    ("- Good", GOOD),
    ("“Good”", GOOD),
    ("*Good*", GOOD),
    ("(good)", GOOD),
    ("✓ Good", GOOD),
    ("Good ✔", GOOD),
    ("Grade: Good", GOOD),
    ("Grade = good", GOOD),
    ("Overall: good", GOOD),
    ("the overall grade is Good", GOOD),
    ("I think it is good", GOOD),
    ("I'd say good", GOOD),
    ("I’d go for Good, please", GOOD),
    ("I would say it's good", GOOD),
    ("We went for good", GOOD),
    ("it's good", GOOD),
    ("this area is good", GOOD),
    ("graded as Good", GOOD),
    ("Good for this area", GOOD),
    ("go\u200bod", GOOD),
    ("Ｇｏｏｄ", GOOD),
    ("good\u00a0", GOOD),
    ("RI", RI),
    ("ri", RI),
    ("R.I.", RI),
    ("RIG", RI),
    ("requires  improvement", RI),
    ("Requires improvement to be good", RI),
    ("Requires improvement (RI)", RI),
    ("Requires improvement to be good (RI)", RI),
    ("requires\nimprovement", RI),
    ("It is RI", RI),
    ("Inadequate", INADEQUATE),
    ("inad", INADEQUATE),
    ("I think inadequate", INADEQUATE),
    ("an inadequate", INADEQUATE),
]

QUESTIONS = [
    "not good",
    "Not Good.",
    "not-good",
    "isn't good",
    "almost good",
    "nearly good",
    "just about good",
    "quite good",
    "very good",
    "pretty good",
    "fairly good",
    "good enough",
    "good-ish",
    "so so, good maybe",
    "probably good",
    "possibly RI",
    "maybe inadequate",
    "borderline good",
    "low good",
    "high RI",
    "strong good",
    "Good-",
    "Good -",
    "Good –",
    "Good −",
    "Good‐",
    "Good+",
    "Good ＋",
    "good plus",
    "Good?",
    "Good？",
    "Good (?)",
    "Good?!",
    "?Good",
    "Good...",
    "Good…",
    "~good",
    "~~Good~~",
    "<good",
    "> good",
    "-> good",
    "→ Good",
    "½ good",
    "100% good",
    "good/RI",
    "Good / Requires improvement",
    "good or RI",
    "Good to RI",
    "RI to Good",
    "RI -> Good",
    "between good and exceeds good",
    "RI, moving to good",
    "RI with elements of good",
    "good with some RI",
    "good but late",
    "not RI",
    "not inadequate",
    "not quite inadequate",
    "better than RI",
    "worse than good",
    "as good as",
    "would be good",
    "it would be good",
    "an inadequate grade would be wrong",
    "is it good",
    "does not exceed good",
    "far exceeds good, or does it",
    "Good relationship with the family",
    "School report was good",
    "the plan was inadequate in May, good now",
    "Good thanks",
    "OK, good",
    "so good",
    "it was good",
    "no good",
    "Good\nInadequate",
    "☐ Good",
    "[ ] Good",
    "( ) Good",
    "☒ Good",
    "Good 👎",
    "Good 🤔",
    "good@example.org",
    "no idea, good?",
    "I don't think it's good",
    "I cannot say good",
    "hardly inadequate",
]

NOT_MENTIONED = [
    "",
    "   ",
    "?",
    "…",
    "needs improvement",
    "improvement",
    "requires",
    "goodness",
    "goodish",
    "adequate",
    "satisfactory",
    "see comment",
    "n/a",
    "not graded",
    "exceed",
    "RIPA",
    "g",
    "Bon",
]


@pytest.mark.parametrize(("typed", "meant"), CERTAIN)
def test_a_plain_grade_is_understood(typed: str, meant: Choice) -> None:
    assert words.meaning(typed, GRADES).choice is meant


@pytest.mark.parametrize("typed", QUESTIONS)
def test_a_hedge_is_a_question(typed: str) -> None:
    found = words.meaning(typed, GRADES)
    assert found.choice is None
    assert found.options, "it mentions a grade, so it is asked which"


@pytest.mark.parametrize("typed", NOT_MENTIONED)
def test_words_without_a_grade_mean_none(typed: str) -> None:
    assert words.meaning(typed, GRADES) == words.Meaning(None)


def test_the_tables_are_long_enough() -> None:
    assert len(CERTAIN) + len(QUESTIONS) + len(NOT_MENTIONED) >= 60


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("quite good", (EXCEEDS, GOOD, RI)),
        ("maybe inadequate", (RI, INADEQUATE)),
        ("Good/RI", (GOOD, RI)),
        ("RI to Good", (GOOD, RI)),
        ("Exceeds good?", (EXCEEDS, GOOD)),
    ],
)
def test_a_question_offers_what_was_mentioned_or_lies_beside_it(typed: str, offered: tuple[Choice, ...]) -> None:
    assert words.meaning(typed, GRADES).options == offered


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2", GOOD),
        ("2.", GOOD),
        ("2)", GOOD),
        ("#2", GOOD),
        ("option 2", GOOD),
        ("2 Good", GOOD),
        ("2. Good", GOOD),
        ("2 - good", GOOD),
        ("3 RI", RI),
        ("0", None),
        ("5", None),
        ("2?", None),
        ("2-3", None),
        ("2/3", None),
        ("2 or 3", None),
        ("2 Inadequate", None),
        ("2 visits were good", None),
        ("option 2, please", None),
        ("22", None),
        ("²", GOOD),
        ("፩", None),
        ("9" * 5000, None),
    ],
)
def test_a_number_counts_where_numbers_are_shown(typed: str, meant: Choice | None) -> None:
    assert words.meaning(typed, GRADES, numbered=True).choice is meant


def test_a_number_that_contradicts_its_word_offers_both() -> None:
    assert words.meaning("2 Inadequate", GRADES, numbered=True).options == (GOOD, INADEQUATE)


def test_a_number_means_nothing_where_none_are_shown() -> None:
    assert words.meaning("2", GRADES) == words.Meaning(None)


def test_on_a_scale_of_numbers_the_number_is_the_grade_and_not_its_place() -> None:
    scale = tuple(Choice(str(grade), str(grade)) for grade in range(4))
    assert words.meaning("2", scale, numbered=True).choice is scale[2]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("yes", YES),
        ("Y", YES),
        ("No.", NO),
        ("n", NO),
        ("na", NOT_APPLICABLE),
        ("N/A", NOT_APPLICABLE),
        ("n/a.", NOT_APPLICABLE),
        ("not applicable", NOT_APPLICABLE),
        ("yes/no", None),
        ("yes and no", None),
        ("yes, I think so", None),
        ("not yes", None),
        ("no concerns", None),
        ("N/A?", None),
    ],
)
def test_checks_are_understood(typed: str, meant: Choice | None) -> None:
    assert words.meaning(typed, CHECKS).choice is meant


@pytest.mark.parametrize(
    "typed",
    [
        "Good: the record shows it.",
        "Good\nThe record shows it.",
        "Good because the case notes show it",
        "Good (agreed with the worker)",
        "Good, see the plan",
        "Good – the record shows it from start to end",
    ],
)
def test_a_reason_that_takes_nothing_back_may_follow(typed: str) -> None:
    assert words.meaning(typed, GRADES, reasons=True).choice is GOOD
    assert words.meaning(typed, GRADES).choice is None, "only where reasons are looked for"


@pytest.mark.parametrize(
    "typed",
    [
        "Good: rejected by the team manager",
        "Good: the worker's own grade",
        "Good\nI will decide after the visit.",
        "Good (just)",
        "Good, in parts",
        "Good, but not for the younger child",
        "Good. No, inadequate.",
        "Good: the record shows it is inadequate",
        "Good: the record shows it?",
        "not good: the record shows it",
        "Good?: the record shows it",
        *QUESTIONS,
    ],
)
def test_a_reason_that_may_take_it_back_is_a_question(typed: str) -> None:
    assert words.meaning(typed, GRADES, reasons=True).choice is None


TEN = tuple(Choice(f"s{mark}", str(mark)) for mark in range(11))


@pytest.mark.parametrize(("typed", "meant"), [("8", "s8"), ("8 out of 10", "s8"), ("10 out of 10", "s10")])
def test_a_mark_on_a_scale_of_numbers(typed: str, meant: str) -> None:
    found = words.meaning(typed, TEN).choice
    assert found is not None and found.id == meant


@pytest.mark.parametrize(
    "typed", ["5.5", "5,5", "5/6", "5-6", "5 or 6", "8 out of 12", "8 out of 10?", "11", "5½", "~5"]
)
def test_half_a_mark_is_a_question(typed: str) -> None:
    assert words.meaning(typed, TEN).choice is None


SAFE = (
    YES,
    Choice("no", "No, or I am not sure", says=("no", "n", "not safe", "not sure", "unsure", "unsafe"), serious=True),
)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("yes", YES), ("no", SAFE[1]), ("not safe", SAFE[1]), ("No, not sure", SAFE[1])],
)
def test_whether_the_child_is_safe(typed: str, meant: Choice) -> None:
    assert words.meaning(typed, SAFE).choice is meant


@pytest.mark.parametrize(
    "typed", ["not unsafe", "safe", "yes, but not safe at home", "yes?", "yes I think so", "yes and no"]
)
def test_whether_the_child_is_safe_is_never_guessed(typed: str) -> None:
    assert words.meaning(typed, SAFE).choice is None


_HARMLESS: set[str] = {
    "a", "an", "its", "graded", "scored", "rated", "grade", "score", "rating", "answer", "area",
    "overall", "please", "good", "outstanding", "eg", "exceeds", "ri", "rig", "inad", "inadequate",
}  # fmt: skip


@given(st.text(), st.booleans())
def test_no_words_break_it_and_an_answer_names_its_choice(typed: str, numbered: bool) -> None:
    found = words.meaning(typed, GRADES, numbered)
    assert found.choice is None or numbered or any(name in words.plain(typed) for name in _names(found.choice))


@given(
    st.sampled_from(GRADES), st.sampled_from(GRADES), st.sampled_from([" or ", "/", " to ", ", ", " - ", " and ", "\n"])
)
def test_two_different_grades_are_never_one_answer(first: Choice, second: Choice, between: str) -> None:
    found = words.meaning(f"{first.label}{between}{second.label}", GRADES)
    assert first is second or found.choice is None


@given(
    st.sampled_from(GRADES),
    st.text(st.characters(categories=["Ll", "Lu"]), min_size=1, max_size=12).filter(
        lambda word: word.lower() not in _HARMLESS
    ),
    st.booleans(),
)
def test_an_unknown_word_beside_a_grade_makes_it_a_question(grade: Choice, word: str, before: bool) -> None:
    typed = f"{word} {grade.label}" if before else f"{grade.label} {word}"
    assert words.meaning(typed, GRADES).choice is None


def _names(choice: Choice) -> set[str]:
    return {choice.label.lower(), choice.id, choice.id.replace("_", " "), *choice.says}
