"""Write docs/refusals.md from audit/refusals.py.

.venv/bin/python -m docs.make_refusals
"""

from __future__ import annotations

import re
from pathlib import Path

from audit.refusals import Refusal, every_refusal

PAGE = Path(__file__).with_name("refusals.md")

HEAD = """# Refusals

A refusal is the bot's way to say no to something that a person can put right. It has a code that stays the same and a
sentence that says what to do next. A card shows the sentence beside the field; a letter quotes it; the command line
prints it and ends with exit code 2.

The words in braces are filled in. The IDs are rows of [requirements.md](requirements.md).

*Written by `.venv/bin/python -m docs.make_refusals` from `audit/refusals.py`; please do not edit this page by hand.*

| Code | When | What the person reads |
|---|---|---|
"""


def page() -> str:
    """The whole page."""
    return HEAD + "".join(_row(refusal) for refusal in every_refusal())


def _row(refusal: type[Refusal]) -> str:
    when = " ".join((refusal.__doc__ or "").split())
    return f"| {refusal.code} | {_cell(when)} | {_cell(refusal.says)} |\n"


def _cell(words: str) -> str:
    return re.sub(r"([|<>])", r"\\\1", words)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
