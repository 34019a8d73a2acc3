"""PyAirbyte reads every stream of a Keap account into DuckDB."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.client.test_pyairbyte import CLIENT
from tests.pair.connection import SOURCE, plain_environment
from tests.pair.fixtures import source_config
from tests.simulators import Server, running

pytestmark = pytest.mark.skipif(CLIENT is None, reason="`make test-client` gives PyAirbyte an environment")

SAME_NAME = (
    "products",
    "subscriptions",
    "payments",
    "contacts",
    "companies",
    "tags",
    "tag_categories",
    "transactions",
    "opportunities",
    "opportunity_stages",
    "opportunity_stage_moves",
    "users",
    "notes",
    "tasks",
    "lead_sources",
    "affiliates",
    "payment_methods",
    "merchants",
)
DISCOUNTS = ("freeTrials", "orderTotals", "products", "productCategories", "shipping")


def expected(keap: Server) -> dict[str, int]:
    """Rows of each stream, but for orders and their payments."""
    held = keap.control.dump()
    return {
        **{name: len(held[name]) for name in SAME_NAME},
        "account": 1,
        "applied_tags": len(held["contact_tags"]),
        "discounts": sum(len(held[f"discounts_{name}"]) for name in DISCOUNTS),
        "custom_fields": 16,
    }


def test_every_stream_has_its_table(tmp_path: Path) -> None:
    """All rows under their keys after the first sync and after a second; custom fields as columns."""
    with running(scenario="small") as servers:
        servers.keap.control.switch("rate_limits", "off")
        config = source_config(servers) | {"custom_field_columns": True, "requests_per_minute": 100_000}
        plan = {
            "source": config,
            "source_executable": str(SOURCE),
            "cache": str(tmp_path / "cache.duckdb"),
        }
        (tmp_path / "plan.json").write_text(json.dumps(plan))
        done = subprocess.run(
            [str(CLIENT), Path(__file__).with_name("read_all.py"), tmp_path / "plan.json"],
            cwd=tmp_path, capture_output=True, text=True, env=plain_environment(),
        )  # fmt: skip
        said = re.search(r"^READ (.*)$", done.stdout, re.MULTILINE)
        assert said, done.stdout + done.stderr
        found = json.loads(said[1])
        rows = found["rows"]
        assert rows.pop("order_payments") == rows["payments"]
        assert rows.pop("orders") == len(servers.keap.control.dump()["orders"])
        assert rows == expected(servers.keap)
        assert {**found["again"]} == {**rows, "orders": 730, "order_payments": rows["payments"]}
        assert found["team_sizes"] == [3, 11, 12]
