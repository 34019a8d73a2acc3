"""How values are put on the wire: money, times, absent attributes; and the switches that decide it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.simulators.http import Switches
from tests.simulators.keap.account import Account

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wording:
    """The position of every switch that changes what a row looks like, and the currency."""

    currency: str
    exponent: int
    amount_basis: str
    amount_units: str
    discount_lines: str
    refund_sign: str
    refund_label: str
    first_order_link: str
    total_paid: str
    unset: str
    datetime_form: str

    def money(self, minor: int) -> Json:
        """A CurrencyValue: `{"amount": 4900, "currency_code": "USD", "formatted_amount": "$49.00"}`."""
        sign, unit = ("-" if minor < 0 else ""), 10**self.exponent
        whole, part = divmod(abs(minor), unit)
        symbol = "$" if self.currency == "USD" else f"{self.currency} "
        cents = f".{part:0{self.exponent}d}" if self.exponent else ""
        formatted = f"{sign}{symbol}{whole:,}{cents}"
        return {"amount": minor, "currency_code": self.currency, "formatted_amount": formatted}

    def major(self, minor: int) -> float:
        """A plain JSON number in major units; the vendor's type is double."""
        return minor / float(10**self.exponent)

    def time(self, instant: datetime) -> str:
        """A date-time, to the second as documented."""
        utc = instant.astimezone(UTC)
        if self.datetime_form == "offset":
            return utc.strftime("%Y-%m-%dT%H:%M:%S.000+0000")
        return utc.strftime("%Y-%m-%dT%H:%M:%SZ")

    def known(self, row: Json) -> Json:
        """The row without attributes that have no value, or with null for them."""
        if self.unset == "null":
            return {name: None if value == "" else value for name, value in row.items()}
        return {name: value for name, value in row.items() if value is not None and value != ""}


def wording(account: Account, switches: Switches) -> Wording:
    """The wording that the switches ask for now."""
    return Wording(
        currency=account.profile.currency_code,
        exponent=account.profile.currency_exponent,
        amount_basis=switches.text("billing_amount_basis"),
        amount_units=switches.text("billing_amount_units"),
        discount_lines=switches.text("discount_lines"),
        refund_sign=switches.text("refund_amount_sign"),
        refund_label=switches.text("refund_type_label"),
        first_order_link=switches.text("first_order_subscription_id"),
        total_paid=switches.text("total_paid_after_refund"),
        unset=switches.text("unset_fields"),
        datetime_form=switches.text("datetime_form"),
    )
