"""Every doubt about ChartMogul that a client can notice, as a switch.

The section names the chapter of the vendor's behaviour that leaves the doubt; the default is what the
evidence makes likelier, and the first of the values.
"""

from tests.simulators.http import Switch

ON_OFF = ("on", "off")

SWITCHES = (
    Switch(
        "analytics_delay_seconds", (), 60,
        "How long metrics, activities and customer MRR lag behind the last write to a customer.", "8",
    ),
    Switch("activities_export_seconds", (), 10, "How long an export of activities stays pending.", "10.2"),
    Switch("json_import_seconds", (), 5, "How long a bulk import takes from queued to completed.", "5.3"),
    Switch(
        "bulk_duplicate", ("fail", "skip", "update"), "fail",
        "What a bulk import does with an object whose external id exists already.", "5.3",
    ),
    Switch("bulk_status", (200, 201, 202), 200, "The status that answers a bulk import.", "2.7"),
    Switch(
        "bulk_external_id_reuse", ("accept", "reject"), "accept",
        "Whether a bulk import may reuse an earlier one's external id; the status is the latest's.", "5.3",
    ),
    Switch(
        "bulk_earlier_invoice", ("accept", "fail"), "accept",
        "Whether a bulk line item or transaction may name an invoice that is not in the same import.", "5.3",
    ),
    Switch(
        "bulk_bad_shape", ("refuse", "fail"), "refuse",
        "Whether missing keys and wrong types refuse a bulk import at once, or only fail the object.", "5.3",
    ),
    Switch(
        "bulk_order", ("in_order", "reverse"), "in_order",
        "The order in which imports that are in flight at the same time are processed.", "1.2",
    ),
    Switch("bulk_too_large_status", (413, 422), 413, "The status for more than 5 MB.", "2.3"),
    Switch(
        "invoice_import", ("atomic", "partial"), "atomic",
        "Whether one refused invoice refuses the whole call, or the others are kept.", "7.2",
    ),
    Switch(
        "invoice_duplicate_echo", ("full", "short"), "full",
        "Whether a refused import repeats the invoices whole, or only their external ids and errors.", "2.6",
    ),
    Switch(
        "bad_values", ("store_invalid", "refuse"), "store_invalid",
        "Whether a bad value is stored as invalid (201 with errors) or refused with 422.", "2.6",
    ),
    Switch(
        "scheduled_cancellation", ("inert", "effective"), "inert",
        "Whether a scheduled cancellation takes effect by itself when its date comes.", "7.5",
    ),
    Switch(
        "event_duplicate", ("reject", "accept"), "reject",
        "Whether an event with an external id that exists is refused or kept beside the first.", "7.5",
    ),
    Switch(
        "event_unknown_customer", ("accept", "reject"), "accept",
        "Whether a subscription event may name a customer that does not exist (yet).", "7.5",
    ),
    Switch("rate_limit", ON_OFF, "on", "More than 40 requests in a second get 429.", "2.3"),
    Switch(
        "rate_limit_body", ("grape", "error", "plain"), "grape",
        "The form of the 429 body: {code, message, param}, {error}, or plain text.", "2.3",
    ),
    Switch("parallel_limit", ON_OFF, "on", "More than 20 parallel connections get 503.", "2.3"),
    Switch("unavailable_body", ("json", "html"), "json", "The form of the 503 body.", "2.6"),
    Switch(
        "patch_tags", ("replace", "merge"), "replace",
        "Whether tags in PATCH /customers replace the tags or are added.", "6.2",
    ),
    Switch("customer_name", ("optional", "required"), "optional", "Whether a customer needs a name.", "6.1"),
    Switch(
        "customer_duplicate_body", ("errors", "grape"), "errors",
        "The form in which a customer's external id that exists is refused.", "11.1",
    ),
    Switch("plan_names", ("free", "unique"), "free", "Whether plan names are unique within a source.", "7.1"),
    Switch(
        "merged_identities", ("keep", "into_only"), "keep",
        "Whether the external ids of a merged customer live on in the surviving one.", "6.3",
    ),
    Switch(
        "contact_custom", ("keep", "drop"), "keep",
        "Whether custom attributes of contacts are defined in the account, or dropped without a word.", "6.5",
    ),
    Switch(
        "merged_filter", ("any", "primary"), "any",
        "Whether a list filtered by data source or external id shows a merged customer by each of its "
        "identities, or by that of the customer it was merged into only.", "6.3",
    ),
    Switch(
        "contact_duplicate", ("accept", "reject"), "accept",
        "Whether two contacts of a data source may have the same external id.", "6.5",
    ),
    Switch(
        "lists_of_nobody", ("empty", "not_found"), "empty",
        "Whether people, notes, tasks and opportunities of a customer who does not exist are an empty list, "
        "or 404.", "6.5",
    ),
    Switch(
        "note_text", ("as_sent", "html"), "as_sent",
        "Whether the text of a note comes back as it was sent, or as HTML with line breaks as <br>.", "6.6",
    ),
    Switch(
        "task_dates", ("moment", "day"), "moment",
        "Whether the dates of a task keep their time of day, or come back as YYYY-MM-DD.", "6.8",
    ),
    Switch(
        "upload_pending", ("counted", "not_counted"), "counted",
        "Whether the processing status counts a CSV upload that is not worked on yet as pending.", "5.2",
    ),
    Switch(
        "merged_invoice_without_identity", ("first", "reject"), "first",
        "What an invoice import into a merged customer does without customer_external_id.", "6.3",
    ),
    Switch(
        "data_source_deletion_seconds", (), 0,
        "How long the name of a deleted data source stays taken.", "5.1",
    ),
    Switch(
        "answers_of", ("2025", "2026"), "2025",
        "Whether customers, contacts, tasks and deletions are answered as recorded until 2025, or as in "
        "September 2026: with more keys, and 202 with a message.", "2.7",
    ),
    Switch(
        "patch_same_values", ("answer", "not_modified"), "answer",
        "Whether PATCH of a note or task with the values it has answers it, or 304 as for an empty body.",
        "2.7",
    ),
    Switch("line_item_status", (200, 201), 200, "The status that answers a new line item.", "2.7"),
    Switch("source_system", ("Custom", "Import API"), "Custom", "The system of a source made by API.", "5.1"),
    Switch(
        "activities_cursor", ("exact", "skips_one"), "exact",
        "Whether paging through /activities leaves one item out at each page, as recorded in 2023.", "2.4",
    ),
    Switch(
        "api_key_access", ("read_write", "read_only"), "read_write",
        "Whether the API key may write; a write with a read-only key is refused.", "2.1",
    ),
    Switch("read_only_status", (403, 401), 403, "The status for a write with a read-only key.", "2.1"),
    Switch(
        "retry_after", ("absent", "seconds"), "absent",
        "Whether a 429 says in a header how many seconds to wait.", "2.3",
    ),
    Switch(
        "compute_budget_ms", (), 0,
        "Milliseconds of computing time for the account in a minute; beyond it 429. 0: no budget.", "2.3",
    ),
    Switch(
        "auto_churn_off", ("false", "object"), "false",
        "What a data source without auto-churn says of it: a bare false, as recorded in 2025, or an object.",
        "5.1",
    ),
    Switch(
        "processing_counts", ("invoices", "customers", "records"), "invoices",
        "What the numbers of a source's processing status count.", "5.1",
    ),
    Switch(
        "pending_lag_seconds", (), 0,
        "How long the processing status still shows nothing pending after a write.", "8",
    ),
    Switch("emptying_seconds", (), 0, "How long DELETE /data_sources/{ds}/all takes in the background.", "8"),
    Switch("merge_seconds", (), 0, "How long a merge or unmerge of customers takes in the background.", "8"),
    Switch(
        "automatic_merge", ("off", "external_id", "domain", "external_id_or_domain"), "off",
        "Whether a new customer is merged into an older one with its external id or e-mail domain.", "6.3",
    ),
    Switch(
        "bulk_failure_word", ("failed", "invalid", "error"), "failed",
        "The status in a bulk import's details for what was not imported.", "5.3",
    ),
    Switch(
        "upload_answer", ("recorded", "documented"), "recorded",
        "The form of the answer to a CSV upload: as recorded in 2020, or as documented in 2026.", "5.2",
    ),
    Switch(
        "customer_email_contact", ("none", "create"), "none",
        "Whether a customer made with an e-mail address gets a contact with it.", "6.1",
    ),
    Switch(
        "crm_seat", ("held", "not_for_opportunities", "missing"), "held",
        "Whether the user of the API key has a CRM seat: without one, opportunities (or notes and tasks too) "
        "are refused with 403.", "2.1",
    ),
    Switch(
        "account_users", ("anyone", "recorded"), "anyone",
        "Whether any e-mail address is a user of the account, or only the one of the recordings.", "6.1",
    ),
    Switch(
        "pipelines", ("any", "recorded"), "any",
        "Whether opportunities may be in any pipeline and stage, or only in that of the recordings.", "6.7",
    ),
    Switch(
        "opportunity_custom", ("keep", "drop"), "keep",
        "Whether custom attributes of opportunities are defined in the account, or dropped without a word.",
        "6.7",
    ),
    Switch(
        "enrichment_upload", ("take", "ignore", "refuse"), "take",
        "Whether a CSV of the type customers_contacts_enrichment sets tags, owner and attributes by the "
        "names of its columns, is taken and changes nothing, or is refused.", "5.2",
    ),
    Switch(
        "null_dates", ("clear", "keep"), "clear",
        "Whether null in PATCH /customers clears a lead or trial date.", "9",
    ),
    Switch(
        "lead_date_from_trial", ON_OFF, "off",
        "Whether a missing lead date is filled in from the trial date.", "9",
    ),
    Switch(
        "lead_date_from_invoice", ON_OFF, "off",
        "Whether a missing lead date is filled in from the first invoice.", "9",
    ),
    Switch(
        "trial_after_payment", ("accept", "reject"), "accept",
        "Whether a trial may start after the first paid service period.", "9",
    ),
    Switch(
        "trial_before_lead", ("accept", "reject"), "accept",
        "Whether a trial may start before the lead date.", "9",
    ),
    Switch(
        "custom_type_change", ("accept", "reject"), "accept",
        "Whether a custom attribute's key may take a value of another type than the account has.", "6.9",
    ),
    Switch(
        "custom_put_unknown", ("add", "ignore", "reject"), "add",
        "What changing a custom attribute that the customer does not have does.", "6.9",
    ),
    Switch(
        "plan_without_external_id", ("bare_uuid", "null"), "bare_uuid",
        "The external id of a plan made without one.", "3",
    ),
    Switch("plan_in_use_status", (422, 400, 409), 422, "The status for deleting a plan in use.", "11.3"),
    Switch(
        "plan_group_missing", ("html", "json"), "html",
        "The form of the 404 for an unknown plan group: a page, as recorded in 2020, or JSON.", "2.6",
    ),
    Switch("invoices_per_call", (), 0, "The most invoices in one import call. 0: no limit.", "7.2"),
    Switch(
        "trial_line_items", ON_OFF, "on", "Whether the account supports line items of the type trial.", "7.2",
    ),
    Switch(
        "trial_line_dates_trial", ON_OFF, "on",
        "Whether the start of a trial line item overrides the customer's trial date in the charts.", "9",
    ),
    Switch(
        "trial_after_paid_converts", ON_OFF, "on",
        "Whether a free trial counts as converted that began after the customer had paid.", "9",
    ),
    Switch(
        "sales_cycle_below_zero", ON_OFF, "on",
        "Whether a sales cycle counts whose lead date lies after the first payment.", "9",
    ),
    Switch(
        "overlapping_periods", ("accept", "refuse"), "accept",
        "Whether service periods of one subscription may overlap.", "11.4",
    ),
    Switch(
        "payment_excess", ("store_invalid", "refuse", "accept"), "store_invalid",
        "What happens to a payment or refund beyond the invoiced amount.", "7.3",
    ),
    Switch(
        "disabling", ("refused", "allowed"), "refused",
        "Whether records of the source can be disabled, as those of automatic sources.", "7.2",
    ),
    Switch("disabling_status", (422, 400, 403), 422, "The status that refuses to disable.", "7.2"),
    Switch(
        "invoice_status_answer", ("message", "with_invoice"), "message",
        "Whether setting an invoice's status answers with the invoice too.", "7.2",
    ),
    Switch(
        "patch_unknown_keys", ("ignore", "refuse"), "ignore",
        "Whether a key that PATCH does not know is ignored or refused.", "7.2",
    ),
    Switch(
        "deleted_external_ids", ("free", "taken"), "free",
        "Whether the external id of a deleted customer or invoice can be used again.", "11.3",
    ),
    Switch(
        "filter_mrr_unit", ("units", "cents"), "units",
        "Whether amounts in a metrics filter are units or cents of the account's currency.", "10.1",
    ),
)  # fmt: skip
