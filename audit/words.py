"""What words mean: grades and their variants, hedges, commands. Wrong and confident is the one unforgivable result."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from audit import alarming
from audit.scales import Choice

_EDGES = " \t\n\r.,;:!?\"'“”‘’()[]*_-–—…"
_MARK = "\0"
_SURE = re.compile(
    r"(?:(?:i|we) (?:think|say|would say|chose|gave|went for|go for|would go for)(?: it)? |"
    r"(?:i'd|id|we'd) (?:say|go for) |"
    r"(?:(?:i|we) )?(?:graded|scored|rated) (?:it |this )?(?:as )?)?"
    r"(?:(?:it|this)(?: area| section)? is |it's |its |"
    r"(?:(?:the|this|my|our) )?(?:overall )?(?:grade|score|rating|answer|area|overall)(?: is)? )?"
    rf"(?:an? )?{_MARK}(?: (?:please|overall|grade|score|rating|for this (?:area|section)))?"
)
"""The ways to give an answer (the mark) that leave no doubt. Anything around it beyond these makes it a question."""
_QUIET = re.compile(r"[\s.,;:!=\"()\[\]*_–—✓✔✅☑👍\ufe0f-]+")
"""Punctuation and ticks that say nothing about an answer."""
_DOUBT = re.compile(r"[?+]|\.{2,}|!\s*=|^\s*!|^[^*]*[^*\s]\s*\*+\W*$|[-‐–—−]\W*$|^\W*[-‐–—−]\d|\[\s*\]|\(\s*\)")
"""A question mark, Good+, Good-, Good..., != Good, Good* with a note somewhere, or an empty box beside it."""


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
    if not text.isprintable():
        text = "".join(char for char in text if char.isprintable() or char.isspace())
    return " ".join(text.split()).strip(_EDGES)


def meaning(words: str, choices: Sequence[Choice], numbered: bool = False, reasons: bool = False) -> Meaning:
    """Which choice `words` mean. "not good", "RI to Good" or "Good-" are questions, not answers.

    `numbered`: whether "2" means the second choice, as on a list that shows numbers. `reasons`: whether a reason that
    takes nothing back may follow ("Good: the record shows it"), as in a document.
    """
    text = plain(words)
    if not text:
        return Meaning(None)
    if (counted := _counted(text, choices)) is not None:
        return Meaning(None if _doubtful(words) else counted, (counted,) if _doubtful(words) else ())
    if reasons and (given := _before_a_reason(words, choices)):
        return meaning(given, choices, numbered)
    if numbered and (match := _NUMBER.fullmatch(text)) and not any(n.isdigit() for c in choices for n in _names(c)):
        return _by_number(words, int(match[1]), match[2], choices)
    named, shape = _mentioned(text, tuple(choices))
    exact = [choice for choice in choices if text in _names(choice)]
    sure = exact or (named if _SURE.fullmatch(shape) else [])
    if len(sure) == 1 and not _doubtful(words):
        return Meaning(sure[0])
    return Meaning(None, _neighbours(named, choices))


def named(words: str, choices: Sequence[Choice]) -> tuple[Choice, ...]:
    """The choices whose names stand among these words, whatever is said about them."""
    return tuple(_mentioned(plain(words), tuple(choices))[0])


_REASON = re.compile(
    r"(?P<answer>[^:\n(,;–—]{1,60}?)(?:\s*[:,(\n]\s*|\s+[–—-]\s+|\s+because\s+|\.\s+)(?P<reason>.+)", re.DOTALL
)
_SOURCE = (
    r"(?:the |my |your )?(?:whole |case |child's )?"
    r"(?:records?|files?|plans?|evidence|chronology|case notes?|notes?|recordings?)"
)
_PLAIN_REASON = re.compile(
    rf"{_SOURCE} (?:clearly )?(?:shows?|supports?|evidences?|confirms?|demonstrates?|bears?) (?:it|this|that)(?: out)?"
    r"(?: clearly| throughout| from start to end| from start to finish)?|"
    rf"(?:please )?see {_SOURCE}|(?:please )?see (?:the |my )?comments?(?: below| above)?|"
    rf"(?:as )?(?:seen|evidenced|recorded|shown) (?:on|in) {_SOURCE}|"
    r"(?:as )?(?:agreed|discussed) with (?:the )?(?:worker|social worker|manager|team manager|family)"
)
"""The reasons that take nothing back. Any other may ("Good: rejected by the manager"), and is asked about."""


def _before_a_reason(words: str, choices: Sequence[Choice]) -> str:
    """The answer that stands before a reason that changes nothing; empty where there is none."""
    match = _REASON.fullmatch(unicodedata.normalize("NFKC", words).replace("’", "'").strip())
    if not match or "?" in words or not _PLAIN_REASON.fullmatch(plain(match["reason"])):
        return ""
    named = plain(match["answer"])
    return match["answer"] if any(named in _names(choice) for choice in choices) else ""


_OUT_OF = re.compile(r"(\d{1,2}) out of (\d{1,2})")


def _counted(text: str, choices: Sequence[Choice]) -> Choice | None:
    """ "8 out of 10" on a scale of numbers that ends with 10."""
    match = _OUT_OF.fullmatch(text)
    labels = [choice.label for choice in choices]
    if not match or not all(label.isdecimal() for label in labels) or match[2] != str(max(map(int, labels))):
        return None
    return next((choice for choice in choices if choice.label == match[1]), None)


_NUMBER = re.compile(r"(?:(?:option|number|choice) |#)?([0-9]{1,2})(?![\w/])[.):, -]*(.*)")


def _doubtful(words: str) -> bool:
    return bool(_DOUBT.search(unicodedata.normalize("NFKC", words)))


def _by_number(words: str, number: int, rest: str, choices: Sequence[Choice]) -> Meaning:
    """The choice with this number, unless what follows the number says otherwise: "2 Good" where 2 is another."""
    counted = choices[number - 1] if 1 <= number <= len(choices) else None
    said = meaning(rest, choices) if rest else Meaning(counted)
    if _doubtful(words) or said.choice is not counted:
        either = [choice for choice in choices if choice in (counted, said.choice, *said.options)]
        return Meaning(None, tuple(either))
    return said


@lru_cache(maxsize=512)
def _names(choice: Choice) -> frozenset[str]:
    return frozenset(plain(said) for said in (choice.label, choice.id, choice.id.replace("_", " "), *choice.says))


@lru_cache(maxsize=256)
def _patterns(choices: tuple[Choice, ...]) -> tuple[tuple[str, re.Pattern[str], Choice], ...]:
    """The names of these choices, longest first, each with what finds it as a whole word."""
    names = [(name, choice) for choice in choices for name in _names(choice) if name]
    return tuple((name, _whole(name), choice) for name, choice in sorted(names, key=lambda pair: -len(pair[0])))


def _whole(name: str) -> re.Pattern[str]:
    if name.isdecimal():  # 5.5, 5,5 and 5/6 hold no 5
        return re.compile(rf"(?<![\w.,/]){name}(?![\w]|[.,/]\d)")
    return re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")


def _mentioned(text: str, choices: tuple[Choice, ...]) -> tuple[list[Choice], str]:
    """The choices whose names stand in the text as whole words, longest first, and the text with a mark for them."""
    named: list[Choice] = []
    for name, pattern, choice in _patterns(choices):
        if name in text and pattern.search(text):
            text = pattern.sub(_MARK, text)
            if choice not in named:
                named.append(choice)
    shape = _QUIET.sub(" ", text).strip()
    return named, re.sub(rf"{_MARK}(?: {_MARK})+", _MARK, shape)


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
    "request": ("request", "request an audit", "request audit", "ask for an audit"),
    "disagree": ("disagree", "i disagree"),
    "letters": ("letters", "post", "show letters", "show the letters"),
}
"""Typed words that are commands when they are all that was typed."""


def command(words: str) -> str:
    """The command that these words are, or an empty text. A command stands alone: "help with reading" is a comment."""
    text = plain(words)
    if "?" in words:  # "ack?" asks what it is; it acknowledges nothing
        return "help" if text in ("", *COMMANDS["help"]) else ""
    return next((name for name, said in COMMANDS.items() if text in said), "")


def sounds_alarming(words: str) -> bool:
    """Whether words sound as if a child may come to harm. Used to hurry a person, never to decide anything."""
    return alarming.is_heard(words)


_REFERENCE = re.compile(r"(?<![A-Z0-9])([A-Z]{2,4})\s?[-_‐‑–—−]\s?([0-9]{4,6})(?![0-9])", re.IGNORECASE)


def references(words: str, prefix: str) -> tuple[str, ...]:
    """Every reference with the council's prefix, in the order in which they stand, each once."""
    found = (f"{match[1].upper()}-{match[2]}" for match in _REFERENCE.finditer(words))
    return tuple(dict.fromkeys(ref for ref in found if ref.startswith(f"{prefix}-")))


