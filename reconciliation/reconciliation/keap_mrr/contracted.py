"""Contracted MRR: what the active subscriptions promise today, beside what their latest orders billed.

Keap's documentation leaves open whether `billing_amount` is for one unit or for the whole quantity, and
whether it is in major or minor units of the currency. The latest orders settle it: the reading that gives
back most of their amounts is taken, and said.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

from reconciliation.frames import stamp
from reconciliation.intervals import count_of, monthly, unit_of
from reconciliation.keap_mrr.units import in_units
from reconciliation.money import HUNDREDTHS, exponent
from reconciliation.policy import Policy


@dataclass(frozen=True)
class Convention:
    """One reading of `billing_amount`."""

    per_unit: bool
    major: bool

    @property
    def says(self) -> str:
        basis = "one unit" if self.per_unit else "the whole quantity"
        return f"{'major' if self.major else 'minor'} units of the currency, for {basis}"


READINGS = tuple(Convention(per_unit, major) for major in (True, False) for per_unit in (True, False))
"""In the order in which they are preferred when equally many orders agree."""


@dataclass(frozen=True)
class Contracted:
    """Contracted and billed MRR (cents) of the subscriptions active on the day; how the amount was read."""

    subscriptions: int
    contracted: int
    billed: int
    sentence: str


def contracted(
    subscriptions: pd.DataFrame, periods: pd.DataFrame, currency: str, as_of: date, digits: int = HUNDREDTHS
) -> Contracted:
    """`periods` is what `keap_mrr.periods` gives; `as_of` is the day; `digits`: of the figures."""
    active = _active(subscriptions, stamp(as_of))
    latest = periods[periods["starts"] <= stamp(as_of)].drop_duplicates("subscription_id", keep="last")
    billed = active.merge(
        latest[["subscription_id", "gross", "mrr"]], left_on="id", right_on="subscription_id"
    )
    reading, agreeing = _best_reading(billed, currency)
    amounts = in_units(amounts_of(active, reading, currency), currency, digits)
    unit, count = unit_of(active["cycle"]), count_of(active["cycle"], active["frequency"])
    return Contracted(
        subscriptions=len(active),
        contracted=int(monthly(amounts, unit, count).fillna(0).sum()),
        billed=int(billed["mrr"].sum()),
        sentence=f"billing_amount read as {reading.says}: {agreeing} of {len(billed)} latest orders agree",
    )


def contracted_mrr(
    subscriptions: pd.DataFrame, periods: pd.DataFrame, currency: str, digits: int = HUNDREDTHS
) -> pd.Series[Any]:
    """Contracted MRR (cents) by subscription id, whether the subscription is active or not."""
    latest = periods.drop_duplicates("subscription_id", keep="last")[["subscription_id", "gross"]]
    billed = subscriptions.merge(latest, left_on="id", right_on="subscription_id")
    reading, _ = _best_reading(billed, currency)
    unit = unit_of(subscriptions["cycle"])
    count = count_of(subscriptions["cycle"], subscriptions["frequency"])
    cents = in_units(amounts_of(subscriptions, reading, currency), currency, digits)
    amounts = monthly(cents, unit, count)
    return amounts.set_axis(pd.Index(subscriptions["id"]))


def whole_price(
    subscriptions: pd.DataFrame, billed: pd.DataFrame, currency: str, policy: Policy
) -> pd.Series[Any]:
    """What the subscription's record says that one bill costs (cents), by subscription id.

    `billed`: subscription_id and gross of bills in order of time; the policy may fix the reading.
    """
    latest = billed.drop_duplicates("subscription_id", keep="last")[["subscription_id", "gross"]]
    told = subscriptions.merge(latest, left_on="id", right_on="subscription_id")
    reading, _ = _best_reading(told, currency, policy)
    return amounts_of(subscriptions, reading, currency).set_axis(pd.Index(subscriptions["id"]))


def _allowed(reading: Convention, policy: Policy) -> bool:
    per, unit = policy.billing_amount_per, policy.billing_amount_in
    return per in (None, "unit" if reading.per_unit else "line") and unit in (
        None,
        "major" if reading.major else "minor",
    )


def _active(subscriptions: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    active = subscriptions["active"].fillna(False).astype(bool)
    begun = subscriptions["start_date"] <= day
    lasting = subscriptions["end_date"].isna() | (subscriptions["end_date"] >= day)
    return subscriptions[active & begun & lasting]


def _best_reading(
    billed: pd.DataFrame, currency: str, policy: Policy | None = None
) -> tuple[Convention, int]:
    """The reading with most agreeing orders; the first of READINGS among equals."""
    allowed = [reading for reading in READINGS if policy is None or _allowed(reading, policy)]
    scores = [(int((amounts_of(billed, r, currency) == billed["gross"]).sum()), r) for r in allowed]
    agreeing, reading = max(scores, key=lambda score: score[0])
    return reading, agreeing


def amounts_of(subscriptions: pd.DataFrame, reading: Convention, currency: str) -> pd.Series[Any]:
    """The amount of one bill in cents, by one reading of `billing_amount`."""
    factor = 10 ** exponent(currency) if reading.major else 1
    cents = subscriptions["billing_amount"].map(lambda amount: _cents(amount, factor)).astype("Int64")
    return cents * subscriptions["quantity"].fillna(1) if reading.per_unit else cents


def _cents(amount: Decimal | None, factor: int) -> int | None:
    return None if amount is None else int((amount * factor).to_integral_value())
