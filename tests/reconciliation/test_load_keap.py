"""Keap's side from Airbyte message files."""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from reconciliation.errors import ReconciliationError
from reconciliation.load import keap_from_messages, keap_from_source

ACCOUNT = {"id": "account", "time_zone": "America/Denver", "currency_code": "USD", "name": "Somebody Ltd"}
ORDER = {
    "id": "20001",
    "status": "PAID",
    "contact": {"id": "1001", "email": "jane@example.com", "given_name": "Jane"},
    "order_time": "2026-01-10T13:00:00.000+0000",
    "total": {"amount": 2000, "currency_code": "USD"},
    "total_paid": {"amount": 2000, "currency_code": "USD"},
    "order_items": [
        {
            "id": "1",
            "item_type": "SUBSCRIPTION",
            "quantity": 2,
            "price_per_unit": {"amount": 1000},
            "product": {"id": "11"},
            "subscription_id": "5001",
            "subscription_plan": {"id": "101", "cycle_type": "MONTHLY", "frequency": 1},
        }
    ],
}
SUBSCRIPTION = {
    "id": "5001",
    "contact_id": "1001",
    "product_id": "11",
    "subscription_plan_id": "101",
    "active": True,
    "quantity": 2,
    "billing_amount": 19.99,
    "billing_cycle": "MONTH",
    "billing_frequency": 1,
    "start_date": "2026-01-10",
    "modification_time": "2026-01-10T13:00:00Z",
}


def record(stream: str, data: dict[str, Any]) -> str:
    message = {"type": "RECORD", "record": {"stream": stream, "data": data, "emitted_at": 1}}
    return json.dumps(message)


def write(path: Path, *lines: str) -> Path:
    path.write_text("".join(text + "\n" for text in lines), encoding="utf-8")
    return path


def small_file(path: Path) -> Path:
    state = json.dumps({"type": "STATE", "state": {"type": "STREAM"}})
    log = json.dumps({"type": "LOG", "log": {"level": "INFO", "message": "read"}})
    subscription, order = record("subscriptions", SUBSCRIPTION), record("orders", ORDER)
    return write(path, log, record("account", ACCOUNT), subscription, state, "", order)


def test_records_become_tables(tmp_path: Path) -> None:
    """Money stays exact, ids stay text, instants are in UTC, states and logs are passed over."""
    keap = keap_from_messages(small_file(tmp_path / "keap.jsonl"))
    assert (keap.time_zone, keap.currency) == ("America/Denver", "USD")
    assert keap.subscriptions["billing_amount"][0] == Decimal("19.99")
    assert keap.orders["ordered_at"][0].isoformat() == "2026-01-10T13:00:00+00:00"
    assert keap.items.iloc[0][["price", "quantity", "subscription_id"]].tolist() == [1000, 2, "5001"]


def test_the_tables_hold_no_personal_data(tmp_path: Path) -> None:
    """Names and e-mail addresses stay in the message file."""
    keap = keap_from_messages(small_file(tmp_path / "keap.jsonl"))
    for table in (keap.orders, keap.items, keap.contacts, keap.subscriptions):
        assert "jane" not in table.to_csv().lower()


def test_later_records_replace_earlier_ones(tmp_path: Path) -> None:
    """A second, incremental file changes what the first one said, in the order of the files."""
    first = small_file(tmp_path / "1.jsonl")
    second = write(tmp_path / "2.jsonl", record("orders", ORDER | {"status": "SENT"}))
    assert keap_from_messages([first, second]).orders["status"].tolist() == ["SENT"]
    assert keap_from_messages([second, first]).orders["status"].tolist() == ["PAID"]


def test_a_folder_stands_for_its_files(tmp_path: Path) -> None:
    """The files of a folder are read by name, each with its hash."""
    small_file(tmp_path / "1.jsonl")
    write(tmp_path / "2.jsonl", record("contacts", {"id": "1002"}))
    keap = keap_from_messages(tmp_path)
    assert keap.contacts["id"].tolist() == ["1002"]
    assert [(file.name, len(file.sha256)) for file in keap.files] == [("1.jsonl", 64), ("2.jsonl", 64)]


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (['{"type": "RECORD", "rec'], "is not a JSON message"),
        (["[1]"], "is not an Airbyte message"),
        ([record("orders", {"status": "PAID"})], "without an id"),
        ([record("orders", ORDER)], "hold no 'account' with time_zone"),
    ],
)
def test_an_unusable_file_gets_one_sentence(tmp_path: Path, lines: list[str], sentence: str) -> None:
    """What is wrong, and where, without a traceback of some library."""
    with pytest.raises(ReconciliationError, match=sentence):
        keap_from_messages(write(tmp_path / "keap.jsonl", *lines))


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    """The path that was looked for stands in the sentence."""
    with pytest.raises(ReconciliationError, match="nowhere"):
        keap_from_messages(tmp_path / "nowhere.jsonl")


