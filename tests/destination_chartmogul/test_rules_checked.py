"""What is wrong with a rule is told before any record is read, with its place."""

from __future__ import annotations

import contextlib
import json
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from destination_chartmogul.configuration import checked, read_json
from destination_chartmogul.errors import ConfigError
from destination_chartmogul.rules.expressions import ExpressionError, compiled
from destination_chartmogul.rules.names import SCOPES
from destination_chartmogul.rules.sandbox import LONGEST
from destination_chartmogul.rules.values import RuleError
from tests.destination_chartmogul.keap import order
from tests.destination_chartmogul.pipe import Json, lines, messages_of, run_write
from tests.destination_chartmogul.ruled import ACCOUNT
from tests.destination_chartmogul.test_check import run_check

GOOD: Json = {"name": "tests", "on": "contact", "when": "contact.email == ''", "exclude": True}

FAULTS: list[tuple[Json, str]] = [
    (
        {"when": "contact.emial == 'x'"},
        "rule 1 (tests), when: column 9: contact has no emial (did you mean email",
    ),
    ({"when": "contcat.email"}, "column 1: contcat is not known here (did you mean contact?)"),
    ({"when": "contact.email = 'x'"}, "column 15: '=' is not expected here: to compare, write =="),
    ({"when": "contact.email == 'x' && true"}, "column 22: '&' is not expected here: write and"),
    ({"when": "contact.email ~"}, "column 16: unexpected 'end of expression'"),
    (
        {"when": "contact.name and\n  contact.nmae"},
        "line 2, column 11: contact has no nmae (did you",
    ),
    ({"when": "{{ contact.nmae }}"}, "column 12: contact has no nmae"),
    ({"when": "contact.id == 1001"}, "column 15: this is a text: write '1001'"),
    ({"when": "1001 == contact.id"}, "column 1: this is a text: write '1001'"),
    ({"when": "contact.id in [1001]"}, "when: column 16: this is a text: write '1001'"),
    ({"on": "order", "when": "order.total > '5'"}, "column 15: this is a number: write 5 without quotes"),
    ({"on": "order", "when": "order.status == 'Paid'"}, "this is never 'Paid' (did you mean PAID?)"),
    (
        {"on": "order", "when": "order.items.name == ''"},
        "column 13: this is a list: name a member",
    ),
    (
        {"on": "order", "when": "order.items | selectattr('product.nmae')"},
        "column 26: product has no nmae",
    ),
    (
        {"on": "order", "when": "order.items | map(attribute='prise') | sum"},
        "item has no prise (did you mean pri",
    ),
    ({"on": "order", "when": "order.date.yeer"}, "a day has no yeer (did you mean year?)"),
    ({"on": "order", "when": "order.items[0].nmae"}, "column 16: item has no nmae"),
    ({"when": "contact.name | uper"}, "column 16: there is no filter uper (did you mean upper?)"),
    ({"when": "contact.name is liek('x')"}, "column 17: there is no test liek (did you mean like?)"),
    ({"when": "order.total > 5"}, "order is not known here (known: contact, date, number)"),
    ({"when": "contact.name == null"}, "column 17: null is not known here: write none"),
    ({"when": "contact.name AND true"}, "column 14: 'AND' is not expected here: write and"),
    ({"on": "order", "when": "order.contact.name"}, "column 7: order has no contact: contact is a name of"),
    ({"when": "record.nmae"}, "column 8: contact has no nmae (did you mean name?)"),
    ({"when": "  "}, "when: the expression is empty"),
    ({"when": "x" * 2001}, "longer than 2000 characters"),
    ({"when": 5}, "rule 1 (tests), when: this must be a text"),
    ({"on": "contcat"}, "on: this is nothing that a rule works on (did you mean contact?)"),
    ({"on": "everything"}, "(known: contact, subscription, order, item, payment)"),
    ({"on": 5}, "rule 1 (tests), on: this must be a text"),
    ({"exclude": False}, "exclude: this can only be true"),
    ({"rout": "x"}, "rout: this is not known (did you mean route?)"),
    ({"classify": "one_time"}, "classify: this is for rules on item; on contact: exclude, route, set, tag"),
    ({"route": "B"}, "exclude: what is excluded is not written, so nothing else can be done to it"),
    ({"exclude": None}, "it does nothing: say one of exclude, route, set, tag"),
    ({"set": {"nmae": "x"}}, "set.nmae: this is no field of a customer that can be set (did you mean name?)"),
    ({"set": {"name": 5}}, "set.name: this must be a text"),
    ({"set": {"name": "Dear {{ contact.nmae }}"}}, "set.name: column 17: contact has no nmae"),
    ({"route": "{{ contact.name }}"}, "route: this is the name of one data source"),
    ({"tag": [" "]}, "tag: this must be a list of texts that are not empty"),
    ({"tag": []}, "tag: this must be a list of texts that are not empty"),
    ({"route": " "}, "route: this must not be empty"),
    (
        {"on": "item", "when": "true", "classify": "onetime"},
        "(did you mean one_time?)",
    ),
    ({"on": "item", "when": "true", "interval": "often"}, "an interval is written as 1 month, 3 months"),
    ({"on": "item", "when": "true", "interval": "0 days"}, "an interval is written as 1 month, 3 months"),
    ({"on": "item", "when": "true", "plan": "{{ item.nam }}"}, "plan: column 9: item has no nam"),
]


