"""A list of all choices in an answer, one of them marked: by X, tick, box, highlight, bold, underline or strike-out."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lxml import etree

from audit.scales import Choice
from audit.tools import Field
from audit.words import meaning
from documents import look
from documents.layout import descriptor
from documents.returned_tool.alike import norm
from documents.returned_tool.found import Found
from documents.returned_tool.opening import STRUCK, W
from documents.returned_tool.prose import SAYING, said

_TICKS, _CROSSES, _BOXED, _EMPTY = "✓✔√☑", "✕✗✘×", "☒", "☐□○"
_MARK = re.compile(rf"[{_TICKS}{_CROSSES}{_BOXED}{_EMPTY}]|\[\s*[xX]?\s*\]|\(\s*[xX]?\s*\)|(?<!\w)[xX](?!\w)|<-+|←|__+")
_PARTS = re.compile(r"\s*[\n/|;,\t]\s*")
_QUIET = frozenset(("auto", "ffffff", "none", "clear", ""))


@dataclass(slots=True)
class _Piece:
    """Some characters with one look."""

    text: str
    look: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Option:
    """One choice in the list: how it is marked, and the looks that all of it has."""

    choice: Choice
    mark: str
    looks: frozenset[str]


def read(place: etree._Element, one: Field, text: str, hollow: str = "") -> Found | None:
    """What such a list says; None where the words are no list of choices. `text` is all that stands there."""
    if not _may_be(text, one):
        return None
    if any(_is_halfway(line, one) for line in text.split("\n")) and _is_between(place, one):
        return Found("none", text, None, doubt="A mark stands between two answers, and I cannot tell whose it is.")
    options = _options(place, one, hollow)
    if options is None:
        return None
    options, again = _once(options, one)
    ids = [option.choice.id for option in options]
    if len(set(ids)) != len(ids):
        return None
    if again is not None:
        return _repeated(options, again, one, text)
    if len(options) == 1:
        return _single(options[0], text)
    return _decided(options, one, text)


def _may_be(text: str, one: Field) -> bool:
    flat = text.lower()
    named = sum(choice.label.lower() in flat for choice in one.choices)
    return named > 1 or (named == 1 and bool(_MARK.search(text)))


def _options(place: etree._Element, one: Field, hollow: str) -> list[_Option] | None:
    """The choices in the order in which they stand; None where something stands among them that is none."""
    lines = [list(_trimmed(part)) for part in _split(_pieces(place), one)]
    parts = [part for part in lines if any(piece.text.strip() for piece in part)]
    printed = _printed([_joined(part) for part in parts], one)
    said: list[tuple[str, str, list[_Piece]]] = []
    for part in parts:
        bare = _without_own(_joined(part), one) if printed else _joined(part)
        label = _MARK.sub(" ", bare).strip(" .:–—-\t")
        if label != hollow:
            said.append((label, "".join(_MARK.findall(bare)), part))
    found: list[_Option] = []
    for label, mark, part in _joined_up(said) or ():
        choice = meaning(label, one.choices).choice
        if choice is None:
            return None
        found.append(_Option(choice, mark, _looks(part)))
    return found or None


def _joined_up(said: Sequence[tuple[str, str, list[_Piece]]]) -> list[tuple[str, str, list[_Piece]]] | None:
    """Each choice with its mark. Marks in lines or cells of their own must be one a choice, all before or all behind:
    a single one between two choices may belong to either.
    """
    if all(label for label, _, _ in said):
        return list(said)
    names, signs = said[::2], said[1::2]
    if said and not said[0][0]:
        names, signs = signs, names
    even = len(names) == len(signs) and all(label and not mark for label, mark, _ in names)
    if not even or any(label for label, _, _ in signs):
        return None
    return [(label, mark, part) for (label, _, part), (_, mark, _) in zip(names, signs, strict=True)]


def _once(options: list[_Option], one: Field) -> tuple[list[_Option], _Option | None]:
    """A whole list, and the one choice that stands once more before or behind it."""
    if len(options) != len(one.choices) + 1:
        return options, None
    for extra in (options[-1], options[0]):
        rest = [option for option in options if option is not extra]
        if len({option.choice.id for option in rest}) == len(rest) and not extra.mark and "struck" not in extra.looks:
            return rest, extra
    return options, None


def _repeated(options: Sequence[_Option], again: _Option, one: Field, text: str) -> Found:
    """The list and the choice beside it, which must agree where both say something."""
    listed = _decided(options, one, text)
    said = (again.choice.id,)
    if listed is None or (listed.ticks == said and not listed.doubt):
        return Found("none", text, said)
    if listed.ticks is None:
        return Found("none", text, said, listed.doubtful, doubt="" if not listed.doubtful else listed.doubt)
    both = tuple(choice.id for choice in one.choices if choice.id in (*listed.ticks, *said))
    return Found("none", text, both, doubt="The list and the word beside it say different things.")


def printed(lines: Sequence[etree._Element], one: Field) -> Found | None:
    """The choice that somebody marked in the list of meanings that is printed beside the question."""
    found: list[_Option] = []
    for line in lines:
        pieces = _pieces(line)
        text = _joined(pieces)
        for choice in one.choices:
            bare = _without_own(text, one)
            if norm(_MARK.sub(" ", bare)) == norm(descriptor(choice)):
                found.append(_Option(choice, "".join(_MARK.findall(bare)), _looks(_unmarked(pieces, one))))
                break
    if len(found) != len(one.choices) or len({option.choice.id for option in found}) != len(found):
        return None
    seen = _decided(found, one, "")
    return seen if seen is not None and (seen.ticks or seen.doubtful) else None


def _unmarked(pieces: Sequence[_Piece], one: Field) -> list[_Piece]:
    own = {look.MARKS[choice.shape] for choice in one.choices}
    return [piece for piece in pieces if piece.text.strip() not in own]


def _single(option: _Option, text: str) -> Found | None:
    """One choice alone, with a ticked box before it."""
    kind = _kind(option.mark)
    if "struck" in option.looks or kind not in ("tick", "cross") or set(option.mark) & set(_CROSSES):
        return None  # a cross that is drawn, beside one name alone, may as well say no
    return Found("none", text, (option.choice.id,))


def _decided(options: Sequence[_Option], one: Field, text: str) -> Found | None:
    kinds = [_kind(option.mark) for option in options]
    if None in kinds:
        return Found("none", text, None, tuple(option.choice.id for option in options if _kind(option.mark) is None))
    ways = [chosen for chosen in (_by_mark(options, kinds), *_by_look(options)) if chosen]
    left = [option for option in options if "struck" not in option.looks]
    struck = 0 < len(left) < len(options)
    if struck and all(set(_ids(chosen)) <= set(_ids(left)) for chosen in ways):
        ways = ways or [left]
    elif struck:
        ways.append(left)
    if not left and not ways:
        return Found("none", text, None, doubt="Everything there is struck out.")
    if not ways:
        noun = "grades" if one.kind == "grade" else "answers"
        return Found("none", text, None, doubt=f"All {noun} stand there, and I cannot see which is marked.")
    together = {choice_id for chosen in ways for choice_id in _ids(chosen)}
    agree = all(set(_ids(chosen)) == together for chosen in ways)
    ticks = tuple(choice.id for choice in one.choices if choice.id in together)
    doubt = "" if agree else "Its marks say different things."
    return Found("none", text, ticks, doubt=doubt)


def _ids(options: Sequence[_Option]) -> list[str]:
    return [option.choice.id for option in options]


def _kind(mark: str) -> str | None:
    """What a mark is: a tick, a cross, an empty box or nothing; None where it contradicts itself."""
    kinds = set()
    for one in _MARK.findall(mark):
        inner = one.strip("[]() \t")
        if one in _TICKS or one.startswith(("<", "←")):
            kinds.add("tick")
        elif one in _CROSSES or one == _BOXED or inner in ("x", "X"):
            kinds.add("cross")
        else:
            kinds.add("empty")
    if not kinds:
        return ""
    return kinds.pop() if len(kinds) == 1 else None


def _by_mark(options: Sequence[_Option], kinds: Sequence[str | None]) -> list[_Option]:
    """By ticks; by crosses where there are no ticks. Among ticks a cross says no."""
    ticked = [option for option, kind in zip(options, kinds, strict=True) if kind == "tick"]
    crossed = [option for option, kind in zip(options, kinds, strict=True) if kind == "cross"]
    if ticked and crossed and len(ticked) + len(crossed) < len(options):
        return ticked + crossed
    return ticked or crossed


def _by_look(options: Sequence[_Option]) -> Iterator[list[_Option]]:
    """The choices that stand out, a list for each way of standing out."""
    for kind in ("shade", "bold", "underline", "colour", "capitals"):
        chosen = [option for option in options if kind in option.looks]
        if 0 < len(chosen) < len(options):
            yield chosen


def _printed(parts: Sequence[str], one: Field) -> bool:
    """Whether the council's own marks stand beside the choices, so that the tick at Good is no tick."""
    own = {look.MARKS[choice.shape] for choice in one.choices} - {""}
    shown = {mark for mark in own for part in parts if part.lstrip().startswith(mark)}
    if shown - set(_TICKS + _CROSSES):
        return True
    own_marked = [part for part in parts if _without_own(part, one) != part]
    marked = [part for part in parts if _MARK.search(part)]
    return len(marked) > 1 and len(own_marked) == len(marked)


