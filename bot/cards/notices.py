"""What people are told in a chat without having asked: one complete card for each notice."""

from __future__ import annotations

from dataclasses import replace

from audit.deadlines import said
from audit.notices import (
    AlertFacts,
    AuditFacts,
    LetterFacts,
    LiveFacts,
    Notice,
    PlainFacts,
    ReceiptFacts,
    ReplyFacts,
    RequestFacts,
    ToldLine,
)
from audit.people import Person
from bot.cards import alert, screens
from bot.cards.parts import Json, card, facts, heading, mail, plain, shortened, small, text, with_phones, words_of
from bot.cards.people import reach
from desk.calendar import bank_holidays, today
from dialogs.scoring import screen_of
from dialogs.screens import Alerted, Allocated, LetterCard, RequestCard, Screen


def notice_card(notice: Notice) -> tuple[Json, str]:
    """The card of a notice, and its summary."""
    found = notice.facts
    if isinstance(found, LiveFacts):
        return _screen(screen_of(found))
    if isinstance(found, LetterFacts):
        return _screen(LetterCard(found, notice.council, notice.now))
    if isinstance(found, AlertFacts):
        return _alert(notice, found)
    if isinstance(found, AuditFacts):
        return _audit(notice, found)
    if isinstance(found, PlainFacts):
        return _plain(found), "Practice audit"
    if isinstance(found, ReceiptFacts):
        return _sentences(f"{found.reference}: what you sent has arrived.", found.questions), found.reference
    if isinstance(found, RequestFacts):
        return _screen(RequestCard(found, notice.council, notice.now))
    if isinstance(found, ReplyFacts):
        return _sentences(found.sentence, ()), found.reference or "Practice audit"
    reference = found.audit.audit.reference
    return _sentences(f"{reference}: the {notice.council.words.tool} has come to you by e-mail.", ()), reference


def _screen(screen: Screen) -> tuple[Json, str]:
    return screens.screen_card(screen), screens.screen_summary(screen)


def _alert(notice: Notice, facts_: AlertFacts) -> tuple[Json, str]:
    facts_ = replace(facts_, told=tuple(_seen(one, notice.to) for one in facts_.told))
    screen = Alerted(facts_, notice.council, notice.now)
    if notice.kind == "ended":
        return alert.ended_card(facts_, notice.now), screens.screen_summary(screen)
    return _screen(screen)


def _seen(one: ToldLine, reader: Person | None) -> ToldLine:
    """Whoever reads this in Teams has been told there."""
    if reader is None or one.name != reader.name:
        return one
    by = tuple((channel, "sent" if channel == "teams" else state) for channel, state in one.by)
    return replace(one, name="You", by=by)


def _audit(notice: Notice, of: AuditFacts) -> tuple[Json, str]:
    if notice.kind == "worker":
        return _worker(notice, of), _worker_summary(notice, of)
    if notice.kind == "moderator":
        return _moderator(notice, of), f"{of.audit.reference} · moderation · due {_due(notice, of)}"
    live = LiveFacts(of, notice.council, "allocation", (), notice.now)
    return _screen(Allocated(live))


def _due(notice: Notice, of: AuditFacts) -> str:
    day = today(notice.now)
    return said(of.due, day, bank_holidays(day))


def _worker_summary(notice: Notice, of: AuditFacts) -> str:
    return f"{of.audit.reference} · {notice.council.words.audit} · by {_due(notice, of)}"


def _worker(notice: Notice, of: AuditFacts) -> Json:
    """The worker hears from us first, and kindly."""
    words = notice.council.words
    name = plain(of.auditor.name)
    return card(
        small(of.audit.reference),
        heading(f"A {words.audit} with you"),
        text(
            f"Case {plain(of.case.id)} has been chosen for a {plain(words.audit)}. "
            f"{name} will get in touch to go through it with you by {plain(_due(notice, of))}."
        ),
        text(
            "It is a conversation about learning: what works well, and what would help. "
            "You know this child and family, so your view matters.",
            spacing="small",
        ),
        text(f"There is nothing to do now. If a time does not suit you, tell {name}:", spacing="small"),
        reach(of.auditor, spacing="small"),
        small(
            f"Questions: {plain(notice.council.policy.qa_team)}, {mail(notice.council.policy.qa_address)}.",
            spacing="medium",
        ),
    )


def _moderator(notice: Notice, of: AuditFacts) -> Json:
    rows = (
        ("Case", plain(of.case.id)),
        ("Tool", plain(of.tool.title)),
        ("First auditor", plain(of.auditor.name)),
        ("Due", plain(_due(notice, of))),
    )
    return card(
        small(of.audit.reference),
        heading("You are the moderator"),
        facts(rows, spacing="small"),
        text("There is nothing to do yet. If you see things otherwise later, the first auditor hears it from you."),
        reach(of.auditor, spacing="small"),
    )


def _plain(found: PlainFacts) -> Json:
    """A few sentences. One may hold a reason of any length, which the mail has whole."""
    return card(heading(found.title), *(text(with_phones(plain(shortened(line, 1200)))) for line in found.lines))


def _sentences(first: str, more: tuple[str, ...]) -> Json:
    return card(text(plain(first)), *(words_of(line) for line in more))
