"""What a run is told on the command line, as one frozen object."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keap_chartmogul_sync.exits import CONFIGURATION, SyncError
from keap_chartmogul_sync.folder import Folder

SOURCE, DESTINATION = "source-keap", "destination-chartmogul"
HOW = {
    SOURCE: '{"credentials": {"auth_type": "personal_access_token", "personal_access_token": "..."}}',
    DESTINATION: '{"api_key": "..."}',
}


@dataclass(frozen=True)
class Options:
    """Files and limits of one connection. `keep_runs`: how many runs' logs; `keep_bytes`: how large together;
    `time_limit`: seconds.
    """

    folder: Folder
    source_config: Path
    destination_config: Path
    source: Path
    destination: Path
    catalog: Path
    keep_runs: int = 1000
    keep_bytes: int = 50_000_000
    time_limit: float | None = None
    metrics: Path | None = None
    with_rejects: bool = False

    def configs(self) -> dict[str, Path]:
        """Configuration file by connector."""
        return {SOURCE: self.source_config, DESTINATION: self.destination_config}

    def commands(self) -> dict[str, Path]:
        """Executable by connector."""
        return {SOURCE: self.source, DESTINATION: self.destination}

    def rejects_path(self) -> Path:
        """Where the destination writes what it could not write: as configured, else in the folder."""
        configured = read_config(DESTINATION, self.destination_config).get("rejects_path")
        return Path(configured) if isinstance(configured, str) else self.folder.last_rejects


def executable(name: str) -> Path:
    """Beside this Python, else on the PATH, else only the name."""
    beside = Path(sys.executable).parent / name
    return beside if beside.exists() else Path(shutil.which(name) or name)


def require_files(options: Options) -> None:
    """Raises SyncError for the first connector or configuration that is not there."""
    for name, command in options.commands().items():
        if not os.access(command, os.X_OK):
            raise SyncError(CONFIGURATION, f"{command} is not there or cannot be run: {install(name)}")
    for name, path in options.configs().items():
        read_config(name, path)


def install(name: str) -> str:
    """How to get a connector."""
    return f"install airbyte-{name} (in a checkout: `make setup`), or name it with --{name.split('-')[0]}."


@contextmanager
def starting(name: str, program: str | Path) -> Iterator[None]:
    """What the system says against starting a connector, as a SyncError."""
    try:
        yield
    except OSError as error:
        text = f"{program} cannot be started ({error.strerror}): {install(name)}"
        raise SyncError(CONFIGURATION, text) from None


def read_config(connector: str, path: Path) -> dict[str, Any]:
    """A configuration. What is in it is the connector's to check. Raises SyncError, never quoting."""
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        text = f"{path} does not exist: write the configuration of {connector} there, {HOW[connector]}."
        raise SyncError(CONFIGURATION, text) from None
    except OSError as error:
        text = f"{path} cannot be read ({error.strerror}): change its permissions, or name another file."
        raise SyncError(CONFIGURATION, text) from None
    except ValueError:
        raise SyncError(CONFIGURATION, f"{path} is not JSON: correct it.") from None
    if not isinstance(content, dict):
        raise SyncError(CONFIGURATION, f"{path} must hold a JSON object.")
    return content
