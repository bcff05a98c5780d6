"""Whether words speak of a grade, for a case note that must hold none (G06). In doubt they do: a person is asked.

Nothing here decides what becomes of the words; it says only whether somebody has to look before they are copied.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from enum import Enum
from functools import lru_cache

from audit.tools import FieldKind, Tool


class Talk(Enum):
    """What some words are."""

    NONE = "none"  # surely no grade
    PERHAPS = "perhaps"  # a word that may be one: somebody has to say
    GRADE = "grade"  # surely one


OFSTED = frozenset(
    {
        "outstanding", "good", "requires improvement", "ri", "inadequate", "inad", "adequate", "satisfactory",
        "exceeds good", "exceeds", "special measures", "not yet good", "meets good", "below good", "gd",
    }
)  # fmt: skip
"""What inspectors and councils have called grades, whatever the scale of the tool in hand."""

_PLAIN_WORDS = frozenset({"yes", "no", "y", "n", "na", "n/a", "met", "partly", "not applicable"})
"""Names of answers that are everyday words: they speak of a grade only beside a word such as "scored"."""

_CUE = re.compile(
    r"\b(?:re|down|mis)?-?(?:grad(?:e|es|ed|ing|ings)|scor(?:e|es|ed|ing)|rat(?:ed|ing|ings))(?![a-z])|"
    r"\brag\b|\bjudge?ments?\s+of\b|\bjudged\b|\bofsted\s+(?:(?:would|says|said)\b|\d)|"
    r"\b(?:level|band)\s*\d\b|"
    r"\boverall\s*(?:[:=–—-]|(?:is|was|good|judge?ment|outcome)\b)"
)
"""Words that say that a grade comes next, or came before."""
_MEASURE = re.compile(
    r"\b(?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten)\s*(?:/|out\s+of)\s*(?:4|5|10|four|five|ten)\b"
    r"(?!\s*[/.-]\s*\d)"
)
_IMPROVE = re.compile(
    r"\b(?:req[a-z]*\.?|need(?:s|ed|ing)?)\s+(?:\w+\s+){0,2}(?:imp\b|impr[a-z]*m[a-z]*t|improving\b)|"
    r"\bimprovements?\s+(?:required|needed)\b"
)
_SHORTENED = re.compile(r"\b(?:inad|inade?[qg]\w*|outst\w*)\b")
_ALONE = re.compile(
    r"\W*(?:[a-g][+-]|[a-g]|i|eg|excellent|poor|weak|strong|met|not (?:yet )?met|part(?:ial)?ly met|pass(?:ed)?|"
    r"fail(?:ed|s)?|red|amber|green|top marks|(?:un)?acceptable|"
    r"overall (?:i|\d|one|two|three|four))\W*"
)
"""What is an opinion of the work where nothing else is said."""
_MARKS = re.compile("[★☆⭐✪▲△▴✕✖❌]")
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")

_INNOCENT = tuple(
    re.compile(pattern)
    for pattern in (
        # something good that is about the child's life and not about the work
        r"\b[Gg]ood(?:-| )enough (?:parent|parenting|care|home)\b",
        r"\b[Gg]ood (?:working |family |close )?(?:relationships?|friendships?|rapport) (?:with|between)\b",
        r"\b[Gg]ood (?:friends?|attendance|behaviour|manners|sleep|routines?|morning|afternoon|evening|luck|appetite|"
        r"diet|hygiene|humour|spirits|role models?|neighbours?|news|Friday|school reports?|"
        r"reports? from (?:the )?school)\b(?!\s*[:=/–—-])",
        r"\ba good deal\b",
        r"\bin good time\b",
        r"\b(?:left|gone|moved out|moved away) for good\b",
        r"\b(?:[Hh]e|[Ss]he) is (?:very |really )?good at (?!last\b)\w+",
        r"\b(?:[Ss]chool reports?|[Aa]ttendance|[Ss]leep|[Aa]ppetite|[Ee]yesight|[Hh]earing)"
        r" (?:is|was|are|were|has been|have been) (?:very |now |mostly )?good\b(?=[.,;]| and | at | now|$)",
        r"\b(?:[Ss]hare|[Uu]se|[Ff]ollow) (?:the |this )?good practice (?:guide|guidance)\b",
        # something that is still owed
        r"\b[Oo]utstanding (?:actions?|tasks?|appointments?|bills?|debts?|rent|payments?|fines?|invoices?|referrals?|"
        r"checks?|vaccinations?|immunisations?|fees?)\b(?!\s*[:=/–—-])",
        # enough of something to live on
        r"\b(?:[Ii]na|[Aa])dequate (?:housing|heating|food|clothing|bedding|furniture|lighting|ventilation|sleep|"
        r"income|locks?)\b(?!\s*[:=/–—-])",
        # for example
        r"(?<=[(,;–] )(?:[Ee]\.g\.|eg),?(?= \w)",
        r"(?<=\()(?:[Ee]\.g\.|eg),?(?= \w)",
        r"(?<![:=–—-] )(?<!\bto )(?<!\bfrom )(?<!\bat )(?<!\bas )(?<!\bis )(?<!\bwas )\be\.g\.,?(?= \w)",
    )
)
"""Uses that are surely no grade. Matched against the words as they were written, in a line that speaks of no grade
otherwise: a letter that only looks like another one is never innocent."""


def talk(words: str, names: frozenset[str] = OFSTED) -> Talk:
    """What `words` are, given the names of all grades (`names_of`). In doubt PERHAPS, never NONE."""
    if not words.strip():
        return Talk.NONE
    whole = _flat(words)
    cued = bool(_CUE.search(whole))
    rest = words if cued or _IMPROVE.search(whole) else _without_innocent(words)
    flat = _flat(rest)
    found = {name for name in names if _stands(name, flat, cued)}
    alone = flat.strip(" .,;:!?-") in found
    if found and (cued or alone or len(found) > 1 or "requires improvement" in found):
        return Talk.GRADE
    if found or cued or _MEASURE.search(whole) or _IMPROVE.search(flat) or _SHORTENED.search(flat):
        return Talk.PERHAPS
    if (
        _ALONE.fullmatch(flat)
        or _MARKS.search(words)
        or _BIDI.search(words)
        or _unreadable(words)
        or _hidden(flat, names)
    ):
        return Talk.PERHAPS
    return Talk.NONE


@lru_cache(maxsize=64)
def names_of(tool: Tool) -> frozenset[str]:
    """What the grades of this tool may be called, together with what inspectors call them."""
    said = set(OFSTED)
    for step in tool.steps:
        for one in step.fields:
            if one.kind is FieldKind.GRADE:
                for choice in one.choices:
                    said |= {_flat(name).strip() for name in (choice.label, choice.id, *choice.says)}
    return frozenset(name for name in said if name)


def _without_innocent(words: str) -> str:
    """The words without what is surely no grade; a gap stays, so that nothing new comes together."""
    for pattern in _INNOCENT:
        words = pattern.sub(" \u00b7 ", words)
    return words


def _stands(name: str, flat: str, cued: bool) -> bool:
    """Whether a grade's name stands in the words, as it is or slightly misspelt."""
    if not cued and (name in _PLAIN_WORDS or name.replace(" ", "").isdigit()):
        return False
    if re.search(rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])", flat):
        return True
    if " " in name or len(name) < 7:
        return False
    return any(_near(token, name) for token in re.findall(r"[a-z]+", flat))


