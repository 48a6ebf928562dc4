"""The whole state of the page as one recipe, and what of a run a change of it leaves as it was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lamina.data.points import MOST_NOISE, MOST_POINTS, POINT_SETS
from lamina.errors import SettingError
from lamina.layers.plane_features import PlaneFeatures
from lamina.networks.written import NO_LAYERS, is_written
from lamina.recipes import describe, field_types, from_json, recipe, to_json
from lamina.training.schedules import Constant
from lamina.training.settings import MAX_EPOCHS, Settings

DEFAULT = "default"
"""The network that the library would choose."""
LONGEST_NETWORK = 2_000
LEARNING = ("batch_size", "optimizer", "learning_rate", "momentum", "weight_decay", "l1", "l2", "seed")
"""What is handed on to the training as it is."""
WITHOUT_COMPILING = ("learning_rate", "axes")
DRAWN_ANEW: Mapping[str, str] = {
    "data": "other data",
    "examples": "other points",
    "noise": "other points",
    "data_seed": "other points",
    "target": "another target",
    "task": "another task",
    "seed": "another seed draws another start and other parts",
    "train_percent": "the parts are drawn anew: the test part would hold what was learnt from",
}
"""Settings whose change begins a run again, and why."""
PAGE_NAMES: Mapping[str, str] = {
    "data": "data", "examples": "points", "data_seed": "points", "noise": "noise",
    "train_percent": "share for training", "target": "column to predict", "task": "problem", "axes": "axes of the map",
    "features": "features", "network": "layers", "learning_rate": "learning rate", "optimizer": "optimizer",
    "momentum": "momentum", "batch_size": "batch size", "loss": "loss", "l1": "regularization",
    "l2": "regularization", "weight_decay": "regularization", "seed": "seed",
}  # fmt: skip
"""What the page calls each setting, in its order; several may be one there."""


@recipe
class PageSettings:
    """What is chosen on the page.

    Args:
        data: a set of points by its name, or the name of a source.
        examples, noise, data_seed: of a set of points.
        train_percent: how much of the data is not the test part; a tenth of it is the validation part.
        features: of points those of PlaneFeatures; of a table its columns, () for all.
        target, task: of a table; "" leaves them to the library.
        axes: two columns of numbers that maps are drawn over; () takes the first two.
        network: layers in words, the name of a design, or "default".
        loss: "" for the usual one.
        optimizer, learning_rate, momentum, l1, l2, weight_decay, batch_size, seed: as in lamina.Settings.

    Raises:
        SettingError: a setting out of its range.

    Example:
        >>> PageSettings(network="4 relu").words
        'features x1 x2, 4 relu'
    """

    data: str = "spiral"
    examples: int = 500
    noise: float = 0.1
    data_seed: int = 0
    train_percent: int = 70
    features: tuple[str, ...] = ("x1", "x2")
    target: str = ""
    task: str = ""
    axes: tuple[str, ...] = ()
    network: str = "8 tanh, 8 tanh"
    loss: str = ""
    optimizer: str = "adam"
    learning_rate: float = 0.01
    momentum: float = 0.9
    l1: float = 0.0
    l2: float = 0.0
    weight_decay: float = 0.0
    batch_size: int = 10
    seed: int = 0

    def __post_init__(self) -> None:
        _require_within("examples", self.examples, 10, MOST_POINTS)
        _require_within("noise", self.noise, 0, MOST_NOISE)
        _require_within("data_seed", self.data_seed, 0, 2**32 - 1)
        _require_within("train_percent", self.train_percent, 10, 90)
        if len(self.axes) not in (0, 2) or len(set(self.axes)) < len(self.axes):
            raise SettingError(f"axes needs two columns that differ, or none; got {list(self.axes)}")
        if self.task not in ("", "classification", "regression"):
            raise SettingError(f'task needs "classification", "regression" or ""; got {self.task!r}')
        if len(self.network) > LONGEST_NETWORK:
            raise SettingError(f"network needs at most {LONGEST_NETWORK:,} characters; got {len(self.network):,}")
        if self.drawn:
            PlaneFeatures(tuple(self.features))
            if self.network and not is_written(self.network):
                raise SettingError(f"over points the network is layers in words, or none; got {self.network!r}")
        self.learning()

    @property
    def drawn(self) -> bool:
        """Whether the data are points that are drawn."""
        return self.data in POINT_SETS

    @property
    def words(self) -> str | None:
        """The network as `lamina.fit` takes it: over points the features first; None for the library's choice."""
        hidden = self.network.strip()
        if self.drawn:
            return ", ".join([f"features {' '.join(self.features)}", *([hidden] if hidden else [])])
        return None if hidden == DEFAULT else hidden or NO_LAYERS

    @property
    def test_share(self) -> float:
        """Of all examples."""
        return (100 - self.train_percent) / 100

    def learning(self, epochs: int = MAX_EPOCHS) -> Settings:
        """The settings of the training, at one rate for as many epochs as a model file can tell of."""
        return Settings(epochs=epochs, schedule=Constant(), **{name: getattr(self, name) for name in LEARNING})

    def __repr__(self) -> str:
        return describe(self)


def changed(before: PageSettings, changes: Mapping[str, Any]) -> PageSettings:
    """The settings with some fields of a page's message instead.

    Raises:
        SettingError: an unknown field, a value of another type or out of its range.

    Example:
        >>> changed(PageSettings(), {"noise": 0.2, "features": ["x1"]}).features
        ('x1',)
    """
    after: PageSettings = from_json({**to_json(before), **changes, "type": "PageSettings"}, PageSettings, "settings")
    return after


def differing(before: PageSettings, after: PageSettings) -> set[str]:
    """The names of the fields that are not the same."""
    return {name for name in field_types(PageSettings) if getattr(before, name) != getattr(after, name)}


def in_words(names: set[str]) -> str:
    """Settings that have changed, as the page calls them; other data brings all others along.

    Example:
        >>> in_words({"l1", "weight_decay", "batch_size"})
        'batch size, regularization'
    """
    if "data" in names:
        return PAGE_NAMES["data"]
    return ", ".join(dict.fromkeys(told for name, told in PAGE_NAMES.items() if name in names))


def why_anew(before: PageSettings, after: PageSettings) -> str:
    """Why a run must begin again; "" where it need not.

    Example:
        >>> why_anew(PageSettings(), PageSettings(batch_size=20)), why_anew(PageSettings(), PageSettings(noise=0.0))
        ('', 'other points')
    """
    names = differing(before, after)
    if "features" in names and not after.drawn:
        return "other columns"
    return next((why for name, why in DRAWN_ANEW.items() if name in names), "")


def _require_within(name: str, value: Any, low: float, high: float) -> None:
    if type(value) not in (int, float) or not low <= value <= high:
        raise SettingError(f"{name} needs a number from {low:,} to {high:,}; got {value!r}")
