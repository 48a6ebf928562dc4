"""Pickles of estimators: the model file's own bytes and plain values, no code, and the same from there on."""

from __future__ import annotations

import copy
import io
import pickle
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_iris

from lamina import Dense, LaminaClassifier, LaminaRegressor, ModelFileError, Sequential
from lamina.model.document import model_bytes

X, Y = load_iris(return_X_y=True)
QUICK = {"network": "4 tanh", "epochs": 2, "random_state": 0}


def imported(data: bytes) -> set[str]:
    """What a pickle names: "module name"."""
    found = set()

    class Watched(pickle.Unpickler):
        def find_class(self, module: str, name: str) -> Any:
            found.add(f"{module} {name}")
            return super().find_class(module, name)

    Watched(io.BytesIO(data)).load()
    return found


@pytest.mark.slow
def test_a_pickle_holds_the_model_file_and_plain_values() -> None:
    fitted = LaminaClassifier(**QUICK).fit(X, Y)
    data = pickle.dumps(fitted)
    assert model_bytes(fitted.model_) in data
    own = "lamina.estimators.classifier LaminaClassifier"
    assert {one.split(".")[0] for one in imported(data) - {own, "numpy ndarray", "numpy dtype"}} <= {"numpy"}
    again = pickle.loads(data)
    np.testing.assert_array_equal(again.predict_proba(X), fitted.predict_proba(X))
    np.testing.assert_array_equal(again.classes_, fitted.classes_)
    assert again.get_params() == fitted.get_params()
    assert again.model_.record == fitted.model_.record


def test_what_is_not_fitted_is_pickled_too() -> None:
    network = Sequential(Dense(4), Dense(3))
    again = pickle.loads(pickle.dumps(LaminaClassifier(network)))
    assert again.network == network
    assert not hasattr(again, "model_")


@pytest.mark.slow
def test_going_on_from_a_pickle_is_going_on() -> None:
    """The optimizer's memory is in it."""
    first = LaminaRegressor(**{**QUICK, "learning_rate": 0.05})
    for _ in range(2):
        first.partial_fit(X, X[:, 0])
    second, third = pickle.loads(pickle.dumps(first)), copy.deepcopy(first)
    for one in (first, second, third):
        one.partial_fit(X, X[:, 0])
        np.testing.assert_array_equal(one.predict(X), first.predict(X))


@pytest.mark.slow
def test_a_damaged_pickle_is_refused() -> None:
    fitted = LaminaClassifier(**QUICK).fit(X, Y)
    state = fitted.__getstate__()
    state["model_"] = state["model_"][:-1] + bytes([state["model_"][-1] ^ 1])
    with pytest.raises(ModelFileError, match="a pickled LaminaClassifier: the checksum does not fit"):
        LaminaClassifier().__setstate__(state)
