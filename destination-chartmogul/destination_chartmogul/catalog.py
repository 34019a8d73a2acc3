"""The configured catalog: which streams come, and that they may be written the way it asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from destination_chartmogul.errors import ConfigError

BILLING = ("account", "products", "subscriptions", "payments", "contacts", "orders", "transactions")
CRM = (
    "users",
    "lead_sources",
    "custom_fields",
    "tag_categories",
    "tags",
    "companies",
    "applied_tags",
    "notes",
    "tasks",
    "opportunity_stages",
    "opportunities",
)
"""Streams that nothing is written of unless the catalog has them and the configuration asks for it."""
STREAMS = BILLING + CRM
SYNC_MODES = ("append", "append_dedup")


def streams_of(catalog: Mapping[str, Any]) -> frozenset[str]:
    """Names of the configured streams. Raises ConfigError for unknown streams and for overwrite."""
    entries = catalog.get("streams")
    if not isinstance(entries, list):
        raise ConfigError("The catalog has no list of streams.")
    names = [str((entry.get("stream") or {}).get("name")) for entry in entries]
    unknown = sorted(set(names) - set(STREAMS))
    if unknown:
        raise ConfigError(
            f"The catalog has streams that this destination does not know: {', '.join(unknown)}. "
            f"It knows {', '.join(STREAMS)}."
        )
    for name, entry in zip(names, entries, strict=True):
        _check_mode(name, entry.get("destination_sync_mode"))
    return frozenset(names)


def is_whole(catalog: Mapping[str, Any], stream: str) -> bool:
    """Whether the catalog asks for all records of a stream in each run."""
    entries = [e for e in catalog.get("streams") or [] if (e.get("stream") or {}).get("name") == stream]
    return bool(entries) and all(entry.get("sync_mode") == "full_refresh" for entry in entries)


def _check_mode(name: str, mode: str | None) -> None:
    if mode == "overwrite":
        raise ConfigError(
            f"Stream {name} asks for overwrite, which would delete customers with their history. "
            "Use append_dedup: unchanged records are not sent again."
        )
    if mode not in (None, *SYNC_MODES):
        raise ConfigError(f"Stream {name} asks for {mode}; this destination does {' and '.join(SYNC_MODES)}.")
