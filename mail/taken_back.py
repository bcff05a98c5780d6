"""Whether words take back what stands above them: an acknowledgement, or a tool that came with them."""

from __future__ import annotations

import re

from audit.words import sounds_alarming

_TAKES_BACK = re.compile(
    r"\b(?:can ?not|can[’']?t|could(?:n[’']t| not)|won[’']t|will not|unable|unavailable|no longer|"
    r"not (?:able|available|me|mine|my|our|ours|for (?:me|us)|in|at work|working|on (?:duty|call)|monitored)|"
    r"isn[’']t (?:me|mine|my|our|ours|for (?:me|us))|"
    r"(?:do|have|did)(?:n[’']t| not) (?:have|got|want|work|read|see|seen|know)|actually,? no|nothing to do with|"
    r"(?:on|annual|sick|maternity|paternity|parental) leave|off (?:sick|work|today|duty)|out of (?:the )?office|"
    r"(?:on|my|annual) holidays?|(?:is|are|now) closed|ha(?:ve|s) left|retired|automat(?:ed|ic|ically)|covering|"
    r"(?<!right )(?<!straight )away|(?:some|any)(?:one|body) else|another person|"
    r"wrong (?:person|child|case|family|team|manager|address|e-?mail)|"
    r"(?:by|in|a) (?:mistake|error)|(?:ignore|disregard) (?:this|that|my))\b",
    re.IGNORECASE,
)


def takes_back(words: str) -> bool:
    """Whether words may say that their writer does not have it after all. In doubt yes: then the alert goes on."""
    return bool(_TAKES_BACK.search(words))


_DOES_NOT_COUNT = re.compile(
    r"\b(?:(?:ignore|disregard)(?! (?:my|the|what|that|any)?\s*(?:\w+ )?(?:last|previous|earlier|first|other|old)\b)|"
    r"(?:do not|don[’']t|not to be) (?:file|filed|use|used|record|recorded|count|counted|submit|submitted|"
    r"hand|handed|read)\b|"
    r"wrong (?:child|case|file|tool|one|version|audit|attachment|document|form)|"
    r"(?:sent|attached)(?: \w+)? (?:in error|by mistake))\b",
    re.IGNORECASE,
)
_PUTS_RIGHT = re.compile(
    r"\b(?:correct(?:ed)?|right) (?:one|version|file|tool|form)\b|\b(?:last|first) time\b|\bbefore\b", re.IGNORECASE
)


def does_not_count(words: str) -> bool:
    """Whether words beside a tool say that it is not to be filed. One that replaces a wrong one is."""
    return bool(_DOES_NOT_COUNT.search(words)) and not _PUTS_RIGHT.search(words)


# what may stand below an ACK

_WHO = (
    r"(?:(?i:(?:i|we)(?:['’](?:ll|m|re|ve)| will| shall| am| are| have)?|will|shall|am|have)"
    r"(?i: now| just| already)?\s+)?"
)
_NAME = r"(?:[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)?)"
_ONE = (
    rf"(?:(?i:her|him|them|you|it|this|that|everyone|(?:the |her |his |their )?(?:child|family|mother|mum|father|dad|"
    rf"carers?|foster carers?|school|nursery|police|hospital|gp|auditor|duty(?: team| worker)?|team|worker|"
    rf"social worker|manager|team manager))|{_NAME})"
)
_DOES = (
    r"(?i:ring(?:ing)?|call(?:ing|ed)?|phon(?:e|ing|ed)|rung|speak(?:ing)? (?:to|with)|spoken (?:to|with)|"
    r"talk(?:ing)? (?:to|with)|contact(?:ing|ed)?|visit(?:ing|ed)?|see(?:ing)?|go(?:ing)?(?: to)?|"
    r"(?:deal|dealt|dealing) with|look(?:ing)? (?:at|into)|pick(?:ing|ed)? up|follow(?:ing|ed)? up|check(?:ing|ed)?|"
    r"handl(?:e|ing|ed)|action(?:ing|ed)?|sort(?:ing|ed)?|tak(?:e|ing) over)"
)
_SOON = (
    r"(?i:,? (?:right |straight )?(?:now|away|straightaway|immediately|at once|shortly|asap|today|this (?:morning|"
    r"afternoon|evening)|in (?:a few|five|ten|\d{1,2}) minutes|as well|too|first))"
)
_SAYS_SO = (
    r"(?i:thanks|thank you|many thanks|cheers|ok|okay|yes|noted|received|understood|will do|on it|on (?:my|our) way|"
    r"(?:i|we)(?:['’]ve| have)?(?: got| have)? (?:it|this)|got (?:it|this)|leave (?:it|this) (?:with|to) (?:me|us)|"
    r"(?:it['’]?s|this is|it is) (?:mine|in hand|being dealt with)|(?:all )?in hand|happy to|"
    r"(?:i am|i['’]m|we are|we['’]re) on (?:it|this)|(?:i am|i['’]m) in the office|dealt with|please see below)"
)
_AFFIRMS = re.compile(
    rf"(?:{_SAYS_SO}|{_WHO}{_DOES}(?: {_ONE}(?: (?i:and|&) {_ONE})?)?)(?:{_SOON}){{0,2}}|{_SOON[:-1]})"
)
_FACTS = re.compile(
    r"(?!.*\b(?:i|we|me|us|if|it|this|take|takes|pass|go|goes|(?:every|some|any)(?:body|one)|alert)\b)"
    r"(?:which|what|where|how) [\w ,'’-]{1,80}",
    re.IGNORECASE,
)
_PIECES = re.compile(r"(?<=[?])|[.!;:,\n–—]+|\s-\s|\s+(?:and|&)\s+(?=(?:i|we|will|am)\b)", re.IGNORECASE)
_LONGEST = 400
"""Whoever writes more than this below an ACK has something to say."""


def affirms(words: str) -> bool:
    """Whether all that stands below an ACK says that its writer has it, or asks for a fact. In doubt no.

    Each piece of it must be known: a list of what says the opposite was never whole, and a child pays for a gap.
    """
    if len(words) > _LONGEST or takes_back(words) or sounds_alarming(words):
        return False
    pieces = [piece.strip(" \t()*_\"“”'👍🙏✅") for piece in _PIECES.split(words)]
    return all(_AFFIRMS.fullmatch(piece) or _asks_a_fact(piece) for piece in pieces if re.search(r"\w|\?", piece))


def _asks_a_fact(piece: str) -> bool:
    return piece.endswith("?") and bool(_FACTS.fullmatch(piece[:-1].strip()))
