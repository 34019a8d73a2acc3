"""Keap's own Python client for REST v2, pointed at the simulator and otherwise as its makers ship it.

It is generated from the vendor's API description, and reads each answer into strict models (pydantic), so a
number where the description says text raises there.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from tests.contract.keap_contract import PREFIX, Keap

SDK: Any = import_module("keap_core_v2_client")
"""As `Any`: in its types every field may be None, which the tests would have to deny line by line."""
PARAMETER = re.compile(r"\{(\w+)\}")
MOST_PARENTS = 40


@dataclass(frozen=True)
class Operation:
    """One reading method of the client; `path` is below `/crm/rest`, such as `/v2/orders/{order_id}`."""

    api: type[Any]
    method: str
    path: str

    @property
    def name(self) -> str:
        """`OrdersApi.get_order`."""
        return f"{self.api.__name__}.{self.method}"

    @property
    def parameters(self) -> list[str]:
        """The names of the path's parameters, in order."""
        return PARAMETER.findall(self.path)

    @property
    def shape(self) -> str:
        """The path with nameless parameters, as both sides may name them differently."""
        return PARAMETER.sub("{}", self.path)

    def call(self, client: Any, ids: dict[str, str]) -> Any:
        """Ask for it; whole pages where the method knows pages."""
        method = getattr(self.api(client), self.method)
        paged = "page_size" in inspect.signature(method).parameters
        return method(**ids, **({"page_size": 1000} if paged else {}))


@cache
def operations() -> dict[str, Operation]:
    """Every GET of the client by shape of path; its generated methods name their paths in their code."""
    found = [
        Operation(api, name.removeprefix("_").removesuffix("_serialize"), path.removeprefix("/rest"))
        for _, api in inspect.getmembers(SDK, inspect.isclass)
        if api.__name__.endswith("Api")
        for name, function in vars(api).items()
        if name.endswith("_serialize")
        for path in re.findall(r"method='GET',\s+resource_path='([^']+)'", inspect.getsource(function))
    ]
    return {each.shape: each for each in found}


def client(keap: Keap, token: str = "") -> Any:
    """The client with a token, the account's API key unless another is given."""
    configuration = SDK.Configuration(
        host=keap.server.url + PREFIX, access_token=token or keap.server.api_key
    )
    return SDK.ApiClient(configuration)


def served(keap: Keap) -> set[str]:
    """The shapes of the v2 paths that the simulator reads from."""
    paths = (each.removeprefix(f"GET {PREFIX}/rest") for each in keap.server.control.routes())
    return {PARAMETER.sub("{}", path) for path in paths if path.startswith("/v2/")}


def arguments(keap: Keap, operation: Operation) -> dict[str, str] | None:
    """Ids for the path's parameters, if possible where there are rows to read; None: no such id exists."""
    options = list(_fitting(keap, operation.path, operation.parameters))
    full = (ids for ids in options if _has_rows(keap, operation.path.format(**ids)))
    return next(full, options[0] if options else None)


def _fitting(keap: Keap, path: str, names: list[str]) -> Iterator[dict[str, str]]:
    if not names:
        yield {}
        return
    before, _, rest = path.partition(f"{{{names[0]}}}")
    for row in _rows(keap, before.rstrip("/:"))[:MOST_PARENTS]:
        for ids in _fitting(keap, f"{before}{row['id']}{rest}", names[1:]):
            yield {names[0]: str(row["id"]), **ids}


def _rows(keap: Keap, path: str) -> list[Any]:
    """The rows of a list; where no list is served, as of an order's items, those within the row above."""
    answer, ending = keap.get(path, page_size=1000), ""
    if not answer.ok:
        above, _, ending = path.rpartition("/")
        answer = keap.get(above)
    lists = [each for name, each in answer.json().items() if isinstance(each, list) and name.endswith(ending)]
    return lists[0] if lists else []


def _has_rows(keap: Keap, path: str) -> bool:
    answer = keap.get(path)
    return answer.ok and any(isinstance(each, list) and each for each in answer.json().values())
