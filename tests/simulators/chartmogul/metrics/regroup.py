"""Smart Activity Classification.

Source: https://help.chartmogul.com/hc/en-us/articles/4416682609426-Understanding-MRR-movements: increases
shortly after a new business (or reactivation) take its type, a contraction right before the final churn
becomes churn. The amounts stay. The edge of the window is not published; a setting says where it lies.
"""

from collections.abc import Sequence
from datetime import timedelta

from tests.simulators.chartmogul.metrics.results import Movement


def regrouped(movements: Sequence[Movement], minutes: int, *, edge_inside: bool = True) -> list[Movement]:
    """The movements with the types that the window gives them; 0 minutes: as they are."""
    if not minutes:
        return list(movements)
    window = timedelta(minutes=minutes) - (timedelta(0) if edge_inside else timedelta.resolution)
    return _joined_losses(_joined_gains(movements, window), window)


def _joined_gains(movements: Sequence[Movement], window: timedelta) -> list[Movement]:
    result: list[Movement] = []
    anchor: Movement | None = None
    for each in movements:
        if each.kind in ("new_biz", "reactivation"):
            anchor = each
        elif each.kind == "expansion" and anchor is not None and each.at - anchor.at <= window:
            result.append(each._replace(kind=anchor.kind))
            continue
        result.append(each)
    return result


def _joined_losses(movements: Sequence[Movement], window: timedelta) -> list[Movement]:
    result: list[Movement] = []
    churn: Movement | None = None
    for each in reversed(movements):
        if each.kind == "churn":
            churn = each
        elif each.kind == "contraction" and churn is not None and churn.at - each.at <= window:
            result.append(each._replace(kind="churn"))
            continue
        else:
            churn = None
        result.append(each)
    return result[::-1]
