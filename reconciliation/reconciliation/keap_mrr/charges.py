"""What each order item charges, after the order's discounts, with its share of the tax."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from reconciliation.frames import KeapFrames
from reconciliation.keap_mrr import vocabulary as kinds
from reconciliation.keap_mrr.shares import spread

READINGS = tuple((field, on_top) for on_top in (True, False) for field in ("discount", None, "special"))
"""Where a charge's own discount stands, and whether tax comes on top of the prices. Keap leaves both open, so
the order's total decides: the first reading that gives it counts, else the first.
"""


def charges(keap: KeapFrames) -> pd.DataFrame:
    """One row per charging item: the item's columns plus kind, gross, reduction, net, tax (cents), and
    adds_up (the order's lines give its total), known (no item of an unknown type), trial (the order carries
    a free-trial discount)."""
    items = _classified(keap)
    totals = keap.orders.set_index("id")["total"]
    found: pd.DataFrame | None = None
    for field, on_top in READINGS:
        left = items if found is None else items[items["order_id"].isin(_wrong(found))]
        if left.empty and found is not None:
            break
        read = _read(left, totals, field, on_top=on_top)
        found = read if found is None else _replaced(found, read[read["adds_up"]])
    lines = pd.DataFrame(found)
    lines["known"] = ~lines["order_id"].isin(set(items.loc[items["kind"].isna(), "order_id"]))
    trials = set(items.loc[items["type"] == "DISCOUNT_FREE_TRIAL", "order_id"])
    lines["trial"] = lines["order_id"].isin(trials)
    return lines


def _wrong(lines: pd.DataFrame) -> set[str]:
    return set(lines.loc[~lines["adds_up"], "order_id"])


def _replaced(lines: pd.DataFrame, better: pd.DataFrame) -> pd.DataFrame:
    others = lines[~lines["order_id"].isin(set(better["order_id"]))]
    return pd.concat([others, better]).sort_values("line") if len(better) else lines


def _read(items: pd.DataFrame, totals: pd.Series[int], field: str | None, *, on_top: bool) -> pd.DataFrame:
    """The charges by one reading."""
    lines = items[items["kind"].isin(kinds.CHARGES)].copy()
    lines["gross"] = lines["price"] * lines["quantity"]
    own = lines[field].clip(upper=lines["gross"].clip(lower=0)) if field else 0
    lines["net"] = lines["gross"] - own
    for pairs in _rounds(_discount_pairs(items[items["kind"] == kinds.DISCOUNT], lines)):
        _take_off(pairs, lines)
    lines["reduction"] = lines["gross"] - lines["net"]
    lines["tax"] = _shares(_tax_pairs(items[items["kind"] == kinds.TAX], lines), lines)
    if not on_top:
        lines["gross"] -= lines["tax"]
        lines["net"] -= lines["tax"]
    charged = (lines["net"] + lines["tax"]).groupby(lines["order_id"]).sum()
    stated = totals.reindex(charged.index)
    right = stated.isna() | charged.eq(stated).fillna(False)
    lines["adds_up"] = lines["order_id"].map(right).astype(bool)
    return lines


def _classified(keap: KeapFrames) -> pd.DataFrame:
    """Items with a kind: a charge that names a subscription is recurring, a product in instalments is not,
    and a one-off item below zero is a credit, which takes off like a discount.
    """
    table = keap.items.copy()
    table["price"] = table["price"].fillna(0).astype("int64")
    table["quantity"] = table["quantity"].fillna(1).replace(0, 1).astype("int64")
    for name in ("discount", "special"):
        table[name] = table[name].fillna(0).astype("int64").abs()
    kind = table["type"].map(kinds.ITEM_KINDS).astype("string")
    split = table["order_id"].isin(keap.orders.loc[(keap.orders["instalments"] > 1).fillna(False), "id"])
    linked = table["subscription_id"].notna() & kind.isin(kinds.CHARGES)
    credit = kind.isin((kinds.ONE_TIME, kinds.SHIPPING)) & (table["price"] < 0) & ~linked
    kind = kind.mask(credit, kinds.DISCOUNT)
    table["type"] = table["type"].mask(credit, kinds.CREDIT)
    table["kind"] = kind.mask(linked & ~(split & table["type"].eq("PRODUCT")), kinds.RECURRING)
    value = table["price"] * table["quantity"]
    table["amount"] = value.mask(
        kind.eq(kinds.DISCOUNT), table["discount"].where(table["discount"] > 0, value.abs())
    )
    table["line"] = range(len(table))
    return table


def _discount_pairs(discounts: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Each discount with all lines of its order: part, line, amount, `meant` (it is for this line), `turn`.

    `turn` is the discount's place: credits first, then those for certain lines, then those for all.
    """
    parts = discounts.rename(columns={"line": "part"})[["order_id", "part", "amount", "type", "product_id"]]
    pairs = parts.merge(
        lines[["order_id", "line", "kind", "product_id", "type"]], on="order_id", suffixes=("", "_line")
    )
    pairs["meant"] = _meant(pairs)
    whole = ~pairs["meant"].groupby(pairs["part"]).transform("any")
    rank = whole.astype("int64").mask(pairs["type"].eq(kinds.CREDIT), -1)
    pairs = pairs.assign(rank=rank).sort_values(["order_id", "rank", "part", "line"])
    number = (pairs["part"] != pairs["part"].shift()).cumsum()
    pairs["turn"] = number - number.groupby(pairs["order_id"]).transform("min")
    return pairs[["part", "line", "amount", "meant", "turn"]].astype({"part": "int64", "line": "int64"})


