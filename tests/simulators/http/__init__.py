"""What both API simulators share: an HTTP front over plain functions, and the control routes.

A simulator is a `Service` (a frozen description) turned into an aiohttp application by `build_app`:

    SWITCHES = (Switch("rate_limits", ("on", "off"), "on", "Requests over the limit get 429.", "2.3"),)

    def create_app(scenario: str, clock: Clock) -> web.Application:
        switches = Switches(SWITCHES)
        world = World(scenario, clock, switches)
        return build_app(Service(
            name="keap", clock=clock, switches=switches,
            credentials={"api_key": KEY},                 # printed by `python -m tests.simulators`
            routes=(Route("GET", "/crm/rest/v2/contacts/{contact_id}", world.get_contact), ...),
            gateway=(world.authenticate, world.limit),    # Call -> Answer to refuse, None to go on; before
            routing finish=world.add_rate_headers,                # (Call, Answer) -> Answer; every API answer
            passes here fallback=world.fallback,                      # (Call, Unrouted) -> Answer for no
            route, wrong method, bad JSON reset=world.reset, dump=world.dump, control=(Route("POST",
            "/_control/events", world.events),),
        ))

Handlers are ordinary functions `Call -> Answer`; they know nothing of aiohttp. `Call.params` holds the
decoded path parameters, `Call.query` the query (last value wins, `Call.query_all(name)` gives every value),
`Call.body` the decoded JSON (None when there is none), `Call.form` a decoded form body, `Call.raw` the bytes.
A handler, or anything below it, may raise `Refusal(Answer(...))` to answer at once. `Answer.body` is JSON
data, a `str` (sent as text, give a content type in `headers`), or None for an empty body.

Routes are tried with fixed segments before parameters, so `/contacts/model` wins over
`/contacts/{contact_id}`. A gateway function sees the matched template in `Call.template` ("" when nothing
matched).

Every answer of the API carries `Date` = the simulator's own clock. Control routes, the same on each server:

| route | body | answer |
| --- | --- | --- |
| POST /_control/reset | optional {"keep_switches": true} | {}; all as at the start, switches too |
| GET /_control/routes | | {"api": ["GET /v1/customers", ...], "control": [...]} |
| GET /_control/calls | | {"GET /v1/customers": {"200": 3}, ...}, status 0: no answer |
| GET /_control/switches | | {name: {value, values, default, says, section}} |
| POST /_control/switches | {name: value, ...} or {"name": .., "value": ..} | as GET |
| POST /_control/faults | a rule or a list of rules (see `Fault`); [] clears | the rules in force |
| GET /_control/clock | | {"now": "..."} |
| POST /_control/clock | {"now": "2026-01-01T00:00:00Z"} or {"advance_seconds": 7200} | {"now": "..."} |
|   | with `now` also "frozen": true, then it stands still until it is set again | |
| GET /_control/dump | | whatever `dump` gives |

Control routes need no key, are not counted, never limited, and not touched by faults. Bad bodies get 422.
"""

from .app import CREDENTIALS, Service, Unrouted, build_app
from .calls import CallLog
from .clock import Clock
from .faults import Fault, Faults
from .message import Answer, Call, Json, Refusal, Route
from .switches import Switch, Switches, SwitchValue

__all__ = [
    "CREDENTIALS",
    "Answer",
    "Call",
    "CallLog",
    "Clock",
    "Fault",
    "Faults",
    "Json",
    "Refusal",
    "Route",
    "Service",
    "Switch",
    "SwitchValue",
    "Switches",
    "Unrouted",
    "build_app",
]
