"""What goes wrong around a sync: drawn at random, one kind at a time, and over when the sync is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from tests.simulators import Simulators
from tests.simulators.chartmogul.switches import SWITCHES as CHARTMOGUL
from tests.simulators.http import Switch
from tests.simulators.keap.switches import SWITCHES as KEAP

Json = dict[str, Any]
Rule = dict[str, Any]
KEAP_PATHS = ("/crm/rest/v2/orders", "/crm/rest/v2/subscriptions", "/crm/rest/v2/contacts", "/crm/rest/v2/")
CHARTMOGUL_PATHS = ("/v1/customers", "/v1/import", "/v1/invoices", "/v1/")
OFTEN = 0.5
"""How many of the syncs have trouble."""
USED_UP = {
    "x-keap-product-quota-available": "0",
    "x-keap-product-quota-limit": "150000",
    "x-keap-product-quota-time-unit": "day",
    "x-keap-product-quota-interval": "1",
}


@dataclass(frozen=True)
class Trouble:
    """`keap`, `chartmogul`: fault rules; `kill`: (who, signal, when: 1 is as long as an idle sync takes);
    `room`: bytes that a file may grow to; `jump`: seconds that pass before; `ahead`: seconds by which Keap's
    clock is ahead of ChartMogul's while the sync runs, in which somebody orders; `machine`: the same of this
    machine's clock; `busy`: business while the sync runs; `expired`: the access token is over.
    """

    name: str
    keap: list[Rule] = field(default_factory=list)
    chartmogul: list[Rule] = field(default_factory=list)
    kill: tuple[str, str, float] | None = None
    room: int | None = None
    jump: float = 0.0
    ahead: float = 0.0
    machine: float = 0.0
    busy: bool = False
    expired: bool = False
    switches: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def loses_tokens(self) -> bool:
        """Whether nobody can keep a refresh token: the source is killed by -9, or Keap's answer is lost."""
        killed = self.kill is not None and self.kill[1] == "KILL" and self.kill[0] in ("source", "all")
        return killed or any(rule["path"] == "/token" and rule.get("lose_answer") for rule in self.keap)

    @property
    def ends(self) -> frozenset[int]:
        """The exit codes that a run in this trouble may have, but for a lost token's."""
        found = {0}
        if self.kill:
            return frozenset({0, 1, {"KILL": -9, "TERM": 143}[self.kill[1]]})
        if self.keap:
            found |= {13, 21}
        if self.chartmogul:
            found.add(14)
        if self.room is not None:
            found.add(11)
        return frozenset(found)

    def begin(self, servers: Simulators) -> None:
        """From now on, until `calm`; switches stay."""
        servers.keap.control.faults(self.keap)
        servers.chartmogul.control.faults(self.chartmogul)
        for server, wanted in self.switches.items():
            for name, value in wanted.items():
                servers.by_name[server].control.switch(name, value)


NONE = Trouble("none")


def calm(servers: Simulators) -> None:
    """No faults."""
    for server in servers.by_name.values():
        server.control.faults([])


def fault(rng: Random, paths: tuple[str, ...]) -> Rule:
    """One way of a call to fail, for some of the calls."""
    ways: list[Rule] = [
        {"status": rng.choice([500, 502, 503, 504])},
        {"status": 429},
        {"reset": True},
        {"lose_answer": True},
        {"truncate": True},
        {"status": 503, "body": "html"},
        {"status": 500, "applied": True},
    ]
    when: Rule = rng.choice([{"nth": rng.randrange(1, 5)}, {"every": rng.randrange(2, 5)}, {"times": 3}])
    return {"path": rng.choice(paths), **rng.choice(ways), **when}


def kill(rng: Random) -> Trouble:
    """A process is gone: the run, a connector, or all three; by -9, or asked to."""
    who = rng.choice(["run", "source", "destination", "all"])
    how = rng.choice(["KILL", "KILL", "TERM"])
    slow = {"path": "/v1", "every": 1, "delay_seconds": 0.05}
    return Trouble(f"{how} of {who}", chartmogul=[slow], kill=(who, how, rng.uniform(0.0, 2.0)))


