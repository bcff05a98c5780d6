"""The Teams port, registered or in local mode, for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from tests.wire.port_world import APP_ID, TENANT, Chats, Clock, Issuer, World, serve


@pytest.fixture
async def around() -> AsyncIterator[World]:
    """Issuer and connector are up; the port is not open yet."""
    issuer, chats = Issuer(), Chats()
    servers = [
        await serve([web.get("/openid", issuer.metadata), web.get("/keys", issuer.keys)]),
        await serve([web.route("*", "/{path:.*}", chats.receive)]),
    ]
    issuer.url, chats.url = str(servers[0].make_url("/openid")), str(servers[1].make_url("/amer/"))
    world = World(issuer, chats, Clock())
    yield world
    chats.let_go.set()
    await world.client.close()
    for server in servers:
        await server.close()


@pytest.fixture
async def world(around: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A registered bot."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    await around.open(
        app_id=APP_ID,
        app_password="secret",
        app_tenant_id=TENANT,
        app_type="SingleTenant",
        fetch_token=around.fetch_token,
        timeout_s=5,
    )
    return around


@pytest.fixture
async def local(around: World) -> World:
    """A bot in local mode."""
    await around.open(local=True)
    return around
