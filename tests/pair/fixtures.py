"""Configurations that point the connectors at running simulators."""

from __future__ import annotations

from typing import Any

from tests.simulators import Simulators

CHARTMOGUL_ACCOUNT = {"account_currency": "USD", "time_zone": "America/Denver"}
"""ChartMogul as the company of scenario `small` has set it up: same currency and zone as its Keap."""


QUICK = {"analytics_delay_seconds": 1, "json_import_seconds": 1}
"""ChartMogul's background work; the real one takes minutes, which would be all that a test shows."""


def set_up_chartmogul(simulators: Simulators) -> None:
    """Make ChartMogul's account the company's, and its background work quick."""
    simulators.chartmogul.control.settings(CHARTMOGUL_ACCOUNT)
    for switch, seconds in QUICK.items():
        simulators.chartmogul.control.switch(switch, seconds)


def empty_chartmogul(simulators: Simulators) -> None:
    """Take everything out of ChartMogul and set its account up again."""
    simulators.chartmogul.control.reset()
    set_up_chartmogul(simulators)


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
