"""Who becomes a customer, since when a customer is a lead, and when a free trial began."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from destination_chartmogul.configuration import checked
from destination_chartmogul.errors import ConfigError
from destination_chartmogul.mapping.bundle import Mapped, map_bundle
from destination_chartmogul.mapping.context import Bundle, Ledger, Reference
from destination_chartmogul.needs import check_catalog
from destination_chartmogul.policy import Leads, policy_of
from tests.destination_chartmogul.keap import bundle, contact, context, item, order, subscription
from tests.destination_chartmogul.pipe import Json, catalog, config_for, record, run_write

CREATED = datetime(2024, 8, 28, 15, tzinfo=UTC)
STREAMS = ("account", "contacts", "orders", "subscriptions", "applied_tags", "tags", "opportunities")
ACCOUNT = record("account", {"id": "account", "time_zone": "America/Denver", "currency_code": "USD"})
BY_TAG = {"customers": "chosen_leads", "leads": {"tags": ["7"]}}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def tag(tag_id: str, applied: str = "2025-02-01T00:00:00Z", who: str = "1001") -> Json:
    return {"contact_id": who, "tag_id": tag_id, "applied_at": applied}


def opportunity(created: str = "2025-03-01T00:00:00Z", who: str = "1001") -> Json:
    person = {"id": who, "first_name": "Olga", "last_name": "Pipe", "company_name": "Pipe Ltd"}
    return {"id": "91", "contact": person, "created_time": created}


def person(*tags: Json, opportunities: tuple[Json, ...] = (), **more: Any) -> Bundle:
    """Contact 1001 with applied tags and opportunities."""
    return replace(
        bundle(contact=contact(), **more),
        applied_tags={row["tag_id"]: row for row in tags},
        opportunities={row["id"]: row for row in opportunities},
    )


def mapped(records: Bundle, held: Ledger | None = None, **leads: Any) -> Mapped:
    return map_bundle(records, held or Ledger(), context(leads=Leads(**leads)))


def lead_date(records: Bundle, held: datetime | None = None, **leads: Any) -> datetime | None:
    return mapped(records, Ledger(lead_created_at=held), **leads).desired.customer.lead_created_at


def trial(records: Bundle, held: Ledger | None = None, **leads: Any) -> datetime | None:
    return mapped(records, held, **leads).desired.customer.free_trial_started_at


def names(chartmogul: Any) -> list[str]:
    return sorted(customer["name"] for customer in chartmogul.control.dump()["customers"])


def sync(chartmogul: Any, policy: Mapping[str, Any], *messages: Json) -> Any:
    """A run whose catalog has every stream, as full refreshes."""
    given = [ACCOUNT, *messages]
    return run_write(config_for(chartmogul, **policy), given, streams=STREAMS, mode="full_refresh")


def contacts(*keys: str, **more: Any) -> list[Json]:
    return [record("contacts", contact(id=key, given_name=f"C{key}", family_name="", **more)) for key in keys]


# Who is a lead


@pytest.mark.parametrize(
    ("leads", "changes", "chosen"),
    [
        ({"tags": ("7",)}, {"tag_ids": ["7"]}, True),
        ({"tags": ("prospect",)}, {"tag_ids": [7]}, True),
        ({"tags": ("Pro",)}, {"tag_ids": ["7"]}, False),
        ({"tags": ("8",)}, {"tag_ids": ["7"]}, False),
        ({"lead_sources": ("12",)}, {"leadsource_id": "12"}, True),
        ({"lead_sources": ("Google Ads",)}, {"leadsource_id": 12}, True),
        ({"lead_sources": ("Bing",)}, {"leadsource_id": "12"}, False),
        ({"lead_sources": ("12",)}, {"leadsource_id": None}, False),
        ({"opportunity": True}, {}, False),
    ],
)
def test_who_is_a_lead(leads: Json, changes: Json, chosen: bool) -> None:
    """A tag or lead source by id or whole name, in any case; no evidence is no lead."""
    known = Reference(
        tags={"7": {"id": "7", "name": "Prospect"}}, lead_sources={"12": {"name": "Google ads"}}
    )
    ctx = replace(context(leads=Leads(**leads)), reference=known)
    assert map_bundle(bundle(contact=contact(**changes)), Ledger(), ctx).lead is chosen


def test_applied_tags_and_opportunities_make_leads() -> None:
    """Also when the contact's own record is as old as before; a tag that is told to be gone does not."""
    assert mapped(person(tag("7")), tags=("7",)).lead
    assert not mapped(person(tag("7") | {"_ab_cdc_deleted_at": "2026-01-01T00:00:00Z"}), tags=("7",)).lead
    assert mapped(person(opportunities=(opportunity(),)), opportunity=True).lead


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ({}, ["C1", "C2", "C3", "C4"]),
        (BY_TAG, ["C2", "C3", "C4"]),
        ({"customers": "payers_and_trials"}, ["C3", "C4"]),
        ({"customers": "payers_only"}, ["C4"]),
    ],
)
def test_who_becomes_a_customer(chartmogul: Any, policy: Json, expected: list[str]) -> None:
    """One without anything, one with the tag, one with a trial, one who paid."""
    trial_order = order(item(), item("DISCOUNT_FREE_TRIAL", 4900), id="20003", contact={"id": "3"})
    later = subscription(id="5003", contact_id="3", start_date="2026-06-20", last_bill_date=None)
    paid = order(item("PRODUCT"), id="20004", contact={"id": "4"})
    bills = [record("orders", trial_order), record("orders", paid), record("subscriptions", later)]
    sync(chartmogul, policy, *contacts("1", "2", "3", "4"), *bills, record("applied_tags", tag("7", who="2")))
    assert names(chartmogul) == expected


