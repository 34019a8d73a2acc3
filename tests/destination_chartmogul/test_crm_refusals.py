"""What of the CRM cannot be written is a reject that names its field, and the rest goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from destination_chartmogul.catalog import STREAMS
from destination_chartmogul.check import findings
from destination_chartmogul.rejects import messages_from
from tests.destination_chartmogul.accounts import writes
from tests.destination_chartmogul.keap import contact
from tests.destination_chartmogul.pipe import Json, Result, record, run_write
from tests.destination_chartmogul.relations import (
    DEAL,
    EVERYTHING,
    NOTE,
    PERSON,
    STAFF,
    TASK,
    held,
    plan_crm,
    relations,
    rows,
    sync_crm,
    whole_but,
)

NORA = {key: value for key, value in EVERYTHING.items() if key != "users"}
"""Users by their own addresses."""


pytestmark = pytest.mark.usefixtures("quick")


def counts(chartmogul: Any) -> tuple[int, ...]:
    """Invoices' owner, contacts, notes, tasks, opportunities."""
    kinds = ("customers", "contacts", "customer_notes", "tasks", "opportunities")
    return tuple(len(held(chartmogul, kind)) for kind in kinds)


@pytest.mark.parametrize(
    ("seat", "left_out"),
    [("not_for_opportunities", {"opportunities"}), ("missing", {"opportunities", "tasks", "notes"})],
)
def test_a_key_without_crm_seat(seat: str, left_out: set[str], chartmogul: Any, rejecting: Json) -> None:
    """One sentence for each kind; the money, the people and the attributes are written."""
    chartmogul.control.switch("crm_seat", seat)
    result = sync_crm(rejecting, relations())
    assert result.error is None
    assert {(stream, rule) for stream, _, rule, _ in rows(rejecting)} == {
        (stream, "crm_not_allowed") for stream in left_out
    }
    told = [text for text in result.logs if text.startswith("Nothing is written of each")]
    assert len(told) == len(left_out)
    assert all("403" in text for text in told)
    chartmogul.control.switch("crm_seat", "held")
    assert counts(chartmogul) == (
        1,
        2,
        *(int(k not in left_out) for k in ("notes", "tasks", "opportunities")),
    )


def test_once_the_key_has_a_seat_the_rejects_are_written(chartmogul: Any, rejecting: Json) -> None:
    """The file of rejects holds what they need: also the users."""
    chartmogul.control.switch("crm_seat", "missing")
    sync_crm(rejecting, relations(), NORA)
    chartmogul.control.switch("crm_seat", "held")
    lines = Path(rejecting["rejects_path"]).read_bytes().splitlines()
    again = [message for message in messages_from(lines) if message]
    crm = NORA | {"tags": [], "tag_categories": []}
    settings = rejecting | {"crm": crm, "customers": "payers_only"}
    assert run_write(settings, again, streams=STREAMS).error is None
    assert counts(chartmogul) == (1, 2, 1, 1, 1)
    assert held(chartmogul, "tasks")[0]["assignee"] == "nora@example.com"


CASES: list[tuple[str, str, Json, tuple[str, str]]] = [
    ("opportunities", "stage", DEAL | {"stage": {"id": "49", "name": "Parked"}}, ("unknown_stage", "stage")),
    ("opportunities", "nobody", DEAL | {"user": None}, ("no_owner", "user")),
    (
        "opportunities",
        "never",
        DEAL | {"estimated_close_time": None},
        ("no_close_date", "estimated_close_time"),
    ),
    (
        "opportunities",
        "odd",
        DEAL | {"projected_revenue_low": "many"},
        ("bad_money", "projected_revenue_low"),
    ),
    ("opportunities", "less", DEAL | {"projected_revenue_low": -5}, ("bad_money", "projected_revenue_low")),
    ("opportunities", "other", DEAL | {"user": {"id": "99"}}, ("unknown_user", "user 99")),
    ("tasks", "nobody", TASK | {"assigned_to_user_id": None}, ("no_assignee", "assigned_to_user_id")),
    ("tasks", "never", TASK | {"due_time": None}, ("no_due_date", "due_time")),
    ("tasks", "odd", TASK | {"due_time": "soon"}, ("bad_time", "ISO 8601")),
    ("notes", "odd", NOTE | {"create_time": "soon"}, ("bad_time", "ISO 8601")),
    ("opportunities", "odd date", DEAL | {"estimated_close_time": "soon"}, ("bad_time", "ISO 8601")),
]


