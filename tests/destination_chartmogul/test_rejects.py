"""Rejected records are sent again when the cause is gone, each with what it needs to be read as before."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from destination_chartmogul import pacing
from destination_chartmogul.errors import ConfigError
from destination_chartmogul.rejects import replay
from tests.destination_chartmogul.accounts import differences, held
from tests.destination_chartmogul.keap import contact, item, order, payment, subscription
from tests.destination_chartmogul.pipe import Json, catalog, messages_of, record, run_write
from tests.pair.connection import plain_environment

ACCOUNT = record("account", {"id": "account", "time_zone": "America/Denver", "currency_code": "USD"})
INVOICES = "/v1/import/customers/{cus}/invoices"
REFUSED = {"method": "POST", "path": INVOICES, "status": 422, "body": {"errors": {"currency": ["is odd"]}}}


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing.Retries, "wait", lambda *_: 0.01)


def quarterly(**more: Any) -> list[Json]:
    """A customer billed every three months on a monthly plan, which only the subscription tells; paid."""
    own = subscription(billing_frequency=3, last_bill_date="2026-06-03", next_bill_date="2026-09-03", **more)
    return [
        ACCOUNT,
        record("contacts", contact()),
        record("subscriptions", own),
        record("payments", payment()),
        record("orders", order()),
    ]


def replayed(path: Path) -> list[bytes]:
    """What `rejects` prints."""
    out = io.StringIO()
    replay(str(path), out, io.StringIO())
    return [line.encode() + b"\n" for line in out.getvalue().splitlines()]


@pytest.mark.parametrize("ended", [{}, {"active": False}, {"active": False, "end_date": "2026-06-20"}])
def test_an_order_that_is_sent_again_alone(
    ended: Json, chartmogul: Any, config: Json, tmp_path: Path
) -> None:
    """Its interval, its payment and the end of its subscription are those of an undisturbed run."""
    assert run_write(config, quarterly(**ended)).error is None
    expected = held(chartmogul)
    chartmogul.control.reset(keep_switches=True)
    path = tmp_path / "rejects.jsonl"
    chartmogul.control.faults([REFUSED])
    run_write(config | {"rejects_path": str(path)}, quarterly(**ended))
    rows = [json.loads(row) for row in path.read_text().splitlines()]
    orders = [row for row in rows if row["stream"] == "orders"]
    assert [row["rule"] for row in orders] == ["refused_by_chartmogul"]
    chartmogul.control.faults([])
    path.write_text(json.dumps(orders[0]))
    result = run_write(config, raw=replayed(path))
    assert (result.error, result.states) == (None, [])
    assert differences(expected, held(chartmogul)) == []


def test_a_whole_file_after_a_disturbed_sync(
    small: dict[str, list[Json]], chartmogul: Any, config: Json, tmp_path: Path
) -> None:
    """What ChartMogul refused of a large run is complete after its file was sent again."""
    assert run_write(config, messages_of(small)).error is None
    expected = held(chartmogul)
    chartmogul.control.reset(keep_switches=True)
    path = tmp_path / "rejects.jsonl"
    given = config | {"rejects_path": str(path)}
    imports = "/v1/data_sources/{ds}/json_imports"
    chartmogul.control.faults(
        [
            {"method": "POST", "path": imports, "status": 422, "body": {"errors": "no"}},
            {**REFUSED, "every": 3},
        ]
    )
    assert run_write(given, messages_of(small)).rejected > 0
    chartmogul.control.faults([])
    assert run_write(given, raw=replayed(path)).error is None
    left = [json.loads(row) for row in path.read_text().splitlines()]
    assert {row.get("field") for row in left} == {"email_addresses"}
    assert differences(expected, held(chartmogul)) == []


def test_the_file_may_be_the_one_of_the_run_that_reads_it(
    chartmogul: Any, config: Json, tmp_path: Path
) -> None:
    """`rejects FILE | write` with the same rejects_path: nothing is lost, what is still refused is kept."""
    path = tmp_path / "rejects.jsonl"
    bad = [order(total=1, id=str(key)) for key in range(20001, 20004)]
    for each in bad:
        each["order_items"] = [{**item(), "id": f"7{each['id']}"}]
    given = config | {"rejects_path": str(path)}
    run_write(given, [ACCOUNT, *(record("orders", each) for each in bad)])
    rows = [json.loads(row) for row in path.read_text().splitlines()]
    rows[0]["record"]["total"]["amount"] = 4900
    path.write_text("\n".join(map(json.dumps, rows)))
    (tmp_path / "c.json").write_text(json.dumps(given))
    (tmp_path / "k.json").write_text(json.dumps(catalog()))
    command = f"{sys.executable} -c 'from destination_chartmogul.run import run; run()'"
    files = f"--config {tmp_path / 'c.json'} --catalog {tmp_path / 'k.json'}"
    shell = f"{command} rejects {path} | {command} write {files}"
    done = subprocess.run(["/bin/bash", "-o", "pipefail", "-c", shell], env=plain_environment(), check=False)
    assert done.returncode == 0
    assert [i["external_id"] for i in chartmogul.control.dump()["invoices"]] == ["20001"]
    assert [json.loads(row)["key"] for row in path.read_text().splitlines()] == ["20002", "20003"]


def test_rejects_without_a_record_are_counted(config: Json, tmp_path: Path) -> None:
    """A line that was no record cannot be sent again."""
    path = tmp_path / "rejects.jsonl"
    run_write(config | {"rejects_path": str(path)}, raw=[b"not json\n"])
    out, err = io.StringIO(), io.StringIO()
    replay(str(path), out, err)
    assert (out.getvalue(), err.getvalue()[:14]) == ("", "1 rejects have")


@pytest.mark.parametrize("content", ["no json", "[]", '{"type": "RECORD"}', None])
def test_what_is_no_file_of_rejects(content: str | None, tmp_path: Path) -> None:
    """One sentence."""
    path = tmp_path / "some.jsonl"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ConfigError, match="file of rejects"):
        replay(str(path), io.StringIO(), io.StringIO())


def test_a_rejected_field_is_told_and_not_counted(chartmogul: Any, config: Json, tmp_path: Path) -> None:
    """Two odd fields of one contact are two rows and no rejected record; no value of them is logged."""
    path = tmp_path / "rejects.jsonl"
    odd = contact(
        email_addresses=[{"field": "EMAIL1", "email": "nobody@nowhere"}], addresses=[{"country": "Atlantis"}]
    )
    result = run_write(config | {"rejects_path": str(path), "reject_limit": 0}, [record("contacts", odd)])
    rows = [json.loads(row) for row in path.read_text().splitlines()]
    assert [(row["rule"], row["field"]) for row in rows] == [
        ("invalid_email", "email_addresses"),
        ("unknown_country", "addresses.country"),
    ]
    assert (result.error, result.rejected) == (None, 0)
    assert not any(word in log for log in result.logs for word in ("nowhere", "Atlantis"))
    assert [customer["name"] for customer in chartmogul.control.dump()["customers"]] == ["Ada Low"]
