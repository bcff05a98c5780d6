"""Every kind of letter that we send, from stories played in a post room: real letters out of a real outbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from audit.answers import Audit
from audit.people import Person
from desk import concerns, filing, lead, watch
from desk.allocation import allocate
from mail import numbering
from mail.local import list_outbox
from storage.ledger import Ledger
from tests.mail.room import COUNCILS, STRANGER, Room
from tests.mail.test_bounces import in_words

SECRET = "Zebedee Marker"
"""Stands wherever somebody may have written a child's name."""
ANSWERS = ("receipt", "reply")
"""Kinds of letters that answer one."""


@dataclass(frozen=True, slots=True)
class Cast:
    """Who plays in a council's post room."""

    folder: str
    auditor: str
    other: str
    worker: str
    cases: tuple[str, str]
    tool: str
    graded: str
    lead: str
    by_hand: str
    recipients: str


TELFORD = Cast(
    "telford_and_wrekin",
    "avery.sample@telford.example",
    "jo.specimen@telford.example",
    "robin.example@telford.example",
    ("4021", "4022"),
    "tw-cp-cin",
    "planning",
    "pat.specimen@telford.example",
    "immediate",
    "morgan.example@telford.example",
)
BEDS = Cast(
    "central_bedfordshire",
    "blake.sample@centralbeds.example",
    "noor.specimen@centralbeds.example",
    "toni.example@centralbeds.example",
    ("7301", "7302"),
    "cb-practice-evaluation",
    "planning",
    "dana.sample@centralbeds.example",
    "risk",
    "quinn.example@centralbeds.example",
)
CASTS = {"tw": TELFORD, "cb": BEDS}


@dataclass(frozen=True, slots=True)
class Shown:
    """One letter: where in which story it went out, and its bytes."""

    name: str
    kind: str
    number: int
    to: tuple[str, ...]
    cc: tuple[str, ...]
    raw: bytes

    @property
    def letter(self) -> EmailMessage:
        made = message_from_bytes(self.raw, policy=default)
        assert isinstance(made, EmailMessage)
        return made


@dataclass
class Play:
    """A room in which one story is told."""

    cast: Cast
    room: Room

    def allocates(self, case: int = 0) -> Audit:
        return self.room.allocates(self.cast.auditor, self.cast.cases[case], self.cast.tool)

    def returns(self, *files: bytes, subject: str = SECRET, text: str = f"{SECRET}, see attached.\n") -> None:
        self.room.writes(self.cast.auditor, subject, text, files)
        self.room.works()

    def filled(self, audit: Audit, **changed: str | None) -> bytes:
        """`changed`: fields by step and name, with "__" between."""
        fields: Mapping[tuple[str, str], str | None] = {
            (key.partition("__")[0], key.partition("__")[2]): words for key, words in changed.items()
        }
        return self.room.filled(audit, fields)

    def answers(self, text: str, kind: str = "receipt", who: str = "") -> None:
        """Somebody answers the newest letter of a kind that they got."""
        sender = who or self.cast.auditor
        letter = self.room.letters_out(kind, sender)[-1]
        self.room.writes(sender, f"Re: {letter['Subject']}", text, answering=str(letter["Message-ID"]))
        self.room.works()

    def does(self, what: Callable[[Ledger], object]) -> None:
        with self.room.store.open() as ledger:
            what(ledger)
        self.room.works()

    def raises(self, audit: Audit) -> None:
        self.does(
            lambda ledger: concerns.raise_by_hand(
                ledger, audit, self.cast.by_hand, SECRET, audit.auditor_id, "p", self.room.now, "teams"
            )
        )


def _a_clean_tool(play: Play) -> None:
    audit = play.allocates()
    play.returns(play.filled(audit))


def _a_blank_tool(play: Play) -> None:
    audit = play.allocates()
    play.returns(play.room.blank(audit))


def _questions(play: Play) -> None:
    """Two are asked; one is answered, then the other; then the tool comes again, and then another one."""
    audit = play.allocates()
    graded = f"{play.cast.graded}__grade"
    hedged = play.filled(audit, **{graded: "Good or RI", "risk__grade": None})
    play.returns(hedged)
    play.returns(hedged)
    play.answers(f"{SECRET} is well, I think.\n\n1 good\n2 quite good\n")
    play.answers("1 RI\n")
    play.returns(play.filled(audit, **{graded: "Requires improvement"}))
    play.returns(play.filled(audit))


def _two_tools(play: Play) -> None:
    """The second differs from the first in several places; later two audits in one letter, with a file of no use."""
    audit = play.allocates()
    play.returns(play.filled(audit, voice__comment=None))
    changed = {f"{play.cast.graded}__grade": "Requires improvement", "risk__grade": "Requires improvement"}
    play.returns(play.filled(audit, risk__comment=SECRET, **changed))
    other = play.allocates(1)
    play.returns(play.filled(audit), b"PK\x03\x04 not a Word file", play.filled(other))


def _to_confirm(play: Play) -> None:
    audit = play.allocates()
    play.returns(play.filled(audit, overall__grade="Inadequate", overall__why=SECRET))
    play.answers(f"CONFIRM\n\n{SECRET} asked for me.\n")


def _not_confirmed(play: Play) -> None:
    audit = play.allocates()
    play.returns(play.filled(audit, overall__grade="Inadequate", overall__why=SECRET))
    play.room.waits(minutes=10)


def _moderated(play: Play) -> None:
    room, cast = play.room, play.cast

    def moderate(ledger: Ledger) -> None:
        allocate(
            ledger,
            room.council,
            case_id=cast.cases[0],
            auditor_email=cast.auditor,
            tool_id=cast.tool,
            now=room.now,
            moderator_email=cast.other,
            due=date(2026, 12, 18),
        )

    play.does(moderate)


