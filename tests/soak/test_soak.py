"""An hour of unattended syncs with everything going wrong that can, on the virtual clock."""

from __future__ import annotations

from pathlib import Path

from tests.demo import servers
from tests.pair.fixtures import set_up_chartmogul
from tests.soak.soak import Soak

SYNCS, MINUTES, SEED = 6, 10, 5


def test_an_hour_of_trouble_leaves_no_trace(tmp_path: Path) -> None:
    """Both systems agree to the cent; nothing is there twice, no reject is lost, nothing is left behind."""
    with servers.simulators("small") as running:
        set_up_chartmogul(running)
        said: list[str] = []
        soak = Soak(running, tmp_path, SEED, SYNCS, MINUTES, say=said.append)
        assert soak.run() == [], said
    assert len(soak.ends) >= SYNCS // 2
    assert soak.happened.total() >= SYNCS // 2