def test_a_customer_that_stopped_to_be_a_lead_stays(chartmogul: Any) -> None:
    """It is not deleted when its tag is gone, and goes on to be kept up to date."""
    sync(chartmogul, BY_TAG, *contacts("1", tag_ids=["7"]))
    changed = record("contacts", contact(id="1", given_name="New", family_name="", tag_ids=[]))
    result = sync(chartmogul, BY_TAG, changed)
    assert (result.error, names(chartmogul)) == (None, ["New"])


def test_a_lead_whose_record_did_not_come(chartmogul: Any) -> None:
    """A tag alone makes a customer named after its id, an opportunity one with the person's name; the record
    completes both.
    """
    policy = {"customers": "chosen_leads", "leads": {"tags": ["7"], "opportunity": True}}
    sync(
        chartmogul,
        policy,
        record("applied_tags", tag("7", who="1")),
        record("opportunities", opportunity(who="2")),
    )
    assert names(chartmogul) == ["Keap contact 1", "Olga Pipe"]
    sync(chartmogul, policy, *contacts("1", "2"))
    assert names(chartmogul) == ["C1", "C2"]


# Lead dates


@pytest.mark.parametrize(
    ("created_at", "expected"),
    [
        ("contact_created", CREATED),
        ("tag_applied", at("2025-01-05")),
        ("opportunity_opened", at("2025-03-01")),
        ("never", None),
    ],
)
def test_what_dates_a_lead(created_at: str, expected: datetime | None) -> None:
    """The contact's creation, the first of the tags, the first opportunity, or nothing."""
    records = person(tag("7"), tag("8", "2025-01-05T00:00:00Z"), tag("9", "2024-12-01T00:00:00Z"),
                     opportunities=(opportunity(),))  # fmt: skip
    assert lead_date(records, created_at=created_at, created_at_tags=("7", "8")) == expected


@pytest.mark.parametrize("created_at", ["tag_applied", "opportunity_opened"])
def test_without_evidence_there_is_no_lead_date(created_at: str) -> None:
    """The contact's creation is no substitute."""
    assert lead_date(person(tag("9")), created_at=created_at, created_at_tags=("7",)) is None


