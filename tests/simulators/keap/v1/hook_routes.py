"""The addresses of REST hooks."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from tests.simulators.http import Answer, Call, Route
from tests.simulators.keap.v1.api import refusal
from tests.simulators.keap.v1.hooks import SECRET_HEADER, Hook, Hooks
from tests.simulators.keap.v1.watching import EVENT_KEYS

BASE = "/crm/rest/v1"


class HookApi:
    """Answers about the hooks; those are asked for at each call, since a reset replaces them."""

    def __init__(self, hooks: Callable[[], Hooks]) -> None:
        self.hooks = hooks

    def routes(self, prefix: str) -> tuple[Route, ...]:
        """Every address."""
        one = f"{prefix}/hooks/{{key}}"
        return (
            Route("GET", f"{prefix}/hooks", self.list),
            Route("POST", f"{prefix}/hooks", self.create),
            Route("GET", f"{prefix}/hooks/event_keys", lambda _: Answer(200, list(EVENT_KEYS))),
            Route("GET", one, lambda call: Answer(200, self.hook(call).shown())),
            Route("PUT", one, self.change),
            Route("DELETE", one, self.delete),
            Route("POST", f"{one}/verify", self.verify),
            Route("POST", f"{one}/delayedVerify", self.confirm),
        )

    def list(self, _: Call) -> Answer:
        """All hooks, as an array without an envelope."""
        return Answer(200, [hook.shown() for hook in self.hooks().hooks.values()])

    def create(self, call: Call) -> Answer:
        """A new hook; it is unverified until its address answered."""
        event_key, url = wanted(call)
        host = call.headers.get("Host", "")
        return Answer(200, self.hooks().create(event_key, url, f"http://{host}{BASE}").shown())

    def change(self, call: Call) -> Answer:
        """Another event or address, which is verified anew."""
        hook = self.hook(call)
        hook.event_key, hook.url = wanted(call)
        hook.status = "Unverified"
        self.hooks().verify(hook)
        return Answer(200, hook.shown())

    def delete(self, call: Call) -> Answer:
        """The hook is gone."""
        del self.hooks().hooks[self.hook(call).key]
        return Answer(204)

    def verify(self, call: Call) -> Answer:
        """Another call with the secret."""
        hook = self.hook(call)
        self.hooks().verify(hook)
        return Answer(200, hook.shown())

    def confirm(self, call: Call) -> Answer:
        """The secret is given back in a call of its own."""
        hook = self.hook(call)
        if call.headers.get(SECRET_HEADER) != hook.secret:
            raise refusal("The hook secret does not match")
        hook.status = "Verified"
        return Answer(200, hook.shown())

    def hook(self, call: Call) -> Hook:
        """The hook that the path names; 404 when there is none."""
        hook = self.hooks().hooks.get(call.params["key"])
        if hook is None:
            raise refusal("Unable to find this Hook", 404)
        return hook


def wanted(call: Call) -> tuple[str, str]:
    """Event and address from a RestHookRequest; 400 when they make no sense."""
    given = call.body if isinstance(call.body, dict) else {}
    event_key, url = given.get("eventKey"), given.get("hookUrl")
    if event_key not in EVENT_KEYS:
        raise refusal(f"{event_key!r} is not a valid event key")
    if not isinstance(url, str) or urlsplit(url).scheme not in ("http", "https"):
        raise refusal("hookUrl must be a URL")
    return str(event_key), url
