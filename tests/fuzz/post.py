"""Letters of strangers, and the words in them."""

from __future__ import annotations

import random

from audit import grade_words, numbered, understanding, words
from audit.tools import FieldKind
from documents import letter_form, returned_tool
from documents.returned_tool import letter as form_in_letter
from mail import bodies, letters
from tests.fuzz import damage, oracle, seeds
from tests.fuzz.oracle import text_of
from tests.fuzz.seeds import GRADES, PREFIX, REFERENCE, TINY

# letters


def letter(data: bytes) -> None:
    """It never raises, and what it says can be stored."""
    one = letters.parse(data)
    oracle.storable(one.message_id, one.sender, one.subject, one.own, one.text, *one.to, *one.answers)
    oracle.storable(*(file.name for file in one.attachments))
    if not one.sender.isascii() or len(one.message_id) > 1_000:
        raise oracle.Invented(repr(one))


def long_letter(data: bytes) -> None:
    """The body of a letter, as text and as a page."""
    text = text_of(data).replace("\0", "")  # taken out before, where a letter is opened
    oracle.storable(bodies.own_words(text.encode("utf-8", "replace").decode()))
    bodies.own_words(bodies.from_html(text))


def letter_mutates(data: bytes, most: int, seed: int) -> bytes:
    """Lines doubled, moved and cut, besides bytes."""
    chance = random.Random(seed)
    if chance.random() < 0.5:
        return damage.damaged_bytes(data, most, chance)
    lines = data.split(b"\n")
    for _ in range(chance.randint(1, 4)):
        at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        if chance.random() < 0.3 and len(lines) > 1:
            del lines[at]
        else:
            lines.insert(at, lines[min(other, len(lines) - 1)])
    return b"\n".join(lines)[:most]


# words


def meanings(data: bytes) -> None:
    """A grade only where nothing hedges it; a day only where there is one; nothing that takes for ever."""
    text = text_of(data)
    oracle.well_meant(text, GRADES, words.meaning(text, GRADES))
    found = words.meaning(text, GRADES, numbered=True)
    if found.choice and found.choice not in GRADES:
        raise oracle.Invented(repr(found))
    words.day(text)
    words.command(text)
    words.sounds_alarming(text)
    for reference in words.references(text, PREFIX):
        if not (reference.startswith("AB-") and reference[3:].isdigit()):
            raise oracle.Invented(reference)


def understood(data: bytes) -> None:
    """An answer to each kind of question, as it comes in a reply."""
    text = text_of(data)
    fields = [one for step in TINY.steps for one in step.fields]
    for one in fields:
        meant = understanding.understand(one, text, one.choices if one.kind is FieldKind.MANY else (), may_pass=True)
        known = {choice.id for choice in one.choices}
        values = (meant.value,) if isinstance(meant.value, str) else meant.value
        if one.choices and meant.value and not set(values) <= known:
            raise oracle.Invented(repr(meant))
        if not meant.clear and not meant.why.endswith("."):
            raise oracle.Unexplained(repr(meant))
        if one.kind is FieldKind.GRADE and meant.value:
            oracle.well_meant(text, one.choices, words.Meaning(one.choice(str(meant.value))))


def word_list() -> list[bytes]:
    return [said.encode() for said in seeds.WORDS]


def words_mutate(data: bytes, most: int, seed: int) -> bytes:
    """Whole words put together, besides bytes: a hedge is found by no chance among letters."""
    chance = random.Random(seed)
    if chance.random() < 0.4:
        return damage.damaged_bytes(data, most, chance)
    said = data.decode("utf-8", "replace").split(" ")
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(said) + 1)
        said[at:at] = [chance.choice((*damage.WORDS, *seeds.WORDS, *HEDGES))]
        if chance.random() < 0.4:
            del said[chance.randrange(len(said))]
    return " ".join(said).encode("utf-8", "replace")[:most]


HEDGES = ("not", "never", "almost", "maybe", "but", "unless", "I think", "the grade is", "overall", ":", "–", "?",
          "...", "or", "and", "between", "isn't", "it is", "was", "=", "because", "(", ")", "\n",
          "\t", "/")  # fmt: skip


# the form in a letter


def form(data: bytes) -> None:
    """The form that is answered in the mail itself."""
    text = text_of(data).replace("\0", "")
    reading = returned_tool.read_source(form_in_letter.from_words(text), "", lambda *_: TINY, PREFIX)
    said = text
    for question in letter_form.questions(TINY):
        said = said.replace(question.line, question.line.split(" ", 1)[0])
    oracle.well_read(reading, said)
    form_in_letter.holds_answers(text)
    form_in_letter.beside(text)
    form_in_letter.without_print(text)


def form_begins() -> list[bytes]:
    """Empty, filled in, quoted, and filled in on the lines below."""
    empty = letter_form.lines(TINY, REFERENCE)
    said = iter(("good", "yes", "18/12/2026", "Seen on file. Good plan.", "case note 3", "RI", "x") * 20)
    filled = [f"{line} {next(said)}" if line.endswith(":") else line.replace("[ ]", "[x]") for line in empty]
    below = [
        part
        for line in filled
        for part in ((line.rpartition(": ")[0] + ":", line.rpartition(": ")[2]) if ": " in line else (line,))
    ]
    return ["\n".join(one).encode() for one in (empty, filled, [f"> {line}" for line in filled], below)]


def form_mutates(data: bytes, most: int, seed: int) -> bytes:
    """Lines moved, quoted, joined and broken, and words put in."""
    chance = random.Random(seed)
    lines = data.decode("utf-8", "replace").split("\n")
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(lines))
        match chance.randrange(8):
            case 0:
                lines[at : at + 2] = [" ".join(lines[at : at + 2])]
            case 1:
                lines[at] = f"{chance.choice(('>', '> ', '>> ', '   ', '| ', '*'))}{lines[at]}"
            case 2:
                cut = chance.randrange(len(lines[at]) + 1)
                lines[at : at + 1] = [lines[at][:cut], lines[at][cut:]]
            case 3:
                lines.insert(chance.randrange(len(lines) + 1), lines[at])
            case 4:
                del lines[at]
                lines = lines or [""]
            case _:
                lines[at] = words_mutate(lines[at].encode(), 400, chance.randrange(1 << 30)).decode("utf-8", "replace")
    return "\n".join(lines).encode("utf-8", "replace")[:most]


# numbered answers


ASKED = {
    1: GRADES,
    2: (),
    3: next(one.choices for one in TINY.step("planning").fields if one.kind is FieldKind.CHOICE),
    4: GRADES,
    12: (),
}


def replies(data: bytes) -> None:
    """Numbers and what was said to them: only words of the letter, only numbers that were asked."""
    text = text_of(data)
    found = numbered.split(text, ASKED)
    if not (set(found.said) | set(found.twice) | set(found.blurred)) <= set(ASKED) | set(found.unknown):
        raise oracle.Invented(repr(found))
    there = oracle.folded(text)
    for number, said in found.said.items():
        if any(oracle.folded(word) not in there for word in said.split()):
            raise oracle.Invented(f"{said!r} to {number}")
        if ASKED[number]:
            oracle.well_meant(said, ASKED[number], words.meaning(said, ASKED[number]))


# the case note


def note(data: bytes) -> None:
    """A grade's whole name is never taken for something else."""
    text = text_of(data)
    talk = grade_words.talk(text, grade_words.names_of(TINY))
    if talk is grade_words.Talk.NONE and any(
        said in text.lower() for said in ("requires improvement", "inadequate grade")
    ):
        raise oracle.Invented(repr(text))
