"""Leads through both connectors: the evidence that the source emits dates them, run after run."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pair.connection import SOURCE, Command, Connection, plain_environment
from tests.pair.fixtures import destination_config, empty_chartmogul, source_config
from tests.simulators import Simulators, running
from tests.simulators.scenarios.small import CASES

POLICY = {
    "customers": "chosen_leads",
    "leads": {
        "tags": ["Coaching"],
        "lead_sources": ["Fair"],
        "opportunity": True,
        "created_at": "tag_applied",
        "created_at_tags": ["Coaching", "Newsletter"],
    },
}
COACHING = 307


@pytest.fixture
def servers() -> Iterator[Simulators]:
    with running("small") as both:
        empty_chartmogul(both)
        yield both


@pytest.fixture
def connection(servers: Simulators, tmp_path: Path) -> Connection:
    """With the streams that the policy needs: names of tags and lead sources come whole."""
    made = Connection.create(tmp_path, source_config(servers), destination_config(servers, **POLICY))
    streams = ("account", "products", "subscriptions", "payments", "contacts", "orders")
    incremental = (*streams, "applied_tags", "opportunities")
    command: Command = [SOURCE, "catalog", "--config", tmp_path / "keap.json"]
    command += ["--streams", ",".join(incremental), "--full-refresh", "tags,lead_sources"]
    done = subprocess.run(command, check=True, capture_output=True, env=plain_environment())
    made.catalog.write_bytes(done.stdout)
    return made


def dates(servers: Simulators) -> dict[str, str | None]:
    """Day on which each customer became a lead, by contact."""
    customers = servers.chartmogul.control.dump()["customers"]
    return {c["identities"][0][1]: (c["lead_created_at"] or "")[:10] or None for c in customers}


def test_leads_by_tag_source_and_opportunity(servers: Simulators, connection: Connection) -> None:
    """A first sync takes them with their days; a tag that is applied later makes one more lead."""
    first = connection.sync()
    assert first.ok, (first.errors, first.traced)
    found = dates(servers)
    lead = CASES["lead"].contact_id
    assert found[str(lead)] == "2026-03-20"
    everyone = {json.loads(line)["record"]["data"]["id"] for line in contacts_in(connection)}
    left_out = sorted(everyone - found.keys(), key=int)
    assert left_out
    servers.keap.control.clock(now="2026-07-02T12:00:00Z")
    servers.chartmogul.control.clock(now="2026-07-02T13:00:00Z")
    servers.keap.control.event("tag_contact", contact_id=int(left_out[0]), tag_id=COACHING)
    second = connection.sync()
    assert second.ok, (second.errors, second.traced)
    assert dates(servers) == found | {left_out[0]: "2026-07-02"}


def contacts_in(connection: Connection) -> list[str]:
    """The lines of the contacts that the source emitted in the first sync."""
    lines = connection.messages()[0].read_text().splitlines()
    return [line for line in lines if '"stream":"contacts"' in line and '"RECORD"' in line]
