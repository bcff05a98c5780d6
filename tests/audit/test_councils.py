"""The two councils' folders say what their guidance says. IDs are rows of docs/requirements.md."""

from __future__ import annotations

import csv
import re
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path

import pytest

from audit import words
from audit.council import Council, parse, parse_words
from audit.escalation import Ladder
from audit.people import AUDIT_ROLES, CASE_ROLES
from audit.policy import Limb
from audit.toml import BadFile
from audit.tools import FieldKind, Role, Step

FOLDERS = Path(__file__).parents[2] / "councils"
MINUTES = timedelta(minutes=1)


def texts(folder: str) -> dict[str, str]:
    root = FOLDERS / folder
    return {path.relative_to(root).as_posix(): path.read_text("utf-8") for path in sorted(root.rglob("*.toml"))}


TW = parse(texts("telford_and_wrekin"))
CB = parse(texts("central_bedfordshire"))
BOTH = pytest.mark.parametrize("council", [TW, CB], ids=["tw", "cb"])


def limbs(council: Council) -> tuple[Limb, ...]:
    return tuple(council.policy.limbs.values())


def times(ladder: Ladder) -> list[tuple[int, tuple[str, ...], tuple[str, ...]]]:
    return [(int(rung.after / MINUTES), rung.to, rung.inform) for rung in ladder.rungs]


# what people see


def test_a02_no_word_of_one_council_stands_in_the_other() -> None:
    theirs = {
        "telford_and_wrekin": r"practice evaluation|mosaic|\bin box\b|audit manager|head of service",
        "central_bedfordshire": r"practice learning|protocol|exceeds[ _]good|service delivery manager|QA manager",
    }
    for folder, pattern in theirs.items():
        for name, text in texts(folder).items():
            assert not re.search(pattern, text, re.IGNORECASE | re.MULTILINE), f"{folder}/{name}"


def test_a02_each_council_has_its_own_words() -> None:
    assert (TW.words.audit, TW.words.tool) == ("practice learning session", "practice learning tool")
    assert CB.words.audit == "practice evaluation"
    assert (TW.words.case_system, CB.words.case_system) == ("Protocol", "Mosaic")


@BOTH
def test_b07_no_grade_word_stands_in_the_name_of_any_concern(council: Council) -> None:
    grades = [choice for scale in council.scales.scales.values() for choice in scale.choices if choice.shape != "none"]
    assert len(grades) == 4
    for limb in limbs(council):
        assert words.meaning(limb.kind, grades) == words.Meaning(None), limb.kind
        assert len(limb.kind) <= 40


@BOTH
def test_every_choice_by_hand_is_a_sentence_of_its_own(council: Council) -> None:
    asked = [limb.asks for limb in limbs(council) if limb.by_hand]
    assert asked and len(asked) == len(set(asked))


@BOTH
def test_l06_grades_differ_in_word_and_shape(council: Council) -> None:
    for tool in council.tools.values():
        scale = council.scales.scales[tool.scales[0]]
        assert len({choice.shape for choice in scale.choices}) == len(scale.choices)
        assert all(choice.short for choice in scale.choices)
        assert [choice.id for choice in scale.choices if choice.serious] == ["inadequate"]


# grades


def test_e01_two_guides_by_status() -> None:
    guides = {status: tool.guide for tool in TW.tools.values() for status in tool.statuses}
    assert guides == {"CP": "cp_cin", "CIN": "cp_cin", "LAC": "lac_cl", "CL": "lac_cl"}


def test_e02_four_grades_in_order() -> None:
    for tool in TW.tools.values():
        labels = [choice.label for choice in TW.scales.scales[tool.scales[0]].choices]
        assert labels == ["Exceeds good", "Good", "Requires improvement", "Inadequate"]


@BOTH
def test_e03_to_e13_every_grade_of_every_guide_is_explained(council: Council) -> None:
    for guide in council.scales.guides.values():
        assert all(len(text) > 80 for text in guide.means.values()), guide.id
        assert "\n" not in "".join(guide.means.values())


def test_e04_and_e07_care_leavers_have_texts_of_their_own() -> None:
    more = TW.scales.guides["lac_cl"].more
    assert set(more) == {"CL_exceeds_good", "CL_good", "CL_inadequate"}
    assert not TW.scales.guides["cp_cin"].more
    assert all("care leavers" not in text.lower() for text in TW.scales.guides["lac_cl"].means.values())


@BOTH
def test_the_keys_of_more_are_a_status_and_a_grade(council: Council) -> None:
    for tool in council.tools.values():
        guide = council.guide(tool)
        assert guide
        for key in guide.more:
            status, _, grade = key.partition("_")
            assert status in tool.statuses and grade in guide.means


def test_e14_both_telford_tools_ask_whether_the_law_was_kept() -> None:
    for tool in TW.tools.values():
        assert tool.step("recording").field("check_statutory").required


