"""A story: the real desk on a real database, a clock that is passed in, and a world that only listens.

Any notice that nobody expected fails the story at its end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from audit.answers import Audit
from audit.council import Council
from audit.notices import AlertFacts, Notice
from audit.people import Person
from audit.tools import FieldKind, Step
from bot.folders import council_texts, directory_texts
from desk import answers, chats, clock, councils, outbox, seeding, watch
from desk.allocation import allocate
from dialogs import turns
from dialogs.screens import Ask, Screen
from storage.ledger import Store

COUNCILS = Path(__file__).parents[2] / "councils"
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
FRIDAY_EVENING = datetime(2026, 11, 27, 17, 45, 2, tzinfo=UTC)


class World:
    """Teams and the post as seen from outside: what was sent, to whom. It can be told to misbehave."""

    def __init__(self, channel: str) -> None:
        self.channel = channel
        self.sent: list[Notice] = []
        self.behave: Callable[[Notice], str | None] = lambda notice: None

    def send(self, notice: Notice) -> str:
        if self.channel == "teams" and notice.place is None:
            raise outbox.GiveUp("their chat has not been opened yet")
        self.behave(notice)
        self.sent.append(notice)
        return f"{self.channel}-{len(self.sent)}"


@dataclass
class Story:
    """One council, its demo people, and what happens to them."""

    store: Store
    folder: Path = COUNCILS / "telford_and_wrekin"
    now: datetime = MONDAY
    teams: World = field(default_factory=lambda: World("teams"))
    mail: World = field(default_factory=lambda: World("mail"))
    _looked_at: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.store.migrate()
        with self.store.open() as ledger:
            self.council: Council = councils.publish(ledger, council_texts(self.folder), self.now)
            seeding.seed(ledger, self.council, directory_texts(self.folder / "demo"), self.now)

    # people

    def person(self, email: str) -> Person:
        with self.store.open() as ledger:
            found = ledger.directory.by_email(email)
        assert found, email
        return found

    def opens_chat(self, *emails: str) -> None:
        """These people have opened the bot's chat once."""
        for email in emails:
            person = self.person(email)
            place = {
                "id": f"chat-{person.id}",
                "service_url": "http://127.0.0.1:1/",
                "channel_id": "msteams",
                "tenant": "t",
                "bot_id": "b",
                "bot_name": "Practice Audit",
                "user_id": f"u-{person.id}",
                "personal": True,
            }
            with self.store.open() as ledger:
                chats.heard_from(ledger, person, place, self.now)

    def everyone_opens_chat(self) -> None:
        with self.store.open() as ledger:
            emails = [person.email for person in ledger.directory.everyone()]
        self.opens_chat(*emails)

    # what people do

    def allocate(self, case: str, auditor: str, tool: str, due: date | None = date(2026, 12, 18), **more: str) -> str:
        with self.store.open() as ledger:
            audit = allocate(
                ledger,
                self.council,
                case_id=case,
                auditor_email=auditor,
                tool_id=tool,
                now=self.now,
                due=due,
                moderator_email=more.get("moderator", ""),
            )
        self.deliver()
        return audit.reference

    def says(self, email: str, text: str) -> Screen:
        """Typed words in the chat."""
        person = self.person(email)
        with self.store.open() as ledger:
            screen = turns.typed(turns.Room(ledger, self.council, person, self.now), text)
        self.deliver()
        return screen

    def presses(self, email: str, verb: str, **value: object) -> Screen:
        """A press on a card, with its data."""
        person = self.person(email)
        with self.store.open() as ledger:
            screen = turns.pressed(turns.Room(ledger, self.council, person, self.now), verb, value)
        self.deliver()
        return screen

    def saves(self, email: str, reference: str, step: str, version: int | None = None, **inputs: str) -> Screen:
        """*Save and go on* on the card of a step."""
        drawn_from = self.audit(reference).answer(step).version if version is None else version
        fields = {f"in.{key}": value for key, value in inputs.items()}
        return self.presses(email, "save", audit=reference, step=step, version=drawn_from, **fields)

    def fills_in(
        self, reference: str, *, but: tuple[str, ...] = (), only: tuple[str, ...] = (), **special: dict[str, str]
    ) -> None:
        """Answer every step plainly, except those in `but`, or `only` some; `special` gives a step's own answers."""
        audit = self.audit(reference)
        with self.store.open() as ledger:
            tool = councils.tool_of(ledger, audit)
            for step in tool.steps:
                if step.id in but or (only and step.id not in only):
                    continue
                said = {**plain_answers(step), **special.get(step.id, {})}
                audit = answers.record(ledger, ledger.audits.audit(audit.id), step.id, said, self.now, "teams").audit
        self.deliver()

    # time

    def wait(self, **span: float) -> None:
        """Time passes; what falls due is done when it falls due."""
        until = self.now + timedelta(**span)
        while True:
            with self.store.open() as ledger:
                following = ledger.obligations.next_due()
            if following is None or following > until:
                break
            self.now = max(self.now, following)
            if not self.deliver():
                break
        self.now = until
        self.deliver()

    def deliver(self) -> int:
        """Do all that is due now."""
        count = 0
        for _ in range(50):
            done = clock.run_due(self.store, lambda: self.now)
            done += outbox.deliver(self.store, self.teams, "teams", lambda: self.now)
            done += outbox.deliver(self.store, self.mail, "mail", lambda: self.now)
            count += done
            if not done:
                break
        return count

    def watch(self) -> watch.Found:
        with self.store.open() as ledger:
            live = watch.live_concerns(ledger)
        mended: dict[str, str] = {}
        for concern in live:
            with self.store.open() as ledger:
                mended |= watch.mend(ledger, concern, self.now)
        with self.store.open() as ledger:
            found = watch.look(ledger, self.council, self.now, mended)
        self.deliver()
        return found

    # looking

    def audit(self, reference: str) -> Audit:
        with self.store.open() as ledger:
            found = ledger.audits.by_reference(reference)
        assert found
        return found

    def told(self, email: str, kind: str, channel: str = "") -> list[Notice]:
        """Notices of a kind that reached a person and were not looked at yet; looking marks them."""
        person = self.person(email)
        found = [
            notice
            for world in (self.teams, self.mail)
            for notice in world.sent
            if notice.to and notice.to.id == person.id and notice.kind == kind and id(notice) not in self._looked_at
            if not channel or notice.channel == channel
        ]
        self._looked_at |= {id(notice) for notice in found}
        return found

    def is_told(self, email: str, kind: str, channels: tuple[str, ...] = ("teams", "mail")) -> AlertFacts | None:
        """Assert that a person was told once by each channel; the facts they saw last."""
        notices = self.told(email, kind)
        assert sorted(notice.channel for notice in notices) == sorted(channels), (
            f"{email} should be told {kind} by {channels}, was by {[notice.channel for notice in notices]}"
        )
        facts = notices[-1].facts if notices else None
        return facts if isinstance(facts, AlertFacts) else None

    def nobody_else_is_told(self, *but: str) -> None:
        """No notice that was not looked at, apart from kinds in `but` and redrawn cards."""
        rest = [
            (notice.to.email if notice.to else notice.address, notice.kind, notice.channel)
            for world in (self.teams, self.mail)
            for notice in world.sent
            if id(notice) not in self._looked_at and notice.kind not in ("refresh", *but)
        ]
        assert not rest, rest

    def forget(self) -> None:
        """What was sent so far is of no interest to the story."""
        self._looked_at |= {id(notice) for world in (self.teams, self.mail) for notice in world.sent}

    def concerns(self, reference: str) -> list[dict[str, object]]:
        from desk.showing import whole_audit

        with self.store.open() as ledger:
            audit = ledger.audits.by_reference(reference)
            assert audit
            return list(whole_audit(ledger, audit)["concerns"])

    def trail_holds(self, reference: str) -> bool:
        audit = self.audit(reference)
        with self.store.open() as ledger:
            return ledger.trail.verify(f"audit/{audit.id}").holds


def plain_answers(step: Step) -> dict[str, str]:
    """The plainest full answer of a step that raises nothing."""
    said: dict[str, str] = {}
    for one in step.fields:
        if one.picked:
            calm = [choice for choice in one.choices if not choice.serious]
            said[one.id] = calm[0].id if one.kind is not FieldKind.GRADE else calm[min(1, len(calm) - 1)].id
        elif one.kind is FieldKind.DATE:
            said[one.id] = "2026-12-11"
        elif one.when is None:
            said[one.id] = f"What we saw about {one.id}, and what it led to."
    if step.id == "actions":
        said = {"needed": "none"}
    return said


def step_shown(screen: Screen) -> str:
    """The step that a screen asks."""
    assert isinstance(screen, Ask), screen
    return screen.step.id
