"""What each switch of REST v1 changes, as seen by a client."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.contract.keap.contract import Keap
from tests.simulators.scenarios.small import CASES

Effect = tuple[Callable[[Keap], Any], dict[Any, Any]]


def orders_since(keap: Keap) -> int:
    """How many orders `since` finds after an old one was paid."""
    keap.server.control.clock(now="2026-07-01T15:00:00Z")
    keap.event("pay_order", contact_id=CASES["payment_failed"].contact_id)
    count: int = keap.get("/v1/orders", since="2026-07-01T14:00:00.000Z").json()["count"]
    return count


def rows_of_a_page(keap: Keap) -> tuple[int, int]:
    """The rows of a page without limit, and of one with a limit above the largest."""
    answers = keap.get("/v1/orders"), keap.get("/v1/orders", limit=5000)
    first, second = (len(answer.json()["orders"]) for answer in answers)
    return first, second


def without_milliseconds(keap: Keap) -> int:
    """The status for a time without milliseconds."""
    return keap.get("/v1/orders", since="2026-06-01T00:00:00Z").status_code


V1_EFFECTS: dict[str, Effect] = {
    "v1_orders_since_basis": (
        orders_since,
        {"creation_time": 0, "order_time": 0, "modification_time": 1},
    ),
    "v1_largest_limit": (rows_of_a_page, {1000: (730, 730), 50: (50, 50)}),
    "v1_milliseconds": (without_milliseconds, {"required": 400, "optional": 200}),
}
