"""The pair on a schedule in Dagster, without an Airbyte server: `dagster dev -f definitions.py`.

One asset starts `keap-chartmogul-sync run` as a process, in the connectors' own environment: nothing of
Dagster's dependencies meets theirs. That program keeps state, logs and rejects, and lets no two syncs run at
once; here are the schedule, the retries and the figures. KEAP_SYNC names another command, KEAP_SYNC_FOLDER
another folder.
"""

import json
import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

import dagster as dg

REPOSITORY = Path(__file__).resolve().parents[3]
PROGRAM = REPOSITORY / ".venv-connectors" / "bin" / "keap-chartmogul-sync"
COMMAND = shlex.split(os.environ.get("KEAP_SYNC") or shlex.quote(str(PROGRAM)))
FOLDER = Path(os.environ.get("KEAP_SYNC_FOLDER") or REPOSITORY / "build" / "sync")
HOURS = 6
PASSES = {13, 14, 21, 22}
"""Exit codes that mend themselves (Keap or ChartMogul away, quota, time limit); the others need a person."""
LOCKED = 20


def record() -> dict[str, Any]:
    """What the newest run left about itself; empty when it left nothing."""
    newest = max((FOLDER / "runs").glob("*.json"), default=None)
    return dict(json.loads(newest.read_text())) if newest else {}


def figures(run: dict[str, Any]) -> dict[str, Any]:
    """For the asset's page: records by stream, rejects by rule, calls left at Keap."""
    quota = run.get("quota") or {}
    return {
        "records": sum(run.get("records", {}).values()),
        "rejected": sum(run.get("rejected", {}).values()),
        "rejected_by_rule": dg.MetadataValue.json(run.get("rejected", {})),
        "keap_calls_left": quota.get("left", -1),
        "summary": run.get("summary", ""),
    }


@dg.asset(
    group_name="billing",
    retry_policy=dg.RetryPolicy(max_retries=2, delay=300, backoff=dg.Backoff.EXPONENTIAL),
)
def chartmogul_billing(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Keap's billing records in ChartMogul; after a failure it goes on from the last acknowledged state."""
    command = [*COMMAND, "run", "--folder", str(FOLDER)]
    done = subprocess.run(
        command, cwd=REPOSITORY, capture_output=True, text=True, timeout=HOURS * 3600, check=False
    )
    context.log.info(done.stdout.strip() or "no output")
    if done.returncode == LOCKED:
        raise dg.Failure("Another sync is still running; it does this one's work.", allow_retries=False)
    if done.returncode:
        said = record().get("sentences") or done.stderr.strip().splitlines() or ["no reason given"]
        text = f"{said[0]} (exit code {done.returncode})"
        raise dg.Failure(text, allow_retries=done.returncode in PASSES)
    return dg.MaterializeResult(metadata=figures(record()))


every_half_hour = dg.ScheduleDefinition(
    name="every_half_hour",
    target=dg.AssetSelection.assets(chartmogul_billing),
    cron_schedule="*/30 * * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)

defs = dg.Definitions(assets=[chartmogul_billing], schedules=[every_half_hour])
