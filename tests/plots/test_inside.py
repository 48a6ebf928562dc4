"""Filters, maps and layers: what stands on the axes is what the network holds."""

from __future__ import annotations

from dataclasses import replace

import jax
import numpy as np
import pytest

import lamina
from lamina.errors import SettingError
from lamina.explaining.representation import LayerScore
from lamina.plots.inside import filters_picture, first_filters, first_maps, layers_picture, maps_picture, tiles
from tests.trained import digits, iris, normalized


def test_filters_are_those_of_the_first_convolution() -> None:
    model = digits()
    number, filters = first_filters(model)
    assert number == 1
    np.testing.assert_array_equal(filters[2, :, :, 0], np.asarray(model.params["0"]["weight"])[:, :, 0, 2])
    drawn = filters_picture(filters)
    shown = np.asarray(drawn.axes[0].images[0].get_array())
    np.testing.assert_allclose(shown[1:4, 8:11], filters[2, :, :, 0], rtol=1e-6)
    assert [text.get_text() for text in drawn.axes[0].texts] == ["0", "1", "2", "3"]
    most = float(np.abs(filters).max())
    assert drawn.axes[0].images[0].get_clim() == pytest.approx((-most, most))


def test_a_dense_layer_on_a_picture_has_filters_too() -> None:
    number, filters = first_filters(normalized())
    assert (number, filters.shape) == (2, (16, 8, 8, 1))
    weight = np.asarray(normalized().params["1"]["weight"])
    np.testing.assert_array_equal(filters[5].ravel(), weight[:, 5])
    with pytest.raises(SettingError, match="this network begins with a Dense"):
        first_maps(normalized(), np.zeros((8, 8, 1), np.uint8))


def test_maps_are_what_the_convolution_gives() -> None:
    model = digits()
    encoded = np.asarray(lamina.read("digits").inputs.pixels[7])
    maps = first_maps(model, encoded)
    seen = model.encoder.on_device(encoded[None])
    x = jax.lax.conv_general_dilated(
        seen, model.params["0"]["weight"], (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC")
    )
    expected = np.maximum(np.asarray(x + model.params["0"]["bias"])[0], 0).transpose(2, 0, 1)
    np.testing.assert_allclose(maps, expected, atol=1e-4)
    drawn = maps_picture(encoded, maps)
    np.testing.assert_array_equal(drawn.axes[0].images[0].get_array(), encoded[..., 0])
    shown, corners = np.asarray(drawn.axes[1].images[0].get_array()), tiles(maps)[1]
    top, left = corners[1]
    np.testing.assert_allclose(shown[top : top + 6, left : left + 6], maps[1])


def test_what_has_no_filters() -> None:
    for model in (iris(), replace(digits(), network=lamina.Sequential(lamina.Dropout(0.1), *digits().network.layers))):
        with pytest.raises(SettingError, match="filters are shown of a model of pictures whose network begins with"):
            first_filters(model)


def test_layers_stand_on_the_axes() -> None:
    [ax] = layers_picture([LayerScore("input", 0.6, 64), LayerScore("1 Dense", 0.9, 1000)], 0.1).axes
    assert ax.lines[0].get_ydata().tolist() == [0.6, 0.9]
    assert ax.lines[1].get_ydata() == [0.1, 0.1]
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["input (64)", "1 Dense (1,000)"]