@pytest.mark.parametrize(
    ("stream", "row", "expected"),
    [(s, row, e) for s, _, row, e in CASES],
    ids=[f"{c[0]}-{c[1]}" for c in CASES],
)
def test_a_record_that_chartmogul_could_not_take(
    stream: str, row: Json, expected: tuple[str, str], chartmogul: Any, rejecting: Json
) -> None:
    """The reject names the field; `plan` tells it too."""
    rule, word = expected
    records = relations(**{stream: [row]})
    told = plan_crm(rejecting, records)["customers"][0]["rejects"]
    assert [(each["stream"], each["rule"]) for each in told] == [(stream, rule)]
    assert word in told[0]["message"]
    assert sync_crm(rejecting, records).error is None
    assert rows(rejecting) == [(stream, row["id"], rule, "")]
    names = {"notes": 2, "tasks": 3, "opportunities": 4}
    assert [n for n, count in enumerate(counts(chartmogul)) if not count] == [names[stream]]


def test_what_cannot_be_read_any_more_stays(chartmogul: Any, rejecting: Json) -> None:
    """A reject takes nothing away."""
    sync_crm(rejecting, relations())
    sync_crm(rejecting, relations(tasks=[TASK | {"due_time": "soon"}]))
    assert len(held(chartmogul, "tasks")) == 1


def test_a_default_user_has_what_nobody_has(chartmogul: Any, rejecting: Json) -> None:
    """Where ChartMogul needs somebody; a customer without owner stays without."""
    loose = relations(
        tasks=[TASK | {"assigned_to_user_id": None}],
        opportunities=[DEAL | {"user": {"id": "99"}}],
        contacts=[contact(**{**PERSON, "owner_id": None})],
    )
    sync_crm(rejecting, loose, EVERYTHING | {"default_user": STAFF})
    assert rows(rejecting) == []
    assert held(chartmogul, "tasks")[0]["assignee"] == held(chartmogul, "opportunities")[0]["owner"] == STAFF
    assert held(chartmogul, "customers")[0]["owner"] is None


def test_somebody_who_is_no_user_of_the_account(chartmogul: Any, rejecting: Json) -> None:
    """An owner or author costs a field, an assignee or seller the record; addresses stay out of texts."""
    chartmogul.control.switch("account_users", "recorded")
    result = sync_crm(rejecting, relations(), NORA)
    assert result.error is None
    assert rows(rejecting) == [
        ("contacts", "1001", "not_a_user", "owner_id"),
        ("notes", "71", "not_a_user", "author_email"),
        ("opportunities", "91", "not_a_user", ""),
        ("tasks", "81", "not_a_user", ""),
    ]
    assert counts(chartmogul) == (1, 2, 1, 0, 0)
    assert "nora" not in Path(rejecting["rejects_path"]).read_text().split('"record"')[0]
    assert not any("nora@" in text for text in result.logs)


def test_an_author_whom_nobody_knows(chartmogul: Any, rejecting: Json) -> None:
    """The note is written, as the key's owner's; the reject names the field. Its assignee has an address."""
    note = NOTE | {"created_by_user_id": "99"}
    assigned = {"assigned_to_user": {"id": "98", "email_address": STAFF}, "created_by_user_id": None}
    sync_crm(rejecting, relations(notes=[note, note | {"id": "72"} | assigned]))
    assert rows(rejecting) == [("notes", "71", "unknown_user", "created_by_user_id")]
    assert len(held(chartmogul, "customer_notes")) == 2


