"""How long differences have been open: since the first closing day, or the first audit, that showed them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from reconciliation.report import Age, CustomerDifference

BUCKETS: dict[str, int] = {
    "0 to 30 days": 30,
    "31 to 60 days": 60,
    "61 to 90 days": 90,
    "over 90 days": 10**6,
}


def ages(
    differences: Sequence[CustomerDifference], as_of: date, first_seen: Mapping[str, date] | None = None
) -> tuple[Age, ...]:
    """The differences of the closing day by age, all of BUCKETS. `first_seen`: from earlier audits."""
    cents, customers = dict.fromkeys(BUCKETS, 0), dict.fromkeys(BUCKETS, 0)
    for row in differences:
        if row.day == as_of:
            began = min(row.since, (first_seen or {}).get(row.customer_id, row.since))
            name = bucket((as_of - began).days)
            customers[name] += 1
            cents[name] += abs(row.difference)
    return tuple(Age(name, customers[name], cents[name]) for name in BUCKETS)


def bucket(days: int) -> str:
    """The name of the age class."""
    return next(name for name, most in BUCKETS.items() if days <= most)
