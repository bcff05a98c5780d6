"""The real service at a mailbox on a server: what comes in there is dealt with, and what goes out leaves from there."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest
from aiohttp.test_utils import unused_port

from bot import settings
from bot.doctor import examine
from tests.standins.ews.server import ExchangeServer, exchange_server
from tests.stories.story import COUNCILS
from tests.wire.test_killed import process, ready, run

INBOX, AUDITOR = "qa@telford.example", "avery.sample@telford.example"
FILED, NEEDS_A_PERSON = "Audit filed", "Audit needs a person"


@pytest.fixture
def server() -> Iterator[ExchangeServer]:
    with exchange_server() as opened:
        mailbox = opened.mailbox(INBOX)
        mailbox.rights.add("auditbot")
        mailbox.send_as.add("auditbot")
        opened.accounts.passwords["auditbot"] = "correct horse"
        yield opened
        assert not opened.violations, opened.violations


@pytest.fixture
async def environment(tmp_path: Path, server: ExchangeServer) -> dict[str, str]:
    made = {name: value for name, value in os.environ.items() if not name.startswith(("AUDITBOT_", "MICROSOFT_"))} | {
        "AUDITBOT_LOCAL": "1",
        "AUDITBOT_MAIL": "exchange",
        "AUDITBOT_EXCHANGE_URL": server.url,
        "AUDITBOT_EXCHANGE_USER": "COUNCIL\\auditbot",
        "AUDITBOT_EXCHANGE_PASSWORD": "correct horse",
        "AUDITBOT_DATA_DIR": str(tmp_path / "data"),
        "AUDITBOT_PORT": str(unused_port()),
        "AUDITBOT_COUNCIL": str(COUNCILS / "telford_and_wrekin"),
    }
    await run(made, "seed", str(COUNCILS / "telford_and_wrekin" / "demo"))
    return made


def letter(reference: str, file: bytes, number: int = 1) -> bytes:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = f"Avery Sample <{AUDITOR}>", INBOX, f"Re: {reference}"
    made["Date"], made["Message-ID"] = "Mon, 23 Nov 2026 09:00:00 +0000", f"<{number}@telford.example>"
    made.set_content("Done, see attached.\n")
    made.add_attachment(file, maintype="application", subtype="octet-stream", filename="Copy (1).docx")
    return made.as_bytes(policy=SMTP)


async def until(seen: Callable[[], object]) -> None:
    """The stand-in is another thread's; it tells nobody when something happened."""
    async with asyncio.timeout(60):
        while not seen():
            await asyncio.sleep(0.05)


def lying_in(server: ExchangeServer, name: str) -> int:
    return sum(len(box.items) for box in server.mailbox(INBOX).boxes.values() if box.name == name)


async def test_a_tool_comes_back_through_exchange_and_its_receipt_leaves_there(  # G01, G02
    server: ExchangeServer, environment: dict[str, str], tmp_path: Path
) -> None:
    allocate = ("allocate", "--case", "4021", "--auditor", AUDITOR, "--tool", "tw-cp-cin", "--due", "2099-12-18")
    reference = await run(environment, *allocate)
    tool = tmp_path / "tool.docx"
    await run(environment, "tool", "blank", reference, "-o", str(tool))
    server.post.deliver(INBOX, letter(reference, tool.read_bytes()), inside=True)
    async with process(environment, "serve") as serving:
        await ready(serving)
        await until(lambda: lying_in(server, FILED) == 1)
        await until(lambda: any(b"In-Reply-To: <1@telford.example>" in sent.mime for sent in server.post.sent))
        assert lying_in(server, "Sent Items") == len(server.post.sent)

        # Somebody outside, in the auditor's name: news wakes the service long before its next look.
        server.post.deliver(INBOX, letter(reference, tool.read_bytes() + b"x", 2))
        await until(lambda: lying_in(server, NEEDS_A_PERSON) == 1)
        told = json.loads(await run(environment, "status", "--json"))
    assert lying_in(server, "Inbox") == 0
    assert [one["why"].startswith("Its sender's address may be forged") for one in told["letters_that_need_a_person"]]
    assert not told["alarms"]


async def test_a_wrong_password_stops_nothing_else_and_is_said_within_seconds(
    server: ExchangeServer, environment: dict[str, str]
) -> None:
    wrong = environment | {"AUDITBOT_EXCHANGE_PASSWORD": "battery staple"}
    async with process(wrong, "serve") as serving:
        await ready(serving)
        alarms: list[str] = []
        async with asyncio.timeout(30):
            while not alarms:
                printed = await run(wrong, "status", "--json")
                alarms = [one for one in json.loads(printed)["alarms"] if one.startswith("The mailbox has been shut")]
    assert "does not accept the account's name and password" in alarms[0]
    assert "battery staple" not in alarms[0]
    found = [one.says for one in examine(settings.read(_given(wrong))) if not one.good]
    assert any(one.startswith(f"The mailbox {INBOX} cannot be used.") and "password" in one for one in found)


def test_the_doctor_opens_the_mailbox_and_says_who_is_believed(
    server: ExchangeServer, environment: dict[str, str]
) -> None:
    good = [one.says for one in examine(settings.read(_given(environment))) if one.good]
    (opens,) = (one for one in good if one.startswith(f"The mailbox {INBOX} opens by way of exchange"))
    assert opens.endswith("Whether letters may leave from it shows when the first one does: nothing was sent.")
    assert not server.post.sent
    assert any(one.startswith("Only senders inside this Exchange are believed.") for one in good)
    server.mailbox(INBOX).rights.clear()
    bad = [one.says for one in examine(settings.read(_given(environment))) if not one.good]
    assert any("grant it Full Access" in one for one in bad)


def _given(environment: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith("AUDITBOT_")}
