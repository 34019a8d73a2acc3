"""Messages in, acknowledged state out; what the caller sees when something is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.destination_chartmogul.keap import contact, order, payment, subscription
from tests.destination_chartmogul.pipe import Json, Result, catalog, lines, record, run_write, state

ACCOUNT = record("account", {"id": "account", "time_zone": "America/Denver", "currency_code": "USD"})


def sync(config: Json, *messages: Json, **more: Any) -> Result:
    """A run with an account record first."""
    return run_write(config, [ACCOUNT, *messages], **more)


def ids(chartmogul: Any, kind: str) -> list[str]:
    """External ids of what ChartMogul holds."""
    rows = chartmogul.control.dump()[kind]
    return sorted(r["external_id"] if "external_id" in r else r["identities"][0][1] for r in rows)


def test_states_come_back_as_they_came_with_counts(chartmogul: Any, config: Json) -> None:
    """In order, each once, unknown fields kept, with the records since the stream's previous state."""
    bad = record("orders", order(total=1))
    result = sync(
        config,
        record("contacts", contact()),
        state("contacts", cursor="a"),
        record("orders", order(id="20002")),
        bad,
        state("orders", cursor="b"),
        state("contacts", cursor="c"),
    )
    assert [s["stream"]["stream_state"]["cursor"] for s in result.states] == ["a", "b", "c"]
    assert all(s["id"] == 7 for s in result.states)
    assert [s["destinationStats"] for s in result.states] == [
        {"recordCount": 1.0, "rejectedRecordCount": 0.0},
        {"recordCount": 2.0, "rejectedRecordCount": 1.0},
        {"recordCount": 0.0, "rejectedRecordCount": 0.0},
    ]
    assert ids(chartmogul, "invoices") == ["20002"]


def test_a_global_state_counts_all_streams_and_keeps_its_spelling_variant(config: Json) -> None:
    """PyAirbyte writes `global_` and explicit nulls."""
    inner = {"shared_state": {"x": 1}, "stream_states": []}
    message = {"type": "STATE", "log": None, "state": {"type": "GLOBAL", "global_": inner, "stream": None}}
    result = sync(config, record("contacts", contact()), record("orders", order()), message)
    assert result.states[0]["global"] == inner
    assert result.states[0]["destinationStats"]["recordCount"] == 3.0


def test_a_bad_record_is_a_reject_and_not_the_end(chartmogul: Any, config: Json, tmp_path: Path) -> None:
    """Lines that are no messages, records without id, records of other streams: the rest is written."""
    rejects = tmp_path / "rejects.jsonl"
    raw = [
        *lines([ACCOUNT, record("contacts", {"given_name": "No Id"}), record("unheard_of", {"id": "1"})]),
        b"this is not json\n",
        b"[1, 2]\n",
        b'{"type": "RECORD", "record": {"stream": "orders", "data": null}}\n',
        b'{"type": "RECORD"}\n',
        *lines([record("orders", {"id": "5"}), record("contacts", contact()), state("contacts", cursor="z")]),
    ]
    result = run_write(config | {"rejects_path": str(rejects)}, raw=raw)
    assert (result.error, ids(chartmogul, "customers")) == (None, ["1001"])
    rules = [json.loads(row)["rule"] for row in rejects.read_text().splitlines()]
    assert sorted(rules) == ["malformed_line"] * 2 + ["malformed_record"] * 3 + ["unknown_stream"] * 2
    assert result.states[0]["destinationStats"] == {"recordCount": 2.0, "rejectedRecordCount": 1.0}
    assert not any("this is not json" in text for text in result.logs)


def test_rejects_keep_the_original_record(config: Json, tmp_path: Path) -> None:
    """The file has what is needed to mend and replay."""
    rejects = tmp_path / "rejects.jsonl"
    bad = order(total=1)
    sync(config | {"rejects_path": str(rejects)}, record("orders", bad))
    row = json.loads(rejects.read_text())
    assert (row["stream"], row["key"], row["rule"], row["record"]) == (
        "orders",
        "20001",
        "order_total_differs",
        bad,
    )


