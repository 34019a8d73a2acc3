"""Payment methods: the cards that contacts pay with.

A contact that ever bought something has a first card, known by the contact's own id and computed when it
is read; cards added later, moved by a merge, or expired are rows of their own. The account-wide list answers
with the key `payment_methods`, the list of one contact with `records` (https://developer.keap.com, REST v2).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from tests.simulators.keap.account import Account
from tests.simulators.keap.billing.derived import DerivedTable
from tests.simulators.keap.billing.rows import Card
from tests.simulators.keap.billing.tables import FIRST_ADDED_CARD
from tests.simulators.keap.filters import FilterField, number, since, until
from tests.simulators.keap.resource import Resource
from tests.simulators.keap.table import Table
from tests.simulators.keap.wording import Json, Wording

BRANDS = ("VISA", "MASTERCARD", "AMEX")
YEARS_VALID = 4
MERCHANT_ID = 3


def card_of(account: Account, card_id: int) -> Card | None:
    """A card by id, wherever it is kept."""
    return account.billing.cards.get(card_id) or first_card(account, card_id)


def first_card(account: Account, contact_id: int) -> Card | None:
    """The card that a contact bought with first; None for somebody who never bought anything."""
    since_when = first_purchase(account, contact_id)
    if since_when is None:
        return None
    return Card(
        id=contact_id,
        contact_id=contact_id,
        created_time=since_when,
        brand=BRANDS[contact_id % len(BRANDS)],
        last_four=f"{contact_id % 10_000:04d}",
        expiration_year=since_when.year + YEARS_VALID,
        expiration_month=since_when.month,
    )


def first_purchase(account: Account, contact_id: int) -> datetime | None:
    """When a contact bought first; looked up once, since what would change it writes the card down before."""
    known = account.computed("first purchases", dict[int, datetime])
    if contact_id not in known:
        orders = set(account.orders_of[contact_id]) - account.billing.moved_orders.get(contact_id, set())
        if not orders:
            return None
        known[contact_id] = account.orders[min(orders)].creation_time
    return known[contact_id]


def cards(account: Account) -> DerivedTable[Card]:
    """Every payment method of the account."""
    return account.computed(
        "cards",
        lambda: DerivedTable(
            lambda: (account.billing.cards.version, account.contacts.version, account.orders.version),
            lambda: card_ids(account),
            lambda card_id: listed_card(account, card_id),
        ),
    )


def card_ids(account: Account) -> list[int]:
    """The ids of the cards whose contact is still there; no card is built for it."""
    kept, there = account.billing.cards, set(account.contacts.ids)
    first = (account.orders_of.owners() & there) - kept.rows.keys()
    moved = account.billing.moved_orders.keys() & first
    first -= {contact_id for contact_id in moved if first_purchase(account, contact_id) is None}
    return sorted({*first, *(card.id for card in kept if card.contact_id in there)})


def listed_card(account: Account, card_id: int) -> Card | None:
    """A card that the lists show: not one of a deleted contact."""
    card = card_of(account, card_id)
    return card if card and account.contacts.get(card.contact_id) else None


def cards_of(account: Account, contact_id: int) -> Table[Card]:
    """The cards of one contact."""
    table: Table[Card] = Table(FIRST_ADDED_CARD)
    first = first_card(account, contact_id)
    if first and first.id not in account.billing.cards.rows:
        table.put(first)
    for card in account.billing.cards:
        if card.contact_id == contact_id:
            table.put(card)
    return table


def keep_cards(account: Account, contact_id: int) -> list[Card]:
    """Write down the contact's computed card, because what it is computed from is about to change."""
    return [account.billing.cards.put(card) for card in cards_of(account, contact_id)]


def move_cards(account: Account, from_id: int, to_id: int) -> None:
    """The cards of a contact that is merged away belong to the other one; both keep their ids.

    The orders that move along are no purchases of the other one, and give it no card.
    """
    account.billing.moved_orders.setdefault(to_id, set()).update(account.orders_of[from_id])
    keep_cards(account, to_id)
    for card in keep_cards(account, from_id):
        account.billing.cards.put(replace(card, contact_id=to_id))


def card_view(_: Account, card: Card, say: Wording) -> Json:
    """A PaymentMethod; `status` exists only for an expired card."""
    return say.known(
        {
            "contact_id": str(card.contact_id),
            "payment_method_id": str(card.id),
            "credit_card_id": str(card.id),
            "merchant_account_type": "STRIPE",
            "merchant_account_id": str(MERCHANT_ID),
            "payment_method_type": "CARD",
            "created_time": say.time(card.created_time),
            "card_info": {
                "brand": card.brand,
                "fingerprint": f"fp_{card.id}",
                "card_type": "CREDIT",
                "last_four": card.last_four,
                "expiration_year": str(card.expiration_year),
                "expiration_month": f"{card.expiration_month:02d}",
            },
            "status": "EXPIRED" if card.expired else None,
        }
    )


def shown_card(account: Account, card_id: int, say: Wording) -> Json | None:
    """The card inside a payment or a transaction."""
    card = card_of(account, card_id)
    return card_view(account, card, say) if card else None


def of_merchant() -> FilterField[Card]:
    """The merchant account that the card was stored with."""
    return number(lambda _: MERCHANT_ID)


PAYMENT_METHODS = Resource[Card](
    key="payment_methods",
    noun="Payment Method",
    table=cards,
    view=card_view,
    id_field="payment_method_id",
    filters={
        "payment_method_id": number(lambda row: row.id),
        "credit_card_id": number(lambda row: row.id),
        "contact_id": number(lambda row: row.contact_id),
        "merchant_account_id": of_merchant(),
        "since_time": since(lambda row, _: row.created_time),
        "until_time": until(lambda row, _: row.created_time),
    },
    orders={
        "payment_method_id": lambda row: row.id,
        "created_time": lambda row: row.created_time,
        "contact_id": lambda row: row.contact_id,
        "merchant_account_id": lambda _: MERCHANT_ID,
    },
)

CONTACT_PAYMENT_METHODS = Resource[Card](
    key="records",
    noun="Payment Method",
    table=cards,
    view=card_view,
    id_field="",
    filters={"merchant_account_id": of_merchant()},
    orders={"created_time": lambda row: row.created_time},
)
