"""Keap's side from the database into which Airbyte loaded it: typed and raw tables, several engines."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from reconciliation.errors import ReconciliationError
from reconciliation.load import chartmogul_from_snapshot, keap_from_warehouse, messages, warehouse
from reconciliation.run import main, reconcile
from tests.reconciliation.small_company import AS_OF, MONTHS, write_folder

Records = Mapping[str, Mapping[str, Mapping[str, Any]]]
META = ("_airbyte_raw_id", "_airbyte_extracted_at")


@pytest.fixture
def records(tmp_path: Path) -> Records:
    """Keap's records of the small company, whose files lie in the folder too."""
    write_folder(tmp_path)
    return messages.latest_records(messages.files_of(tmp_path)).records


def execute(path: Path, statements: list[tuple[str, list[list[Any]]]]) -> str:
    """Creates and fills tables; the URL of the database."""
    with closing(sqlite3.connect(path)) as database, database:
        for statement, rows in statements:
            database.executemany(statement, rows) if rows else database.execute(statement)
    return f"sqlite:///{path}"


def cell(value: Any) -> Any:
    """As a database without types of its own keeps it."""
    if isinstance(value, Decimal):
        return float(value)
    return json.dumps(value, default=float) if isinstance(value, dict | list) else value


def typed(records: Records, stream: str, prefix: str = "") -> list[tuple[str, list[list[Any]]]]:
    """A table with a column per field, and an old and nearly empty version of each record after its last."""
    columns = sorted({name for record in records[stream].values() for name in record})
    quoted = ", ".join(f'"{name}"' for name in (*META, *columns))
    marks = ", ".join("?" * (len(columns) + len(META)))
    last = [
        ["a", "2026-04-01", *(cell(row.get(name)) for name in columns)] for row in records[stream].values()
    ]
    old = [
        ["b", "2026-03-01", *(row["id"] if name == "id" else None for name in columns)]
        for row in records[stream].values()
    ]
    table = f'"{prefix}{stream}"'
    insert = f"INSERT INTO {table} VALUES ({marks})"  # noqa: S608 (our own)
    return [(f"CREATE TABLE {table} ({quoted})", []), (insert, last + old)]


def raw(records: Records, stream: str, name: str) -> list[tuple[str, list[list[Any]]]]:
    rows = [[key, "2026-04-01", json.dumps(record, default=float)] for key, record in records[stream].items()]
    return [
        (f'CREATE TABLE "{name}" (_airbyte_raw_id, _airbyte_extracted_at, _airbyte_data)', []),
        (f'INSERT INTO "{name}" VALUES (?, ?, ?)', rows),  # noqa: S608 (our own)
    ]


def agrees(url: str, folder: Path, **where: Any) -> bool:
    """Whether the audit of the database is that of the message files."""
    chartmogul = chartmogul_from_snapshot(folder / "chartmogul")
    keap = keap_from_warehouse(url, **where)
    result = reconcile(keap, chartmogul, AS_OF, MONTHS)
    assert result.last.keap == result.last.expected == result.last.chartmogul == 15_035
    return result.agrees


def test_typed_tables(records: Records, tmp_path: Path) -> None:
    """Columns of their own, JSON as text, and of two versions the later."""
    statements = [part for stream in records for part in typed(records, stream, prefix="keap_")]
    assert agrees(execute(tmp_path / "typed.db", statements), tmp_path, prefix="keap_")


@pytest.mark.parametrize("pattern", ["main_raw__stream_{}", "_airbyte_raw_{}"])
def test_raw_tables(records: Records, tmp_path: Path, pattern: str) -> None:
    """The whole record in one column, under the names of either version of Airbyte."""
    statements = [part for stream in records for part in raw(records, stream, pattern.format(stream))]
    assert agrees(execute(tmp_path / "raw.db", statements), tmp_path)


def fill(database: Any, records: Records, folder: Path) -> None:
    """A schema `keap` with typed tables, as DuckDB reads them from JSON."""
    with closing(database):
        database.execute("CREATE SCHEMA keap")
        for stream, held in records.items():
            path = folder / f"{stream}.json"
            path.write_text(json.dumps(list(held.values()), default=float))
            query = f"SELECT *, now() AS _airbyte_extracted_at FROM '{path}'"  # noqa: S608 (our own)
            database.execute(f"CREATE TABLE keap.{stream} AS {query}")


def test_duckdb(records: Records, tmp_path: Path) -> None:
    """A file of DuckDB, which PyAirbyte and Airbyte's destination write."""
    duckdb = pytest.importorskip("duckdb")
    fill(duckdb.connect(str(tmp_path / "cache.duckdb")), records, tmp_path)
    assert agrees(f"duckdb:///{tmp_path / 'cache.duckdb'}", tmp_path, schema="keap")


