"""Run one PyAirbyte sync with both connectors as local executables; prints the number of records moved.

Runs in PyAirbyte's own environment (`make test-client` makes it), so it imports nothing of this project.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

WRITTEN = ["account", "products", "subscriptions", "payments", "contacts", "orders"]
"""The streams that the source reads by default; the destination refuses others."""


def sync(plan: dict[str, Any]) -> int:
    """Check both connectors and sync; the number of records moved.

    Directly, with the state kept in DuckDB, or through PyAirbyte's own cache, which re-types the records.
    """
    import airbyte as ab

    source = ab.get_source(
        "source-keap", config=plan["source"], local_executable=Path(plan["source_executable"])
    )
    source.check()
    source.select_streams(WRITTEN)
    destination = ab.get_destination(
        "destination-chartmogul",
        config=plan["destination"],
        local_executable=Path(plan["destination_executable"]),
    )
    destination.check()
    kept = ab.DuckDBCache(db_path=plan["state"])
    through = {"cache": kept} if plan["through_cache"] else {"cache": False, "state_cache": kept}
    written = destination.write(source, **through)
    return int(written.processed_records)


if __name__ == "__main__":
    os.environ |= {"AIRBYTE_OFFLINE_MODE": "1", "DO_NOT_TRACK": "1"}
    moved = sync(json.loads(Path(sys.argv[1]).read_text()))
    print("MOVED " + json.dumps(moved))
