"""The process of an audit as one table: stage, verb, who may, next stage."""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    """Where an audit stands."""

    ALLOCATED = "allocated"
    SCORING = "scoring"
    SUBMITTED = "submitted"


TABLE: dict[tuple[Stage, str], tuple[str, Stage]] = {
    (Stage.ALLOCATED, "start"): ("auditor", Stage.SCORING),
    (Stage.ALLOCATED, "record"): ("auditor", Stage.SCORING),
    (Stage.SCORING, "start"): ("auditor", Stage.SCORING),
    (Stage.SCORING, "record"): ("auditor", Stage.SCORING),
    (Stage.SCORING, "submit"): ("auditor", Stage.SUBMITTED),
    (Stage.SUBMITTED, "reopen"): ("qa_team", Stage.SCORING),
}


def next_stage(stage: Stage, verb: str) -> Stage | None:
    """The stage that `verb` leads to from `stage`, or None where it may not be done."""
    row = TABLE.get((stage, verb))
    return row[1] if row else None
