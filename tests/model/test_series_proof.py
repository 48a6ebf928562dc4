"""The proof of a model of a series: every tensor and every fitted number, of columns with and without a logarithm."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lamina.model.container import Container, read_container
from tests.data.series_makers import days, wave, write_table
from tests.model.test_proof import NUDGE, as_good_as_zero, fitted_numbers, nudged, refusal
from tests.trained import quietly


@pytest.fixture(scope="module")
def container(tmp_path_factory: pytest.TempPathFactory) -> Container:
    folder = tmp_path_factory.mktemp("series")
    growing = np.exp(0.01 * np.arange(200)) * (2 + np.sin(np.arange(200)))
    path = write_table(folder / "made.csv", day=days(200), sold=growing, heat=wave(200, 7, 1.0), rain=wave(200, 30))
    model = quietly(path, target="sold,heat", horizon=2, epochs=30, learning_rate=0.02)
    return read_container(model.save(folder / "made.safetensors"))


@pytest.mark.slow
def test_both_kinds_of_columns_are_there(container: Container) -> None:
    assert container.document["encoder"]["logs"] == [True, False, False]
    assert container.document["encoder"]["calendar"] == ["week"]
    assert container.document["task"]["logs"] == [True, False]


@pytest.mark.slow
def test_every_fitted_number_is_proved(container: Container, tmp_path: Path) -> None:
    taken, tried = [], 0
    for part in ("encoder", "task"):
        for place, value in fitted_numbers(container.document[part]):
            if as_good_as_zero(container.document[part], place, value):
                continue
            tried += 1
            changed = {**container.document, part: nudged(container.document[part], place)}
            if "the proof does not hold" not in refusal(Container(changed, container.tensors), tmp_path):
                taken.append((part, *place))
    assert tried >= 8
    assert taken == []


def test_every_tensor_is_proved(container: Container, tmp_path: Path) -> None:
    taken, tried = [], 0
    for name, tensor in container.tensors.items():
        if name.startswith("proof/") or not tensor.any():
            continue
        tried += 1
        changed = {**container.tensors, name: tensor * np.float32(NUDGE)}
        if "the proof does not hold" not in refusal(Container(container.document, changed), tmp_path):
            taken.append(name)
    assert tried >= 4
    assert taken == []


@pytest.mark.parametrize(
    ("field", "value"),
    [("logs", [False, False, False]), ("calendar", ["day"]), ("columns", ["heat", "sold", "rain"])],
)
def test_other_settings_of_the_encoder_are_seen_or_mean_nothing(
    container: Container, tmp_path: Path, field: str, value: object
) -> None:
    changed = {**container.document, "encoder": {**container.document["encoder"], field: value}}
    said = refusal(Container(changed, container.tensors), tmp_path)
    assert (said == "") == (field == "columns")
