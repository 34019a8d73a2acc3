"""What the rules decide about one contact's records.

Rules see what Keap has, never what an earlier rule made of it. They are tried in their order; the first that
decides a thing decides it, and what is excluded is looked at no further. A rule that reads a record which
did not come in this run leaves its question open (`Open`): what ChartMogul holds answers it, else the
record is a reject.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from destination_chartmogul.mapping.context import Bundle, Record
from destination_chartmogul.mapping.outcome import Reject
from destination_chartmogul.rules.names import STREAM_OF
from destination_chartmogul.rules.rule import Rule
from destination_chartmogul.rules.values import MissingRecordError, RuleError, View
from destination_chartmogul.rules.views import Surroundings, Views

FAILED, OPEN, LEFT_OUT = "rule_failed", "rule_needs_record", "left_out_by_rule"


@dataclass(frozen=True)
class Hit:
    """A rule that applied to a record."""

    rule: Rule
    stream: str
    key: str


@dataclass(frozen=True)
class Open:
    """A rule that cannot be decided, since a record of `stream` did not come."""

    rule: Rule
    stream: str

    def reject(self, stream: str, key: str) -> Reject:
        """Of the record that the rule was to decide."""
        return Reject(stream, key, OPEN, f"{self.rule.label} {reads(self.stream)}")


def reads(stream: str) -> str:
    """Why a rule is open."""
    named = {"tags": "the names of tags", "custom_fields": "the names of custom fields"}
    what = named.get(stream, f"a record of {stream}")
    return f"reads {what}, which did not come in this run, and ChartMogul does not tell either"


@dataclass
class Verdict:
    """About one record. `excluded` and `route` are decided when they are set; else they may be open."""

    excluded: bool = False
    route: str = ""
    open_exclude: Open | None = None
    open_route: Open | None = None
    open_tags: bool = False
    failed: Reject | None = None
    applied: list[Rule] = field(default_factory=list)


class Judgement:
    """Of all records of a bundle but the items, which the mapping asks for one by one (`items.ItemJudge`)."""

    def __init__(self, rules: Sequence[Rule], bundle: Bundle, around: Surroundings) -> None:
        self._rules, self.bundle, self.views = rules, bundle, Views(bundle, around)
        self.contact_view = self.views.of_contact()
        self.sets: dict[str, Any] = {}
        self.tags: set[str] = set()
        self.contact = self._contact()
        self.orders = {key: self._order(key, order) for key, order in bundle.orders.items()}
        self.subscriptions = {key: self._subscription(key) for key in bundle.subscriptions}
        self.payments = {key: self._payment(key, each) for key, each in bundle.payments.items()}

    def rules_on(self, *on: str) -> list[Rule]:
        """In their order."""
        return [rule for rule in self._rules if rule.on in on]

    def of_this(self, on: str, scope: Mapping[str, View], key: str) -> Verdict:
        """The rules on one kind of record, tried on one of them."""
        verdict = Verdict()
        for rule in self.rules_on(on):
            try:
                if not rule.when.value(scope):
                    continue
                self._apply(rule, scope, verdict)
            except MissingRecordError as missing:
                _leave_open(verdict, rule, missing)
            except RuleError as error:
                verdict.failed = Reject(STREAM_OF[on], key, FAILED, f"{rule.label}: {error}")
                return verdict
            if verdict.excluded:
                return verdict
        return verdict

    def _apply(self, rule: Rule, scope: Mapping[str, View], verdict: Verdict) -> None:
        found = {name: template.value(scope) for name, template in rule.sets.items()}
        verdict.applied.append(rule)
        verdict.excluded = rule.exclude
        if rule.route and not verdict.open_route:
            verdict.route = verdict.route or rule.route
        if rule.on == "contact":
            self.sets = found | self.sets
            self.tags |= set(rule.tags)

    def _contact(self) -> Verdict:
        return self.of_this("contact", {"contact": self.contact_view}, self.bundle.contact_id)

    def _order(self, key: str, order: Record) -> Verdict:
        scope = {"order": self.views.of_order(order), "contact": self.contact_view}
        return self.of_this("order", scope, key)

    def _subscription(self, key: str) -> Verdict:
        return self.of_this("subscription", self.subscription_scope(key), key)

    def subscription_scope(self, key: str) -> dict[str, View]:
        """What rules on a subscription see."""
        record = self.bundle.subscriptions.get(key)
        product = self.views.of_product_id(str((record or {}).get("product_id") or ""))
        if record is None:
            product = View("product", {}, missing=STREAM_OF["subscription"])
        return {
            "subscription": self.views.of_subscription(key),
            "product": product,
            "contact": self.contact_view,
        }

    def _payment(self, key: str, payment: Record) -> Verdict:
        scope = {"payment": self.views.of_payment(payment), "contact": self.contact_view}
        return self.of_this("payment", scope, key)

    def rejects(self) -> list[Reject]:
        """Records that a rule fails on."""
        several: Iterable[Verdict] = (
            *self.orders.values(),
            *self.subscriptions.values(),
            *self.payments.values(),
        )
        return [verdict.failed for verdict in (self.contact, *several) if verdict.failed]


def _leave_open(verdict: Verdict, rule: Rule, missing: MissingRecordError) -> None:
    """What an earlier rule decided stays decided."""
    if rule.exclude:
        verdict.open_exclude = verdict.open_exclude or Open(rule, missing.stream)
    verdict.open_tags = verdict.open_tags or bool(rule.tags)
    if rule.route and not verdict.route:
        verdict.open_route = verdict.open_route or Open(rule, missing.stream)
