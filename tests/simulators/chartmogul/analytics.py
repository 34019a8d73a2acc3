"""The analytics side."""

from dataclasses import dataclass
from datetime import datetime

from .records import Customer
from .settings import Settings
from .store import Store


@dataclass(frozen=True)
class Standing:
    """How a customer stands today. `status` is None for leads, `since` the first paid service period."""

    status: str | None = None
    since: datetime | None = None
    mrr: int = 0


class Analytics:
    """What metrics, activities and analytics-side subscriptions are read from."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store, self._settings = store, settings

    def touch(self, customer: Customer, due: datetime) -> None:
        """A customer changed."""

    def use(self, settings: Settings) -> None:
        """Compute everything anew."""
        self._settings = settings

    def pending(self, source: str) -> int:
        """How many customers of a source are still to be worked on."""
        return 0

    def standing(self, customer: Customer) -> Standing:
        """How a customer stands today."""
        return Standing()
