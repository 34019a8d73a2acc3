"""Every fact about tags, companies, notes and the like that Keap's documentation leaves open, as a switch."""

from __future__ import annotations

from tests.simulators.http import Switch

CRM_SWITCHES = (
    Switch(
        "custom_field_content",
        ("typed", "text"),
        "typed",
        "Values of custom fields are JSON numbers, booleans and lists by their type, or all strings.",
        "5.1",
    ),
    Switch(
        "custom_date_form",
        ("date", "midnight"),
        "date",
        "The value of a DATE custom field is 2026-05-31, or 2026-05-31T00:00:00.000Z.",
        "5.1",
    ),
    Switch(
        "unset_custom_fields",
        ("null", "absent"),
        "null",
        "A custom field without a value is listed with null content, as v1 does, or left out.",
        "5.1",
    ),
)
