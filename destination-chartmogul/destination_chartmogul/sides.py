"""The data sources that a run writes to: one, or several when the user's rules route records to others.

Each is a side of its own (a Stage), with what it holds, its plans and its part of each contact's records, so
that nothing is mixed. A contact is looked at on a side that has it as a customer, or to which rules send it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from destination_chartmogul.client import Client
from destination_chartmogul.mapping.context import Context
from destination_chartmogul.needs import rule_book
from destination_chartmogul.policy import Policy
from destination_chartmogul.registry import create_source, find_source
from destination_chartmogul.spool import Spool
from destination_chartmogul.stage import Say, Stage

Json = dict[str, Any]
Ready = Callable[[Json], None]  # told of each data source that exists, before it is read


class Sides:
    """Finds the data sources, makes those that are missing when `create` says so, and reads them."""

    def __init__(
        self, client: Client, policy: Policy, spool: Spool, say: Say, create: bool, ready: Ready
    ) -> None:
        self._client, self._policy, self._spool, self._say = client, policy, spool, say
        self._create, self._ready = create, ready
        self.book = rule_book(policy)

    def open(self, contacts: Sequence[str]) -> list[Stage]:
        """Every side of the run, the default first; none when there is nothing to write to and nothing to
        write.
        """
        names = self.book.sources if self.book else (self._policy.data_source_name,)
        found = {name: find_source(self._client, name) for name in names}
        sides: list[Stage] = []
        wanted: dict[str, frozenset[str]] = {}
        for name in names:
            default = name == self._policy.data_source_name
            idle = not contacts and self._create if default else not wanted.get(name)
            if found[name] is None and idle:
                continue
            mine = None if default or found[name] else sorted(wanted[name], key=lambda key: (len(key), key))
            stage = self._side(name, found[name], mine, sides[0].context if sides else None)
            sides.append(stage)
            if default and len(names) > 1:
                wanted = self._divided(stage, contacts)
            if len(names) > 1:
                stage.wanted = wanted.get(name, frozenset())
        for stage in sides:
            stage.others = [other for other in sides if other is not stage]
        return sides

    def _side(
        self, name: str, source: Json | None, contacts: list[str] | None, context: Context | None
    ) -> Stage:
        empty = source is None
        if source is None and self._create:
            source = create_source(self._client, name)
        if source is not None:
            self._ready(source)
        uuid = str((source or {}).get("uuid") or "")
        return Stage(
            self._client,
            self._policy,
            self._spool,
            uuid,
            empty,
            self._say,
            name=name,
            book=self.book,
            contacts=contacts,
            context=context,
        )

    def _divided(self, stage: Stage, contacts: Iterable[str]) -> dict[str, frozenset[str]]:
        """Contacts by the data sources to which rules send something of them."""
        found: dict[str, set[str]] = defaultdict(set)
        for contact in contacts:
            for name in stage.goes_to(contact):
                found[name].add(contact)
        return {name: frozenset(keys) for name, keys in found.items()}
