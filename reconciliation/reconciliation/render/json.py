"""An audit as JSON; money in whole cents."""

from __future__ import annotations

from json import dumps

from reconciliation.report import Reconciliation


def json(result: Reconciliation) -> str:
    """The whole audit."""
    return dumps(result.to_dict() | {"sentence": result.sentence}, indent=1, ensure_ascii=False) + "\n"
