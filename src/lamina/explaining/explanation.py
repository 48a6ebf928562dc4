"""One example, explained: what neurons add up, the loss, and the way back to the weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lamina.arrays import Numpy, Params, State, jax
from lamina.data.encoders import Encoder
from lamina.errors import SettingError
from lamina.explaining.backward import error_signal, gradient, slope_by_output
from lamina.explaining.choosing import Chosen, choose
from lamina.explaining.example import as_seen, last_step, one_example, told_answer
from lamina.explaining.goals import Goal, goal_of, has_answers, plain_goal
from lamina.explaining.losses import LossArithmetic, loss_arithmetic
from lamina.explaining.names import at_word, example_namer, namer_of, plain, step_names
from lamina.explaining.neurons import Namer
from lamina.explaining.readers import reason, sums_of
from lamina.explaining.slopes import leaf_of
from lamina.explaining.sums import Sum
from lamina.explaining.tracing import Trace, trace
from lamina.explaining.updates import FirstStep, Update, first_step
from lamina.layers.base import Layer
from lamina.model.model import Model
from lamina.tasks.base import Prediction, Task
from lamina.tasks.classification import Classification
from lamina.tasks.language import Language
from lamina.training.regularization import is_weight
from lamina.training.settings import Settings

TOP = 5


@dataclass(frozen=True)
class WeightGradient:
    """One weight's gradient as a sum, and the step that the optimizer would take; None for one of a user's own."""

    weight: str
    sum: Sum
    update: Update | None


@dataclass(frozen=True)
class Neuron:
    """One number that a layer passes on.

    Args:
        chosen: which one.
        sums: what it comes from; none where `reason` says why.
        by_output, error: dL/dh and dL/dz; None without a target.
        gradients: of the weights of its largest terms.
    """

    chosen: Chosen
    sums: tuple[Sum, ...]
    reason: str = ""
    by_output: Sum | None = None
    error: Sum | None = None
    gradients: tuple[WeightGradient, ...] = ()


@dataclass(frozen=True)
class Explanation:
    """An example's way through a network and back, in numbers that add up; printed, it is arithmetic.

    Args:
        title: what is explained.
        neurons: the chosen ones, in the order of the layers.
        loss: None without a target.
        step: the optimizer's; None without a target.
        remarks: what must be known.
        top: how many terms of each sum are printed.
    """

    title: str
    neurons: tuple[Neuron, ...]
    loss: LossArithmetic | None = None
    step: FirstStep | None = None
    remarks: tuple[str, ...] = ()
    top: int = field(default=TOP)

    def __str__(self) -> str:
        from lamina.explaining.text import lines

        return "\n".join(lines(self))

    def _repr_html_(self) -> str:
        from lamina.training.notebook import text_html

        return text_html(str(self))


def explain(
    model: Model, x: Any, y: Any = None, *, example: int = 0, neurons: Sequence[str] = (), top: int = TOP
) -> Explanation:
    """How a model comes to its answer for one example and, with the right answer, what it would learn from it.

    For each chosen neuron the inputs times the weights, the bias, z and h = f(z); then the loss, and backwards each
    error signal, gradient and new weight as a sum. Every sum is added up again and compared with automatic
    differentiation of the whole network.

    Args:
        model: a trained model.
        x: what `predict` takes; one example of it.
        y: the right answer: a class name, a number, or the character that comes next; of a forecast and of several
            targets a value each; of an autoencoder "input". Without it the way back is left out.
        example: which one, from 0, where x holds several.
        neurons: "layer:place" each, such as "2:5" or "1:3,4,0"; without any, in each shown layer the one whose
            output matters most.
        top: how many terms of a sum are told one by one.

    Raises:
        SettingError: a neuron that does not exist, an example that x does not hold, a right answer for a model that
            learns without.
        DataError: an answer that the model does not know.
        ExplanationError: a sum that is not what the program computed.

    Example:
        >>> import lamina
        >>> model = lamina.train("iris", lamina.Dense(3), epochs=1).model
        >>> print(str(lamina.explain(model, [[5.1, 3.5, 1.4, 0.2]], "setosa")).splitlines()[2])
        layer 1, Dense(units=3), neuron ...
    """
    _require_top(top)
    name, encoded = one_example(model, x, example)
    last = last_step(model, encoded)
    seen = as_seen(model, encoded)
    goal = None if y is None else goal_of(model.task, y, seen, last or 0)
    traced = _traced(model.network, model.params, model.state, seen, goal)
    answer = model.answers_from(traced.output[None], encoded[None])[0]
    title = f"{name} -> {told_answer(model.task, answer)}"
    if y is not None and not isinstance(y, np.ndarray):
        title += f", wanted: {y!r}" if isinstance(model.task, Language) else f", wanted: {y}"
    named = example_namer(model.encoder, traced.example)
    way = Way(traced, named, model.record.settings, goal, top, model.encoder, last, has_answers(model.task))
    return way.explanation(title, neurons, _last_place(traced, model.task, answer, last))


def explain_network(
    network: Layer, params: Params, x: Any, y: Any = None, *, state: State | None = None, loss: str = "quadratic",
    settings: Settings | None = None, neurons: Sequence[str] = (), top: int = TOP,
) -> Explanation:  # fmt: skip
    """The same for a network of one's own and arrays.

    Args:
        network: the layers.
        params, state: its arrays.
        x: one example, as the first layer takes it.
        y: its target, as the loss takes it.
        loss: by name.
        settings: of the training; plain gradient descent at rate 0.1 where None.
        neurons, top: as in `explain`.

    Example:
        One weight 5, input 2, target 6: loss 8, gradient 8, new weight 4.2.

        >>> import lamina
        >>> from lamina.explaining.explanation import explain_network
        >>> told = explain_network(lamina.Linear(1, bias=False), {"weight": [[5.0]]}, [2.0], [6.0])
        >>> told.loss.value, told.neurons[0].gradients[0].sum.total, round(told.neurons[0].gradients[0].update.after, 6)
        (8.0, 8.0, 4.2)
    """
    _require_top(top)
    settings = settings or Settings(optimizer="gradient_descent", learning_rate=0.1)
    seen = np.asarray(x, np.int32 if np.asarray(x).dtype.kind == "i" else np.float32)
    goal = None if y is None else plain_goal(loss, y)
    params = jax.tree.map(lambda leaf: np.asarray(leaf, np.float32), params, is_leaf=lambda one: isinstance(one, list))
    traced = _traced(network, params, state or {}, seen, goal)
    return Way(traced, plain, settings, goal, top).explanation(repr(network), neurons, None)


@dataclass(frozen=True, eq=False)
class Way:
    """One example's way through a network, with all that is needed to tell it.

    Args:
        traced: what was computed.
        of_example: the names of the example's numbers.
        settings: of the training.
        goal: what the output is compared with, where it is known.
        top: how many terms of a sum are told.
        encoder: the model's, where there is one: it knows the words of a text.
        last_step: of a text that is gone on with; None of anything else.
        learns_from_answers: whether there can be a right answer.
    """

    traced: Trace
    of_example: Namer
    settings: Settings
    goal: Goal | None
    top: int
    encoder: Encoder | None = None
    last_step: int | None = None
    learns_from_answers: bool = True

    def explanation(self, title: str, neurons: Sequence[str], last: tuple[int, ...] | None) -> Explanation:
        """The chosen neurons; `last` is the place in the last layer, where it is known."""
        chosen, remarks = choose(self.traced, neurons, last, self.last_step)
        step = None if self.goal is None else first_step(self.settings, self.traced.params, self.traced.gradients)
        told = tuple(self._neuron(one, step) for one in chosen)
        return Explanation(title, told, self._loss(), step, (*remarks, *self._remarks()), self.top)

    def _neuron(self, chosen: Chosen, step: FirstStep | None) -> Neuron:
        traced, top = self.traced, self.top
        steps = step_names(traced, chosen.number, self.encoder)
        named = namer_of(traced, chosen.number, self.of_example, steps)
        chosen = at_word(traced, chosen, steps)
        sums = tuple(sums_of(traced, chosen.number, chosen.place, named, steps))
        why = reason(traced.nodes[chosen.number])
        if self.goal is None:
            return Neuron(chosen, sums, why)
        by_output = slope_by_output(traced, chosen.number, chosen.place)
        gates = traced.z[chosen.number].shape != traced.h[chosen.number].shape
        error = None if gates else error_signal(traced, chosen.number, chosen.place)
        learnt = [term for one in reversed(sums) for term in one.largest(top)[0] if term.weight is not None]
        gradients = (self._gradient(chosen.number, term.weight, step) for term in learnt[:top] if term.weight)
        return Neuron(chosen, sums, why, by_output, error, tuple(gradients))

    def _gradient(self, number: int, weight: tuple[str, tuple[int, ...]], step: FirstStep | None) -> WeightGradient:
        found, (array, index) = gradient(self.traced, number, weight), weight
        name = f"{array}[{', '.join(map(str, index))}]"
        if step is None:
            return WeightGradient(name, found, None)
        node, names = self.traced.nodes[number], tuple(array.split("/"))
        before, after = (float(leaf_of(node.own(tree), names)[index]) for tree in (self.traced.params, step.after))
        update = step.of(before, found.total, after, is_weight(names[-1]))
        return WeightGradient(name, found, update)

    def _loss(self) -> LossArithmetic | None:
        goal, traced = self.goal, self.traced
        if goal is None or traced.loss is None:
            return None
        names = goal.names or tuple(f"output {place}" for place in range(len(traced.output.ravel())))
        outputs, slopes = goal.looked_at(traced.output), goal.looked_at(traced.by_output[-1])
        return loss_arithmetic(goal.name, outputs, goal.compared, names, traced.loss, slopes)

    def _remarks(self) -> list[str]:
        if self.goal is None and not self.learns_from_answers:
            return ["it learns without right answers, by a loss within its layers: no way back is told"]
        if self.goal is None:
            return ["without the right answer there is no loss, and no way back"]
        told = [self.goal.remark] if self.goal.remark else []
        if self.settings.l1 or self.settings.l2:
            told.append("penalties on the weights (l1, l2) come on top of these gradients in training")
        if self.settings.optimizer == "custom":
            told.append("the optimizer was one of your own: new weights are not shown")
        return told


def _require_top(top: int) -> None:
    if type(top) is not int or top < 1:
        raise SettingError(f"top must be a whole number from 1; got {top!r}")


def _traced(network: Layer, params: Params, state: State, seen: Numpy, goal: Goal | None) -> Trace:
    """One example's way forwards and, where it is known what is wanted, backwards."""
    return trace(network, params, state, seen, *(() if goal is None else (goal.of, goal.target)))


def _last_place(traced: Trace, task: Task, answer: Prediction, last: int | None) -> tuple[int, ...] | None:
    """Of the last layer the output of the answer is shown; of a text that is gone on with after its last step."""
    if isinstance(task, Classification) and traced.output.ndim == 1:
        return (task.classes.index(str(answer.value)),)
    if isinstance(task, Language) and last is not None:
        return (last, 1 + task.characters.index(str(answer.value)))
    return None
