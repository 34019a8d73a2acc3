"""Keap's side from what the source connector prints: a file of messages, or the connector run now."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from reconciliation.errors import ReconciliationError
from reconciliation.frames import KeapFrames, Records, SourceFile, build
from reconciliation.load import keap_rows, messages
from reconciliation.load.snapshots import source_file
from reconciliation.progress import Progress, silent

MAPPED = ("orders", "subscriptions", "products", "payments")
"""Streams whose records are kept for `reconciliation.expected`."""
FIELDS = {
    "subscriptions": ("active", "billing_cycle", "billing_frequency", "contact_id", "start_date"),
    "orders": ("contact", "order_items", "order_time", "status", "total"),
    "payments": ("amount", "order_ids"),
}
"""Fields that every record of Keap has; what else is not there is empty."""
TOKENS = b'{"type":"CONTROL"'
"""Begins a message that holds secrets."""
READ_BY_RULES = ("contacts", "tags", "custom_fields")
"""Streams whose records are kept too when the destination has rules."""


def keap_from_messages(
    paths: str | Path | Iterable[str | Path],
    progress: Progress = silent,
    catalog: str | Path | None = None,
    also: Collection[str] = (),
) -> KeapFrames:
    """Tables from Airbyte message files (JSONL), given in the order in which they were written.

    `catalog`: the configured catalog of those reads. It says whether all orders were asked for each time, so
    that one which did not come again is gone from Keap. `also`: streams whose records are kept besides those
    that make MRR (`READ_BY_RULES`, when the destination has rules).
    """
    files = messages.files_of(paths)
    read = messages.latest_records(files, progress, _whole(Path(catalog)) if catalog else ())
    keap = keap_from_records(read.records, tuple(source_file(file) for file in files), read.unfinished, also)
    gone = _gone(keap, read.gone.get("orders", frozenset())) if catalog else None
    return replace(keap, gone_orders=gone, read_until=read.until)


def _whole(catalog: Path) -> frozenset[str]:
    """The streams that the catalog reads from their beginning each time."""
    try:
        streams = json.loads(catalog.read_text(encoding="utf-8"))["streams"]
        return frozenset(row["stream"]["name"] for row in streams if row.get("sync_mode") == "full_refresh")
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise ReconciliationError(f"{catalog} is no configured catalog that can be read.") from error


def _gone(keap: KeapFrames, absent: frozenset[str]) -> frozenset[str]:
    """Orders older than the first one that came stay: the source may have been told where to begin."""
    absences = keap.orders["id"].isin(absent)
    first = keap.orders.loc[~absences, "ordered_at"].min()
    return frozenset(keap.orders.loc[absences & (keap.orders["ordered_at"] >= first), "id"])


def keap_from_records(
    records: Records,
    files: tuple[SourceFile, ...] = (),
    unfinished: tuple[str, ...] = (),
    also: Collection[str] = (),
) -> KeapFrames:
    """Tables from Keap's own records by stream and id, wherever they were kept."""
    account = records.get("account", {}).get("account")
    if account is None or not account.get("time_zone") or not account.get("currency_code"):
        raise ReconciliationError(
            "Keap's records hold no 'account' with time_zone and currency_code; "
            "read the stream 'account' too."
        )
    _complete(records)
    orders = list(records.get("orders", {}).values())
    subscriptions, contacts, payments, products = (
        records.get(stream, {}).values() for stream in ("subscriptions", "contacts", "payments", "products")
    )
    refunds = {str(payment.get("refund_payment_id")) for payment in payments}
    rows = {
        "subscriptions": map(keap_rows.subscription, subscriptions),
        "orders": map(keap_rows.order, orders),
        "items": (row for order in orders for row in keap_rows.items(order)),
        "contacts": map(keap_rows.contact, contacts),
        "payments": (row for payment in payments for row in keap_rows.payments(payment, refunds)),
        "plans": (row for product in products for row in keap_rows.plans(product)),
        **keap_rows.lead_evidence(records),
    }
    unreadable: list[str] = []
    tables: dict[str, Any] = {name: build(name, given, unreadable) for name, given in rows.items()}
    return KeapFrames(
        time_zone=str(account["time_zone"]),
        currency=str(account["currency_code"]),
        files=files,
        records={stream: records[stream] for stream in (*MAPPED, *also) if stream in records},
        unfinished=unfinished,
        unreadable=tuple(unreadable),
        **tables,
    )


def _complete(records: Records) -> None:
    """Raises ReconciliationError for a field that no record of a stream has: it was left out on the way."""
    absent = [
        f"{stream}.{name}"
        for stream, names in FIELDS.items()
        for name in names
        if records.get(stream) and not any(name in record for record in records[stream].values())
    ]
    if absent:
        raise ReconciliationError(
            f"Keap's records have no {', '.join(absent)}; select these fields and sync again."
        )


def keap_from_source(
    command: Sequence[str],
    config: str | Path,
    save_to: str | Path,
    catalog: str | Path | None = None,
    progress: Progress = silent,
    also: Collection[str] = (),
) -> KeapFrames:
    """Reads Keap now with the source connector; its messages stay in `save_to` as the audit's evidence.

    A renewed OAuth token goes back into `config`, since the old one is dead, and never into `save_to`.
    """
    target = Path(save_to)
    target.parent.mkdir(parents=True, exist_ok=True)
    chosen = Path(catalog) if catalog else target.with_suffix(".catalog.json")
    if catalog is None:
        _run([*command, "catalog", "--config", str(config)], chosen)
    files = ["--config", str(config), "--catalog", str(chosen)]
    _run([*command, "read", "--update-config", *files], target)
    return replace(keap_from_messages(target, progress, also=also), gone_orders=frozenset())


def _run(command: Sequence[str], output: Path) -> None:
    places = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    words = [shutil.which(command[0], path=places) or command[0], *command[1:]]
    try:
        with subprocess.Popen(words, stdout=subprocess.PIPE) as process, output.open("wb") as out:  # noqa: S603 (the user's command)
            out.writelines(line for line in process.stdout or () if not line.startswith(TOKENS))
    except FileNotFoundError as error:
        raise ReconciliationError(
            f"'{command[0]}' is not installed here: name the source's program in keap.command."
        ) from error
    if process.returncode != 0:
        said = f"'{' '.join(command[:2])}' ended with exit code {process.returncode}; see {output}."
        raise ReconciliationError(said)
