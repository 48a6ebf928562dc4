"""Settings refuse what is not possible, and say what is."""

from __future__ import annotations

import pytest

from lamina.errors import SettingError
from lamina.recipes import from_json, to_json
from lamina.training.schedules import Cosine
from lamina.training.settings import Settings


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"epochs": -1}, "epochs must be a whole number from 0"),
        ({"epochs": 1.5}, "epochs must be a whole number"),
        ({"batch_size": 0}, "batch_size must be a whole number from 1"),
        ({"seed": -1}, "seed must be a whole number from 0"),
        ({"patience": 0}, "patience must be a whole number from 1"),
        ({"learning_rate": 0.0}, "learning_rate must be a positive number"),
        ({"learning_rate": float("nan")}, "learning_rate must be a positive number"),
        ({"l2": -0.1}, "l2 must be a non-negative number"),
        ({"clip_norm": 0}, "clip_norm must be a positive number"),
        ({"optimizer": "sgd2"}, "optimizer must be one of .*adam.*got 'sgd2'"),
        ({"crop": 0.95}, "crop must be a share from 0 to 0.9; got 0.95"),
        ({"crop": -0.1}, "crop must be a share from 0 to 0.9"),
        ({"brightness": -1.0}, "brightness must be a non-negative number"),
        ({"flip": 1}, "Settings needs bool for flip; got 1"),
        ({"shift": 100}, "shift must be a whole number from 0 to 64"),
    ],
)
def test_impossible_settings(setting: dict[str, object], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        Settings(**setting)


def test_settings_are_their_own_json() -> None:
    settings = Settings(epochs=3, schedule=Cosine(warmup=0.1), clip_norm=1.0, patience=2)
    assert from_json(to_json(settings), Settings, "settings") == settings
