"""A letter as a source: answers written into the form that stands in the mail itself, whatever mail programs did to it.

Only what stands after a printed question is an answer to it. Where that cannot be told from the print, from the next
question or from a signature, it is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from audit.scales import Choice
from audit.tools import Field, FieldKind, Role, Step, Tool
from audit.words import meaning, plain, references
from documents import layout, mail_marks
from documents.kinds import LETTER_MARK
from documents.letter_form import NOT_RELEVANT, Question
from documents.returned_tool.alike import norm
from documents.returned_tool.found import Found, in_order, ticked
from documents.returned_tool.letter_lines import Copy, Sheet, Written, cleaned, copies, sheet
from documents.returned_tool.values import Identity

_MIXED = "I could not tell your answer from the printed question."
_CHANGED = "The printed answers were changed, so I cannot tell what you mean."
_OPEN = "I am not sure where your answer ends."
_LOOSE = "It stands below the heading and not after a question."
_TWICE = "The form stands more than once in your mail, with different answers."
_PARTS = "I could not tell its parts apart. Please part them by semicolons."
_WRAPPED = 60
"""A line this long was broken by a mail program rather than by its writer."""
_SIGNED = 4
"""A last paragraph of no more words than this may be a name."""

_ALONE = re.compile(rf"(?:{mail_marks.FOOTER.pattern})[ \t.]*(?:<[^<>\n]*>)?\s*\Z", re.IGNORECASE)
_HEADERS = re.compile(
    r"^[ \t]*(?:\*?(?:from|sent|date|to|cc|subject):\*?[^\n]*|-{2,}[^\n]*-{2,}|_{10,}|begin forwarded message:)[ \t]*$",
    re.MULTILINE | re.IGNORECASE,
)
_REGARDS = re.compile(
    r"^[ \t]*(?:(?:many |kind |kindest |best |warm |with )*(?:thanks|thank you|regards|wishes)"
    r"(?: and (?:regards|best wishes))?|best|cheers|kr|yours(?: sincerely| faithfully)?)"
    r"(?:[ \t]*[,.!](?:[ \t]*\w+){0,3}|[ \t]+\w+)?[ \t]*$",
    re.MULTILINE | re.IGNORECASE,
)


def open_letter(data: bytes) -> FormInLetter:
    """A letter's words as the post door hands them on."""
    return from_words(data.removeprefix(LETTER_MARK).decode("utf-8", "replace"))


def from_words(text: str) -> FormInLetter:
    """The form in a letter's text, to be read like a file. Any text will do."""
    found = copies(cleaned(text))
    filled = tuple(copy for copy in found if _rest(copy.body, False))
    return FormInLetter(filled or found)


def holds_answers(text: str) -> bool:
    """Whether a letter holds the form with something written into it. An empty one that was quoted is none."""
    return any(_rest(copy.body, False) for copy in copies(cleaned(text)))


def beside(text: str) -> str:
    """A letter's words without the forms in it, and without what is written there."""
    text = cleaned(text)
    parts, place = [], 0
    for copy in copies(text):
        parts.append(text[place : copy.span[0]])
        place = copy.span[1]
    return "\n".join((*parts, text[place:]))


def without_print(text: str) -> str:
    """A letter's words without the questions and choices that our form prints, which nobody said."""
    written = (_rest(copy.body, True) for copy in copies(cleaned(text)))
    return "\n".join((beside(text), *written))


# without knowing the tool

_ANY_CODE = re.compile(r"(?<![\w.])\d+[a-z]?(?:\.\d+)*[a-z]{1,3}(?![\w.])", re.IGNORECASE)
_ANY_HEADING = re.compile(r"(?:^|\s)\d+[a-z]?(?:\.\d+)*\.[ \t]+[^\n]{1,100}[\s*_]*\Z", re.IGNORECASE)
_ANY_STATEMENT = re.compile(r"\[\s*\][^\[]*")


def _rest(body: str, whole: bool) -> str:
    """What stands in a form beside its print, roughly: what follows each code's colon.

    `whole`: with headings and statements too, for those who look for a worrying word.
    """
    rest: list[str] = []
    for place, part in enumerate(_ANY_CODE.split(body)):
        _label, colon, answer = part.partition(":")
        words = answer if colon and place else part
        if not whole:
            words = _ANY_STATEMENT.sub(" ", _ANY_HEADING.sub(" ", words))
        rest.append(words)
    said = "\n".join(rest)
    return said if whole or re.search(r"[\w?☒☑✓✔✗✘✕√]", said) else ""


# with the tool


