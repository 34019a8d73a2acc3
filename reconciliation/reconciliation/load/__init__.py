"""Both sides of the audit, as declared tables.

keap = keap_from_messages("keap.jsonl")
keap = keap_from_warehouse("duckdb:///warehouse.duckdb", schema="keap")
chartmogul = chartmogul_from_api(url, key, "Keap", start, end, save_to="chartmogul")
chartmogul = chartmogul_from_snapshot("chartmogul")
"""

from reconciliation.load.chartmogul import (
    ChartMogulReader,
    Wait,
    chartmogul_from_api,
    chartmogul_from_snapshot,
)
from reconciliation.load.folder import both_from_folder
from reconciliation.load.keap import READ_BY_RULES, keap_from_messages, keap_from_records, keap_from_source
from reconciliation.load.warehouse import keap_from_warehouse

__all__ = [
    "READ_BY_RULES",
    "ChartMogulReader",
    "Wait",
    "both_from_folder",
    "chartmogul_from_api",
    "chartmogul_from_snapshot",
    "keap_from_messages",
    "keap_from_records",
    "keap_from_source",
    "keap_from_warehouse",
]