def _an_alert(play: Play) -> None:
    """It climbs to the top, is answered with other words, with ACK, and once more."""
    play.raises(play.allocates())
    for _ in range(3):
        play.room.waits(minutes=30)
    play.answers("I am in court.\n", "alert", play.cast.recipients)
    play.answers("ACK\n\nWhere is the worker?\n", "alert", play.cast.recipients)
    play.answers("ACK\n", "alert", play.cast.recipients)


def _withdrawn(play: Play) -> None:
    audit = play.allocates()
    play.raises(audit)

    def withdraw(ledger: Ledger) -> None:
        (concern,) = ledger.concerns.of_audit(audit.id)
        concerns.withdraw(ledger, concern, audit.auditor_id, SECRET, play.room.now)

    play.does(withdraw)


def _words(play: Play) -> None:
    """Letters without a tool, from people we know and one we do not."""
    play.allocates()
    room = play.room
    room.writes(play.cast.auditor, SECRET, f"How is {SECRET}?\n")
    room.writes(STRANGER, SECRET, f"How is {SECRET}?\n")
    room.writes(play.cast.auditor, SECRET, f"{SECRET} is not safe.\n")
    room.works()
    room.waits(days=1)
    play.answers("ACK\n", "alert", play.cast.lead)


def _refused(play: Play) -> None:
    """Whatever is wrong with a file, or with whose it is."""
    audit = play.allocates()
    room = play.room
    for data in (b"%PDF-1.7 not one", b"", b"\x89PNG\r\n\x1a\n", b"PK\x03\x04 torn"):
        play.returns(data)
    play.returns(play.filled(audit), subject=f"{audit.reference[:3]}9999")
    play.returns(play.filled(audit), text="Wrong version, please do not file this one.\n")
    room.writes(play.cast.other, SECRET, files=(play.filled(audit),))
    room.works()


def _came_back(play: Play) -> None:
    """A letter of ours bounced, and the watch found that something waits."""
    play.raises(play.allocates())
    alert = play.room.letters_out("alert", play.cast.recipients)[0]
    inbox = play.room.council.policy.qa_address
    named = numbering.notice_of(str(alert["Message-ID"]), inbox)
    with play.room.store.open() as ledger:
        sent = ledger.obligations.notice_under(*named) if named else None
    assert sent
    domain = inbox.rpartition("@")[2].encode()
    play.room.posts("", in_words(sent, "No such user.").replace(b"telford.example", domain))
    play.room.works()
    said = "Notice 7 (alert by mail) was written at 09:00 UTC and has not gone out yet."
    play.does(
        lambda ledger: lead.tell(
            ledger, play.room.council, "x", watch.WATCH_TITLE, (said, watch.WATCH_NEXT), play.room.now
        )
    )


def _filed(play: Play) -> None:
    """The auditor asks for the PDF of a finished audit; one has an action that speaks of a grade."""
    audit = play.allocates()
    actions = {
        "actions__needed": "The actions below are needed",
        "actions__what_1": f"Visit {SECRET}",
        "actions__who_1": "R",
        "actions__by_1": "18/12/2026",
    }
    play.returns(play.filled(audit, **actions, actions__what_2="Move from RI to Good"))

    def ask(ledger: Ledger) -> None:
        done = ledger.audits.audit(audit.id)
        person: Person = ledger.directory.person(audit.auditor_id)
        filing.owe_pdf(ledger, done, person, "auditor", play.room.now)

    play.does(ask)


def _wishes(play: Play) -> None:
    """The worker asks for two audits, says that an action is done, disagrees, asks for help; somebody decides."""
    room, worker = play.room, play.cast.worker
    audit = play.allocates()
    actions = {"actions__needed": "The actions below are needed", "actions__what_1": "Visit", "actions__who_1": "R"}
    play.returns(play.filled(audit, **actions, actions__by_1="18/12/2026"))
    for case in play.cast.cases:
        room.writes(worker, "Request an audit", f"Please audit case {case}, it has been CP for two years. {SECRET}.\n")
        room.works()
    asked = room.letters_out("request")
    for one, decision in zip(asked, ("Decline: it was audited in May.", "later 2026-11-24"), strict=True):
        who = one["To"].addresses[0].addr_spec
        room.writes(who, f"Re: {one['Subject']}", f"{decision}\n", answering=str(one["Message-ID"]))
        room.works()
    for said in (
        f"{audit.reference} action 1 done",
        f"I disagree with {audit.reference}",
        "help",
        "please audit a case",
    ):
        room.writes(worker, said, f"{said}\n\nIt is about {SECRET}.\n")
        room.works()
    room.waits(days=1)


STORIES = {
    story.__name__.strip("_").replace("_", " "): story
    for story in (
        _a_clean_tool,
        _a_blank_tool,
        _questions,
        _two_tools,
        _to_confirm,
        _not_confirmed,
        _moderated,
        _an_alert,
        _withdrawn,
        _words,
        _refused,
        _came_back,
        _filed,
        _wishes,
    )
}


def letters(folder: Path, cast: Cast, only: str = "") -> Iterator[Shown]:
    """Every letter of every story, in the order in which it went out. `folder`: an empty one."""
    for name, tell in STORIES.items():
        if only and only != name:
            continue
        place = folder / f"{cast.folder}-{name.replace(' ', '-')}"
        place.mkdir(parents=True)
        room = Room(place, COUNCILS / cast.folder)
        room.post.start()
        try:
            tell(Play(cast, room))
            assert room.faults() == 0, name
            for sent in list_outbox(room.outbox):
                raw = sent.path.read_bytes()
                yield Shown(name, sent.kind, sent.number, sent.to, sent.cc, raw)
        finally:
            room.post.stop()
            room.close()
