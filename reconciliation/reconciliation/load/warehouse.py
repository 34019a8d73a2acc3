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
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
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

    @property
    def quoted(self) -> str:
        """As SQL writes it; a quote inside a name is doubled."""
        parts = [part for part in (self.schema, self.name) if part]
        return ".".join('"' + part.replace('"', '""') + '"' for part in parts)


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
    with closing(_connected(url)) as connection:
        tables = _tables(connection, url)
        records: dict[str, dict[str, Mapping[str, Any]]] = {}
        files: list[SourceFile] = []
        for stream in dict.fromkeys((*STREAMS, *also)):
            table = _table_of(stream, tables, schema, prefix)
            if table is not None:
                records[stream], file = _records(connection, table, stream, progress)
                files.append(file)
            elif stream in NEEDED:
                where = f"schema '{schema}'" if schema else "any schema"
                raise ReconciliationError(
                    f"The database has no table of the stream '{stream}' in {where}, neither "
                    f"'{prefix}{stream}' nor a raw one; sync the stream, or correct 'schema' and 'prefix'."
                )
    return keap_from_records(records, tuple(files), also=also)


def _connected(url: str) -> Connection:
    scheme, _, path = url.partition(":///")
    connection: Connection
    try:
        if scheme == "sqlite":
            connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        elif scheme == "duckdb":
            connection = import_module("duckdb").connect(path, read_only=True)
        else:
            connection = import_module("sqlalchemy").create_engine(url).raw_connection()
    except ImportError as error:
        raise ReconciliationError(
            f"Reading this database needs the Python package '{error.name}', which is not installed here."
        ) from error
    except Exception as error:
        # Drivers raise errors of their own, and their messages may hold the URL with its password.
        kind = type(error).__name__
        raise ReconciliationError(f"The database of Keap's records cannot be opened ({kind}).") from error
    return connection


def _tables(connection: Connection, url: str) -> list[Table]:
    cursor = connection.cursor()
    cursor.execute(SQLITE_TABLES if url.startswith("sqlite") else TABLES)
    return [Table(str(schema), str(name)) for schema, name in cursor.fetchall()]


def _table_of(stream: str, tables: Sequence[Table], schema: str | None, prefix: str) -> Table | None:
    """Names are compared without regard to case, since some databases change it."""
    typed = f"{prefix}{stream}".lower()
    for table in tables:
        if table.name.lower() == typed and (schema is None or table.schema.lower() == schema.lower()):
            return table
    for pattern in RAW:
        for table in tables:
            known = schema or table.name.lower().partition("_raw__stream_")[0]
            if table.name.lower() == pattern.format(schema=known, stream=prefix + stream).lower():
                return table
    return None


def _records(
    connection: Connection, table: Table, stream: str, progress: Progress
) -> tuple[dict[str, Mapping[str, Any]], SourceFile]:
    """The latest record of each id, and the table as evidence: its rows' hash, whatever their order."""
    cursor = connection.cursor()
    cursor.execute(f"SELECT * FROM {table.quoted}")  # noqa: S608 (a name that the database itself gave)
    names = [str(column[0]).lower() for column in cursor.description]
    latest: dict[str, tuple[str, Mapping[str, Any]]] = {}
    for row in progress(_rows(cursor), f"Keap: {stream}", 0):
        values = dict(zip(names, row, strict=True))
        record = _record(values)
        extracted = str(next((values[name] for name in EXTRACTED if values.get(name)), ""))
        parts = [record.get(name) for name in KEYS.get(stream, ("id",))]
        key = ":".join(map(str, parts)) if all(parts) else stream if stream == "account" else ""
        if not key:
            raise ReconciliationError(f"The table {table.quoted} has a row without an id.")
        if key not in latest or latest[key][0] <= extracted:
            latest[key] = extracted, record
    records = {key: record for key, (_, record) in latest.items()}
    return records, _as_file(table, records)


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
    text = json.dumps(records, sort_keys=True, default=str).encode()
    return SourceFile(f"table {table.quoted}", hashlib.sha256(text).hexdigest(), len(text))