def test_e16_scales_are_dated() -> None:
    assert re.fullmatch(r"\d{4}-\d{2}", TW.scales.scales["ofsted_four"].version)
    assert re.fullmatch(r"\d{4}-\d{2}", CB.scales.scales["ilacs_four"].version)


@pytest.mark.parametrize(
    ("said", "grade"),
    [
        ("outstanding", "exceeds_good"),
        ("EG", "exceeds_good"),
        ("RI", "requires_improvement"),
        ("RIG", "requires_improvement"),
    ],
)
def test_e16_ofsteds_words_and_short_forms_are_understood(said: str, grade: str) -> None:
    meant = words.meaning(said, TW.scales.scales["ofsted_four"].choices).choice
    assert meant and meant.id == grade


def test_a09_the_guide_leads_to_the_inspection_framework() -> None:
    assert CB.scales.guides["practice"].link.startswith("https://www.gov.uk/")


# tools


def test_the_child_protection_tool_has_twelve_areas_each_with_grade_comment_evidence_and_the_workers_view() -> None:
    tool = TW.tool("tw-cp-cin")
    assert [step.number for step in tool.sections] == [str(place) for place in range(1, 13)]
    for step in tool.sections:  # D02, D03, C16, C15
        assert sum(one.kind is FieldKind.GRADE for one in step.fields) == 1
        comment, evidence = step.role(Role.COMMENT), step.role(Role.EVIDENCE)
        assert comment and comment.required
        assert evidence and not evidence.required
        assert step.role(Role.WORKER_VIEW)


def test_both_telford_tools_ask_what_telford_asks() -> None:
    for tool in TW.tools.values():
        assert tool.months == 6  # C04
        assert tool.steps[-6:] == tuple(tool.step(name) for name in CLOSING)
        assert not tool.step("voice").may_be_not_relevant  # D20
        assert len(tool.step("oversight").prompts) == 3  # D19
        assert all(step.role(Role.WORKER_VIEW) for step in tool.sections)  # C15


CLOSING = ("meeting", "overall", "safe", "learning", "actions", "worker_view")


def test_d06_statements_are_chosen_and_justified_in_each_section() -> None:
    tool = CB.tool("cb-practice-evaluation")
    assert len(tool.sections) >= 15
    for step in tool.sections:
        if step.id in ("young_people", "discussion", "family_feedback"):
            continue
        statements, comment = step.role(Role.STATEMENTS), step.role(Role.COMMENT)
        assert statements and statements.required and len(statements.choices) >= 4, step.id
        assert comment and comment.required
        assert len(step.prompts) == 3  # D07
    assert tool.months == 6  # C05


def test_c10_to_c12_the_family_is_asked_only_after_the_worker_and_only_if_it_is_safe() -> None:
    step = CB.tool("cb-practice-evaluation").step("family_feedback")
    ids = [one.id for one in step.fields]
    assert ids.index("asked_worker") < ids.index("safe_to_ask") < ids.index("why_not") < ids.index("who")
    assert step.field("asked_worker").required and step.field("safe_to_ask").required
    others = [one for one in step.fields if one.required and one.id not in ("asked_worker", "safe_to_ask")]
    assert not others, "after a no, nothing else may be demanded"


def test_c13_the_young_peoples_form_is_marked_as_the_councils() -> None:
    step = CB.tool("cb-practice-evaluation").step("young_people")
    assert step.guidance.startswith("PLACEHOLDER")
    assert all("council's wording" in one.label for one in step.fields if one.role is Role.FORM)
    assert "C13" in {entry.id for entry in CB.policy.confirm}


def test_i05_the_discussion_stands_at_15a_and_the_closing_steps_follow_15() -> None:
    numbers = {step.id: step.number for step in CB.tool("cb-practice-evaluation").steps}
    assert (numbers["impact"], numbers["discussion"], numbers["meeting"]) == ("15", "15a", "16")


@BOTH
def test_every_tool_can_be_read_at_a_glance(council: Council) -> None:
    for tool in council.tools.values():
        assert len({step.number for step in tool.steps}) == len(tool.steps)
        for step in tool.steps:
            assert 0 < len(step.look_at) <= 120, step.id
            assert len(step.title) <= 45


@BOTH
def test_no_section_asks_for_a_childs_details(council: Council) -> None:  # L01
    wanted = re.compile(r"date of birth|\bdob\b|child's name|address|postcode|NHS number", re.IGNORECASE)
    for tool in council.tools.values():
        assert not any(wanted.search(field.label) for step in tool.steps for field in step.fields)


