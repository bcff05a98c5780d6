"""Our own bugs in words that can be kept: the kind and the places in our code, never a message, a body or a name."""

from __future__ import annotations

import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def describe(bug: BaseException) -> str:
    """ "ZeroDivisionError at desk/answers.py:88 in record, from ..." with our own frames, innermost first."""
    frames = [
        f"{Path(frame.filename).relative_to(ROOT)}:{frame.lineno} in {frame.name}"
        for frame in traceback.extract_tb(bug.__traceback__)
        if Path(frame.filename).is_relative_to(ROOT) and ".venv" not in frame.filename
    ]
    return f"{type(bug).__name__} at {', from '.join(reversed(frames[-6:])) or 'a place outside our code'}"
