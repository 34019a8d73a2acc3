"""What changes in Keap is corrected in ChartMogul by the smallest call that its API has for it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest

from tests.destination_chartmogul.accounts import differences, held, writes
from tests.destination_chartmogul.keap import contact, item, money, order, payment, subscription
from tests.destination_chartmogul.pipe import Json, record, run_write

ACCOUNT = {"id": "account", "time_zone": "America/Denver", "currency_code": "USD"}
PRODUCT = {"id": "11", "name": "Gold"}
LINE, ONE_OFF = {**item(), "id": "60001"}, {**item("PRODUCT", 1000), "id": "60002"}
ENDED = {"active": False, "end_date": "2026-06-20"}
OTHER = {**order(id="20002", order_time="2026-06-05T12:00:00Z"), "order_items": [{**ONE_OFF, "id": "60009"}]}
OTHER |= {"total": money(1000)}

CUSTOMER, PLAN = "PATCH /v1/customers/{cus}", "PATCH /v1/plans/{pl}"
INVOICE, NO_INVOICE = "PATCH /v1/invoices/{inv}", "DELETE /v1/invoices/{inv}"
NEW_INVOICE = "POST /v1/import/customers/{cus}/invoices"
ITEM, NO_ITEM = "PATCH /v1/line_items/{uuid}", "DELETE /v1/line_items/{uuid}"
NEW_ITEM = "POST /v1/import/invoices/{inv}/line_items"
PAID, NOT_PAID = "PATCH /v1/transactions/{uuid}", "DELETE /v1/transactions"
NEW_PAID = "POST /v1/import/invoices/{inv}/transactions"
STATUS = "PUT /v1/data_sources/{ds}/invoices/{invoice_external_id}/status"
EVENT = "PATCH /v1/subscription_events"
NEW_EVENT, NO_EVENT = "POST /v1/subscription_events", "DELETE /v1/subscription_events"
NEW_PLAN = "POST /v1/plans"


@dataclass(frozen=True)
class Correction:
    """A Keap account (records by stream, one list each) before and after, and the calls between."""

    before: Json
    after: Json
    calls: Json


def bill(*lines: Json, **more: Any) -> Json:
    """Order 20001 of these lines, which keep their ids."""
    made = order(*lines, **more)
    numbered = zip(made["order_items"], lines, strict=True)
    return made | {"order_items": [{**line, "id": own["id"]} for line, own in numbered]}


def with_order(made: Json, **more: Any) -> Json:
    return {"orders": [made], **more}


CORRECTIONS = {
    "a name": Correction({}, {"contacts": [contact(given_name="Eve")]}, {CUSTOMER: 1}),
    "an address": Correction(
        {},
        {"contacts": [contact(addresses=[{"field": "BILLING", "locality": "Bonn", "country_code": "DEU"}])]},
        {CUSTOMER: 1},
    ),
    "a product's name": Correction({}, {"products": [PRODUCT | {"name": "Silver"}]}, {PLAN: 1}),
    "the date of an order": Correction(
        with_order(bill(ONE_OFF)), with_order(bill(ONE_OFF, order_time="2026-06-04T12:00:00Z")), {INVOICE: 1}
    ),
    "the currency of an order": Correction(
        with_order(bill(ONE_OFF), payments=[]),
        with_order(bill(ONE_OFF, currency="EUR"), payments=[]),
        {INVOICE: 1},
    ),
    "a price": Correction({}, with_order(bill({**LINE, "price_per_unit": money(3900)})), {ITEM: 1, PAID: 1}),
    "a description": Correction(
        with_order(bill(ONE_OFF)), with_order(bill({**ONE_OFF, "name": "Course"})), {ITEM: 1}
    ),
    "a plan": Correction(
        {},
        {
            "orders": [bill({**LINE, "subscription_plan": {"id": "102", "cycle_type": "MONTHLY"}})],
            "subscriptions": [subscription(subscription_plan_id="102")],
        },
        {ITEM: 1, NEW_PLAN: 1},
    ),
    "a line that recurs no more": Correction(
        with_order(bill(LINE, ONE_OFF)),
        with_order(bill({**LINE, "item_type": "PRODUCT", "subscription_id": None}, ONE_OFF)),
        {NO_ITEM: 1, NEW_ITEM: 1},
    ),
    "a line more": Correction({}, with_order(bill(LINE, ONE_OFF)), {NEW_ITEM: 1}),
    "a line less": Correction(with_order(bill(LINE, ONE_OFF)), {}, {NO_ITEM: 1}),
    "the amount of a payment": Correction({}, {"payments": [payment(amount=20.0)]}, {PAID: 1}),
    "the time of a payment": Correction(
        {}, {"payments": [payment(payment_time="2026-06-07T12:00:00Z")]}, {PAID: 1}
    ),
    "a payment that goes to another order": Correction(
        {"orders": [order(), OTHER]},
        {"orders": [order(), OTHER], "payments": [payment(amount=10.0, order_ids=["20002"])]},
        {NEW_PAID: 2, NOT_PAID: 1},  # refused while the other order has it
    ),
    "a payment more": Correction({"payments": []}, {}, {NEW_PAID: 1}),
    "an order that is written off": Correction(
        {"payments": []},
        {"payments": [], "orders": [order(refund_status="WRITE_OFF")]},
        {STATUS: 1},
    ),
    "an order that is empty now": Correction(
        {"orders": [order(), OTHER]},
        {"orders": [order(), {**OTHER, "order_items": [], "total": money(0)}]},
        {NO_INVOICE: 1},
    ),
    "an end": Correction({}, {"subscriptions": [subscription(**ENDED)]}, {NEW_EVENT: 1}),
    "another date of an end": Correction(
        {"subscriptions": [subscription(**ENDED)]},
        {"subscriptions": [subscription(**ENDED | {"end_date": "2026-06-25"})]},
        {EVENT: 1},
    ),
    "an end that is taken back": Correction(
        {"subscriptions": [subscription(**ENDED)]}, {}, {NO_EVENT: 1}
    ),
    "an end that is only planned": Correction(
        {"subscriptions": [subscription(**ENDED)]},
        {"subscriptions": [subscription(end_date="2026-07-20")]},
        {NEW_EVENT: 1, NO_EVENT: 1},
    ),
    "an order of another contact": Correction(
        {"orders": [order(), OTHER]},
        {"orders": [order(), {**OTHER, "contact": {"id": "1002"}}]},
        {NO_INVOICE: 1, NEW_INVOICE: 2},
    ),
}  # fmt: skip


def messages(account: Json) -> list[Json]:
    """A customer with a subscription and a paid order, a second one with nothing, as far as not said
    otherwise.
    """
    base: Json = {
        "account": [ACCOUNT],
        "products": [PRODUCT],
        "subscriptions": [subscription()],
        "payments": [payment()],
        "contacts": [contact()],
        "orders": [order()],
    }
    contacts = [*(account.get("contacts") or base["contacts"]), contact(id="1002")]
    whole = base | account | {"contacts": contacts}
    return [record(stream, row) for stream, rows in whole.items() for row in rows]


@pytest.mark.parametrize("name", CORRECTIONS)
def test_a_correction_costs_its_own_calls(name: str, chartmogul: Any, config: Json) -> None:
    """Afterwards ChartMogul holds what a fresh sync would have written, and a replay writes nothing."""
    case = CORRECTIONS[name]
    assert run_write(config, messages(case.before)).error is None
    before = Counter(writes(chartmogul))
    result = run_write(config, messages(case.after))
    assert (result.error, result.rejected) == (None, 0)
    made = Counter(writes(chartmogul))
    assert made - before == case.calls
    assert run_write(config, messages(case.after)).error is None
    assert Counter(writes(chartmogul)) == made
    corrected = held(chartmogul)
    chartmogul.control.reset(keep_switches=True)
    assert run_write(config, messages(case.after)).error is None
    fresh = held(chartmogul)
    for each in (corrected, fresh):
        del each["plans"]  # a plan that nothing is on any more stays
    assert differences(fresh, corrected) == []


def test_the_row_of_a_refund_that_only_the_order_told_of(chartmogul: Any, config: Json) -> None:
    """The stand-in goes before the row comes: together they exceed the invoice, which ChartMogul notes."""
    account = record("account", ACCOUNT)
    paid = [record("contacts", contact()), record("orders", order()), record("payments", payment())]
    told = record("orders", order(refund_total=money(4900)))
    row = record("payments", payment(id="40002", amount=-49.0, type="Refund"))
    for messages in (paid, [told], [row]):
        written = run_write(config, [account, *messages])
        assert (written.error, written.rejected) == (None, 0)
    (invoice,) = chartmogul.control.dump()["invoices"]
    assert [(t["external_id"], t["errors"]) for t in invoice["transactions"]] == [
        ("40001", {}),
        ("40002", {}),
    ]
