"""Joining the rooms: settings in, a running service out. The only place that knows every part."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

from aiohttp import web

from audit.council import Council
from bot import app as web_app
from bot import inbox
from bot.botframework import BotFramework
from bot.folders import council_texts
from bot.settings import Settings
from bot.teams import TeamsSender
from bot.turns import Door
from bot.worker import REST, Job, Worker, each
from desk import clock, councils, outbox, watch
from desk.outbox import TryLater
from documents.reading_room import ReadingRoom
from documents.virus_scan import Scanner
from mail import collect, disk
from mail.in_order import InOrder
from mail.local import LocalOutbox, LocalPost, SmtpRelay
from mail.mailbox import INBOX
from mail.sending import MailSender
from mail.taking_in import TOGETHER
from mail.visits import Visits
from storage.ledger import Conflict, Store

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]
WATCH_EVERY = 30.0
TEAMS_LANES, MAIL_LANES = ("teams-1", "teams-2", "teams-3"), ("mail-1", "mail-2")
"""Side by side, so that one chat that does not answer keeps nobody else waiting."""
POST, BESIDE = "post", "post-2"
"""One takes letters in and reads; the other reads too, so that one that is slow to read keeps nobody else waiting."""


def now() -> datetime:
    """The time. Everything below the doors gets it handed in."""
    return datetime.now(UTC)


@dataclass
class Service:
    """A prepared service: data folder made, tables up to date, council published."""

    settings: Settings
    store: Store
    council: Council
    room: ReadingRoom

    def current(self) -> Council:
        """The council in force."""
        return self.council

    def close(self) -> None:
        """Let go of the database, and of the processes that read files."""
        self.room.close()
        self.store.close()


def prepare(settings: Settings) -> Service:
    """Make ready what every command needs. Raises BadCouncil, or Unavailable where the database cannot be had."""
    os.umask(0o077)  # folders 0700, files 0600, the database's own among them
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    settings.data_dir.chmod(0o700)
    store = Store(settings.url)
    store.migrate()
    texts = council_texts(settings.council)
    while True:
        try:
            with store.open() as ledger:
                council = councils.publish(ledger, texts, now())
        except Conflict:  # another replica published the same folder at the same moment
            continue
        return Service(settings, store, council, reading_room(settings))


def reading_room(settings: Settings) -> ReadingRoom:
    """Where files from outside are read. Nothing is started before the first of them."""
    return ReadingRoom(Scanner(settings.clamd) if settings.clamd else None)


@dataclass
class PostRoom:
    """The post of one process: where letters come in, if anywhere, and how they leave."""

    letters: MailSender
    inbox: inbox.Inbox | None = None
    visits: Visits | None = None
    local: LocalPost | None = None
    _oldest: watch.InInbox | None = field(default=None, init=False)

    def start(self, nudge: Callable[[str], None]) -> None:
        """Listen for letters and for news of them. Raises OSError where the local port is taken.

        `nudge` wakes the lanes whose name begins so: a letter wakes the post, and a mailbox that shuts wakes the watch.
        """
        if self.inbox is None or self.visits is None:
            return
        visits = self.visits
        visits.shut = partial(nudge, "watch")

        def arrived() -> None:
            visits.hurry()
            nudge(POST)

        self.inbox.start(arrived)

    def stop(self) -> None:
        """Listen no more."""
        if self.inbox is not None:
            self.inbox.stop()

    def oldest(self, at: datetime) -> watch.InInbox | None:
        """The letter that has waited longest in an inbox that is open, with since when it is known to this process."""
        try:
            came = self.inbox.oldest(INBOX) if self.inbox else None
        except (TryLater, LookupError):
            return None
        if came is None:
            self._oldest = None
        elif self._oldest is None or self._oldest.came != came:
            self._oldest = watch.InInbox(came, at)
        return self._oldest


def post_room(service: Service) -> PostRoom:
    """The post as the settings have it: the mailbox on a server, this machine's for a trial, or only a way out."""
    settings, address = service.settings, service.council.policy.qa_address
    office = inbox.office(settings, address)
    if office is not None:
        every = timedelta(seconds=settings.mail_poll)
        visits = Visits(office, every, inbox.to_be_mended(settings))
        return PostRoom(MailSender(office), office, visits)
    here = inbox.local(settings, address)
    letters = MailSender(way_out(settings), reads_answers=here is not None)
    return PostRoom(letters, here, Visits(here, timedelta(), together=TOGETHER) if here else None, here)


def way_out(settings: Settings) -> LocalOutbox | SmtpRelay:
    """Letters go to the readable outbox, or on to the relay that the operator names."""
    folder = settings.data_dir / "mail" / "outbox"
    if not settings.smtp_relay:
        return LocalOutbox(folder)
    host, port = settings.smtp_relay.rsplit(":", 1)
    return SmtpRelay(host, int(port), keep_in=folder)


