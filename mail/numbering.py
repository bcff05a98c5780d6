"""The numbers of our notices, in Message-IDs and in the subjects that our links make.

Beside its number each bears a seal (storage.obligations.Kept): after a copy of the database was put back, or with a
new one on the same mailbox, numbers are given out again, and must not be taken for those that left before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

_ID = re.compile(r"<notice-(\d{1,12})\.([0-9a-f]{8})@([^<>@\s]+)>")
_TAG = re.compile(r"\(notice (\d{1,12})\.([0-9a-f]{8})\)")


class Named(NamedTuple):
    """A notice as a letter names it. Whether there is one is for the ledger to say."""

    number: int
    seal: str


def message_id(number: int, seal: str, address: str) -> str:
    """The Message-ID of a notice, the same however often it is sent."""
    return f"<notice-{number}.{seal}@{address.rpartition('@')[2]}>"


def tag(number: int, seal: str) -> str:
    """What a link puts into the subject of an answer, for it cannot make a reply."""
    return f"(notice {number}.{seal})"


def notice_of(message_id_text: str, address: str) -> Named | None:
    """The notice that bears this Message-ID, if it looks like one of ours."""
    match = _ID.fullmatch(message_id_text)
    if not match or match[3].lower() != address.rpartition("@")[2].lower():
        return None
    return Named(int(match[1]), match[2])


def named(answers: Iterable[str], subject: str, address: str) -> tuple[Named, ...]:
    """The notices that a letter answers: by In-Reply-To, by References, or by the subject that a link made."""
    found = [notice for one in answers if (notice := notice_of(one, address)) is not None]
    found += [Named(int(number), seal) for number, seal in _TAG.findall(subject)]
    return tuple(dict.fromkeys(found))
