"""A first sync of leads with attributes, a tag and an owner: calls, against one call for each customer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from tests.bench.account_file import message
from tests.bench.destination import Bench, Figures, simulated
from tests.pair.connection import Command

PER_SECOND = 40
LARGE = 100_000
KINDS = (("1", "Size", "WHOLE_NUMBER"), ("2", "Segment", "TEXT"), ("3", "Renewal", "DATE"))
CRM = {
    "owner": True,
    "tags": ["Lead"],
    "custom_fields": [{"keap_field": name, "attribute": name.lower()} for _, name, _ in KINDS],
}
STREAMS = ("account", "users", "custom_fields", "tags", "contacts")


class CrmBench(Bench):
    """The same account, with a configuration and catalog for the CRM."""

    def command(self, *arguments: str | Path) -> Command:
        command = super().command(*arguments)
        config = json.loads((self.folder / "config.json").read_bytes())
        (self.folder / "config.json").write_text(json.dumps({**config, "crm": CRM}))
        modes = {"sync_mode": "full_refresh", "destination_sync_mode": "append"}
        streams = [{"stream": {"name": name, "json_schema": {}}, **modes} for name in STREAMS]
        (self.folder / "catalog.json").write_text(json.dumps({"streams": streams}))
        return command


def figures(contacts: int, folder: Path) -> Figures:
    """Calls of a first sync and of the same again, and what they mean for a large account."""
    with simulated() as chartmogul:
        bench = CrmBench(chartmogul, folder)
        bench.empty()
        given = folder / "leads.jsonl"
        with given.open("wb") as file:
            file.writelines(leads(contacts))
        first, again = bench.sync(given), bench.sync(given)
        calls = first.reads + first.writes
        yield "calls of a first sync", f"{calls} ({first.writes} of them writes) in {first.seconds:.1f} s"
        large = calls * LARGE / contacts
        minutes, single = large / PER_SECOND / 60, LARGE * 3 / PER_SECOND / 60
        pace = f"{minutes:.1f} minutes at {PER_SECOND} a second; one by one {single:.0f}"
        yield f"for {LARGE:,} contacts", f"about {large:,.0f} calls, {pace}"
        yield "the same again", f"{again.reads} reads, {again.writes} writes, {again.megabytes:.0f} MB"


def leads(contacts: int) -> Iterator[bytes]:
    """Messages of an account of leads."""
    yield message("account", {"id": "account", "time_zone": "America/Denver", "currency_code": "USD"})
    yield message("users", {"id": "2", "email_addresses": [{"field": "EMAIL1", "email": "nora@example.com"}]})
    for key, name, kind in KINDS:
        row = {"record_kind": "contacts", "id": key, "field_name": name, "label": name, "field_type": kind}
        yield message("custom_fields", row)
    yield message("tags", {"id": "301", "name": "Lead"})
    for number in range(contacts):
        values = {"1": number, "2": f"Segment {number % 7}", "3": "2026-09-03"}
        yield message(
            "contacts",
            {
                "id": str(10_000 + number),
                "given_name": "Ann",
                "family_name": f"Number {number}",
                "create_time": "2025-01-01T00:00:00Z",
                "tag_ids": ["301"],
                "owner_id": "2",
                "custom_fields": [{"id": key, "content": value} for key, value in values.items()],
            },
        )
