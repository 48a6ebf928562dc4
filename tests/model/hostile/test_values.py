"""Every value of a model's document replaced by every odd value: refused in words, or taken; no other error."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import lamina
from lamina import BatchNorm, Conv2D, Dense, Flatten, LayerNorm, MaxPool2D, Model, Parallel, Residual, Sequential
from lamina.errors import ModelFileError
from lamina.model.container import Container, read_container
from lamina.model.document import model_from
from tests import trained

LEFT_OUT = object()
ODD: tuple[Any, ...] = (
    LEFT_OUT, None, True, -1, 0, 1, 3, 10**9, 2**63, 10**19, 0.5, -0.5, 1e308, 1e-320, "", "x", "\x1b[31m\nx", "1_0",
    [], {}, [1], ["a"], [None], [[]], {"type": "Dense"}, {"type": "Record"}, {"type": []}, {"row": ["1"]},
)  # fmt: skip
Place = tuple[str | int, ...]


def pictures() -> Model:
    """A network with a layer of most families."""
    shortcut = Residual(Sequential(BatchNorm(), lamina.Activation("relu")))
    network = Sequential(
        Conv2D(4, 3, "relu"), shortcut, MaxPool2D(2), lamina.UpSample2D(2), lamina.Pad2D((1, 0), (0, 1)), Flatten(),
        Parallel(Dense(5), lamina.Linear(5)), LayerNorm(), lamina.Dropout(0.2), Dense(10),
    )  # fmt: skip
    return trained.quietly("digits", network, epochs=1, seed=1)


def places(value: Any, place: Place = ()) -> Iterator[Place]:
    """Where a value stands; of a long list the first two."""
    if place:
        yield place
    inner = value.items() if isinstance(value, dict) else enumerate(value[:2]) if isinstance(value, list) else ()
    for key, child in inner:
        yield from places(child, (*place, key))


def replaced(document: Any, place: Place, value: Any) -> Any:
    """A copy of a document with one value replaced, or left out."""
    changed = copy.deepcopy(document)
    inner = changed
    for key in place[:-1]:
        inner = inner[key]
    if value is LEFT_OUT:
        del inner[place[-1]]
    else:
        inner[place[-1]] = copy.deepcopy(value)
    return changed


def judge(container: Container) -> str:
    """What a document does wrong besides being refused in words."""
    try:
        model_from(container, Path("x"))
    except ModelFileError as error:
        said = str(error)
        return "" if said.isprintable() and len(said) < 1000 else f"said {said[:300]!r}"
    return ""


@pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")  # made-up rows of a scale of 1e308
@pytest.mark.slow
@pytest.mark.parametrize("make", [trained.iris, trained.diabetes, pictures])
def test_every_odd_value_is_refused_in_words_or_taken(make: Any, tmp_path: Path) -> None:
    good = read_container(make().save(tmp_path / "m.safetensors"))
    found = [
        f"{'.'.join(map(str, place))} = {value!r}: {fault}"
        for place in places(json.loads(json.dumps(good.document)))
        for value in ODD
        if (fault := judge(Container(replaced(good.document, place, value), good.tensors)))
    ]
    assert found == []
