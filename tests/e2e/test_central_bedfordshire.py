"""Central Bedfordshire: statements, what can be left out or taken back, and who is told at once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.browser import Chat
from tests.e2e.conftest import OpenChat
from tests.e2e.service import Service, running

BLAKE = "blake.sample@centralbeds.example"  # auditor
REESE = "reese.specimen@centralbeds.example"  # team manager
QUINN = "quinn.example@centralbeds.example"  # head of service
DANA = "dana.sample@centralbeds.example"  # audit manager
TONI = "toni.example@centralbeds.example"  # social worker
FRAN = "fran.sample@centralbeds.example"  # deputy head of service, moderator
TOOL = "cb-practice-evaluation"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running("central_bedfordshire", tmp_path_factory.mktemp("bedfordshire")) as service:
        yield service


def begun(served: Service, blake: Chat, **more: str) -> str:
    """A fresh evaluation, at its first section."""
    reference = served.allocate("7301", BLAKE, TOOL, **more)
    blake.wait_for(f"{reference} Practice evaluation for you")
    blake.press("Start", on=reference)
    blake.wait_for(f"{reference} · 1 of 22 Assessment")
    return reference


def go_to(blake: Chat, section: str) -> None:
    """From the list of all sections."""
    blake.answer("review")
    blake.wait_for("Before you hand it in")
    blake.choose(section, field="Go to a section")
    blake.press("Open it")
    blake.wait_for(f"of 22 {section}")


def test_statements_are_chosen_by_card_or_by_number(served: Service, open_chat: OpenChat, artefacts: Path) -> None:
    blake = open_chat(BLAKE)
    reference = begun(served, blake, moderator=FRAN)
    blake.choose("1 – The assessment fits")
    blake.choose("5 – It describes more")
    blake.choose("▲ Requires improvement")
    blake.fill("Commentary", "Current, but it tells more than it weighs.")
    blake.press("Save and go on")
    blake.wait_for(f"{reference} · 2 of 22, saved")
    blake.press("Change")
    blake.wait_for(f"{reference} · 1 of 22 Assessment")
    blake.both_widths(artefacts, "cb-1-statements")
    blake.press("Save and go on")
    blake.wait_for(f"{reference} · 2 of 22, saved")
    blake.answer("1, 3")
    blake.answer("quite good")
    blake.wait_for('I have kept your words "quite good".')
    blake.answer("good")
    blake.answer("The worries are named as the family names them, and looked at again.")
    blake.answer("Case note of 2 November")
    blake.wait_for(f"{reference} · 3 of 22, saved")
    first, second, *_ = served.show(reference)["sections"]
    assert (first["statements"], first["grade"]) == (["current", "thin"], "requires_improvement")
    assert (second["statements"], second["grade"]) == (["named", "reviewed"], "good")
    assert second["evidence"] == "Case note of 2 November"


def test_a_section_is_left_out_emptied_and_brought_back(served: Service, open_chat: OpenChat, artefacts: Path) -> None:
    blake = open_chat(BLAKE)
    reference = begun(served, blake)
    blake.choose("1 – The assessment fits")
    blake.fill("Commentary", "Half a thought.")
    blake.press("Skip for now")
    blake.wait_for(f"{reference} · 2 of 22 Risk and safety")
    blake.answer("not relevant")
    blake.wait_for("Risk and safety is asked in every audit")
    blake.answer("skip")
    blake.wait_for(f"{reference} · 3 of 22 Planning and reviewing")
    blake.press("Not relevant")
    blake.wait_for("Does this section not apply to this child?")
    assert not served.section(reference, "planning")["not_relevant"]
    blake.press("No, keep it")
    blake.wait_for("Does the plan lead to change")
    blake.answer("not relevant")
    blake.wait_for("Does this section not apply to this child?")
    blake.answer("yes")
    blake.wait_for("Planning and reviewing · not relevant")
    assert served.section(reference, "planning")["not_relevant"]

    go_to(blake, "Assessment")
    assert blake.value("Commentary") == "Half a thought."
    blake.press_in_menu("Reset this section")
    blake.wait_for("This part is empty again")
    assert blake.value("Commentary") == ""
    blake.both_widths(artefacts, "cb-2-reset")
    blake.answer("undo")
    blake.wait_for("Brought back as it was before.")
    assert blake.value("Commentary") == "Half a thought."
    assert served.section(reference, "assessment")["statements"] == ["current"]
    assert served.section(reference, "planning")["not_relevant"], "no other section was touched"


def test_the_young_peoples_form_is_asked_in_its_own_words(
    served: Service, open_chat: OpenChat, artefacts: Path
) -> None:
    blake = open_chat(BLAKE)
    reference = begun(served, blake)
    go_to(blake, "Young people's feedback")
    blake.wait_for("PLACEHOLDER WORDING.")
    blake.fill("[The council's wording goes here: question 1", "She listens to me.")
    blake.press("Save and go on")
    blake.wait_for("Young people's feedback · saved")
    blake.press("Change")
    blake.wait_for("PLACEHOLDER WORDING.")
    blake.both_widths(artefacts, "cb-3-young-people")
    assert served.section(reference, "young_people")["other"] == {"question_1": "She listens to me."}


def test_overall_inadequate_is_confirmed_and_acknowledged_in_typed_words(served: Service, open_chat: OpenChat) -> None:
    blake, reese = open_chat(BLAKE), open_chat(REESE)
    reference = begun(served, blake)
    go_to(blake, "Overall")
    blake.answer("inadequate")
    blake.wait_for("Did you mean this? Serious findings")
    assert not served.letters(REESE, "alert")
    blake.answer("confirm")
    reese.wait_for(f"Immediate escalation · {reference} · serious findings")
    reese.say("ack")
    reese.wait_for("by Reese Specimen")
    blake.wait_for("Serious findings: Acknowledged")
    (concern,) = served.show(reference)["concerns"]
    assert concern["state"] == "acknowledged"
    assert {(one["to"], one["may_stop"]) for one in concern["told"]} == {(REESE, True), (DANA, True), (TONI, False)}
    for everybody in (DANA, REESE, TONI):
        assert served.wait_for_letters(everybody, "alert")


def test_a_child_who_is_not_safe_reaches_the_head_of_service_at_once(
    served: Service, open_chat: OpenChat, artefacts: Path
) -> None:
    blake, quinn, toni = open_chat(BLAKE), open_chat(QUINN), open_chat(TONI)
    reference = begun(served, blake)
    go_to(blake, "Is the child safe?")
    blake.choose("No, or I am not sure")
    blake.press("Save and go on")
    blake.wait_for("Did you mean this? Child's safety")
    blake.press("Yes, tell them now")
    first_line = f"Immediate escalation · {reference} · child's safety"
    quinn.wait_for(first_line)
    quinn.both_widths(artefacts, "cb-4-alert")
    toni.wait_for(first_line)
    toni.press("I have seen this")
    toni.wait_for("It goes on until the head of service acknowledges it.")
    assert served.show(reference)["concerns"][0]["state"] == "open", "the social worker's word does not end it"
    quinn.say("ack")
    quinn.wait_for("by Quinn Example")
    quinn.both_widths(artefacts, "cb-5-acknowledged")
    blake.wait_for("Child's safety: Acknowledged")
    toni.wait_gone(first_line)
    assert served.happened(reference).count("acknowledged") == 1
