"""Transactions: no ids, sorted by time; what changes within the look-back comes again."""

import pytest

from tests.simulators import Server
from tests.source_keap.reading import Json, Read, read
from tests.source_keap.test_more_streams import calls, comparable

ONLY = ["transactions"]


@pytest.fixture
def fast(keap: Server, config: Json) -> Json:
    keap.control.switch("rate_limits", "off")
    return {**config, "page_size": 100}


def rows_of(result: Read) -> list[Json]:
    assert result.errors() == []
    return result.records["transactions"]


def without_id(rows: list[Json]) -> list[Json]:
    return [{key: value for key, value in row.items() if key != "id"} for row in rows]


@pytest.mark.parametrize(
    ("switch", "value"),
    [
        ("datetime_form", "offset"),
        ("unset_fields", "null"),
        ("tie_order", "id_descending"),
        ("time_bounds", "exclusive"),
    ],
)
def test_every_doubtful_form_of_answers(keap: Server, fast: Json, switch: str, value: str) -> None:
    """The same rows under the same ids, and nothing in the next sync."""
    expected, ids = keap.control.dump()["transactions"], {row["id"] for row in rows_of(read(fast, ONLY))}
    keap.control.switch(switch, value)
    result = read(fast, ONLY)
    assert comparable(without_id(rows_of(result))) == comparable(expected)
    assert {row["id"] for row in rows_of(result)} == ids
    assert rows_of(read(fast, ONLY, result.state)) == []


@pytest.mark.parametrize(
    ("switch", "value"),
    [("refund_amount_sign", "positive"), ("transaction_payment_id", "order_payment")],
)
def test_ids_do_not_clash_whatever_keap_shows(keap: Server, fast: Json, switch: str, value: str) -> None:
    """Each transaction has its own id, however refunds are signed and whichever payment is named."""
    keap.control.switch(switch, value)
    rows = rows_of(read(fast, ONLY))
    assert len({row["id"] for row in rows}) == len(rows) == 725


def test_new_transactions_come_once(keap: Server, config: Json) -> None:
    """A refund brings its own row; older rows only with the stripe that it falls into; then nothing."""
    keap.control.switch("rate_limits", "off")
    first = read(config, ONLY)
    known = {row["id"] for row in rows_of(first)}
    keap.control.clock(advance_seconds=86_400)
    keap.control.event("refund", contact_id="1001")
    second = read(config, ONLY, first.state)
    new = [row for row in rows_of(second) if row["id"] not in known]
    assert "REFUND" in {row["transaction_method"] for row in new}
    assert len(rows_of(second)) < 101 + len(new)
    before = calls(keap)
    assert rows_of(read(config, ONLY, second.state)) == []
    assert calls(keap) == before + 1


def test_a_pending_transaction_comes_again_when_it_goes_through(keap: Server, config: Json) -> None:
    """Under the same id, in the sync after it was settled."""
    keap.control.switch("rate_limits", "off")
    order = keap.control.event("new_order", contact_id="1001", items=[{"product_id": 13}], paid=False)
    order_id = order["orders"][0]
    keap.control.event("pay_order", order_id=order_id, pending=True)
    first = read(config, ONLY)
    pending = [
        row for row in rows_of(first) if row["status"] == "PENDING" and str(order_id) in row["order_ids"]
    ]
    assert len(pending) == 1
    keap.control.clock(advance_seconds=3 * 86_400)
    keap.control.event("settle_payment", payment_id=int(pending[0]["payment_id"]))
    settled = {row["id"]: row["status"] for row in rows_of(read(config, ONLY, first.state))}
    assert settled[pending[0]["id"]] == "APPROVED"


@pytest.mark.parametrize("broken_page", [2, 5, 8])
def test_a_broken_read_goes_on_where_it_stopped(keap: Server, fast: Json, broken_page: int) -> None:
    """Nothing is missing, only rows of the last second and of an open stripe come twice."""
    fault = {"path": "/crm/rest/v2/sales/transactions", "nth": broken_page, "status": 400}
    keap.control.faults([fault])
    broken = read(fast, ONLY)
    assert len(broken.records["transactions"]) <= 100 * (broken_page - 1)
    rest = read(fast, ONLY, broken.state)
    both = broken.records["transactions"] + rows_of(rest)
    assert {row["id"] for row in both} == {row["id"] for row in rows_of(read(fast, ONLY))}
    assert len(both) <= 725 + 100
    healed = read(fast, ONLY, rest.state)
    assert len(rows_of(healed)) <= 200
    assert rows_of(read(fast, ONLY, healed.state)) == []


def test_a_month_of_billing_comes_as_it_happens(keap: Server, fast: Json) -> None:
    """Sync after sync, all new transactions come, and in the end there is one row for each."""
    last = read(fast, ONLY)
    seen = {row["id"]: row for row in rows_of(last)}
    for _ in range(10):
        keap.control.clock(advance_seconds=6 * 86_400)
        last = read(fast, ONLY, last.state)
        seen.update({row["id"]: row for row in rows_of(last)})
    assert comparable(without_id(list(seen.values()))) == comparable(keap.control.dump()["transactions"])
    assert len(str(last.state)) < 2000


def test_unsorted_rows_end_the_stream(keap: Server, config: Json) -> None:
    """Without the order a state would stand before rows that it does not cover."""
    rows = list(reversed(keap.control.dump()["transactions"][:5]))
    keap.control.faults([{"path": "/crm/rest/v2/sales", "status": 200, "body": {"transactions": rows}}])
    assert "not sorted by time" in read(config, ONLY).errors()[0][2]


@pytest.mark.parametrize("missing", ["missing", "missing_404"])
def test_an_account_without_the_list(keap: Server, config: Json, missing: str) -> None:
    """The stream stays empty with a warning."""
    keap.control.switch("v2_lists", missing)
    result = read(config, ONLY)
    assert rows_of(result) == []
    assert "Stream transactions is not available" in result.logs("WARN")[0]
