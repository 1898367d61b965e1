"""The notebooks run from the first cell to the last, and carry no outputs of somebody's run."""

from __future__ import annotations

import warnings
from pathlib import Path

import nbformat
import pytest

FOLDER = Path(__file__).parents[2] / "notebooks"
NAMES = sorted(path.name for path in FOLDER.glob("*.ipynb"))
TIMEOUT_S = 240


def execute(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> nbformat.NotebookNode:
    """Run a notebook as its readers do, with settings and drawings of its own."""
    from nbclient import NotebookClient

    for setting, value in {
        "MATCHER_DATA_DIR": folder / "data",
        "IPYTHONDIR": folder / "ipython",
        "MPLCONFIGDIR": folder / "matplotlib",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    }.items():
        monkeypatch.setenv(setting, str(value))
    notebook = nbformat.read(FOLDER / name, as_version=4)
    client = NotebookClient(
        notebook, timeout=TIMEOUT_S, kernel_name="python3", resources={"metadata": {"path": str(FOLDER)}}
    )
    with warnings.catch_warnings():
        # What the notebook's own machinery finds old in itself is not the project's.
        warnings.simplefilter("ignore", DeprecationWarning)
        client.execute()
    return notebook


def tables_of(notebook: nbformat.NotebookNode) -> list[str]:
    return [
        output["data"]["text/html"]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "text/html" in output.get("data", {})
    ]


def n_plots(notebook: nbformat.NotebookNode) -> int:
    return sum(
        "image/png" in output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", [])
    )


def test_there_are_notebooks() -> None:
    assert NAMES == ["day.ipynb", "quality.ipynb"]


@pytest.mark.parametrize("name", NAMES)
def test_no_outputs_are_kept(name: str) -> None:
    notebook = nbformat.read(FOLDER / name, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code
    assert all(not cell.outputs and cell.execution_count is None for cell in code)


@pytest.mark.encoder
@pytest.mark.xdist_group("notebooks")
def test_quality_is_measured_and_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = execute("quality.ipynb", tmp_path, monkeypatch)
    tables = tables_of(notebook)
    assert len(tables) == 4
    assert "data_links_ndcg10" in tables[1]
    assert n_plots(notebook) == 3


@pytest.mark.encoder
@pytest.mark.xdist_group("notebooks")
def test_a_day_goes_by_through_the_api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = execute("day.ipynb", tmp_path, monkeypatch)
    judged = next(table for table in tables_of(notebook) if "accepted" in table)
    assert "rejected" in judged and "open" in judged
    faults, quality = tables_of(notebook)[-2:]
    assert "No CPV division begins with 99" in faults
    assert "precision" in quality and "lexical" in quality
