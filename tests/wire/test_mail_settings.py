"""Settings of the mailbox: what is missing is named at once, none is quoted, nothing is loaded in vain."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bot import inbox, settings
from bot.settings import BadSettings
from mail import graph_line
from mail.authentic import LOCAL_TRIAL, Trust

EXCHANGE = {
    "AUDITBOT_MAIL": "exchange",
    "AUDITBOT_EXCHANGE_URL": "https://mail.example.org/EWS/Exchange.asmx",
    "AUDITBOT_EXCHANGE_USER": "COUNCIL\\auditbot",
    "AUDITBOT_EXCHANGE_PASSWORD": "battery staple",
}
GRAPH = {
    "AUDITBOT_MAIL": "graph",
    "AUDITBOT_MAIL_TENANT_ID": "tenant",
    "AUDITBOT_MAIL_CLIENT_ID": "client",
    "AUDITBOT_MAIL_SECRET": "battery staple",
}


def faults(**given: object) -> list[str]:
    with pytest.raises(BadSettings) as refused:
        settings.read(given)
    return [one.partition(" is not set")[0] for one in refused.value.faults]


def test_every_setting_that_is_missing_is_named_at_once() -> None:
    credential = "AUDITBOT_MAIL_SECRET or AUDITBOT_MAIL_CERTIFICATE"
    account = ["AUDITBOT_EXCHANGE_USER", "AUDITBOT_EXCHANGE_PASSWORD"]
    app = ["AUDITBOT_MAIL_TENANT_ID", "AUDITBOT_MAIL_CLIENT_ID", credential]
    assert faults(AUDITBOT_MAIL="exchange") == ["AUDITBOT_EXCHANGE_URL", *account]
    assert faults(AUDITBOT_MAIL="exchange", AUDITBOT_EXCHANGE_LOGIN="app") == ["AUDITBOT_EXCHANGE_URL", *app]
    assert faults(AUDITBOT_MAIL="graph") == app


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AUDITBOT_MAIL", "gmail"),
        ("AUDITBOT_EXCHANGE_LOGIN", "kerberos"),
        ("AUDITBOT_EXCHANGE_ACCESS", "owner"),
        ("AUDITBOT_EXCHANGE_URL", "http://mail.example.org/EWS/Exchange.asmx"),
        ("AUDITBOT_EXCHANGE_URL", "mail.example.org"),
        ("AUDITBOT_MAIL_CERTIFICATE", "no/such/file.pem"),
        ("AUDITBOT_MAIL_POLL", "0"),
    ],
)
def test_a_value_that_cannot_be_is_named_and_never_quoted(name: str, value: str) -> None:
    [fault] = [one for one in faults(**{**EXCHANGE, name: value}) if one.startswith(name)]
    assert f" {value}" not in fault.removeprefix(f"{name}: should be") or name == "AUDITBOT_MAIL_POLL"


def test_a_trial_believes_its_mailbox_and_a_server_vouches_elsewhere() -> None:
    assert "AUDITBOT_LOCAL" in faults(AUDITBOT_MAIL="local")[0]
    trial, nothing = settings.read({"AUDITBOT_LOCAL": True}), settings.read({"AUDITBOT_LOCAL": False})
    assert (trial.inbox, nothing.inbox) == ("local", "")
    assert inbox.trust(trial) == LOCAL_TRIAL
    assert inbox.trust(settings.read({**EXCHANGE, "AUDITBOT_LOCAL": True})) == Trust(inside=True)
    assert inbox.trust(settings.read(GRAPH)) == Trust(inside=True, microsoft=True)
    gateway = {"AUDITBOT_MAIL_AUTHSERV": "mx.council.example"}
    for where in (EXCHANGE, GRAPH):
        assert inbox.trust(settings.read({**where, **gateway})) == Trust(inside=True, server="mx.council.example")
    online = {**EXCHANGE, "AUDITBOT_EXCHANGE_URL": "https://outlook.office365.com/EWS/Exchange.asmx"}
    assert inbox.trust(settings.read(online)) == Trust(inside=True, microsoft=True)
    assert inbox.trust(nothing) == Trust()


def test_no_secret_is_ever_printed() -> None:
    for given in (EXCHANGE, GRAPH):
        assert "battery staple" not in repr(settings.read(given))
    both = {**GRAPH, "AUDITBOT_MAIL_CERTIFICATE": __file__}
    assert "battery staple" not in " ".join(faults(**both))


@pytest.mark.parametrize("given", [EXCHANGE, GRAPH])
def test_each_opens_nothing_before_it_is_asked(given: dict[str, str], tmp_path: Path) -> None:
    office = inbox.office(settings.read({**given, "AUDITBOT_DATA_DIR": tmp_path}), "qa@telford.example")
    assert office is not None
    assert office.address == "qa@telford.example"
    assert office.raw == tmp_path / "mail" / "raw"


def test_no_way_to_a_server_is_loaded_that_is_not_used() -> None:
    asked = "import sys, bot.cli; print({'exchangelib', 'mail.exchange', 'mail.graph'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize(
    ("graph", "login"),
    [
        ("https://graph.microsoft.com/v1.0", "https://login.microsoftonline.us"),
        ("http://graph.microsoft.com/v1.0", "https://login.microsoftonline.com"),
        ("https://graph.microsoft.com.elsewhere.example/v1.0", "https://login.microsoftonline.com"),
        ("https://me@graph.microsoft.com/v1.0", "https://login.microsoftonline.com"),
        ("https://elsewhere.example/v1.0", "https://elsewhere.example"),
        ("https://127.0.0.1:9/v1.0", "https://login.microsoftonline.com"),
        ("https://graph.microsoft.com/v1.0", "https://127.0.0.1:9"),
        ("http://127.0.0.1:9/v1.0", "http://127.0.0.1:9"),
    ],
)
def test_a_token_is_never_sent_elsewhere_than_to_its_own_cloud(graph: str, login: str) -> None:
    with pytest.raises(BadSettings, match=r"AUDITBOT_GRAPH_URL|AUDITBOT_MAIL_LOGIN_URL"):
        settings.read({**GRAPH, "AUDITBOT_LOCAL": "1", "AUDITBOT_GRAPH_URL": graph, "AUDITBOT_MAIL_LOGIN_URL": login})


def test_this_machine_stands_in_for_microsoft_only_in_a_trial() -> None:
    here = {"AUDITBOT_GRAPH_URL": "https://127.0.0.1:9/v1.0", "AUDITBOT_MAIL_LOGIN_URL": "https://127.0.0.1:9"}
    assert settings.read({**GRAPH, **here, "AUDITBOT_LOCAL": "1"}).graph_url == here["AUDITBOT_GRAPH_URL"]
    with pytest.raises(BadSettings, match="AUDITBOT_LOCAL only"):
        settings.read({**GRAPH, **here})


def test_another_cloud_of_microsofts_is_named_with_its_own_login() -> None:
    other = {
        "AUDITBOT_GRAPH_URL": "https://graph.microsoft.us/v1.0",
        "AUDITBOT_MAIL_LOGIN_URL": "https://login.microsoftonline.us",
    }
    made = settings.read({**GRAPH, **other})
    assert graph_line.scope(made.graph_url) == "https://graph.microsoft.us/.default"
