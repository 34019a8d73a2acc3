"""What users do in ChartMogul by hand survives syncs, unless Keap says otherwise."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import requests

from tests.destination_chartmogul.accounts import differences, held, writes
from tests.destination_chartmogul.keap import contact, item, order, payment, subscription
from tests.destination_chartmogul.killing import happening
from tests.destination_chartmogul.pipe import Json, record, run_write

ACCOUNT = record("account", {"id": "account", "time_zone": "America/Denver", "currency_code": "USD"})
Api = Callable[..., Json]


def customer(key: str, number: int, **more: Any) -> list[Json]:
    """A contact with a subscription and a paid order; `more` changes the subscription."""
    line = {**item(), "id": f"6000{number}", "subscription_id": f"500{number}"}
    bill = order(id=f"2000{number}", contact={"id": key}) | {"order_items": [line]}
    paid = payment(id=f"4000{number}", contact_id=key, order_ids=[f"2000{number}"])
    own = subscription(id=f"500{number}", contact_id=key, **more)
    return [
        record("contacts", contact(id=key)),
        record("subscriptions", own),
        record("orders", bill),
        record("payments", paid),
    ]


TWO = [ACCOUNT, *customer("1001", 1), *customer("1002", 2)]


@pytest.fixture
def api(chartmogul: Any, config: Json) -> Api:
    """ChartMogul's API as a user's own tool calls it, with two customers in it."""
    assert run_write(config, TWO).error is None

    def call(method: str, path: str, body: Json | None = None, **params: Any) -> Json:
        answer = requests.request(
            method,
            f"{chartmogul.url}/v1{path}",
            json=body,
            params=params,
            auth=(chartmogul.api_key, ""),
            timeout=10,
        )
        answer.raise_for_status()
        return dict(answer.json()) if answer.content else {}

    return call


def uuid_of(api: Api, key: str) -> str:
    """A customer's uuid."""
    return str(api("GET", "/customers", external_id=key)["entries"][0]["uuid"])


def source_of(api: Api) -> str:
    """The data source's uuid."""
    return str(api("GET", "/data_sources")["data_sources"][0]["uuid"])


def tag(api: Api) -> None:
    api("POST", f"/customers/{uuid_of(api, '1001')}/attributes/tags", {"tags": ["vip"]})


def custom(api: Api) -> None:
    body = {"custom": [{"type": "String", "key": "channel", "value": "Podcast"}]}
    api("POST", f"/customers/{uuid_of(api, '1001')}/attributes/custom", body)


def own_fields(api: Api) -> None:
    api("PATCH", f"/customers/{uuid_of(api, '1001')}", {"website_url": "https://low.example"})


def note(api: Api) -> None:
    body = {"customer_uuid": uuid_of(api, "1001"), "type": "note", "text": "called"}
    api("POST", "/customer_notes", body)


def own_event(api: Api) -> None:
    said = {
        "data_source_uuid": source_of(api),
        "customer_external_id": "1001",
        "subscription_external_id": "5001",
        "event_type": "subscription_cancelled",
        "external_id": "by-hand",
        "event_date": "2026-06-25T00:00:00Z",
        "effective_date": "2026-06-25T00:00:00Z",
    }
    api("POST", "/subscription_events", {"subscription_event": said})


def own_invoice(api: Api) -> None:
    line = {"type": "one_time", "amount_in_cents": 700, "external_id": "by-hand-1"}
    invoice = {
        "external_id": "by-hand",
        "date": "2026-06-04T00:00:00Z",
        "currency": "USD",
        "line_items": [line],
    }
    api("POST", f"/import/customers/{uuid_of(api, '1001')}/invoices", {"invoices": [invoice]})


def voided(api: Api) -> None:
    path = f"/data_sources/{source_of(api)}/invoices/20002/status"
    api("PUT", path, {"status": "voided"})


def connected(api: Api) -> None:
    merged(api)
    source = source_of(api)
    pair = [{"data_source_uuid": source, "external_id": key} for key in ("5001", "5002")]
    api("POST", f"/customers/{uuid_of(api, '1001')}/connect_subscriptions", {"subscriptions": pair})


def merged(api: Api) -> None:
    pair = {key: {"customer_uuid": uuid_of(api, who)} for key, who in (("from", "1002"), ("into", "1001"))}
    api("POST", "/customers/merges", pair)


def other_source(api: Api) -> None:
    """The same person in another billing system, merged in."""
    source = api("POST", "/data_sources", {"name": "Stripe"})["uuid"]
    made = api("POST", "/customers", {"data_source_uuid": source, "external_id": "cus_9", "name": "Ada"})
    pair = {"from": {"customer_uuid": made["uuid"]}, "into": {"customer_uuid": uuid_of(api, "1001")}}
    api("POST", "/customers/merges", pair)


