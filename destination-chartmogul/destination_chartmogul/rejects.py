"""Rejected records as lines of a file, with what they need to be written alone, and back as messages.

A line: `{"stream", "key", "rule", "message", "record", "beside": [[stream, record], ...]}`, and `field` when
only that field of the record was rejected and the rest written. `beside` holds the account's zone and
currency, and for an order the subscriptions, products, payments and gateway transactions without which it
would be read otherwise than in its own run.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import orjson

from destination_chartmogul.errors import ConfigError, unwritable
from destination_chartmogul.mapping.belonging import named_subscriptions
from destination_chartmogul.mapping.outcome import Reject
from destination_chartmogul.messages import Message
from destination_chartmogul.spool import Spool

Json = dict[str, Any]
Beside = list[tuple[str, Json]]
ACCOUNT_FIELDS = ("id", "time_zone", "currency_code")


class RejectFile:
    """Lines are collected beside the file, which they replace when the run ends: until then the file of the
    last run may still be read, also by the very pipe that sends its records again.
    """

    def __init__(self, path: str) -> None:
        self._path, self._part = Path(path), Path(f"{path}.part")
        try:
            self._file: IO[bytes] = self._part.open("wb")
        except OSError as error:
            raise unwritable("The file of rejects_path", error) from error

    def write(self, reject: Reject, spool: Spool) -> None:
        """Add one reject with its record, as far as there is one. Raises ConfigError."""
        record = spool.record(reject.stream, reject.key)
        row = {"stream": reject.stream, "key": reject.key, "rule": reject.rule, "message": reject.message}
        row |= {"field": reject.field} if reject.field else {}
        beside = _beside(reject, record, spool) if record else []
        try:
            self._file.write(orjson.dumps({**row, "record": record, "beside": beside}) + b"\n")
            self._file.flush()
        except OSError as error:
            raise unwritable("The file of rejects_path", error) from error

    def close(self) -> None:
        """Put the lines in place of those of the last run."""
        self._file.close()
        try:
            self._part.replace(self._path)
        except OSError as error:
            raise unwritable("The file of rejects_path", error) from error


def _beside(reject: Reject, record: Json, spool: Spool) -> Beside:
    account: Json = next(iter(spool.stream("account")), {})
    found: Beside = []
    if account:
        found.append(("account", {name: account.get(name) for name in ACCOUNT_FIELDS}))
    if reject.stream == "orders":
        found += _of_order(reject.key, record, spool)
    found += [("users", user) for key in _users_in(record) if (user := spool.record("users", key))]
    if reject.stream == "contacts" and reject.field.startswith("custom_fields"):
        rows = spool.stream("custom_fields")
        found += [("custom_fields", row) for row in rows if row.get("record_kind") == "contacts"]
    return found


def _users_in(record: Json) -> Iterator[str]:
    """Ids of the users whom a record names, each once."""
    holders = (record.get("user"), record.get("assigned_to_user"))
    said = [record.get(name) for name in ("owner_id", "created_by_user_id", "assigned_to_user_id")]
    said += [holder.get("id") for holder in holders if isinstance(holder, Mapping)]
    yield from dict.fromkeys(str(key) for key in said if key not in (None, ""))


def _of_order(key: str, order: Json, spool: Spool) -> Beside:
    """The contact's subscriptions decide which one a line is of, and its interval, others whether the line is
    another contact's; payments do not come again.
    """
    contact = spool.contact_of_order(key) or ""
    subscriptions = spool.of_contact("subscriptions", contact)
    found: Beside = []
    for product in {str(each.get("product_id")) for each in subscriptions.values()} | _products_of(order):
        record = spool.record("products", product)
        found += [("products", record)] if record else []
    foreign = sorted(named_subscriptions(order) - subscriptions.keys())
    others = [record for each in foreign if (record := spool.record("subscriptions", each))]
    found += [("subscriptions", each) for each in (*subscriptions.values(), *others)]
    found += [("payments", each) for each in spool.payments_of_orders([key]).values()]
    attempts = spool.of_contact("transactions", contact).values()
    return found + [
        ("transactions", each) for each in attempts if key in map(str, each.get("order_ids") or ())
    ]


def _products_of(order: Json) -> set[str]:
    """Products of the order's items, as far as they can be read: the order may be what is malformed."""
    items = order.get("order_items")
    found = [item.get("product") for item in (items if isinstance(items, list) else []) if _is_object(item)]
    return {str(product["id"]) for product in found if _is_object(product) and product.get("id")}


def _is_object(value: Any) -> bool:
    return isinstance(value, Mapping)


def messages_from(lines: Iterable[bytes]) -> Iterator[Message | None]:
    """Lines → RECORD messages, what stands beside them first and each record once; None for a line that has
    no record. Raises ConfigError for a file that is no file of rejects.
    """
    sent: set[tuple[str, str]] = set()
    rows = [_row(line) for line in lines if line.strip()]
    for row in rows:
        for stream, record in row.get("beside") or []:
            identity = (stream, str(record.get("id") or orjson.dumps(record).decode()))
            if identity not in sent:
                sent.add(identity)
                yield _message(stream, record)
    for row in rows:
        yield _message(row["stream"], row["record"]) if row["record"] else None


def _row(line: bytes) -> Json:
    with suppress(orjson.JSONDecodeError):
        row = orjson.loads(line)
        if isinstance(row, dict) and {"stream", "record", "rule"} <= row.keys():
            return row
    raise ConfigError("This is no file of rejects: a line has no stream, rule and record.")


def _message(stream: str, record: Json) -> Message:
    emitted = int(time.time() * 1000)
    return {"type": "RECORD", "record": {"stream": stream, "data": record, "emitted_at": emitted}}


def replay(path: str, out: IO[str], err: IO[str]) -> None:
    """Print the records of a file of rejects as messages for `write`. Raises ConfigError."""
    try:
        lines = Path(path).read_bytes().splitlines()
    except OSError as error:
        raise ConfigError(f"The file of rejects cannot be read: {error}.") from error
    left_out = 0
    for message in messages_from(lines):
        if message is None:
            left_out += 1
        else:
            out.write(orjson.dumps(message).decode() + "\n")
    if left_out:
        err.write(f"{left_out} rejects have no record (their line was no record) and are left out.\n")
