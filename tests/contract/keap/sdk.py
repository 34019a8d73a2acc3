"""Keap's own Python client for REST v2, pointed at the simulator and otherwise as its makers ship it.

It is generated from the vendor's API description, and reads each answer into strict models (pydantic), so a
number where the description says text raises there.
"""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from tests.contract.keap.contract import PREFIX, Keap
from tests.contract.keap.ids import PAGE, shape

SDK: Any = import_module("keap_core_v2_client")
"""As `Any`: in its types every field may be None, which the tests would have to deny line by line."""
FILTERS = {"/v2/contacts/-/tags": "contact_ids==1001,1002", "/v2/tags/-/contacts": "tag_ids==301"}
"""Lists that are refused without a filter."""


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
    def shape(self) -> str:
        """The path with nameless parameters, as both sides may name them differently."""
        return shape(self.path)

    def call(self, client: Any, ids: dict[str, str]) -> Any:
        """Ask for it; whole pages where the method knows pages."""
        method = getattr(self.api(client), self.method)
        paged = {"page_size": PAGE} if "page_size" in inspect.signature(method).parameters else {}
        needed = {"filter": FILTERS[self.path]} if self.path in FILTERS else {}
        return method(**ids, **paged, **needed)


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
