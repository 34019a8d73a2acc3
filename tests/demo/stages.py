"""One stage of the demo: a sync, then a reconciliation, with everything counted."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from reconciliation import load
from reconciliation.report import Reconciliation
from reconciliation.run import reconcile
from tests.bench.measure import calls
from tests.pair.connection import Connection
from tests.simulators import Simulators

ANALYTICS_SECONDS = 600
"""ChartMogul computes metrics in the background; the virtual clock skips the wait."""

MONTHS = 24


@dataclass(frozen=True)
class Stage:
    """What one stage did and found; money in cents of the account's currency."""

    title: str
    records: int
    keap_calls: int
    chartmogul_reads: int
    chartmogul_writes: int
    customers: int
    invoices: int
    rejects: Counter[str]
    reconciliation: Reconciliation
    seconds: float


def run(title: str, connection: Connection, servers: Simulators, data: Path) -> Stage:
    """Sync, let ChartMogul finish its metrics, reconcile; raises RuntimeError when the sync fails."""
    started = time.monotonic()
    before = calls(servers.keap), calls(servers.chartmogul)
    synced = connection.sync()
    if not synced.ok:
        raise RuntimeError(f"{title}: the sync failed\n{synced.errors}\n{synced.traced}")
    after = calls(servers.keap), calls(servers.chartmogul)
    servers.chartmogul.control.clock(advance_seconds=ANALYTICS_SECONDS)
    held = servers.chartmogul.control.dump()
    moved = after[1] - before[1]
    return Stage(
        title=title,
        records=records(connection.messages()[-1]),
        keap_calls=(after[0] - before[0]).total(),
        chartmogul_reads=sum(count for call, count in moved.items() if call.startswith("GET ")),
        chartmogul_writes=sum(count for call, count in moved.items() if not call.startswith("GET ")),
        customers=len(held["customers"]),
        invoices=len(held["invoices"]),
        rejects=rejects(connection),
        reconciliation=audit(connection, servers, data),
        seconds=time.monotonic() - started,
    )


def audit(connection: Connection, servers: Simulators, data: Path) -> Reconciliation:
    """Compare what the source has read so far with what ChartMogul says, as of the virtual today."""
    keap = load.keap_from_messages(connection.messages())
    today = local_today(servers, keap.time_zone)
    start = (today.replace(day=1) - timedelta(days=31 * MONTHS)).replace(day=1)
    chartmogul = load.chartmogul_from_api(
        servers.chartmogul.url, servers.chartmogul.api_key, "Keap", start, today, save_to=data / "chartmogul"
    )
    return reconcile(keap, chartmogul, as_of=today, months=MONTHS)


def records(messages: Path) -> int:
    """How many RECORD messages a sync moved."""
    with messages.open() as lines:
        return sum('"type":"RECORD"' in line.replace(" ", "")[:40] for line in lines)


def rejects(connection: Connection) -> Counter[str]:
    """Records that the last sync could not write, by "stream: rule"."""
    if not connection.rejects.exists():
        return Counter()
    rows = [json.loads(line) for line in connection.rejects.read_text().splitlines()]
    return Counter(f"{row['stream']}: {row['rule']}" for row in rows)


def local_today(servers: Simulators, zone: str) -> date:
    """The day that it is in the account's zone on the simulators' clock."""
    return datetime.fromisoformat(servers.keap.control.clock()).astimezone(ZoneInfo(zone)).date()
