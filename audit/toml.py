"""Reading a council's TOML so that every fault names its key.

A folder that is to be published is read strictly: a misspelt key is a fault, and so is a value that would keep an alert
from people. What was published once is read leniently for ever, because running audits and open concerns stand on it.
So a later version may only add keys, each with a default; it may never require a new one of a text that is kept, nor
refuse there what was taken once.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any


class BadFile(Exception):
    """A council's file that cannot be used. The message names the key and says what would be right."""


class Table:
    """One TOML table whose reader names the key in every fault and, if strict, refuses keys nobody reads."""

    def __init__(self, values: Mapping[str, Any], path: str = "", *, strict: bool = True) -> None:
        """`path` is the dotted name of this table, for the faults; tables inside it are as strict as it is."""
        self.values = values
        self.path = path
        self.strict = strict
        self._read: set[str] = set()

    def name(self, key: str) -> str:
        """The dotted name of `key`."""
        return f"{self.path}.{key}" if self.path else key

    def _take(self, key: str, kind: type | tuple[type, ...], says: str, default: Any) -> Any:
        self._read.add(key)
        if key not in self.values:
            if default is None:
                raise BadFile(f"{self.name(key)} is missing: it should be {says}")
            return default
        value = self.values[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
            raise BadFile(f"{self.name(key)} should be {says}, not {value!r}")
        return value

    def text(self, key: str, default: str | None = None) -> str:
        """A text, with the white space at its ends taken off."""
        return str(self._take(key, str, "a text", default)).strip()

    def id(self) -> str:
        """The text under `id`: a list of ids is kept with commas, so they hold none."""
        value = self.text("id")
        if self.strict and not _ID.fullmatch(value):
            raise BadFile(f"{self.name('id')} should be of small letters, digits and _ only, not {value!r}")
        return value

    def address(self, key: str) -> str:
        """An e-mail address."""
        value = self.text(key)
        if self.strict and not is_address(value):
            raise BadFile(f"{self.name(key)} should be one plain e-mail address, not {value!r}")
        return value

    def flag(self, key: str, default: bool | None = None) -> bool:
        """True or false."""
        return bool(self._take(key, bool, "true or false", default))

    def number(self, key: str, default: int | None = None) -> int:
        """A whole number."""
        return int(self._take(key, int, "a whole number", default))

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """A list of texts."""
        found = self._take(key, (list, tuple), "a list of texts", default)
        for item in found:
            if not isinstance(item, str):
                raise BadFile(f"{self.name(key)} should be a list of texts, not {item!r}")
        return tuple(item.strip() for item in found)

    def choice(self, key: str, allowed: Iterable[str], default: str | None = None) -> str:
        """A text that is one of `allowed`."""
        options = tuple(allowed)
        value = self.text(key, default)
        if value not in options:
            raise BadFile(f"{self.name(key)} should be one of {', '.join(options)}, not {value!r}")
        return value

    def span(self, key: str, default: str | None = None, *, most: str) -> timedelta:
        """A length of time in ISO 8601 (PT15M, P1D, P1W) that is no longer than `most`."""
        value = self.text(key, default)
        try:
            found = parse_span(value)
        except ValueError as fault:
            raise BadFile(f"{self.name(key)}: {fault}") from None
        if self.strict and found > parse_span(most):
            raise BadFile(f"{self.name(key)} should be at most {most}, not {value!r}")
        return found

    def table(self, key: str, optional: bool = False) -> Table:
        """The table under `key`."""
        found = self._take(key, dict, "a table", {} if optional else None)
        return Table(found, self.name(key), strict=self.strict)

    def tables(self, key: str, optional: bool = False) -> tuple[Table, ...]:
        """The list of tables under `key`, each named with its place, from 1."""
        found = self._take(key, list, "a list of tables", [] if optional else None)
        for item in found:
            if not isinstance(item, dict):
                raise BadFile(f"{self.name(key)} should be a list of tables, not {item!r}")
        return tuple(
            Table(item, f"{self.name(key)}[{place}]", strict=self.strict) for place, item in enumerate(found, 1)
        )

    def named(self) -> tuple[tuple[str, Table], ...]:
        """Every key of this table, each of which must be a table."""
        return tuple((key, self.table(key)) for key in self.values)

    def done(self) -> None:
        """If strict, refuse keys that nobody read: a misspelt key must not be silently ignored."""
        unread = [key for key in self.values if key not in self._read]
        if unread and self.strict:
            raise BadFile(f"{self.name(unread[0])} is not a key that is known here; is it misspelt?")


def load(text: str, strict: bool = True) -> Table:
    """The whole file as a `Table`; not strict for a text that was published once. Raises BadFile if it is not TOML."""
    try:
        return Table(tomllib.loads(text), strict=strict)
    except tomllib.TOMLDecodeError as fault:
        raise BadFile(f"this is not TOML: {fault}") from None


_ID = re.compile(r"[a-z0-9_]+")
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ADDRESS = re.compile(rf"{_ATOM}(\.{_ATOM})*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


def is_address(text: str) -> bool:
    """Whether this is one e-mail address in plain ASCII: no relay refuses it, and it cannot break a letter's head."""
    return _ADDRESS.fullmatch(text) is not None


_SPAN = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


def parse_span(text: str) -> timedelta:
    """An ISO 8601 duration without months or years. Raises ValueError."""
    match = _SPAN.fullmatch(text)
    if not match or text in ("P", "PT"):
        raise ValueError(f"{text!r} should be a length of time such as PT15M, P1D or P1W")
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    try:
        return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        raise ValueError(f"{text!r} is too long; it should be such as PT15M, P1D or P1W") from None


def unique(items: Iterable[str], where: str) -> None:
    """Raise BadFile where an id stands twice."""
    seen: set[str] = set()
    for item in items:
        if item in seen:
            raise BadFile(f"{where}: {item!r} stands twice")
        seen.add(item)