def test_any_sqlalchemy_url(records: Records, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every warehouse that SQLAlchemy knows; DuckDB's dialect stands for them here."""
    duckdb = pytest.importorskip("duckdb")
    pytest.importorskip("duckdb_engine")
    file = tmp_path / "cache.duckdb"
    fill(duckdb.connect(str(file)), records, tmp_path)
    engine = import_module("sqlalchemy").create_engine(f"duckdb:///{file}")
    quote = engine.dialect.identifier_preparer.quote_identifier
    monkeypatch.setattr(warehouse, "_connected", lambda _: (engine.raw_connection(), quote))
    assert agrees("warehouse://", tmp_path, schema="keap")
    engine.dispose()


def test_the_command_reads_a_warehouse(
    records: Records, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By a path beside the configuration, or by an environment variable that may hold a password."""
    statements = [part for stream in records for part in typed(records, stream)]
    url = execute(tmp_path / "typed.db", statements)
    monkeypatch.setenv("KEAP_WAREHOUSE", url)
    for given in ("sqlite:///typed.db", "$KEAP_WAREHOUSE"):
        chosen = {"keap": {"warehouse": given}, "chartmogul": {"snapshot": "chartmogul"}}
        path = tmp_path / "reconcile.json"
        path.write_text(json.dumps(chosen | {"as_of": AS_OF.isoformat(), "months": MONTHS}))
        assert main([str(path)]) == 0
    monkeypatch.delenv("KEAP_WAREHOUSE")
    assert main([str(path)]) == 2
    assert "'KEAP_WAREHOUSE' of 'keap.warehouse' is not set" in capsys.readouterr().err


def test_a_missing_column_is_named(records: Records, tmp_path: Path) -> None:
    """One that every record of Keap has stops the audit; of one that is often empty the report tells."""
    for name, rows in (("subscriptions", "active"), ("orders", "order_items")):
        cut = {key: {f: v for f, v in row.items() if f != rows} for key, row in records[name].items()}
        given = {**records, name: cut}
        statements = [part for stream in given for part in typed(given, stream)]
        with pytest.raises(ReconciliationError, match=f"Keap's records have no {name}.{rows}; select"):
            keap_from_warehouse(execute(tmp_path / f"{name}.db", statements))
    url = execute(tmp_path / "w.db", [part for stream in records for part in typed(records, stream)])
    result = reconcile(
        keap_from_warehouse(url), chartmogul_from_snapshot(tmp_path / "chartmogul"), AS_OF, MONTHS
    )
    assert any("no columns subscriptions.end_date, " in note for note in result.notes)


def test_tables_of_two_sources_are_not_mixed_up(records: Records, tmp_path: Path) -> None:
    """Orders are everywhere; which ones are Keap's has to be said."""
    duckdb = pytest.importorskip("duckdb")
    file = tmp_path / "cache.duckdb"
    fill(duckdb.connect(str(file)), records, tmp_path)
    with closing(duckdb.connect(str(file))) as database:
        database.execute("CREATE SCHEMA shop")
        database.execute("CREATE TABLE shop.orders AS SELECT 1 AS id")
    with pytest.raises(ReconciliationError, match=r"stream 'orders' \(keap.orders, shop.orders\)"):
        keap_from_warehouse(f"duckdb:///{file}")
    assert agrees(f"duckdb:///{file}", tmp_path, schema="keap")


def test_names_are_quoted_as_the_database_does() -> None:
    """MySQL and BigQuery take the standard's quotes for text."""
    mysql = import_module("sqlalchemy.dialects.mysql").dialect().identifier_preparer
    assert warehouse.Table("keap", "or`ders").written(mysql.quote_identifier) == "`keap`.`or``ders`"


def test_a_missing_table_is_named(records: Records, tmp_path: Path) -> None:
    """Which stream, and where it was looked for."""
    url = execute(tmp_path / "half.db", typed(records, "account"))
    with pytest.raises(ReconciliationError, match="no table of the stream 'subscriptions' in any schema"):
        keap_from_warehouse(url)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("sqlite:///nowhere.db", "cannot be opened"),
        (f"sqlite:///{__file__}", "cannot be opened"),
        ("postgresql://me:secret@nowhere.invalid/x", "cannot be opened|is not installed here"),
    ],
)
def test_a_database_that_cannot_be_opened(url: str, sentence: str) -> None:
    """One sentence, without the password."""
    with pytest.raises(ReconciliationError, match=sentence) as raised:
        keap_from_warehouse(url)
    assert "secret" not in str(raised.value)
