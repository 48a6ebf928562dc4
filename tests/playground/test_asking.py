"""Questions to a model: the arithmetic of a neuron, answers to rows, drawings, sounds and texts, maps of each layer."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from typing import Any

import jax
import numpy as np
import pytest

from lamina import DataError, SettingError
from lamina.errors import LaminaError
from lamina.playground.asking import answer, example_from, explanation
from lamina.playground.play_run import PlayRun
from lamina.playground.sources import Sources
from lamina.playground.telling import data_of_run
from tests import trained
from tests.playground.runs import SMALL, small


def base64_of(array: np.ndarray) -> str:
    return base64.b64encode(array.tobytes()).decode()


@pytest.mark.slow
def test_a_neurons_arithmetic_adds_up_and_goes_backwards(sources: Sources) -> None:
    run = small(sources)
    run.step("epoch", 2)
    model = run.model()
    example = example_from({"part": "test", "number": 3}, model, run.prepared)
    told = explanation(model, example, ["2:1"], True, 8)
    (neuron,) = told["neurons"]
    (z,) = neuron["sums"]
    weight = np.asarray(run.params["1"]["weight"])[:, 1]
    assert {term["name"] for term in z["terms"]} == {"x1", "x2"}
    assert [term["factor"] for term in sorted(z["terms"], key=lambda one: one["name"])] == pytest.approx(
        weight.tolist()
    )
    assert sum(term["product"] for term in z["terms"]) + z["bias"] == pytest.approx(z["total"], abs=1e-5)
    assert z["output"] == pytest.approx(np.tanh(z["total"]), abs=1e-5)
    assert (neuron["layer"], neuron["place"]) == ("2", [1])
    assert neuron["error"]["total"] != 0
    assert told["loss"]["name"] == "cross_entropy"
    assert any("new weight" in line for line in told["text"])
    assert neuron["gradients"][0]["after"] != neuron["gradients"][0]["before"]
    forwards = explanation(model, example, ["2:1"], False, 8)
    assert forwards["loss"] is None
    assert forwards["neurons"][0]["error"] is None


@pytest.mark.slow
def test_a_place_of_the_plane_is_an_example(sources: Sources) -> None:
    run = small(sources)
    model = run.model()
    told, header, arrays = answer(model, example_from({"values": {"x1": 1.5, "x2": -2}}, model, None), "integrated")
    assert told["value"] == model.predict([[1.5, -2.0]])[0].value
    assert sum(one["share"] for one in told["probabilities"]) == pytest.approx(1)
    assert [layer["shape"] for layer in header["layers"]] == [[2], [4], [2]]
    logits = arrays["output/3"]
    place = model.task.classes.index(told["of"])
    zeros = model.outputs(np.zeros((1, 2), np.float32))[0]
    assert arrays["mattered"].sum() == pytest.approx(logits[place] - zeros[place], rel=0.05, abs=0.02)
    assert told["mattered"]
    assert "relative to an input of zeros" in told["caution"]


@pytest.mark.slow
def test_a_drawing_is_answered_with_each_layers_maps() -> None:
    model = trained.digits()
    pixels = np.zeros((40, 30), np.uint8)
    pixels[5:35, 13:17] = 255
    asked = {"drawing": {"width": 30, "height": 40, "pixels": base64_of(pixels)}}
    told, header, arrays = answer(model, example_from(asked, model, None), "gradient")
    assert told["value"] == model.predict(pixels[None])[0].value
    assert [layer["shape"] for layer in header["layers"]] == [[4, 6, 6], [4, 3, 3], [36], [10]]
    assert arrays["input"].shape == arrays["mattered"].shape == (8, 8, 1)


@pytest.mark.slow
def test_an_answer_with_other_weights_compiles_nothing(sources: Sources, caplog: pytest.LogCaptureFixture) -> None:
    run = small(sources, network="5 tanh")
    example = example_from({"values": {"x1": 1.5, "x2": -2}}, run.answering, None)

    def told() -> list[Any]:
        with jax.log_compiles():
            found = [answer(run.answering, example, way)[0] for way in ("integrated", "gradient")]
        compiled = [one.message for one in caplog.records if one.message.startswith("Compiling")]
        caplog.clear()
        return [len(compiled), found[0]["probabilities"]]

    first = told()
    run.step("epoch")
    caplog.clear()
    second = told()
    assert first[0] > 0
    assert second[0] == 0
    assert first[1] != second[1]


@pytest.mark.slow
def test_what_answers_is_the_model_that_is_saved(sources: Sources) -> None:
    run = small(sources)
    run.step("epoch", 2)
    example = example_from({"values": {"x1": 1.5, "x2": -2}}, run.answering, None)
    (quick, _, seen), (saved, _, same) = (answer(one, example, "integrated") for one in (run.answering, run.model()))
    assert quick == saved
    assert all(np.array_equal(seen[name], same[name]) for name in seen)


@pytest.mark.filterwarnings("ignore::lamina.errors.LaminaWarning")
def test_a_text_in_a_table_is_answered_without_slopes(sources: Sources) -> None:
    lines = [
        f"{'win a prize now and call' if i % 2 else 'see you at home this evening'} {i},{'ab'[i % 2]}"
        for i in range(60)
    ]
    sources.upload("t.csv", "\n".join(["words,kind", *lines, ""]).encode())
    run = PlayRun(sources, replace(SMALL, data="upload 1", features=(), target="kind", network="default"))
    (column,) = data_of_run("a", run, None, ("words",))["columns"]
    assert (column["name"], column["kind"]) == ("words", "text")
    example = example_from({"values": {"words": "win a prize"}}, run.answering, None)
    told, _, arrays = answer(run.answering, example, "integrated")
    assert (told["mattered"], told["caution"]) == (False, "")
    assert told["value"] in ("a", "b")
    assert "mattered" not in arrays


def test_where_slopes_do_not_tell_there_is_an_answer_all_the_same(sources: Sources) -> None:
    run = small(sources, network="4 binary_step")
    example = example_from({"values": {"x1": 3, "x2": -2}}, run.answering, None)
    told, _, arrays = answer(run.answering, example, "integrated")
    assert told["value"] in ("blue", "orange")
    assert "the network jumps between an empty input and this one" in told["caution"]
    assert (told["mattered"], "mattered" in arrays) == (False, False)


@pytest.mark.slow
def test_a_sound_is_answered() -> None:
    model = trained.sounds()
    samples = 0.5 * np.sin(2 * np.pi * 100 * np.arange(500) / 2_000).astype("<f4")
    asked = {"sound": {"rate_hz": 2_000, "samples": base64_of(samples)}}
    told, _, arrays = answer(model, example_from(asked, model, None), None)
    assert told["value"] in ("low", "high", "noise")
    assert not told["mattered"]
    assert arrays["input"].ndim == 3


@pytest.mark.slow
def test_a_row_of_a_table_is_typed_in(sources: Sources) -> None:
    lines = [f"{i % 7}.5,{'xyz'[i % 3]},{'ab'[i % 2]}" for i in range(60)]
    sources.upload("t.csv", "\n".join(["size,shape,kind", *lines, ""]).encode())
    run = PlayRun(sources, replace(SMALL, data="upload 1", features=(), target="kind", network="4 relu"))
    model = run.model()
    told, _, _ = answer(model, example_from({"values": {"size": 2.5, "shape": "y"}}, model, None), None)
    assert told["value"] in ("a", "b")
    same = example_from({"part": "train", "number": 0}, model, run.prepared)
    assert same.truth in ("a", "b")


@pytest.mark.parametrize(
    ("asked", "kind", "why"),
    [
        ({}, SettingError, "an example is a part and a number, or one of values, text, drawing, sound; got []"),
        ({"values": [1]}, SettingError, "values needs a number or a text for each column, by its name"),
        ({"values": {"x1": 1}}, DataError, "the model needs a number for x2"),
        ({"text": "hello"}, DataError, "this model takes no text"),
        ({"drawing": {}}, DataError, "this model takes no picture"),
        ({"sound": {}}, DataError, "this model takes no sound"),
        ({"part": "test", "number": 99}, SettingError, "there is no example 99 in the part test"),
        ({"part": "all", "number": 0}, SettingError, "there is no example 0 in the part all"),
        ({"part": "test", "number": True}, SettingError, "there is no example True in the part test"),
    ],
)
def test_what_is_no_example(sources: Sources, asked: Any, kind: type[LaminaError], why: str) -> None:
    run = small(sources)
    with pytest.raises(kind, match=re.escape(why)):
        example_from(asked, run.model(), run.prepared)


@pytest.mark.parametrize(
    ("drawing", "why"),
    [
        ({"width": 2, "height": 2, "pixels": "AAAA"}, "a drawing of 2 x 2 needs 4 bytes; got 3"),
        ({"width": 2, "height": 0, "pixels": "AAAA"}, "a drawing needs a height from 1 to 1,024; got 0"),
        ({"width": 2_000_000, "height": 2, "pixels": "AAAA"}, "a drawing needs a width from 1 to 1,024"),
        ({"width": 2, "height": 2, "pixels": "&&"}, "pixels is not in base64"),
        ({"width": 2, "height": 2}, "pixels is missing"),
    ],
)
def test_drawings_that_are_none(drawing: Any, why: str) -> None:
    with pytest.raises(DataError, match=re.escape(why)):
        example_from({"drawing": drawing}, trained.digits(), None)


@pytest.mark.parametrize("samples", [b"", b"abc", np.full(10, np.nan, "<f4").tobytes(), bytes(4 * 2_000 * 61)])
def test_sounds_that_are_none(samples: bytes) -> None:
    asked = {"sound": {"rate_hz": 2_000, "samples": base64.b64encode(samples).decode()}}
    with pytest.raises(DataError, match="a sound needs"):
        example_from(asked, trained.sounds(), None)
