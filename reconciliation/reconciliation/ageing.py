"""How long differences have been open: since the first closing day, or the first audit, that showed them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from reconciliation.report import Reconciliation

BUCKETS: dict[str, int] = {
    "0 to 30 days": 30,
    "31 to 60 days": 60,
    "61 to 90 days": 90,
    "over 90 days": 10**6,
}


@dataclass(frozen=True)
class Aged:
    """How many customers differ for so long, and by how much together (cents, without sign)."""

    customers: int = 0
    cents: int = 0


def aged(result: Reconciliation, first_seen: Mapping[str, date] | None = None) -> dict[str, Aged]:
    """The differences of the closing day by age, all of BUCKETS. `first_seen`: from earlier audits."""
    found = dict.fromkeys(BUCKETS, Aged())
    for row in result.differences:
        if row.day == result.last.day:
            began = min(row.since, (first_seen or {}).get(row.customer_id, row.since))
            name = bucket((row.day - began).days)
            found[name] = Aged(found[name].customers + 1, found[name].cents + abs(row.difference))
    return found


def bucket(days: int) -> str:
    """The name of the age class."""
    return next(name for name, most in BUCKETS.items() if days <= most)
