"""What is wrong with an expression before any record is seen: names, kinds, and what may not be used."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from jinja2 import nodes

from destination_chartmogul.rules.names import FIELDS, NUMERIC, OBJECTS, TEXT, Name
from destination_chartmogul.rules.sandbox import DAY_PARTS, FUNCTIONS, TEXT_METHODS, Sandbox
from destination_chartmogul.suggestions import nearest

ALLOWED = (
    nodes.Const, nodes.Name, nodes.Getattr, nodes.Getitem, nodes.Slice, nodes.Call, nodes.Keyword,
    nodes.Filter, nodes.Test, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.CondExpr,
    nodes.List, nodes.Tuple, nodes.Concat, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv,
    nodes.Mod, nodes.Neg, nodes.Pos,
)  # fmt: skip
RECORD = "record"
"""What the rule works on, under the name that it has in Airbyte's own connectors."""
EMPTY_WORDS = ("null", "nil", "empty")
BY_ATTRIBUTE = ("map", "selectattr", "rejectattr", "sort", "sum", "min", "max", "unique")
MEMBERS = ("select", "selectattr", "rejectattr", "reject", "list", "sort", "unique")


@dataclass(frozen=True)
class Problem:
    """`name` is the word that is wrong, `role` what it stands for: name, attribute, filter or test."""

    text: str
    name: str = ""
    role: str = ""


@dataclass
class Found:
    """Problems, and what the expression reads: pairs of object and name."""

    problems: list[Problem] = field(default_factory=list)
    reads: set[tuple[str, str]] = field(default_factory=set)


def problems(tree: nodes.Node, objects: tuple[str, ...], box: Sandbox) -> Found:
    """Everything that can be told without a record."""
    check = _Check(objects, box)
    check.visit(tree)
    return check.found


