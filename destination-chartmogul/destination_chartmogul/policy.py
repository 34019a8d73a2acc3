"""The user's choices, as one frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from destination_chartmogul.crm.choices import CrmChoices, crm_of

DEFAULT_EVIDENCE = ("end_date", "paid_through", "next_bill_date")

EVERYONE, CHOSEN_LEADS, PAYERS_AND_TRIALS, PAYERS_ONLY = (
    "everyone",
    "chosen_leads",
    "payers_and_trials",
    "payers_only",
)
CONTACT_CREATED, TAG_APPLIED, OPPORTUNITY_OPENED, NEVER = (
    "contact_created",
    "tag_applied",
    "opportunity_opened",
    "never",
)
TRIAL = "trial"
DATA_SOURCE = "Keap"
UNKNOWN, UNCHANGED, GONE = "unknown", "unchanged", "gone"


@dataclass(frozen=True)
class Leads:
    """Which contacts that neither paid nor tried are customers, and which days lead and trial begin on.

    Tags and lead sources are ids or names. `created_at_tags` date a lead under `tag_applied`.
    """

    tags: tuple[str, ...] = ()
    lead_sources: tuple[str, ...] = ()
    opportunity: bool = False
    created_at: str = CONTACT_CREATED
    created_at_tags: tuple[str, ...] = ()
    trial_started_at: str = TRIAL


@dataclass(frozen=True)
class Elsewhere:
    """The data source in which leads of ours pay, and what they are found by: email, external_id or
    custom_field (of the Keap contact, which holds the external id there).
    """

    data_source_name: str
    match: str
    custom_field: str = ""


@dataclass(frozen=True)
class Policy:
    """Choices that change what is written. Defaults are numbered and explained in BEHAVIOR.md.

    `missing_subscriptions` is no choice: what it means in this run that a subscription did not come.
    """

    data_source_name: str = DATA_SOURCE
    customers: str = EVERYONE
    leads: Leads = field(default_factory=Leads)
    trial_line_items: bool = False
    customer_name: str = "person"
    time_zone: str | None = None
    churn_evidence: tuple[str, ...] = DEFAULT_EVIDENCE
    churn_time: str = "00:00"
    pause_days: int = 15
    replacement_window_days: int = 0
    deleted_orders: str = "keep"
    missing_subscriptions: str = UNKNOWN
    amounts: str = "hundredths"
    keap_amounts: Mapping[str, str] = field(default_factory=dict)
    reject_limit: float | None = None
    crm: CrmChoices = field(default_factory=CrmChoices)
    rules: tuple[Mapping[str, Any], ...] = ()
    billing_elsewhere: Elsewhere | None = None


def policy_of(config: Mapping[str, Any]) -> Policy:
    """A configuration that spec.json accepts → Policy."""
    default = Policy()
    churn = config.get("churn_date") or {}
    return Policy(
        data_source_name=config.get("data_source_name") or default.data_source_name,
        customers=config.get("customers") or default.customers,
        leads=_leads_of(config.get("leads") or {}),
        trial_line_items=bool(config.get("trial_line_items")),
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
        crm=crm_of(config),
        rules=tuple(config.get("rules") or ()),
        billing_elsewhere=_elsewhere_of(config.get("billing_elsewhere")),
    )


def _elsewhere_of(given: Mapping[str, Any] | None) -> Elsewhere | None:
    if not given:
        return None
    return Elsewhere(given["data_source_name"], given["match"], given.get("custom_field") or "")


def _leads_of(given: Mapping[str, Any]) -> Leads:
    tags = tuple(given.get("tags") or ())
    return Leads(
        tags,
        tuple(given.get("lead_sources") or ()),
        bool(given.get("opportunity")),
        given.get("created_at") or CONTACT_CREATED,
        tuple(given.get("created_at_tags") or tags),
        given.get("trial_started_at") or TRIAL,
    )
