"""Color photos: how they are varied where nothing is said, and what is said of that."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import lamina
from lamina.model.defaults import choose_network, choose_settings
from lamina.model.preparation import Choices, Prepared, prepare
from lamina.networks import cnn, deep_cnn, photo_cnn
from tests.data.makers import noise

CLASSES = ("cat", "dog")


def prepared(shape: tuple[int, ...], count: int = 40, **settings: Any) -> Prepared:
    pictures = noise(1, (count, *shape))
    return prepare((pictures, np.array(CLASSES * (count // 2))), Choices(settings=settings))


def of(found: Prepared) -> tuple[bool, int, float, float]:
    return found.settings.flip, found.settings.shift, found.settings.crop, found.settings.brightness


def test_color_photos_are_varied_and_that_is_said() -> None:
    found = prepared((16, 24, 3))
    assert of(found) == (True, 2, 0.0, 0.2)
    told = [note for note in found.notes if "color photos are" in note]
    assert told == [
        "color photos are mirrored left to right, moved by up to 2 pixels, made brighter or darker at random while "
        "training; --no-flip, --shift 0 and --brightness 0 leave them as they are, where that would change what they "
        "show"
    ]


def test_grey_pictures_are_left_as_they_are() -> None:
    found = prepared((16, 16))
    assert of(found) == (False, 0, 0.0, 0.0)
    assert not [note for note in found.notes if "photos" in note]


def test_numbers_to_predict_may_depend_on_the_side() -> None:
    found = prepare((noise(1, (40, 16, 16, 3)), np.linspace(0, 1, 40)), Choices())
    assert of(found) == (False, 0, 0.0, 0.0)


def test_what_the_user_says_is_taken_and_not_told_again() -> None:
    found = prepared((16, 16, 3), flip=False, shift=0, crop=0.1)
    assert of(found) == (False, 0, 0.1, 0.2)
    told = next(note for note in found.notes if "color photos are" in note)
    assert told.startswith("color photos are made brighter or darker at random")
    silent = prepared((16, 16, 3), flip=True, shift=1, brightness=0.0)
    assert not [note for note in silent.notes if "color photos are" in note]


@pytest.mark.parametrize(("count", "few"), [(80, True), (400, False)])
def test_few_photos_are_few(count: int, few: bool) -> None:
    found = prepared((8, 8, 3), count)
    told = [note for note in found.notes if "photos are few to learn 2 classes from" in note]
    assert bool(told) == few
    if few:
        assert told[0].startswith(f"{len(found.split.train)} photos are few")


def test_an_ensemble_of_photos_is_told_of_too() -> None:
    found = prepare((noise(1, (40, 8, 8, 3)), np.array(CLASSES * 20)), Choices(members=2))
    assert [note for note in found.notes if "photos are few" in note]


@pytest.mark.slow
def test_a_run_with_every_change_is_the_same_again() -> None:
    def weights() -> Any:
        data = (noise(1, (40, 8, 8, 3)), np.array(CLASSES * 20))
        run = lamina.train(data, lamina.Sequential(lamina.Flatten(), lamina.Dense(2)), epochs=2, crop=0.2, batch_size=8)
        for _ in run:
            pass
        return run.progress.train.params

    first, second = (np.asarray(in_a_row(weights())) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def in_a_row(params: Any) -> Any:
    """All weights in one row."""
    import jax

    return np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(params)])


def test_few_photos_get_few_weights_and_other_pictures_the_usual_network() -> None:
    few, many, grey = prepared((8, 8, 3), 80), prepared((8, 8, 3), 400), prepared((8, 8), 80)
    assert few.network == photo_cnn((8, 8, 3), 2)
    assert choose_network(many.encoder, many.task, 10_000) == deep_cnn((8, 8, 3), 2)
    learns_sooner = {"filters": (16, 32), "dropout": 0.15, "normalized": True}
    assert choose_network(grey.encoder, grey.task, 10_000) == cnn((8, 8, 1), 2, **learns_sooner)
    large = prepared((24, 24), 80)
    assert choose_network(large.encoder, large.task, 10_000) == cnn((24, 24, 1), 2, **learns_sooner, padding="valid")
    assert (few.settings.epochs, few.settings.rate) == (150, 0.003)
    assert many.network == cnn((8, 8, 3), 2)
    assert (many.settings.epochs, many.settings.rate) == (30, 0.001)
    assert grey.network == cnn((8, 8, 1), 2)
    assert (grey.settings.epochs, grey.settings.rate) == (60, 0.001)


@pytest.mark.slow
def test_many_grey_pictures_take_a_higher_rate_for_the_default_network_alone() -> None:
    prepared = lamina.train("digits", epochs=1).prepared
    encoder, task = prepared.encoder, prepared.task
    assert choose_settings(encoder, task, 60_000, {}).rate == 0.003
    usual_network = choose_network(encoder, task, 60_000)
    assert choose_settings(encoder, task, 60_000, {}, usual_network).rate == 0.003
    assert choose_settings(encoder, task, 60_000, {"learning_rate": 0.01}).rate == 0.01
    usual = choose_settings(encoder, task, 1_000, {}).rate
    assert usual < 0.003
    assert choose_settings(encoder, task, 60_000, {}, lamina.lenet5()).rate == usual
