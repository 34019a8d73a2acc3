"""Which subscription an order line belongs to, when the line does not say.

Keap documents `subscription_id` on order items, but leaves open whether the first order of a subscription
carries it. Such a line belongs to the subscription of the same contact and plan (failing that, product) that
starts on or next after the order's day and that no earlier order claims. An order that was not
paid at once began none that has a bill of its own by its first day: its first payment failed, and the
customer bought anew. A subscription that was moved to another product since is known by its first day: that
of the order itself.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

MADE_UP = "order-"
"""What the name of a subscription begins with that only its order tells of; Keap's own are numbers."""


def subscription_of(
    lines: pd.DataFrame, subscriptions: pd.DataFrame, late: pd.Series[bool]
) -> pd.Series[Any]:
    """The subscription id of each line (customer_id, product_id, plan_id, order_id, starts, subscription_id).

    A line that no subscription fits gets `order-{order id}`. `late`: its order was not paid at once.
    """
    found = lines["subscription_id"].copy()
    for line, subscription in _matches(lines, subscriptions, late).items():
        found[line] = subscription
    return found.fillna(MADE_UP + lines["order_id"])


def is_made_up(lines: pd.DataFrame) -> pd.Series[bool]:
    """The lines that no subscription fits, after `subscription_of`."""
    return lines["subscription_id"].eq(MADE_UP + lines["order_id"]).fillna(False).astype(bool)


def _matches(lines: pd.DataFrame, subscriptions: pd.DataFrame, late: pd.Series[bool]) -> dict[Any, str]:
    """Greedy: earliest order first, then the best fit, then the nearest start; each claims once."""
    claimed_on = lines.groupby("subscription_id")["starts"].min().to_dict()
    matches: dict[Any, str] = {}
    given: set[str] = set()
    for row in _candidates(lines, subscriptions, late).itertuples():
        taken = claimed_on.get(row.subscription)
        if row.place in matches or row.subscription in given or (taken is not None and taken < row.starts):
            continue
        matches[row.place] = str(row.subscription)
        given.add(str(row.subscription))
    return matches


def _candidates(lines: pd.DataFrame, subscriptions: pd.DataFrame, late: pd.Series[bool]) -> pd.DataFrame:
    """Every line and subscription that may belong together, the best pairs of each day first."""
    wanted = ["place", "customer_id", "plan_id", "product_id", "starts", "order_id"]
    open_lines = lines[lines["subscription_id"].isna()].reset_index(names="place")[wanted]
    own = subscriptions[["id", "customer_id", "plan_id", "product_id", "start_date"]]
    pairs = open_lines.merge(
        own.rename(columns={"id": "subscription"}), on="customer_id", suffixes=("", "_own")
    )
    fit = {
        0: pairs["plan_id"].eq(pairs["plan_id_own"]) & pairs["start_date"].ge(pairs["starts"]),
        1: pairs["product_id"].eq(pairs["product_id_own"]) & pairs["start_date"].ge(pairs["starts"]),
        2: pairs["start_date"].eq(pairs["starts"]),
    }
    rank = pd.Series(pd.NA, index=pairs.index, dtype="Int64")
    for level, fits in fit.items():
        rank = rank.mask(rank.isna() & fits.fillna(False).astype(bool), level)
    own_bills = lines.loc[lines["subscription_id"].notna(), ["subscription_id", "starts", "order_id"]]
    bills = pairs.reset_index(names="pair").merge(
        own_bills, left_on="subscription", right_on="subscription_id", suffixes=("", "_billed")
    )
    began = bills["starts_billed"].ge(bills["starts"]) & bills["starts_billed"].le(bills["start_date"])
    began &= bills["order_id_billed"].ne(bills["order_id"])
    with_another = pairs.index.isin(bills.loc[began, "pair"]) & pairs["place"].map(late).astype(bool)
    rank = rank.mask(with_another)
    ranked = pairs.assign(rank=rank).dropna(subset=["rank"])
    return ranked.sort_values(["starts", "rank", "start_date", "place", "subscription"])