@dataclass(frozen=True, slots=True)
class FormInLetter:
    """The copies of the form in one letter that something is written into; all of them where none is filled."""

    copies: tuple[Copy, ...]

    def identity(self, prefix: str) -> Identity:
        """By the first line of the form, and its last."""
        first = "\n".join(copy.reference for copy in self.copies)
        last = "\n".join(copy.end_reference for copy in self.copies)
        one = next(iter(self.copies), None)
        return Identity(
            (),
            references(first, prefix),
            references(last, prefix),
            one.tool_id if one else "",
            one.version if one else "",
        )

    def found(self, tool: Tool) -> Mapping[layout.Key, Sequence[Found]]:
        """What stands after each question, in every copy."""
        found: dict[layout.Key, list[Found]] = {}
        for copy in self.copies:
            for key, one in _answers(sheet(copy, tool), tool):
                found.setdefault(key, []).append(one)
        return {key: _one_of(tool.step(key[0]).field(key[1]), places) for key, places in found.items()}

    def not_relevant(self, tool: Tool) -> tuple[str, ...]:
        """The steps whose first answer says so, and whose every other copy does not say otherwise."""
        marked = {step.id for copy in self.copies for step in _passed(sheet(copy, tool))}
        return tuple(step.id for step in tool.steps if step.id in marked)


def _one_of(one: Field, places: Sequence[Found]) -> Sequence[Found]:
    """Written words that differ from copy to copy are asked about, however alike they are."""
    said = [place for place in places if place.words]
    if one.picked or len({plain(" ".join(place.words.split())) for place in said}) < 2:
        return places
    return [replace(place, doubt=place.doubt or _TWICE) for place in said]


def _passed(read: Sheet) -> Iterator[Step]:
    for one in read.written:
        if _passes(one.question.step, one):
            yield one.question.step
    yield from (step for step, words in read.loose if step.may_be_not_relevant and _says_not_relevant(words))


def _passes(step: Step, one: Written) -> bool:
    first = one.question.fields[0].id == step.fields[0].id
    words = one.words
    if one.question.boxes:
        words = _boxes(one, words)[0].words
    return first and step.may_be_not_relevant and not one.mixed and _says_not_relevant(words)


def _says_not_relevant(words: str) -> bool:
    return plain(_ended(words)[0]) in (NOT_RELEVANT, f"{NOT_RELEVANT} here")


def _answers(read: Sheet, tool: Tool) -> Iterator[tuple[layout.Key, Found]]:
    last = next((one for one in reversed(read.written) if _says(one)), None)
    for one in read.written:
        step = one.question.step
        if not _passes(step, one):
            yield from (((step.id, field_id), found) for field_id, found in _answer(one, one is last))
    for step, words in read.loose:
        if not (step.may_be_not_relevant and _says_not_relevant(words)):
            meant = _meant_for(step, words)
            yield (step.id, meant.id), Found("letter", _joined(words), where="in your mail", doubt=_LOOSE)


def _says(one: Written) -> bool:
    """Whether anything was written there."""
    if one.question.boxes:
        found, _ = _boxes(one, one.words)
        return bool(found.words or found.ticks or found.doubtful)
    return bool(one.words)


def _meant_for(step: Step, words: str) -> Field:
    """The field that words below a heading may belong to: the grade if they name one, else the comment."""
    grade, comment = step.role(Role.GRADE), step.role(Role.COMMENT)
    if grade and meaning(words, grade.choices) != meaning("", grade.choices):
        return grade
    return comment or grade or step.fields[0]


def _answer(one: Written, last: bool) -> Iterator[tuple[str, Found]]:
    """What one line says for its field, or for its fields where it is a row."""
    words, doubt = _ended(one.words)
    where = f"at {one.question.code} in your mail"
    asked = one.question.fields[0]
    if one.changed:
        words, doubt = "\n".join(part for part in (one.printed, words) if part), _CHANGED
    elif one.mixed and words:
        doubt = _MIXED
    elif one.question.boxes:
        found, unclear = _boxes(one, words)
        yield asked.id, replace(found, where=where, doubt=doubt or unclear)
        return
    written = asked.kind in (FieldKind.TEXT, FieldKind.LINE)
    if words and written and not doubt and (one.open or (last and _may_be_signed(words))):
        doubt = _OPEN
    if words and not doubt and norm(one.question.label) in norm(words) and " " in norm(one.question.label):
        doubt = _MIXED
    words = _joined(words)
    if len(one.question.fields) > 1 and words:
        yield from _row(one.question, words, where, doubt)
    elif words or doubt:
        yield asked.id, Found("letter", words, where=where, doubt=doubt)


def _row(question: Question, words: str, where: str, doubt: str) -> Iterator[tuple[str, Found]]:
    """The parts of a row. What cannot be parted is asked, whole, for its first field."""
    parts = [part.strip() for part in " ".join(words.split()).split(";")]
    if parts and not parts[-1] and len(parts) == len(question.fields) + 1:
        parts.pop()
    if len(parts) != len(question.fields):
        yield question.fields[0].id, Found("letter", words, where=where, doubt=doubt or _PARTS)
        return
    for one, part in zip(question.fields, parts, strict=True):
        if part:
            yield one.id, Found("letter", part, where=where, doubt=doubt)


