"""Run the connector as a platform or cron does: a process, files and pipes."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = dict[str, Any]
ROOT = Path(__file__).parents[2]
BIN = Path(os.environ.get("CONNECTORS_BIN") or Path(sys.executable).parent)
SCRIPT = [str(BIN / "source-keap")]
MAIN = [str(BIN / "python"), str(ROOT / "source-keap" / "main.py")]
HIDDEN = ("PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE")


@dataclass(frozen=True)
class Ran:
    code: int
    output: str
    complaint: str

    @property
    def messages(self) -> list[Json]:
        return [json.loads(line) for line in self.output.splitlines()]

    def of(self, kind: str) -> list[Json]:
        return [message for message in self.messages if message.get("type") == kind]

    @property
    def error(self) -> Json:
        """The first TRACE ERROR; the CDK's last one always says config_error."""
        errors = [trace["trace"] for trace in self.of("TRACE") if trace["trace"]["type"] == "ERROR"]
        return dict(errors[0]["error"])

    @property
    def status(self) -> Json:
        return dict(self.of("CONNECTION_STATUS")[0]["connectionStatus"])


def environment() -> dict[str, str]:
    """This machine's, without what hides buffering."""
    return {name: value for name, value in os.environ.items() if name not in HIDDEN}


def run(
    *arguments: str | Path,
    command: list[str] | None = None,
    cwd: Path | None = None,
    given: str | None = None,
) -> Ran:
    """`given`: what comes in at standard input."""
    done = subprocess.run(
        [*(command or SCRIPT), *map(str, arguments)],
        capture_output=True, text=True, timeout=120, env=environment(), cwd=cwd, check=False, input=given,
    )  # fmt: skip
    return Ran(done.returncode, done.stdout, done.stderr)


def start(*arguments: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*SCRIPT, *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(),
    )  # fmt: skip


def states_of(lines: list[str]) -> list[Json]:
    """The last state of each stream among the lines, as `--state` takes them."""
    last: dict[str, Json] = {}
    for line in lines:
        message = json.loads(line)
        if message["type"] == "STATE":
            last[message["state"]["stream"]["stream_descriptor"]["name"]] = message["state"]
    return list(last.values())
