"""What each case of the scenario `small` looks like, in terms of what the API serves of its contact."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Json = dict[str, Any]
DENVER = ZoneInfo("America/Denver")


@dataclass(frozen=True)
class Seen:
    """What the API serves of one contact, oldest first."""

    contact: Json | None
    subscriptions: list[Json]
    orders: list[Json]
    payments: list[Json]

    @property
    def subscription(self) -> Json:
        """The only subscription."""
        (row,) = self.subscriptions
        return row

    def totals(self) -> list[int]:
        """The orders' totals in cents."""
        return [order["total"]["amount"] for order in self.orders]

    def days(self) -> list[str]:
        """The orders' dates in the account's zone."""
        times = [datetime.fromisoformat(order["order_time"]) for order in self.orders]
        return [time.astimezone(DENVER).date().isoformat() for time in times]

    def items(self, number: int = -1) -> dict[str, Json]:
        """The items of one order by type."""
        return {item["item_type"]: item for item in self.orders[number]["order_items"]}

    def total_on(self, day: str) -> int:
        """The total of the order of a day."""
        return self.totals()[self.days().index(day)]

    def paid(self) -> list[float]:
        """The amounts of the payments."""
        return [payment["amount"] for payment in self.payments]


def gap(seen: Seen) -> int:
    """Days between the last two orders."""
    last, before = date.fromisoformat(seen.days()[-1]), date.fromisoformat(seen.days()[-2])
    return (last - before) // timedelta(days=1)


def interval(seen: Seen) -> tuple[str, int]:
    return seen.subscription["billing_cycle"], seen.subscription["billing_frequency"]


def steady(seen: Seen, total: int, count: int) -> bool:
    """Orders of one total only, each paid once."""
    return seen.totals() == [total] * count and seen.paid() == [total / 100] * count


def discount_of(seen: Seen, kind: str, number: int = -1) -> int:
    amount: int = seen.items(number)[kind]["discount"]["amount"]
    return amount


def stopped(seen: Seen) -> tuple[bool, str | None, str | None]:
    row = seen.subscription
    return row["active"], row.get("end_date"), row.get("reason_stopped")


def is_monthly(seen: Seen) -> bool:
    return interval(seen) == ("MONTH", 1) and steady(seen, 49_00, 22)


def is_quarterly(seen: Seen) -> bool:
    return interval(seen) == ("MONTH", 3) and steady(seen, 420_00, 8)


def is_annual(seen: Seen) -> bool:
    return interval(seen) == ("YEAR", 1) and seen.days() == ["2024-10-01", "2025-10-01"]


def is_weekly(seen: Seen) -> bool:
    return interval(seen) == ("WEEK", 1) and gap(seen) == 7 and steady(seen, 25_00, 22)


def differs_from_plan(seen: Seen) -> bool:
    plan = seen.items()["SUBSCRIPTION"]["subscription_plan"]
    return interval(seen) == ("MONTH", 2) and (plan["cycle_type"], plan["frequency"]) == ("MONTHLY", 1)


def keeps_month_end(seen: Seen) -> bool:
    return seen.days()[:4] == ["2025-01-31", "2025-02-28", "2025-03-31", "2025-04-30"]


def is_next_day_in_utc(seen: Seen) -> bool:
    return seen.days()[0] == "2025-04-30" and seen.orders[0]["order_time"].startswith("2025-05-01T05:30")


def has_seats(seen: Seen) -> bool:
    line = seen.items()["SUBSCRIPTION"]
    return (line["quantity"], line["price_per_unit"]["amount"]) == (12, 15_00) and steady(seen, 180_00, 16)


def has_amount_off(seen: Seen) -> bool:
    return discount_of(seen, "DISCOUNT_ORDER_TOTAL") == 10_00 and steady(seen, 39_00, 19)


def has_percent_off(seen: Seen) -> bool:
    special = seen.items()["DISCOUNT_ORDER_TOTAL"]["special"]
    return special == {"amount": 20.0, "discount_method": "PERCENT"} and steady(seen, 119_20, 18)


def has_limited_discount(seen: Seen) -> bool:
    return seen.totals()[:4] == [24_50, 24_50, 24_50, 49_00] and "DISCOUNT_PRODUCT" not in seen.items()


def pays_nothing(seen: Seen) -> bool:
    return set(seen.totals()) == {0} and not seen.payments and discount_of(seen, "DISCOUNT_PRODUCT") == 49_00


def has_tax(seen: Seen) -> bool:
    return seen.items()["TAX"]["price_per_unit"]["amount"] == 12_29 and steady(seen, 161_29, 17)


def has_uneven_sums(seen: Seen) -> bool:
    return (
        discount_of(seen, "DISCOUNT_ORDER_TOTAL") == 6_75
        and seen.items()["TAX"]["price_per_unit"]["amount"] == 3_39
        and steady(seen, 41_64, 13)
    )


