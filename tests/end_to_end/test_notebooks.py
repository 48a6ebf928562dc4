"""Every notebook runs in a kernel of its own, from its first cell to its last, and shows what it promises."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.cli.program import TIMEOUT

nbclient = pytest.importorskip("nbclient", reason="notebooks are run by nbclient and ipykernel")
nbformat = pytest.importorskip("nbformat")

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SHOWS = {
    "first_model.ipynb": r"the first shows a 0.*<svg.*epoch \d+ .*predicts    digit.*are read wrongly"
    r"\nthe first: 0 \(\d+\.\d %\).*error 0\.0",
    "own_digits.ipynb": r"4 \(\d+\.\d %\).*image/png.*layer 1, Conv2D",
    "deep_against_flat.ipynb": r"network  .*guessing.*image/png.*cells were run",
    "glass_box.ipynb": r"new weight\[0, 0\] = 5 - 0\.1 x 8 = 4\.2.*image/png.*tanh\(z\) = ",
}
"""What each notebook shows, as a pattern over the outputs of all of its cells."""


def test_every_notebook_is_run() -> None:
    assert {path.name for path in EXAMPLES.glob("*.ipynb")} == set(SHOWS)


@pytest.mark.parametrize("name", SHOWS)
def test_a_notebook_is_kept_without_outputs(name: str) -> None:
    cells = nbformat.read(EXAMPLES / name, as_version=4).cells
    assert cells[0].cell_type == "markdown"
    assert all(not cell.outputs and cell.execution_count is None for cell in cells if cell.cell_type == "code")


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # of the kernel's own packages
@pytest.mark.parametrize("name", SHOWS)
def test_a_notebook_runs(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XLA_FLAGS", raising=False)  # compiled as for users
    notebook = nbformat.read(EXAMPLES / name, as_version=4)
    where = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(notebook, timeout=TIMEOUT, kernel_name="python3", resources=where).execute()
    shown = "\n".join(_shown(output) for cell in notebook.cells for output in cell.get("outputs", ()))
    assert re.search(SHOWS[name], shown, re.DOTALL), shown


def _shown(output: Any) -> str:
    """What a reader sees, of a picture its kind alone."""
    data = output.get("data", {})
    texts = [text for kind, text in data.items() if kind.startswith("text/")]
    return "\n".join([output.get("text", ""), *(kind for kind in data if kind.startswith("image/")), *texts])
