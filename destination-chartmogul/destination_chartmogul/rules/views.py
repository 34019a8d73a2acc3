"""Keap's records as the objects of `names`: read when an expression asks for a value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from destination_chartmogul.mapping.addresses import billing_address, filled
from destination_chartmogul.mapping.context import Bundle, Record
from destination_chartmogul.mapping.money import digits_of, minor, whole
from destination_chartmogul.mapping.outcome import UnwritableError
from destination_chartmogul.mapping.periods import day_of, parse_date
from destination_chartmogul.rules.names import STREAM_OF
from destination_chartmogul.rules.values import Day, Fields, MissingRecordError, Read, RuleError, View

NUMBERS = ("CURRENCY", "DECIMAL_NUMBER", "PERCENT", "WHOLE_NUMBER", "YEAR", "MONTH", "DAY_OF_WEEK")
DAYS = ("DATE", "DATE_TIME")
LISTS = ("LIST_BOX", "USER_LIST_BOX")
COLUMN = "custom_field_"


@dataclass(frozen=True)
class Surroundings:
    """What is the same for all records of a run.

    `tags`: names by id; `custom_fields`: Keap's definitions by `{kind of record}:{id}`; `product`: a record
    of a product by id, None when it did not come.
    """

    zone: str
    currency: str
    tags: Mapping[str, str] = field(default_factory=dict)
    custom_fields: Mapping[str, Record] = field(default_factory=dict)
    product: Callable[[str], Record | None] = lambda _: None


class Views:
    """Objects of one contact's bundle."""

    def __init__(self, bundle: Bundle, around: Surroundings) -> None:
        self._bundle, self._around = bundle, around

    def of_contact(self) -> View:
        """The contact; of one that did not come what an order says of it."""
        record = self._bundle.contact
        if record is not None:
            return View("contact", self._contact(record))
        named = [o.get("contact") for o in self._bundle.orders.values()]
        embedded = next((each for each in named if isinstance(each, Mapping) and len(each) > 1), {})
        reads: dict[str, Read] = {"id": lambda: self._bundle.contact_id}
        if embedded:
            reads |= _named(embedded)
            reads["email"] = lambda: _lower(embedded.get("email"))
        return View("contact", reads, missing="contacts")

    def _contact(self, record: Record) -> dict[str, Read]:
        address = billing_address(record)
        plain = {
            "id": "id",
            "job_title": "job_title",
            "contact_type": "contact_type",
            "website": "website",
            "lead_source_id": "leadsource_id",
            "source_type": "source_type",
            "owner_id": "owner_id",
        }
        places: dict[str, tuple[str, ...]] = {
            "country": ("country_code", "country"),
            "state": ("region_code", "region"),
        }
        places |= {"city": ("locality",), "zip": ("postal_code", "zip_code")}
        reads = _texts(record, plain) | _named(record)
        reads |= {name: partial(_first, address, keys) for name, keys in places.items()}
        emails = [_lower(row["email"]) for row in filled(record.get("email_addresses"), "email")]
        return reads | {
            "email": lambda: next(iter(emails), ""),
            "emails": lambda: tuple(emails),
            "company": lambda: _text((record.get("company") or {}).get("company_name")),
            "tag_ids": lambda: tuple(str(each) for each in record.get("tag_ids") or ()),
            "tags": lambda: self._tags(record),
            "created": lambda: self._day(record.get("create_time"), day_of),
            "fields": lambda: self._fields("contacts", record),
        }

    def _tags(self, record: Record) -> tuple[str, ...]:
        """Raises MissingRecordError when the name of one did not come."""
        ids = [str(each) for each in record.get("tag_ids") or ()]
        if any(key not in self._around.tags for key in ids):
            raise MissingRecordError("tags")
        return tuple(self._around.tags[key] for key in ids)

    def of_subscription(self, key: str) -> View:
        """By id; '' is that of an item which has none."""
        record = self._bundle.subscriptions.get(key)
        if not key:
            return View("subscription", {}, exists=False)
        if record is None:
            return View("subscription", {"id": lambda: key}, missing=STREAM_OF["subscription"])
        plain = {
            "id": "id",
            "cycle": "billing_cycle",
            "product_id": "product_id",
            "plan_id": "subscription_plan_id",
            "promo_code": "promo_code",
            "reason_stopped": "reason_stopped",
            "merchant_account_id": "merchant_account_id",
            "lead_affiliate_id": "lead_affiliate_id",
            "sale_affiliate_id": "sale_affiliate_id",
        }
        days = {"starts": "start_date", "ends": "end_date"}
        days |= {"last_billed": "last_bill_date", "next_bill": "next_bill_date"}
        reads: dict[str, Read] = _texts(record, plain)
        reads |= {name: partial(self._day_of, record, of) for name, of in days.items()}
        return View(
            "subscription",
            reads
            | {
                "active": lambda: record.get("active"),
                "quantity": lambda: _whole(record.get("quantity")),
                "price": lambda: _number(record.get("billing_amount")),
                "every": lambda: _whole(record.get("billing_frequency")),
                "fields": lambda: self._fields("subscriptions", record),
            },
        )

    def of_order(self, record: Record) -> View:
        """An order."""
        plain = {
            "id": "id",
            "title": "title",
            "status": "status",
            "order_type": "order_type",
            "source_type": "source_type",
            "promo_code": "promo_code",
            "invoice_number": "invoice_number",
            "notes": "notes",
            "lead_affiliate_id": "lead_affiliate_id",
            "sales_affiliate_id": "sales_affiliate_id",
        }
        items = [each for each in record.get("order_items") or () if isinstance(each, Mapping)]
        paid = [p for p in self._bundle.payments.values() if str(record["id"]) in _ids(p.get("order_ids"))]
        return View(
            "order",
            {
                **_texts(record, plain),
                "date": lambda: self._day(record.get("order_time") or record.get("creation_time"), day_of),
                "created": lambda: self._day(record.get("creation_time"), day_of),
                "total": lambda: self._money(record.get("total")),
                "paid": lambda: self._money(record.get("total_paid")),
                "currency": lambda: (
                    _text((record.get("total") or {}).get("currency_code")) or self._around.currency
                ),
                "items": lambda: tuple(self.of_item(item) for item in items),
                "products": lambda: tuple(self.of_product(item) for item in items if item.get("product")),
                "payments": lambda: tuple(self.of_payment(payment) for payment in paid),
                "fields": lambda: self._fields("orders", record),
            },
        )

    def of_item(self, item: Record) -> View:
        """An item of an order."""
        plan = item.get("subscription_plan") or {}
        plain = {
            "id": "id",
            "name": "name",
            "description": "description",
            "notes": "notes",
            "type": "item_type",
        }
        return View(
            "item",
            {
                **_texts(item, plain),
                "quantity": lambda: 1 if item.get("quantity") is None else _whole(item["quantity"]),
                "price": lambda: self._money(item.get("price_per_unit")),
                "product": lambda: self.of_product(item),
                "plan_id": lambda: _text(plan.get("id")),
                "plan_name": lambda: _text(plan.get("subscription_plan_name")),
                "subscription_id": lambda: _text(item.get("subscription_id")),
            },
        )

    def of_product(self, item: Record) -> View:
        """The product of an item: its own record, else what the item says of it."""
        named = item.get("product") or {}
        return self._product(_text(named.get("id")), named)

    def of_product_id(self, key: str) -> View:
        """The product of a subscription."""
        return self._product(key, {})

    def _product(self, key: str, named: Record) -> View:
        if not key:
            return View("product", _texts(named, {"name": "name"}), exists=bool(named))
        record = self._around.product(key)
        known: Mapping[str, Any] = {"id": key, **named, **(record or {})}
        texts = ("id", "name", "sku", "description") if record or named else ("id",)
        reads = _texts(known, {name: name for name in texts})
        if record is None:
            return View("product", reads, missing=STREAM_OF["product"])
        whole_record: dict[str, Read] = {
            "price": lambda: self._money(record.get("price")),
            "active": lambda: record.get("active"),
            "categories": lambda: _categories(record),
            "subscription_only": lambda: record.get("subscription_only"),
        }
        return View("product", reads | whole_record)

    def of_payment(self, record: Record) -> View:
        """A payment."""
        plain = {
            "id": "id",
            "type": "type",
            "status": "status",
            "note": "note",
            "external_id": "external_transaction_id",
            "merchant_account_id": "merchant_account_id",
            "merchant_account_type": "merchant_account_type",
        }
        return View(
            "payment",
            {
                **_texts(record, plain),
                "amount": lambda: _number(record.get("amount")),
                "date": lambda: self._day(record.get("payment_time"), day_of),
                "order_ids": lambda: _ids(record.get("order_ids")),
            },
        )

    def _fields(self, kind: str, record: Record) -> Fields:
        """Custom fields by label and by Keap's name; columns of the source serve where there are any."""
        defined = {
            key.partition(":")[2]: each
            for key, each in self._around.custom_fields.items()
            if key.startswith(f"{kind}:")
        }
        listed = [e for e in record.get("custom_fields") or () if isinstance(e, Mapping)]
        values = {str(each.get("id")): each.get("content") for each in listed}
        found = {
            name.removeprefix(COLUMN).casefold(): value
            for name, value in record.items()
            if name.startswith(COLUMN)
        }
        for key, each in defined.items():
            value = self._content(values.get(key), str(each.get("field_type") or "").upper())
            for name in (each.get("label"), each.get("field_name")):
                found |= {str(name).casefold(): value} if name else {}
        known = frozenset(found) if found else None
        return Fields(found, known, missing="" if found else "custom_fields")

    def _content(self, value: Any, kind: str) -> Any:
        """A custom field's value as its type says; what does not fit stays a text."""
        if value in (None, ""):
            return None
        try:
            if kind in NUMBERS:
                return _number(value)
            if kind in DAYS:
                return self._day(str(value)[:10])
        except RuleError:
            return str(value)
        if kind == "YES_NO":
            return str(value).lower() in ("1", "true", "yes")
        if kind in LISTS:
            return tuple(str(v) for v in (value if isinstance(value, list) else str(value).split(",")))
        return str(value)

    def _money(self, value: Any) -> Decimal | None:
        """Major units."""
        if not isinstance(value, Mapping) or value.get("amount") is None:
            return None
        digits = digits_of(str(value.get("currency_code") or self._around.currency).upper())
        return Decimal(_readable(partial(minor, value))).scaleb(-digits)

    def _day_of(self, record: Record, name: str) -> Day | None:
        return self._day(record.get(name))

    def _day(self, text: Any, read: Callable[[str, str], date | None] = parse_date) -> Day | None:
        found = _readable(lambda: read(str(text), self._around.zone)) if text else None
        return Day.of(found) if found else None