def _rounds(pairs: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """The first discount of every order, then the second, and so on: each sees what the ones before left."""
    for turn in sorted(pairs["turn"].unique()):
        yield pairs[pairs["turn"] == turn]


def _meant(pairs: pd.DataFrame) -> pd.Series[bool]:
    product = pairs["type"].isin(kinds.FOR_ONE_PRODUCT) & pairs["product_id"].eq(pairs["product_id_line"])
    shipping = pairs["type"].eq("DISCOUNT_SHIPPING") & pairs["type_line"].eq("SHIPPING")
    trial = pairs["type"].eq("DISCOUNT_FREE_TRIAL") & pairs["kind"].eq(kinds.RECURRING)
    return (product | shipping | trial).fillna(False).astype(bool)


def _take_off(pairs: pd.DataFrame, lines: pd.DataFrame) -> None:
    """Reduces `net` of the lines that a discount is for, and of the others by what is more than those cost.

    No line sinks below zero.
    """
    left = pairs["amount"]
    for among in (pairs["meant"], pd.Series(True, index=pairs.index)):
        chosen = pairs.assign(amount=left)[among]
        room = chosen["line"].map(lines.set_index("line")["net"]).clip(lower=0)
        chosen["amount"] = chosen["amount"].clip(upper=room.groupby(chosen["part"]).transform("sum"))
        lines["net"] -= _shares(chosen[["part", "line", "amount"]], lines)
        taken = chosen.groupby("part")["amount"].first()
        left = left - pairs["part"].map(taken).fillna(0).astype("int64")


def _tax_pairs(taxes: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    parts = taxes.rename(columns={"line": "part"})[["order_id", "part", "amount"]]
    return parts.merge(lines[["order_id", "line"]], on="order_id")[["part", "line", "amount"]]


def _shares(pairs: pd.DataFrame, lines: pd.DataFrame) -> pd.Series[int]:
    """The sum of all shares of each line by the lines' present net, zero where there are none."""
    weight = pairs["line"].map(lines.set_index("line")["net"])
    weighted = pairs.assign(weight=weight).astype("int64").reset_index(drop=True)
    per_line = spread(weighted).groupby(weighted["line"]).sum()
    return lines["line"].map(per_line).fillna(0).astype("int64")
