"""ChartMogul's own Python client bills customers of the simulator and reads metrics from it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import chartmogul as cm  # type: ignore[import-untyped]
import pytest

from tests.contract.chartmogul.sdk import BULK, Filled, cancellation, filled
from tests.simulators import Server

MONTHS = {"start_date": "2026-01-01", "end_date": "2026-03-31", "interval": "month"}


@pytest.fixture
def one(server: Server) -> Filled:
    """An account with one paid invoice of 10.00 for January 2026, and more; what it holds can be disabled."""
    one = filled(server)
    server.control.switch("disabling", "allowed")
    return one


def by_external_id(one: Filled, external_id: str) -> dict[str, str]:
    """How the client names an imported object without its uuid."""
    return {"data_source_uuid": one.source, "external_id": external_id}


def test_plans_and_groups_are_changed_and_deleted(one: Filled) -> None:
    """A plan's change answers without a body that the client keeps; a deleted plan leaves its group."""
    silver = one.sdk.plan(one.source, "Silver")
    one.sdk(cm.Plan.modify, uuid=silver, data={"name": "Sterling"})
    assert one.sdk(cm.Plan.retrieve, uuid=silver).name == "Sterling"
    changed = one.sdk(cm.PlanGroup.modify, uuid=one.group, data={"plans": [one.plan, silver]})
    assert (changed.name, changed.plans_count) == ("Metals", 2)
    one.sdk(cm.Plan.destroy, uuid=silver)
    assert [each.uuid for each in one.sdk(cm.PlanGroup.all, uuid=one.group).plans] == [one.plan]
    one.sdk(cm.PlanGroup.destroy, uuid=one.group)
    assert one.sdk(cm.PlanGroup.all).plan_groups == []


def test_an_invoice_keeps_what_was_sent(one: Filled) -> None:
    """Amounts, times and references come back as they went out."""
    read = one.sdk(cm.Invoice.retrieve, uuid=one.invoice)
    line, payment = read.line_items[0], read.transactions[0]
    assert (read.external_id, read.currency, read.date) == ("i1", "USD", datetime(2026, 1, 1, tzinfo=UTC))
    assert (line.amount_in_cents, line.quantity, line.subscription_external_id) == (1000, 1, "s1")
    assert (line.service_period_end, line.plan_uuid) == (datetime(2026, 2, 1, tzinfo=UTC), one.plan)
    assert (payment.type, payment.result, payment.external_id) == ("payment", "successful", "t1")


def test_an_invoice_is_disabled_and_enabled(one: Filled) -> None:
    """A disabled invoice counts no longer, until it is enabled again."""
    mrr = []
    for disabled in (True, False):
        one.sdk(cm.Invoice.disable, uuid=one.invoice, data={"disabled": disabled})
        mrr.append(one.sdk(cm.Customer.retrieve, uuid=one.customer).mrr)
    assert mrr == [0, 1000]


def test_an_invoice_is_deleted_by_either_name(one: Filled) -> None:
    """By uuid and by external id; then it is not found."""
    second = one.sdk.invoice(one.customer, one.plan, 2)
    one.sdk(cm.Invoice.destroy, uuid=second.uuid)
    one.sdk(cm.Invoice.destroy, **by_external_id(one, "i1"))
    assert one.sdk(cm.Invoice.all).invoices == []
    with pytest.raises(cm.APIError):
        one.sdk(cm.Invoice.retrieve, uuid=one.invoice)


def test_all_invoices_of_a_customer_are_deleted(one: Filled) -> None:
    """One call empties what a source holds of a customer."""
    one.sdk.invoice(one.customer, one.plan, 2)
    one.sdk(cm.Invoice.destroy_all, data_source_uuid=one.source, customer_uuid=one.customer)
    assert one.sdk(cm.Invoice.all, uuid=one.customer).invoices == []


def test_an_invoice_is_voided(one: Filled) -> None:
    """The status is set by the invoice's external id."""
    one.sdk(cm.Invoice.update_status, data={"status": "voided"}, **by_external_id(one, "i1"))
    assert one.sdk(cm.Invoice.retrieve, uuid=one.invoice).status == "voided"


def test_a_line_is_added_changed_and_deleted(one: Filled) -> None:
    """A one-off line beside the subscription's: added, corrected, switched off, deleted."""
    line = {"type": "one_time", "external_id": "l9", "amount_in_cents": 500, "description": "Setup"}
    made = one.sdk(cm.LineItem.create, uuid=one.invoice, data=line)
    changed = one.sdk(cm.LineItem.modify, uuid=made.uuid, data={"amount_in_cents": 700})
    off = one.sdk(cm.LineItem.disable, uuid=made.uuid, data={"disabled": True})
    assert (made.amount_in_cents, changed.amount_in_cents, off.disabled) == (500, 700, True)
    one.sdk(cm.LineItem.destroy, uuid=made.uuid)
    left = one.sdk(cm.Invoice.retrieve, uuid=one.invoice).line_items
    assert [each.external_id for each in left] == ["l1"]


