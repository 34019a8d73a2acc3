"""Contacts that something is wrong with."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.simulators.keap.oddities import ABSENT
from tests.simulators.keap.rows import Address
from tests.simulators.scenarios.hostile.dirt import Dirt

EVERYTHING = (
    "given_name",
    "family_name",
    "email_addresses",
    "phone_numbers",
    "addresses",
    "contact_type",
    "source_type",
    "owner_id",
    "tag_ids",
    "custom_fields",
    "create_time",
    "update_time",
)
LONG = "Long " * 4000
UNICODE = "Zoë \U0001f680 مرحبا \u200b\u202e中文 e\u0301"
CONTROLS = "Line\nbreak\ttab\u0007bell\u0000nul"

PEOPLE = (
    Dirt(
        "id_only",
        "The contact shows its id and nothing else.",
        shown={"contacts": dict.fromkeys(EVERYTHING, ABSENT)},
    ),
    Dirt(
        "all_null",
        "Every attribute of the contact is there and null.",
        shown={"contacts": dict.fromkeys(EVERYTHING)},
    ),
    Dirt(
        "no_name",
        "The contact has no name, only an e-mail address.",
        contact={"given_name": "", "family_name": ""},
    ),
    Dirt(
        "no_email_no_name",
        "The contact has neither name nor e-mail address.",
        contact={"given_name": "", "family_name": "", "email": ""},
    ),
    Dirt("email_with_blanks", "The e-mail address is `not an e-mail`.", contact={"email": "not an e-mail"}),
    Dirt("email_two_ats", "The e-mail address has two @.", contact={"email": "a@b@example.com"}),
    Dirt("email_no_domain", "The e-mail address ends at the @.", contact={"email": "somebody@"}),
    Dirt(
        "email_null",
        "There is an entry in email_addresses, and its email is null.",
        shown={"contacts": {"email_addresses.0.email": None}},
    ),
    Dirt(
        "email_long", "The e-mail address has 400 characters.", contact={"email": "x" * 388 + "@example.com"}
    ),
    Dirt(
        "same_name_1",
        "Name and e-mail address of the next contact.",
        contact={"family_name": "Twin", "email": "twin@example.com"},
    ),
    Dirt(
        "same_name_2",
        "Name and e-mail address of the contact before.",
        contact={"family_name": "Twin", "email": "twin@example.com"},
    ),
    Dirt("long_name", "The name has 20,000 characters.", contact={"given_name": LONG}),
    Dirt(
        "unicode_name",
        "The name has an emoji, Arabic, a direction override and a combining accent.",
        contact={"given_name": UNICODE, "company": UNICODE},
    ),
    Dirt(
        "control_characters",
        "The name has a line break, a tab, a bell and a zero byte.",
        contact={"given_name": CONTROLS},
    ),
    Dirt(
        "markup_name",
        "The name is HTML, SQL and a formula at once.",
        contact={
            "given_name": "<script>alert(1)</script>",
            "family_name": "'; DROP TABLE x; =1+1 %d {{ x }}",
        },
    ),
    Dirt(
        "unknown_country",
        "The country code is ZZZ, the region of no country.",
        contact={"address": Address("1 Nowhere", "", "Nowhere", "ZZ-99", "ZZZ")},
    ),
    Dirt(
        "empty_address",
        "The address has a field name and nothing else.",
        shown={"contacts": {"addresses": [{"field": "BILLING"}]}},
    ),
    Dirt(
        "created_in_2099",
        "The contact was created in 2099.",
        contact={"create_time": datetime(2099, 1, 1, tzinfo=UTC)},
    ),
    Dirt(
        "created_in_1969",
        "The contact was created before 1970.",
        contact={"create_time": datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)},
    ),
    Dirt(
        "updated_before_created",
        "The contact was changed before it was created.",
        contact={"update_time": datetime(2020, 1, 1, tzinfo=UTC)},
    ),
    Dirt(
        "other_time_format",
        "The contact's times have milliseconds and the offset +0000.",
        shown={
            "contacts": {
                "create_time": "2026-06-10T16:00:00.000+0000",
                "update_time": "2026-06-10T16:00:00.000+0000",
            }
        },
    ),
    Dirt(
        "tags_of_nobody",
        "The contact has tags that do not exist, and one twice.",
        shown={"contacts": {"tag_ids": ["999999", "999999", "0"]}},
    ),
    Dirt(
        "field_of_nobody",
        "The contact has values of custom fields that do not exist, one without content.",
        shown={"contacts": {"custom_fields": [{"id": "999999", "content": {"x": [1]}}, {"id": "999998"}]}},
    ),
    Dirt(
        "deleted_contact",
        "The contact was deleted; subscription, order and payment are still there.",
        without=("contacts",),
    ),
    Dirt(
        "company_of_nobody",
        "The contact belongs to a company that does not exist.",
        contact={"company": "Ghost", "company_id": 999_999},
    ),
)
"""What is wrong with the contact."""
