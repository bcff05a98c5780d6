"""Reads a return and says of every field whether that was right, asked, lost, or the one unforgivable thing."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from audit.answers import Value
from documents import layout, returned_tool
from documents.returned_tool import FieldRead, Reading
from tests.returned import tools
from tests.returned.corpus import Case, Return
from tests.returned.draft import NOT_RELEVANT, PREFIX, Ask, Expected, Missing, Right

Verdict = Literal["right", "asked", "needless", "missing", "lost", "wrong"]
"""`asked` and `missing` are right to be so; `needless` is asked though unambiguous; `wrong` is wrong and confident."""

BAD: tuple[Verdict, ...] = ("wrong", "lost", "needless")
_UNSEEN = dict.fromkeys((*range(0x200B, 0x2010), 0x2060, 0xFEFF, 0xAD, 0xFFFC))


@dataclass(frozen=True, slots=True)
class Scored:
    """One field of one return."""

    case: str
    group: str
    tool: str
    field: str
    expected: Expected | str
    got: str
    layer: str
    doubt: str
    verdict: Verdict
    was_clear: bool = False

    def __str__(self) -> str:
        found = f"{self.got} [{self.layer}] {self.doubt}"
        return f"{self.verdict}: {self.case} | {self.field} | expected {self.expected} | got {found}"


def flat(text: str) -> str:
    """Words without what nobody sees: spacing, invisible characters, and the lines of a table."""
    return " ".join(text.translate(_UNSEEN).replace("|", " ").split())


def score(one: Return) -> Iterator[Scored]:
    """Every field, every box for "not relevant", every remark, and whose file it is."""
    try:
        reading = returned_tool.read(one.data, one.file_name, tools.tool_for, PREFIX)
        fault = "" if reading.tool else "the tool was not known"
    except Exception as error:  # noqa: BLE001 - a crash loses every field of the file, and is told as that
        reading, fault = None, f"{type(error).__name__}: {error}"
    if reading is None or fault:
        for key, expected in one.expected.items():
            yield _scored(one, ".".join(key), expected, fault, "none", "", "lost")
        return
    by_key = {(read.step_id, read.field_id): read for read in reading.fields}
    for key, expected in one.expected.items():
        yield _box(one, key, expected, reading) if key[1] == NOT_RELEVANT else _field(one, key, expected, by_key[key])
    everything = flat(" ".join(_texts(dataclasses.asdict(reading))))
    for remark in one.remarks:
        kept = flat(remark) in everything
        yield _scored(one, "(remark)", remark, "kept" if kept else "gone", "", "", "right" if kept else "lost")
    same = set(reading.identity.references) == set(one.references)
    found = ", ".join(reading.identity.references)
    yield _scored(one, "(reference)", ", ".join(one.references), found, "", "", _whose(one, same))


def _whose(one: Return, same: bool) -> Verdict:
    if not same:
        return "wrong"
    return "right" if len(one.references) == 1 else "asked"


def _scored(
    one: Return, name: str, expected: Expected | str, got: str, layer: str, doubt: str, verdict: Verdict
) -> Scored:
    return Scored(
        one.name, one.group, f"{one.tool.id}/{one.tool.version}", name, expected, got, layer, doubt, verdict,
        isinstance(expected, Right),
    )  # fmt: skip


def _box(one: Return, key: layout.Key, expected: Expected, reading: Reading) -> Scored:
    got = "read" if key[0] in reading.not_relevant else "unsure" if key[0] in reading.contradicted else "missing"
    table: dict[tuple[str, str], Verdict] = {
        ("Right", "read"): "right", ("Right", "unsure"): "needless", ("Right", "missing"): "lost",
        ("Missing", "read"): "wrong", ("Missing", "unsure"): "needless", ("Missing", "missing"): "missing",
        ("Ask", "read"): "wrong", ("Ask", "unsure"): "asked", ("Ask", "missing"): "lost",
    }  # fmt: skip
    return _scored(one, ".".join(key), expected, got, "", "", table[type(expected).__name__, got])


def _field(one: Return, key: layout.Key, expected: Expected, read: FieldRead) -> Scored:
    got = f"{read.state} {read.value!r}" + (f" options {read.options}" if read.options else "")
    if read.state == "unsure" and read.value is None:
        got += f" words {read.words!r}"
    return _scored(one, ".".join(key), expected, got, read.layer, read.doubt, verdict(expected, read))


def verdict(expected: Expected, read: FieldRead) -> Verdict:
    """What reading it so is worth."""
    match expected, read.state:
        case Right(value, any_order), "read":
            return "right" if _same(read.value, value, any_order) else "wrong"
        case Right(value, _), "unsure":
            return "needless" if _kept(value, read) else "lost"
        case Right(), _:
            return "lost"
        case Missing(), "missing":
            return "missing"
        case Missing(or_asked), "unsure":
            return "asked" if or_asked else "needless"
        case Missing(), _:
            return "wrong"
        case Ask(_, _, or_right), "read":
            return "right" if or_right is not None and _same(read.value, or_right) else "wrong"
        case Ask(options, words, _), "unsure":
            offered = not read.options or set(options) <= set(read.options)
            return "asked" if offered and all(_says(read, said) for said in words) else "lost"
    return "lost"


def _same(got: Value | None, wanted: Value, any_order: bool = False) -> bool:
    if isinstance(got, str) and isinstance(wanted, str):
        said, meant = flat(got), flat(wanted)
        return sorted(said.split()) == sorted(meant.split()) if any_order else said == meant
    return got == wanted


def _kept(value: Value, read: FieldRead) -> bool:
    """Whether what is asked about still holds the answer: its words, or the choice among those offered."""
    if isinstance(value, tuple):
        return True
    return value in read.options or not read.options or _says(read, value)


def _says(read: FieldRead, words: str) -> bool:
    said = flat(f"{read.words} {read.value or ''}")
    return flat(words) in said


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)


@dataclass(slots=True)
class Tally:
    """What came of some returns: a row of the table."""

    returns: int = 0
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    clear: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.returns + other.returns, self.verdicts + other.verdicts, self.clear + other.clear)

    @property
    def fields(self) -> int:
        return self.verdicts.total()

    @property
    def needless_share(self) -> float:
        """Asked though unambiguous, of all that is unambiguous."""
        return self.verdicts["needless"] / self.clear if self.clear else 0.0

    @property
    def passes(self) -> bool:
        return not self.verdicts["wrong"] and not self.verdicts["lost"] and self.needless_share <= 0.01


@dataclass(slots=True)
class Result:
    """The whole run."""

    rows: dict[str, Tally] = field(default_factory=dict)
    bad: list[Scored] = field(default_factory=list)
    tools: set[str] = field(default_factory=set)
    not_yet: list[str] = field(default_factory=list)
    """Groups that the reader does not take at all."""

    @property
    def total(self) -> Tally:
        return sum(self.rows.values(), Tally())

    def take(self, group: str, scored: Iterable[Scored]) -> None:
        row = self.rows.setdefault(group, Tally())
        row.returns += 1
        for one in scored:
            row.verdicts[one.verdict] += 1
            row.clear += one.was_clear
            self.tools.add(one.tool)
            if one.verdict in BAD:
                self.bad.append(one)


def run(cases: Iterable[Case]) -> Result:
    """Make, read and score every case."""
    result = Result()
    for case in cases:
        result.take(case.group, list(score(case.make())))
    return result