EDITS = [
    tag,
    custom,
    own_fields,
    note,
    own_event,
    own_invoice,
    voided,
    merged,
    connected,
    other_source,
]


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_by_hand_survives(
    edit: Callable[[Api], None], api: Api, chartmogul: Any, config: Json
) -> None:
    """A replay writes nothing; new orders and a changed name come in beside what was edited."""
    edit(api)
    edited, before = held(chartmogul), writes(chartmogul)
    assert run_write(config, TWO).error is None
    assert writes(chartmogul) == before
    assert differences(edited, held(chartmogul)) == []
    lines = [{**item(), "id": f"7000{n}", "subscription_id": f"500{n}"} for n in (1, 2)]
    new = [
        record("orders", _late(order(id=f"3000{n}", contact={"id": f"100{n}"})) | {"order_items": [line]})
        for n, line in enumerate(lines, 1)
    ]
    result = run_write(config, [ACCOUNT, *new])
    assert (result.error, result.rejected) == (None, 0)
    gone = [row for row in differences(edited, held(chartmogul)) if row.startswith("- ")]
    assert gone == []
    found = {invoice["external_id"] for invoice in chartmogul.control.dump()["invoices"]}
    assert found >= {"20001", "20002", "30001", "30002"}


def one_off(owner: str) -> list[Json]:
    """An order that Keap gives to `owner`."""
    lines = {"order_items": [{**item("PRODUCT"), "id": "69000"}]}
    return [ACCOUNT, record("orders", order(id="29000", contact={"id": owner}) | lines)]


@pytest.mark.parametrize("status", ["voided", "written_off"])
@pytest.mark.parametrize("paid", [False, True])
def test_a_status_moves_with_its_order(
    paid: bool, status: str, api: Api, chartmogul: Any, config: Json
) -> None:
    """To another contact, whether something was paid or not."""
    money = [record("payments", payment(id="49000", order_ids=["29000"], amount=9.0))] if paid else []
    assert run_write(config, [*one_off("1001"), *money]).rejected == 0
    api("PUT", f"/data_sources/{source_of(api)}/invoices/29000/status", {"status": status})
    for _ in range(2):
        before = writes(chartmogul)
        assert run_write(config, one_off("1002")).rejected == 0
    assert writes(chartmogul) == before
    (found,) = (i for i in chartmogul.control.dump()["invoices"] if i["external_id"] == "29000")
    assert (found["customer"], found["status"]) == (["1002"], status)
    assert len(found["transactions"]) == paid


def test_a_field_that_keap_owns_is_put_back(api: Api, chartmogul: Any, config: Json) -> None:
    """The name is Keap's; it is written again when the contact comes again."""
    api("PATCH", f"/customers/{uuid_of(api, '1001')}", {"name": "Somebody"})
    assert run_write(config, TWO).error is None
    assert {c["name"] for c in chartmogul.control.dump()["customers"]} == {"Ada Low"}


def _late(record: Json) -> Json:
    """The order on the last day of June."""
    return record | {"order_time": "2026-06-30T12:00:00Z"}


def made_anew(chartmogul: Any, config: Json) -> None:
    chartmogul.control.reset(keep_switches=True)
    assert run_write(config, TWO).error is None


@pytest.mark.parametrize("bring", ["changed", "new"])
def test_a_merge_at_any_moment_of_a_run(bring: str, api: Api, chartmogul: Any, config: Json) -> None:
    """Customers that a user merges between two requests: the run ends well, the next one puts right what was
    on its way.
    """
    lines = [{**item(), "id": f"7000{n}", "subscription_id": f"500{n}"} for n in (1, 2)]
    bills = [
        record("orders", _late(order(id=f"3000{n}", contact={"id": f"100{n}"})) | {"order_items": [line]})
        for n, line in enumerate(lines, 1)
    ]
    names = [record("contacts", contact(id=key, given_name="Eve")) for key in ("1001", "1002")]
    given = [ACCOUNT, *(names if bring == "changed" else bills)]
    merged(api)
    with happening(0, lambda: None) as count:
        assert run_write(config, given).error is None
    expected = held(chartmogul)
    for at in range(1, count.requests + 4):
        made_anew(chartmogul, config)
        with happening(at, partial(merged, api)) as met:
            assert run_write(config, given).error is None, at
        if met.requests < at:
            break
        assert run_write(config, given).rejected == 0
        assert differences(expected, held(chartmogul)) == [], at
