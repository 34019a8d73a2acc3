"""The Keap simulator as a web application."""

from __future__ import annotations

from datetime import datetime

from aiohttp import web

from tests.simulators.http import Answer, Call, Clock, Json, Refusal, Route, Service, build_app
from tests.simulators.keap.account import Account
from tests.simulators.keap.api import Api
from tests.simulators.keap.events import EventError, World
from tests.simulators.keap.gateway import Gateway
from tests.simulators.keap.happenings import EVENTS, happen
from tests.simulators.keap.oauth import (
    API_KEY,
    AUTHORIZE_PATH,
    CLIENT_ID,
    CLIENT_SECRET,
    FIRST_REFRESH_TOKEN,
    TOKEN_PATH,
    Tokens,
)
from tests.simulators.keap.routes import DUMPED, V1, api_routes
from tests.simulators.keap.selection import Selector
from tests.simulators.keap.switches import new_switches
from tests.simulators.keap.v1.api import ApiV1, unrouted
from tests.simulators.keap.v1.hook_routes import HookApi
from tests.simulators.keap.v1.hooks import Hooks
from tests.simulators.keap.v1.outbound import Messenger
from tests.simulators.keap.v1.routes import routes_v1
from tests.simulators.keap.views import profile_view
from tests.simulators.keap.wording import wording
from tests.simulators.scenarios import cases, load

CREDENTIALS = {
    "api_key": API_KEY,
    "client_id": CLIENT_ID,
    "client_secret": CLIENT_SECRET,
    "refresh_token": FIRST_REFRESH_TOKEN,
}


def create_app(scenario: str, clock: Clock) -> web.Application:
    """The server of one scenario; ScenarioError for an unknown name."""
    return build_app(Keap(scenario, clock).service())


class Keap:
    """One simulated account behind its gateway, at the time of the clock."""

    def __init__(self, scenario: str, clock: Clock) -> None:
        self.scenario, self.clock, self.switches = scenario, clock, new_switches()
        self.api = Api(lambda: self.account, self.switches)
        self.api_v1 = ApiV1(self.api)
        self.hook_api = HookApi(lambda: self.hooks)
        self.messenger = Messenger()
        self.reset()
        clock.on_change(self.catch_up)

    def reset(self) -> None:
        """The scenario's start: data, tokens, and rate counters."""
        self.engine = load(self.scenario)
        self.api.selector, self.api_v1.selector = Selector(), Selector()
        self.hooks = Hooks(self.account, self.moment, self.messenger)
        tenant = self.account.profile.tenant
        tokens = Tokens(
            self.clock.now,
            lambda: self.switches.number("token_seconds"),
            lambda: self.switches.number("refresh_token_days"),
            tenant,
        )
        self.gateway = Gateway(tokens, self.switches, self.clock.now, tenant)

    @property
    def account(self) -> Account:
        return self.engine.account

    def moment(self) -> datetime:
        """The present to the second, which is as fine as Keap shows times."""
        return self.clock.now().replace(microsecond=0)

    def catch_up(self) -> None:
        """Bill whatever fell due since the last look at the clock, and tell the hooks."""
        self.engine.run_until(self.moment())
        self.hooks.run()

    def enter(self, call: Call) -> Answer | None:
        """The gateway: credential, then limits; and the account is brought up to date."""
        self.catch_up()
        gateway = self.gateway
        return gateway.refuse_body(call) or gateway.authenticate(call) or gateway.limit(call)

    def leave(self, call: Call, answer: Answer) -> Answer:
        """The headers that every answer carries."""
        return self.gateway.add_headers(call, answer)

    def event_types(self, _: Call) -> Answer:
        """`GET /_control/events`: every type of event with its fields (`?`: may be left out)."""
        return Answer(
            200, {kind: {"says": each.says, "fields": list(each.fields)} for kind, each in EVENTS.items()}
        )

    def cases(self, _: Call) -> Answer:
        """`GET /_control/cases`: where each case of the scenario is, and what it shows."""
        table = cases(self.scenario)
        return Answer(
            200,
            {name: {"contact_id": str(each.contact_id), "says": each.says} for name, each in table.items()},
        )

    def events(self, call: Call) -> Answer:
        """`POST /_control/events`: one event or a list; answers with the ids that each touched."""
        given = call.body if isinstance(call.body, list) else [call.body]
        touched = [self.event(each) for each in given]
        self.hooks.run()
        return Answer(200, touched if isinstance(call.body, list) else touched[0])

    def event(self, given: Json) -> Json:
        """Let one event happen now."""
        if not isinstance(given, dict) or not isinstance(given.get("type"), str):
            raise Refusal(Answer(422, {"error": 'an event is {"type": ..., fields}'}))
        fields = {name: value for name, value in given.items() if name != "type"}
        world = World(self.engine, self.switches)
        try:
            touched = happen(world, given["type"], fields, self.moment())
        except EventError as refused:
            raise Refusal(Answer(422, {"error": str(refused)})) from refused
        return {kind: [str(row_id) for row_id in ids] for kind, ids in touched.items()}

    def dump(self) -> Json:
        """Everything held, in the wording of the switches, by id."""
        self.catch_up()
        account, say = self.account, wording(self.account, self.switches)

        tables = {
            name: [resource.view(account, row, say) for row in resource.table(account)]
            for name, resource in DUMPED.items()
        }
        return {"account": profile_view(account), **tables}

    def service(self) -> Service:
        """The routes and hooks of the server."""
        return Service(
            name="keap",
            clock=self.clock,
            switches=self.switches,
            credentials=CREDENTIALS,
            routes=self.routes(),
            gateway=(self.enter,),
            finish=self.leave,
            fallback=unrouted,
            reset=self.reset,
            dump=self.dump,
            control=(
                Route("POST", "/_control/events", self.events),
                Route("GET", "/_control/events", self.event_types),
                Route("GET", "/_control/cases", self.cases),
                Route("GET", "/_control/hooks", lambda _: Answer(200, list(self.hooks.sent))),
            ),
        )

    def routes(self) -> tuple[Route, ...]:
        """Every address of the API."""
        oauth = (
            Route("GET", AUTHORIZE_PATH, lambda call: self.gateway.tokens.authorize(call)),
            Route("POST", TOKEN_PATH, lambda call: self.gateway.tokens.token(call)),
        )
        return (*oauth, *api_routes(self.api), *routes_v1(self.api_v1, V1), *self.hook_api.routes(V1))
