"""Which subscription events of a ChartMogul account this connector wrote."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from destination_chartmogul.mapping.objects import CANCELLED, SCHEDULED

OWN_EVENTS = (CANCELLED, SCHEDULED)


def is_ours(event: Mapping[str, Any]) -> bool:
    """Cancellations that this connector wrote; events made by hand or by others are never touched."""
    parts = str(event.get("external_id") or "").rsplit(":", 2)
    return (
        len(parts) == 3
        and event.get("event_type") in OWN_EVENTS
        and parts[0] == str(event.get("subscription_external_id"))
        and parts[1] in ("cancelled", "scheduled", "replaced", "moved")
    )
