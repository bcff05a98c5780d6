"""SIGKILL of the whole service at every step from a letter to its receipt: one record a letter, nothing left unread,
nothing that it started left running."""

from __future__ import annotations

import contextlib
import os
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from documents import converting
from mail.numbering import message_id
from storage.obligations import LEASES
from tests.mail.office import PATIENCE, Furnished
from tests.mail.post_process import Death
from tests.mail.room import AUDITOR, INBOX
from tests.mail.served import Council, council, family, furnish, on_exchange, on_graph

NOT_YET_KEPT = {
    "letter half heard": Death("before", "mail.disk.keep", "/inbox/"),
    "draft in the inbox written, not moved there": Death("before", "mail.disk.move", "/inbox/tmp/"),
}
STEPS = {
    "on the disk, but not said": Death("after", "mail.disk.keep", "/inbox/"),
    "said": Death("after", "aiosmtpd.smtp.SMTP.push", "250 OK: kept"),
    "taken up": Death("before", "mail.local.LocalPost.fetch_raw"),
    "raw copy being written": Death("before", "mail.disk.keep", "/raw/"),
    "raw copy written, not moved there": Death("before", "mail.disk.move", "/raw/"),
    "raw copy kept": Death("after", "mail.disk.keep", "/raw/"),
    "written down, not committed": Death("after", "storage.letters.Letters.keep"),
    "written down": Death("after", "mail.taking_in.write_down"),
    "about to be moved": Death("before", "mail.local.LocalPost.move", "filed"),
    "moved": Death("after", "mail.local.LocalPost.move", "filed"),
    "claimed for reading": Death("before", "mail.collect.sort"),
    "with the reading child": Death("before", "documents.reading_room.ReadingRoom.read"),
    "a reading child is forked": Death("before", "documents.reading_room._Conversation.about"),
    "read": Death("after", "documents.reading_room.ReadingRoom.read"),
    "settled, not committed": Death("after", "storage.letters.Letters.settle"),
    "settled": Death("after", "mail.collect.read_due"),
    "receipt claimed": Death("before", "mail.sending.MailSender.send", "kind='receipt'"),
    "receipt composed": Death("before", "mail.local.SmtpRelay.send_mime", " receipt"),
    "receipt taken by the mail server, no copy kept": Death("before", "mail.local.LocalOutbox.send_mime", " receipt"),
    "receipt sent, not recorded": Death("after", "mail.local.SmtpRelay.send_mime", " receipt"),
    "receipt recorded, not committed": Death("after", "storage.obligations.Obligations.mark_notice"),
    "receipt recorded": Death("after", "desk.outbox.deliver", " mail "),
}
FOR_A_PERSON = {
    "settled, not moved": Death("before", "mail.local.LocalPost.move", "needs-a-person"),
    "moved, not recorded": Death("after", "mail.local.LocalPost.move", "needs-a-person"),
}
ON_A_SERVER = {
    "looked into": Death("after", "mail.{}.changes"),
    "fetched": Death("after", "mail.{}.fetch_raw"),
    "written down": Death("after", "mail.taking_in.write_down"),
    "about to be moved": Death("before", "mail.{}.move", " filed"),
    "moved, nothing said of it": Death("after", "mail.{}.move", " filed"),
    "settled": Death("after", "mail.collect.read_due"),
    "receipt not found among those sent": Death("before", "mail.{}._draft"),
    "draft made": Death("after", "mail.{}._draft"),
    "receipt sent, not recorded": Death("after", "mail.{}.send_mime"),
    "receipt recorded, not committed": Death("after", "storage.obligations.Obligations.mark_notice"),
}
SOME_LOOKING = 15.0
"""A letter that may have been under way in the lane beside is looked for among those sent before it goes again."""
POSTS = {"exchange": "exchange.ExchangePost", "graph": "graph.GraphPost"}
SERVERS = {"exchange": on_exchange, "graph": on_graph}


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Furnished:
    return furnish(tmp_path_factory.mktemp("furnished"), 1)


@pytest.fixture
def post(tmp_path: Path, furnished: Furnished) -> Iterator[Council]:
    with council(tmp_path / "data", furnished) as made:
        yield made


@pytest.fixture(params=SERVERS)
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path, furnished: Furnished) -> Iterator[Council]:
    """A council whose mailbox is on a server that outlives the service."""
    with SERVERS[request.param](tmp_path / "data", furnished) as made:
        yield made


