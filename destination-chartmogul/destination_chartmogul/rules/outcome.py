"""What came of a mapping under rules: dates that they set, and what is said about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from destination_chartmogul.mapping.bundle import Mapped
from destination_chartmogul.mapping.context import Context
from destination_chartmogul.mapping.outcome import Applied, Reject, UnwritableError
from destination_chartmogul.mapping.periods import local_midnight, parse_instant
from destination_chartmogul.rules.judgement import FAILED
from destination_chartmogul.rules.part import Part


def with_rules(mapped: Mapped, part: Part, ctx: Context) -> Mapped:
    """The mapping of a part, with the part's dates, notices and applied rules."""
    customer, rejects = mapped.desired.customer, mapped.rejects
    if mapped.desired.customer_known:
        dates, wrong = _dates(part.dates, mapped.desired.contact_id, ctx)
        customer = replace(
            customer,
            lead_created_at=dates.get("lead_created_at") or customer.lead_created_at,
            free_trial_started_at=dates.get("free_trial_started_at") or customer.free_trial_started_at,
        )
        rejects = (*rejects, *wrong)
    applied = dict.fromkeys(
        Applied(hit.rule.label, hit.rule.does, hit.stream, hit.key) for hit in (*part.hits, *part.judge.hits)
    )
    return replace(
        mapped,
        desired=replace(mapped.desired, customer=customer),
        rejects=rejects,
        notices=(*mapped.notices, *part.notices),
        applied=tuple(applied),
        home=part.is_home,
    )


def _dates(given: Mapping[str, Any], contact: str, ctx: Context) -> tuple[dict[str, datetime], list[Reject]]:
    """Instants by field; days that are none, or in the future, are rejects of the field."""
    found: dict[str, datetime] = {}
    rejects = []
    for name, value in given.items():
        if value in (None, ""):
            continue
        moment = _instant(value, ctx.zone)
        if moment is None or moment > ctx.now:
            text = f"{name} is set to what is no day in the past; it is left as it is"
            rejects.append(Reject("contacts", contact, FAILED, text, field=name))
        else:
            found[name] = moment
    return found, rejects


def _instant(value: Any, zone: str) -> datetime | None:
    if isinstance(value, date):
        return local_midnight(value, zone)
    try:
        return parse_instant(str(value), zone)
    except UnwritableError:
        return None
