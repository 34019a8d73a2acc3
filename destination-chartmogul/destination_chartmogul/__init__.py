"""Airbyte destination for ChartMogul.

`DestinationChartmogul` is loaded on first use: importing Airbyte's CDK takes seconds, and the command line
does without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from destination_chartmogul.destination import DestinationChartmogul

__all__ = ["DestinationChartmogul"]


def __getattr__(name: str) -> Any:
    if name == "DestinationChartmogul":
        from destination_chartmogul.destination import DestinationChartmogul

        return DestinationChartmogul
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
