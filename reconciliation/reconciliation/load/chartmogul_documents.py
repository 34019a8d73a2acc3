"""Which calls the audit makes to ChartMogul, and what it keeps of the answers."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from reconciliation.errors import ReconciliationError
from reconciliation.load.chartmogul_api import ChartMogulReader
from reconciliation.load.chartmogul_rows import LINE_FIELDS, MOVEMENTS, whole
from reconciliation.progress import Progress, silent

Json = Mapping[str, Any]

PAGE = 200  # the most that ChartMogul gives, whatever is asked for
SETTINGS = (
    "churn_recognition",
    "churn_when_zero_mrr",
    "auto_churn_subscription",
    "refund_handling",
    "proximate_movement_reclassification",
)
LISTS = {
    "customers": "entries",
    "invoices": "invoices",
    "subscription_events": "subscription_events",
}
"""What is read of the data source alone, and where the objects of a page stand."""
KEPT_OF_CUSTOMERS = (
    "uuid",
    "external_id",
    "external_ids",
    "data_source_uuids",
    "status",
    "mrr",
    "lead_created_at",
    "free_trial_started_at",
    "customer-since",
)
KEPT_OF_ACTIVITIES = (
    "uuid",
    "customer-uuid",
    "customer-external-id",
    "subscription-external-id",
    "plan-external-id",
    "billing-connector-uuid",
    "date",
    "type",
    "activity-mrr",
    "activity-mrr-movement",
    "currency",
)
KEPT_OF_INVOICES = ("external_id", "customer_uuid", "date", "currency", "status", "user_created", "disabled")
KEPT_OF_EVENTS = (
    "external_id",
    "customer_external_id",
    "subscription_external_id",
    "event_type",
    "event_date",
    "effective_date",
)
KEPT_OF_LINES = (*LINE_FIELDS, "user_created", "disabled")
SETTLED_READINGS = 2  # a job may be queued a moment after a reading of zero


@dataclass(frozen=True)
class Wait:
    """How long to wait for ChartMogul to finish processing, and how often to look."""

    seconds: float = 300
    poll_seconds: float = 2


def read_documents(
    reader: ChartMogulReader,
    source_name: str,
    start: date,
    end: date,
    wait: Wait,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Everything that the audit needs, as plain JSON documents by name."""
    account = dict(reader.get("/account", {"include": ",".join(SETTINGS)}))
    uuid, others = _source(reader, source_name)
    source = _settled_source(reader, uuid, wait) | {"other_sources": others}
    window = {"start-date": start.isoformat(), "end-date": end.isoformat(), "interval": "month"}
    pages = {
        key: progress(_pages(reader, f"/{key}", entries, uuid), f"ChartMogul: {key}", 0)
        for key, entries in LISTS.items()
    }
    return {
        "account": account,
        "data_source": source,
        "customers": [_customer(entry) for entry in pages["customers"]],
        "activities": [
            _kept(entry, KEPT_OF_ACTIVITIES)
            for entry in progress(_activities(reader), "ChartMogul: activities", 0)
        ],
        "invoices": [_invoice(entry) for entry in pages["invoices"]],
        "subscription_events": [_kept(entry, KEPT_OF_EVENTS) for entry in pages["subscription_events"]],
        "mrr": _entries(reader, "/metrics/mrr", window, ("mrr", *MOVEMENTS)),
        "customer_count": _entries(reader, "/metrics/customer-count", window, ("customers",)),
    }


def _source(reader: ChartMogulReader, name: str) -> tuple[str, int]:
    """The source's uuid, and how many other sources add to the account's totals."""
    sources = reader.get("/data_sources", {}).get("data_sources", [])
    found = [source for source in sources if source.get("name") == name]
    if not found:
        raise ReconciliationError(
            f"ChartMogul has no data source named '{name}'; run a sync first or correct the name."
        )
    return str(found[0]["uuid"]), len(sources) - 1


def _settled_source(reader: ChartMogulReader, uuid: str, wait: Wait) -> dict[str, Any]:
    """The source once nothing was pending twice in a row, or as it was when the wait was over."""
    query = dict.fromkeys(
        ("with_processing_status", "with_auto_churn_subscription_setting", "with_invoice_handling_setting"),
        "true",
    )
    deadline = time.monotonic() + wait.seconds
    quiet = 0
    while True:
        source = dict(reader.get(f"/data_sources/{uuid}", query))
        pending = int((source.get("processing_status") or {}).get("pending") or 0)
        quiet = 0 if pending else quiet + 1
        if quiet >= SETTLED_READINGS or time.monotonic() + wait.poll_seconds > deadline:
            return source
        time.sleep(wait.poll_seconds)


def _pages(reader: ChartMogulReader, path: str, key: str, source_uuid: str) -> Iterator[Json]:
    """Every object of the source in a list that is paged by cursor."""
    query: dict[str, str] = {"data_source_uuid": source_uuid, "per_page": str(PAGE)}
    while True:
        page = reader.get(path, query)
        yield from page[key]
        if not page.get("has_more"):
            return
        query["cursor"] = str(page["cursor"])


def _customer(entry: Json) -> dict[str, Any]:
    """Without names: the address of the customer's page ends with the name, its number is enough."""
    page = re.match(r"https://[\w.-]+/#/customers/\d+", str(entry.get("chartmogul-url") or ""))
    return _kept(entry, KEPT_OF_CUSTOMERS) | ({"page": page.group()} if page else {})


def _invoice(entry: Json) -> dict[str, Any]:
    lines = [_kept(line, KEPT_OF_LINES) for line in entry.get("line_items") or ()]
    return _kept(entry, KEPT_OF_INVOICES) | {"line_items": lines}


def _activities(reader: ChartMogulReader) -> Iterator[Json]:
    """All movements of the account, each once.

    A recording of 2023 shows a page whose cursor named the next item while the server went on after that
    item, so one movement was lost at each page turn. The uuid of the last movement received serves as
    cursor instead: read as "after" it is exact, read as "from" it repeats one, which is dropped here.
    """
    query: dict[str, str] = {"order": "date", "per_page": str(PAGE)}
    seen: set[str] = set()
    while True:
        page = reader.get("/activities", query)
        entries = [entry for entry in page["entries"] if entry["uuid"] not in seen]
        seen.update(str(entry["uuid"]) for entry in entries)
        yield from entries
        if not page.get("has_more"):
            return
        if not entries:
            raise ReconciliationError(
                "ChartMogul's list of activities does not advance; read it again later."
            )
        query["cursor"] = _cursor_after(entries[-1], page)


def _cursor_after(last: Json, page: Json) -> str:
    """The last uuid received where cursors are bare uuids, else the page's own cursor."""
    own, uuid = str(page.get("cursor") or ""), str(last["uuid"])
    return uuid if own.count("-") == uuid.count("-") and len(own) == len(uuid) else own


def _entries(
    reader: ChartMogulReader, path: str, window: Mapping[str, str], names: tuple[str, ...]
) -> list[Json]:
    """Whole numbers only: cents or counts."""
    entries = reader.get(path, window)["entries"]
    return [
        {"date": entry["date"], **{name: whole(value) for name, value in _kept(entry, names).items()}}
        for entry in entries
    ]


def _kept(entry: Json, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: entry[name] for name in names if name in entry}
