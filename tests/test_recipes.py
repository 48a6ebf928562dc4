"""Recipes: exact round trips, and refusals that name the field."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamina import Dense, Embedding, GlobalMaxPool1D, Residual, Sequential
from lamina.errors import SettingError
from lamina.layers.base import Layer
from lamina.recipes import RECIPES, describe, from_json, recipe, to_json

DENSE: dict[str, Any] = to_json(Dense(3, "relu"))


@given(st.lists(st.tuples(st.integers(1, 1000), st.sampled_from(["relu", "tanh"]), st.booleans()), min_size=1))
def test_a_network_is_its_own_json(settings: list[tuple[int, str, bool]]) -> None:
    network = Sequential(*(Dense(*one) for one in settings), Residual(Dense(2)))
    assert from_json(json.loads(json.dumps(to_json(network))), Layer, "network") == network


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"type": "os.system"}, "unknown layer 'os.system'"),
        ({"type": "Classification"}, "unknown layer 'Classification'"),
        ({"type": 3}, 'network: expected an object with a "type"'),
        ({"units": "3"}, "network.units: expected int; found '3'"),
        ({"units": True}, "network.units: expected int; found True"),
        ({"units": 3.0}, "network.units: expected int; found 3.0"),
        ({"units": None}, "network.units: expected int"),
        ({"units": -1}, "network: Dense needs units from 1"),
        ({"bias": 1}, "network.bias: expected bool"),
        ({"activation": "eval"}, "network: .*eval"),
        ({"__class__": "x"}, r"unknown fields \[\"'__class__'\"\]"),
    ],
)
def test_what_is_no_recipe_is_refused_by_name(change: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        from_json({**DENSE, **change}, Layer, "network")


def test_a_missing_field_is_named() -> None:
    with pytest.raises(SettingError, match=r"lacks \['bias'\]"):
        from_json({name: value for name, value in DENSE.items() if name != "bias"}, Layer, "network")


OLD_EMBEDDING = {"type": "Embedding", "entries": 9, "units": 2, "initializer": "normal"}


def test_a_setting_that_was_added_later_may_be_missing() -> None:
    assert from_json(OLD_EMBEDDING, Layer, "network") == Embedding(9, 2)
    assert from_json({"type": "GlobalMaxPool1D"}, Layer, "network") == GlobalMaxPool1D()
    with pytest.raises(SettingError, match=r"Embedding has unknown fields \[\] or lacks \['initializer'\]"):
        from_json({name: value for name, value in OLD_EMBEDDING.items() if name != "initializer"}, Layer, "network")
    with pytest.raises(SettingError, match=r"network\.padding: expected bool; found None"):
        from_json({**OLD_EMBEDDING, "padding": None}, Layer, "network")


def test_settings_that_were_added_later_have_defaults() -> None:
    for cls in RECIPES.values():
        defaults = {field.name: field.default for field in dataclasses.fields(cls)}
        for name in getattr(cls, "added_fields", ()):
            assert defaults[name] is not dataclasses.MISSING, f"{cls.__name__}.{name}"


@pytest.mark.parametrize("document", [None, 3, [], "Dense"])
def test_what_is_no_object_is_refused(document: Any) -> None:
    with pytest.raises(SettingError, match="expected an object"):
        from_json(document, Layer, "network")


def test_depth_is_limited() -> None:
    document = DENSE
    for _ in range(100):
        document = {"type": "Sequential", "layers": [document]}
    with pytest.raises(SettingError, match="nested more than 64 deep"):
        from_json(document, Layer, "network")


def test_a_name_is_taken_once() -> None:
    with pytest.raises(SettingError, match="a recipe named Dense exists already"):
        recipe(type("Dense", (), {}))
    assert RECIPES["Dense"] is Dense


def test_a_recipe_describes_itself_without_its_defaults() -> None:
    assert describe(Dense(3, "relu")) == 'Dense(units=3, activation="relu")'
    assert repr(Sequential(Dense(3), Dense(1))) == "Sequential(Dense(units=3), Dense(units=1))"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Dense((3, 4)), r"Dense needs int for units; got \(3, 4\)"),
        (lambda: Dense(3, bias=1), "Dense needs bool for bias; got 1"),
        (lambda: Dense(3, bias="no"), "Dense needs bool for bias; got 'no'"),
        (lambda: Dense(3, activation=None), "needs an activation out of .*; got None"),
        (lambda: Residual("dense"), "needs layers; number 1 is 'dense'|Residual needs Layer for body"),
    ],
)
def test_a_value_of_another_type_is_refused_as_a_file_would_be(make: Any, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        make()
