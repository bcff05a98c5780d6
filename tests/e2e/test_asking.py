"""What a returned tool left unclear: asked in the receipt and on a card, answered by either, recorded once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.e2e.conftest import OpenChat
from tests.e2e.letters import answered, attached, numbered, picture, reply, send, standing, tool_of, typed_into
from tests.e2e.service import Service, plain_text, running

AVERY = "avery.sample@telford.example"  # auditor
TOOL = "tw-cp-cin"
TWICE = "☒ Good   ☒ Requires improvement   ☐ Inadequate"
HEDGED = "quite good"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running("telford_and_wrekin", tmp_path_factory.mktemp("asking")) as service:
        yield service


def test_d02_a_double_tick_and_a_hedge_are_asked_by_number_and_on_a_card(
    served: Service, open_chat: OpenChat, chromium: Browser, artefacts: Path, tmp_path: Path
) -> None:
    avery = open_chat(AVERY)
    reference = served.allocate("4021", AVERY, TOOL)
    avery.wait_for(f"{reference} Practice learning session for you")
    avery.press("Start", on=reference)
    avery.wait_for(f"{reference} · 1 of 18 Assessment")

    blank = attached(served, AVERY, reference, tmp_path)
    said = answered(blank, planning__grade=TWICE, voice__grade=HEDGED)
    send(served, AVERY, typed_into(blank, tmp_path / "My tool.docx", tool_of(served, TOOL), said))
    (receipt,) = served.wait_for_letters(AVERY, "receipt", about=reference)
    planning, voice = numbered(receipt)
    assert planning.startswith("Planning: ")
    assert "Which do you mean" in planning
    assert voice.startswith("Voice of the child: ")
    assert HEDGED in voice
    picture(chromium, receipt, artefacts / "asking-1-receipt-phone.png")
    stands = standing(served.show(reference))
    assert not {"planning.grade", "voice.grade"} & set(stands), "neither is guessed"

    avery.wait_for("2 questions about what you sent")
    avery.both_widths(artefacts, "asking-2-card")
    avery.choose("▲ Requires improvement", field="Your answer")
    avery.press("Save answers")
    avery.wait_for("1 question about what you sent")
    avery.both_widths(artefacts, "asking-3-one-left")
    assert standing(served.show(reference))["planning.grade"] == "requires_improvement"

    reply(served, receipt, "2 good")
    last = served.wait_for_letters(AVERY, "receipt", 2, about=reference)[-1]
    assert "handed in" in str(last["Subject"]), plain_text(last)
    shown = served.show(reference)
    assert standing(shown) == {**stands, "planning.grade": "requires_improvement", "voice.grade": "good"}
    assert (shown["state"], shown["missing"], shown["kept_words"]) == ("submitted", [], [])
    avery.wait_for("Handed in")
    avery.wait_gone("about what you sent")
