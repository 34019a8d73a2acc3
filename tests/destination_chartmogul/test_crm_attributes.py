"""Attributes that cannot be written are rejects of their field; the others are written."""

from __future__ import annotations

from typing import Any

import pytest

from destination_chartmogul import parallel
from destination_chartmogul.check import findings
from tests.destination_chartmogul.accounts import writes
from tests.destination_chartmogul.keap import contact
from tests.destination_chartmogul.pipe import Json
from tests.destination_chartmogul.relations import (
    EVERYTHING,
    PERSON,
    VALUES,
    call,
    held,
    relations,
    rows,
    sync_crm,
)

pytestmark = pytest.mark.usefixtures("quick")


def test_an_attribute_whose_type_clashes(chartmogul: Any, rejecting: Json) -> None:
    """The account has it as text: that attribute is left out, the others are written."""
    sync_crm(rejecting, relations(), {})
    customer = held(chartmogul, "customers")[0]["uuid"]
    custom = [{"type": "String", "key": "team_size", "value": "many"}]
    call(chartmogul, "POST", f"/customers/{customer}/attributes/custom", {"custom": custom})
    call(chartmogul, "DELETE", f"/customers/{customer}/attributes/custom", {"custom": ["team_size"]})
    chartmogul.control.switch("custom_type_change", "reject")
    assert sync_crm(rejecting, relations()).error is None
    assert rows(rejecting) == [("contacts", "1001", "attribute_type_clash", "custom_fields.TeamSize")]
    assert set(held(chartmogul, "customers")[0]["attributes"]["custom"]) == {
        "segment",
        "renewal",
        "sms",
        "budget",
    }


@pytest.mark.parametrize(
    ("said", "rule", "asked"),
    [
        ("The type does not match.", "attribute_type_clash", range(1, 17)),
        ("account_type is too long.", "refused_by_chartmogul", range(24, 25)),
    ],
)
def test_a_type_that_clashes_is_asked_about_once(
    said: str, rule: str, asked: range, chartmogul: Any, rejecting: Json
) -> None:
    """By those under way, not for each customer. What is wrong with a value says nothing of the others."""
    fault = {
        "path": "/v1/customers/.*/attributes/custom",
        "status": 422,
        "body": {"code": 422, "message": said},
    }
    chartmogul.control.faults([fault])
    size = [VALUES[0]]
    people = [contact(id=str(n), company=None, custom_fields=size) for n in range(1001, 1025)]
    crm = {"custom_fields": [{"keap_field": "TeamSize", "attribute": "account_type"}]}
    sync_crm(rejecting | {"customers": "everyone"}, relations(contacts=people, orders=[]), crm)
    assert [row[2] for row in rows(rejecting)] == [rule] * 24
    assert writes(chartmogul)["POST /v1/customers/{cus}/attributes/custom"] in asked


def test_a_clash_is_told_beside_another_refusal(
    chartmogul: Any, rejecting: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What clashed before is left out, and of the others each is tried by itself."""
    monkeypatch.setattr(parallel, "WORKERS", 1)
    said = {"code": 422, "message": "The type does not match."}
    path = "/v1/customers/.*/attributes/custom"
    chartmogul.control.faults([{"path": path, "method": "POST", "times": 2, "status": 422, "body": said}])
    ada, ben = (contact(id=key, company=None, custom_fields=VALUES) for key in ("1001", "1002"))
    ada["custom_fields"] = VALUES[:1]
    crm = {"custom_fields": EVERYTHING["custom_fields"][:3]}
    sync_crm(rejecting | {"customers": "everyone"}, relations(contacts=[ada, ben], orders=[]), crm)
    assert [row[:3] for row in rows(rejecting)] == [
        ("contacts", key, "attribute_type_clash") for key in ("1001", "1002")
    ]
    written = {row["external_id"]: row["attributes"]["custom"] for row in held(chartmogul, "customers")}
    assert (written["1001"], set(written["1002"])) == ({}, {"segment", "renewal"})


@pytest.mark.parametrize("field", ["11", "13"])
def test_a_refusal_does_not_quote_a_value(field: str, chartmogul: Any, rejecting: Json) -> None:
    """Of an attribute that is new, and of one that is changed."""
    crm = EVERYTHING | {
        "custom_fields": [{"keap_field": "Segment", "attribute": "segment", "type": "String"}]
    }
    others = [row for row in VALUES if row["id"] != "13"]
    first = [*others, {"id": field, "content": "Studio"}]
    sync_crm(rejecting, relations(contacts=[contact(**{**PERSON, "custom_fields": first})]), crm)
    said = {"code": 422, "message": "Ada Lovelace is no good", "param": "custom"}
    chartmogul.control.faults([{"path": "/v1/customers/.*/attributes/custom", "status": 422, "body": said}])
    then = [*others, {"id": "13", "content": "Ada Lovelace"}]
    result = sync_crm(rejecting, relations(contacts=[contact(**{**PERSON, "custom_fields": then})]), crm)
    (told,) = (text for text in result.logs if "custom_fields.Segment" in text)
    assert "<hidden> is no good" in told


@pytest.mark.parametrize(
    ("field", "content"), [("12", "a few"), ("12", 2.5), ("14", "next year"), ("15", "maybe"), ("16", "NaN")]
)
def test_a_value_that_is_not_of_its_type(field: str, content: Any, chartmogul: Any, rejecting: Json) -> None:
    """It is a reject of that field, and what ChartMogul has of it stays."""
    sync_crm(rejecting, relations())
    before = held(chartmogul, "customers")[0]["attributes"]["custom"]
    values = [row | ({"content": content} if row["id"] == field else {}) for row in VALUES]
    sync_crm(rejecting, relations(contacts=[contact(**{**PERSON, "custom_fields": values})]))
    assert [row[2] for row in rows(rejecting)] in (["bad_attribute"], ["bad_time"])
    assert rows(rejecting)[0][3].startswith("custom_fields.")
    assert held(chartmogul, "customers")[0]["attributes"]["custom"] == before


def test_check_finds_a_type_that_clashes(config: Json) -> None:
    """From the values that customers have."""
    sync_crm(config, relations())
    fields = [
        {"keap_field": "TeamSize", "attribute": "team_size", "type": "Integer"},
        {"keap_field": "Segment", "attribute": "sms", "type": "String"},
        {"keap_field": "AnnualBudget", "attribute": "budget"},
    ]
    said = " ".join(text for _, text in findings(config | {"crm": {"custom_fields": fields}}))
    assert "The account's attribute sms is not of the type String" in said
    assert "team_size is not" not in said
