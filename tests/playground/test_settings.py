"""The page's settings: read strictly, what the library gets of them, what a change begins again."""

from __future__ import annotations

import re
from typing import Any

import pytest

from lamina import SettingError
from lamina.playground.settings import PageSettings, changed, differing, why_anew
from lamina.training.schedules import Constant


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"noise": 0.6}, "settings: noise needs a number from 0 to 0.5; got 0.6"),
        ({"examples": 9}, "settings: examples needs a number from 10 to 5,000; got 9"),
        ({"train_percent": 95}, "train_percent needs a number from 10 to 90"),
        ({"noise": "much"}, "settings.noise: expected float; found 'much'"),
        ({"color": 1}, "PageSettings has unknown fields"),
        ({"features": []}, "PlaneFeatures needs features that differ"),
        ({"features": ["x3"]}, "PlaneFeatures needs features out of x1, x2"),
        ({"network": "lenet5"}, "over points the network is layers in words, or none; got 'lenet5'"),
        ({"network": "8 tanh, " * 400}, "network needs at most 2,000 characters"),
        ({"optimizer": "sgd"}, "optimizer must be one of gradient_descent"),
        ({"learning_rate": 0.0}, "learning_rate must be a positive number"),
        ({"batch_size": 0}, "batch_size must be a whole number"),
        ({"axes": ["x1"]}, "axes needs two columns that differ, or none"),
        ({"task": "clustering"}, 'task needs "classification", "regression" or ""'),
        ({"seed": -1}, "seed must be a whole number"),
    ],
)
def test_what_cannot_be_set(change: dict[str, Any], why: str) -> None:
    with pytest.raises(SettingError, match=re.escape(why)):
        changed(PageSettings(), change)


def test_a_change_leaves_the_other_fields() -> None:
    after = changed(PageSettings(), {"noise": 0.3, "features": ["x1", "x2^2"]})
    assert differing(PageSettings(), after) == {"noise", "features"}
    assert (after.noise, after.features) == (0.3, ("x1", "x2^2"))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "features x1 x2, 8 tanh, 8 tanh"),
        ({"network": "", "features": ("x1*x2",)}, "features x1*x2"),
        ({"data": "iris", "features": (), "network": ""}, "no hidden layers"),
        ({"data": "iris", "features": (), "network": "4 relu"}, "4 relu"),
        ({"data": "digits", "features": (), "network": "lenet5"}, "lenet5"),
        ({"data": "digits", "features": (), "network": "default"}, None),
    ],
)
def test_the_network_as_the_library_takes_it(fields: dict[str, Any], words: str | None) -> None:
    assert PageSettings(**fields).words == words


def test_the_rate_stays_the_same_for_as_long_as_a_run_may_take() -> None:
    learning = PageSettings(learning_rate=0.2, l1=0.01, seed=5).learning()
    assert (learning.schedule, learning.rate, learning.l1, learning.seed) == (Constant(), 0.2, 0.01, 5)
    assert learning.epochs == 20_000


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"learning_rate": 0.1, "l2": 0.1, "batch_size": 3, "network": "3 relu", "features": ["x1"]}, ""),
        ({"noise": 0.2}, "other points"),
        ({"data": "circle"}, "other data"),
        ({"train_percent": 60}, "the parts are drawn anew: the test part would hold what was learnt from"),
        ({"seed": 1}, "another seed draws another start and other parts"),
    ],
)
def test_what_begins_a_run_again(change: dict[str, Any], why: str) -> None:
    assert why_anew(PageSettings(), changed(PageSettings(), change)) == why


def test_other_columns_of_a_table_begin_it_again() -> None:
    before = PageSettings(data="iris", features=(), network="4 relu")
    assert why_anew(before, changed(before, {"features": ["petal length (cm)"]})) == "other columns"
