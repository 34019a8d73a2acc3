"""The two API simulators: real HTTP servers with state, a virtual clock and control routes.

In a test: `with running("small") as simulators:` and then `simulators.keap.url`,
`simulators.chartmogul.control`. In a shell: `python -m tests.simulators --scenario small`. The scenarios are
`small`, `hostile`, `generated:CONTACTS:SEED`: see `tests.simulators.scenarios`. How a server is put together:
`tests.simulators.http`.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from .control_client import ControlClient
from .serving import Addresses, served

START_SECONDS = 60

__all__ = ["ControlClient", "Server", "Simulators", "running"]


@dataclass(frozen=True)
class Server:
    """Where one simulator listens and with which key; Keap's OAuth values are in `credentials`."""

    url: str
    api_key: str
    control: ControlClient
    credentials: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Simulators:
    """Both servers of one scenario."""

    by_name: dict[str, Server]

    @property
    def keap(self) -> Server:
        """The Keap simulator."""
        return self.by_name["keap"]

    @property
    def chartmogul(self) -> Server:
        """The ChartMogul simulator."""
        return self.by_name["chartmogul"]

    def advance(self, seconds: float) -> None:
        """Move the clocks of both servers."""
        for server in self.by_name.values():
            server.control.clock(advance_seconds=seconds)

    def set_clock(self, now: str) -> None:
        """Set the clocks of both servers."""
        for server in self.by_name.values():
            server.control.clock(now=now)


class _Thread(threading.Thread):
    """A daemon thread that serves on a loop of its own until told to stop."""

    def __init__(self, scenario: str) -> None:
        super().__init__(name="simulators", daemon=True)
        self.scenario, self.addresses = scenario, Addresses()
        self.failure: BaseException | None = None
        self.ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._ended = asyncio.Event()

    def run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        except Exception as error:
            self.failure = error
        finally:
            self._loop.close()
            self.ready.set()

    async def _serve(self) -> None:
        async with served(self.scenario, {}) as self.addresses:
            self.ready.set()
            await self._ended.wait()

    def stop(self) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._ended.set)
        self.join(START_SECONDS)


@contextmanager
def running(scenario: str = "small") -> Iterator[Simulators]:
    """Both servers on free ports, in a thread of this process, until the context ends."""
    thread = _Thread(scenario)
    thread.start()
    servers: dict[str, Server] = {}
    try:
        thread.ready.wait(START_SECONDS)
        if thread.failure is not None:
            raise thread.failure
        for name, values in thread.addresses.items():
            servers[name] = Server(values["url"], values["api_key"], ControlClient(values["url"]), values)
        yield Simulators(servers)
    finally:
        for server in servers.values():
            server.control.close()
        thread.stop()