@BOTH
def test_what_is_typed_is_never_two_answers(council: Council) -> None:
    def named(step: Step) -> list[tuple[str, ...]]:
        return [tuple(one.label.lower() for one in field.choices) for field in step.fields if field.picked]

    for tool in council.tools.values():
        for step in tool.steps:
            for labels in named(step):
                assert len(set(labels)) == len(labels)


# who is told


@BOTH
def test_every_role_is_known_and_every_ladder_is_used(council: Council) -> None:
    policy = council.policy
    assert {limb.ladder for limb in limbs(council)} == set(policy.ladders)
    for ladder in policy.ladders.values():
        assert re.fullmatch(r"[a-z-]+/\d+", ladder.id), "a published ladder is never edited: its name ends in a version"
        for rung in ladder.rungs:
            assert set(rung.everyone) <= set(policy.roles)
            assert not set(rung.everyone) & set(AUDIT_ROLES), "the auditor is told what happens, and not alerted"
            assert not set(rung.to) & set(CASE_ROLES), "an audited worker cannot stop the climb"


def test_f01_an_immediate_concern_starts_with_the_team_manager() -> None:
    limb = TW.policy.limb("immediate")
    assert limb.by_hand
    first, *above = TW.policy.ladder_of("immediate").rungs
    assert first.to == ("team_manager",)
    assert {"service_delivery_manager", "qa_manager"} <= {role for rung in above for role in rung.to}  # X07


def test_f02_three_people_at_once_and_in_one_letter() -> None:
    three = {"qa_manager", "team_manager", "service_delivery_manager"}
    policy = TW.policy
    assert (policy.when_inadequate, policy.when_not_safe) == ("inadequate", "not_safe")
    for limb in (policy.limb("inadequate"), policy.limb("not_safe")):
        assert set(policy.ladders[limb.ladder].rungs[0].to) == three
        assert [set(group) for group in limb.letter_to] == [three]


def test_f04_a_concern_goes_to_manager_and_audit_manager_and_the_worker_is_told() -> None:
    first = CB.policy.ladder_of("concern").rungs[0]
    assert (set(first.to), first.inform) == ({"team_manager", "audit_manager"}, ("social_worker",))


def test_f05_risk_climbs_every_fifteen_minutes() -> None:
    ladder = CB.policy.ladder_of("risk")
    assert times(ladder) == [
        (0, ("head_of_service",), ("team_manager", "audit_manager", "social_worker")),
        (15, ("deputy_head_of_service",), ()),
        (30, ("hos_professional_standards",), ()),
        (45, ("director",), ()),
    ]
    assert ladder.repeat_top == 15 * MINUTES


def test_f06_risk_and_impact_are_two_grounds_on_one_ladder() -> None:
    risk, impact = CB.policy.limb("risk"), CB.policy.limb("impact")
    assert risk.by_hand and impact.by_hand
    assert risk.ladder == impact.ladder == CB.policy.limb(CB.policy.when_not_safe).ladder
    assert risk.kind != impact.kind and risk.asks != impact.asks


def test_f09_three_people_hear_of_an_inadequate_grade_at_once() -> None:
    first = CB.policy.ladder_of(CB.policy.when_inadequate).rungs[0]
    assert set(first.everyone) == {"audit_manager", "team_manager", "social_worker"}


def test_f11_two_letters_with_no_reader_in_common() -> None:
    groups = [set(group) for group in CB.policy.limb("inadequate").letter_to]
    assert groups == [
        {"audit_manager", "social_worker", "team_manager"},
        {"practice_manager", "head_of_service", "hos_professional_standards", "iro"},
    ]
    assert all(not one & other for one, other in combinations(groups, 2))


@BOTH
def test_kept_letters_climb_to_people_who_are_there_for_the_whole_council(council: Council) -> None:
    policy = council.policy
    held = {row["role"] for row in rows(policy.council, "roles") if row["scope"] == "council"}
    for limb_id in (policy.kept_letter, policy.kept_letter_urgent):
        for rung in policy.ladder_of(limb_id).rungs:
            assert set(rung.everyone) <= held
    assert policy.ladder_of(policy.kept_letter_urgent).repeat_top < policy.ladder_of(policy.kept_letter).repeat_top


# dates and what is not settled


def test_b10_to_b12_time_allowed() -> None:
    assert TW.policy.standard is None and TW.policy.moderated_first is None
    assert CB.policy.standard and CB.policy.standard.months == 1
    assert CB.policy.moderated_first and CB.policy.moderated_first.days == 21


def test_b06_the_worker_is_copied_in_at_telford_only() -> None:
    assert TW.policy.cc_worker and not CB.policy.cc_worker


@BOTH
def test_b17_nobody_audits_their_own(council: Council) -> None:
    assert not council.policy.own_case_allowed


def test_a01_the_source_is_past_its_review() -> None:
    assert TW.policy.source.review_due == date(2020, 7, 31)
    assert TW.policy.source.established == "July 2019"