def test_the_earliest_tag_dates_the_lead_however_runs_are_cut(chartmogul: Any) -> None:
    """The later of two tags, alone in a later run, moves nothing; an earlier one does."""
    policy = {"leads": {"created_at": "tag_applied", "created_at_tags": ["7", "8", "Asked"]}}
    rows = [
        tag("8", "2025-02-02T00:00:00Z"),
        tag("7", "2025-04-04T00:00:00Z"),
        tag("9", "2025-01-01T00:00:00Z"),
    ]
    seen = []
    named = record("tags", {"id": "9", "name": "asked"})
    for extra in (contacts("1001"), [], [named]):
        assert sync(chartmogul, policy, *extra, record("applied_tags", rows.pop(0))).error is None
        seen.append(chartmogul.control.dump()["customers"][0]["lead_created_at"][:10])
    assert seen == ["2025-02-02", "2025-02-02", "2025-01-01"]


def test_a_date_of_another_policy_is_replaced() -> None:
    """The contact's creation, which ChartMogul has, gives way to a later tag; any other date does not."""
    rule: Json = {"created_at": "tag_applied", "created_at_tags": ("7",)}
    assert lead_date(person(tag("7")), CREATED, **rule) == at("2025-02-01")
    assert lead_date(person(tag("7")), at("2025-01-20"), **rule) == at("2025-01-20")


@pytest.mark.parametrize("text", ["2099-01-01T00:00:00Z", "once"])
def test_a_lead_date_in_the_future_or_unreadable_is_left_out(text: str) -> None:
    """With a notice; ChartMogul takes dates in the past only."""
    result = mapped(bundle(contact=contact(create_time=text)))
    assert result.desired.customer.lead_created_at is None
    assert [notice.rule for notice in result.notices] == ["lead_date_left_out"]


# Trials

DEFERRED = subscription(
    start_date="2026-07-20",
    last_bill_date=None,
    next_bill_date="2026-07-20",
    modification_time="2026-06-25T12:00:00Z",
)
TRIAL_ORDER = order(item(), item("DISCOUNT_FREE_TRIAL", 4900))


def test_a_deferred_subscription_begins_a_trial() -> None:
    """On the day on which it was there first, unless the contact was billed before."""
    seen = at("2026-06-25T12:00")
    assert trial(person(subscriptions=[DEFERRED])) == seen
    earlier = Ledger(free_trial_started_at=at("2026-06-20"))
    assert trial(person(subscriptions=[DEFERRED]), earlier) == at("2026-06-20")
    assert trial(person(subscriptions=[DEFERRED, subscription(id="5002")])) is None
    assert trial(person(subscriptions=[DEFERRED], orders=[order(item(subscription_id="5002"))])) is None
    assert trial(person(subscriptions=[DEFERRED | {"active": False}])) is None
    assert trial(person(subscriptions=[subscription()])) is None


def test_an_unreadable_first_bill_is_a_reject_of_the_subscription() -> None:
    """The customer is written all the same."""
    result = mapped(person(subscriptions=[DEFERRED | {"start_date": "soon"}]))
    assert {(r.stream, r.rule) for r in result.rejects} == {("subscriptions", "bad_time")}
    assert result.desired.customer.name == "Ada Low"


def test_the_contacts_creation_is_a_trial_date_only_when_asked_for() -> None:
    """And then of contacts who had a trial."""
    tried = person(orders=[TRIAL_ORDER], subscriptions=[DEFERRED])
    assert trial(tried) == at("2026-06-03T12:00")
    assert trial(tried, trial_started_at="contact_created") == CREATED
    assert trial(tried, trial_started_at="never") is None
    assert trial(person(), trial_started_at="contact_created") is None


