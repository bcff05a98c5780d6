"""What is said of a file that is not read."""

from __future__ import annotations


class Unreadable(Exception):
    """A file that we will not or cannot read. The message says why, as the end of "I could not read it: "."""
