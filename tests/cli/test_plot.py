"""lamina plot: the list, the files, and what is refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lamina.plots.catalog import PLOTS
from tests.cli.program import error_of, lamina


@pytest.mark.parametrize("words", [[], ["--list"]])
def test_the_list_has_a_line_a_plot(tmp_path: Path, words: list[str]) -> None:
    outcome = lamina(tmp_path, "plot", *words)
    assert outcome.status == 0
    lines = outcome.out.splitlines()
    assert [line.split()[0] for line in lines] == list(PLOTS)
    assert lines[0].startswith("activation NAME ")
    assert all(line.endswith(one.sentence) for line, one in zip(lines, PLOTS.values(), strict=True))


@pytest.mark.parametrize(("name", "start"), [("relu.png", b"\x89PNG"), ("relu.svg", b"<?xml"), ("relu.pdf", b"%PDF")])
def test_a_figure_is_saved_as_its_name_says(tmp_path: Path, name: str, start: bytes) -> None:
    outcome = lamina(tmp_path, "plot", "activation", "relu", "-o", name, "--dark", "--size", "6x4")
    assert (outcome.status, outcome.out) == (0, f"saved  {name}\n")
    assert (tmp_path / name).read_bytes().startswith(start)


def test_without_a_name_the_file_is_called_as_the_plot(tmp_path: Path, models: Path) -> None:
    shutil.copy(models / "iris.safetensors", tmp_path)
    for name in ("network", "run"):
        outcome = lamina(tmp_path, "plot", name, "iris.safetensors")
        assert (outcome.status, outcome.out) == (0, f"saved  {name}.png\n")
        assert (tmp_path / f"{name}.png").exists()


def test_on_a_source(tmp_path: Path, models: Path) -> None:
    outcome = lamina(tmp_path, "plot", "neurons", models / "digits.safetensors", "digits", "-o", "flat.svg")
    assert outcome.status == 0
    assert "1 Conv2D" in (tmp_path / "flat.svg").read_text()


@pytest.mark.slow
def test_options_that_some_plots_take(tmp_path: Path, models: Path) -> None:
    iris = models / "iris.safetensors"
    outcome = lamina(tmp_path, "plot", "regions", iris, "iris", "--columns", "sepal width (cm), petal width (cm)",
                     "-o", "r.svg")  # fmt: skip
    assert outcome.status == 0, outcome
    assert ">sepal width (cm)<" in (tmp_path / "r.svg").read_text()
    assert lamina(tmp_path, "plot", "points", iris, "iris", "--way", "tsne", "-o", "p.svg").status == 0
    assert ">first<" in (tmp_path / "p.svg").read_text()


@pytest.mark.slow
def test_what_is_refused(tmp_path: Path, models: Path) -> None:
    for words, complaint in (
        (["pie"], "there is no plot 'pie'; there are activation, "),
        (["run"], "the plot run takes MODEL; got 0"),
        (["activation", "relux"], "needs an activation out of linear"),
        (["descent", "-o", "x.gif"], "a figure is saved as .png, .svg, .pdf; got 'x.gif'"),
        (["descent", "-o", "nowhere/x.png"], "-o names a file; nowhere/x.png is in nowhere, a folder that doe"),
        (["descent", "--size", "big"], "a figure's size is its width x height in inches"),
        (["descent", "--target", "y"], "the plot descent takes no target"),
        (["descent", "--way", "y"], "the plot descent takes no way"),
        (["descent", "--columns", "y"], "the plot descent takes no columns"),
        (["layers", str(models / "iris.safetensors")], "did not record its layers: train it with --record-layers"),
        (["run", "missing.safetensors"], "missing.safetensors"),
    ):
        assert complaint in error_of(lamina(tmp_path, "plot", *words))


@pytest.mark.slow
def test_layers_that_a_run_recorded(tmp_path: Path) -> None:
    assert lamina(tmp_path, "train", "iris", "--epochs", "3", "--record-layers").status == 0
    assert lamina(tmp_path, "plot", "layers", "iris.safetensors", "-o", "layers.svg").status == 0
    assert "size of the gradients" in (tmp_path / "layers.svg").read_text()
