"""Answers and refusals in ChartMogul's dialects.

Source: exchanges recorded in the official client libraries. A: customers, metrics and most young endpoints,
one error at a time. B: plans, imports, invoices and other old endpoints, errors keyed by field.
"""

from collections.abc import Mapping

from tests.simulators.http import Answer, Json, Refusal

UNKNOWN_ROUTE = {"code": 404, "message": "Not found", "param": None}


def grape(status: int, message: str, param: str | None) -> Refusal:
    """Dialect A."""
    return Refusal(Answer(status, {"code": status, "message": message, "param": param}))


def rails(errors: Mapping[str, Json], status: int = 422) -> Refusal:
    """Dialect B, keyed by field."""
    return Refusal(Answer(status, {"errors": dict(errors)}))


def unknown(kind: str) -> Refusal:
    """Dialect B for something that does not exist: `{"error": "Plan not found"}`."""
    return Refusal(Answer(404, {"error": f"{kind} not found"}))


def unknown_with_details(kind: str, param: str) -> Refusal:
    """As `unknown`, with the details that younger code adds."""
    message = f"{kind} not found"
    details = [{"param": param, "code": "invalid", "message": message}]
    return Refusal(Answer(404, {"error": message, "error_details": details}))


def invalid_uuid() -> Refusal:
    """422 for an id that is no UUID of the wanted kind."""
    message = "Invalid UUID passed"
    details = [{"param": "uuid", "code": "invalid", "message": message}]
    return Refusal(Answer(422, {"error": message, "error_details": details}))


def bare(uuid: str) -> str:
    """A UUID without its prefix, as dialect A prints it."""
    return uuid.split("_", 1)[-1]


def html(status: int, phrase: str) -> str:
    """The page that a proxy sends instead of JSON."""
    return f"<html><body><h1>{status} {phrase}</h1></body></html>"
