"""An explanation as lines of arithmetic."""

from __future__ import annotations

from lamina.explaining.explanation import Explanation, Neuron, WeightGradient
from lamina.explaining.losses import LossArithmetic, number
from lamina.explaining.sums import Sum
from lamina.explaining.updates import FirstStep


def lines(explanation: Explanation) -> list[str]:
    """All of it, a line each."""
    told = [explanation.title, ""]
    for neuron in explanation.neurons:
        told += [neuron.chosen.title, *_forwards(neuron, explanation.top), ""]
    if explanation.loss is not None:
        told += [*_loss(explanation.loss), "", "the way back"]
        for neuron in reversed(explanation.neurons):
            told += ["", neuron.chosen.title, *_backwards(neuron, explanation.top, explanation.step)]
        told += _step(explanation.step)
    return [*told, *(f"note: {remark}" for remark in explanation.remarks)]


def _forwards(neuron: Neuron, top: int) -> list[str]:
    if neuron.reason:
        return [f"  not shown as a sum: {neuron.reason}"]
    return [line for one in neuron.sums for line in _sum(one, top)]


def _sum(one: Sum, top: int) -> list[str]:
    """Products one below the other, the rest, the bias, and the total."""
    largest, others, rest = one.largest(top)
    rows = [(term.name, f"{number(term.value)} x {number(term.factor)}", number(term.product)) for term in largest]
    if others:
        rows.append((f"{others:,} others together", "", number(rest)))
    if one.bias is not None:
        rows.append(("bias", "", number(one.bias)))
    if not rows:
        found = [f"  {one.name} = 0: nothing leads here"]
    elif len(rows) == 1 and one.bias is None:
        name, product, _ = rows[0]
        found = [f"  {one.name} = {name}: {product} = {number(one.total)}"]
    else:
        widths = [max(len(row[place]) for row in rows) for place in range(3)]
        found = [f"  {a.ljust(widths[0])}  {b.rjust(widths[1])}  = {c.rjust(widths[2])}" for a, b, c in rows]
        found.append(f"  {one.name} = {number(one.total)}")
    if one.function and one.output is not None:
        found.append(f"  {one.function}({one.name}) = {number(one.output)}")
    return found


def _loss(loss: LossArithmetic) -> list[str]:
    if not loss.lines:
        return [f"the loss, {loss.name}: {number(loss.value)}, as the program computed it"]
    return [f"the loss, {loss.name}", *(f"  {line}" for line in loss.lines)]


def _backwards(neuron: Neuron, top: int, step: FirstStep | None) -> list[str]:
    told = []
    for one in (neuron.by_output, neuron.error):
        if one is not None:
            told += _sum(one, top)
    for found in neuron.gradients:
        told += _gradient(found, top, step)
    return told


def _gradient(found: WeightGradient, top: int, step: FirstStep | None) -> list[str]:
    told = _sum(found.sum, top)
    if found.update is None or step is None:
        return told
    update = found.update
    return [*told, f"    new {found.weight} = {number(update.before)} - {number(step.rate)} x {number(update.step)} = "
                   f"{number(update.after)}"]  # fmt: skip


def _step(step: FirstStep | None) -> list[str]:
    if step is None:
        return []
    told = f"new weight = weight - rate x step: one step of {step.name} at the rate {number(step.rate)}"
    fresh = ", as if it were its first" * (step.name != "gradient_descent")
    formula = "the gradient g" if step.formula == "g" else step.formula
    further = []
    if step.decay:
        further.append(f"biases do not decay: of them without {step.decay:g} w")
    if step.shortened < 1:
        further.append(f"g is shortened to {number(step.shortened)} of its length, as the gradients of all weights are")
    return ["", "; ".join([f"{told}{fresh}, whose step is {formula}", *further])]
