"""The spool keeps records on disk and says plainly when there is no room."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from destination_chartmogul.errors import ConfigError, SpoolFullError
from destination_chartmogul.spool import Spool
from tests.destination_chartmogul.keap import contact, order, payment


def test_latest_version_by_key(tmp_path: Path) -> None:
    """Also across contacts: an order that moved belongs to its new contact only."""
    spool = Spool(str(tmp_path))
    spool.add("orders", "20001", 1, "1001", order())
    spool.add("orders", "20001", 2, "1002", order(contact={"id": "1002"}))
    spool.index()
    assert (spool.of_contact("orders", "1001"), list(spool.of_contact("orders", "1002"))) == ({}, ["20001"])
    assert spool.contacts() == ["1002"]
    spool.close()


def test_contacts_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    """So that runs are repeatable."""
    spool = Spool(str(tmp_path))
    for key in ("1000", "99", "101"):
        spool.add("contacts", key, 1, key, contact(id=key))
    assert spool.contacts() == ["99", "101", "1000"]
    spool.close()


def test_payments_by_order_and_refunds(tmp_path: Path) -> None:
    """A payment that changes its order leaves the old one."""
    spool = Spool(str(tmp_path))
    spool.add("payments", "40001", 1, "1001", payment(order_ids=["1"]))
    spool.add("payments", "40001", 2, "1001", payment(order_ids=["2"], refund_payment_id="40002"))
    assert (list(spool.payments_of_orders(["1"])), list(spool.payments_of_orders(["2"]))) == ([], ["40001"])
    assert spool.refunds_among(["40001", "40002"]) == {"40002"}
    spool.close()


def test_nothing_is_left_on_disk_even_while_it_is_open(tmp_path: Path) -> None:
    """A killed process leaves no personal data behind."""
    spool = Spool(str(tmp_path))
    spool.add("contacts", "1", 1, "1", contact())
    assert list(tmp_path.iterdir()) == []
    spool.close()


def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    """It names the folder and the setting."""
    spool = Spool(str(tmp_path), page_limit=40)
    with pytest.raises(SpoolFullError, match="set spool_directory to a larger disk"):
        _fill(spool)
    spool.close()


def _fill(spool: Spool) -> None:
    for number in range(10_000):
        spool.add("contacts", str(number), number, str(number), contact(id=str(number)))


def test_a_folder_that_is_not_there() -> None:
    """No room is not what is wrong: the configuration is."""
    with pytest.raises(ConfigError, match="name a place that exists"):
        Spool(str(Path(tempfile.gettempdir()) / "not" / "there"))
