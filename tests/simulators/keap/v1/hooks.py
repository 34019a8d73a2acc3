"""REST hooks: who is told of which events, and how often it is tried.

Verification: the hook's address is called with the header `X-Hook-Secret` and must answer 200 with the same
header. A delivery names ids only: `{"event_key", "object_type", "object_keys": [{"id", "apiUrl",
"timestamp"}]}`. Four attempts: 30 seconds after the event (5 minutes for tags applied and removed), then
30 seconds, 5 minutes and 30 minutes after the one before; 410 makes the hook inactive
(https://developer.infusionsoft.com, REST hooks). Time is that of the virtual clock. Only addresses of this
computer are ever called.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import NamedTuple

from tests.simulators.keap.account import Account
from tests.simulators.keap.v1.outbound import Letter, Post, Reply
from tests.simulators.keap.v1.watching import happened, watch
from tests.simulators.keap.v1.wording import time
from tests.simulators.keap.wording import Json

MOST_OBJECTS = 1000
SLOW = ("contactGroup.applied", "contactGroup.removed")
FIRST_DELAY, FIRST_DELAY_OF_SLOW = timedelta(seconds=30), timedelta(minutes=5)
NEXT_DELAYS = (timedelta(seconds=30), timedelta(minutes=5), timedelta(minutes=30))
OK, GONE = 200, 410
SECRET_HEADER = "X-Hook-Secret"


@dataclass
class Hook:
    """A subscription to one event."""

    key: str
    event_key: str
    url: str
    base: str
    secret: str
    status: str = "Unverified"

    def shown(self) -> Json:
        """A RestHook."""
        return {"key": self.key, "eventKey": self.event_key, "hookUrl": self.url, "status": self.status}


class Delivery(NamedTuple):
    """Something to be told at a time; `attempt` counts from 0."""

    due: datetime
    number: int
    key: str
    body: Json
    attempt: int = 0


@dataclass
class Hooks:
    """The hooks of an account. `post` calls an address and hands the reply to a function, perhaps later."""

    account: Account
    now: Callable[[], datetime]
    post: Post
    hooks: dict[str, Hook] = field(default_factory=dict)
    outbox: list[Delivery] = field(default_factory=list)
    sent: list[Json] = field(default_factory=list)
    made: int = 0
    lock: Lock = field(default_factory=Lock)

    def create(self, event_key: str, url: str, base: str) -> Hook:
        """A new hook, asked for its secret at once. `base` is where this API is."""
        watch(self.account)
        self.made += 1
        hook = Hook(str(self.made), event_key, url, base, f"hook-secret-{self.made}")
        self.hooks[hook.key] = hook
        self.verify(hook)
        return hook

    def verify(self, hook: Hook) -> None:
        """Call the hook's address with the secret, and expect it back."""

        def hear(reply: Reply) -> None:
            if (reply.status, reply.headers.get(SECRET_HEADER)) == (OK, hook.secret):
                hook.status = "Verified"

        self.post(Letter(hook.url, {}, {SECRET_HEADER: hook.secret}), hear)

    def run(self) -> None:
        """Take down what happened since the last look, and deliver what is due."""
        self.collect()
        with self.lock:
            due = []
            while self.outbox and self.outbox[0].due <= self.now():
                due.append(heapq.heappop(self.outbox))
        for delivery in due:
            self.deliver(delivery)

    def collect(self) -> None:
        """Put a delivery for each verified hook whose event happened into the outbox."""
        if not self.hooks:
            return
        events: dict[str, dict[int, str]] = {}
        for event_key, object_id, path in happened(self.account):
            events.setdefault(event_key, {})[object_id] = path
        for hook in self.hooks.values():
            if hook.status == "Verified" and hook.event_key in events:
                self.put(hook, list(events[hook.event_key].items()))

    def put(self, hook: Hook, objects: list[tuple[int, str]]) -> None:
        """Deliveries of these objects, 1,000 at most in each."""
        delay = FIRST_DELAY_OF_SLOW if hook.event_key in SLOW else FIRST_DELAY
        for start in range(0, len(objects), MOST_OBJECTS):
            body = {
                "event_key": hook.event_key,
                "object_type": hook.event_key.rpartition(".")[0],
                "object_keys": [
                    {
                        "id": object_id,
                        "apiUrl": f"{hook.base}/{path}/{object_id}",
                        "timestamp": time(self.now()),
                    }
                    for object_id, path in objects[start : start + MOST_OBJECTS]
                ],
            }
            self.post_at(self.now() + delay, hook.key, body, 0)

    def post_at(self, due: datetime, key: str, body: Json, attempt: int) -> None:
        with self.lock:
            number = len(self.sent) + len(self.outbox) + 1
            heapq.heappush(self.outbox, Delivery(due, number, key, body, attempt))

    def deliver(self, delivery: Delivery) -> None:
        """One attempt; what follows depends on the answer."""
        hook = self.hooks.get(delivery.key)
        if hook is None or hook.status != "Verified":
            return

        def hear(reply: Reply) -> None:
            shown = {"key": hook.key, "attempt": delivery.attempt + 1, "status": reply.status}
            self.sent.append({**shown, "body": delivery.body})
            if reply.status == GONE:
                hook.status = "Inactive"
            elif reply.status // 100 != OK // 100 and delivery.attempt < len(NEXT_DELAYS):
                due = self.now() + NEXT_DELAYS[delivery.attempt]
                self.post_at(due, hook.key, delivery.body, delivery.attempt + 1)

        self.post(Letter(hook.url, delivery.body, {}), hear)
