"""Asks the Keap simulator over HTTP and holds each request and answer to the vendor's OpenAPI description.

The descriptions lie beside the checkout; without them the part that this project reads by is used, which is
kept here (`keap_trim`), and tests of other paths are skipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any

import pytest
import requests
from jsonschema import Draft202012Validator, FormatChecker

from tests.contract.keap import trim as keap_trim
from tests.simulators import Server, running

Json = dict[str, Any]
PREFIX = "/crm"
TIMEOUT_SECONDS = 30
FORMATS = FormatChecker(())
FORMATS.checks("date-time", ValueError)(lambda text: bool(datetime.fromisoformat(text).tzinfo))
FORMATS.checks("date", ValueError)(lambda text: bool(date.fromisoformat(text)))


@dataclass(frozen=True)
class Keap:
    """One simulated account and a session that may ask it."""

    server: Server
    session: requests.Session = field(default_factory=requests.Session)

    def get(self, path: str, headers: Json | None = None, **params: Any) -> requests.Response:
        """GET below `/crm/rest`, with the API key unless other headers are given."""
        sent = {"X-Keap-API-Key": self.server.api_key} if headers is None else headers
        address = f"{self.server.url}{PREFIX}/rest{path}"
        return self.session.get(address, params=params, headers=sent, timeout=TIMEOUT_SECONDS)

    def send(self, method: str, path: str, body: Any) -> requests.Response:
        """A call with a JSON body below `/crm/rest`, with the API key."""
        address = f"{self.server.url}{PREFIX}/rest{path}"
        key = {"X-Keap-API-Key": self.server.api_key}
        return self.session.request(method, address, json=body, headers=key, timeout=TIMEOUT_SECONDS)

    def rows(self, key: str, path: str = "", **params: Any) -> list[Json]:
        """The rows of one page of 1,000."""
        answer = self.get(path or f"/v2/{key}", **{"page_size": 1000, **params})
        assert answer.status_code == 200, answer.text
        rows: list[Json] = answer.json()[key]
        return rows

    def ids(self, key: str, path: str = "", **params: Any) -> list[int]:
        """The ids of those rows as numbers, in the order served."""
        return [int(row["id"]) for row in self.rows(key, path, **params)]

    def event(self, kind: str, **fields: Any) -> Json:
        """Let something happen; gives the ids touched."""
        touched: Json = self.server.control.event(kind, **fields)
        return touched

    def start(self, **switches: Any) -> None:
        """The scenario's start without rate limits, with some switches turned."""
        self.server.control.reset()
        for name, value in {"rate_limits": "off", **switches}.items():
            self.server.control.switch(name, value)


@contextmanager
def simulated_keap(scenario: str = "small") -> Iterator[Keap]:
    """A simulated account, for as long as the context lasts."""
    with running(scenario) as simulators:
        keap = Keap(simulators.keap)
        keap.session.trust_env = False
        keap.start()
        try:
            yield keap
        finally:
            keap.session.close()


@cache
def contract(version: str) -> Json:
    """The vendor's description of REST `v1` or `v2`, whole where it lies beside the checkout."""
    description: Json = keap_trim.whole(version) if is_whole() else keap_trim.kept()[version]
    return description


def is_whole() -> bool:
    """Do the whole descriptions lie beside the checkout?"""
    return (keap_trim.SHARED / "keap-rest-v2.openapi.json").exists()


def operation(path: str, method: str = "get", version: str = "v2") -> Json:
    """The description's entry of an operation; KeyError when the vendor has no such operation.

    Skips the test where only the part kept here is known, and this operation is not in it.
    """
    paths = contract(version)["paths"]
    address = f"/rest{path}" if version == "v2" else path
    if address not in paths and not is_whole():
        pytest.skip(f"the description of {path} is not beside the checkout")
    entry: Json = paths[address][method]
    return entry


def parameters(path: str) -> dict[str, Json]:
    """Name → schema of the query parameters of a GET."""
    return {each["name"]: each for each in operation(path).get("parameters", ()) if each["in"] == "query"}


def problems(path: str, status: int, body: Any, version: str = "v2") -> list[str]:
    """What is wrong with an answer, by the schema of its status; undeclared fields are wrong too."""
    errors = validator(path, status, version).iter_errors(body)
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in errors]


@cache
def validator(path: str, status: int, version: str) -> Draft202012Validator:
    """The schema of an answer, closed to undeclared fields."""
    schema = operation(path, "get", version)["responses"][str(status)]["content"]["application/json"][
        "schema"
    ]
    whole = {"components": strict(version)["components"], **closed(schema)}
    return Draft202012Validator(whole, format_checker=FORMATS)


@cache
def strict(version: str) -> Json:
    """The description with every object closed to fields that it does not name."""
    description: Json = closed(contract(version))
    return description


def closed(node: Any) -> Any:
    """A schema in which every object with properties refuses others.

    The vendor writes the values of integer enums as strings, which no integer is: they are read as integers.
    """
    if isinstance(node, list):
        return [closed(each) for each in node]
    if not isinstance(node, dict):
        return node
    copy = {name: closed(value) for name, value in node.items()}
    if copy.get("type") == "integer" and "enum" in copy:
        copy["enum"] = [int(each) for each in copy["enum"]]
    if isinstance(copy.get("properties"), dict) and copy.get("type") == "object":
        copy.setdefault("additionalProperties", False)
    return copy