def on(elsewhere: Council, death: Death) -> Death:
    """A death at a call of the mailbox that is in use."""
    assert elsewhere.mailbox
    name = POSTS["graph" if elsewhere.mailbox.graph else "exchange"]
    return Death(death.when, death.call.format(name), death.words)


def is_handed_in_once(post: Council, place: int = 0) -> None:
    """One tool, one version of its audit, one event of its handing in, in a trail that holds."""
    audit = post.furnished.audits[place]
    with post.ledger() as ledger:
        assert ledger.audits.audit(audit.id).stage.value == "submitted"
        assert [one["kind"] for one in ledger.audits.submissions(audit.id)] == ["returned", "handed in"]
        assert ledger.trail.verify(f"audit/{audit.id}").holds


def is_receipted(post: Council, letter: str) -> None:
    """At most one duplicate, and a duplicate is the same letter: mail programs show it once."""
    receipts = post.relay.answers_to(letter)
    assert len(receipts) == 1, receipts
    assert next(iter(receipts.values())) in (1, 2)


def goes_on(post: Council) -> None:
    """It has died; it is started again when the leases of the dead have run out, and works until nothing is left."""
    post.dies()
    post.minute_passes()
    assert post.serves()
    post.comes_to_rest(PATIENCE + SOME_LOOKING if post.mailbox else PATIENCE)
    assert post.asked("SELECT * FROM faults") == []


@pytest.mark.parametrize("step", [*NOT_YET_KEPT, *STEPS])
def test_G03_a_death_at_any_step_loses_nothing_and_doubles_nothing(post: Council, step: str) -> None:
    assert post.serves({**NOT_YET_KEPT, **STEPS}[step])
    letter = post.writes(0)
    heard = letter not in post.untaken
    goes_on(post)
    assert post.asked("SELECT state, copies FROM letters") == [("done", 1)]
    is_handed_in_once(post)
    is_receipted(post, letter)
    assert len(post.lies_in("filed")) == (1 if heard or step in NOT_YET_KEPT else 2), "who was told no 250 sends again"


def test_G03_what_is_on_the_disk_and_was_not_said_is_sent_again_and_counts_once(post: Council) -> None:
    assert post.serves(STEPS["on the disk, but not said"])
    letter = post.writes(0)
    assert letter in post.untaken
    goes_on(post)
    assert len(post.lies_in("filed")) == 2
    assert post.asked("SELECT state, copies FROM letters") == [("done", 1)]


@pytest.mark.parametrize("step", FOR_A_PERSON)
def test_G02_a_letter_for_a_person_reaches_their_folder_over_a_death(post: Council, step: str) -> None:
    assert post.serves(FOR_A_PERSON[step])
    letter = post.stranger_writes()
    goes_on(post)
    assert post.asked("SELECT state FROM letters") == [("needs_a_person",)]
    assert len(post.lies_in("needs-a-person")) == 1 and post.lies_in("filed") == []
    assert len(post.asked("SELECT id FROM concerns")) == 1
    assert sum(post.relay.answers_to(letter).values()) in (1, 2)


def test_G02_what_was_accepted_while_nothing_works_is_there_after_a_death(post: Council) -> None:
    assert post.serves(words=("serve", "--no-worker"))
    letter = post.writes(0)
    assert not post.untaken, "250 was said"
    post.is_killed()
    goes_on(post)
    is_handed_in_once(post)
    assert list(post.relay.answers_to(letter).values()) == [1]


def test_G02_a_letter_over_which_the_service_dies_three_times_goes_to_a_person(post: Council) -> None:
    for _ in range(3):
        post.serves(STEPS["with the reading child"])
        letter = post.writes(0)
        post.dies()
        post.minute_passes()
    post.serves()
    post.comes_to_rest()
    assert post.asked("SELECT state, sorted_as FROM letters") == [("needs_a_person", "unread")]
    assert len(post.asked("SELECT id FROM concerns")) == 1
    assert post.lies_in("needs-a-person") and not post.relay.answers_to(letter)


# alerts

ALERT = {
    "claimed": Death("before", "mail.sending.MailSender.send", "kind='alert'"),
    "taken by the mail server, no copy kept": Death("before", "mail.local.LocalOutbox.send_mime", " alert"),
    "sent, not recorded": Death("after", "mail.local.SmtpRelay.send_mime", " alert"),
}
LEAVES_NO_TRACE = "taken by the mail server, no copy kept"
"""What was sent is known by the copy of it; without one it goes again, for a lost alert is worse than a second one."""


