"""Pages: when a list ends, and what is refused."""

from datetime import UTC, datetime

import pytest

from source_keap.pages import BadPage, Page, Row, bare_token, keap_time, time_of
from tests.source_keap.fakes.keap_list import FakeKeap
from tests.source_keap.walking import Syncs


def listed(count: int, stream: str = "payments", **behaviour: object) -> Syncs:
    keap = FakeKeap(**behaviour)  # type: ignore[arg-type]
    for row_id in range(1, count + 1):
        keap.put(row_id, payment_time="2020-01-01T00:00:00Z")
    return Syncs(keap, stream, {"page_size": 10})


@pytest.mark.parametrize(("count", "calls"), [(0, 1), (1, 1), (9, 1), (10, 1), (11, 2), (20, 2), (21, 3)])
def test_one_call_a_page(count: int, calls: int) -> None:
    """⌈N/page size⌉ calls, also when the last page is full: Keap then leaves the token out."""
    syncs = listed(count)
    assert len(syncs.sync()) == count
    assert syncs.calls == calls


def test_a_short_page_with_a_token_is_not_the_end() -> None:
    """A server that gives fewer rows than asked for does not cut the list short."""
    assert len(listed(35, rows_a_page_at_most=4).sync()) == 35


def test_a_token_after_the_last_row_costs_one_call() -> None:
    """A server that always sends a token is asked once more and then left alone."""
    syncs = listed(5, token_at_the_end=True)
    assert len(syncs.sync()) == 5
    assert syncs.calls == 2


@pytest.mark.parametrize("way", ["filter_is_ignored", "filter_is_inclusive"])
def test_a_filter_that_does_not_filter_does_not_loop(way: str) -> None:
    """A page that begins before or at the id asked for is refused instead of being read for ever."""
    syncs = listed(25)
    setattr(syncs.keap, way, True)
    with pytest.raises(BadPage, match="do not ascend"):
        syncs.sync()


@pytest.mark.parametrize(
    ("until", "kept", "last"), [(None, 3, False), (9, 3, False), (7, 3, True), (6, 2, True), (4, 0, True)]
)
def test_a_range_ends_with_the_page_that_reaches_its_end(until: int | None, kept: int, last: bool) -> None:
    """No call is made for what lies behind."""
    rows: list[Row] = [{"id": row_id} for row_id in (5, 6, 7)]
    page = Page(rows, "more", datetime(2026, 7, 1, tzinfo=UTC), (5, 6, 7)).up_to(until)
    assert (len(page.rows), len(page.ids), page.last) == (kept, kept, last)


def test_a_repeated_page_does_not_loop() -> None:
    """A page token that leads to the same page again is refused."""
    syncs = listed(25, "products")
    syncs.keap.rows = {1: {"id": "1"}}
    syncs.keap.token_at_the_end = True
    syncs.keap._chosen = lambda _params: [{"id": "1"}] * 20  # type: ignore[method-assign, assignment]
    with pytest.raises(BadPage, match="same page twice"):
        syncs.sync()


def test_rows_without_a_numeric_id_are_refused() -> None:
    """An id is what a read continues from."""
    syncs = listed(1)
    syncs.keap.rows[1]["id"] = "one"
    with pytest.raises(BadPage, match="numeric id"):
        syncs.sync()


def test_a_row_without_an_id_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    """The rest of the page comes, and a warning counts what does not."""
    syncs = listed(25)
    syncs.keap.rows[7]["id"] = None
    del syncs.keap.rows[23]["id"]
    assert syncs.sync() == [str(row_id) for row_id in range(1, 26) if row_id not in (7, 23)]
    assert "1 rows without a numeric id were left out" in caplog.text


def test_a_null_list_is_empty() -> None:
    """Without a page token; the stream ends there."""
    syncs = listed(1)
    answer = syncs.keap._response({"payments": None, "next_page_token": ""})
    syncs.keap._response = lambda _body: answer  # type: ignore[method-assign, assignment]
    assert syncs.sync() == []
    assert syncs.calls == 1


@pytest.mark.parametrize("key", ["payment", "data"])
def test_a_missing_key_is_refused(key: str) -> None:
    """An object without the list is an error, not an empty list."""
    syncs = listed(1)
    answer = syncs.keap._response({key: []})
    syncs.keap._response = lambda _body: answer  # type: ignore[method-assign, assignment]
    with pytest.raises(BadPage, match="has no list 'payments'"):
        syncs.sync()


@pytest.mark.parametrize(
    ("token", "bare"),
    [
        ("", None),
        (None, None),
        ("abc", "abc"),
        (91, "91"),
        (0, None),
        (False, None),
        ("https://api.infusionsoft.com/crm/rest/v2/tags/?page_size=1&page_token=91", "91"),
        ("https://api.infusionsoft.com/crm/rest/v2/tags/?page_size=1", None),
    ],
)
def test_tokens_come_bare_or_as_addresses(token: object, bare: str | None) -> None:
    """Both forms have been seen; a number would not be the end either."""
    assert bare_token(token) == bare


@pytest.mark.parametrize(
    "text",
    [
        "2024-05-21T14:30:00Z",
        "2024-05-21T14:30:00.000+0000",
        "2024-05-21T07:30:00-07:00",
        "2024-05-21T14:30:00",
    ],
)
def test_times_come_in_several_forms(text: str) -> None:
    """Each is the same moment; filters get UTC with milliseconds."""
    moment = time_of({"update_time": text}, "update_time")
    assert moment == datetime(2024, 5, 21, 14, 30, tzinfo=UTC)
    assert moment is not None
    assert keap_time(moment) == "2024-05-21T14:30:00.000Z"


@pytest.mark.parametrize("value", [None, "", "soon", 5])
def test_what_is_no_time_is_none(value: object) -> None:
    """An empty or strange time is as good as none."""
    assert time_of({"update_time": value}, "update_time") is None
