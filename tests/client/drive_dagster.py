"""Materialise the example's asset and print what Dagster recorded. Runs in Dagster's environment."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import dagster as dg

sys.path.insert(0, str(Path(__file__).parents[2] / "docs" / "examples" / "dagster"))

from definitions import chartmogul_billing, defs, every_half_hour

schedule = defs.get_schedule_def(every_half_hour.name)
result = dg.materialize([chartmogul_billing], raise_on_error=False)
told = {"success": result.success, "cron": schedule.cron_schedule}
if result.success:
    (event,) = result.asset_materializations_for_node("chartmogul_billing")
    told |= {name: value.value for name, value in event.metadata.items()}
else:
    (failure,) = result.get_step_failure_events()
    told["error"] = str(failure.event_specific_data.error_display_string)
print("TOLD " + json.dumps(told))
