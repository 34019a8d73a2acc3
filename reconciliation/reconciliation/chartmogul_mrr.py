"""ChartMogul's MRR per customer and subscription, from its movements, and its own monthly totals.

The balance at the end of a day is the sum of all movements dated up to that day in ChartMogul's account zone
(closing = opening + movements; https://help.chartmogul.com/hc/en-us/articles/6245832909852-Chart-MRR-Movements).
Movements carry no data source, so they are tied to the source through its list of customers.
"""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pandas as pd

from reconciliation.frames import ChartMogulFrames


def movements(chartmogul: ChartMogulFrames, owners: frozenset[str], zone: ZoneInfo) -> pd.DataFrame:
    """The source's movements: customer_id, subscription_id, plan_id, day (in `zone`), happened_at, type,
    movement (cents), currency, source_uuid, sources (how many data sources the customer has).

    `owners` are the customers that own an order on the billing side; see `names_of`.
    """
    own = chartmogul.activities.merge(names_of(chartmogul, owners), left_on="customer_uuid", right_on="uuid")
    own["day"] = own["happened_at"].dt.tz_convert(zone).dt.tz_localize(None).dt.normalize()
    own["subscription_id"] = own["subscription_id"].fillna("none")
    columns = ["customer_id", "subscription_id", "plan_id", "day", "happened_at", "type", "movement"]
    columns += ["currency", "source_uuid", "sources"]
    return own.sort_values("happened_at", kind="stable")[columns].reset_index(drop=True)


def names_of(chartmogul: ChartMogulFrames, owners: frozenset[str]) -> pd.DataFrame:
    """uuid → customer_id, sources, page: of a merged customer's ids the one that owns orders in Keap, else
    the primary.
    """
    table = chartmogul.customers.assign(owns=chartmogul.customers["external_id"].isin(owners))
    ranked = table.sort_values(["owns", "primary"], ascending=False, kind="stable")
    chosen = ranked.drop_duplicates("uuid")[["uuid", "external_id", "sources", "page"]]
    return chosen.rename(columns={"external_id": "customer_id"})


def totals(chartmogul: ChartMogulFrames) -> dict[date, int]:
    """The account's own MRR by closing day, in cents, as its metrics say."""
    table = chartmogul.totals
    return {day.date(): int(mrr) for day, mrr in zip(table["date"], table["mrr"], strict=True)}
