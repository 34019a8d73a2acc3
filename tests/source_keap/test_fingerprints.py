"""Re-read rows are passed on only where they changed."""

import pytest

from source_keap.fingerprints import ROWS_IN_STRIPE, Sieve, Stripe, merged, row_hash
from source_keap.pages import Row


def rows(*ids: int, word: str = "same") -> list[Row]:
    return [{"id": str(row_id), "word": word} for row_id in ids]


def read(known: list[Stripe], given: list[Row], after_id: int = 0) -> tuple[list[Row], list[Stripe]]:
    sieve = Sieve(known, after_id)
    news = sieve.feed(given) + sieve.finish()
    return news, sieve.stripes


def ids(given: list[Row]) -> list[int]:
    return [int(row["id"]) for row in given]


def test_first_read_passes_everything_on() -> None:
    """Without known stripes every row is news."""
    news, stripes = read([], rows(*range(1, 251)))
    assert ids(news) == list(range(1, 251))
    assert [stripe.count for stripe in stripes] == [100, 100, 50]


def test_unchanged_rows_are_held_back() -> None:
    """The same rows again give nothing and the same stripes."""
    _, stripes = read([], rows(*range(1, 251)))
    assert read(stripes, rows(*range(1, 251))) == ([], stripes)


def test_a_changed_row_brings_its_stripe_only() -> None:
    """A change in the second stripe passes that stripe's rows on and no others."""
    _, stripes = read([], rows(*range(1, 251)))
    changed = rows(*range(1, 251))
    changed[149]["word"] = "changed"
    news, after = read(stripes, changed)
    assert ids(news) == list(range(101, 201))
    assert read(after, changed)[0] == []


def test_new_rows_do_not_bring_old_ones() -> None:
    """Rows beyond the known stripes are news by themselves, and small stripes are merged."""
    _, stripes = read([], rows(*range(1, 11)))
    news, after = read(stripes, rows(*range(1, 16)))
    assert ids(news) == [11, 12, 13, 14, 15]
    assert [(stripe.last_id, stripe.count) for stripe in after] == [(15, 15)]
    assert read(after, rows(*range(1, 16)))[0] == []


def test_a_deleted_row_brings_the_rest_of_its_stripe() -> None:
    """A missing row changes its stripe and no other."""
    _, stripes = read([], rows(*range(1, 301)))
    news, after = read(stripes, rows(*(row_id for row_id in range(1, 301) if row_id != 150)))
    assert ids(news) == [row_id for row_id in range(101, 201) if row_id != 150]
    assert [stripe.count for stripe in after] == [100, 99, 100]


def test_a_stripe_whose_rows_are_all_gone_disappears() -> None:
    """Stripes without rows are not kept."""
    _, stripes = read([], rows(*range(1, 301)))
    _, after = read(stripes, rows(*range(1, 101), *range(201, 301)))
    assert [stripe.last_id for stripe in after] == [100, 300]


@pytest.mark.parametrize("cut", [1, 99, 100, 101, 150, 249])
def test_a_read_that_breaks_off_resumes_at_a_stripe(cut: int) -> None:
    """What is closed when a read ends early is passed on; resuming after it gives the rest, once."""
    first = Sieve([], 0)
    passed_on = first.feed(rows(*range(1, cut + 1)))
    assert first.closed_id == len(passed_on) == cut // ROWS_IN_STRIPE * ROWS_IN_STRIPE
    rest, stripes = read([], rows(*range(first.closed_id + 1, 251)), first.closed_id)
    assert ids(passed_on + rest) == list(range(1, 251))
    assert read(first.stripes + stripes, rows(*range(1, 251)))[0] == []


def test_many_rows_in_a_known_stripe_are_not_held() -> None:
    """They are news long before its end, and those that it knows are not taken for gone."""
    sieve = Sieve([Stripe(1000, 2, 5, (1, 2))], 0, with_ids=True)
    news = sieve.feed(rows(*range(1, 1001)))
    assert ids(news) == list(range(1, len(news) + 1))
    assert len(news) >= 1000 - 2 * ROWS_IN_STRIPE
    assert ids(news + sieve.finish()) == list(range(1, 1001))
    assert sieve.gone == []


def test_the_order_of_a_rows_keys_is_no_change() -> None:
    """JSON has none."""
    assert row_hash({"id": "1", "word": "same"}) == row_hash({"word": "same", "id": "1"})


def test_stripes_survive_json() -> None:
    """A stripe written into a state comes back the same."""
    stripe = Stripe(5060, 60, 0x4533CEE92DDDE17B)
    assert Stripe.from_json(stripe.to_json()) == stripe
    assert stripe.to_json() == ["5060", 60, "4533cee92ddde17b"]


def test_merging_keeps_the_sum() -> None:
    """Neighbours are added while they fit into one stripe."""
    assert merged([Stripe(10, 60, 5), Stripe(20, 40, 7), Stripe(30, 1, 9)]) == [
        Stripe(20, 100, 12),
        Stripe(30, 1, 9),
    ]
