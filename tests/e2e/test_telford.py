"""Telford & Wrekin: an auditor's whole audit in chat, what a manager sees of it, and everything that may go wrong."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.e2e.browser import Chat
from tests.e2e.conftest import OpenChat
from tests.e2e.service import Service, running

AVERY = "avery.sample@telford.example"  # auditor
MORGAN = "morgan.example@telford.example"  # team manager
CHARLIE = "charlie.sample@telford.example"  # service delivery manager
PAT = "pat.specimen@telford.example"  # QA manager
LEE = "lee.sample@telford.example"  # service delivery manager for quality assurance
TOOL = "tw-cp-cin"

GOOD, RI, INADEQUATE = "✓ Good", "▲ Requires improvement", "✕ Inadequate"
CHECKS = {
    "reviews": "Have meetings been held in time",
    "recording": "Is what the law requires on the file",
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running("telford_and_wrekin", tmp_path_factory.mktemp("telford")) as service:
        yield service


def allocated(served: Service, avery: Chat, case: str = "4021") -> str:
    """A fresh audit, its card shown."""
    reference = served.allocate(case, AVERY, TOOL)
    avery.wait_for(f"{reference} Practice learning session for you")
    return reference


def begun(served: Service, avery: Chat) -> str:
    """A fresh audit, at its first section."""
    reference = allocated(served, avery)
    avery.press("Start", on=reference)
    avery.wait_for(f"{reference} · 1 of 18 Assessment")
    return reference


def test_a_whole_audit_from_the_first_card_to_handing_in(served: Service, open_chat: OpenChat, artefacts: Path) -> None:
    avery, morgan = open_chat(AVERY), open_chat(MORGAN)
    avery.wait_for("Welcome")
    morgan.wait_for("Welcome")
    reference = allocated(served, avery)
    avery.both_widths(artefacts, "tw-1-allocation")
    avery.press("Start")
    by_card(avery, reference, artefacts)
    by_typed_words(served, avery, reference)
    through_a_power_cut(served, avery, reference)
    with_a_concern(served, avery, morgan, reference)
    the_rest(avery, reference)
    overall_inadequate(served, avery, morgan, reference, artefacts)
    the_end(avery, reference, artefacts)
    as_filed(served, reference)
    nobody_further_is_called_out(served, reference)


def by_card(avery: Chat, reference: str, artefacts: Path) -> None:
    avery.wait_for(f"{reference} · 1 of 18 Assessment")
    avery.both_widths(artefacts, "tw-2-section")
    avery.choose("Yes", field="Is there an assessment")
    avery.choose(GOOD)
    avery.fill("Comment", "Current, and it says what life is like for the child.")
    avery.fill("Where is this recorded?", "Assessment of 3 November")
    avery.fill("The worker's view", "Robin is proud of it, and rightly.")
    avery.press("Save and go on")
    avery.wait_for(f"{reference} · 2 of 18, saved")
    avery.wait_for("Assessment · ✓ Good Current, and it says what life is like")
    avery.both_widths(artefacts, "tw-3-section-saved")


def by_typed_words(served: Service, avery: Chat, reference: str) -> None:
    """Planning from first to last in typed words; of Voice the grade is hedged, so it is asked."""
    avery.answer("RI")
    avery.wait_for(f"{reference} · 2 of 18 Planning")
    avery.answer("yes")
    avery.answer("The plan was late and the family had not seen it.")
    avery.answer("Plan of 9 November")
    avery.answer("Robin agrees.")
    avery.wait_for(f"{reference} · 3 of 18, saved")
    avery.answer("quite good")
    avery.wait_for('I have kept your words "quite good".')
    assert served.section(reference, "voice")["grade"] is None
    avery.press(GOOD, on="quite good")
    avery.wait_gone("quite good")
    avery.answer("The child's own words are in every visit, and the plan changed because of them.")
    avery.answer("skip")
    avery.wait_for(f"{reference} · 4 of 18 Visits and direct work")
    avery.answer("back")
    avery.wait_for(f"{reference} · 3 of 18 Voice of the child")
    avery.answer("review")
    avery.wait_for("Before you hand it in")
    avery.wait_for("Planning · ▲ Requires improvement")
    avery.answer("resume")
    avery.wait_for(f"{reference} · 4 of 18 Visits and direct work")


def through_a_power_cut(served: Service, avery: Chat, reference: str) -> None:
    avery.choose(GOOD)
    avery.fill("Comment", "Seen alone each time.")
    avery.press("Pause")
    avery.wait_for("You go on with Visits and direct work.")
    served.kill()
    served.start()
    visits = served.section(reference, "visits")
    assert (visits["grade"], visits["comment"]) == ("good", "Seen alone each time.")
    avery.answer("resume")
    avery.wait_for(f"{reference} · 4 of 18 Visits and direct work")
    assert avery.value("Comment") == "Seen alone each time."
    avery.choose("Partly", field="Have visits kept")
    avery.press_twice("Save and go on")
    avery.wait_for(f"{reference} · 5 of 18")


def with_a_concern(served: Service, avery: Chat, morgan: Chat, reference: str) -> None:
    """Raised by button in the middle of a section: what was typed there is still there afterwards."""
    avery.choose(RI)
    avery.fill("Comment", "Half a sentence about")
    avery.press("Raise a concern now")
    avery.wait_for("Raise a concern")
    avery.choose("1 – An immediate concern")
    avery.fill("What did you see or hear?", "No visit for nine weeks.")
    avery.press("Tell them now")
    avery.wait_for("Nobody has acknowledged it yet.")
    avery.wait_for(f"{reference} · 5 of 18")
    assert avery.value("Comment") == "Half a sentence about"
    morgan.wait_for(f"Immediate escalation · {reference} · immediate concern")
    assert "nine weeks" not in morgan.text()
    morgan.press("Show what was recorded")
    morgan.wait_for("No visit for nine weeks.")
    morgan.press("Acknowledge")
    morgan.wait_for("by Morgan Example")
    avery.wait_for("Immediate concern: Acknowledged")
    assert avery.value("Comment") == "Half a sentence about"
    served.wait_for_letters(AVERY, "ended")
    avery.fill("Comment", "Half a sentence about danger, now whole.")
    avery.press("Save and go on")
    avery.wait_for(f"{reference} · 6 of 18")


def the_rest(avery: Chat, reference: str) -> None:
    avery.choose(GOOD)
    avery.fill("Comment", "Both parents and the grandmother are in the work.")
    avery.press("Save and go on")
    avery.wait_for(f"{reference} · 7 of 18")
    avery.press("Not relevant")
    avery.wait_for("Does this section not apply to this child?")
    avery.press("Yes, not relevant")
    avery.wait_for(f"{reference} · 8 of 18")
    for place, section in enumerate(("multi_agency", "reviews", "oversight", "recording", "outcomes"), 8):
        if section in CHECKS:
            avery.choose("Yes", field=CHECKS[section])
        avery.choose(INADEQUATE if section == "oversight" else RI)
        avery.fill("Comment", f"What the record shows about {section}, and what would help.")
        avery.press("Save and go on")
        avery.wait_for(f"{reference} · {place + 1} of 18")
    avery.answer("no")
    avery.answer("Robin was away with illness for the whole month.")
    avery.wait_for(f"{reference} · 14 of 18")


def overall_inadequate(served: Service, avery: Chat, morgan: Chat, reference: str, artefacts: Path) -> None:
    avery.choose(INADEQUATE)
    avery.fill("In a line or two", "Nine weeks without a visit, and nobody noticed.")
    avery.press("Save and go on")
    avery.wait_for("Did you mean this? Serious findings")
    assert "serious findings" not in morgan.text()
    avery.both_widths(artefacts, "tw-4-confirm")
    avery.press("Yes, tell them now")
    avery.wait_for("Concern raised at")
    morgan.wait_for(f"Immediate escalation · {reference} · serious findings")
    morgan.both_widths(artefacts, "tw-5-alert")
    for manager in (PAT, MORGAN, CHARLIE):
        served.wait_for_letters(manager, "alert", 2 if manager == MORGAN else 1)
    avery.both_widths(artefacts, "tw-6-raised")
    morgan.press("Acknowledge")
    morgan.wait_gone("Immediate escalation")
    morgan.both_widths(artefacts, "tw-7-acknowledged")
    avery.wait_for("Serious findings: Acknowledged")
    assert avery.text().count("by Morgan Example") == 2
    served.wait_for_letters(AVERY, "ended", 2)  # nothing more will redraw the card
    avery.both_widths(artefacts, "tw-8-auditor-told")


def the_end(avery: Chat, reference: str, artefacts: Path) -> None:
    avery.wait_for(f"{reference} · 15 of 18")
    avery.choose("Yes", field="Is the child safe now?")
    avery.press("Save and go on")
    avery.wait_for(f"{reference} · 16 of 18")
    avery.fill("What was good, and why?", "The child trusts the worker.")
    avery.fill("What can we learn?", "Absence needs cover, and cover needs a name.")
    avery.fill("One thing for the worker", "Your notes are a pleasure to read.")
    avery.press("Save and go on")
    avery.wait_for(f"{reference} · 17 of 18")
    avery.choose("The actions below are needed")
    avery.fill("Action 1: what", "See the child this week")
    avery.fill("Action 1: who", "Robin Example")
    avery.press("Save and go on")
    avery.wait_for("Still empty: Action 1: by when")
    avery.fill("Action 1: by when", "2026-12-04")
    avery.press("Save and go on")
    avery.wait_for(f"{reference} · 18 of 18")
    avery.choose("Agrees", field="The worker's view of the outcome")
    avery.press("Save and go on")
    avery.wait_for("Ready to hand in")
    avery.both_widths(artefacts, "tw-9-review")
    avery.press("Hand in")
    avery.wait_for("Handed in")
    avery.both_widths(artefacts, "tw-10-handed-in")
    avery.screenshot(artefacts / "tw-11-whole-chat.png")


def as_filed(served: Service, reference: str) -> None:
    """The command line says the same as the chat did."""
    shown = served.show(reference)
    sections = {one["id"]: one for one in shown["sections"]}
    assert (shown["state"], shown["missing"], shown["kept_words"]) == ("submitted", [], [])
    assert sections["assessment"]["grade"] == "good"
    assert sections["assessment"]["evidence"] == "Assessment of 3 November"
    assert sections["assessment"]["other"]["worker_view"] == "Robin is proud of it, and rightly."
    assert sections["planning"]["grade"] == "requires_improvement"
    assert sections["planning"]["comment"] == "The plan was late and the family had not seen it."
    assert sections["planning"]["evidence"] == "Plan of 9 November"
    assert sections["voice"]["grade"] == "good"
    assert sections["visits"]["version"] == 2, "pausing and saving; a second press on Save adds nothing"
    assert sections["risk"]["comment"] == "Half a sentence about danger, now whole."
    assert sections["identity"]["not_relevant"]
    assert shown["met_worker"]["met"] == "no"
    assert shown["overall"]["grade"] == "inadequate"
    assert shown["child_safe"] == "yes"
    assert shown["actions"] == [{"what": "See the child this week", "who": "Robin Example", "by": "2026-12-04"}]
    assert [(one["limb"], one["state"], one["confirmed"]) for one in shown["concerns"]] == [
        ("immediate", "acknowledged", True),
        ("inadequate", "acknowledged", True),
    ]
    happened = served.happened(reference)
    assert happened.count("acknowledged") == 2
    assert happened.count("handed in") == 1


def nobody_further_is_called_out(served: Service, reference: str) -> None:
    """A day later: acknowledging ended both ladders."""
    before = {email: len(served.letters(email, "alert")) for email in (MORGAN, CHARLIE, PAT, LEE)}
    served.run("tick", "--at", (datetime.now(UTC) + timedelta(days=1)).isoformat())
    assert {email: len(served.letters(email, "alert")) for email in before} == before
    assert before[LEE] == 0


def test_a_stale_card_overwrites_nothing_and_loses_no_word(
    served: Service, open_chat: OpenChat, artefacts: Path
) -> None:
    phone = open_chat(AVERY)
    reference = begun(served, phone)
    phone.lose_touch()
    laptop = open_chat(AVERY)
    laptop.say(f"{reference} resume")
    laptop.wait_for(f"{reference} · 1 of 18 Assessment")
    laptop.choose(GOOD)
    laptop.fill("Comment", "Written on the laptop.")
    laptop.press("Save and go on")
    laptop.wait_for("Still empty")
    phone.be_in_touch()
    phone.choose(RI)
    phone.fill("Comment", "Written on the phone.")
    phone.press("Save and go on")
    phone.wait_for("nothing was overwritten")
    phone.wait_for("“Written on the phone.”")
    phone.both_widths(artefacts, "tw-stale")
    shown = served.show(reference)
    assert shown["sections"][0]["comment"] == "Written on the laptop."
    assert {one["words"] for one in shown["kept_words"]} == {"Requires improvement", "Written on the phone."}


def test_a_double_press_gives_one_record(served: Service, open_chat: OpenChat) -> None:
    avery = open_chat(AVERY)
    reference = begun(served, avery)
    avery.choose("Yes", field="Is there an assessment")
    avery.choose(GOOD)
    avery.fill("Comment", "Once is enough.")
    avery.press_twice("Save and go on")
    avery.wait_for(f"{reference} · 2 of 18")
    assert served.happened(reference).count("answered") == 1
    shown = served.show(reference)
    assert shown["sections"][0]["version"] == 1
    assert shown["kept_words"] == []


def test_an_alert_that_nobody_answers_climbs_and_one_person_ends_it(served: Service, open_chat: OpenChat) -> None:
    avery, charlie = open_chat(AVERY), open_chat(CHARLIE)
    reference = begun(served, avery)
    avery.say("concern")
    avery.wait_for("Raise a concern")
    avery.say("1 No visit for nine weeks.")
    avery.wait_for("Nobody has acknowledged it yet.")
    served.run("tick", "--at", (datetime.now(UTC) + timedelta(minutes=31)).isoformat())
    charlie.wait_for(f"Immediate escalation · {reference} · immediate concern")
    charlie.say("ack")
    charlie.wait_for("by Charlie Sample")
    avery.wait_for("by Charlie Sample")
    (concern,) = served.show(reference)["concerns"]
    assert concern["state"] == "acknowledged"
    assert [(one["by"], one["stops"]) for one in concern["acknowledgements"]] == [(CHARLIE, True)]
