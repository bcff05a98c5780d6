"""What somebody asks for, or tells, in so many words: an audit of a case, an action done, a disagreement, help.

Plainly or not at all: what could mean something else is left to a person, and nothing is ever taken from it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from audit.policy import RequestReason
from audit.words import plain


class What(StrEnum):
    """What is asked for or told."""

    REQUEST = "request"
    ACTION = "action"
    DISAGREEMENT = "disagreement"
    HELP = "help"


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing that somebody asks for or tells. `actions` are numbers as they were written.

    `plain`: whether there is no doubt, so that it may be done. A request is always plain; an action that is nearly done
    is not, and neither is a call for help that may be a cry for it.
    """

    what: What
    plain: bool = True
    actions: tuple[int, ...] = ()


def wish(subject: str, words: str, called: Sequence[str] = ("audit",)) -> Wish | None:
    """What a letter's subject and its writer's own words ask for. `called`: what the council calls an audit."""
    first = first_line(words)
    bare = re.sub(r"^(?:\s*(?:re|fw|fwd|aw)\s*:)+", "", subject, flags=re.IGNORECASE).strip()
    return (
        _action(bare, first, words)
        or _disagreement(bare, first)
        or _request(bare, first, words, called)
        or _help(bare, first)
    )


def first_line(words: str) -> str:
    """The first line that says anything."""
    return next((line.strip() for line in words.split("\n") if re.search(r"\w", line)), "")


# an action that is done

_REF = r"(?:[a-z]{2,4}\s?[-‐‑–]\s?\d{4,6})"
_NUMBERS = r"(\d{1,2}(?:\s*(?:,|and|&)\s*\d{1,2}){0,9})"
_DONE = r"(?:done|completed?|finished|carried out|all done)"
_IS = r"(?:\s*(?:[:,–-]|is|are|was|were|has|have|been|now|both|all))*"
_OF = rf"(?:\s*(?:of|for|in|on|from)\s+{_REF})?"
_ACTIONS = rf"actions?\s*(?:no\.?\s*|numbers?\s*|#\s*)?{_NUMBERS}"
_TELLS = re.compile(rf"(?:{_REF}\W*)?{_ACTIONS}{_OF}{_IS}\s+{_DONE}{_OF}(?=\s*(?:$|[.;:,!–-]))(.*)", re.IGNORECASE)
_NAMES = re.compile(rf"(?:^|\W){_ACTIONS}\b", re.IGNORECASE)
_OF_DONE = re.compile(
    rf"\b(?:{_DONE}|do|did|started|begun|progress|outstanding|overdue|under ?way|in hand|delayed|late)\b", re.IGNORECASE
)
_NOT_QUITE = re.compile(
    r"\?|\b(?:not|nearly|almost|half|partly|partially|mostly|part|except|apart from|but|unless|until|soon|tomorrow|"
    r"next week|will be|to be|should be|hope|if|ignore|disregard|mistake|wrong|unable|no longer|never|\w+n[’']t)\b",
    re.IGNORECASE,
)


_NOT_AFTER_ALL = re.compile(
    r"\b(?:not(?: \w+)? (?:done|finished|completed?)|nearly|almost|ignore|disregard|(?:by|in|a) (?:mistake|error)|"
    r"wrong (?:action|number|audit)|(?:still|yet) to (?:do|be done)|is a draft)\b",
    re.IGNORECASE,
)
"""Words in other lines after which nobody can tell whether it is done."""


def _action(subject: str, first: str, words: str) -> Wish | None:
    """The action and that it is done stand in one line. What else is said may be evidence (H08), or take it back."""
    for line in (first, subject):
        match = _TELLS.fullmatch(line)
        if match:
            doubt = _NOT_QUITE.search(line) or _NOT_AFTER_ALL.search(f"{subject}\n{words}")
            return Wish(What.ACTION, not doubt, _numbers(match[1]))
    match = _NAMES.search(first)
    return Wish(What.ACTION, False, _numbers(match[1])) if match and _OF_DONE.search(first) else None


def _numbers(said: str) -> tuple[int, ...]:
    return tuple(dict.fromkeys(int(one) for one in re.findall(r"\d+", said)))


# a disagreement

_DISAGREES = re.compile(
    r"(?:^|\b(?:i|we)(?: (?:must|have to|would|strongly|really|still|also|respectfully|fully)){0,3} )"
    r"(?:disagree|do not agree|don[’']t agree|cannot agree|can[’']t agree|(?:am|are) not in agreement)\b",
    re.IGNORECASE,
)
_AGREES_AFTER_ALL = re.compile(
    r"\b(?:not|no longer|don[’']t|never|neither)(?: \w+)? disagree|\bdisagreed\b|"
    r"^(?:do|does|did|should|what if|if)\b",
    re.IGNORECASE,
)


