"""Comparing what ChartMogul holds after different ways to the same state."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection
from typing import Any

WRITES = ("POST", "PATCH", "PUT", "DELETE")


def held(chartmogul: Any, gone: Collection[str] = ()) -> dict[str, list[str]]:
    """Everything in the account as sorted lines; `gone` are contacts merged away, whose ids do not count.

    Who an invoice or event was written for is history once customers are merged, so it is left out then.
    """
    dump = chartmogul.control.dump()
    return {kind: sorted(_line(row, gone) for row in rows) for kind, rows in dump.items()}


def _line(row: Any, gone: Collection[str]) -> str:
    if not isinstance(row, dict) or not gone:
        return json.dumps(row, sort_keys=True)
    kept = {key: value for key, value in row.items() if key != "customer_external_id"}
    for name in ("customer", "identities"):
        if isinstance(kept.get(name), list):
            kept[name] = [v for v in kept[name] if (v[1] if isinstance(v, list) else v) not in gone]
    return json.dumps(kept, sort_keys=True)


def differences(one: dict[str, list[str]], other: dict[str, list[str]]) -> list[str]:
    """Lines that only one side has."""
    found = []
    for kind in one:
        found += [f"- {kind} {line}" for line in sorted(set(one[kind]) - set(other[kind]))]
        found += [f"+ {kind} {line}" for line in sorted(set(other[kind]) - set(one[kind]))]
        if len(one[kind]) != len(other[kind]):
            found.append(f"{kind}: {len(one[kind])} against {len(other[kind])}")
    return found


def calls(chartmogul: Any) -> Counter[str]:
    """Number of calls so far, by method and path; refused ones count too."""
    return Counter({key: sum(by.values()) for key, by in chartmogul.control.calls().items()})


def writes(chartmogul: Any) -> dict[str, int]:
    """Those that write."""
    return {key: count for key, count in calls(chartmogul).items() if key.split()[0] in WRITES}