def message_of(*rules: Any) -> str:
    """The sentence of a refused configuration."""
    with pytest.raises(ConfigError) as refused:
        checked({"api_key": "k", "rules": list(rules)})
    return str(refused.value)


@pytest.mark.parametrize(("change", "said"), FAULTS)
def test_each_fault_is_told_with_its_place(change: Json, said: str) -> None:
    """Number and name of the rule, key, column, and what may have been meant."""
    acts = change.keys() & {"classify", "interval", "plan", "set", "tag"} or change.get("route", "B") != "B"
    rule = GOOD | change
    if acts and change != {"classify": "one_time"}:
        rule.pop("exclude")
    assert said in message_of({key: value for key, value in rule.items() if value is not None or key == "on"})


def test_every_rule_with_a_fault_is_told() -> None:
    """By number, with its name when it has one."""
    said = message_of(GOOD, GOOD | {"when": "x"}, {"on": "order", "when": "y", "exclude": True}, "z")
    assert "rule 2 (tests), when: column 1: x is not known" in said
    assert "rule 3, when: column 1: y is not known" in said
    assert "rule 4: a rule is an object" in said
    assert "rule 1" not in said


def test_the_line_of_the_file_is_told(tmp_path: Path) -> None:
    """Of the key that is wrong, as an editor counts; `plan` and `write` read the file in the same way."""
    rules = [GOOD, {"on": "contact", "when": "contact.nmae", "set": {"name": "{{ x }}", "nmae": ""}}]
    text = json.dumps({"api_key": "k", "rules": rules, "time_zone": "UTC"}, indent=2)
    path = tmp_path / "config.json"
    path.write_text(text)
    with pytest.raises(ConfigError) as refused:
        checked(read_json(str(path), "configuration"))
    rows = text.split("\n")
    for key, part in (("when", '"contact.nmae"'), ("set.name", "{{ x }}"), ("set.nmae", '"nmae"')):
        line = next(number for number, row in enumerate(rows, 1) if part in row)
        assert f"rule 2, {key} (line {line} of the file): " in str(refused.value)
    path.write_text(json.dumps({"api_key": "k", "rules": rules[:1]}))
    assert checked(read_json(str(path), "configuration")) == {"api_key": "k", "rules": rules[:1]}


def test_check_tells_it(config: Json) -> None:
    """As the message of a failed connection, and the number of rules when all is well."""
    assert run_check(config | {"rules": [GOOD | {"when": "contact.nmae"}]})[1].startswith(
        "The configuration is not usable: rule 1 (tests), when: column 9"
    )
    status, _, said = run_check(config | {"rules": [GOOD]})
    assert status == "SUCCEEDED"
    assert "Rule 1 (tests), on contact: exclude." in said


