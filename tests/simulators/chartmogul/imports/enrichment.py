"""A row of a CSV upload of the type customers_contacts_enrichment.

Source: https://help.chartmogul.com/hc/en-us/articles/14100275980956: columns are known by their headers, and
what is no field of a customer is a custom attribute. The headers themselves are not documented for the API;
those here are the words that ChartMogul's pages use. An attribute that the account has keeps its type.
"""

from collections.abc import Mapping

from tests.simulators.chartmogul.customers import custom_attributes, customer_fields
from tests.simulators.chartmogul.world import World
from tests.simulators.http import Json

CUSTOMER, TAGS, OWNER = "Customer external ID", "Tags", "Owner"


def taken(world: World, source: str, row: Mapping[str, Json]) -> bool:
    """Enrich a customer; False when there is none, or a value is not fit."""
    customer = world.store.customer(source, row.get(CUSTOMER))
    if customer is None:
        return False
    cells = {name: cell for name, cell in row.items() if name not in (CUSTOMER, TAGS, OWNER)}
    types = world.store.custom_types
    custom = [{"type": types.get(name, "String"), "key": name, "value": cell} for name, cell in cells.items()]
    given: dict[str, Json] = {"attributes": {"custom": custom}}
    if row.get(OWNER):
        given["owner"] = row[OWNER]
    if custom_attributes.complaint(custom):
        return False
    customer_fields.apply(world, customer, given)
    if row.get(TAGS):
        customer.tags = list(dict.fromkeys([*customer.tags, str(row[TAGS])]))
    return True