def _near(token: str, name: str) -> bool:
    """A misspelling, or another form of the word: "inadequet", "inadequacy", "outstandingly"."""
    if token.startswith(name[:-2]):
        return True
    if token[0] != name[0] or abs(len(token) - len(name)) > 2:
        return False
    return _distance(token, name) <= (2 if len(name) > 9 else 1)


def _distance(one: str, other: str) -> int:
    """How many letters have to be changed, added or taken away."""
    row = list(range(len(other) + 1))
    for place, letter in enumerate(one, 1):
        before, row[0] = row[0], place
        for column, wanted in enumerate(other, 1):
            before, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, before + (letter != wanted))
    return row[-1]


# words that are dressed up

_JOINED_MOST = 24
_LEET = str.maketrans(
    {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "|": "i", "!": "i"}
)
_LIKE = str.maketrans(
    "аеорсухіјѕԁһԛԝոցοαειυνρκτωӏѵ"
    "АВЕКМНОРСТУХІЈЅԌΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"
    "ɡɑıƖ",
    "aeopcyxijsdhqwngoaeiuvpktwiv"
    "ABEKMHOPCTYXIJSGABEZHIKMNOPTYX"
    "gaii",
)  # fmt: skip
"""Letters of other alphabets that look like ours."""
_NAMED = re.compile(
    r"(?:LATIN LETTER SMALL CAPITAL|(?:NEGATIVE )?(?:CIRCLED|SQUARED) LATIN CAPITAL LETTER|"
    r"REGIONAL INDICATOR SYMBOL LETTER) ([A-Z])"
)


@lru_cache(maxsize=2048)
def _plain(char: str) -> str:
    """A character as the letter that it looks like."""
    kind = unicodedata.category(char)
    if kind in ("Cf", "Mn", "Me") or char in "\u034f\u115f\u1160\u17b4\u17b5\u180b\u3164\uffa0":
        return ""
    if kind in ("Cc", "Zs", "Zl", "Zp") or char in "\u2800":
        return " "
    named = _NAMED.match(unicodedata.name(char, ""))
    return named[1].lower() if named else char


def _flat(words: str) -> str:
    """Small letters, no accents, no invisible characters, single spaces, and look-alikes as what they look like."""
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", words).translate(_LIKE))
    text = "".join(map(_plain, text)).translate(_LIKE).casefold().replace("_", " ").replace("’", "'")
    text = re.sub(r"([a-z])\1{2,}", r"\1\1", text)
    return re.sub(r"\s+", " ", text)


def _unreadable(words: str) -> bool:
    """Letters of another alphabet: whether they say a grade nobody here can tell."""
    return any(
        char.isalpha() and not unicodedata.name(char, "").startswith(("LATIN ", "MODIFIER ", "FEMININE", "MASCULINE"))
        for char in unicodedata.normalize("NFKC", words)
    )


def _hidden(flat: str, names: Iterable[str]) -> bool:
    """A name that shows only when pieces are put together or digits read as letters: "g o o d", "R.I", "g00d"."""
    wanted = {re.sub(r"[^a-z]", "", name) for name in names} - {""} - _PLAIN_WORDS
    long = tuple(name for name in wanted if len(name) >= 9)
    run_together = re.sub(r"[^a-z]", "", flat)
    if any(name in run_together for name in long):
        return True
    for tokens in (re.findall(r"[a-z]+", flat), re.findall(r"[a-z]+", flat.translate(_LEET))):
        if any(_joined(tokens, place, wanted) for place in range(len(tokens))):
            return True
    return False


def _joined(tokens: list[str], place: int, wanted: set[str]) -> bool:
    joined = ""
    for token in tokens[place : place + _JOINED_MOST]:
        joined += token
        if len(joined) > _JOINED_MOST:
            return False
        if joined in wanted:
            return True
    return False
