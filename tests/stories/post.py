"""A post room with the QA team's chats beside it: letters come by SMTP, decisions by the card."""

from __future__ import annotations

from dataclasses import dataclass, field

from audit.notices import LetterFacts, Notice
from audit.people import Person
from bot import cards
from desk import chats, outbox
from dialogs import letters, turns
from dialogs.room import Room as Turn
from dialogs.screens import LetterCard, Screen
from tests.cards.walking import Json, flat_text
from tests.mail.room import AUDITOR, STRANGER, Room
from tests.stories.story import World

SECOND = "lee.sample@telford.example"
"""May see every concern, and is told only if nobody answers."""
INFORMED = "ash.example@telford.example"
"""Is told of letters, and may not deal with them."""
WHY = "I rang the auditor, who had it sent."
SECRET = "Kingfisher"
"""A word of the letter, its subject and its file's name."""


@dataclass
class Team:
    """What people in Teams see of the post, and what they do about it."""

    room: Room
    teams: World = field(default_factory=lambda: World("teams"))

    def person(self, email: str) -> Person:
        with self.room.store.open() as ledger:
            found = ledger.directory.by_email(email)
        assert found, email
        return found

    def opens_chat(self, *emails: str) -> None:
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
            with self.room.store.open() as ledger:
                chats.heard_from(ledger, person, place, self.room.now)
        self.delivers()

    def works(self) -> None:
        """Everything that is due now, by mail and in Teams."""
        self.room.works()
        self.delivers()

    def delivers(self) -> None:
        while outbox.deliver(self.room.store, self.teams, "teams", lambda: self.room.now):
            pass

    def says(self, email: str, words: str) -> Screen:
        person = self.person(email)
        with self.room.store.open() as ledger:
            return turns.typed(Turn(ledger, self.room.council, person, self.room.now), words)

    def presses(self, email: str, verb: str, on: str = "", **value: object) -> Screen:
        """A press on a card; `on` names the message in the chat that holds it."""
        person = self.person(email)
        with self.room.store.open() as ledger:
            turn = Turn(ledger, self.room.council, person, self.room.now)
            screen = turns.pressed(turn, verb, value)
            if on:
                letters.note_card(turn, screen, on)
            return screen

    def opens(self, email: str, number: int = 1, on: str = "") -> LetterCard:
        screen = self.presses(email, "letter", on, letter=number)
        assert isinstance(screen, LetterCard), screen
        return screen

    def decides(self, email: str, card: LetterCard, verb: str, **typed: str) -> LetterCard:
        """Press a button of this card, drawn just now or long ago, with what was chosen and typed on it."""
        said = {f"letter.{key}": words for key, words in typed.items()}
        assert card.facts.alert
        held = {"letter": card.facts.number, "drawn": card.facts.drawn, "concern": card.facts.alert.concern_id}
        screen = self.presses(email, verb, "", **held, **said)
        assert isinstance(screen, LetterCard), screen
        return screen

    def told(self, email: str, kind: str) -> list[Notice]:
        """What this person got in the chat, of one kind."""
        person = self.person(email)
        return [one for one in self.teams.sent if one.kind == kind and one.to and one.to.id == person.id]


# letters that need a person


def in_doubt(team: Team) -> str:
    """A letter whose subject and tool name two audits. The reference that the tool bears."""
    audit = team.room.allocates()
    team.room.allocates(case="4022")
    team.room.writes(AUDITOR, f"TW-0002 {SECRET}", f"It is about {SECRET}.\n", (team.room.filled(audit),))
    team.works()
    return audit.reference


def of_a_stranger(team: Team) -> str:
    """A whole tool that somebody outside the directory sent. Its reference."""
    audit = team.room.allocates()
    team.room.writes(STRANGER, files=(team.room.filled(audit),))
    team.works()
    return audit.reference


def only_words(team: Team, sender: str = AUDITOR) -> None:
    team.room.writes(sender, "A question", f"Where is the guide? {SECRET}\n")
    team.works()


def state(team: Team, number: int = 1) -> str:
    with team.room.store.open() as ledger:
        return ledger.letters.letter(number).state


# what is seen


def drawn(screen: Screen) -> Json:
    return cards.screen_card(screen)


def text_of(screen: Screen) -> str:
    return flat_text(drawn(screen))


def noticed(notice: Notice) -> str:
    """The card of a notice as it reads."""
    return flat_text(cards.notice_activity(notice)["attachments"][0]["content"])


def references(facts: LetterFacts) -> list[str]:
    return [one.reference for one in facts.candidates]
