"""What an answer to one question means: a choice, a day, words, or not clear enough to be taken."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from audit.answers import Value
from audit.scales import Choice
from audit.tools import Field, FieldKind
from audit.words import COMMANDS, day, meaning, plain

LATER = Choice(
    "later",
    "later",
    says=(
        "the later", "later one", "the later one", "later tool", "the later tool", "new", "newer", "the new one",
        "the newer one", "latest", "the latest", "the tool", "mail", "my mail", "second", "the second", "replace",
    ),
)  # fmt: skip
STANDS = Choice(
    "earlier",
    "earlier",
    says=(
        "the earlier", "earlier one", "the earlier one", "earlier tool", "the earlier tool", "keep", "keep it",
        "keep what stands", "what stands", "stands", "as it stands", "as it is", "leave it", "teams", "in teams",
        "first", "the first", "old", "older", "the old one", "the older one",
    ),
)  # fmt: skip
NOT_RELEVANT = Choice("not_relevant", "not relevant", says=COMMANDS["not_relevant"])
NOTHING = Choice("nothing", "nothing to add", says=("nothing", "none", "no", "nothing more", "no comment"))

AS_READ = (
    "yes", "y", "yes please", "use it", "use that", "use these", "as read", "as you read it", "that is right",
    "that's right", "correct", "right", "ok", "okay",
)  # fmt: skip
"""What takes words as they were read."""
_NO_WORDS = (
    "no", "yes", "y", "n", "ok", "okay", "same", "as above", "see above", "as below", "see below", "see tool", "done",
    "see attached", "attached", "tbc", "?", "thanks", "thank you", "please", "later", "earlier", "tomorrow", "sorry",
)  # fmt: skip
"""What nobody means as a comment: an answer to another question, or a pointer to somewhere else."""
_THANKS = re.compile(r"(?<=\w)[\s,.;-]*\b(?:(?:many )?thanks|thank you|cheers|please)[\s.!]*$", re.IGNORECASE)
LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Meant:
    """What an answer means: `value` is ready to store; `as_read` takes what was read, `stands` what was there before;
    `passed`: not relevant.

    None of them where it is not clear; then `options` are the choices that it may mean, and `why` says what is wrong.
    """

    value: Value = ""
    as_read: bool = False
    stands: bool = False
    passed: bool = False
    options: tuple[Choice, ...] = ()
    why: str = ""

    @property
    def clear(self) -> bool:
        """Whether it can be taken."""
        return bool(self.value or self.as_read or self.stands or self.passed)


def understand(one: Field, said: str, lettered: Sequence[Choice] = (), may_pass: bool = False) -> Meant:
    """What `said` means as the answer to a field. `lettered`: choices that were printed with letters before them.

    `may_pass`: whether it may say that the whole section is not relevant.
    """
    words = said.strip()
    if not plain(words):
        return Meant(why="It is empty.")
    if one.picked or one.kind is FieldKind.DATE:
        words = _THANKS.sub("", words)
    if one.kind is FieldKind.MANY:
        return _several(one, words, lettered)
    if one.picked:
        return _one(one, words, lettered, may_pass)
    if plain(words) in AS_READ:
        return Meant(as_read=True)
    if may_pass and meaning(words, (NOT_RELEVANT,)).choice:
        return Meant(passed=True)
    if one.kind is FieldKind.DATE:
        found = day(words)
        return Meant(found.isoformat()) if found else Meant(why="I could not read it as a day, like 18/12/2026.")
    return _written(words)


def _written(words: str) -> Meant:
    """Words of somebody's own, unless they answer something else, put it off or ask back."""
    said = plain(words)
    if said in _NO_WORDS or meaning(words, (NOT_RELEVANT, NOTHING)).choice or not re.search(r"[^\W\d_]", words):
        return Meant(why="It should be in words of your own.")
    if len(said.split()) <= _FEW and (words.endswith("?") or _PUTS_OFF.search(said)):
        return Meant(why="I was not sure that this is the answer, so I have not taken it. Please write it once more.")
    return Meant(words)


_FEW = 14
"""A remark to us is hardly longer; what somebody writes for the record mostly is."""
_PUTS_OFF = re.compile(
    r"\b(?:(?:i'll|i will|i shall|will|shall|need to|have to|let me) "
    r"(?:send|do|add|answer|check|get back|come back|write|fill|let you know|follow|look|ask|find out)|"
    r"to follow|to be confirmed|tbc|tbd|don't know|not sure (?:what|where|which)|"
    r"see (?:the )?(?:tool|attach\w+|teams))\b"
)


def _one(one: Field, words: str, lettered: Sequence[Choice], may_pass: bool) -> Meant:
    meant = meaning(words, one.choices)
    if meant.choice:
        return Meant(meant.choice.id)
    letter = _lettered(words, lettered)
    if letter and not meant.options:
        return Meant(letter.id)
    if may_pass and not meant.options and meaning(words, (NOT_RELEVANT,)).choice:
        return Meant(passed=True)
    if plain(words) in AS_READ:
        return Meant(as_read=True)
    if meant.options:
        return Meant(options=meant.options, why=f"It could be {either(meant.options)}.")
    return Meant(why=f"It is none of {', '.join(choice.label for choice in one.choices)}.")


def _several(one: Field, words: str, lettered: Sequence[Choice]) -> Meant:
    """Letters or labels in a row. One that is not clear makes all of it a question."""
    whole = meaning(words, one.choices)
    if whole.choice:
        return Meant((whole.choice.id,))
    if plain(words) in AS_READ:
        return Meant(as_read=True)
    found: list[str] = []
    for part in filter(None, (piece.strip() for piece in re.split(r"[,;&/\n]|\band\b", words))):
        choices = _letters(part, lettered) or ([picked] if (picked := meaning(part, one.choices).choice) else [])
        if not choices:
            return Meant(why="Please name them by their letters, such as a, c.")
        found += [choice.id for choice in choices]
    wanted = set(found)
    return Meant(tuple(choice.id for choice in one.choices if choice.id in wanted))


def _letters(part: str, lettered: Sequence[Choice]) -> list[Choice]:
    """ "a c" or "a": nothing where one of them is no letter of the list."""
    found = [_lettered(word, lettered) for word in part.split()]
    return [choice for choice in found if choice] if all(found) else []


def _lettered(words: str, lettered: Sequence[Choice]) -> Choice | None:
    letter = plain(words)
    if len(letter) != 1 or letter not in LETTERS or LETTERS.index(letter) >= len(lettered):
        return None
    return lettered[LETTERS.index(letter)]


def either(choices: Sequence[Choice]) -> str:
    """ "Good or Requires improvement"."""
    labels = [choice.label for choice in choices]
    return " or ".join(part for part in (", ".join(labels[:-1]), labels[-1]) if part) if labels else ""
