"""Applied tags: a hundred tags a call, or tag by tag."""

import pytest

from tests.simulators import Server
from tests.source_keap.reading import Json, read
from tests.source_keap.test_more_streams import calls, comparable

ONLY = ["applied_tags"]


@pytest.fixture
def many(keap: Server) -> Server:
    """A hundred more tags, the last of them on a contact."""
    keap.control.switch("rate_limits", "off")
    for number in range(100):
        keap.control.event("new_tag", name=f"Tag {number}")
    for row in keap.control.dump()["tags"][-20:]:
        keap.control.event("tag_contact", contact_id=1001, tag_id=int(row["id"]))
    return keap


def test_a_hundred_tags_a_call(many: Server, config: Json) -> None:
    """One call for the tags and one for each hundred of them; the same when nothing happened."""
    first = read(config, ONLY)
    assert comparable(first.records["applied_tags"]) == comparable(many.control.dump()["contact_tags"])
    assert calls(many) == 3
    assert read(config, ONLY, first.state).records["applied_tags"] == []
    assert calls(many) == 6


def test_tag_by_tag_on_accounts_without_the_bulk_list(many: Server, config: Json) -> None:
    """The same records, one call for each tag, and a warning that says so."""
    many.control.switch("bulk_tag_lists", "missing")
    result = read(config, ONLY)
    assert comparable(result.records["applied_tags"]) == comparable(many.control.dump()["contact_tags"])
    assert calls(many) == 1 + 1 + 113
    assert "tags take at least one call each" in result.logs("WARN")[0]
    assert len(result.logs("WARN")) == 1


def test_a_broken_read_goes_on_with_its_batch(many: Server, config: Json) -> None:
    """Tags that were read are not asked for again."""
    many.control.faults([{"path": "/crm/rest/v2/tags/-/contacts", "nth": 2, "status": 400}])
    broken = read(config, ONLY)
    rest = read(config, ONLY, broken.state)
    both = broken.records["applied_tags"] + rest.records["applied_tags"]
    assert 180 <= len(broken.records["applied_tags"]) < 200
    assert set(comparable(both)) == set(comparable(many.control.dump()["contact_tags"]))
    assert len(both) <= 200 + 20  # what was applied minutes ago may come twice


def test_a_removed_tag_goes_unnoticed_until_a_full_refresh(keap: Server, config: Json) -> None:
    """Keap tells of tags that are applied, not of those that are taken away."""
    first = read(config, ONLY)
    taken = first.records["applied_tags"][0]
    keap.control.event("untag_contact", contact_id=int(taken["contact_id"]), tag_id=int(taken["tag_id"]))
    assert read(config, ONLY, first.state).records["applied_tags"] == []
    assert taken not in read(config, ONLY).records["applied_tags"]


def test_an_account_without_tags(keap: Server, config: Json) -> None:
    """One call, no records, and a state."""
    keap.control.faults([{"path": "/crm/rest/v2/tags", "status": 200, "body": {"tags": []}}])
    result = read(config, ONLY)
    assert (result.records["applied_tags"], calls(keap)) == ([], 1)
    assert result.state
