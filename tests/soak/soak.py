"""One soak: so many syncs, with business between them and trouble around them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random

from tests.simulators import Simulators
from tests.soak import trouble, verdict
from tests.soak.business import CHANCE, Company
from tests.soak.site import Site
from tests.soak.starter import Starter

CONNECTION_LOST = 10
"""A refresh token that Keap took and whose successor was lost: only a person can mend that."""
STARTS = ("2026-07-01T15:00:00Z", "2026-10-12T15:00:00Z", "2027-02-20T15:00:00Z")
"""The first sync, by seed: months of 31 and 28 days, the ends of daylight saving."""
AS_USERS_DO = 0.02
"""How many of the syncs are started with all their imports; the first one is."""
DAY = 86_400


@dataclass
class Soak:
    """`minutes`: from one sync to the next. The same seed has the same business and the same trouble at the
    same moments of Keap's clock; how far a process has come when it is killed is up to the machine. With
    `every` = n all syncs but each n-th are left out, so that more comes together in one.
    """

    servers: Simulators
    folder: Path
    seed: int
    syncs: int
    minutes: float
    say: Callable[[str], None] = print
    every: int = 1
    ends: Counter[str] = field(default_factory=Counter)
    happened: Counter[str] = field(default_factory=Counter)
    found: list[str] = field(default_factory=list)
    token_at_risk: bool = False
    stopped: bool = False

    def run(self) -> list[str]:
        """What is wrong; empty when all is well."""
        with Starter() as starter:
            site = Site(self.folder, self.servers, starter)
            self.begin()
            site.set_up()
            self.live(site)
            self.hold(verdict.findings(site, self.company))
        return self.found

    def begin(self) -> None:
        """The day of the first sync, and the company as it is then."""
        self.now = datetime.fromisoformat(STARTS[self.seed % len(STARTS)])
        self.servers.set_clock(self.now.isoformat())
        self.company = Company(self.servers.keap)

    def live(self, site: Site) -> None:
        """All syncs, what happens in between, and a verdict on each day."""
        for number in range(self.syncs):
            if self.stopped:
                break
            if number % self.every == 0:
                self.sync(number, site)
            self.now += timedelta(minutes=self.minutes / 2)
            self.business(number)
            self.now += timedelta(minutes=self.minutes / 2)
            self.servers.set_clock(self.now.isoformat())
            if (number + 1) * self.minutes * 60 % DAY == 0 and number + 1 < self.syncs:
                self.hold(verdict.day(site))

    def stop(self) -> None:
        """No more syncs."""
        self.stopped = True

    def hold(self, findings: Iterable[str]) -> None:
        """Keep what is wrong, and say it at once."""
        for each in findings:
            self.found.append(each)
            self.say(each)

    def drawn(self, number: int, purpose: str) -> Random:
        """Random numbers that depend on nothing else."""
        return Random(f"{self.seed} {number} {purpose}")

    def business(self, number: int) -> None:
        """At a moment of its own, so that a seed makes the same records."""
        keap_at(self.servers, self.now, frozen=True)
        if (rng := self.drawn(number, "business")).random() < CHANCE:
            self.work(rng, self.now)

    def work(self, rng: Random, now: datetime) -> None:
        """Some business."""
        self.happened.update(self.company.happen(rng, now))

    def sync(self, number: int, site: Site) -> None:
        """One sync, whatever happens to it, and what an operator would do about it."""
        rng = self.drawn(number, "trouble")
        drawn = trouble.drawn(rng) if number else trouble.NONE
        drawn.begin(self.servers)
        self.now += timedelta(seconds=drawn.jump)
        shown = self.now + timedelta(seconds=drawn.ahead)
        keap_at(self.servers, shown, frozen=True)
        if drawn.ahead:
            self.company.order_now(rng, shown)
        self.servers.chartmogul.control.clock(now=self.now.isoformat())
        keap_at(self.servers, shown, frozen=drawn.busy)
        machine = (self.now - datetime.now(UTC)).total_seconds() + drawn.machine
        as_users_do = number == 0 or rng.random() < AS_USERS_DO
        meanwhile = partial(self.work, rng, shown) if drawn.busy else None
        began = time.monotonic()
        code, said = site.run(drawn, None if as_users_do else machine, meanwhile)
        self.seconds = time.monotonic() - began
        trouble.calm(self.servers)
        self.note(number, drawn, code, said)
        if code == CONNECTION_LOST:
            site.reconnect()
        self.token_at_risk = self.token_at_risk and code not in (0, CONNECTION_LOST)

    def note(self, number: int, drawn: trouble.Trouble, code: int, said: str) -> None:
        """How a sync ended, and whether it may end like that."""
        self.token_at_risk |= drawn.loses_tokens
        self.ends[f"{drawn.name}: {code}"] += 1
        self.say(f"{number + 1:>5} {self.now:%Y-%m-%d %H:%M} {drawn.name}: {code}, {self.seconds:.1f} s")
        lost = code == CONNECTION_LOST and self.token_at_risk
        if (code not in drawn.ends and not lost) or "Traceback" in said:
            self.hold([f"sync {number + 1} in trouble {drawn.name!r} ended with {code}: {said}"])


def keap_at(servers: Simulators, moment: datetime, *, frozen: bool) -> None:
    """Put Keap's clock; frozen, what happens gets that very moment."""
    servers.keap.control.clock(now=moment.isoformat(), frozen=frozen)
