"""Classification: classes from data, answers from outputs, metrics against scikit-learn."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from sklearn import metrics as reference

from lamina.errors import DataError, SettingError
from lamina.tasks.classification import Classification

TASK = Classification("kind", ("ant", "bee", "cat"))


def test_classes_are_sorted_numbers_by_size() -> None:
    task = Classification.fit("digit", np.array(["10", "2", "1", "2"]))
    assert task.classes == ("1", "2", "10")
    assert task.encode(np.array(["10", "1"])).tolist() == [2, 0]


def test_one_class_is_nothing_to_learn() -> None:
    with pytest.raises(DataError, match='every example has the same kind, "ant"'):
        Classification.fit("kind", np.array(["ant", "ant"]))


def test_an_unknown_class_is_named() -> None:
    with pytest.raises(DataError, match=r"knows the classes ant, bee, cat; the data has dog"):
        TASK.encode(np.array(["ant", "dog"]))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"classes": ("a",)}, "2 to 100,000 classes; got 1"),
        ({"classes": ("a", "a")}, "names that differ"),
        ({"classes": ("a", "b" * 2000)}, "at most 1,000 characters"),
        ({"loss": "surprise"}, "must be one of cross_entropy.*got 'surprise'"),
        ({"label_smoothing": 1.0}, "label_smoothing needs a share"),
        ({"label_smoothing": 0.1, "loss": "hinge"}, "the loss cross_entropy; got 0.1 with hinge"),
    ],
)
def test_impossible_settings(settings: dict[str, object], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        Classification(**{"target": "kind", "classes": ("a", "b"), **settings})


def test_answers_are_ranked_and_add_up() -> None:
    answer = TASK.decode(np.array([[0.0, 3.0, 1.0]]))[0]
    assert list(answer.probabilities) == ["bee", "cat", "ant"]
    assert sum(answer.probabilities.values()) == pytest.approx(1)
    assert answer.probabilities["bee"] == pytest.approx(np.exp(3) / (1 + np.exp(3) + np.exp(1)))
    assert str(answer).startswith("bee (84.")


def test_metrics_agree_with_scikit_learn() -> None:
    chance = np.random.default_rng(0)
    outputs = chance.normal(size=(200, 3))
    truth = chance.integers(0, 3, 200)
    guesses = outputs.argmax(1)
    found = TASK.metrics(outputs, np.array(TASK.classes)[truth])
    assert found["error"] == pytest.approx(1 - reference.accuracy_score(truth, guesses))
    assert found["confusion_matrix"] == reference.confusion_matrix(truth, guesses).tolist()
    np.testing.assert_allclose(found["precision"], reference.precision_score(truth, guesses, average=None))
    np.testing.assert_allclose(found["recall"], reference.recall_score(truth, guesses, average=None))


def test_guessing_is_the_commonest_training_class() -> None:
    training = np.array(["bee", "bee", "ant"])
    assert TASK.guess(training, np.array(["bee", "cat", "cat", "bee"])) == 0.5


@pytest.mark.parametrize("loss", ["cross_entropy", "hinge", "quadratic", "mean_squared_error", "huber"])
def test_every_loss_prefers_the_right_class(loss: str) -> None:
    function, measures = Classification("kind", ("a", "b", "c"), loss).objective()
    logits = jnp.array([[0.9, 0.1, 0.0], [0.0, 0.1, 0.9]])
    losses = function(logits, jnp.array([0, 0]))
    assert losses.shape == (2,)
    assert losses[0] < losses[1]
    assert measures["error"](logits, jnp.array([0, 0])).tolist() == [0.0, 1.0]


def test_label_smoothing_asks_for_less_certainty() -> None:
    plain, _ = TASK.objective()
    smooth, _ = Classification("kind", TASK.classes, label_smoothing=0.3).objective()
    sure = jnp.array([[20.0, 0.0, 0.0]])
    assert plain(sure, jnp.array([0]))[0] < 1e-6
    # 0.3 is spread over three classes: 0.1 each for the two wrong ones, at 20 nats
    assert smooth(sure, jnp.array([0]))[0] == pytest.approx(4.0, rel=1e-4)
