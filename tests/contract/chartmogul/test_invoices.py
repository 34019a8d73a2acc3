"""What follows from invoices and their parts, by ChartMogul's documentation."""

from typing import Any

import pytest

from tests.contract.chartmogul.probes import imported, second
from tests.contract.chartmogul.scene import Scene

Json = Any


def paid(amount: int | None = None, kind: str = "payment", result: str = "successful") -> Json:
    said = {"type": kind, "result": result, "date": "2026-02-02"}
    return said | ({} if amount is None else {"amount_in_cents": amount})


@pytest.mark.parametrize(
    ("transactions", "status"),
    [
        ([], "open"),
        ([paid()], "paid"),
        ([paid(600)], "open"),
        ([paid(600), paid(900)], "paid"),
        ([paid(result="failed")], "open"),
        ([paid(), paid(400, "refund")], "paid"),
        ([paid(), paid(None, "refund")], "refunded"),
    ],
)
def test_the_status_follows_from_the_transactions(
    scene: Scene, transactions: list[Json], status: str
) -> None:
    """Of an invoice over 15.00; one without amount is over all of it, and one that failed counts nothing."""
    made = imported(scene.start(), second(scene) | {"transactions": transactions}).json()["invoices"][0]
    assert scene.call("GET", f"/invoices/{made['uuid']}").json()["status"] == status


def test_a_line_takes_plans_of_its_own_source(scene: Scene) -> None:
    """A plan of another source is as good as none."""
    scene.start()
    other = scene.made("/data_sources", {"name": "Other"})["uuid"]
    plan = {"data_source_uuid": other, "name": "P", "interval_count": 1, "interval_unit": "month"}
    answer = imported(scene, second(scene, plan_uuid=scene.made("/plans", plan)["uuid"]))
    assert answer.status_code == 422
    assert answer.json()["invoices"][0]["errors"].keys() == {"line_items.plan_uuid"}


@pytest.mark.parametrize(("amount", "ends"), [(1000, ["2026-02-20T00:00:00.000Z"]), (-1000, [])])
def test_an_invalid_line_cancels_nothing(scene: Scene, amount: int, ends: list[str]) -> None:
    """A negative amount that is not prorated is stored as invalid."""
    imported(scene.start(), second(scene, amount_in_cents=amount, cancelled_at="2026-02-20"))
    held = scene.call("GET", f"/import/customers/{scene.ids['cus']}/subscriptions").json()["subscriptions"]
    assert [each["cancellation_dates"] for each in held] == [ends]


def test_a_bulk_import_takes_what_is_documented_of_a_customer(scene: Scene) -> None:
    """Tags, attributes, owner and website are left out without a word."""
    scene.start()
    more = {"owner": "a@example.com", "website_url": "https://example.com", "attributes": {"tags": ["vip"]}}
    path = f"/data_sources/{scene.ids['ds']}/json_imports"
    customers = [{"external_id": "b", "name": "B", "city": "Ely", **more}]
    scene.made(path, {"external_id": "b", "customers": customers})
    held = scene.call("GET", "/customers", params={"external_id": "b"}).json()["entries"][0]
    assert (held["city"], held["owner"], held["website_url"], held["attributes"]["tags"]) == (
        "Ely",
        None,
        None,
        [],
    )
