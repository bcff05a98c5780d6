"""Coming in to an Exchange server: what is wrong is said at once, in a sentence that names the remedy."""

from __future__ import annotations

import base64
import logging
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from mail.exchange import ExchangePost
from mail.exchange_login import (
    BASIC,
    DELEGATE,
    IMPERSONATION,
    NTLM,
    AppLogin,
    ExchangePlace,
    Login,
    MailboxShut,
    NoSuchMailbox,
    NotReached,
    Password,
    RightMissing,
    WrongPassword,
    certificate,
)
from tests.standins.entra import Entra
from tests.standins.ews.server import Busy, ExchangeServer, Refused, Silence, Status, exchange_server

QA = "qa@telford.example"
GOOD = Password("COUNCIL\\auditbot", "correct horse")
AT_ONCE = 5.0
"""Seconds; most of the answers below take a hundredth of it."""


@pytest.fixture
def server() -> Iterator[ExchangeServer]:
    with exchange_server() as made:
        mailbox = made.mailbox(QA)
        mailbox.rights.add("auditbot")
        made.accounts.passwords["auditbot"] = "correct horse"
        yield made
        assert not made.violations, made.violations


@pytest.fixture
def opens(server: ExchangeServer, tmp_path: Path) -> Callable[..., ExchangePost]:
    def opened(login: Login = GOOD, access: str = DELEGATE, url: str = "", address: str = QA) -> ExchangePost:
        return ExchangePost(ExchangePlace(url or server.url, address, access), login, tmp_path / "raw", patience=1)

    return opened


def refused(post: ExchangePost, kind: type[MailboxShut]) -> str:
    """What `auditbot doctor` would say; within seconds, and never in the server's own words."""
    began = time.monotonic()
    with pytest.raises(kind) as raised:
        post.check()
    assert time.monotonic() - began < AT_ONCE
    assert type(raised.value) is kind
    assert "may name somebody" not in str(raised.value) and "council.example" not in str(raised.value)
    return str(raised.value)


# a service account


@pytest.mark.parametrize("how", [NTLM, BASIC])
def test_a_service_account_comes_in(opens: Callable[..., ExchangePost], how: str) -> None:
    user = "auditbot" if how == BASIC else "COUNCIL\\auditbot"
    opens(Password(user, "correct horse", how)).check()


@pytest.mark.parametrize("how", [NTLM, BASIC])
def test_a_wrong_password_is_said_at_once(server: ExchangeServer, opens: Callable[..., ExchangePost], how: str) -> None:
    says = refused(opens(Password("auditbot", "battery staple", how)), WrongPassword)
    assert "password" in says
    assert server.accounts.failed == 1


def test_a_wrong_password_does_not_lock_the_account(server: ExchangeServer, opens: Callable[..., ExchangePost]) -> None:
    post = opens(Password("auditbot", "battery staple"))
    for _ in range(20):
        with pytest.raises(MailboxShut):
            post.changes()
    assert server.accounts.failed == 1


def test_whoever_says_so_is_woken_when_news_are_refused(opens: Callable[..., ExchangePost]) -> None:
    woken = Event()
    post = opens(Password("auditbot", "battery staple"))
    post.start(woken.set)
    try:
        assert woken.wait(AT_ONCE)
    finally:
        post.stop()


def test_a_kind_of_login_that_is_not_offered_is_named(
    server: ExchangeServer, opens: Callable[..., ExchangePost]
) -> None:
    server.accounts.offers = ("Basic",)
    assert "It offers: Basic." in refused(opens(GOOD), WrongPassword)


def test_a_busy_server_is_not_taken_for_a_wrong_password(
    server: ExchangeServer, opens: Callable[..., ExchangePost]
) -> None:
    for trouble in (Busy(), Status(503, 5)):
        server.misbehave("GetFolder", trouble)
        with pytest.raises(Exception, match="busy") as raised:
            opens().check()
        assert not isinstance(raised.value, MailboxShut)


# the mailbox and the rights on it


def test_a_mailbox_that_is_not_there(opens: Callable[..., ExchangePost]) -> None:
    assert "primary address" in refused(opens(address="qaa@telford.example"), NoSuchMailbox)


def test_no_right_on_the_mailbox(server: ExchangeServer, opens: Callable[..., ExchangePost]) -> None:
    server.mailbox(QA).rights.clear()
    assert "Full Access" in refused(opens(), RightMissing)


@pytest.mark.parametrize("code", ["ErrorFolderNotFound", "ErrorItemNotFound", "ErrorAccessDenied"])
def test_a_right_on_some_folders_only(server: ExchangeServer, opens: Callable[..., ExchangePost], code: str) -> None:
    server.misbehave("GetFolder", Refused(code))
    assert "Full Access" in refused(opens(), RightMissing)


def test_no_right_to_make_folders(server: ExchangeServer, opens: Callable[..., ExchangePost]) -> None:
    server.misbehave("CreateFolder", Refused("ErrorCreateSubfolderAccessDenied"))
    assert "Full Access" in refused(opens(), RightMissing)


def test_impersonation_needs_its_role(server: ExchangeServer, opens: Callable[..., ExchangePost]) -> None:
    server.mailbox(QA).rights.clear()
    assert "ApplicationImpersonation" in refused(opens(access=IMPERSONATION), RightMissing)
    server.mailbox(QA).impersonators.add("auditbot")
    opens(access=IMPERSONATION).check()


def test_ews_switched_off(server: ExchangeServer, opens: Callable[..., ExchangePost]) -> None:
    server.misbehave("GetFolder", Status(403))
    assert "AUDITBOT_MAIL=graph" in refused(opens(), RightMissing)


