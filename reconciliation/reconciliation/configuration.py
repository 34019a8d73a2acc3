"""The configuration of `reconcile`: where both sides come from, which day, where the report goes.

    {
      "keap": {"messages": ["keap.jsonl"]},
      "chartmogul": {"snapshot": "chartmogul"},
      "as_of": "2026-07-01",
      "months": 24,
      "policy": {"pause_days": 15},
      "output": {"html": "report.html", "json": "report.json"}
    }

Instead of files Keap can be read now: `"keap": {"command": ["source-keap"], "config": "secrets/keap.json",
"save_to": "keap.jsonl"}`; and ChartMogul: `"chartmogul": {"destination_config": "secrets/chartmogul.json",
"save_to": "chartmogul", "wait_seconds": 300}`, which also gives the policy. Paths are relative to the file.
"""

from __future__ import annotations

import json
import os
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from destination_chartmogul.configuration import checked
from destination_chartmogul.errors import ConfigError
from reconciliation import load, shape
from reconciliation.compare import Tolerance, closing_days
from reconciliation.errors import ReconciliationError
from reconciliation.frames import ChartMogulFrames, KeapFrames
from reconciliation.money import HUNDREDTHS, cents_of, exponent
from reconciliation.policy import Policy, from_configuration
from reconciliation.progress import shown

EARLIEST = date(1990, 1, 1)
MOST_MONTHS = 600


@dataclass(frozen=True)
class Configuration:
    """A parsed configuration file; `folder` is where relative paths begin. `tolerance` and `materiality` are
    amounts in the currency's major unit, as written.
    """

    folder: Path
    keap: Mapping[str, Any]
    chartmogul: Mapping[str, Any]
    as_of: date
    months: int
    policy: Policy
    tolerance: str
    materiality: str
    output: Mapping[str, str]
    history: str | None = None

    def path(self, name: str) -> Path:
        """A path of the file, from the file's own folder."""
        return self.folder / name


def read_configuration(path: str | Path) -> Configuration:
    """Raises ReconciliationError with one sentence on the first thing to correct."""
    source = Path(path)
    content = read_json(source)
    shape.check(source, content)
    for key in ("keap", "chartmogul", "as_of"):
        if key not in content:
            raise ReconciliationError(f"{source} lacks the key '{key}'.")
    months = content.get("months", 24)
    if not 1 <= months <= MOST_MONTHS:
        raise ReconciliationError(f"'months' must be at least 1 and at most {MOST_MONTHS}, not {months}.")
    return Configuration(
        folder=source.parent,
        keap=content["keap"],
        chartmogul=content["chartmogul"],
        as_of=_day(str(content["as_of"])),
        months=months,
        policy=_policy(content, source.parent),
        tolerance=str(content.get("tolerance", "0")),
        materiality=str(content.get("materiality", "0")),
        output=content.get("output", {}),
        history=content.get("history"),
    )


def changed(chosen: Configuration, options: Namespace) -> Configuration:
    """With what the command line says instead (`as_of`, `tolerance`, `materiality`)."""
    return replace(
        chosen,
        as_of=chosen.as_of if options.as_of is None else _day(options.as_of),
        tolerance=chosen.tolerance if options.tolerance is None else options.tolerance,
        materiality=chosen.materiality if options.materiality is None else options.materiality,
    )


def tolerance_of(chosen: Configuration, currency: str) -> Tolerance:
    """The amounts in the units of the figures."""
    digits = HUNDREDTHS if chosen.policy.hundredths else exponent(currency)
    try:
        return Tolerance(cents_of(chosen.tolerance, digits), cents_of(chosen.materiality, digits))
    except ValueError as error:
        raise ReconciliationError(f"'tolerance' and 'materiality' must be amounts: {error}.") from error


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from a file, or one sentence on why not."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ReconciliationError(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise ReconciliationError(f"{path} is not valid JSON.") from error
    if not isinstance(content, dict):
        raise ReconciliationError(f"{path} must hold a JSON object.")
    return content


def keap_side(chosen: Configuration) -> KeapFrames:
    """Keap's tables, from files or read now."""
    keap, also = chosen.keap, load.READ_BY_RULES if chosen.policy.rules else ()
    catalog = chosen.path(keap["catalog"]) if "catalog" in keap else None
    if "messages" in keap:
        given = [keap["messages"]] if isinstance(keap["messages"], str) else keap["messages"]
        return load.keap_from_messages([chosen.path(name) for name in given], shown, catalog, also)
    if "warehouse" in keap:
        url = _warehouse(chosen, str(keap["warehouse"]))
        return load.keap_from_warehouse(url, keap.get("schema"), keap.get("prefix", ""), shown, also)
    if "config" not in keap or "save_to" not in keap:
        raise ReconciliationError(
            "'keap' needs 'messages', or 'warehouse', or 'config' and 'save_to' to read Keap now."
        )
    given = keap.get("command", "source-keap")
    command = [given] if isinstance(given, str) else given
    return load.keap_from_source(
        command, chosen.path(keap["config"]), chosen.path(keap["save_to"]), catalog, shown, also
    )


def chartmogul_side(chosen: Configuration) -> ChartMogulFrames:
    """ChartMogul's tables, from a snapshot or read now."""
    chartmogul = chosen.chartmogul
    if "snapshot" in chartmogul:
        return load.chartmogul_from_snapshot(chosen.path(chartmogul["snapshot"]))
    if "destination_config" not in chartmogul:
        raise ReconciliationError(
            "'chartmogul' needs 'snapshot', or 'destination_config' to read ChartMogul now."
        )
    destination = read_json(chosen.path(chartmogul["destination_config"]))
    if not destination.get("api_key"):
        raise ReconciliationError(f"{chartmogul['destination_config']} lacks the key 'api_key'.")
    return load.chartmogul_from_api(
        destination.get("base_url", "https://api.chartmogul.com"),
        destination["api_key"],
        destination.get("data_source_name", "Keap"),
        closing_days(chosen.as_of, chosen.months)[0].replace(day=1),
        chosen.as_of,
        save_to=chosen.path(chartmogul["save_to"]) if "save_to" in chartmogul else None,
        wait=load.Wait(seconds=float(chartmogul.get("wait_seconds", 300))),
        reuse=bool(chartmogul.get("reuse", False)),
        progress=shown,
    )


def _warehouse(chosen: Configuration, url: str) -> str:
    """`$NAME` stands for an environment variable, so that no password has to be in the file; the path of a
    database file begins at the configuration's folder.
    """
    if url.startswith("$"):
        if url[1:] not in os.environ:
            raise ReconciliationError(f"The environment variable '{url[1:]}' of 'keap.warehouse' is not set.")
        url = os.environ[url[1:]]
    scheme, separator, path = url.partition(":///")
    local = separator and scheme in ("duckdb", "sqlite") and path
    return f"{scheme}:///{chosen.path(path)}" if local else url


def _policy(content: Mapping[str, Any], folder: Path) -> Policy:
    """The destination's own policy, unless the file states one; checked as the destination checks it."""
    where, given = "policy", content.get("policy")
    if given is None:
        where = content["chartmogul"].get("destination_config", "")
        given = read_json(folder / where) if where else {}
    try:
        return from_configuration(checked({"api_key": "not needed"} | given))
    except ConfigError as error:
        raise ReconciliationError(f"{where}: {error}") from error


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise ReconciliationError(f"'as_of' must be a day such as 2026-07-01, not '{text}'.") from error
    if day < EARLIEST:
        raise ReconciliationError(f"'as_of' must be a day since {EARLIEST}, not {day}.")
    return day
