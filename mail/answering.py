"""A reply to a receipt: what its numbers answer, bound to the questions of that receipt (docs/decisions/0010).

What is clear is recorded, the rest stays asked, each with its own sentence. Words that answer nothing are handed back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from audit import numbered
from audit.answers import Audit
from audit.scales import Choice
from audit.tools import Tool
from audit.understanding import LATER, STANDS
from audit.words import COMMANDS, command, day, meaning, plain, references, sounds_alarming
from desk import councils, questions, replying
from desk.questions import Question, Takes
from desk.replying import Answered, Outcome
from storage.ledger import Ledger


@dataclass
class Replied:
    """What came of a reply. `taken` and `again` are sentences; `beside` are words that answer nothing, for a person.

    `late`: the audit had been handed in before. `heard`: every word that no choice was made of, to listen for alarm.
    `confirms`: whether a line says CONFIRM.
    """

    audit: Audit
    taken: list[str] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    late: str = ""
    beside: str = ""
    heard: list[str] = field(default_factory=list)
    confirms: bool = False


def take(
    ledger: Ledger, audit: Audit, asked: Sequence[Mapping[str, Any]], words: str, now: datetime, subject: str = ""
) -> Replied:
    """Take the answers in `words`, the writer's own, to the questions that a receipt `asked`, numbered from 1.

    Nothing is taken where the subject, or what stands beside the numbers, names another audit.
    """
    tool = councils.tool_of(ledger, audit)
    known = {number: one for number, data in enumerate(asked, 1) if (one := _remembered(tool, data))}
    reply = _Reply(ledger, tool, known, now, Replied(audit), subject)
    reply.take(words)
    return reply.came_of


def confirms(words: str) -> bool:
    """Whether a line says CONFIRM and nothing else."""
    return any(command(line) == "confirm" for line in words.split("\n"))


def holds_answers(asked: Sequence[Mapping[str, Any]], words: str) -> bool:
    """Whether words answer any of these by number: a letter that brings a tool may say anything beside it."""
    return bool(numbered.split(_bare(words), dict.fromkeys(range(1, len(asked) + 1), ())).said)


def _remembered(tool: Tool, data: Mapping[str, Any]) -> Question | None:
    try:
        return questions.remembered(tool, data)
    except (KeyError, ValueError):
        return None  # a receipt of an older version of ours


@dataclass
class _Reply:
    """One reply in hand."""

    ledger: Ledger
    tool: Tool
    asked: Mapping[int, Question]
    now: datetime
    came_of: Replied
    subject: str = ""
    held: list[int] = field(default_factory=list)
    asides: list[str] = field(default_factory=list)
    why_none: str = ""
    """Why no number is taken at all, if none is."""

    def take(self, words: str) -> None:
        words = self._without_confirm(words)
        found = numbered.split(_bare(words), {number: self._choices(one) for number, one in self.asked.items()})
        rest = "\n".join(line for line in found.rest.split("\n") if not _is_polite(line)).strip()
        if not found.said and not found.unknown and not found.of_all:
            rest = self._unnumbered(rest)
        self.why_none = self._another(words, rest) or (_MAYBE_NOT if self._takes_back(found, rest) else "")
        for number in sorted(found.said, key=lambda number: (not self.asked[number].field, number)):
            self._one(number, found, rest)
        for number, said in found.unknown.items():
            self.came_of.again.append(f"There is no question {number} in the mail that you answered.")
            self.came_of.heard.append(said)
        if found.of_all:
            self._of_all(found.of_all)
        aside = "\n".join((*self.asides, rest)).strip()
        self.came_of.beside = aside if re.search(r"\w", aside) else ""
        self.came_of.heard.append(rest)
        if not (self.came_of.taken or self.came_of.again or self.came_of.late or self.came_of.confirms):
            self.came_of.again.append(
                "I found no answer to a question. Please write above the quoted text, each answer after its number."
            )

    def _choices(self, one: Question) -> tuple[Choice, ...]:
        """What an answer may be made of; nothing where it takes words or a day."""
        if one.takes is Takes.WHICH and one.field:
            return (*one.choices, *self._field_choices(one))
        return self._field_choices(one) or one.choices

    def _field_choices(self, one: Question) -> tuple[Choice, ...]:
        return self.tool.step(one.step).field(one.field).choices if one.field else ()

    def _without_confirm(self, words: str) -> str:
        """Before anything is read by number: below a written answer it would be taken for the last line of that."""
        self.came_of.confirms = confirms(words)
        return "\n".join(line for line in words.split("\n") if command(line) != "confirm")

    def _another(self, words: str, rest: str) -> str:
        """Why nothing is taken from a mail that is about another audit than the one whose receipt it answers."""
        own = self.came_of.audit.reference
        leads = (match[0] for line in words.split("\n") if (match := _BEFORE.match(line)))
        named = [references(part, own.split("-")[0]) for part in (self.subject, "\n".join((*leads, rest)))]
        others = [one for found in named if own not in found for one in found]
        return f"Your mail names {others[0]} too. Please answer it again, for {own}." if others else ""

    def _takes_back(self, found: numbered.Numbered, rest: str) -> bool:
        """Whether words beside the answers may take them back, or say that they are somebody else's.

        Below a written answer only a line that can be meant for nobody but us counts: the rest is what was written.
        """
        beside = rest.split("\n")
        for number, said in found.said.items():
            lines = said.split("\n")[1:]
            if self._choices(self.asked[number]):
                beside += lines
            elif lines and _TO_US.match(lines[-1]) and len(lines[-1].split()) <= _SHORT:
                return True
        return any(_TAKES_BACK.search(line) or _SOMEBODY_ELSES.search(line) for line in beside)

    # one number

    def _one(self, number: int, found: numbered.Numbered, rest: str) -> None:
        question, said = self.asked[number], found.said[number]
        why = self._why_not(number, question, found, rest)
        if why:
            self._hold(number, question, said, why)
            return
        done = self._answer(self._without_the_rest(question), said)
        says = f"{number}. {done.says}"
        if done.outcome is Outcome.LATE:
            self.came_of.late = done.says
        elif done.outcome is Outcome.UNCLEAR:
            self.held.append(number)
            self.came_of.again.append(says)
            if question.takes is Takes.WORDS:
                self.asides.append(said)  # perhaps it was said to us
        else:
            self.came_of.taken.append(says)
        if done.outcome is Outcome.LATE or not numbered.is_made_of(said, self._choices(question)):
            self.came_of.heard.append(said)  # of all else a choice was made, or it is asked which

    def _without_the_rest(self, question: Question) -> Question:
        """ "1 later, 3 quite good": what is asked again for itself is not settled by what is said for all."""
        if question.field:
            return question
        held = {kept for number in self.held for kept in self.asked[number].kept}
        return replace(question, kept=tuple(kept for kept in question.kept if kept not in held))

    def _why_not(self, number: int, question: Question, found: numbered.Numbered, rest: str) -> str:
        """Why an answer cannot be taken although it has a number, if it cannot."""
        if number in found.twice:
            return "You gave two different answers to it. Which do you mean?"
        if number in found.blurred:
            return "I could not tell where this answer ends. Please give each answer a line of its own."
        if self.why_none:
            return self.why_none
        choices = self._choices(question)
        said = meaning(rest, choices) if choices and rest else None
        if said and (said.choice or said.options):
            return (
                "Your mail says more about this below the numbers, so I have not taken it yet. Please answer it again."
            )
        return ""

    def _hold(self, number: int, question: Question, said: str, why: str) -> None:
        """Not taken. What it may mean still counts where that is serious (docs/decisions/0005)."""
        choices = self._field_choices(question)
        meant = meaning(said, choices) if choices else None
        if meant and any(choice and choice.serious for choice in (meant.choice, *meant.options)):
            done = self._answer(question, said, sure=False)
            self.came_of.late = done.says if done.outcome is Outcome.LATE else self.came_of.late
        self.held.append(number)
        self.came_of.again.append(f"{number}. {why}")
        if self.why_none and question.takes is Takes.WORDS:
            self.asides.append(said)
        if not numbered.is_made_of(said, self._choices(question)):
            self.came_of.heard.append(said)

    def _answer(self, question: Question, said: str, sure: bool = True) -> Answered:
        done = replying.answer(self.ledger, self.came_of.audit, question, said, self.now, "mail", sure=sure)
        self.came_of.audit = done.audit
        return done

    # words without a number

    def _unnumbered(self, rest: str) -> str:
        """A bare answer counts where only one thing was asked, or only one thing could be meant; what is left over."""
        whole = {number: one for number, one in self.asked.items() if not one.part_of}
        which = [number for number, one in whole.items() if one.takes is Takes.WHICH]
        if len(whole) == 1:
            number = next(iter(whole))
            picks = self._choices(whole[number]) or whole[number].takes is Takes.DAY
            if picks and self._fits(whole[number], rest):
                self._one(number, numbered.Numbered({number: rest}), "")
                return ""
        elif len(which) == 1 and meaning(rest, (LATER, STANDS)).choice:
            self._one(which[0], numbered.Numbered({which[0]: rest}), "")
            return ""
        elif any(meaning(rest, self._choices(one)).choice for one in whole.values()):
            self.came_of.again.append(f"You wrote “{rest}”. For which question? Please put its number before it.")
            self.came_of.heard.append(rest)
            return ""
        return rest

    def _fits(self, question: Question, said: str) -> bool:
        """Whether words are an answer, clear or hedged, and nothing beside it."""
        if not self._choices(question):
            return day(said) is not None
        return len(said.split()) <= 12 and bool(
            (found := meaning(said, self._choices(question))).choice or found.options or len(said) == 1
        )

    def _of_all(self, said: str) -> None:
        """ "All good" may say that nothing is wrong: no grade is taken from it."""
        self.came_of.again.append(
            f"You wrote “{said}”. I take no grade from “all”, because it could mean something else. Please say it by "
            "number, such as “1-3 good”."
        )
        self.came_of.heard.append(said)


def _bare(words: str) -> str:
    """Without thanks, and without what people put before a line's first number: "Hi, 1 good", "TW-0417: 1 good"."""
    lines = [_BEFORE.sub("", line) for line in words.split("\n")]
    return "\n".join("" if _THANKS.fullmatch(line.strip()) and not sounds_alarming(line) else line for line in lines)


