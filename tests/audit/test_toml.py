"""Every fault in a council's folder names its file and its key, and says what would be right."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from audit.council import BadCouncil, parse
from audit.toml import BadFile, load, parse_span

ROOT = Path(__file__).parents[2] / "councils" / "telford_and_wrekin"
GOOD = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in sorted(ROOT.rglob("*.toml"))}
TOOL = "tools/cp_cin.toml"


def faults(texts: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(BadCouncil) as bad:
        parse(texts)
    return bad.value.faults


def test_the_folder_itself_has_no_fault() -> None:
    assert parse(GOOD).policy.council == "telford_and_wrekin"


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        # a key that is misspelt, missing or of the wrong type
        ("policy.toml", "own_case_allowed =", "own_case_alowed =", "allocation.own_case_alowed is not a key"),
        ("policy.toml", "qa_team = ", "qa_taem = ", "qa_team is missing: it should be a text"),
        ("policy.toml", "[deadlines]", "[deadlins]", "deadlines is missing: it should be a table"),
        (
            "policy.toml",
            "cc_worker = true",
            'cc_worker = "yes"',
            "allocation.cc_worker should be true or false, not 'yes'",
        ),
        ("policy.toml", 'version = "1"', "version = 1", "version should be a text, not 1"),
        ("policy.toml", 'until_then = "Moderation', 'until_than = "Moderation', "confirm[12].until_then is missing"),
        # roles
        (
            "policy.toml",
            'qa_lead = "qa_manager"',
            'qa_lead = "boss"',
            "qa_lead should be one of auditor, social_worker,",
        ),
        (
            "policy.toml",
            'after = "PT30M"\nto = ["service_delivery_manager"]',
            'after = "PT30M"\nto = ["service_manager"]',
            "ladder.immediate/1.rung[2].to: 'service_manager' is not one of the roles",
        ),
        (
            "policy.toml",
            '[[limb.inadequate.letter]]\nto = ["qa_manager",',
            '[[limb.inadequate.letter]]\nto = ["qa_manger",',
            "limb.inadequate.letter[1].to: 'qa_manger' is not one of the roles",
        ),
        (
            "policy.toml",
            '["qa_manager", "sdm_qa"]',
            '["director"]',
            "triggers.may_see_concern: 'director' is not one of",
        ),
        (
            "policy.toml",
            'to = ["qa_manager"]\ninform = ["qa_team"]',
            'to = ["qa_manager"]\ninform = ["qa_manager"]',
            "ladder.kept-letter/1.rung[1]: 'qa_manager' stands twice",
        ),
        # ladders
        (
            "policy.toml",
            'after = "PT0S"\nto = ["team_manager"]',
            'after = "PT5M"\nto = ["team_manager"]',
            "ladder.immediate/1.rung[1].after should be PT0S: somebody is always told at once",
        ),
        (
            "policy.toml",
            'after = "PT1H30M"',
            'after = "PT1H"',
            "ladder.immediate/1: each rung should come after the one before it",
        ),
        (
            "policy.toml",
            'after = "PT1H30M"',
            'after = "90 minutes"',
            "ladder.immediate/1.rung[4].after: '90 minutes' should be a length of time such as PT15M",
        ),
        (
            "policy.toml",
            '[ladder."immediate/1"]\nrepeat_top = "PT30M"',
            '[ladder."immediate/1"]\nrepeat_top = "PT0S"',
            "ladder.immediate/1.repeat_top should be at least PT1M",
        ),
        (
            "policy.toml",
            'after = "PT0S"\nto = ["team_manager"]',
            'after = "PT0S"\nto = []',
            "ladder.immediate/1.rung[1].to should name at least one role",
        ),
        # kinds of concern
        (
            "policy.toml",
            'ladder = "immediate/1"',
            'ladder = "immediate/2"',
            "limb.immediate.ladder should be one of immediate/1,",
        ),
        (
            "policy.toml",
            'asks = "I do not',
            'says = "I do not',
            "limb.not_safe.asks is missing: it is what the auditor",
        ),
        (
            "policy.toml",
            'child_not_safe = "not_safe"',
            'child_not_safe = "unsafe"',
            "triggers.child_not_safe should be one of",
        ),
        (
            "policy.toml",
            'ladder = "kept-letter/1"',
            'ladder = "immediate/1"',
            "limb.kept_letter.ladder: its first rung should be to the qa_lead",
        ),
        # days and times
        ("policy.toml", '"2020-07-31"', '"July 2020"', "source.review_due should be a day such as 2026-07-31"),
        (
            "policy.toml",
            'standard = ""',
            'standard = "a month"',
            "deadlines.standard: 'a month' should be a period such as",
        ),
        # words
        ("words.toml", "audits =", "audit_s =", "audits is missing: it should be a text"),
        ("words.toml", "document_store =", 'extra = "x"\ndocument_store =', "extra is not a key that is known here"),
        # scales and guides
        ("scales.toml", 'says = ["inad"]', 'says = ["inad", "RI"]', "scale.ofsted_four: the words: 'ri' stands twice"),
        ("scales.toml", 'id = "good"', 'id = "inadequate"', "scale.ofsted_four.grade: 'inadequate' stands twice"),
        (
            "scales.toml",
            'shape = "star"',
            'shape = "red"',
            "scale.ofsted_four.grade[1].shape should be one of star, tick,",
        ),
        ("scales.toml", "serious = true", "serius = true", "scale.ofsted_four.grade[4].serius is not a key"),
        (
            "scales.toml",
            "[guide.cp_cin.means]\nexceeds_good",
            "[guide.cp_cin.means]\nexceeds",
            "guide.cp_cin.means.exceeds_good is",
        ),
        ("scales.toml", '"good"\nlabel = "Good"', '"good"', "scale.ofsted_four.grade[2].label is missing"),
        # tools
        (TOOL, 'scale = "ofsted_four"', 'scale = "ofsted_five"', "scale should be one of ofsted_four, yes_no_na"),
        (TOOL, 'guide = "cp_cin"', 'guide = "cpcin"', "guide 'cpcin' is not in scales.toml"),
        (
            TOOL,
            "look_back_months = 6",
            "look_back_months = true",
            "look_back_months should be a whole number, not True",
        ),
        (TOOL, '"meeting", "overall"', '"meting", "overall"', "closing: 'meting' is not one of meeting, overall"),
        (TOOL, "[closing_words]\nmeeting", "[closing_words]\nmeting", "closing_words.meting is not a key"),
        (TOOL, 'id = "planning"', 'id = "assessment"', "section ids: 'assessment' stands twice"),
        (TOOL, 'title = "Planning"', 'titel = "Planning"', "section[2].title is missing"),
        (TOOL, 'scale = "yes_partly_no"', 'scale = "yes_no"', "section[4].check[1].scale should be one of"),
        (
            TOOL,
            'id = "planning"',
            'id = "planning"\ncomment = "maybe"',
            "section[2].comment should be one of required,",
        ),
        (
            TOOL,
            'id = "visits"\n',
            'id = "visits"\nstatement = [{ id = "a", text = "One" }, { id = "a", text = "Two" }]\n',
            "section[4].statement: 'a' stands twice",
        ),
        (
            TOOL,
            'id = "visits"\n',
            'id = "visits"\nask = [{ id = "a", text = "Which?", kind = "choice" }]\n',
            "section[4].ask[1].choice should hold at least two choices",
        ),
        (
            TOOL,
            'id = "visits"\n',
            'id = "visits"\nask = [{ id = "grade", text = "Which?" }]\n',
            "section[4]: field ids: 'grade' stands twice",
        ),
        (TOOL, "[[section]]", "[[section]", "this is not TOML"),
        (TOOL, 'version = "1"', 'version = "1"\nversion = "2"', "this is not TOML"),
    ],
)
def test_a_fault_names_its_file_and_key(file: str, old: str, new: str, says: str) -> None:
    assert old in GOOD[file], "the folder has changed; mend this test"
    (fault,) = faults(GOOD | {file: GOOD[file].replace(old, new, 1)})
    assert fault.startswith(f"{file}: ")
    assert says in fault


def test_a_section_must_ask_something() -> None:
    empty = '[[section]]\nid = "empty"\ntitle = "Empty"\ngraded = false\ncomment = "none"\nevidence = false\n'
    text = GOOD[TOOL].replace("worker_view_in_each_section = true", "worker_view_in_each_section = false") + empty
    (fault,) = faults(GOOD | {TOOL: text})
    assert "section[13] asks nothing" in fault


@pytest.mark.parametrize("missing", ["policy.toml", "words.toml", "scales.toml"])
def test_a_missing_file_is_named(missing: str) -> None:
    found = faults({name: text for name, text in GOOD.items() if name != missing})
    assert found == (f"{missing}: the file is missing",)


def test_a_council_without_a_tool_is_told_to_add_one() -> None:
    (fault,) = faults({name: text for name, text in GOOD.items() if not name.startswith("tools/")})
    assert fault == "tools/: there is no tool; add at least one .toml file"


def test_two_tools_cannot_have_one_id() -> None:
    (fault,) = faults(GOOD | {"tools/copy.toml": GOOD[TOOL]})
    assert fault == "tools/cp_cin.toml: id 'tw-cp-cin' stands in another tool too"


def test_each_files_first_fault_is_named_in_one_go() -> None:
    found = faults(
        GOOD
        | {
            "policy.toml": GOOD["policy.toml"].replace("qa_lead", "lead", 1),
            "words.toml": "",
            TOOL: GOOD[TOOL].replace('guide = "cp_cin"', 'guide = "none"'),
        }
    )
    assert [fault.partition(":")[0] for fault in found] == ["policy.toml", "words.toml", TOOL]


def test_the_same_folder_has_the_same_hash_in_any_order() -> None:
    council = parse(GOOD)
    assert parse(dict(reversed(GOOD.items()))).hash == council.hash
    changed = parse(GOOD | {"words.toml": GOOD["words.toml"].replace("Protocol", "Other")})
    assert changed.hash != council.hash
    assert changed.tool_hashes == council.tool_hashes


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("PT0S", timedelta(0)),
        ("PT15M", timedelta(minutes=15)),
        ("PT1H30M", timedelta(minutes=90)),
        ("P1D", timedelta(days=1)),
        ("P1W", timedelta(weeks=1)),
        ("P1DT2H", timedelta(hours=26)),
    ],
)
def test_spans_are_read(text: str, span: timedelta) -> None:
    assert parse_span(text) == span


@pytest.mark.parametrize("text", ["", "P", "PT", "15M", "P1M", "PT1.5H", "pt15m", "-PT1M", "PT15M "])
def test_other_spans_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="PT15M, P1D or P1W"):
        parse_span(text)


def test_a_table_that_is_no_table_is_named() -> None:
    with pytest.raises(BadFile, match=r"scale.a should be a table, not 1"):
        load("[scale]\na = 1").table("scale").named()
    with pytest.raises(BadFile, match="section should be a list of tables, not 1"):
        load("section = [1]").tables("section")
