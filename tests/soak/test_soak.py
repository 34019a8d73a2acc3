"""An hour of unattended syncs with everything going wrong that can; what a soak would find."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
import requests

from tests.demo import servers
from tests.pair.fixtures import set_up_chartmogul
from tests.simulators import Simulators, running
from tests.soak import verdict
from tests.soak.business import HAPPENINGS, Company, Day
from tests.soak.site import Site
from tests.soak.soak import Soak
from tests.soak.starter import Starter
from tests.soak.trouble import KINDS, NONE

SYNCS, MINUTES, SEED = 6, 10, 228


def test_an_hour_of_trouble_leaves_no_trace(tmp_path: Path) -> None:
    """Both systems agree to the cent; nothing is there twice, no reject is lost, nothing is left behind."""
    with servers.simulators("small") as started:
        set_up_chartmogul(started)
        said: list[str] = []
        soak = Soak(started, tmp_path, SEED, SYNCS, MINUTES, say=said.append)
        assert soak.run() == [], said
    assert len(soak.ends) >= SYNCS // 2
    assert soak.happened.total() >= SYNCS // 2


def test_what_is_wrong_is_found(tmp_path: Path) -> None:
    """A cent, a lost reject, an invoice that is there twice, a file that was left: each is a finding."""
    with servers.simulators("small") as started, Starter() as starter:
        set_up_chartmogul(started)
        site = Site(tmp_path, started, starter)
        site.set_up()
        assert site.run(NONE)[0] == 0
        held = started.chartmogul.control.dump()
        assert list(verdict.duplicates(held)) == []
        held["invoices"].append(copy.deepcopy(held["invoices"][0]))
        assert "1 invoices twice" in next(verdict.duplicates(held))
        one_cent_more(started)
        for path in (site.sync / "rejects").iterdir():
            path.unlink()
        (site.spool / "left").touch()
        found = "\n".join(verdict.findings(site, Company(started.keap)))
    for sentence in (
        "files are left: ['left']",
        "differs without a reason",
        "1 rejects were lost",
        "invoices ",
    ):
        assert sentence in found


def one_cent_more(started: Simulators) -> None:
    """Of the newest line of a subscription that ChartMogul has."""
    server = started.chartmogul
    session = requests.Session()
    session.auth = (server.api_key, "")
    invoices = session.get(f"{server.url}/v1/invoices", params={"per_page": 200}, timeout=10).json()[
        "invoices"
    ]
    lines = [line for each in invoices for line in each["line_items"] if line["type"] == "subscription"]
    monthly = [line for line in lines if days_of(line) < 32]
    last = max(monthly, key=lambda line: str(line["service_period_end"]))
    changed = {"amount_in_cents": last["amount_in_cents"] + 1}
    session.patch(f"{server.url}/v1/line_items/{last['uuid']}", json=changed, timeout=10).raise_for_status()


def days_of(line: dict[str, Any]) -> int:
    """How long a line's service is."""
    start, end = (datetime.fromisoformat(line[f"service_period_{which}"]) for which in ("start", "end"))
    return (end - start).days


class Idle:
    """A machine on which every run succeeds and does nothing."""

    def run(self, _: Any, __: Any, meanwhile: Callable[[], object] | None) -> tuple[int, str]:
        if meanwhile:
            meanwhile()
        return 0, ""


def lived(folder: Path, seed: int) -> tuple[Any, list[str]]:
    """Keap after some hours, and the trouble that there was."""
    with running("small") as started:
        said: list[str] = []
        soak = Soak(started, folder, seed, syncs=20, minutes=10, say=said.append)
        soak.begin()
        soak.live(Idle())  # type: ignore[arg-type]
        return started.keap.control.dump(), [line.rpartition(",")[0] for line in said]


def test_a_seed_makes_the_same_company_and_the_same_trouble(tmp_path: Path) -> None:
    """However long the syncs take: what one seed has found, it finds again."""
    first, again, other = (lived(tmp_path, seed) for seed in (6, 6, 9))
    assert first == again
    assert first[0]["orders"] != other[0]["orders"]
    assert first[1] != other[1]


def test_syncs_that_are_left_out_leave_the_business(tmp_path: Path) -> None:
    """As often as without; only the first of each five syncs happens."""
    with running("small") as started:
        said: list[str] = []
        soak = Soak(started, tmp_path, SEED, syncs=20, minutes=10, say=said.append, every=5)
        soak.begin()
        soak.live(Idle())  # type: ignore[arg-type]
    assert [line.split()[0] for line in said] == ["1", "6", "11", "16"]
    assert soak.happened.total() >= 5


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_trouble_can_be_had(kind: str) -> None:
    """The simulators take each fault and each switch that may be drawn."""
    with running("small") as started:
        for number in range(60):
            KINDS[kind][1](Random(number)).begin(started)


def test_everything_that_may_happen_happens() -> None:
    """No kind of business is one that Keap always refuses."""
    with running("small") as started:
        company, rng = Company(started.keap), Random(1)
        today = date.fromisoformat(started.keap.control.clock()[:10])
        missing = set(HAPPENINGS)
        for _ in range(20):
            day = Day(rng, started.keap.control.dump(), today, company)
            drawn = sorted({*missing, "new_order", "pay_order"})
            missing -= {kind for kind in drawn if company.happens(kind, day)}
        assert not missing
