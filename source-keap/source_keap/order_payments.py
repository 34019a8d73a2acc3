"""Payments of each order: the one list that Keap has below its parent only."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from source_keap.changed_since import ChangedSince
from source_keap.errors import ListMissing
from source_keap.pages import Row
from source_keap.recent import Recent
from source_keap.states import ChangesState


@dataclass
class OrderPayments(ChangedSince):
    """For each order that changed, one call. The state is that of the orders.

    The orders are read in small pages, since the state is saved after each.
    """

    def reads_everything(self) -> bool:
        return False

    def given(self, rows: Sequence[Row]) -> Iterator[list[Row]]:
        for order in rows:
            yield from self._payments(str(order["id"]))

    def _recent(self, state: ChangesState) -> Recent:
        return Recent("modification_time", state.recent)

    def _payments(self, order_id: str) -> Iterator[list[Row]]:
        keap = replace(self.keap, path=f"orders/{order_id}/payments", rows="invoice_order_payments")
        try:
            for page in keap.by_token(""):
                yield [{"order_id": order_id, **row} for row in page.rows]
        except ListMissing as missing:
            if missing.status != 404 or self.keap.page({"filter": f"ids=={order_id}"}).rows:
                raise
