"""Scales of grades and the guides that say what each grade means (E01 to E16). Both are a council's data."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from audit.toml import BadFile, Table, load, unique

SHAPES = ("star", "tick", "triangle", "cross", "ring", "none")
"""Marks that differ in shape, so that no one has to tell grades apart by colour (L06)."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that can be picked.

    `says` are the words that mean it, lower case; `short` is its meaning in a line; `serious` marks the grade that the
    guidance calls inadequate (F02), or an answer that says a child is not safe.
    """

    id: str
    label: str
    short: str = ""
    says: tuple[str, ...] = ()
    shape: str = "none"
    serious: bool = False


@dataclass(frozen=True, slots=True)
class Scale:
    """An ordered set of choices. The order is the one printed everywhere (E02)."""

    id: str
    version: str
    title: str
    choices: tuple[Choice, ...]

    def choice(self, choice_id: str) -> Choice | None:
        """The choice with this id, if any."""
        return next((choice for choice in self.choices if choice.id == choice_id), None)


@dataclass(frozen=True, slots=True)
class Guide:
    """What each grade of a scale means for one group of children. `more` holds extra text for some of them (E04)."""

    id: str
    version: str
    title: str
    scale: str
    means: MappingProxyType[str, str]
    more: MappingProxyType[str, str]
    link: str = ""


@dataclass(frozen=True, slots=True)
class Scales:
    """All scales and guides of a council."""

    scales: MappingProxyType[str, Scale]
    guides: MappingProxyType[str, Guide]


def parse(text: str, strict: bool = True) -> Scales:
    """`scales.toml` as values; not strict for a text that was published once. Raises BadFile naming the key."""
    top = load(text, strict)
    scales = {name: _scale(name, table) for name, table in top.table("scale").named()}
    guides = {name: _guide(name, table, scales) for name, table in top.table("guide", optional=True).named()}
    top.done()
    return Scales(MappingProxyType(scales), MappingProxyType(guides))


def _scale(name: str, table: Table) -> Scale:
    choices = tuple(_choice(entry) for entry in table.tables("grade"))
    unique((choice.id for choice in choices), f"scale.{name}.grade")
    unique(
        (word for choice in choices for word in {choice.label.lower(), *choice.says}),
        f"scale.{name}: the words",
    )
    scale = Scale(name, table.text("version"), table.text("title"), choices)
    if len(choices) < 2:
        raise BadFile(f"scale.{name}.grade should hold at least two grades")
    table.done()
    return scale


def _choice(table: Table) -> Choice:
    choice = Choice(
        table.id(),
        table.text("label"),
        table.text("short", ""),
        tuple(word.lower() for word in table.texts("says", ())),
        table.choice("shape", SHAPES, "none"),
        table.flag("serious", False),
    )
    table.done()
    return choice


def _guide(name: str, table: Table, scales: dict[str, Scale]) -> Guide:
    scale = scales.get(table.choice("scale", scales))
    assert scale
    means = table.table("means")
    texts = {choice.id: means.text(choice.id) for choice in scale.choices}
    means.done()
    extra = table.table("more", optional=True)
    more = {key: extra.text(key) for key in extra.values}
    guide = Guide(
        name,
        table.text("version"),
        table.text("title"),
        scale.id,
        MappingProxyType(texts),
        MappingProxyType(more),
        table.text("link", ""),
    )
    table.done()
    return guide
