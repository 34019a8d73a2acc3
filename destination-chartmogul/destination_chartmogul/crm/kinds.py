"""The four kinds of objects that hang on a customer, as ChartMogul's API knows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
Differs = Callable[[Any, Any], bool]


@dataclass(frozen=True)
class Kind:
    """`uuid` names the id in answers; `identity` gives the Keap id of an object, None when it is not ours;
    `differs` tells by field whether what is held (whole object) is not what is wanted (the field's value);
    `by_source` says whether the list can be asked for one data source.
    """

    name: str
    path: str
    stream: str
    uuid: str
    differs: Mapping[str, Differs]
    by_source: bool = False


def other(name: str) -> Differs:
    """Not the same value, with "" and null as one."""
    return lambda held, wanted: (held.get(name) or None) != (wanted or None)


def other_number(name: str) -> Differs:
    """Not the same number; 0 is one."""
    return lambda held, wanted: held.get(name) != wanted


def other_address(name: str) -> Differs:
    """Not the same e-mail address."""
    return lambda held, wanted: str(held.get(name) or "").casefold() != str(wanted or "").casefold()
