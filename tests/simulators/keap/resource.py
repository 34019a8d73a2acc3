"""What a list of REST v2 is made of: its key, rows, filter fields, order fields, attributes, page sizes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from tests.simulators.http import Switches
from tests.simulators.keap.account import Account
from tests.simulators.keap.filters import FilterError, FilterField
from tests.simulators.keap.rows import Row
from tests.simulators.keap.table import Readable
from tests.simulators.keap.wording import Json, Wording

R = TypeVar("R", bound=Row)
NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Shown:
    """The attributes that are served: only those named (and the id), or all but the hidden ones."""

    only: frozenset[str] | None = None
    hidden: frozenset[str] = NONE

    def of(self, row: Json) -> Json:
        """The row with these attributes."""
        if self.only is not None:
            return {name: value for name, value in row.items() if name == "id" or name in self.only}
        if not self.hidden:
            return row
        return {name: value for name, value in row.items() if name not in self.hidden}


@dataclass(frozen=True, slots=True)
class FieldsRule:
    """What the parameter `fields` may name, and what stays hidden until it is named.

    With `adds`, `fields` names what is shown besides the usual attributes; without, all that is shown.
    """

    allowed: frozenset[str]
    hidden: frozenset[str] = NONE
    adds: bool = False

    def shown(self, names: frozenset[str]) -> Shown:
        """The attributes served when `fields` names these (none: it was not sent)."""
        if self.adds or not names:
            return Shown(hidden=self.hidden - names)
        return Shown(only=names)


@dataclass(frozen=True)
class Resource(Generic[R]):
    """One list. `id_field` is the filter field that holds the row's own id.

    `fields` is None where the list has no such parameter; `orders_in` are order fields that look at other
    rows of the account; `custom_filter` finds the filter field of a custom field; `apart` are filter fields
    that may not come together in one request, `needs` is one that must come; `switch` names the switch that
    says whether the list is there; `besides` is what the answer holds next to the rows.
    """

    key: str
    noun: str
    table: Callable[[Account], Readable[R]]
    view: Callable[[Account, R, Wording], Json]
    id_field: str
    filters: Mapping[str, FilterField[R]]
    orders: Mapping[str, Callable[[R], Any]]
    orders_in: Mapping[str, Callable[[Account, R], Any]] = field(default_factory=dict)
    fields: Callable[[Switches], FieldsRule] | None = None
    custom_filter: Callable[[Account, str], FilterField[R] | None] | None = None
    page_sizes: tuple[int, int] = (0, 1000)
    apart: tuple[frozenset[str], ...] = ()
    needs: str = ""
    switch: str = ""
    besides: Callable[[Account], Json] | None = None

    def find_filter(self, account: Account) -> Callable[[str], FilterField[R] | None]:
        """Finds a filter field by name: one of the API's own, else a custom field of the account."""
        custom = self.custom_filter
        if custom is None:
            return self.filters.get
        return lambda name: self.filters.get(name) or custom(account, name)

    def check(self, given: frozenset[str], *, any_will_do: bool) -> None:
        """Refuse filter fields that exclude each other, and the lack of those that the list needs."""
        for both in self.apart:
            if both <= given:
                raise FilterError(f"{' and '.join(sorted(both))} cannot be used together")
        if self.needs and not (given if any_will_do else given & {self.needs}):
            raise FilterError(f"filter must have {self.needs}")

    def order_names(self) -> set[str]:
        """Every field that `order_by` takes."""
        return {*self.orders, *self.orders_in}

    def sort_key(self, name: str, account: Account) -> Callable[[R], Any]:
        """The value that an order field sorts by."""
        if name in self.orders:
            return self.orders[name]
        value = self.orders_in[name]
        return lambda row: value(account, row)
