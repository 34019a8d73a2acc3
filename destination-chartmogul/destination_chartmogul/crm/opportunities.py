"""Keap opportunities → opportunities of ChartMogul, in the pipelines that the configuration names.

Source: https://dev.chartmogul.com/reference/opportunities. They have neither a text nor an external id, so
the Keap id is a custom attribute of the opportunity (`keap_opportunity_id` unless configured otherwise).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

from destination_chartmogul.crm.choices import StageChoice
from destination_chartmogul.crm.kinds import Json, Kind, other, other_address, other_number
from destination_chartmogul.crm.wanted import Scope, View, Wanted
from destination_chartmogul.mapping.context import Bundle, Record
from destination_chartmogul.mapping.log import MappingLog
from destination_chartmogul.mapping.outcome import UnwritableError
from destination_chartmogul.mapping.periods import parse_date

MOST_UNITS = 10**15
ESTIMATE = "estimated_close_time"
KIND = Kind(
    "opportunity",
    "/opportunities",
    "opportunities",
    "uuid",
    {
        "owner": other_address("owner"),
        "pipeline": other("pipeline"),
        "pipeline_stage": other("pipeline_stage"),
        "estimated_close_date": other("estimated_close_date"),
        "amount_in_cents": other_number("amount_in_cents"),
        "currency": other("currency"),
        "type": other("type"),
        "forecast_category": other("forecast_category"),
        "win_likelihood": other_number("win_likelihood"),
    },
)


def identity(held: Json, scope: Scope, attribute: str) -> str | None:
    """The Keap opportunity that an object is of."""
    said = (held.get("custom") or {}).get(attribute)
    prefix = f"{scope.name}:"
    return said.removeprefix(prefix) if isinstance(said, str) and said.startswith(prefix) else None


def wanted(bundle: Bundle, view: View, log: MappingLog) -> Iterator[Wanted]:
    """The opportunities of a contact."""
    for key, deal in bundle.opportunities.items() if view.choices.stages else ():
        made = log.attempt("opportunities", key, partial(_opportunity, key, deal, view, log))
        if made:
            yield made


def _opportunity(key: str, deal: Record, view: View, log: MappingLog) -> Wanted:
    stage = _stage(deal, view)
    owner = view.people.needed((deal.get("user") or {}).get("id"))
    if owner is None:
        text = "user: nobody owns it, and there is no crm.default_user"
        raise UnwritableError("no_owner", text)
    day = _close_date(key, deal, view, log)
    body: Json = {
        "owner": owner,
        "pipeline": stage.pipeline,
        "pipeline_stage": stage.pipeline_stage,
        "estimated_close_date": day.isoformat(),
        "amount_in_cents": _amount(key, deal, view, log),
        "currency": view.context.currency,
        "type": view.choices.opportunity_type,
    }
    likelihood = stage.win_likelihood if stage.win_likelihood is not None else _probability(deal, view)
    more = {"forecast_category": _forecast(stage, view), "win_likelihood": likelihood}
    body |= {name: value for name, value in more.items() if value is not None}
    birth = {"custom": [{"key": view.choices.id_attribute, "value": f"{view.scope.name}:{key}"}]}
    return Wanted(KIND.name, "opportunities", key, body, birth)


def _close_date(key: str, deal: Record, view: View, log: MappingLog) -> date:
    """The first of the dates that the user names and the record has; few sales have Keap's own estimate."""
    for name in view.choices.close_dates:
        day = parse_date(deal.get(name), view.context.zone)
        if day is not None:
            if name != ESTIMATE:
                log.notice("opportunities", key, "close_date_not_estimated")
            return day
    named = ", ".join(view.choices.close_dates)
    raise UnwritableError("no_close_date", f"{named}: there is none, and ChartMogul needs one")


def _stage(deal: Record, view: View) -> StageChoice:
    said: Record = deal.get("stage") or {}
    record = _stage_record(said, view)
    names = [said.get("name"), said.get("id"), record.get("name")]
    keys = [str(name).strip().casefold() for name in names if name not in (None, "")]
    found = next((each for key in keys for each in view.choices.stages if each.keap_stage == key), None)
    if found is None:
        named = next((repr(name) for name in names if name), "none")
        raise UnwritableError("unknown_stage", f"stage: {named} is not in crm.opportunities.stages")
    return found


def _forecast(stage: StageChoice, view: View) -> str | None:
    """Where some stages name a category, the others are in ChartMogul's usual one: a sale may be reopened."""
    named = any(each.forecast_category for each in view.choices.stages)
    return stage.forecast_category or ("pipeline" if named else None)


def _stage_record(said: Record, view: View) -> Record:
    return view.context.reference.opportunity_stages.get(str(said.get("id"))) or {}


def _probability(deal: Record, view: View) -> int | None:
    """Keap's chance of the stage, in percent."""
    said: Record = deal.get("stage") or {}
    found: Any = (said.get("details") or {}).get("probability")
    if found is None:
        found = _stage_record(said, view).get("probability")
    return found if isinstance(found, int) and 0 <= found <= 100 else None


def _amount(key: str, deal: Record, view: View, log: MappingLog) -> int:
    """The projected revenue in ChartMogul's units; 0 where Keap projects none."""
    both = ("projected_revenue_low", "projected_revenue_high")
    first = f"projected_revenue_{view.choices.revenue}"
    said = next((deal[n] for n in sorted(both, key=lambda n: n != first) if deal.get(n) is not None), None)
    if said is None:
        log.notice("opportunities", key, "opportunity_without_amount")
        return 0
    try:
        units = Decimal(str(said)).scaleb(view.context.digits(view.context.currency))
    except InvalidOperation:
        raise UnwritableError("bad_money", f"{first}: it is no amount") from None
    if not units.is_finite() or not 0 <= units < MOST_UNITS:
        raise UnwritableError("bad_money", f"{first}: it is no amount of a sale")
    return int(units.to_integral_value())
