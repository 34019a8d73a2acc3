"""The audit on a terminal: totals by month, causes, and the customers that differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from reconciliation.money import money, signed
from reconciliation.report import Reconciliation

MOST_CUSTOMERS = 20


def text(result: Reconciliation) -> str:
    """Plain text, at most 100 columns as long as ids are short."""
    parts = [_heading(result), _months(result), _causes(result), _customers(result), _closing(result)]
    return "\n\n".join(part for part in parts if part) + "\n"


def table(header: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> str:
    """Aligned columns: the first `left` to the left, the others to the right."""
    widths = [max(len(row[place]) for row in [header, *rows]) for place in range(len(header))]
    lines = [header, ["-" * width for width in widths], *rows]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if place < left else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _heading(result: Reconciliation) -> str:
    about = result.tie_out
    return (
        f"MRR of Keap and ChartMogul (source {about.data_source}), {about.as_of}, in {about.currency}\n"
        f"Days end in {about.keap_zone} (Keap) and {about.chartmogul_zone} (ChartMogul)."
    )


def _months(result: Reconciliation) -> str:
    digits = result.tie_out.digits
    header = ("day", "Keap", "ChartMogul", "difference", "by rule", "by fault", "unexplained", "customers")
    rows = [
        (
            month.day.isoformat(),
            money(month.keap, digits),
            money(month.chartmogul, digits),
            signed(month.difference, digits),
            signed(month.explained, digits),
            signed(month.faults, digits),
            signed(month.unexplained, digits),
            f"{month.keap_customers} / {month.chartmogul_customers}",
        )
        for month in result.totals
    ]
    return table(header, rows)


def _causes(result: Reconciliation) -> str:
    if not result.causes:
        return ""
    digits = result.tie_out.digits
    rows = [
        (cause.id, cause.title, cause.kind, signed(cause.cents, digits), str(cause.all_months))
        for cause in result.causes
    ]
    return table(("cause", "title", "kind", "amount", "all months"), rows, left=3)


def _customers(result: Reconciliation) -> str:
    latest = [row for row in result.differences if row.day == result.last.day]
    digits = result.tie_out.digits
    rows = [
        (
            row.customer_id,
            row.match,
            row.cause or "unexplained",
            row.since.isoformat(),
            money(row.keap, digits),
            money(row.chartmogul, digits),
            signed(row.difference, digits),
        )
        for row in latest[:MOST_CUSTOMERS]
    ]
    if not rows:
        return ""
    more = len(latest) - len(rows)
    header = ("customer", "match", "cause", "since", "Keap", "ChartMogul", "difference")
    return table(header, rows, left=4) + (f"\nand {more} more customers" if more else "")


def _closing(result: Reconciliation) -> str:
    checks = [f"{'ok' if check.passed else 'FAILED'}: {check.sentence}" for check in result.checks]
    leads = [result.leads.sentence] if result.leads else []
    said = [*checks, *result.notes, *_movements(result), *leads, *_since(result)]
    return "\n".join([*said, "", result.sentence])


def _movements(result: Reconciliation) -> list[str]:
    """Which movements have another name, where any have."""
    found = Counter(row.cause or "unexplained" for row in result.renamed)
    told = ", ".join(f"{count} by {cause}" for cause, count in sorted(found.items()))
    says = f"Movements under another name although balances agree, by customer and month: {told}."
    return [says] if told else []


def _since(result: Reconciliation) -> list[str]:
    """What an earlier audit said otherwise."""
    past = result.previous
    if past is None:
        return []
    counts = (
        f"{len(past.new)} differences are new, {len(past.still_open)} still open, {len(past.closed)} closed"
    )
    changed = [f"Changed: {'; '.join(past.settings)}."] if past.settings else []
    digits = result.tie_out.digits
    restated = [
        f"{row.day} customer {row.customer_id} in {row.system}: {money(row.before, digits)} is "
        f"{money(row.now, digits)} now ({'; '.join(row.by)})"
        for row in past.restated[:MOST_CUSTOMERS]
    ]
    more = len(past.restated) - len(restated)
    return [
        f"Since the audit of {past.previous}: {counts}, {len(past.restated)} amounts restated.",
        *changed,
        *restated,
        *([f"and {more} more restated amounts"] if more else []),
    ]
