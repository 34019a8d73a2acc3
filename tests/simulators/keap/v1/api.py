"""How REST v1 is asked and answers: limit and offset, the envelope with a count, `{"message": ...}` as error.

`next` and `previous` are there on every page, even behind the last one, and `next` does not repeat
`optional_properties` (public captures of answers); the count is that of all rows that match.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import urlencode

from tests.simulators.http import Answer, Call, Refusal, Unrouted
from tests.simulators.keap.api import Api, Handler
from tests.simulators.keap.api import unrouted as unrouted_v2
from tests.simulators.keap.filters import Bounds, Condition, FilterError, instant
from tests.simulators.keap.rendering import as_text, row_texts
from tests.simulators.keap.resource import Resource, Shown
from tests.simulators.keap.rows import Row
from tests.simulators.keap.selection import Query, Selector
from tests.simulators.keap.v1.lists import ORDERS
from tests.simulators.keap.wording import Json, Wording

R = TypeVar("R", bound=Row)
View = Callable[[Any, Any, Wording], Json]
JSON = {"Content-Type": "application/json"}
TIMES = ("since", "until")
DIRECTIONS = {"ASCENDING": False, "DESCENDING": True}


def unrouted(call: Call, reason: Unrouted) -> Answer:
    """What an address without a handler answers: an HTML page, or the error of the version asked."""
    if reason is Unrouted.WRONG_METHOD and "/rest/v1/" in call.path:
        return Answer(reason.value, {"message": "Method Not Allowed"})
    return unrouted_v2(call, reason)


def refusal(message: str, status: int = 400) -> Refusal:
    """The error of REST v1 as an exception."""
    return Refusal(Answer(status, {"message": message}))


class ApiV1:
    """Answers of REST v1 for the account and the switches of REST v2's."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.selector = Selector()

    def listing(self, resource: Resource[R], besides: Mapping[str, Any] | None = None) -> Handler:
        """The handler of a list; `besides` is what the envelope holds besides rows, count and links."""

        def handle(call: Call) -> Answer:
            return self.page(call, self.query(call, resource), besides or {})

        return handle

    def query(self, call: Call, resource: Resource[R]) -> Query[R]:
        """What a list call asks for; 400 for a value that makes no sense."""
        order, descending = self.order(call, resource)
        query = Query(
            resource=resource,
            conditions=tuple(self.condition(call, name) for name in resource.filters if call.query.get(name)),
            order=order,
            descending=descending,
            bounds=self.bounds(),
        )
        try:
            query.tests()
        except FilterError as wrong:
            raise refusal(str(wrong)) from wrong
        return query

    def condition(self, call: Call, name: str) -> Condition:
        """One parameter as a condition; times have milliseconds, unless the switch says otherwise."""
        value = call.query[name]
        if name in TIMES:
            needs = self.api.switches.text("v1_milliseconds") == "required"
            try:
                instant(value, milliseconds=needs)
            except FilterError as wrong:
                raise refusal(f"{name}: {wrong}") from wrong
        return Condition(name, "==", value)

    def order(self, call: Call, resource: Resource[R]) -> tuple[str, bool]:
        """The order field and whether it descends; orders have the newest first."""
        usual = next(iter(resource.orders))
        name = call.query.get("order", usual)
        direction = call.query.get("order_direction", "ASCENDING")
        if name not in resource.orders or direction not in DIRECTIONS:
            raise refusal(f"order is one of {', '.join(resource.orders)}")
        return name, resource.key == ORDERS.key or DIRECTIONS[direction]

    def bounds(self) -> Bounds:
        basis = self.api.switches.text("v1_orders_since_basis")
        return replace(self.api.bounds(), v1_orders_basis=basis)

    def page(self, call: Call, query: Query[R], besides: Mapping[str, Any]) -> Answer:
        """One page in its envelope, as JSON text joined from the texts of its rows."""
        account, resource = self.api.account(), query.resource
        table, size = resource.table(account), self.limit(call)
        offset = whole(call, "offset", 0)
        ids = self.selector.sorted_ids(query, table, keep=False)
        wanted = ids[offset : offset + size]
        texts = row_texts(account, resource, table, wanted, self.api.say(), self.shown(call, resource))
        links = {"next": offset + size, "previous": max(0, offset - size)}
        addresses = {name: self.address(call, size, start) for name, start in links.items()}
        rest = as_text({"count": len(ids), **addresses, **besides})[1:]
        return Answer(200, f'{{"{resource.key}":[{",".join(texts)}],{rest}', JSON)

    def limit(self, call: Call) -> int:
        """How many rows a page has: what was asked for, but no more than the switch allows."""
        most = self.api.switches.number("v1_largest_limit")
        return min(whole(call, "limit", most) or most, most)

    def shown(self, call: Call, resource: Resource[R]) -> Shown:
        """The attributes to be served; a name in `optional_properties` that nobody knows is ignored."""
        if resource.fields is None:
            return Shown()
        given = ",".join(call.query_all("optional_properties"))
        return resource.fields(self.api.switches).shown(frozenset(each.strip() for each in given.split(",")))

    def address(self, call: Call, size: int, offset: int) -> str:
        """The address of another page: the same parameters, with a slash before them."""
        kept = {
            name: value
            for name, value in call.query.items()
            if name not in ("limit", "offset", "optional_properties")
        }
        parameters = urlencode({"limit": size, "offset": offset, **kept})
        return f"http://{call.headers.get('Host', '')}{call.path.rstrip('/')}/?{parameters}"

    def single(self, resource: Resource[R], parameter: str, view: View) -> Handler:
        """The handler of one row by id."""

        def handle(call: Call) -> Answer:
            row = self.row(call, resource, parameter)
            seen = view(self.api.account(), row, self.api.say())
            return Answer(200, self.shown(call, resource).of(seen))

        return handle

    def row(self, call: Call, resource: Resource[R], parameter: str) -> R:
        """The row that the path names; 404 when there is none."""
        given = call.params[parameter]
        row = resource.table(self.api.account()).get(int(given)) if given.isdecimal() else None
        if row is None:
            raise refusal(f"Unable to find this {resource.noun}", 404)
        return row


def whole(call: Call, name: str, default: int) -> int:
    """A parameter that counts rows; 400 unless it is a number from 0 on."""
    given = call.query.get(name)
    if given is None:
        return default
    if not given.isdecimal():
        raise refusal(f"{name} must be a number that is not negative")
    return int(given)