class _Check:
    """Walks the tree, inner nodes first; `visit` gives the kind of a node where it is known."""

    def __init__(self, objects: tuple[str, ...], box: Sandbox) -> None:
        self._objects, self._box, self.found = objects, box, Found()

    def _wrong(self, text: str, name: str = "", role: str = "") -> None:
        self.found.problems.append(Problem(text, name, role))

    def visit(self, node: nodes.Node) -> Name | None:
        """The kind of a node; an object itself is a Name whose kind is the object."""
        if not isinstance(node, ALLOWED):
            self._wrong(f"{type(node).__name__} cannot be used in a rule")
            return None
        special = getattr(self, f"_{type(node).__name__.lower()}", None)
        if special is not None:
            found: Name | None = special(node)
            return found
        for child in node.iter_child_nodes():
            self.visit(child)
        return None

    def _const(self, node: nodes.Const) -> None:
        if isinstance(node.value, float) and not Decimal(repr(node.value)).is_finite():
            self._wrong("a number is too large")

    def _name(self, node: nodes.Name) -> Name | None:
        if node.name in (*self._objects, RECORD):
            return Name(self._objects[0] if node.name == RECORD else node.name, "")
        if node.name.lower() in EMPTY_WORDS:
            self._wrong(f"{node.name} is not known here: write none", node.name, "name")
        elif node.name not in FUNCTIONS:
            known = (*self._objects, *FUNCTIONS)
            self._wrong(f"{node.name} is not known here{nearest(node.name, known)}", node.name, "name")
        return None

    def _getattr(self, node: nodes.Getattr) -> Name | None:
        return self._member(self.visit(node.node), node.attr)

    def _getitem(self, node: nodes.Getitem) -> Name | None:
        kind = self.visit(node.node)
        if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
            return self._member(kind, node.arg.value)
        self.visit(node.arg)
        return Name(kind.listed, "") if kind and kind.listed else None

    def _member(self, kind: Name | None, name: str) -> Name | None:
        """A name of an object; of what is no object only what values have."""
        if name.startswith("__") or (name.startswith("_") and (kind is None or kind.kind != FIELDS)):
            self._wrong(f"{name} cannot be read", name)
            return None
        if kind is None:
            return None
        if kind.kind in OBJECTS:
            return self._of_object(kind.kind, name)
        allowed = TEXT_METHODS | {"replace"} if kind.kind == TEXT else frozenset(DAY_PARTS)
        if kind.listed:
            text = f"this is a list: name a member ([0]), or use map('{name}')"
            self._wrong(text, name, "attribute")
        elif kind.kind != FIELDS and name not in allowed:
            self._wrong(f"a {kind.kind} has no {name}{nearest(name, sorted(allowed))}", name, "attribute")
        return None

    def _of_object(self, thing: str, name: str) -> Name | None:
        known = OBJECTS[thing]
        if name not in known:
            alone = f": {name} is a name of its own here" if name in self._objects else nearest(name, known)
            self._wrong(f"{thing} has no {name}{alone}", name, "attribute")
            return None
        self.found.reads.add((thing, name))
        return known[name]

    def _filter(self, node: nodes.Filter) -> Name | None:
        if node.name not in self._box.filters:
            text = f"there is no filter {node.name}{nearest(node.name, sorted(self._box.filters))}"
            self._wrong(text, node.name, "filter")
        kind = self.visit(node.node) if node.node is not None else None
        for child in (*node.args, *node.kwargs):
            self.visit(child)
        named = self._attribute_of(node)
        member = Name(kind.listed, "") if kind and kind.listed else None
        if named and member:
            found: Name | None = member
            for part in named.split("."):
                found = self._member(found, part)
        return kind if node.name in MEMBERS else member if node.name in ("first", "last") else None

    def _attribute_of(self, node: nodes.Filter) -> str:
        """The name that a filter reads of each member: `map(attribute='name')`, `selectattr('name', ...)`."""
        if node.name not in BY_ATTRIBUTE:
            return ""
        given: list[Any] = [k.value for k in node.kwargs if k.key == "attribute"]
        given += node.args[:1] if node.name in ("selectattr", "rejectattr") else []
        constants = [g.value for g in given if isinstance(g, nodes.Const) and isinstance(g.value, str)]
        return next(iter(constants), "")

    def _test(self, node: nodes.Test) -> None:
        if node.name not in self._box.tests:
            text = f"there is no test {node.name}{nearest(node.name, sorted(self._box.tests))}"
            self._wrong(text, node.name, "test")
        for child in node.iter_child_nodes():
            self.visit(child)

    def _compare(self, node: nodes.Compare) -> None:
        kinds = [self.visit(node.expr), *(self.visit(each.expr) for each in node.ops)]
        sides = [node.expr, *(each.expr for each in node.ops)]
        for at, each in enumerate(node.ops):
            self._pair(kinds[at], sides[at + 1], each.op)
            self._pair(kinds[at + 1], sides[at], each.op)

    def _pair(self, kind: Name | None, other: nodes.Node, operator: str) -> None:
        """A value of known kind beside a constant of another kind can never be equal to it."""
        for constant in _constants(other, operator):
            value = constant.value
            if kind is None or value is None or isinstance(value, bool):
                continue
            if kind.kind == TEXT and not isinstance(value, str):
                self._wrong(f"this is a text: write '{value}'", str(value))
            elif kind.kind in NUMERIC and isinstance(value, str):
                self._wrong(f"this is a number: write {value} without quotes", value)
            elif kind.values and isinstance(value, str) and value and value not in kind.values:
                self._wrong(f"this is never {value!r}{nearest(value, kind.values)}", value)


def _constants(node: nodes.Node, operator: str) -> Iterable[nodes.Const]:
    """The constant, or those of a list on the right of `in`."""
    if operator in ("in", "notin"):
        members = node.items if isinstance(node, (nodes.List, nodes.Tuple)) else []
        return [each for each in members if isinstance(each, nodes.Const)]
    return [node] if isinstance(node, nodes.Const) else []
