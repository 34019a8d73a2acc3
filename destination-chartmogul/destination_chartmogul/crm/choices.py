"""What of the CRM the user asked for. What people may edit is off until the configuration names it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from destination_chartmogul.pairing import MARK

OFF = "off"
AUTO = "auto"
ADDRESS_ATTRIBUTE = "keap_email"
CLOSE_DATES = ("estimated_close_time", "next_action_time", "last_updated_time")
STREAMS_OF: Mapping[str, tuple[str, ...]] = {
    "contacts": ("contacts",),
    "notes": ("notes",),
    "calls": ("notes",),
    "tasks": ("tasks",),
    "opportunities": ("opportunities",),
    "owner": ("contacts",),
    "tags": ("contacts", "tags"),
    "tag_categories": ("contacts", "tags", "tag_categories"),
    "custom_fields": ("contacts", "custom_fields"),
}
"""What each switch cannot do without. Users come with `users`, if `crm.users` does not name them."""
NAMES = ("tags", "tag_categories")
"""Streams that only tell names, so that a part of them is of no use."""


@dataclass(frozen=True)
class StageChoice:
    """Where opportunities of one Keap stage (its name or id) stand in ChartMogul."""

    keap_stage: str
    pipeline: str
    pipeline_stage: str
    forecast_category: str | None = None
    win_likelihood: int | None = None


@dataclass(frozen=True)
class AttributeChoice:
    """A custom field (label, field name or id) and the attribute that it becomes; `type` may be `auto`."""

    keap_field: str
    attribute: str
    type: str = AUTO


@dataclass(frozen=True)
class CrmChoices:
    """The `crm` part of the configuration. `streams` are those of the catalog, `whole` those of them that
    are a full refresh and came to their end.
    """

    contacts: str = OFF
    notes: bool = False
    calls: bool = False
    tasks: bool = False
    stages: tuple[StageChoice, ...] = ()
    revenue: str = "low"
    opportunity_type: str = "recurring"
    close_dates: tuple[str, ...] = CLOSE_DATES
    id_attribute: str = "keap_opportunity_id"
    owner: bool = False
    users: Mapping[str, str] = field(default_factory=dict)
    default_user: str | None = None
    tags: frozenset[str] = frozenset()
    tag_categories: frozenset[str] = frozenset()
    attributes: tuple[AttributeChoice, ...] = ()
    address_attribute: str = ADDRESS_ATTRIBUTE
    streams: frozenset[str] = frozenset()
    whole: frozenset[str] = frozenset()

    @property
    def switches(self) -> dict[str, bool]:
        """Which are on, by the names that the configuration has for them."""
        return {
            "contacts": self.contacts != OFF,
            "notes": self.notes,
            "calls": self.calls,
            "tasks": self.tasks,
            "opportunities": bool(self.stages),
            "owner": self.owner,
            "tags": bool(self.tags),
            "tag_categories": bool(self.tag_categories),
            "custom_fields": bool(self.attributes),
        }

    @property
    def any(self) -> bool:
        """Whether anything is on."""
        return any(self.switches.values())

    def needed(self) -> Iterator[tuple[str, str]]:
        """(switch that is on, stream that it needs)."""
        for name, on in self.switches.items():
            yield from ((name, stream) for stream in STREAMS_OF[name] if on)

    def in_catalog(self, streams: frozenset[str], whole: frozenset[str]) -> CrmChoices:
        """The same for a run with these streams."""
        return replace(self, streams=streams, whole=whole)


def crm_of(config: Mapping[str, Any]) -> CrmChoices:
    """A configuration that spec.json accepts → choices."""
    given: Mapping[str, Any] = config.get("crm") or {}
    deals: Mapping[str, Any] = given.get("opportunities") or {}
    return CrmChoices(
        contacts=given.get("contacts") or OFF,
        notes=bool(given.get("notes")),
        calls=bool(given.get("calls")),
        tasks=bool(given.get("tasks")),
        stages=tuple(_stage(row) for row in deals.get("stages") or ()),
        revenue=deals.get("projected_revenue") or "low",
        close_dates=tuple(deals.get("close_date") or CLOSE_DATES),
        opportunity_type=deals.get("type") or "recurring",
        id_attribute=deals.get("id_attribute") or "keap_opportunity_id",
        owner=bool(given.get("owner")),
        users={row["keap_user"].casefold(): row["chartmogul_user"] for row in given.get("users") or ()},
        default_user=given.get("default_user") or None,
        tags=frozenset(given.get("tags") or ()),
        tag_categories=frozenset(given.get("tag_categories") or ()),
        address_attribute=given.get("invalid_email_attribute", ADDRESS_ATTRIBUTE),
        attributes=tuple(_attribute(row) for row in given.get("custom_fields") or ()),
    )


def _stage(row: Mapping[str, Any]) -> StageChoice:
    return StageChoice(
        row["keap_stage"].casefold(),
        row["pipeline"],
        row["pipeline_stage"],
        row.get("forecast_category"),
        row.get("win_likelihood"),
    )


def _attribute(row: Mapping[str, Any]) -> AttributeChoice:
    return AttributeChoice(row["keap_field"].casefold(), row["attribute"], row.get("type") or AUTO)


def faults(config: Mapping[str, Any]) -> Iterator[str]:
    """What spec.json cannot say: the same name twice, which would leave it open what is meant, and attributes
    that something else writes too.
    """
    given: Mapping[str, Any] = config.get("crm") or {}
    fields: Sequence[Mapping[str, Any]] = given.get("custom_fields") or ()
    lists = {
        "crm.users": ("keap_user", given.get("users")),
        "crm.opportunities.stages": ("keap_stage", (given.get("opportunities") or {}).get("stages")),
        "crm.custom_fields": ("attribute", fields),
    }
    for place, (name, rows) in lists.items():
        said = [row[name].casefold() for row in rows or ()]
        for twice in sorted({key for key in said if said.count(key) > 1}):
            yield f"{place} has the {name} {twice!r} twice"
    address = given.get("invalid_email_attribute", ADDRESS_ATTRIBUTE)
    for taken, by in ((address, "crm.invalid_email_attribute"), (MARK, "billing_elsewhere")):
        if taken in [row["attribute"] for row in fields]:
            yield f"crm.custom_fields has the attribute {taken!r}, which {by} writes: name another"
