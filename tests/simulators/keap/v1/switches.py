"""What the documentation of REST v1 leaves open, as switches."""

from __future__ import annotations

from tests.simulators.http import Switch

V1_SWITCHES = (
    Switch(
        "v1_orders_since_basis",
        ("creation_time", "order_time", "modification_time"),
        "creation_time",
        "The time that since and until of v1 orders look at.",
        "14",
    ),
    Switch(
        "v1_largest_limit", (), 1000, "The rows of a v1 page without limit, and the most it can have.", "14"
    ),
    Switch(
        "v1_milliseconds",
        ("required", "optional"),
        "required",
        "A v1 time without milliseconds gets 400, or is taken.",
        "11",
    ),
)
