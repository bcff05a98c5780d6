"""What speaks of a grade and what does not: in doubt it does (G06)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import council as councils
from audit.grade_words import OFSTED, Talk, names_of, talk
from audit.tools import Tool
from bot.folders import council_texts
from tests.stories.story import COUNCILS

BOTH = [
    councils.parse(council_texts(folder)) for folder in sorted(COUNCILS.iterdir()) if (folder / "policy.toml").is_file()
]
TOOLS = [tool for council in BOTH for tool in council.tools.values()]
NAMES = names_of(next(tool for tool in TOOLS if tool.id == "tw-cp-cin"))

SURELY = (
    "graded inadequate",
    "Graded Inadequate by the auditor",
    "move from RI to Good",
    "overall: Good",
    "Overall – good",
    "This requires improvement",
    "requires improvement to be good",
    "Good.",
    "Outstanding",
    "Raise the score from RI to good by March",
    "Get planning re-graded as good",
    "the area was rated good",
    "Work on what was judged inadequate",
    "rated exceeds good",
    "inadequate to good in six months",
    "Good / RI",
)
PERHAPS = (
    "Make planning good",
    "Keep up the good work",
    "Good supervision should go on",
    "This was good practice",
    "Bring recording to a good standard",
    "The outstanding assessment must be done",
    "Work was inadequate",
    "adequate planning",
    "satisfactory visits",
    "Get it out of RI",
    "Get it out of R.I.",
    "R I",
    "r/i",
    "R_I",
    "Raise the grade",
    "The score must go up",
    "School grades should go up",
    "8 out of 10",
    "3/4",
    "needs some improvement",
    "improvement required",
    "GOOD attendance overall: good",
    "not good enough",
    "grade1",
    "OFSTED 3",
    "Requires improving",
    "Level 2",
    "B+",
    "Excellent",
    "poor.",
    "Weak",
    "Overall I",
    "It exceeds what was expected",
    "inadequately recorded",
    "inadequacies in recording",
    "Make it ★★★",
    "it is ▲ now",
    "in special measures",
    "Aim for good.",
    "Good at last",
    "Planning is good at this team",
    "Good relationships",
    "Health is good",
    "Make it as good as it was",
    "Overall good relationships with the family",
    "Good attendance: planning",
    "Move up to e.g. this",
    "RAG amber",
    "req improvement",
    "req. imp.",
    "inadq recording",
    "inadeq.",
    "outst. now",
    "make it gd",
    "not yet good",
)
DRESSED = (
    "g o o d",
    "G.O.O.D",
    "g-o-o-d",
    "g\u200bood",
    "go\u00adod",
    "goo\nd",
    "inade-\nquate",
    "in adequate",
    "inad\u00a0equate",
    "INADEQUATE",
    "iNaDeQuAtE",
    "inadeqaute",
    "inadequete",
    "innadequate",
    "outstandng",
    "out standing",
    "out-standing",
    "requires\u00a0improvement",
    "requires\n\nimprovement",
    "requires   improvment",
    "REQUIRES-IMPROVEMENT",
    "requires_improvement",
    "require improvement",
    "requiring improvement",
    "exceeds_good",
    "g00d",
    "1nadequate",
    "gооd",
    "ɡood",
    "ｇｏｏｄ",
    "ⓖⓞⓞⓓ",
    "🅖🅞🅞🅓",
    "🇬🇴🇴🇩",
    "ɢᴏᴏᴅ",
    "𝐠𝐨𝐨𝐝",
    "𝓰𝓸𝓸𝓭",
    "góód",
    "g̶o̶o̶d̶",
    "goood",
    "goooood!!!",
    "“Good”",
    "(good)",
    "*good*",
    "good+",
    "v.good",
    "Good/RI",
    "RI→Good",
    "хорошо",
    "\u202edoog\u202c",
    "g\u3164ood",
    "good\u2800",
)
SURELY_NOT = (
    "",
    "Visit this week and see the child alone",
    "Bring the chronology up to date before the next core group",
    "Good relationship with the school to be kept up",
    "Keep the good relationship with her grandmother",
    "The school report was good.",
    "Book the good enough parenting course",
    "Book a good-enough parenting course for both parents",
    "Pay the outstanding bills with help from the advice centre",
    "Complete the outstanding referrals",
    "Find out whether dad has left for good.",
    "Help him build on what he is good at football",
    "Ask about adequate housing",
    "Report the inadequate heating to the landlord",
    "See both parents (e.g. at the nursery)",
    "Speak to someone she trusts, eg her aunt",
    "Share the good practice guidance with the team",
    "Attendance is good and should stay so",
    "Discuss the improvement plan in supervision",
    "Goods have to be returned",
    "Zoë and Łukasz to meet the worker",
    "Agree who goes in October",
    "Original birth certificate to be asked for",
    "Either parent may ring",
    "Assess the overall plan again",
    "Decide at what rate contact grows",
    "Upgrade the bedroom door",
    "Request important papers from the school",
    "He needs impartial advice; improve the garden fence",
    "The satellite office is inadvertently closed",
)  # fmt: skip


@pytest.mark.parametrize("words", SURELY)
def test_g06_this_is_surely_a_grade(words: str) -> None:
    assert talk(words, NAMES) is Talk.GRADE


@pytest.mark.parametrize("words", [*PERHAPS, *DRESSED])
def test_g06_this_may_be_a_grade_so_somebody_is_asked(words: str) -> None:
    assert talk(words, NAMES) is not Talk.NONE


@pytest.mark.parametrize("words", DRESSED)
def test_g06_a_sentence_around_it_does_not_hide_it(words: str) -> None:
    assert talk(f"Planning to become {words} by the spring.", NAMES) is not Talk.NONE


@pytest.mark.parametrize("words", SURELY_NOT)
def test_this_is_surely_none_so_nobody_is_bothered(words: str) -> None:
    assert talk(words, NAMES) is Talk.NONE


@pytest.mark.parametrize("words", SURELY_NOT)
@pytest.mark.parametrize("more", ["Graded {}", "{} – overall: RI", "{} Good.", "{}; this requires improvement"])
def test_an_innocent_use_beside_a_grade_hides_nothing(words: str, more: str) -> None:
    assert talk(more.format(words), NAMES) is not Talk.NONE


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.id)
def test_every_name_of_every_grade_of_a_tool_is_known(tool: Tool) -> None:
    for step in tool.steps:
        for one in step.fields:
            for choice in one.choices if one.id == "grade" else ():
                for name in (choice.label, choice.id, *choice.says):
                    for said in (name, name.upper(), name.title(), f"Get this to {name}", f"{name}: visits"):
                        assert talk(said, names_of(tool)) is not Talk.NONE, said


def test_a_scale_of_numbers_or_of_yes_and_no_does_not_hold_every_date() -> None:
    names = OFSTED | {"0", "1", "2", "3", "yes", "no"}
    assert talk("Ring on 3 January; no later", names) is Talk.NONE
    assert talk("Scored 3", names) is Talk.GRADE
    assert talk("graded no", names) is Talk.GRADE


@given(st.text(max_size=200))
def test_nothing_that_can_be_typed_stops_it(words: str) -> None:
    assert talk(words, NAMES) in Talk


@given(
    st.sampled_from(sorted(NAMES - {"eg", "e g", "r.i"})),
    st.sampled_from(("", "Visit. ", "Good relationship. ", "(", "– ", "e.g. a call, ")),
    st.sampled_from(("", ".", " now", " by May", "!", ")")),
)
def test_a_grade_never_gets_through(name: str, before: str, after: str) -> None:
    assert talk(f"{before}{name}{after}", NAMES) is not Talk.NONE
