"""The user's choices, as one frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

EVIDENCE = ("end_date", "paid_through", "next_bill_date", "deactivation_time")
DEFAULT_EVIDENCE = ("end_date", "paid_through", "next_bill_date")


@dataclass(frozen=True)
class Policy:
    """Choices that change what is written. Defaults are numbered and explained in BEHAVIOR.md."""

    data_source_name: str = "Keap"
    customers: str = "everyone"
    customer_name: str = "person"
    time_zone: str | None = None
    churn_evidence: tuple[str, ...] = DEFAULT_EVIDENCE
    churn_time: str = "00:00"
    pause_days: int = 15
    replacement_window_days: int = 0
    deleted_orders: str = "keep"
    amounts: str = "hundredths"
    keap_amounts: Mapping[str, str] = field(default_factory=dict)
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
        customer_name=config.get("customer_name") or default.customer_name,
        time_zone=config.get("time_zone") or None,
        churn_evidence=tuple(churn.get("evidence") or DEFAULT_EVIDENCE),
        churn_time=churn.get("time_of_day") or default.churn_time,
        pause_days=int(config.get("pause_days", default.pause_days)),
        replacement_window_days=int(config.get("replacement_window_days") or 0),
        deleted_orders=config.get("deleted_orders") or default.deleted_orders,
        amounts=config.get("amounts") or default.amounts,
        keap_amounts={k: v for k, v in (config.get("keap_amounts") or {}).items() if v != "auto"},
        reject_limit=config.get("reject_limit"),
    )
