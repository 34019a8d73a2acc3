"""Which keys a configuration has, and of which type their values are; what is wrong gets one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciliation.errors import ReconciliationError

TEXT, TEXTS, AMOUNT, NUMBER, WHOLE, FLAG, OBJECT = (
    "a text",
    "a text or a list of texts",
    "a number, or one as a text",
    "a number",
    "a whole number",
    "true or false",
    "an object",
)
ORIGINS = ("messages", "warehouse", "config")
"""Where Keap's side comes from: one of these."""

TOP: Mapping[str, str] = {
    "keap": OBJECT,
    "chartmogul": OBJECT,
    "as_of": TEXT,
    "months": WHOLE,
    "policy": OBJECT,
    "tolerance": AMOUNT,
    "materiality": AMOUNT,
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
    "output": {"html": TEXT, "json": TEXT, "csv": TEXT},
}


def check(source: object, content: Mapping[str, Any]) -> None:
    """Raises ReconciliationError that names the first key that is unknown or of another type. `policy` is
    checked by the destination, whose keys it has.
    """
    _check_keys(source, "", content, TOP)
    for name, keys in INSIDE.items():
        if name in content:
            _check_keys(source, f"{name}.", content[name], keys)
    given = [f"'keap.{key}'" for key in ORIGINS if key in content.get("keap", {})]
    if len(given) > 1:
        raise ReconciliationError(f"{source} has {' and '.join(given)}; Keap's side comes from one of them.")


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
    types: Mapping[str, tuple[type, ...]] = {
        TEXT: (str,),
        TEXTS: (str,),
        AMOUNT: (str, int, float),
        NUMBER: (int, float),
        WHOLE: (int,),
        OBJECT: (dict,),
    }
    return isinstance(value, types.get(kind, ()))
