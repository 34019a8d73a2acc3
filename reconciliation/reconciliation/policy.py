"""The choices that change Keap's MRR, by the destination's keys: churn date, pause, replacement, amounts.

The keys are those of the destination's configuration, so that both sides of the audit follow one policy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from reconciliation.errors import ReconciliationError
from reconciliation.leads import LeadPolicy, lead_policy

EVIDENCE: dict[str, str] = {
    "end_date": "the subscription's end date",
    "paid_through": "last bill date plus one billing interval",
    "next_bill_date": "the next bill date that Keap keeps on an inactive subscription",
    "deactivation_time": "the day of the subscription's last modification",
}


LONGEST_PAUSE = 36_500  # days, as in the destination's configuration


@dataclass(frozen=True)
class Policy:
    """`churn_evidence`: the first that is present gives the churn date; `churn_time`: HH:MM of that day.
    `time_zone`: IANA, else Keap's. `replacement_window_days`: 0 means that nothing replaces anything.
    `hundredths`: ChartMogul's amounts are hundredths of any currency. `billing_amount_per` (unit, line),
    `billing_amount_in` and `payments_in` (major, minor): None is decided from the account's orders.
    `deletes_orders`: what is deleted in Keap is deleted in ChartMogul. `leads` changes no MRR: who is a
    customer, and what dates leads and trials.
    """

    churn_evidence: tuple[str, ...] = ("end_date", "paid_through", "next_bill_date")
    pause_days: int = 15
    time_zone: str | None = None
    churn_time: str = "00:00"
    replacement_window_days: int = 0
    hundredths: bool = True
    billing_amount_per: str | None = None
    billing_amount_in: str | None = None
    payments_in: str | None = None
    deletes_orders: bool = False
    rules: tuple[Mapping[str, Any], ...] = ()
    data_source: str = "Keap"
    leads: LeadPolicy = field(default_factory=LeadPolicy)

    def __post_init__(self) -> None:
        unknown = [name for name in self.churn_evidence if name not in EVIDENCE]
        if unknown:
            known = ", ".join(EVIDENCE)
            raise ReconciliationError(f"'{unknown[0]}' is no churn-date evidence; choose from: {known}.")
        if not 1 <= self.pause_days <= LONGEST_PAUSE:
            raise ReconciliationError(f"'pause_days' must be at least 1 and at most {LONGEST_PAUSE}.")

    def zone(self, account_zone: str) -> ZoneInfo:
        """The zone in which days begin."""
        return zone_named(self.time_zone or account_zone)


def zone_named(name: str) -> ZoneInfo:
    """The IANA zone, or ReconciliationError."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError, TypeError) as error:
        raise ReconciliationError(f"The time zone '{name}' is not an IANA time zone name.") from error


def from_configuration(configuration: Mapping[str, Any]) -> Policy:
    """The policy in a destination configuration; its other keys change nothing in MRR."""
    default = Policy()
    churn = configuration.get("churn_date") or {}
    read_as = {key: value for key, value in _amounts(configuration).items() if value != "auto"}
    return Policy(
        churn_evidence=tuple(churn.get("evidence") or default.churn_evidence),
        pause_days=int(configuration.get("pause_days", default.pause_days)),
        time_zone=configuration.get("time_zone"),
        churn_time=churn.get("time_of_day") or default.churn_time,
        replacement_window_days=int(configuration.get("replacement_window_days") or 0),
        hundredths=configuration.get("amounts", "hundredths") == "hundredths",
        billing_amount_per=read_as.get("billing_amount_per"),
        billing_amount_in=read_as.get("billing_amount_in"),
        payments_in=read_as.get("payments_in"),
        leads=lead_policy(configuration),
        deletes_orders=configuration.get("deleted_orders") == "delete",
        rules=tuple(configuration.get("rules") or ()),
        data_source=configuration.get("data_source_name") or default.data_source,
    )


def _amounts(configuration: Mapping[str, Any]) -> Mapping[str, str]:
    return configuration.get("keap_amounts") or {}
