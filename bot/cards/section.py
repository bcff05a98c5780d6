"""A step of an audit as a card, from top to bottom as VOICE has it: where we are, what to look at, answers, actions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from audit.answers import is_started
from audit.deadlines import clock
from audit.notices import LiveFacts
from audit.tools import FieldKind, Step
from bot.cards import panels
from bot.cards.inputs import Filled, emptied, inputs, shown_fields
from bot.cards.marks import marked
from bot.cards.panels import data_of
from bot.cards.parts import (
    ROOM,
    Json,
    box,
    buttons,
    card,
    heading,
    in_menu,
    mail,
    plain,
    press,
    quiet_box,
    size,
    small,
    subheading,
    text,
    toggle,
)
from dialogs.screens import Ask


def ask_card(screen: Ask) -> Json:
    """The card of a step. Words too long for one message are kept out of it, longest first: they are never cut."""
    too_long: frozenset[str] = frozenset()
    while True:
        drawn = _draw(screen, too_long)
        longest = _longest(screen, too_long)
        if size(drawn) <= ROOM or not longest:
            return drawn
        too_long |= {longest}


def _longest(screen: Ask, without: frozenset[str]) -> str:
    filled = _filled(screen, without)
    lengths = {
        one.id: len(filled.words(one)) for one in shown_fields(filled) if not one.picked and one.id not in without
    }
    longest = max(lengths, key=lambda key: lengths[key], default="")
    return longest if lengths.get(longest) else ""


def _filled(screen: Ask, too_long: frozenset[str]) -> Filled:
    answer = screen.live.of.audit.answer(screen.step.id)
    return Filled(screen.step, answer, dict(screen.typed), screen.problem, too_long)


def _draw(screen: Ask, too_long: frozenset[str]) -> Json:
    live, step = screen.live, screen.step
    filled = _filled(screen, too_long)
    answerable = not screen.confirm_not_relevant and not live.of.audit.answer(step.id).not_relevant
    data = data_of(live, step, **(emptied(filled) if answerable else {}))
    above = [*_above(screen, data)]
    top = [small(_where(screen)), *above, heading(step.title, "large" if above else "small")]
    if screen.confirm_not_relevant:
        return card(*top, *_sure(step, data))
    if live.of.audit.answer(step.id).not_relevant:
        return card(*top, *_not_relevant(live, step, data))
    kept = panels.kept(live, step, data)
    fields = {one.id for one in shown_fields(filled)}
    return card(
        *top,
        *_look_at(step),
        _top_problem(screen, fields),
        *(one for field, boxes in kept.items() if field not in fields for one in boxes),
        *inputs(filled, kept),
        _main_actions(live, step, data),
        _guide(live, step),
        _more_actions(live, step, data),
        raise_a_concern(data),
    )


def _where(screen: Ask) -> str:
    """Reference, how far, and that what was said is kept."""
    live = screen.live
    place = f"{live.of.audit.reference} · {live.of.tool.place(screen.step.id)} of {len(live.of.tool.steps)}"
    return f"{place}, saved {clock(live.now)}" if screen.folded else place


def _above(screen: Ask, data: Mapping[str, Any]) -> Iterator[Json]:
    """What comes before the question: the step just saved, concerns, quiet notes."""
    if screen.folded:
        yield panels.folded(screen.live, screen.folded, data)
    yield from panels.concerns(screen.live, data)
    for note in screen.notes:
        yield quiet_box(text(plain(note)), spacing="small")


def _look_at(step: Step) -> Iterator[Json]:
    if step.look_at:
        yield text(plain(step.look_at), spacing="small")
    if step.guidance:
        yield text(plain(step.guidance), isSubtle=True, spacing="small")


def _top_problem(screen: Ask, fields: set[str]) -> Json | None:
    """A problem that belongs to no input of this card."""
    problem = screen.problem
    if problem is None or problem.field in fields:
        return None
    return quiet_box(text(plain(problem.sentence)), spacing="medium")


# actions


def _main_actions(live: LiveFacts, step: Step, data: Mapping[str, Any]) -> Json | None:
    return buttons(
        press("Save and go on", "save", data, "positive"),
        press("Back", "back", data) if live.of.tool.place(step.id) > 1 else None,
        press("Not relevant", "not_relevant", data) if step.may_be_not_relevant else None,
        toggle("Guide", "guide") if _guide(live, step) else None,
        press("Pause", "pause", data),
        spacing="large",
    )


def _more_actions(live: LiveFacts, step: Step, data: Mapping[str, Any]) -> Json | None:
    """Quieter things to do, where they make sense."""
    answer = live.of.audit.answer(step.id)
    started, undo = is_started(step, answer), press("Undo", "undo", data)
    return buttons(
        press("Skip for now", "skip", data),
        undo if answer.version > 0 and not started else None,
        in_menu(press("See all sections", "review", data)),
        in_menu(press("Reset this section", "reset", data)) if started else None,
        in_menu(undo) if started else None,
        spacing="small",
    )


def raise_a_concern(data: Mapping[str, Any]) -> Json:
    """Apart, last, and always there."""
    row = buttons(press("Raise a concern now", "concern", data, "destructive"))
    return box(row, separator=True, spacing="large")


def _sure(step: Step, data: Mapping[str, Any]) -> Iterator[Json | None]:
    """Asked once more, because a mis-click would lose an area."""
    yield text("Does this section not apply to this child? It is then left out, and you can bring it back.")
    yield buttons(
        press("Yes, not relevant", "not_relevant", {**data, "sure": True}, "positive"),
        press("No, keep it", "open", {**data, "to": step.id}),
        spacing="large",
    )
    yield raise_a_concern(data)


def _not_relevant(live: LiveFacts, step: Step, data: Mapping[str, Any]) -> Iterator[Json | None]:
    """A section that was left out. It has no inputs: an empty one would bring it back unasked."""
    answer = live.of.audit.answer(step.id)
    yield text("You marked this section as not relevant. It is left out of the audit.")
    yield buttons(
        press("Go on", "skip", data, "positive"),
        press("Answer it after all", "undo" if answer.values else "reset", data),
        press("Back", "back", data) if live.of.tool.place(step.id) > 1 else None,
        press("Pause", "pause", data),
        spacing="large",
    )
    yield raise_a_concern(data)


# the guide


def _guide(live: LiveFacts, step: Step) -> Json | None:
    """What each grade means for this child's status, and questions that may help; hidden until asked for."""
    parts = [*_means(live, step), *_prompts(step)]
    return quiet_box(*parts, id="guide", isVisible=False, spacing="medium") if parts else None


def _means(live: LiveFacts, step: Step) -> Iterator[Json]:
    guide = live.council.guide(live.of.tool)
    graded = next((one for one in step.fields if one.kind is FieldKind.GRADE), None)
    if guide is None or graded is None:
        return
    yield subheading(plain(guide.title))
    for choice in graded.choices:
        if choice.id in guide.means:
            yield text(f"**{plain(marked(choice))}**", spacing="medium")
            yield text(plain(guide.means[choice.id]), spacing="small", size="small")
        more = guide.more.get(f"{live.of.case.status}_{choice.id}")
        if more:
            yield text(plain(more), spacing="small", size="small")
    if guide.link:
        yield text(f"[The whole guide]({guide.link})", size="small")


def _prompts(step: Step) -> Iterator[Json]:
    if step.prompts:
        yield subheading("Questions that may help", spacing="medium")
        for prompt in step.prompts:
            yield text(plain(prompt), spacing="small", size="small")


def contact_line(live: LiveFacts) -> str:
    """Who helps with an audit."""
    policy = live.council.policy
    return f"Questions: {plain(policy.qa_team)}, {mail(policy.qa_address)}."
