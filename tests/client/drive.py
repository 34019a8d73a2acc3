"""Run one PyAirbyte sync with both connectors as local executables; prints the number of records moved.

Runs in PyAirbyte's own environment (`make test-client` makes it), so it imports nothing of this project.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any


def sync(plan: dict[str, Any]) -> int:
    """Check both connectors and sync directly, with the state kept in DuckDB; the number of records moved."""
    import airbyte as ab

    source = ab.get_source(
        "source-keap", config=plan["source"], local_executable=Path(plan["source_executable"])
    )
    source.check()
    source.select_all_streams()
    destination = ab.get_destination(
        "destination-chartmogul",
        config=plan["destination"],
        local_executable=Path(plan["destination_executable"]),
    )
    destination.check()
    written = destination.write(source, cache=False, state_cache=ab.DuckDBCache(db_path=plan["state"]))
    return int(written.processed_records)


if __name__ == "__main__":
    os.environ |= {"AIRBYTE_OFFLINE_MODE": "1", "DO_NOT_TRACK": "1"}
    moved = sync(json.loads(Path(sys.argv[1]).read_text()))
    print("MOVED " + json.dumps(moved))
