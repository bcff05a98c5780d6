"""What the first page of the Word tool says: shared by the writing of it and by telling what somebody added to it."""

from __future__ import annotations

import re

FACTS = ("Reference", "Case", "For", "Return by", "Look back over")
FILLING_TITLE, SENDING_TITLE, RISK_TITLE, GRADES_TITLE = (
    "Filling it in", "Sending it back", "If a child may be at risk now", "What the grades mean",
)  # fmt: skip
GRADES_HEADERS = ("Grade", "What it means")
RETURN_BY = "{reference}  ·  return by {due}"
FILLING = (
    "Click in a shaded answer and choose or type. Stop at any point, save, and go on another day.",
    "Give one grade for each {area}. Leave empty what you cannot answer; you will be asked about it.",
    "Write people's roles and the case number, and no names of children or families.",
)
SEND_TO = "Save this file and send it to {address} with {reference} in the subject."
SENDING = (
    "You will get a note of what was read and what is still missing. You can also answer in Teams, and change "
    "between the two.",
    "Stuck, or is something here wrong? Write to the same address; a person will answer.",
)
RISK = "Phone; do not wait for this {tool}. Sending it in is not a referral and does not replace one."
MORE = "More: {link}"

_SAID = (
    RETURN_BY, *FILLING, SEND_TO, *SENDING, RISK, MORE, FILLING_TITLE, SENDING_TITLE, RISK_TITLE, GRADES_TITLE,
)  # fmt: skip
_PATTERNS = tuple(
    re.compile(r"\S.*".join(re.escape(part) for part in re.split(r"\{\w+\}", " ".join(line.split())))) for line in _SAID
)


def is_ours(line: str) -> bool:
    """Whether a line of the first page is one that every tool has, whatever its reference and its council's words."""
    flat = " ".join(line.split())
    return any(pattern.fullmatch(flat) for pattern in _PATTERNS)
