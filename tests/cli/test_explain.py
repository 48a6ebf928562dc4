"""lamina explain: arithmetic for one example, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.program import error_of, lamina

ROW = "sepal length (cm),sepal width (cm),petal length (cm),petal width (cm)\n5.1,3.5,1.4,0.2\n6.3,3.3,6.0,2.5\n"


@pytest.fixture
def flowers(tmp_path: Path) -> Path:
    path = tmp_path / "flowers.csv"
    path.write_text(ROW)
    return path


def test_both_ways(models: Path, flowers: Path) -> None:
    outcome = lamina(models, "explain", "iris.safetensors", str(flowers), "--target", "setosa", "--top", "3")
    assert outcome.status == 0
    assert "petal length (cm)" in outcome.out
    assert "the way back" in outcome.out
    assert "new weight[" in outcome.out


def test_another_example_forwards(models: Path, flowers: Path) -> None:
    outcome = lamina(models, "explain", "iris.safetensors", str(flowers), "--example", "1")
    assert outcome.status == 0
    assert "virginica" in outcome.out.splitlines()[0]
    assert "note: without the right answer there is no loss" in outcome.out


def test_what_is_refused(models: Path, flowers: Path) -> None:
    for words, complaint in (
        (["--neuron", "7:1"], "layer:place"),
        (["--target", "rose"], "'rose' is no answer of this model"),
        (["--example", "5"], "example must be from 0 to 1; got 5"),
    ):
        assert complaint in error_of(lamina(models, "explain", "iris.safetensors", str(flowers), *words))
