"""What each order item charges, after the order's discounts, with its share of the tax."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from reconciliation.frames import KeapFrames
from reconciliation.keap_mrr import vocabulary as kinds
from reconciliation.keap_mrr.shares import spread


def charges(keap: KeapFrames) -> pd.DataFrame:
    """One row per charging item: the item's columns plus kind, gross, reduction, net, tax (cents), and
    adds_up (the order's lines give its total), known (no item of an unknown type), trial (the order carries
    a free-trial discount)."""
    items = _classified(keap)
    lines = items[items["kind"].isin(kinds.CHARGES)].copy()
    lines["gross"] = lines["price"] * lines["quantity"]
    lines["net"] = lines["gross"] - _own_discounts(lines, items, keap.orders)
    for pairs in _rounds(_discount_pairs(items[items["kind"] == kinds.DISCOUNT], lines)):
        lines["net"] -= _shares(pairs, lines)
    lines["reduction"] = lines["gross"] - lines["net"]
    lines["tax"] = _shares(_tax_pairs(items[items["kind"] == kinds.TAX], lines), lines)
    lines["net"] -= lines["tax"].where(_tax_is_inside(lines, keap.orders), 0)
    return _with_order_checks(lines, items, keap.orders)


def _classified(keap: KeapFrames) -> pd.DataFrame:
    """Items with a kind: a charge that names a subscription is recurring, a product in instalments is not,
    and a one-off item below zero is a credit, which takes off like a discount.
    """
    table = keap.items.copy()
    table["price"] = table["price"].fillna(0).astype("int64")
    table["quantity"] = table["quantity"].fillna(1).astype("int64")
    table["discount"] = table["discount"].fillna(0).astype("int64").abs()
    kind = table["type"].map(kinds.ITEM_KINDS).astype("string")
    split = table["order_id"].isin(keap.orders.loc[(keap.orders["instalments"] > 1).fillna(False), "id"])
    linked = table["subscription_id"].notna() & kind.isin(kinds.CHARGES)
    credit = kind.eq(kinds.ONE_TIME) & (table["price"] < 0) & ~linked
    kind = kind.mask(credit, kinds.DISCOUNT)
    table["type"] = table["type"].mask(credit, kinds.CREDIT)
    table["kind"] = kind.mask(linked & ~(split & table["type"].eq("PRODUCT")), kinds.RECURRING)
    value = table["price"] * table["quantity"]
    table["amount"] = value.mask(
        kind.eq(kinds.DISCOUNT), table["discount"].where(table["discount"] > 0, value.abs())
    )
    table["line"] = range(len(table))
    return table


def _own_discounts(lines: pd.DataFrame, items: pd.DataFrame, orders: pd.DataFrame) -> pd.Series[int]:
    """The `discount` field of charging items, in orders whose total is right only with it taken off.

    Keap documents the field for discount items only, so the order's total decides.
    """
    sign = items["kind"].map({kinds.DISCOUNT: -1}).fillna(1).astype("int64")
    charged = (items["amount"] * sign).where(items["kind"].notna(), 0).groupby(items["order_id"]).sum()
    own = lines.groupby("order_id")["discount"].sum()
    total = orders.set_index("id")["total"].reindex(own.index)
    meant = (charged.reindex(own.index) - own).eq(total) & (own > 0)
    return lines["discount"].where(lines["order_id"].isin(own.index[meant.fillna(False)]), 0)


def _discount_pairs(discounts: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Each discount with the lines it reduces; where its own kind of line is absent, with all lines.

    `turn` is the discount's place in its order: those for certain lines before those for the whole order.
    """
    parts = discounts.rename(columns={"line": "part"})[["order_id", "part", "amount", "type", "product_id"]]
    pairs = parts.merge(
        lines[["order_id", "line", "kind", "product_id"]], on="order_id", suffixes=("", "_line")
    )
    meant = _meant(pairs)
    named = meant.groupby(pairs["part"]).transform("any")
    pairs = pairs.assign(whole=~named)[meant | ~named].sort_values(["order_id", "whole", "part", "line"])
    number = (pairs["part"] != pairs["part"].shift()).cumsum()
    pairs["turn"] = number - number.groupby(pairs["order_id"]).transform("min")
    return pairs[["part", "line", "amount", "turn"]].astype("int64")


def _rounds(pairs: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """The first discount of every order, then the second, and so on: each sees what the ones before left."""
    for turn in sorted(pairs["turn"].unique()):
        yield pairs[pairs["turn"] == turn]


def _meant(pairs: pd.DataFrame) -> pd.Series[bool]:
    product = pairs["type"].isin(kinds.FOR_ONE_PRODUCT) & pairs["product_id"].eq(pairs["product_id_line"])
    shipping = pairs["type"].eq("DISCOUNT_SHIPPING") & pairs["kind"].eq(kinds.SHIPPING)
    trial = pairs["type"].eq("DISCOUNT_FREE_TRIAL") & pairs["kind"].eq(kinds.RECURRING)
    return (product | shipping | trial).fillna(False).astype(bool)


def _tax_pairs(taxes: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    parts = taxes.rename(columns={"line": "part"})[["order_id", "part", "amount"]]
    return parts.merge(lines[["order_id", "line"]], on="order_id")[["part", "line", "amount"]]


def _shares(pairs: pd.DataFrame, lines: pd.DataFrame) -> pd.Series[int]:
    """The sum of all shares of each line by the lines' present net, zero where there are none."""
    weight = pairs["line"].map(lines.set_index("line")["net"])
    weighted = pairs.assign(weight=weight).astype("int64").reset_index(drop=True)
    per_line = spread(weighted).groupby(weighted["line"]).sum()
    return lines["line"].map(per_line).fillna(0).astype("int64")


def _tax_is_inside(lines: pd.DataFrame, orders: pd.DataFrame) -> pd.Series[bool]:
    """Lines of orders whose total is right only when the prices hold the tax already."""
    stated = orders.set_index("id")["total"]
    sums = lines.groupby("order_id")[["net", "tax"]].sum()
    inside = sums["net"].eq(stated.reindex(sums.index)).fillna(False) & sums["tax"].ne(0)
    return lines["order_id"].isin(sums.index[inside.astype(bool)])


def _with_order_checks(lines: pd.DataFrame, items: pd.DataFrame, orders: pd.DataFrame) -> pd.DataFrame:
    stated = orders.set_index("id")["total"]
    charged = (lines["net"] + lines["tax"]).groupby(lines["order_id"]).sum()
    lines["adds_up"] = lines["order_id"].map(charged.eq(stated.reindex(charged.index)).fillna(False))
    unknown = set(items.loc[items["kind"].isna(), "order_id"])
    lines["known"] = ~lines["order_id"].isin(unknown)
    trials = set(items.loc[items["type"] == "DISCOUNT_FREE_TRIAL", "order_id"])
    lines["trial"] = lines["order_id"].isin(trials)
    return lines
