"""Replaying recorded exchanges of the official client libraries against the simulator.

The recordings of one source are replayed in an account of their own. Recorded ids are mapped to the
simulator's as they appear in answers. What is compared: status, keys, types, and values that depend on
neither time nor account.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from uuid import UUID

import requests

from tests.simulators import Server

Json = Any
TIMEOUT_SECONDS = 60
ID = re.compile(
    r"(?:(?:cus|ds|pl|plg|inv|li|tr|sub|con|note)_)?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
)
HANGING = re.compile(r"(/v1/(?:contacts|customer_notes|opportunities|tasks|customers/[^/]+/notes))/([^/]+)")
RANKS = {
    ("POST", "data_sources"): 0, ("POST", "plans"): 1, ("POST", "customers"): 2, ("POST", "invoices"): 3,
    ("POST", "transactions"): 4, ("POST", "subscription_events"): 4,
}  # fmt: skip
LATER = {"POST": 5, "GET": 6, "PATCH": 7, "PUT": 7, "DELETE": 9}

# The analytics side of the recordings followed within a minute.
DELAY_SECONDS = 55
PATHS = {"ds": "/v1/data_sources", "cus": "/v1/customers", "pl": "/v1/plans"}
PROVIDED: dict[str, Json] = {"ds": {}, "cus": {}, "pl": {"interval_count": 1, "interval_unit": "month"}}
COPIED = (
    "external_id", "name", "email", "company", "country", "state", "city", "zip", "lead_created_at",
    "free_trial_started_at", "interval_count", "interval_unit", "owner",
)  # fmt: skip

# Values that follow from time, account, or other objects than those the recording shows.
VOLATILE = frozenset({
    "id", "uuid", "created_at", "updated_at", "expires_at", "cursor", "currency-sign", "chartmogul-url",
    "billing-system-type", "system", "mrr", "arr", "owner", "summary", "meta", "activity-mrr",
    "activity-arr", "activity-mrr-movement",
    "customer-since", "status", "external_ids", "data_source_uuids", "total_pages", "current_page", "page",
})  # fmt: skip
# Keys that the API has stopped sending since, with the reason.
RETIRED = {
    "clearbit": "gone from customers between 2023-12 and 2025-03",
    "address_line1": "only in 2016",
    "address_line2": "only in 2016",
}
# Keys that older recordings lack and younger ones, or the documentation of 2025, have.
YOUNGER = frozenset({
    "cursor", "has_more", "current_page", "total_pages", "per_page", "page", "meta", "errors", "event_order",
    "proration_type", "transaction_fees_in_cents", "transaction_fees_currency", "discount_description",
    "account_code", "discount_code", "discount_amount_in_cents", "tax_amount_in_cents", "amount_in_cents",
    "disabled", "disabled_at", "disabled_by", "user_created", "customer_external_id", "collection_method",
    "status", "plan_external_id", "plan_uuid", "customer_uuid", "data_source_uuid", "data_source_uuids",
    "external_ids", "company", "country", "state", "city", "zip", "lead_created_at", "free_trial_started_at",
    "owner", "website_url", "stripe", "tags", "custom", "percentage-change", "subscription_set_external_id",
    "uuid", "id", "system", "error_details", "cancellation_dates", "description", "invoice_uuid",
    "external_id",
})  # fmt: skip


@dataclass
class Outcome:
    """How one recorded exchange went."""

    exchange: Json
    problems: list[str] = field(default_factory=list)
    skipped: str | None = None

    @property
    def name(self) -> str:
        """Method, path and where it was recorded."""
        source = self.exchange["source"].rsplit("/", 1)[-1]
        return f"{self.exchange['method']} {ID.sub('{}', self.exchange['path'])} ({source})"


def in_order(exchanges: Iterable[Json]) -> list[Json]:
    """By the time of recording; what has none, or the same second, in the order of use."""
    return sorted(exchanges, key=lambda each: (_moment(each), _rank(each), _made_at(each)))


def _moment(exchange: Json) -> datetime:
    text = exchange["recorded_at"]
    return parsedate_to_datetime(text) if text else datetime.min.replace(tzinfo=UTC)


def _made_at(exchange: Json) -> int:
    """The time that a version 1 uuid of what was made tells, for recordings without dates."""
    body = exchange["response"]
    found = (
        ID.fullmatch(str(body.get("uuid")))
        if isinstance(body, dict) and exchange["method"] == "POST"
        else None
    )
    made = UUID(found[0].rsplit("_", 1)[-1]) if found else None
    return made.time if made is not None and made.version == 1 else 0


def _rank(exchange: Json) -> int:
    method, path = exchange["method"], exchange["path"]
    last = path.rstrip("/").rsplit("/", 1)[-1]
    if method == "DELETE" and "data_sources" in path and "/customers/" not in path:
        return 10
    if "/merge/" in path:
        return 8
    if method == "GET" and isinstance(exchange["response"], dict) and [] in exchange["response"].values():
        return 11  # a list that has become empty
    return RANKS.get((method, last), LATER[method])


class Replay:
    """One source's exchanges in a fresh account."""

    def __init__(self, server: Server) -> None:
        self._server = server
        server.control.reset()
        server.control.switch("rate_limit", "off")
        server.control.switch("analytics_delay_seconds", DELAY_SECONDS)
        self._ids: dict[str, str] = {}
        self._made: set[str] = set()
        self._billed: set[str] = set()
        self._session = requests.Session()
        self._session.auth = (server.api_key, "")

    def run(self, exchanges: list[Json]) -> Iterator[Outcome]:
        """Replay in order; what refers to something that the recording does not make is skipped."""
        currencies = re.findall(r"'currency': '(\w+)', 'currency-sign'", str(exchanges))
        if currencies:
            self._server.control.settings({"account_currency": currencies[0]})
        self._made = {
            each for one in exchanges if one["method"] == "POST" for each in _objects(one["response"])
        }
        imports = re.findall(r"POST /v1/import/customers/(cus_[0-9a-f-]{36})/invoices", _calls(exchanges))
        self._billed = set(imports)
        with self._session:
            for exchange in exchanges:
                yield self._one(exchange)

    def _one(self, exchange: Json) -> Outcome:
        outcome = Outcome(exchange)
        self._provide(exchange)
        unknown = [each for each in ID.findall(_text(exchange)) if each not in self._ids]
        listed = exchange["method"] == "GET" and self._strangers(exchange)
        if exchange["status"] < 400 and (unknown or listed):
            outcome.skipped = "names an object that the recording does not make"
            return outcome
        if exchange["recorded_at"]:
            self._server.control.clock(now=_moment(exchange).isoformat())
        else:
            self._server.control.clock(advance_seconds=DELAY_SECONDS)
        answer = self._send(exchange)
        if answer.status_code != exchange["status"]:
            outcome.problems.append(
                f"status {answer.status_code} instead of {exchange['status']}: {answer.text[:300]}"
            )
            return outcome
        recorded: Json = exchange["response"]
        seen: Json = answer.json() if answer.content else None
        if not recorded and seen is None:
            return outcome
        self._learn(recorded, seen)
        if "/metrics/" in exchange["path"]:
            recorded, seen = dict(recorded, summary={}), dict(seen, summary={})
        outcome.problems += compared(recorded, seen, "")
        return outcome

    def _strangers(self, exchange: Json) -> set[str]:
        """Objects in the answer that nothing in the recording makes; subscriptions follow from invoices."""
        derived = re.search(r"/(cus_[0-9a-f-]{36})/(?:subscriptions|activities)$", exchange["path"])
        if derived:
            return set() if derived[1] in self._billed else {derived[1]}
        return _objects(exchange["response"]) - self._made

    def _provide(self, exchange: Json) -> None:
        """Make the sources, plans and customers that were there before the recording began."""
        if exchange["status"] >= 400:
            return
        body = exchange["response"] if isinstance(exchange["response"], dict) else {}
        hanging = HANGING.fullmatch(exchange["path"])
        for recorded in ID.findall(f"{_text(exchange)} {body if hanging else ''}"):
            kind = recorded.split("_")[0]
            if recorded in self._ids or recorded in self._made or kind not in PROVIDED:
                continue
            known: dict[str, Json] = {**PROVIDED[kind], "name": recorded, "external_id": recorded}
            if kind != "ds":
                known["data_source_uuid"] = self._a_source(exchange)
            named = re.findall(r"'customer_external_id': '([^']+)'", str(exchange["request"]))
            if kind == "cus" and named:
                known["external_id"] = named[0]
            if kind == "cus" and body.get("customer_uuid") == recorded and "customer_external_id" in body:
                known["external_id"] = body["customer_external_id"]
            if body.get("uuid") == recorded:
                said = {name: value for name, value in body.items() if name in COPIED and value is not None}
                known.update(said, data_source_uuid=known.get("data_source_uuid"))
            self._ids[recorded] = self._make(PATHS[kind], known)
            self._made.add(recorded)

        if hanging and hanging[2] not in self._ids and hanging[2] not in self._made:
            self._ids[hanging[2]] = self._make(*_mapped([hanging[1], _as_sent(body)], self._ids))
            self._made.add(hanging[2])

    def _a_source(self, exchange: Json) -> str:
        named = re.findall(r"ds_[0-9a-f-]{36}", f"{_text(exchange)} {exchange['response']}")
        recorded = named[0] if named else "ds_of_the_account"
        if recorded not in self._ids:
            self._ids[recorded] = self._make("/v1/data_sources", {"name": recorded})
            self._made.add(recorded)
        return self._ids[recorded]

    def _make(self, path: str, body: Json) -> str:
        answer = self._session.post(f"{self._server.url}{path}", json=body, timeout=TIMEOUT_SECONDS)
        answer.raise_for_status()
        made = answer.json()
        return str(made.get("uuid") or made["task_uuid"])

    def _send(self, exchange: Json) -> requests.Response:
        body = _mapped(exchange["request"], self._ids)
        path = _mapped(exchange["path"], self._ids)
        auth = ("wrong", "") if exchange["status"] == 401 else self._session.auth
        return self._session.request(
            exchange["method"], f"{self._server.url}{path}",
            params=_mapped(exchange["query"] or {}, self._ids),
            json=body, auth=auth, timeout=TIMEOUT_SECONDS,
        )  # fmt: skip

    def _learn(self, recorded: Json, seen: Json) -> None:
        """Note which of our ids stands for which recorded one."""
        if isinstance(recorded, dict) and isinstance(seen, dict):
            for name in recorded.keys() & seen.keys():
                self._learn(recorded[name], seen[name])
        elif isinstance(recorded, list) and isinstance(seen, list):
            for one, other in paired(recorded, seen):
                self._learn(one, other)
        elif isinstance(recorded, str) and isinstance(seen, str) and ID.fullmatch(recorded):
            self._ids.setdefault(recorded, seen)
        if isinstance(recorded, dict) and isinstance(seen, dict) and isinstance(recorded.get("id"), int):
            self._ids.setdefault(str(recorded["id"]), str(seen.get("id")))


