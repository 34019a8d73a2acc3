"""Who is a lead, since when, and when a free trial began. Nothing is invented: without evidence, no date.

ChartMogul's charts of leads and conversion count customers by `lead_created_at` and `free_trial_started_at`
(https://help.chartmogul.com/hc/en-us/articles/210547889).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from destination_chartmogul.mapping.context import Bundle, Context, Ledger, Record
from destination_chartmogul.mapping.outcome import UnwritableError
from destination_chartmogul.mapping.periods import local_date, parse_date, parse_instant
from destination_chartmogul.policy import CONTACT_CREATED, NEVER, OPPORTUNITY_OPENED, TAG_APPLIED


def is_chosen(bundle: Bundle, ctx: Context) -> bool:
    """Whether the contact is one of the leads that the policy describes: one kind of evidence is enough."""
    leads, contact = ctx.policy.leads, bundle.contact or {}
    if leads.opportunity and bundle.opportunities:
        return True
    source = str(contact.get("leadsource_id") or "")
    if source and source in ids_of(leads.lead_sources, ctx.reference.lead_sources):
        return True
    wanted = ids_of(leads.tags, ctx.reference.tags) if leads.tags else frozenset()
    now = {str(tag) for tag in contact.get("tag_ids") or ()}
    return bool(wanted & (now | _applied(bundle).keys()))


def ids_of(given: Iterable[str], known: Mapping[str, Record]) -> frozenset[str]:
    """Ids, and names as ids: exactly as they are spelt, but for case and blanks around."""
    wanted = {text.casefold() for text in given}
    named = {key for key, row in known.items() if str(row.get("name") or "").strip().casefold() in wanted}
    return frozenset({text for text in wanted if text.isdigit()} | named)


def _applied(bundle: Bundle) -> Mapping[str, Record]:
    return {key: row for key, row in bundle.applied_tags.items() if row.get("_ab_cdc_deleted_at") is None}


def lead_date(bundle: Bundle, ledger: Ledger, ctx: Context) -> tuple[datetime | None, bool]:
    """→ (when the contact became a lead, as far as this run tells, whether a day was there that is none).

    No date also means: as ChartMogul has it. A run may bring the later of two tags only, so a date never
    moves to a later one, unless the one that ChartMogul has is the contact's creation, which another policy
    wrote.
    """
    given = [text for text in _evidence(bundle, ctx) if text]
    found = min((moment for text in given if (moment := past(text, ctx))), default=None)
    if ctx.policy.leads.created_at != CONTACT_CREATED:
        found = _earlier(found, ledger.lead_created_at, created_at(bundle, ctx))
    return found, bool(given) and found is None


def _evidence(bundle: Bundle, ctx: Context) -> list[object]:
    rule, leads = ctx.policy.leads.created_at, ctx.policy.leads
    if rule == CONTACT_CREATED:
        return [(bundle.contact or {}).get("create_time")]
    if rule == TAG_APPLIED:
        wanted = ids_of(leads.created_at_tags, ctx.reference.tags)
        return [row.get("applied_at") for key, row in _applied(bundle).items() if key in wanted]
    if rule == OPPORTUNITY_OPENED:
        return [row.get("created_time") for row in bundle.opportunities.values()]
    return []


def trial_date(bundle: Bundle, begun: Iterable[datetime], ledger: Ledger, ctx: Context) -> datetime | None:
    """When the first free trial began, of those that orders and subscriptions began in this run. None also
    means: as ChartMogul has it.
    """
    rule, found = ctx.policy.leads.trial_started_at, min(begun, default=None)
    if found is None or rule == NEVER:
        return None
    created = created_at(bundle, ctx)
    return created if rule == CONTACT_CREATED else _earlier(found, ledger.free_trial_started_at, created)


def deferred_start(subscription: Record, ctx: Context) -> datetime | None:
    """When a subscription was there that begins to bill on a later day: its trial had begun then.

    Keap keeps no day of creation, so its last change stands for that while it lies before the first bill.
    Raises UnwritableError `bad_time`.
    """
    seen, begins = subscription.get("modification_time"), parse_date(subscription.get("start_date"), ctx.zone)
    if not (subscription.get("active") and seen and begins):
        return None
    moment = parse_instant(str(seen), ctx.zone)
    return moment if moment <= ctx.now and local_date(moment, ctx.zone) < begins else None


def _earlier(found: datetime | None, held: datetime | None, created: datetime | None) -> datetime | None:
    if found is None or held is None:
        return found
    return found if _second(held) == _second(created) else min(found, held)


def _second(moment: datetime | None) -> datetime | None:
    """ChartMogul keeps whole seconds."""
    return moment.replace(microsecond=0) if moment else None


def created_at(bundle: Bundle, ctx: Context) -> datetime | None:
    """The contact's creation, when its record came."""
    return past((bundle.contact or {}).get("create_time"), ctx)


def past(text: object, ctx: Context) -> datetime | None:
    """ChartMogul takes dates of leads and trials in the past only; an unreadable one is left out."""
    try:
        moment = parse_instant(str(text), ctx.zone) if text else None
    except UnwritableError:
        return None
    return moment if moment and moment <= ctx.now else None
