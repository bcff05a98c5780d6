"""What an audit tool is: sections of fields, parsed from a council's TOML.

A tool is nothing but steps, a step nothing but fields. Cards, typed words, the Word tool, its reader and the reports
all work on these two, so that a new tool needs no code (councils/README.md).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

from audit.scales import Choice, Scale, Scales
from audit.toml import BadFile, Table, load, unique

ACTION_ROWS = 6
"""Rows for actions in every tool: fixed, because repeating sections do not survive other editors."""


class FieldKind(StrEnum):
    """How a field is answered."""

    GRADE = "grade"  # one choice of a scale; only this is "one score an area" (D02)
    CHOICE = "choice"  # one choice
    MANY = "many"  # any number of choices
    TEXT = "text"  # a few sentences
    LINE = "line"  # a line
    DATE = "date"  # a day, YYYY-MM-DD


class Role(StrEnum):
    """What a field is for, so that rules need not know its id."""

    GRADE = "grade"
    COMMENT = "comment"
    EVIDENCE = "evidence"
    STATEMENTS = "statements"
    CHECK = "check"
    WORKER_VIEW = "worker_view"
    FORM = "form"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that is asked.

    `when` makes it count only if another field of the same step holds one of the given choices; `required` blocks
    submit while it is empty, and nothing else.
    """

    id: str
    label: str
    kind: FieldKind
    role: Role = Role.OTHER
    required: bool = False
    choices: tuple[Choice, ...] = ()
    when: tuple[str, tuple[str, ...]] | None = None
    hint: str = ""

    def choice(self, choice_id: str) -> Choice | None:
        """The choice with this id, if any."""
        return next((choice for choice in self.choices if choice.id == choice_id), None)

    @property
    def picked(self) -> bool:
        """Whether it is answered by picking rather than by writing."""
        return self.kind in (FieldKind.GRADE, FieldKind.CHOICE, FieldKind.MANY)


@dataclass(frozen=True, slots=True)
class Step:
    """One section of a tool, or one of the closing steps: what one card asks."""

    id: str
    number: str
    title: str
    look_at: str
    fields: tuple[Field, ...]
    may_be_not_relevant: bool = False
    closing: bool = False
    guidance: str = ""
    prompts: tuple[str, ...] = ()

    def field(self, field_id: str) -> Field:
        """The field with this id. Raises KeyError."""
        for one in self.fields:
            if one.id == field_id:
                return one
        raise KeyError(field_id)

    def role(self, role: Role) -> Field | None:
        """The first field with this role, if any."""
        return next((one for one in self.fields if one.role is role), None)


@dataclass(frozen=True, slots=True)
class Tool:
    """A council's audit tool in one version. Never edited once published: add a version (docs/decisions/0006)."""

    id: str
    version: str
    title: str
    statuses: tuple[str, ...]
    guide: str
    months: int
    steps: tuple[Step, ...]
    purpose: str = ""
    scales: tuple[str, ...] = field(default=())

    def step(self, step_id: str) -> Step:
        """The step with this id. Raises KeyError."""
        for step in self.steps:
            if step.id == step_id:
                return step
        raise KeyError(step_id)

    @property
    def sections(self) -> tuple[Step, ...]:
        """The areas of practice, without the closing steps."""
        return tuple(step for step in self.steps if not step.closing)

    def after(self, step_id: str) -> Step | None:
        """The step that follows, if any."""
        place = self.place(step_id)
        return self.steps[place] if place < len(self.steps) else None

    def before(self, step_id: str) -> Step | None:
        """The step that comes before, if any."""
        place = self.place(step_id)
        return self.steps[place - 2] if place > 1 else None

    def place(self, step_id: str) -> int:
        """Where a step stands, from 1. Raises KeyError."""
        for place, step in enumerate(self.steps, 1):
            if step.id == step_id:
                return place
        raise KeyError(step_id)


CLOSING = ("meeting", "overall", "safe", "learning", "actions", "worker_view")
"""The steps that close a tool, in order; a tool may leave some out."""


def parse(text: str, scales: Scales, strict: bool = True) -> Tool:
    """`tools/*.toml` as a value; not strict for a text that was published once. Raises BadFile naming the key."""
    top = load(text, strict)
    default = top.choice("scale", scales.scales)
    guide = top.text("guide", "")
    if guide and guide not in scales.guides:
        raise BadFile(f"guide {guide!r} is not in scales.toml")
    worker_views = top.flag("worker_view_in_each_section", False)
    sections = tuple(
        _section(table, str(place), scales, default, worker_views)
        for place, table in enumerate(top.tables("section"), 1)
    )
    wording = top.table("closing_words", optional=True)
    last = _last_number(sections)
    names = _closing_names(top)
    if strict and "overall" in names:
        _check_serious(scales.scales[default])
    closing = tuple(
        _CLOSING_STEPS[name](str(last + place), scales.scales[default], wording) for place, name in enumerate(names, 1)
    )
    unique((step.id for step in (*sections, *closing)), "section ids")
    tool = Tool(
        id=top.text("id"),
        version=top.text("version"),
        title=top.text("title"),
        statuses=top.texts("statuses", ()),
        guide=guide,
        months=top.number("look_back_months", 6),
        steps=(*sections, *closing),
        purpose=top.text("purpose", ""),
        scales=(default,),
    )
    wording.done()
    top.done()
    return tool


