"""Keap's relations reach ChartMogul's CRM, where the vendor's own client reads them, and follow Keap."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import chartmogul as cm  # type: ignore[import-untyped]
import pytest

from tests.bench.measure import Calls, calls
from tests.contract.chartmogul.sdk import Account, configuration
from tests.pair.connection import SOURCE, Command, Connection, SyncResult, plain_environment
from tests.pair.fixtures import destination_config, source_config
from tests.simulators import Simulators
from tests.simulators.scenarios.small import CASES

STREAMS = (
    *("account", "products", "subscriptions", "payments", "contacts", "orders", "users", "custom_fields"),
    *("tag_categories", "tags", "applied_tags", "notes", "tasks", "opportunity_stages", "opportunities"),
)
OPEN = ("New opportunity", "Contacted", "Demo given", "Proposal sent")
PIPELINE = {name: f"{name} (ours)" for name in OPEN}
STAGES = [{"keap_stage": k, "pipeline": "New Business", "pipeline_stage": s} for k, s in PIPELINE.items()]
STAGES += [
    {"keap_stage": k, "pipeline": "New Business", "pipeline_stage": k, "forecast_category": k.lower()}
    for k in ("Won", "Lost")
]
CRM = {
    "contacts": "own",
    "notes": True,
    "calls": True,
    "tasks": True,
    "opportunities": {"stages": STAGES},
    "tags": ["VIP"],
    "tag_categories": ["Interest"],
    "default_user": "office@example.com",
    "custom_fields": [
        {"keap_field": "Team size", "attribute": "team_size"},
        {"keap_field": "ContractRenewal", "attribute": "renewal"},
        {"keap_field": "Goals", "attribute": "goals"},
        {"keap_field": "AcceptsSMS", "attribute": "sms"},
    ],
}


@pytest.fixture
def crm(servers: Simulators, tmp_path: Path) -> Connection:
    """A connection with everything that is not money."""
    destination = destination_config(servers, crm=CRM)
    connection = Connection.create(tmp_path / "crm", source_config(servers), destination)
    command: Command = [SOURCE, "catalog", "--config", connection.folder / "keap.json"]
    command += ["--streams", ",".join(STREAMS), "--full-refresh", "tags,tag_categories"]
    done = subprocess.run(command, check=True, capture_output=True, env=plain_environment())
    connection.catalog.write_bytes(done.stdout)
    servers.chartmogul.control.switch("rate_limit", "off")
    return connection


def read_in_full(connection: Connection, *streams: str) -> None:
    """From now on."""
    catalog = json.loads(connection.catalog.read_text())
    for entry in catalog["streams"]:
        if entry["stream"]["name"] in streams:
            entry["sync_mode"] = "full_refresh"
    connection.catalog.write_text(json.dumps(catalog))


def synced(connection: Connection) -> SyncResult:
    result = connection.sync()
    assert result.ok, (result.traced, result.errors)
    return result


def account(servers: Simulators) -> Account:
    """The vendor's client."""
    return Account(servers.chartmogul, configuration(servers.chartmogul, servers.chartmogul.api_key))


def everything(sdk: Account, method: Any) -> list[Any]:
    """All pages of one of its lists."""
    found: list[Any] = []
    page = sdk(method, per_page=200)
    while True:
        found += page.entries
        if not page.has_more:
            return found
        page = sdk(method, per_page=200, cursor=page.cursor)


def writes(moved: Calls) -> int:
    return sum(count for call, count in moved.items() if not call.startswith("GET "))


def customers(sdk: Account) -> dict[str, Any]:
    """By Keap contact id."""
    return {each.external_id: each for each in everything(sdk, cm.Customer.all)}


def test_the_vendors_client_reads_it_and_it_follows_keap(servers: Simulators, crm: Connection) -> None:
    """Each note, task and opportunity once, under its contact's customer; then the same, then changes."""
    assert synced(crm).rejected == 0, crm.rejects.read_text()[:500]
    check_first_sync(servers)
    held, before = servers.chartmogul.control.dump(), calls(servers.chartmogul)
    synced(crm)
    crm.state.unlink()
    synced(crm)
    assert writes(calls(servers.chartmogul) - before) == 0
    assert servers.chartmogul.control.dump() == held
    check_changes(servers, crm)


