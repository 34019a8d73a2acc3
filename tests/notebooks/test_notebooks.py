"""Every notebook runs from a clean kernel on small data, and is kept without outputs or functions."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

from tests.reconciliation.small_company import MONTHS, write_folder

FOLDER = Path(__file__).parents[2] / "reconciliation" / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


def read(path: Path) -> NotebookNode:
    notebook: NotebookNode = nbformat.reads(path.read_text(), as_version=4)  # type: ignore[no-untyped-call]
    return notebook


def executed(path: Path, data: Path) -> NotebookNode:
    """The notebook after a run in a kernel of its own, in the folder where analysts open it."""
    notebook = read(path)
    settings = {"RECONCILIATION_DATA": str(data), "RECONCILIATION_MONTHS": str(MONTHS)}
    NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        resources={"metadata": {"path": str(FOLDER)}},
    ).execute(env=os.environ | settings)
    return notebook


def texts(notebook: NotebookNode) -> str:
    """Everything that the cells printed or showed."""
    shown = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return "\n".join(
        str(output.get("text", "")) + "".join(map(str, output.get("data", {}).values())) for output in shown
    )


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def test_a_notebook_is_prose_and_calls(path: Path) -> None:
    """Functions live in the package, where tests and types reach them; outputs stay out of git."""
    for cell in read(path).cells:
        if cell.cell_type != "code":
            continue
        assert not cell.get("outputs")
        assert cell.execution_count is None
        kinds = (ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.AsyncFunctionDef)
        assert not [node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, kinds)]


@pytest.mark.parametrize("wrong_cents", [0, 77])
def test_mrr_totals_runs(tmp_path: Path, wrong_cents: int) -> None:
    """The first notebook compares both sides of the folder and shows charts and tables."""
    write_folder(tmp_path, wrong_cents=wrong_cents)
    said = texts(executed(FOLDER / "1-mrr-totals.ipynb", tmp_path))
    assert said.count("<svg") == 2
    assert ("agree to the cent" in said) == (wrong_cents == 0)
    assert (">0.77<" in said) == (wrong_cents != 0)
