"""Rules that make chosen calls fail: a status, a delay, a cut connection, half a body, a lost answer, bad
pages."""

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields

from .message import Call, Json

DRIFTS = ("repeat", "skip")
HTML_BODY = (
    "<html>\r\n<head><title>{0}</title></head>\r\n<body><center><h1>{0}</h1></center></body>\r\n</html>\r\n"
)


@dataclass(slots=True)
class Fault:
    """One rule. It matches by method and path (template, prefix of the path, or regular expression).

    `nth` strikes the nth match only, `every` each multiple, `times` the first so many; none: every match.
    `status`, `body`, `headers` answer instead of the API (`body: "html"` sends an HTML page), `delay_seconds`
    waits (real time), `reset` cuts the connection before the write, `lose_answer` after it, `truncate` sends
    half the body. With `applied` the write takes effect before `status` answers. `duplicate_page` and `drift`
    ("repeat", "skip") spoil a page of a list, see `pages`.
    """

    method: str | None = None
    path: str = "/"
    nth: int | None = None
    every: int | None = None
    times: int | None = None
    status: int | None = None
    body: Json = None
    headers: dict[str, str] = field(default_factory=dict)
    delay_seconds: float = 0
    reset: bool = False
    truncate: bool = False
    lose_answer: bool = False
    applied: bool = False
    duplicate_page: bool = False
    drift: str | None = None
    seen: int = 0

    def matches(self, call: Call) -> bool:
        """Does the rule speak of this call?"""
        if self.method not in (None, "*", call.method):
            return False
        if self.path == call.template or call.path.startswith(self.path):
            return True
        return re.fullmatch(self.path, call.path) is not None

    def strikes(self) -> bool:
        """Count a match and say whether this one is hit."""
        self.seen += 1
        if self.nth is not None:
            return self.seen == self.nth
        if self.every is not None:
            return self.seen % self.every == 0
        return self.times is None or self.seen <= self.times


class Faults:
    """The rules in force; the first that strikes decides."""

    def __init__(self) -> None:
        self._rules: list[Fault] = []

    def replace(self, rules: Iterable[Json]) -> None:
        """Put these rules instead of the present ones; ValueError for a rule that makes no sense."""
        self._rules = [_rule(each) for each in rules]

    @property
    def in_force(self) -> bool:
        """Is there any rule?"""
        return bool(self._rules)

    def strike(self, call: Call) -> Fault | None:
        """The rule that hits this call, if any; every matching rule counts it."""
        struck = [rule for rule in self._rules if rule.matches(call) and rule.strikes()]
        return struck[0] if struck else None

    def as_json(self) -> Json:
        """The rules, with how often each has matched."""
        return [asdict(rule) for rule in self._rules]


COUNTS = ("nth", "every", "times")
FLAGS = ("reset", "truncate", "lose_answer", "applied", "duplicate_page")


def _rule(given: Json) -> Fault:
    if not isinstance(given, dict):
        raise ValueError("a fault rule is an object")
    known = {each.name for each in fields(Fault)} - {"seen"}
    unknown = sorted(set(given) - known)
    if unknown:
        raise ValueError(f"unknown keys in a fault rule: {', '.join(unknown)}")
    wrong = sorted(name for name, value in given.items() if value is not None and not _fits(name, value))
    if wrong:
        raise ValueError(f"a fault rule cannot have this as {', '.join(wrong)}")
    return Fault(**given)


def _fits(name: str, value: Json) -> bool:
    """Is this a value for that key of a rule?"""
    if name in COUNTS:
        return type(value) is int and value > 0
    if name in FLAGS:
        return isinstance(value, bool)
    if name == "status":
        return type(value) is int and 100 <= value <= 599
    if name == "delay_seconds":
        return type(value) in (int, float) and value >= 0
    if name == "headers":
        return isinstance(value, dict) and all(isinstance(each, str) for each in value.values())
    if name == "drift":
        return value in DRIFTS
    return name == "body" or (isinstance(value, str) and (name != "path" or _is_expression(value)))


def _is_expression(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return False
    return True