# where an answer ends


def _ended(words: str) -> tuple[str, str]:
    """An answer without what closes or announces a letter, and why it is in doubt where its end is."""
    words, doubt = _without_headers(words)
    for pattern in (mail_marks.REST_IS_CLOSING, _REGARDS):
        match = pattern.search(words)
        if match is None:
            continue
        if _ALONE.match(words, match.start()):
            words = words[: match.start()]
            continue
        doubt = _OPEN
        cuts = pattern is _REGARDS or words.startswith("--", match.start())  # all else may be the writer's: it is asked
        if cuts and (words[: match.start()].strip() or words.startswith("--", match.start())):
            words = words[: match.start()]
    words = words.strip()
    return words, doubt if words else ""


def _without_headers(words: str) -> tuple[str, str]:
    """Without the lines that announce a quote. What follows them may be somebody else's."""
    marks = (mail_marks.WROTE, mail_marks.REST_IS_QUOTED, mail_marks.RULE)
    match = next(filter(None, (mark.search(words) for mark in marks)), None)
    if match is None:
        return words, ""
    behind = _HEADERS.sub("", mail_marks.WROTE.sub("", words[match.start() :])).strip()
    return f"{words[: match.start()]}\n{behind}", _OPEN if behind else ""


def _may_be_signed(words: str) -> bool:
    """Whether the last line may be a name and not part of the answer."""
    lines = [line.strip() for line in words.split("\n")]
    tail = lines[-1].split()
    if (
        len(lines) == 1
        or len(tail) > _SIGNED
        or lines[-1][-1] in ".!?"
        or not all(re.fullmatch(r"[^\W\d_]+[,.'’-]?\w*", part) for part in tail)
    ):
        return False
    return not lines[-2] or all(part[0].isupper() for part in tail)


def _joined(words: str) -> str:
    """The words as they were written: lines that a mail program broke are whole again."""
    found: list[str] = []
    broken = False
    for line in words.split("\n"):
        said = " ".join(line.split())
        if broken and said and not re.match(r"[-*•·]\s|\d+[.)]\s", said):
            found[-1] = f"{found[-1]} {said}"
        else:
            found.append(said)
        broken = len(line.rstrip()) >= _WRAPPED
    return re.sub(r"\n{3,}", "\n\n", "\n".join(found)).strip()


# statements

_TICKS = frozenset(("x", "xx", "✓", "✔", "☒", "☑", "✗", "✘", "√", "yes", "y"))
_BOX = r"\[(?P<mark>[^\[\]\n]{0,8})\]|(?P<sign>[☒☑✓✔✗✘✕√☐□])|(?:^|(?<=\n))[ \t]*(?P<bare>[xX]?)(?=\s|\w)"


def _boxes(one: Written, words: str) -> tuple[Found, str]:
    """The boxes before the statements. Words that belong to none are kept, so that somebody asks."""
    ticks: list[str] = []
    doubtful: list[str] = []
    seen: list[str] = []
    for choice in sorted(one.question.boxes, key=lambda each: -len(each.label)):
        pattern = _statement(choice)
        match = pattern.search(words)
        if match is None:
            continue
        seen.append(choice.id)
        state = _state(match)
        (ticks if state else doubtful).append(choice.id) if state is not False else None
        words = f"{words[: match.start()]}\n{words[match.end() :]}"
    extra = "\n".join(
        line for part in words.split("\n") if re.search(r"[\w?☒☑✓✔✗✘✕√\[\]]", line := part.strip(" \t-*•·>|"))
    )
    if not seen:
        return Found("letter", extra), ""
    choices = one.question.boxes
    if not ticks and not doubtful and not extra and len(seen) < len(choices):
        return Found("letter", "", (), in_order(seen, choices)), "Some of the statements are gone, and none is ticked."
    return Found("letter", extra, in_order(ticks, choices), in_order(doubtful, choices)), ""


def _statement(choice: Choice) -> re.Pattern[str]:
    words = r"\W{1,12}".join(re.escape(word) for word in re.findall(r"\w+", choice.label))
    return re.compile(rf"(?:{_BOX})[\s>|]{{0,6}}{words}(?!\w)[.!]?", re.IGNORECASE)


def _state(match: re.Match[str]) -> bool | None:
    """Whether a box is ticked; None where nobody can tell, such as a statement whose box is gone."""
    if match["mark"] is not None:
        mark = plain(match["mark"])
        if not match["mark"].strip():
            return False
        return True if (mark or match["mark"].strip()) in _TICKS else None
    if match["sign"]:
        return ticked(match["sign"])
    return True if match["bare"] else None
