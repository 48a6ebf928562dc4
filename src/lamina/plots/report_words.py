"""What a report says in words: the answer first, then the data, the network and the training."""

from __future__ import annotations

import numpy as np

from lamina.model.evaluation import Evaluation
from lamina.model.model import Model
from lamina.model.run_log import plain_settings
from lamina.model.summary import depth, layer_rows, size_in_words
from lamina.plots.page import Section, heading, paragraph, table
from lamina.plots.seen import Seen
from lamina.tasks.generation import Generation
from lamina.tasks.playing import Playing
from lamina.tasks.regression import Regression
from lamina.training.metrics import error_interval
from lamina.training.records import Measure, format_number

UNSEEN = "examples that it never saw while training"
DEEP = 2
"""More layers with weights than this make a deep network."""
USUAL = 1.96
"""Standard errors to each side that hold 95 % of what chance does."""


def headline(model: Model, seen: Seen | None = None) -> str:
    """The one sentence that a report begins with: how good the model is on what it never saw, against guessing.

    Example:
        >>> import lamina
        >>> headline(lamina.fit("iris", "mlp", epochs=0)).startswith("Of 30 examples that it never saw")
        True
    """
    record = model.record
    if not record.test:
        return f"This model predicts {model.task.describe()}; no example was held out, so that nothing proves it."
    results = {one.name: one.value for one in record.results}
    error = results.get("error")
    if error is not None and hasattr(model.task, "classes"):
        return f"Of {record.test:,} {UNSEEN}, this model answers {_right(error, record.test, record.guess)}"
    told = [
        f"its {name} is {_figure(name, value)}{_give_or_take(name, seen)}{_against(model, name, value)}"
        for name, value in _told_results(model, results)
    ]
    if isinstance(model.task, Generation):
        terms = ", ".join(f"{name} {_figure(name, value)}" for name, value in _told_results(model, results))
        return f"On {record.test:,} {UNSEEN}: {terms}; no answer of it is right or wrong."
    if isinstance(model.task, Playing):
        games = [f"{name} {100 * value:.1f} %" for name, value in results.items() if " against " in name]
        return f"In whole games, of which each side begins half: {', '.join(games)}."
    return f"On {record.test:,} {UNSEEN}, {'; '.join(told)}."


def other_data(seen: Seen) -> str:
    """How good the model is on data that it was not trained with."""
    evaluation = seen.evaluation
    return f"{_here(evaluation)}: {'; '.join(f'{name} {value}' for name, value in figures(evaluation))}."


def figures(evaluation: Evaluation) -> list[tuple[str, str]]:
    """The single numbers of an evaluation, as a person reads them."""
    numbers = {"loss": evaluation.loss, **evaluation.numbers}
    shares = ("error", "accuracy", "top_3_accuracy")
    return [
        (name.replace("_", " "), f"{100 * value:.2f} %" if name.split(" ")[-1] in shares else f"{value:.4g}")
        for name, value in numbers.items()
    ]


def data_section(model: Model, seen: Seen | None) -> Section:
    """Where the examples come from, how they were divided and prepared."""
    record = model.record
    rows = [
        ("source", record.source), ("learnt", model.task.describe()), ("divided", record.split),
        ("training examples", f"{record.training:,}"), ("validation examples", f"{record.validation:,}"),
        ("test examples", f"{record.test:,}"), ("fingerprint", f"sha256 {record.fingerprint}"),
    ]  # fmt: skip
    parts = [table((), rows)]
    if seen is not None:
        parts += [heading(f"Figures on {_here(seen.evaluation)}"), table((), figures(seen.evaluation))]
    prepared = [(line,) for line in model.encoder.lines()[:40]]
    return Section("The data", (*parts, heading("How an example is prepared"), table((), prepared)))


def subtitle(model: Model) -> str:
    """What the model is, in a line."""
    parameters = sum(row.parameters for row in layer_rows(model.network, model.encoder.input_shape))
    learnt = f"trained on {model.record.training:,} examples of {model.record.source}"
    return f"{model.task.describe()}; {parameters:,} parameters, {learnt}"