def test_a_trial_as_a_line_item(chartmogul: Any) -> None:
    """From the order to the first bill, in both lanes, beside the customer's date, and without MRR; a run
    without the subscription, and the same run again, leave it as it is.
    """
    policy = {"trial_line_items": True}
    trials = [
        order(item(id="x"), item("DISCOUNT_FREE_TRIAL", 4900), id=f"2000{n}", contact={"id": str(n)})
        for n in range(1, 7)
    ]
    for n, row in enumerate(trials, 1):
        for place, line in enumerate(row["order_items"]):
            line |= {"id": f"6{n}{place}", "subscription_id": f"500{n}"}
    later = [DEFERRED | {"id": f"500{n}", "contact_id": str(n)} for n in range(1, 7)]
    people = contacts(*(str(n) for n in range(1, 7)))
    orders = [record("orders", row) for row in trials]
    messages = [*people, *orders, *(record("subscriptions", row) for row in later)]
    for some in (messages, messages, orders):
        assert sync(chartmogul, policy, *some).rejected == 0
        dump = chartmogul.control.dump()
        lines = [line for invoice in dump["invoices"] for line in invoice["line_items"]]
        assert {(line["type"], line["service_period_end"][:10]) for line in lines} == {
            ("trial", "2026-07-20")
        }
        assert (len(lines), {c["free_trial_started_at"][:10] for c in dump["customers"]}) == (
            6,
            {"2026-06-03"},
        )


def test_a_trial_line_without_an_end_is_left_out() -> None:
    """The date on the customer is written either way."""
    ctx = context(trial_line_items=True)
    result = map_bundle(bundle(contact=contact(), orders=[TRIAL_ORDER]), Ledger(), ctx)
    assert result.desired.invoices == ()
    assert result.desired.customer.free_trial_started_at == at("2026-06-03T12:00")
    assert "trial_line_left_out" in {notice.rule for notice in result.notices}


# What the configuration and the catalog have to say


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"customers": "chosen_leads"}, "leads has neither tags nor lead_sources nor opportunity"),
        ({"leads": {"tags": ["7"]}}, "leads.tags chooses leads, which only customers: chosen_leads does"),
        (
            {"leads": {"created_at": "tag_applied"}},
            "neither leads.created_at_tags nor leads.tags names a tag",
        ),
        ({"leads": {"created_at_tags": ["7"]}}, "with leads.created_at: tag_applied only"),
        ({"leads": {"tag": ["7"]}}, "leads.tag is not known (did you mean tags?)"),
    ],
)
def test_a_configuration_that_contradicts_itself(given: Json, said: str) -> None:
    """Is refused in one sentence."""
    with pytest.raises(ConfigError) as refused:
        checked({"api_key": "key"} | given)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("given", "streams", "said"),
    [
        (BY_TAG, ("contacts",), "leads.tags needs the stream applied_tags"),
        ({"customers": "chosen_leads", "leads": {"tags": ["Hot"]}}, ("applied_tags", "tags"),
         "leads.tags, with names, needs the stream tags, as a full refresh"),
        ({"customers": "chosen_leads", "leads": {"opportunity": True}}, ("contacts",),
         "leads.opportunity needs the stream opportunities"),
        ({"customers": "chosen_leads", "leads": {"lead_sources": ["Ads"]}}, ("contacts",),
         "leads.lead_sources, with names, needs the stream lead_sources, as a full refresh"),
        ({"leads": {"created_at": "opportunity_opened"}}, ("contacts",),
         "leads.created_at needs the stream opportunities"),
    ],
)  # fmt: skip
def test_a_stream_that_the_policy_needs_is_named(
    chartmogul: Any, given: Json, streams: tuple[str, ...], said: str
) -> None:
    """Before anything is written; a lead that was passed over would not come again."""
    result = run_write(config_for(chartmogul, **given), contacts("1"), streams=streams)
    assert said in str(result.error)
    assert names(chartmogul) == []
    check_catalog(policy_of({"leads": {}}), catalog(("contacts",)))


def test_a_name_that_keap_does_not_have_is_told(chartmogul: Any) -> None:
    """Nobody is a lead by it."""
    policy = {"customers": "chosen_leads", "leads": {"tags": ["Hott"]}}
    result = sync(chartmogul, policy, *contacts("1"), record("tags", {"id": "7", "name": "Hot"}))
    assert "No tag in Keap is named 'Hott': nobody is a lead by it." in result.logs
