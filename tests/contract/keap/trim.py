"""`python -m tests.contract.keap.trim`: the part of Keap's API descriptions that this project reads by.

Cut from the vendor's descriptions (https://developer.infusionsoft.com/docs/restv2/, Apache-2.0 by their own
statement): the paths that the default streams of the source read, their parameters and answers, and the
schemas below them. Prose is left out; of the parameters `filter`, `order_by` and `fields` the names stay.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Json = Any
KEPT = Path(__file__).with_name("contract.json")
SHARED = Path(__file__).parents[4] / "shared" / "contracts"
PATHS = {
    "v1": ("/v1/account/profile",),
    "v2": (
        "/rest/v2/businessProfile",
        "/rest/v2/oauth/connect/userinfo",
        "/rest/v2/products",
        "/rest/v2/products/{product_id}",
        "/rest/v2/products/{product_id}/subscriptions",
        "/rest/v2/products/{product_id}/subscriptions/{subscription_plan_id}",
        "/rest/v2/subscriptions",
        "/rest/v2/subscriptions/{subscription_id}",
        "/rest/v2/sales/payments",
        "/rest/v2/contacts",
        "/rest/v2/contacts/{contact_id}",
        "/rest/v2/orders",
        "/rest/v2/orders/{order_id}",
    ),
}
PROSE = {"description", "example", "examples", "summary", "tags", "externalDocs", "title", "security"}
FILTER_LINE = re.compile(r"^\s*- (?:\([^)]*\) )?`\w+`.*$", re.MULTILINE)
OPERATOR = r"[\"`](==|!=|<=|>=|<|>)[\"`]"


def whole(version: str) -> Json:
    """The vendor's description as it lies beside the checkout; FileNotFoundError when it does not."""
    return json.loads((SHARED / f"keap-rest-{version}.openapi.json").read_text())


def kept() -> dict[str, Json]:
    """What is kept here, by version."""
    part: dict[str, Json] = json.loads(KEPT.read_text())
    return part


def trimmed(version: str) -> Json:
    """The part of a description that is kept."""
    description = whole(version)
    paths = {path: {"get": _operation(description["paths"][path]["get"])} for path in PATHS[version]}
    schemas: dict[str, Json] = {}
    _collect(paths, description["components"]["schemas"], schemas)
    return {"paths": paths, "components": {"schemas": dict(sorted(schemas.items()))}}


def _operation(operation: Json) -> Json:
    said = {each["name"]: _said(each) for each in operation.get("parameters", ())}
    bare: Json = _bare(operation)
    for each in bare.get("parameters", ()):
        if said[each["name"]]:
            each["description"] = said[each["name"]]
    return {name: bare[name] for name in ("parameters", "responses") if name in bare}


def _said(parameter: Json) -> str:
    """The names in the text of a parameter: filter fields with operators, fields to order by, attributes."""
    text = parameter.get("description", "")
    if parameter["name"] == "filter":
        lines = FILTER_LINE.findall(text.split("Custom fields can")[0].split("You will need")[0])
        return "\n".join(_filter_line(line) for line in lines)
    if parameter["name"] == "order_by":
        return "\n".join(f"- `{name}`" for name in re.findall(r"`(\w+)`", text.split("directions")[0]))
    if parameter["name"] == "fields" and "Available fields are:" in text:
        names = re.findall(r"\w+", text.split("Available fields are:")[1])
        return f"Available fields are: {', '.join(names)}"
    return ""


def _filter_line(line: str) -> str:
    name = re.search(r"`(\w+)`", line)
    assert name
    rest = line[name.end() :]
    return " ".join([f"- `{name[1]}`", *(f'"{sign}"' for sign in re.findall(OPERATOR, rest))])


def _bare(node: Json) -> Json:
    """The node without prose; names of properties are no prose."""
    if isinstance(node, list):
        return [_bare(each) for each in node]
    if not isinstance(node, dict):
        return node
    return {
        name: {key: _bare(each) for key, each in value.items()} if name == "properties" else _bare(value)
        for name, value in node.items()
        if name not in PROSE and not name.startswith("x-")
    }


def _collect(node: Json, all_schemas: Json, found: dict[str, Json]) -> None:
    """Add every schema that the node names, and those that these name."""
    for name in set(_references(node)) - found.keys():
        found[name] = _bare(all_schemas[name])
        _collect(found[name], all_schemas, found)


def _references(node: Json) -> Iterator[str]:
    if isinstance(node, list):
        for each in node:
            yield from _references(each)
    elif isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"].rsplit("/", 1)[-1]
        for each in node.values():
            yield from _references(each)


def written(parts: dict[str, Json]) -> str:
    """The text of the kept file: one path or schema a line."""
    lines = []
    for version, part in parts.items():
        paths = _lines(part["paths"])
        schemas = _lines(part["components"]["schemas"])
        lines.append(f'"{version}": {{"paths": {paths}, "components": {{"schemas": {schemas}}}}}')
    return "{" + ",\n".join(lines) + "}\n"


def _lines(rows: dict[str, Json]) -> str:
    return "{\n" + ",\n".join(f"{json.dumps(name)}: {json.dumps(row)}" for name, row in rows.items()) + "}"


if __name__ == "__main__":
    KEPT.write_text(written({version: trimmed(version) for version in PATHS}))
