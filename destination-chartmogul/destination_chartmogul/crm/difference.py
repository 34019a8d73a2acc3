"""What is wanted − what ChartMogul holds = changes. Pure: no calls.

ChartMogul makes an object twice as happily as once, so what carries the mark of a Keap record twice (a lost
answer, two runs at once) is reduced to the oldest. What has no mark was made by hand and is never touched.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import orjson

from destination_chartmogul.crm.contacts import KIND as CONTACT
from destination_chartmogul.crm.contacts import is_same_person
from destination_chartmogul.crm.desired import identity_of
from destination_chartmogul.crm.kinds import Json, Kind
from destination_chartmogul.crm.wanted import Attribute, View, Wanted, Wish
from destination_chartmogul.plan import CHANGE, CREATE, DELETE, Change
from destination_chartmogul.wire import instant

Held = Mapping[str, list[Json]]
Gone = Callable[[Kind, str], bool]
OWNER, TAGS, ATTRIBUTES = "owner", "tags", "attributes"


def object_changes(
    wish: Wish, held: Held, kinds: Iterable[Kind], view: View, gone: Gone, uuid: str
) -> Iterator[Change]:
    """Objects of one customer. `held`: all of the customer, by kind; `gone` tells whether a Keap record that
    is not wanted here is not this customer's any more.
    """
    for kind in kinds:
        if kind.name not in held:
            continue
        known, strangers = _by_identity(kind, held[kind.name], view)
        asked = {each.key: each for each in wish.objects if each.kind == kind.name}
        for key, each in asked.items():
            same = known.pop(key, None) or _adopted(kind, each, strangers)
            yield from _one(kind, each, same, uuid)
        for key, rows in known.items():
            if f"{kind.name}/{key}" not in wish.kept and gone(kind, key):
                yield from (deletion(kind, key, row) for row in rows)
            else:
                yield from (deletion(kind, key, row) for row in rows[1:])


def _by_identity(kind: Kind, rows: Iterable[Json], view: View) -> tuple[dict[str, list[Json]], list[Json]]:
    """→ (ours by Keap id, oldest first; the others)."""
    known: dict[str, list[Json]] = defaultdict(list)
    strangers = []
    for row in rows:
        key = identity_of(kind, row, view)
        if key is None:
            strangers.append(row)
        else:
            known[key].append(row)
    for twins in known.values():
        twins.sort(key=_age)
    return known, strangers


def _age(row: Json) -> tuple[str, int, str]:
    """Contacts have no time, but a position; beyond that any order will do that stays the same."""
    return str(row.get("created_at") or ""), int(row.get("position") or 0), orjson.dumps(row).decode()


def _adopted(kind: Kind, wanted: Wanted, strangers: list[Json]) -> list[Json]:
    same = [row for row in strangers if kind is CONTACT and is_same_person(row, wanted)]
    for row in same[:1]:
        strangers.remove(row)
    return same[:1]


def _one(kind: Kind, wanted: Wanted, same: list[Json], uuid: str) -> Iterator[Change]:
    of: Json = {"external_id": wanted.key, "stream": wanted.stream, "key": wanted.key}
    if not same:
        body = {**wanted.body, **wanted.at_birth}
        yield Change(CREATE, kind.name, **of, body=_said(body), parent=uuid, value=wanted)
        return
    first, *twins = same
    patch = {name: value for name, value in wanted.body.items() if kind.differs[name](first, value)}
    if patch:
        target = str(first[kind.uuid])
        yield Change(CHANGE, kind.name, **of, body=patch, parent=uuid, target=target, value=wanted)
    yield from (deletion(kind, wanted.key, row) for row in twins)


def _said(body: Json) -> Json:
    return {name: value for name, value in body.items() if value is not None}


def deletion(kind: Kind, key: str, row: Json) -> Change:
    """Of an object of ours."""
    return Change(DELETE, kind.name, key, kind.stream, key, target=str(row[kind.uuid]))


def customer_changes(wish: Wish, customer: Mapping[str, Any], uuid: str) -> Iterator[Change]:
    """Tags, attributes and owner; `customer` as ChartMogul shows it, empty for one that is to be made."""
    said = wish.on_customer
    attributes: Mapping[str, Any] = customer.get("attributes") or {}
    yield from _tags(wish, set(attributes.get("tags") or ()), uuid)
    yield from _attributes(wish, attributes.get("custom") or {}, uuid)
    if said.owner and str(customer.get("owner") or "").casefold() != said.owner.casefold():
        yield _on(CHANGE, OWNER, wish, "owner", {"owner": said.owner}, uuid)


def _on(action: str, kind: str, wish: Wish, shown: str, body: Json, uuid: str, value: Any = None) -> Change:
    return Change(action, kind, shown, "contacts", wish.contact, body, target=uuid, value=value)


def _tags(wish: Wish, held: set[str], uuid: str) -> Iterator[Change]:
    """Tags that the user did not name are nobody's business here."""
    said = wish.on_customer
    new = sorted(said.tags - held)
    old = sorted((held & said.managed) - said.tags) if said.known else []
    if new:
        yield _on(CREATE, TAGS, wish, ", ".join(new), {"tags": new}, uuid)
    if old:
        yield _on(DELETE, TAGS, wish, ", ".join(old), {"tags": old}, uuid)


def _attributes(wish: Wish, held: Mapping[str, Any], uuid: str) -> Iterator[Change]:
    address = wish.on_customer.address
    wanted = (*wish.on_customer.attributes, *([address] if address else []))
    new = [each for each in wanted if each.value is not None and held.get(each.key) is None]
    other = [
        each
        for each in wanted
        if each.value is not None and held.get(each.key) is not None and _differs(held[each.key], each)
    ]
    old = [each for each in wanted if each.value is None and each.key in held]
    for action, some in ((CREATE, new), (CHANGE, other), (DELETE, old)):
        if some:
            yield attribute_change(action, some, wish.contact, uuid)


def attribute_change(action: str, some: list[Attribute], contact: str, uuid: str) -> Change:
    """One call for several attributes of a customer."""
    bodies: dict[str, Any] = {
        CREATE: [{"type": each.type, "key": each.key, "value": each.value} for each in some],
        CHANGE: {each.key: each.value for each in some},
        DELETE: [each.key for each in some],
    }
    keys = ", ".join(each.key for each in some)
    body = {"custom": bodies[action]}
    return Change(action, ATTRIBUTES, keys, "contacts", contact, body, target=uuid, value=tuple(some))


def _differs(held: Any, wanted: Attribute) -> bool:
    if wanted.type == "Timestamp":
        return not isinstance(held, str) or instant(held) != instant(wanted.value)
    if wanted.type == "Boolean" or isinstance(held, bool):
        return held is not wanted.value
    if wanted.type in ("Integer", "Decimal"):
        return not isinstance(held, int | float) or float(held) != float(wanted.value)
    return bool(held != wanted.value)


def clashes(held: Any, kind: str) -> bool:
    """Whether a value that the account has under a key is surely of another type than `kind`."""
    fits: Mapping[str, tuple[type, ...]] = {
        "Boolean": (bool,),
        "Integer": (int, float),
        "Decimal": (int, float),
        "String": (str,),
        "Timestamp": (str,),
    }
    if held is None:
        return False
    return not isinstance(held, fits[kind]) or (isinstance(held, bool) and kind != "Boolean")