def _without_own(part: str, one: Field) -> str:
    """A line without the mark that is printed beside its choice."""
    own = {look.MARKS[choice.shape] for choice in one.choices} - {""}
    bare = _MARK.sub(" ", "".join(" " if char in own else char for char in part)).strip(" .:–—-\t")
    named = meaning(bare, one.choices).choice or next(
        (choice for choice in one.choices if norm(bare) == norm(descriptor(choice))), None
    )
    mark = look.MARKS[named.shape] if named is not None else ""
    return part.replace(mark, " ", 1) if mark else part


def _joined(part: Sequence[_Piece]) -> str:
    return "".join(piece.text for piece in part)


def _looks(part: Sequence[_Piece]) -> frozenset[str]:
    """The looks that all words of it share."""
    worded = [piece.look for piece in part if any(char.isalnum() for char in _MARK.sub("", piece.text))]
    return frozenset.intersection(*worded) if worded else frozenset()


def _trimmed(part: Sequence[_Piece]) -> Iterator[_Piece]:
    return (piece for piece in part if piece.text)


def _split(pieces: Sequence[_Piece], one: Field) -> Iterator[list[_Piece]]:
    """The pieces of each item: by line, and within a line by what separates items or by the names themselves."""
    text = _joined(pieces)
    cuts = [match.span() for match in _PARTS.finditer(text) if not _inside(match.span(), text, one)]
    start = 0
    for begin, end in [*cuts, (len(text), len(text))]:
        for first, last in _by_names(text, start, begin, one):
            yield _cut(pieces, first, last)
        start = end


