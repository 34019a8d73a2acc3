"""Dates of leads and trials, and the charts that count them."""

from tests.contract.chartmogul.probes import Json, Probe, customer, imported, second, status
from tests.contract.chartmogul.scene import Scene


def _cleared(scene: Scene) -> Json:
    uuid = customer(scene, lead_created_at="2025-01-01").json()["uuid"]
    answer = scene.call("PATCH", f"/customers/{uuid}", {"lead_created_at": None})
    return answer.json()["lead_created_at"]


def _lead_of_invoice(scene: Scene) -> Json:
    imported(scene, second(scene))
    return scene.call("GET", f"/customers/{scene.ids['cus']}").json()["lead_created_at"]


def _charts(scene: Scene, name: str) -> list[Json]:
    """A lead chart of January to March 2026."""
    return [each[name] for each in scene.server.control.lead_charts("2026-01-01", "2026-03-31")]


def _trial_by_line(scene: Scene) -> Json:
    """Trials of January and March: the customer says January, its trial line March."""
    owner = customer(scene, free_trial_started_at="2026-01-05").json()["uuid"]
    line = {"service_period_start": "2026-03-02T00:00:00Z", "service_period_end": "2026-03-09T00:00:00Z"}
    body = {"invoices": [second(scene, type="trial", subscription_external_id="t", **line)]}
    assert scene.call("POST", f"/import/customers/{owner}/invoices", body).ok
    january, _, march = _charts(scene, "free-trials")
    return [january, march]


def _late_trial(scene: Scene) -> Json:
    """Conversion of the month in which a subscriber of January starts a trial."""
    scene.call("PATCH", f"/customers/{scene.ids['cus']}", {"free_trial_started_at": "2026-03-05"})
    return _charts(scene, "trial-to-paid-conversion-rate")[2]


def _late_lead(scene: Scene) -> Json:
    """Sales cycle of the month in which somebody subscribes who becomes a lead four weeks later."""
    scene.call("PATCH", f"/customers/{scene.ids['cus']}", {"lead_created_at": "2026-01-29"})
    return _charts(scene, "average-sales-cycle-length")[0]


PROBES: dict[str, Probe] = {
    "null_dates": (_cleared, {"clear": None, "keep": "2025-01-01T00:00:00.000Z"}),
    "lead_date_from_trial": (
        lambda scene: customer(scene, free_trial_started_at="2025-01-01").json()["lead_created_at"],
        {"off": None, "on": "2025-01-01T00:00:00.000Z"}),
    "trial_before_lead": (status(lambda scene: customer(
        scene, lead_created_at="2025-02-01", free_trial_started_at="2025-01-01")),
        {"accept": 201, "reject": 422}),
    "lead_date_from_invoice": (_lead_of_invoice, {"off": None, "on": "2026-02-01T00:00:00.000Z"}),
    "trial_after_payment": (status(lambda scene: scene.call(
        "PATCH", f"/customers/{scene.ids['cus']}", {"free_trial_started_at": "2026-03-01"})),
        {"accept": 200, "reject": 422}),
    "trial_line_dates_trial": (_trial_by_line, {"on": [0, 1], "off": [1, 0]}),
    "trial_after_paid_converts": (_late_trial, {"on": 100.0, "off": 0.0}),
    "sales_cycle_below_zero": (_late_lead, {"on": -28.0, "off": None}),
}  # fmt: skip