def has_trial_by_start_date(seen: Seen) -> bool:
    first = seen.items(0)["SUBSCRIPTION"]["price_per_unit"]["amount"]
    dates = (
        seen.days()[:2] == ["2025-04-02", "2025-04-16"] and seen.subscription["start_date"] == "2025-04-16"
    )
    return dates and first == 0 and seen.totals()[:2] == [0, 49_00]


def has_trial_by_discount(seen: Seen) -> bool:
    price = seen.items(0)["SUBSCRIPTION"]["price_per_unit"]["amount"]
    same: bool = price == discount_of(seen, "DISCOUNT_FREE_TRIAL", 0) == 149_00
    return same and seen.totals()[:2] == [0, 149_00] and seen.subscription["start_date"] == "2025-05-19"


def never_converted(seen: Seen) -> bool:
    return seen.totals() == [0] and not seen.subscription["active"] and not seen.payments


def is_in_trial(seen: Seen) -> bool:
    return seen.totals() == [0] and stopped(seen)[0] and seen.subscription["next_bill_date"] == "2026-07-09"


def has_open_order(seen: Seen) -> bool:
    last = seen.orders[-1]
    open_ = last["status"] == "SENT" and last["total_paid"]["amount"] == 0
    return open_ and seen.days()[-1] == "2026-06-08" and len(seen.payments) == len(seen.orders) - 1


def was_paid_late(seen: Seen) -> bool:
    late = seen.orders[seen.days().index("2026-03-11")]
    (payment,) = [row for row in seen.payments if row["order_ids"] == [late["id"]]]
    paid = payment["payment_time"] == late["modification_time"] == "2026-04-02T16:00:00Z"
    return bool(paid and late["status"] == "PAID")


def stopped_unpaid(seen: Seen) -> bool:
    statuses = [order["status"] for order in seen.orders[-3:]]
    return statuses == ["PAID", "SENT", "SENT"] and stopped(seen) == (False, None, "Card declined")


def refunded(seen: Seen, day: str) -> tuple[int, str, float]:
    """What was given back on the order of a day: the order's sum and status, and the payment row's amount."""
    order = seen.orders[seen.days().index(day)]
    original = next(row for row in seen.payments if row["order_ids"] == [order["id"]])
    refund = next(row for row in seen.payments if row["id"] == original["refund_payment_id"])
    return order["refund_total"]["amount"], order["refund_status"], refund["amount"]


def was_refunded_in_part(seen: Seen) -> bool:
    return refunded(seen, "2026-01-07") == (20_00, "PARTIAL", -20.0)


def was_refunded_in_full(seen: Seen) -> bool:
    return refunded(seen, "2026-02-17") == (149_00, "FULL", -149.0) and not stopped(seen)[0]


def stops_with_end_date(seen: Seen) -> bool:
    return stopped(seen) == (False, "2025-12-10", None) and seen.days()[-1] == "2025-11-25"


def stops_without_end_date(seen: Seen) -> bool:
    return stopped(seen) == (False, None, None) and seen.subscription["next_bill_date"] == "2026-01-26"


def stops_with_reason(seen: Seen) -> bool:
    return stopped(seen) == (False, None, "Too expensive") and seen.days()[-1] == "2026-03-24"


def will_stop(seen: Seen) -> bool:
    return stopped(seen) == (True, "2026-09-15", "Moves away")


def stopped_as_planned(seen: Seen) -> bool:
    changed = seen.subscription["modification_time"]
    return stopped(seen) == (False, "2026-03-31", None) and changed == "2026-04-01T06:00:00Z"


def paused(seen: Seen) -> bool:
    days = seen.days()
    place = days.index("2026-01-12")
    return days[place - 1] == "2025-10-18" and stopped(seen) == (True, None, None)


def hardly_paused(seen: Seen) -> bool:
    return seen.days()[-3:-1] == ["2026-04-15", "2026-05-20"] and seen.subscription["active"]


def went_up(seen: Seen) -> bool:
    both = seen.total_on("2025-11-22"), seen.total_on("2025-12-22")
    return both == (49_00, 149_00) and seen.subscription["subscription_plan_id"] == "103"


def went_down(seen: Seen) -> bool:
    both = seen.total_on("2026-02-19"), seen.total_on("2026-03-19")
    return both == (149_00, 49_00) and seen.subscription["subscription_plan_id"] == "101"


def went_annual(seen: Seen) -> bool:
    last = seen.totals()[-2:], seen.days()[-2:]
    return last == ([149_00, 1_490_00], ["2026-02-10", "2026-02-17"]) and interval(seen) == ("YEAR", 1)


