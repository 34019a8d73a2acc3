"""Doubts about both vendors: whichever way they turn out, the destination writes the same."""

from __future__ import annotations

from typing import Any

import pytest

from destination_chartmogul import pacing, sync
from tests.destination_chartmogul.accounts import differences, held, writes
from tests.destination_chartmogul.pipe import Json, keap_records, messages_of, run_write
from tests.destination_chartmogul.stories import few

CHARTMOGUL = [
    ("bulk_duplicate", "skip"),
    ("bulk_duplicate", "update"),
    ("bulk_status", 202),
    ("bulk_external_id_reuse", "reject"),
    ("bulk_earlier_invoice", "fail"),
    ("bulk_order", "reverse"),
    ("invoice_import", "partial"),
    ("invoice_duplicate_echo", "short"),
    ("bad_values", "refuse"),
    ("scheduled_cancellation", "effective"),
    ("event_duplicate", "accept"),
    ("event_unknown_customer", "reject"),
    ("rate_limit_body", "plain"),
    ("unavailable_body", "html"),
    ("customer_name", "required"),
    ("customer_duplicate_body", "grape"),
    ("plan_names", "unique"),
    ("merged_identities", "into_only"),
    ("merged_invoice_without_identity", "reject"),
    ("line_item_status", 201),
    ("source_system", "Import API"),
]
# Same business, other spelling: nothing in ChartMogul may differ.
KEAP = [
    ("discount_lines", "negative_price"),
    ("discount_lines", "both"),
    ("refund_amount_sign", "positive"),
    ("refund_type_label", "Credit Card"),
    ("first_order_subscription_id", "empty"),
    ("datetime_form", "offset"),
    ("billing_amount_basis", "line"),
    ("billing_amount_units", "minor"),
]


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing.Retries, "wait", lambda *_: 0.01)


@pytest.mark.parametrize(("name", "value"), CHARTMOGUL)
def test_chartmogul_switch(
    name: str,
    value: Any,
    small: dict[str, list[Json]],
    chartmogul: Any,
    config: Json,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Bulk and single lane, with lost answers, reach the same state, and a replay writes nothing."""
    records = few(small, newest=2)
    assert run_write(config, messages_of(records)).error is None
    expected = held(chartmogul)
    for fewest in (5, 10_000):
        monkeypatch.setattr(sync, "FEWEST_FOR_BULK", fewest)
        chartmogul.control.reset(keep_switches=True)
        chartmogul.control.switch(name, value)
        chartmogul.control.faults([{"method": "POST", "path": "/v1/", "every": 4, "lose_answer": True}])
        assert run_write(config, messages_of(records)).error is None
        chartmogul.control.faults([])
        assert differences(expected, held(chartmogul)) == []
        before = writes(chartmogul)
        assert run_write(config, messages_of(records)).error is None
        assert writes(chartmogul) == before


@pytest.mark.parametrize(("name", "value"), KEAP)
def test_keap_switch(
    name: str, value: Any, small: dict[str, list[Json]], keap: Any, chartmogul: Any, config: Json
) -> None:
    """How Keap spells discounts, refunds and links does not change what is written."""
    assert run_write(config, messages_of(small)).error is None
    expected = held(chartmogul)
    chartmogul.control.reset(keep_switches=True)
    keap.control.switch(name, value)
    result = run_write(config, messages_of(keap_records(keap)))
    assert (result.error, result.rejected) == (None, 0)
    assert differences(expected, held(chartmogul)) == []
