"""What somebody added to the first page: everything there that the blank tool does not say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from audit.tools import Tool
from documents import cover
from documents.returned_tool.alike import norm
from documents.returned_tool.word.outline import Block, Paragraph, Table

_FACTS = frozenset(norm(name) for name in cover.FACTS)


def added(blocks: Sequence[Block], tool: Tool) -> Iterator[str]:
    """The lines before the first section that are nobody's but the sender's."""
    own = {norm(tool.title), norm(tool.purpose), ""}
    after = ""
    for block in blocks:
        if isinstance(block, Table):
            yield from _rows(block)
            after = ""
            continue
        said = norm(block.text)
        # behind the title stands the council, behind the heading of the grades stands whom they are for
        follows = after in (norm(tool.title), norm(cover.GRADES_TITLE)) and _is_short(block)
        if said and said not in own and not follows and not cover.is_ours(block.text):
            yield block.text
        after = said or after


def _is_short(paragraph: Paragraph) -> bool:
    return len(paragraph.text) <= 80 and "." not in paragraph.text


def _rows(table: Table) -> Iterator[str]:
    first = [norm(cell.text) for cell in table.rows[0].cells] if table.rows else []
    if first == [norm(name) for name in cover.GRADES_HEADERS]:
        return
    for row in table.rows:
        said = [" ".join(cell.lines) for cell in row.cells]
        known = bool(row.cells) and norm(said[0]) in _FACTS
        rest = said[2:] if known else said
        if any(rest):
            yield " | ".join(filter(None, rest))
