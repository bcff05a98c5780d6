"""Words beside a tool may say that it does not count: then nothing is filed, and somebody reads them (D02)."""

from __future__ import annotations

import pytest

from mail.taken_back import does_not_count
from tests.documents.answering import written_above_and_inline
from tests.mail.room import AUDITOR, Room
from tests.mail.test_form_by_mail import replies, whole


@pytest.mark.parametrize(
    "words",
    [
        "Please ignore this, wrong child.",
        "Draft only, do not file yet.",
        "All of it is inadequate really, ignore my grades.",
        "Sorry, sent in error.",
        "Please disregard, I attached the wrong file.",
    ],
)
@pytest.mark.parametrize("as_form", [False, True])
def test_a_tool_that_its_sender_says_does_not_count_is_not_filed(room: Room, words: str, as_form: bool) -> None:
    audit = room.allocates()
    if as_form:
        replies(room, audit, whole(room, audit), lambda form: f"{words}\n\n{written_above_and_inline(form)}")
    else:
        room.writes(AUDITOR, f"Re: {audit.reference}", f"{words}\n", files=(room.filled(audit),))
        room.works()
    assert room.audit(audit)["state"] == "allocated"
    assert room.letters()[-1].state == "needs_a_person"
    assert "I have not filed it" in room.told("reply", AUDITOR)


@pytest.mark.parametrize(
    "words",
    [
        "Done, see attached.",
        "Please ignore my last mail, this is the one.",
        "Please disregard the earlier tool.",
        "I sent the wrong version before. Here is the correct one.",
        "The wrong address on file was put right.",
    ],
)
def test_a_tool_that_replaces_another_counts(words: str) -> None:
    assert not does_not_count(words)
