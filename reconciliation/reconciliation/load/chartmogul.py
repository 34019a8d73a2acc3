"""ChartMogul's side, read through its API once, kept as documents, turned into tables.

What is kept holds no names and no e-mail addresses: ids, dates, types and amounts are enough for the audit.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from reconciliation.errors import ReconciliationError
from reconciliation.frames import ChartMogulFrames, ChartMogulSettings, InvoiceHandling, SourceFile, build
from reconciliation.load import chartmogul_rows, snapshots
from reconciliation.load.chartmogul_api import ApiReader, ChartMogulReader
from reconciliation.load.chartmogul_documents import Wait, read_documents
from reconciliation.progress import Progress, silent

__all__ = ["ChartMogulReader", "Wait", "chartmogul_from_api", "chartmogul_from_snapshot"]


def chartmogul_from_api(
    base_url: str,
    api_key: str,
    data_source_name: str,
    start: date,
    end: date,
    *,
    save_to: str | Path | None = None,
    wait: Wait | None = None,
    reader: ChartMogulReader | None = None,
    reuse: bool = False,
    progress: Progress = silent,
) -> ChartMogulFrames:
    """Reads ChartMogul now.

    `start` and `end` bound the monthly totals; activities are read from their beginning, since a balance
    needs all of them. Waits as `wait` says for ChartMogul to finish processing; what is still pending
    then stands in `settings.pending`. `save_to` is a folder for the snapshot; with `reuse` nothing is read
    when the snapshot there is of this data source, covers the days and was finished.
    """
    if reuse and save_to is not None:
        cached = _cached(save_to, data_source_name, start, end)
        if cached is not None:
            return cached
    connection = reader or ApiReader(base_url, api_key)
    documents = read_documents(connection, data_source_name, start, end, wait or Wait(), progress)
    about = {"start": start.isoformat(), "end": end.isoformat(), "read_at": connection.now().isoformat()}
    if save_to is None:
        return _frames(documents, about, ())
    snapshots.save(save_to, documents, about)
    return chartmogul_from_snapshot(save_to)


def _cached(folder: str | Path, name: str, start: date, end: date) -> ChartMogulFrames | None:
    """The snapshot, when it serves as well as reading again."""
    if not (Path(folder) / snapshots.MANIFEST).is_file():
        return None
    held = chartmogul_from_snapshot(folder)
    fits = held.settings.data_source_name == name and not held.settings.pending
    return held if fits and held.start <= start and held.end >= end else None


def chartmogul_from_snapshot(folder: str | Path) -> ChartMogulFrames:
    """The tables of a snapshot that `chartmogul_from_api` saved."""
    return _frames(*snapshots.load(folder))


def _frames(
    documents: Mapping[str, Any], about: Mapping[str, Any], files: tuple[SourceFile, ...]
) -> ChartMogulFrames:
    try:
        return _built(documents, about, files)
    except (LookupError, ValueError, TypeError, AttributeError) as error:
        why = f"{type(error).__name__}: {error}"
        raise ReconciliationError(f"What ChartMogul answered cannot be made into tables ({why}).") from error


def _built(
    documents: Mapping[str, Any], about: Mapping[str, Any], files: tuple[SourceFile, ...]
) -> ChartMogulFrames:
    own = documents["data_source"].get("uuid")
    return ChartMogulFrames(
        settings=_settings(documents["account"], documents["data_source"]),
        customers=build("customers", chartmogul_rows.customers(documents["customers"], own)),
        activities=build("activities", chartmogul_rows.activities(documents["activities"])),
        totals=build("totals", chartmogul_rows.totals(documents["mrr"])),
        customer_counts=build("customer_counts", documents["customer_count"]),
        start=date.fromisoformat(about["start"]),
        end=date.fromisoformat(about["end"]),
        read_at=datetime.fromisoformat(about["read_at"]) if about.get("read_at") else None,
        files=files,
        lines=build("lines", chartmogul_rows.lines(documents.get("invoices", ()))),
        events=build("events", chartmogul_rows.events(documents.get("subscription_events", ()))),
    )


def _settings(account: Mapping[str, Any], source: Mapping[str, Any]) -> ChartMogulSettings:
    auto_churn = source.get("auto_churn_subscription_setting") or {}
    processing = source.get("processing_status") or {}
    named = ("churn_recognition", "churn_when_zero_mrr", "refund_handling", "auto_churn_subscription")
    return ChartMogulSettings(
        currency=account["currency"],
        time_zone=account["time_zone"],
        data_source_name=source["name"],
        churn_recognition=account.get("churn_recognition"),
        auto_churn_days=auto_churn.get("interval") if auto_churn.get("enabled") else None,
        invoice_handling=_handling(source.get("invoice_handling_setting") or {}),
        pending=int(processing.get("pending") or 0),
        failed=int(processing.get("failed") or 0),
        other_sources=int(source.get("other_sources") or 0),
        source_uuid=source.get("uuid"),
        others=tuple((name, str(account[name])) for name in named if account.get(name) is not None),
    )


def _handling(setting: Mapping[str, Any]) -> InvoiceHandling | None:
    """The half for invoices collected automatically, which is what an invoice without a method is."""
    half = setting.get("automatic") or setting.get("manual")
    if not half:
        return None
    return InvoiceHandling(
        create_when=str(half.get("create_subscription_when_invoice_is", "open")),
        update_when=str(half.get("update_subscription_when_invoice_is", "open")),
        without_refunded=bool(half.get("prevent_subscription_for_invoice_refunded", False)),
    )
