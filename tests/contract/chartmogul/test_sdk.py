"""ChartMogul's own Python client reads and writes what the simulator serves, through its own schemas."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import chartmogul as cm  # type: ignore[import-untyped]
import pytest

from tests.contract.chartmogul.sdk import Account, Filled, account, cancellation, configuration, filled
from tests.simulators import Server

Sdk = Any
MONTHS = {"start_date": "2026-01-01", "end_date": "2026-03-31", "interval": "month"}
DEAL = {
    "owner": "ada@example.com",
    "pipeline": "New Business",
    "pipeline_stage": "Discovery",
    "estimated_close_date": "2026-03-01",
    "amount_in_cents": 100,
    "currency": "EUR",
    "type": "recurring",
    "forecast_category": "best_case",
    "win_likelihood": 30,
    "custom": [{"key": "from_campaign", "value": True}],
}
TASK = {"task_details": "Call", "assignee": "ada@example.com", "due_date": "2026-03-01"}


@pytest.fixture
def sdk(server: Server) -> Account:
    return account(server)


@pytest.fixture
def one(server: Server) -> Filled:
    """An account with one of everything."""
    return filled(server)


READS: dict[str, Callable[[Filled], list[Sdk]]] = {
    "Account": lambda one: [one.sdk(cm.Account.retrieve)],
    "ActivitiesExport": lambda one: [one.sdk(cm.ActivitiesExport.retrieve, id=one.export)],
    "Activity": lambda one: one.sdk(cm.Activity.all, start_date="2025-12-01").entries,
    "Attributes": lambda one: [one.sdk(cm.Attributes.retrieve, uuid=one.customer)],
    "Contact": lambda one: [
        *one.sdk(cm.Contact.all).entries,
        *one.sdk(cm.Customer.contacts, uuid=one.customer).entries,
        one.sdk(cm.Contact.retrieve, uuid=one.contact),
    ],
    "Customer": lambda one: [
        *one.sdk(cm.Customer.all).entries,
        *one.sdk(cm.Customer.search, email="ada@example.com").entries,
        one.sdk(cm.Customer.retrieve, uuid=one.customer),
    ],
    "CustomerActivity": lambda one: one.sdk(cm.CustomerActivity.all, uuid=one.customer).entries,
    "CustomerSubscription": lambda one: [
        *one.sdk(cm.CustomerSubscription.all, uuid=one.customer).entries,
        *one.sdk(cm.Customer.subscriptions, uuid=one.customer).entries,
    ],
    "DataSource": lambda one: [
        *one.sdk(cm.DataSource.all).data_sources,
        one.sdk(cm.DataSource.retrieve, uuid=one.source, with_processing_status=True),
    ],
    "EntityNote": lambda one: [
        *one.sdk(cm.EntityNote.all).entries,
        *one.sdk(cm.Customer.entityNotes, uuid=one.customer).entries,
        *one.sdk(cm.Contact.entityNotes, uuid=one.contact).entries,
    ],
    "Invoice": lambda one: [
        *one.sdk(cm.Invoice.all).invoices,
        *one.sdk(cm.Invoice.all, uuid=one.customer).invoices,
        one.sdk(cm.Invoice.retrieve, uuid=one.invoice),
        one.sdk(cm.Invoice.retrieve, data_source_uuid=one.source, external_id="i1"),
    ],
    "JsonImport": lambda one: [one.sdk(cm.JsonImport.retrieve, data_source_uuid=one.source, id=one.bulk)],
    "LineItem": lambda one: [one.sdk(cm.LineItem.retrieve, uuid=one.line_item)],
    "Metrics": lambda one: one.sdk(cm.Metrics.all, **MONTHS).entries,
    "Opportunity": lambda one: [
        *one.sdk(cm.Opportunity.all).entries,
        *one.sdk(cm.Customer.opportunities, uuid=one.customer).entries,
    ],
    "Ping": lambda one: [one.sdk(cm.Ping.ping)],
    "Plan": lambda one: [*one.sdk(cm.Plan.all).plans, one.sdk(cm.Plan.retrieve, uuid=one.plan)],
    "PlanGroup": lambda one: [
        *one.sdk(cm.PlanGroup.all).plan_groups,
        one.sdk(cm.PlanGroup.retrieve, uuid=one.group),
    ],
    "SubscriptionEvent": lambda one: one.sdk(cm.SubscriptionEvent.all).subscription_events,
    "Task": lambda one: [
        *one.sdk(cm.Task.all).entries,
        *one.sdk(cm.Contact.tasks, uuid=one.contact).entries,
        *one.sdk(cm.Customer.tasks, uuid=one.customer).entries,
    ],
    "Transaction": lambda one: [one.sdk(cm.Transaction.retrieve, uuid=one.transaction)],
}
WRITTEN_ONLY = {"CustomAttributes", "Tags"}
WARNS = {"CustomerNote"}  # deprecated by the client; a test of its own reads it


@pytest.fixture(scope="module")
def read_only(server: Server) -> Filled:
    """An account with one of everything, the younger half too; only to be read."""
    one = filled(server)
    one.sdk(cm.Customer.createOpportunity, uuid=one.customer, data=dict(DEAL))
    for resource in (cm.Customer, cm.Contact):
        uuid = one.customer if resource is cm.Customer else one.contact
        one.sdk(resource.createTask, uuid=uuid, data=dict(TASK))
        one.sdk(resource.createEntityNote, uuid=uuid, data={"type": "note", "text": "x"})
    one.sdk(cm.SubscriptionEvent.create, data={"subscription_event": cancellation(one)})
    return one


@pytest.mark.parametrize("name", READS)
def test_each_kind_of_object_is_read(read_only: Filled, name: str) -> None:
    """Every list and every single object comes through the client's schema as an object of its class."""
    found = READS[name](read_only)
    assert found
    assert {type(each).__name__ for each in found} == {name}


