"""A small stand-in for Airbyte's public API: what connect.py uses of it, strict about what it is sent.

From the API reference (https://reference.airbyte.com): paths, required and known fields, 200 for what is
made, secrets shown as stars, configurations held against the connector's specification.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from jsonschema import Draft7Validator

from tests.served import Quiet, served

Json = dict[str, Any]
CLIENT_ID, CLIENT_SECRET, TOKEN = "application-1", "application-secret", "token-of-an-hour"
ROOT = "/api/public/v1"
MODES = {
    "full_refresh_append": ("full_refresh", "append"),
    "full_refresh_overwrite": ("full_refresh", "overwrite"),
    "incremental_append": ("incremental", "append"),
    "incremental_deduped_history": ("incremental", "append_dedup"),
}
ACTOR = {"secretId", "resourceAllocation"}
CONNECTION = {
    *("name", "schedule", "configurations", "namespaceDefinition", "nonBreakingSchemaUpdatesBehavior"),
    *("prefix", "status", "tags"),
}
# operation → (required fields, further fields)
BODIES: Mapping[str, tuple[set[str], set[str]]] = {
    "POST definitions": ({"name", "dockerRepository", "dockerImageTag"}, {"documentationUrl"}),
    "PUT definitions": ({"name", "dockerImageTag"}, set()),
    "POST actors": ({"name", "workspaceId", "configuration"}, {"definitionId", *ACTOR}),
    "PATCH actors": (set(), {"name", "configuration", "workspaceId", *ACTOR}),
    "POST connections": ({"sourceId", "destinationId"}, CONNECTION),
    "PATCH connections": (set(), CONNECTION),
}


class RefusedError(Exception):
    def __init__(self, status: int, title: str) -> None:
        super().__init__(title)
        self.status = status


@dataclass
class FakeAirbyte:
    """`specs`: docker repository → specification; `streams`: stream → the sync modes that its source has."""

    specs: Mapping[str, Json]
    streams: Mapping[str, list[str]]
    url: str = ""
    workspaces: list[Json] = field(
        default_factory=lambda: [{"workspaceId": str(uuid.uuid4()), "name": "Default"}]
    )
    held: dict[str, dict[str, Json]] = field(default_factory=dict)
    writes: list[str] = field(default_factory=list)

    def answer(self, method: str, path: str, query: Mapping[str, list[str]], body: Json) -> Json:
        """Raises RefusedError."""
        if path == "/workspaces":
            return {
                "data": [{**each, "dataResidency": "auto", "notifications": {}} for each in self.workspaces]
            }
        found = re.fullmatch(r"/workspaces/([^/]+)/definitions/(sources|destinations)(?:/(.+))?", path)
        if found:
            self._workspace(found[1])
            return self._definitions(method, found[2], found[3], body)
        found = re.fullmatch(r"/(sources|destinations|connections)(?:/(.+))?", path)
        if not found:
            raise RefusedError(404, "not-found")
        if method == "GET" and not found[2]:
            return self._page(found[1], query)
        act = self._connection if found[1] == "connections" else self._actor
        return act(method, found[1], found[2], body)

    def of(self, kind: str) -> dict[str, Json]:
        return self.held.setdefault(kind, {})

    def _workspace(self, key: str) -> None:
        if key not in [each["workspaceId"] for each in self.workspaces]:
            raise RefusedError(403, "forbidden")

    def _body(self, operation: str, body: Json) -> None:
        required, more = BODIES[operation]
        if required - body.keys() or body.keys() - required - more:
            raise RefusedError(
                400, f"bad-request: {sorted(required - body.keys())} {sorted(body.keys() - required - more)}"
            )
        self.writes.append(operation)

    def _definitions(self, method: str, kind: str, key: str | None, body: Json) -> Json:
        held = self.of(f"{kind} definitions")
        if method == "GET":
            return {"data": list(held.values())}
        self._body(f"{method} definitions", body)
        if method == "POST":
            if body["dockerRepository"] not in self.specs:
                raise RefusedError(422, "unprocessable-entity: the image cannot be pulled")
            key = str(uuid.uuid4())
            held[key] = {"id": key}
        held[str(key)] |= body
        return held[str(key)]

    def _page(self, kind: str, query: Mapping[str, list[str]]) -> Json:
        first, most = int(query.get("offset", ["0"])[0]), int(query.get("limit", ["20"])[0])
        shown = [self._shown(kind, each) for each in self.of(kind).values()]
        return {"data": shown[first : first + most]}

    def _actor(self, method: str, kind: str, key: str | None, body: Json) -> Json:
        self._body(f"{method} actors", body)
        if method == "POST":
            self._workspace(body["workspaceId"])
            if body.get("definitionId") not in self.of(f"{kind} definitions"):
                raise RefusedError(404, "not-found: definition")
            key = str(uuid.uuid4())
            self.of(kind)[key] = {f"{kind[:-1]}Id": key, f"{kind[:-1]}Type": "custom", "createdAt": 1}
        one = self.of(kind)[str(key)]
        wrong = list(Draft7Validator(self._schema(kind, {**one, **body})).iter_errors(body["configuration"]))
        if wrong:
            raise RefusedError(422, "unprocessable-entity: the configuration does not fit the specification")
        one |= body
        return self._shown(kind, one)

    def _schema(self, kind: str, one: Json) -> Json:
        definition = self.of(f"{kind} definitions")[one["definitionId"]]
        schema: Json = self.specs[definition["dockerRepository"]]["connectionSpecification"]
        return schema

    def _shown(self, kind: str, one: Json) -> Json:
        if kind == "connections":
            return one
        return {**one, "configuration": starred(one["configuration"], secret_names(self._schema(kind, one)))}

    def _connection(self, method: str, kind: str, key: str | None, body: Json) -> Json:
        self._body(f"{method} connections", body)
        if method == "POST":
            if body["sourceId"] not in self.of("sources") or body["destinationId"] not in self.of(
                "destinations"
            ):
                raise RefusedError(404, "not-found: actor")
            key = str(uuid.uuid4())
            fixed = {
                "connectionId": key,
                "workspaceId": self.workspaces[0]["workspaceId"],
                "createdAt": 1,
                "tags": [],
            }
            self.of(kind)[key] = {**fixed, "status": "active"}
        one = self.of(kind)[str(key)]
        self._check(body, one)
        one |= body
        return one

    def _check(self, body: Json, one: Json) -> None:
        destination = self.of("destinations")[{**one, **body}["destinationId"]]
        definition = self.of("destinations definitions")[destination["definitionId"]]
        able = self.specs[definition["dockerRepository"]]["supported_destination_sync_modes"]
        for stream in (body.get("configurations") or {}).get("streams", []):
            read, written = MODES[stream["syncMode"]]
            if read not in self.streams.get(stream["name"], []) or written not in able:
                raise RefusedError(400, f"bad-request: {stream['name']} cannot do {stream['syncMode']}")
        schedule = body.get("schedule") or {}
        if schedule.get("scheduleType") == "cron" and len(schedule["cronExpression"].split()) not in (
            6,
            7,
            8,
        ):
            raise RefusedError(400, "bad-request: cron expression")


def secret_names(schema: Any) -> set[str]:
    """The names of all properties that are secrets, at any depth."""
    if isinstance(schema, list):
        return {name for each in schema for name in secret_names(each)}
    if not isinstance(schema, dict):
        return set()
    own = {
        name
        for name, inner in (schema.get("properties") or {}).items()
        if isinstance(inner, dict) and inner.get("airbyte_secret")
    }
    return own | {name for inner in schema.values() for name in secret_names(inner)}


def starred(value: Any, secrets: set[str]) -> Any:
    if not isinstance(value, dict):
        return value
    return {k: "**********" if k in secrets else starred(v, secrets) for k, v in value.items()}


@contextmanager
def fake_airbyte(specs: Mapping[str, Json], streams: Mapping[str, list[str]]) -> Iterator[FakeAirbyte]:
    one = FakeAirbyte(specs, streams)
    with served(_handler(one)) as one.url:
        yield one


def _handler(one: FakeAirbyte) -> type[Quiet]:
    class Handler(Quiet):
        def reply(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            parts = urlsplit(self.path)
            try:
                status, body = 200, self.judged(parts.path, parse_qs(parts.query), sent)
            except RefusedError as refusal:
                status, body = (
                    refusal.status,
                    {"status": refusal.status, "title": str(refusal), "detail": sent},
                )
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def judged(self, path: str, query: Mapping[str, list[str]], sent: str) -> Json:
            if path == f"{ROOT}/applications/token":
                given = parse_qs(sent)
                if given.get("client_id") != [CLIENT_ID] or given.get("client_secret") != [CLIENT_SECRET]:
                    raise RefusedError(401, "unauthorized")
                return {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 3600}
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                raise RefusedError(401, "unauthorized")
            if not path.startswith(ROOT):
                raise RefusedError(404, "not-found")
            return one.answer(self.command, path.removeprefix(ROOT), query, json.loads(sent) if sent else {})

        do_GET = do_POST = do_PUT = do_PATCH = reply  # noqa: N815

    return Handler
