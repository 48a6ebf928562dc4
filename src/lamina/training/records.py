"""What training tells: one frozen record an epoch, and the whole position of a run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, NamedTuple

from lamina.arrays import Params, State
from lamina.recipes import describe, recipe
from lamina.training.metrics import error_interval


@recipe
class Measure:
    """A named number, such as the error over an epoch."""

    name: str
    value: float


@recipe
class LayerState:
    """How a layer fares after an epoch; None where it has nothing of the kind.

    Args:
        name: its number, from 1, and its kind.
        weight: the root of the mean square of its weights.
        gradient: the same of the loss's derivatives by them, on one batch.
        dead: the share of its neurons whose activation is flat for every example of that batch.
        saturated: the share of the activations that are flat: their slope is below a hundredth.

    Example:
        >>> LayerState("1 Dense", 0.2, 0.01)
        LayerState(name="1 Dense", weight=0.2, gradient=0.01)
    """

    name: str
    weight: float | None = None
    gradient: float | None = None
    dead: float | None = None
    saturated: float | None = None

    def __repr__(self) -> str:
        return describe(self)


@recipe
class Epoch:
    """One epoch of training: what the training and the validation examples gave.

    Args:
        number: from 1.
        training: loss and measures, averaged over the training examples while the weights changed.
        validation: the same on the validation examples after the epoch; empty without any.
        learning_rate: the rate of the epoch's last step.
        layers: how they fare, where the run records it.

    Example:
        >>> epoch = Epoch(1, (Measure("loss", 0.5), Measure("error", 0.25)), (), 0.001)
        >>> print(epoch)
        epoch 1  loss 0.5000  error 25.00 %
        >>> epoch["loss"]
        0.5
    """

    added_fields: ClassVar[tuple[str, ...]] = ("layers",)

    number: int
    training: tuple[Measure, ...]
    validation: tuple[Measure, ...]
    learning_rate: float
    layers: tuple[LayerState, ...] = ()

    def __getitem__(self, name: str) -> float:
        """A number by name: "loss", "error", "validation loss", "validation error"."""
        return self.numbers[name]

    @property
    def numbers(self) -> dict[str, float]:
        """Every number by its name."""
        training = {measure.name: measure.value for measure in self.training}
        return training | {f"validation {measure.name}": measure.value for measure in self.validation}

    def __str__(self) -> str:
        return f"epoch {self.number}  {self.line()}"

    def __repr__(self) -> str:
        return describe(self)

    def line(self) -> str:
        """The numbers in words: `loss 0.5000  error 25.00 %`."""
        return "  ".join(f"{name} {format_number(name, value)}" for name, value in self.numbers.items())


def format_number(name: str, value: float) -> str:
    """An error as a share in percent, anything else as a number."""
    return f"{100 * value:.2f} %" if is_share(name) else f"{value:.4f}"


def is_share(name: str) -> bool:
    """Whether a measure is a share of examples, which is told in percent."""
    return name.endswith("error") and "absolute" not in name


def interval_line(error: float, count: int) -> str:
    """What an error on few examples tells of the error on many, in words."""
    low, high = error_interval(error, count)
    return f"on many more such examples the error lies between {100 * low:.2f} and {100 * high:.2f} % (95 % confidence)"


class Best(NamedTuple):
    """The weights with the lowest validation loss so far."""

    epoch: int
    loss: float
    params: Params
    state: State


@dataclass(frozen=True)
class Progress:
    """The whole position of a run: all that is needed to go on, now or in another process.

    Args:
        train: weights, state, optimizer state and the number of steps done.
        sums: what the epoch under way has added up.
        batch: the next batch of the epoch under way.
        history: the epochs done.
        best: the best weights so far; None before the first epoch ends.
        total_steps: how many steps the schedule reckons with.
    """

    train: Any
    sums: Any
    batch: int
    history: tuple[Epoch, ...]
    best: Best | None
    total_steps: int

    @property
    def epochs_done(self) -> int:
        """How many epochs are complete."""
        return len(self.history)

    def epochs_since_best(self) -> int:
        """How many epochs have passed without a better validation loss."""
        return self.epochs_done - self.best.epoch if self.best else 0

    def ended(self, epoch: Epoch, sums: Any, ranks: bool = True) -> Progress:
        """The position after an epoch; its weights are the best where its loss is the lowest so far, or the last ones
        where a loss does not rank them."""
        loss = epoch.numbers.get("validation loss") if ranks else None
        best = self.best
        if loss is None or best is None or loss < best.loss:
            best = Best(epoch.number, loss or 0.0, self.train.params, self.train.state)
        return replace(self, sums=sums, batch=0, history=(*self.history, epoch), best=best)
