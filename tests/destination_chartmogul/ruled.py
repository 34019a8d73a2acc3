"""What the tests of rules share: an account, custom fields, a run, and what ChartMogul holds by source."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from destination_chartmogul.layouts import LAYOUTS
from destination_chartmogul.messages import Printer
from destination_chartmogul.preview import preview
from tests.destination_chartmogul.keap import order
from tests.destination_chartmogul.pipe import STREAMS, Json, Result, catalog, lines, messages_of, run_write

ACCOUNT: Json = {"id": "account", "time_zone": "America/Denver", "currency_code": "USD"}
EVERY_STREAM = (*STREAMS, "tags", "custom_fields")


class _Labels:
    """`LABELS["contacts", "9", "Brand"]`: a record of the stream `custom_fields`."""

    def __getitem__(self, key: tuple[str, str, str]) -> Json:
        kind, number, label = key
        named = {"label": label, "field_name": f"_{label}", "field_type": "TEXT"}
        return {"record_kind": kind, "id": number, **named}


LABELS = _Labels()


def sale(key: str, *items: Json, contact: str = "1001", **more: Any) -> Json:
    """An order whose items have ids of their own."""
    made = order(*items, id=key, contact={"id": contact}, **more)
    return {**made, "order_items": [{**each, "id": f"{key}-{each['id']}"} for each in made["order_items"]]}


def run(config: Mapping[str, Any], given: Mapping[str, Iterable[Mapping[str, Any]]]) -> Result:
    """`write` of records by stream; it has to succeed."""
    done = run_write(config, messages_of(given), streams=EVERY_STREAM, mode="full_refresh")
    assert done.error is None, done.error
    return done


def held(chartmogul: Any) -> dict[str, dict[str, list[str]]]:
    """External ids of invoices by customer, by name of the data source."""
    dump = chartmogul.control.dump()
    found: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for customer in dump["customers"]:
        for source, key in customer["identities"]:
            found[source][key] = []
    for invoice in dump["invoices"]:
        found[invoice["data_source"]][invoice["customer_external_id"]].append(invoice["external_id"])
    return {name: {key: sorted(ids) for key, ids in customers.items()} for name, customers in found.items()}


def invoices(chartmogul: Any) -> list[Json]:
    """As the simulator holds them, by external id."""
    listed: list[Json] = chartmogul.control.dump()["invoices"]
    return sorted(listed, key=lambda invoice: invoice["external_id"])


def planned(config: Mapping[str, Any], given: Mapping[str, Iterable[Mapping[str, Any]]], layout: str) -> str:
    """What `plan` prints."""
    out = io.StringIO()
    wanted = catalog(EVERY_STREAM, sync_mode="full_refresh")
    preview(config, wanted, lines(messages_of(given)), Printer(io.StringIO()), LAYOUTS[layout](out))
    return out.getvalue()
