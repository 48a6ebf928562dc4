"""A model opened again: its settings, its data, its weights; what cannot be gone on with says why."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import lamina
from lamina import DataError, Dense, Sequential, SettingError
from lamina.playground.binary import unpack
from lamina.playground.frames import View
from lamina.playground.opening import opened, run_of
from lamina.playground.play_run import PlayRun
from lamina.playground.sources import Sources
from lamina.playground.still import StillFrames, StillModel
from tests.playground.runs import SMALL, small

pytestmark = pytest.mark.slow


def test_a_saved_run_is_opened_as_it_was(sources: Sources, tmp_path: Path) -> None:
    run = small(sources, l2=0.01, loss="hinge", noise=0.2, features=("x1", "x1*x2"))
    run.step("epoch", 3)
    model = lamina.Model.load(run.model("shown").save(tmp_path / "a.safetensors"))
    found = run_of(sources, model)
    assert found.settings == run.settings
    assert (found.position.epoch, found.start.epoch) == (3, 3)
    assert np.array_equal(np.asarray(found.params["1"]["weight"]), np.asarray(run.params["1"]["weight"]))
    assert found.measured("test") == pytest.approx(run.measured("test"))
    found.step("epoch")
    assert found.position.progress.history[:3] == run.position.progress.history
    found.reset()
    assert found.position.epoch == 3


def test_a_model_of_a_bundled_set(sources: Sources, tmp_path: Path) -> None:
    run = PlayRun(sources, replace(SMALL, data="iris", features=(), network="4 relu"))
    run.step("epoch")
    model = lamina.Model.load(run.model().save(tmp_path / "iris.safetensors"))
    found = run_of(sources, model)
    assert (found.settings.data, found.settings.network) == ("iris", "4 relu")
    assert found.settings.train_percent == 70


@pytest.mark.filterwarnings("ignore::lamina.errors.LaminaWarning")
def test_ones_own_data_is_opened_first(sources: Sources, tmp_path: Path) -> None:
    table = "".join(["age,kind\n", *(f"{i}.5,{'ab'[i % 2]}\n" for i in range(60))])
    path = tmp_path / "people.csv"
    path.write_text(table)
    model = lamina.fit(path, "4 relu", target="kind", epochs=1, test_share=0.3, schedule="constant", batch_size=8)
    with pytest.raises(DataError, match="the model was trained on people: open that data first, then the model"):
        run_of(sources, model)
    sources.upload("people.csv", table.encode())
    assert run_of(sources, model).settings.data == "upload 1"
    sources.upload("people.csv", table.replace("a", "c").encode())
    with pytest.raises(DataError, match="people is not the data that the model was trained on"):
        run_of(sources, model)


@pytest.mark.filterwarnings("ignore::lamina.errors.LaminaWarning")
def test_networks_that_the_page_has_no_words_for(sources: Sources) -> None:
    model = lamina.fit("iris", Sequential(Dense(3, initializer="orthogonal"), Dense(3)), epochs=1)
    with pytest.raises(SettingError, match="the page has no words for this model's network; go on with it by"):
        run_of(sources, model)
    model = lamina.fit("circle", "4 relu", epochs=1)
    with pytest.raises(SettingError, match="over points the page's networks begin with features"):
        run_of(sources, model)


@pytest.mark.filterwarnings("ignore::lamina.errors.LaminaWarning")
def test_a_model_that_is_not_gone_on_with_is_looked_at(sources: Sources) -> None:
    model = lamina.fit("circle", "4 relu", epochs=1)
    found = opened(sources, model)
    assert isinstance(found, StillModel)
    assert found.why_not.startswith("over points the page's networks begin with features")
    frames = StillFrames(found, View(8, 16))
    header, arrays = unpack(frames.frame("a"))
    assert header["loss"] == {"train": None, "validation": None, "test": model.record.results[0].value}
    assert arrays["map/1"].shape == (4, 8, 8)
    assert np.array_equal(arrays["params/0/weight"], np.asarray(model.params["0"]["weight"]))
    with pytest.raises(SettingError, match="begin with features"):
        found.refuse()
    assert found.model() is model