def _as_sent(body: Json) -> Json:
    """What makes an object that is printed like this."""
    said = {name: value for name, value in body.items() if name not in ("uuid", "task_uuid")}
    if isinstance(body.get("custom"), dict):
        said["custom"] = [{"key": key, "value": value} for key, value in body["custom"].items()]
    return said


def _calls(exchanges: list[Json]) -> str:
    return "\n".join(f"{each['method']} {each['path']}" for each in exchanges)


def _objects(body: Json) -> set[str]:
    """The ids of the objects that stand at the top of an answer."""
    rows = [body] if isinstance(body, dict) else []
    rows += [
        each for row in list(rows) for value in row.values() if isinstance(value, list) for each in value
    ]
    ids = [row.get("uuid") or row.get("task_uuid") or row.get("id") for row in rows if isinstance(row, dict)]
    return {str(each) for each in ids if each}


def _text(exchange: Json) -> str:
    return f"{exchange['path']} {exchange['query']} {exchange['request']}"


def _mapped(value: Json, ids: dict[str, str]) -> Json:
    if isinstance(value, dict):
        return {name: _mapped(each, ids) for name, each in value.items()}
    if isinstance(value, list):
        return [_mapped(each, ids) for each in value]
    if isinstance(value, int) and not isinstance(value, bool) and str(value) in ids:
        return int(ids[str(value)])
    if isinstance(value, str) and value in ids:
        return ids[value]
    return ID.sub(lambda found: ids.get(found[0], found[0]), value) if isinstance(value, str) else value


