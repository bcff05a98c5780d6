"""Adults on cards: who they are, how to reach them, and whether an alert has reached them."""

from __future__ import annotations

from datetime import datetime

from audit.deadlines import clock
from audit.notices import ToldLine
from audit.people import Person
from bot.cards.parts import Json, facts, fine, listed, mail, phone, plain

CHANNELS = {"teams": "Teams", "mail": "e-mail"}


def reach(person: Person, **style: object) -> Json:
    """A person's name, phone and address, each of which can be pressed."""
    rows = (("Name", plain(person.name)), ("Phone", phone(person.phone)), ("E-mail", mail(person.email)))
    return facts(rows, **style)


def named(person: Person) -> str:
    """A person with their number."""
    return f"**{plain(person.name)}**" + (f" on {phone(person.phone)}" if person.phone else "")


def told_line(one: ToldLine, now: datetime) -> Json:
    """One person who was told: how, when, and whether they have it."""
    return fine(f"**{plain(one.name)}**, {plain(one.role)}: {_reached(one, now)} {_heard(one, now)}", spacing="small")


def _reached(one: ToldLine, now: datetime) -> str:
    states = dict(one.by)
    sent, waiting, lost = (
        listed(CHANNELS[channel] for channel, held in states.items() if held == state)
        for state in ("sent", "waiting", "gave_up")
    )
    parts = []
    if sent:
        parts.append(f"told at {clock(one.told_at, now)} by {sent}")
    if waiting:
        parts.append(f"{waiting} on its way" if sent else f"being told now by {waiting}")
    if lost:
        parts.append(f"{lost} did not reach them")
    return f"{'; '.join(parts) or 'being told'}."


def _heard(one: ToldLine, now: datetime) -> str:
    if one.acknowledged_at:
        return f"Acknowledged at {clock(one.acknowledged_at, now)}."
    return "Not acknowledged yet." if one.may_stop else ""
