"""Read every stream of source-keap into DuckDB with PyAirbyte, twice; prints how many rows each table has.

Runs in PyAirbyte's own environment, so it imports nothing of this project.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any


def read(plan: dict[str, Any]) -> dict[str, Any]:
    """Rows of each table after the first and after the second sync, and the columns of one table."""
    import airbyte as ab

    source = ab.get_source(
        "source-keap", config=plan["source"], local_executable=Path(plan["source_executable"])
    )
    source.check()
    source.select_all_streams()
    cache = ab.DuckDBCache(db_path=plan["cache"])
    first = source.read(cache=cache)
    rows = {name: len(dataset) for name, dataset in first.streams.items()}
    second = source.read(cache=cache)
    again = {name: len(dataset) for name, dataset in second.streams.items()}
    contacts = second.streams["contacts"].to_pandas()
    teams = contacts["custom_field_teamsize"].dropna()
    return {"rows": rows, "again": again, "team_sizes": sorted({int(size) for size in teams})}


if __name__ == "__main__":
    os.environ |= {"AIRBYTE_OFFLINE_MODE": "1", "DO_NOT_TRACK": "1"}
    print("READ " + json.dumps(read(json.loads(Path(sys.argv[1]).read_text()))))
