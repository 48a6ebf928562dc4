"""Maps: each byte stands for what the network really gives at that place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lamina import SettingError
from lamina.playground.plane import Maps, plane_of
from lamina.playground.play_run import PlayRun
from lamina.playground.sources import Sources
from tests.playground.runs import SMALL, small


@pytest.mark.slow
def test_a_map_holds_what_each_neuron_gives(sources: Sources) -> None:
    run = small(sources, network="3 tanh, 2 relu")
    run.step("epoch", 3)
    seen = run.viewed
    plane = plane_of(seen.encoder, np.asarray(run.prepared.inputs), (), drawn=True)
    assert plane is not None
    assert (plane.low, plane.high, plane.held) == ((-6, -6), (6, 6), False)
    found = Maps(seen, plane, 9, 5)(seen.params, seen.state)
    assert {layer: values[0].shape for layer, values in found["maps"].items()} == {
        1: (2, 9, 9), 2: (3, 9, 9), 3: (2, 9, 9), 4: (2, 9, 9),
    }  # fmt: skip
    model = run.model()
    places = np.linspace(-6, 6, 9)
    for row, column in ((0, 0), (2, 7), (8, 4)):
        raw = np.array([[places[column], places[row]]])
        z = (raw - np.asarray(model.encoder.means)) / np.asarray(model.encoder.scales)
        hidden = np.tanh(z @ np.asarray(seen.params["1"]["weight"]) + np.asarray(seen.params["1"]["bias"]))[0]
        values, low, high = found["maps"][2]
        shown = low + values[:, row, column] / 255 * (high - low)
        assert shown == pytest.approx(hidden, abs=float((high - low).max()) / 255)


def test_the_decision_is_the_models_answer(sources: Sources) -> None:
    run = small(sources)
    run.step("epoch", 5)
    seen, model = run.viewed, run.model()
    plane = plane_of(seen.encoder, None, (), drawn=True)
    assert plane is not None
    found = Maps(seen, plane, 8, 12)(seen.params, seen.state)["decision"]
    places = np.linspace(-6, 6, 12)
    raw = [[x, y] for y in places for x in places]
    answers = model.predict(raw)
    assert [model.task.classes[one] for one in found["class"].ravel()] == [one.value for one in answers]
    sure = [max(one.probabilities.values()) for one in answers]
    assert found["certainty"].ravel() / 255 == pytest.approx(sure, abs=1 / 255)


@pytest.mark.slow
def test_numbers_are_told_in_their_own_unit(sources: Sources) -> None:
    run = PlayRun(sources, replace(SMALL, data="plane"))
    run.step("epoch", 3)
    seen = run.viewed
    plane = plane_of(seen.encoder, None, (), drawn=True)
    assert plane is not None
    found = Maps(seen, plane, 8, 8)(seen.params, seen.state)["decision"]
    values = found["low"] + found["value"] / 255 * (found["high"] - found["low"])
    places = np.linspace(-6, 6, 8)
    answers = [one.value for one in run.model().predict([[x, y] for y in places for x in places])]
    assert values.ravel() == pytest.approx(answers, abs=float(found["high"] - found["low"]) / 255)


def test_other_columns_are_held_at_their_usual_values(sources: Sources) -> None:
    run = PlayRun(sources, replace(SMALL, data="iris", features=(), network="4 relu"))
    rows = np.asarray(run.prepared.inputs)
    plane = plane_of(run.prepared.encoder, rows, ("petal length (cm)", "petal width (cm)"))
    assert plane is not None
    grid = plane.rows(6)
    assert plane.held
    assert np.allclose(grid[:, :2], np.median(rows[:, :2], axis=0))
    across, up = plane.place(grid)
    assert (across.min(), across.max()) == pytest.approx((plane.low[0], plane.high[0]), rel=1e-5)
    assert (up[0], up[-1]) == pytest.approx((plane.low[1], plane.high[1]), rel=1e-5)
    lengths = run.prepared.dataset.inputs.values[:, 2]
    assert plane.low[0] < lengths.min() < lengths.max() < plane.high[0]


def test_axes_that_are_no_columns(sources: Sources) -> None:
    run = small(sources)
    with pytest.raises(SettingError, match="axes needs columns of numbers out of x1, x2; got 'x3'"):
        plane_of(run.prepared.encoder, None, ("x1", "x3"))


@pytest.mark.slow
def test_pictures_have_no_plane(sources: Sources) -> None:
    settings = replace(SMALL, data="digits", features=(), network="8 relu")
    assert plane_of(PlayRun(sources, settings).prepared.encoder, None) is None
