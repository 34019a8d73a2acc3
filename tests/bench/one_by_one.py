"""A part of an account written with ChartMogul's official client, customer by customer.

Invoices go with a customer in one call, which is the most that the client can do. What they say is kept
simple: a line for each order, with its payment. The client sends again what is refused for its rate, but no
POST; so it is held to the rate here.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import chartmogul  # type: ignore[import-untyped]

from tests.bench import account_file, measure
from tests.simulators import Server

CUSTOMERS = 100
SECONDS_A_CALL = 1 / 38
Json = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """So many customers took so many calls and seconds."""

    customers: int
    calls: int
    seconds: float


def write(whole: Path, server: Server) -> Part:
    """Write the first customers of a file of messages into an empty account."""
    contacts = [row for _, row in islice(account_file.records(whole, ("contacts",)), CUSTOMERS)]
    wanted = {contact["id"] for contact in contacts}
    orders: dict[str, list[Json]] = defaultdict(list)
    for _, order in account_file.records(whole, ("orders",)):
        if order["contact"]["id"] in wanted:
            orders[order["contact"]["id"]].append(order)
    config = chartmogul.Config(server.api_key)
    config.uri = f"{server.url}/v1"
    before, began = measure.calls(server), time.monotonic()
    source = chartmogul.DataSource.create(config, data={"name": "Keap"}).get().uuid
    for contact in contacts:
        _one(config, source, contact, orders[contact["id"]])
    seconds = time.monotonic() - began
    return Part(len(contacts), (measure.calls(server) - before).total(), seconds)


def _paced(promise: Any) -> Any:
    """The answer, not before the next call is allowed."""
    began = time.monotonic()
    answer = promise.get()
    time.sleep(max(0.0, SECONDS_A_CALL - (time.monotonic() - began)))
    return answer


def _one(config: Any, source: str, contact: Json, orders: Iterable[Json]) -> None:
    name = f"{contact.get('given_name')} {contact.get('family_name')}"
    body = {"data_source_uuid": source, "external_id": contact["id"], "name": name}
    uuid = _paced(chartmogul.Customer.create(config, data=body)).uuid
    invoices = [_invoice(order) for order in orders]
    if invoices:
        _paced(chartmogul.Invoice.create(config, uuid=uuid, data={"invoices": invoices}))


def _invoice(order: Json) -> Json:
    day, amount = order["order_time"], order["total"]["amount"]
    line = {"external_id": f"{order['id']}-1", "type": "one_time", "amount_in_cents": amount}
    paid = {"external_id": f"{order['id']}-p", "type": "payment", "result": "successful", "date": day}
    return {
        "external_id": order["id"],
        "date": day,
        "currency": "USD",
        "line_items": [line],
        "transactions": [paid],
    }
