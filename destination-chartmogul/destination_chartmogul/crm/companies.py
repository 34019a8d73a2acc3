"""Who belongs to a customer's company without being a customer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from destination_chartmogul.mapping.context import Record
from destination_chartmogul.spool import Spool


class Companies:
    """Keap's companies as far as this run's contacts tell. `is_customer` is asked once a contact."""

    def __init__(self, spool: Spool, is_customer: Callable[[str], bool]) -> None:
        self._spool, self._is_customer = spool, is_customer
        self._company: dict[str, str] = spool.companies_of_contacts()
        self._people: dict[str, list[str]] = defaultdict(list)
        for contact, company in self._company.items():
            self._people[company].append(contact)

    def colleagues(self, contact: str) -> list[Record]:
        """The others of the company; nobody when another of them is a customer too: whose would they be?"""
        others = [each for each in self._of_company(contact) if each != contact]
        if any(self._is_customer(each) for each in others):
            return []
        records = (self._spool.record("contacts", each) for each in others)
        return [record for record in records if record]

    def is_left_over(self, contact: str) -> bool:
        """Of a company, no customer, and not a contact of exactly one either."""
        if contact not in self._company or self._is_customer(contact):
            return False
        return sum(self._is_customer(each) for each in self._of_company(contact)) != 1

    def _of_company(self, contact: str) -> list[str]:
        return self._people[self._company[contact]] if contact in self._company else []
