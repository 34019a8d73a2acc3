"""What holds for every billing history, tried on many random ones."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from destination_chartmogul.actual import Actual
from destination_chartmogul.mapping.bundle import Mapped, map_bundle
from destination_chartmogul.mapping.context import Ledger
from destination_chartmogul.mapping.objects import Interval, Invoice, LineItem
from destination_chartmogul.mrr import RecurringLine, line_mrr
from destination_chartmogul.plan import changes_of
from destination_chartmogul.wire import customer_body, event_body, line_body, transaction_body
from tests.destination_chartmogul.histories import History, Story
from tests.destination_chartmogul.keap import ZONE, bundle, context

SEEDS = range(40)
PER_MONTH = {"month": Fraction(1), "year": Fraction(1, 12), "day": Fraction(487, 16)}


def mapped(history: History, held: Ledger | None = None) -> Mapped:
    """All records of a history in one run."""
    records = bundle(orders=history.orders, payments=history.payments, subscriptions=history.subscriptions)
    return map_bundle(records, held or Ledger(), context())


@pytest.fixture(params=SEEDS)
def history(request: pytest.FixtureRequest) -> History:
    """One of many."""
    return Story(request.param).tell()


def lines_of(result: Mapped) -> list[LineItem]:
    """All lines of all invoices."""
    return [line for invoice in result.desired.invoices for line in invoice.line_items]


def test_lines_of_an_invoice_add_up_to_the_order(history: History) -> None:
    """Nothing is rejected, and no cent is lost or made."""
    result = mapped(history)
    assert result.rejects == ()
    totals = {o["id"]: o["total"]["amount"] for o in history.orders}
    assert {i.external_id: i.total for i in result.desired.invoices} == totals
    for line in lines_of(result):
        assert min(line.amount - line.tax, line.tax, line.discount) >= 0


def test_transactions_stay_within_their_invoice(history: History) -> None:
    """Payments reach the total at most, refunds what was paid."""
    for invoice in mapped(history).desired.invoices:
        paid, back = (_sum(invoice, kind) for kind in ("payment", "refund"))
        assert 0 <= back <= paid <= invoice.total


def _sum(invoice: Invoice, kind: str) -> int:
    return sum(t.amount for t in invoice.transactions if t.type == kind)


def test_mrr_of_a_bill_is_its_net_price_over_its_interval(history: History) -> None:
    """To the cent, with the interval that it was really billed for."""
    for line in lines_of(mapped(history)):
        if line.plan is None or line.service_period_start is None:
            continue
        true = history.intervals[line.external_id]
        assert line.plan.interval == true
        exact = (line.amount - line.tax) * PER_MONTH[true.unit] / true.count
        recurring = RecurringLine("s", line.amount, true, line.service_period_start, tax=line.tax)
        assert abs(line_mrr(recurring) - exact) <= Fraction(1, 2)


def test_an_interval_edited_in_place_changes_no_bill_of_before(history: History) -> None:
    """Each subscription bills by two years from now on, on the same plan; older bills stay as they were."""
    for record in history.subscriptions:
        record |= {"billing_cycle": "YEAR", "billing_frequency": 2}
    bills: dict[str, int] = {}
    for line in lines_of(mapped(history)):
        if line.subscription_external_id:
            bills[line.subscription_external_id] = bills.get(line.subscription_external_id, 0) + 1
    for line in lines_of(mapped(history)):
        true = history.intervals.get(line.external_id)
        if line.plan and true and bills[str(line.subscription_external_id)] > 2:
            assert _months(line.plan.interval) == _months(true)


def _months(interval: Interval) -> int:
    """Length in tenths of months: what bills four weeks or 28 days, or a year and twelve months, alike."""
    return round(interval.count / PER_MONTH[interval.unit] * 10)


def held(result: Mapped) -> Actual:
    """ChartMogul after everything was written."""
    desired = result.desired
    invoices = {i.external_id: _invoice(i) for i in desired.invoices}
    events = {e.external_id: event_body(e, "1001") | {"id": n} for n, e in enumerate(desired.events)}
    return Actual(customer_body(desired.customer) | {"uuid": "cus_1"}, invoices, events)


def _invoice(invoice: Invoice) -> dict[str, Any]:
    lines = [
        line_body(line) | {"uuid": line.external_id, "plan_external_id": line.plan and line.plan.external_id}
        for line in invoice.line_items
    ]
    transactions = [transaction_body(t) | {"uuid": t.external_id} for t in invoice.transactions]
    head = {"uuid": invoice.external_id, "date": invoice.date.isoformat(), "currency": invoice.currency}
    return head | {"external_id": invoice.external_id, "line_items": lines, "transactions": transactions}


def test_what_was_written_is_not_written_again(history: History) -> None:
    """Mapped once more with what ChartMogul holds by then, there is nothing to change; nor order by order."""
    first = mapped(history)
    actual = held(first)
    ledger = actual.ledger({}, ZONE)
    assert changes_of(mapped(history, ledger).desired, actual, {}).changes == ()
    for one in history.orders:
        alone = History([one], subscriptions=history.subscriptions)
        assert changes_of(mapped(alone, ledger).desired, actual, {}).changes == ()
        without = History([one])
        assert changes_of(mapped(without, ledger).desired, actual, {}).changes == ()