@pytest.mark.parametrize(
    ("council", "ids"),
    [
        (TW, "A01 B10 E09 E16 F22 X05 X07 X09 X10 X16 X19 X23"),
        (CB, "A01 C13 E15 E16 F22 I09 K08 X03 X06 X07 X08 X11 X12 X13 X14 X26"),
    ],
    ids=["tw", "cb"],
)
def test_gaps_in_the_guidance_are_listed_with_what_we_do_until_then(council: Council, ids: str) -> None:
    listed = [entry.id for entry in council.policy.confirm]
    assert len(set(listed)) == len(listed)
    assert set(ids.split()) <= set(listed)
    for entry in council.policy.confirm:
        assert entry.says.endswith(".") and entry.until_then.endswith(".")


# the made-up directory


def rows(folder: str, name: str) -> list[dict[str, str]]:
    with (FOLDERS / folder / "demo" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@BOTH
def test_every_role_of_every_ladder_is_held_for_every_case_by_somebody_who_can_be_reached(council: Council) -> None:
    folder = council.policy.council
    services = {row["team"]: row["service"] for row in rows(folder, "teams")}
    people = {row["email"]: row for row in rows(folder, "people")}
    held = [(row["role"], row["scope"], row["email"]) for row in rows(folder, "roles")]
    needed = {role for ladder in council.policy.ladders.values() for rung in ladder.rungs for role in rung.everyone}
    for case in rows(folder, "cases"):
        scopes = {f"team:{case['team']}", f"service:{services[case['team']]}", "council"}
        for role in needed:
            found = [email for one, scope, email in held if one == role and scope in scopes]
            if role == "social_worker":
                found = [case["worker"]]
            assert found, f"{role} of {case['case']}"
            for email in found:
                assert people[email]["phone"] and people[email]["entra_id"]


@BOTH
def test_the_demo_directory_is_whole_and_made_up(council: Council) -> None:
    folder = council.policy.council
    people, roles, cases = (rows(folder, name) for name in ("people", "roles", "cases"))
    teams = {row["team"] for row in rows(folder, "teams")}
    scopes = (
        {f"team:{team}" for team in teams} | {f"service:{r['service']}" for r in rows(folder, "teams")} | {"council"}
    )
    emails = {row["email"] for row in people}
    assert len(people) == len(emails) == len({row["entra_id"] for row in people})
    for row in people:
        assert row["email"].endswith((".example",)) and row["email"] == row["email"].lower()
        assert re.fullmatch(r"(01632 960|07700 900)\d{3}", row["phone"])  # Ofcom's numbers for drama
        assert re.fullmatch(r"0{8}-0000-4000-8000-0{10}\d\d", row["entra_id"])
        assert re.search(r"Example|Sample|Specimen", row["name"])
    for row in roles:
        assert row["email"] in emails and row["role"] in council.policy.roles and row["scope"] in scopes
    statuses = {status for tool in council.tools.values() for status in tool.statuses}
    for row in cases:
        assert row["team"] in teams and row["status"] in statuses and row["closed"] in ("yes", "no")
        assert {row["worker"], row["iro"]} <= emails | {""}
    assert council.policy.qa_address not in emails


def test_the_people_whom_the_demo_shows() -> None:
    by_id = {
        row["entra_id"][-2:]: row
        for name in ("telford_and_wrekin", "central_bedfordshire")
        for row in rows(name, "people")
    }
    assert by_id["01"]["email"] == "avery.sample@telford.example"
    assert by_id["02"]["name"] == "Morgan Example"
    held = {(r["email"], r["role"], r["scope"]) for r in rows("telford_and_wrekin", "roles")}
    team = next(row["team"] for row in rows("telford_and_wrekin", "cases") if row["case"] == "4021")
    assert (by_id["02"]["email"], "team_manager", f"team:{team}") in held
    assert not any(email == by_id["01"]["email"] and scope == f"team:{team}" for email, _role, scope in held)
    roles = {(r["email"], r["role"]) for r in rows("central_bedfordshire", "roles")}
    assert {(by_id["11"]["email"], "auditor"), (by_id["12"]["email"], "head_of_service")} <= roles


def test_a02_what_stands_in_braces_in_a_letter_must_mean_something() -> None:
    text = texts("telford_and_wrekin")["words.toml"]
    with pytest.raises(BadFile, match=r"letters.first: \{child\} means nothing; \{worker\} and \{contact\} do"):
        parse_words(text.replace("{contact}", "{child}"))
    with pytest.raises(BadFile, match=r"letters\.sign is not a key"):
        parse_words(text + 'sign = "x"\n')
    assert parse_words(text.replace("{contact}", "{child}"), strict=False).first, "what was published once is read"
    assert parse_words(text.partition("[letters]")[0]).first_steps("x") == parse_words(text).first_steps("x")
