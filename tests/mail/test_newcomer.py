"""A newcomer's path: fetch the tool, fill it in, send it, read the receipt; and every step that can go wrong."""

from __future__ import annotations

import json
import smtplib
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest
from aiohttp.test_utils import unused_port
from click.testing import CliRunner

from bot import cli, wiring
from bot.keyboard import YoursToFix
from mail.local import MOST_BYTES
from mail.posting import PostClosed, post_letter
from tests.documents.filling import fill
from tests.mail.room import AUDITOR, COUNCILS, INBOX, STRANGER, Room, untroubled

Runs = Callable[..., str]


@pytest.fixture
def runs(room: Room, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Runs:
    """The command line in the room's own folder. What it prints; or the sentence where it says no."""
    monkeypatch.setenv("AUDITBOT_DATA_DIR", str(room.folder))
    monkeypatch.setenv("AUDITBOT_COUNCIL", str(COUNCILS / "telford_and_wrekin"))
    monkeypatch.setenv("AUDITBOT_LOCAL", "1")
    monkeypatch.setenv("AUDITBOT_SMTP_PORT", str(room.post.port))
    monkeypatch.setattr(wiring, "now", lambda: room.now)

    def run(*words: str) -> str:
        result = CliRunner().invoke(cli.cli, words)
        if isinstance(result.exception, YoursToFix):
            return str(result.exception)
        assert result.exit_code == 0, result.output
        return result.output

    return run


def test_the_path_in_the_readme(room: Room, runs: Runs, tmp_path: Path) -> None:  # G01
    audit = room.allocates()
    tool = tmp_path / "TW-0001.docx"
    runs("tool", "blank", audit.reference, "-o", str(tool))
    tool.write_bytes(fill(tool.read_bytes(), room.tool(audit), untroubled(room.tool(audit))))
    said = runs("mail", "submit", str(tool), "--as", AUDITOR)
    assert said.startswith("Sent <")
    assert said.endswith(f"The answer takes a few seconds. To read it: auditbot mail read --to {AUDITOR}\n")
    room.works()
    assert f"{AUDITOR}: TW-0001: received, complete and handed in" in runs("mail", "outbox")
    receipt = runs("mail", "read", "--to", AUDITOR)
    assert receipt.startswith(f"To: {AUDITOR}\nSubject: TW-0001: received, complete and handed in\n")
    assert "I read 12 of 12 areas of practice." in receipt and "- Overall: ✓ Good" in receipt
    assert room.audit(audit)["state"] == "submitted"


def test_any_mail_client_will_do(room: Room, runs: Runs) -> None:
    audit = room.allocates()
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = AUDITOR, INBOX, "here you are"
    letter.set_content("See attached.")
    letter.add_attachment(room.filled(audit), "application", "octet-stream", filename="final v2.docx")
    with smtplib.SMTP("127.0.0.1", room.post.port, timeout=10) as client:
        client.sendmail(AUDITOR, INBOX, letter.as_bytes(policy=SMTP))
    room.works()
    assert "complete and handed in" in runs("mail", "read", "--to", AUDITOR)


def test_a_letter_is_read_by_its_number_or_the_newest(room: Room, runs: Runs) -> None:
    room.allocates()
    assert "Attached: TW-0001.docx" in runs("mail", "read", "2")
    assert "Cc: robin.example@telford.example" in runs("mail", "read")
    data = json.loads(runs("mail", "read", "2", "--json"))
    assert data["files"] == ["TW-0001.docx"] and data["words"].startswith("TW-0001: practice learning session")


# wrong steps


def test_nothing_has_gone_out_yet(runs: Runs) -> None:
    assert runs("mail", "outbox") == "No letter has gone out yet.\n"
    assert runs("mail", "read") == "No letter has gone out. 'auditbot mail outbox' lists those that have."
    says = "No letter 7 to a@b.example has gone out. 'auditbot mail outbox' lists those that have."
    assert runs("mail", "read", "7", "--to", "a@b.example") == says


@pytest.mark.parametrize("name", ["nothere.docx", "."])
def test_a_file_that_is_not_there(runs: Runs, name: str) -> None:
    says = f"There is no file {name}. 'auditbot tool blank REFERENCE -o FILE' fetches an empty tool."
    assert runs("mail", "submit", name, "--as", AUDITOR) == says


@pytest.mark.parametrize("sender", ["avery", "a b@c.example", "@", "é@c.example"])
def test_an_address_that_is_none(runs: Runs, sender: str) -> None:
    says = f"{sender} is not an e-mail address; --as says who the letter is from."
    assert runs("mail", "submit", str(COUNCILS / "README.md"), "--as", sender) == says


def test_an_address_that_nobody_has(room: Room, runs: Runs) -> None:  # L02
    said = runs("mail", "submit", str(COUNCILS / "README.md"), "--as", STRANGER)
    assert f"Nobody in the directory has the address {STRANGER}, so it is answered like a stranger's letter." in said
    room.works()
    assert "I do not know you yet" in runs("mail", "read", "--to", STRANGER)


def test_a_file_that_is_no_tool(room: Room, runs: Runs) -> None:  # G02
    room.allocates()
    runs("mail", "submit", str(COUNCILS / "README.md"), "--as", AUDITOR, "--subject", "two\nlines")
    room.works()
    said = runs("mail", "read", "--to", AUDITOR)
    assert "I found no audit tool in your message. If you meant to send one, please attach the Word tool" in said


def test_nobody_takes_letters(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUDITBOT_SMTP_PORT", str(port := unused_port()))
    says = f"Nobody takes letters at 127.0.0.1:{port}. Is 'auditbot serve' or 'make run' running?"
    assert runs("mail", "submit", str(COUNCILS / "README.md"), "--as", AUDITOR) == says


def test_a_letter_that_is_too_large_or_to_somebody_else_is_not_taken(room: Room, tmp_path: Path) -> None:
    large = tmp_path / "large.docx"
    large.write_bytes(bytes(MOST_BYTES))
    with pytest.raises(PostClosed, match="it is too large"):
        post_letter("127.0.0.1", room.post.port, AUDITOR, INBOX, "x", (large,), room.now)
    with pytest.raises(PostClosed, match=r"does not take letters to a@b.example \(550\)"):
        post_letter("127.0.0.1", room.post.port, AUDITOR, "a@b.example", "x", (), room.now)
