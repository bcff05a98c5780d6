"""What words mean: grades and their variants, hedges, commands. Wrong and confident is the one unforgivable result."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from audit.scales import Choice

_EDGES = " \t\n\r.,;:!?\"'“”‘’()[]*_-–—…"
_CERTAIN = {
    "it", "is", "it's", "its", "i", "think", "say", "i'd", "id", "would", "a", "an", "the", "grade", "graded", "score",
    "scored", "rating", "overall", "this", "area", "answer", "please", "so", "as", "we", "went", "for", "be",
}  # fmt: skip
"""Words around an answer that leave its meaning alone. Any other word makes it a question, not an answer."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What some words mean among given choices.

    `choice` is set only when there is no doubt. Otherwise `options` are the choices that the words might mean, all of
    them where nothing better is known; empty when the words mention none of them.
    """

    choice: Choice | None
    options: tuple[Choice, ...] = ()


def plain(words: str) -> str:
    """Lower case, straight quotes, single spaces, no punctuation at the ends."""
    text = unicodedata.normalize("NFKC", words).replace("’", "'").lower()
    text = "".join(char for char in text if char.isprintable() or char.isspace())
    return re.sub(r"\s+", " ", text).strip(_EDGES)


def meaning(words: str, choices: Sequence[Choice], numbered: bool = False) -> Meaning:
    """Which choice `words` mean. "not good", "RI to Good" or "Good-" are questions, not answers (DOCUMENTS.md).

    `numbered`: whether "2" means the second choice, as on a list that shows numbers.
    """
    text = plain(words)
    if not text:
        return Meaning(None)
    if numbered and text.isdigit() and 1 <= int(text) <= len(choices):
        return Meaning(choices[int(text) - 1])
    exact = [choice for choice in choices if text in _names(choice)]
    if len(exact) == 1 and not _marked(words, text):
        return Meaning(exact[0])
    named, rest = _mentioned(text, choices)
    if len(named) == 1 and not _marked(words, text) and set(rest.split()) <= _CERTAIN:
        return Meaning(named[0])
    return Meaning(None, _neighbours(named, choices))


def _names(choice: Choice) -> set[str]:
    return {plain(choice.label), plain(choice.id.replace("_", " ")), *(plain(word) for word in choice.says)}


def _marked(words: str, text: str) -> bool:
    """Whether a trailing + or - or a question mark qualifies the answer."""
    return bool(re.search(r"[+?/\-–—]\s*$", words.strip())) or "+" in text or "/" in text


def _mentioned(text: str, choices: Sequence[Choice]) -> tuple[list[Choice], str]:
    """The choices whose names stand in the text as whole words, longest names first, and what is left of the text."""
    named: list[Choice] = []
    names = sorted(((name, choice) for choice in choices for name in _names(choice)), key=lambda pair: -len(pair[0]))
    for name, choice in names:
        pattern = rf"(?<![\w]){re.escape(name)}(?![\w])"
        if re.search(pattern, text):
            text = re.sub(pattern, " ", text)
            if choice not in named:
                named.append(choice)
    return named, re.sub(r"[^\w' ]", " ", text)


def _neighbours(named: Sequence[Choice], choices: Sequence[Choice]) -> tuple[Choice, ...]:
    """The choices mentioned; for a single hedged one, those beside it too, in the scale's order."""
    if not named:
        return ()
    if len(named) > 1:
        return tuple(choice for choice in choices if choice in named)
    place = list(choices).index(named[0])
    return tuple(choices[max(0, place - 1) : place + 2])


COMMANDS: dict[str, tuple[str, ...]] = {
    "help": ("help", "?", "hi", "hello", "hey", "good morning", "good afternoon", "start over", "menu"),
    "start": ("start", "begin"),
    "back": ("back", "previous", "go back"),
    "skip": ("skip", "next", "later", "go on", "save and go on"),
    "not_relevant": ("not relevant", "n/a", "na", "not applicable", "mark not relevant"),
    "reset": ("reset", "reset section", "reset this section", "clear this section"),
    "undo": ("undo", "undo that"),
    "pause": ("pause", "stop", "that's it for now", "save"),
    "resume": ("resume", "continue", "carry on"),
    "status": ("status", "my audits", "list"),
    "concern": ("concern", "raise a concern", "raise a concern now", "raise concern"),
    "ack": ("ack", "acknowledge", "acknowledged", "i acknowledge", "i have it", "i've got it"),
    "confirm": ("confirm", "confirmed", "yes confirm", "i confirm"),
    "submit": ("submit", "hand in", "hand it in"),
    "review": ("review", "check", "summary"),
    "show": ("show", "show what was recorded"),
    "withdraw": ("withdraw",),
}
"""Typed words that are commands when they are all that was typed."""


def command(words: str) -> str:
    """The command that these words are, or an empty text. A command stands alone: "help with reading" is a comment."""
    text = re.sub(r"\s+", " ", words.strip().lower().replace("’", "'")).rstrip(".!")
    return next((name for name, said in COMMANDS.items() if text in said), "")


_ALARMING = re.compile(
    r"\b(inadequate|not\s+(?:deemed\s+|be\s+|being\s+)?safe|unsafe|at\s+(?:immediate\s+)?risk|significant\s+harm|"
    r"in\s+danger|immediate\s+(?:danger|concern|risk)|safeguarding\s+concern)\b",
    re.IGNORECASE,
)


def sounds_alarming(words: str) -> bool:
    """Whether words say inadequate, not safe or at risk. Used to hurry a person, never to decide anything."""
    return bool(_ALARMING.search(words))


_REFERENCE = re.compile(r"(?<![A-Z0-9])([A-Z]{2,4})\s?[-–]\s?(\d{4,6})(?!\d)", re.IGNORECASE)


def references(words: str, prefix: str) -> tuple[str, ...]:
    """Every reference with the council's prefix, in the order in which they stand, each once."""
    found = (f"{match[1].upper()}-{match[2]}" for match in _REFERENCE.finditer(words))
    return tuple(dict.fromkeys(ref for ref in found if ref.startswith(f"{prefix}-")))


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def day(words: str) -> date | None:
    """A day as people in England write it: 2026-12-18, 18/12/2026, 18.12.26 or 18 Dec 2026; None when in doubt."""
    text = plain(words)
    text = re.sub(r"^(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|satur?|sun)(?:day)?,?\s+", "", text)
    if match := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text):
        year, month, number = (int(part) for part in match.groups())
    elif match := re.fullmatch(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{2}|\d{4})", text):
        number, month, year = (int(part) for part in match.groups())
    elif match := re.fullmatch(r"(\d{1,2})(?:st|nd|rd|th)?\s+(?:of\s+)?([a-z]{3,9})\.?,?\s+(\d{2}|\d{4})", text):
        if match[2][:3] not in _MONTHS:
            return None
        number, month, year = int(match[1]), _MONTHS.index(match[2][:3]) + 1, int(match[3])
    else:
        return None
    try:
        return date(year + 2000 if year < 100 else year, month, number)
    except ValueError:
        return None
