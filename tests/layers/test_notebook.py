"""A network in a notebook: a list of its layers."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import lamina
from lamina import Activation, Dense, Flatten, Parallel, Residual, Sequential
from lamina.layers.notebook import children


def test_every_layer_stands_in_the_list_in_its_place() -> None:
    network = Sequential(Flatten(), Residual(Dense(4, "relu"), lamina.Linear(4)), Parallel(Dense(2), Dense(3)))
    page = ElementTree.fromstring(f"<div>{network._repr_html_()}</div>")
    items = page.findall("./ol/li")
    assert len(items) == 3
    assert [item.text for item in items[1].findall("./ol/li")] == ["body: ", "shortcut: "]
    codes = [code.text for code in page.iter("code")]
    assert codes[:4] == ["Sequential()", "Flatten()", "Residual()", 'Dense(units=4, activation="relu")']
    assert len(codes) == 8


def test_names_are_escaped() -> None:
    assert "&quot;relu&quot;" in Activation("relu")._repr_html_()


def test_the_children_of_a_layer() -> None:
    assert children(Dense(3)) == []
    assert [field for field, _ in children(Residual(Dense(3)))] == ["body"]
