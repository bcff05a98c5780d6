"""What would keep an alert from reaching anybody is refused when a council is published, never in what was stored."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from audit.council import BadCouncil, parse
from audit.toml import is_address, parse_span

ROOT = Path(__file__).parents[2] / "councils" / "telford_and_wrekin"
GOOD = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in sorted(ROOT.rglob("*.toml"))}
TOOL = "tools/cp_cin.toml"
VISITS = 'id = "visits"\n'


def changed(file: str, old: str, new: str) -> dict[str, str]:
    assert old in GOOD[file], "the folder has changed; mend this test"
    return GOOD | {file: GOOD[file].replace(old, new, 1)}


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("policy.toml", 'confirm_within = "PT10M"', 'confirm_within = "PT61M"', "triggers.confirm_within should be at"),
        (
            "policy.toml",
            '[ladder."findings/1"]\nrepeat_top = "P1D"',
            '[ladder."findings/1"]\nrepeat_top = "P900D"',
            "ladder.findings/1.repeat_top should be at most P7D, not 'P900D'",
        ),
        (
            "policy.toml",
            'after = "PT1H30M"',
            'after = "P7DT1S"',
            "ladder.immediate/1.rung[4].after should be at most P7D, not 'P7DT1S'",
        ),
        ("policy.toml", '"qa@telford.example"', '"qa"', "qa_address should be one plain e-mail address, not 'qa'"),
        ("policy.toml", '"qa@telford.example"', '"q@a@telford.example"', "qa_address should be one plain e-mail"),
        ("policy.toml", '"qa@telford.example"', '"zoë@telford.example"', "qa_address should be one plain e-mail"),
        (
            "policy.toml",
            'kind = "serious findings"',
            'kind = "INADEQUATE overall"',
            "limb.inadequate.kind: 'Inadequate' is a grade of scale.ofsted_four",
        ),
        (
            "policy.toml",
            'kind = "serious findings"',
            'kind = "work that requires  improvement"',
            "limb.inadequate.kind: 'Requires improvement' is a grade of scale.ofsted_four",
        ),
        (
            "policy.toml",
            'kind = "letter to place"',
            'kind = "letter to place"\nasks = "A letter"\nby_hand = true',
            "limb.kept_letter.by_hand should be false: triggers.kept_letter names it",
        ),
        (
            "policy.toml",
            'kind = "urgent letter to place"',
            'kind = "urgent letter to place"\nasks = "A letter"\nby_hand = true',
            "limb.kept_letter_urgent.by_hand should be false: triggers.kept_letter_urgent names it",
        ),
        ("scales.toml", 'id = "not_applicable"', 'id = "not,applicable"', "scale.yes_no_na.grade[3].id should be of"),
        (
            TOOL,
            VISITS,
            VISITS + 'statement = [{ id = "a", text = "One" }, { id = "b,c", text = "Two" }]\n',
            "section[4].statement[2].id should be of small letters, digits and _ only, not 'b,c'",
        ),
        (
            TOOL,
            VISITS,
            VISITS + 'ask = [{ id = "a", text = "Which?", kind = "many", choice = '
            '[{ id = "One", text = "One" }, { id = "two", text = "Two" }] }]\n',
            "section[4].ask[1].choice[1].id should be of small letters, digits and _ only, not 'One'",
        ),
    ],
)
def test_nonsense_is_refused_with_file_and_key(file: str, old: str, new: str, says: str) -> None:
    texts = changed(file, old, new)
    with pytest.raises(BadCouncil) as bad:
        parse(texts)
    (fault,) = bad.value.faults
    assert fault.startswith(f"{file}: {says}")
    parse(texts, strict=False)


def test_an_overall_grade_that_could_raise_nothing_is_refused() -> None:
    texts = changed("scales.toml", "serious = true", "serious = false")
    with pytest.raises(BadCouncil) as bad:
        parse(texts)
    assert [fault.partition(":")[0] for fault in bad.value.faults] == [TOOL, "tools/lac_cl.toml"]
    assert "scale: no grade of scale.ofsted_four in scales.toml is serious" in bad.value.faults[0]
    parse(texts, strict=False)


def test_a_tool_without_an_overall_grade_needs_no_serious_one() -> None:
    texts = changed("scales.toml", "serious = true", "serious = false")
    for name in (TOOL, "tools/lac_cl.toml"):
        texts[name] = texts[name].replace('"meeting", "overall"', '"meeting"', 1)
        texts[name] = "\n".join(line for line in texts[name].splitlines() if not line.startswith("overall = "))
    parse(texts)


def test_a_word_that_only_begins_like_a_grade_is_no_grade() -> None:
    parse(changed("policy.toml", 'kind = "serious findings"', 'kind = "notable goodness findings"'))


def test_what_is_just_long_enough_is_taken() -> None:
    parse(changed("policy.toml", 'confirm_within = "PT10M"', 'confirm_within = "PT1H"'))
    parse(
        changed("policy.toml", '[ladder."findings/1"]\nrepeat_top = "P1D"', '[ladder."findings/1"]\nrepeat_top = "P1W"')
    )


def test_two_triggers_may_share_a_kind_of_concern() -> None:
    policy = parse(
        changed("policy.toml", 'overall_inadequate = "inadequate"', 'overall_inadequate = "not_safe"')
    ).policy
    assert policy.when_inadequate == policy.when_not_safe


def test_a_length_of_time_beyond_all_time_is_a_fault_and_no_crash() -> None:
    assert parse_span("P7D") == timedelta(days=7)
    with pytest.raises(ValueError, match="PT15M, P1D or P1W"):
        parse_span("P99999999999999D")


@pytest.mark.parametrize("text", ["qa@telford.example", "first.o'last+qa@a-b.example", "x@localhost"])
def test_plain_addresses(text: str) -> None:
    assert is_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "qa",
        "@b.example",
        "a@",
        "a@b@c.example",
        "zoë@b.example",
        "a@bücher.example",
        "a b@c.example",
        "a@b.example\n",
        "a@b\r\nBcc: c@d.example",
        "a\x00@b.example",
        "<a@b.example>",
        "a@b.example,c",
        "a..b@c.example",
        "a@b..example",
    ],
)
def test_addresses_that_no_letter_would_reach(text: str) -> None:
    assert not is_address(text)
