"""One soak: so many syncs, with business between them and trouble around them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.simulators import Simulators
from tests.soak import business, trouble, verdict
from tests.soak.site import Site

MEANT = frozenset({0, 1, 11, 13, 14, 21, -9, 143})
"""Exit codes that trouble may lead to; any other is a finding."""
CONNECTION_LOST = 10
"""A refresh token that Keap took and whose successor was lost: only a person can mend that."""


@dataclass
class Soak:
    """`minutes`: from one sync to the next. The same seed draws the same business and the same trouble."""

    servers: Simulators
    folder: Path
    seed: int
    syncs: int
    minutes: float
    say: Callable[[str], None] = print
    ends: Counter[str] = field(default_factory=Counter)
    happened: Counter[str] = field(default_factory=Counter)
    found: list[str] = field(default_factory=list)

    def run(self) -> list[str]:
        """What is wrong; empty when all is well."""
        rng, site = Random(self.seed), Site(self.folder, self.servers)
        site.set_up()
        for number in range(self.syncs):
            self.sync(number, rng, site)
            self.servers.advance(60 * self.minutes)
            self.happened.update(business.happen(rng, self.servers.keap))
        return self.found + list(verdict.findings(site))

    def sync(self, number: int, rng: Random, site: Site) -> None:
        """One sync, whatever happens to it, and what an operator would do about it."""
        drawn = trouble.drawn(rng) if number else trouble.Trouble("none")
        drawn.begin(self.servers)
        if drawn.ahead:
            business.order_now(rng, self.servers.keap)
        code, said = site.run(drawn)
        drawn.end(self.servers)
        self.ends[f"{drawn.name}: {code}"] += 1
        self.say(f"{number + 1:>5} {drawn.name}: {code}")
        lost = code == CONNECTION_LOST and drawn.touches_tokens
        if (code not in MEANT and not lost) or "Traceback" in said or (code and drawn.name == "none"):
            self.found.append(f"sync {number + 1} in trouble {drawn.name!r} ended with {code}: {said}")
        if lost:
            site.reconnect()
