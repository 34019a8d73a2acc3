"""REST hooks of the Keap simulator: verified by a secret, told of what happens, tried four times."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

import pytest
import requests

from tests.contract.keap.contract import TIMEOUT_SECONDS, Json, Keap, problems
from tests.served import Quiet, served
from tests.simulators.keap.v1.watching import EVENT_KEYS

PATIENCE_SECONDS = 20


@dataclass
class Listener:
    """An address that hooks may call: what it heard, and with which status it answers."""

    url: str = ""
    status: int = 200
    echo: bool = True
    heard: list[Json] = field(default_factory=list)

    def deliveries(self) -> list[Json]:
        """What it was told, without the calls that verify."""
        return [each for each in self.heard if each]


@pytest.fixture
def listener() -> Iterator[Listener]:
    known = Listener()

    class Handler(Quiet):
        def do_POST(self) -> None:  # noqa: N802 (the base class names methods so)
            known.heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(known.status)
            secret = self.headers.get("X-Hook-Secret")
            if secret and known.echo:
                self.send_header("X-Hook-Secret", secret)
            self.end_headers()

    with served(Handler) as address:
        known.url = f"{address}/told"
        yield known


def ask(keap: Keap, method: str, path: str, body: Json | None = None, secret: str = "") -> requests.Response:
    """A call to the hooks' addresses."""
    sent = {"X-Keap-API-Key": keap.server.api_key, "X-Hook-Secret": secret}
    url = f"{keap.server.url}/crm/rest/v1/hooks{path}"
    return keap.session.request(method, url, json=body, headers=sent, timeout=TIMEOUT_SECONDS)


def create(keap: Keap, event_key: str, url: str) -> str:
    """A new hook's key."""
    answer = ask(keap, "POST", "", {"eventKey": event_key, "hookUrl": url})
    assert (answer.status_code, answer.json()["status"]) == (200, "Unverified"), answer.text
    return str(answer.json()["key"])


def status(keap: Keap, key: str) -> str:
    return str(ask(keap, "GET", f"/{key}").json()["status"])


def verified(keap: Keap, event_key: str, listener: Listener) -> str:
    """The key of a new hook once it is verified."""
    key = create(keap, event_key, listener.url)
    wait_for(lambda: status(keap, key) == "Verified")
    return key


