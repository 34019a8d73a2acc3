"""Orders through dlt's REST source, printed as lines: `DLT_PYTHON -m tests.bench.dlt_orders URL KEY`.

dlt is no dependency of this project; the benchmark runs this only with an interpreter that has it.
"""

from __future__ import annotations

import sys

import orjson


def main(base: str, api_key: str) -> None:
    """Print every order."""
    from dlt.sources.rest_api import rest_api_source  # type: ignore[import-not-found]

    paginator = {"type": "cursor", "cursor_path": "next_page_token", "cursor_param": "page_token"}
    source = rest_api_source(
        {
            "client": {
                "base_url": f"{base}/crm/rest/v2/",
                "auth": {
                    "type": "api_key",
                    "name": "X-Keap-API-Key",
                    "api_key": api_key,
                    "location": "header",
                },
                "paginator": paginator,
            },
            "resources": [
                {
                    "name": "orders",
                    "endpoint": {"path": "orders", "params": {"page_size": 1000}, "data_selector": "orders"},
                }
            ],
        }
    )
    for row in source.resources["orders"]:
        sys.stdout.buffer.write(orjson.dumps(row, default=str) + b"\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
