"""Lists: everything in an audit before it is handed in, and everything that is a person's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from audit.answers import Gap, done_count, is_done
from audit.notices import AlertFacts, LiveFacts
from audit.process import Stage
from audit.tools import Step
from bot.cards import panels
from bot.cards.alert import acknowledge, look_inside
from bot.cards.journey import due_line
from bot.cards.marks import outcome
from bot.cards.panels import data_of
from bot.cards.parts import (
    Json,
    alarm_box,
    beside,
    box,
    buttons,
    card,
    heading,
    plain,
    press,
    quiet_box,
    small,
    subheading,
    text,
)
from bot.cards.section import raise_a_concern
from dialogs.questions import waiting
from dialogs.screens import AuditList, Line, Review

MOST_GAPS = 6
MOST_LINES = 20
MOST_ALERTS = 5


def review_card(screen: Review) -> Json:
    """What is missing first, or *Hand in*; then a line for each step."""
    live = screen.live
    data = data_of(live)
    done, of = done_count(live.of.tool, live.of.audit), len(live.of.tool.steps)
    return card(
        small(f"{live.of.audit.reference} · {done} of {of} done"),
        heading("Before you hand it in" if screen.gaps else "Ready to hand in"),
        *panels.concerns(live, data),
        quiet_box(text(plain(screen.problem.sentence))) if screen.problem else None,
        text(f"Due {plain(due_line(live))}.", spacing="small"),
        *_gaps(screen.gaps, data),
        _onward(screen, data),
        *panels.unplaced(live.of.audit, data),
        subheading("All sections", spacing="large"),
        box(*(_line(live, step) for step in live.of.tool.steps), spacing="small"),
        _go_to(live, data),
        raise_a_concern(data),
    )


def _gaps(gaps: tuple[Gap, ...], data: Mapping[str, Any]) -> Iterator[Json]:
    """What is missing, a line and a button for each step."""
    if not gaps:
        yield text("Nothing is missing. You can still change any answer below.")
        return
    by_step: dict[str, list[Gap]] = {}
    for gap in gaps:
        by_step.setdefault(gap.step.id, []).append(gap)
    yield subheading("Still to do", spacing="medium")
    for found in list(by_step.values())[:MOST_GAPS]:
        step = found[0].step
        lacks = ", ".join(gap.says.removeprefix(f"{step.title}: ") for gap in found)
        open_it = buttons(press("Open", "open", {**data, "to": step.id}))
        assert open_it
        words = [text(f"**{plain(step.title)}**"), small(plain(lacks), spacing="none")]
        yield beside(words, [open_it], spacing="small")
    if len(by_step) > MOST_GAPS:
        yield small(f"and {len(by_step) - MOST_GAPS} more, listed below.")


def _line(live: LiveFacts, step: Step) -> Json:
    answer = live.of.audit.answer(step.id)
    decided = outcome(step, answer)
    if not is_done(step, answer):
        decided = f"{decided}, not finished" if decided else "still open"
    return text(f"{plain(step.title)} · **{decided or 'answered'}**", spacing="small")


def _go_to(live: LiveFacts, data: Mapping[str, Any]) -> Json:
    """Any section, in a list that stays small however many there are."""
    places = [{"title": step.title, "value": step.id} for step in live.of.tool.steps]
    chooser = {"type": "Input.ChoiceSet", "id": "to", "label": "Go to a section", "choices": places}
    return box({**chooser, "value": live.of.tool.steps[0].id}, buttons(press("Open it", "open", data)), spacing="large")


def _onward(screen: Review, data: Mapping[str, Any]) -> Json | None:
    onward = (
        press("Go to the first gap", "open", {**data, "to": screen.gaps[0].step.id}, "positive")
        if screen.gaps
        else press("Hand in", "submit", data, "positive")
    )
    unclear = [one for one in waiting(screen.live.of.tool, screen.live.of.audit) if not one.part_of]
    ask = press(f"Answer {len(unclear)} question{'s'[: len(unclear) > 1]}", "questions", data) if unclear else None
    return buttons(onward, ask, press("Pause", "pause", data), spacing="medium")


# what is mine


def list_card(screen: AuditList) -> Json:
    """A person's alerts and audits."""
    words = screen.council.words
    open_ones = [line for line in screen.lines if line.stage != Stage.SUBMITTED.value]
    handed_in = [line for line in screen.lines if line.stage == Stage.SUBMITTED.value]
    shown = [*open_ones, *handed_in][:MOST_LINES]
    return card(
        heading(f"Your {words.audits}"),
        *(_waiting(one) for one in screen.waiting[:MOST_ALERTS]),
        *(_more(len(screen.waiting) - MOST_ALERTS, 'alerts: type "ack" and the reference')),
        *_letters(screen.letters),
        *(_audit(line) for line in shown),
        *(_more(len(screen.lines) - MOST_LINES, "others: type a reference to open it")),
        None if screen.lines else text(f"You have no {plain(words.audits)} at the moment."),
        buttons(press("Help", "help", {}), spacing="large"),
    )


def _more(count: int, what: str) -> list[Json]:
    return [small(f"and {count} {what}.")] if count > 0 else []


def _letters(count: int) -> list[Json]:
    """How many letters need somebody of the team, with a way to them."""
    if not count:
        return []
    says = "1 letter needs a person." if count == 1 else f"{count} letters need a person."
    row = buttons(press("See letters", "letters", {}))
    assert row
    return [beside([text(f"**{says}**")], [row], separator=True)]


def _waiting(alert: AlertFacts) -> Json:
    return alarm_box(
        text(f"**{plain(alert.reference)} · {plain(alert.kind)}**"),
        small("This alert waits for you." if alert.may_stop else "You were told so that you know.", spacing="none"),
        acknowledge(alert),
        buttons(look_inside(alert), spacing="small"),
        spacing="medium",
    )


def _audit(line: Line) -> Json:
    handed_in = line.stage == Stage.SUBMITTED.value
    progress = "handed in" if handed_in else f"{line.done} of {line.of} done, due {line.due}"
    titles = {Stage.ALLOCATED.value: "Start", Stage.SUBMITTED.value: "Show"}
    verb = press(
        titles.get(line.stage, "Go on"),
        "start",
        {"audit": line.reference, "step": "", "version": 0},
        "" if handed_in else "positive",
    )
    row = buttons(verb)
    assert row
    return beside([text(f"**{line.reference}**"), small(plain(progress), spacing="none")], [row], separator=True)