def test_no_kind_of_object_is_forgotten() -> None:
    """The client knows no resource that no test here reads or writes."""
    resources = {
        each.__name__ for _, each in inspect.getmembers(cm, inspect.isclass) if hasattr(each, "_schema")
    }
    assert resources == READS.keys() | WRITTEN_ONLY | WARNS


def test_a_wrong_key_is_refused(server: Server) -> None:
    """401 arrives as the client's own error, with ChartMogul's body."""
    with pytest.raises(cm.APIError) as refused:
        cm.Ping.ping(configuration(server, "wrong")).get()
    assert body(refused.value) == {"code": 401, "message": "No valid API key provided", "param": None}


def body(error: Exception) -> Any:
    """The answer that an error of the client carries."""
    return json.loads(error.args[0])


def test_the_rate_limit_reaches_the_client(sdk: Account) -> None:
    """The 41st call of a second is an error of the client, since its own retries are for https only."""
    sdk.server.control.switch("rate_limit", "on")
    sdk.server.control.clock(advance_seconds=1)
    with pytest.raises(cm.APIError) as refused:
        ping(sdk, 100)
    assert body(refused.value)["code"] == 429


def ping(sdk: Account, times: int) -> None:
    """So many calls, one after the other."""
    for _ in range(times):
        sdk(cm.Ping.ping)


def test_what_exists_already_is_refused_in_chartmoguls_words(one: Filled) -> None:
    """A second customer of the same external id is a 422 with the message that means so."""
    with pytest.raises(cm.APIError) as refused:
        one.sdk.customer(one.source)
    assert body(refused.value)["errors"] == {
        "external_id": "The external ID for this customer already exists in our system."
    }


