"""Whatever a client sends, the ChartMogul simulator answers as the contract says, and never fails itself.

The requests are random changes to right ones (`mutations`), the same at each run.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from urllib.parse import quote

import pytest
import requests

from tests.contract.chartmogul import contract
from tests.contract.chartmogul.operations import OPERATIONS, Operation
from tests.contract.chartmogul.scene import Json, Scene
from tests.contract.servers import mutations

REQUESTS = 30
SEED = 20260701
NAMES = [each.name for each in OPERATIONS]
KNOWN = set(contract.operations())


def declared_query(operation: Operation, rng: Random) -> dict[str, str]:
    """Some of the query parameters that the contract has, with plausible and other values."""
    if (operation.method, operation.path) not in KNOWN:
        return {}
    entry = contract.contract()["paths"][operation.path][operation.method.lower()]
    names = [each["name"] for each in entry.get("parameters", ()) if each.get("in") == "query"]
    chosen = rng.sample(names, rng.randint(0, min(3, len(names))))
    return {name: mutations.text(rng, "1", "2026-01-01", "true", "c1", "month") for name in chosen}


@dataclass(frozen=True)
class Right:
    """The right call, from which the hostile ones are made."""

    path: str
    query: dict[str, str]
    body: Json

    @classmethod
    def of(cls, operation: Operation, scene: Scene) -> Right:
        query = operation.query(scene) if operation.query else {}
        return cls(operation.address(scene), query, operation.body(scene) if operation.body else None)

    def spoiled(self, operation: Operation, rng: Random) -> Right:
        """Another last id, other query parameters, or a changed body."""
        path, query = self.path, {**self.query, **declared_query(operation, rng)}
        if operation.path.endswith("}") and rng.random() < 0.2:
            path = f"{path.rpartition('/')[0]}/{quote(mutations.text(rng), safe='')}"
        if query and rng.random() < 0.3:
            query.pop(rng.choice(sorted(query)))
        keep = self.body is None or rng.random() < 0.1
        return Right(path, query, self.body if keep else mutations.spoiled(self.body, rng))


def problem(operation: Operation, answer: requests.Response) -> list[str]:
    """What is wrong with an answer: a failure of the server's own, no JSON, or a shape out of contract."""
    if answer.status_code >= 500:
        return [f"status {answer.status_code}: {answer.text[:200]}"]
    body = answer.json() if answer.content else None
    if (operation.method, operation.path) not in KNOWN:
        return []
    return contract.problems(operation.method, operation.path, answer.status_code, body)


@pytest.mark.parametrize("operation", OPERATIONS, ids=NAMES)
def test_a_hostile_request_is_answered_in_contract(scene: Scene, operation: Operation) -> None:
    """Neither a 5xx nor a body that the contract does not have, and the account can still be read."""
    rng = Random(f"{SEED} {operation.name}")
    right = Right.of(operation, scene.start(plan_group_missing="json", **operation.switches))
    found = []
    for _ in range(REQUESTS):
        sent = right.spoiled(operation, rng)
        answer = scene.call(operation.method, sent.path, sent.body, params=sent.query)
        found += [(sent, each) for each in problem(operation, answer)]
    assert found == []
    assert scene.server.control.dump()
