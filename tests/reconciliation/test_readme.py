"""What the README says is what the code does."""

from __future__ import annotations

import json
import re
from pathlib import Path

from reconciliation.explain import CAUSES, MOVEMENT_CAUSES
from reconciliation.shape import INSIDE, TOP

README = (Path(__file__).parents[2] / "reconciliation" / "README.md").read_text()


def test_the_causes_stand_in_their_order() -> None:
    """The published table is the table in the code."""
    rows = re.findall(r"^\| (C\d+) \| (\w+) \| (.+) \|$", README, re.MULTILINE)
    balances = [(cause.id, cause.kind, cause.title) for cause in CAUSES]
    assert rows == balances + [(cause.id, cause.kind, cause.title) for cause in MOVEMENT_CAUSES]


def test_the_example_configuration_has_known_keys() -> None:
    """It is JSON, and every key of the reader is described."""
    example = json.loads(re.findall(r"```json\n(.*?)```", README, re.DOTALL)[0])
    assert example.keys() <= TOP.keys()
    inside = [f"{part}.{key}" for part in ("keap", "chartmogul", "output") for key in INSIDE[part]]
    assert [key for key in [*TOP, *inside] if f"`{key}" not in README] == []


def test_the_python_example_is_python() -> None:
    """It compiles."""
    compile(re.findall(r"```python\n(.*?)```", README, re.DOTALL)[0], "README.md", "exec")
