"""A text file for Prometheus' node exporter (textfile collector), replaced after each run."""

from __future__ import annotations

from pathlib import Path

from keap_chartmogul_sync import record, rejects
from keap_chartmogul_sync.folder import Folder, writing

PREFIX = "keap_chartmogul_sync_"


def write(path: Path, folder: Folder, last: record.Record) -> None:
    """Raises SyncError."""
    from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

    registry = CollectorRegistry()
    for name, (text, value) in plain(folder, last).items():
        Gauge(PREFIX + name, text, registry=registry).set(value)
    records = Gauge(PREFIX + "records_read", "Records of the last run.", ["stream"], registry=registry)
    for stream, count in last.records.items():
        records.labels(stream).set(count)
    rejected = Gauge(PREFIX + "rejected", "Rejects of the last run.", ["stream", "rule"], registry=registry)
    for both, count in last.rejected.items():
        rejected.labels(*both.split(": ", 1)).set(count)
    with writing(path):
        write_to_textfile(str(path), registry)


def plain(folder: Folder, last: record.Record) -> dict[str, tuple[str, float]]:
    """Figures without labels: what they are, and their value."""
    success = record.last_success(folder)
    waiting, fields = rejects.count(rejects.waiting(folder))
    figures: dict[str, tuple[str, float]] = {
        "last_run_timestamp_seconds": ("When the last run ended.", last.finish.timestamp()),
        "last_run_duration_seconds": ("How long it took.", (last.finish - last.start).total_seconds()),
        "last_run_exit_code": ("Its exit code; 0 is success.", last.exit.code),
        "last_success_timestamp_seconds": (
            "When the last successful run began: what ChartMogul shows is as of then. 0: never.",
            success.start.timestamp() if success else 0,
        ),
        "rejects_waiting": ("Rejected records kept.", waiting),
        "fields_left_out": ("Fields that were left out of records that were written.", fields),
    }
    if last.quota:
        figures["keap_calls_left"] = ("Calls that Keap still allows in this day.", last.quota.left)
    return figures
