"""Whatever a client asks, the Keap simulator answers as the vendor's description says, and never fails.

The requests are random: filters, orders, fields, page sizes and tokens, plausible ones as often as others,
the same at each run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random
from typing import Any
from urllib.parse import quote

import pytest

from tests.contract.keap.contract import Keap, contract, operation, problems, simulated_keap
from tests.contract.keap.ids import PARAMETER, arguments, served, shape
from tests.contract.servers import mutations

REQUESTS = 15
SEED = 20260701
SIGNS = ("==", "==", "==", "!=", "<", "<=", ">", ">=", "=", "")
PLAUSIBLE = ("1", "1001", "1,2,3", "a*", "true", "2026-01-01T00:00:00.000Z", "2026-01-01", "USD", "NONE")
SIZES = ("0", "1", "2", "1000", "1001", "-1")
REFUSALS = (400, 404, 409)


@pytest.fixture(scope="module")
def keap() -> Iterator[Keap]:
    with simulated_keap() as one:
        yield one


def described(version: str) -> dict[str, list[Any]]:
    """Path below `/crm/rest` → its query parameters, for every GET of the description."""
    return {
        path.removeprefix("/rest"): [
            each for each in entry["get"].get("parameters", ()) if each["in"] == "query"
        ]
        for path, entry in contract(version)["paths"].items()
        if "get" in entry
    }


def hostile_filter(parameter: Any, rng: Random) -> str:
    """One to three conditions on fields that the description names, or on others."""
    names = re.findall(r"- (?:\([^)]*\) )?`(\w+)`", parameter.get("description", "")) or ["id"]
    conditions = (
        mutations.text(rng, *names) + rng.choice(SIGNS) + mutations.text(rng, *PLAUSIBLE)
        for _ in range(rng.randint(1, 3))
    )
    return rng.choice((";", ";", ",", "")).join(conditions)


def hostile_value(parameter: Any, rng: Random) -> str:
    """A value of one query parameter."""
    if parameter["name"] == "filter":
        return hostile_filter(parameter, rng)
    if parameter["name"] == "order_by":
        names = re.findall(r"`(\w+)`", parameter.get("description", "")) or ["id"]
        return f"{mutations.text(rng, *names)}{rng.choice((' asc', ' desc', ' up', ''))}"
    if parameter["name"] == "fields":
        names = re.findall(r"\w+", parameter.get("description", "")) or ["id"]
        return ",".join(mutations.text(rng, *names) for _ in range(rng.randint(1, 3)))
    plausible = SIZES if parameter["name"] in ("page_size", "limit", "offset") else PLAUSIBLE
    return mutations.text(rng, *parameter["schema"].get("enum", plausible))


def hostile_path(path: str, ids: dict[str, str], rng: Random) -> str:
    """The address with ids that exist, and now and then with one that does not."""
    chosen = {name: quote(mutations.text(rng, value, value), safe="") for name, value in ids.items()}
    return path.format(**(chosen if rng.random() < 0.3 else ids))


def sent(path: str, ids: dict[str, str], parameters: list[Any], rng: Random) -> tuple[str, dict[str, Any]]:
    """The address and the query of one request."""
    chosen = rng.sample(parameters, rng.randint(0, min(3, len(parameters))))
    return hostile_path(path, ids, rng), {each["name"]: hostile_value(each, rng) for each in chosen}


def complaints(keap: Keap, path: str, address: str, query: dict[str, Any]) -> list[str]:
    """What is wrong with the answer to a request, by the description of its path."""
    answer, version = keap.get(address, **query), path.split("/")[1]
    status = answer.status_code
    if status not in (200, *REFUSALS):
        return [f"status {status}: {answer.text[:200]}"]
    if not answer.headers["Content-Type"].startswith("application/json"):
        is_known = all(address.split("/")[1:])  # an empty id makes another address
        return [f"no JSON with {status}: {answer.text[:80]}"] if is_known else []
    if str(status) not in operation(path, version=version)["responses"]:
        return []
    return problems(path, status, answer.json(), version)


def found_at(keap: Keap, path: str, parameters: list[Any]) -> list[tuple[str, dict[str, Any], str]]:
    """What is wrong with the answers of one address."""
    rng = Random(f"{SEED} {path}")
    ids = arguments(keap, path) or dict.fromkeys(PARAMETER.findall(path), "1")
    requests = [sent(path, ids, parameters, rng) for _ in range(REQUESTS)]
    return [(*each, complaint) for each in requests for complaint in complaints(keap, path, *each)]


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_hostile_request_is_answered_in_contract(keap: Keap, version: str) -> None:
    """Neither a failure of its own nor a body that the description does not have, at any address."""
    ours = served(keap, version)
    paths = {path: parameters for path, parameters in described(version).items() if shape(path) in ours}
    found = [each for path, parameters in sorted(paths.items()) for each in found_at(keap, path, parameters)]
    assert paths
    assert found == []


HOOK = {"eventKey": "contact.add", "hookUrl": "http://127.0.0.1:9/nobody-listens"}


def test_a_hostile_hook_is_made_or_refused(keap: Keap) -> None:
    """Spoiled bodies and unknown keys, for each address of REST hooks that changes something."""
    rng, found = Random(SEED), []
    for _ in range(REQUESTS * 4):
        method, path = rng.choice((("POST", ""), ("PUT", "/1"), ("POST", "/1/verify"), ("DELETE", "/2")))
        if path and rng.random() < 0.2:
            path = f"/{quote(mutations.text(rng), safe='')}"
        body = mutations.spoiled(HOOK, rng) if rng.random() < 0.9 else HOOK
        answer = keap.send(method, f"/v1/hooks{path}", body)
        if answer.status_code not in (200, 204, *REFUSALS, 405):
            found.append((method, path, body, answer.status_code, answer.text[:200]))
    assert found == []
    assert isinstance(keap.get("/v1/hooks").json(), list)
