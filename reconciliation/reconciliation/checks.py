"""Tests of the inputs themselves: an audit on incomplete movements would prove nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd

from reconciliation import chartmogul_mrr, keap_mrr
from reconciliation.explain import Case
from reconciliation.frames import stamp
from reconciliation.report import Check

MOST_IDS = 10


def inputs_checked(
    case: Case, days: Sequence[date], balances: pd.DataFrame, as_of: date
) -> tuple[Check, ...]:
    """Every check of what was read; `balances` are ChartMogul's at the closing days."""
    return (_totals_agree(case, days, balances), _customers_agree(case, as_of), _orders_readable(case))


def _totals_agree(case: Case, days: Sequence[date], balances: pd.DataFrame) -> Check:
    """ChartMogul's customers add up to the total that its metrics give."""
    reported = chartmogul_mrr.totals(case.chartmogul)
    held = balances.groupby("date")["mrr"].sum()
    covered = [day for day in days if day in reported]
    wrong = [day for day in covered if int(held.get(stamp(day), 0)) != reported[day]]
    if not covered:
        return Check(False, "ChartMogul's metrics have no entry for any closing day; read the same days.")
    if not wrong:
        unread = "" if len(covered) == len(days) else f"; the other {len(days) - len(covered)} were not read"
        return Check(
            True, f"The customers add up to ChartMogul's total on {len(covered)} closing days{unread}."
        )
    others = case.chartmogul.settings.other_sources
    if others:
        return Check(
            True,
            f"ChartMogul's total holds {others} more data source{'s' if others > 1 else ''}; "
            "the customers of this source are compared, the total is not.",
        )
    return Check(
        False,
        f"The customers do not add up to ChartMogul's total on {len(wrong)} closing days, first on "
        f"{wrong[0]}; movements are missing, read ChartMogul again.",
    )


def _customers_agree(case: Case, as_of: date) -> Check:
    """Each customer's own MRR field is the sum of its movements: this finds movements lost while paging."""
    if as_of != case.chartmogul.end:
        return Check(True, "The customers' present MRR was not compared: the audit is of an earlier day.")
    moved = case.chartmogul.activities
    zone = case.chartmogul.settings.time_zone
    day = moved["happened_at"].dt.tz_convert(zone).dt.tz_localize(None).dt.normalize()
    sums = moved[day <= stamp(as_of)].groupby("customer_uuid")["movement"].sum()
    stated = case.chartmogul.customers.drop_duplicates("uuid").dropna(subset=["mrr"]).set_index("uuid")["mrr"]
    wrong = int((stated != sums.reindex(stated.index).fillna(0)).sum())
    if stated.empty:
        return Check(True, "ChartMogul showed no MRR per customer to compare the movements with.")
    if wrong:
        return Check(
            False,
            f"The movements of {wrong} of {len(stated)} customers do not add up to the MRR that ChartMogul "
            "shows for them; read ChartMogul again.",
        )
    return Check(True, f"The movements of all {len(stated)} customers add up to the MRR shown for them.")


def _orders_readable(case: Case) -> Check:
    """An order line that cannot be computed is missing on both sides, so it would go unnoticed."""
    orders = keap_mrr.incomplete_orders(case.keap, case.zone)
    if not orders:
        return Check(True, "Every subscription line in Keap has a contact, a date and a billing interval.")
    named = ", ".join(orders[:MOST_IDS]) + (" and more" if len(orders) > MOST_IDS else "")
    return Check(
        False,
        f"{len(orders)} orders in Keap charge a subscription without a contact, a date or a known billing "
        f"interval and are not counted: {named}.",
    )