_THANKS = re.compile(
    r"(?:many )?(?:thanks|thank you)(?: (?:for|so|very|a lot|again|and|in advance)[\w ,']{0,40})?[.!]*", re.IGNORECASE
)


_MAYBE_NOT = "Other words in your mail may take this back, so I have not taken it yet. Please answer it again."
_SHORT = 12
_TO_US = re.compile(
    r"\W*(?:(?:no|oops|sorry|please|wait|actually)\b\W*)*(?:(?:ignore|disregard|scrap|cancel|swap)\b(?! the child)|"
    r"(?:the )?other way (?:a)?round\b)",
    re.IGNORECASE,
)
_TAKES_BACK = re.compile(
    r"\b(?:ignore|disregard|scrap|cancel|undo|retract|swap(?:ped)?|vice versa|other way (?:a)?round|mixed up|"
    r"wrong(?:ly)?|in error|mistaken(?:ly)?|not (?:sure|certain|final|decided|agreed|mine|my)|unsure|disagree|draft|"
    r"provisional(?:ly)?|unless|instead|(?<!the )wait|hold (?:on|off)|"
    r"(?:do|does|did|should|would)(?:n[’']t| not) (?:be |yet )?(?:record|use|take|put|count|file|hand|submit|think|"
    r"agree|trust|say|mean|believe|know)\w*|not (?:be |been )?(?:recorded|taken|used|counted|filed))\b",
    re.IGNORECASE,
)
"""Words beside numbers after which nobody can tell whether the numbers still hold. In doubt they are asked again."""
_SOMEBODY_ELSES = re.compile(r"(?<!\bi)(?<!\bwe)\s(?:says?|said|writes?|wrote|thinks?|thought)\W*$", re.IGNORECASE)


_BEFORE = re.compile(
    r"^\s*(?:(?:hi|hello|thanks|thank you|re|for|(?:my |the )?answers?(?: are| below)?|[a-z]{2,4}-\d{4,6})\b"
    r"[\s,.:;!–-]*)+(?=\W?(?:q\w*\s*)?\d{1,2}(?!\d))",
    re.IGNORECASE,
)


def _is_polite(line: str) -> bool:
    said = plain(line)
    return said in _POLITE or said in COMMANDS["help"]


_POLITE = frozenset(
    (
        "please see below", "see below", "my answers", "my answers are below", "answers below", "answers", "as below",
        "please find my answers below", "here are my answers", "here you go", "hope this helps", "hope that helps",
        "sorry", "apologies", "as requested", "see my answers below", "please see my answers below",
    )
)  # fmt: skip
