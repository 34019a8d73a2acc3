"""Product categories, and the products in them."""

from __future__ import annotations

from tests.simulators.keap.account import Account
from tests.simulators.keap.billing.rows import Category
from tests.simulators.keap.filters import ALL, contains, number, one_of, some_of, text
from tests.simulators.keap.resource import Resource
from tests.simulators.keap.wording import Json, Wording


def category_view(_: Account, row: Category, say: Wording) -> Json:
    """A ProductCategory."""
    return say.known(
        {
            "id": str(row.id),
            "name": row.name,
            "display_order_index": row.display_order,
            "parent_category_id": str(row.parent_id) if row.parent_id else None,
        }
    )


def assigned_view(_: Account, row: Category, __: Wording) -> Json:
    """An AssignedProducts: a category with the products in it."""
    return {
        "product_category_id": str(row.id),
        "product_ids": [str(product_id) for product_id in row.product_ids],
    }


PRODUCT_CATEGORIES = Resource[Category](
    key="product_categories",
    noun="Product Category",
    table=lambda account: account.billing.categories,
    view=category_view,
    id_field="product_category_id",
    filters={
        "product_id": contains(lambda row: set(row.product_ids)),
        "name": text(lambda row: row.name, wildcard=True),
        "product_category_id": number(lambda row: row.id, ALL),
    },
    orders={"id": lambda row: row.id},
)

ASSIGNED_PRODUCTS = Resource[Category](
    key="assigned_product_categories",
    noun="Assigned Products",
    table=lambda account: account.billing.categories,
    view=assigned_view,
    id_field="",
    filters={
        "product_ids": some_of(lambda row: set(row.product_ids)),
        "product_category_ids": one_of(lambda row: row.id),
    },
    orders={"product_category_id": lambda row: row.id},
)
