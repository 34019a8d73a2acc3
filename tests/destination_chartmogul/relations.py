"""A small Keap account's relations: three people of two companies, what was said to them and sold to them."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import requests

from destination_chartmogul.catalog import STREAMS
from destination_chartmogul.errors import DestinationError
from destination_chartmogul.layouts import JsonLayout
from destination_chartmogul.messages import Printer
from destination_chartmogul.preview import preview
from destination_chartmogul.write import write
from tests.destination_chartmogul.keap import contact, item, order
from tests.destination_chartmogul.pipe import Json, Result, catalog, lines, messages_of

STAFF = "staff@chartmogul.example"
NOTE: Json = {
    "id": "71",
    "contact_id": "1001",
    "type": "Call",
    "title": "First call",
    "text": "Wants to start in September.",
    "created_by_user_id": "2",
    "create_time": "2026-05-01T15:00:00Z",
}
TASK: Json = {
    "id": "81",
    "contact_id": "1001",
    "title": "Send the offer",
    "description": "with a discount",
    "assigned_to_user_id": "2",
    "due_time": "2026-07-10T23:00:00Z",
    "completed": False,
}
DEAL: Json = {
    "id": "91",
    "contact": {"id": "1001"},
    "opportunity_title": "Ten seats",
    "stage": {"id": "41", "name": "Demo given", "details": {"probability": 50}},
    "user": {"id": "2"},
    "estimated_close_time": "2026-08-01T06:00:00Z",
    "projected_revenue_low": 490.0,
    "projected_revenue_high": 588.0,
}
FIELDS = (
    ("12", "Team size", "TeamSize", "WHOLE_NUMBER"),
    ("13", "Segment", "Segment", "DROPDOWN"),
    ("14", "Contract renewal", "ContractRenewal", "DATE"),
    ("15", "Accepts SMS", "AcceptsSMS", "YES_NO"),
    ("16", "Annual budget", "AnnualBudget", "CURRENCY"),
)
VALUES: list[Json] = [
    {"id": "12", "content": 3},
    {"id": "13", "content": "Studio"},
    {"id": "14", "content": "2026-09-03"},
    {"id": "15", "content": True},
    {"id": "16", "content": "1200.50"},
]
PERSON: Json = {
    "tag_ids": ["301", "304"],
    "custom_fields": VALUES,
    "owner_id": "2",
    "job_title": "Founder",
    "phone_numbers": [{"field": "PHONE1", "number": "+1 303 555 0101"}],
}
STAGES = [
    {"keap_stage": "Demo given", "pipeline": "New Business", "pipeline_stage": "Discovery"},
    {
        "keap_stage": "45",
        "pipeline": "New Business",
        "pipeline_stage": "Closed",
        "forecast_category": "won",
        "win_likelihood": 100,
    },
]
EVERYTHING: Json = {
    "contacts": "company",
    "notes": True,
    "calls": True,
    "tasks": True,
    "opportunities": {"stages": STAGES},
    "owner": True,
    "users": [{"keap_user": "2", "chartmogul_user": STAFF}],
    "tags": ["Lead"],
    "tag_categories": ["Interest"],
    "custom_fields": [
        {"keap_field": "TeamSize", "attribute": "team_size"},
        {"keap_field": "segment", "attribute": "segment"},
        {"keap_field": "14", "attribute": "renewal"},
        {"keap_field": "Accepts SMS", "attribute": "sms"},
        {"keap_field": "AnnualBudget", "attribute": "budget"},
    ],
}


def relations(**more: Any) -> dict[str, list[Json]]:
    """Ada owns Low Works and pays; Ben works there; Cy is alone, and a lead. `more` replaces streams."""
    billed = order(item(item_type="PRODUCT", product={"id": "12", "name": "Book"}))
    ben = contact(
        id="1002", given_name="Ben", email_addresses=[{"field": "EMAIL1", "email": "ben@example.com"}]
    )
    base: dict[str, list[Json]] = {
        "account": [{"id": "account", "time_zone": "America/Denver", "currency_code": "USD"}],
        "users": [{"id": "2", "email_addresses": [{"field": "EMAIL1", "email": "nora@example.com"}]}],
        "custom_fields": [
            {"record_kind": "contacts", "id": i, "label": label, "field_name": name, "field_type": kind}
            for i, label, name, kind in FIELDS
        ],
        "tag_categories": [{"id": "31", "name": "Lifecycle"}, {"id": "32", "name": "Interest"}],
        "tags": [
            {"id": "301", "name": "Lead", "category": {"id": "31"}},
            {"id": "304", "name": "VIP", "category": {"id": "31"}},
            {"id": "305", "name": "Newsletter", "category": {"id": "32"}},
        ],
        "contacts": [contact(**PERSON), ben, contact(id="1003", given_name="Cy", company=None)],
        "notes": [dict(NOTE)],
        "tasks": [dict(TASK)],
        "opportunity_stages": [{"id": "41", "name": "Demo given", "probability": 50}],
        "opportunities": [dict(DEAL)],
        "orders": [billed],
    }
    return base | more


def of_ben() -> list[Json]:
    """An order of Ben's beside that of Ada."""
    bens = order(item(item_type="PRODUCT"), id="20002", contact={"id": "1002"})
    bens["order_items"][0]["id"] = "61001"
    return [*relations()["orders"], bens]


