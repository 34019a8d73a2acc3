"""Every option says what is wrong with it, by its name; what forms leave in a configuration is no fault."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from destination_chartmogul.configuration import checked, spec
from destination_chartmogul.errors import ConfigError
from destination_chartmogul.policy import policy_of
from tests.destination_chartmogul.pipe import Json

Path = tuple[str | int, ...]
OF_ANOTHER_TYPE: Json = {
    "string": 5,
    "boolean": "yes",
    "array": "x",
    "object": "x",
    "integer": "1",
    "number": "1",
}
FREE = ("rejects_path", "spool_directory", "base_url", "crm.invalid_email_attribute")
"""Texts that may be empty."""


def options(schema: Json, path: Path = ()) -> Iterator[tuple[Path, Json]]:
    """Every option and every key of its objects, but for rules, which are looked at by themselves."""
    for name, each in schema.get("properties", {}).items():
        if name != "rules":
            yield (*path, name), each
            yield from options(each, (*path, name))
            yield from options(each.get("items", {}), (*path, name, 0))


def wrong(schema: Json) -> Iterator[Any]:
    yield OF_ANOTHER_TYPE[schema["type"]]
    if schema["type"] == "string":
        yield from ("no way!",) if {"enum", "pattern"} & schema.keys() else ()
        yield "  "
    if schema["type"] == "array":
        yield [None]
    yield from (schema[end] + by for end, by in (("minimum", -1), ("maximum", 1)) if end in schema)


def with_value(path: Path, value: Any) -> Json:
    """A configuration with that one value."""
    for name in reversed(path):
        value = [value] if name == 0 else {name: value}
    return {"api_key": "key", **value}


def named(path: Path) -> str:
    return ".".join(str(part) for part in path).replace(".0", "[0]")


CASES = [
    (named(path), with_value(path, value))
    for path, schema in options(spec()["connectionSpecification"])
    for value in wrong(schema)
    if not (value == "  " and named(path) in FREE)
]


@pytest.mark.parametrize(("name", "config"), CASES, ids=[f"{name}-{n}" for n, (name, _) in enumerate(CASES)])
def test_every_option_names_itself(name: str, config: Json) -> None:
    """Another type, a word that is none of those that there are, nothing but blanks, too little, too much."""
    with pytest.raises(ConfigError, match=re.escape(name) + r"(\[0\])? (must|has not the form)"):
        checked(config)


def test_blanks_and_nulls_are_nothing() -> None:
    """A key that was pasted with its line end, a name with a blank; what a form leaves empty."""
    given = {
        "api_key": " key\n",
        "data_source_name": "Keap ",
        "time_zone": None,
        "leads": {"created_at": None, "trial_started_at": "never "},
        "crm": {"notes": None, "users": [{"keap_user": " 2", "chartmogul_user": "a@b.example ", "x": None}]},
        "rules": [{"on": "contact", "when": "true ", "exclude": True, "route": None}],
    }
    tidied = checked(given)
    assert (tidied["api_key"], policy_of(tidied).data_source_name) == ("key", "Keap")
    assert policy_of(tidied).crm.users == {"2": "a@b.example"}
    assert tidied["leads"] == {"trial_started_at": "never"}
    assert tidied["rules"] == [{"on": "contact", "when": "true ", "exclude": True}]


@pytest.mark.parametrize(("attribute", "by"), [("keap_email", "crm.invalid"), ("keap_lead", "billing_els")])
def test_an_attribute_that_something_else_writes(attribute: str, by: str) -> None:
    """The two would take it away from each other in every run."""
    fields = [{"keap_field": "Size", "attribute": attribute}]
    with pytest.raises(ConfigError, match=f"the attribute '{attribute}', which {by}"):
        checked({"api_key": "key", "crm": {"custom_fields": fields}})


def test_every_option_is_in_a_group() -> None:
    """Screens show the groups one after the other, and in each the options by their order."""
    form = spec()["connectionSpecification"]
    places = [(option.get("group"), option.get("order")) for option in form["properties"].values()]
    assert {group for group, _ in places} == {group["id"] for group in form["groups"]}
    assert len(set(places)) == len(places)