def paired(recorded: list[Json], seen: list[Json]) -> list[tuple[Json, Json]]:
    """Elements that belong together: by external id where there is one, else by type, else by place."""
    if not all(isinstance(each, dict) for each in (*recorded, *seen)):
        return list(zip(recorded, seen, strict=False))
    left, pairs = list(seen), []
    for each in recorded:
        fitting = [one for one in left if _likeness(each) == _likeness(one)] or left
        if fitting:
            chosen = fitting[0]
            left.remove(chosen)
            pairs.append((each, chosen))
    return pairs


def _likeness(row: Json) -> tuple[Json, Json, Json]:
    return row.get("external_id"), row.get("type"), row.get("subscription-external-id")


def compared(recorded: Json, seen: Json, path: str) -> list[str]:
    """Where the answer differs from the recorded one."""
    name = path.rsplit(".", 1)[-1]
    if isinstance(recorded, dict) and isinstance(seen, dict):
        return _compared_objects(recorded, seen, path)
    if isinstance(recorded, list) and isinstance(seen, list):
        if len(recorded) != len(seen) and name not in VOLATILE and "metrics" not in path:
            return [f"{path}: {len(seen)} elements instead of {len(recorded)}"]
        return [each for one, other in paired(recorded, seen) for each in compared(one, other, f"{path}[]")]
    if recorded in (None, "") and seen in (None, ""):
        return []  # missing text: one or the other, by the year of the recording
    if recorded is None or seen is None:
        return [] if recorded == seen or _may_be_null(name) else [f"{path}: {seen!r} instead of {recorded!r}"]
    if _kind(recorded) != _kind(seen):
        return [f"{path}: {seen!r} is of another type than {recorded!r}"]
    if (
        name in VOLATILE
        or "mrr" in name
        or name in ("asp", "ltv", "arr")
        or _is_generated(recorded)
        or recorded == seen
    ):
        return []
    return [f"{path}: {seen!r} instead of {recorded!r}"]


def _compared_objects(recorded: Json, seen: Json, path: str) -> list[str]:
    found = [f"{path}.{name} is missing" for name in recorded.keys() - seen.keys() - RETIRED.keys()]
    found += [f"{path}.{name} is too much" for name in seen.keys() - recorded.keys() - YOUNGER]
    for name in recorded.keys() & seen.keys():
        if name != "meta":
            found += compared(recorded[name], seen[name], f"{path}.{name}")
    return sorted(found)


def _may_be_null(name: str) -> bool:
    return name in VOLATILE or name in ("city", "cursor", "total_pages", "per_page")


def _kind(value: Json) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, int | float) else type(value).__name__


def _is_generated(value: Json) -> bool:
    return isinstance(value, str) and ID.search(value) is not None
