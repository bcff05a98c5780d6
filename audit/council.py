"""A council as one value: its policy, words, scales and tools, parsed from the texts of its folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from audit import policy as policies
from audit import scales as scale_files
from audit import tools as tool_files
from audit.policy import Policy
from audit.scales import Guide, Scales
from audit.toml import BadFile, load
from audit.tools import Tool

Texts = Mapping[str, str]
"""File name inside the council's folder ("policy.toml", "tools/cp_cin.toml") to its text."""


@dataclass(frozen=True, slots=True)
class Words:
    """The council's own words for things (A02). Ours never leak in."""

    audit: str
    audits: str
    tool: str
    worker: str
    area: str
    areas: str
    case_system: str
    document_store: str


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


def parse(texts: Texts) -> Council:
    """The council that these texts describe. Raises BadCouncil with every file's first fault."""
    faults: list[str] = []
    policy = words = scales = None
    try:
        policy = policies.parse(_need(texts, "policy.toml"))
    except BadFile as fault:
        faults.append(f"policy.toml: {fault}")
    try:
        words = parse_words(_need(texts, "words.toml"))
    except BadFile as fault:
        faults.append(f"words.toml: {fault}")
    try:
        scales = scale_files.parse(_need(texts, "scales.toml"))
    except BadFile as fault:
        faults.append(f"scales.toml: {fault}")
    tools: dict[str, Tool] = {}
    hashes: dict[str, str] = {}
    for name, text in sorted(texts.items()):
        if scales is None or not name.startswith("tools/"):
            continue
        try:
            tool = tool_files.parse(text, scales)
            if tool.id in tools:
                raise BadFile(f"id {tool.id!r} stands in another tool too")
        except BadFile as fault:
            faults.append(f"{name}: {fault}")
            continue
        tools[tool.id] = tool
        hashes[tool.id] = hashlib.sha256(text.encode()).hexdigest()
    if not tools and not faults:
        faults.append("tools/: there is no tool; add at least one .toml file")
    if faults or policy is None or words is None or scales is None:
        raise BadCouncil(tuple(faults))
    return Council(policy, words, scales, MappingProxyType(tools), content_hash(texts), MappingProxyType(hashes))


def _need(texts: Texts, name: str) -> str:
    if name not in texts:
        raise BadFile("the file is missing")
    return texts[name]


def parse_words(text: str) -> Words:
    """`words.toml` as a value. Raises BadFile naming the key."""
    top = load(text)
    words = Words(*(top.text(key) for key in Words.__slots__))
    top.done()
    return words
