"""The choices that change Keap's MRR: evidence of a churn date, length of a pause, time zone.

The keys are those of the destination's configuration, so that both sides of the audit follow one policy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from reconciliation.errors import ReconciliationError

EVIDENCE: dict[str, str] = {
    "end_date": "the subscription's end date",
    "paid_through": "last bill date plus one billing interval",
    "next_bill_date": "the next bill date that Keap keeps on an inactive subscription",
    "deactivation_time": "the day of the subscription's last modification",
}


@dataclass(frozen=True)
class Policy:
    """`churn_evidence`: the first that is present gives the churn date. `time_zone`: IANA, else Keap's."""

    churn_evidence: tuple[str, ...] = ("end_date", "paid_through", "next_bill_date")
    pause_days: int = 15
    time_zone: str | None = None

    def __post_init__(self) -> None:
        unknown = [name for name in self.churn_evidence if name not in EVIDENCE]
        if unknown:
            known = ", ".join(EVIDENCE)
            raise ReconciliationError(f"'{unknown[0]}' is no churn-date evidence; choose from: {known}.")

    def zone(self, account_zone: str) -> ZoneInfo:
        """The zone in which days begin."""
        return zone_named(self.time_zone or account_zone)


def zone_named(name: str) -> ZoneInfo:
    """The IANA zone, or ReconciliationError."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ReconciliationError(f"The time zone '{name}' is not an IANA time zone name.") from error


def from_configuration(configuration: Mapping[str, Any]) -> Policy:
    """The policy in a destination configuration (`churn_date.evidence`, `pause_days`, `time_zone`)."""
    default = Policy()
    evidence = configuration.get("churn_date", {}).get("evidence", default.churn_evidence)
    return Policy(
        churn_evidence=tuple(evidence),
        pause_days=int(configuration.get("pause_days", default.pause_days)),
        time_zone=configuration.get("time_zone"),
    )
