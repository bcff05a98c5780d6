"""The tool with its answers, for those who are to read it (F02, F10, F11)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime

from audit.answers import Answer, Audit, KeptWords
from audit.process import Stage
from documents import completed_tool, guard
from tests.documents.filling import BODY, TOOL, WORDS, full_answers, parts

NOW = datetime(2026, 11, 27, 17, 45, tzinfo=UTC)


def audit(**changed: object) -> Audit:
    plain = Audit(
        id=1,
        reference="AB-0417",
        case_id="C-1001",
        auditor_id=1,
        moderator_id=None,
        tool_id=TOOL.id,
        tool_version=TOOL.version,
        tool_hash="",
        council_hash="",
        stage=Stage.SCORING,
        due=date(2026, 12, 18),
        version=1,
        allocated_at=NOW,
    )
    return replace(plain, **changed)  # type: ignore[arg-type]


def shown(one: Audit) -> str:
    made = completed_tool.make(TOOL, WORDS, "Anyshire Council", one, "Sam Reed", "at 17:45 on Fri 27 November 2026")
    guard.vet(made, "AB-0417.docx")
    xml = parts(made)[BODY].decode()
    assert "<w:sdt>" not in xml  # nothing to fill in
    return " ".join(re.sub(r"<[^>]+>", "\n", xml).split())


def test_every_answer_stands_in_it() -> None:
    given: dict[str, dict[str, str | tuple[str, ...]]] = {}
    for (step, one), value in full_answers(TOOL).items():
        given.setdefault(step, {})[one] = value
    text = shown(audit(answers={step: Answer(values, version=1) for step, values in given.items()}, submitted_at=NOW))
    assert "Handed in." in text
    for step in TOOL.steps:
        for one in step.fields:
            value = given[step.id][one.id]
            for part in value if isinstance(value, tuple) else (value,):
                choice = one.choice(part)
                assert not choice or choice.label in text
    assert "December 2026" in text


def test_what_gave_cause_stands_first() -> None:  # F02
    answers = {"overall": Answer({"grade": "inadequate"}), "safe": Answer({"safe": "no"})}
    text = shown(audit(answers=answers))
    first = text.index("Please read first")
    assert "Overall – Overall grade: Inadequate" in text[first:]
    assert first < text.index("1 Planning")


def test_what_may_have_given_cause_stands_first_too() -> None:  # F02
    kept = KeptWords(
        1, "overall", "grade", "RI or inad", "", ("requires_improvement", "inadequate"), "unsure", "m", NOW
    )
    text = shown(audit(kept=(kept,)))
    assert "Overall – Overall grade: not settled yet" in text
    assert "Also said, and not settled yet: RI or inad" in text


def test_what_is_missing_is_said() -> None:
    text = shown(audit(answers={"planning": Answer(not_relevant=True)}))
    assert "Not handed in yet" in text
    assert "1 Planning Not relevant here" in text
    assert "Not answered yet" in text
    assert "Please read first" not in text
