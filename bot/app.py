"""The web application: the bot's endpoint and two probes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiohttp import web

from bot.botframework import BotFramework


def build(
    framework: BotFramework, healthy: Callable[[], bool], ready: Callable[[], tuple[bool, str]]
) -> web.Application:
    """`POST /api/messages`, `/healthz` (this process works) and `/readyz` (it can serve, and nothing is wrong)."""
    app = web.Application()
    framework.mount(app)

    async def health(_: web.Request) -> web.Response:
        return web.json_response({"ok": healthy()}, status=200 if healthy() else 500)

    async def readiness(request: web.Request) -> web.Response:
        well, says = await asyncio.get_running_loop().run_in_executor(None, ready)
        return web.json_response({"ok": well, "says": says}, status=200 if well else 503)

    app.router.add_get("/healthz", health)
    app.router.add_get("/readyz", readiness)
    return app
