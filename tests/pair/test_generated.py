"""The pair on a generated account: everything arrives, and both sides agree on the MRR of every month."""

from __future__ import annotations

from pathlib import Path

from tests.demo import stages
from tests.pair.connection import Connection
from tests.pair.fixtures import destination_config, set_up_chartmogul, source_config
from tests.simulators import running

ACCOUNT_ZONE = {"account_currency": "USD", "time_zone": "America/New_York"}


def test_a_generated_account_ties_out(tmp_path: Path) -> None:
    """Nothing is rejected, and Keap's MRR and ChartMogul's are equal in each of the last 24 months."""
    with running("generated:100:5") as servers:
        set_up_chartmogul(servers)
        servers.chartmogul.control.settings(ACCOUNT_ZONE)
        servers.keap.control.switch("rate_limits", "off")
        config = {**source_config(servers), "requests_per_minute": 100_000}
        connection = Connection.create(tmp_path, config, destination_config(servers))
        result = connection.sync()
        assert (result.ok, result.rejected) == (True, 0), result.errors
        servers.advance(10)
        audit = stages.audit(connection, servers, tmp_path)
    assert [(month.keap, month.difference) for month in audit.totals if month.difference] == []
    assert len(audit.totals) >= 24
    assert audit.last.keap > 1_000_00
