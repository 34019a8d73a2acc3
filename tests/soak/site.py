"""The machine on which the pair runs unattended: its files, its processes, its operator."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from tests.pair.connection import DESTINATION, EXECUTABLES, SOURCE
from tests.pair.fixtures import destination_config
from tests.simulators import Server, Simulators
from tests.soak.starter import Start, Starter
from tests.soak.trouble import NONE, Trouble

RUNNER = EXECUTABLES / "keap-chartmogul-sync"
FREED_SECONDS = 60
BACK = "https://localhost/back"


@dataclass
class Site:
    """A folder for one connection. `usual`: seconds of an undisturbed run, by whether it is forked."""

    folder: Path
    servers: Simulators
    starter: Starter
    usual: dict[bool, float] = field(default_factory=lambda: {True: 0.5, False: 3.0})

    def set_up(self) -> None:
        """Configurations by OAuth, and temporary folders of its own."""
        for each in (self.temporary, self.spool):
            each.mkdir(parents=True, exist_ok=True)
        self.reconnect()
        more = {"requests_per_second": 38, "spool_directory": str(self.spool)}
        (self.folder / "chartmogul.json").write_text(json.dumps(destination_config(self.servers, **more)))

    @property
    def temporary(self) -> Path:
        return self.folder / "temporary"

    @property
    def spool(self) -> Path:
        return self.folder / "spool"

    @property
    def sync(self) -> Path:
        return self.folder / "sync"

    def reconnect(self) -> None:
        """What an operator does after `invalid_grant`: authorize the application again."""
        oauth = authorized(self.servers.keap)
        config = {
            "base_url": self.servers.keap.url,
            "credentials": {"auth_type": "oauth2.0", **oauth},
            "requests_per_minute": 1500,
            "max_retries": 2,
        }
        (self.folder / "keap.json").write_text(json.dumps(config))
        (self.folder / "keap.json").chmod(0o600)

    def expire_token(self) -> None:
        """The access token's life is over, by what is written of it."""
        config = json.loads((self.folder / "keap.json").read_text())
        config["credentials"]["token_expiry_date"] = "2026-01-01T00:00:00+00:00"
        (self.folder / "keap.json").write_text(json.dumps(config))

    def command(self) -> list[str]:
        files = ["--folder", self.sync, "--source-config", self.folder / "keap.json"]
        files += ["--destination-config", self.folder / "chartmogul.json"]
        words = [RUNNER, "run", *files, "--source", SOURCE, "--destination", DESTINATION]
        return [str(word) for word in words]

    def run(
        self, trouble: Trouble, clock: float | None = 0, meanwhile: Callable[[], object] | None = None
    ) -> tuple[int, str]:
        """One sync in trouble; its exit code and what it said. Waits until nothing of it is left. `clock`: by
        how much this machine's is ahead, None to start it as its users do; `meanwhile` happens while it runs.
        """
        began, forked = time.monotonic(), clock is not None
        if trouble.expired:
            self.expire_token()
        start = self.starter.start(
            self.command(), self.folder, self.temporary, clock=clock, room=trouble.room
        )
        if trouble.kill:
            who, how, after = trouble.kill
            self.kill(start, who, how, after * self.usual[forked])
        if meanwhile:
            start.ends_within(self.usual[forked] / 2)
            meanwhile()
        code, said = start.result()
        self.wait_until_gone()
        if trouble == NONE:
            self.usual[forked] = 0.8 * self.usual[forked] + 0.2 * (time.monotonic() - began)
        return code, said

    def kill(self, run: Start, who: str, how: str, after: float) -> None:
        """Send a signal to whom it is meant for, if it is there by then."""
        if run.ends_within(after):
            return
        connectors = self.connectors(run)
        victims = {
            "run": [run.pid],
            "source": connectors[1:],
            "destination": connectors[:1],
            "all": [run.pid, *connectors],
        }
        for pid in victims[who]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.Signals[f"SIG{how}"])

    def connectors(self, run: Start) -> list[int]:
        """Destination and source of the run that is under way, if both were started."""
        with suppress(OSError, ValueError):
            holder = json.loads((self.sync / "running.json").read_text())
            if holder["pid"] == run.pid:
                return list(holder["connectors"])
        return []

    def processes(self) -> list[int]:
        """Whatever works in this folder."""
        found = []
        for path in Path("/proc").glob("[0-9]*/cwd"):
            with suppress(OSError):
                if path.readlink() == self.folder:
                    found.append(int(path.parent.name))
        return found

    def wait_until_gone(self) -> None:
        """A killed run's connectors end by themselves; AssertionError when they do not."""
        deadline = time.monotonic() + FREED_SECONDS
        while self.processes():
            if time.monotonic() > deadline:
                raise AssertionError(f"still running: {self.processes()}")
            time.sleep(0.01)

    def left_over(self) -> list[Path]:
        """Files that nobody needs: of killed processes, in the temporary folder and the spool."""
        halves = [
            path for path in self.folder.rglob("*") if path.name.startswith(".") or path.suffix == ".part"
        ]
        return [*halves, *self.temporary.iterdir(), *self.spool.iterdir()]

    def rejected(self) -> set[tuple[str, str]]:
        """(stream, key) of every reject that was kept."""
        rows = [
            json.loads(line)
            for path in (self.sync / "rejects").glob("*.jsonl")
            for line in path.read_text().splitlines()
        ]
        return {(row["stream"], row["key"]) for row in rows}


def authorized(keap: Server) -> dict[str, Any]:
    """Client and a fresh refresh token, as the user's consent gives them."""
    client = {name: keap.credentials[name] for name in ("client_id", "client_secret")}
    asked = {"client_id": client["client_id"], "redirect_uri": BACK, "response_type": "code"}
    sent = requests.get(
        f"{keap.url}/app/oauth/authorize", params=asked, allow_redirects=False, timeout=10
    ).headers["Location"]
    form = {
        **client,
        "grant_type": "authorization_code",
        "redirect_uri": BACK,
        "code": parse_qs(urlsplit(sent).query)["code"][0],
    }
    answer = requests.post(f"{keap.url}/token", data=form, timeout=10)
    answer.raise_for_status()
    return {**client, "refresh_token": answer.json()["refresh_token"]}
