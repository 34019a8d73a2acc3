"""One sync with PyAirbyte: `python sync.py keap.json chartmogul.json state.duckdb BIN`.

`keap.json` and `chartmogul.json` are the connectors' configurations, `state.duckdb` keeps the state between
runs, BIN is the folder with both executables (`.venv-connectors/bin` after `make setup`). Needs Python 3.11
or 3.12 and `airbyte==0.71.3`, in an environment of its own.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

# Before the import: no look-up of connectors in Airbyte's registry, no telemetry.
os.environ |= {"AIRBYTE_OFFLINE_MODE": "1", "DO_NOT_TRACK": "1"}

import airbyte as ab

STREAMS = ["account", "products", "subscriptions", "payments", "contacts", "orders"]


def keep(path: Path, config: dict[str, Any]) -> None:
    """Replace the file in one step: a refresh token works once, so half a file would lock us out."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # readable for us alone
    with os.fdopen(handle, "w") as file:
        json.dump(config, file, indent=2)
        file.flush()
        os.fsync(handle)
    os.replace(name, path)


def sync(keap: Path, chartmogul: Path, state: Path, executables: Path) -> int:
    """Records moved. Raises PyAirbyte's errors."""

    def renewed(config: dict[str, Any]) -> None:
        keep(keap, config)
        source.set_config(config, validate=False)  # PyAirbyte itself goes on with the old token

    source = ab.get_source(
        "source-keap",
        config=json.loads(keap.read_text()),
        local_executable=executables / "source-keap",
        config_change_callback=renewed,
    )
    source.check()
    source.select_streams(STREAMS)
    destination = ab.get_destination(
        "destination-chartmogul",
        config=json.loads(chartmogul.read_text()),
        local_executable=executables / "destination-chartmogul",
    )
    destination.check()
    # No cache between the two: it would send the whole table again in each run, and change types on the way.
    moved = destination.write(source, cache=False, state_cache=ab.DuckDBCache(db_path=state))
    return int(moved.processed_records)


if __name__ == "__main__":
    print(f"{sync(*map(Path, sys.argv[1:5]))} records moved")
