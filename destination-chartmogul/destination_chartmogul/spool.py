"""Records on disk until the end of the input: SQLite, one file, gone with the process.

The latest version of a key wins, by order of arrival. Memory stays flat however many records come.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import tempfile
import threading
from collections.abc import Container, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from destination_chartmogul.errors import SpoolFullError, unwritable
from destination_chartmogul.mapping.belonging import named_subscriptions

# A lost file is a repeated run, so nothing is synced. 32 MB of pages: records of a contact lie far apart.
_SETTINGS = """
PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA temp_store=FILE; PRAGMA cache_size=-32768;
"""
_SCHEMA = """
CREATE TABLE records (stream TEXT, key TEXT, seq INTEGER, contact TEXT, body BLOB, PRIMARY KEY (stream, key));
CREATE TABLE payment_orders (payment TEXT, order_id TEXT, PRIMARY KEY (payment, order_id)) WITHOUT ROWID;
CREATE TABLE billed (subscription TEXT, contact TEXT, PRIMARY KEY (subscription, contact)) WITHOUT ROWID;
CREATE TABLE refunds (refund TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE states (seq INTEGER PRIMARY KEY, stream TEXT, records INTEGER, body BLOB);
CREATE TABLE held (kind TEXT, owner TEXT, key TEXT, body BLOB, PRIMARY KEY (kind, owner, key)) WITHOUT ROWID;
"""
_INDEXES = """
CREATE INDEX IF NOT EXISTS records_by_contact ON records (contact, stream);
CREATE INDEX IF NOT EXISTS payments_by_order ON payment_orders (order_id);
"""

AT_A_TIME = 500
"""Keys in one query."""


class Spool:
    """A private SQLite file. `page_limit` (4 KiB pages) bounds its size. Safe to use from several threads."""

    def __init__(self, directory: str | None = None, page_limit: int | None = None) -> None:
        self._lock = threading.RLock()
        self._streams: set[str] = set()
        try:
            handle, name = tempfile.mkstemp(
                prefix="destination-chartmogul-", suffix=".spool", dir=directory or None
            )
            os.close(handle)
            self._path = Path(name)
            self._db = sqlite3.connect(name, check_same_thread=False, isolation_level=None)
        except OSError as error:
            if directory:
                raise unwritable("The spool file in spool_directory", error) from error
            raise SpoolFullError(
                f"No place for the spool file ({error.strerror}): free space, or set spool_directory."
            ) from error
        try:
            self._begin(page_limit)
        except SpoolFullError:
            self.close()
            raise
        self._hide()

    def _begin(self, page_limit: int | None) -> None:
        with self._guarded():
            self._db.executescript(_SETTINGS)
            if page_limit:
                self._db.execute(f"PRAGMA max_page_count={int(page_limit)}")
            self._db.executescript(_SCHEMA)
            self._db.execute("BEGIN")

    def _hide(self) -> None:
        """Unlink the open file where the system can, so that not even SIGKILL leaves personal data behind."""
        if os.name == "posix":
            with contextlib.suppress(OSError):
                self._path.unlink()

    def close(self) -> None:
        """Remove the file."""
        with contextlib.suppress(sqlite3.Error):
            self._db.close()
        with contextlib.suppress(OSError):
            self._path.unlink()

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                yield self._db
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
                    raise
                raise SpoolFullError(
                    f"The disk has no room for the spool file {self._path.parent} ({error}); "
                    "free space or set spool_directory to a larger disk."
                ) from error

    def add(self, stream: str, key: str, seq: int, contact: str | None, record: Mapping[str, Any]) -> None:
        """Keep a record; a later one with the same key replaces it."""
        body = orjson.dumps(record)
        self._streams.add(stream)
        with self._guarded() as db:
            db.execute("REPLACE INTO records VALUES (?, ?, ?, ?, ?)", (stream, key, seq, contact, body))
            if stream == "payments":
                self._add_payment(db, key, record)
            elif stream == "orders":
                named = [(subscription, contact) for subscription in named_subscriptions(record)]
                db.executemany("INSERT OR IGNORE INTO billed VALUES (?, ?)", named)

    @staticmethod
    def _add_payment(db: sqlite3.Connection, key: str, record: Mapping[str, Any]) -> None:
        db.execute("DELETE FROM payment_orders WHERE payment = ?", (key,))
        orders = [(key, str(order_id)) for order_id in record.get("order_ids") or []]
        db.executemany("INSERT OR IGNORE INTO payment_orders VALUES (?, ?)", orders)
        if record.get("refund_payment_id"):
            db.execute("INSERT OR IGNORE INTO refunds VALUES (?)", (str(record["refund_payment_id"]),))

    def index(self) -> None:
        """Make reading by contact fast; called once, after the last record."""
        with self._guarded() as db:
            db.executescript(_INDEXES + "BEGIN;")

    def add_state(self, seq: int, stream: str, records: int, message: Mapping[str, Any]) -> None:
        """Keep a STATE message until everything before it is written."""
        with self._guarded() as db:
            db.execute(
                "INSERT INTO states VALUES (?, ?, ?, ?)", (seq, stream, records, orjson.dumps(message))
            )

    def states(self) -> Iterator[tuple[int, str, int, dict[str, Any]]]:
        """(seq, stream, records since the stream's previous state, message) in order of arrival."""
        with self._guarded() as db:
            rows = db.execute("SELECT seq, stream, records, body FROM states ORDER BY seq").fetchall()
        for seq, stream, records, body in rows:
            yield seq, stream, records, orjson.loads(body)

    def record(self, stream: str, key: str) -> dict[str, Any] | None:
        """One record."""
        with self._guarded() as db:
            row = db.execute(
                "SELECT body FROM records WHERE stream = ? AND key = ?", (stream, key)
            ).fetchone()
        return orjson.loads(row[0]) if row else None

    def seq_of(self, stream: str, key: str) -> int:
        """Place of a record in the input; 0 when there is none."""
        with self._guarded() as db:
            row = db.execute("SELECT seq FROM records WHERE stream = ? AND key = ?", (stream, key)).fetchone()
        return int(row[0]) if row else 0

    def stream(self, stream: str) -> Iterator[dict[str, Any]]:
        """All records of a small stream."""
        with self._guarded() as db:
            rows = db.execute("SELECT body FROM records WHERE stream = ? ORDER BY key", (stream,)).fetchall()
        return (orjson.loads(row[0]) for row in rows)

    def keyed(self, stream: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """All records of a small stream with their keys."""
        with self._guarded() as db:
            rows = db.execute("SELECT key, body FROM records WHERE stream = ?", (stream,)).fetchall()
        return ((key, orjson.loads(body)) for key, body in rows)

    def of_contact(self, stream: str, contact: str, but: Container[str] = ()) -> dict[str, dict[str, Any]]:
        """Records of a contact, by key, but for some keys."""
        if stream not in self._streams:
            return {}
        # The plus keeps SQLite from walking the whole stream by the primary key.
        sql = "SELECT key, body FROM records WHERE contact = ? AND +stream = ?"
        with self._guarded() as db:
            rows = db.execute(sql, (contact, stream))
            return {key: orjson.loads(body) for key, body in rows if key not in but}

    def payments_of_orders(self, orders: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Payments that name one of the orders, whoever paid."""
        sql = (
            "SELECT r.key, r.body FROM payment_orders p"
            " CROSS JOIN records r ON r.stream = 'payments' AND r.key = p.payment WHERE p.order_id IN"
        )  # CROSS keeps SQLite from walking all payments first
        return {key: orjson.loads(body) for key, body in self._among(sql, orders)}

    def refunds_among(self, payments: Iterable[str]) -> frozenset[str]:
        """Those payments that another payment names as its refund."""
        sql = "SELECT refund FROM refunds WHERE refund IN"
        return frozenset(key for (key,) in self._among(sql, payments))

    def billed_to(self, subscriptions: Iterable[str]) -> dict[str, list[str]]:
        """Contacts whose orders name a subscription, by subscription. An order may have come anew since, for
        another contact.
        """
        found: dict[str, list[str]] = {}
        sql = "SELECT subscription, contact FROM billed WHERE subscription IN"
        for subscription, contact in self._among(sql, subscriptions):
            found.setdefault(subscription, []).append(contact)
        return found

    def _among(self, sql: str, keys: Iterable[str]) -> list[Any]:
        """Rows of a query that ends in `IN`."""
        todo, rows = list(keys), []
        for start in range(0, len(todo), AT_A_TIME):
            some = todo[start : start + AT_A_TIME]
            with self._guarded() as db:
                rows += db.execute(f"{sql} ({','.join('?' * len(some))})", some).fetchall()
        return rows

    def contacts(self) -> list[str]:
        """Ids of all contacts that a record of this run names, smallest first."""
        with self._guarded() as db:
            rows = db.execute("SELECT DISTINCT contact FROM records WHERE contact IS NOT NULL").fetchall()
        return sorted((row[0] for row in rows), key=lambda key: (len(key), key))

    def payments_without_owner(self) -> list[str]:
        """Payments that name no contact, and no order of this run."""
        sql = (
            "SELECT key FROM records WHERE stream = 'payments' AND contact IS NULL AND key NOT IN"
            " (SELECT p.payment FROM payment_orders p"
            " JOIN records r ON r.stream = 'orders' AND r.key = p.order_id)"
        )
        with self._guarded() as db:
            return [row[0] for row in db.execute(sql)]

    def deleted_subscriptions(self) -> dict[str, str]:
        """Subscriptions that are told to be gone, and when that was noticed, by key; they name no contact."""
        sql = (
            "SELECT key, json_extract(CAST(body AS TEXT), '$._ab_cdc_deleted_at') FROM records"
            " WHERE stream = 'subscriptions' AND contact IS NULL"
        )
        with self._guarded() as db:
            return {key: str(moment) for key, moment in db.execute(sql)}

    def contact_of_order(self, order_id: str) -> str | None:
        """Owner of an order of this run."""
        with self._guarded() as db:
            row = db.execute(
                "SELECT contact FROM records WHERE stream = 'orders' AND key = ?", (order_id,)
            ).fetchone()
        return row[0] if row else None

    def hold(self, kind: str, owner: str, key: str, body: Mapping[str, Any]) -> None:
        """Keep an object that ChartMogul has, by kind, owner and external id."""
        with self._guarded() as db:
            db.execute("REPLACE INTO held VALUES (?, ?, ?, ?)", (kind, owner, key, orjson.dumps(body)))

    def held(self, kind: str, owner: str) -> list[dict[str, Any]]:
        """Objects of ChartMogul that were kept."""
        with self._guarded() as db:
            rows = db.execute(
                "SELECT body FROM held WHERE kind = ? AND owner = ? ORDER BY key", (kind, owner)
            )
            return [orjson.loads(row[0]) for row in rows]

    def let_go(self, kind: str) -> None:
        """Forget what was kept of a kind."""
        with self._guarded() as db:
            db.execute("DELETE FROM held WHERE kind = ?", (kind,))

    def companies_of_contacts(self) -> dict[str, str]:
        """Keap company by contact, of the contacts that name one."""
        sql = (
            "SELECT key, json_extract(CAST(body AS TEXT), '$.company.id') FROM records"
            " WHERE stream = 'contacts'"
        )
        with self._guarded() as db:
            return {
                key: str(company) for key, company in db.execute(sql) if company not in (None, "", 0, "0")
            }

    def owners(self, kind: str) -> int:
        """How many owners have objects of a kind."""
        with self._guarded() as db:
            return int(
                db.execute("SELECT count(DISTINCT owner) FROM held WHERE kind = ?", (kind,)).fetchone()[0]
            )
