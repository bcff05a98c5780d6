"""What to show next, as values. The doors draw them; nothing here sends or draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from audit.answers import Gap, Value
from audit.council import Council
from audit.notices import AlertFacts, LetterFacts, LetterLine, LiveFacts, RequestFacts
from audit.people import Person
from audit.tools import Step
from desk.questions import Question


@dataclass(frozen=True, slots=True)
class Problem:
    """A sentence and the input it stands beside; an empty field means the top of the card."""

    sentence: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """One step, as a card that can be answered. `typed` is what a refused press held: it is still there."""

    live: LiveFacts
    step: Step
    problem: Problem | None = None
    typed: Mapping[str, Value] = field(default_factory=dict)
    folded: Step | None = None
    notes: tuple[str, ...] = ()
    confirm_not_relevant: bool = False


@dataclass(frozen=True, slots=True)
class Review:
    """All steps in a line each, what is missing first, and *Hand in*."""

    live: LiveFacts
    gaps: tuple[Gap, ...]
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Questions:
    """What a returned tool left open. `more` follow later; `said` are sentences on what was just answered."""

    live: LiveFacts
    asked: tuple[Question, ...]
    more: int = 0
    said: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Allocated:
    """The audit is theirs: what it is, by when, and *Start*."""

    live: LiveFacts


@dataclass(frozen=True, slots=True)
class Paused:
    """Everything is kept; where it goes on."""

    live: LiveFacts
    following: Step | None


@dataclass(frozen=True, slots=True)
class HandedIn:
    """The receipt of a submitted audit. `typed` is what inputs held that were not pressed or were refused."""

    live: LiveFacts
    problem: Problem | None = None
    typed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ConcernForm:
    """*Raise a concern now*: which kind, and a line. `press` makes pressing twice raise once."""

    live: LiveFacts
    press: str
    words: str = ""
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Alerted:
    """A concern as one of those who were told sees it."""

    facts: AlertFacts
    council: Council
    now: datetime
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class WhatWasRecorded:
    """Concern, findings and remedial actions, in personal chat, after the role was checked."""

    facts: AlertFacts
    council: Council
    now: datetime
    words: str
    findings: tuple[tuple[str, str, str], ...]  # area, grade, comment
    actions: tuple[str, ...]
    learning: str


@dataclass(frozen=True, slots=True)
class Line:
    """One audit in a list."""

    reference: str
    due: str
    done: int
    of: int
    stage: str


@dataclass(frozen=True, slots=True)
class AuditList:
    """A person's audits and the alerts that wait for them."""

    council: Council
    lines: tuple[Line, ...]
    waiting: tuple[AlertFacts, ...]
    letters: int = 0
    """How many letters need a person, for those who may deal with them."""


@dataclass(frozen=True, slots=True)
class LetterList:
    """Letters that need a person, oldest first; `count` may be more than the lines that are shown."""

    council: Council
    lines: tuple[LetterLine, ...]
    count: int
    now: datetime


@dataclass(frozen=True, slots=True)
class LetterCard:
    """One letter that needs a person, with one question. `typed` is what a press held that is still open."""

    facts: LetterFacts
    council: Council
    now: datetime
    sentence: str = ""
    problem: Problem | None = None
    typed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Help:
    """What can be said here, and who to ask."""

    council: Council
    person: Person
    contact: Person | None
    has_audits: bool
    first_time: bool = False
    of_the_team: bool = False


@dataclass(frozen=True, slots=True)
class RequestForm:
    """*Ask for an audit*. `typed` is what a refused press held, but for what may be a name."""

    council: Council
    typed: Mapping[str, str] = field(default_factory=dict)
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class RequestCard:
    """A request, for whoever decides about it. `words`: what was written with it, once they asked to see it."""

    facts: RequestFacts
    council: Council
    now: datetime
    words: tuple[str, ...] = ()
    problem: Problem | None = None
    typed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Say:
    """A sentence or two, and nothing to press."""

    sentence: str


Screen = (
    Ask
    | Review
    | Questions
    | Allocated
    | Paused
    | HandedIn
    | ConcernForm
    | Alerted
    | WhatWasRecorded
    | AuditList
    | LetterList
    | LetterCard
    | RequestForm
    | RequestCard
    | Help
    | Say
)
LIVE = (Ask, Review, Questions, Allocated, Paused, HandedIn, ConcernForm)
"""Screens that are an audit's one live card."""
