"""Keap's records from a database into which Airbyte loaded them.

Two layouts are read (https://docs.airbyte.com/platform/using-airbyte/core-concepts/typing-deduping):
typed, one table per stream with a column per field; raw, one table per stream with the whole record as JSON
in `_airbyte_data`: `{schema}_raw__stream_{stream}`, in older versions `_airbyte_raw_{stream}`. A typed table
is taken where both exist. Of several rows with one id the one that was extracted last counts.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib import import_module
from typing import Any, Protocol

from reconciliation.errors import ReconciliationError
from reconciliation.frames import LEAD_TABLES, KeapFrames, SourceFile
from reconciliation.load.keap import keap_from_records
from reconciliation.load.messages import KEYS
from reconciliation.progress import Progress, silent

NEEDED = ("account", "subscriptions", "orders")
STREAMS = (*NEEDED, "contacts", "payments", "products", *LEAD_TABLES)
RAW = ("{schema}_raw__stream_{stream}", "_airbyte_raw_{stream}")
OFTEN_EMPTY: Mapping[str, tuple[str, ...]] = {
    "subscriptions": ("end_date", "last_bill_date", "next_bill_date", "modification_time"),
    "orders": ("total_paid", "refund_total", "refund_status", "payment_plan"),
    "payments": ("payment_time", "refund_payment_id"),
    "contacts": ("create_time",),
}
"""Columns of typed tables that Keap leaves out of many records, so that only their absence is told."""
EXTRACTED = ("_airbyte_extracted_at", "_airbyte_emitted_at")
DATA = "_airbyte_data"
FETCH = 5000
SQLITE_TABLES = "SELECT '', name FROM sqlite_master WHERE type IN ('table', 'view')"
TABLES = "SELECT table_schema, table_name FROM information_schema.tables"


class Connection(Protocol):
    """What is used of a DB-API connection."""

    def cursor(self) -> Any:
        """A cursor with execute, description and fetchmany."""

    def close(self) -> None:
        """Gives it back."""


@dataclass(frozen=True)
class Table:
    """Where a stream lies."""

    schema: str
    name: str

    def written(self, quote: Callable[[str], str] = str) -> str:
        """With its schema; `quote`: as the database's SQL quotes a name."""
        return ".".join(quote(part) for part in (self.schema, self.name) if part)


@dataclass(frozen=True)
class Database:
    """An open database: its connection, how its SQL quotes a name, and its tables."""

    connection: Connection
    quote: Callable[[str], str]
    tables: Sequence[Table]


def keap_from_warehouse(
    url: str,
    schema: str | None = None,
    prefix: str = "",
    progress: Progress = silent,
    also: Collection[str] = (),
) -> KeapFrames:
    """Tables of Keap from `url`: `duckdb:///file`, `sqlite:///file`, or any SQLAlchemy URL.

    `schema` is where the typed tables are (every schema is searched without it), `prefix` what Airbyte puts
    before the stream's name. Raises ReconciliationError in one sentence, without the URL's password.
    """
    database = _opened(url)
    with closing(database.connection):
        records: dict[str, dict[str, Mapping[str, Any]]] = {}
        files: list[SourceFile] = []
        absent: list[str] = []
        for stream in dict.fromkeys((*STREAMS, *also)):
            table = _table_of(stream, database.tables, schema, prefix)
            if table is not None:
                records[stream], names = _records(database, table, stream, progress)
                files.append(_as_file(table, records[stream]))
                absent += _absent(stream, names)
            elif stream in NEEDED:
                where = f"schema '{schema}'" if schema else "any schema"
                raise ReconciliationError(
                    f"The database has no table of the stream '{stream}' in {where}, neither "
                    f"'{prefix}{stream}' nor a raw one; sync the stream, or correct 'schema' and 'prefix'."
                )
    return replace(keap_from_records(records, tuple(files), also=also), absent=tuple(absent))


def _opened(url: str) -> Database:
    """Raises ReconciliationError for a database that cannot be opened, or is none."""
    try:
        connection, quote = _connected(url)
        return Database(connection, quote, _tables(connection, url))
    except ImportError as error:
        raise ReconciliationError(
            f"Reading this database needs the Python package '{error.name}', which is not installed here."
        ) from error
    except Exception as error:
        # Drivers raise errors of their own, and their messages may hold the URL with its password.
        kind = type(error).__name__
        raise ReconciliationError(f"The database of Keap's records cannot be opened ({kind}).") from error


