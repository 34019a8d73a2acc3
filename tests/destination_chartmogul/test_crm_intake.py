"""The streams around billing are taken, and reach the mapping: of a contact, or of the run."""

from __future__ import annotations

from typing import Any

import pytest

from destination_chartmogul.catalog import CRM, STREAMS
from destination_chartmogul.client import Client
from destination_chartmogul.intake import Intake
from destination_chartmogul.messages import SourceVoice
from destination_chartmogul.outcomes import Outcomes
from destination_chartmogul.policy import Policy
from destination_chartmogul.progress import Progress
from destination_chartmogul.spool import Spool
from destination_chartmogul.stage import Stage
from tests.destination_chartmogul.keap import contact
from tests.destination_chartmogul.pipe import Json, lines, record

ACCOUNT = {"id": "account", "time_zone": "America/Denver", "currency_code": "USD"}
OWNED: dict[str, Json] = {
    "applied_tags": {"contact_id": "1001", "tag_id": "7", "applied_at": "2026-05-01T00:00:00Z"},
    "notes": {"id": "71", "contact_id": "1001", "text": "called"},
    "tasks": {"id": "81", "contact_id": "1001", "title": "call"},
    "opportunities": {"id": "91", "contact": {"id": "1001"}, "stage": {"id": "1"}},
}
SHARED: dict[str, Json] = {
    "users": {"id": "3"},
    "lead_sources": {"id": "4"},
    "custom_fields": {"record_kind": "contacts", "id": "5"},
    "tag_categories": {"id": "6"},
    "tags": {"id": "7"},
    "opportunity_stages": {"id": "1"},
}
KEYS = {"custom_fields": "contacts:5"}


def _unsaid(level: str, text: str) -> None:
    del level, text


def staged(*messages: Json) -> tuple[Stage, Outcomes]:
    """A run over an empty data source that has taken these messages."""
    spool = Spool()
    outcomes = Outcomes(spool)
    Intake(frozenset(STREAMS), spool, outcomes, SourceVoice(), Progress()).read(lines(messages))
    stage = Stage(Client("key"), Policy(), spool, "", True, _unsaid)
    return stage, outcomes


def test_a_contacts_records_are_in_its_bundle() -> None:
    """Notes, tasks, opportunities and applied tags by id, and the company that the contact names."""
    company = {"id": "9", "company_name": "Low Works"}
    rows = [record(stream, row) for stream, row in OWNED.items()]
    both = [record("contacts", contact()), record("companies", company)]
    stage, _ = staged(record("account", ACCOUNT), *both, *rows)
    bundle = stage.bundle("1001")
    assert bundle.company == company
    assert bundle.applied_tags == {"7": OWNED["applied_tags"]}
    assert (bundle.notes, bundle.tasks, bundle.opportunities) == (
        {"71": OWNED["notes"]},
        {"81": OWNED["tasks"]},
        {"91": OWNED["opportunities"]},
    )


@pytest.mark.parametrize("stream", sorted(SHARED))
def test_small_lists_are_in_the_context(stream: str) -> None:
    """By id; custom fields by the kind of record too, since their ids are per kind."""
    stage, _ = staged(record("account", ACCOUNT), record(stream, SHARED[stream]))
    held: Any = getattr(stage.context.reference, stream)
    assert held == {KEYS.get(stream, SHARED[stream].get("id")): SHARED[stream]}


def test_every_stream_is_taken() -> None:
    """None of them is unknown."""
    assert set(OWNED) | set(SHARED) | {"companies"} == set(CRM)


@pytest.mark.parametrize(
    ("stream", "row"), [("applied_tags", {"contact_id": "1001"}), ("custom_fields", {"id": "5"})]
)
def test_a_record_without_part_of_its_key_is_a_reject(stream: str, row: Json) -> None:
    """It could not be told from another."""
    _, outcomes = staged(record("account", ACCOUNT), record(stream, row))
    assert [reject.rule for reject in outcomes.rejects] == ["malformed_record"]
