"""Layers over a run, and dead and saturated neurons on a source: what is drawn is what was recorded and counted."""

from __future__ import annotations

import functools
import math

import numpy as np
import pytest

import lamina
from lamina import Activation, Dense, Flatten, Model, Sequential
from lamina.errors import SettingError
from lamina.plots.layer_history import flat_shares, layers_figure, neurons_figure
from tests.plots.looking import cut, overlapping
from tests.trained import iris, quietly


@functools.cache
def watched() -> Model:
    network = Sequential(Dense(8, "relu"), Dense(6, "tanh"), Dense(3))
    return quietly("iris", network, epochs=5, seed=1, record_layers=True)


def test_every_layer_is_a_line_in_each_panel_that_knows_it() -> None:
    model = watched()
    made = layers_figure(model)
    for ax, key in zip(made.axes, ("weight", "gradient", "dead", "saturated"), strict=True):
        drawn = {line.get_label(): line.get_ydata() for line in ax.lines}
        known = ["1 Dense", "2 Dense", "3 Dense"] if key in ("weight", "gradient") else ["1 Dense", "2 Dense"]
        assert list(drawn) == known
        for place, name in enumerate(known):
            wanted = [getattr(epoch.layers[place], key) for epoch in model.record.epochs]
            np.testing.assert_allclose(drawn[name], wanted)
    assert [text.get_text() for text in made.legends[0].texts] == ["1 Dense", "2 Dense", "3 Dense"]
    sizes = np.array([line.get_ydata() for line in made.axes[1].lines])
    falls = sizes.max() / sizes.min()
    assert made.axes[1].get_yscale() == ("log" if falls > 20 else "linear")


def test_a_model_that_recorded_nothing_says_how_to() -> None:
    with pytest.raises(SettingError, match=r"did not record its layers: train it with --record-layers"):
        layers_figure(iris())


def test_shares_on_a_source_by_the_book() -> None:
    model = watched()
    found = flat_shares(model, "iris")
    encoded, *_ = model.encoder.encode(lamina.read("iris").inputs)
    first, second = (model.params[place] for place in ("0", "1"))
    z = encoded @ np.asarray(first["weight"]) + np.asarray(first["bias"])
    off = z <= 0
    assert found["1 Dense"] == (pytest.approx(off.all(axis=0).mean(), abs=1e-6), pytest.approx(off.mean(), abs=2e-3))
    z = np.maximum(z, 0) @ np.asarray(second["weight"]) + np.asarray(second["bias"])
    flat = 1 - np.tanh(z) ** 2 < 0.01
    assert found["2 Dense"] == (pytest.approx(flat.all(axis=0).mean()), pytest.approx(flat.mean(), abs=2e-3))


def test_the_shares_are_the_bars() -> None:
    model = watched()
    made = neurons_figure(model, "iris")
    found = flat_shares(model, "iris")
    widths = [[bar.get_width() for bar in bars] for bars in made.axes[0].containers]
    np.testing.assert_allclose(widths, np.array(list(found.values())).T * 100)
    assert [label.get_text() for label in made.axes[0].get_yticklabels()] == list(found)


@pytest.mark.slow
@pytest.mark.parametrize("dark", [False, True])
def test_nothing_is_cut_or_covered(dark: bool) -> None:
    for made in (layers_figure(watched(), dark=dark), neurons_figure(watched(), "iris", dark=dark)):
        assert cut(made) == []
        assert overlapping(made) == []


@pytest.mark.slow
def test_a_network_without_such_activations() -> None:
    model = quietly("iris", Dense(3), epochs=2, seed=1, record_layers=True)
    with pytest.raises(SettingError, match="no layer of this network ends with an activation that could be flat"):
        neurons_figure(model, "iris")
    empty = layers_figure(model).axes[2]
    assert "no layer has activations" in empty.texts[0].get_text()


@pytest.mark.slow
def test_activations_of_their_own_are_counted() -> None:
    network = Sequential(Flatten(), Dense(4), Activation("relu"), Dense(3))
    assert list(flat_shares(quietly("iris", network, epochs=1, seed=1), "iris")) == ["3 Activation"]
    assert all(0 <= share <= 1 for both in flat_shares(watched(), "iris").values() for share in both)
    assert not any(math.isnan(share) for both in flat_shares(watched(), "iris").values() for share in both)
