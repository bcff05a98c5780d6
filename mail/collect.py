"""Letters in: kept raw, written down, read, dealt with in one transaction, and only then moved. Nothing is lost.

A crash after any step repeats that step harmlessly. This is a barrier: a fault of ours is written down, and after a
few tries the letter goes to a person.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType

from audit.council import Council
from audit.notices import Asks, Sender
from audit.tools import Tool
from audit.words import references
from desk import concerns, councils, post_queue
from desk.outbox import TryLater
from documents.reading_room import ReadingRoom
from documents.returned_tool import Identity
from documents.virus_scan import ScannerSilent
from mail import letters, numbering, sorting, unshown
from mail.authentic import Trust, is_vouched_for
from mail.barrier import guarded
from mail.dealing import Outcome, Post
from mail.in_order import ALONE, InOrder, Turn
from mail.letters import Letter
from mail.mailbox import FILED, FOLDERS, Mailbox, Unreadable
from mail.outcomes import kept_for_a_person
from mail.returned import ReturnedFile, read_all, without_wrappings
from mail.sorting import Answered, Sorted
from mail.taking_in import move
from storage.ledger import Ledger, Store
from storage.letters import Letter as Kept
from storage.obligations import Obligation

log = logging.getLogger(__name__)

MOST_TRIES = 3
AT_ONCE = 1
"""Letters claimed at a time: reading all files of one may take most of its lease of a minute."""
_AGAIN = timedelta(seconds=5)
_SCAN_AGAIN = timedelta(minutes=2)
"""A virus scanner that starts anew loads its lists for a minute or so."""
_MOVE_AGAIN, _LONGEST_WAIT = timedelta(seconds=5), timedelta(minutes=5)
_NEWEST = 50
"""How many letters of a folder are looked at to find one without a Message-ID."""
_MOST_OF_HEADERS = 100_000
_TOO_MANY_PARTS = "It is in far more parts or lines than a letter has, so it was not read. Please read it yourself."
_UNPROVEN = (
    "Its sender's address may be forged: the mail server does not vouch for it, so nothing was changed. Please ask the "
    "person by another way whether they wrote it."
)


def read_due(
    store: Store,
    mailbox: Mailbox,
    council: Council,
    now: datetime,
    room: ReadingRoom,
    trust: Trust,
    in_order: InOrder | None = None,
) -> int:
    """Read the letters that wait, files in the room, and move those that were read. How many duties there were.

    `trust`: whose word counts about who wrote a letter. `in_order`: shared by lanes that read side by side.
    """
    order = in_order or InOrder()
    with order.claiming():
        with store.open() as ledger:
            duties = ledger.obligations.claim(("post",), now, ledger.clock(), AT_ONCE)
            kept = [_letter_of(ledger, duty) for duty in duties]
        turns = [order.turn(_whose(mailbox, one, trust)) for one in kept]
    for duty, turn in zip(duties, turns, strict=True):
        with turn:
            _do(store, mailbox, council, duty, now, room, trust, turn)
    return len(duties)


def _letter_of(ledger: Ledger, duty: Obligation) -> Kept:
    return ledger.letters.letter(int(duty.key.split("/")[1]))


def _whose(mailbox: Mailbox, kept: Kept, trust: Trust) -> str:
    """With whose letters it waits its turn: one under a forged address holds nobody up who owns that address."""
    if not kept.sender:
        return ""
    try:
        with (mailbox.raw / kept.path).open("rb") as file:
            vouched = is_vouched_for(file.read(_MOST_OF_HEADERS), kept.sender, trust)
    except (OSError, ValueError, LookupError, TypeError, AttributeError):  # headers that nobody should have sent
        vouched = False  # what becomes of the letter is decided when it is read, behind the barrier
    return f"{'known' if vouched else 'unproven'}/{kept.sender}"


def _do(
    store: Store,
    mailbox: Mailbox,
    council: Council,
    duty: Obligation,
    now: datetime,
    room: ReadingRoom,
    trust: Trust,
    turn: Turn,
) -> None:
    if duty.kind == "move":
        guarded(store, "move", now, partial(_do_move, store, mailbox, duty, now))
        return
    if duty.attempts > MOST_TRIES:
        _give_to_a_person(store, council, duty, now)
        return
    read = partial(_read_scanned, store, mailbox, council, duty, now, room, trust, turn)
    if not guarded(store, "read", now, read):
        _try_again(store, council, duty, now)


def _read_scanned(
    store: Store,
    mailbox: Mailbox,
    council: Council,
    duty: Obligation,
    now: datetime,
    room: ReadingRoom,
    trust: Trust,
    turn: Turn,
) -> None:
    """Read one letter, or leave it for later: no file is read that the virus scanner has not seen."""
    try:
        _read(store, mailbox, council, duty, now, room, trust, turn)
    except ScannerSilent:
        _try_again(store, council, duty, now, "The virus scanner did not answer", _SCAN_AGAIN)
    except (Unreadable, TryLater):  # a letter that could not be shown is asked for
        _try_again(store, council, duty, now, "The mail server could not show it", unshown.AGAIN)


def _read(
    store: Store,
    mailbox: Mailbox,
    council: Council,
    duty: Obligation,
    now: datetime,
    room: ReadingRoom,
    trust: Trust,
    turn: Turn = ALONE,
) -> None:
    """Read one letter: its files before any transaction, everything that follows from it in one."""
    letter_id = int(duty.data["letter"])
    with store.open() as ledger:
        kept = ledger.letters.letter(letter_id)
    if not kept.path:
        shown = unshown.ask_again(store, mailbox, duty, kept, now)
        if shown is None:
            return
        duty = shown
        with store.open() as ledger:
            kept = ledger.letters.letter(letter_id)
    raw = (mailbox.raw / kept.path).read_bytes()
    letter = letters.parse(raw)
    if letter.is_unsplit:
        _keep_unread(store, council, duty, now, _TOO_MANY_PARTS)
        return
    vouched = is_vouched_for(raw, letter.sender, trust)
    comes_round = numbering.notice_of(letter.message_id, mailbox.address) is not None
    if not vouched and letter.sender == mailbox.address.lower() and not comes_round:
        letter = replace(letter, sender="")  # not ours, and nobody whom we could answer
    with store.open() as ledger:
        found = sort(ledger, letter, mailbox.address, vouched, (council.words.audit, council.words.audits))
    if duty.data.get("assigned"):
        found = sorting.as_tools(letter)
    begun = time.monotonic()
    files = without_wrappings(read_files(store, council, found, room), letter.own)
    took = timedelta(seconds=time.monotonic() - begun)
    turn.comes()
    if took > sorting.SLOW:
        _let_others_pass(store, mailbox, kept, trust, now + 2 * took)
    with store.open() as ledger:
        for file in files:
            if file.fault:
                ledger.directory.write_fault("documents.reading_child", file.fault, now)
        ledger.letters.letter(letter_id, lock=True)  # somebody may be dealing with it at this moment
        if ledger.obligations.is_held(duty):
            _settle(ledger, council, duty, letter, found, files, now, vouched)


def _let_others_pass(store: Store, mailbox: Mailbox, slow: Kept, trust: Trust, until: datetime) -> None:
    """The sender's other letters may be as slow to read: they wait as long again, so that whoever else wrote is read
    in between. Half of the time is theirs, however many they are."""
    with store.open() as ledger:
        others = [one for one in ledger.letters.unread() if one.sender == slow.sender and one.id != slow.id]
    whose = _whose(mailbox, slow, trust)
    wait = [f"letter/{one.id}/read" for one in others if _whose(mailbox, one, trust) == whose]
    with store.open() as ledger:
        ledger.obligations.let_wait(wait, until)


def sort(ledger: Ledger, letter: Letter, inbox: str, vouched: bool, called: tuple[str, ...] = ("audit",)) -> Sorted:
    """Sort a letter by what the directory and the outbox know. Whoever is not vouched for is a stranger."""
    known = ledger.directory.by_email(letter.sender) is not None if vouched and letter.sender else False
    return sorting.sort(letter, inbox, known, _answered(ledger, letter, inbox), called)


def _answered(ledger: Ledger, letter: Letter, inbox: str) -> tuple[Answered, ...]:
    found = []
    for one in numbering.named(letter.answers, letter.subject, inbox):
        notice = ledger.obligations.notice_under(*one)
        if notice is None or notice.channel != "mail" or notice.person_id is None:
            continue
        address = ledger.directory.person(notice.person_id).email
        found.append(Answered(notice.number, notice.kind, address, notice.concern_id, notice.audit_id))
    return tuple(found)


def read_files(store: Store, council: Council, found: Sorted, room: ReadingRoom) -> tuple[ReturnedFile, ...]:
    """The files that may be tools, each read with the tool of the audit that it names. Raises ScannerSilent."""
    if found.kind in sorting.UNANSWERED:
        return ()

    def tools_for(identity: Identity) -> tuple[Tool, ...]:
        with store.open() as ledger:
            for reference in identity.references:
                audit = ledger.audits.by_reference(reference)
                if audit:
                    return (councils.tool_of(ledger, audit),)
        known = council.tools.get(identity.tool_id)
        return (known,) if known else tuple(council.tools.values())

    return read_all(found.files, council.policy.reference_prefix, tools_for, room)


def _settle(
    ledger: Ledger,
    council: Council,
    duty: Obligation,
    letter: Letter,
    found: Sorted,
    files: tuple[ReturnedFile, ...],
    now: datetime,
    vouched: bool,
) -> None:
    """File, refuse or keep; the answer; what became of the letter; the end of the duty: all of it or nothing."""
    kept = ledger.letters.letter(int(duty.data["letter"]))
    claimed = ledger.directory.by_email(letter.sender) if letter.sender else None
    outcome = Post(ledger, council, kept, letter, found, claimed if vouched else None, files, now).deal()
    if claimed and not vouched and outcome.state == "needs_a_person" and not duty.data.get("assigned"):
        outcome = replace(outcome, why=_UNPROVEN)
    known = (Sender.KNOWN if vouched else Sender.UNPROVEN) if claimed else Sender.UNKNOWN
    named = (*references(letter.subject, council.policy.reference_prefix), *_references_in(files))
    about = {"sender": known.value, "files": len(found.files), "named": list(dict.fromkeys(named))}
    _close(ledger, duty, found.kind.value, outcome, now, about)


def _references_in(files: Iterable[ReturnedFile]) -> Iterator[str]:
    """Every reference that a file says it belongs to."""
    return (one for file in files if file.identity for one in file.identity.references)


def _close(
    ledger: Ledger,
    duty: Obligation,
    sorted_as: str,
    outcome: Outcome,
    now: datetime,
    about: Mapping[str, object] = MappingProxyType({}),
) -> None:
    """`about`: what the card of a letter that needs a person shows of it, and no word of what it says."""
    letter_id = int(duty.data["letter"])
    ledger.letters.settle(letter_id, outcome.state, sorted_as, outcome.why, outcome.audit_id, duty.attempts)
    content = {"as": sorted_as, "state": outcome.state, "why": outcome.why, "asks": outcome.asks.value, **about}
    ledger.trail.add(f"letter/{letter_id}", "letter read", "post", now, content)
    ledger.obligations.finish(duty)
    if outcome.folder != FILED:
        data = {"item": duty.data["item"], "folder": outcome.folder}
        ledger.obligations.owe(f"letter/{letter_id}/move", "move", "post", now, data)


def _do_move(store: Store, mailbox: Mailbox, duty: Obligation, now: datetime) -> None:
    """Move a letter that was read; later, where the mailbox is shut."""
    folder = str(duty.data["folder"])
    with store.open() as ledger:
        kept = ledger.letters.letter(int(duty.key.split("/")[1]))
    try:
        moved = move(mailbox, str(duty.data["item"]), folder)
        if not moved and kept.path:
            moved = _move_by_what_it_is(mailbox, kept, folder)
    except TryLater as shut:
        wait = max(min(_MOVE_AGAIN * 2 ** min(duty.attempts, 9), _LONGEST_WAIT), timedelta(seconds=shut.after))
        with store.open() as ledger:
            ledger.obligations.put_off(duty, now + wait, "the mailbox was shut")
        return
    with store.open() as ledger:
        if moved:
            ledger.obligations.note(duty, {**duty.data, "item": moved})
        ledger.obligations.finish(duty)


def _move_by_what_it_is(mailbox: Mailbox, kept: Kept, folder: str) -> str:
    """Find a letter whose name ended when it was moved to be filed, as Exchange has it, and move it on. Its name."""
    known = mailbox.find_by_message_id(kept.message_id) if kept.message_id else ()
    newest = (item for name in FOLDERS for item in mailbox.list_folder(name)[-_NEWEST:])
    for item in known or newest:
        try:
            if letters.identity(mailbox.fetch_raw(item)).fingerprint == kept.fingerprint:
                return mailbox.move(item, folder)
        except (LookupError, Unreadable):
            continue
    log.info("a letter was moved by somebody else")
    return ""


# when something of ours fails


def _try_again(
    store: Store,
    council: Council,
    duty: Obligation,
    now: datetime,
    why: str = "It could not be read",
    again: timedelta = _AGAIN,
) -> None:
    if duty.attempts >= MOST_TRIES:
        _give_to_a_person(store, council, duty, now, why)
        return
    with store.open() as ledger:
        ledger.obligations.put_off(duty, now + duty.attempts * again, why)


def _give_to_a_person(
    store: Store, council: Council, duty: Obligation, now: datetime, why: str = "It could not be read"
) -> None:
    _keep_unread(store, council, duty, now, f"{why} in {duty.attempts} tries. Please read it yourself.")


def _keep_unread(store: Store, council: Council, duty: Obligation, now: datetime, says: str) -> None:
    """A letter that we cannot read, whatever is wrong with us: urgent, because nobody knows what it says."""
    with store.open() as ledger:
        if not ledger.obligations.is_held(duty):
            return
        concerns.raise_for_letter(ledger, council, int(duty.data["letter"]), True, now)
        _close(ledger, duty, "unread", kept_for_a_person(says, asks=Asks.AGAIN), now)
        if duty.data.get("by"):
            post_queue.still_waits(ledger, council, int(duty.data["letter"]), now)
