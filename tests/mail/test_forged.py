"""Letters that are not what they say: nothing changes in any audit, a person is asked, the sender learns nothing.

Each is told through the real local adapter, with the trust settings of a mailbox behind a gateway; then all of them
together in one inbox on Exchange and in one in Exchange Online (G02, L02).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from desk import post_queue
from mail import sorting
from mail.local import list_outbox
from tests.mail.exchange_room import exchange_room
from tests.mail.forging import (
    BEHIND_A_GATEWAY,
    FIRST,
    GATEWAY,
    ONLINE,
    Office,
    held_of_audits,
    office,
    stamped,
    under_reference,
    written,
)
from tests.mail.graph_room import graph_room
from tests.mail.room import AUDITOR, INBOX, MANAGER, OTHER_AUDITOR, QA_LEAD, Room, words_of

EVIL = "evil@evil.example"
HOME = "telford.example"
PASS = f"dmarc=pass header.from={HOME}"

SECRETS = re.compile(
    r"TW-000|Avery|Sample|\bJo\b|Specimen|Morgan|Robin|good|improvement|inadequate|exceeds|escalat|concern|402[12]|"
    r"allocated|handed in|recorded",
    re.IGNORECASE,
)
"""References, people, grades and what there is: nothing of these may be learnt."""


@dataclass(frozen=True)
class Forged:
    """One way to forge. `lines`: From and whatever else the writer put on top; `verdict` and `domain`: what the
    receiving server says of it; `makes`: what the letter says and brings; `answered`: who may get a line."""

    name: str
    lines: tuple[str | bytes, ...]
    makes: Callable[[Office], dict[str, object]]
    verdict: str = "fail"
    domain: str = HOME
    answered: str = ""


def a_tool(there: Office) -> dict[str, object]:
    """A whole tool for the one audit."""
    return {"files": (there.tool,)}


def answers(there: Office) -> dict[str, object]:
    """A numbered reply to the receipt."""
    return {"text": "1 good\n", "answering": there.receipt, "subject": f"Re: {there.theirs.reference}"}


def confirms(there: Office) -> dict[str, object]:
    return {"text": "CONFIRM\n", "answering": there.receipt}


def acknowledges(there: Office) -> dict[str, object]:
    return {"text": "ACK\n", "answering": there.alert}


def writes(*more: str | bytes, name: str = "", of: str = AUDITOR) -> tuple[str | bytes, ...]:
    return (*more, f"From: {name or 'Avery Sample'} <{of}>")


INSIDE = "X-MS-Exchange-Organization-AuthAs: Internal"
OWN_WORD = f"Authentication-Results: {GATEWAY}; {PASS}"
MICROSOFTS_WORD = f"Authentication-Results: spf=pass;dmarc=pass action=none header.from={HOME};compauth=pass"

WHO = [
    # the server says that the From line is forged, or says nothing
    Forged("an address that is somebody else's", writes(), a_tool, answered=AUDITOR),
    Forged("an address that nobody checked", writes(), a_tool, "none", answered=AUDITOR),
    Forged("answers under a forged address", writes(), answers, answered=AUDITOR),
    Forged("CONFIRM under a forged address", writes(), confirms, answered=AUDITOR),
    Forged("ACK under a forged address", writes(name="Morgan", of=MANAGER), acknowledges, answered=MANAGER),
    Forged(
        "a From that is folded", ("From: Avery Sample\r\n <avery.sample@telford.example>",), a_tool, answered=AUDITOR
    ),
    # one address for the server, another for whoever looks
    Forged("two From lines", (f"From: {EVIL}", f"From: {AUDITOR}"), a_tool, "pass"),
    Forged("two From lines, the other way round", (f"From: {AUDITOR}", f"From: {EVIL}"), a_tool, "pass"),
    Forged("the same From line twice", (f"From: {AUDITOR}", f"FROM: {AUDITOR}"), a_tool, "pass"),
    Forged("two addresses", (f"From: {AUDITOR}, {EVIL}",), a_tool, "pass"),
    Forged("a group", (f"From: Auditors: {AUDITOR};",), a_tool, "pass"),
    Forged("a group of two", (f"From: Auditors: {AUDITOR}, {EVIL};",), a_tool, "pass"),
    Forged("an address in a comment", (f"From: {EVIL} ({AUDITOR})",), a_tool, "pass"),
    Forged("an address around a comment", (f"From: ({EVIL}) {AUDITOR}",), a_tool, "pass"),
    Forged("a comment inside the address", ("From: avery.sample(x)@telford.example",), a_tool, "pass"),
    Forged("two angles", (f"From: <{AUDITOR}> <{EVIL}>",), a_tool, "pass"),
    Forged("a route", (f"From: <@evil.example:{AUDITOR}>",), a_tool, "pass"),
    Forged("a NUL in the address", (b"From: avery.sample@telford.example\0@evil.example",), a_tool, "pass"),
    Forged(
        "a NUL in the name", (b"From: Avery\0 <evil@evil.example>, <avery.sample@telford.example>",), a_tool, "pass"
    ),
    Forged("no From at all", (f"Sender: {AUDITOR}", f"Reply-To: {AUDITOR}"), a_tool, "pass"),
    # an address of the writer's own, dressed up; the server says that it is the writer's
    Forged("an address as a name", writes(name=f'"{AUDITOR}"', of=EVIL), a_tool, "pass", "evil.example", EVIL),
    Forged(
        "an address in a name that is encoded",
        ("From: =?utf-8?b?YXZlcnkuc2FtcGxlQHRlbGZvcmQuZXhhbXBsZQ==?= <evil@evil.example>",),
        a_tool,
        "pass",
        "evil.example",
        EVIL,
    ),
    Forged(
        "an address that is encoded",
        ("From: =?utf-8?q?avery=2Esample=40telford=2Eexample?=",),
        a_tool,
        "pass",
    ),
    Forged("Sender is somebody else", writes(f"Sender: {AUDITOR}", of=EVIL), a_tool, "pass", "evil.example", EVIL),
    Forged("answers to somebody else", writes(f"Reply-To: {AUDITOR}", of=EVIL), a_tool, "pass", "evil.example", EVIL),
    Forged("forged, answers to its writer", writes(f"Reply-To: {EVIL}"), a_tool, answered=AUDITOR),
    # a domain that looks alike
    Forged("a Cyrillic letter", ("From: avery.sample@telford.ex\N{CYRILLIC SMALL LETTER A}mple",), a_tool, "pass"),
    Forged("a Cyrillic letter, encoded", ("From: avery.sample@=?utf-8?b?dNC1bGZvcmQuZXhhbXBsZQ==?=",), a_tool, "pass"),
    Forged("punycode", writes(of="avery.sample@xn--tlford-2of.example"), a_tool, "pass", "xn--tlford-2of.example", "*"),
    Forged("a digit for a letter", writes(of="avery.sample@te1ford.example"), a_tool, "pass", "te1ford.example", "*"),
    Forged("a subdomain", writes(of=f"avery.sample@mail.{HOME}"), a_tool, "pass", f"mail.{HOME}", "*"),
    Forged(
        "a longer domain", writes(of=f"avery.sample@{HOME}.evil.example"), a_tool, "pass", f"{HOME}.evil.example", "*"
    ),
    # a word that only the server may say, forged
    Forged("results below the server's own", writes(OWN_WORD), a_tool, answered=AUDITOR),
    Forged("Microsoft's results below the server's own", writes(MICROSOFTS_WORD), a_tool, answered=AUDITOR),
    Forged(
        "results in a sealed chain",
        writes(f"ARC-Authentication-Results: i=1; {GATEWAY}; {PASS}"),
        a_tool,
        answered=AUDITOR,
    ),
    Forged(
        "results of another server",
        writes(f"Authentication-Results: mx.evil.example; {PASS}"),
        a_tool,
        answered=AUDITOR,
    ),
    Forged("a Received line and results", writes(f"Received: from x by {GATEWAY}", OWN_WORD), a_tool, answered=AUDITOR),
]
"""Who it says it is from."""

PLAYED = [
    # people whom the server vouches for, where they have no business
    Forged(
        "a tool of somebody else's audit", writes(name="Jo", of=OTHER_AUDITOR), a_tool, "pass", answered=OTHER_AUDITOR
    ),
    Forged("answers of another auditor", writes(name="Jo", of=OTHER_AUDITOR), answers, "pass", answered=OTHER_AUDITOR),
    Forged("CONFIRM of another auditor", writes(name="Jo", of=OTHER_AUDITOR), confirms, "pass", answered=OTHER_AUDITOR),
    Forged("ACK of somebody who was not told", writes(), acknowledges, "pass", answered=AUDITOR),
    Forged("ACK of a stranger", writes(of=EVIL), acknowledges, "pass", "evil.example", EVIL),
    # a Message-ID that is somebody else's
    Forged(
        "another tool under the Message-ID of an earlier letter",
        writes(),
        lambda there: {**a_tool(there), "message_id": FIRST},
        "pass",
        answered=AUDITOR,
    ),
    Forged(
        "another auditor under the Message-ID of an earlier letter",
        writes(name="Jo", of=OTHER_AUDITOR),
        lambda there: {"files": (there.other_tool,), "message_id": FIRST},
        "pass",
        answered=OTHER_AUDITOR,
    ),
    Forged(
        "a stranger under the Message-ID of an earlier letter",
        writes(of=EVIL),
        lambda there: {**a_tool(there), "message_id": FIRST},
        "pass",
        "evil.example",
        EVIL,
    ),
    Forged(
        "answers under the Message-ID of an earlier letter",
        writes(),
        lambda there: {**answers(there), "message_id": FIRST},
        "pass",
        answered=AUDITOR,
    ),
    Forged(
        "a tool under the Message-ID of a notice of ours",
        writes(),
        lambda there: {**a_tool(there), "message_id": there.receipt},
        "pass",
        answered=AUDITOR,
    ),
    Forged(
        "a stranger under the Message-ID of a notice of ours",
        writes(of=EVIL),
        lambda there: {**a_tool(there), "message_id": there.alert},
        "pass",
        "evil.example",
        EVIL,
    ),
    Forged(
        "two From lines under the Message-ID of a notice of ours",
        (f"From: {EVIL}", f"From: {AUDITOR}"),
        lambda there: {**a_tool(there), "message_id": there.alert},
        "pass",
    ),
    Forged("our own address", writes(name="QA", of=f"qa@{HOME}"), a_tool),
    Forged("a forged letter that says a machine wrote it", writes("Auto-Submitted: auto-forwarded"), a_tool),
]
"""What it does under an address that is believed, or with what is ours."""

ALL = [*WHO, *PLAYED]


@pytest.fixture
def there(room: Room) -> Office:
    room.trust = BEHIND_A_GATEWAY
    return office(room)


def comes(there: Office, forged: Forged) -> None:
    raw = written(there.room, *forged.lines, **forged.makes(there))  # type: ignore[arg-type]
    there.room.posts(EVIL, stamped(there.room, raw, forged.verdict, forged.domain))


@pytest.mark.parametrize("forged", ALL, ids=lambda one: one.name)
def test_nothing_changes_a_person_is_asked_and_the_sender_learns_nothing(there: Office, forged: Forged) -> None:
    room, before = there.room, held_of_audits(there.room)
    earlier = {str(one["Message-ID"]) for one in room.letters_out()}
    comes(there, forged)
    room.works()
    assert held_of_audits(room) == before
    letter = room.letters()[-1]
    assert letter.id == 2
    assert letter.state == "needs_a_person"
    (waiting,) = [one for one in room.concerns() if one.letter_id == letter.id]
    assert waiting.limb == "kept_letter"
    assert room.post.list_folder("needs-a-person")
    asked = [str(one["Subject"]) for one in room.letters_out("alert", QA_LEAD)]
    assert "Please acknowledge · Letter 2 · letter to place" in asked
    alerts = {str(one["Message-ID"]) for one in room.letters_out("alert")}
    others = [one for one in room.letters_out() if str(one["Message-ID"]) not in earlier | alerts]
    assert len(others) <= 1
    for one in others:
        says_nothing(one, forged)


def says_nothing(line: EmailMessage, forged: Forged) -> None:
    """One courteous line, to the address that the letter said it was from, and to no other."""
    to = str(line["To"]).rpartition("<")[2].strip(">")
    expected = re.findall(r"[\w.-]+@[\w.-]+", str(forged.lines[-1]))[-1] if forged.answered == "*" else forged.answered
    assert to == expected
    said = f"{line['Subject']} {words_of(line)}".partition("\n--")[0]
    if forged.name == "a tool of somebody else's audit":
        said = said.replace("an audit TW-0001 of yours", "")  # which its sender had named, and see below
    assert not SECRETS.search(said), said


def test_an_audit_that_is_not_there_is_answered_like_one_that_is_somebody_elses(there: Office) -> None:  # L02
    room, said = there.room, []
    for reference in (there.theirs.reference, "TW-9999"):
        tool = under_reference(there.tool, there.theirs.reference, reference)
        raw = written(room, f"From: {OTHER_AUDITOR}", files=(tool,), message_id=f"<{reference}@{HOME}>")
        room.posts(OTHER_AUDITOR, stamped(room, raw))
        room.works()
        reply = room.letters_out("reply", OTHER_AUDITOR)[-1]
        said.append(f"{reply['Subject']} {words_of(reply)}".replace(reference, "TW-0000"))
    assert said[0] == said[1]


def test_a_stranger_who_was_first_with_a_message_id_keeps_no_real_letter_out(there: Office) -> None:
    room = there.room
    taken = "<taken@telford.example>"
    tool = there.other_tool
    forged = written(room, f"From: {OTHER_AUDITOR}", files=(tool + b" ",), message_id=taken)
    room.posts(EVIL, stamped(room, forged, "fail"))
    room.works()
    assert room.audit(there.other)["state"] == "allocated"
    room.posts(OTHER_AUDITOR, stamped(room, written(room, f"From: {OTHER_AUDITOR}", files=(tool,), message_id=taken)))
    room.works()
    assert room.audit(there.other)["state"] == "submitted"
    assert room.letters()[-1].why == "A different letter bears the same Message-ID. Please compare the two."


def test_what_was_held_for_its_message_id_can_be_assigned(there: Office) -> None:
    room = there.room
    tool = there.other_tool
    room.posts(AUDITOR, stamped(room, written(room, f"From: {OTHER_AUDITOR}", files=(tool,), message_id=FIRST)))
    room.works()
    with room.store.open() as ledger:
        lead = post_queue.of_the_team(ledger, room.council, QA_LEAD)
        audit = ledger.audits.audit(there.other.id)
        post_queue.assign(ledger, 2, audit, lead, "I rang: both letters are theirs.", room.now)
    room.works()
    assert room.audit(there.other)["state"] == "submitted"


def test_our_own_letter_that_comes_round_again_is_set_aside(there: Office) -> None:  # G04
    """Whether the server vouches for it or, forwarded from outside, does not."""
    room = there.room
    ours = [one.path.read_bytes() for one in list_outbox(room.outbox)]
    out = len(ours)
    for verdict in ("pass", "fail"):
        for raw in ours:
            room.posts("", stamped(room, raw + f"{verdict}\r\n".encode(), verdict))
    room.works()
    room.waits(minutes=2)
    assert {one.state for one in room.letters()} == {"done"}
    assert len(room.letters_out()) == out


def test_what_says_it_is_from_us_and_a_machine_is_set_aside_and_changes_nothing(there: Office) -> None:
    """Nobody is rung by it: a loop of our own letters would ring without end. It cannot do anything either."""
    room, before = there.room, held_of_audits(there.room)
    for name, text, answering in (("ACK", "ACK\n", there.alert), ("CONFIRM", "CONFIRM\n", there.receipt)):
        lines = (f"From: {AUDITOR}", "Auto-Submitted: auto-replied")
        raw = written(room, *lines, text=text, answering=answering, message_id=f"<{name}@evil.example>")
        room.posts(EVIL, stamped(room, raw, "fail"))
    room.works()
    assert held_of_audits(room) == before
    assert [one.state for one in room.letters()[1:]] == ["done", "done"]
    assert len(room.post.list_folder("set-aside")) == 2


# by Exchange and by Graph


@pytest.fixture(params=["exchange", "graph"])
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    if request.param == "exchange":
        with exchange_room(tmp_path / "exchange") as room:
            room.posts = lambda sender, raw, to="": room.server.post.deliver(INBOX, raw)  # type: ignore[method-assign]
            room.trust = BEHIND_A_GATEWAY
            yield office(room)
    else:
        with graph_room(tmp_path / "graph") as online:
            online.trust = ONLINE
            yield office(online)


def test_all_of_them_in_one_inbox_on_a_server(elsewhere: Office) -> None:
    room, before = elsewhere.room, held_of_audits(elsewhere.room)
    for place, forged in enumerate(ALL):
        made = forged.makes(elsewhere)
        made.setdefault("message_id", f"<forged-{place}@evil.example>")
        raw = written(room, *forged.lines, **made)  # type: ignore[arg-type]
        room.posts(EVIL, stamped(room, raw, forged.verdict, forged.domain))
    room.reads()
    waiting = [one.state for one in room.letters()[1:]]
    assert waiting == ["needs_a_person"] * len(ALL)
    assert held_of_audits(room) == before


def test_slow_letters_under_a_forged_address_do_not_hold_its_owner_up(
    there: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = there.room
    monkeypatch.setattr(sorting, "SLOW", timedelta(0))  # whatever takes any time counts as slow
    for place in range(12):
        files = (b"PK\x03\x04 no Word file %d" % place,)
        lies_there(room, written(room, f"From: {AUDITOR}", message_id=f"<{place}@x>", files=files))
    room.takes_in()
    room.now += timedelta(seconds=1)
    own = "<own@telford.example>"
    lies_there(room, stamped(room, written(room, f"From: {AUDITOR}", text="A question.\n", message_id=own)))
    room.takes_in()
    read = 0
    while {one.message_id: one.state for one in room.letters()}[own] == "kept":
        assert room.reads_once(), "it waits, and nobody's letter is in hand"
        read += 1
    assert read == 3, "one of theirs, which came first, its move, and then its own"


def lies_there(room: Room, raw: bytes) -> None:
    (room.folder / "mail" / "inbox" / "new" / f"{next(room._numbers):08}.eml").write_bytes(raw)