def _readable(step: Callable[[], Any]) -> Any:
    try:
        return step()
    except UnwritableError as error:
        raise RuleError(f"it reads a value that is not readable: {error.message}") from error


def _number(value: Any) -> Decimal | None:
    """A plain number of Keap, exact as it was written."""
    if value in (None, ""):
        return None
    try:
        return Decimal(str(value))
    except ArithmeticError as error:
        raise RuleError("it reads a number that is none") from error


def _whole(value: Any) -> int | None:
    return None if value in (None, "") else int(_readable(partial(whole, value)))


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _lower(value: Any) -> str:
    return _text(value).strip().lower()


def _texts(record: Record, names: Mapping[str, str]) -> dict[str, Read]:
    """The names of an object that are texts of the record."""
    return {name: partial(_first, record, (of,)) for name, of in names.items()}


def _first(record: Record, names: Iterable[str]) -> str:
    return next((str(record[name]) for name in names if record.get(name) not in (None, "")), "")


def _named(record: Record) -> dict[str, Read]:
    parts = [_text(record.get(name)) for name in ("given_name", "family_name")]
    return {
        "name": lambda: " ".join(part for part in parts if part),
        "given_name": lambda: parts[0],
        "family_name": lambda: parts[1],
    }


def _categories(record: Record) -> tuple[str, ...]:
    listed = record.get("categories") or ()
    return tuple(str(each.get("id") if isinstance(each, Mapping) else each) for each in listed)


def _ids(value: Any) -> tuple[str, ...]:
    return tuple(str(each) for each in value or ())
