"""`auditbot serve` itself, in a process of its own that a test may have killed at a named step. Nothing in it is ours
but the step, the way to a stand-in for Graph, and some of the waiting and counting."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from bot import inbox, wiring
from bot.cli import cli
from bot.settings import Settings
from desk import doubt
from mail import collect, sending_once, together
from mail.exchange_login import AppLogin
from mail.graph import GraphPost
from mail.graph_line import SCOPE
from storage.ledger import Store
from tests.mail.post_process import Death, answered, lay, own_disk
from tests.standins.graph.server import way_to

NO_DISK = b"No disk"
"""Said instead of Ready where the kernel lets no process mount a disk of its own."""


@dataclass(frozen=True)
class Served:
    """What is served. `graph`: the root of the stand-in for Graph and Entra; `tries`, `disk` and `furniture`: as for
    Orders; `watch`: seconds between two looks of the watch; `receipts`: how many one person gets in a day, each by
    itself."""

    environment: Mapping[str, str]
    words: tuple[str, ...] = ("serve",)
    death: Death | None = None
    tries: int = collect.MOST_TRIES
    graph: str = ""
    watch: float = wiring.WATCH_EVERY
    receipts: int = together.MOST_RECEIPTS
    disk: int = 0
    furniture: Path = Path()


def main(served: Served, say: Connection) -> None:
    """Serve until killed. What the command prints goes to whoever listens: the line that it is ready."""
    os.setsid()  # so that it can be killed with its group
    if served.disk and not _has_a_disk(served, say):
        return
    os.dup2(say.fileno(), 1)
    for name in [one for one in os.environ if one.startswith(("AUDITBOT_", "MICROSOFT_"))]:
        del os.environ[name]
    os.environ.update(served.environment)
    collect.MOST_TRIES, wiring.WATCH_EVERY, together.MOST_RECEIPTS = served.tries, served.watch, served.receipts
    sending_once.LOOK_AGAIN, doubt.LOOKED_FOR = 0.5, doubt.LOOKED_FOR / 10  # as often, but in a tenth of the minute
    if served.graph:
        _lead_to(served.graph)
    if served.death:
        lay(served.death)
    cli([*served.words], standalone_mode=False)


def _has_a_disk(served: Served, say: Connection) -> bool:
    """Have a disk of its own, which nobody else can open a database on: so questions in SQL are answered here."""
    folder = Path(served.environment["AUDITBOT_DATA_DIR"])
    if not own_disk(folder, served.disk):
        os.write(say.fileno(), NO_DISK)
        return False
    shutil.copytree(served.furniture, folder, dirs_exist_ok=True)
    store = Store(f"sqlite:///{folder / 'auditbot.db'}")

    def answers() -> None:
        while True:
            say.send(answered(store, say.recv()))

    threading.Thread(target=answers, daemon=True).start()
    return True


def _lead_to(root: str) -> None:
    """Graph and its login are on this machine."""

    def graph(settings: Settings, address: str, raw: Path) -> GraphPost:
        login = AppLogin(
            settings.mail_tenant, settings.mail_client, settings.mail_secret, http=way_to(root), scope=SCOPE
        )
        return GraphPost(address, login, raw, f"{root}/v1.0", poll=0.2)

    inbox._graph = graph  # type: ignore[assignment]
