"""What each press carries is what `dialogs.turns` takes (D21 to D24)."""

from __future__ import annotations

import re
from pathlib import Path

from audit.process import Stage
from bot import cards
from dialogs.screens import Ask, HandedIn, Review
from tests.cards import gallery
from tests.cards.conftest import Drawn
from tests.cards.walking import Json, field, inputs, press, presses, titles
from tests.stories.story import Story

OF_AN_AUDIT = {
    "start", "save", "back", "skip", "not_relevant", "reset", "undo", "pause", "review", "submit", "concern", "raise",
    "confirm", "withdraw", "use", "dismiss", "open", "questions", "answer",
    "pdf", "note",
}  # fmt: skip
OF_A_CONCERN = {"ack", "show"}
OF_A_LETTER = {"letter", "assign", "retry", "discard"}
OF_A_REQUEST = {"request_words", "request_accept", "request_decline", "request_later"}
OF_NOTHING = {"status", "help", "letters", "request", "ask_audit"}
ALL = OF_AN_AUDIT | OF_A_CONCERN | OF_A_LETTER | OF_A_REQUEST | OF_NOTHING
ALSO = {
    "raise": {"press"},
    "withdraw": {"concern"},
    "use": {"kept", "choice"},
    "dismiss": {"kept"},
    "answer": {"asked"},
    "note": {"line", "choice"},
}


def test_every_verb_is_known_and_carries_its_data(drawn: dict[str, Drawn]) -> None:
    for name, one in drawn.items():
        for found in presses(one.card):
            verb, data = found["verb"], found["data"]
            assert verb in ALL, name
            if verb in OF_A_REQUEST:
                assert isinstance(data["request"], int), name
            if verb in OF_A_LETTER:
                assert isinstance(data["letter"], int), name
                assert verb == "letter" or isinstance(data["drawn"], int), name
            if verb in OF_A_CONCERN:
                assert isinstance(data["concern"], int), name
            if verb in OF_AN_AUDIT:
                assert re.fullmatch(r"(TW|CB)-\d{4}", data["audit"]), name
                assert isinstance(data["step"], str) and isinstance(data["version"], int), name
            assert ALSO.get(verb, set()) <= set(data), (name, verb)


def test_every_verb_is_drawn_somewhere(drawn: dict[str, Drawn]) -> None:
    found = {press["verb"] for one in drawn.values() for press in presses(one.card)}
    assert found == ALL


def test_a_section_card_carries_the_version_that_it_was_drawn_from(drawn: dict[str, Drawn]) -> None:
    for one in drawn.values():
        if isinstance(one.made_of, Ask):
            version = one.made_of.live.of.audit.answer(one.made_of.step.id).version
            for found in presses(one.card):
                assert found["data"]["version"] == version
                assert found["data"]["step"] == one.made_of.step.id


def test_inputs_are_called_after_their_fields(drawn: dict[str, Drawn]) -> None:
    for one in drawn.values():
        if isinstance(one.made_of, Ask):
            known = {f"in.{asked.id}" for asked in one.made_of.step.fields} | {"reason"}
            assert {asked["id"] for asked in inputs(one.card)} <= known


def test_raise_a_concern_is_always_there_last_and_apart(drawn: dict[str, Drawn]) -> None:
    for name, one in drawn.items():
        if isinstance(one.made_of, Ask | Review | HandedIn):
            last = one.card["body"][-1] if not isinstance(one.made_of, HandedIn) else one.card["body"][-2]
            assert last["separator"] is True, name
            assert titles(last) == ["Raise a concern now"], name
            assert last["items"][0]["actions"][0]["style"] == "destructive"


def test_opening_names_a_step(drawn: dict[str, Drawn]) -> None:
    for one in drawn.values():
        for found in presses(one.card):
            if found["verb"] == "open" and isinstance(one.made_of, Ask | Review):
                steps = {step.id for step in one.made_of.live.of.tool.steps}
                assert found["data"].get("to", "in the list") in steps | {"in the list"}


def pressed(story: Story, auditor: str, card: Json, title: str, **typed: str) -> Json:
    """Press a button as a client does: its data, and over it every input that holds something."""
    held = {one["id"]: one["value"] for one in inputs(card) if one.get("value")}
    for key, value in typed.items():
        held[f"in.{key}" if f"in.{key}" in {one["id"] for one in inputs(card)} else key] = value
    button = press(card, title)
    data = {**button["data"], **{key: value for key, value in held.items() if value}}
    return cards.screen_card(story.presses(auditor, button["verb"], **data))