def _last_number(sections: tuple[Step, ...]) -> int:
    """The highest number of a section, so that 15 and 15a are followed by 16."""
    numbers = (re.match(r"\d+", section.number) for section in sections)
    return max((int(match[0]) for match in numbers if match), default=len(sections))


def _closing_names(top: Table) -> tuple[str, ...]:
    names = top.texts("closing", CLOSING)
    for name in names:
        if name not in CLOSING:
            raise BadFile(f"closing: {name!r} is not one of {', '.join(CLOSING)}")
    return tuple(name for name in CLOSING if name in names)


def _check_serious(scale: Scale) -> None:
    if not any(choice.serious for choice in scale.choices):
        raise BadFile(
            f"scale: no grade of scale.{scale.id} in scales.toml is serious = true, "
            "so the overall grade could never raise a concern"
        )


def _section(table: Table, place: str, scales: Scales, default: str, worker_views: bool) -> Step:
    fields = (
        *_statements(table),
        *_checks(table, scales),
        *_grade(table, scales, default),
        *_forms(table),
        *_comment(table),
        *_evidence(table),
        *(_worker_view(table) if worker_views else ()),
    )
    unique((one.id for one in fields), f"{table.path}: field ids")
    step = Step(
        id=table.text("id"),
        number=table.text("number", place),
        title=table.text("title"),
        look_at=table.text("look_at", ""),
        fields=fields,
        may_be_not_relevant=not table.flag("always_asked", False),
        guidance=table.text("guidance", ""),
        prompts=table.texts("prompts", ()),
    )
    if not fields:
        raise BadFile(f"{table.path} asks nothing: give it a grade, statements, checks, a form or a comment")
    table.done()
    return step


def _grade(table: Table, scales: Scales, default: str) -> tuple[Field, ...]:
    if not table.flag("graded", True):
        return ()
    scale = scales.scales[table.choice("scale", scales.scales, default)]
    label = table.text("grade_label", "Grade for this area")
    return (Field("grade", label, FieldKind.GRADE, Role.GRADE, required=True, choices=scale.choices),)


def _statements(table: Table) -> tuple[Field, ...]:
    choices = tuple(_plain_choice(entry) for entry in table.tables("statement", optional=True))
    if not choices:
        return ()
    unique((choice.id for choice in choices), f"{table.path}.statement")
    label = table.text("statements_label", "Choose the statements that fit")
    needed = table.flag("statements_required", True)
    return (Field("statements", label, FieldKind.MANY, Role.STATEMENTS, required=needed, choices=choices),)


def _checks(table: Table, scales: Scales) -> tuple[Field, ...]:
    return tuple(_check(entry, scales) for entry in table.tables("check", optional=True))


def _check(table: Table, scales: Scales) -> Field:
    scale = scales.scales[table.choice("scale", scales.scales)]
    check = Field(
        f"check_{table.text('id')}",
        table.text("text"),
        FieldKind.CHOICE,
        Role.CHECK,
        required=table.flag("required", True),
        choices=scale.choices,
    )
    table.done()
    return check


def _forms(table: Table) -> tuple[Field, ...]:
    return tuple(_form(entry) for entry in table.tables("ask", optional=True))


def _form(table: Table) -> Field:
    kind = FieldKind(table.choice("kind", ("text", "line", "date", "choice", "many"), "text"))
    choices = tuple(_plain_choice(entry) for entry in table.tables("choice", optional=True))
    if kind in (FieldKind.CHOICE, FieldKind.MANY) and len(choices) < 2:
        raise BadFile(f"{table.path}.choice should hold at least two choices")
    asked = Field(
        table.text("id"),
        table.text("text"),
        kind,
        Role.FORM,
        required=table.flag("required", False),
        choices=choices,
        hint=table.text("hint", ""),
    )
    table.done()
    return asked


def _plain_choice(table: Table) -> Choice:
    choice = Choice(table.id(), table.text("text"))
    table.done()
    return choice


def _comment(table: Table) -> tuple[Field, ...]:
    need = table.choice("comment", ("required", "optional", "none"), "required")
    label = table.text("comment_label", "Comment: what led you to this, what worked, what would help next")
    if need == "none":
        return ()
    return (Field("comment", label, FieldKind.TEXT, Role.COMMENT, required=need == "required"),)


def _evidence(table: Table) -> tuple[Field, ...]:
    if not table.flag("evidence", True):
        return ()
    return (Field("evidence", "Where is this recorded?", FieldKind.LINE, Role.EVIDENCE),)  # C16: a nudge, no block


