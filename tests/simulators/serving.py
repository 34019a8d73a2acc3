"""Starting the servers on an event loop."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from aiohttp import web

from .chartmogul.app import create_app as create_chartmogul
from .http import CREDENTIALS, Clock
from .keap.app import create_app as create_keap

HOST = "127.0.0.1"
SCENARIO_NOW = {"small": datetime(2026, 7, 1, 12, tzinfo=UTC)}
DEFAULT_NOW = SCENARIO_NOW["small"]

Addresses = dict[str, dict[str, str]]


def applications(scenario: str) -> dict[str, web.Application]:
    """The servers of a scenario by name; each has a clock of its own, both start at the same moment."""
    now = SCENARIO_NOW.get(scenario, DEFAULT_NOW)
    return {"keap": create_keap(scenario, Clock(now)), "chartmogul": create_chartmogul(Clock(now))}


@asynccontextmanager
async def served(scenario: str, ports: dict[str, int]) -> AsyncIterator[Addresses]:
    """Serve until the context ends; gives url and credentials of each server by name."""
    runners: list[web.AppRunner] = []
    addresses: Addresses = {}
    try:
        for name, app in applications(scenario).items():
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
            runners.append(runner)
            await runner.setup()
            await web.TCPSite(runner, HOST, ports.get(name, 0)).start()
            url = f"http://{HOST}:{runner.addresses[0][1]}"
            credentials = app[CREDENTIALS]
            addresses[name] = {"url": url, **credentials}
        yield addresses
    finally:
        for runner in runners:
            await runner.cleanup()