def test_an_owner_who_is_no_user_is_asked_about_once(chartmogul: Any, rejecting: Json) -> None:
    """Not once for each customer."""
    chartmogul.control.switch("account_users", "recorded")
    people = [contact(id=str(n), owner_id="2") for n in range(1001, 1004)]
    sync_crm(rejecting | {"customers": "everyone"}, relations(contacts=people, orders=[]), {"owner": True})
    assert writes(chartmogul)["PATCH /v1/customers/{cus}"] == 1
    assert len(rows(rejecting)) == 3


def test_a_pipeline_that_does_not_exist(chartmogul: Any, rejecting: Json) -> None:
    """ChartMogul says so for the stage, too."""
    chartmogul.control.switch("pipelines", "recorded")
    won = DEAL | {"id": "92", "stage": {"id": "45"}}
    sync_crm(rejecting, relations(opportunities=[DEAL, won]))
    assert rows(rejecting) == [("opportunities", "92", "unknown_pipeline", "")]
    assert len(held(chartmogul, "opportunities")) == 1


def test_an_attribute_of_opportunities_that_is_not_defined(chartmogul: Any, rejecting: Json) -> None:
    """Without it the same opportunity would come in each run: none is left, and one sentence says so."""
    chartmogul.control.switch("opportunity_custom", "drop")
    result = sync_crm(rejecting, relations(opportunities=[DEAL, DEAL | {"id": "92"}]))
    assert held(chartmogul, "opportunities") == []
    assert {row[2] for row in rows(rejecting)} == {"crm_not_allowed"}
    assert sum("keap_opportunity_id" in text and "define it" in text for text in result.logs) >= 1
    assert writes(chartmogul)["POST /v1/opportunities"] == 1


@pytest.mark.parametrize("field", ["email", "phone"])
def test_a_person_is_written_without_what_is_refused(field: str, chartmogul: Any, rejecting: Json) -> None:
    """ChartMogul's idea of an address may differ; the reject names the field."""
    said = {"code": 422, "message": "The value is no good.", "param": field}
    chartmogul.control.faults(
        [{"method": "POST", "path": "/v1/contacts", "nth": 1, "status": 422, "body": said}]
    )
    sync_crm(rejecting, relations(), {"contacts": "own"})
    assert rows(rejecting) == [("contacts", "1001", "refused_by_chartmogul", field)]
    (made,) = held(chartmogul, "contacts")
    assert (made["external_id"], made[field]) == ("1001", None)


def test_names_that_keap_does_not_have_are_told(config: Json) -> None:
    """A misspelt tag or field would silently do nothing."""
    crm = {"tags": ["Leed"], "custom_fields": [{"keap_field": "Sise", "attribute": "size"}]}
    logs = sync_crm(config, relations(), crm).logs
    assert any("'Leed'" in text for text in logs)
    assert any("'sise'" in text for text in logs)


def test_a_switch_without_its_stream_is_refused(config: Json) -> None:
    """Its records would be lost unseen: the source does not send them again."""
    asked = whole_but(streams=("account", "contacts", "orders"))
    result = sync_crm(config, {"account": relations()["account"]}, {"notes": True}, asked)
    assert "crm.notes needs the stream notes" in str(result.error)


@pytest.mark.parametrize("stream", ["tags", "tag_categories"])
def test_tags_come_whole_or_not_at_all(stream: str, config: Json) -> None:
    """An incremental run would not know the names of the tags that it does not bring."""
    result: Result = sync_crm(config, relations(), asked=whole_but(stream))
    assert f"stream {stream}, as a full refresh" in str(result.error)