def test_a_reject_limit_fails_the_run(config: Json) -> None:
    """Above the share nothing is acknowledged."""
    given = [record("orders", order(total=1)), state("orders", cursor="a")]
    assert sync(config | {"reject_limit": 0.9}, *given).error is None
    result = sync(config | {"reject_limit": 0.1}, *given)
    assert (result.kind, result.states) == ("system_error", [])


def test_the_latest_version_of_a_record_wins(chartmogul: Any, config: Json) -> None:
    """By order of arrival."""
    sync(config, record("contacts", contact()), record("contacts", contact(given_name="Eve")))
    assert chartmogul.control.dump()["customers"][0]["name"] == "Eve Low"


def test_a_cut_off_last_line_is_an_error_after_the_rest_is_written(chartmogul: Any, config: Json) -> None:
    """What came before is written and its states are acknowledged; the run fails in one sentence."""
    raw = [*lines([ACCOUNT, record("contacts", contact()), state("contacts", cursor="a")]), b'{"type": "RECO']
    result = run_write(config, raw=raw)
    assert (result.kind, len(result.states), ids(chartmogul, "customers")) == ("system_error", 1, ["1001"])
    assert "middle of a message" in str(result.error)


def test_states_after_a_payment_whose_order_may_yet_come_are_held_back(config: Json) -> None:
    """When the source stops early, a payment without its order is neither written nor rejected."""
    failed = {
        "type": "TRACE",
        "trace": {"type": "ERROR", "error": {"message": "stopped", "failure_type": "system_error"}},
    }
    given = [
        record("subscriptions", subscription()),
        state("subscriptions", cursor="a"),
        record("payments", payment()),
    ]
    result = sync(config, *given, state("payments", cursor="b"), failed)
    assert [s["stream"]["stream_descriptor"]["name"] for s in result.states] == ["subscriptions"]
    complete = sync(config, *given, state("payments", cursor="b"))
    assert (len(complete.states), complete.rejected) == (2, 1)


def test_a_payment_in_a_later_run_joins_its_invoice(chartmogul: Any, config: Json) -> None:
    """Whoever paid."""
    sync(config, record("orders", order()), record("contacts", contact(id="1002")))
    for _ in range(2):
        assert sync(config, record("payments", payment(contact_id="1002"))).rejected == 0
    assert [t["external_id"] for t in chartmogul.control.dump()["invoices"][0]["transactions"]] == ["40001"]


def test_what_the_source_says_is_shown_on_standard_error(
    config: Json, capsys: pytest.CaptureFixture[str]
) -> None:
    """Warnings, errors and error traces; not its chatter."""
    said = [
        {"type": "LOG", "log": {"level": "INFO", "message": "chatter"}},
        {"type": "LOG", "log": {"level": "WARN", "message": "slow page"}},
        {"type": "TRACE", "trace": {"type": "ERROR", "error": {"message": "token expired"}}},
    ]
    sync(config, *said)
    err = capsys.readouterr().err
    assert "slow page" in err
    assert "token expired" in err
    assert "chatter" not in err


def test_the_state_file_collects_acknowledged_states(config: Json, tmp_path: Path) -> None:
    """Per stream, the latest, over runs, in the form of the source's --state."""
    path = tmp_path / "state.json"
    sync(
        config,
        record("contacts", contact()),
        state("contacts", cursor="a"),
        state("orders", cursor="b"),
        state_file=path,
    )
    sync(config, state("contacts", cursor="c"), state_file=path)
    kept = {
        s["stream"]["stream_descriptor"]["name"]: s["stream"]["stream_state"]["cursor"]
        for s in json.loads(path.read_text())
    }
    assert kept == {"contacts": "c", "orders": "b"}
    assert all(s["type"] == "STREAM" for s in json.loads(path.read_text()))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"data_source_nam": "x"}, "did you mean data_source_name?"),
        ({"customers": "all"}, "customers must be one of everyone, chosen_leads"),
        ({"pause_days": "15"}, "pause_days must be of type integer"),
        ({"time_zone": "America/Denvr"}, "did you mean America/Denver?"),
        ({"churn_date": {"evidence": []}}, "churn_date.evidence must not be empty"),
        ({"churn_date": {"evidenc": []}}, "did you mean evidence?"),
        ({"api_key": ""}, "api_key must not be empty"),
        ({"base_url": "chartmogul"}, "base_url must look like"),
        ({"api_key": "wrong"}, "does not accept the API key"),
        ({"reject_limit": 2}, "reject_limit must be at most 1"),
        ({"spool_directory": "/nowhere/at/all"}, "spool file in spool_directory cannot be written"),
        ({"rejects_path": "/nowhere/at/all"}, "rejects_path cannot be written"),
    ],
)
def test_a_fault_in_the_configuration_is_one_sentence(change: Json, says: str, config: Json) -> None:
    """It names the key and, where it can, the right name."""
    result = sync(config | change, record("contacts", contact()), state("contacts", cursor="a"))
    assert says in str(result.error)
    assert result.states == []


