"""Plots by name: each is found, drawn light and dark, saved in every form with nothing cut; what is refused."""

from __future__ import annotations

import inspect
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import lamina
from lamina import Dense, Flatten, Sequential
from lamina.data.dataset import Dataset
from lamina.errors import DataError, SettingError
from lamina.explaining.answering import what_mattered
from lamina.model.following import called, followed_path, load_followed, save_followed
from lamina.model.model import Model
from lamina.plots.catalog import PLOTS
from lamina.plots.style import save
from tests.data.series_makers import months, wave, write_table
from tests.plots.looking import cut, overlapping
from tests.plots.test_layer_history import watched
from tests.trained import diabetes, digits, iris, made_sounds, quietly, sounds


@cache
def waves() -> Path:
    """A series of 120 months."""
    folder = Path(tempfile.mkdtemp())
    return write_table(folder / "s.csv", month=months(120), sold=wave(120, noise=1.0).round(3))


@cache
def forecaster() -> Model:
    return quietly(waves(), target="sold", horizon=3, epochs=3, seed=0)


@cache
def mapped() -> Model:
    return quietly("digits", lamina.som((8, 8, 1), 4, 3), epochs=2, seed=0)


@cache
def painter() -> Model:
    return quietly("digits", "vae", epochs=1, seed=0)


@cache
def remembered() -> Path:
    """A model's file, with what following its run has kept beside it."""
    run = lamina.train("digits", Sequential(Flatten(), Dense(10)), epochs=2, seed=0)
    followed = lamina.follow(run)
    path = run.model.save(Path(tempfile.mkdtemp()) / "followed.safetensors")
    save_followed(followed, followed_path(path))
    return path


@cache
def digit() -> Path:
    path = Path(tempfile.mkdtemp()) / "digit.png"
    Image.fromarray(lamina.read("digits").inputs.pixels[0, ..., 0]).save(path)
    return path


def some_flowers() -> Dataset:
    return lamina.read("iris").subset(np.arange(0, 150, 3))


@cache
def quiet_copy() -> Path:
    return iris().save(Path(tempfile.mkdtemp()) / "iris.safetensors")


@cache
def flowers_followed() -> Path:
    run = lamina.train("iris", "mlp", epochs=1, seed=0)
    followed = lamina.follow(run)
    path = run.model.save(Path(tempfile.mkdtemp()) / "flowers.safetensors")
    save_followed(followed, followed_path(path))
    return path


ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "activation": ("gelu",),
    "network": (digits,),
    "run": (iris,),
    "rate": ("iris",),
    "layers": (watched,),
    "neurons": (watched, "iris"),
    "confusion": (digits, "digits"),
    "confused": (digits, "digits"),
    "mistakes": (digits, "digits"),
    "reliability": (digits, "digits"),
    "predicted": (diabetes, "diabetes"),
    "forecast": (forecaster, waves),
    "filters": (digits,),
    "maps": (digits, "digits"),
    "representation": (digits, "digits"),
    "points": (digits, "digits"),
    "regions": (iris, "iris"),
    "columns": (diabetes, "diabetes"),
    "map": (mapped, "digits"),
    "noise": (iris, "iris"),
    "mattered": (digits, digit),
    "samples": (painter,),
    "learnt": (remembered,),
    "suspicious": (remembered, "digits"),
}
"""What each plot is given here; a name is called for its model."""
SLOW = {"rate", "race", "forecast", "map", "samples"}


def arguments(name: str) -> list[Any]:
    return [own() if callable(own) else own for own in ARGUMENTS.get(name, ())]


@pytest.mark.parametrize("name", PLOTS)
def test_every_plot_can_be_called_as_the_table_says(name: str) -> None:
    parameters = inspect.signature(PLOTS[name].draw()).parameters
    places = [one for one in parameters.values() if one.kind is one.POSITIONAL_OR_KEYWORD]
    assert len(places) == len(PLOTS[name].names)
    assert sum(one.default is one.empty for one in places) == PLOTS[name].needed
    assert parameters["dark"].kind is inspect.Parameter.KEYWORD_ONLY
    assert PLOTS[name].sentence.endswith(".")


@pytest.mark.parametrize("dark", [False, pytest.param(True, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.slow] * (name in SLOW)) for name in PLOTS])
def test_every_plot_is_drawn_with_nothing_cut_or_covered(name: str, dark: bool) -> None:
    made = lamina.plot(name, *arguments(name), dark=dark)
    assert cut(made) == []
    assert overlapping(made) == []
    assert (np.mean(made.get_facecolor()[:3]) < 0.5) == dark


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
@pytest.mark.parametrize("name", ["activation", "network", "run"])
def test_every_form_is_the_same_bytes_twice(name: str, suffix: str, tmp_path: Path) -> None:
    written = [
        save(lamina.plot(name, *arguments(name), dark=True), tmp_path / f"{number}{suffix}").read_bytes()
        for number in (1, 2)
    ]
    assert written[0] == written[1]


