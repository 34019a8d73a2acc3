"""Each case of the scenario `hostile` is there, seen through the API alone, and is dirty in no other way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.keap.contract import Json, Keap, problems, simulated_keap
from tests.simulators.keap.oddities import ABSENT
from tests.simulators.scenarios import cases
from tests.simulators.scenarios.hostile import DIRT
from tests.simulators.scenarios.hostile.dirt import Dirt, ids_of

PATHS = {
    "contacts": "/v2/contacts",
    "subscriptions": "/v2/subscriptions",
    "orders": "/v2/orders",
    "payments": "/v2/sales/payments",
    "products": "/v2/products",
}
PLACES = {dirt.name: place for place, dirt in enumerate(DIRT)}
FULL_OF_ODDITIES = [dirt for dirt in DIRT if dirt.shown]


@pytest.fixture(scope="module")
def served() -> Iterator[dict[str, dict[str, Json]]]:
    """List → id → row, of everything that the account serves."""
    with simulated_keap("hostile") as keap:
        yield {key: {row["id"]: row for row in pages(keap, key)} for key in PATHS}


def pages(keap: Keap, key: str) -> Iterator[Json]:
    token = ""
    while True:
        more: Json = {"page_token": token} if token else {}
        page = keap.get(PATHS[key], page_size=1000, **more).json()
        yield from page[key]
        token = page.get("next_page_token", "")
        if not token:
            return


def row_of(served: dict[str, dict[str, Json]], kind: str, dirt: Dirt) -> Json | None:
    """The (first) row of a kind that belongs to a case."""
    return served[kind].get(str(getattr(ids_of(PLACES[dirt.name]), kind.rstrip("s"))))


def test_every_case_has_a_name_and_a_sentence_of_its_own() -> None:
    """The table of cases names each once, with a contact of its own and a sentence."""
    table = cases("hostile")
    assert len(table) == len(DIRT) > 100
    assert len({case.contact_id for case in table.values()}) == len(table)
    assert all(case.says.endswith(".") for case in table.values())


@pytest.mark.parametrize("dirt", DIRT, ids=lambda each: each.name)
def test_a_case_has_every_row_but_those_it_is_without(served: dict[str, dict[str, Json]], dirt: Dirt) -> None:
    """Contact, subscription, order and payment are served, except those that the case leaves out."""
    kinds = ("contacts", "subscriptions", "orders", "payments")
    assert {kind for kind in kinds if row_of(served, kind, dirt) is None} == set(dirt.without)


@pytest.mark.parametrize("dirt", FULL_OF_ODDITIES, ids=lambda each: each.name)
def test_an_oddity_is_shown(served: dict[str, dict[str, Json]], dirt: Dirt) -> None:
    """What the case says is missing is missing, what it says is null or strange is served so."""
    for kind, changes in dirt.shown.items():
        for path, value in changes.items():
            assert looked_up(row_of(served, kind, dirt), path) == value


def looked_up(row: Any, path: str) -> Any:
    """The value at a path, or ABSENT."""
    for step in path.split("."):
        if isinstance(row, list):
            row = row[int(step)]
        elif step in row:
            row = row[step]
        else:
            return ABSENT
    return row


@pytest.mark.parametrize(
    ("kind", "dirt"),
    [
        (kind, dirt)
        for dirt in DIRT
        for kind in ("contact", "subscription", "order", "payment", "item")
        if getattr(dirt, kind)
    ],
    ids=lambda each: getattr(each, "name", each),
)
def test_a_changed_row_differs_from_a_proper_one(
    served: dict[str, dict[str, Json]], kind: str, dirt: Dirt
) -> None:
    """A case that changes a row shows another row than the cases that leave it as it is."""
    table = f"{'order' if kind == 'item' else kind}s"
    like = DIRT[PLACES["active_missing"]]
    mine, proper = row_of(served, table, dirt), row_of(served, table, like)
    assert mine is not None
    assert proper is not None
    hidden = OWN if not {"email", "family_name"} & set(dirt.contact) else set[str]()
    assert without_ids(mine, dirt, hidden) != without_ids(proper, like, hidden)


OWN = {"title", "invoice_id", "external_transaction_id", "family_name", "email_addresses", "email"}


def without_ids(row: Any, dirt: Dirt, hidden: set[str]) -> Any:
    """A row without what each case has of its own: ids, name and e-mail address."""
    ids = ids_of(PLACES[dirt.name])
    own = {str(each) for each in (ids.contact, ids.subscription, ids.order, ids.payment, ids.item)}
    if isinstance(row, dict):
        return {name: without_ids(each, dirt, hidden) for name, each in row.items() if name not in hidden}
    if isinstance(row, list):
        return [without_ids(each, dirt, hidden) for each in row]
    return "<own id>" if row in own else row


WORDS = ("VOID", "MYSTERY", "LOST", "QUARTER", "'month'", "is not a 'date'", "is not a 'date-time'")


@pytest.mark.parametrize("kind", PATHS)
def test_rows_break_the_contract_only_where_a_case_says_so(
    served: dict[str, dict[str, Json]], kind: str
) -> None:
    """Rows fit the vendor's schema but for nulls and the unknown words and times that the cases are about."""
    page = {kind: [without_nulls(row) for row in served[kind].values()], "next_page_token": ""}
    wrong = problems(PATHS[kind], 200, page)
    assert [each for each in wrong if not any(word in each for word in WORDS)] == []


def without_nulls(value: Any) -> Any:
    """A row without the attributes that are null: the vendor's schema knows no null."""
    if isinstance(value, dict):
        return {name: without_nulls(each) for name, each in value.items() if each is not None}
    if isinstance(value, list):
        return [without_nulls(each) for each in value]
    return value
