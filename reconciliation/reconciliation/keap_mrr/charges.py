"""What each order item charges, after the order's discounts, with its share of the tax."""

from __future__ import annotations

import pandas as pd

from reconciliation.frames import KeapFrames
from reconciliation.keap_mrr import vocabulary as kinds
from reconciliation.keap_mrr.shares import spread

PAIR = ["part", "line", "amount", "weight"]


def charges(keap: KeapFrames) -> pd.DataFrame:
    """One row per charging item: the item's columns plus kind, gross, reduction, net, tax (cents), and
    adds_up (the order's lines give its total), known (no item of an unknown type), trial (the order carries
    a free-trial discount)."""
    items = _classified(keap.items)
    lines = items[items["kind"].isin(kinds.CHARGES)].copy()
    lines["gross"] = lines["price"] * lines["quantity"]
    discounts = items[items["kind"] == kinds.DISCOUNT]
    lines["reduction"] = _shares(_discount_pairs(discounts, lines), lines)
    lines["net"] = lines["gross"] - lines["reduction"]
    taxes = items[items["kind"] == kinds.TAX]
    lines["tax"] = _shares(_tax_pairs(taxes, lines), lines)
    return _with_order_checks(lines, items, keap.orders)


def _classified(items: pd.DataFrame) -> pd.DataFrame:
    """Items with a kind; any charge that names a subscription is recurring."""
    table = items.copy()
    table["price"] = table["price"].fillna(0).astype("int64")
    table["quantity"] = table["quantity"].fillna(1).astype("int64")
    table["discount"] = table["discount"].fillna(0).astype("int64")
    kind = table["type"].map(kinds.ITEM_KINDS).astype("string")
    linked = table["subscription_id"].notna() & kind.isin(kinds.CHARGES)
    table["kind"] = kind.mask(linked, kinds.RECURRING)
    table["line"] = range(len(table))
    return table


def _discount_pairs(discounts: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Each discount with the lines it reduces; where its own kind of line is absent, with all lines."""
    amount = discounts["discount"].abs()
    stated = amount.where(amount > 0, (discounts["price"] * discounts["quantity"]).abs())
    parts = discounts.assign(part=discounts["line"], amount=stated)
    pairs = parts[["order_id", "part", "amount", "type", "product_id"]].merge(
        lines[["order_id", "line", "kind", "product_id", "gross"]], on="order_id", suffixes=("", "_line")
    )
    meant = _meant(pairs)
    any_meant = meant.groupby(pairs["part"]).transform("any")
    return pairs[meant | ~any_meant].rename(columns={"gross": "weight"})[PAIR]


def _meant(pairs: pd.DataFrame) -> pd.Series[bool]:
    product = pairs["type"].isin(kinds.FOR_ONE_PRODUCT) & pairs["product_id"].eq(pairs["product_id_line"])
    shipping = pairs["type"].eq("DISCOUNT_SHIPPING") & pairs["kind"].eq(kinds.SHIPPING)
    trial = pairs["type"].eq("DISCOUNT_FREE_TRIAL") & pairs["kind"].eq(kinds.RECURRING)
    return (product | shipping | trial).fillna(False).astype(bool)


def _tax_pairs(taxes: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    parts = taxes.assign(part=taxes["line"], amount=taxes["price"] * taxes["quantity"])
    pairs = parts[["order_id", "part", "amount"]].merge(lines[["order_id", "line", "net"]], on="order_id")
    return pairs.rename(columns={"net": "weight"})[PAIR]


def _shares(pairs: pd.DataFrame, lines: pd.DataFrame) -> pd.Series[int]:
    """The sum of all shares of each line, zero where there are none."""
    pairs = pairs.astype("int64").reset_index(drop=True)
    per_line = spread(pairs).groupby(pairs["line"]).sum()
    return lines["line"].map(per_line).fillna(0).astype("int64")


def _with_order_checks(lines: pd.DataFrame, items: pd.DataFrame, orders: pd.DataFrame) -> pd.DataFrame:
    stated = orders.set_index("id")["total"]
    charged = (lines["net"] + lines["tax"]).groupby(lines["order_id"]).sum()
    lines["adds_up"] = lines["order_id"].map(charged.eq(stated.reindex(charged.index)).fillna(False))
    unknown = set(items.loc[items["kind"].isna(), "order_id"])
    lines["known"] = ~lines["order_id"].isin(unknown)
    trials = set(items.loc[items["type"] == "DISCOUNT_FREE_TRIAL", "order_id"])
    lines["trial"] = lines["order_id"].isin(trials)
    return lines