def _disagreement(subject: str, first: str) -> Wish | None:
    for line in (first, subject):
        if _DISAGREES.search(line) and not _AGREES_AFTER_ALL.search(line) and not line.rstrip().endswith("?"):
            return Wish(What.DISAGREEMENT)
    return None


# a request for an audit

_ASKING = (
    r"(?:(?:can|could|would|will|may|might) (?:you|we|i|somebody|someone)(?: please)? |please(?: can| could| would)?"
    r"(?: you| we| i)? |(?:i|we)(?: would|[’']d)? (?:like|want|wish|am asking|are asking)(?: you)?(?: to)? )"
)
_NO_REQUEST = re.compile(
    r"\b(?:not|no need|cancel|withdraw|instead of|stop|never|no longer|\w+n[’']t|thank you|thanks|why|when|who|"
    r"deadline|due|extension|late|reset|re-?open)\b",
    re.IGNORECASE,
)


_TAKES_BACK = re.compile(
    r"\b(?:cancel|withdraw|no need|no longer need|not needed|ignore|disregard|by mistake|in error|"
    r"(?:do not|don[’']t|please not) (?:audit|add|include))\b",
    re.IGNORECASE,
)


def _request(subject: str, first: str, words: str, called: Sequence[str]) -> Wish | None:
    names = "|".join(re.escape(one) for one in sorted({"audit", *called}, key=len, reverse=True))
    thing = rf"(?:an? |another )?(?:new )?(?:{names})s?"
    case = r"(?:the )?(?:case|file|id)\b"
    asks = re.compile(
        rf"(?:(?:{_ASKING})?(?:to )?(?:request(?:ing)?|ask(?:ing)? for|have|arrange|book) {thing}\b(?!\s*tool).*|"
        rf"(?:{_ASKING})(?:to )?(?:audit|evaluate) (?:the )?(?:case|file|work|id)\b.*|"
        rf"(?:{_ASKING})(?:to )?(?:add|include|put) {case}.{{0,40}} (?:to|in|into|on|for) (?:the |your |this )?"
        rf"(?:next |monthly |month[’']s )*(?:{names}|cycle|round|list)s?\b.*|"
        rf"(?:{_ASKING})(?:to )?(?:see |have )?case .{{1,30}} (?:to be )?(?:audited|evaluated)\b.*|"
        rf"(?:audit|{names}) request\b.*|request for {thing}\b.*|request)",
        re.IGNORECASE,
    )
    if _TAKES_BACK.search(f"{subject}\n{words}"):
        return None
    if any(asks.fullmatch(plain(line)) and not _NO_REQUEST.search(line) for line in (subject, first)):
        return Wish(What.REQUEST)
    return None


_ABOUT = re.compile(
    rf"\W*{_REF}|.*?(?:{_ACTIONS}(?:{_IS}\s+{_DONE})?\s+(?:of|for|in|on|from)|agree(?:ment)? with)\s+"
    rf"(?:the )?(?:\w+ )?{_REF}",
    re.IGNORECASE,
)


def is_about_its_reference(words: str) -> bool:
    """Whether an action or a disagreement is told of the audit that is named, which is not only mentioned beside."""
    return bool(_ABOUT.match(first_line(words)))


_ASKING_WORDS = frozenset(
    ("request", "an", "a", "another", "new", "audits", "of", "for", "on", "the", "case", "file", "id", "no", "please")
)


def asks_only(words: str, called: Sequence[str] = ("audit",)) -> bool:
    """Whether a request says nothing but which case: no word of it can be an answer to something else."""
    known = _ASKING_WORDS | {part for one in ("audit", *called) for part in plain(one).split()}
    left = [one for one in re.findall(r"[\w'-]+", plain(words)) if one not in known]
    return all(re.fullmatch(r"(?:[a-z]{1,3}[-/]?)?\d{3,10}", one) for one in left)


_AFTER_CASE = re.compile(
    r"\b(?:cases?|ids?|file)\s{0,9}(?:(?:ids?|numbers?|no\.?|is|:|#)\s{0,9}){0,4}"
    r"((?:[a-z]{1,3}[-/]?)?\d{3,10})(?![\w/-]|[.,:]\d)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?<![\w/.,:+-])((?:[a-z]{1,3}[-/]?)?\d{3,10})(?![\w/-]|[.,:]\d)", re.IGNORECASE)


