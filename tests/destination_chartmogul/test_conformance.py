"""Every message file of tests/conformance has the outcome that it states."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from destination_chartmogul.catalog import STREAMS
from tests.destination_chartmogul.accounts import writes
from tests.destination_chartmogul.pipe import Json, Result, run_write

FILES = sorted((Path(__file__).parents[1] / "conformance").glob("*.jsonl"))


@dataclass
class Run:
    """Input lines of one run, the clock before it, what is expected after it."""

    raw: list[bytes] = field(default_factory=list)
    clock: str | None = None
    config: Json = field(default_factory=dict)
    expect: Json = field(default_factory=dict)


def runs_of(path: Path) -> Iterator[Run]:
    """The runs of a message file; a `## config` holds for all runs that follow."""
    run = Run()
    for line in path.read_text().splitlines()[1:]:
        if line.startswith("## run"):
            run.clock = line.removeprefix("## run").strip() or None
        elif line.startswith("## expect"):
            run.expect = json.loads(line.removeprefix("## expect"))
            if run.expect.get("cut"):
                run.raw.append(run.expect["cut"].encode())
            yield run
            run = Run(config=run.config)
        elif line.startswith("## config"):
            run.config = json.loads(line.removeprefix("## config"))
        else:
            run.raw.append(line.encode() + b"\n")


def account(chartmogul: Any) -> Json:
    """What `expect` can say of the account."""
    dump = chartmogul.control.dump()
    own = [[external_id for _, external_id in c["identities"]] for c in dump["customers"]]
    transactions = [t for i in dump["invoices"] for t in i["transactions"]]
    return {
        "customers": sorted(max(ids) for ids in own),
        "identities": sorted(i for ids in own for i in ids),
        "names": {max(ids): c["name"] for ids, c in zip(own, dump["customers"], strict=True)},
        "invoices": sorted(i["external_id"] for i in dump["invoices"]),
        "owners": {i["external_id"]: max(i["customer"]) for i in dump["invoices"]},
        "transactions": sorted(t["external_id"] for t in transactions),
        "refunds": sorted(t["external_id"] for t in transactions if t["type"] == "refund"),
        "plans": sorted(p["external_id"] for p in dump["plans"]),
        "events": sorted(e["external_id"] for e in dump["subscription_events"]),
        **_details(dump),
    }


def _details(dump: Json) -> Json:
    """Of lines, transactions and invoices by external id, and of connected subscriptions."""
    lines = {line["external_id"]: line for i in dump["invoices"] for line in i["line_items"]}
    transactions = {t["external_id"]: t for i in dump["invoices"] for t in i["transactions"]}
    recurring = {key: line for key, line in lines.items() if line["type"] == "subscription"}
    return {
        "lines": {key: line["amount_in_cents"] for key, line in lines.items()},
        "line_plans": {key: line["plan"][0] for key, line in recurring.items()},
        "line_subscriptions": {key: line["subscription"] for key, line in recurring.items()},
        "amounts": {key: t["amount_in_cents"] for key, t in transactions.items()},
        "results": {key: t["result"] for key, t in transactions.items()},
        "statuses": {i["external_id"]: i["status"] for i in dump["invoices"]},
        "connected": sorted(s["external_id"] for s in dump["subscriptions"] if s["connected"]),
    }


def said(result: Result, rejects: Path, wrote: int) -> Json:
    """What `expect` can say of the run."""
    rows = [json.loads(row) for row in rejects.read_text().splitlines()]
    return {
        "states": [s["stream"]["stream_descriptor"]["name"] for s in result.states],
        "rejects": len(rows),
        "rules": sorted({row["rule"] for row in rows}),
        "writes": wrote,
        "kind": result.kind,
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_message_file(path: Path, chartmogul: Any, config: Json, tmp_path: Path) -> None:
    """Run by run."""
    rejects = tmp_path / "rejects.jsonl"
    for number, run in enumerate(runs_of(path), 1):
        if run.clock:
            chartmogul.control.clock(now=run.clock)
        before = sum(writes(chartmogul).values())
        given = config | run.config | {"rejects_path": str(rejects)}
        result = run_write(given, raw=run.raw, streams=STREAMS)
        found = said(result, rejects, sum(writes(chartmogul).values()) - before) | account(chartmogul)
        error = run.expect.pop("error", None)
        assert (error is None and result.error is None) or error in str(result.error), f"run {number}"
        run.expect.pop("cut", None)
        assert {key: found[key] for key in run.expect} == run.expect, f"run {number}"


def test_there_are_message_files() -> None:
    """The folder is where the test looks."""
    assert len(FILES) >= 17