def changed() -> dict[str, list[Json]]:
    """The account after a day of work in Keap."""
    values = [{"id": "12", "content": 4}, {"id": "13", "content": None}, *VALUES[2:]]
    ada = contact(**{**PERSON, "tag_ids": ["304", "305"], "job_title": "Chair", "custom_fields": values})
    done = {"completed": True, "completion_time": "2026-06-30T10:00:00Z"}
    won = {"stage": {"id": "45", "name": "Won"}, "projected_revenue_low": 600.0}
    return relations(
        contacts=[ada, *relations()["contacts"][1:]],
        notes=[NOTE | {"text": "Wants to start in October."}],
        tasks=[TASK | done],
        opportunities=[DEAL | won],
    )


def complete(streams: Iterable[str]) -> list[Json]:
    """The trace by which a source says that a stream came to its end."""
    return [
        {
            "type": "TRACE",
            "trace": {
                "type": "STREAM_STATUS",
                "stream_status": {"stream_descriptor": {"name": name}, "status": "COMPLETE"},
            },
        }
        for name in streams
    ]


def whole_but(*incremental: str, streams: Sequence[str] = STREAMS) -> Json:
    """A catalog of everything as full refresh, but for some streams."""
    asked = catalog(streams, sync_mode="full_refresh")
    for entry in asked["streams"]:
        if entry["stream"]["name"] in incremental:
            entry["sync_mode"] = "incremental"
    return asked


def sync_crm(
    config: Mapping[str, Any],
    records: Mapping[str, list[Json]],
    crm: Json | None = None,
    asked: Json | None = None,
) -> Result:
    """`write` of everything, with all of the CRM unless told otherwise."""
    out, error = io.StringIO(), None
    given = lines([*messages_of(records), *complete(records)])
    settings = {
        "customers": "payers_only",
        "requests_per_second": 40,
        **config,
        "crm": EVERYTHING if crm is None else crm,
    }
    try:
        write(settings, asked or whole_but(), given, Printer(out))
    except DestinationError as caught:
        error = caught
    printed = [json.loads(line) for line in out.getvalue().splitlines()]
    return Result(printed, str(error) if error else None, error.kind if error else None)


def plan_crm(config: Mapping[str, Any], records: Mapping[str, list[Json]], crm: Json | None = None) -> Json:
    """The JSON document of `plan` for the same."""
    out = io.StringIO()
    given = lines([*messages_of(records), *complete(records)])
    settings = {
        "customers": "payers_only",
        "requests_per_second": 40,
        **config,
        "crm": EVERYTHING if crm is None else crm,
    }
    preview(settings, whole_but(), given, Printer(io.StringIO()), JsonLayout(out))
    document: Json = json.loads(out.getvalue())
    return document


def held(chartmogul: Any, kind: str) -> list[Json]:
    """What the account has: contacts, customer_notes, tasks, opportunities, customers."""
    answer = requests.get(f"{chartmogul.url}/v1/{kind}", auth=(chartmogul.api_key, ""), timeout=10)
    answer.raise_for_status()
    found: list[Json] = answer.json()["entries"]
    return found


def call(chartmogul: Any, method: str, path: str, body: Json | None = None) -> Json:
    """What somebody does by hand."""
    url = f"{chartmogul.url}/v1{path}"
    answer = requests.request(method, url, json=body, auth=(chartmogul.api_key, ""), timeout=10)
    answer.raise_for_status()
    return answer.json() if answer.content else {}


def people(chartmogul: Any) -> set[tuple[str, str]]:
    """(customer, person) by external ids, of all contacts."""
    return {(each["customer_external_id"], each["external_id"]) for each in held(chartmogul, "contacts")}


def rows(config: Json) -> list[tuple[str, str, str, str]]:
    """(stream, key, rule, field) of the file of rejects."""
    lines = Path(config["rejects_path"]).read_bytes().splitlines()
    parsed = [orjson.loads(line) for line in lines]
    return sorted((row["stream"], row["key"], row["rule"], row.get("field", "")) for row in parsed)
