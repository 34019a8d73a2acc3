"""What ChartMogul refuses becomes a reject with its reason, in either lane, and a replay writes nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from destination_chartmogul import bulk, pacing
from tests.destination_chartmogul.accounts import differences, held, writes
from tests.destination_chartmogul.keap import contact, item, order, payment, subscription
from tests.destination_chartmogul.pipe import Json, messages_of, record, run_write

ACCOUNT = record("account", {"id": "account", "time_zone": "America/Denver", "currency_code": "USD"})


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing.Retries, "wait", lambda *_: 0.01)


def people(count: int, **first: Any) -> list[Json]:
    """So many contacts with one paid order each; `first` changes the first one's order."""
    messages = [ACCOUNT]
    for number in range(count):
        key = str(1001 + number)
        own = subscription(id=f"5{key}", contact_id=key)
        line = {**item(), "id": f"6{key}", "subscription_id": f"5{key}"}
        bill = order(line, id=f"2{key}", contact={"id": key}, **(first if number == 0 else {}))
        own_id = {"id": f"6{key}", **({"name": "Odd"} if number == 0 else {})}
        bill["order_items"] = [{**each, **own_id} for each in bill["order_items"]]
        paid = payment(id=f"4{key}", contact_id=key, order_ids=[f"2{key}"])
        messages += [
            record("contacts", contact(id=key)),
            record("subscriptions", own),
            record("orders", bill),
        ]
        messages.append(record("payments", paid))
    return messages


def rejects_of(config: Json, messages: list[Json], folder: Path) -> list[Json]:
    """Rows of the reject file of a run that succeeds."""
    path = folder / "rejects.jsonl"
    assert run_write(config | {"rejects_path": str(path)}, messages).error is None
    return [json.loads(row) for row in path.read_text().splitlines()]


@pytest.mark.parametrize("count", [2, 8])
@pytest.mark.parametrize("bad_values", ["store_invalid", "refuse"])
def test_an_invoice_that_chartmogul_finds_invalid(
    count: int, bad_values: str, chartmogul: Any, config: Json, tmp_path: Path
) -> None:
    """In bulk or singly: one reject with ChartMogul's words, again at each replay."""
    chartmogul.control.switch("bad_values", bad_values)
    messages = people(count, currency="QQQ")
    for run in range(2):
        before = held(chartmogul)
        rejects = [r for r in rejects_of(config, messages, tmp_path) if r["stream"] == "orders"]
        assert [(r["key"], r["rule"]) for r in rejects] == [("21001", "refused_by_chartmogul")]
        assert "urrency" in rejects[0]["message"]
        assert run == 0 or differences(before, held(chartmogul)) == []
    valid = [i for i in chartmogul.control.dump()["invoices"] if not i["errors"]]
    assert len(valid) == count - 1


def test_a_mended_record_replaces_what_was_invalid(chartmogul: Any, config: Json, tmp_path: Path) -> None:
    """The invalid invoice is deleted and made anew."""
    rejects_of(config, people(2, currency="QQQ"), tmp_path)
    assert rejects_of(config, people(2), tmp_path) == []
    assert all(not i["errors"] and i["currency"] == "USD" for i in chartmogul.control.dump()["invoices"])


def test_an_address_that_only_chartmogul_dislikes_is_left_out(
    chartmogul: Any, config: Json, tmp_path: Path
) -> None:
    """The customer is kept, and a reject of the field says so."""
    rule = {"method": "POST", "path": "/v1/customers", "nth": 1, "status": 422}
    said = {
        "code": 422,
        "message": "The value provided does not appear to be a valid email address.",
        "param": "email",
    }
    chartmogul.control.faults([{**rule, "body": said}])
    rejects = rejects_of(config, [ACCOUNT, record("contacts", contact())], tmp_path)
    assert [(row["rule"], row["field"]) for row in rejects] == [("invalid_email", "email_addresses")]
    assert [c["email"] for c in chartmogul.control.dump()["customers"]] == [None]


def test_a_customer_that_is_refused_takes_its_orders_along(
    chartmogul: Any, config: Json, tmp_path: Path
) -> None:
    """Each record that was not written is a reject."""
    chartmogul.control.faults(
        [{"method": "POST", "path": "/v1/customers", "status": 422, "body": {"errors": {"name": "is odd"}}}]
    )
    rejects = rejects_of(config, people(1), tmp_path)
    assert {(r["stream"], r["rule"]) for r in rejects} >= {
        ("contacts", "refused_by_chartmogul"),
        ("orders", "customer_refused"),
    }


