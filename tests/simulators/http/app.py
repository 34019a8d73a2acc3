"""The aiohttp application around a `Service`: routing, faults, counting, the virtual Date header."""

import asyncio
import json
import logging
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from email.utils import format_datetime
from enum import Enum
from http import HTTPStatus

from aiohttp import web

from .calls import CallLog
from .clock import Clock
from .control import PREFIX, control_routes
from .faults import HTML_BODY, Fault, Faults
from .message import Answer, Call, Json, Refusal, Route
from .pages import Pages
from .routing import Router
from .switches import Switches

CREDENTIALS = web.AppKey("credentials", dict[str, str])
LARGEST_BODY = 64 * 1024 * 1024
LOG = logging.getLogger(__name__)


class Unrouted(Enum):
    """Why no handler could be called."""

    NO_ROUTE = 404
    WRONG_METHOD = 405
    BAD_JSON = 400


def _same(_: Call, answer: Answer) -> Answer:
    return answer


def _plain_fallback(_: Call, reason: Unrouted) -> Answer:
    return Answer(reason.value, {"error": HTTPStatus(reason.value).phrase})


def _control_fallback(_: Call, reason: Unrouted) -> Answer:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if reason is Unrouted.BAD_JSON else reason.value
    return Answer(status, {"error": WHY_NOT_ROUTED[reason]})


WHY_NOT_ROUTED = {
    Unrouted.NO_ROUTE: "there is no such control route; GET /_control/routes lists them",
    Unrouted.WRONG_METHOD: "this control route has no such method",
    Unrouted.BAD_JSON: "the body is not valid JSON",
}
Fallback = Callable[[Call, Unrouted], Answer]


@dataclass(frozen=True)
class Service:
    """Everything that makes up one simulated API; see the package's docstring."""

    name: str
    clock: Clock
    switches: Switches
    routes: Sequence[Route]
    reset: Callable[[], None]
    dump: Callable[[], Json]
    credentials: Mapping[str, str] = field(default_factory=dict)
    gateway: Sequence[Callable[[Call], Answer | None]] = ()
    finish: Callable[[Call, Answer], Answer] = _same
    fallback: Fallback = _plain_fallback
    control: Sequence[Route] = ()


def build_app(service: Service) -> web.Application:
    """The application that serves the API and its control routes."""
    front = Front(service)
    app = web.Application(client_max_size=LARGEST_BODY)
    app[CREDENTIALS] = dict(service.credentials)
    app.router.add_route("*", "/{tail:.*}", front.serve)
    return app