def test_unknown_streams_and_overwrite_are_configuration_errors(config: Json) -> None:
    """Both before anything is read."""
    unknown = run_write(config, [], streams=("contacts", "affiliates"))
    assert "affiliates" in str(unknown.error)
    assert "It knows account, products" in str(unknown.error)
    from destination_chartmogul.catalog import streams_of
    from destination_chartmogul.errors import ConfigError

    with pytest.raises(ConfigError, match="would delete customers"):
        streams_of(catalog(mode="overwrite"))


def command(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """The command line as a user runs it."""
    kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE")}
    code = "from destination_chartmogul.run import run; run()"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        input=stdin,
        capture_output=True,
        env=kept,
        timeout=60,
        check=False,
    )


def test_the_command_line_writes_and_plans(chartmogul: Any, config: Json, tmp_path: Path) -> None:
    """spec, check, plan (which writes nothing) and write."""
    (tmp_path / "c.json").write_text(json.dumps(config))
    (tmp_path / "k.json").write_text(json.dumps(catalog()))
    files = ("--config", str(tmp_path / "c.json"), "--catalog", str(tmp_path / "k.json"))
    given = b"".join(
        lines(
            [
                ACCOUNT,
                record("subscriptions", subscription()),
                record("orders", order()),
                state("orders", c=1),
            ]
        )
    )
    spec = json.loads(command("spec").stdout)["spec"]
    assert spec["supported_destination_sync_modes"] == ["append", "append_dedup"]
    check = [json.loads(line) for line in command("check", *files[:2]).stdout.splitlines()]
    assert check[-1]["connectionStatus"]["status"] == "SUCCEEDED"
    planned = command("plan", *files, stdin=given).stdout.decode()
    assert "1001         create invoice         20001" in planned
    assert "MRR of these customers: 0 -> 4900" in planned
    assert chartmogul.control.dump()["customers"] == []
    written = command("write", *files, stdin=given)
    assert (written.returncode, ids(chartmogul, "invoices")) == (0, ["20001"])
    assert [json.loads(row)["type"] for row in written.stdout.splitlines()].count("STATE") == 1
    assert "nothing to do" in command("plan", *files, stdin=given).stdout.decode()
    document = json.loads(command("plan", "--format", "json", *files, stdin=given).stdout)
    assert document["totals"]["mrr_after"] == 4900


def test_a_failing_command_exits_1_with_a_trace(tmp_path: Path) -> None:
    """TRACE ERROR on standard output, the sentence on standard error, no stack."""
    (tmp_path / "c.json").write_text(json.dumps({"api_key": "x", "base": "y"}))
    (tmp_path / "k.json").write_text(json.dumps(catalog()))
    result = command("write", "--config", str(tmp_path / "c.json"), "--catalog", str(tmp_path / "k.json"))
    trace = json.loads(result.stdout.splitlines()[-1])["trace"]
    assert (result.returncode, trace["error"]["failure_type"]) == (1, "config_error")
    assert b"Traceback" not in result.stderr
    assert b"base is not known (did you mean base_url?)" in result.stderr


def test_no_names_or_addresses_in_logs(small: dict[str, list[Json]], config: Json) -> None:
    """Ids only, also in the reasons of rejects."""
    broken = [o | {"total": {"amount": 1, "currency_code": "USD"}} for o in small["orders"][:20]]
    result = run_write(
        config,
        [
            ACCOUNT,
            *(record("contacts", c) for c in small["contacts"]),
            *(record("orders", o) for o in broken),
        ],
    )
    said = " ".join(result.logs)
    assert "@" not in said
    assert not any(c["family_name"] in said for c in small["contacts"] if c.get("family_name"))
