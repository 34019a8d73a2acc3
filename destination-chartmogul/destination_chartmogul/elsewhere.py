"""Leads here, billing elsewhere: a lead of ours is merged into the customer who pays in another data source.

The customer merged into keeps its values, and the lead and trial dates of the other are lost
(https://help.chartmogul.com/hc/en-us/articles/211358589), so these are copied first. What was done is marked
on the paying customer, in two steps, so that a run that dies in between is completed, and a merge that a user
took back is not made again.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import count
from typing import Any, NamedTuple

from destination_chartmogul.actual import own_ids
from destination_chartmogul.errors import ConfigError, Refused, Unanswered
from destination_chartmogul.layouts import MERGE
from destination_chartmogul.mapping.context import Bundle
from destination_chartmogul.mapping.outcome import Notice, Reject
from destination_chartmogul.pairing import (
    CUSTOM_FIELD,
    EMAIL,
    MARK,
    MERGED,
    MERGING,
    Found,
    Ours,
    Pair,
    Theirs,
    pairs_of,
)
from destination_chartmogul.parallel import in_parallel
from destination_chartmogul.plan import Change
from destination_chartmogul.policy import Elsewhere
from destination_chartmogul.registry import find_source
from destination_chartmogul.rules.values import Fields, MissingRecordError, RuleError
from destination_chartmogul.rules.views import Surroundings, Views
from destination_chartmogul.stage import Stage
from destination_chartmogul.suggestions import nearest
from destination_chartmogul.wire import instant

Json = dict[str, Any]
MERGE_SECONDS = 180.0
"""ChartMogul says that a merge may take a moment; its own tests wait up to two minutes for such work."""
DATES = ("lead_created_at", "free_trial_started_at")


class Done(NamedTuple):
    """What became of one pair: rejects, notices, objects sent."""

    rejects: tuple[Reject, ...] = ()
    notices: tuple[Notice, ...] = ()
    sent: int = 0


class _Begun(NamedTuple):
    """A merge that was asked for; `sent` is 0 when nobody knows, `refused` what ChartMogul has against it."""

    pair: Pair
    sent: int
    refused: str = ""


class BillingElsewhere:
    """For one data source of ours. `plan` looks, `write` merges."""

    def __init__(self, stage: Stage, choice: Elsewhere) -> None:
        self._stage, self._client, self._choice = stage, stage.client, choice
        self._other = source_of_payers(stage.client, choice)

    def look(self, new: Iterable[Ours] = ()) -> tuple[Found, list[Json]]:
        """→ (pairs, customers that are merged and not marked as such yet). `new` are customers to be made."""
        merged: list[Json] = []
        ours = [*self._ours(merged), *new]
        return pairs_of(ours, self._theirs(), self._choice.match), merged

    def foresee(self, new: Iterable[Ours] = ()) -> list[Change]:
        """The merges that `write` would make."""
        found, _ = self.look(new)
        return [
            Change(MERGE, "customer", pair.ours.contact, "contacts", pair.theirs.uuid) for pair in found.pairs
        ]

    def merge(self) -> Iterator[Done]:
        """Merge everybody who is found."""
        found, merged = self.look()
        yield Done(found.rejects, found.notices)
        for customer in merged:
            self._settle(customer)
        begun = list(in_parallel(self._begun, found.pairs))
        deadline = time.monotonic() + MERGE_SECONDS
        yield from in_parallel(partial(self._seen_through, deadline), begun)

    def _ours(self, merged: list[Json]) -> Iterator[Ours]:
        params = {"data_source_uuid": self._stage.source}
        for customer in self._client.all("/customers", "entries", **params) if self._stage.source else ():
            contact = next(iter(own_ids(customer, self._stage.source)), "")
            if own_ids(customer, self._other):
                if _mark(customer).startswith(MERGING):
                    merged.append(customer)
            elif contact:
                sought = self.sought(contact, customer.get("email"))
                yield Ours(contact, str(customer["uuid"]), sought, _mark(customer))

    def sought(self, contact: str, email: Any) -> str:
        """What identifies the paying customer of a contact; empty when nothing does."""
        if self._choice.match == EMAIL:
            return str(email or "").strip().casefold()
        return self._field_of(contact) if self._choice.match == CUSTOM_FIELD else contact

    def _field_of(self, contact: str) -> str:
        """Of a contact that did not come, nothing is known."""
        record = self._stage.spool.record("contacts", contact)
        if record is None:
            return ""
        context = self._stage.context
        around = Surroundings(context.zone, context.currency, custom_fields=context.reference.custom_fields)
        fields = Views(Bundle(contact, record), around).of_contact().get("fields")
        try:
            return str(fields.get(self._choice.custom_field)).strip() if isinstance(fields, Fields) else ""
        except MissingRecordError:
            return ""
        except RuleError as error:
            raise ConfigError(f"billing_elsewhere.custom_field: {error}.") from error

    def _theirs(self) -> dict[str, list[Theirs]]:
        found: dict[str, list[Theirs]] = defaultdict(list)
        for customer in self._client.all("/customers", "entries", data_source_uuid=self._other):
            payer = Theirs(
                str(customer["uuid"]),
                _mark(customer),
                tuple(own_ids(customer, self._stage.source)) if self._stage.source else (),
            )
            if self._choice.match == EMAIL:
                keys = [str(customer.get("email") or "").strip().casefold()]
            else:
                keys = own_ids(customer, self._other)
            for key in filter(None, keys):
                found[key].append(payer)
        return found

    def _begun(self, pair: Pair) -> _Begun:
        """All merges are asked for before any is waited for, since they are carried out in the background."""
        try:
            own = self._stage.readback.find_customer(pair.ours.contact)
            return _Begun(pair, self._begin(pair, own) if own else 1)
        except Unanswered:
            return _Begun(pair, 0)
        except Refused as refused:
            return _Begun(pair, 0, str(refused))

    def _seen_through(self, deadline: float, begun: _Begun) -> Done:
        """Wait until the lead is gone; where the answer was lost, look first and then ask again."""
        contact = begun.pair.ours.contact
        for attempt in count(1):
            own = self._stage.readback.find_customer(contact)
            if own is None or own_ids(own, self._other):
                self._settle(own or self._stage.readback.customer_of(begun.pair.theirs.uuid) or {})
                return Done(sent=begun.sent + 1)
            if begun.refused:
                return Done((Reject("contacts", contact, "refused_by_chartmogul", begun.refused),))
            if time.monotonic() > deadline:
                break
            if not begun.sent:
                begun = self._begun(begun.pair)
            time.sleep(self._client.retries.wait(min(attempt, 4)))
        return Done((), (Notice("merge_not_finished", "contacts", contact),), begun.sent)

    def _begin(self, pair: Pair, own: Json) -> int:
        """Copy the dates, mark, merge; → objects sent. Raises Unanswered when the merge may be taken."""
        contact, uuid = pair.ours.contact, pair.theirs.uuid
        if own_ids(own, self._other):
            return 1
        payer = self._client.get(f"/customers/{uuid}")
        dates = {name: own[name] for name in DATES if _is_earlier(own.get(name), payer.get(name))}
        if dates:
            self._client.patch(f"/customers/{uuid}", dates)
        self._set_mark(uuid, f"{MERGING} {contact}", payer)
        both = {"from": {"customer_uuid": own["uuid"]}, "into": {"customer_uuid": uuid}}
        self._client.post("/customers/merges", both)
        return 1 + bool(dates)

    def _settle(self, customer: Mapping[str, Any]) -> None:
        """The merge is done: from now on, being apart again means that a user took it back."""
        mark = _mark(customer)
        if mark.startswith(f"{MERGING} "):
            self._set_mark(str(customer["uuid"]), f"{MERGED} {mark.partition(' ')[2]}", customer)

    def _set_mark(self, uuid: str, mark: str, customer: Mapping[str, Any]) -> None:
        if _mark(customer) != mark:
            body = {"custom": [{"type": "String", "key": MARK, "value": mark}]}
            self._client.post_again(f"/customers/{uuid}/attributes/custom", body)


def source_of_payers(client: Any, choice: Elsewhere) -> str:
    """uuid of the other data source. Raises ConfigError when there is none of that name."""
    found = find_source(client, choice.data_source_name)
    if found is not None:
        return str(found["uuid"])
    names = [str(s.get("name")) for s in client.get("/data_sources").get("data_sources") or []]
    raise ConfigError(
        f"billing_elsewhere: there is no data source named {choice.data_source_name!r}"
        f"{nearest(choice.data_source_name, names)}."
    )


def _mark(customer: Mapping[str, Any]) -> str:
    custom = (customer.get("attributes") or {}).get("custom")
    value = custom.get(MARK) if isinstance(custom, Mapping) else None
    return str(value.get("value") if isinstance(value, Mapping) else value or "")


def _is_earlier(mine: str | None, theirs: str | None) -> bool:
    own, other = instant(mine), instant(theirs)
    return own is not None and (other is None or own < other)
