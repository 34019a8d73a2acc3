"""Tags and custom attributes.

Source: https://dev.chartmogul.com/docs/adding-custom-attributes-to-customers and recordings. On create they
come as an array of {type, key, value, source}, on update as an object of key to value or {value, source}.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation

from tests.simulators.chartmogul import answers, fields, moments
from tests.simulators.chartmogul.customers.customer_shape import shape
from tests.simulators.chartmogul.records import Customer
from tests.simulators.chartmogul.world import EMPTY, World, body_of
from tests.simulators.http import Answer, Call, Json, Route

TRUE, FALSE = ("TRUE", "true", "t", "1", True), ("FALSE", "false", "f", "0", False)
TYPES = ("String", "Integer", "Decimal", "Timestamp", "Boolean")


def routes(world: World) -> list[Route]:
    """The routes of this module."""
    tags, custom = "/v1/customers/{cus}/attributes/tags", "/v1/customers/{cus}/attributes/custom"
    return [
        Route("GET", "/v1/customers/{cus}/attributes", lambda call: _attributes(world, call)),
        Route("POST", tags, lambda call: _add_tags(world, call)),
        Route("DELETE", tags, lambda call: _remove_tags(world, call)),
        Route("POST", custom, lambda call: _add_custom(world, call)),
        Route("PUT", custom, lambda call: _add_custom(world, call)),
        Route("DELETE", custom, lambda call: _remove_custom(world, call)),
        Route("POST", "/v1/customers/attributes/tags", lambda call: _tag_by_email(world, call)),
        Route("POST", "/v1/customers/attributes/custom", lambda call: _add_custom_by_email(world, call)),
    ]


def are_tags(value: Json) -> bool:
    """Is this a list of short texts?"""
    return isinstance(value, list) and all(isinstance(each, str) and not fields.text(each) for each in value)


def complaint(custom: Json) -> str | None:
    """What is wrong with custom attributes, in either of their two forms."""
    if custom is None:
        return None
    if isinstance(custom, dict):
        return None if all(_is_key(key) for key in custom) else "custom is invalid"
    if not isinstance(custom, list):
        return "custom is invalid"
    return next((found for found in map(_wrong, custom) if found), None)


def _is_key(key: Json) -> bool:
    return isinstance(key, str) and re.fullmatch(r"\w{1,255}", key) is not None


def _wrong(each: Json) -> str | None:
    if not isinstance(each, dict) or not _is_key(each.get("key")) or each.get("type") not in TYPES:
        return "custom is invalid"
    if "value" not in each or not isinstance(each.get("source", ""), str):
        return "custom is invalid"
    try:
        _typed(each["type"], each.get("value"))
    except (ValueError, InvalidOperation):
        return f"custom value of type {each['type']} is invalid"
    return None


def parsed(custom: Json) -> dict[str, Json]:
    """Key to value as it is kept."""
    if isinstance(custom, Mapping):
        return {key: _untyped(value) for key, value in custom.items()}
    return {each["key"]: _typed(each["type"], each.get("value")) for each in custom}


def _untyped(value: Json) -> Json:
    inner = value.get("value") if isinstance(value, Mapping) else value
    moment = moments.parsed(inner) if isinstance(inner, str) and ":" in inner else None
    return moments.import_side(moment) if moment else inner


def _typed(kind: str, value: Json) -> Json:
    """The value of a type; ValueError when it is none."""
    if kind == "String":
        if not isinstance(value, str) or fields.text(value):
            raise ValueError("no short text")
        return value
    if kind == "Boolean":
        if isinstance(value, (dict, list)) or value not in (*TRUE, *FALSE):
            raise ValueError("no boolean")
        return value in TRUE
    if kind == "Timestamp":
        return _moment(value)
    if kind == "Integer":
        number = fields.whole(value)
        if number is None:
            raise ValueError("no whole number")
        return number
    return float(Decimal(str(value)))


def _moment(value: Json) -> str | None:
    moment = moments.parsed(value)
    if moment is None:
        raise ValueError("no time")
    return moments.import_side(moment)


def _attributes(world: World, call: Call) -> Answer:
    customer = world.customer(call.params["cus"])
    return Answer(200, {"tags": list(customer.tags), "stripe": {}, "custom": dict(customer.custom)})


def _sent_tags(call: Call) -> list[str]:
    tags = body_of(call).get("tags")
    if not isinstance(tags, list) or not are_tags(tags):
        raise answers.grape(400, "tags is invalid", "tags")
    return tags


def _add_tags(world: World, call: Call) -> Answer:
    customer = world.customer(call.params["cus"])
    customer.tags = list(dict.fromkeys([*customer.tags, *_sent_tags(call)]))
    return Answer(200, {"tags": list(customer.tags)})


def _with_email(world: World, call: Call) -> Sequence[Customer]:
    """Every customer with the address of the body; 404 when there is none, as a search answers."""
    email = body_of(call).get("email")
    if not email:
        raise answers.grape(400, 'Parameter "email" is missing', "email")
    rows = world.store.customers.group("email", email) if isinstance(email, str) else ()
    if not rows:
        raise answers.grape(404, f'Can\'t find any customers with email: "{email}"', "email")
    return rows


def _tag_by_email(world: World, call: Call) -> Answer:
    rows, tags = _with_email(world, call), _sent_tags(call)
    for customer in rows:
        customer.tags = list(dict.fromkeys([*customer.tags, *tags]))
    return Answer(200, {"entries": [shape(world, each) for each in rows]})


def _add_custom_by_email(world: World, call: Call) -> Answer:
    rows = _with_email(world, call)
    for customer in rows:
        customer.custom = _sent_custom(world, customer, call)
    return Answer(200, {"entries": [shape(world, each) for each in rows]})


def _remove_tags(world: World, call: Call) -> Answer:
    customer, gone = world.customer(call.params["cus"]), set(_sent_tags(call))
    customer.tags = [each for each in customer.tags if each not in gone]
    return Answer(200, {"tags": list(customer.tags)})


def _sent_custom(world: World, customer: Customer, call: Call) -> dict[str, Json]:
    custom = body_of(call).get("custom")
    wanted = list if call.method == "POST" else dict
    if not isinstance(custom, wanted) or complaint(custom):
        raise answers.grape(400, "custom is invalid", "custom")
    if isinstance(custom, list):
        learn_types(world, custom)
    sent = parsed(custom)
    choice = world.switches["custom_put_unknown"]
    if call.method == "PUT" and choice != "add":
        unknown = [key for key in sent if key not in customer.custom]
        if unknown and choice == "reject":
            raise answers.grape(422, f"Custom attribute {unknown[0]} does not exist", "custom")
        sent = {key: value for key, value in sent.items() if key in customer.custom}
    return {**customer.custom, **sent}


def learn_types(world: World, custom: Sequence[Json]) -> None:
    """Note the type of each key; a key has one type in the account, where that matters."""
    known = world.store.custom_types
    for each in custom:
        if (
            world.switches["custom_type_change"] == "reject"
            and known.get(each["key"], each["type"]) != each["type"]
        ):
            raise answers.grape(422, f"Custom attribute {each['key']} has another type", "custom")
    known.update({each["key"]: each["type"] for each in custom})


def _add_custom(world: World, call: Call) -> Answer:
    customer = world.customer(call.params["cus"])
    customer.custom = _sent_custom(world, customer, call)
    return Answer(200, {"custom": dict(customer.custom)})


def _remove_custom(world: World, call: Call) -> Answer:
    customer, keys = world.customer(call.params["cus"]), body_of(call).get("custom")
    if not isinstance(keys, list) or not all(isinstance(each, str) for each in keys):
        raise answers.grape(400, "custom is invalid", "custom")
    customer.custom = {key: value for key, value in customer.custom.items() if key not in keys}
    return Answer(200, {"custom": dict(customer.custom)}) if customer.custom else EMPTY
