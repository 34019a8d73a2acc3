"""Keap's amounts in hundredths of the currency: ChartMogul counts in them, also for yen and dinars."""

from __future__ import annotations

from typing import Any

import pandas as pd

from reconciliation.intervals import divide_half_away
from reconciliation.keap_mrr.shares import spread
from reconciliation.money import HUNDREDTHS, exponent


def in_hundredths(charges: pd.DataFrame, currency: str) -> pd.Series[int]:
    """The net of each charge (order_id, line, net and tax in the smallest unit).

    Thousandths are rounded for the order as a whole and spread over its charges, so that these add up to it.
    """
    digits = HUNDREDTHS - exponent(currency)
    if digits >= 0:
        sent: pd.Series[int] = charges["net"] * 10**digits
        return sent
    amount = charges["net"] + charges["tax"]
    orders = amount.groupby(charges["order_id"])
    pairs = pd.DataFrame({"part": orders.ngroup(), "line": charges["line"], "weight": amount})
    pairs["amount"] = _rounded(orders.transform("sum"), 10**-digits)
    return spread(pairs) - _rounded(charges["tax"], 10**-digits)


def in_units(amounts: pd.Series[Any], currency: str, digits: int) -> pd.Series[Any]:
    """Amounts of the smallest unit with `digits` behind the point instead, each by itself."""
    more = digits - exponent(currency)
    if more >= 0:
        scaled: pd.Series[Any] = amounts.astype("Int64") * 10**more
        return scaled
    return divide_half_away(amounts.astype("Int64"), pd.Series(10**-more, index=amounts.index))


def _rounded(amounts: pd.Series[int], size: int) -> pd.Series[int]:
    return divide_half_away(amounts, pd.Series(size, index=amounts.index)).astype("int64")
