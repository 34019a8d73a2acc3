"""A probe shows what a switch of the ChartMogul simulator changes: a question, and the answer per value.

One file a subject has the probes (`account_probes.py`, `import_probes.py`, ...); here is what they share.
"""

from collections.abc import Callable, Mapping
from typing import Any

from tests.contract.chartmogul.scene import Scene, invoice_body

Json = Any
Probe = tuple[Callable[[Scene], Json], Mapping[Json, Json]]


def source(scene: Scene) -> dict[str, str]:
    """The scene's data source, as most bodies name it."""
    return {"data_source_uuid": scene.ids["ds"]}


def customer(scene: Scene, **fields: Json) -> Any:
    """The answer to one more customer."""
    return scene.call("POST", "/customers", {**source(scene), "external_id": "new", "name": "New", **fields})


def imported(scene: Scene, *invoices: Json) -> Any:
    """The answer to more invoices of the customer who has one."""
    return scene.call("POST", f"/import/customers/{scene.ids['cus']}/invoices", {"invoices": list(invoices)})


def second(scene: Scene, **line: Json) -> Json:
    """The body of that customer's invoice for February, its subscription line with some fields changed."""
    invoice = invoice_body(scene.ids["pl"], 2)
    invoice["line_items"][0].update(line)
    return invoice


def mrr(scene: Scene) -> int:
    """That customer's, in cents."""
    return int(scene.call("GET", f"/customers/{scene.ids['cus']}").json()["mrr"])


def status(answer: Callable[[Scene], Any]) -> Callable[[Scene], int]:
    """A probe that sees no more than the status of an answer."""
    return lambda scene: int(answer(scene).status_code)
