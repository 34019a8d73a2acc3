"""Spreading an order's discounts and taxes over its lines, to the cent."""

from __future__ import annotations

import pandas as pd


def spread(pairs: pd.DataFrame) -> pd.Series[int]:
    """The share of each (part, line) pair in its part's amount, in proportion to the line's weight.

    `pairs` has one row per pair: part (what is spread), line, amount (of the part) and weight (of the line),
    whole cents. Cents that do not divide go to the largest remainders, first line first, so that the shares
    of a part add up to its amount. When all weights of a part are zero its first line takes all.
    """
    weight = pairs["weight"].clip(lower=0)
    total = weight.groupby(pairs["part"]).transform("sum")
    first = ~pairs["part"].duplicated()
    weight = weight.where(total > 0, first.astype("int64"))
    total = total.where(total > 0, 1)
    product = pairs["amount"] * weight
    base = product // total
    left = pairs["amount"] - base.groupby(pairs["part"]).transform("sum")
    rank = (product % total).groupby(pairs["part"]).rank(method="first", ascending=False)
    return base + (rank <= left).astype("int64")
