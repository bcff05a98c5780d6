"""What must hold for any bytes: what may be raised, how long it may take, and that no grade comes out of nothing."""

from __future__ import annotations

import re
import time
import traceback
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from zlib import crc32

from audit.scales import Choice
from audit.tools import FieldKind, Tool
from audit.words import Meaning, plain
from documents.guard import Unreadable
from documents.returned_tool import FieldRead, Reading

CPU_SECONDS = 2.0
LONG = 100_000
"""How long a text is made of a short one, now and then, to see what grows faster than its input."""
ROOMS = ("audit", "desk", "documents", "mail")


class TooSlow(AssertionError):
    """One input took more CPU than any may."""


class Invented(AssertionError):
    """Something was read with confidence that does not stand there, or that cannot be stored."""


class Unexplained(AssertionError):
    """A refusal or a doubt without a sentence."""


def stretched(data: bytes) -> bool:
    """One input in forty, always the same ones, so that a finding can be repeated."""
    return crc32(data) % 40 == 0


def text_of(data: bytes) -> str:
    """As text; now and then the same text over and over."""
    text = data.decode("utf-8", "replace")
    return (text * (LONG // len(text) + 1))[:LONG] if text and stretched(data) else text


def timed(work: Callable[[bytes], None], data: bytes) -> None:
    """Raises what the work raises, and TooSlow. CPU and not wall: the machine may have other work."""
    start = time.process_time()
    work(data)
    spent = time.process_time() - start
    if spent > CPU_SECONDS:
        raise TooSlow(f"{spent:.1f} s of CPU for {len(data)} bytes")


def refused_or(work: Callable[[], None]) -> None:
    """Raises everything but Unreadable, whose message must be the end of a sentence that may be sent."""
    try:
        work()
    except Unreadable as refused:
        says = str(refused)
        if not (says.endswith(".") and 10 < len(says) < 300 and says.isprintable()):
            raise Unexplained(repr(says)) from refused


def well_read(reading: Reading, visible: str) -> None:
    """A reading of a file whose visible words are these. Raises Invented, Unexplained."""
    if reading.tool:
        well_read_fields(reading.fields, reading.tool, visible)


def well_read_fields(
    fields: Sequence[FieldRead], tool: Tool, visible: str, named: bool = True, explained: bool = True
) -> None:
    """`named`: whether choices must stand in the visible words; `explained`: whether doubts must give a reason."""
    wanted = [(step.id, one.id) for step in tool.steps for one in step.fields]
    if [(read.step_id, read.field_id) for read in fields] != wanted:
        raise Invented("not every field once, in the tool's order")
    seen = folded(visible)
    for read in fields:
        one = tool.step(read.step_id).field(read.field_id)
        known = {choice.id: choice for choice in one.choices}
        storable(read.words, read.doubt, read.where, *([read.value] if isinstance(read.value, str) else ()))
        if one.choices and not set(read.options) <= set(known):
            raise Invented(f"options {read.options} of {read.field_id}")
        if explained and read.state == "unsure" and not read.doubt.endswith((".", "?", "”")):
            raise Unexplained(f"asked without a reason: {read!r}")
        if read.state != "read":
            continue
        if one.kind is FieldKind.MANY:
            if not read.value or not set(read.value) <= set(known):
                raise Invented(repr(read))
        elif not isinstance(read.value, str) or not read.value.strip():
            raise Invented(repr(read))
        elif one.kind is FieldKind.DATE:
            if date.fromisoformat(read.value).isoformat() != read.value:
                raise Invented(repr(read))
        elif one.choices:
            if read.value not in known:
                raise Invented(repr(read))
            if named and not any(name in seen for name in names(known[read.value])):
                raise Invented(f"{read!r} does not stand in the file")


def storable(*texts: str) -> None:
    """PostgreSQL takes no NUL, and UTF-8 no half of a pair."""
    for text in texts:
        if "\0" in text:
            raise Invented("a NUL")
        text.encode("utf-8")


def folded(text: str) -> str:
    """Without case, accents' ways of writing, space and what cannot be seen."""
    text = unicodedata.normalize("NFKC", text).lower()
    return "".join(char for char in text if char.isprintable() and not char.isspace())


def names(choice: Choice) -> set[str]:
    return {
        name for said in (choice.label, choice.id, choice.id.replace("_", " "), *choice.says) if (name := folded(said))
    }


_HEDGES = re.compile(
    r"\b(not|never|almost|nearly|hardly|barely|borderline|maybe|perhaps|possibly|unless|except|neither|nor|between|but|"
    r"mostly|partly|unsure|don't|isn't|wasn't|cannot|can't)\b"
)


def well_meant(words: str, choices: Sequence[Choice], meant: Meaning) -> None:
    """A grade is taken only where nothing hedges it and no other stands beside it. Raises Invented."""
    if not set(meant.options) <= set(choices) or (meant.choice and meant.choice not in choices):
        raise Invented(repr(meant))
    if not meant.choice:
        return
    if "?" in words:
        raise Invented(f"{meant.choice.id} out of {words!r}")
    text = plain(words)
    own = sorted((plain(name) for name in (meant.choice.label, meant.choice.id, meant.choice.id.replace("_", " "),
                                           *meant.choice.says)), key=len, reverse=True)  # fmt: skip
    if text in own:
        return
    rest = text
    for name in own:
        rest = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", " ", rest) if name else rest
    if rest == text:
        raise Invented(f"{meant.choice.id} out of {words!r}")
    others = [plain(said) for other in choices if other is not meant.choice for said in (other.label, *other.says)]
    beside = next((other for other in others if other and re.search(rf"(?<!\w){re.escape(other)}(?!\w)", rest)), "")
    if _HEDGES.search(rest) or beside:
        raise Invented(f"{meant.choice.id} out of {words!r}")


@dataclass(frozen=True)
class Finding:
    """What went wrong for one input: the same place and kind of fault is the same finding."""

    signature: str
    story: str


def finding(fault: BaseException) -> Finding:
    frames = traceback.extract_tb(fault.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).parent.name in ROOMS or "returned_tool" in frame.filename]
    place = f"{Path(ours[-1].filename).stem}.{ours[-1].name}" if ours else "outside"
    if isinstance(fault, Invented):  # what was invented tells more than where it was noticed
        place = f"{place}-{re.sub(r'[^a-z]+', '-', str(fault).lower())[:40].strip('-')}"
    return Finding(f"{type(fault).__name__}-{place}", "".join(traceback.format_exception(fault)))
