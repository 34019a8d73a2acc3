"""A rule of the configuration as a value: when it applies, and what it does then."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from destination_chartmogul.mapping.objects import ONE_TIME, SUBSCRIPTION, Interval
from destination_chartmogul.rules.expressions import Expression

# What a rule may do to what it works on. `set` takes the fields of FIELDS.
ACTIONS: Mapping[str, tuple[str, ...]] = {
    "contact": ("exclude", "route", "set", "tag"),
    "subscription": ("exclude", "plan", "interval"),
    "order": ("exclude", "route"),
    "item": ("exclude", "classify", "plan", "interval"),
    "payment": ("exclude",),
}
DATES = ("lead_created_at", "free_trial_started_at")
FIELDS = ("name", "company", "email", "country", "state", "city", "zip", *DATES)
KINDS = (ONE_TIME, SUBSCRIPTION)

_INTERVAL = re.compile(r"(\d{1,3}) (day|week|month|year)s?")
_WORDS = {"monthly": "1 month", "quarterly": "3 months", "yearly": "1 year", "weekly": "1 week"}


@dataclass(frozen=True)
class Template:
    """A text with expressions in `{{ }}`. One expression alone keeps the kind of its value."""

    parts: tuple[str | Expression, ...]

    def value(self, scope: Mapping[str, Any]) -> Any:
        """The text, or the value of the one expression. Raises RuleError, MissingRecordError."""
        found = [part if isinstance(part, str) else part.value(scope) for part in self.parts]
        return found[0] if len(found) == 1 else "".join("" if v is None else str(v) for v in found)

    @property
    def reads(self) -> frozenset[tuple[str, str]]:
        """Of all expressions."""
        return frozenset(pair for part in self.parts if not isinstance(part, str) for pair in part.reads)


@dataclass(frozen=True)
class Rule:
    """`number` counts from 1. Of the actions those that the rule does not do are empty."""

    number: int
    name: str
    on: str
    when: Expression
    exclude: bool = False
    route: str = ""
    classify: str = ""
    plan: Template | None = None
    interval: Interval | None = None
    sets: Mapping[str, Template] = field(default_factory=dict)
    tags: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """`rule 2 (test contacts)`."""
        return label_of(self.number, self.name)

    @property
    def does(self) -> str:
        """The actions in a few words."""
        said = {
            "exclude": self.exclude,
            f"route to {self.route}": bool(self.route),
            f"classify as {self.classify}": bool(self.classify),
            "choose the plan": self.plan is not None,
            "choose the interval": self.interval is not None,
            f"set {', '.join(self.sets)}": bool(self.sets),
            f"tag {', '.join(self.tags)}": bool(self.tags),
        }
        return ", ".join(text for text, applies in said.items() if applies)

    @property
    def reads(self) -> frozenset[tuple[str, str]]:
        """Pairs of object and name that its expressions read."""
        templates = [*self.sets.values(), *([self.plan] if self.plan else [])]
        return self.when.reads.union(*(template.reads for template in templates))


def label_of(number: int, name: str) -> str:
    """How messages call a rule."""
    return f"rule {number} ({name})" if name else f"rule {number}"


def interval_of_text(text: str) -> Interval | None:
    """`3 months`, `yearly`, `2 weeks` (14 days); None for anything else."""
    found = _INTERVAL.fullmatch(_WORDS.get(text.strip().lower(), text.strip().lower()))
    if found is None or not int(found[1]):
        return None
    count, unit = int(found[1]), found[2]
    return Interval(count * 7, "day") if unit == "week" else Interval(count, unit)
