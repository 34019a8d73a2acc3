"""Sync after sync on the simulated account: changes come once, a quiet account costs a call a stream."""

import pytest

from tests.simulators import Server
from tests.source_keap.reading import Json, Read, read

CURSORED = ["subscriptions", "payments", "contacts", "orders"]


class Account:
    """Syncs one after another, each from the state of the one before."""

    def __init__(self, config: Json) -> None:
        self.config = config
        self.last = read(config, CURSORED)

    def sync(self) -> Read:
        state = self.last.state
        self.last = read(self.config, CURSORED, state)
        return self.last

    def news(self) -> dict[str, list[str]]:
        result = self.sync()
        return {name: sorted(result.ids(name)) for name in CURSORED if result.records[name]}


@pytest.fixture
def account(keap: Server, config: Json) -> Account:
    """An account that has been read once."""
    assert keap.control.switches()
    return Account(config)


def test_a_quiet_account_costs_one_call_a_stream(keap: Server, account: Account) -> None:
    """No records, one call for each stream; again and again."""
    for _ in range(3):
        before = sum(sum(counts.values()) for counts in keap.control.calls().values())
        assert account.news() == {}
        assert sum(sum(counts.values()) for counts in keap.control.calls().values()) == before + 4
        keap.control.clock(advance_seconds=200)


@pytest.mark.parametrize("bounds", ["inclusive", "exclusive"])
def test_each_change_comes_exactly_once(keap: Server, account: Account, bounds: str) -> None:
    """Whether Keap's time filters include their bound or not."""
    keap.control.switch("time_bounds", bounds)
    keap.control.event("edit_contact", contact_id="1001", family_name="Rivera")
    assert account.news() == {"contacts": ["1001"]}
    for seconds in (0, 60, 240, 3600):
        keap.control.clock(advance_seconds=seconds)
        assert account.news() == {}


def test_two_changes_within_a_second_both_come(keap: Server, account: Account) -> None:
    """Times have whole seconds; the second change is not taken for the first."""
    keap.control.event("edit_contact", contact_id="1001", family_name="Rivera")
    assert account.news() == {"contacts": ["1001"]}
    keap.control.event("edit_contact", contact_id="1001", family_name="Stone")
    keap.control.event("edit_contact", contact_id="1002", family_name="Stone")
    assert account.news() == {"contacts": ["1001", "1002"]}


def test_a_month_of_billing_comes_as_it_happens(keap: Server, account: Account) -> None:
    """Day by day, all new orders and payments come, and in the end the source has what Keap has."""
    seen: dict[str, dict[str, Json]] = {name: {} for name in CURSORED}
    for name in CURSORED:
        seen[name].update({row["id"]: row for row in account.last.records[name]})
    for _ in range(10):
        keap.control.clock(advance_seconds=3 * 86_400)
        for name, rows in account.sync().records.items():
            seen[name].update({row["id"]: row for row in rows})
    assert {name: seen[name] for name in CURSORED} == {
        name: {row["id"]: row for row in keap.control.dump()[name]} for name in CURSORED
    }


def test_a_refund_brings_the_refunded_payment_again(keap: Server, account: Account) -> None:
    """The refund's own row, the payment that now names it, and the order."""
    touched = keap.control.event("refund", contact_id="1001")
    order = str(touched["orders"][0])
    rows = account.sync().records
    paid = next(row for row in rows["payments"] if "refund_payment_id" in row)
    refund = next(row for row in rows["payments"] if row["id"] == paid["refund_payment_id"])
    assert paid["order_ids"] == refund["order_ids"] == [order]
    assert [row["id"] for row in rows["orders"]] == [order]


def test_a_cancellation_and_a_new_subscription(keap: Server, account: Account) -> None:
    """Both come in the next sync, with one call."""
    cancelled = keap.control.event("cancel", contact_id="1001")["subscriptions"]
    assert account.news() == {"subscriptions": [str(number) for number in cancelled]}


@pytest.mark.parametrize("touches", ["yes", "no"])
def test_a_merge_of_contacts_reaches_the_subscriptions(keap: Server, account: Account, touches: str) -> None:
    """At once when Keap dates the change, else with the next daily full read."""
    keap.control.switch("merge_touches_orders", touches)
    keap.control.event("merge_contacts", contact_id="1001", into_contact_id="1002")
    news = account.sync().records["subscriptions"]
    assert bool(news) is (touches == "yes")
    keap.control.clock(advance_seconds=86_400)
    moved = news + account.sync().records["subscriptions"]
    assert any(row["contact_id"] == "1002" for row in moved)
    assert not any(row["contact_id"] == "1001" for row in moved)


def test_the_daily_full_read_costs_its_pages(keap: Server, account: Account) -> None:
    """A day later subscriptions take one call for the changes and one for each thousand rows."""
    keap.control.clock(advance_seconds=86_400)
    before = keap.control.calls()["GET /crm/rest/v2/subscriptions"]["200"]
    account.sync()
    assert keap.control.calls()["GET /crm/rest/v2/subscriptions"]["200"] == before + 2
    account.sync()
    assert keap.control.calls()["GET /crm/rest/v2/subscriptions"]["200"] == before + 3


def test_the_state_stays_small(account: Account) -> None:
    """A few hundred bytes a stream for an account of this size."""
    for state in account.sync().state:
        assert len(str(state)) < 1500
