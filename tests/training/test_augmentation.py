"""Changes of pictures: each against what it must be, and what stays the same where one more is switched on."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lamina.training.augmentation import augment, changes_pictures, random_brightness, random_crop, random_flip
from lamina.training.augmentation import random_shift as shift
from lamina.training.settings import Settings

KEY = jax.random.key(7)
ON: list[dict[str, Any]] = [{"shift": 2}, {"flip": True}, {"crop": 0.3}, {"brightness": 0.5}]


def pictures(count: int = 64, height: int = 9, width: int = 7, channels: int = 3) -> Any:
    return jax.random.normal(jax.random.key(1), (count, height, width, channels))


def plane(count: int, height: int, width: int) -> Any:
    """Pictures whose value is 100 times the row plus the column."""
    one = 100.0 * jnp.arange(height)[:, None] + jnp.arange(width)
    return jnp.broadcast_to(one[None, :, :, None], (count, height, width, 1))


def test_flip_mirrors_about_half_of_them_left_to_right() -> None:
    x = pictures(400)
    y = np.asarray(random_flip(KEY, x))
    same = (y == np.asarray(x)).all(axis=(1, 2, 3))
    mirrored = (y == np.asarray(x)[:, :, ::-1]).all(axis=(1, 2, 3))
    assert (same ^ mirrored).all()
    assert 150 < mirrored.sum() < 250


def test_brightness_adds_one_number_to_a_picture() -> None:
    x = pictures(400)
    added = np.asarray(random_brightness(KEY, x, 0.5) - x)
    assert np.ptp(added, axis=(1, 2, 3)).max() < 1e-5
    of_each = added[:, 0, 0, 0]
    assert np.abs(of_each).max() <= 0.5 + 1e-6
    assert abs(of_each.mean()) < 0.1
    assert of_each.std() == pytest.approx(0.5 / 3**0.5, rel=0.1)


@pytest.mark.slow
def test_shift_moves_whole_pixels_and_repeats_the_border() -> None:
    y = np.asarray(shift(KEY, plane(300, 8, 8), 2))[..., 0]
    rows, columns = y[:, 4, 4] // 100 - 4, y[:, 4, 4] % 100 - 4
    assert {*rows.tolist()} == {*columns.tolist()} == {-2.0, -1.0, 0.0, 1.0, 2.0}
    for picture, r, c in zip(y, rows, columns, strict=True):
        places = np.clip(np.arange(8) + r, 0, 7)[:, None] * 100 + np.clip(np.arange(8) + c, 0, 7)
        np.testing.assert_array_equal(picture, places)


@pytest.mark.slow
def test_crop_enlarges_a_part_evenly_and_stays_within_the_picture() -> None:
    share, size = 0.3, 40
    y = np.asarray(random_crop(KEY, plane(300, size, size), share))[..., 0]
    columns, rows = y[:, 0, :] - y[:, 0, :1].round(-2), y[:, :, 0] / 100
    for places in (columns, rows):
        steps = np.diff(places, axis=1)[:, 2:-2]
        assert np.ptp(steps, axis=1).max() < 2e-3, "neighbors lie equally far apart"
        scale = steps.mean(axis=1)
        assert 1 - share - 1e-3 <= scale.min() < 0.75
        assert 0.95 < scale.max() <= 1 + 1e-3
    assert y.min() >= 0
    assert y.max() <= 100 * (size - 1) + size - 1


@pytest.mark.slow
def test_a_crop_of_a_flat_picture_is_flat() -> None:
    flat = jnp.full((16, 9, 7, 3), 0.25)
    np.testing.assert_allclose(random_crop(KEY, flat, 0.9), flat, rtol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("on", ON, ids=str)
def test_each_keeps_shape_and_type_and_depends_on_the_key_alone(on: dict[str, Any]) -> None:
    x, settings = pictures(), Settings(**on)
    assert changes_pictures(settings)
    first = augment(KEY, x, settings)
    assert (first.shape, first.dtype) == (x.shape, x.dtype)
    assert bool((first == augment(KEY, x, settings)).all())
    assert not bool((first == augment(jax.random.key(8), x, settings)).all())
    assert not bool((first == x).all())
    np.testing.assert_allclose(jax.jit(augment, static_argnums=2)(KEY, x, settings), first, atol=1e-5)


def test_nothing_is_changed_where_nothing_is_asked_for() -> None:
    assert not changes_pictures(Settings())
    assert bool((augment(KEY, pictures(), Settings()) == pictures()).all())


@pytest.mark.slow
def test_one_change_more_leaves_what_the_others_draw() -> None:
    x = pictures()
    both = augment(KEY, x, Settings(shift=2, brightness=0.5))
    alone = augment(KEY, x, Settings(shift=2))
    assert float(jnp.ptp(both - alone, axis=(1, 2, 3)).max()) < 1e-5
    assert bool((alone == shift(KEY, x, 2)).all()), "as it was before there were other changes"
