"""How good a model is on examples whose answers are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from lamina.arrays import Numpy, jax, jnp
from lamina.data.inputs import Skipped
from lamina.data.pairs import Pairs
from lamina.model.examples import Examples, held_out_examples
from lamina.model.model import Model
from lamina.model.playing import shares
from lamina.model.translating import bleu_of
from lamina.tasks.playing import Playing


@dataclass(frozen=True)
class Evaluation:
    """The figures of a model on a source.

    Args:
        source: the source's name, with the part that was used.
        examples: how many were evaluated.
        loss: the task's loss, averaged.
        metrics: every metric of the task: plain numbers and lists; of several targets under "targets", by name.
        skipped: examples that could not be read.
        notes: what must be known about the figures.
    """

    source: str
    examples: int
    loss: float
    metrics: dict[str, Any]
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Any:
        """The loss or a metric by its name."""
        return self.loss if name == "loss" else self.metrics[name]

    @property
    def numbers(self) -> dict[str, float]:
        """The metrics that are single numbers; of several targets each with its target's name in front."""
        of_targets = {
            f"{target} {name}": value
            for target, metrics in self.metrics.get("targets", {}).items()
            for name, value in metrics.items()
        }
        return {name: value for name, value in (self.metrics | of_targets).items() if isinstance(value, float)}

    def to_json(self) -> dict[str, Any]:
        """All figures as plain data."""
        skipped = [{"name": item.name, "reason": item.reason} for item in self.skipped]
        return {
            "source": self.source, "examples": self.examples, "loss": self.loss, **self.metrics, "skipped": skipped,
            "notes": list(self.notes),
        }  # fmt: skip

    def __str__(self) -> str:
        told = "  ".join(f"{name.replace('_', ' ')} {value:.4f}" for name, value in self.numbers.items())
        return f"{self.source}, {self.examples:,} examples: loss {self.loss:.4f}  {told}"


def evaluate(model: Model, source: Any, **reading: Any) -> Evaluation:
    """Loss and metrics, on what the model was not trained on.

    A source with a test part of its own is evaluated on that part; the data of training on what the test part was.
    """
    return evaluate_on(model, held_out_examples(model, source, **reading))


def evaluate_on(model: Model, found: Examples) -> Evaluation:
    """Loss and metrics on examples that were chosen before."""
    outputs = model.outputs(found.encoded)
    mean = _mean_loss(model, outputs, found.targets)
    metrics = model.task.metrics(outputs, found.targets)
    if isinstance(found.dataset.inputs, Pairs):
        metrics |= bleu_of(model, found.dataset.inputs)
    if isinstance(model.task, Playing):
        metrics |= shares(model)
    return Evaluation(found.dataset.name, len(found), mean, metrics, found.skipped, found.notes)


def measure_against(model: Model, targets: Numpy) -> Callable[[Numpy], float]:
    """The mean of the measure that a person reads, such as the error, of any outputs for these targets.

    It is the loss where that is the task's measure. The function is compiled: ask it as often as there are outputs.

    Args:
        model: the model.
        targets: raw ones.

    Example:
        >>> import lamina
        >>> model = lamina.fit("iris", "mlp", epochs=1)
        >>> found = held_out_examples(model, "iris")
        >>> error = measure_against(model, found.targets)(model.outputs(found.encoded))
        >>> bool(abs(error - model.evaluate("iris")["error"]) < 1e-6)
        True
    """
    from lamina.training.loop import means_of
    from lamina.training.outputs import to_device
    from lamina.training.step import Objective

    means = jax.jit(partial(means_of, Objective(*model.task.objective())))
    wanted = to_device(model.task.encode(targets))
    return lambda outputs: float(means(outputs, wanted)[model.task.measure])


def _mean_loss(model: Model, outputs: Numpy, targets: Numpy) -> float:
    from lamina.training.outputs import to_device

    loss = model.task.objective()[0]
    return float(jnp.mean(loss(jnp.asarray(outputs), to_device(model.task.encode(targets)))))