def wait_for(met: Callable[[], bool]) -> None:
    """Return as soon as the condition is met; fail when it is not in time."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not met():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def later(keap: Keap, seconds: float) -> None:
    keap.server.control.clock(advance_seconds=seconds)


def test_a_hook_is_verified_by_its_secret(keap: Keap, listener: Listener) -> None:
    """A new hook is unverified until its address gave the secret back; its answers fit the schema."""
    key = verified(keap, "contact.edit", listener)
    assert problems("/v1/hooks/{key}", 200, ask(keap, "GET", f"/{key}").json(), "v1") == []
    assert problems("/v1/hooks", 200, ask(keap, "GET", "").json(), "v1") == []
    assert problems("/v1/hooks/event_keys", 200, ask(keap, "GET", "/event_keys").json(), "v1") == []


def test_a_hook_without_the_secret_stays_unverified(keap: Keap, listener: Listener) -> None:
    """An address that answers without the secret verifies nothing, until it is asked again and gives it."""
    listener.echo = False
    key = create(keap, "contact.edit", listener.url)
    wait_for(lambda: len(listener.heard) == 1)
    keap.event("edit_contact", contact_id=1001, given_name="Nobody")
    later(keap, 60)
    assert (status(keap, key), listener.deliveries()) == ("Unverified", [])
    listener.echo = True
    ask(keap, "POST", f"/{key}/verify")
    wait_for(lambda: status(keap, key) == "Verified")


def test_the_secret_may_come_later(keap: Keap, listener: Listener) -> None:
    """delayedVerify takes the right secret and refuses another one."""
    listener.echo = False
    key = create(keap, "contact.edit", listener.url)
    wrong = ask(keap, "POST", f"/{key}/delayedVerify", secret="guessed")
    assert (wrong.status_code, status(keap, key)) == (400, "Unverified")
    right = ask(keap, "POST", f"/{key}/delayedVerify", secret=f"hook-secret-{key}")
    assert (right.status_code, right.json()["status"]) == (200, "Verified")


def test_an_event_is_told_after_half_a_minute(keap: Keap, listener: Listener) -> None:
    """A delivery names the event and the ids, comes no sooner than 30 seconds after, and comes once."""
    verified(keap, "order.add", listener)
    order = keap.event("new_order", contact_id=1001, items=[{"product_id": 17}])["orders"][0]
    keap.event("edit_contact", contact_id=1002, given_name="Other")
    later(keap, 20)
    assert listener.deliveries() == []
    later(keap, 20)
    wait_for(lambda: len(listener.deliveries()) == 1)
    (told,) = listener.deliveries()
    assert (told["event_key"], told["object_type"]) == ("order.add", "order")
    assert [each["id"] for each in told["object_keys"]] == [int(order)]
    assert told["object_keys"][0]["apiUrl"] == f"{keap.server.url}/crm/rest/v1/orders/{order}"
    later(keap, 7200)
    assert len(listener.deliveries()) == 1


def test_billing_is_told_too(keap: Keap, listener: Listener) -> None:
    """What the billing run does by itself is an event like any other: one delivery with every payment."""
    verified(keap, "invoice.payment.add", listener)
    later(keap, 86400)
    later(keap, 60)
    wait_for(lambda: bool(listener.deliveries()))
    known = {int(row["id"]) for row in keap.rows("payments", "/v2/sales/payments")}
    told = {each["id"] for delivery in listener.deliveries() for each in delivery["object_keys"]}
    assert told
    assert told <= known


def test_a_deletion_is_told(keap: Keap, listener: Listener) -> None:
    """A deleted contact, which no list shows any more, is named by contact.delete."""
    verified(keap, "contact.delete", listener)
    keap.event("delete_contact", contact_id=1003)
    later(keap, 31)
    wait_for(lambda: bool(listener.deliveries()))
    assert [each["id"] for each in listener.deliveries()[0]["object_keys"]] == [1003]


def test_a_delivery_is_tried_four_times(keap: Keap, listener: Listener) -> None:
    """An address that fails is called again after 30 seconds, 5 and 30 minutes, and then no more."""
    verified(keap, "contact.edit", listener)
    listener.status = 500
    keap.event("edit_contact", contact_id=1001, given_name="Again")
    for attempt, seconds in enumerate((31, 31, 301, 1801), start=1):
        later(keap, seconds)
        wait_for(partial(tried, keap, attempt))
    later(keap, 86400)
    assert [each["status"] for each in sent(keap)] == [500] * 4


def tried(keap: Keap, times: int) -> bool:
    return len(sent(keap)) == times


def sent(keap: Keap) -> list[Json]:
    """Every delivery that was tried, as the control route tells."""
    url = f"{keap.server.url}/_control/hooks"
    rows: list[Json] = keap.session.get(url, timeout=TIMEOUT_SECONDS).json()
    return rows


def test_an_address_that_is_gone_makes_the_hook_inactive(keap: Keap, listener: Listener) -> None:
    """After a 410 the hook is inactive and told nothing more."""
    key = verified(keap, "contact.edit", listener)
    listener.status = 410
    keap.event("edit_contact", contact_id=1001, given_name="Gone")
    later(keap, 31)
    wait_for(lambda: status(keap, key) == "Inactive")
    keap.event("edit_contact", contact_id=1001, given_name="Still gone")
    later(keap, 7200)
    assert len(sent(keap)) == 1


def test_a_hook_can_be_changed_and_deleted(keap: Keap, listener: Listener) -> None:
    """A changed hook is verified anew; a deleted one is unknown and told nothing."""
    key = verified(keap, "contact.edit", listener)
    changed = ask(keap, "PUT", f"/{key}", {"eventKey": "contact.add", "hookUrl": listener.url})
    assert (changed.status_code, changed.json()["eventKey"]) == (200, "contact.add")
    wait_for(lambda: status(keap, key) == "Verified")
    assert ask(keap, "DELETE", f"/{key}").status_code == 204
    assert ask(keap, "GET", f"/{key}").status_code == 404
    assert ask(keap, "GET", "").json() == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"eventKey": "contact.sneeze", "hookUrl": "http://127.0.0.1/"},
        {"eventKey": "contact.add", "hookUrl": "me"},
    ],
)
def test_a_hook_that_makes_no_sense_is_refused(keap: Keap, body: Json) -> None:
    """An unknown event or an address that is none is 400 with a message."""
    answer = ask(keap, "POST", "", body)
    assert (answer.status_code, set(answer.json())) == (400, {"message"})


def test_nobody_outside_this_computer_is_called(keap: Keap) -> None:
    """The simulator never calls another computer: such a hook stays unverified."""
    key = create(keap, "contact.add", "http://198.51.100.1/told")
    ask(keap, "POST", f"/{key}/verify")
    assert status(keap, key) == "Unverified"


def test_all_public_event_keys_are_known(keap: Keap) -> None:
    """More than 40 event keys, each once."""
    keys = ask(keap, "GET", "/event_keys").json()
    assert keys == list(EVENT_KEYS)
    assert len(set(keys)) == len(keys) > 40