def jobs(service: Service, teams: TeamsSender, post: PostRoom, at: Clock) -> dict[str, tuple[Job, float]]:
    """What the worker does, lane by lane, and how long each rests when there is nothing to do."""
    store = service.store
    trust = inbox.trust(service.settings)

    def look() -> int:
        live = store.run(watch.live_concerns)
        mended = each(store, live, lambda one: store.run(lambda ledger: watch.mend(ledger, one, at())), "watch", at)
        shut = post.visits.fault(at()) if post.visits else ""
        standing = {**mended, "mailbox": shut} if shut else mended
        waiting = None if shut else post.oldest(at())
        found = store.run(lambda ledger: watch.look(ledger, service.council, at(), standing, waiting))
        if found.well:
            disk.keep(service.settings.data_dir / "heartbeat", at().isoformat(timespec="seconds").encode())
        return 0

    in_order = InOrder()

    def read(box: inbox.Inbox) -> int:
        return collect.read_due(store, box, service.council, at(), service.room, trust, in_order)

    def read_beside(box: inbox.Inbox, visits: Visits) -> int:
        return 0 if visits.is_far_behind() else read(box)

    def read_post(box: inbox.Inbox, visits: Visits) -> int:
        return visits.take_in(store, at()) + read_beside(box, visits)

    lanes: dict[str, tuple[Job, float]] = {
        **{name: (lambda: outbox.deliver(store, teams, "teams", at), REST) for name in TEAMS_LANES},
        **{name: (lambda: outbox.deliver(store, post.letters, "mail", at), REST) for name in MAIL_LANES},
        "clock": (lambda: clock.run_due(store, at), REST),
        "watch": (look, WATCH_EVERY),
    }
    if post.inbox is not None and post.visits is not None:
        lanes[POST] = (partial(read_post, post.inbox, post.visits), REST)
        lanes[BESIDE] = (partial(read_beside, post.inbox, post.visits), REST)
    return lanes


def framework(service: Service, on_turn: Callable[..., object]) -> BotFramework:
    """The bot's channel, with the registration that the settings name."""
    given = service.settings
    return BotFramework(
        on_turn,  # type: ignore[arg-type]
        app_id=given.app_id,
        app_password=given.app_password,
        app_tenant_id=given.app_tenant_id,
        app_type=given.app_type if given.app_id else "",
        local=given.local,
    )


async def serve(service: Service, with_worker: bool, ready: Callable[[int, int], None], stop: asyncio.Event) -> None:
    """Serve Teams, take letters in, and work, until `stop` is set.

    `ready` is told the web port and the SMTP port, which is 0 where no letters are taken in. Raises OSError where a
    port is taken.
    """
    door = Door(service.store, service.current, now)
    channel = framework(service, door.on_turn)
    door.channel = channel
    post = post_room(service)
    worker = Worker(service.store, jobs(service, TeamsSender(channel, asyncio.get_running_loop()), post, now), now)
    if with_worker:
        door.nudge = worker.nudge
        worker.start()
    runner = web.AppRunner(web_app.build(channel, _health(worker, with_worker), _readiness(service)))
    await runner.setup()
    site = web.TCPSite(runner, service.settings.host, service.settings.port)
    await site.start()
    if with_worker or post.local:
        post.start(worker.nudge)
    addresses = runner.addresses
    ready(int(addresses[0][1]) if addresses else service.settings.port, post.local.port if post.local else 0)
    try:
        await stop.wait()
    finally:
        await asyncio.get_running_loop().run_in_executor(None, post.stop)
        await asyncio.get_running_loop().run_in_executor(None, worker.stop if with_worker else lambda: None)
        await runner.cleanup()


def _health(worker: Worker, with_worker: bool) -> Callable[[], bool]:
    return lambda: not with_worker or worker.alive()


def _readiness(service: Service) -> Callable[[], tuple[bool, str]]:
    def ready() -> tuple[bool, str]:
        if not service.store.is_reachable():
            return False, "the database cannot be reached"
        with service.store.open() as ledger:
            alarms = ledger.obligations.alarms()
        return not alarms, alarms[0] if alarms else "all is well"

    return ready


def work(service: Service) -> None:
    """Work without serving, until SIGINT or SIGTERM."""
    stop = threading.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, lambda *_: stop.set())
    with channel_in_a_thread(service) as teams:
        post = post_room(service)
        worker = Worker(service.store, jobs(service, teams, post, now), now)
        worker.start()
        if not post.local:  # the process that serves has that port
            post.start(worker.nudge)
        while not stop.wait(1.0):
            if not worker.alive():
                raise RuntimeError("a lane of the worker has died")
        if not post.local:
            post.stop()
        worker.stop()


@contextmanager
def channel_in_a_thread(service: Service) -> Iterator[TeamsSender]:
    """A Teams sender for commands that serve nothing: its loop runs in a thread of its own."""

    async def nothing(_: object) -> None:
        return None

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    channel = framework(service, nothing)
    try:
        yield TeamsSender(channel, loop)
    finally:
        asyncio.run_coroutine_threadsafe(channel.close(), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


def tick(service: Service, at: datetime) -> int:
    """Do everything that is due at `at`, once, in this process. How many duties were done."""
    with channel_in_a_thread(service) as teams:
        lanes = jobs(service, teams, post_room(service), lambda: at)
        total = 0
        for _ in range(1000):
            done = sum(lanes[lane][0]() for lane in ("clock", "post", "teams-1", "mail-1") if lane in lanes)
            total += done
            if not done:
                break
        lanes["watch"][0]()
    return total
