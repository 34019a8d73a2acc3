"""The ChartMogul simulator as an application."""

import base64
import binascii
from dataclasses import replace
from itertools import count

from aiohttp import web

from tests.simulators.chartmogul import access, account, answers, collector, data_sources
from tests.simulators.chartmogul.billing import (
    events,
    invoices,
    line_items,
    plan_groups,
    plans,
    subscriptions,
    transactions,
)
from tests.simulators.chartmogul.crm import contacts, customer_notes, opportunities, tasks
from tests.simulators.chartmogul.customers import custom_attributes, customers, merges
from tests.simulators.chartmogul.dump import dump
from tests.simulators.chartmogul.ids import bare
from tests.simulators.chartmogul.imports import jobs, json_imports, uploads
from tests.simulators.chartmogul.limits import Limits
from tests.simulators.chartmogul.reports import activities_export, analytics_reads, metric_reads
from tests.simulators.chartmogul.reports.lead_charts import lead_charts
from tests.simulators.chartmogul.switches import SWITCHES
from tests.simulators.chartmogul.world import World
from tests.simulators.http import Answer, Call, Clock, Json, Route, Service, Switches, Unrouted, build_app

API_KEY = "simulated-chartmogul-api-key"
PARTS = (
    account,
    data_sources,
    merges,
    custom_attributes,
    customers,
    contacts,
    customer_notes,
    opportunities,
    tasks,
    plans,
    plan_groups,
    invoices,
    line_items,
    transactions,
    subscriptions,
    events,
    json_imports,
    uploads,
    analytics_reads,
    activities_export,
    metric_reads,
)


def create_app(clock: Clock) -> web.Application:
    """An empty account behind API v1; the key is in the application's credentials."""
    switches = Switches(SWITCHES)
    world = World(clock, switches)
    limits, headers = Limits(clock, switches), Headers()

    def reset() -> None:
        world.reset()
        limits.forget()
        headers.forget()

    return build_app(Service(
        name="chartmogul",
        clock=clock,
        switches=switches,
        routes=[route for part in PARTS for route in part.routes(world)],
        credentials={"api_key": API_KEY},
        gateway=(
            _authenticated,
            limits.check,
            lambda call: access.refused(switches, call),
            lambda call: _settle(world, call),
        ),
        finish=headers.put,
        fallback=_fallback,
        reset=reset,
        dump=lambda: _dump(world),
        control=[Route("POST", "/_control/settings", lambda call: _settings(world, call)),
                 Route("GET", "/_control/settings", lambda _: Answer(200, world.settings.as_json())),
                 Route("GET", "/_control/lead_charts", lambda call: lead_charts(world, call))],
    ))  # fmt: skip


def _settle(world: World, call: Call) -> None:
    """Background jobs that are due by now."""
    jobs.settle(world)
    if call.method != "GET":
        world.analytics.settle()


def _dump(world: World) -> Json:
    jobs.settle(world)
    with collector.resting():
        return dump(world)


def _settings(world: World, call: Call) -> Answer:
    try:
        return Answer(200, world.put_settings(call.body).as_json())
    except ValueError as error:
        return Answer(422, {"error": str(error)})


class Headers:
    """The headers that stood in every recording; ids of requests are the same after each reset."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Start counting anew."""
        self._numbers = count(1)

    def put(self, _: Call, answer: Answer) -> Answer:
        """The answer with them."""
        own = {
            "X-Request-Id": bare("request", next(self._numbers)),
            "Access-Control-Allow-Credentials": "true",
        }
        return replace(answer, headers={**own, **answer.headers})


def _authenticated(call: Call) -> Answer | None:
    """HTTP Basic: the key as user name, the password empty or the key again."""
    scheme, _, given = call.headers.get("Authorization", "").partition(" ")
    try:
        user, _, password = base64.b64decode(given.strip(), validate=True).decode().partition(":")
    except (ValueError, binascii.Error):
        user = password = ""
    if scheme.lower() == "basic" and user == API_KEY and password in ("", API_KEY):
        return None
    return answers.grape(401, "No valid API key provided", None).answer


def _fallback(call: Call, reason: Unrouted) -> Answer:
    if reason is Unrouted.BAD_JSON:
        return answers.grape(400, "The request body is not valid JSON", None).answer
    if reason is Unrouted.WRONG_METHOD or "//" in call.path:
        return answers.grape(405, "Method not allowed", None).answer
    if not call.path.startswith("/v1/"):
        return Answer(404, "404 Not Found", {"Content-Type": "text/plain", "X-Cascade": "pass"})
    return Answer(404, answers.UNKNOWN_ROUTE)
