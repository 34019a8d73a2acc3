"""Keap's own Python client reads everything that the simulator serves, through its own strict models."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from tests.contract.keap.contract import TIMEOUT_SECONDS, Keap
from tests.contract.keap.ids import arguments, served
from tests.contract.keap.sdk import SDK, client, operations

NOT_IN_THE_CLIENT: dict[str, str] = {}
"""Shapes of paths that the simulator serves and the client has no method for, each with the reason."""
EMPTY_IN_SMALL: set[str] = set()
"""Single rows of lists that may be empty in the scenario."""


def test_the_client_knows_every_address_of_the_simulator(keap: Keap) -> None:
    """Nothing is served under v2 that the vendor's client could not ask for."""
    assert served(keap) - operations().keys() == NOT_IN_THE_CLIENT.keys()


def test_every_answer_fits_the_clients_models(keap: Keap) -> None:
    """Each list and each single row is read by the client's method for it, with an id from the account."""
    wrong, unread = {}, set()
    for shape in sorted(served(keap) & operations().keys()):
        operation = operations()[shape]
        ids = arguments(keap, operation.path)
        if ids is None:
            unread.add(shape)
            continue
        try:
            assert operation.call(client(keap), ids) is not None
        except Exception as error:
            wrong[operation.name] = f"{type(error).__name__}: {error}"[:300]
    assert wrong == {}
    assert unread <= EMPTY_IN_SMALL


def test_pages_follow_the_token(keap: Keap) -> None:
    """Page after page by `next_page_token` gives every order once."""
    orders, token = SDK.OrdersApi(client(keap)), None
    seen: list[str] = []
    while True:
        page = orders.list_orders(page_size=100, page_token=token)
        seen += [order.id for order in page.orders]
        token = page.next_page_token
        if not token:
            break
    held = keap.server.control.dump()["orders"]
    assert sorted(seen) == sorted(order["id"] for order in held)


def test_a_filter_and_an_order_are_obeyed(keap: Keap) -> None:
    """What the client writes into `filter` and `order_by` selects and sorts."""
    contact = SDK.SubscriptionsApi(client(keap)).list_subscriptions(page_size=1).subscriptions[0].contact_id
    orders = SDK.OrdersApi(client(keap))
    found = orders.list_orders(filter=f"contact_id=={contact}", order_by="order_time desc").orders
    assert {order.contact.id for order in found} == {contact}
    times = [order.order_time for order in found]
    assert times == sorted(times, reverse=True)


def test_chosen_fields_are_all_that_comes(keap: Keap) -> None:
    """`fields` of contacts leaves the others unset."""
    rows = SDK.ContactApi(client(keap)).list_contacts(fields=["id", "given_name"], page_size=5).contacts
    assert {name for row in rows for name in row.to_dict()} <= {"id", "given_name"}


def test_an_unknown_filter_and_a_broken_token_are_bad_requests(keap: Keap) -> None:
    """400 is an error of its own in the client."""
    for given in ({"filter": "colour==red"}, {"page_token": "broken"}):
        with pytest.raises(SDK.exceptions.BadRequestException):
            SDK.OrdersApi(client(keap)).list_orders(**given)


def test_an_unknown_id_is_not_found(keap: Keap) -> None:
    """404 carries Keap's error object."""
    with pytest.raises(SDK.exceptions.NotFoundException) as refused:
        SDK.OrdersApi(client(keap)).get_order("999999999")
    assert json.loads(refused.value.body)["code"] == 404


def test_a_wrong_token_is_unauthorized(keap: Keap) -> None:
    """401 carries the gateway's fault."""
    with pytest.raises(SDK.exceptions.UnauthorizedException) as refused:
        SDK.ContactApi(client(keap, "wrong")).list_contacts()
    fault = json.loads(refused.value.body)["fault"]
    assert fault["detail"]["errorcode"] == "keymanagement.service.invalid_access_token"


def refreshed(keap: Keap, refresh_token: str) -> dict[str, str]:
    """A new pair of OAuth tokens; the client has no method for that."""
    known = keap.server.credentials
    answer = requests.post(
        f"{keap.server.url}/token",
        data={"grant_type": "refresh_token", "refresh_token": refresh_token},
        auth=(known["client_id"], known["client_secret"]),
        timeout=TIMEOUT_SECONDS,
    )
    assert answer.ok, answer.text
    tokens: dict[str, str] = answer.json()
    return tokens


def test_an_oauth_token_expires_between_two_pages(keap: Keap) -> None:
    """The second page is refused after a day, and given to the refreshed token at the same place."""
    tokens = refreshed(keap, keap.server.credentials["refresh_token"])
    first = SDK.ContactApi(client(keap, tokens["access_token"])).list_contacts(page_size=10)
    keap.server.control.clock(advance_seconds=86400)
    old = SDK.ContactApi(client(keap, tokens["access_token"]))
    with pytest.raises(SDK.exceptions.UnauthorizedException) as refused:
        old.list_contacts(page_size=10, page_token=first.next_page_token)
    assert "access_token_expired" in refused.value.body
    tokens = refreshed(keap, tokens["refresh_token"])
    new = SDK.ContactApi(client(keap, tokens["access_token"]))
    second = new.list_contacts(page_size=10, page_token=first.next_page_token)
    assert not {row.id for row in first.contacts} & {row.id for row in second.contacts}


def test_the_spike_arrest_reaches_the_client(keap: Keap) -> None:
    """More than ten calls in a second are an error with status 429 and the rate headers."""
    keap.server.control.switch("rate_limits", "on")
    keap.server.control.clock(advance_seconds=60)
    contacts = SDK.ContactApi(client(keap))
    with pytest.raises(SDK.ApiException) as refused:
        flood(contacts, 50)
    assert refused.value.status == 429
    assert "x-keap-product-throttle-available" in {name.lower() for name in refused.value.headers}


def flood(contacts: Any, times: int) -> None:
    """So many calls, one after the other."""
    for _ in range(times):
        contacts.list_contacts(page_size=1)


def test_a_page_of_a_broken_proxy_is_a_service_error(keap: Keap) -> None:
    """An HTML body with 502 is an error, not an answer."""
    keap.server.control.faults([{"path": "/crm/rest/v2/contacts", "status": 502, "body": "html"}])
    with pytest.raises(SDK.exceptions.ServiceException) as refused:
        SDK.ContactApi(client(keap)).list_contacts()
    assert "<html>" in refused.value.body