def test_an_audit_is_done_by_pressing_what_the_cards_show(tmp_path: Path) -> None:
    for folder in gallery.FOLDERS.values():
        story = gallery.story_of(tmp_path, folder, "pressed")
        auditor, case, tool_id = gallery.cast(folder)
        ref = story.allocate(case, auditor, tool_id)
        card = pressed(story, auditor, cards.screen_card(story.says(auditor, "status")), "Start")
        for step in story.council.tools[tool_id].steps:
            answers = {key: said for key, said in gallery.full_answers(step).items() if said}
            if step.id == "actions":
                answers = {"needed": "none"}
            shown = {one["id"].removeprefix("in.") for one in inputs(card)}
            card = pressed(
                story, auditor, card, "Save and go on", **{key: said for key, said in answers.items() if key in shown}
            )
        pressed(story, auditor, card, "Hand in")
        assert story.audit(ref).stage is Stage.SUBMITTED


def test_an_emptied_input_stays_empty(tmp_path: Path) -> None:
    """Clients leave an emptied input out of what they send; the old words must not come back."""
    story = gallery.story_of(tmp_path, gallery.BEDS, "emptied")
    auditor, case, tool_id = gallery.cast(gallery.BEDS)
    ref = story.allocate(case, auditor, tool_id)
    step = story.council.tools[tool_id].steps[0]
    story.saves(auditor, ref, step.id, **gallery.full_answers(step))
    card = cards.screen_card(gallery.asked(story, auditor, ref, step.id))
    card = pressed(story, auditor, card, "Save and go on", comment="", statements="")
    answer = story.audit(ref).answer(step.id)
    assert answer.text("comment") == "" and answer.value("statements") == ""
    assert answer.text("grade") and answer.text("evidence")
    assert "value" not in field(card, "comment")


def test_a_section_that_is_not_relevant_is_not_brought_back_by_looking_at_it(tmp_path: Path) -> None:
    story = gallery.story_of(tmp_path, gallery.TELFORD, "left-out")
    auditor, case, tool_id = gallery.cast(gallery.TELFORD)
    ref = story.allocate(case, auditor, tool_id)
    step = story.council.tools[tool_id].steps[0]
    card = cards.screen_card(gallery.asked(story, auditor, ref, step.id))
    card = pressed(story, auditor, card, "Not relevant", grade="good", comment="A visit was late.")
    pressed(story, auditor, card, "Yes, not relevant")
    card = cards.screen_card(gallery.asked(story, auditor, ref, step.id))
    pressed(story, auditor, card, "Pause")
    assert story.audit(ref).answer(step.id).not_relevant
    pressed(story, auditor, card, "Answer it after all")
    answer = story.audit(ref).answer(step.id)
    assert not answer.not_relevant and answer.text("grade") == "good"


def test_a_concern_can_be_raised_after_handing_in(tmp_path: Path, drawn: dict[str, Drawn]) -> None:
    story = gallery.story_of(tmp_path, gallery.BEDS, "late-concern")
    auditor, case, tool_id = gallery.cast(gallery.BEDS)
    ref = story.allocate(case, auditor, tool_id)
    story.fills_in(ref)
    receipt = cards.screen_card(story.presses(auditor, "submit", audit=ref, step=""))
    for _ in range(2):
        card = pressed(story, auditor, receipt, "Risk of significant harm", words="She was seen with bruises.")
    assert [one["limb"] for one in story.concerns(ref)] == ["risk"]
    assert "Nobody has acknowledged it yet" in str(card)


def test_a_concern_is_withdrawn_on_the_card(tmp_path: Path) -> None:
    story, ref = gallery.alarmed(tmp_path, gallery.TELFORD, "mis-tap")
    auditor = gallery.cast(gallery.TELFORD)[0]
    card = cards.screen_card(story.presses(auditor, "start", audit=ref))
    pressed(story, auditor, card, "Withdraw it", reason="A mis-tap.")
    assert story.concerns(ref)[0]["state"] == "withdrawn"
