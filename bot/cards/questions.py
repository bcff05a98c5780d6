"""The questions that a returned tool left open, as one card."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from audit.answers import KeptWords
from audit.scales import Choice
from bot.cards import panels
from bot.cards.marks import offered
from bot.cards.panels import data_of
from bot.cards.parts import (
    ROOM,
    Json,
    box,
    buttons,
    card,
    choosing,
    heading,
    plain,
    press,
    quiet_box,
    shortened,
    size,
    small,
    text,
    words_of,
    writing,
)
from bot.cards.section import raise_a_concern
from desk.questions import Question, Takes
from dialogs.screens import Questions

MOST_WORDS = 600
AS_READ = "yes"


def questions_card(screen: Questions) -> Json:
    """What is asked, one below the other, each with its own input; one button keeps them all.

    As many as fit into one message: the others follow.
    """
    drawn = _draw(screen)
    while size(drawn) > ROOM and len(screen.asked) > 1:
        screen = replace(screen, asked=screen.asked[:-1], more=screen.more + 1)
        drawn = _draw(screen)
    return drawn


def _draw(screen: Questions) -> Json:
    live = screen.live
    data = data_of(live, asked=[one.plain() for one in screen.asked])
    count = len(screen.asked) + screen.more
    return card(
        small(live.of.audit.reference),
        heading("1 question about what you sent" if count == 1 else f"{count} questions about what you sent"),
        *panels.concerns(live, data),
        *(quiet_box(text(plain(one)), spacing="small") for one in screen.said),
        text("I could not tell what some of it means, and I do not guess. Answer what you can; the rest waits."),
        *(part for place, one in enumerate(screen.asked) for part in _question(screen, place, one)),
        small(f"{screen.more} more follow when these are answered.", spacing="medium") if screen.more else None,
        buttons(
            press("Save answers", "answer", data, "positive"),
            press("See all sections", "review", data),
            press("Pause", "pause", data),
            spacing="large",
        ),
        small("Or reply to my letter, with the numbers that it gives.", spacing="small"),
        raise_a_concern(data),
    )


def _question(screen: Questions, place: int, one: Question) -> Iterator[Json]:
    """A question, the words that it is about, and its input. It has no number: the letter's are others."""
    parts: list[Json] = [
        *(text(plain(_differing(each.name, each.stands, each.later)), spacing="small") for each in one.places)
    ]
    kept = [words for words in screen.live.of.audit.kept if words.id in one.kept]
    if not one.places and kept and _says_more(one, kept[0]):
        parts.append(words_of(f"“{shortened(kept[0].words, MOST_WORDS)}”", italic=True))
    yield box(text(plain(one.asks), weight="bolder"), *parts, spacing="large", separator=True)
    yield from _inputs(one, f"q.{place}", kept, _choices(screen, one))


def _choices(screen: Questions, one: Question) -> tuple[Choice, ...]:
    """What to choose from: everything that the field knows where only one answer was offered, and it may be wrong."""
    if one.field and one.takes is Takes.ONE and len(one.choices) == 1:
        return screen.live.of.tool.step(one.step).field(one.field).choices
    return one.choices


def _says_more(one: Question, kept: KeptWords) -> bool:
    """Whether the words are not in the question already."""
    return " ".join(kept.words.split()) not in one.asks


def _differing(name: str, stands: str, later: str) -> str:
    return f"{name}: {stands or 'words'} now, {later or 'other words'} in the later tool"


def _inputs(one: Question, name: str, kept: list[KeptWords], choices: tuple[Choice, ...]) -> Iterator[Json]:
    if one.takes is Takes.DAY:
        yield {"type": "Input.Date", "id": name, "label": "Which day?"}
        return
    if one.takes is Takes.WORDS:
        if kept and kept[0].value:
            yield choosing(name, "Is that right?", (("Yes, use these words", AS_READ),))
        yield writing(f"{name}.words", "Or write what it should be" if kept else "Your words")
        return
    drawn = choosing(name, "Your answer", ((_offered(choice, one.takes), choice.id) for choice in choices))
    yield {**drawn, "isMultiSelect": True} if one.takes is Takes.SEVERAL else drawn


def _offered(choice: Choice, takes: Takes) -> str:
    if takes is Takes.WHICH:
        return {"later": "What came later", "earlier": "What stands now"}.get(choice.id, choice.label.capitalize())
    return offered(choice)
