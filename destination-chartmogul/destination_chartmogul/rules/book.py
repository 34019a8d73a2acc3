"""The rules of a run: compiled once, applied to bundles, counted."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from destination_chartmogul.mapping.context import Bundle, Context, Record
from destination_chartmogul.rules.judgement import Hit, Judgement
from destination_chartmogul.rules.names import ALSO_NEEDS, EMBEDDED, STREAM_OF, WHOLE
from destination_chartmogul.rules.part import Division
from destination_chartmogul.rules.reading import routes_of, rules_of
from destination_chartmogul.rules.views import COLUMN, Surroundings


class RuleBook:
    """All rules of the configuration. Safe to use from several threads."""

    def __init__(self, listed: Sequence[Mapping[str, Any]], default_source: str) -> None:
        self.rules = rules_of(listed)
        self.sources = tuple(dict.fromkeys((default_source, *routes_of(listed))))
        self.division = Division(default_source)
        self.tags = frozenset(tag for rule in self.rules for tag in rule.tags)
        self._lock = threading.Lock()
        self._matched: Counter[int] = Counter()
        self._counted: set[tuple[str, str]] = set()

    def judge(self, bundle: Bundle, around: Surroundings) -> Judgement:
        """What the rules decide about a contact's records."""
        return Judgement(self.rules, bundle, around)

    def count(self, source: str, contact: str, hits: Iterable[Hit]) -> None:
        """Once for each contact and data source, however often it is mapped."""
        with self._lock:
            if (source, contact) not in self._counted:
                self._counted.add((source, contact))
                own = {(h.rule.number, h.key) for h in hits if h.stream == STREAM_OF[h.rule.on]}
                self._matched.update(number for number, _ in own)

    def sentences(self) -> list[str]:
        """What each rule did, in order; those that never matched too."""
        found = []
        for rule in self.rules:
            times, what = self._matched[rule.number], "order" if rule.on == "item" else rule.on
            said = f"applied to {times} {what}{'' if times == 1 else 's'}" if times else "never applied"
            found.append(f"{rule.label[0].upper()}{rule.label[1:]}, on {rule.on}, {rule.does}: {said}.")
        return found

    def needs(self, catalog: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
        """(what needs a stream, the stream, whether all of it in each run)."""
        streams = {str((e.get("stream") or {}).get("name")): e for e in catalog.get("streams") or []}
        for rule in self.rules:
            for thing, name in sorted(rule.reads):
                own = STREAM_OF[thing]
                needed = [own, ALSO_NEEDS.get(name, own)]
                if name == "fields" and _columns(streams.get(own)):
                    needed = [own]
                for stream in needed if (thing, name) not in EMBEDDED else ():
                    yield f"{rule.label}, which reads {thing}.{name},", stream, stream in WHOLE


def _columns(entry: Mapping[str, Any] | None) -> bool:
    """Whether the source writes custom fields as columns too."""
    schema = ((entry or {}).get("stream") or {}).get("json_schema") or {}
    return any(str(name).startswith(COLUMN) for name in schema.get("properties") or {})


def surroundings(context: Context, product: Callable[[str], Record | None]) -> Surroundings:
    """What the views of a run's records take from its context."""
    tags = {key: str(tag.get("name") or "") for key, tag in context.reference.tags.items()}
    return Surroundings(context.zone, context.currency, tags, context.reference.custom_fields, product)
