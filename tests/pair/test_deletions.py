"""A subscription that is deleted in Keap, through both connectors."""

from __future__ import annotations

from tests.pair.connection import Connection
from tests.simulators import Simulators
from tests.simulators.scenarios.small import CASES

DAY = 86_400


def test_a_deleted_subscription_ends_in_chartmogul(connection: Connection, servers: Simulators) -> None:
    """The daily comparison misses it, and ChartMogul ends it when what was billed ends; others go on."""
    assert connection.sync().ok
    contact = CASES["monthly"].contact_id
    rows = servers.keap.control.dump()["subscriptions"]
    (mine,) = [row for row in rows if str(row["contact_id"]) == str(contact)]
    before = ends(servers)
    servers.keap.control.event("delete_subscription", subscription_id=mine["id"])
    servers.advance(1.5 * DAY)
    assert connection.sync().ok
    new = ends(servers) - before
    assert {subscription for subscription, _ in new} == {str(mine["id"])}


def ends(servers: Simulators) -> set[tuple[str, str]]:
    """(subscription, kind) of the events that ChartMogul holds."""
    events = servers.chartmogul.control.dump()["subscription_events"]
    return {(str(e["subscription_external_id"]), str(e["event_type"])) for e in events}
