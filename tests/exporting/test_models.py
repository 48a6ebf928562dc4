"""Whole models as ONNX graphs: raw inputs in, the model's own answers out."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pandas
import pytest

import lamina
from lamina import Dense, Flatten, Model, Sequential
from lamina.arrays import Numpy
from lamina.data.passage_encoder import PassageEncoder
from lamina.data.passages import passages_of
from lamina.errors import ExportError, SaveError, SettingError
from lamina.exporting.given_inputs import given_inputs
from lamina.exporting.preparation import COLUMNS, ENCODERS, left_outside
from lamina.exporting.to_onnx import model_to_onnx
from tests import pair_models, trained
from tests.data.makers import passengers
from tests.data.series_makers import months, wave
from tests.exporting.judges import BATCHES, assert_near, reference, runtime, told


@functools.cache
def airline() -> Model:
    """A series with a calendar whose logarithm is learnt."""
    frame = pandas.DataFrame({"month": months(90), "sold": np.exp(0.03 * np.arange(90)) * (10 + wave(90, noise=0.5))})
    return trained.quietly(frame, target="sold", horizon=2, window=12, epochs=3, seed=1)


@functools.cache
def texts() -> Model:
    """Texts as tokens, by a recurrent network that skips what only fills up."""
    rows = [f"a {word} film indeed" for word in ("good", "bad", "fine", "poor") * 20], ["yes", "no"] * 40
    return trained.quietly(rows, "gru", epochs=1, seed=1)


@functools.cache
def language() -> Model:
    """A text to go on from."""
    passages = passages_of("abcdefghijklmnopqrstuvwxyz\n" * 150, "alphabet")
    return trained.quietly(passages, lamina.language_model(28, units=16, dropout=0.0), epochs=1, seed=1)


@functools.cache
def reconstruction() -> Model:
    """The input again."""
    return trained.quietly("iris", "autoencoder", epochs=2, seed=1)


@functools.cache
def generating() -> Model:
    """The terms of a variational autoencoder."""
    return trained.quietly("iris", "vae", epochs=2, seed=1)


@functools.cache
def playing() -> Model:
    """A board game."""
    return trained.quietly("tic_tac_toe", lamina.policy("tic_tac_toe", hidden=(8,)), epochs=1, seed=1)


MODELS: dict[str, Callable[[], Model]] = {
    **trained.MODELS_AND_TABLES,
    "groups": trained.groups,
    "airline": airline,
    "texts": texts,
    "language": language,
    "pairs": pair_models.model,
    "reconstruction": reconstruction,
    "generating": generating,
    "playing": playing,
}


def asked(model: Model, rows: int) -> tuple[dict[str, Numpy], Numpy]:
    """Raw inputs for the graph, and the same examples encoded for the model."""
    made = model.encoder.made_up()
    examples = [made[row % len(made)] for row in range(rows)]
    encoded = np.stack([model.encoder.encode_raw(one) for one in made])
    return given_inputs(model.encoder, examples), encoded[np.arange(rows) % len(made)]


def assert_answers(found: dict[str, Numpy], model: Model, encoded: Numpy) -> None:
    """Everything that the graph gives is what the model's predictions say."""
    assert_near(found["outputs"], told(model.network, model.outputs(encoded)))
    if isinstance(model.encoder, PassageEncoder):
        last = np.arange(len(encoded)), model.encoder.last_steps(encoded)
        found = {**found, "probabilities": found["probabilities"][last]}
    for row, prediction in enumerate(model.answers(encoded)):
        by_target = prediction.by_target or {"": prediction}
        for target, one in by_target.items():
            assert_answer({name.removeprefix(f"{target} "): values[row] for name, values in found.items()
                           if name.startswith(target)}, one)  # fmt: skip


def assert_answer(found: dict[str, Any], wanted: Any) -> None:
    if "move" in found:
        assert wanted.value == found["move"]
        assert {name for name, chance in zip("123456789", found["probabilities"], strict=True) if chance > 0} == set(
            wanted.probabilities
        )
    elif wanted.probabilities:
        told = sorted(wanted.probabilities.values())  # of many characters the likeliest alone
        assert_near(sorted(found["probabilities"].tolist())[-len(told) :], told)
        first, second, *_ = sorted(wanted.probabilities.values(), reverse=True)
        assert found.get("class", wanted.value) == wanted.value or first - second < 1e-5
    elif "distance" in found or "loss" in found:
        assert_near(found.get("distance", found.get("loss")), wanted.value)
    elif "value" in found:
        assert_near(found["value"], np.atleast_1d(wanted.value))


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(MODELS))
def test_a_model_as_a_graph_answers_like_the_model(name: str) -> None:
    model = MODELS[name]()
    data = model_to_onnx(model)
    ask, slow = runtime(data), reference(data)
    for rows in BATCHES:
        given, encoded = asked(model, rows)
        assert_answers(ask(given), model, encoded)
    given, encoded = asked(model, 7)
    assert_answers(slow(given), model, encoded)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["iris", "digits", "table", "texts"])
