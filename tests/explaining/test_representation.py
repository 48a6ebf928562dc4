"""What each layer gives, how well a flat classifier does on it, and how much noise a model bears."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas
import pytest
from sklearn.linear_model import LogisticRegression

import lamina
from lamina.errors import SettingError
from lamina.explaining.noise import error_under_noise
from lamina.explaining.permutation import column_importances
from lamina.explaining.representation import MOST_NUMBERS, layer_outputs, layer_scores
from lamina.model.examples import held_out_examples, training_examples
from tests import trained


@pytest.mark.slow
def test_layers_give_what_features_gives() -> None:
    model = trained.digits()
    dataset = lamina.read("digits").subset(np.arange(150))
    encoded = model.encoder.encode(dataset.inputs)[0]
    found = layer_outputs(model, encoded)
    assert list(found) == ["input", "1 Conv2D", "2 MaxPool2D", "3 Flatten", "4 Dense"]
    np.testing.assert_allclose(found["input"], np.asarray(model.encoder.on_device(encoded)).reshape(150, -1), rtol=1e-6)
    for number, name in ((1, "1 Conv2D"), (3, "3 Flatten")):
        np.testing.assert_allclose(found[name], lamina.features(model, dataset, number).values, atol=1e-4)
    np.testing.assert_allclose(found["4 Dense"], model.outputs(encoded), atol=1e-4)


def test_the_same_numbers_are_drawn_of_every_example() -> None:
    model = trained.digits()
    encoded = lamina.read("digits").inputs.pixels[:20]
    whole, some = (layer_outputs(model, encoded, most)["1 Conv2D"] for most in (None, 10))
    assert some.shape == (20, 10)
    places = [int(np.flatnonzero((whole == column[:, None]).all(axis=0))[0]) for column in some.T if column.any()]
    assert places == sorted(places)


@pytest.mark.slow
def test_scores_are_those_of_a_logistic_regression() -> None:
    model = trained.iris()
    tested = held_out_examples(model, "iris")
    learnt = training_examples(model, tested.whole, 1000)
    assert learnt is not None
    scores = layer_scores(model, learnt, tested)
    x = np.asarray(learnt.encoded)
    mean, scale = x.mean(axis=0), x.std(axis=0)
    fitted = LogisticRegression(max_iter=1000).fit((x - mean) / scale, learnt.targets)
    assert scores[0].accuracy == pytest.approx(
        fitted.score((np.asarray(tested.encoded) - mean) / scale, tested.targets), abs=0.04
    )
    assert [score.name for score in scores] == list(layer_outputs(model, x[:1]))
    assert (scores[0].numbers, scores[-1].numbers) == (4, 3)
    assert MOST_NUMBERS >= 128


def test_what_has_no_layers_or_no_classes() -> None:
    model = trained.several()
    with pytest.raises(SettingError, match="looked at one by one in a Sequential; this network is a Ensemble"):
        layer_outputs(model, np.zeros((1, 10), np.float32))
    tested = held_out_examples(trained.diabetes(), "diabetes")
    with pytest.raises(SettingError, match="how well they tell classes apart; disease progression has none"):
        layer_scores(trained.diabetes(), tested, tested)


def test_training_examples_of_one_class_tell_nothing_apart() -> None:
    tested = held_out_examples(trained.iris(), "iris")
    learnt = training_examples(trained.iris(), tested.whole, 1000)
    assert learnt is not None
    alike = np.flatnonzero(learnt.targets == "setosa")
    setosas = replace(learnt, dataset=learnt.dataset.subset(alike), encoded=np.asarray(learnt.encoded[alike]),
                      targets=learnt.targets[alike])  # fmt: skip
    with pytest.raises(SettingError, match="the training examples that are looked at are all setosa: take more"):
        layer_scores(trained.iris(), setosas, tested)


@pytest.mark.slow
def test_noise_makes_a_model_guess() -> None:
    model = trained.digits()
    tested = held_out_examples(model, "digits").evenly(200)
    measured = error_under_noise(model, tested, (0.0, 0.5, 20.0))
    outputs = model.outputs(tested.encoded)
    assert measured[0] == pytest.approx(np.mean(outputs.argmax(axis=1) != model.task.encode(tested.targets)))
    assert measured[0].mean() < measured[1].mean() < measured[2].mean()
    assert measured[2].mean() > 0.7
    np.testing.assert_array_equal(measured, error_under_noise(model, tested, (0.0, 0.5, 20.0)))


@pytest.mark.slow
def test_noise_on_groups_and_on_several_targets() -> None:
    """Whose measures, the distance and the loss, are none of their metrics."""
    groups = trained.groups()
    tested = held_out_examples(groups, "iris")
    distances = groups.task.objective()[1]["distance"](groups.outputs(tested.encoded), np.zeros(len(tested)))
    measured = error_under_noise(groups, tested, (0.0, 5.0))
    assert measured[0] == pytest.approx(float(np.mean(distances)), rel=1e-4)
    assert measured[0].mean() < measured[1].mean()
    size = np.random.default_rng(1).normal(5, 2, 60)
    frame = pandas.DataFrame({"size": size, "price": 3 * size, "kind": np.where(size > 5, "large", "small")})
    both = held_out_examples(trained.targets(), frame)
    measured = error_under_noise(trained.targets(), both, (0.0, 5.0))
    assert measured[0] == pytest.approx(trained.targets().evaluate(frame).loss, rel=1e-4)
    assert measured[0].mean() < measured[1].mean()


def test_noise_on_numbers_only() -> None:
    tested = held_out_examples(trained.iris(), "iris")
    with pytest.raises(SettingError, match=r"noise needs levels from 0; got -1"):
        error_under_noise(trained.iris(), tested, (-1.0,))


def test_columns_of_a_model_of_numbers() -> None:
    model = trained.diabetes()
    tested = held_out_examples(model, "diabetes")
    found = column_importances(model, tested).columns
    assert {found[0].column, found[1].column} & {"bmi", "s5"}
    assert found[0].worse > 0


@pytest.mark.slow
def test_texts_have_no_noise() -> None:
    texts = [f"{word} film number {n}" for n in range(30) for word in ("good", "bad")]
    model = trained.quietly((texts, ["yes", "no"] * 30), "cnn", epochs=1)
    tested = held_out_examples(model, (texts, ["yes", "no"] * 30))
    with pytest.raises(SettingError, match="noise is added to numbers; this network takes entries of a vocabulary"):
        error_under_noise(replace(model), tested, (0.0,))


@pytest.mark.slow
def test_texts_of_a_table_stay_as_they_are() -> None:
    """Noise on the places of words would be other words, or none that there are."""
    said = [f"{word} film {n} that I saw on a day of the year and will {word} see again" for n in range(30)
            for word in ("good", "bad")]  # fmt: skip
    frame = pandas.DataFrame({"price": np.arange(60) % 7, "review": said, "liked": ["yes", "no"] * 30})
    model = trained.quietly(frame, target="liked", epochs=30, learning_rate=0.02, seed=0)
    measured = error_under_noise(model, held_out_examples(model, frame), (0.0, 50.0))
    assert np.isfinite(measured).all()
    assert measured[0].mean() < 0.2
    words = trained.quietly(frame[["review", "liked"]], target="liked", epochs=1, seed=0)
    with pytest.raises(SettingError, match="noise is added to numbers; this network takes entries of a vocabulary"):
        error_under_noise(words, held_out_examples(words, frame[["review", "liked"]]), (0.0,))
