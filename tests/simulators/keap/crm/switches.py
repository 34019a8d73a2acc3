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
    Switch(
        "company_fields",
        ("added", "only"),
        "added",
        "`fields` of companies names attributes besides the usual ones, or all that are served.",
        "5.2",
    ),
    Switch(
        "legacy_opportunities",
        ("off", "on"),
        "off",
        "The account has legacy opportunities, so that `fields` takes their attributes, or not.",
        "6.8",
    ),
    Switch(
        "users_shown",
        ("all", "active"),
        "all",
        "Users without a filter are all users, as in v1, or only active ones who are no partners.",
        "6.8",
    ),
    Switch(
        "notes_since_basis",
        ("update_time", "create_time"),
        "update_time",
        "The time that since_time and until_time of notes look at.",
        "14",
    ),
    Switch(
        "tasks_since_basis",
        ("update_time", "create_time", "due_time"),
        "update_time",
        "The time that since_time and until_time of tasks look at.",
        "14",
    ),
    Switch(
        "bulk_tag_lists",
        ("available", "missing"),
        "available",
        "The bulk lists of applied tags, which came with SDK 2.0.26, are there, or not yet.",
        "6.7",
    ),
    Switch(
        "bulk_tag_filter",
        ("ids", "any"),
        "ids",
        "A bulk list of applied tags must be asked with ids, or with at least one filter.",
        "6.7",
    ),
    Switch(
        "tag_touches_contact",
        ("no", "yes"),
        "no",
        "Applying or removing a tag moves the contact's update_time, or not.",
        "6.6",
    ),
    Switch(
        "stage_moves_of_deleted",
        ("kept", "gone"),
        "kept",
        "The stage moves of a deleted opportunity stay, or go with it.",
        "6.8",
    ),
    Switch(
        "records_of_deleted_contact",
        ("gone", "kept"),
        "gone",
        "A deleted contact's notes, tasks and opportunities go with it, or stay.",
        "9.1",
    ),
)
