"""The short table that `make demo` prints."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tests.demo.stages import Stage

LABEL_WIDTH = 30
COLUMN_WIDTH = 18

ROWS: tuple[tuple[str, Callable[[Stage], str]], ...] = (
    ("records read from Keap", lambda stage: f"{stage.records:,}"),
    ("calls to Keap", lambda stage: f"{stage.keap_calls:,}"),
    ("reads from ChartMogul", lambda stage: f"{stage.chartmogul_reads:,}"),
    ("writes to ChartMogul", lambda stage: f"{stage.chartmogul_writes:,}"),
    ("customers in ChartMogul", lambda stage: f"{stage.customers:,}"),
    ("invoices in ChartMogul", lambda stage: f"{stage.invoices:,}"),
    ("MRR by Keap's records", lambda stage: money(stage.reconciliation.last.keap)),
    ("MRR by ChartMogul", lambda stage: money(stage.reconciliation.last.chartmogul)),
    ("difference", lambda stage: money(stage.reconciliation.last.difference)),
    ("  by documented rules", lambda stage: money(stage.reconciliation.last.explained)),
    ("  not explained", lambda stage: money(not_explained(stage))),
    ("month ends compared", lambda stage: f"{len(stage.reconciliation.totals):,}"),
    ("customers that differ", lambda stage: f"{customers_that_differ(stage):,}"),
    ("records rejected", lambda stage: f"{stage.rejects.total():,}"),
    ("seconds", lambda stage: f"{stage.seconds:.1f}"),
)


def table(stages: Sequence[Stage]) -> str:
    """One column a stage, one row a figure, then each reason for a reject."""
    head = " " * LABEL_WIDTH + "".join(f"{stage.title:>{COLUMN_WIDTH}}" for stage in stages)
    rows = [
        f"{label:<{LABEL_WIDTH}}" + "".join(f"{figure(stage):>{COLUMN_WIDTH}}" for stage in stages)
        for label, figure in ROWS
    ]
    reasons = [
        f"rejected in '{stage.title}': {count} × {reason}"
        for stage in stages
        for reason, count in sorted(stage.rejects.items())
    ]
    return "\n".join([head, *rows, *reasons])


def not_explained(stage: Stage) -> int:
    """Cents of the last difference that no documented rule accounts for."""
    return stage.reconciliation.last.faults + stage.reconciliation.last.unexplained


def customers_that_differ(stage: Stage) -> int:
    """Customers whose MRR differs at any of the month ends."""
    return len({row.customer_id for row in stage.reconciliation.differences})


def money(cents: int) -> str:
    """Integer cents with two decimals, as the demo's account is in US dollars."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100:,}.{abs(cents) % 100:02}"
