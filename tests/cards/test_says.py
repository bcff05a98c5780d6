"""What cards say, and what a lock screen never shows (B07, D13, D22, F05, F22, L01, L09)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from audit.council import Council
from audit.notices import AlertFacts, LiveFacts, Notice, PlainFacts
from bot import cards
from bot.cards.parts import BUDGET, mail, plain, size
from dialogs.screens import Ask, LetterCard, Problem
from tests.cards import gallery
from tests.cards.conftest import Drawn
from tests.cards.walking import everything, field, flat_text, inputs, press, titles, words


def graded(council: Council) -> set[str]:
    return {
        choice.label.lower()
        for scale in council.scales.scales.values()
        for choice in scale.choices
        if len(choice.label) > 3
    }


def test_a_preview_shows_reference_kind_and_deadline_only(drawn: dict[str, Drawn], tmp_path: Path) -> None:
    councils = [gallery.story_of(tmp_path, folder, "words").council for folder in gallery.FOLDERS.values()]
    never = {label for council in councils for label in graded(council)} | {"4021", "5101", "7301", "bruises", "kettle"}
    for name, one in drawn.items():
        summary = one.activity["summary"].lower()
        assert summary, name
        assert len(summary) <= 120, name
        assert not [label for label in never if label in summary], (name, summary)
        assert gallery.SENTENCE[:20].lower() not in summary
        assert "text" not in one.activity, "a card is not doubled by words"


def ask_of(drawn: dict[str, Drawn], name: str) -> Ask:
    screen = drawn[name].made_of
    assert isinstance(screen, Ask)
    return screen


def place(card: dict[str, object], needle: str) -> int:
    found = [number for number, one in enumerate(everything(card)) if needle in str(one.get("text", one.get("label")))]
    return found[-1]


# a section


def test_a_section_reads_from_top_to_bottom(drawn: dict[str, Drawn]) -> None:
    said = flat_text(drawn["cb cb-practice-evaluation risk untouched"].card)
    order = [
        "CB-0001 · 2 of 22", "Risk and safety", "Is danger seen", "raise a concern at once", "Choose the statements",
        "Grade for this section", "Commentary: what is good", "Where is this recorded?", "Save and go on", "Back",
        "Guide", "Pause", "Skip for now", "Raise a concern now",
    ]  # fmt: skip
    assert [said.index(part) for part in order] == sorted(said.index(part) for part in order)


def test_grades_differ_in_word_and_shape_and_say_what_they_mean(drawn: dict[str, Drawn]) -> None:
    card = drawn["tw tw-cp-cin planning untouched"].card
    shown = [choice["title"] for choice in field(card, "grade")["choices"]]
    assert shown[0].startswith("★ Exceeds good – ")
    assert [title[0] for title in shown] == ["★", "✓", "▲", "✕"]
    assert all(" – " in title for title in shown)


def test_statements_are_numbered_so_that_numbers_can_be_typed(drawn: dict[str, Drawn]) -> None:
    statements = field(drawn["cb cb-practice-evaluation risk untouched"].card, "statements")
    assert [choice["title"][:4] for choice in statements["choices"]] == ["1 – ", "2 – ", "3 – ", "4 – ", "5 – "]


def test_the_guide_is_for_this_childs_status(drawn: dict[str, Drawn]) -> None:
    card = drawn["tw tw-lac-cl entry untouched"].card
    guide = next(one for one in everything(card) if one.get("id") == "guide")
    assert guide["isVisible"] is False
    said = flat_text(guide)
    assert "Children come into care after a high-quality assessment" in said
    assert "For care leavers" not in said
    assert "What else was tried?" in said


def test_what_was_saved_folds_above_the_next_step(drawn: dict[str, Drawn]) -> None:
    said = flat_text(drawn["tw saved"].card)
    assert said.startswith(
        "TW-0001 · 2 of 18, saved 09:00\nAssessment · ★ Exceeds good\nThe plan is clear about who does"
    )
    assert "Change" in titles(drawn["tw saved"].card)


@pytest.mark.parametrize(("name", "label", "sentence"), [
    ("tw comment missing", "Comment", "The comment is still empty"),
    ("tw grade missing", "Grade for this area", "There is no grade yet"),
    ("tw unsure", "Grade for this area", "which do you mean?"),
])  # fmt: skip
def test_a_problem_stands_beside_its_field(drawn: dict[str, Drawn], name: str, label: str, sentence: str) -> None:
    parts = [one for one in everything(drawn[name].card) if one["type"] != "TextRun"]
    at = next(number for number, one in enumerate(parts) if str(one.get("label", "")).startswith(label))
    assert parts[at]["label"].endswith("(please look here)")
    assert sentence in parts[at + 1]["text"]
    assert parts[at + 1]["color"] == "attention"


def test_what_was_typed_is_still_there(drawn: dict[str, Drawn]) -> None:
    assert field(drawn["tw grade missing"].card, "comment")["value"] == gallery.SENTENCE.strip()
    screen = ask_of(drawn, "tw tw-cp-cin planning untouched")
    refused = replace(screen, problem=Problem("Please look.", "comment"), typed={"comment": "half a sent"})
    assert field(cards.screen_card(refused), "comment")["value"] == "half a sent"


def test_a_stale_press_shows_what_stands_and_what_was_typed(drawn: dict[str, Drawn]) -> None:
    card = drawn["tw stale"].card
    said = flat_text(card)
    assert "nothing was overwritten" in said
    assert field(card, "comment")["value"] == gallery.SENTENCE.strip()
    assert "“Other words, typed on the phone.”" in said
    assert {"Use these", "Leave them"} <= set(titles(card))


def test_unsure_words_offer_their_answers(drawn: dict[str, Drawn]) -> None:
    assert {"★ Exceeds good", "✓ Good", "▲ Requires improvement", "Leave them"} <= set(titles(drawn["tw unsure"].card))


def test_what_people_wrote_is_never_read_as_markdown(drawn: dict[str, Drawn]) -> None:
    assert plain("1. *a* [b](c) <i>") == r"1\. \*a\* \[b\](c) \<i\>"
    for name, one in drawn.items():
        for part in everything(one.card):
            assert part["type"] != "TextBlock" or "*ours*" not in part["text"], name


def test_another_row_for_actions_once_one_is_filled(drawn: dict[str, Drawn]) -> None:
    def rows(name: str) -> list[str]:
        return [one["id"] for one in inputs(drawn[name].card) if one["id"].startswith("in.what_")]

    assert rows("tw tw-cp-cin actions untouched") == ["in.what_1"]
    assert rows("tw actions, one row") == ["in.what_1", "in.what_2"]
    assert len(rows("tw tw-cp-cin actions full")) == 6


def test_a_day_that_could_not_be_read_is_not_lost(drawn: dict[str, Drawn]) -> None:
    screen = ask_of(drawn, "tw actions, one row")
    card = cards.screen_card(replace(screen, typed={"by_1": "before Christmas"}))
    assert field(card, "by_1")["type"] == "Input.Text"
    assert field(card, "by_1")["value"] == "before Christmas"


def test_words_too_long_for_a_card_are_kept_out_of_it_and_never_cut(drawn: dict[str, Drawn]) -> None:
    screen = ask_of(drawn, "tw tw-cp-cin planning full")
    pages = gallery.LONG * 20
    card = cards.screen_card(replace(screen, typed={"comment": pages}))
    assert size(card) <= BUDGET
    assert "in.comment" not in [one["id"] for one in inputs(card)]
    assert field(card, "evidence")["value"] == gallery.LONG[:200].strip()
    assert "These 40,000 characters are saved" in flat_text(card)
    assert "in.comment" not in str(card), "no press can touch it"


# around the sections


def test_the_review_shows_what_is_missing_first(drawn: dict[str, Drawn]) -> None:
    card = drawn["tw review with gaps"].card
    said = flat_text(card)
    assert said.index("Still to do") < said.index("All sections")
    assert "where is the kettle" in said
    assert "Go to the first gap" in titles(card) and "Hand in" not in titles(card)
    assert "Hand in" in titles(drawn["tw ready"].card)


def test_a_newcomer_is_told_what_this_is_and_whom_to_ask(drawn: dict[str, Drawn]) -> None:
    said = flat_text(drawn["tw help"].card)
    assert "I never grade and never decide" in said
    assert "not a referral" in said
    assert "Pat Specimen on [01632 960108](tel:01632960108)" in said


def test_the_workers_card_is_kind_and_asks_nothing(drawn: dict[str, Drawn]) -> None:
    for prefix in gallery.FOLDERS:
        one = next(found for name, found in drawn.items() if name.startswith(f"{prefix} notice worker"))
        said = flat_text(one.card)
        assert "your view matters" in said and "There is nothing to do now" in said
        assert not titles(one.card)


def test_a_folded_copy_is_two_calm_lines(drawn: dict[str, Drawn]) -> None:
    live = ask_of(drawn, "tw saved").live
    assert words(cards.folded_card(live)).startswith("TW-0001 goes on below.")
    assert words(cards.folded_card(live)).endswith("What you saved here is kept."), "words typed and not saved are not"
    assert "summary" not in cards.activity(cards.folded_card(live), "")


# alerts


def alerts(drawn: dict[str, Drawn], prefix: str) -> list[Drawn]:
    return [found for name, found in drawn.items() if name.startswith(f"{prefix} notice alert")]


def facts_of(one: Drawn) -> AlertFacts:
    assert isinstance(one.made_of, Notice) and isinstance(one.made_of.facts, AlertFacts)
    return one.made_of.facts


def test_an_alert_reads_from_top_to_bottom(drawn: dict[str, Drawn]) -> None:
    one = next(found for found in alerts(drawn, "cb") if facts_of(found).may_stop)
    said = flat_text(one.card)
    order = [
        "Immediate escalation · CB-0001 · risk of significant harm", "Raised by auditor Blake Sample at 17:45",
        "to you as head of service", "Acknowledge", "Show what was recorded", "Who has been told",
        "If nobody acknowledges it, it goes to the deputy head of service at 18:00", "(tel:01632960201)",
        "This alert is not a referral. Please phone as well.",
    ]  # fmt: skip
    assert [said.index(part) for part in order] == sorted(said.index(part) for part in order)
    first = next(part for part in everything(one.card) if part["type"].startswith("Action."))
    assert (first["title"], first["style"]) == ("Acknowledge", "positive")


def test_an_alert_shows_nothing_of_what_was_written(drawn: dict[str, Drawn]) -> None:
    for prefix in gallery.FOLDERS:
        for one in alerts(drawn, prefix):
            assert "The plan is clear" not in words(one.card)


def test_those_whose_word_does_not_count_are_told_so(drawn: dict[str, Drawn]) -> None:
    one = next(found for found in alerts(drawn, "cb") if not facts_of(found).may_stop)
    assert "Acknowledge" not in titles(one.card)
    assert "It goes on until the head of service acknowledges it." in flat_text(one.card)


def test_marks_of_an_unusual_alert(drawn: dict[str, Drawn]) -> None:
    said = [flat_text(one.card) for one in alerts(drawn, "tw")]
    assert any("Sent again, because nobody has acknowledged it yet." in one for one in said)
    assert any("Not yet confirmed by the auditor" in one for one in said), "an overall that nobody confirmed in time"
    letters = [one for one in said if one.startswith("A letter needs a person · Letter ")]
    assert letters and all("not a referral" not in one for one in letters)


def test_a_gap_is_said(drawn: dict[str, Drawn]) -> None:
    one = next(found for found in alerts(drawn, "tw") if facts_of(found).may_stop)
    assert isinstance(one.made_of, Notice)
    card = cards.notice_activity(replace(one.made_of, facts=replace(facts_of(one), gap="team manager")))
    assert "Nobody is listed as team manager" in str(card)


def test_the_end_is_one_calm_line(drawn: dict[str, Drawn]) -> None:
    ends = [flat_text(found.card) for name, found in drawn.items() if "notice ended" in name]
    assert any("Acknowledged " in said for said in ends)
    assert any("Withdrawn " in said and "Reason: " in said for said in ends)
    for name, found in drawn.items():
        if "notice ended" in name:
            assert "attention" not in str(found.card), "an end is calm"


def test_the_auditor_sees_whom_to_ring(drawn: dict[str, Drawn]) -> None:
    said = flat_text(drawn["cb raised"].card)
    assert "Nobody has acknowledged it yet." in said
    assert "Ring Quinn Example now on [01632 960202](tel:01632960202)." in said
    assert "This alert is not a referral. Please phone as well." in said
    assert "Acknowledged 18:35 by Quinn Example" in flat_text(drawn["cb after"].card)


def test_a_serious_answer_asks_once_and_says_when_it_goes_out(drawn: dict[str, Drawn]) -> None:
    card = drawn["tw unconfirmed"].card
    said = flat_text(card)
    assert "Did you mean this?" in said and "they are told at 09:10 all the same" in said
    change = next(one for one in everything(card) if one.get("title") == "No, change my answer")
    assert change["data"]["to"] == "overall"


def test_what_was_recorded_is_shortened_to_fit(drawn: dict[str, Drawn]) -> None:
    said = flat_text(drawn["cb recorded 0"].card)
    assert "Some comments are shortened here." in said
    assert "Assessment: Outstanding" in said and "Impact: Outstanding" in said


# notices


def test_an_alarm_of_the_watch_is_plain(drawn: dict[str, Drawn]) -> None:
    one = alerts(drawn, "tw")[0].made_of
    assert isinstance(one, Notice)
    facts = PlainFacts("The audit service needs a look", ("A letter has waited since 09:00.",))
    message = cards.notice_activity(replace(one, kind="alarm", facts=facts))
    assert message["summary"] == "Practice audit"
    assert "A letter has waited since 09:00." in str(message)


def test_a_redrawn_card_is_the_live_card(drawn: dict[str, Drawn]) -> None:
    one = next(found for name, found in drawn.items() if name.startswith("cb notice refresh"))
    assert isinstance(one.made_of, Notice) and isinstance(one.made_of.facts, LiveFacts)
    assert "Save and go on" in titles(one.card) or "Hand in" in titles(one.card) or "Go on" in titles(one.card)


def test_a_question_that_was_open_when_handing_in_can_still_be_answered_no(tmp_path: Path) -> None:
    story = gallery.story_of(tmp_path, gallery.TELFORD, "slip")
    auditor, case, tool = gallery.cast(gallery.TELFORD)
    ref = story.allocate(case, auditor, tool)
    story.fills_in(ref, overall={"grade": "inadequate"})
    story.forget()
    card = cards.screen_card(story.presses(auditor, "submit", audit=ref))
    assert "Did you mean this? Serious findings" in flat_text(card)
    assert "No, change my answer" not in titles(card), "what is handed in cannot be changed here"
    assert "No, it was a slip" in titles(card)
    story.presses(auditor, "withdraw", **press(card, "Withdraw it")["data"], reason="I ticked the wrong box.")
    assert story.concerns(ref)[0]["state"] == "withdrawn"
    story.is_told(auditor, "ended", channels=("mail",))
    story.wait(hours=1)
    story.nobody_else_is_told("news")


def test_whoever_reads_an_alert_is_not_on_their_way_to_be_told(tmp_path: Path) -> None:
    story = gallery.story_of(tmp_path, gallery.TELFORD, "reader")
    story.everyone_opens_chat()
    auditor, case, tool = gallery.cast(gallery.TELFORD)
    ref = story.allocate(case, auditor, tool)
    story.presses(auditor, "raise", audit=ref, limb="not_safe", words="x", press="1-1")
    card, _summary = cards.notice_card(next(one for one in story.teams.sent if one.kind == "alert"))
    assert "You, team manager: told at 09:00 by Teams; e-mail on its way." in flat_text(card)
    assert "Morgan Example" not in flat_text(card)


# letters that need a person


def letter_cards(drawn: dict[str, Drawn]) -> dict[str, Drawn]:
    return {name: one for name, one in drawn.items() if isinstance(one.made_of, LetterCard)}


def test_a_letters_card_asks_one_question_at_most(drawn: dict[str, Drawn]) -> None:
    asked = {name: flat_text(one.card).count("?") for name, one in letter_cards(drawn).items()}
    assert set(asked.values()) == {0, 1}, asked
    for name, one in letter_cards(drawn).items():
        assert isinstance(one.made_of, LetterCard)
        waits = not one.made_of.facts.settled and not one.made_of.facts.in_hand
        assert asked[name] == waits, name


@pytest.mark.parametrize(("name", "question"), [
    ("letter 1", "Which audit is this?"),
    ("letter 2", "Whose is it?"),
    ("letter 3", "Has somebody dealt with it?"),
    ("letter 4", "Ask for it again, or read it yourself?"),
    ("letter 5", "Which audit is this?"),
    ("letter 6", "Has somebody dealt with it?"),
    ("letter 7", "Whose is it?"),
    ("letter 8", "Whose is it?"),
    ("letter 9", "Has somebody dealt with it?"),
])  # fmt: skip
def test_each_reason_has_its_question(drawn: dict[str, Drawn], name: str, question: str) -> None:
    for prefix in gallery.FOLDERS:
        assert question in flat_text(drawn[f"{prefix} {name}"].card)


def test_a_letters_card_reads_from_top_to_bottom(drawn: dict[str, Drawn]) -> None:
    said = flat_text(drawn["tw letter 1"].card)
    order = [
        "Letter 1 · letter to place", "A letter needs a person", "From:", "Came:", "Documents:", "Why it waits:",
        "phone", "Acknowledge", "Which audit is this?", "Another reference", "How you know", "File it for this audit",
        "Read it again", "Nothing to do", "What it says is not shown here.", "All letters",
    ]  # fmt: skip
    assert [said.index(part) for part in order] == sorted(said.index(part) for part in order)


def test_no_audit_of_a_letter_is_chosen_beforehand(drawn: dict[str, Drawn]) -> None:
    choices = [one for one in inputs(drawn["tw letter 1"].card) if one["type"] == "Input.ChoiceSet"]
    assert len(choices) == 1
    assert "value" not in choices[0]


def test_what_is_missing_on_a_letters_card_stands_beside_its_input(drawn: dict[str, Drawn]) -> None:
    for name, label in (("nothing chosen", "Which audit is this?"), ("no reason", "How you know"), ("how", "Has some")):
        parts = everything(drawn[f"tw letter, {name}"].card)
        parts = [one for one in parts if "label" in one or one.get("color") == "attention"]
        at = next(number for number, one in enumerate(parts) if one.get("label", "").startswith(label))
        assert parts[at]["label"].endswith("(please look here)")
        assert parts[at + 1]["color"] == "attention"


def test_a_letter_that_is_dealt_with_is_a_calm_line(drawn: dict[str, Drawn]) -> None:
    for name, one in letter_cards(drawn).items():
        if "dealt with" in name or "discarded" in name:
            assert "Dealt with at 09:10 by " in flat_text(one.card), name
            assert titles(one.card) == ["All letters"], name
            assert not inputs(one.card), name


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("avery.sample@telford.example", "mailto:avery.sample@telford.example"),
        ("o'neill+qa_1@telford.example", "mailto:o'neill+qa_1@telford.example"),
        (
            "lead@telford.example?bcc=someone@elsewhere.example",
            "mailto:lead@telford.example%3Fbcc%3Dsomeone@elsewhere.example",
        ),
        ("a)[Press here](https@elsewhere.example", "mailto:a%29%5BPress%20here%5D%28https@elsewhere.example"),
    ],
)
def test_an_address_that_a_stranger_chose_is_no_more_than_an_address(address: str, link: str) -> None:
    assert mail(address) == f"[{plain(address)}]({link})"
