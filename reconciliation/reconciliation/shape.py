"""Which keys a configuration has, and of which type their values are; what is wrong gets one sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from reconciliation.errors import ReconciliationError

TEXT, TEXTS, NUMBER, WHOLE, FLAG, OBJECT, OBJECTS = (
    "a text",
    "a text or a list of texts",
    "a number, or one as a text",
    "a whole number",
    "true or false",
    "an object",
    "a list of objects",
)

TOP: Mapping[str, str] = {
    "keap": OBJECT,
    "chartmogul": OBJECT,
    "as_of": TEXT,
    "months": WHOLE,
    "policy": OBJECT,
    "tolerance": NUMBER,
    "materiality": NUMBER,
    "output": OBJECT,
    "history": TEXT,
}
INSIDE: Mapping[str, Mapping[str, str]] = {
    "keap": {
        "messages": TEXTS,
        "catalog": TEXT,
        "warehouse": TEXT,
        "schema": TEXT,
        "prefix": TEXT,
        "config": TEXT,
        "save_to": TEXT,
        "command": TEXTS,
        "contact_page": TEXT,
    },
    "chartmogul": {
        "destination_config": TEXT,
        "snapshot": TEXT,
        "save_to": TEXT,
        "wait_seconds": NUMBER,
        "reuse": FLAG,
    },
    "policy": {
        "churn_date": OBJECT,
        "pause_days": WHOLE,
        "replacement_window_days": WHOLE,
        "time_zone": TEXT,
        "amounts": TEXT,
        "keap_amounts": OBJECT,
        "deleted_orders": TEXT,
        "customers": TEXT,
        "leads": OBJECT,
        "rules": OBJECTS,
        "data_source_name": TEXT,
    },
    "output": {"html": TEXT, "json": TEXT, "csv": TEXT},
}
WORDS: Mapping[str, tuple[str, ...]] = {
    "amounts": ("hundredths", "smallest_unit"),
    "deleted_orders": ("keep", "delete"),
}
CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def check(source: object, content: Mapping[str, Any]) -> None:
    """Raises ReconciliationError that names the first key that is unknown or of another type."""
    _check_keys(source, "", content, TOP)
    for name, keys in INSIDE.items():
        if name in content:
            _check_keys(source, f"{name}.", content[name], keys)
    policy = content.get("policy", {})
    for name, words in WORDS.items():
        if policy.get(name, words[0]) not in words:
            raise ReconciliationError(f"'policy.{name}' of {source} must be {' or '.join(words)}.")
    clock = policy.get("churn_date", {}).get("time_of_day")
    if clock is not None and not CLOCK.fullmatch(str(clock)):
        raise ReconciliationError(
            f"'policy.churn_date.time_of_day' of {source} must be a time such as 14:30."
        )


def _check_keys(source: object, prefix: str, content: Mapping[str, Any], keys: Mapping[str, str]) -> None:
    for name, value in content.items():
        if name not in keys:
            known = ", ".join(f"{prefix}{key}" for key in sorted(keys))
            raise ReconciliationError(f"{source} has the unknown key '{prefix}{name}'; known: {known}.")
        if not _is(value, keys[name]):
            raise ReconciliationError(f"'{prefix}{name}' of {source} must be {keys[name]}, not {value!r}.")


def _is(value: object, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == FLAG
    if kind == TEXTS and isinstance(value, list):
        return bool(value) and all(isinstance(each, str) for each in value)
    if kind == OBJECTS:
        return isinstance(value, list) and all(isinstance(each, dict) for each in value)
    types: Mapping[str, tuple[type, ...]] = {
        TEXT: (str,),
        TEXTS: (str,),
        NUMBER: (str, int, float),
        WHOLE: (int,),
        OBJECT: (dict,),
    }
    return isinstance(value, types.get(kind, ()))
