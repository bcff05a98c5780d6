"""Numbered answers, as people write them: "1 good, 2 RI", a line each, "Q1 = good; q2 not sure" (docs/decisions/0010).

Where a number begins is decided with what was asked: inside written words a number is mostly just a number. Where that
is in doubt the answer is marked so, and nothing is taken.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from audit.scales import Choice
from audit.understanding import AS_READ
from audit.words import COMMANDS, day, meaning, plain

Asked = Mapping[int, Sequence[Choice]]
"""The numbers that were asked, with the choices of each; none where it takes words or a day."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """What was said to which number.

    `twice` are numbers with two different answers, one a line; `unknown` is what was said to numbers that were not
    asked; `blurred` are numbers of which it cannot be told where their answer ends. `of_all` is what was said to all at
    once ("all good"). `rest` is what bears no number.
    """

    said: Mapping[int, str]
    twice: tuple[int, ...] = ()
    unknown: Mapping[int, str] = field(default_factory=dict)
    blurred: tuple[int, ...] = ()
    of_all: str = ""
    rest: str = ""


def split(words: str, asked: Asked) -> Numbered:
    """Which words answer which number. What goes on for longer than anybody writes bears no number."""
    reader = _Reader(asked)
    for line in words[:_LONGEST].replace("\t", " ").split("\n"):
        reader.line(line.strip())
    reader.rest += [words[_LONGEST:]] if len(words) > _LONGEST else []
    return reader.done()


_LONGEST = 30_000


_SIGN = r"(?P<sign>\s*[.):=](?=\s|[^\W\d]|[(“\"'])|\s+[-–—=:]\s+|\s*(?:->|→))"
_GLUED = r"(?=(?!st\b|nd\b|rd\b|th\b)[a-z]{2,})"
_LEAD = r"(?P<lead>(?:q(?:uestion)?|answer|ans|no|nr|number)\s*[.:]?\s*|#\s*|\()?"
_AFTER = rf"(?:{_SIGN}\s*|\s+|{_GLUED})"
_START = re.compile(rf"[*•·>\s-]*{_LEAD}(?P<number>\d{{1,2}}){_AFTER}(?P<rest>\S.*)$", re.IGNORECASE)
_BARE = re.compile(rf"[*•·>\s-]*{_LEAD}(?P<number>\d{{1,2}})[.):=]?$", re.IGNORECASE)
_INSIDE = re.compile(
    rf"(?P<before>[,;./]\s*(?:and\s+)?|\s+(?:and|&)\s+|\s+){_LEAD}(?P<number>\d{{1,2}}){_AFTER}(?=\S)", re.IGNORECASE
)
_MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sep|oct|nov|dec)"
_A_DATE = re.compile(rf"\s*(?:st|nd|rd|th)?\s*(?:of\s+)?{_MONTH}[a-z]*\b", re.IGNORECASE)
_SEVERAL = re.compile(
    r"[*•·\s]*(?:q(?:uestion)?s?\s*|no\.?\s*|#\s*)?"
    r"(?P<numbers>\d{1,2}(?:\s*(?:,|&|\+|and|, and)\s*\d{1,2})+|\d{1,2}\s*(?:-|–|to|through)\s*\d{1,2})"
    r"(?:\s*[.):=]|\s+[-–—]|(?:\s+are|\s+all|\s+both)+)?\s+(?P<rest>\S.*)$",
    re.IGNORECASE,
)
_ALL = re.compile(
    r"(?:they are |they're )?(?:all|everything|every one|the rest|rest|the others|others)(?: of (?:them|these|it))?"
    r"(?: are| is|:| =)*\s+(?P<rest>\S.*)$",
    re.IGNORECASE,
)
_SMALL = frozenset(
    re.findall(
        r"\S+",
        "quite fairly mostly nearly almost between or to and maybe perhaps probably possibly not sure i think a an bit "
        "rather pretty very just about low high borderline either neither unsure dont don't know dunno skip yet no yes "
        "n/a na the would say is it's its please keep leave relevant applicable one tool as ish",
    )
)
"""Words that may stand beside a choice in an answer of a few words, and never name what a number counts."""


@dataclass
class _Reader:
    """Goes through the lines and remembers which number is being answered."""

    asked: Asked
    parts: dict[int, list[str]] = field(default_factory=dict)
    twice: list[int] = field(default_factory=list)
    blurred: list[int] = field(default_factory=list)
    rest: list[str] = field(default_factory=list)
    of_all: str = ""
    now: int = 0
    open: bool = False

    def line(self, line: str) -> None:
        if not line:
            self.open = self.open and self._takes_words(self.now)
            if self.open and self.now in self.parts:
                self.parts[self.now].append("")
            return
        several, every = _SEVERAL.match(line), _ALL.match(line)
        if several and self._several(several):
            return
        if every and not self.open and meaning(every["rest"], self._every_choice()).options + self._clear(every):
            self.of_all = line
            return
        match = _BARE.match(line) or _START.match(line)
        if match and self._begins(line, match):
            self._begin(int(match["number"]))
            self._inside(match.groupdict().get("rest") or "")
        elif self.open:
            self._inside(line)
        else:
            self.rest.append(line)

    def done(self) -> Numbered:
        said = {number: "\n".join(parts).strip() for number, parts in self.parts.items()}
        return Numbered(
            {number: words for number, words in said.items() if number in self.asked},
            tuple(dict.fromkeys(self.twice)),
            {number: words for number, words in said.items() if number not in self.asked},
            tuple(dict.fromkeys(number for number in self.blurred if number not in self.twice)),
            self.of_all,
            "\n".join(self.rest),
        )

    # lines

    def _begins(self, line: str, match: re.Match[str]) -> bool:
        """Whether the number at the start of a line says which question is answered."""
        number, rest = int(match["number"]), match.groupdict().get("rest") or ""
        strong = bool(match["lead"] or match.groupdict().get("sign")) or _BARE.match(line) is not None
        if _A_DATE.match(line[match.end("number") :]) or day(line):
            return False
        if self.open and self._takes_words(self.now):
            return self._ends_words(number, rest, strong)
        return strong or number in self.asked or len(rest.split()) <= 4

    def _ends_words(self, number: int, rest: str, strong: bool) -> bool:
        """A list inside somebody's own words looks just like the next answer: where it may be either, say so."""
        if number not in self.asked:
            return False
        if number <= self.now:
            self.blurred.append(self.now)
            return True
        if "\n".join(self.parts.get(self.now, ())).rstrip().endswith(":"):  # a list was announced
            self.blurred += [self.now, number]
            return True
        if strong or self._fits(number, rest) or (self._takes_words(number) and self._confirms(rest)):
            return True
        if self._takes_words(number) and not rest[:1].isupper():
            self.blurred += [self.now, number]
        return self._takes_words(number)

    def _confirms(self, rest: str) -> bool:
        """Whether this answer or the one before it is a plain yes to what was read: neither is a list of anything."""
        return any(plain(words) in AS_READ for words in (rest, "\n".join(self.parts.get(self.now, ()))))

    def _several(self, match: re.Match[str]) -> bool:
        """ "1-3 good", "1 and 2: RI": the same clear answer to each of them."""
        numbers = [int(number) for number in re.findall(r"\d+", match["numbers"])]
        if not re.search(r"[,&+]|and", match["numbers"], re.IGNORECASE):
            first, last = numbers
            if not first < last <= first + 30:
                return False
            numbers = list(range(first, last + 1))
        rest = match["rest"]
        if self.open and self._takes_words(self.now):
            return False
        if not any(number in self.asked and self._fits(number, _first_piece(rest)) for number in numbers):
            return False
        for number in numbers:
            self._begin(number)
            self._inside(rest)
        return True

    # one answer and the next

    def _begin(self, number: int) -> None:
        self.now, self.open = number, True
        if number in self.asked and any(self.parts.get(number, ())):
            self.twice.append(number)
        self.parts.setdefault(number, [])

    def _inside(self, text: str) -> None:
        """Words that belong to the number in hand, up to the next number in them."""
        said_again = r"[.):]\s+" if self._takes_words(self.now) else r"[.):]?\s+"
        text = re.sub(rf"^\(?{self.now}{said_again}", "", text)
        place = 0
        for match in _INSIDE.finditer(text):
            if match.start() < place or not text[place : match.start()].strip():
                continue
            found = self._next(text, match)
            if found is None:
                continue
            self._add(text[place : match.start()])
            if found:
                self._begin(int(match["number"]))
            else:  # where the answer ends cannot be told
                self.blurred.append(self.now)
            place = match.end()
        self._add(text[place:])

    def _next(self, text: str, match: re.Match[str]) -> bool | None:
        """Whether a number inside a line begins the next answer: True or False; None where it is plainly no number."""
        number, tail = int(match["number"]), _first_piece(text[match.end() :])
        apart = match["before"].strip()[:1] in (",", ";", ".", "/", "&") or "and" in match["before"]
        strong = bool(match["lead"] or match["sign"])
        if _A_DATE.match(text[match.end("number") :]) or (number not in self.asked and not strong and not apart):
            return None
        if self._takes_words(self.now):
            if number in self.asked and number > self.now and apart:
                return True if strong or self._fits(number, tail) else None
            return None
        if number not in self.asked:
            return True if self._says_a_choice(tail) else None
        if strong or self._fits(number, tail):
            return True
        if self._takes_words(number) and apart:
            return tail[:1].isupper()
        return None

    def _add(self, words: str) -> None:
        words = words.strip().strip(",;").strip()
        if words:
            if self.now in self.twice and self._says_again(words):
                self.twice.remove(self.now)
                return
            self.parts[self.now].append(words)

    def _says_again(self, words: str) -> bool:
        """Whether the same was said to this number before. What is much longer is not the same, and not compared."""
        said = self.parts[self.now]
        return sum(map(len, said)) <= 20 * len(words) + 100 and plain(words) == plain("\n".join(said))

    # what fits

    def _takes_words(self, number: int) -> bool:
        return number in self.asked and not self.asked[number]

    def _fits(self, number: int, words: str) -> bool:
        """Whether words can be an answer to this number, clear or hedged: a choice, its letter, small words, a day."""
        choices = self.asked.get(number, ())
        if not choices:
            return day(words) is not None
        return is_made_of(words, choices)

    def _says_a_choice(self, words: str) -> bool:
        return any(is_made_of(words, choices) for choices in self.asked.values() if choices)

    def _every_choice(self) -> tuple[Choice, ...]:
        return tuple({choice.id: choice for choices in self.asked.values() for choice in choices}.values())

    def _clear(self, match: re.Match[str]) -> tuple[Choice, ...]:
        found = meaning(match["rest"], self._every_choice()).choice
        return (found,) if found else ()


def _first_piece(words: str) -> str:
    """Up to the next number that may begin an answer."""
    return re.split(r"[,;.\n]?\s+(?:and\s+|&\s+)?(?:q\s*)?\d{1,2}(?!\d)|[\n;]", words, maxsplit=1)[0].strip(" ,;.")


def is_made_of(words: str, choices: Sequence[Choice]) -> bool:
    """Whether nothing but names of choices, letters and small words is said."""
    text = plain(words)
    if not text:
        return False
    names = sorted(
        {plain(said) for one in choices for said in (one.label, one.id.replace("_", " "), *one.says)}, key=len
    )
    for said in (*reversed(names), *COMMANDS["not_relevant"]):
        text = re.sub(rf"(?<!\w){re.escape(said)}(?!\w)", " ", text) if said else text
    return all(word in _SMALL or len(word) == 1 for word in re.findall(r"[\w'/-]+", text))
