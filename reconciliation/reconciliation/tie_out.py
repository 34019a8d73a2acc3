"""What the totals rest on: settings, zones, versions, files."""

from __future__ import annotations

import platform
from datetime import date, datetime
from importlib.metadata import version

import pandas as pd

from reconciliation.compare import Tolerance
from reconciliation.explain import Case
from reconciliation.report import TieOut

PACKAGES = (
    "keap-chartmogul-reconciliation",
    "airbyte-destination-chartmogul",
    "airbyte-source-keap",
    "pandas",
)


def tie_out(case: Case, as_of: date, months: int, allowed: Tolerance) -> TieOut:
    """The header of the report."""
    settings = case.chartmogul.settings
    handling = settings.invoice_handling
    read = [
        *settings.others,
        ("auto-churn", f"{settings.auto_churn_days} days" if settings.auto_churn_days else "off or unknown"),
        ("invoices make MRR when", handling.create_when if handling else "unknown"),
        ("churn date by", ", then ".join(case.policy.churn_evidence)),
        ("pause after", f"{case.policy.pause_days} days without a period"),
        ("newest order in Keap", _time(case.keap.orders["ordered_at"].max())),
        ("Keap was read", _time(case.keap.read_until)),
        ("ChartMogul was read", _time(case.chartmogul.read_at)),
        ("pending in ChartMogul", str(settings.pending)),
        ("failed in ChartMogul", str(settings.failed)),
    ]
    return TieOut(
        as_of=as_of,
        months=months,
        currency=case.keap.currency,
        digits=case.digits,
        keap_zone=str(case.zone),
        chartmogul_zone=settings.time_zone,
        data_source=settings.data_source_name,
        settings=tuple(read),
        versions=(*((name, version(name)) for name in PACKAGES), ("Python", platform.python_version())),
        tolerance=allowed.customer_cents,
        materiality=allowed.materiality_cents,
        files=(*case.keap.files, *case.chartmogul.files),
    )


def _time(moment: datetime | None) -> str:
    """To the minute, with the zone's offset."""
    return "not known" if moment is None or pd.isna(moment) else moment.strftime("%Y-%m-%d %H:%M %z")