def test_a_model_may_be_its_file(tmp_path: Path) -> None:
    path = iris().save(tmp_path / "iris.safetensors")
    made = lamina.plot("run", path)
    np.testing.assert_array_equal(made.axes[0].lines[0].get_ydata(), [epoch["loss"] for epoch in iris().record.epochs])


def test_a_sound_is_drawn_as_the_network_sees_it() -> None:
    given = made_sounds(1)
    found = what_mattered(sounds(), given, "gradient")
    made = lamina.plot("mattered", sounds(), given, way="gradient")
    assert found.spectrogram is not None
    np.testing.assert_allclose(made.axes[0].images[0].get_array(), found.spectrogram.T)
    np.testing.assert_allclose(made.axes[1].images[0].get_array(), found.mattered.values[..., 0].T)
    assert made.axes[0].images[0].get_extent()[1] == pytest.approx(len(found.spectrogram) * found.step_seconds)


def test_what_follow_kept_is_drawn() -> None:
    followed = load_followed(followed_path(remembered()))
    learnt = lamina.plot("learnt", remembered())
    assert [bar.get_width() for bar in learnt.axes[0].patches] == list(followed.counts.values())
    shown = lamina.plot("suspicious", remembered(), "digits").axes
    places = followed.suspicious[: len(shown)].tolist()
    assert [ax.get_xlabel() for ax in shown] == [followed.names[place] for place in places]
    inputs = lamina.read("digits").inputs
    [first] = [row for row in range(len(inputs)) if called(inputs, row) == followed.names[places[0]]]
    np.testing.assert_array_equal(shown[0].images[0].get_array(), inputs.pixels[first, ..., 0])


def test_what_follow_kept_of_other_data(tmp_path: Path) -> None:
    path = iris().save(tmp_path / "iris.safetensors")
    shutil.copy(followed_path(remembered()), followed_path(path))
    with pytest.raises(DataError, match=r"iris\.followed\.jsonl tells of other data than the model's: train with"):
        lamina.plot("learnt", path)


def test_the_size_is_taken() -> None:
    assert lamina.plot("activation", "tanh", size="9x4.5").get_size_inches().tolist() == [9.0, 4.5]


@pytest.mark.parametrize(
    ("words", "options", "message"),
    [
        (["pie"], {}, "there is no plot 'pie'; there are activation, activations, descent"),
        (["run"], {}, "the plot run takes MODEL; got 0: ''"),
        (["descent", "x"], {}, "the plot descent takes no arguments; got 1: 'x'"),
        (["descent"], {"target": "y"}, "the plot descent takes no target; leave it out"),
        (
            ["descent"],
            {"size": "8"},
            "a figure's size is its width x height in inches, each from 1 to 40, as 8x5; got '8'",
        ),
        (["confusion", diabetes, "diabetes"], {}, "a confusion matrix needs a model of classes; this one predicts"),
        (["mistakes", iris, "iris"], {}, "this model takes neither pictures nor sounds: ask for the confusion matrix"),
        (["maps", iris, "iris"], {}, "feature maps are of pictures; this model takes none"),
        (["predicted", iris, "iris"], {}, "predicted against true is for numbers; this model predicts class"),
        (["representation", iris, some_flowers], {}, "a flat classifier learns from training examples"),
        (["confusion", iris, "iris"], {"target": "petal"}, "the model predicts class; got target='petal'"),
        (["learnt", quiet_copy], {}, "by `lamina train --follow`: there is no iris.followed.jsonl"),
        (["suspicious", flowers_followed, "iris"], {}, "suspicious labels are drawn of the training's own pictures"),
        (["mattered", iris, [[5.1, 3.5, 1.4, 0.2]]], {"way": "occlusion"}, "occlusion needs a picture"),
        (["points", iris, "iris"], {"way": "umap"}, "two dimensions are found by pca or tsne; got 'umap'"),
        (["regions", iris, "iris"], {"columns": "petal"}, "regions are drawn over two columns of numbers; the model"),
        (["descent"], {"size": "8xnan"}, "a figure's size is"),
        (["descent"], {"size": "800x600"}, "a figure's size is"),
    ],
)
def test_what_is_refused(words: list[Any], options: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        lamina.plot(*(own() if callable(own) else own for own in words), **options)
