"""The numbers of our notices, in Message-IDs and in the subjects that our links make."""

from __future__ import annotations

import re
from collections.abc import Iterable

_ID = re.compile(r"<notice-(\d{1,12})@([^<>@\s]+)>")
_TAG = re.compile(r"\(notice (\d{1,12})\)")


def message_id(number: int, address: str) -> str:
    """The Message-ID of a notice, the same however often it is sent."""
    return f"<notice-{number}@{address.rpartition('@')[2]}>"


def number_of(message_id_text: str, address: str) -> int | None:
    """The notice that bears this Message-ID, if it is one of ours."""
    match = _ID.fullmatch(message_id_text)
    return int(match[1]) if match and match[2].lower() == address.rpartition("@")[2].lower() else None


def named(answers: Iterable[str], subject: str, address: str) -> tuple[int, ...]:
    """The notices that a letter answers: by In-Reply-To, by References, or by the subject that a link made."""
    numbers = [number for one in answers if (number := number_of(one, address)) is not None]
    numbers += [int(match) for match in _TAG.findall(subject)]
    return tuple(dict.fromkeys(numbers))
