"""How a network is trained, as a recipe that the model file records."""

from __future__ import annotations

import math
from typing import ClassVar

from lamina.errors import SettingError
from lamina.recipes import describe, recipe
from lamina.training.optimizers import DEFAULT_LEARNING_RATES, MOMENTUM
from lamina.training.schedules import Cosine, Schedule

MAX_EPOCHS = 20_000
"""More would not fit into the header of a model file, which keeps every epoch's figures."""


MAX_DEVICES = 1_024
COMPUTE_TYPES = ("float32", "bfloat16")
LARGEST_CROP = 0.9
"""Less than a tenth of a side tells nothing of a picture."""


@recipe
class Settings:
    """The settings of one training run.

    Args:
        epochs: how often every training example is seen.
        batch_size: examples a step; 1 is stochastic, all of them is batch gradient descent.
        optimizer: its name, or "custom" for an Optax transformation given in Python.
        learning_rate: the largest rate of the run; None takes the optimizer's usual one.
        schedule: how the rate changes from the first step to the last.
        momentum: how much of the earlier direction stays at each step, for optimizers that remember one (Adam's b1).
        weight_decay: decoupled decay of the weights, times the rate (AdamW's).
        l1, l2: penalties on the weights, added to the loss.
        clip_norm: gradients longer than this are shortened to it; None leaves them.
        patience: stop after so many epochs without a better validation loss; None never does.
        shift: pictures are moved at random by up to so many pixels while training.
        flip: pictures are mirrored left to right at random while training.
        crop: a part of each picture is enlarged to the whole while training; it may lack up to this share of a side.
        brightness: pictures are made brighter or darker while training, by up to so many standard deviations.
        body_rate: in training that goes on from a model, what the updates of all layers but the last are
            multiplied by; 0 freezes them.
        seed: the start of the weights, the order of the examples, dropout.
        devices: how many of the machine's devices share each batch.
        compute_type: of the numbers that the layers compute with while training: "float32", or "bfloat16" for
            accelerators that are faster with it; weights, losses and the trained network stay float32.
        record_layers: keep with each epoch how the layers fare: sizes of weights and gradients, dead and saturated
            neurons. It costs about one more step an epoch, and changes no weight.

    Raises:
        SettingError: a setting out of its range.

    Example:
        >>> from lamina.training.settings import Settings
        >>> Settings(epochs=5, batch_size=32).rate
        0.001
    """

    epochs: int = 20
    batch_size: int = 64
    optimizer: str = "adam"
    learning_rate: float | None = None
    schedule: Schedule = Cosine()
    weight_decay: float = 0.0
    l1: float = 0.0
    l2: float = 0.0
    clip_norm: float | None = None
    patience: int | None = None
    shift: int = 0
    seed: int = 0
    body_rate: float = 0.1
    flip: bool = False
    crop: float = 0.0
    brightness: float = 0.0
    momentum: float = MOMENTUM
    devices: int = 1
    compute_type: str = "float32"
    record_layers: bool = False

    added_fields: ClassVar[tuple[str, ...]] = (
        "body_rate", "flip", "crop", "brightness", "momentum", "devices", "compute_type", "record_layers",
    )  # fmt: skip

    def __post_init__(self) -> None:
        _require_integer("epochs", self.epochs, 0, MAX_EPOCHS)
        _require_integer("batch_size", self.batch_size, 1, 1_000_000)
        _require_integer("seed", self.seed, 0, 2**32 - 1)
        _require_integer("shift", self.shift, 0, 64)
        _require_integer("devices", self.devices, 1, MAX_DEVICES)
        if self.compute_type not in COMPUTE_TYPES:
            raise SettingError(f"compute_type must be one of {', '.join(COMPUTE_TYPES)}; got {self.compute_type!r}")
        if not isinstance(self.crop, int | float) or not 0 <= self.crop <= LARGEST_CROP:
            raise SettingError(f"crop must be a share from 0 to {LARGEST_CROP}; got {self.crop!r}")
        if self.patience is not None:
            _require_integer("patience", self.patience, 1, MAX_EPOCHS)
        if self.optimizer != "custom" and self.optimizer not in DEFAULT_LEARNING_RATES:
            known = ", ".join(DEFAULT_LEARNING_RATES)
            raise SettingError(f"optimizer must be one of {known}; got {self.optimizer!r}")
        if not isinstance(self.momentum, int | float) or not 0 <= self.momentum < 1:
            raise SettingError(f"momentum must be a number from 0 to below 1; got {self.momentum!r}")
        for name in ("weight_decay", "l1", "l2", "body_rate", "brightness"):
            _require_number(name, getattr(self, name), allow_zero=True)
        for name in ("learning_rate", "clip_norm"):
            if getattr(self, name) is not None:
                _require_number(name, getattr(self, name), allow_zero=False)

    @property
    def rate(self) -> float:
        """The largest learning rate of the run; a custom optimizer brings its own, so 1."""
        if self.learning_rate is not None:
            return self.learning_rate
        return DEFAULT_LEARNING_RATES.get(self.optimizer, 1.0)

    def __repr__(self) -> str:
        return describe(self)


def _require_integer(name: str, value: int, low: int, high: int) -> None:
    if type(value) is not int or not low <= value <= high:
        raise SettingError(f"{name} must be a whole number from {low:,} to {high:,}; got {value!r}")


def _require_number(name: str, value: float, allow_zero: bool) -> None:
    numeric = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not numeric or value < 0 or (value == 0 and not allow_zero):
        raise SettingError(f"{name} must be a {'non-negative' if allow_zero else 'positive'} number; got {value!r}")