def test_what_chartmogul_says_exists_and_does_not_show(chartmogul: Any, config: Json, tmp_path: Path) -> None:
    """Its order is a reject with ChartMogul's words, and the customers after it are written."""
    rejects_of(config, people(2), tmp_path)
    said = {"errors": {"external_id": "The external ID for this line item already exists in our system."}}
    lines = {"method": "POST", "path": "/v1/import/invoices/{inv}/line_items"}
    chartmogul.control.faults([{**lines, "status": 422, "body": said}])
    messages = people(3)
    (bill,) = (m["record"]["data"] for m in messages[1:] if m["record"]["data"]["id"] == "21001")
    bill["order_items"].append({**item("PRODUCT", price=0), "id": "69999"})
    (row,) = rejects_of(config, messages, tmp_path)
    assert (row["stream"], row["key"], row["rule"]) == ("orders", "21001", "exists_elsewhere")
    assert "line item already exists" in row["message"]
    assert {i["external_id"] for i in chartmogul.control.dump()["invoices"]} == {"21001", "21002", "21003"}


def test_a_read_only_key_ends_the_run(chartmogul: Any, config: Json) -> None:
    """403 is a matter of configuration, not of the record."""
    chartmogul.control.faults([{"method": "POST", "path": "/v1/", "status": 403, "body": {"error": "no"}}])
    result = run_write(config, people(1))
    assert (result.kind, result.states) == ("config_error", [])
    assert "may not write" in str(result.error)


def test_a_wrong_address_ends_the_run(config: Json, chartmogul: Any) -> None:
    """A page that is not the API's, and a port where nobody listens."""
    page = run_write(config | {"base_url": f"{chartmogul.url}/nowhere"}, people(1))
    assert (page.kind, "check base_url" in str(page.error)) == ("config_error", True)
    nobody = run_write(config | {"base_url": "http://127.0.0.1:9"}, people(1))
    assert nobody.kind == "transient_error"


def test_several_imports_and_too_large_ones(
    small: dict[str, list[Json]], chartmogul: Any, config: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Requests are cut by customers and bytes; too large is halved; a huge customer goes singly."""
    run_write(config, messages_of(small))
    expected = held(chartmogul)
    for customers, size in ((20, 4_500_000), (500, 12_000)):
        chartmogul.control.reset(keep_switches=True)
        monkeypatch.setattr(bulk, "MOST_CUSTOMERS", customers)
        monkeypatch.setattr(bulk, "MOST_BYTES", size)
        path = "/v1/data_sources/{ds}/json_imports"
        chartmogul.control.faults(
            [{"method": "POST", "path": path, "nth": 1, "status": 413, "body": {"error": "large"}}]
        )
        assert run_write(config, messages_of(small)).error is None
        assert writes(chartmogul)["POST /v1/data_sources/{ds}/json_imports"] > 2
        assert differences(expected, held(chartmogul)) == []


@pytest.mark.parametrize("identities", ["keep", "into_only"])
def test_cancellations_and_trials_survive_a_merge(identities: str, chartmogul: Any, config: Json) -> None:
    """The trial date is copied, events go along, whatever becomes of the external ids."""
    chartmogul.control.switch("merged_identities", identities)
    own = subscription(active=False, end_date="2026-06-20", start_date="2026-05-10")
    trial = order(item(), item("DISCOUNT_FREE_TRIAL", -4900), id="20000", order_time="2026-05-03T12:00:00Z")
    trial["order_items"] = [{**line, "id": f"7{number}"} for number, line in enumerate(trial["order_items"])]
    run_write(
        config,
        [
            ACCOUNT,
            *(record("contacts", contact(id=k)) for k in ("1001", "1002")),
            record("subscriptions", own),
            record("orders", trial),
            record("orders", order()),
        ],
    )
    moved = [
        record("subscriptions", own | {"contact_id": "1002"}),
        record("orders", order(contact={"id": "1002"})),
    ]
    assert run_write(config, [ACCOUNT, *moved]).error is None
    before, dump = writes(chartmogul), chartmogul.control.dump()
    assert [c["free_trial_started_at"] for c in dump["customers"]] == ["2026-05-03T12:00:00.000Z"]
    assert [(e["external_id"], e["customer_external_id"]) for e in dump["subscription_events"]] == [
        ("5001:cancelled:20001", "1002")
    ]
    assert run_write(config, [ACCOUNT, *moved]).error is None
    assert writes(chartmogul) == before
