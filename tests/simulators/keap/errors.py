"""The shapes of REST v2 answers that are not data: the error object and the HTML page.

`{"code": 400, "message": "...", "status": "Bad Request", "details": [{"domain": ..., "resource": ...}]}` as
captured in public test fixtures; an unknown address gives an HTML page titled "Keap - Page Not Found".
"""

from __future__ import annotations

from http import HTTPStatus

from tests.simulators.http import Answer, Call, Refusal

NOT_FOUND_PAGE = (
    "<!DOCTYPE html><html><head><title>Keap - Page Not Found</title></head>"
    "<body><h1>Page Not Found</h1></body></html>"
)
BAD_REQUEST_PAGE = (
    "<!DOCTYPE html><html><head><title>Error 400 (Bad Request)!!1</title></head>"
    "<body><p>Your client has issued a malformed or illegal request.</p></body></html>"
)
PREFIX = "/crm"


def error(call: Call, status: int, message: str) -> Answer:
    """The v2 error object."""
    template = call.template or call.path
    details = {"domain": domain(template), "resource": f"{call.method} {template.removeprefix(PREFIX)}"}
    body = {"code": status, "message": message, "status": HTTPStatus(status).phrase, "details": [details]}
    return Answer(status, body)


def domain(template: str) -> str:
    """The part of a path that names the resource: `contacts` of `/crm/rest/v2/contacts/{contact_id}`."""
    names = [part for part in template.split("/") if part and not part.startswith("{")]
    return names[-1].lower() if names else ""


def refuse(call: Call, message: str, status: int = 400) -> Refusal:
    """The error object as an exception, for places below a handler."""
    return Refusal(error(call, status, message))
