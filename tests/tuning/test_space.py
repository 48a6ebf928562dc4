"""What is tried: the default first, and every point a network that fits the data."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lamina
from lamina.model.preparation import Choices, Prepared, check_outputs, prepare
from lamina.tuning.space import DEFAULT, Choice, Point, Range, Space, space_for
from tests.trained import made_sounds

TEXTS = [f"{word} {word} number {number}" for number in range(30) for word in ("good", "bad")]


def sources(folder: Path) -> dict[str, Any]:
    chance = np.random.default_rng(0)
    (folder / "table.csv").write_text(
        "size,color,kind\n"
        + "".join(f"{place},{'red' if place % 3 else 'blue'},{'ab'[place % 2]}\n" for place in range(80))
    )
    return {
        "numbers": "iris",
        "table": lamina.read(folder / "table.csv", target="kind"),
        "drawings": "digits",
        "photos": (chance.integers(0, 255, (40, 32, 32, 3), np.uint8), ["a", "b"] * 20),
        "sounds": (made_sounds(24), ["low", "high", "noise"] * 8),
        "texts": (TEXTS, ["yes", "no"] * 30),
    }


KINDS = ("numbers", "table", "drawings", "photos", "sounds", "texts")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Prepared]:
    return {name: prepare(found, Choices()) for name, found in sources(tmp_path_factory.mktemp("sources")).items()}


def drawn(space: Space, chance: random.Random) -> Point:
    """A point anywhere in a space."""
    point = {}
    for name, dimension in space.dimensions.items():
        if isinstance(dimension, Choice):
            point[name] = chance.choice(dimension.values)
        elif dimension.whole:
            point[name] = chance.randint(int(dimension.low), int(dimension.high))
        else:
            point[name] = chance.uniform(dimension.low, dimension.high)
    return point


def holds(dimension: Range | Choice, value: Any) -> bool:
    if isinstance(dimension, Choice):
        return value in dimension.values
    return dimension.low <= value <= dimension.high


@pytest.mark.parametrize("kind", KINDS)
def test_it_starts_at_the_default(kind: str, prepared: dict[str, Prepared]) -> None:
    space = space_for(prepared[kind], own_network=False)
    assert space.start.keys() == space.dimensions.keys()
    assert all(holds(dimension, space.start[name]) for name, dimension in space.dimensions.items())
    default = space.at(prepared[kind], space.start)
    assert default.network == prepared[kind].network
    own = prepared[kind].settings
    assert default.settings == replace(own, learning_rate=own.rate)


@pytest.mark.parametrize("kind", KINDS)
def test_every_point_is_a_network_that_fits(kind: str, prepared: dict[str, Prepared]) -> None:
    space, chance = space_for(prepared[kind], own_network=False), random.Random(0)
    found = set()
    for _ in range(40):
        made = space.at(prepared[kind], drawn(space, chance))
        check_outputs(made.network, made.encoder, made.task)
        found.add(repr(made.network))
    assert len(found) > 10


def test_a_design_that_is_none_of_those_searched_is_one_choice(prepared: dict[str, Prepared]) -> None:
    assert space_for(prepared["photos"], False).start["design"] == DEFAULT
    for kind in ("numbers", "table", "drawings"):
        assert "design" not in space_for(prepared[kind], False).dimensions


def test_a_network_of_ones_own_stays(prepared: dict[str, Prepared]) -> None:
    space = space_for(prepared["numbers"], own_network=True)
    assert set(space.dimensions) == {"learning_rate", "batch_size", "weight_decay"}
    assert space.at(prepared["numbers"], drawn(space, random.Random(1))).network == prepared["numbers"].network


def test_a_decay_is_adamws(prepared: dict[str, Prepared]) -> None:
    space = space_for(prepared["numbers"], own_network=True)
    assert space.at(prepared["numbers"], {**space.start, "weight_decay": 0.1}).settings.optimizer == "adamw"
    other = prepare("iris", Choices(settings={"optimizer": "momentum"}))
    assert "weight_decay" not in space_for(other, own_network=True).dimensions