# the server


def test_an_address_that_is_not_the_servers(server: ExchangeServer, opens: Callable[..., ExchangePost]) -> None:
    assert "/EWS/Exchange.asmx" in refused(opens(url=server.url.replace("EWS", "owa")), NotReached)


def test_nobody_answers(opens: Callable[..., ExchangePost]) -> None:
    refused(opens(url="http://127.0.0.1:1/EWS/Exchange.asmx"), NotReached)


def test_somebody_answers_too_late(server: ExchangeServer, opens: Callable[..., ExchangePost]) -> None:
    server.misbehave("GetFolder", Silence())
    refused(opens(), NotReached)


@pytest.mark.parametrize("url", ["http://mail.council.example/EWS/Exchange.asmx", "mail.council.example", "https://"])
def test_a_password_never_travels_in_the_clear(url: str) -> None:
    with pytest.raises(ValueError, match="https://"):
        ExchangePlace(url, QA)


def test_no_password_is_ever_shown() -> None:
    assert "correct horse" not in repr(GOOD)


# an app


def test_an_app_with_a_secret_comes_in_with_one_token(
    server: ExchangeServer, opens: Callable[..., ExchangePost]
) -> None:
    entra = Entra(secret="a secret")
    server.accounts.tokens["token-1"] = "auditbot"
    server.mailbox(QA).impersonators.add("auditbot")
    post = opens(AppLogin("council", "auditbot", "a secret", http=entra), IMPERSONATION)
    post.check()
    post.changes()
    assert entra.given == ["token-1"]
    assert entra.asked == ["https://outlook.office365.com/.default"]


def test_a_token_that_ends_is_replaced(server: ExchangeServer, opens: Callable[..., ExchangePost]) -> None:
    entra = Entra(secret="a secret", lasts=1)  # msal asks anew five minutes before the end
    server.accounts.tokens |= {f"token-{number}": "auditbot" for number in range(1, 20)}
    post = opens(AppLogin("council", "auditbot", "a secret", http=entra))
    post.check()
    post.changes()
    assert len(entra.given) > 1


def test_an_app_with_a_certificate_comes_in(
    server: ExchangeServer, opens: Callable[..., ExchangePost], tmp_path: Path
) -> None:
    key, file = a_certificate(tmp_path)
    server.accounts.tokens["token-1"] = "auditbot"
    entra = Entra(public_key=key.public_key())
    opens(AppLogin("council", "auditbot", certificate(file), http=entra)).check()
    assert entra.given == ["token-1"]


def test_what_is_wrong_with_an_app_is_said(opens: Callable[..., ExchangePost], tmp_path: Path) -> None:
    other, file = a_certificate(tmp_path)
    entra = Entra(secret="a secret", public_key=rsa.generate_private_key(65537, 2048).public_key())
    assert other
    for client, credential, word in (
        ("auditbot", "another secret", "secret is not the right one"),
        ("nobody", "a secret", "no such app"),
        ("auditbot", certificate(file), "certificate is not the one"),
    ):
        assert word in refused(opens(AppLogin("council", client, credential, http=entra)), WrongPassword)
    assert "tenant" in refused(opens(AppLogin("elsewhere", "auditbot", "a secret", http=entra)), WrongPassword)
    (tmp_path / "empty.pem").write_text("nothing")
    empty = AppLogin("council", "auditbot", certificate(tmp_path / "empty.pem"), http=entra)
    assert "certificate" in refused(opens(empty), WrongPassword)


def test_microsofts_login_out_of_reach(opens: Callable[..., ExchangePost]) -> None:
    refused(opens(AppLogin("council", "auditbot", "a secret", http=Entra(reached=False))), NotReached)


def test_no_word_of_a_letter_is_logged_when_its_sending_fails(
    server: ExchangeServer, opens: Callable[..., ExchangePost], caplog: pytest.LogCaptureFixture
) -> None:
    """exchangelib would log the whole request, and the letter in it, as an error."""
    caplog.set_level(logging.DEBUG)
    entra = Entra(secret="a secret", lasts=1)
    server.accounts.tokens |= {f"token-{number}": "auditbot" for number in range(1, 20)}
    post = opens(AppLogin("council", "auditbot", "a secret", http=entra))
    post.check()
    letter = b"From: qa@telford.example\r\nTo: a@b.example\r\nMessage-ID: <1@x>\r\n\r\nNot for a log\r\n"
    for tokens in range(4):
        entra.lends = tokens
        with pytest.raises(MailboxShut):
            post.send_mime(letter, ("a@b.example",), 1, "alert")
    written = caplog.text
    assert base64.b64encode(letter).decode()[:40] not in written
    assert "<1@x>" not in written and "&lt;1@x&gt;" not in written
    assert "token-" not in written


def test_a_token_that_the_server_does_not_take(opens: Callable[..., ExchangePost]) -> None:
    refused(opens(AppLogin("council", "auditbot", "a secret", http=Entra(secret="a secret"))), WrongPassword)


def a_certificate(folder: Path) -> tuple[rsa.RSAPrivateKey, Path]:
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "auditbot")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "auditbot.pem"
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return key, file


# what it costs whoever does not use it


def test_exchange_is_loaded_only_where_it_is_set_up() -> None:
    for modules, never in (("bot.cli, mail.exchange_login", {"exchangelib"}), ("mail.exchange_login", {"msal"})):
        says = f"import sys, {modules}; print(*({never!r} & set(sys.modules)))"
        done = subprocess.run([sys.executable, "-c", says], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == ""
