"""The user's choices, as one frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

EVIDENCE = ("end_date", "paid_through", "next_bill_date", "deactivation_time")
DEFAULT_EVIDENCE = ("end_date", "paid_through", "next_bill_date")


@dataclass(frozen=True)
class Policy:
    """Choices that change what is written. Defaults are numbered and explained in BEHAVIOR.md."""

    data_source_name: str = "Keap"
    customers: str = "everyone"
    time_zone: str | None = None
    churn_evidence: tuple[str, ...] = DEFAULT_EVIDENCE
    pause_days: int = 15
    reject_limit: float | None = None

    @property
    def payers_only(self) -> bool:
        """Contacts without an invoice stay out of ChartMogul."""
        return self.customers == "payers_only"


def policy_of(config: Mapping[str, Any]) -> Policy:
    """A configuration that spec.json accepts → Policy."""
    default = Policy()
    churn = config.get("churn_date") or {}
    return Policy(
        data_source_name=config.get("data_source_name") or default.data_source_name,
        customers=config.get("customers") or default.customers,
        time_zone=config.get("time_zone") or None,
        churn_evidence=tuple(churn.get("evidence") or DEFAULT_EVIDENCE),
        pause_days=int(config.get("pause_days", default.pause_days)),
        reject_limit=config.get("reject_limit"),
    )