def _inside(span: tuple[int, int], text: str, one: Field) -> bool:
    """Whether a separator stands inside a choice's own label ("N/A", "No, or I am not sure")."""
    for choice in one.choices:
        for match in re.finditer(re.escape(choice.label), text, re.IGNORECASE):
            if match.start() < span[0] and span[1] < match.end():
                return True
    return False


def _by_names(text: str, start: int, stop: int, one: Field) -> Iterator[tuple[int, int]]:
    """Items that follow one another with nothing but marks and spaces between: each ends where the next begins."""
    labels = sorted((choice.label for choice in one.choices), key=len, reverse=True)
    pattern = "|".join(rf"(?<!\w){re.escape(label)}(?!\w)" for label in labels)
    found = list(re.finditer(pattern, text[start:stop], re.IGNORECASE))
    if len(found) < 2:
        yield start, stop
        return
    marks_first = bool(_MARK.search(text[start : start + found[0].start()]))
    edges = [
        start,
        *(start + (one_.end() if marks_first else two.start()) for one_, two in itertools.pairwise(found)),
        stop,
    ]
    yield from itertools.pairwise(edges)


def _is_halfway(line: str, one: Field) -> bool:
    """Whether names and marks follow one another in a line, a mark between two names, and none at either end."""
    found = _named(line, one)
    if len(found) < 2 or _MARK.search(line[: found[0].start()]) or _MARK.search(line[found[-1].end() :]):
        return False
    return any(_MARK.search(line[first.end() : second.start()]) for first, second in itertools.pairwise(found))


def _is_between(place: etree._Element, one: Field) -> bool:
    """Whether such a mark stands no closer to the name before it than to the name behind it."""
    for line in _joined(_pieces(place)).split("\n"):
        found = _named(line, one) if _is_halfway(line, one) else []
        for first, second in itertools.pairwise(found):
            gap = line[first.end() : second.start()]
            if not _MARK.search(gap) or _PARTS.search(gap):
                continue
            if len(gap) - len(gap.lstrip()) >= len(gap) - len(gap.rstrip()):
                return True
    return False


def _named(line: str, one: Field) -> list[re.Match[str]]:
    labels = sorted((choice.label for choice in one.choices), key=len, reverse=True)
    return list(re.finditer("|".join(rf"(?<!\w){re.escape(label)}(?!\w)" for label in labels), line, re.IGNORECASE))


def _cut(pieces: Sequence[_Piece], first: int, last: int) -> list[_Piece]:
    found, place = [], 0
    for piece in pieces:
        begin, end = max(first, place), min(last, place + len(piece.text))
        if begin < end:
            found.append(_Piece(piece.text[begin - place : end - place], piece.look))
        place += len(piece.text)
    return found


def _pieces(place: etree._Element) -> list[_Piece]:
    """What stands in a place, with its looks."""
    found: list[_Piece] = []
    looks: dict[etree._Element, frozenset[str]] = {}
    for node in place.iter(*SAYING, STRUCK, f"{W}p"):
        if node.tag == f"{W}p":
            if found:
                found.append(_Piece("\n", frozenset()))
            continue
        run = node.getparent()
        look_: frozenset[str] = frozenset()
        if run is not None:
            look_ = looks.setdefault(run, _look(run)) if run not in looks else looks[run]
        found.append(_Piece(said(node), look_ | {"struck"} if node.tag == STRUCK else look_))
    return found


def _look(run: etree._Element) -> frozenset[str]:
    properties = run.find(f"{W}rPr")
    if properties is None:
        return frozenset()
    found = set()
    for one in properties:
        name, value = one.tag.removeprefix(W), one.get(f"{W}val", "").lower()
        if name == "shd":
            value = one.get(f"{W}fill", "").lower()
        if name in ("highlight", "shd", "bdr") and value not in _QUIET:
            found.add("shade")
        elif name == "b" and value not in ("0", "false", "off"):
            found.add("bold")
        elif name == "u" and value not in _QUIET:
            found.add("underline")
        elif name == "color" and value not in ("auto", "000000", look.INK.lower(), look.QUIET.lower()):
            found.add("colour")
    return frozenset(found)
