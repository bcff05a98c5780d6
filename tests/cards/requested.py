"""Requests for an audit, for the gallery: asking, refused, and each way of deciding."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from dialogs.screens import Screen
from tests.cards import gallery

LINE = "Two agencies see it differently, and nobody has looked at it from outside for two years."


def requests(tmp_path: Path, folder: Path) -> Iterator[tuple[str, Screen]]:
    """Everything that whoever asks and whoever decides can see."""
    story = gallery.story_of(tmp_path, folder, f"{folder.name}-requests")
    asker, case, _tool = gallery.cast(folder)
    with story.store.open() as ledger:
        decider = ledger.directory.holders(story.council.policy.asking.decides, None)[0].person.email
    yield "request form", story.says(asker, "request")
    yield "request filled", story.says(asker, f"request an audit of case {case}")
    yield "request without a case", story.presses(asker, "ask_audit", case="Sam", reason="other", words=LINE)
    yield "request without a line", story.presses(asker, "ask_audit", case=case, reason="other", words="")
    yield "request asked", story.presses(asker, "ask_audit", case=case, reason="other", words=LINE)
    yield "request again", story.presses(asker, "ask_audit", case=case, reason="other", words=LINE)
    yield "request words", story.presses(decider, "request_words", request=1)
    yield "request declined without why", story.presses(decider, "request_decline", request=1)
    yield "request until an odd day", story.presses(decider, "request_later", request=1, until="soon")
    yield "request later", story.presses(decider, "request_later", request=1)
    yield "request until a day", story.presses(decider, "request_later", request=1, until="2026-12-01")
    yield "request accepted", story.presses(decider, "request_accept", request=1)
    story.presses(asker, "ask_audit", case="98765", reason="other", words=LINE)
    yield "request nobody knows", story.presses(decider, "request_words", request=2)
    yield "request declined", story.presses(decider, "request_decline", request=2, why="There is no such case.")
