"""The doctor reads a sample as a stranger's file is read, and says what is off and what to do."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from aiohttp.test_utils import unused_port
from aiosmtpd.controller import Controller

from bot import settings
from bot.doctor import Finding, examine
from bot.settings import BadSettings
from documents import programs


def findings(folder: Path, **given: object) -> tuple[Finding, ...]:
    return examine(settings.read({"AUDITBOT_DATA_DIR": folder, "AUDITBOT_LOCAL": True, **given}))


def test_the_process_that_reads_files_is_tried_with_a_sample(tmp_path: Path) -> None:
    says = [one.says for one in findings(tmp_path) if one.good]
    assert any(one.startswith("Returned files are read in a process of their own") for one in says)
    assert "No virus scanner is set up (optional)." in says


def test_where_namespaces_are_refused_it_says_that_libreoffice_is_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine with LibreOffice and without `unshare`: what is installed but cannot be shut in stays off."""
    installed = tmp_path / "bin"
    installed.mkdir()
    (installed / "soffice").write_text("#!/bin/sh\n")
    (installed / "soffice").chmod(0o755)
    monkeypatch.setattr(programs, "_PATH", str(installed))
    programs.isolated.cache_clear()
    try:
        found = findings(tmp_path / "data")
    finally:
        monkeypatch.undo()
        programs.isolated.cache_clear()
    [office] = [one for one in found if one.says.startswith("LibreOffice is installed but off")]
    assert not office.good
    assert "docs/operations.md" in office.says
    assert any("Tesseract is not installed" in one.says for one in found)
    assert any("that can open no file or connection" in one.says and one.good for one in found)


def test_a_virus_scanner_that_does_not_answer_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        address = f"127.0.0.1:{gone.getsockname()[1]}"
    bad = [one.says for one in findings(tmp_path, AUDITBOT_CLAMD=address) if not one.good]
    assert any(one.startswith("The virus scanner does not answer, so no file is read.") for one in bad)


class Silent:
    """A mail server that would take anything."""

    def __init__(self) -> None:
        self.taken = 0

    async def handle_DATA(self, *_: object) -> str:
        self.taken += 1
        return "250 OK"


def test_the_mail_server_for_letters_out_is_greeted_and_sent_nothing(tmp_path: Path) -> None:
    relay, port = Silent(), unused_port()
    server = Controller(relay, hostname="127.0.0.1", port=port)
    server.start()
    try:
        good = [one.says for one in findings(tmp_path, AUDITBOT_SMTP_RELAY=f"127.0.0.1:{port}") if one.good]
    finally:
        server.stop()
    assert f"The mail server at 127.0.0.1:{port} answers. Nothing was sent." in good
    assert relay.taken == 0
    bad = [one.says for one in findings(tmp_path, AUDITBOT_SMTP_RELAY=f"127.0.0.1:{port}") if not one.good]
    assert any("takes no letters now" in one and "AUDITBOT_SMTP_RELAY" in one for one in bad)


@pytest.mark.parametrize("value", ["clamd", "host:", ":3310", "host:port"])
def test_a_scanner_is_given_by_host_and_port_or_by_path(value: str) -> None:
    with pytest.raises(BadSettings, match="AUDITBOT_CLAMD"):
        settings.read({"AUDITBOT_CLAMD": value})
    assert settings.read({"AUDITBOT_CLAMD": "/run/clamav/clamd.ctl"}).clamd
