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
        "merged_invoice_without_identity", ("first", "reject"), "first",
        "What an invoice import into a merged customer does without customer_external_id.", "6.3",
    ),
    Switch(
        "data_source_deletion_seconds", (), 0,
        "How long the name of a deleted data source stays taken.", "5.1",
    ),
    Switch("line_item_status", (200, 201), 200, "The status that answers a new line item.", "2.7"),
    Switch("source_system", ("Custom", "Import API"), "Custom", "The system of a source made by API.", "5.1"),
    Switch(
        "activities_cursor", ("exact", "skips_one"), "exact",
        "Whether paging through /activities leaves one item out at each page, as recorded in 2023.", "2.4",
    ),
)  # fmt: skip
