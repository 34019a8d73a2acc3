"""The `plan` command: what `write` would send, with its effect on MRR. Writes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, TextIO

from destination_chartmogul.actual import Actual, plan_of
from destination_chartmogul.catalog import streams_of
from destination_chartmogul.configuration import checked
from destination_chartmogul.intake import Intake
from destination_chartmogul.mapping.objects import CANCELLED, Desired, Interval
from destination_chartmogul.mapping.outcome import Reject
from destination_chartmogul.mapping.plans import interval_from_id
from destination_chartmogul.messages import Printer, SourceVoice
from destination_chartmogul.mrr import Cancellation, RecurringLine, mrr_at
from destination_chartmogul.outcomes import Outcomes
from destination_chartmogul.plan import Change, changes_of
from destination_chartmogul.policy import policy_of
from destination_chartmogul.progress import Progress
from destination_chartmogul.registry import find_source
from destination_chartmogul.spool import Spool
from destination_chartmogul.stage import Stage
from destination_chartmogul.wire import instant
from destination_chartmogul.write import make_client

Json = dict[str, Any]


def preview(
    config: Mapping[str, Any],
    catalog: Mapping[str, Any],
    lines: Iterable[bytes],
    printer: Printer,
    out: TextIO,
) -> None:
    """Print every change as one line of text, then the totals. Raises DestinationError."""
    config = checked(config)
    streams, client, spool = streams_of(catalog), make_client(config), Spool(config.get("spool_directory"))
    outcomes, progress = Outcomes(spool), Progress()
    try:
        intake = Intake(streams, spool, outcomes, SourceVoice(), progress)
        intake.read(lines)
        policy = policy_of(config)
        source = find_source(client, policy.data_source_name)
        uuid = str(source["uuid"]) if source else ""
        stage = Stage(client, policy, spool, uuid, source is None, printer.log)
        _print_all(stage, out)
        if intake.broken:
            raise intake.broken
    finally:
        progress.close()
        spool.close()


def _print_all(stage: Stage, out: TextIO) -> None:
    counts: Counter[str] = Counter()
    before = after = 0
    for contact in stage.contacts:
        changes, rejects, was, becomes = _one(stage, contact)
        for change in changes:
            counts[f"{change.action} {change.kind}"] += 1
            out.write(
                f"{change.action} {change.kind} {change.external_id} (customer {contact}){_fields(change)}\n"
            )
        for reject in rejects:
            counts["reject"] += 1
            out.write(f"reject {reject.stream} {reject.key}: {reject.rule}: {reject.message}\n")
        if was != becomes:
            out.write(
                f"MRR of customer {contact}: {was} -> {becomes} (minor units, {stage.context.currency})\n"
            )
        before, after = before + was, after + becomes
    for external_id, name in stage.plans.renames(stage.product_names).items():
        out.write(f"change plan {external_id} name={name!r}\n")
    total = ", ".join(f"{count} {what}" for what, count in sorted(counts.items())) or "nothing to do"
    out.write(
        f"{total}\nMRR of these customers: {before} -> {after} (minor units, {stage.context.currency})\n"
    )


def _one(stage: Stage, contact: str) -> tuple[tuple[Change, ...], list[Reject], int, int]:
    actual = stage.readback.read(contact)
    mapped = stage.map(contact, actual)
    if actual.customer is None and stage.left_out(mapped):
        return (), list(mapped.rejects), 0, 0
    plan = changes_of(mapped.desired, actual, stage.plans.external_ids)
    was = _mrr(actual, None, stage)
    return plan.changes, [*mapped.rejects, *plan.rejects], was, _mrr(actual, mapped.desired, stage)


def _fields(change: Change) -> str:
    """Names of the fields of a change; values of customers are personal data."""
    return f" {', '.join(change.body)}" if change.action == "change" else ""


def _mrr(actual: Actual, desired: Desired | None, stage: Stage) -> int:
    """MRR now of what ChartMogul holds, overlaid with what it should hold."""
    lines, ends = _held(actual, desired, stage.plans.external_ids)
    if desired:
        lines += [
            RecurringLine(
                line.subscription_external_id,
                line.amount,
                line.plan.interval,
                line.service_period_start,
                line.service_period_end,
                tax=line.tax,
                prorated=line.proration_type is not None,
                proration_type=line.proration_type,
            )
            for invoice in desired.invoices
            for line in invoice.line_items
            if line.subscription_external_id and line.plan and line.service_period_start
        ]
        ends += [
            Cancellation(e.subscription_external_id, e.effective_date)
            for e in desired.events
            if e.event_type == CANCELLED
        ]
    return mrr_at(lines, ends, stage.context.now)


def _held(
    actual: Actual, desired: Desired | None, plans: Mapping[str, str]
) -> tuple[list[RecurringLine], list[Cancellation]]:
    """What ChartMogul holds and `desired` does not replace."""
    replaced = {i.external_id for i in desired.invoices} if desired else set()
    covered = desired.subscriptions if desired else frozenset()
    lines = [
        line
        for key, invoice in actual.invoices.items()
        if key not in replaced
        for item in invoice.get("line_items") or []
        if (line := _line(item, plans))
    ]
    ends = [
        Cancellation(str(e["subscription_external_id"]), moment)
        for e in actual.events.values()
        if e.get("event_type") == CANCELLED and str(e["subscription_external_id"]) not in covered
        if (moment := instant(e.get("effective_date")))
    ]
    return lines, ends


def _line(item: Json, plans: Mapping[str, str]) -> RecurringLine | None:
    start = instant(item.get("service_period_start"))
    interval: Interval | None = interval_from_id(plan_of(item, plans))
    if item.get("type") != "subscription" or start is None or interval is None:
        return None
    tax = int(item.get("tax_amount_in_cents") or 0)
    return RecurringLine(
        str(item.get("subscription_external_id")),
        int(item["amount_in_cents"]),
        interval,
        start,
        instant(item.get("service_period_end")),
        tax=tax,
        prorated=bool(item.get("prorated")),
        proration_type=item.get("proration_type"),
    )
