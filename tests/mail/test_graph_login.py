"""Signing in to Exchange Online: a token when one is needed, and a sentence with the remedy where none is given."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from desk.outbox import TryLater
from mail.exchange_login import NoSuchMailbox, NotReached, RightMissing, WrongPassword, certificate
from mail.graph import GraphPost
from mail.graph_line import GraphLine
from tests.mail.graph_room import GraphRoom, graph_room
from tests.mail.room import AUDITOR, MONDAY
from tests.mail.room import INBOX as ADDRESS
from tests.mail.server_room import outward, sends
from tests.standins.graph.server import Fault


@pytest.fixture
def room(tmp_path: Path) -> Iterator[GraphRoom]:
    with graph_room(tmp_path / "graph") as made:
        yield made


def test_one_token_serves_many_calls(room: GraphRoom) -> None:
    room.mailbox.put("inbox", outward())
    room.works()
    assert room.server.entra.asked == 1


def test_a_token_that_ended_early_is_fetched_anew_once(room: GraphRoom) -> None:
    room.post.check()
    room.server.entra.tokens.clear()
    room.post.check()
    assert room.server.entra.asked == 2


def test_a_token_that_is_never_taken_is_said_in_a_sentence(room: GraphRoom) -> None:
    room.server.misbehaves("folder", Fault(401, "InvalidAuthenticationToken"), times=99)
    with pytest.raises(WrongPassword, match="does not take our token") as shut:
        room.post.check()
    assert room.server.asked.count("folder") == 2
    assert shut.value.after >= 60


def post_with(room: GraphRoom, address: str = ADDRESS, **login: Any) -> GraphPost:
    return GraphPost(address, room.server.login(**login), room.folder / "raw", room.server.url, 1.0)


def certificate_of(folder: Path) -> tuple[Path, x509.Certificate]:
    """A key with its certificate in one file, as docs/graph.md makes it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "audit bot")])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(MONDAY).not_valid_after(MONDAY + timedelta(days=365))
    signed = made.sign(key, hashes.SHA256())
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file = folder / f"{signed.serial_number}.pem"
    file.write_bytes(plain + signed.public_bytes(Encoding.PEM))
    return file, signed


def test_a_certificate_signs_in_and_a_new_one_takes_over(room: GraphRoom) -> None:
    old, old_one = certificate_of(room.folder)
    new, new_one = certificate_of(room.folder)
    room.server.entra.certificates = [old_one, new_one]
    for file in (old, new):
        post_with(room, credential=certificate(file)).check()
    room.server.entra.certificates = [new_one]
    post_with(room, credential=certificate(new)).check()
    with pytest.raises(WrongPassword, match="upload its public half"):
        post_with(room, credential=certificate(old)).check()


def test_a_certificate_file_without_a_key_is_said_so(room: GraphRoom) -> None:
    (room.folder / "empty.pem").write_text("nothing")
    with pytest.raises(WrongPassword, match="holds no key"):
        post_with(room, credential=certificate(room.folder / "empty.pem")).check()


@pytest.mark.parametrize(
    ("login", "says"),
    [
        ({"credential": "wrong"}, "set its value, not its id"),
        ({"credential": "old"}, "has expired"),
        ({"app": "99999999-7777-4888-8999-000000000000"}, "no such app in this tenant"),
        ({"tenant": "no-such-tenant"}, "does not know this tenant"),
    ],
)
def test_a_sign_in_that_is_refused_says_what_to_do(room: GraphRoom, login: dict[str, Any], says: str) -> None:
    room.server.entra.expired.add("old")
    post = post_with(room, **login)
    with pytest.raises(WrongPassword, match=says) as shut:
        post.check()
    assert "telford" not in str(shut.value)
    with pytest.raises(TryLater):
        post.send_mime(outward(), (AUDITOR,), 1, "alert")


@pytest.mark.parametrize(
    ("number", "says"), [(1000502, "has run out"), (7000112, "switched off"), (53003, "Conditional Access"), (1, "(1)")]
)
def test_a_refusal_by_number_names_its_remedy(room: GraphRoom, number: int, says: str) -> None:
    room.server.entra.refuses = number
    with pytest.raises(WrongPassword, match=re.escape(says)):
        room.post.check()


@pytest.mark.parametrize(
    "fault", [Fault(503), Fault(500), Fault(429, wait="5"), Fault(drops=True), Fault(stalls=True)], ids=str
)
@pytest.mark.parametrize("operation", ["token", "discovery"])
def test_a_sign_in_that_does_not_answer_is_tried_again(room: GraphRoom, operation: str, fault: Fault) -> None:
    room.server.misbehaves(operation, fault, times=3)
    with pytest.raises(TryLater):
        room.post.changes()


def test_a_right_that_is_missing_is_named_with_its_remedy(room: GraphRoom) -> None:
    room.server.rights.clear()
    with pytest.raises(RightMissing, match=r"Application Mail\.ReadWrite"):
        room.post.check()


def test_whoever_says_so_is_woken_when_a_secret_is_no_longer_taken(room: GraphRoom) -> None:
    woken = threading.Event()
    room.mailbox.put("inbox", outward())
    post = GraphPost(ADDRESS, room.server.login(), room.folder / "raw", room.server.url, 1.0, poll=0.01)
    post.start(woken.set)
    try:
        assert woken.wait(10)
        woken.clear()
        room.server.entra.expired.add("a long secret")
        room.server.entra.tokens.clear()
        assert woken.wait(10)
        with pytest.raises(WrongPassword, match="has expired"):
            post.changes()
    finally:
        post.stop()


def test_nobody_may_send_yet_and_then_may(room: GraphRoom) -> None:
    room.server.rights.discard("send")
    with pytest.raises(RightMissing, match=r"Application Mail\.Send"):
        room.post.send_mime(outward(), (AUDITOR,), 1, "alert")
    room.server.rights.add("send")
    assert sends(room) == 1
    assert len(room.server.sent) == 1


def test_a_mailbox_that_is_not_there_is_said_so(room: GraphRoom) -> None:
    with pytest.raises(NoSuchMailbox, match="no mailbox of this address") as shut:
        post_with(room, "nobody@telford.example").check()
    assert "telford" not in str(shut.value)


def test_a_server_that_is_not_there_is_said_so(room: GraphRoom) -> None:
    room.post.check()
    room.post.stop()
    room.server.stop()
    with pytest.raises(NotReached, match="did not answer"):
        room.post.check()


def test_no_token_is_sent_where_others_could_read_it(room: GraphRoom) -> None:
    with pytest.raises(ValueError, match="https"):
        GraphLine(ADDRESS, room.server.login(), "http://graph.example/v1.0")