def test_a_refund_is_added_changed_and_deleted(one: Filled) -> None:
    """A transaction beside the payment, reached by uuid and by external id."""
    refund = {"type": "refund", "external_id": "t9", "date": "2026-01-05", "result": "failed"}
    made = one.sdk(cm.Transaction.create, uuid=one.invoice, data=refund)
    changed = one.sdk(cm.Transaction.modify, uuid=made.uuid, data={"result": "successful"})
    assert (made.result, changed.result) == ("failed", "successful")
    off = one.sdk(cm.Transaction.disable, data={"disabled": True}, **by_external_id(one, "t9"))
    assert off.disabled
    one.sdk(cm.Transaction.destroy, uuid=made.uuid)
    left = one.sdk(cm.Invoice.retrieve, uuid=one.invoice).transactions
    assert [each.external_id for each in left] == ["t1"]


def test_a_subscription_is_cancelled_and_goes_on(one: Filled) -> None:
    """The import side keeps the dates of cancellation; an empty list takes them back."""
    with pytest.warns(DeprecationWarning, match="list_imported"):
        found = one.sdk(cm.Subscription.list_imported, uuid=one.customer).subscriptions[0]
    status = []
    changes: tuple[dict[str, Any], ...] = (
        {"cancelled_at": "2026-02-01T00:00:00Z"},
        {"cancellation_dates": []},
    )
    for given in changes:
        one.sdk(cm.Subscription.cancel, uuid=found.uuid, data=given)
        status.append(one.sdk(cm.Customer.subscriptions, uuid=one.customer).entries[0].status)
    assert status == ["inactive", "active"]


def test_events_are_changed_switched_off_and_deleted(one: Filled) -> None:
    """An event by id and by external id, in the envelope that the client makes."""
    made = one.sdk(cm.SubscriptionEvent.create, data={"subscription_event": cancellation(one)})
    assert (made.event_type, made.event_date.date()) == ("subscription_cancelled", date(2026, 1, 20))
    moved = one.sdk(
        cm.SubscriptionEvent.modify_with_params, id=made.id, data={"effective_date": "2026-02-15"}
    )
    assert moved.effective_date == datetime(2026, 2, 15, tzinfo=UTC)
    mrr = []
    for act, named in (
        (cm.SubscriptionEvent.disable, {"id": made.id}),
        (cm.SubscriptionEvent.enable, by_external_id(one, "e1")),
    ):
        one.sdk(act, **named)
        mrr.append(one.sdk(cm.Customer.retrieve, uuid=one.customer).mrr)
    assert mrr == [1000, 0]
    one.sdk(cm.SubscriptionEvent.destroy_with_params, id=made.id)
    assert one.sdk(cm.SubscriptionEvent.all).subscription_events == []


SERIES: dict[str, tuple[str, Any]] = {
    "mrr": ("mrr", [1000, 0, 0]),
    "arr": ("arr", [12000, 0, 0]),
    "arpa": ("arpa", [1000, 0, 0]),
    "asp": ("asp", [1000, 0, 0]),
    "customer_count": ("customers", [1, 0, 0]),
    "customer_churn_rate": ("customer_churn_rate", [0, 100, 0]),
    "mrr_churn_rate": ("mrr_churn_rate", [0, 100, 0]),
    "ltv": ("ltv", None),
}


@pytest.mark.parametrize("name", SERIES)
def test_each_metric_is_a_series(one: Filled, name: str) -> None:
    """One customer of 10.00 a month who leaves on 1 February: three months of each metric."""
    one.sdk(cm.SubscriptionEvent.create, data={"subscription_event": cancellation(one)})
    read = one.sdk(getattr(cm.Metrics, name), **MONTHS)
    attribute, expected = SERIES[name]
    assert [each.date for each in read.entries] == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)]
    values = [getattr(each, attribute) for each in read.entries]
    assert expected is None or values == expected
    assert read.summary.current == values[-1]


def test_activities_tell_of_customer_and_account(one: Filled) -> None:
    """The customer's movements and the account's are the same movements."""
    one.sdk(cm.SubscriptionEvent.create, data={"subscription_event": cancellation(one)})
    of_one = one.sdk(cm.CustomerActivity.all, uuid=one.customer).entries
    of_all = one.sdk(cm.Activity.all).entries
    for read in (of_one, of_all):
        moved = sorted((each.type, each.activity_mrr_movement) for each in read)
        assert moved == [("churn", -1000), ("new_biz", 1000)]
    assert {each.customer_uuid for each in of_all} == {one.customer}


def test_an_export_becomes_ready(one: Filled) -> None:
    """The export is pending first, and has a file some seconds later."""
    asked = one.sdk(cm.ActivitiesExport.retrieve, id=one.export)
    one.sdk.server.control.clock(advance_seconds=10)
    ready = one.sdk(cm.ActivitiesExport.retrieve, id=one.export)
    assert (asked.status, asked.file_url, ready.status) == ("pending", None, "succeeded")
    assert ready.file_url.endswith(".zip")


def test_a_bulk_import_is_followed_to_its_end(one: Filled) -> None:
    """The import is queued, and its customer there some seconds later."""
    asked = one.sdk(cm.JsonImport.retrieve, data_source_uuid=one.source, id=one.bulk)
    one.sdk.server.control.clock(advance_seconds=10)
    done = one.sdk(cm.JsonImport.retrieve, data_source_uuid=one.source, id=str(BULK["external_id"]))
    assert (asked.status, done.status) == ("queued", "completed")
    assert [each.external_id for each in one.sdk(cm.Customer.all).entries] == ["c1", "b1"]
