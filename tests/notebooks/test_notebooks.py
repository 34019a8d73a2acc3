"""Every notebook runs from a clean kernel on small data, and is kept without outputs or functions."""

from __future__ import annotations

import ast
import json
import os
import warnings
from pathlib import Path

import nbformat
import papermill  # type: ignore[import-untyped]
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

from tests.reconciliation.small_company import AS_OF, MONTHS, write_folder

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


def parameterised(path: Path, target: Path, **parameters: object) -> NotebookNode:
    """The notebook after papermill ran it with other parameters."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # papermill's own, of libraries that it has not followed
        papermill.execute_notebook(
            str(path),
            str(target),
            parameters,
            kernel_name="python3",
            progress_bar=False,
            cwd=str(FOLDER),
            start_timeout=120,
        )
    return read(target)


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


SHOWN: dict[str, tuple[int, list[str]]] = {
    "1-mrr-totals": (2, ["Keap and ChartMogul differ", ">0.77<", "Opening MRR and movements"]),
    "2-differences": (4, ["no cause gives this amount", ">unexplained<", "after sending"]),
    "3-one-customer": (1, ["customer 1001", "order of 49.00", ">0.77<"]),
    "4-churn-date-rules": (2, ["SegMetrics", "subscriptions would end on another day"]),
    "5-leads-and-trials": (5, ["0 trials in ChartMogul carry the date of the lead"]),
}


def test_every_notebook_is_run_by_a_test() -> None:
    """A new notebook needs a line here."""
    assert SHOWN.keys() == {path.stem for path in NOTEBOOKS}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def test_parameters_stand_in_one_cell(path: Path) -> None:
    """Papermill and people find them at the top, tagged; they read the environment and nothing else."""
    tagged = [cell for cell in read(path).cells if "parameters" in cell.metadata.get("tags", [])]
    assert len(tagged) == 1
    assert tagged[0] == next(cell for cell in read(path).cells if cell.cell_type == "code")
    nodes = ast.parse(tagged[0].source).body
    assert all(isinstance(node, ast.Assign | ast.Import) for node in nodes)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def test_a_notebook_runs_on_a_folder(tmp_path: Path, path: Path) -> None:
    """From a clean kernel, with every picture and the difference that is in the data."""
    write_folder(tmp_path, wrong_cents=77)
    said = texts(executed(path, tmp_path))
    pictures, words = SHOWN[path.stem]
    assert said.count("<svg") == pictures
    assert not [word for word in words if word not in said]


PARAMETERS: dict[str, tuple[dict[str, object], list[str], list[str]]] = {
    "1-mrr-totals": ({"months": 2}, ["2026-03-31"], ["2026-01-31"]),
    "2-differences": ({"months": 2}, ["no cause gives this amount"], ["2026-01-31"]),
    "3-one-customer": ({"customer": "1002"}, ["customer 1002", "order of 590.00"], ["order of 49.00"]),
    "4-churn-date-rules": ({"then": "SaaSync"}, ["subscriptions would end on another day"], []),
    "5-leads-and-trials": ({"months": 2}, ["trials in ChartMogul carry the date of the lead"], []),
}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def test_papermill_runs_a_notebook_with_other_parameters(tmp_path: Path, path: Path) -> None:
    """Other data and another view by changing one cell, from a scheduler or a script."""
    write_folder(tmp_path, wrong_cents=77)
    parameters, there, absent = PARAMETERS[path.stem]
    done = parameterised(path, tmp_path / "done.ipynb", source=str(tmp_path), **parameters)
    said = texts(done)
    assert [word for word in there if word not in said] == []
    assert [word for word in absent if word in said] == []


def test_a_notebook_runs_on_a_configuration_file(tmp_path: Path) -> None:
    """One parameter leads to real accounts: the file that the command takes."""
    write_folder(tmp_path)
    chosen = {
        "keap": {"messages": ["messages-001.jsonl", "messages-002.jsonl"]},
        "chartmogul": {"snapshot": "chartmogul"},
        "as_of": AS_OF.isoformat(),
        "months": 3,
    }
    (tmp_path / "reconcile.json").write_text(json.dumps(chosen))
    said = texts(executed(FOLDER / "1-mrr-totals.ipynb", tmp_path / "reconcile.json"))
    assert "agree to the cent" in said
    assert "2025-12-31" not in said