def check_first_sync(servers: Simulators) -> None:
    """What the client reads is what Keap holds."""
    keap, sdk = servers.keap.control.dump(), account(servers)
    found = customers(sdk)
    people = {each.uuid: key for key, each in found.items()}
    notes = everything(sdk, cm.EntityNote.all)
    told = [each["type"] for each in keap["notes"]]
    assert (len(notes), sum(each.type == "call" for each in notes)) == (len(told), told.count("Call"))
    exit_call = next(each for each in notes if "Too expensive" in each.text)
    assert people[exit_call.customer_uuid] == str(CASES["cancelled_without_end_date"].contact_id)
    owned = [each for each in keap["tasks"] if each.get("contact_id") and each.get("due_time")]
    assert len(everything(sdk, cm.Task.all)) == len(owned)
    deals = everything(sdk, cm.Opportunity.all)
    assert len(deals) == len(keap["opportunities"])
    assert {each.pipeline for each in deals} == {"New Business"}
    won = {(d.forecast_category, d.win_likelihood) for d in deals if d.pipeline_stage == "Won"}
    assert won == {("won", 100)}
    assert {each.customer_uuid for each in everything(sdk, cm.Contact.all)} == people.keys()
    custom = found[str(CASES["monthly"].contact_id)].attributes.custom
    assert (custom["team_size"], custom["sms"], custom["goals"]) == (3, True, "Strength, Balance")
    assert str(custom["renewal"]).startswith("2026-09-03T06:00")
    tags = {tag for each in found.values() for tag in each.attributes.tags}
    assert {"Newsletter"} <= tags <= {"VIP", "Newsletter", "Spring webinar attended", "Coaching"}


def check_changes(servers: Simulators, crm: Connection) -> None:
    """An edited note, a task that is done, a sale that is won, a tag taken away, three deletions."""
    read_in_full(crm, "notes", "tasks", "opportunities")
    keap, sdk = servers.keap.control, account(servers)
    kept = keap.dump()
    note = next(n for n in kept["notes"] if n["text"].startswith("Liked"))
    task = next(t for t in kept["tasks"] if t["title"] == "Ask how the trial goes")
    deal = next(d for d in kept["opportunities"] if d["stage"]["name"] in OPEN)
    won = next(d for d in kept["opportunities"] if d["stage"]["name"] == "Won")
    tagged = next(key for key, each in customers(sdk).items() if "Newsletter" in each.attributes.tags)
    servers.set_clock("2026-07-03T12:00:00Z")
    keap.event("edit_note", note_id=note["id"], text="Loved the reports.")
    keap.event("complete_task", task_id=task["id"])
    keap.event("move_opportunity", opportunity_id=deal["id"], stage_id=45)
    keap.event("untag_contact", contact_id=int(tagged), tag_id=305)
    keap.event("edit_contact", contact_id=int(tagged), given_name="Renamed")
    keap.event("delete_note", note_id=kept["notes"][0]["id"])
    keap.event("delete_task", task_id=kept["tasks"][0]["id"])
    keap.event("delete_opportunity", opportunity_id=won["id"])
    synced(crm)
    texts = [each.text for each in everything(sdk, cm.EntityNote.all)]
    assert len(texts) == len(kept["notes"]) - 1
    assert sum("Loved the reports." in text for text in texts) == 1
    assert not any("Liked" in text for text in texts)
    tasks = everything(sdk, cm.Task.all)
    done = next(each for each in tasks if each.task_details.startswith(task["title"]))
    assert done.completed_at is not None
    assert not any(each.task_details.startswith(kept["tasks"][0]["title"]) for each in tasks)
    deals = everything(sdk, cm.Opportunity.all)
    stages = {each.custom["keap_opportunity_id"]: each.pipeline_stage for each in deals}
    assert stages[f"Keap:{deal['id']}"] == "Won"
    assert f"Keap:{won['id']}" not in stages
    assert "Newsletter" not in customers(sdk)[tagged].attributes.tags
    renamed = [each for each in everything(sdk, cm.Contact.all) if each.first_name == "Renamed"]
    assert len(renamed) == 1