def changed_seats(seen: Seen) -> bool:
    quantities = [order["order_items"][0]["quantity"] for order in seen.orders]
    return sorted(set(quantities)) == [4, 7, 10] and quantities[-1] == 7


def pays_more(seen: Seen) -> bool:
    row = seen.subscription
    return (row["billing_amount"], row["subscription_plan_id"]) == (59.0, "101")


def has_two(seen: Seen) -> bool:
    return [row["billing_cycle"] for row in seen.subscriptions] == ["YEAR", "MONTH"]


def bought_once(seen: Seen) -> bool:
    return set(seen.items()) == {"PRODUCT", "SHIPPING"} and steady(seen, 77_50, 1) and not seen.subscriptions


def bought_both(seen: Seen) -> bool:
    return set(seen.items(0)) == {"SUBSCRIPTION", "PRODUCT"} and seen.totals()[:2] == [649_00, 149_00]


def pays_in_parts(seen: Seen) -> bool:
    plan = seen.orders[0]["payment_plan"]
    parts = [part["amount_due"]["amount"] for part in plan["payment_plan_items"]]
    return parts == [333_34, 333_33, 333_33] and seen.paid() == [333.34, 333.33, 333.33]


def still_pays_in_parts(seen: Seen) -> bool:
    parts = [part["status"] for part in seen.orders[0]["payment_plan"]["payment_plan_items"]]
    return parts == ["PAID", "PAID", "UNPAID_AUTOCHARGE", "UNPAID_AUTOCHARGE"] and seen.paid() == [250, 250]


def is_draft(seen: Seen) -> bool:
    return [order["status"] for order in seen.orders] == ["DRAFT"] and not seen.payments


def email_of(seen: Seen) -> str:
    assert seen.contact
    return "".join(each["email"] for each in seen.contact["email_addresses"])


def has_bad_email(seen: Seen) -> bool:
    return " " in email_of(seen) and seen.subscription["active"]


def has_no_email(seen: Seen) -> bool:
    return email_of(seen) == "" and seen.subscription["active"]


def has_company_only(seen: Seen) -> bool:
    contact = seen.contact or {}
    return "given_name" not in contact and contact["company"]["company_name"] == "Upland Farms"


def took_over(seen: Seen) -> bool:
    return steady(seen, 149_00, 9) and seen.days()[0] == "2025-10-21" and seen.contact is not None


def is_gone(seen: Seen) -> bool:
    return seen == Seen(None, [], [], [])


def was_edited(seen: Seen) -> bool:
    contact = seen.contact or {}
    return (contact["family_name"], contact["update_time"]) == ("York", "2026-06-15T16:00:00Z")


def is_lead(seen: Seen) -> bool:
    return seen.contact is not None and not seen.orders and not seen.subscriptions


CHECKS: dict[str, Callable[[Seen], bool]] = {
    "monthly": is_monthly,
    "quarterly": is_quarterly,
    "annual": is_annual,
    "weekly": is_weekly,
    "interval_differs_from_plan": differs_from_plan,
    "month_end": keeps_month_end,
    "late_evening": is_next_day_in_utc,
    "seats": has_seats,
    "discount_amount": has_amount_off,
    "discount_percent": has_percent_off,
    "discount_limited": has_limited_discount,
    "discount_full": pays_nothing,
    "tax": has_tax,
    "seats_discount_tax": has_uneven_sums,
    "trial_by_start_date": has_trial_by_start_date,
    "trial_by_discount": has_trial_by_discount,
    "trial_not_converted": never_converted,
    "trial_running": is_in_trial,
    "payment_failed": has_open_order,
    "payment_failed_paid_late": was_paid_late,
    "payment_failed_cancelled": stopped_unpaid,
    "refund_partial": was_refunded_in_part,
    "refund_full": was_refunded_in_full,
    "cancelled_with_end_date": stops_with_end_date,
    "cancelled_without_end_date": stops_without_end_date,
    "cancelled_with_reason": stops_with_reason,
    "cancellation_planned": will_stop,
    "planned_end_reached": stopped_as_planned,
    "cancelled_and_resumed": paused,
    "resumed_within_days": hardly_paused,
    "upgraded": went_up,
    "downgraded": went_down,
    "monthly_to_annual": went_annual,
    "seats_changed": changed_seats,
    "price_raised": pays_more,
    "two_subscriptions": has_two,
    "one_off": bought_once,
    "mixed_order": bought_both,
    "instalments": pays_in_parts,
    "instalments_running": still_pays_in_parts,
    "draft_order": is_draft,
    "invalid_email": has_bad_email,
    "no_email": has_no_email,
    "company_only": has_company_only,
    "merged_winner": took_over,
    "merged_loser": is_gone,
    "edited_contact": was_edited,
    "lead": is_lead,
}
