"""What the rules decide about an order's items, given what ChartMogul holds."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from destination_chartmogul.mapping.context import Ledger, Period, Record
from destination_chartmogul.mapping.decisions import NOTHING_DECIDED, ItemDecision, chosen_plan
from destination_chartmogul.mapping.objects import ONE_TIME, SUBSCRIPTION
from destination_chartmogul.mapping.outcome import UnwritableError
from destination_chartmogul.mapping.text import line_of
from destination_chartmogul.rules.judgement import FAILED, OPEN, Hit, Judgement, reads
from destination_chartmogul.rules.rule import Rule
from destination_chartmogul.rules.values import MissingRecordError, RuleError, View

LONGEST_PLAN = 200


@dataclass
class ItemJudge:
    """Called by the mapping for each charge. `hits` are the rules that applied."""

    judgement: Judgement
    ledger: Ledger
    hits: list[Hit] = field(default_factory=list)

    def __call__(self, order: Record, item: Record, subscription_id: str) -> ItemDecision:
        """Raises UnwritableError `rule_failed`, `rule_needs_record`."""
        rules = self.judgement.rules_on("subscription", "item")
        if not rules:
            return NOTHING_DECIDED
        scopes = {
            "subscription": self.judgement.subscription_scope(subscription_id),
            "item": self._scope(order, item, subscription_id),
        }
        decided = NOTHING_DECIDED
        for rule in rules:
            if rule.on == "subscription" and not subscription_id:
                continue
            decided = self._with(rule, scopes[rule.on], decided, order, item, subscription_id)
            if decided.exclude:
                break
        return decided

    def _scope(self, order: Record, item: Record, subscription_id: str) -> dict[str, View]:
        views = self.judgement.views
        return {
            "item": views.of_item(item),
            "product": views.of_product(item),
            "order": views.of_order(order),
            "subscription": views.of_subscription(subscription_id),
            "contact": self.judgement.contact_view,
        }

    def _with(
        self,
        rule: Rule,
        scope: dict[str, View],
        decided: ItemDecision,
        order: Record,
        item: Record,
        subscription_id: str,
    ) -> ItemDecision:
        """The decision with what one more rule says."""
        try:
            if not rule.when.value(scope):
                return decided
            plan = decided.plan or (_plan_named(rule, scope) if rule.plan else "")
        except MissingRecordError as missing:
            return self._as_held(rule, missing, decided, order, item, subscription_id)
        except RuleError as error:
            raise UnwritableError(FAILED, f"{rule.label}: {error}") from error
        self.hits.append(Hit(rule, "orders", str(order["id"])))
        return replace(
            decided,
            exclude=rule.exclude,
            kind=decided.kind or rule.classify,
            plan=plan,
            interval=decided.interval or rule.interval,
        )

    def _as_held(
        self,
        rule: Rule,
        missing: MissingRecordError,
        decided: ItemDecision,
        order: Record,
        item: Record,
        subscription_id: str,
    ) -> ItemDecision:
        """A rule that reads a record which did not come: as ChartMogul has this line, or the subscription.

        A line that is there was not excluded; its interval is kept by the mapping.
        """
        own = [p for p in self.ledger.periods if p.item_id == str(item.get("id"))]
        lines = own or [p for p in self.ledger.periods if p.subscription_id == subscription_id != ""]
        written = str(order["id"]) in self.ledger.invoices
        if not lines and not (written and rule.classify):
            raise UnwritableError(OPEN, f"{rule.label} {reads(missing.stream)}") from missing
        kind = SUBSCRIPTION if lines else ONE_TIME
        return replace(
            decided,
            kind=decided.kind or (kind if rule.classify else ""),
            plan=decided.plan or (_plan_held(lines) if rule.plan else ""),
        )


def _plan_held(lines: list[Period]) -> str:
    """The name that a rule gave to the plan of the latest line; empty when it is Keap's plan."""
    return chosen_plan(max(lines, key=lambda p: p.start).plan_external_id)


def _plan_named(rule: Rule, scope: dict[str, View]) -> str:
    """Raises RuleError for a name that is empty: an empty custom field is no plan."""
    name = line_of(str(rule.plan.value(scope) if rule.plan else "")).strip()[:LONGEST_PLAN]
    if not name:
        raise RuleError("the plan's name is empty")
    return name
