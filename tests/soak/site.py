"""The machine on which the pair runs unattended: its files, its processes, its operator."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from tests.pair.connection import DESTINATION, SOURCE, plain_environment
from tests.pair.fixtures import destination_config
from tests.simulators import Server, Simulators
from tests.soak.trouble import Trouble

ROOT = Path(__file__).parents[2]
RUNNER = ROOT / "standalone" / "main.py"
LONGEST_SECONDS = 300
FREED_SECONDS = 60
BACK = "https://localhost/back"


@dataclass
class Site:
    """A folder for one connection. `ends`: how often a run ended with which exit code."""

    folder: Path
    servers: Simulators

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

    def command(self) -> list[str | Path]:
        files: list[str | Path] = ["--folder", self.sync, "--source-config", self.folder / "keap.json"]
        files += ["--destination-config", self.folder / "chartmogul.json"]
        return [sys.executable, RUNNER, "run", *files, "--source", SOURCE, "--destination", DESTINATION]

    def run(self, trouble: Trouble) -> tuple[int, str]:
        """One sync in trouble; its exit code and what it said. Waits until nothing of it is left."""
        process = subprocess.Popen(
            self.command(), cwd=self.folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=plain_environment() | {"TMPDIR": str(self.temporary)}, preexec_fn=trouble.limit,
        )  # fmt: skip
        if trouble.kill:
            self.kill(process, *trouble.kill)
        said, _ = process.communicate(timeout=LONGEST_SECONDS)
        self.wait_until_gone()
        return process.returncode, said

    def kill(self, run: subprocess.Popen[str], who: str, how: str, after: float) -> None:
        """Send a signal to whom it is meant for, if it is there by then."""
        deadline = time.monotonic() + after
        while run.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        connectors = self.connectors()
        victims = {
            "run": [run.pid],
            "source": connectors[1:],
            "destination": connectors[:1],
            "all": [run.pid, *connectors],
        }
        for pid in victims[who]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.Signals[f"SIG{how}"])

    def connectors(self) -> list[int]:
        """Destination and source of the run that is under way, if both were started."""
        with suppress(OSError, ValueError):
            return list(json.loads((self.sync / "running.json").read_text())["connectors"])
        return []

    def processes(self) -> list[int]:
        """Whatever runs with a file of this folder on its command line."""
        found = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(OSError):
                words = path.read_bytes().split(b"\0")
                mine = any(word.startswith(bytes(self.folder) + b"/") for word in words)
                if mine and words[0] and int(path.parent.name) != os.getpid():
                    found.append(int(path.parent.name))
        return found

    def wait_until_gone(self) -> None:
        """A killed run's connectors end by themselves; AssertionError when they do not."""
        deadline = time.monotonic() + FREED_SECONDS
        while self.processes():
            if time.monotonic() > deadline:
                raise AssertionError(f"still running: {self.processes()}")
            time.sleep(0.05)

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
