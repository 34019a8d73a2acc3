"""How a report names customers: by id, with links to both systems; by name only when that is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciliation.chartmogul_mrr import names_of
from reconciliation.errors import ReconciliationError
from reconciliation.explain.case import Case
from reconciliation.frames import rows

ID = "{id}"


@dataclass(frozen=True)
class People:
    """`names` by customer id, empty when names are masked; `keap_page` is an address with {id} in it;
    `chartmogul_pages` by customer id.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    keap_page: str | None = None
    chartmogul_pages: Mapping[str, str] = field(default_factory=dict)

    def pages_of(self, customer_id: str) -> tuple[str | None, str | None]:
        """The customer's pages in Keap and in ChartMogul."""
        keap = self.keap_page.replace(ID, customer_id) if self.keap_page else None
        return keap, self.chartmogul_pages.get(customer_id)


def people(case: Case, *, named: bool, keap_page: str | None) -> People:
    """Of an audit. Raises ReconciliationError for a page address without {id} or that is no web address."""
    if keap_page and (ID not in keap_page or not keap_page.startswith(("https://", "http://"))):
        raise ReconciliationError(
            "'keap.contact_page' must be a web address with {id} in it, for example "
            "https://ab123.infusionsoft.com/Contact/manageContact.jsp?view=edit&ID={id}"
        )
    contacts = case.keap.contacts.dropna(subset=["name"])
    owners = frozenset(case.keap.orders["customer_id"].dropna())
    pages = names_of(case.chartmogul, owners).dropna(subset=["page"])
    return People(
        names={str(row.id): str(row.name) for row in rows(contacts)} if named else {},
        keap_page=keap_page,
        chartmogul_pages={str(row.customer_id): str(row.page) for row in rows(pages)},
    )
