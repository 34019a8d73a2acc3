"""Configurations that point the connectors at running simulators."""

from __future__ import annotations

from typing import Any

from tests.simulators import Simulators

CHARTMOGUL_ACCOUNT = {"account_currency": "USD", "time_zone": "America/Denver"}
"""ChartMogul as the company of scenario `small` has set it up: same currency and zone as its Keap."""


def source_config(simulators: Simulators) -> dict[str, Any]:
    """Keap's simulator, read as fast as its limits allow."""
    credentials = {"auth_type": "personal_access_token", "personal_access_token": simulators.keap.api_key}
    return {"base_url": simulators.keap.url, "credentials": credentials, "requests_per_minute": 240}


def destination_config(simulators: Simulators, **more: Any) -> dict[str, Any]:
    """ChartMogul's simulator, and a data source of its own."""
    return {
        "base_url": simulators.chartmogul.url,
        "api_key": simulators.chartmogul.api_key,
        "data_source_name": "Keap",
        **more,
    }
