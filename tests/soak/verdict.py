"""What is wrong at the end of a soak: nothing, if all went well. Each finding is a sentence."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from reconciliation import load
from reconciliation.report import AGREES, EXPLAINED
from reconciliation.run import reconcile
from tests.bench.measure import calls
from tests.demo.stages import ANALYTICS_SECONDS, MONTHS, local_today
from tests.pair.connection import SOURCE, Command, Connection, plain_environment
from tests.pair.fixtures import destination_config, empty_chartmogul
from tests.simulators import Simulators
from tests.soak.business import Company
from tests.soak.site import Site
from tests.soak.trouble import NONE

Dump = dict[str, Any]
SHOWN = 5
BILLING = ("invoices", "subscription_events")


def findings(site: Site, company: Company) -> Iterator[str]:
    """Everything, in an order in which the first finding is the cause of the next."""
    yield from day(site)
    held = site.servers.chartmogul.control.dump()
    yield from compared(site, held, company)


def day(site: Site) -> Iterator[str]:
    """What can be told without ending the soak."""
    yield from settles(site)
    yield from duplicates(site.servers.chartmogul.control.dump())
    yield from left_behind(site)
    yield from disagreements(site.servers, everything_of_keap(site), site.folder)


def settles(site: Site) -> Iterator[str]:
    """Undisturbed, one run succeeds, and the next has nothing to write."""
    code, said = site.run(NONE)
    if code == 10 and "refresh token" in said:
        site.reconnect()
        code, said = site.run(NONE)
    if code:
        yield f"an undisturbed run ended with {code}: {said}"
    before = calls(site.servers.chartmogul)
    code, said = site.run(NONE)
    moved = calls(site.servers.chartmogul) - before
    written = {call: count for call, count in moved.items() if not call.startswith("GET ")}
    if code or written:
        yield f"a run with nothing to do ended with {code} and wrote {written}: {said}"


def duplicates(held: Dump) -> Iterator[str]:
    """External ids are there once."""
    lines = [line for invoice in held["invoices"] for line in invoice["line_items"]]
    paid = [each for invoice in held["invoices"] for each in invoice["transactions"]]
    kinds = {
        "invoices": held["invoices"],
        "line items": lines,
        "transactions": paid,
        "events": held["subscription_events"],
    }
    for kind, rows in kinds.items():
        counted = Counter(row["external_id"] for row in rows)
        twice = [key for key, count in counted.items() if count > 1 and key]
        if twice:
            yield f"{len(twice)} {kind} twice: {twice[:SHOWN]}"
    identities = Counter(tuple(each) for row in held["customers"] for each in row["identities"])
    if twice := [key for key, count in identities.items() if count > 1]:
        yield f"{len(twice)} customers twice: {twice[:SHOWN]}"
    if wrong := [row["external_id"] for row in held["invoices"] if row["errors"]]:
        yield f"{len(wrong)} invoices are invalid: {wrong[:SHOWN]}"


def left_behind(site: Site) -> Iterator[str]:
    """Neither processes nor files."""
    if processes := site.processes():
        yield f"processes are left: {processes}"
    if files := site.left_over():
        yield f"files are left: {[path.name for path in files][:SHOWN]}"
    if (site.sync / "running.json").exists():
        yield "the lock's holder is still written down"


def everything_of_keap(site: Site) -> Path:
    """The messages of a full read."""
    site.reconnect()
    path = site.folder / "everything.jsonl"
    files: Command = ["--config", site.folder / "keap.json", "--catalog", site.sync / "catalog.json"]
    with path.open("w") as messages:
        subprocess.run(
            [SOURCE, "read", "--update-config", *files], stdout=messages, check=True, env=plain_environment()
        )
    return path


def disagreements(servers: Simulators, messages: Path, folder: Path) -> Iterator[str]:
    """Keap's MRR and ChartMogul's, month by month, by the reconciliation."""
    servers.chartmogul.control.clock(advance_seconds=ANALYTICS_SECONDS)
    keap = load.keap_from_messages([messages])
    today = local_today(servers, keap.time_zone)
    start = (today.replace(day=1) - timedelta(days=31 * MONTHS)).replace(day=1)
    chartmogul = load.chartmogul_from_api(
        servers.chartmogul.url, servers.chartmogul.api_key, "Keap", start, today, save_to=folder / "metrics"
    )
    result = reconcile(keap, chartmogul, as_of=today, months=MONTHS)
    wrong = [each for each in result.differences if each.faults]
    for each in wrong[-SHOWN:]:
        yield f"MRR of customer {each.customer_id} differs without a reason: {each}"
    if wrong or result.verdict not in (AGREES, EXPLAINED):
        yield f"the audit says {result.verdict!r}: {result.checks} {result.renamed}"


def compared(site: Site, held: Dump, company: Company) -> Iterator[str]:
    """A ChartMogul that is filled at once shows the same billing, but for what Keap does not tell any more,
    and rejects nothing that was not told.
    """
    empty_chartmogul(site.servers)
    site.servers.chartmogul.control.clock(now=site.servers.keap.control.clock())
    config = destination_config(site.servers, requests_per_second=38)
    fresh = Connection.create(site.folder / "fresh", {}, config)
    written = fresh.write(site.folder / "everything.jsonl")
    if not written.ok:
        yield f"the comparison could not be made: {written.traced}"
        return
    rows = [json.loads(line) for line in fresh.rejects.read_text().splitlines()]
    if lost := {(row["stream"], row["key"]) for row in rows} - site.rejected():
        yield f"{len(lost)} rejects were lost: {sorted(lost)[:SHOWN]}"
    afresh = site.servers.chartmogul.control.dump()
    for kind in BILLING:
        yield from differing(kind, lines_of(held, kind, company), lines_of(afresh, kind, company))


def lines_of(dump: Dump, kind: str, company: Company) -> dict[str, str]:
    """What makes MRR, by external id, without orders that are gone in Keap."""
    rows = {str(row["external_id"]): row for row in dump[kind]}
    return {
        key: json.dumps(without_history(row, dated_now=key in company.ahead), sort_keys=True)
        for key, row in rows.items()
        if key not in company.deleted
    }


def without_history(row: Dump, *, dated_now: bool) -> Dump:
    """A record without what depends on when it was written: who owned it before a merge, when somebody learnt
    of a planned end, and the dates of an order that came before its time.
    """
    planned = row.get("event_type") == "subscription_cancellation_scheduled"
    history = {name for name in row if name.startswith("customer")} | ({"event_date"} if planned else set())
    if dated_now:
        history |= {"date"}
        paid = [{**each, "date": None} for each in row["transactions"]]
        row = {**row, "transactions": paid}
    return {name: value for name, value in row.items() if name not in history}


def differing(kind: str, ours: dict[str, str], afresh: dict[str, str]) -> Iterator[str]:
    """Sentences on the first few."""
    keys = [key for key in sorted(ours.keys() | afresh.keys()) if ours.get(key) != afresh.get(key)]
    for key in keys[:SHOWN]:
        yield f"{kind} {key} differs:\n    kept up  {ours.get(key)}\n    at once  {afresh.get(key)}"
    if len(keys) > SHOWN:
        yield f"{len(keys)} {kind} differ"