def test_an_unknown_object_is_an_error(sdk: Account) -> None:
    """A customer that does not exist, and a search that finds nobody, are 404."""
    with pytest.raises(cm.APIError):
        sdk(cm.Customer.retrieve, uuid="cus_00000000-0000-0000-0000-000000000000")
    with pytest.raises(cm.APIError):
        sdk(cm.Customer.search, email="nobody@example.com")


def test_pages_follow_the_cursor(sdk: Account) -> None:
    """Page after page until `has_more` is false gives every customer once, oldest first."""
    source = sdk.source()
    made = [sdk.customer(source, f"c{number}") for number in range(5)]
    seen, more = [], dict[str, str]()
    while True:
        page = sdk(cm.Customer.all, per_page=2, **more)
        seen += [each.uuid for each in page.entries]
        if not page.has_more:
            break
        more = {"cursor": page.cursor}
    assert seen == made


def test_a_source_lives_and_goes(sdk: Account) -> None:
    """A source tells its settings when asked, and takes what it holds along."""
    sdk.server.control.settings({"auto_churn_days": 30})
    source = sdk.source()
    sdk.customer(source)
    read = sdk(
        cm.DataSource.retrieve,
        uuid=source,
        with_processing_status=True,
        with_auto_churn_subscription_setting=True,
        with_invoice_handling_setting=True,
    )
    assert (read.processing_status.failed, read.auto_churn_subscription_setting.interval) == (0, 30)
    assert read.invoice_handling_setting["manual"]["create_subscription_when_invoice_is"] == "open"
    sdk(cm.DataSource.destroy, uuid=source)
    assert sdk(cm.Customer.all).entries == []


def test_a_customer_is_changed_and_deleted(one: Filled) -> None:
    """A change shows in the next read; a deleted customer is not found."""
    changed = one.sdk(cm.Customer.modify, uuid=one.customer, data={"name": "Ada L.", "city": "London"})
    read = one.sdk(cm.Customer.retrieve, uuid=one.customer)
    assert (changed.name, read.name, read.address.city, read.mrr) == ("Ada L.", "Ada L.", "London", 1000)
    one.sdk(cm.Customer.destroy, uuid=one.customer)
    with pytest.raises(cm.APIError):
        one.sdk(cm.Customer.retrieve, uuid=one.customer)


def test_customers_are_merged(one: Filled) -> None:
    """The merged customer is gone and its external id lives on."""
    gone = one.sdk.customer(one.source, "c2")
    merge = {"from": {"customer_uuid": gone}, "into": {"customer_uuid": one.customer}}
    assert one.sdk(cm.Customer.merge, data=merge) is None
    assert one.sdk(cm.Customer.retrieve, uuid=one.customer).external_ids == ["c1", "c2"]


def test_subscriptions_are_connected_and_parted(one: Filled) -> None:
    """Two subscriptions of one customer become one in the analytics, and two again."""
    one.sdk.invoice(one.customer, one.plan, 2)
    with pytest.warns(DeprecationWarning, match="list_imported"):
        imported = one.sdk(cm.Subscription.list_imported, uuid=one.customer).subscriptions
    named = [{"data_source_uuid": one.source, "uuid": each.uuid} for each in imported]
    counts = []
    for act in (None, cm.Customer.connectSubscriptions, cm.Customer.disconnectSubscriptions):
        if act is not None:
            one.sdk(act, uuid=one.customer, data={"subscriptions": named})
        counts.append(len(one.sdk(cm.Customer.subscriptions, uuid=one.customer).entries))
    assert counts == [2, 1, 2]


def test_contacts_are_changed_merged_and_deleted(one: Filled) -> None:
    """A contact takes what it lacks from the one merged into it."""
    data = {"data_source_uuid": one.source, "title": "CTO", "customer_uuid": one.customer}
    other = one.sdk(cm.Contact.create, data=data)
    one.sdk(cm.Contact.modify, uuid=one.contact, data={"last_name": "Ek"})
    merged = one.sdk(cm.Contact.merge, into_uuid=one.contact, from_uuid=other.uuid)
    assert (merged.first_name, merged.last_name, merged.title) == ("Bo", "Ek", "CTO")
    one.sdk(cm.Contact.destroy, uuid=one.contact)
    assert one.sdk(cm.Contact.all).entries == []