class Front:
    """Between aiohttp and the handlers."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.calls = CallLog()
        self.faults = Faults()
        self.pages = Pages()
        self.resets = 0
        self._api = Router(service.routes)
        self._control = Router(control_routes(self))

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        is_control = request.path.startswith(PREFIX)
        path = request.rel_url.raw_path
        route, params, template = (self._control if is_control else self._api).find(request.method, path)
        call = await _read(request, template, params)
        if is_control:
            return self._send(self._routed(call, route, _control_fallback))
        return await self._serve_api(request, call, route)

    async def _serve_api(self, request: web.Request, call: Call, route: Route | None) -> web.StreamResponse:
        fault, resets = self.faults.strike(call), self.resets
        if fault and fault.delay_seconds:
            await asyncio.sleep(fault.delay_seconds)
        if self.resets != resets:
            return _cut(request)  # what it asked for is gone: it is no call of the account made since
        if fault and fault.reset:
            self._count(call, 0)
            return _cut(request)
        answer = self._answer(call, route, fault)
        if fault and fault.lose_answer:
            self._count(call, 0)
            return _cut(request)
        self._count(call, answer.status)
        if fault and fault.truncate:
            return await self._send_half(request, answer)
        return self._send(answer)

    def _count(self, call: Call, status: int) -> None:
        self.calls.add(call.method, call.template or call.path, status)

    def _answer(self, call: Call, route: Route | None, fault: Fault | None) -> Answer:
        if fault and fault.status and not fault.applied:
            return _fault_answer(fault)
        refusals = (gate(call) for gate in self.service.gateway)
        refused = next((answer for answer in refusals if answer is not None), None)
        answer = self.service.finish(call, refused or self._routed(call, route, self.service.fallback))
        if fault and fault.status:
            return _fault_answer(fault)
        return self.pages.altered(fault, call, answer) if self.faults.in_force else answer

    def _routed(self, call: Call, route: Route | None, fallback: Fallback) -> Answer:
        if route is None:
            return fallback(call, Unrouted.WRONG_METHOD if call.template else Unrouted.NO_ROUTE)
        if call.body is BAD_JSON:
            return fallback(replace(call, body=None), Unrouted.BAD_JSON)
        try:
            return route.handler(call)
        except Refusal as refusal:
            return refusal.answer
        except Exception:
            LOG.exception("%s %s failed in the simulator", call.method, call.template)
            return Answer(500, {"error": "the simulator itself failed"})

    def _send(self, answer: Answer) -> web.Response:
        body, content_type = encoded(answer)
        headers = {"Date": self._date(), "Content-Type": content_type, **answer.headers}
        if not body and answer.status == HTTPStatus.NO_CONTENT:
            del headers["Content-Type"]
        return web.Response(status=answer.status, body=body, headers=headers)

    async def _send_half(self, request: web.Request, answer: Answer) -> web.StreamResponse:
        body, content_type = encoded(answer)
        headers = {"Date": self._date(), "Content-Type": content_type, "Content-Length": str(len(body))}
        response = web.StreamResponse(status=answer.status, headers={**headers, **answer.headers})
        await response.prepare(request)
        await response.write(body[: len(body) // 2])
        if request.transport is not None:
            request.transport.close()
        return response

    def _date(self) -> str:
        return format_datetime(self.service.clock.now().replace(microsecond=0), usegmt=True)


BAD_JSON = object()


async def _read(request: web.Request, template: str, params: Mapping[str, str]) -> Call:
    raw = await request.read() if request.body_exists else b""
    is_form = request.content_type == "application/x-www-form-urlencoded"
    is_multipart = request.content_type.startswith("multipart/")
    form = {key: str(value) for key, value in (await request.post()).items()} if is_form and raw else {}
    return Call(
        method=request.method,
        path=request.path,
        template=template,
        params=params,
        query_pairs=tuple(request.rel_url.query.items()),
        headers=request.headers,
        body=None if form or is_multipart else _decoded(raw),
        form=form,
        raw=raw,
        connection=request.transport,
    )


def _decoded(raw: bytes) -> Json:
    """The body as JSON, or `BAD_JSON`, also where it holds what could not be sent back as JSON."""
    if not raw.strip():
        return None
    try:
        decoded = json.loads(raw, parse_constant=_finite, parse_float=_finite)
        if b"\\u" in raw:
            json.dumps(decoded, ensure_ascii=False).encode()  # half a surrogate pair is no character
    except (ValueError, RecursionError):
        return BAD_JSON
    return decoded


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is no JSON number")
    return number


def encoded(answer: Answer) -> tuple[bytes, str]:
    """The bytes and content type of an answer's body."""
    if answer.body is None:
        return b"", "application/json"
    if isinstance(answer.body, str):
        return answer.body.encode(), "text/html; charset=utf-8"
    return json.dumps(answer.body, ensure_ascii=False, separators=(",", ":")).encode(), "application/json"


def _fault_answer(fault: Fault) -> Answer:
    status = fault.status or HTTPStatus.INTERNAL_SERVER_ERROR
    body = HTML_BODY.format(status) if fault.body == "html" else fault.body
    return Answer(status, body, fault.headers)


def _cut(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=HTTPStatus.INTERNAL_SERVER_ERROR)
