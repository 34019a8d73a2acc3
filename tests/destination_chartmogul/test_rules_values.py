"""The values that expressions see are Keap's, exact, and of the kind that the page says."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from destination_chartmogul.mapping.context import Bundle
from destination_chartmogul.rules.expressions import compiled
from destination_chartmogul.rules.names import OBJECTS, SCOPES
from destination_chartmogul.rules.values import MissingRecordError, RuleError, View
from destination_chartmogul.rules.views import Surroundings, Views
from tests.destination_chartmogul.keap import ZONE, bundle, contact, item, money, order, payment, subscription
from tests.destination_chartmogul.pipe import Json

FIELDS = {
    "contacts:1": {"label": "Brand", "field_name": "_Brand", "field_type": "TEXT"},
    "contacts:2": {"label": "Rank", "field_name": "_Rank", "field_type": "DECIMAL_NUMBER"},
    "contacts:3": {"label": "Joined", "field_name": "_Joined", "field_type": "DATE"},
    "contacts:4": {"label": "Staff", "field_name": "_Staff", "field_type": "YES_NO"},
    "contacts:5": {"label": "Lists", "field_name": "_Lists", "field_type": "LIST_BOX"},
}
PRODUCT: Json = {
    "id": "11",
    "name": "Gold",
    "sku": "G",
    "price": money(4900),
    "categories": ["3"],
    "active": True,
}


def around(currency: str = "USD") -> Surroundings:
    return Surroundings(ZONE, currency, {"7": "VIP"}, FIELDS, {"11": PRODUCT}.get)


def views(currency: str = "USD", **more: Any) -> tuple[Bundle, Views]:
    records = bundle(**more)
    return records, Views(records, around(currency))


def scope(sold: Json, currency: str = "USD", **person: Any) -> dict[str, View]:
    """What a rule on an order sees."""
    values = [
        {"id": "1", "content": "Acme"},
        {"id": "2", "content": "7.10"},
        {"id": "3", "content": "2026-01-31"},
    ]
    values += [{"id": "4", "content": "1"}, {"id": "5", "content": "a,b"}]
    somebody = contact(custom_fields=values, tag_ids=["7"], **person)
    _, seen = views(currency, contact=somebody, orders=[sold], payments=[payment()])
    return {"order": seen.of_order(sold), "contact": seen.of_contact()}


TRUE = [
    "contact.email == 'ada@example.com' and contact.name == 'Ada Low'",
    "contact.company == 'Low Works' and contact.country == 'USA' and contact.city == 'Denver'",
    "contact.created == '2024-08-28' and contact.created.year == 2024",
    "'VIP' in contact.tags and '7' in contact.tag_ids",
    "contact.fields['Brand'] == 'Acme' and contact.fields.brand == 'Acme'",
    "contact.fields['_Brand'] == 'Acme'",
    "contact.fields['Rank'] == 7.1 and contact.fields['Rank'] < 7.11",
    "contact.fields['Joined'] > '2026-01-30' and contact.fields['Joined'].month == 1",
    "contact.fields['Staff'] and 'b' in contact.fields['Lists']",
    "order.total == 99.9 and order.total > 99.89 and order.total * 3 == 299.7 and order.total / 3 == 33.3",
    "order.date == '2026-06-02' and order.date < date('2026-06-03')",
    "order.date - contact.created == 643",
    "order.items | length == 2 and order.items[0].product.name == 'Gold'",
    "order.items | map(attribute='price') | sum == 99.9",
    "(order.items | selectattr('type', 'eq', 'PRODUCT') | first).name == 'Mug'",
    "order.products | map(attribute='sku') | join(',') == 'G'",
    "order.payments | selectattr('type', 'like', 'credit*') | list | length == 1",
    "order.payments[0].amount == 49 and order.payments[0].date == '2026-06-03'",
    "order.title == '' and order.invoice_number is not none and not order.notes",
    "order.items[0].product.categories == ('3',) or '3' in order.items[0].product.categories",
    "contact.name is like('ADA*') and contact.name is like('*low') and contact.name is not like('low*')",
    "{{ contact.name.upper().startswith('ADA') }}",
    "'x' if order.total > 5 else false",
    "number('49.90') + 50 == order.total and '7' | int == 7 and 2.345 | round(2) == 2.35",
    "contact.name.replace('Ada ', '') == 'Low' and contact.name | replace('Low', 'High') == 'Ada High'",
    "order.currency == 'USD' and order.status == 'PAID'",
    "record.id == order.id and record['total'] == order.total",
    "not (order.items | selectattr('name', 'eq', 'Cup'))",
    "order.items | selectattr('name', 'eq', 'Mug') | length == 1",
    "(order.items | map(attribute='name')) == ['Gold', 'Mug']",
]


@pytest.mark.parametrize("expression", TRUE)
def test_values_are_exact_and_of_their_kind(expression: str) -> None:
    """On an order of 2 June, 23:30 in Denver, of 99.90."""
    sold = order(
        item(price=4995),
        item("PRODUCT", 4995, name="Mug"),
        order_time="2026-06-03T05:30:00Z",
        creation_time="2026-06-03T05:30:00Z",
    )
    assert compiled(expression, SCOPES["order"]).value(scope(sold)), expression


def test_money_without_cents() -> None:
    """500 yen are 500."""
    assert compiled("order.total == 4900", SCOPES["order"]).value(scope(order(currency="JPY"), "JPY"))


def test_every_name_can_be_read() -> None:
    """Of full records, and of those that have nothing but an id."""
    full: list[Json] = [order(), subscription(), payment(), contact(custom_fields=[], tag_ids=[])]
    bare: list[Json] = [{"id": "1"}, {"id": "5001"}, {"id": "4"}, {"id": "1001"}]
    for sold, plan, paid, person in (full, bare):
        _, seen = views(contact=person, orders=[sold], subscriptions=[plan], payments=[paid])
        line: Json = (sold.get("order_items") or [{"id": "6", "product": {"id": "11"}}])[0]
        things = {
            "contact": seen.of_contact(),
            "subscription": seen.of_subscription("5001"),
            "order": seen.of_order(sold),
            "item": seen.of_item(line),
            "product": seen.of_product(line),
            "payment": seen.of_payment(paid),
        }
        for name, known in OBJECTS.items():
            for each, meant in known.items():
                value = things[name].get(each)
                wanted = {"text": str, "list of texts": tuple, "money": Decimal, "day": date}.get(meant.kind)
                assert value is None or wanted is None or isinstance(value, wanted), (name, each)
                assert meant.kind != "text" or value is not None


def test_an_item_without_subscription() -> None:
    """Its subscription is false and empty."""
    _, seen = views()
    none = {"subscription": seen.of_subscription(""), "item": seen.of_item(item("PRODUCT"))}
    expression = "not subscription and subscription.plan_id == '' and subscription.fields['x'] == ''"
    assert compiled(expression, SCOPES["item"]).value(none)


def test_a_record_that_did_not_come() -> None:
    """What an order says of its contact can be read, the rest cannot."""
    sold = order()
    _, seen = views(orders=[sold])
    there = {"order": seen.of_order(sold), "contact": seen.of_contact()}
    assert compiled("contact.email == 'ada@example.com' and contact.id", SCOPES["order"]).value(there)
    with pytest.raises(MissingRecordError, match="contacts"):
        compiled("contact.company == ''", SCOPES["order"]).value(there)
    with pytest.raises(MissingRecordError, match="subscriptions"):
        seen.of_subscription("5001").get("active")


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("contact.fields['Brandd']", "no custom field is called 'Brandd' .did you mean brand"),
        ("order.total > order.title", "values of different kinds"),
        ("contact.email > contact.created", "a day is written"),
        ("order.items[7].name", "no member 7 in a list of 1"),
        ("order.total / 0", "it cannot be worked out"),
        ("contact.name + 5", "numbers"),
        ("contact.created > 'soon'", "a day is written as '2026-01-31'"),
        ("'x' | int", "no number"),
        ("'x' if order.total > 5000", "an if needs an else"),
    ],
)
def test_what_cannot_be_worked_out_fails_on_the_record(expression: str, said: str) -> None:
    """With a sentence that quotes no value of the record."""
    with pytest.raises((RuleError, MissingRecordError), match=said):
        compiled(expression, SCOPES["order"]).value(scope(order()))


@pytest.mark.parametrize(
    "expression",
    [
        "contact[contact.email]",
        "contact.fields[contact.email]",
        "contact.emails | map(contact.email) | list",
        "contact.emails | select(contact.email) | list",
        "contact.emails | map(attribute=contact.name) | list",
        "number(contact.email)",
        "date(contact.email)",
        "contact.created < contact.email",
    ],
)
def test_what_goes_wrong_is_told_without_values(expression: str) -> None:
    """A name that is taken from the record is a value of a person."""
    with pytest.raises(RuleError) as caught:
        compiled(expression, SCOPES["order"]).value(scope(order()))
    assert "ada" not in str(caught.value).lower()