def token(rng: Random) -> Trouble:
    """The access token expires, and something happens while it is renewed."""
    ways: list[Trouble] = [
        Trouble("token expired"),
        Trouble("token endpoint fails", keap=[{"path": "/token", "status": 503, "times": 2}]),
        Trouble(
            "answer of the token endpoint lost", keap=[{"path": "/token", "lose_answer": True, "nth": 1}]
        ),
        Trouble(
            "killed while the token is renewed",
            keap=[{"path": "/token", "delay_seconds": 0.5}],
            kill=("source", rng.choice(["KILL", "TERM"]), rng.uniform(0.3, 1.3)),
        ),
    ]
    drawn = rng.choice(ways)
    return replace(drawn, expired=True)


def quota(rng: Random) -> Trouble:
    """Keap's calls are used up, at once or after a few."""
    body = {"code": "429", "message": "Quota Exceeded", "status": "Request Throttled", "details": None}
    path = rng.choice(KEAP_PATHS)
    return Trouble("quota used up", keap=[{"path": path, "status": 429, "headers": USED_UP, "body": body}])


FORMS: dict[str, tuple[Switch, ...]] = {"keap": KEAP, "chartmogul": CHARTMOGUL}
OVERNIGHT = {
    "keap": (
        "tenant_throttle_headers", "spike_arrest_status", "retry_after", "time_bounds", "tie_order", "paging",
        "next_page_token_form", "end_of_list", "datetime_form", "unset_fields", "tag_touches_contact",
    ),
    "chartmogul": (
        "bulk_order", "rate_limit_body", "retry_after", "invoice_duplicate_echo", "bad_values",
        "bulk_duplicate", "invoice_import", "customer_duplicate_body", "bulk_status", "line_item_status",
        "unavailable_body", "processing_counts", "bulk_failure_word", "invoice_status_answer",
    ),
}  # fmt: skip
"""What a service may change overnight without telling anyone."""


def switch(rng: Random) -> Trouble:
    """A service behaves otherwise from now on."""
    server = rng.choice(list(OVERNIGHT))
    name = rng.choice(OVERNIGHT[server])
    (values,) = (each.values for each in FORMS[server] if each.name == name)
    value = rng.choice(values)
    return Trouble(f"{server}: {name} is {value}", switches={server: {name: value}})


def keap_fails(rng: Random) -> Trouble:
    """Some calls to Keap."""
    return Trouble("Keap fails", keap=[fault(rng, KEAP_PATHS)])


def chartmogul_fails(rng: Random) -> Trouble:
    """Some calls to ChartMogul."""
    return Trouble("ChartMogul fails", chartmogul=[fault(rng, CHARTMOGUL_PATHS)])


def disk(rng: Random) -> Trouble:
    """No file may grow beyond so many bytes."""
    return Trouble("disk full", room=rng.choice([0, 200, 3_000, 20_000]))


def clock(rng: Random) -> Trouble:
    """Hours or days pass at once: the machine was off."""
    return Trouble("clock jumps", jump=rng.choice([3_600.0, 43_200.0, 2 * 86_400.0]))


def apart(rng: Random) -> Trouble:
    """Keap's clock is ahead of ChartMogul's, or behind it, and right again in the next sync."""
    return Trouble("clocks differ", ahead=rng.choice([-1, 1]) * rng.uniform(20, 120))


def machine(rng: Random) -> Trouble:
    """The clock of the machine that runs the pair is wrong, by minutes or by months."""
    return Trouble("wrong clock", machine=rng.choice([-1, 1]) * rng.choice([300.0, 7_200.0, 86_400.0, 5e6]))


def busy(_: Random) -> Trouble:
    """Things happen in Keap while the sync reads."""
    return Trouble("business meanwhile", busy=True)


KINDS: dict[str, tuple[float, Callable[[Random], Trouble]]] = {
    "kill": (4, kill),
    "keap": (3, keap_fails),
    "chartmogul": (3, chartmogul_fails),
    "token": (2, token),
    "quota": (1, quota),
    "switch": (2, switch),
    "disk": (1, disk),
    "clock": (0.3, clock),
    "apart": (1, apart),
    "machine": (1, machine),
    "busy": (2, busy),
}


def drawn(rng: Random) -> Trouble:
    """The trouble of one sync, if any."""
    if rng.random() > OFTEN:
        return NONE
    kind = rng.choices(list(KINDS), [often for often, _ in KINDS.values()])[0]
    return KINDS[kind][1](rng)
