"""The configuration's list of rules → rules, or what is wrong with them, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from destination_chartmogul.rules.expressions import Expression, ExpressionError, compiled
from destination_chartmogul.rules.names import SCOPES
from destination_chartmogul.rules.rule import (
    ACTIONS,
    FIELDS,
    KINDS,
    Rule,
    Template,
    interval_of_text,
    label_of,
)
from destination_chartmogul.suggestions import nearest

ALL_ACTIONS = tuple(dict.fromkeys(action for each in ACTIONS.values() for action in each))
KEYS = ("name", "on", "when", *ALL_ACTIONS)
MOST_RULES, MOST_NAME = 200, 100

_TYPES: Mapping[str, tuple[type, str]] = {
    "name": (str, "a text"),
    "on": (str, "a text"),
    "when": (str, "a text"),
    "exclude": (bool, "true"),
    "route": (str, "the name of a data source"),
    "classify": (str, "a text"),
    "plan": (str, "a text"),
    "interval": (str, "a text"),
    "set": (dict, "an object"),
    "tag": (list, "a list of texts"),
}


def rules_of(listed: Sequence[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """Rules that `faults_of` has nothing against."""
    return tuple(_rule(number, given) for number, given in enumerate(listed, 1))


def faults_of(listed: Sequence[Any], lines: Mapping[tuple[int, str], int]) -> Iterator[str]:
    """A sentence for each thing to correct; `lines` tells where keys stand in the file, if it is known."""
    if len(listed) > MOST_RULES:
        yield f"rules: there are more than {MOST_RULES}"
        return
    for number, given in enumerate(listed, 1):
        name = str(given.get("name") or "")[:MOST_NAME] if isinstance(given, Mapping) else ""
        for key, text in _faults_of_one(given):
            line = lines.get((number, key)) or lines.get((number, ""))
            place = (f", {key}" if key else "") + (f" (line {line} of the file)" if line else "")
            yield f"{label_of(number, name)}{place}: {text}"


def _faults_of_one(given: Any) -> Iterator[tuple[str, str]]:
    """(key, text); expressions are looked at when everything else is as it should be."""
    if not isinstance(given, Mapping):
        yield "", "a rule is an object with on, when and what to do"
        return
    structure = [fault for fault in _structure(given) if fault]
    yield from structure
    if not structure:
        yield from _values(given)


def _structure(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in given.items():
        if key not in KEYS:
            yield key, f"this is not known{nearest(key, KEYS)}"
        elif not isinstance(value, _TYPES[key][0]):
            yield key, f"this must be {_TYPES[key][1]}"
    for key in ("on", "when"):
        if key not in given:
            yield key, "this is missing"
    on = given.get("on")
    if isinstance(on, str) and on not in SCOPES:
        yield "on", f"this is nothing that a rule works on{nearest(on, SCOPES)}"
    elif isinstance(on, str):
        yield from _wrong_actions(given, on)


def _wrong_actions(given: Mapping[str, Any], on: str) -> Iterator[tuple[str, str]]:
    done = [action for action in ALL_ACTIONS if action in given]
    if not done:
        yield "", f"it does nothing: say one of {', '.join(ACTIONS[on])}"
    for action in done:
        if action not in ACTIONS[on]:
            able = [each for each in ACTIONS if action in ACTIONS[each]]
            yield action, f"this is for rules on {' and '.join(able)}; on {on}: {', '.join(ACTIONS[on])}"
    if given.get("exclude") is False:
        yield "exclude", "this can only be true"
    if given.get("exclude") and len(done) > 1:
        yield "exclude", "what is excluded is not written, so nothing else can be done to it"


def _values(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    scope = SCOPES[given["on"]]
    texts: list[tuple[str, Any]] = [("when", given["when"])]
    if given.get("classify", KINDS[0]) not in KINDS:
        yield "classify", f"this is no kind of item{nearest(given['classify'], KINDS)}"
    if "interval" in given and interval_of_text(given["interval"]) is None:
        yield "interval", "an interval is written as 1 month, 3 months, 2 weeks, 1 year"
    for key in ("route", "plan"):
        if key in given and not given[key].strip():
            yield key, "this must not be empty"
    if "{{" in given.get("route", ""):
        yield "route", "this is the name of one data source; write a rule for each"
    yield from _wrong_fields(given.get("set", {}))
    tags = given.get("tag", ["-"])
    if not tags or not all(isinstance(tag, str) and tag.strip() for tag in tags):
        yield "tag", "this must be a list of texts that are not empty"
    texts += [(f"set.{name}", text) for name, text in given.get("set", {}).items()]
    texts += [("plan", given["plan"])] if "plan" in given else []
    for key, text in texts:
        for expression, before in [(text, 0)] if key == "when" else _parts(str(text)):
            fault = _of_expression(expression, before, str(text), scope)
            if fault:
                yield key, fault


def _wrong_fields(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in given.items():
        if name not in FIELDS:
            yield f"set.{name}", f"this is no field of a customer that can be set{nearest(name, FIELDS)}"
        elif not isinstance(value, str):
            yield f"set.{name}", "this must be a text; expressions stand in {{ }}"


def _of_expression(expression: str, before: int, text: str, scope: tuple[str, ...]) -> str | None:
    try:
        compiled(expression, scope)
    except ExpressionError as error:
        return f"{_place(text, error.at, before)}{error.text}"
    return None


def _place(text: str, at: int | None, before: int) -> str:
    """`column 9: `, with the line in a text of several."""
    if at is None:
        return ""
    until = text[: at + before]
    line, column = until.count("\n") + 1, len(until) - until.rfind("\n")
    return f"line {line}, column {column}: " if "\n" in text else f"column {column}: "


_IN_BRACES = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)


def _parts(text: str) -> list[tuple[str, int]]:
    """The expressions of a text, each with the place where it begins."""
    return [(found[1], found.start(1)) for found in _IN_BRACES.finditer(text)]


def _template(text: str, scope: tuple[str, ...]) -> Template:
    parts: list[str | Expression] = []
    at = 0
    for found in _IN_BRACES.finditer(text):
        parts += [text[at : found.start()]] if found.start() > at else []
        parts.append(compiled(found[1], scope))
        at = found.end()
    return Template((*parts, *([text[at:]] if at < len(text) or not parts else [])))


def _rule(number: int, given: Mapping[str, Any]) -> Rule:
    scope = SCOPES[given["on"]]
    return Rule(
        number,
        str(given.get("name") or "")[:MOST_NAME],
        given["on"],
        compiled(given["when"], scope),
        bool(given.get("exclude")),
        given.get("route", "").strip(),
        given.get("classify", ""),
        _template(given["plan"], scope) if "plan" in given else None,
        interval_of_text(given["interval"]) if "interval" in given else None,
        {name: _template(text, scope) for name, text in given.get("set", {}).items()},
        tuple(tag.strip() for tag in given.get("tag", ())),
    )


def routes_of(listed: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Names of the data sources that rules send records to."""
    return tuple(dict.fromkeys(given["route"].strip() for given in listed if given.get("route")))