def test_notes_are_written_and_deleted(one: Filled) -> None:
    """A note of a customer, by the older path that the client calls deprecated, and by the younger."""
    data = {"type": "call", "text": "x", "author_email": "ada@example.com", "call_duration": 30}
    with pytest.warns(DeprecationWarning, match="createNote"):
        made = one.sdk(cm.Customer.createNote, uuid=one.customer, data=data)
    with pytest.warns(DeprecationWarning, match=r"CustomerNote\.modify"):
        changed = one.sdk(cm.CustomerNote.modify, uuid=made.uuid, data={"text": "y"})
    with pytest.warns(DeprecationWarning, match=r"Customer\.notes"):
        listed = one.sdk(cm.Customer.notes, uuid=one.customer).entries
    assert [(each.uuid, each.text, each.call_duration) for each in listed] == [(made.uuid, "y", 30)]
    assert changed.updated_at >= made.created_at
    assert one.sdk(cm.EntityNote.retrieve, uuid=made.uuid).text == "y"
    one.sdk(cm.EntityNote.destroy, uuid=made.uuid)
    assert one.sdk(cm.EntityNote.all).entries == []


def test_opportunities_and_tasks_are_changed_and_deleted(one: Filled) -> None:
    """What is sent is changed, and a deletion answers with an object."""
    deal = one.sdk(cm.Customer.createOpportunity, uuid=one.customer, data=dict(DEAL))
    task = one.sdk(cm.Customer.createTask, uuid=one.customer, data=dict(TASK))
    likelier = one.sdk(cm.Opportunity.modify, uuid=deal.uuid, data={"win_likelihood": 90})
    done = one.sdk(cm.Task.modify, uuid=task.task_uuid, data={"completed_at": "2026-02-01T10:00:00Z"})
    assert (likelier.win_likelihood, likelier.custom) == (90, {"from_campaign": True})
    assert done.completed_at == datetime(2026, 2, 1, 10, tzinfo=UTC)
    assert len(one.sdk(cm.Task.all, completed=True).entries) == 1
    one.sdk(cm.Opportunity.destroy, uuid=deal.uuid)
    one.sdk(cm.Task.destroy, uuid=task.task_uuid)
    assert one.sdk(cm.Opportunity.all).entries + one.sdk(cm.Task.all).entries == []


def test_tags_and_attributes_are_added_and_removed(one: Filled) -> None:
    """By customer and by e-mail address, which answers with a list of customers."""
    one.sdk(cm.Tags.add, uuid=one.customer, data={"tags": ["a", "b"]})
    tagged = one.sdk(cm.Tags.add_by_email, data={"email": "ada@example.com", "tags": ["c"]})
    left = one.sdk(cm.Tags.remove, uuid=one.customer, data={"tags": ["b"]})
    assert (tagged.entries[0].attributes.tags, left.tags) == (["a", "b", "c"], ["a", "c"])
    value = {"type": "Integer", "key": "seats", "value": 3}
    one.sdk(cm.CustomAttributes.add, uuid=one.customer, data={"custom": [value]})
    more = {"type": "String", "key": "channel", "value": "web"}
    data = {"email": "ada@example.com", "custom": [more]}
    one.sdk(cm.CustomAttributes.add_by_email, data=data)
    one.sdk(cm.CustomAttributes.update, uuid=one.customer, data={"custom": {"seats": 5}})
    read = one.sdk(cm.Attributes.retrieve, uuid=one.customer)
    assert read.custom == {"seats": 5, "channel": "web"}
    rest = one.sdk(cm.CustomAttributes.remove, uuid=one.customer, data={"custom": ["channel"]})
    assert rest.custom == {"seats": 5}
