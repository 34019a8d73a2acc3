"""An audit with one equal, one explained and one unexplained customer, for the tests of reports."""

from __future__ import annotations

from datetime import date

import pytest

from reconciliation.report import Reconciliation
from reconciliation.run import reconcile
from tests.reconciliation.accounts import ChartMogulAccount, KeapAccount, item, line

AS_OF = date(2026, 2, 28)


@pytest.fixture(scope="module")
def audit() -> Reconciliation:
    keap = (
        KeapAccount().subscription("5001", "1001").order("20001", "1001", "2026-01-10", line("5001", 123_456))
    )
    keap.subscription("5002", "1002")
    keap.order("20002", "1002", "2026-01-10", line("5002", 2000), item("TAX", price=160))
    keap.subscription("5003", "<script>").order("20003", "<script>", "2026-01-10", line("5003", 500))
    chartmogul = ChartMogulAccount().moves("1001", "5001", ("2026-01-10", 123_456))
    chartmogul.moves("1002", "5002", ("2026-01-10", 2160)).moves("<script>", "5003", ("2026-01-10", 433))
    return reconcile(keap.frames(), chartmogul.frames([date(2026, 1, 31), AS_OF]), AS_OF, 2)
