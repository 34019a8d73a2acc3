"""A local stand-in for ChartMogul's API v1, with its metrics.

What is left out on purpose: the upload type `manual_subscription_event` (refused in plain words); filters
of the metrics that `filters.FILTERS` does not name (refused); the file behind an export of activities;
edits kept beside the original data (`handle_as_user_edit`, `include_edit_histories`, `with_overrides`,
`attributes_with_history` are ignored, as custom sources have no such edits); sources that fill themselves
(a switch lets records be disabled as in those); custom attributes of subscriptions, whose paths are not
known; cohorts, which the API does not serve, as it serves no charts of leads and trials (a control route
does that); who the users are and who has a CRM seat, but for the switches `account_users` and `crm_seat`;
outgoing webhooks (there are none).
"""
