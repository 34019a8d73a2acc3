"""Accounts in which one cause each is planted: Keap's side, ChartMogul's side, and ChartMogul's settings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from reconciliation.frames import InvoiceHandling
from reconciliation.report import Reconciliation
from reconciliation.run import reconcile
from tests.reconciliation.accounts import ChartMogulAccount, KeapAccount, item, line

AS_OF = date(2026, 2, 28)
ON = "2026-01-10"

Story = tuple[KeapAccount, ChartMogulAccount, dict[str, Any]]


def audit(keap: KeapAccount, chartmogul: ChartMogulAccount, **settings: Any) -> Reconciliation:
    """Of January and February."""
    days = [date(2026, 1, 31), AS_OF]
    return reconcile(keap.frames(), chartmogul.frames(days, **settings), AS_OF, 2)


def one(*items: Any, **subscription: Any) -> KeapAccount:
    account = KeapAccount().subscription("5001", "1001", **subscription)
    return account.order("20001", "1001", ON, *items)


def holds(*steps: tuple[str, int]) -> ChartMogulAccount:
    return ChartMogulAccount().moves("1001", "5001", *steps)


def unpaid_first() -> Story:
    keap = KeapAccount().subscription("5001", "1001")
    keap.order("20001", "1001", ON, line("5001", 2000), status="SENT", total_paid=0)
    return keap, ChartMogulAccount().customer("1001"), {"invoice_handling": InvoiceHandling("paid")}


def paid_after_the_day() -> Story:
    """The first bill was paid in the next month."""
    keap = KeapAccount().subscription("5001", "1001").order("20001", "1001", ON, line("5001", 2000))
    keap.payments.append({"id": "1", "order_id": "20001", "paid_at": "2026-02-05T13:00:00Z", "settled": True})
    return keap, holds(("2026-02-05", 2000)), {"invoice_handling": InvoiceHandling("paid")}


def unpaid_increase() -> Story:
    keap = one(line("5001", 2000))
    keap.order("20002", "1001", "2026-02-10", line("5001", 2600), status="SENT", total_paid=0)
    return keap, holds((ON, 2000)), {"invoice_handling": InvoiceHandling("open", "paid")}


def refunded() -> Story:
    keap = KeapAccount().subscription("5001", "1001")
    keap.order("20001", "1001", ON, line("5001", 2000), refund_total=2000)
    without = InvoiceHandling(without_refunded=True)
    return keap, ChartMogulAccount().customer("1001"), {"invoice_handling": without}


def two_customers() -> Story:
    keap = KeapAccount().subscription("5001", "1002").order("20001", "1002", ON, line("5001", 2000))
    keap.contacts.add("1001")
    return keap, holds((ON, 2000)).moves("1002", "5001", (ON, 2000)), {}


def merged_in_keap_only() -> Story:
    """The contact that bought is gone, its orders belong to another one; ChartMogul has not heard of it."""
    keap = KeapAccount().subscription("5001", "1002").order("20001", "1002", ON, line("5001", 2000))
    return keap, holds((ON, 2000)).customer("1002"), {}


def auto_churn() -> Story:
    return one(line("5001", 2000)), holds((ON, 2000), ("2026-02-24", -2000)), {"auto_churn_days": 14}


def period_end_setting() -> Story:
    keap = one(line("5001", 2000), active=False, end_date="2026-01-20")
    story = holds((ON, 2000), ("2026-02-10", -2000))
    return keap, story, {"churn_recognition": "churn_at_period_end"}


def other_churn_evidence() -> Story:
    keap = one(line("5001", 2000), active=False, last_bill_date=ON, next_bill_date="2026-03-05")
    return keap, holds((ON, 2000), ("2026-03-05", -2000)), {}


def pause_kept() -> Story:
    keap = one(line("5001", 2000)).order("20002", "1001", "2026-03-10", line("5001", 2000))
    return keap, holds((ON, 2000)), {}


def another_zone() -> Story:
    keap = KeapAccount().subscription("5001", "1001").order("20001", "1001", "2026-03-01", line("5001", 2000))
    return keap, holds(("2026-03-01T07:00:00Z", 2000)), {"time_zone": "America/Los_Angeles"}


def plan_interval() -> Story:
    return one(line("5001", 12_000), cycle="YEAR"), holds((ON, 12_000)), {}


def four_weeks() -> Story:
    return one(line("5001", 1000), cycle="WEEK"), holds((ON, 4000)), {}


def tax_inside() -> Story:
    return one(line("5001", 2000), item("TAX", price=160)), holds((ON, 2160)), {}


def discount_ignored() -> Story:
    return one(line("5001", 2000), item("DISCOUNT_ORDER_TOTAL", discount=500)), holds((ON, 2000)), {}


def full_discount_ignored() -> Story:
    return one(line("5001", 2000), item("DISCOUNT_ORDER_TOTAL", discount=2000)), holds((ON, 2000)), {}


def discount_twice() -> Story:
    return one(line("5001", 2000), item("DISCOUNT_ORDER_TOTAL", discount=500)), holds((ON, 1000)), {}


def quantity_twice() -> Story:
    return one(line("5001", 500, quantity=3)), holds((ON, 4500)), {}


def customer_absent() -> Story:
    return one(line("5001", 2000)), ChartMogulAccount(), {}


def contact_absent() -> Story:
    return KeapAccount(), holds((ON, 2000)), {}


def subscription_absent() -> Story:
    return one(line("5001", 2000)), ChartMogulAccount().customer("1001"), {}


def subscription_extra() -> Story:
    keap = one(line("5001", 2000))
    return keap, holds((ON, 2000)).moves("1001", "5999", (ON, 700)), {}


def order_absent() -> Story:
    keap = one(line("5001", 2000)).order("20002", "1001", "2026-02-10", line("5001", 2600))
    return keap, holds((ON, 2000)), {}


def cancellation_absent() -> Story:
    return one(line("5001", 2000), active=False, end_date="2026-02-01"), holds((ON, 2000)), {}


def rounded_down() -> Story:
    return one(line("5001", 20_000), cycle="YEAR"), holds((ON, 1666)), {}


def of_another_source() -> Story:
    held = holds((ON, 2000)).moves("1001", "other", (ON, 900), source_uuid="ds_2")
    return one(line("5001", 2000)), held, {"source_uuid": "ds_1"}


def paid_late() -> Story:
    keap = one(line("5001", 2000))
    keap.payments.append({"id": "1", "order_id": "20001", "paid_at": "2026-02-20T13:00:00Z", "settled": True})
    return keap, holds((ON, 2000), ("2026-02-10", -2000)), {}


def trial_at_its_price() -> Story:
    items = (line("5001", 2000), item("DISCOUNT_FREE_TRIAL", discount=2000))
    return one(*items, start_date="2026-03-10"), holds((ON, 2000)), {}


def plan_left_out() -> Story:
    keap = one(line("5001", 2000)).subscription("5002", "1002").order("20002", "1002", ON, line("5002", 2000))
    keap.subscription("5003", "1003", plan_id="102")
    keap.order("20003", "1003", ON, line("5003", 900, plan_id="102"))
    return keap, ChartMogulAccount().customer("1001").customer("1002").moves("1003", "5003", (ON, 900)), {}


def sent_as_one_time() -> Story:
    held = ChartMogulAccount().customer("1001").line("20001", "1001", None, 2000, ON, type="one_time")
    return one(line("5001", 2000)), held, {}


def one_time_as_recurring() -> Story:
    keap = one(line("5001", 2000)).order("20002", "1001", ON, item("PRODUCT", price=500))
    held = holds((ON, 2000)).moves("1001", "extra", (ON, 500)).line("20002", "1001", "extra", 500, ON)
    return keap, held, {}


def period_later() -> Story:
    held = ChartMogulAccount().customer("1001").line("20001", "1001", "5001", 2000, "2026-03-20")
    return one(line("5001", 2000)), held, {}


def period_earlier() -> Story:
    keap = KeapAccount().subscription("5001", "1001").order("20001", "1001", "2026-03-20", line("5001", 2000))
    return keap, holds((ON, 2000)).line("20001", "1001", "5001", 2000, ON), {}


def prorated() -> Story:
    half = {"prorated": True, "ends_at": "2026-02-01T07:00:00Z"}
    held = holds((ON, 2000), ("2026-01-15", 1824)).line("20001", "1001", "5001", 2000, ON)
    return one(line("5001", 2000)), held.line("x", "1001", "5001", 1000, "2026-01-15", **half), {}


def other_currency() -> Story:
    return (
        one(line("5001", 2000)),
        holds((ON, 2182)).line("20001", "1001", "5001", 2000, ON, currency="EUR"),
        {},
    )


def two_years() -> Story:
    keap = one(line("5001", 48_000, plan_cycle="YEARLY"), cycle="YEAR", frequency=2)
    return keap, holds((ON, 4000)), {}


def fee_deducted() -> Story:
    return one(line("5001", 2000)), holds((ON, 1910)).line("20001", "1001", "5001", 2000, ON, fees=90), {}


def price_not_billed_yet() -> Story:
    keap = one(line("5001", 2000), billing_amount=Decimal("26.00"))
    return keap, holds((ON, 2000), ("2026-02-20", 600)), {}


def made_by_hand() -> Story:
    held = holds((ON, 2345)).line("20001", "1001", "5001", 2345, ON, by_hand=True)
    return one(line("5001", 2000)), held, {}


def changed_by_hand() -> Story:
    return one(line("5001", 2000)), holds((ON, 2345)).line("20001", "1001", "5001", 2345, ON), {}


def ended_later_by_hand() -> Story:
    keap = one(line("5001", 2000), active=False, end_date="2026-01-20")
    return keap, holds((ON, 2000), ("2026-02-05", -2000)), {}


def disabled() -> Story:
    held = ChartMogulAccount().customer("1001").line("20001", "1001", "5001", 2000, ON, disabled=True)
    return one(line("5001", 2000)), held, {}


PLANTED: list[tuple[str, Callable[[], Story], str]] = [
    ("C15", unpaid_first, "order 20001 is not paid"),
    ("C15", paid_after_the_day, "order 20001 is not paid by the day; the source waits for paid"),
    ("C15", unpaid_increase, "order 20002 is not paid by the day"),
    ("C16", refunded, "order 20001 was refunded whole"),
    ("C23", two_customers, "belongs to contact 1002"),
    ("C23", merged_in_keap_only, "belongs to contact 1002"),
    ("C13", auto_churn, "auto-churn after 14 days"),
    ("C10", period_end_setting, "cancelled on 2026-01-20, period of order 20001 ends on 2026-02-10"),
    ("C11", other_churn_evidence, "churn by paid_through on 2026-02-10, next_bill_date is 2026-03-05"),
    ("C12", pause_kept, "whose period ended on 2026-02-10"),
    ("C21", another_zone, "falls on another day in America/Denver"),
    ("C2", plan_interval, "covers 1 year, its plan says 1 month"),
    ("C3", four_weeks, "a month of 4 weeks"),
    ("C4", tax_inside, "its tax of 1.60 USD"),
    ("C5", discount_ignored, "discount of 5.00 USD, not deducted"),
    ("C5", full_discount_ignored, "discount of 20.00 USD, not deducted"),
    ("C5", discount_twice, "discount of 5.00 USD, deducted twice"),
    ("C7", quantity_twice, "has quantity 3"),
    ("C22", customer_absent, "contact 1001 is no customer in ChartMogul"),
    ("C22", contact_absent, "customer 1001 is no contact in Keap"),
    ("C22", subscription_absent, "no movement of subscription 5001"),
    ("C22", subscription_extra, "no billed order of subscription 5999"),
    ("C22", order_absent, "order 20002 of 2026-02-10"),
    ("C22", cancellation_absent, "ended on 2026-02-01 in Keap, never in ChartMogul"),
    ("C27", of_another_source, "comes from data source ds_2"),
    ("C14", paid_late, "order 20001 was paid on 2026-02-20, after ChartMogul ended"),
    ("C18", trial_at_its_price, "trial of order 20001 since 2026-01-10"),
    ("C30", plan_left_out, "none of the 2 subscriptions of plan 11:101:1-month"),
    ("C6", sent_as_one_time, "order 20001 is a one-time line"),
    ("C6", one_time_as_recurring, "order 20002 is a one-time sale in Keap"),
    ("C28", period_later, "counts from 2026-03-20 in ChartMogul"),
    ("C28", period_earlier, "order 20001 of 2026-03-20 counts from 2026-01-10"),
    ("C9", prorated, "prorated in ChartMogul from 2026-01-15 to 2026-02-01"),
    ("C19", other_currency, "order 20001 is in EUR"),
    ("C29", two_years, "covers 2 year, its plan says 1 year"),
    ("C8", fee_deducted, "fee of 0.90 USD"),
    ("C1", price_not_billed_yet, "subscription 5001 was changed after order 20001"),
    ("C26", made_by_hand, "line 20001-0 was made by hand"),
    ("C26", changed_by_hand, "amount is 23.45 USD in ChartMogul, would be sent as 20.00 USD"),
    ("C26", ended_later_by_hand, "ended on 2026-02-05 in ChartMogul, without an event"),
    ("C26", disabled, "line 20001-0 is disabled"),
    ("C20", rounded_down, "200.00 USD 1 year"),
]