_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_WEEKDAY = re.compile(r"(mon|tue|wed|thu|fri|sat|sun)(?:s|r|rs|nes|ur)?(?:day)?,?\s+(.*)")


def day(words: str) -> date | None:
    """A day as people in England write it: 2026-12-18, 18/12/2026, 18.12.26 or Fri 18 Dec 2026; None when in doubt."""
    text = re.sub(r"^(?:by|on) ", "", plain(words))
    if "?" in words:
        return None
    weekday = ""
    if match := _WEEKDAY.fullmatch(text):
        weekday, text = match.groups()
    if match := re.fullmatch(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", text):
        year, month, number = match[1], int(match[2]), int(match[3])
    elif match := re.fullmatch(r"(\d{1,2}) ?[/.\-] ?(\d{1,2}) ?[/.\-] ?(\d{2}|\d{4})", text):
        number, month, year = int(match[1]), int(match[2]), match[3]
    elif match := re.fullmatch(r"(\d{1,2})(?:st|nd|rd|th)?[ -](?:of )?([a-z]{3,9})\.?,?[ -](\d{2}|\d{4})", text):
        number, month, year = int(match[1]), _month(match[2]), match[3]
    else:
        return None
    try:
        found = date(int(year) + (2000 if len(year) == 2 else 0), month, number)
    except ValueError:
        return None
    likely = 2000 <= found.year <= 2099
    return found if likely and f"{found:%a}".lower().startswith(weekday) else None


def _month(word: str) -> int:
    """1 to 12, or 0 for a word that is no month."""
    if word == "sept":
        return 9
    return next((place for place, name in enumerate(_MONTHS, 1) if name.startswith(word)), 0)
