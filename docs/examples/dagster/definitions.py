"""The pair on a schedule in Dagster, without an Airbyte server: `dagster dev -f definitions.py`.

One asset starts the sync as a process, in the connectors' own environment: nothing of Dagster's dependencies
meets theirs. KEAP_SYNC is its command, `make sync` in this repository unless said otherwise; it prints the
messages of Airbyte's protocol.
"""

import fcntl
import json
import os
import shlex
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg

REPOSITORY = Path(__file__).resolve().parents[3]
COMMAND = shlex.split(os.environ.get("KEAP_SYNC") or f"make --silent -C {shlex.quote(str(REPOSITORY))} sync")
LOCK = Path(os.environ.get("KEAP_SYNC_LOCK") or Path(tempfile.gettempdir()) / "keap-to-chartmogul.lock")
HOURS = 6


@contextmanager
def alone() -> Iterator[None]:
    """Two syncs at once would use up each other's refresh token and overwrite each other's state."""
    with LOCK.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            text = "Another sync is still running; this one was not started."
            raise dg.Failure(text, allow_retries=False) from None
        yield


def counts(messages: list[dict[str, Any]]) -> dict[str, Any]:
    """Records and rejects of a run, as its acknowledged states tell them, and its last log line."""
    stats = [m["state"].get("destinationStats", {}) for m in messages if m.get("type") == "STATE"]
    logs = [m["log"]["message"] for m in messages if m.get("type") == "LOG"]
    return {
        "records": int(sum(each.get("recordCount", 0) for each in stats)),
        "rejected": int(sum(each.get("rejectedRecordCount", 0) for each in stats)),
        "summary": logs[-1] if logs else "",
    }


def failure(messages: list[dict[str, Any]], complaint: str) -> dg.Failure:
    """The first error, which is the true one. What only a person can mend is not tried again."""
    errors = [m["trace"]["error"] for m in messages if m.get("trace", {}).get("error")]
    said = [error["message"] for error in errors] or complaint.strip().splitlines()[-1:]
    mendable = [error.get("failure_type") for error in errors][:1] == ["config_error"]
    return dg.Failure((said or ["no reason given"])[0], allow_retries=not mendable)


@dg.asset(
    group_name="billing",
    retry_policy=dg.RetryPolicy(max_retries=2, delay=300, backoff=dg.Backoff.EXPONENTIAL),
)
def chartmogul_billing(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Keap's billing records in ChartMogul; runs that fail go on from the last acknowledged state."""
    with alone():
        done = subprocess.run(COMMAND, capture_output=True, text=True, timeout=HOURS * 3600, check=False)
    messages = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    for message in messages:
        if message.get("type") == "LOG":
            context.log.info(message["log"]["message"])
    if done.returncode:
        raise failure(messages, done.stderr)
    return dg.MaterializeResult(metadata=counts(messages))


every_half_hour = dg.ScheduleDefinition(
    name="every_half_hour",
    target=dg.AssetSelection.assets(chartmogul_billing),
    cron_schedule="*/30 * * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)

defs = dg.Definitions(assets=[chartmogul_billing], schedules=[every_half_hour])