def notes_of(model: Model, seen: Seen | None) -> list[str]:
    """What must be known before the figures are believed."""
    told = [*model.record.notes, *(seen.evaluation.notes if seen is not None else ())]
    left = seen.evaluation.skipped if seen is not None else ()
    if left:
        told.append(f"{len(left):,} examples could not be read, such as {left[0].name}: {left[0].reason}")
    return list(dict.fromkeys(told))


def network_section(model: Model) -> Section:
    """The layers with their shapes and parameters."""
    rows = layer_rows(model.network, model.encoder.input_shape)
    kind = "a deep network" if depth(model.network) > DEEP else "not a deep network: at most one hidden layer"
    cells = [
        (row.role, row.layer, " x ".join(map(str, row.output)), f"{row.parameters:,}" if row.parameters else "")
        for row in rows
    ]
    layers_table = table(("", "layer", "output", "parameters"), cells, (3,))
    size = size_in_words(model.network, model.encoder.input_shape)
    return Section("The network", (paragraph(f"{size}: {kind}."), layers_table))


def settings_table(model: Model) -> str:
    """How the run was set, with what was left at 0 or None left out."""
    kept = {
        name: value for name, value in plain_settings(model.record.settings).items() if value not in (None, 0, 0.0, "")
    }
    rows = [(name.replace("_", " "), value) for name, value in kept.items()]
    return table((), rows)


def versions_section(model: Model) -> Section:
    """What computed the numbers."""
    told = (
        "The model file holds no code. It carries made-up inputs with their answers, which every load computes again."
    )
    return Section("Versions", (paragraph(", ".join(model.record.versions)), paragraph(told, "quiet")))


def _right(error: float, count: int, guess: float | None) -> str:
    low, high = error_interval(error, count)
    between = f"between {100 * (1 - high):.1f} and {100 * (1 - low):.1f} %, with 95 % confidence"
    told = f"{100 * (1 - error):.1f} % rightly ({between})"
    if guess is None:
        return f"{told}."
    chance = f"always naming the commonest class is right for {100 * (1 - guess):.1f} %"
    if error >= guess:
        return f"{told}: that is no better than guessing, since {chance}."
    beyond = "" if high < guess else "; with so few examples the difference may be chance"
    return f"{told}; {chance}{beyond}."


def _told_results(model: Model, results: dict[str, float]) -> list[tuple[str, float]]:
    """The measures, without the loss where there is another one."""
    others = [(name, value) for name, value in results.items() if name != "loss"]
    return others or list(results.items())


def _give_or_take(name: str, seen: Seen | None) -> str:
    """How far chance could move a mean distance, from the examples' own distances."""
    if seen is None or not seen.own_data or not isinstance(seen.task, Regression) or name != seen.task.measure:
        return ""
    values = np.array([answer.value for answer in seen.answers], np.float64)
    off = np.abs(values - np.asarray(seen.examples.targets, np.float64))
    return (
        f" (give or take {USUAL * off.std(ddof=1) / np.sqrt(len(off)):.3g}, with 95 % confidence)"
        if len(off) > 1
        else ""
    )


def _against(model: Model, name: str, value: float) -> str:
    record = model.record
    alone = (Measure(model.task.measure, record.guess),) if record.guess is not None else ()
    guesses = {one.name: one.value for one in record.guesses or alone}
    if name not in guesses or not np.isfinite(guesses[name]):
        return ""
    worse = ", which is no worse" if value >= guesses[name] else ""
    return f", where guessing without a network reaches {_figure(name, guesses[name])}{worse}"


def _figure(name: str, value: float) -> str:
    """A measure with as many digits as a sentence bears."""
    told = format_number(name, value)
    return told if told.endswith("%") else f"{value:.4g}"


def _here(evaluation: Evaluation) -> str:
    return f"{evaluation.source}, {evaluation.examples:,} examples"