STARTED, COMPLETE = (
    json.dumps(
        {
            "type": "TRACE",
            "trace": {
                "type": "STREAM_STATUS",
                "stream_status": {"stream_descriptor": {"name": "orders"}, "status": status},
            },
        }
    )
    for status in ("STARTED", "COMPLETE")
)


def order(number: int) -> str:
    return record("orders", ORDER | {"id": f"2000{number}", "order_time": f"2026-01-1{number}T13:00:00Z"})


@pytest.mark.parametrize(
    ("mode", "second", "gone"),
    [
        ("full_refresh", (STARTED, order(2), order(4), COMPLETE), {"20003"}),
        ("full_refresh", (STARTED, order(2), order(4)), set()),
        ("full_refresh", (STARTED, order(2), COMPLETE, STARTED, order(3), order(4), COMPLETE), set()),
        ("incremental", (STARTED, order(4), COMPLETE), set()),
    ],
    ids=["gone", "broke off", "came again", "incremental"],
)
def test_an_order_that_did_not_come_again_is_gone(
    tmp_path: Path, mode: str, second: tuple[str, ...], gone: set[str]
) -> None:
    """When all were asked for and came; those older than the first that came may not have been asked for."""
    first = (STARTED, order(1), order(2), order(3), COMPLETE)
    write(tmp_path / "1.jsonl", record("account", ACCOUNT), *first)
    write(tmp_path / "2.jsonl", *second)
    catalog = {"streams": [{"stream": {"name": "orders"}, "sync_mode": mode}]}
    path = write(tmp_path / "catalog.json", json.dumps(catalog))
    keap = keap_from_messages(tmp_path, catalog=path)
    assert set(keap.gone_orders or ()) == gone
    assert keap.gone_orders is not None
    assert set(keap.without_gone_orders().orders["id"]) == set(keap.orders["id"]) - gone
    assert set(keap.without_gone_orders().records["orders"]) == set(keap.orders["id"]) - gone
    assert keap_from_messages(tmp_path).gone_orders is None


def test_a_catalog_that_is_none_is_named(tmp_path: Path) -> None:
    """One sentence, as for any other file."""
    path = write(tmp_path / "1.jsonl", record("account", ACCOUNT))
    with pytest.raises(ReconciliationError, match="no configured catalog"):
        keap_from_messages(path, catalog=write(tmp_path / "catalog.json", "{}"))


def test_the_source_can_be_run_now(tmp_path: Path) -> None:
    """The connector's output stays on disk as evidence; without a catalog the connector writes its own.

    A renewed token, which works once, goes back into the configuration and is no evidence.
    """
    printed = small_file(tmp_path / "printed.jsonl")
    fake = write(
        tmp_path / "fake_source.py",
        "import pathlib, sys",
        "if sys.argv[1] == 'catalog': print('{}')",
        "else:",
        "    assert '--update-config' in sys.argv",
        """    print('{"type":"CONTROL","control":{"connectorConfig":{"config":{"token":"new"}}}}')""",
        f"    print(pathlib.Path({str(printed)!r}).read_text(), end='')",
    )
    config = write(tmp_path / "config.json", "{}")
    keap = keap_from_source([sys.executable, str(fake)], config, tmp_path / "out" / "keap.jsonl")
    assert len(keap.orders) == 1
    assert (tmp_path / "out" / "keap.jsonl").read_bytes() == printed.read_bytes()


def test_a_failing_source_stops_the_audit(tmp_path: Path) -> None:
    """Half of Keap's data is no data."""
    failing = write(tmp_path / "failing.py", "raise SystemExit(3)")
    catalog = write(tmp_path / "catalog.json", "{}")
    with pytest.raises(ReconciliationError, match="exit code 3"):
        keap_from_source([sys.executable, str(failing)], catalog, tmp_path / "keap.jsonl", catalog)
