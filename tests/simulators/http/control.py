"""The control routes that every simulator has."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .message import Answer, Call, Json, Refusal, Route

if TYPE_CHECKING:
    from .app import Front

PREFIX = "/_control/"
END = datetime(2050, 1, 1, tzinfo=UTC)
TOO_FAR = "the clock ends with 2049: whatever falls due until then happens at once"


def control_routes(front: "Front") -> list[Route]:
    """The routes common to both servers, then the server's own."""
    return [
        Route("POST", "/_control/reset", lambda call: _reset(front, call)),
        Route("GET", "/_control/routes", lambda _: Answer(200, _routes(front))),
        Route("GET", "/_control/calls", lambda _: Answer(200, front.calls.as_json())),
        Route("GET", "/_control/switches", lambda _: Answer(200, front.service.switches.describe())),
        Route("POST", "/_control/switches", lambda call: _switches(front, call)),
        Route("GET", "/_control/faults", lambda _: Answer(200, front.faults.as_json())),
        Route("POST", "/_control/faults", lambda call: _faults(front, call)),
        Route("GET", "/_control/clock", lambda _: _time(front)),
        Route("POST", "/_control/clock", lambda call: _clock(front, call)),
        Route("GET", "/_control/dump", lambda _: Answer(200, front.service.dump())),
        *front.service.control,
    ]


def _routes(front: "Front") -> Json:
    tables = {"api": front.service.routes, "control": control_routes(front)}
    return {name: sorted(f"{route.method} {route.path}" for route in table) for name, table in tables.items()}


def refuse(message: str) -> Refusal:
    """A control body that cannot be followed."""
    return Refusal(Answer(422, {"error": message}))


def _reset(front: "Front", call: Call) -> Answer:
    body = call.body or {}
    service = front.service
    service.clock.restart()
    if not (isinstance(body, dict) and body.get("keep_switches")):
        service.switches.reset()
    front.calls.clear()
    front.faults.replace([])
    front.pages.clear()
    front.resets += 1
    service.reset()
    return Answer(200, {})


def _switches(front: "Front", call: Call) -> Answer:
    body = call.body
    if not isinstance(body, dict):
        raise refuse("the body is an object of switch names and values")
    if set(body) == {"name", "value"} and isinstance(body["name"], str):
        body = {body["name"]: body["value"]}
    _checked(lambda: front.service.switches.turn_all(body))
    return Answer(200, front.service.switches.describe())


def _faults(front: "Front", call: Call) -> Answer:
    rules = call.body if isinstance(call.body, list) else [call.body]
    _checked(lambda: front.faults.replace(rules))
    return Answer(200, front.faults.as_json())


def _checked(act: Callable[[], None]) -> None:
    try:
        act()
    except (ValueError, TypeError) as error:
        raise refuse(str(error)) from error


def _time(front: "Front") -> Answer:
    return Answer(200, {"now": front.service.clock.now().isoformat().replace("+00:00", "Z")})


def _clock(front: "Front", call: Call) -> Answer:
    body = call.body
    if not isinstance(body, dict) or len({"now", "advance_seconds"} & set(body)) != 1:
        raise refuse('the body is {"now": ...} or {"advance_seconds": ...}')
    if "now" in body:
        front.service.clock.set(_moment(body["now"]), frozen=body.get("frozen") is True)
    else:
        front.service.clock.advance(_seconds(front, body["advance_seconds"]))
    return _time(front)


def _moment(given: Json) -> datetime:
    try:
        moment = datetime.fromisoformat(given)
    except (TypeError, ValueError) as error:
        raise refuse("now is an ISO 8601 time") from error
    if moment.tzinfo is None:
        raise refuse("now needs a time zone, such as Z")
    if moment.year >= END.year:
        raise refuse(TOO_FAR)
    return moment


def _seconds(front: "Front", given: Json) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float) or given < 0:
        raise refuse("advance_seconds is a number from 0")
    if given >= (END - front.service.clock.now()).total_seconds():
        raise refuse(TOO_FAR)
    return given
