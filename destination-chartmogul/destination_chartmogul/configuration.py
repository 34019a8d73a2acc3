"""The user's configuration: read, checked against spec.json in plain sentences that never quote a value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import orjson
import pendulum

from destination_chartmogul.crm.choices import faults as crm_faults
from destination_chartmogul.errors import ConfigError
from destination_chartmogul.policy import CHOSEN_LEADS, DATA_SOURCE, TAG_APPLIED
from destination_chartmogul.rules.places import lines_of_rules
from destination_chartmogul.suggestions import nearest

LINES = "_lines_of_rules"  # where they stand in the file, when there is one
RULES = "rules"  # looked at by themselves, so that messages can name each
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "object": (dict,),
    "array": (list,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}


@cache
def spec() -> dict[str, Any]:
    """The Airbyte connector specification."""
    loaded: dict[str, Any] = orjson.loads(resources.files(__package__).joinpath("spec.json").read_bytes())
    return loaded


def read_json(path: str, what: str) -> dict[str, Any]:
    """A JSON object from a file. Raises ConfigError."""
    try:
        text = Path(path).read_bytes()
        content = orjson.loads(text)
    except OSError as error:
        raise ConfigError(f"The {what} {path} cannot be read: {error.strerror}.") from error
    except orjson.JSONDecodeError as error:
        raise ConfigError(
            f"The {what} {path} is not JSON (line {error.lineno}, column {error.colno})."
        ) from error
    if not isinstance(content, dict):
        raise ConfigError(f"The {what} {path} must hold a JSON object.")
    if isinstance(content.get(RULES), list):
        content[LINES] = lines_of_rules(text.decode())
    return content


def checked(config: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration, tidied. Raises ConfigError naming every fault."""
    given: dict[str, Any] = _tidy({k: v for k, v in config.items() if not k.startswith("_")})
    faults = list(_object_faults(given, spec()["connectionSpecification"], ""))
    faults += _rule_faults(given, config.get(LINES) or {})
    zone = given.get("time_zone")
    if isinstance(zone, str) and zone not in pendulum.timezones():
        faults.append(
            f"time_zone must be an IANA name such as America/Denver{nearest(zone, pendulum.timezones())}"
        )
    faults = faults or [*_lead_faults(given), *crm_faults(given), *_elsewhere_faults(given)]
    if faults:
        raise ConfigError("The configuration is not usable: " + "; ".join(faults) + ".")
    return given


def _tidy(value: Any) -> Any:
    """Without nulls, and without blanks around texts, which forms and other programs leave there."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, Mapping):
        tidied = {k: _without_nulls(v) if k == RULES else _tidy(v) for k, v in value.items()}
        return {k: v for k, v in tidied.items() if v is not None}
    return [_tidy(each) for each in value] if isinstance(value, list) else value


def _without_nulls(rules: Any) -> Any:
    """Else as they were written: messages name places in their texts."""
    if not isinstance(rules, list):
        return rules
    return [
        {k: v for k, v in rule.items() if v is not None} if isinstance(rule, Mapping) else rule
        for rule in rules
    ]


def _lead_faults(given: Mapping[str, Any]) -> Iterator[str]:
    """Keys of `leads` that contradict each other, of a configuration whose values have the right form."""
    leads = given.get("leads") or {}
    choosing = [name for name in ("tags", "lead_sources", "opportunity") if leads.get(name)]
    chosen, by_tag = given.get("customers") == CHOSEN_LEADS, leads.get("created_at") == TAG_APPLIED
    if chosen and not choosing:
        yield "customers is chosen_leads, and leads has neither tags nor lead_sources nor opportunity"
    for name in choosing if not chosen else ():
        if not (name == "tags" and by_tag):
            yield f"leads.{name} chooses leads, which only customers: chosen_leads does"
    if by_tag and not (leads.get("created_at_tags") or leads.get("tags")):
        yield "leads.created_at is tag_applied, and neither leads.created_at_tags nor leads.tags names a tag"
    if leads.get("created_at_tags") and not by_tag:
        yield "leads.created_at_tags is used with leads.created_at: tag_applied only"


def _elsewhere_faults(given: Mapping[str, Any]) -> Iterator[str]:
    """Of a configuration whose values have the right form."""
    elsewhere = given.get("billing_elsewhere")
    if not elsewhere:
        return
    by_field = elsewhere["match"] == "custom_field"
    if by_field and not elsewhere.get("custom_field"):
        yield "billing_elsewhere.match is custom_field, and billing_elsewhere.custom_field names none"
    if elsewhere.get("custom_field") and not by_field:
        yield "billing_elsewhere.custom_field is used with billing_elsewhere.match: custom_field only"
    routes = [rule["route"].strip() for rule in given.get(RULES) or () if rule.get("route")]
    if elsewhere["data_source_name"] in (given.get("data_source_name", DATA_SOURCE), *routes):
        yield "billing_elsewhere.data_source_name is a data source that this connection writes to"


def _rule_faults(given: Mapping[str, Any], lines: Mapping[tuple[int, str], int]) -> list[str]:
    """Each fault of the user's rules, with the rule's number and name and the place in its expression."""
    listed = given.get(RULES)
    if not listed or not isinstance(listed, list):
        return []
    from destination_chartmogul.rules.reading import faults_of  # Jinja2 takes time to load

    return list(faults_of(listed, lines))


def _object_faults(given: Mapping[str, Any], schema: Mapping[str, Any], prefix: str) -> Iterator[str]:
    properties: Mapping[str, Any] = schema.get("properties", {})
    for name in schema.get("required", []):
        if name not in given:
            yield f"{prefix}{name} is missing"
    for name, value in given.items():
        if name not in properties:
            yield f"{prefix}{name} is not known{nearest(name, tuple(properties))}"
        else:
            yield from _value_faults(value, properties[name], prefix + name)


def _value_faults(value: Any, schema: Mapping[str, Any], name: str) -> Iterator[str]:
    kind = schema["type"]
    if not isinstance(value, _TYPES[kind]) or (kind != "boolean" and isinstance(value, bool)):
        yield f"{name} must be of type {kind}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{name} must be one of {', '.join(schema['enum'])}"
    yield from _INSIDE.get(kind, _range_faults)(value, schema, name)


def _array_faults(value: Any, schema: Mapping[str, Any], name: str) -> Iterator[str]:
    if len(value) < schema.get("minItems", 0):
        yield f"{name} must not be empty"
    for at, item in enumerate(() if name == RULES else value):
        yield from _value_faults(item, schema["items"], f"{name}[{at}]")


def _inner_faults(value: Any, schema: Mapping[str, Any], name: str) -> Iterator[str]:
    yield from _object_faults(value, schema, f"{name}.")


def _range_faults(value: Any, schema: Mapping[str, Any], name: str) -> Iterator[str]:
    if schema["type"] == "string" and len(value) < schema.get("minLength", 0):
        yield f"{name} must not be empty"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{name} has not the form asked for ({schema.get('description', schema['pattern'])})"
    if "minimum" in schema and value < schema["minimum"]:
        yield f"{name} must be at least {schema['minimum']}"
    if "maximum" in schema and value > schema["maximum"]:
        yield f"{name} must be at most {schema['maximum']}"


_INSIDE = {"object": _inner_faults, "array": _array_faults}
