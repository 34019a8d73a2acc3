"""The audit of a large account: seconds and memory, against a loop that only parses the same file.

ChartMogul's side is made of what would be sent, with one amount in a hundred changed, so that the comparison
has differences to explain; how long ChartMogul takes to answer is not measured.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from reconciliation import movements
from reconciliation.compare import closing_days
from reconciliation.expected import Expected, expected
from reconciliation.frames import KeapFrames, rows, stamp
from reconciliation.load import keap_from_messages, snapshots
from reconciliation.policy import Policy
from tests.bench import account_file, measure
from tests.pair.connection import Command, plain_environment

AS_OF = date(2026, 7, 1)
MONTHS = 24
CHANGED = 100  # one subscription in so many has another amount in ChartMogul
Figures = Iterable[tuple[str, str]]


def figures(contacts: int, folder: Path) -> Figures:
    """Seconds and memory of `reconcile` on a generated account."""
    account = folder / "keap.jsonl"
    command: Command = [sys.executable, "-m", account_file.__name__, f"generated:{contacts}:7", account]
    subprocess.run(command, check=True, env=plain_environment())
    chosen = configuration(account, folder)
    run: Command = [sys.executable, "-m", __name__, "reconcile", chosen]
    loop = measure.cpu_seconds([sys.executable, "-m", __name__, "parse", account])
    began = time.monotonic()
    used = measure.used(run)
    seconds, cpu, memory = time.monotonic() - began, used.cpu_seconds, used.megabytes
    report = json.loads((folder / "report.json").read_text())
    orders = sum(1 for _ in account_file.records(account, ("orders",)))
    differing = {row["customer_id"] for row in report["differences"]}
    yield "orders", f"{orders:,}"
    yield "seconds", f"{seconds:.0f} ({cpu:.0f} of CPU), {1000 * cpu / orders:.2f} ms of CPU an order"
    yield "CPU against parsing alone", f"{cpu / loop:.0f} x"
    yield "memory at most", f"{memory:,.0f} MB, {1024 * memory / orders:.1f} KB an order"
    yield "customers that differ", f"{len(differing):,}"


def configuration(account: Path, folder: Path) -> Path:
    """Both sides on disk, and the file that names them."""
    keap = keap_from_messages(account)
    sent = expected(keap, Policy(), AS_OF, Policy().zone(keap.time_zone))
    if sent is None:
        raise RuntimeError("the account holds no orders")
    documents = as_held(keap, sent)
    about = {"start": closing_days(AS_OF, MONTHS)[0].replace(day=1).isoformat(), "end": AS_OF.isoformat()}
    snapshots.save(folder / "chartmogul", documents, about)
    chosen = folder / "reconcile.json"
    given = {"keap": {"messages": [account.name]}, "chartmogul": {"snapshot": "chartmogul"}}
    output = {"json": "report.json", "html": "report.html"}
    chosen.write_text(json.dumps(given | {"as_of": AS_OF.isoformat(), "months": MONTHS, "output": output}))
    return chosen


def as_held(keap: KeapFrames, sent: Expected) -> dict[str, Any]:
    """What ChartMogul would say after a sync, but for the changed amounts."""
    activities = list(_activities(movements.typed(sent.steps)))
    days = closing_days(AS_OF, MONTHS)
    sums = {
        day: sum(row["activity-mrr-movement"] for row in activities if row["date"][:10] <= str(day))
        for day in days
    }
    return {
        "account": {"currency": keap.currency, "time_zone": keap.time_zone},
        "data_source": {"name": "Keap", "uuid": "ds_1"},
        "customers": [{"uuid": f"cus_{key}", "external_id": key} for key in sorted(keap.contacts["id"])],
        "activities": activities,
        "invoices": list(_invoices(sent)),
        "mrr": [{"date": str(day), "mrr": cents} for day, cents in sums.items()],
        "customer_count": [],
    }


def _activities(moved: Any) -> Iterable[dict[str, Any]]:
    """ChartMogul begins the days of the account's zone; noon is inside of them in every one."""
    for number, row in enumerate(rows(moved[moved["day"] <= stamp(AS_OF)])):
        extra = 100 if row.type == movements.NEW and int(row.subscription_id) % CHANGED == 0 else 0
        yield {
            "uuid": f"act-{number}",
            "customer-uuid": f"cus_{row.customer_id}",
            "subscription-external-id": row.subscription_id,
            "date": f"{row.day:%Y-%m-%d}T18:00:00+00:00",
            "type": row.type,
            "activity-mrr-movement": int(row.movement) + extra,
        }


def _invoices(sent: Expected) -> Iterable[dict[str, Any]]:
    for row in rows(sent.lines):
        line = {"external_id": row.item_id, "type": row.type, "subscription_external_id": row.subscription_id}
        line |= {
            "plan_external_id": row.plan_id,
            "amount_in_cents": int(row.amount),
            "tax_amount_in_cents": int(row.tax),
        }
        yield {"external_id": row.order_id, "currency": "USD", "line_items": [line]}


def parsed(path: Path) -> int:
    """The least that any audit of this file needs: every line as an object."""
    with path.open("rb") as lines:
        return sum(len(orjson.loads(line)) > 0 for line in lines)


def main(what: str, path: str) -> None:
    """One of the two things that are measured, in a process of its own."""
    if what == "parse":
        parsed(Path(path))
    else:
        from reconciliation.run import main as reconcile

        code = reconcile([path])
        if code != 1:
            raise SystemExit(f"the audit should find the changed amounts, but ended with {code}")


if __name__ == "__main__":
    main(*sys.argv[1:])
