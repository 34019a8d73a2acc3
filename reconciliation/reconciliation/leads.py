"""Who is a lead in Keap, and what dates leads and trials: by the destination's keys, in code of its own.

ChartMogul's lead and conversion charts count `lead_created_at` and `free_trial_started_at`
(https://help.chartmogul.com/hc/en-us/articles/210547889); this is what Keap says those days are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from reconciliation.errors import ReconciliationError
from reconciliation.frames import KeapFrames

EVERYONE, CHOSEN, TRIED, PAID = "everyone", "chosen_leads", "payers_and_trials", "payers_only"
CREATED, TAGGED, OPENED, NEVER = "contact_created", "tag_applied", "opportunity_opened", "never"
TRIAL = "trial"
CUSTOMERS = (EVERYONE, CHOSEN, TRIED, PAID)
LEAD_DATES = (CREATED, TAGGED, OPENED, NEVER)
TRIAL_DATES = (TRIAL, CREATED, NEVER)


@dataclass(frozen=True)
class LeadPolicy:
    """The keys `customers` and `leads` of the destination's configuration. Tags and lead sources are ids or
    names.
    """

    customers: str = EVERYONE
    tags: tuple[str, ...] = ()
    lead_sources: tuple[str, ...] = ()
    opportunity: bool = False
    created_at: str = CREATED
    created_at_tags: tuple[str, ...] = ()
    trial_started_at: str = TRIAL

    def __post_init__(self) -> None:
        for name, known in (
            ("customers", CUSTOMERS),
            ("created_at", LEAD_DATES),
            ("trial_started_at", TRIAL_DATES),
        ):
            if getattr(self, name) not in known:
                said = f"'{getattr(self, name)}' is no value of '{name}'; choose from: {', '.join(known)}."
                raise ReconciliationError(said)


def lead_policy(configuration: Mapping[str, Any]) -> LeadPolicy:
    """The policy in a destination configuration. Raises ReconciliationError for a value of no meaning."""
    given = configuration.get("leads") or {}
    tags = tuple(given.get("tags") or ())
    return LeadPolicy(
        configuration.get("customers") or EVERYONE,
        tags,
        tuple(given.get("lead_sources") or ()),
        bool(given.get("opportunity")),
        given.get("created_at") or CREATED,
        tuple(given.get("created_at_tags") or tags),
        given.get("trial_started_at") or TRIAL,
    )


def lead_moments(keap: KeapFrames, chosen: LeadPolicy) -> pd.Series[Any]:
    """When each contact became a lead, by contact id; contacts without evidence are missing."""
    if chosen.created_at == TAGGED:
        rows = keap.applied_tags
        rows = rows[rows["tag_id"].isin(ids_of(chosen.created_at_tags, keap.tags))]
        return _first(rows, "applied_at")
    if chosen.created_at == OPENED:
        return _first(keap.opportunities, "created_at")
    rows = keap.contacts.rename(columns={"id": "customer_id"})
    return _first(rows if chosen.created_at == CREATED else rows.iloc[:0], "created_at")


def chosen_contacts(keap: KeapFrames, chosen: LeadPolicy) -> frozenset[str]:
    """Contacts that the policy describes as leads."""
    tagged = keap.applied_tags["tag_id"].isin(ids_of(chosen.tags, keap.tags))
    sources = keap.contacts["lead_source_id"].isin(ids_of(chosen.lead_sources, keap.lead_sources))
    found = set(keap.applied_tags.loc[tagged, "customer_id"]) | set(keap.contacts.loc[sources, "id"])
    if chosen.opportunity:
        found |= set(keap.opportunities["customer_id"].dropna())
    return frozenset(found)


def customers_of(
    keap: KeapFrames, chosen: LeadPolicy, paid: Iterable[str], tried: Iterable[str]
) -> frozenset[str]:
    """Contacts that become customers, of those who paid, those who tried, and the leads."""
    found = {PAID: set(paid)}
    found[TRIED] = found[PAID] | set(tried)
    found[CHOSEN] = found[TRIED] | chosen_contacts(keap, chosen)
    found[EVERYONE] = found[TRIED] | set(keap.contacts["id"])
    return frozenset(found[chosen.customers])


def ids_of(given: Iterable[str], known: pd.DataFrame) -> frozenset[str]:
    """Ids, and whole names as ids, in any case."""
    wanted = {text.strip().casefold() for text in given}
    named = known.loc[known["name"].str.strip().str.casefold().isin(wanted), "id"]
    return frozenset(wanted) | frozenset(named)


def _first(rows: pd.DataFrame, column: str) -> pd.Series[Any]:
    return rows.dropna(subset=["customer_id", column]).groupby("customer_id")[column].min()
