"""The request and answer that handlers see, free of any HTTP library."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

Json = Any  # decoded JSON: dict, list, str, int, float, bool or None


class Connection(Protocol):
    """What a call came in on."""

    def is_closing(self) -> bool:
        """Has the client or the server hung up?"""


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `template` is the matched route's path ("" when none matched)."""

    method: str
    path: str
    template: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    query_pairs: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Json = None
    form: Mapping[str, str] = field(default_factory=dict)
    raw: bytes = b""
    connection: Connection | None = None

    @property
    def query(self) -> dict[str, str]:
        """The query as a dict; the last of repeated names wins."""
        return dict(self.query_pairs)

    def query_all(self, name: str) -> list[str]:
        """Every value given for a query name, in order."""
        return [value for key, value in self.query_pairs if key == name]


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: JSON data, a string sent as it is, or None for an empty body."""

    status: int = 200
    body: Json = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Refusal(Exception):  # noqa: N818 - an answer, seldom an error
    """Raised below a handler to answer at once."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"refused with {answer.status}")
        self.answer = answer


Handler = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path template such as `/v1/plans/{pl}`, answered by `handler`."""

    method: str
    path: str
    handler: Handler
