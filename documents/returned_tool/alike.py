"""Whether two labels are the same, give or take a typing slip."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TypeVar

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

T = TypeVar("T")

_TURNS = frozenset(("not", "no", "never", "none", "without", "isnt", "wasnt", "hasnt", "doesnt", "arent", "nobody"))
"""Words that turn a question round: with or without one it is not the same label."""

SURE = 90
"""How alike, of 100, two labels must be to count as the same."""

_CLEAR = 4
"""How much better than the next one the best must be."""

_SHORT = 6
"""A label of fewer letters has to be written right: there is too little left of it with a slip."""

_NUMBER = re.compile(r"\s*(\d+(?:\.\d+)*[a-z]?)(?:[.):]|\s)\s*", re.IGNORECASE)
_WORD = re.compile(r"\w+")


@lru_cache(maxsize=4096)
def norm(label: str) -> str:
    """A label without case and punctuation."""
    return " ".join(_WORD.findall(label.lower().replace("'", "").replace("’", "")))


def numbered(label: str) -> tuple[str, str]:
    """A label's own number, if it starts with one, and the rest of it."""
    match = _NUMBER.match(label)
    return (match[1].lower(), norm(label[match.end() :])) if match else ("", norm(label))


def likeness(one: str, other: str) -> float:
    """Of 100; both as `norm` gives them."""
    return 100.0 if one == other else fuzz.ratio(one, other, score_cutoff=SURE)


def best(label: str, named: Mapping[str, T]) -> T | None:
    """What this label names; None when no name is near enough, or two are. The names are as `norm` gives them."""
    wanted = norm(label)
    if not wanted or wanted in named:
        return named.get(wanted)
    near = process.extract(wanted, named.keys(), scorer=fuzz.ratio, score_cutoff=SURE, limit=2)
    if not near and len(wanted) >= _SHORT:
        return _one_slip(wanted, named)
    if not near or (len(near) > 1 and near[0][1] - near[1][1] < _CLEAR):
        return None
    changed = set(wanted.split()) ^ set(near[0][0].split())
    same_letters = wanted.replace(" ", "") == near[0][0].replace(" ", "")
    return named[near[0][0]] if same_letters or not changed & _TURNS else None


def _one_slip(wanted: str, named: Mapping[str, T]) -> T | None:
    """What a short label with one slip names: a letter too many, too few or wrong, or two that changed places."""
    near = process.extract(wanted, named.keys(), scorer=OSA.distance, score_cutoff=1, limit=2)
    return named[near[0][0]] if len(near) == 1 and len(near[0][0]) >= _SHORT else None


def begins(text: str, named: Mapping[str, T]) -> tuple[T, str] | None:
    """What the longest name that a text begins with stands for, and the rest of the text; None where none does."""
    said = norm(text).split()
    if not said or not any(name.startswith(said[0]) for name in named):
        return None
    ends = [match.end() for match in _WORD.finditer(text)]
    if len(said) != len(ends):
        ends = _ends(text, said)
    for count in range(len(said), 0, -1):
        name = " ".join(said[:count])
        if name in named:
            longer = count < len(said) and any(other.startswith(f"{name} {said[count]}") for other in named)
            return None if longer else (named[name], text[ends[count - 1] :])
    return None


def _ends(text: str, said: list[str]) -> list[int]:
    """Where each word ends in a text whose apostrophes do not count."""
    ends, place = [], 0
    for word in said:
        for letter in word:
            place = text.lower().find(letter, place) + 1
        ends.append(place)
    return ends