def test_streams_that_rules_need_and_the_catalog_lacks(config: Json) -> None:
    """Names of tags have to come whole, since they do not come again with the contact."""
    rules = [
        GOOD | {"when": "'x' in contact.tags or contact.fields['Y']"},
        {"on": "item", "when": "product.price > 5", "exclude": True},
    ]
    given = lines(messages_of({"account": [ACCOUNT], "orders": [order()]}))
    done = run_write(config | {"rules": rules}, raw=given, streams=("account", "orders"))
    assert done.kind == "config_error"
    assert done.error is not None
    for part in (
        "rule 1 (tests), which reads contact.tags, needs the stream contacts",
        "contact.tags, needs the stream tags, as a full refresh",
        "rule 1 (tests), which reads contact.fields, needs the stream custom_fields",
        "rule 2, which reads product.price, needs the stream products",
    ):
        assert part in done.error
    some = ("account", "contacts", "orders", "tags", "custom_fields", "products")
    ruled = config | {"rules": rules}
    assert "tags, as a full refresh" in str(run_write(ruled, raw=given, streams=some).error)
    assert run_write(ruled, raw=given, streams=some, mode="full_refresh").error is None


ATTACKS = [
    "''.__class__", "().__class__.__bases__", "contact.__init__", "contact['__class__']",
    "contact.fields.__class__", "contact.name.__class__", "contact.fields['x'].__class__",
    "order.items | map(attribute='__class__') | list",
    "order.items | selectattr('product.__class__') | list", "order.items | sort(attribute='__doc__')",
    "order.items[0].__class__", "'{0.__class__}'.format(contact)", "'%s' % contact",
    "'%s' | format(contact)", "'{x}'.format_map(contact)", "contact.name.format(1)",
    "contact | attr('__class__')", "range(10**9) | list", "range(5)", "lipsum()", "cycler('a')", "joiner()",
    "namespace(x=1)", "dict(a=1)", "self", "config", "request", "'a' * 10**9", "2 ** 99", "[0] * 10**9",
    "{'a': 1}", "contact.name.encode()", "contact.name.translate({})", "'x'.join(['a'])",
    "'a'.center(10**9)", "'a' | center(999999999)", "'a' | indent(999999999)", "'a'.ljust(10**9)",
    "'1'.zfill(10**9)", "'a' | batch(2)", "['a'] | pprint", "contact | tojson", "'a' | urlize",
    "'a' | wordwrap(1)", "contact.name is filter", "contact is mapping", "contact is sameas(contact)",
    "contact.email is match('(a+)+$')", "contact.email | regex_search('(a+)+$')", "loop.index", "super()",
    "caller()", "(" * 900 + "1" + ")" * 900, "not " * 450 + "true", "[" * 300 + "]" * 300, "1e999",
    "contact.name if", "{% for x in [1] %}", "x for x in [1]", "lambda: 1", "contact.name := 1",
    "import os", "contact.name|map('attr', '__class__')|list", "date.__globals__", "number.__globals__",
    "date.today()", "(contact.name.lower).__self__", "order.items | map('attr', 'x') | list",
]  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_sandbox_is_closed(attack: str) -> None:
    """Refused before any record is seen, or failing on it; never a value from outside of the record."""
    from tests.destination_chartmogul.test_rules_values import scope

    with pytest.raises((ExpressionError, RuleError)):
        compiled(attack, SCOPES["order"]).value(scope(order()))


SLOW = [
    "contact.name is like('" + "*a" * 500 + "b')",
    "'" + "a" * 900 + "' is like('" + "*a" * 300 + "*b')",
    "9999999999999999999 * 9999999999999999999",
    "'a' | replace('a', '" + "b" * 900 + "') | replace('b', '" + "c" * 900 + "') | length",
    "('" + "a" * 900 + "' | list) | join('" + "b" * 900 + "') | length",
    " ~ ".join(["contact.name"] * 120) + " | length",
    "order.items | map(attribute='name') | sort | unique | list | length > 0",
]


@pytest.mark.parametrize("expression", SLOW)
def test_what_is_allowed_ends_soon(expression: str) -> None:
    """With as much memory as the bounds say, on a record of 2,000 items."""
    from tests.destination_chartmogul.keap import item
    from tests.destination_chartmogul.test_rules_values import scope

    large = order(*(item(name="a" * 200) for _ in range(2_000)))
    tracemalloc.start()
    before = time.process_time()
    try:
        with contextlib.suppress(RuleError):  # too long, too large
            compiled(expression, SCOPES["order"]).value(scope(large, given_name="a" * 5_000))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 100 * LONGEST
    assert time.process_time() - before < 5
