"""The least that a read of Keap can cost: fetch each page, parse it, print each row. No protocol, no state.

Run as a program: `python -m tests.bench.bare URL KEY [LIST]`.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
import requests

PAGE_ROWS = 1000
LISTS = {
    "products": "products",
    "subscriptions": "subscriptions",
    "sales/payments": "payments",
    "contacts": "contacts",
    "orders": "orders",
}


def calls_needed(dump: Mapping[str, Any]) -> int:
    """One call per started page of each list, and one for the account."""
    return 1 + sum(max(1, math.ceil(len(dump[key]) / PAGE_ROWS)) for key in LISTS.values())


def rows(session: requests.Session, base: str, path: str, key: str) -> Iterator[Any]:
    """Every row of one list."""
    token = ""
    while True:
        query = {"page_size": str(PAGE_ROWS)} | ({"page_token": token} if token else {})
        page = orjson.loads(session.get(f"{base}/crm/rest/v2/{path}", params=query, timeout=60).content)
        yield from page[key]
        token = page.get("next_page_token") or ""
        if not token:
            return


def main(base: str, api_key: str, only: str = "") -> None:
    """Print every row of every list, or of one of them."""
    with requests.Session() as session:
        session.trust_env = False
        session.headers["X-Keap-API-Key"] = api_key
        for path, key in ((path, key) for path, key in LISTS.items() if only in ("", key)):
            for row in rows(session, base, path, key):
                sys.stdout.buffer.write(orjson.dumps(row) + b"\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
