"""The same scenario and the same calls give the same bytes, in whatever process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from tests.contract.chartmogul.operations import OPERATIONS
from tests.contract.chartmogul.scene import Scene
from tests.contract.keap.contract import Keap
from tests.simulators import ControlClient, Server

ROOT = Path(__file__).parents[3]
NOW = "2026-07-01T12:00:00Z"
Answers = list[tuple[str, int, dict[str, str], bytes]]


@contextmanager
def process(hash_seed: int) -> Iterator[dict[str, Server]]:
    """Both servers in a process of their own, whose sets and dicts of strings are ordered by this seed."""
    environment = {**os.environ, "KEAP_PORT": "0", "CHARTMOGUL_PORT": "0", "PYTHONHASHSEED": str(hash_seed)}
    command = [sys.executable, "-m", "tests.simulators"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        said = json.loads(running.stdout.readline())
        try:
            yield {
                name: Server(each["url"], each["api_key"], ControlClient(each["url"]), each)
                for name, each in said.items()
            }
        finally:
            running.terminate()


def recorded(session: requests.Session, server: Server, act: Callable[[], Any]) -> Answers:
    """Every answer that the session gets while it acts, by a clock that stands still."""
    answers: Answers = []

    def note(answer: requests.Response, *_: Any, **__: Any) -> None:
        address = f"{answer.request.method} {answer.url.removeprefix(server.url)}"
        answers.append((address, answer.status_code, dict(sorted(answer.headers.items())), answer.content))

    server.control.reset()
    server.control.clock(now=NOW, frozen=True)
    for name in ("rate_limits", "rate_limit"):
        if name in server.control.switches():
            server.control.switch(name, "off")
    session.hooks["response"] = [note]
    act()
    return answers


def keap_answers(server: Server) -> Answers:
    """Every list of the account, before and after a month in which something happens."""
    keap = Keap(server)
    paths = [each.removeprefix("GET /crm/rest") for each in server.control.routes()["api"] if "{" not in each]

    def act() -> None:
        for happens in (False, True):
            if happens:
                keap.event("new_subscription", contact_id=1001, plan_id=101)
                server.control.clock(advance_seconds=40 * 86400)
            for path in paths:
                if path.startswith("/v2/"):
                    keap.get(path, page_size=50)

    with keap.session:
        return recorded(keap.session, server, act)


def chartmogul_answers(server: Server) -> Answers:
    """Every read and every change, but for those that take the next one's object away."""
    scene = Scene(server)
    lasting = [each for each in OPERATIONS if each.method != "DELETE" and "merge" not in each.path]

    def act() -> None:
        scene.fill()
        for operation in lasting:
            body = operation.body(scene) if operation.body else None
            query = operation.query(scene) if operation.query else None
            scene.call(operation.method, operation.address(scene), body, params=query)

    with scene.session:
        return recorded(scene.session, server, act)


DRIVES: dict[str, Callable[[Server], Answers]] = {"keap": keap_answers, "chartmogul": chartmogul_answers}


def test_two_processes_answer_alike() -> None:
    """Status, headers and bytes of some hundred calls depend neither on process nor on what ran before."""
    seen: dict[str, list[Answers]] = {name: [] for name in DRIVES}
    for hash_seed in (1, 2):
        with process(hash_seed) as servers:
            for name, drive in DRIVES.items():
                seen[name] += [drive(servers[name]), drive(servers[name])]
    for first, *others in seen.values():
        assert len(first) > 60
        for other in others:
            assert [one for one, two in zip(first, other, strict=True) if one != two] == []
