"""A council as one value: its policy, words, scales and tools, parsed from the texts of its folder."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

from audit import policy as policies
from audit import scales as scale_files
from audit import tools as tool_files
from audit.policy import Policy
from audit.scales import Guide, Scales
from audit.toml import BadFile, load
from audit.tools import Tool

Texts = Mapping[str, str]
"""File name inside the council's folder ("policy.toml", "tools/cp_cin.toml") to its text."""


FIRST = (
    "Get in touch with the {worker} soon{contact}. Phoning is often best.",
    "Ask whether their desk or a room is better for going through it together. Meeting them is part of it.",
)
"""What an auditor is asked to do first, where the council does not say it in its own words (C01, C02)."""


@dataclass(frozen=True, slots=True)
class Words:
    """The council's own words for things (A02). Ours never leak in.

    Two are for letters: `first`, what an auditor is asked to do first, and `signature`, lines below the council's name.
    """

    audit: str
    audits: str
    tool: str
    worker: str
    area: str
    areas: str
    case_system: str
    document_store: str
    first: tuple[str, ...] = FIRST
    signature: tuple[str, ...] = ()

    def first_steps(self, contact: str) -> tuple[str, ...]:
        """What to do first; `contact`: whom to ring and on which number, or empty."""
        after = f": {contact}" if contact else ""
        return tuple(line.replace("{worker}", self.worker).replace("{contact}", after) for line in self.first)


@dataclass(frozen=True, slots=True)
class Council:
    """Everything that a council's folder says. `hash` is that of all its texts."""

    policy: Policy
    words: Words
    scales: Scales
    tools: MappingProxyType[str, Tool]
    hash: str
    tool_hashes: MappingProxyType[str, str]

    def tool(self, tool_id: str) -> Tool:
        """The tool with this id. Raises KeyError."""
        return self.tools[tool_id]

    def guide(self, tool: Tool) -> Guide | None:
        """The guide that says what the grades mean for this tool, if it names one."""
        return self.scales.guides.get(tool.guide)


class BadCouncil(Exception):
    """A council's folder that cannot be used. `faults` are sentences that name file and key."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        """All faults at once, so that they can be mended in one go."""
        super().__init__("; ".join(faults))
        self.faults = faults


def content_hash(texts: Texts) -> str:
    """SHA-256 of a folder's texts, in hex, the same whatever their order."""
    return hashlib.sha256(json.dumps(dict(texts), sort_keys=True).encode()).hexdigest()


def parse(texts: Texts, strict: bool = True) -> Council:
    """The council that these texts describe. Raises BadCouncil with every file's first fault.

    A folder that is to be published is read strictly. Texts that were published once are not: whatever stands on them
    must be read for ever, so a later version may only add keys with defaults (audit/toml.py).
    """
    faults: list[str] = []
    policy = _file(texts, "policy.toml", policies.parse, strict, faults)
    words = _file(texts, "words.toml", parse_words, strict, faults)
    scales = _file(texts, "scales.toml", scale_files.parse, strict, faults)
    tools = _tools(texts, scales, strict, faults) if scales else {}
    if strict and policy and scales:
        faults += _grades_in_kinds(policy, scales)
    if not tools and not faults:
        faults.append("tools/: there is no tool; add at least one .toml file")
    if faults or policy is None or words is None or scales is None:
        raise BadCouncil(tuple(faults))
    hashes = {tool.id: hashlib.sha256(texts[name].encode()).hexdigest() for name, tool in tools.items()}
    by_id = {tool.id: tool for tool in tools.values()}
    return Council(policy, words, scales, MappingProxyType(by_id), content_hash(texts), MappingProxyType(hashes))


Read = TypeVar("Read")


def _file(texts: Texts, name: str, read: Callable[[str, bool], Read], strict: bool, faults: list[str]) -> Read | None:
    try:
        return read(_need(texts, name), strict)
    except BadFile as fault:
        faults.append(f"{name}: {fault}")
        return None


def _tools(texts: Texts, scales: Scales, strict: bool, faults: list[str]) -> dict[str, Tool]:
    """File name to tool."""
    tools: dict[str, Tool] = {}
    for name, text in sorted(texts.items()):
        if not name.startswith("tools/"):
            continue
        try:
            tool = tool_files.parse(text, scales, strict)
            if any(tool.id == other.id for other in tools.values()):
                raise BadFile(f"id {tool.id!r} stands in another tool too")
        except BadFile as fault:
            faults.append(f"{name}: {fault}")
            continue
        tools[name] = tool
    return tools


def _grades_in_kinds(policy: Policy, scales: Scales) -> Iterator[str]:
    """A kind of concern stands in subjects and on lock screens, where no grade may be read (B07)."""
    for limb in policy.limbs.values():
        kind = " ".join(limb.kind.split())
        for scale in scales.scales.values():
            for choice in scale.choices:
                if re.search(rf"(?<!\w){re.escape(choice.label)}(?!\w)", kind, re.IGNORECASE):
                    yield (
                        f"policy.toml: limb.{limb.id}.kind: {choice.label!r} is a grade of scale.{scale.id}, "
                        "and a kind stands in subjects"
                    )


def _need(texts: Texts, name: str) -> str:
    if name not in texts:
        raise BadFile("the file is missing")
    return texts[name]


def parse_words(text: str, strict: bool = True) -> Words:
    """`words.toml` as a value; not strict for a text that was published once. Raises BadFile naming the key."""
    top = load(text, strict)
    letters = top.table("letters", optional=True)
    first, signature = letters.texts("first", FIRST), letters.texts("signature", ())
    unknown = {name for line in first for name in re.findall(r"\{(.*?)\}", line)} - {"worker", "contact"}
    if strict and unknown:
        raise BadFile(f"letters.first: {{{min(unknown)}}} means nothing; {{worker}} and {{contact}} do")
    letters.done()
    words = Words(
        audit=top.text("audit"),
        audits=top.text("audits"),
        tool=top.text("tool"),
        worker=top.text("worker"),
        area=top.text("area"),
        areas=top.text("areas"),
        case_system=top.text("case_system"),
        document_store=top.text("document_store"),
        first=first,
        signature=signature,
    )
    top.done()
    return words
