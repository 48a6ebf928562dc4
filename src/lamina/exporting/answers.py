"""What a task makes of the network's outputs: classes and their probabilities, numbers in the target's unit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lamina.arrays import Shape
from lamina.exporting.forms import Form, Output, Value
from lamina.exporting.playing_layers import told_by_player
from lamina.tasks.averaging import Averaging
from lamina.tasks.base import Task
from lamina.tasks.classification import Classification
from lamina.tasks.clustering import Clustering
from lamina.tasks.forecasting import Forecasting
from lamina.tasks.generation import Generation
from lamina.tasks.language import Language
from lamina.tasks.playing import Playing
from lamina.tasks.reconstruction import Reconstruction
from lamina.tasks.regression import Regression
from lamina.tasks.several import Several

Answers = dict[Output, Value]


def write_answers(form: Form, task: Task, outputs: Value, seen: Value) -> Answers:
    """The network's outputs, and what they mean, written in a form.

    Args:
        form: what is written in.
        task: what was learnt.
        outputs: of the network.
        seen: what went into the network.
    """
    given = {Output("outputs", "float32", shape_of_outputs(task), "what the network gives"): outputs}
    if isinstance(task, Reconstruction):
        distance = Output("distance", "float32", (), "the mean squared distance of the input from its reconstruction")
        return {**given, distance: form.call("mean_squared_difference", outputs, seen)}
    return {**given, **_answers(form, task, outputs)}


def shape_of_outputs(task: Task) -> Shape:
    """Of what the network gives, an example; of a player the moves and the expected result, not how it fares."""
    kind = task.task if isinstance(task, Averaging) else task
    return (*task.output_shape[:-1], told_by_player(kind.rules)) if isinstance(kind, Playing) else task.output_shape


def _answers(form: Form, task: Task, outputs: Value) -> Answers:
    write = TASKS.get(type(task))
    return {} if write is None else write(form, task, outputs)


def _classes(form: Form, task: Classification, outputs: Value) -> Answers:
    return _named(form, task.classes, form.call("softmax", outputs))


def _named(form: Form, names: tuple[str, ...], chances: Value) -> Answers:
    chances = form.keep(chances)
    of_each = Output("probabilities", "float32", (len(names),), f"of {', '.join(names[:8])}{' ...' * (len(names) > 8)}")
    likeliest = Output("class", "str", (), "the likeliest")
    return {of_each: chances, likeliest: form.call("likeliest", chances, names=names)}


def _groups(form: Form, task: Clustering, outputs: Value) -> Answers:
    names = tuple(f"group {number}" for number in range(1, len(task.centers) + 1))
    shares = form.call("shares_of_groups", outputs, centers=task.centers, width=task.width)
    return _named(form, names, shares)


def _number(form: Form, task: Regression, outputs: Value) -> Answers:
    value = form.call("in_unit", outputs, means=(task.mean,), scales=(task.scale,), logs=(False,))
    return {Output("value", "float64", (1,), task.target): value}


def _steps(form: Form, task: Forecasting, outputs: Value) -> Answers:
    value = form.call("in_unit", outputs, means=task.means, scales=task.scales, logs=task.logs)
    return {Output("value", "float64", (task.outputs,), "the steps ahead, each with all targets"): value}


def _averaged(form: Form, task: Averaging, outputs: Value) -> Answers:
    """Of the members' mean."""
    function = "mean_of_classes" if isinstance(task.task, Classification) else "mean_of_members"
    return _answers(form, task.task, form.keep(form.call(function, outputs, temperature=float(task.temperature))))


def _several(form: Form, task: Several, outputs: Value) -> Answers:
    """Each target's own, under its name."""
    found, start, axis = dict[Output, Value](), 0, len(task.output_shape)
    for one in task.tasks:
        own = form.keep(form.call("cut", outputs, start=start, stop=start + one.outputs, axis=axis))
        answers = _answers(form, one, own)
        found |= {Output(f"{one.target} {out.name}", out.kind, out.shape, out.told): answers[out] for out in answers}
        start += one.outputs
    return found


def _loss(form: Form, task: Generation, outputs: Value) -> Answers:
    told = Output("loss", "float32", (), "how unlike the examples of training it is")
    return {told: form.call("total", outputs, count=len(task.terms))}


def _move(form: Form, task: Playing, outputs: Value) -> Answers:
    names = task.rules.names
    chances = form.keep(form.call("cut", outputs, start=0, stop=len(names), axis=1))
    expected = form.call("cut", outputs, start=len(names), stop=len(names) + 1, axis=1)
    of_each = Output("probabilities", "float32", (len(names),), "of the moves, 0 of one that is not free")
    return {
        of_each: chances,
        Output("move", "str", (), "the likeliest"): form.call("likeliest", chances, names=names),
        Output("expected result", "float32", (1,), "1 won, 0 a draw, -1 lost, for the player to move"): expected,
    }


def _next_character(form: Form, task: Language, outputs: Value) -> Answers:
    """After every step, for what comes after a text stands where its last character does."""
    shape, names = (task.steps, len(task.characters)), repr(task.characters)
    told = (
        f"of {names}, one after the other, behind each step: what comes after a text is the row of its last character"
    )
    known = form.call("cut", outputs, start=1, stop=task.outputs, axis=2)
    return {Output("probabilities", "float32", shape, told): form.call("softmax", known)}


TASKS: Mapping[type[Task], Callable[[Form, Any, Value], Answers]] = {
    Averaging: _averaged,
    Classification: _classes,
    Clustering: _groups,
    Forecasting: _steps,
    Generation: _loss,
    Language: _next_character,
    Playing: _move,
    Regression: _number,
    Several: _several,
}
"""How the answers of each kind of task are written; of others the outputs are the answers."""
