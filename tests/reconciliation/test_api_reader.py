"""The HTTP reader against a local server that fails in documented ways."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import pytest

from destination_chartmogul.pacing import Retries
from reconciliation.errors import ReconciliationError
from reconciliation.load.chartmogul_api import ApiReader
from tests.served import Quiet, served


class Answers(Quiet):
    """Gives the queued (status, body) answers one after the other, the last one for ever."""

    queue: ClassVar[list[tuple[int, str]]] = []
    seen: ClassVar[list[str]] = []

    def do_GET(self) -> None:  # noqa: N802 (the base class's name)
        self.seen.append(self.path)
        status, body = self.queue.pop(0) if len(self.queue) > 1 else self.queue[0]
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())


@pytest.fixture
def address() -> Iterator[str]:
    Answers.seen.clear()
    with served(Answers) as found:
        yield found


QUICK = Retries(attempts=4, base=0.0, cap=0.0)


def test_a_busy_server_is_asked_again(address: str) -> None:
    """429 and 503 are answered by waiting, and a base URL with /v1 means the same as one without."""
    Answers.queue[:] = [(429, "{}"), (503, "busy"), (200, '{"data": "pong!"}')]
    assert ApiReader(address + "/v1", "key", QUICK).get("/ping", {"start-date": "b"}) == {"data": "pong!"}
    assert Answers.seen == ["/v1/ping?start-date=b"] * 3


@pytest.mark.parametrize(
    ("status", "body", "sentence"),
    [
        (401, "{}", "does not accept the API key"),
        (404, "<html>", "check base_url"),
        (422, '{"error": "no such interval"}', "no such interval"),
        (200, "[]", "nothing that is a JSON object"),
        (503, "busy", "did not answer"),
    ],
)
def test_other_answers_become_one_sentence(address: str, status: int, body: str, sentence: str) -> None:
    """No traceback of a library reaches the reader, and the key is never named."""
    Answers.queue[:] = [(status, body)]
    with pytest.raises(ReconciliationError, match=sentence) as error:
        ApiReader(address, "secret-key", QUICK).get("/account", {})
    assert "secret-key" not in str(error.value)


def test_an_address_that_is_none_is_named() -> None:
    """The base URL stands in the sentence."""
    with pytest.raises(ReconciliationError, match="base_url must look like"):
        ApiReader("chartmogul", "key")
