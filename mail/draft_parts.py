"""What drafts of letters are made of: the draft itself, and days, numbers and links as every letter says them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import quote

from audit.deadlines import said
from audit.notices import Notice
from desk.calendar import bank_holidays, today
from mail.numbering import tag


@dataclass(frozen=True, slots=True)
class File:
    """An attachment. Its name is a reference and nothing else."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Draft:
    """A letter before it is set: `title` is its subject too. `answers`: the Message-ID of the letter it answers."""

    title: str
    words: Mapping[str, object] = field(default_factory=dict)
    files: tuple[File, ...] = ()
    answers: str = ""
    urgent: bool = False


def mailto(notice: Notice, word: str, reference: str) -> str:
    """A new letter that says the word, with the notice's number and seal in its subject: a link cannot make a reply."""
    subject = f"{word} {reference} {tag(notice.number, notice.seal)}"
    return f"mailto:{quote(notice.council.policy.qa_address, safe='@')}?subject={quote(subject)}&body={word}"


def tel(name: str, phone: str) -> dict[str, str]:
    """A name, a number as it is written, and the link that dials it."""
    return {"name": name, "phone": phone, "tel": "tel:" + re.sub(r"[^\d+]", "", phone)}


def due_in(notice: Notice, day: date) -> str:
    """A day, and how far off it is: "Fri 18 Dec (in 9 working days)"."""
    return said(day, today(notice.now), bank_holidays(day))


def long_day(day: date) -> str:
    """A day with its year: "Fri 18 December 2026"."""
    return f"{day:%a} {day.day} {day:%B %Y}"


def count(number: int, noun: str) -> str:
    """ "1 question", "3 questions"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def the(role: str) -> str:
    """A role as it is spoken of."""
    return f"the {role}"


def either(roles: Iterable[str]) -> str:
    """Roles of which one is enough: "the head of service or the director"."""
    return " or ".join(the(role) for role in dict.fromkeys(roles)) or "somebody who may"


def both(names: Iterable[str]) -> str:
    """Names in a row: "Teams and mail"."""
    found = list(names)
    return ", ".join(found[:-1]) + " and " + found[-1] if len(found) > 1 else "".join(found)


def as_label(words: str) -> str:
    """Words of the council's own at the head of a row."""
    return words[:1].upper() + words[1:]
