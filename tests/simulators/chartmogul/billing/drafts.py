"""Reading invoices, line items and transactions: what they say, and what is wrong with it.

Two kinds of wrong. Refused: what cannot be kept, or names something that does not exist; the API answers 422.
Stored: what is kept but marked invalid (`errors`), and makes no MRR. A bulk import marks both kinds.
Source: https://dev.chartmogul.com/reference/invoices, the recordings, the mocks of the official libraries.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tests.simulators.chartmogul import fields, moments
from tests.simulators.chartmogul.records import NO_ERRORS, Errors
from tests.simulators.http import Json

LINE_TYPES = ("subscription", "one_time", "trial")
PRORATION_TYPES = ("differential", "full", "differential_mrr")
BLANK = "can't be blank"
MISSING = "must exist"
POSITIVE = "must be positive"
FUTURE = "is in the future"
LONGEST_ACCOUNT_CODE = 30


@dataclass(slots=True)
class Draft:
    """Values read so far, what refuses them, and what makes them invalid."""

    values: dict[str, Json] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    invalid: dict[str, list[str]] = field(default_factory=dict)

    def errors(self) -> Errors:
        """Both kinds together, as they are kept on the object."""
        if not self.refused and not self.invalid:
            return NO_ERRORS
        return {**{name: [complaint] for name, complaint in self.refused.items()}, **self.invalid}


@dataclass(slots=True)
class InvoiceDraft(Draft):
    """An invoice with the drafts of its parts."""

    line_items: list[Draft] = field(default_factory=list)
    transactions: list[Draft] = field(default_factory=list)

    def all_refused(self) -> dict[str, str]:
        """Complaints keyed as in the answer: `line_items.external_id`."""
        found = dict(self.refused)
        for prefix, parts in (("line_items", self.line_items), ("transactions", self.transactions)):
            for part in parts:
                found.update({f"{prefix}.{name}": complaint for name, complaint in part.refused.items()})
        return found

    def all_invalid(self) -> dict[str, str]:
        """The same for what would be stored as invalid."""
        found = {name: complaints[0] for name, complaints in self.invalid.items()}
        for prefix, parts in (("line_items", self.line_items), ("transactions", self.transactions)):
            for part in parts:
                found.update({f"{prefix}.{name}": each[0] for name, each in part.invalid.items()})
        return found


def account_code(value: Json) -> str | None:
    """Up to 30 letters and digits."""
    fits = isinstance(value, str) and len(value) <= LONGEST_ACCOUNT_CODE and (not value or value.isalnum())
    return None if fits else "is invalid"


def quantity(value: Json) -> str | None:
    """Any whole number but zero."""
    return fields.integer(value) or ("must be other than 0" if fields.whole(value) == 0 else None)


LINE_CHECKS: Mapping[str, fields.Check] = {
    "external_id": fields.text,
    "type": fields.one_of(LINE_TYPES),
    "amount_in_cents": fields.integer,
    "subscription_external_id": fields.text,
    "subscription_set_external_id": fields.text,
    "service_period_start": fields.moment,
    "service_period_end": fields.moment,
    "cancelled_at": fields.moment,
    "prorated": fields.boolean,
    "proration_type": fields.one_of(PRORATION_TYPES),
    "quantity": quantity,
    "discount_amount_in_cents": fields.integer,
    "discount_code": fields.text,
    "discount_description": fields.long_text,
    "tax_amount_in_cents": fields.integer,
    "transaction_fees_in_cents": fields.integer,
    "transaction_fees_currency": fields.currency,
    "account_code": account_code,
    "description": fields.long_text,
    "event_order": fields.integer,
    "balance_transfer": fields.boolean,
}
TRANSACTION_CHECKS: Mapping[str, fields.Check] = {
    "external_id": fields.text,
    "type": fields.one_of(("payment", "refund")),
    "date": fields.moment,
    "result": fields.one_of(("successful", "failed")),
    "amount_in_cents": fields.integer,
    "transaction_fees_in_cents": fields.integer,
    "transaction_fees_currency": fields.currency,
}
INVOICE_CHECKS: Mapping[str, fields.Check] = {
    "external_id": fields.text,
    "date": fields.moment,
    "due_date": fields.moment,
    "currency": fields.long_text,
    "collection_method": fields.one_of(("automatic", "manual")),
    "customer_external_id": fields.text,
}
EMPTY_FITS = (fields.text, fields.long_text, fields.moment, fields.currency, account_code)
Reader = Callable[[Json], Json]


class Complaint(str):
    """What is wrong with a value, as a reader gives it back instead of the value."""

    __slots__ = ()


def _moment(value: Json) -> Json:
    if value is None or value == "":
        return None
    return moments.parsed(value) or Complaint("is invalid")


def _text(value: Json) -> Json:
    if isinstance(value, str) and len(value) <= fields.LONGEST_TEXT:
        return value or None
    return None if value is None else Complaint(fields.text(value))


def _integer(value: Json) -> Json:
    complaint = None if value is None else fields.integer(value)
    return Complaint(complaint) if complaint else value


def _checked(check: fields.Check) -> Reader:
    empty_fits = check in EMPTY_FITS

    def read_value(value: Json) -> Json:
        if value is None or (value == "" and empty_fits):
            return None
        complaint = check(value)
        return Complaint(complaint) if complaint else value

    return read_value


READERS: Mapping[fields.Check, Reader] = {
    fields.moment: _moment,
    fields.text: _text,
    fields.integer: _integer,
}
LINE_READERS, TRANSACTION_READERS, INVOICE_READERS = (
    {name: READERS.get(check) or _checked(check) for name, check in checks.items()}
    for checks in (LINE_CHECKS, TRANSACTION_CHECKS, INVOICE_CHECKS)
)
REQUIRED = {
    "subscription": ("amount_in_cents", "subscription_external_id", "service_period_start"),
    "trial": ("amount_in_cents", "subscription_external_id", "service_period_start", "service_period_end"),
    "one_time": ("amount_in_cents",),
}


def read(given: Json, readers: Mapping[str, Reader], draft: Draft) -> None:
    """Check and convert the fields that are there; empty strings of optional fields count as missing."""
    if not isinstance(given, dict):
        draft.refused["base"] = "is invalid"
        return
    values = draft.values
    for name, value in given.items():
        reader = readers.get(name)
        if reader is None:
            continue
        result = reader(value)
        if type(result) is Complaint:
            draft.refused[name] = str(result)
        else:
            values[name] = result


def need(draft: Draft, names: tuple[str, ...]) -> None:
    """Refuse what lacks these fields."""
    values = draft.values
    for name in names:
        if values.get(name) is None and name not in draft.refused:
            draft.refused[name] = BLANK


def line_item(given: Json, now: datetime) -> Draft:
    """A line item; its plan is looked up by the caller."""
    draft = Draft()
    read(given, LINE_READERS, draft)
    need(draft, ("type",))
    need(draft, REQUIRED.get(draft.values.get("type", ""), ()))
    judge_line(draft, now)
    return draft


def judge_line(draft: Draft, now: datetime) -> None:
    """Mark what is kept as invalid."""
    values = draft.values
    negative = (values.get("amount_in_cents") or 0) < 0
    if values.get("type") == "subscription" and negative and not values.get("prorated"):
        draft.invalid["amount_in_cents"] = [POSITIVE]
    start, end = values.get("service_period_start"), values.get("service_period_end")
    if start and end and end <= start:
        draft.invalid["service_period_end"] = ["must be after service_period_start"]
    if values.get("cancelled_at") and values["cancelled_at"] > now:
        draft.invalid["cancelled_at"] = [FUTURE]


def transaction(given: Json, now: datetime) -> Draft:
    """A transaction."""
    draft = Draft()
    read(given, TRANSACTION_READERS, draft)
    need(draft, ("type", "date", "result"))
    judge_transaction(draft, now)
    return draft


def judge_transaction(draft: Draft, now: datetime) -> None:
    """Mark what is kept as invalid."""
    amount = draft.values.get("amount_in_cents")
    if amount is not None and amount < 0:
        draft.refused["amount_in_cents"] = "must be greater than or equal to 0"
    if draft.values.get("date") and draft.values["date"] > now:
        draft.invalid["date"] = [FUTURE]


def invoice_alone(given: Json, now: datetime, currency: str | None = None) -> InvoiceDraft:
    """An invoice without its parts; `currency` stands in for a missing one."""
    draft = InvoiceDraft()
    read(given, INVOICE_READERS, draft)
    if currency is not None and "currency" not in given:
        draft.values["currency"] = currency
    need(draft, ("external_id", "date", "currency"))
    judge_invoice(draft, now)
    return draft


def invoice(given: Json, now: datetime) -> InvoiceDraft:
    """An invoice with its lines and transactions."""
    draft = invoice_alone(given, now)
    for name, part in (("line_items", line_item), ("transactions", transaction)):
        listed = given.get(name) if isinstance(given, dict) else None
        if listed is not None and not isinstance(listed, list):
            draft.refused[name] = "is invalid"
            continue
        getattr(draft, name).extend(part(each, now) for each in listed or ())
    return draft


def judge_invoice(draft: Draft, now: datetime) -> None:
    """Mark what is kept as invalid."""
    currency = draft.values.get("currency")
    if currency and fields.currency(currency):
        draft.invalid["currency"] = ["Currency is invalid", "Currency must be supported"]
    if draft.values.get("date") and draft.values["date"] > now:
        draft.invalid["date"] = ["Date is in the future"]