def _connected(url: str) -> tuple[Connection, Callable[[str], str]]:
    scheme, _, path = url.partition(":///")
    if scheme == "sqlite":
        return sqlite3.connect(f"file:{path}?mode=ro", uri=True), _quoted
    if scheme == "duckdb":
        return import_module("duckdb").connect(path, read_only=True), _quoted
    engine = import_module("sqlalchemy").create_engine(url)
    return engine.raw_connection(), engine.dialect.identifier_preparer.quote_identifier


def _quoted(name: str) -> str:
    """Standard SQL; a quote inside the name is doubled."""
    return '"' + name.replace('"', '""') + '"'


def _tables(connection: Connection, url: str) -> list[Table]:
    cursor = connection.cursor()
    cursor.execute(SQLITE_TABLES if url.startswith("sqlite") else TABLES)
    return [Table(str(schema), str(name)) for schema, name in cursor.fetchall()]


def _table_of(stream: str, tables: Sequence[Table], schema: str | None, prefix: str) -> Table | None:
    """Names are compared without regard to case, since some databases change it. Raises ReconciliationError
    where several schemas have such a table: one of them may be of another source.
    """
    typed = f"{prefix}{stream}".lower()
    inside = [table for table in tables if schema is None or table.schema.lower() == schema.lower()]
    found = [table for table in inside if table.name.lower() == typed]
    for pattern in RAW:
        found = found or [table for table in tables if _is_raw(table, pattern, schema, prefix + stream)]
    if len(found) > 1:
        names = ", ".join(sorted(table.written() for table in found))
        raise ReconciliationError(
            f"The database has several tables of the stream '{stream}' ({names}); "
            "say by 'schema' or 'prefix' which it is."
        )
    return next(iter(found), None)


def _is_raw(table: Table, pattern: str, schema: str | None, stream: str) -> bool:
    name = table.name.lower()
    return name == pattern.format(schema=schema or name.partition("_raw__stream_")[0], stream=stream).lower()


def _absent(stream: str, columns: Collection[str]) -> list[str]:
    """Columns that a typed table of the stream does not have."""
    known = () if DATA in columns else OFTEN_EMPTY.get(stream, ())
    return [f"{stream}.{name}" for name in known if name not in columns]


def _records(
    database: Database, table: Table, stream: str, progress: Progress
) -> tuple[dict[str, Mapping[str, Any]], Sequence[str]]:
    """The latest record of each id, and the names of the table's columns."""
    cursor = database.connection.cursor()
    cursor.execute(f"SELECT * FROM {table.written(database.quote)}")  # noqa: S608 (named by the database)
    names = [str(column[0]).lower() for column in cursor.description]
    latest: dict[str, tuple[str, Mapping[str, Any]]] = {}
    for row in progress(_rows(cursor), f"Keap: {stream}", 0):
        values = dict(zip(names, row, strict=True))
        record = _record(values)
        extracted = str(next((values[name] for name in EXTRACTED if values.get(name)), ""))
        parts = [record.get(name) for name in KEYS.get(stream, ("id",))]
        key = ":".join(map(str, parts)) if all(parts) else stream if stream == "account" else ""
        if not key:
            raise ReconciliationError(f"The table {table.written()} has a row without an id.")
        if key not in latest or latest[key][0] <= extracted:
            latest[key] = extracted, record
    return {key: record for key, (_, record) in latest.items()}, names


def _rows(cursor: Any) -> Iterator[Sequence[Any]]:
    while batch := cursor.fetchmany(FETCH):
        yield from batch


def _record(values: Mapping[str, Any]) -> dict[str, Any]:
    """A record in Keap's own form."""
    if DATA in values:
        return dict(_parsed(values[DATA]))
    return {name: _value(value) for name, value in values.items() if not name.startswith("_airbyte")}


def _value(value: Any) -> Any:
    """Objects and lists are text in most databases; a time without an offset is UTC, as Keap's times are."""
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return Decimal(str(value))
    if isinstance(value, str) and value[:1] in ("{", "["):
        return _parsed(value)
    return value


def _parsed(text: Any) -> Any:
    if not isinstance(text, str | bytes):
        return text
    try:
        return json.loads(text, parse_float=Decimal)
    except ValueError as error:
        raise ReconciliationError("A record in the database is not valid JSON; load it again.") from error


def _as_file(table: Table, records: Mapping[str, Any]) -> SourceFile:
    """The table as evidence: the hash of its rows, whatever their order."""
    text = json.dumps(records, sort_keys=True, default=str).encode()
    return SourceFile(f"table {table.written()}", hashlib.sha256(text).hexdigest(), len(text))
