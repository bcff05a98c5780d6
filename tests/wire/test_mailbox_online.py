"""The real service at a mailbox in Exchange Online: TLS, Entra and Graph, all of them on this machine."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp.test_utils import unused_port
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from mail.mailbox import FILED, NAMES
from tests.standins.graph.entra import APP, TENANT
from tests.standins.graph.server import GraphServer, graph_server
from tests.stories.story import COUNCILS
from tests.wire.test_killed import process, ready, run
from tests.wire.test_mailbox import AUDITOR, INBOX, letter, until

INSIDE = b"X-MS-Exchange-Organization-AuthAs: Internal\r\n"
SECRET = "a long secret"


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """For this machine, and trusted by whoever is told to."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stand-in")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "here.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(private + made.public_bytes(Encoding.PEM))
    return file


@pytest.fixture
def server(certificate: Path) -> Iterator[GraphServer]:
    with graph_server(certificate) as opened:
        opened.mailbox(INBOX)
        yield opened
        assert not opened.violations, opened.violations


@pytest.fixture
async def environment(tmp_path: Path, certificate: Path, server: GraphServer) -> dict[str, str]:
    made = {name: value for name, value in os.environ.items() if not name.startswith(("AUDITBOT_", "MICROSOFT_"))} | {
        "AUDITBOT_LOCAL": "1",
        "AUDITBOT_MAIL": "graph",
        "AUDITBOT_MAIL_TENANT_ID": TENANT,
        "AUDITBOT_MAIL_CLIENT_ID": APP,
        "AUDITBOT_MAIL_SECRET": SECRET,
        "AUDITBOT_MAIL_LOGIN_URL": server.root,
        "AUDITBOT_GRAPH_URL": server.url,
        "AUDITBOT_DATA_DIR": str(tmp_path / "data"),
        "AUDITBOT_PORT": str(unused_port()),
        "AUDITBOT_COUNCIL": str(COUNCILS / "telford_and_wrekin"),
        "REQUESTS_CA_BUNDLE": str(certificate),
    }
    await run(made, "seed", str(COUNCILS / "telford_and_wrekin" / "demo"))
    return made


def lying_in(server: GraphServer, name: str) -> int:
    mailbox = server.mailbox(INBOX)
    return sum(len(mailbox.lying_in(one.id)) for one in list(mailbox.folders.values()) if one.name == name)


async def alarm(environment: dict[str, str]) -> str:
    """The first alarm about the mailbox, within seconds."""
    async with asyncio.timeout(30):
        while True:
            alarms = json.loads(await run(environment, "status", "--json"))["alarms"]
            for one in alarms:
                if one.startswith("The mailbox has been shut"):
                    return str(one)


async def doctor(environment: dict[str, str]) -> str:
    async with process(environment, "doctor") as started:
        output, _ = await asyncio.wait_for(started.communicate(), 60)
    return output.decode()


async def test_a_tool_comes_back_through_graph_and_its_receipt_leaves_there(  # G01, G02
    server: GraphServer, environment: dict[str, str], tmp_path: Path
) -> None:
    allocate = ("allocate", "--case", "4021", "--auditor", AUDITOR, "--tool", "tw-cp-cin", "--due", "2099-12-18")
    reference = await run(environment, *allocate)
    tool = tmp_path / "tool.docx"
    await run(environment, "tool", "blank", reference, "-o", str(tool))
    async with process(environment, "serve", "--no-worker") as serving, process(environment, "worker"):
        await ready(serving)
        await until(lambda: lying_in(server, NAMES[FILED]) == 0 and "delta" in server.asked)
        server.mailbox(INBOX).put("inbox", INSIDE + letter(reference, tool.read_bytes()))
        await until(lambda: lying_in(server, NAMES[FILED]) == 1)
        await until(lambda: any(b"In-Reply-To: <1@telford.example>" in sent for sent in server.sent))
        await until(lambda: lying_in(server, "Sent Items") == len(server.sent))
        assert not json.loads(await run(environment, "status", "--json"))["alarms"]
    assert lying_in(server, "Inbox") == lying_in(server, "Drafts") == 0


async def test_who_only_serves_leaves_the_mailbox_to_whoever_works(
    server: GraphServer, environment: dict[str, str]
) -> None:
    async with process(environment, "serve", "--no-worker") as serving:
        await ready(serving)
        await run(environment, "status", "--json")
        assert not server.asked


async def test_a_wrong_secret_is_said_within_seconds(server: GraphServer, environment: dict[str, str]) -> None:
    wrong = environment | {"AUDITBOT_MAIL_SECRET": "battery staple"}
    async with process(wrong, "serve") as serving:
        await ready(serving)
        says = await alarm(wrong)
    assert "secret is not the right one" in says
    assert "battery staple" not in says
    found = await doctor(wrong)
    assert f"The mailbox {INBOX} cannot be used." in found and "set its value, not its id" in found
    assert "battery staple" not in found


@pytest.mark.parametrize(("trouble", "word"), [("secret", "has expired"), ("right", "Application Mail.ReadWrite")])
async def test_what_ends_while_it_runs_is_said_within_seconds(
    server: GraphServer, environment: dict[str, str], trouble: str, word: str
) -> None:
    async with process(environment, "serve") as serving:
        await ready(serving)
        await until(lambda: "list" in server.asked)
        if trouble == "secret":
            server.entra.expired.add(SECRET)
            server.entra.tokens.clear()
        else:
            server.rights.clear()
        assert word in await alarm(environment)
