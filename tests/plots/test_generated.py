"""Samples and self-organizing maps: what stands on the axes."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina.errors import SettingError
from lamina.plots.generated import grid_of, map_picture, neighbor_distances, samples_picture, winners
from tests.plots.looking import cut
from tests.trained import digits, quietly


def test_samples_stand_side_by_side() -> None:
    pictures = np.arange(4, dtype=np.uint8).repeat(4).reshape(4, 2, 2, 1)
    [ax] = samples_picture(pictures).axes
    shown = np.asarray(ax.images[0].get_array())
    assert shown[0, 0] == 0
    assert shown[-1, -1] == 3
    assert shown.shape == (6, 6)
    with pytest.raises(SettingError, match=r"samples are drawn where they are pictures"):
        samples_picture(np.zeros((3, 4)))


def test_distances_are_those_of_the_four_neighbors() -> None:
    weight = np.random.default_rng(0).normal(size=(3, 4, 5))
    found = neighbor_distances(weight)
    around = [weight[0, 1], weight[2, 1], weight[1, 0], weight[1, 2]]
    assert found[1, 1] == pytest.approx(np.mean([np.linalg.norm(weight[1, 1] - one) for one in around]))
    assert found[0, 0] == pytest.approx(
        np.mean([np.linalg.norm(weight[0, 0] - one) for one in (weight[0, 1], weight[1, 0])])
    )


@pytest.mark.slow
def test_a_map_shows_its_neurons_and_who_wins() -> None:
    model = quietly("digits", lamina.som((8, 8, 1), 4, 3), epochs=2, seed=0)
    encoded = lamina.read("digits").inputs.pixels[:200]
    layer, weight = grid_of(model)
    assert (layer.rows, layer.columns, weight.shape) == (4, 3, (4, 3, 64))
    seen = np.asarray(model.encoder.on_device(encoded)).reshape(200, -1)
    nearest = ((seen[:, None] - weight.reshape(12, 64)) ** 2).sum(axis=-1).argmin(axis=1)
    np.testing.assert_array_equal(winners(model, encoded).ravel(), np.bincount(nearest, minlength=12))
    drawn = map_picture(model, encoded)
    counts = [int(text.get_text()) for text in drawn.axes[1].texts]
    assert counts == winners(model, encoded).ravel().tolist()
    assert cut(drawn) == []


def test_a_network_without_a_map() -> None:
    with pytest.raises(SettingError, match="a map is drawn of a network with SelfOrganizing"):
        grid_of(digits())


@pytest.mark.parametrize(("dark", "shade"), [(False, 255), (True, 22)])
def test_between_samples_is_the_ground(dark: bool, shade: int) -> None:
    drawn = samples_picture(np.full((4, 8, 8, 1), 100, np.uint8), dark=dark)
    shown = np.asarray(drawn.axes[0].images[0].get_array())
    assert set(np.unique(shown).tolist()) == {100, shade}
    assert abs(255 * drawn.get_facecolor()[0] - shade) < 0.5
