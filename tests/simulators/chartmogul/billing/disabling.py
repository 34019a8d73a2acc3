"""Disabling invoices, line items, transactions and events.

Source: https://dev.chartmogul.com/reference/invoices/disable: only sources that fill themselves (Stripe and
the like) can disable; "trying to disable an invoice in any other source will return an error". A switch says
whether the simulated sources count as such.
"""

from collections.abc import Mapping
from typing import Protocol

from tests.simulators.chartmogul import answers, moments
from tests.simulators.chartmogul.records import Disabled
from tests.simulators.chartmogul.world import World
from tests.simulators.http import Json

AUTHOR = "staff@chartmogul.example"


class Disableable(Protocol):
    """A record that can be taken out of the metrics."""

    disabled: Disabled | None


def put(world: World, given: Mapping[str, Json], row: Disableable, kind: str) -> None:
    """Disable or enable the row as the body says; 422 where the source does not allow it."""
    wanted = given.get("disabled")
    if world.switches["disabling"] == "refused":
        raise answers.rails(
            {"disabled": f"Disabling is not supported for this data source; delete the {kind} instead."},
            world.switches.number("disabling_status"),
        )
    if not isinstance(wanted, bool):
        raise answers.rails({"disabled": "is invalid"})
    row.disabled = (row.disabled or Disabled(world.now(), AUTHOR)) if wanted else None


def shape(row: Disableable) -> dict[str, Json]:
    """The three fields by which a read tells."""
    held = row.disabled
    at = moments.import_side(held.at) if held else None
    return {"disabled": held is not None, "disabled_at": at, "disabled_by": held and held.by}