def _worker_view(table: Table) -> tuple[Field, ...]:
    return (Field("worker_view", "The worker's view of this area", FieldKind.TEXT, Role.WORKER_VIEW),)  # C15


YES = Choice("yes", "Yes", says=("yes", "y", "yeah", "yep"))
NO = Choice("no", "No", says=("no", "n", "nope"))


def _meeting(number: str, scale: Scale, words: Table) -> Step:
    """C03 and C15: met the worker, or why not."""
    return Step(
        "meeting",
        number,
        "Meeting the worker",
        words.text("meeting", "Meeting the worker is part of the audit; auditing alone is the last resort."),
        (
            Field("met", "Did you meet the worker?", FieldKind.CHOICE, required=True, choices=(YES, NO)),
            Field("why_not", "Why not?", FieldKind.TEXT, required=True, when=("met", ("no",))),
        ),
        closing=True,
    )


def _overall(number: str, scale: Scale, words: Table) -> Step:
    """D16: looked back at, and not the sum of its parts."""
    return Step(
        "overall",
        number,
        "Overall",
        words.text("overall", "Look back over your areas first. Overall is your judgement, not their sum."),
        (
            Field("grade", "Overall grade", FieldKind.GRADE, Role.GRADE, required=True, choices=scale.choices),
            Field("why", "In a line or two: what decided it?", FieldKind.TEXT, Role.COMMENT),
        ),
        closing=True,
    )


def _safe(number: str, scale: Scale, words: Table) -> Step:
    """F02: the child not deemed safe."""
    no = Choice(
        "no",
        "No, or I am not sure",
        says=("no", "n", "not safe", "not sure", "unsure", "unsafe"),
        serious=True,
    )
    return Step(
        "safe",
        number,
        "Is the child safe?",
        words.text("safe", "On what you have read and heard, is the child safe now?"),
        (Field("safe", "Is the child safe now?", FieldKind.CHOICE, required=True, choices=(YES, no)),),
        closing=True,
    )


def _learning(number: str, scale: Scale, words: Table) -> Step:
    """D11 and D12: always some learning, and something for the worker."""
    return Step(
        "learning",
        number,
        "Learning",
        words.text("learning", "There is learning in every audit, from excellent work too."),
        (
            Field("strengths", "What was good, and why?", FieldKind.TEXT),
            Field("learning", "What can we learn?", FieldKind.TEXT, required=True),
            Field("for_worker", "One thing for the worker to take away", FieldKind.LINE),
        ),
        closing=True,
    )


def _actions(number: str, scale: Scale, words: Table) -> Step:
    """G11: only what can be done, each with who and by when; the rest is learning."""
    none = Choice("none", "No actions are needed", says=("none", "no actions", "no action", "nothing"))
    some = Choice("some", "The actions below are needed", says=("some", "actions"))
    rows = tuple(one for row in range(1, ACTION_ROWS + 1) for one in _action_row(row))
    return Step(
        "actions",
        number,
        "Actions",
        words.text("actions", "Only what can really be done. Each needs someone and a date; the rest is learning."),
        (
            Field("needed", "Are actions needed?", FieldKind.CHOICE, required=True, choices=(some, none)),
            *rows,
        ),
        closing=True,
    )


def _action_row(row: int) -> tuple[Field, Field, Field]:
    wanted = ("needed", ("some",))
    first = row == 1
    return (
        Field(f"what_{row}", f"Action {row}: what", FieldKind.LINE, required=first, when=wanted),
        Field(f"who_{row}", f"Action {row}: who", FieldKind.LINE, required=first, when=wanted),
        Field(f"by_{row}", f"Action {row}: by when", FieldKind.DATE, required=first, when=wanted),
    )


def _worker_view_of_outcome(number: str, scale: Scale, words: Table) -> Step:
    """D17: if the worker disagrees, say why."""
    agree = Choice("agree", "Agrees", says=("agree", "agrees", "yes"))
    disagree = Choice("disagree", "Disagrees", says=("disagree", "disagrees", "no"))
    not_discussed = Choice("not_discussed", "Not discussed", says=("not discussed", "not yet"))
    return Step(
        "worker_view",
        number,
        "The worker's view",
        words.text("worker_view", "What does the worker think of the outcome?"),
        (
            Field(
                "view",
                "The worker's view of the outcome",
                FieldKind.CHOICE,
                required=True,
                choices=(agree, disagree, not_discussed),
            ),
            Field(
                "reason",
                "If they disagree, why?",
                FieldKind.TEXT,
                required=True,
                when=("view", ("disagree",)),
            ),
        ),
        closing=True,
    )


_CLOSING_STEPS = {
    "meeting": _meeting,
    "overall": _overall,
    "safe": _safe,
    "learning": _learning,
    "actions": _actions,
    "worker_view": _worker_view_of_outcome,
}
