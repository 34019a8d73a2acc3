"""One expression of a rule: parsed, checked for what it may name, compiled, worked out on a record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from jinja2 import TemplateError, TemplateSyntaxError, Undefined, nodes
from jinja2.lexer import TokenStream
from jinja2.parser import Parser
from jinja2.visitor import NodeTransformer

from destination_chartmogul.rules.checking import RECORD, Problem, problems
from destination_chartmogul.rules.sandbox import Forbidden, Sandbox, bounded
from destination_chartmogul.rules.values import RuleError

MOST_CHARACTERS = 2_000
DEEPEST = 40

HINTS = {
    "=": "to compare, write ==",
    "&": "write and",
    "|": "write or",
    "!": "write not, or !=",
    "AND": "write and",
    "OR": "write or",
    "NOT": "write not",
    "IN": "write in",
}


class ExpressionError(Exception):
    """An expression that cannot be used; `at` is the place in it, from 0, None when there is none."""

    def __init__(self, text: str, at: int | None = None) -> None:
        super().__init__(text)
        self.text, self.at = text, at


@cache
def sandbox() -> Sandbox:
    """One for all expressions of a process."""
    return Sandbox()


@dataclass(frozen=True)
class Expression:
    """A checked expression. `reads` are pairs of object and name, as far as they can be told in advance."""

    source: str
    reads: frozenset[tuple[str, str]]
    _on: str
    _template: Any = field(repr=False, compare=False)

    def value(self, scope: Mapping[str, Any]) -> Any:
        """The result. Raises RuleError when it cannot be worked out, MissingRecordError."""
        try:
            context = self._template.new_context({**scope, RECORD: scope[self._on]})
            list(self._template.root_render_func(context))
            result = context.vars["result"]
            if isinstance(result, Undefined):
                raise RuleError("it has no result: an if needs an else")
            return bounded(result)
        except RuleError as error:
            if error.name in self.source:
                raise
            raise RuleError("it reads a name that it takes from the record") from error
        except Forbidden as error:
            raise RuleError(str(error)) from error
        except (TypeError, ValueError, ArithmeticError, AttributeError, LookupError, TemplateError) as error:
            raise RuleError(f"it cannot be worked out on this record ({_reason(error)})") from error


def _reason(error: Exception) -> str:
    """Of errors that are not ours only the kind: their texts may quote a value."""
    text = str(error)
    if isinstance(error, TypeError) and "NoneType" in text:
        return "a value is empty"
    return "values of different kinds" if isinstance(error, TypeError) else type(error).__name__


def compiled(source: str, objects: tuple[str, ...]) -> Expression:
    """An expression over `objects`, checked. Raises ExpressionError for the first thing to correct."""
    text, base = _bare(source)
    if len(text) > MOST_CHARACTERS:
        raise ExpressionError(f"the expression is longer than {MOST_CHARACTERS} characters")
    try:
        tree = _Parse(text).tree
        _check_depth(tree)
        found = problems(tree, objects, sandbox())
    except RecursionError as error:
        raise ExpressionError("the expression is nested too deeply") from error
    except ExpressionError as error:
        raise ExpressionError(error.text, None if error.at is None else error.at + base) from error
    for problem in found.problems:
        raise ExpressionError(problem.text, _place(text, problem, base))
    return Expression(source, frozenset(found.reads), objects[0], _template(tree))


def _bare(source: str) -> tuple[str, int]:
    """Without `{{` and `}}`, as people who know Airbyte write them, and how much was cut off in front."""
    text = source.rstrip()
    inner = text.lstrip()
    if inner.startswith("{{") and inner.endswith("}}"):
        return inner[2:-2], len(text) - len(inner) + 2
    return text, 0


class _Parse:
    """The tree of an expression; what is wrong is told with its place."""

    def __init__(self, text: str) -> None:
        self._text, self._at, self._line = text, 0, 1
        if not text.strip():
            raise ExpressionError("the expression is empty")
        try:
            parser = Parser(sandbox(), "", state="variable")
            parser.stream = TokenStream(sandbox().lexer.wrap(self._tokens()), None, None)
            self.tree = parser.parse_expression()
            if not parser.stream.eos:
                raise ExpressionError(_unexpected(parser.stream.current.value), self._at)
            self.tree.set_environment(sandbox())
        except TemplateSyntaxError as error:
            raise ExpressionError(self._said(error), self._place_of(error)) from error

    def _tokens(self) -> Iterator[tuple[int, str, str]]:
        for at, line, kind, value in _with_places(self._text):
            self._at = at
            yield line, kind, value
        self._at = len(self._text)

    def _said(self, error: TemplateSyntaxError) -> str:
        text = str(error.message or "").replace("template", "expression").rstrip(".")
        if text.startswith("unexpected char"):
            return _unexpected(self._text[self._place_of(error) :][:1])
        return text

    def _place_of(self, error: TemplateSyntaxError) -> int:
        """Of a character that no expression has, the lexer tells the place itself."""
        text = str(error.message or "")
        before, _, number = text.rpartition(" at ")
        return int(number) if before.startswith("unexpected char") and number.isdigit() else self._at


def _with_places(text: str) -> Iterator[tuple[int, int, str, str]]:
    """Jinja's tokens with the place of each; they follow each other without a gap."""
    at = 0
    for line, kind, value in sandbox().lexer.tokeniter(text, None, None, "variable"):
        yield at, line, kind, value
        at += len(value)


def _unexpected(value: str) -> str:
    hint = HINTS.get(str(value)) or HINTS.get(str(value)[:1])
    return f"{value!r} is not expected here" + (f": {hint}" if hint else "")


def _check_depth(tree: nodes.Node) -> None:
    level, depth = [tree], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise ExpressionError("the expression is nested too deeply")
        level = [child for node in level for child in node.iter_child_nodes()]


def _place(text: str, problem: Problem, base: int) -> int | None:
    """Where the name of a problem stands: the first time that it comes in its role."""
    if not problem.name:
        return None
    before = ""
    for at, _, kind, value in _with_places(text):
        if kind == "whitespace":
            continue
        word = value.strip("'\"")
        same = word == problem.name or (kind == "string" and problem.name in word.split("."))
        if kind in ("name", "string", "integer", "float") and same:
            role = {".": "attribute", "|": "filter", "is": "test", "not": "test"}.get(before, "name")
            if problem.role in ("", role) or kind != "name":
                return at + base
        before = value
    return None


class _Exact(NodeTransformer):
    """Decimal points are exact: 99.9 becomes number('99.9')."""

    def visit_Const(self, node: nodes.Const) -> nodes.Expr:  # noqa: N802 - Jinja finds it by this name
        """A constant."""
        if not isinstance(node.value, float):
            return node
        name = nodes.Name("number", "load", lineno=node.lineno)
        text = nodes.Const(repr(node.value), lineno=node.lineno)
        return nodes.Call(name, [text], [], None, None, lineno=node.lineno)


def _template(tree: nodes.Expr) -> Any:
    """As Environment.compile_expression does, of a tree that is parsed already."""
    box = sandbox()
    body = [nodes.Assign(nodes.Name("result", "store"), _Exact().visit(tree), lineno=1)]
    whole = nodes.Template(body, lineno=1)
    whole.set_environment(box)
    return box.from_string(whole)