def test_a_network_alone_takes_what_the_network_sees(name: str) -> None:
    model = MODELS[name]()
    _, encoded = asked(model, 7)
    data = model_to_onnx(model, prepare=False)
    seen = np.asarray(model.encoder.on_device(encoded))
    assert_near(runtime(data)({"inputs": seen})["outputs"], model.outputs(encoded))


@pytest.mark.slow
def test_every_preparation_is_judged() -> None:
    judged = {type(made().encoder) for made in MODELS.values()}
    assert set(ENCODERS) - judged == set()


def test_every_column_is_judged() -> None:
    columns = [*trained.table().encoder.columns, *trained.pictured().encoder.columns]
    assert {type(one).__name__ for one in columns} >= {one.__name__ for one in COLUMNS} - {"TokensColumn"}


def test_what_was_never_seen_and_what_is_missing() -> None:
    model = trained.table()
    rows = [{**row, **odd} for row, odd in zip(passengers()[:3], ({"Sex": "other"}, {"Age": ""}, {}), strict=True)]
    examples: Any = [tuple(str(row[column.name]) for column in model.encoder.columns) for row in rows]
    encoded = np.stack([model.encoder.encode_raw(one) for one in examples])
    assert_answers(runtime(model_to_onnx(model))(given_inputs(model.encoder, examples)), model, encoded)


def test_the_graph_says_what_it_is() -> None:
    graph = onnx.load_from_string(model_to_onnx(trained.digits()))
    told = {one.key: one.value for one in graph.metadata_props}
    assert told["predicts"].startswith("digit, one of 10 classes")
    assert told["before"].startswith("Pictures must be 8 x 8 in grey, drawings inverted and framed")
    assert graph.graph.input[0].type.tensor_type.shape.dim[0].dim_param == "batch"
    assert [one.version for one in graph.opset_import if not one.domain] == [18]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("digits", "it changes no sizes"), ("sounds", "2,000 Hz, one channel"), ("texts", "split into 32 tokens"),
        ("airline", "days since 1970"), ("pictured", "Pictures of picture must be 8 x 8"),
    ],
)  # fmt: skip
def test_what_stays_outside_is_said(name: str, sentence: str) -> None:
    assert sentence in " ".join(left_outside(MODELS[name]().encoder))


def test_rows_of_numbers_leave_nothing_outside() -> None:
    assert left_outside(trained.iris().encoder) == []


def test_export_saves_what_answered_the_models_own_examples(tmp_path: Path) -> None:
    exported = lamina.export(trained.iris(), tmp_path / "iris.onnx")
    assert exported.off < 1e-5
    assert exported.paths == (tmp_path / "iris.onnx",)
    rows = lamina.read("iris").inputs.values
    found = runtime((tmp_path / "iris.onnx").read_bytes())({"rows": rows})
    assert found["class"].tolist() == [str(one.value) for one in trained.iris().predict(rows)]


def test_other_answers_are_never_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from lamina.exporting import onnx_layers

    monkeypatch.setattr(onnx_layers, "relu", onnx_layers.elu)
    with pytest.raises(ExportError, match="other answers than the model: off by"):
        lamina.export(trained.iris(), tmp_path / "iris.onnx")
    assert list(tmp_path.iterdir()) == []


def test_another_form_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"a model is exported to one of onnx.*; got 'excel'"):
        lamina.export(trained.iris(), tmp_path / "iris.xls", to="excel")


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(SaveError, match="cannot be saved"):
        lamina.export(trained.iris(), tmp_path / "nowhere" / "iris.onnx")


def test_without_the_package_the_cure_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ExportError, match=r'need the package onnx.*pip install "lamina\[onnx\]"'):
        lamina.export(trained.iris(), tmp_path / "iris.onnx")


@pytest.mark.slow
def test_a_column_that_is_called_like_an_output_is_named() -> None:
    frame = pandas.DataFrame({"outputs": np.random.default_rng(0).normal(size=40).round(3), "kind": ["a", "b"] * 20})
    model = trained.quietly(frame, Sequential(Flatten(), Dense(2)), target="kind", epochs=1, seed=1)
    with pytest.raises(ExportError, match="the column outputs is called like something else in the graph"):
        model_to_onnx(model)
    assert json.dumps(len(model_to_onnx(model, prepare=False)))
