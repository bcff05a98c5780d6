"""Who vouches for a sender: only the receiving server, and only where it leaves no doubt (G02)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail import letters
from mail.authentic import LOCAL_TRIAL, Trust, is_vouched_for

SENDER = "avery.sample@telford.example"
ONLINE = Trust(inside=True, microsoft=True)
GATEWAY = Trust(inside=True, server="mx.council.example")
INSIDE_ONLY = Trust(inside=True)

PASS = "dmarc=pass header.from=telford.example"
FAIL = "dmarc=fail header.from=telford.example"
MICROSOFT = (
    "spf=pass (sender IP is 192.0.2.1)\n smtp.mailfrom=telford.example; dkim=pass (signature was verified)\n"
    " header.d=telford.example;dmarc=pass action=none\n header.from=telford.example;compauth=pass reason=100"
)


def believes(trust: Trust, *headers: str, sender: str = f"Avery Sample <{SENDER}>") -> bool:
    """Headers from the top down; From is last."""
    raw = "\n".join((*headers, f"From: {sender}", "Subject: TW-0001", "", "Hello")).encode()
    return is_vouched_for(raw, letters.parse(raw).sender, trust)


def says(results: str, server: str = "mx.council.example") -> str:
    return f"Authentication-Results: {server}; {results}"


def test_who_is_inside_is_believed_on_the_word_of_exchange() -> None:
    mark = "X-MS-Exchange-Organization-AuthAs"
    for trust in (ONLINE, GATEWAY, INSIDE_ONLY):
        assert believes(trust, f"{mark}: Internal")
        assert believes(trust, f"{mark.upper()}: internal")
        assert not believes(trust, f"{mark}: Anonymous")
        assert not believes(trust, f"{mark}: Anonymous", f"{mark}: Internal")
        assert not believes(trust, f"{mark}: Internal", f"{mark}: Internal")
        assert not believes(trust)
    assert not believes(Trust(server="mx.council.example"), f"{mark}: Internal")


def test_the_words_of_exchange_online_are_understood_though_they_name_no_server() -> None:
    assert believes(ONLINE, f"Authentication-Results: {MICROSOFT}", "Received: from somewhere by us")
    assert not believes(INSIDE_ONLY, f"Authentication-Results: {MICROSOFT}")
    assert not believes(GATEWAY, f"Authentication-Results: {MICROSOFT}")


@pytest.mark.parametrize(
    "words",
    [
        MICROSOFT.replace("dmarc=pass", "dmarc=fail"),
        MICROSOFT.replace("dmarc=pass", "dmarc=bestguesspass"),
        MICROSOFT.replace("dmarc=pass", "dmarc=none"),
        MICROSOFT.replace("header.from=telford.example", "header.from=evil.example"),
        MICROSOFT.replace("dmarc=pass action=none\n header.from=telford.example;", ""),
        f"mx.council.example; {PASS}",
    ],
)
def test_exchange_online_vouches_for_nobody_whom_dmarc_does_not_pass(words: str) -> None:
    assert not believes(ONLINE, f"Authentication-Results: {words}")


@pytest.mark.parametrize(
    "results",
    [
        PASS,
        "DMARC=Pass HEADER.FROM=Telford.Example",
        "dmarc = pass\n\theader.from = telford.example",
        "dmarc=pass (p=reject; dis=none (really)) header.from=telford.example",
        'dmarc=pass header.from="telford.example"',
        "dmarc/1=pass header.from=telford.example policy.dmarc=reject",
        "spf=fail smtp.mailfrom=list.example; dkim=pass header.d=telford.example; " + PASS,
    ],
)
def test_a_pass_is_a_pass_with_comments_folds_and_in_any_case(results: str) -> None:
    assert believes(GATEWAY, says(results))
    assert believes(GATEWAY, says(results, "MX.Council.Example 1"))
    assert believes(GATEWAY, says(results, "(our gateway) mx.council.example"))


@pytest.mark.parametrize(
    "results",
    [
        "none",
        FAIL,
        f"{PASS}; {FAIL}",
        f"{FAIL}; {PASS}",
        f"{PASS}; dmarc=pass header.from=evil.example",
        "dmarc=pass",
        "dmarc=pass header.from=evil.example",
        "dmarc=pass header.from=telford.example.evil.example",
        "dmarc=pass header.from=sub.telford.example",
        "dmarc=pass header.from=evil.example header.from=telford.example",
        "dmarc=fail (dmarc=pass) header.from=telford.example",
        f"spf=pass ({PASS})",
        f'spf=pass smtp.mailfrom="x; {PASS}; y"@evil.example',
        f'spf=pass reason="{PASS}"',
        f"spf=pass smtp.mailfrom=x {PASS}",
        "xdmarc=pass header.from=telford.example",
        f"spf=pass (open; {PASS}",
        f'spf=pass reason="open; {PASS}',
        f"spf=pass ) ; {PASS}",
        "dmarc=passed header.from=telford.example",
        "dkim=pass header.d=telford.example; spf=pass smtp.mailfrom=telford.example",
    ],
)
def test_whatever_leaves_a_doubt_vouches_for_nobody(results: str) -> None:
    assert not believes(GATEWAY, says(results))


def test_results_that_the_receiving_server_did_not_write_count_for_nothing() -> None:
    forged = says(PASS)
    assert not believes(GATEWAY, says(FAIL), forged)
    assert not believes(GATEWAY, says("none"), "Received: from evil by us", forged)
    assert not believes(GATEWAY, "Authentication-Results: mx.council.example;", "Received: from evil by us", forged)
    assert not believes(GATEWAY, says("spf=fail"), "Received: from evil by us", forged)
    assert not believes(GATEWAY, says(PASS, "mx.evil.example"))
    assert not believes(GATEWAY, says(PASS, "mx.evil.example"), forged)
    assert not believes(GATEWAY, says(PASS, "mx.council.example.evil.example"))
    assert not believes(GATEWAY, says(PASS, "mx.council.example evil"))
    assert not believes(GATEWAY, f"ARC-Authentication-Results: i=1; mx.council.example; {PASS}")
    assert not believes(GATEWAY, f"Authentication-Results-Original: mx.council.example; {PASS}")
    assert not believes(ONLINE, f"Authentication-Results: {FAIL}", f"Authentication-Results: {MICROSOFT}")
    assert not believes(
        ONLINE, "Authentication-Results: spf=none", "Received: x", f"Authentication-Results: {MICROSOFT}"
    )


def test_a_verdict_stands_though_others_lie_below_it() -> None:
    assert believes(GATEWAY, says(PASS), "Received: from telford by us", says(FAIL, "mx.telford.example"))
    assert believes(GATEWAY, says("spf=pass"), says(PASS), "Received: from telford by us", says(FAIL))


@pytest.mark.parametrize(
    "sender",
    [
        f"{SENDER}\nFrom: evil@evil.example",
        f"evil@evil.example\nFrom: {SENDER}",
        f"{SENDER}, evil@evil.example",
        f'"{SENDER}" <evil@evil.example>',
        f"{SENDER} <evil@evil.example>",
        "avery.sample@te1ford.example",
        "avery.sample@telford.example.evil.example",
        "avery.sample@tеlford.example",
        f"<{SENDER}> <evil@evil.example>",
    ],
)
def test_a_from_that_only_looks_right_is_not_vouched_for(sender: str) -> None:
    """Two headers, two addresses, a name that is an address, a domain that looks alike."""
    raw = f"{says(PASS)}\nFrom: {sender}\n\nHello".encode()
    assert not (letters.parse(raw).sender == SENDER and is_vouched_for(raw, SENDER, GATEWAY))
    assert not believes(GATEWAY, says(PASS), sender=sender)


INSIDE = "X-MS-Exchange-Organization-AuthAs"


@pytest.mark.parametrize(
    "head",
    [
        f"X-A: b\r{INSIDE}: Internal\r\n%s\r\nFoo : bar\r\n{INSIDE}: Anonymous",
        f"X-A: b\r{INSIDE}: Internal\r\n%s",
        f"{INSIDE}: Internal\r\n%s\r\nFoo : bar\r\n{INSIDE}: Anonymous",
        f"{INSIDE}: Internal\r\n%s\r\nno header\r\nSubject: x",
        f"{INSIDE}: Internal\r\n%s\r\n: no name",
        f"{INSIDE}: Internal\r\n%s\r\nFrom elsewhere\r\nSubject: x",
        f" folded\r\n{INSIDE}: Internal\r\n%s",
        f"{INSIDE}: Internal\r\n%s\r\nX-A: \0",
        f"{INSIDE}: Internal\r\n%s\r\nX-A: b\r\r\r\nSubject: x",
        f"{says(PASS)}\r\n%s\r\nFoo : bar\r\nSubject: x",
        f"X-A: b\r{says(PASS)}\r\n%s",
    ],
)
@pytest.mark.parametrize("newline", ["\r\n", "\n"])
def test_headers_that_two_programs_may_read_differently_vouch_for_nobody(head: str, newline: str) -> None:
    raw = f"{head % f'From: {SENDER}'}\r\n\r\nACK\r\n".replace("\r\n", newline).encode()
    assert not is_vouched_for(raw, SENDER, GATEWAY)


def test_what_stands_in_the_body_takes_no_word_from_the_headers() -> None:
    for newline in (b"\r\n", b"\n"):
        head = f"{says(PASS)}\nFrom: {SENDER}\nSubject: x".replace("\n", newline.decode()).encode()
        for body in (b"ACK\r\0 no header\r\r\n", b"", newline):
            assert is_vouched_for(head + 2 * newline + body, SENDER, GATEWAY)
        assert is_vouched_for(head + newline, SENDER, GATEWAY)
        assert is_vouched_for(head, SENDER, GATEWAY)
        assert not is_vouched_for(newline + head, SENDER, GATEWAY)


def test_a_trial_believes_everybody_and_nobody_else_does() -> None:
    assert believes(LOCAL_TRIAL)
    assert not believes(Trust())
    assert not believes(Trust(), f"Authentication-Results: {MICROSOFT}", "X-MS-Exchange-Organization-AuthAs: Internal")


@given(st.text(st.sampled_from('dmarc=pass;()" \\\n\theader.from=telford.examplex'), max_size=60))
def test_no_words_in_a_comment_or_in_quotes_ever_vouch(words: str) -> None:
    hidden = "".join(char for char in words if char not in '()"\\\n')
    assert not believes(GATEWAY, says(f'spf=pass ({hidden}{PASS}) reason="{hidden};{PASS}"'))


@given(st.binary(max_size=200))
def test_no_bytes_are_too_odd(words: bytes) -> None:
    raw = b"Authentication-Results: " + words + b"\nFrom: " + SENDER.encode() + b"\n\nHello"
    assert is_vouched_for(raw, SENDER, GATEWAY) in (True, False)
