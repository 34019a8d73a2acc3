"""The data source, and its plans by external id: found or created, once per run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from destination_chartmogul.client import Client
from destination_chartmogul.errors import ConfigError, Refused, describe
from destination_chartmogul.mapping.objects import Plan
from destination_chartmogul.mapping.plans import renamed
from destination_chartmogul.wire import plan_body

Json = dict[str, Any]
WITH_STATUS = {"with_processing_status": "true"}
BETWEEN_READINGS = 2.0
STRANGE = "The address answers, but not as ChartMogul's API does; check base_url."


def find_source(client: Client, name: str) -> Json | None:
    """The data source of that name, with its processing status. Raises ConfigError."""
    try:
        found = client.get("/data_sources", name=name, **WITH_STATUS).get("data_sources")
    except Refused as refused:
        text = f"ChartMogul does not list its data sources; check base_url. {refused}"
        raise ConfigError(text) from refused
    if not isinstance(found, list) or not all(isinstance(each, dict) and each.get("uuid") for each in found):
        raise ConfigError(STRANGE)
    return next((source for source in found if source.get("name") == name), None)


def create_source(client: Client, name: str) -> Json:
    """A new data source; the name taken meanwhile means that another run made it."""
    try:
        made = client.create("/data_sources", {"name": name}, lambda: find_source(client, name))
    except Refused as refused:
        found = find_source(client, name) if refused.already_exists else None
        if found is None:
            raise ConfigError(
                f"The data source cannot be created. {describe(refused.status, refused.faults)}"
            ) from refused
        return found
    if not made.get("uuid"):
        raise ConfigError(STRANGE)
    return made


def pending(source: Mapping[str, Any]) -> int:
    """What ChartMogul still has to process."""
    return int((source.get("processing_status") or {}).get("pending") or 0)


def wait_until_idle(
    client: Client, source: Mapping[str, Any], seconds: float, say: Callable[[str], None]
) -> bool:
    """Poll the data source until nothing is pending; False after `seconds`."""
    if not pending(source):
        return True
    say("ChartMogul is still processing earlier data; waiting for it.")
    return _quiet(client, str(source["uuid"]), seconds, readings=1)


def wait_until_judged(client: Client, source: str, seconds: float) -> bool:
    """The same after an import, whose processing may not have begun: two readings in a row."""
    return _quiet(client, source, seconds, readings=2)


def _quiet(client: Client, source: str, seconds: float, readings: int) -> bool:
    """Whether nothing is pending in so many readings one after the other."""
    deadline, delay, quiet = time.monotonic() + seconds, BETWEEN_READINGS / 4, 0
    while quiet < readings:
        if time.monotonic() + delay > deadline:
            return False
        time.sleep(BETWEEN_READINGS if quiet else delay)
        delay = min(delay * 1.6, 10.0)
        current = client.get(f"/data_sources/{source}", **WITH_STATUS)
        quiet = 0 if pending(current) else quiet + 1
    return True


class Plans:
    """Plans of the data source. Safe to use from several threads."""

    def __init__(self, client: Client, source: str, empty: bool) -> None:
        self._client, self._source = client, source
        self._lock = threading.Lock()
        self._uuids: dict[str, str] = {}
        self._names: dict[str, str] = {}
        if not empty:
            self.load()

    def load(self) -> None:
        """Read all plans."""
        for plan in self._client.all("/plans", "plans", data_source_uuid=self._source):
            self._add(plan)

    def _add(self, plan: Json) -> str:
        external_id = str(plan["external_id"])
        self._names[external_id] = str(plan["name"])
        self._uuids[external_id] = str(plan["uuid"])
        return self._uuids[external_id]

    @property
    def uuids(self) -> Mapping[str, str]:
        """Plan uuid by external id."""
        return self._uuids

    @property
    def external_ids(self) -> dict[str, str]:
        """Plan external id by uuid."""
        return {uuid: external_id for external_id, uuid in self._uuids.items()}

    def ensure(self, plan: Plan) -> str:
        """uuid of a plan, which is created when it is missing. Raises Refused."""
        with self._lock:
            known = self._uuids.get(plan.external_id)
            return known or self._add(self._create(plan))

    def _create(self, plan: Plan) -> Json:
        body = plan_body(plan) | {"data_source_uuid": self._source}
        try:
            return self._client.create("/plans", body, lambda: self._find(plan.external_id))
        except Refused as refused:
            found = self._find(plan.external_id) if refused.already_exists else None
            if found is None:
                raise
            return found

    def _find(self, external_id: str) -> Json | None:
        listed = self._client.get("/plans", data_source_uuid=self._source, external_id=external_id)
        return next((p for p in listed.get("plans") or [] if p.get("external_id") == external_id), None)

    def renames(self, product_names: Mapping[str, str]) -> dict[str, str]:
        """External id → new name, of plans whose product is called something else now."""
        wanted = {key: renamed(key, product_names) for key in self._names}
        return {key: name for key, name in wanted.items() if name and name != self._names[key]}

    def rename(self, external_id: str, name: str) -> None:
        """Give a plan another name."""
        self._client.patch(f"/plans/{self._uuids[external_id]}", {"name": name})
        self._names[external_id] = name
