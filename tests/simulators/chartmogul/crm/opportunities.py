"""/opportunities.

Source: https://dev.chartmogul.com/reference/opportunities and recordings of March 2024.
"""

import re
from collections.abc import Mapping

from tests.simulators.chartmogul import fields, moments
from tests.simulators.chartmogul.crm import crm
from tests.simulators.chartmogul.crm.crm_records import Opportunity
from tests.simulators.chartmogul.ids import bare
from tests.simulators.chartmogul.world import World, body_of
from tests.simulators.http import Answer, Call, Json, Route

ALL, ONE = "/v1/opportunities", "/v1/opportunities/{uuid}"
REQUIRED = (
    "customer_uuid", "owner", "pipeline", "pipeline_stage", "estimated_close_date", "currency",
    "amount_in_cents",
)  # fmt: skip
SAID = (*REQUIRED[1:], "type", "forecast_category", "win_likelihood")
CATEGORIES = ("pipeline", "best_case", "committed", "lost", "won", "omitted")
USUAL_LIKELIHOOD = 50


def _day(value: Json) -> str | None:
    is_day = isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value) and moments.parsed(value)
    return None if is_day else "is invalid"


def _percent(value: Json) -> str | None:
    is_percent = fields.integer(value) is None and 0 <= value <= 100
    return None if is_percent else "must be between 0 and 100"


CHECKS: Mapping[str, fields.Check] = {
    "owner": fields.email,
    "pipeline": fields.text,
    "pipeline_stage": fields.text,
    "estimated_close_date": _day,
    "amount_in_cents": fields.integer,
    "currency": fields.currency,
    "type": fields.one_of(("recurring", "one-time", "arr")),
    "forecast_category": fields.one_of(CATEGORIES),
    "win_likelihood": _percent,
    "custom": crm.custom,
}


def routes(world: World) -> list[Route]:
    """The routes of this module."""
    return [
        Route("POST", ALL, lambda call: _create(world, call)),
        Route("GET", ALL, lambda call: _list(world, call)),
        Route("GET", ONE, lambda call: Answer(200, shape(_opportunity(world, call)))),
        Route("PATCH", ONE, lambda call: _patch(world, call)),
        Route("DELETE", ONE, lambda call: _delete(world, call)),
    ]


def shape(opportunity: Opportunity) -> dict[str, Json]:
    """An opportunity as the API prints it."""
    return {
        "uuid": opportunity.uuid,
        "customer_uuid": opportunity.customer.uuid,
        **{name: getattr(opportunity, name) for name in SAID},
        "custom": dict(opportunity.custom),
        "created_at": moments.import_side(opportunity.created_at),
        "updated_at": moments.import_side(opportunity.updated_at),
    }


def _create(world: World, call: Call) -> Answer:
    given = body_of(call)
    crm.require(given, *REQUIRED)
    customer = crm.customer_of(world, given)
    crm.check(given, CHECKS)
    sequence, now = world.store.ids.sequence(), world.now()
    opportunity = Opportunity(
        bare("opportunity", sequence), sequence, now, now, customer,
        **{name: given[name] for name in REQUIRED[1:]},
    )  # fmt: skip
    opportunity.type, opportunity.forecast_category = "recurring", "pipeline"
    opportunity.win_likelihood = USUAL_LIKELIHOOD
    _put(world, opportunity, given)
    world.store.opportunities.add(opportunity)
    return Answer(201, shape(opportunity))


def _put(world: World, opportunity: Opportunity, given: Mapping[str, Json]) -> None:
    for name in SAID:
        if given.get(name) is not None:
            setattr(opportunity, name, given[name])
    if world.switches["opportunity_custom"] == "keep":
        opportunity.custom = crm.with_custom(opportunity.custom, given.get("custom"))


def _opportunity(world: World, call: Call) -> Opportunity:
    return crm.found(world.store.opportunities, call.params["uuid"], "Opportunity", "opportunity_uuid")


def _list(world: World, call: Call) -> Answer:
    query = call.query
    wanted = {name: query[name] for name in ("owner", "pipeline", "pipeline_stage") if name in query}
    first = query.get("estimated_close_date_on_or_after", "")
    last = query.get("estimated_close_date_on_or_before", "9999")

    def fits(each: Opportunity) -> bool:
        is_wanted = all(getattr(each, name) == value for name, value in wanted.items())
        return is_wanted and first <= each.estimated_close_date <= last

    return crm.entries(call, crm.of_customer(world, call, world.store.opportunities), shape, fits)


def _patch(world: World, call: Call) -> Answer:
    opportunity, given = _opportunity(world, call), body_of(call)
    crm.check(given, CHECKS)
    _put(world, opportunity, given)
    opportunity.updated_at = world.now()
    return Answer(200, shape(opportunity))


def _delete(world: World, call: Call) -> Answer:
    world.store.opportunities.remove(_opportunity(world, call))
    return crm.deleted(world, "Opportunity")