_AND_ANOTHER = re.compile(
    r"\s{0,9}(?:,\s{0,9})?(?:and|or|not|nor|but not|rather than|&|\+|/|,)\s{0,9}"
    r"((?:[a-z]{1,3}[-/]?)?\d{3,10})(?![\w/-]|[.,:]\d|\s{0,9}(?:years?|months?|weeks?|days?|visits?)\b)",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:19|20)\d\d")


def named_ids(words: str) -> tuple[str, ...]:
    """The numbers that words call a case's, and those joined to one. Nothing else is ever taken for one, so no name
    can stand for it (L01)."""
    said, found = _without_references(words), list[str]()
    for match in _AFTER_CASE.finditer(said):
        found.append(match[1])
        following = _AND_ANOTHER.match(said, match.end())
        while following:
            if not _YEAR.fullmatch(following[1]):
                found.append(following[1])
            following = _AND_ANOTHER.match(said, following.end())
    return _each_once(found)


_SAID_ALONE = re.compile(
    r"\W*(?:(?:an?|audits?|add|can|could|for|have|i|is|it|its|me|may|of|please|practice learning sessions?|re|"
    r"requests?|request(?:ing|ed)|s|that|the|this|to|we|would|like|you)\W+){0,20}((?:[a-z]{1,3}[-/]?)?\d{3,10})"
    r"\W*(?:(?:many |with )?(?:please|thanks|thank you))?\W*",
    re.IGNORECASE,
)


def ids_alone(words: str) -> tuple[str, ...]:
    """The numbers that have a line of words to themselves, but for a phrase that asks."""
    lines = _without_references(words).split("\n")
    return _each_once([match[1] for line in lines if len(line) < 120 and (match := _SAID_ALONE.fullmatch(line))])


def numbers(words: str) -> tuple[str, ...]:
    """Every number that may be a case's ID, whatever it is called."""
    found = _NUMBER.findall(_without_references(words))
    return _each_once([one for one in found if not _YEAR.fullmatch(one)])


_MOST = 20_000
"""Characters in which a case is looked for: a million would keep everybody else waiting. Further on none is found."""


def _without_references(words: str) -> str:
    return re.sub(rf"\b{_REF}\b", " ", words[:_MOST], flags=re.IGNORECASE)


def _each_once(found: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.upper() for one in found))


OTHER = "other"


def reason_of(words: str, reasons: Sequence[RequestReason]) -> str:
    """The id of the one reason that words give (B04); "other" where they give none, or several."""
    text = plain(words)
    found = [
        one.id
        for one in reasons
        if any(re.search(rf"(?<!\w){re.escape(plain(said))}(?!\w)", text) for said in (one.label, *one.says))
    ]
    return found[0] if len(found) == 1 else OTHER


# help

_HELP = ("help", "please help", "help please", "help me", "i need help", "can you help", "what can i do", "menu")
_LOOKING_AROUND = ("help", "menu", "what can i do")


def _help(subject: str, first: str) -> Wish | None:
    """A list of what can be done. Whoever begs for it is heard by a person too."""
    asks = [plain(line) for line in (subject, first) if plain(line) in _HELP]
    return Wish(What.HELP, all(one in _LOOKING_AROUND for one in asks)) if asks else None


def beside_help(words: str) -> str:
    """What somebody who asks for help says beyond that."""
    return "\n".join(line for line in words.split("\n") if plain(line) not in ("", *_LOOKING_AROUND))


# a decision about a request

_DECIDES = re.compile(r"\W*(accept(?:ed)?|declined?|later)\b[\s:,;.–—-]*(.*)", re.IGNORECASE)


def decision(first: str) -> tuple[str, str]:
    """ "accepted", "declined" or "later", and what follows it on the line; empty texts where it is none of them."""
    match = _DECIDES.fullmatch(first)
    if not match or "?" in first:
        return "", ""
    word = match[1].lower()
    state = {"a": "accepted", "d": "declined", "l": "later"}[word[0]]
    return ("", "") if state == "accepted" and match[2].strip() else (state, match[2].strip())


def may_take_back(below: str) -> bool:
    """Whether words below a decision may say that it is none after all. In doubt yes."""
    return bool(_MAYBE_NOT.search(below))


_MAYBE_NOT = re.compile(
    r"\b(?:not|never|no|cancel|cannot|declined?|disregard|error|ignore|instead|mistake|sorry|unless|wait)\b|n[’']t\b",
    re.IGNORECASE,
)
