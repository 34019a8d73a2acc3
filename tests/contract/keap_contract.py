"""Asks the Keap simulator over HTTP and holds each request and answer to the vendor's OpenAPI description.

The descriptions lie beside the checkout; without them the tests that need them are skipped.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import requests
from jsonschema import Draft202012Validator, FormatChecker

from tests.simulators import Server, running

Json = dict[str, Any]
CONTRACTS = Path(__file__).parents[3] / "shared" / "contracts"
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
    """The vendor's description of REST `v1` or `v2`; skips the test when it is not there."""
    file = CONTRACTS / f"keap-rest-{version}.openapi.json"
    if not file.exists():
        pytest.skip(f"{file.name} is not beside the checkout")
    description: Json = json.loads(file.read_text())
    return description


def operation(path: str, method: str = "get") -> Json:
    """The description's entry of an operation; KeyError when the vendor has no such operation."""
    entry: Json = contract("v2")["paths"][f"/rest{path}"][method]
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
    prefix = "/rest" if version == "v2" else ""
    responses = contract(version)["paths"][f"{prefix}{path}"]["get"]["responses"]
    schema = responses[str(status)]["content"]["application/json"]["schema"]
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
