"""How values are put on the wire: money, times, absent attributes; and the switches that decide it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from tests.simulators.http import Switches
from tests.simulators.keap.account import Account

Json = dict[str, Any]
SECONDS = len("2024-05-21T14:30:00")


@lru_cache(maxsize=65536)
def currency_value(minor: int, currency: str, exponent: int) -> Json:
    """`{"amount": 4900, "currency_code": "USD", "formatted_amount": "$49.00"}`; one object for equal sums."""
    whole, part = divmod(abs(minor), 10**exponent)
    symbol = "$" if currency == "USD" else f"{currency} "
    cents = f".{part:0{exponent}d}" if exponent else ""
    formatted = f"{'-' if minor < 0 else ''}{symbol}{whole:,}{cents}"
    return {"amount": minor, "currency_code": currency, "formatted_amount": formatted}


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
    transaction_payment: str
    order_payment_units: str
    end_of_cycles: str
    endless_cycles: str
    refund_status: str
    custom_content: str
    custom_dates: str
    unset_custom_fields: str

    def money(self, minor: int) -> Json:
        """A CurrencyValue."""
        return currency_value(minor, self.currency, self.exponent)

    def major(self, minor: int) -> float:
        """A plain JSON number in major units; the vendor's type is double."""
        return minor / float(10**self.exponent)

    def time(self, instant: datetime) -> str:
        """A date-time to the second, as documented; instants of rows are in UTC."""
        ending = ".000+0000" if self.datetime_form == "offset" else "Z"
        return instant.isoformat()[:SECONDS] + ending

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
        transaction_payment=switches.text("transaction_payment_id"),
        order_payment_units=switches.text("order_payment_amount_units"),
        end_of_cycles=switches.text("end_date_of_cycles"),
        endless_cycles=switches.text("endless_plan_cycles"),
        refund_status=switches.text("refund_status_form"),
        custom_content=switches.text("custom_field_content"),
        custom_dates=switches.text("custom_date_form"),
        unset_custom_fields=switches.text("unset_custom_fields"),
    )
