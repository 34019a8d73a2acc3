"""Holds answers of the ChartMogul simulator to the compiled contract of API v1.

The whole contract lies beside the checkout; without it the part that this project depends on is used, which
is kept here. Keys that stood in every recording count as required.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

Json = Any
SHARED = Path(__file__).parents[4] / "shared" / "contracts" / "chartmogul.compiled.openapi.json"
OWN = Path(__file__).parent / "contract.json"
METHODS = ("get", "post", "put", "patch", "delete")

# (schema, key) to the reason why a key that the contract calls always present may be missing.
NOT_ALWAYS = {
    ("Attributes", "clearbit"): "only in recordings before 2025",
    ("Customer.attributes", "clearbit"): "gone from customers between 2023-12 and 2025-03",
    ("Upload", "batch_name"): "recorded with a name each time; a batch may have none",
}
# (schema, key) to (what is allowed besides the contract's type, reason).
ALSO = {
    ("Customer", "name"): ("null", "a customer needs no name since 2023; recorded ones all had one"),
    ("Invoice.line_items", "event_order"): ("integer", "recorded as null only, echoed when it was sent"),
    ("Invoice.line_items", "proration_type"): ("string", "recorded as null only; n8n's examples show `full`"),
    ("Invoice.line_items", "balance_transfer"): ("boolean", "recorded as null only; documented as boolean"),
    ("Invoice.line_items", "service_period_end"): ("null", "optional since about 2024"),
    ("Invoice.transactions", "transaction_fees_in_cents"): ("integer", "recorded as null only"),
    ("Invoice.transactions", "transaction_fees_currency"): ("string", "recorded as null only"),
    ("Transaction", "amount_in_cents"): ("null", "recorded as null inside invoices: the full amount"),
    ("Transaction", "external_id"): ("null", "recorded as null inside invoices"),
    ("Transaction", "transaction_fees_in_cents"): ("null", "recorded as null inside invoices"),
    ("Task", "completed_at"): ("string", "recorded as null only, echoed when it was sent"),
    ("SubscriptionEvent", "retracted_event_id"): ("string", "recorded as null only, echoed when it was sent"),
    ("SubscriptionEvent", "subscription_external_id"): ("null", "optional in bulk imports"),
    ("ImportedSubscription", "plan_uuid"): ("null", "a subscription of trial lines whose plan was deleted"),
}


@cache
def contract() -> Json:
    """The contract: the whole one, or the part that is kept here."""
    return json.loads((SHARED if SHARED.exists() else OWN).read_text())


def operations() -> list[tuple[str, str]]:
    """Every (method, path) of the contract."""
    return [
        (method.upper(), path)
        for path, item in contract()["paths"].items()
        for method in METHODS
        if method in item
    ]


def problems(method: str, path: str, status: int, body: Json) -> list[str]:
    """What is wrong with an answer by the schema of its status (errors: of the default)."""
    schema = _schema(method, path, status)
    if schema is None:
        return [] if body is None else [f"a body where the contract has none: {str(body)[:80]}"]
    found = Draft202012Validator({"components": _components(), **schema}).iter_errors(body)
    return [f"{'/'.join(map(str, each.absolute_path))}: {each.message[:200]}" for each in found]


def _schema(method: str, path: str, status: int) -> Json:
    responses = contract()["paths"][path][method.lower()]["responses"]
    answer = responses.get(str(status), {})
    if "content" not in answer and status >= 400:
        answer = responses["default"]
    return answer.get("content", {}).get("application/json", {}).get("schema")


@cache
def _components() -> Json:
    schemas = contract()["components"]["schemas"]
    return {"schemas": {name: _strict(schema, name) for name, schema in schemas.items()}}


def _strict(schema: Json, place: str) -> Json:
    """The schema with the keys that are always present required, and the exceptions of the tables."""
    if not isinstance(schema, dict):
        return schema
    copy = {name: _strict(each, place) if name == "items" else each for name, each in schema.items()}
    properties = schema.get("properties", {})
    always = {*schema.get("x-always-present", ()), *schema.get("required", ())}
    copy["required"] = sorted(name for name in always if (place, name) not in NOT_ALWAYS)
    copy["properties"] = {
        name: _widened(_strict(each, f"{place}.{name}"), ALSO.get((place, name)))
        for name, each in properties.items()
    }
    return copy


def _widened(schema: Json, also: tuple[str, str] | None) -> Json:
    if also is None:
        return schema
    types = schema.get("type") or "null"
    return {**schema, "type": [*([types] if isinstance(types, str) else types), also[0]]}


def request_schema(method: str, path: str) -> Json:
    """The schema of the JSON body, references resolved; None when there is none."""
    content = contract()["paths"][path][method.lower()].get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema")
    return None if schema is None else _resolved(schema)


def _resolved(schema: Json) -> Json:
    if isinstance(schema, list):
        return [_resolved(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _resolved(contract()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]])
    return {name: _resolved(each) for name, each in schema.items()}


def forbidden(schema: Json, body: Json, place: str = "") -> Iterator[tuple[str, Json]]:
    """What the contract forbids: the body without each required key, with wrong types and unknown words."""
    if not isinstance(body, dict) or "properties" not in schema:
        return
    for name in schema.get("required", ()):
        if name in body:
            yield f"{place}{name} missing", {key: value for key, value in body.items() if key != name}
    for name, each in schema["properties"].items():
        if name not in body:
            continue
        for why, wrong in _wrong(each, body[name], f"{place}{name}"):
            yield why, {**body, name: wrong}


def _wrong(schema: Json, value: Json, place: str) -> Iterator[tuple[str, Json]]:
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and "object" not in types:
        yield f"{place} of a wrong type", {"a": 1}
    elif types:
        yield f"{place} of a wrong type", "x"
    if "enum" in schema:
        yield f"{place} unknown", "no_such_word"
    if isinstance(value, dict):
        yield from forbidden(schema, value, f"{place}.")
    if isinstance(value, list) and value:
        items = schema.get("items", {})
        choices = items.get("oneOf", [items])
        fitting = next((each for each in choices if _fits(each, value[0])), choices[0])
        for why, spoiled in _wrong(fitting, value[0], f"{place}[]"):
            yield why, [spoiled, *value[1:]]


def _fits(schema: Json, value: Json) -> bool:
    return Draft202012Validator(schema).is_valid(value)
