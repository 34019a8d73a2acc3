"""The connector behind the class of Airbyte's Python CDK."""

from __future__ import annotations

import logging
import warnings
from typing import Any

with warnings.catch_warnings():  # the CDK calls parts of itself experimental while it is imported
    warnings.simplefilter("ignore")
    from airbyte_cdk.models import (  # type: ignore[attr-defined]
        AirbyteMessageSerializer,
        ConfiguredAirbyteCatalogSerializer,
        Status,
        Type,
    )

    from destination_chartmogul import DestinationChartmogul

from tests.destination_chartmogul.keap import contact
from tests.destination_chartmogul.pipe import Json, catalog, record, state

LOGGER = logging.getLogger("test")


def test_spec_and_check(config: Json) -> None:
    """As on the command line."""
    connector = DestinationChartmogul()
    assert connector.spec(LOGGER).connectionSpecification["required"] == ["api_key"]
    assert connector.check(LOGGER, config).status == Status.SUCCEEDED
    failed = connector.check(LOGGER, {"api_key": "wrong", "base_url": config["base_url"]})
    assert failed.status == Status.FAILED
    assert "API key" in str(failed.message)


def test_write(chartmogul: Any, config: Json) -> None:
    """Messages come in and go out as the CDK's models, also with what some take for ends of lines."""
    account = record("account", {"id": "account", "time_zone": "America/Denver", "currency_code": "USD"})
    given = [
        AirbyteMessageSerializer.load(m)
        for m in (account, record("contacts", contact()), state("contacts", c="a\u2028b\x85c"))
    ]
    configured = ConfiguredAirbyteCatalogSerializer.load(catalog())
    answers = list(DestinationChartmogul().write(config, configured, given))
    assert [m.type for m in answers].count(Type.STATE) == 1
    assert len(chartmogul.control.dump()["customers"]) == 1