@pytest.mark.parametrize(
    ("crm", "says"),
    [
        ({"note": True}, "crm.note is not known (did you mean notes?)"),
        ({"contacts": "all"}, "crm.contacts must be one of off, own, company"),
        ({"opportunities": {"stages": [{"keap_stage": "Won"}]}}, "pipeline is missing"),
        ({"custom_fields": [{"keap_field": "a", "attribute": "two words"}]}, "crm.custom_fields"),
        ({"users": [{"keap_user": "2", "chartmogul_user": "nora"}]}, "chartmogul_user has not the form"),
        (
            {"users": [{"keap_user": "2", "chartmogul_user": STAFF}] * 2},
            "crm.users has the keap_user '2' twice",
        ),
        (
            {"custom_fields": [{"keap_field": f, "attribute": "a"} for f in "xy"]},
            "crm.custom_fields has the attribute 'a' twice",
        ),
    ],
)
def test_a_configuration_that_makes_no_sense(crm: Json, says: str, config: Json) -> None:
    """One sentence that names the place."""
    result = run_write(config | {"crm": crm}, [record("account", {"id": "account"})])
    assert says in str(result.error)


def checked(config: Json, crm: Json) -> str:
    """All that `check` says."""
    return " ".join(text for _, text in findings(config | {"crm": crm}))


@pytest.mark.parametrize(
    ("seat", "told"),
    [
        ("held", []),
        ("not_for_opportunities", ["opportunity"]),
        ("missing", ["note", "task", "opportunity"]),
    ],
)
def test_check_finds_a_missing_seat(seat: str, told: list[str], chartmogul: Any, config: Json) -> None:
    """It names what will be rejected, and succeeds: the money can be written."""
    chartmogul.control.switch("crm_seat", seat)
    said = checked(config, EVERYTHING)
    kinds = ("contact", "note", "task", "opportunity")
    assert [kind for kind in kinds if f"Each {kind} will" in said] == told
    assert "keap_opportunity_id" in said


def test_check_asks_nothing_of_the_crm_when_it_is_off(chartmogul: Any, config: Json) -> None:
    """Nor of kinds that are off."""
    assert "Besides billing" not in checked(config, {})
    checked(config, {"notes": True})
    asked = chartmogul.control.calls()
    assert "GET /v1/customer_notes" in asked
    assert "GET /v1/tasks" not in asked


ODD: list[Any] = ["text", 5, ["a"], {"id": []}, [{"id": None, "content": {}}]]


@pytest.mark.parametrize("odd", ODD, ids=[f"odd-{number}" for number in range(len(ODD))])
def test_fields_of_any_form_stop_nothing(odd: Any, chartmogul: Any, rejecting: Json) -> None:
    """Whatever stands in the place of a field, the run ends well and the order is written."""

    def each(row: Json, *names: str) -> list[Json]:
        return [row | {name: odd, "id": name} for name in names]

    records = relations(
        notes=each(NOTE, "type", "text", "assigned_to_user", "create_time"),
        tasks=each(TASK, "title", "due_time", "assigned_to_user_id", "completed"),
        opportunities=each(DEAL, "stage", "user", "estimated_close_time", "projected_revenue_low"),
        tags=[{"id": "301", "name": odd}, {"id": "304", "name": "VIP", "category": odd}],
        users=[{"id": "2", "email_addresses": odd}],
        custom_fields=[{"record_kind": "contacts", "id": "12", "field_name": odd, "field_type": odd}],
        opportunity_stages=[{"id": "41", "name": odd, "probability": odd}],
    )
    assert sync_crm(rejecting, records).error is None
    assert len(held(chartmogul, "customers")) == 1
    for name in ("tag_ids", "owner_id", "custom_fields", "phone_numbers", "email_addresses", "company"):
        again = relations(contacts=[contact(**{**PERSON, name: odd})], notes=[], tasks=[], opportunities=[])
        assert sync_crm(rejecting, again).error is None, name
