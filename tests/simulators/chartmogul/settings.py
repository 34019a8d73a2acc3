"""Account and source settings that decide what the metrics say."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tests.simulators.chartmogul.customers.geography import is_currency
from tests.simulators.http import Json

INVOICE_STATES = ("open", "partially_paid", "paid")
CHOICES: Mapping[str, tuple[Json, ...]] = {
    "churn_recognition": ("at_cancellation", "end_of_service_period", "at_click"),
    "create_subscription_when_invoice_is": INVOICE_STATES,
    "update_subscription_when_invoice_is": INVOICE_STATES,
    "prevent_subscription_for_invoice_refunded": (False, True),
    "prevent_subscription_for_invoice_voided": (True, False),
    "prevent_subscription_for_invoice_written_off": (True, False),
    "free_customer_handling": ("active", "churn"),
    "deduct_transaction_fees": (False, True),
    "week_start_on": ("monday", "sunday"),
    "prorated_full_period": ("period_end", "known_period", "period_start"),
    "differential_mrr": ("as_is", "ratio"),
    "churn_exchange_rate": ("churn_date", "last_line"),
    "ltv_churn_rate": ("six_months", "same_interval"),
    "prorated_without_type": ("differential", "full"),
    "window_edge": ("inside", "outside"),
    "equal_times": ("cancellations_first", "lines_first"),
    "late_cancellation": ("period_end", "at_cancellation"),
    "half_cents": ("away_from_zero", "to_even"),
}


@dataclass(frozen=True)
class Settings:
    """The settings in force.

    `fx_units_per_usd`: date to currency to units of it for one USD; the latest date on or before an event
    counts. `smart_classification_minutes` None or 0: off. `auto_churn_days` None: off. `linked_within_hours`:
    how close the start of one subscription of a set must follow the end of another to continue it.
    `late_cancellation`: where churn counts at the end of a service period, what a cancellation after it does.
    `half_cents`: how an MRR that lies halfway between two cents is rounded, which the vendor does not say.
    """

    account_name: str = "Simulated account"
    account_currency: str = "USD"
    time_zone: str = "UTC"
    week_start_on: str = "monday"
    churn_recognition: str = "at_cancellation"
    create_subscription_when_invoice_is: str = "open"
    update_subscription_when_invoice_is: str = "open"
    prevent_subscription_for_invoice_refunded: bool = False
    prevent_subscription_for_invoice_voided: bool = True
    prevent_subscription_for_invoice_written_off: bool = True
    auto_churn_days: int | None = None
    smart_classification_minutes: int | None = 60
    free_customer_handling: str = "active"
    deduct_transaction_fees: bool = False
    days_per_month: Fraction = Fraction("30.4375")
    fx_units_per_usd: Mapping[date, Mapping[str, Fraction]] = field(default_factory=dict)
    prorated_full_period: str = "period_end"
    differential_mrr: str = "as_is"
    churn_exchange_rate: str = "churn_date"
    ltv_churn_rate: str = "six_months"
    linked_within_hours: int = 0
    prorated_without_type: str = "differential"
    window_edge: str = "inside"
    equal_times: str = "cancellations_first"
    late_cancellation: str = "period_end"
    half_cents: str = "away_from_zero"

    def with_changes(self, wanted: Json) -> "Settings":
        """These settings with some of them changed; ValueError for what makes no sense."""
        if not isinstance(wanted, dict):
            raise ValueError("the settings are an object")
        unknown = sorted(set(wanted) - {each.name for each in fields(self)})
        if unknown:
            raise ValueError(f"unknown settings: {', '.join(unknown)}")
        return replace(self, **{name: _checked(name, value) for name, value in wanted.items()})

    def as_json(self) -> dict[str, Json]:
        """The form in which they are given."""
        shown: dict[str, Json] = {each.name: getattr(self, each.name) for each in fields(self)}
        rates = {str(day): {each: float(rate) for each, rate in rates.items()}
                 for day, rates in self.fx_units_per_usd.items()}  # fmt: skip
        return {**shown, "days_per_month": float(self.days_per_month), "fx_units_per_usd": rates}


def _checked(name: str, value: Json) -> Json:
    if name in CHOICES:
        if value not in CHOICES[name] or isinstance(value, bool) != isinstance(CHOICES[name][0], bool):
            raise ValueError(f"{name} takes {', '.join(str(each) for each in CHOICES[name])}")
        return value
    return _PARSERS[name](value)


def _text(value: Json) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("account_name is text")
    return value


def _currency(value: Json) -> str:
    if not isinstance(value, str) or not is_currency(value):
        raise ValueError("account_currency is an ISO 4217 code")
    return value


def _zone(value: Json) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, TypeError) as error:
        raise ValueError("time_zone is an IANA name") from error
    return str(value)


def _days(value: Json) -> int | None:
    """The API says 1 to 90 days; None is off."""
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise ValueError("auto_churn_days is null or a whole number from 1")
    return value


def _count(value: Json) -> int | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
        raise ValueError("null or a whole number from 0 is needed")
    return value


def _hours(value: Json) -> int:
    return _count(value) or 0


def _exact(value: Json) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"{value} is no number")
    number = Fraction(Decimal(str(value)))
    if number <= 0:
        raise ValueError(f"{value} is not above zero")
    return number


def _rates(value: Json) -> Mapping[date, Mapping[str, Fraction]]:
    if not isinstance(value, dict) or not all(isinstance(each, dict) for each in value.values()):
        raise ValueError("fx_units_per_usd maps dates to currencies to rates")
    return {
        date.fromisoformat(day): {currency: _exact(rate) for currency, rate in rates.items()}
        for day, rates in sorted(value.items())
    }


_PARSERS = {
    "account_name": _text,
    "account_currency": _currency,
    "time_zone": _zone,
    "auto_churn_days": _days,
    "smart_classification_minutes": _count,
    "days_per_month": _exact,
    "fx_units_per_usd": _rates,
    "linked_within_hours": _hours,
}
