"""Applied tags: automations tag what happens in each story, people tag by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.simulators.scenarios.small.relations.setup import (
    CANCELLED,
    COACHING,
    CUSTOMER,
    DECLINED,
    DO_NOT_CALL,
    IMPORTED,
    LEAD,
    NEWSLETTER,
    REFERRED,
    REFUNDED,
    RESELLER,
    VIP,
    WEBINAR,
)
from tests.simulators.scenarios.story import FIRST_CONTACT_ID, Event, Story, case, on

AUTOMATIONS = {
    "new_subscription": ("tag_contact", CUSTOMER),
    "new_order": ("tag_contact", CUSTOMER),
    "cancel": ("tag_contact", CANCELLED),
    "resume": ("untag_contact", CANCELLED),
    "payment_failed": ("tag_contact", DECLINED),
    "refund": ("tag_contact", REFUNDED),
}
"""What happens → what the automation does at the same moment."""

BY_HAND = (
    ("2024-09-04", "tag_company", "company_id", 901_001, RESELLER),
    ("2024-09-05", "tag_contact", "contact_id", case("monthly"), VIP),
    ("2024-08-01", "tag_contact", "contact_id", case("quarterly"), REFERRED),
    ("2025-03-06", "tag_contact", "contact_id", case("seats"), VIP),
    ("2025-04-22 16:00", "tag_contact", "contact_id", case("monthly"), WEBINAR),
    ("2025-04-22 16:00", "tag_contact", "contact_id", case("annual"), WEBINAR),
    ("2025-04-22 16:00", "tag_contact", "contact_id", case("tax"), WEBINAR),
    ("2025-12-15", "tag_contact", "contact_id", case("merged_loser"), COACHING),
    ("2026-02-02", "tag_contact", "contact_id", case("weekly"), COACHING),
    ("2026-03-20", "tag_contact", "contact_id", case("lead"), COACHING),
    ("2026-03-23", "tag_contact", "contact_id", case("refund_full"), DO_NOT_CALL),
    ("2026-04-01", "untag_contact", "contact_id", case("seats"), VIP),
    ("2026-06-24", "tag_company", "company_id", 901_001, VIP),
    ("2026-06-24 10:01", "tag_company", "company_id", 901_002, RESELLER),
)


def events(stories: Sequence[Story]) -> Iterator[Event]:
    """Everybody starts as a lead, every third gets the newsletter; then automations and people."""
    for place, story in enumerate(stories):
        contact_id, known = FIRST_CONTACT_ID + place, f"{story.since} 09:00"
        yield on(known, "tag_contact", contact_id=contact_id, tag_id=LEAD)
        if place % 3 == 0:
            yield on(known, "tag_contact", contact_id=contact_id, tag_id=NEWSLETTER)
        if story.since < "2024-09":
            yield on(known, "tag_contact", contact_id=contact_id, tag_id=IMPORTED)
        for event in story.events:
            if event.kind in AUTOMATIONS and not event.fields.get("draft"):
                kind, tag_id = AUTOMATIONS[event.kind]
                yield on(event.at, kind, contact_id=contact_id, tag_id=tag_id)
    for at, kind, target, target_id, tag_id in BY_HAND:
        yield on(at, kind, **{target: target_id}, tag_id=tag_id)
