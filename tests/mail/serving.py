"""`auditbot serve` itself, in a process of its own that a test may have killed at a named step. Nothing in it is ours
but the step, the way to a stand-in for Graph, and how often a letter may be begun."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from bot import inbox
from bot.cli import cli
from bot.settings import Settings
from mail import collect
from mail.exchange_login import AppLogin
from mail.graph import GraphPost
from mail.graph_line import SCOPE
from tests.mail.post_process import Death, lay
from tests.standins.graph.server import way_to


@dataclass(frozen=True)
class Served:
    """What is served. `graph`: the root of the stand-in for Graph and Entra; `tries`: as for Orders."""

    environment: Mapping[str, str]
    words: tuple[str, ...] = ("serve",)
    death: Death | None = None
    tries: int = collect.MOST_TRIES
    graph: str = ""


def main(served: Served, say: Connection) -> None:
    """Serve until killed. What the command prints goes to whoever listens: the line that it is ready."""
    os.setsid()  # so that it can be killed with its group
    os.dup2(say.fileno(), 1)
    for name in [one for one in os.environ if one.startswith(("AUDITBOT_", "MICROSOFT_"))]:
        del os.environ[name]
    os.environ.update(served.environment)
    collect.MOST_TRIES = served.tries
    if served.graph:
        _lead_to(served.graph)
    if served.death:
        lay(served.death)
    cli([*served.words], standalone_mode=False)


def _lead_to(root: str) -> None:
    """Graph and its login are on this machine."""

    def graph(settings: Settings, address: str, raw: Path) -> GraphPost:
        login = AppLogin(
            settings.mail_tenant, settings.mail_client, settings.mail_secret, http=way_to(root), scope=SCOPE
        )
        return GraphPost(address, login, raw, f"{root}/v1.0", poll=0.2)

    inbox._graph = graph  # type: ignore[assignment]