def copies(post: Council) -> Counter[str]:
    """How often each letter of ours was taken by the mail server, by its Message-ID."""
    return Counter(str(one["Message-ID"]) for one in post.relay.taken)


def alerts(post: Council) -> list[str]:
    with post.ledger() as ledger:
        sent = [one for one in ledger.obligations.notices() if one.kind == "alert" and one.channel == "mail"]
    return [message_id(one.number, one.seal, INBOX) for one in sent]


@pytest.mark.parametrize("step", ALERT)
def test_F01_an_alert_survives_a_death_and_nothing_beside_it_goes_out_more_than_twice(post: Council, step: str) -> None:
    assert post.serves(ALERT[step])
    post.stranger_writes()
    goes_on(post)
    sent, surely = copies(post), int(step == LEAVES_NO_TRACE)
    assert len(alerts(post)) > 1 and {*alerts(post)} < {*sent}, "all of them, and the stranger was answered too"
    assert {*sent.values()} <= {1, 2}
    twice = sum(sent.values()) - len(sent)
    assert surely <= twice <= surely + 1, "one more may have been under way in the lane beside it"
    states = post.asked("SELECT DISTINCT state FROM notices WHERE channel = 'mail' AND letter_id IS NOT NULL")
    assert states == [("sent",)]


def test_F01_an_alert_goes_out_within_the_lease_of_the_dead(post: Council) -> None:
    assert post.serves(ALERT["claimed"])
    post.stranger_writes()
    post.dies()
    unsent = {*alerts(post)} - {*copies(post)}
    assert unsent
    began = time.monotonic()
    assert post.serves(), "at once, and nobody touches the lease"
    while unsent - {*copies(post)}:
        assert time.monotonic() < began + LEASES["mail"].total_seconds() + 10
        post.process.join(0.1)


# what it started


@pytest.mark.skipif(bool(converting.why_not()), reason="no LibreOffice that can be shut in")
def test_no_libreoffice_outlives_the_service_and_no_file_from_outside_stays_behind(post: Council) -> None:  # L03
    assert post.serves()
    before = _left_in_folders()
    post.written(AUDITOR, "done", "<rich@sender.example>", b"{\\rtf1 A tool, or so it says.}", "tool.rtf")
    office = _started(post, "soffice.bin")
    os.kill(office, signal.SIGSTOP)  # one that hangs would not end by itself
    post.is_killed()
    assert _left_in_folders() == before


def _started(post: Council, program: str) -> int:
    """The process in which the service runs a program, once it does."""
    by = time.monotonic() + PATIENCE
    while time.monotonic() < by:
        for pid in family(post.process.pid):
            with contextlib.suppress(OSError):
                if program in Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace"):
                    return pid
        post.process.join(0.02)
    raise AssertionError(f"{program} was not started")


def _left_in_folders() -> set[Path]:
    """Files that the service put aside for a program, and that nobody will take away."""
    return {path for path in Path(tempfile.gettempdir()).glob("auditbot-*/in/*") if path.is_file()}


# a mailbox on a server, which outlives the service


@pytest.mark.parametrize("step", ON_A_SERVER)
def test_G03_a_death_at_any_step_with_a_mailbox_on_a_server(elsewhere: Council, step: str) -> None:
    letter = elsewhere.writes(0)
    elsewhere.serves(on(elsewhere, ON_A_SERVER[step]))
    goes_on(elsewhere)
    assert elsewhere.asked("SELECT state, copies FROM letters") == [("done", 1)]
    is_handed_in_once(elsewhere)
    assert list(elsewhere.relay.answers_to(letter).values()) == [1], "looked for among those sent before it is sent"
    assert len(elsewhere.lies_in("filed")) == 1
    assert elsewhere.mailbox and elsewhere.mailbox.lying_in("Drafts") == []


@pytest.mark.parametrize("when", ["before", "after"])
def test_G02_a_letter_for_a_person_on_a_server_reaches_their_folder(elsewhere: Council, when: str) -> None:
    elsewhere.stranger_writes()
    elsewhere.serves(on(elsewhere, Death(when, "mail.{}.move", "needs-a-person")))
    goes_on(elsewhere)
    assert elsewhere.asked("SELECT state FROM letters") == [("needs_a_person",)]
    assert len(elsewhere.lies_in("needs-a-person")) == 1 and elsewhere.lies_in("filed") == []
    assert len(elsewhere.asked("SELECT id FROM concerns")) == 1
