"""A model in words: its layers, its training, its size."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from lamina.arrays import Shape
from lamina.layers.adversarial import Adversarial
from lamina.layers.attention import TransformerBlock
from lamina.layers.base import Layer, Variable, Variables
from lamina.layers.combining import Parallel, Sequential
from lamina.layers.embedding import Embedding
from lamina.layers.ensemble import Ensemble
from lamina.layers.forecasting import OnNaive
from lamina.layers.recurrent import Bidirectional
from lamina.layers.self_organizing import SelfOrganizing
from lamina.layers.self_play import SelfPlay
from lamina.layers.transformer_translation import TransformerTranslator
from lamina.layers.translation import Translator
from lamina.layers.variational import Variational
from lamina.model.model import Model
from lamina.recipes import describe
from lamina.training.records import Measure, format_number, interval_line

RECURRENT_COMBINE_AND_OUTPUT = 3
"""The layers with weights of a Translator behind its encoder."""
TWO_ATTENTIONS_AND_TWO_DENSE = 4
"""The layers with weights in a block of a TransformerTranslator; one more gives its outputs."""
ATTENTION_AND_TWO_DENSE = 3
"""The layers with weights in a TransformerBlock."""


@dataclass(frozen=True)
class Row:
    """One layer of a network as a person asks about it."""

    role: str
    layer: str
    output: Shape
    parameters: int
    place: str = ""


def layer_rows(network: Layer, shape: Shape, within: str = "") -> list[Row]:
    """Input, hidden and output layers with the shape after each and the number of its parameters.

    Args:
        within: the place of what the network stands in, with a point.
    """
    if isinstance(network, OnNaive):
        inside = layer_rows(network.body, shape, "1.body.")
        return [*inside, Row("", describe(network, without=("body",)), inside[-1].output, 0, "1")]
    if isinstance(network, SelfPlay):
        inside = layer_rows(network.policy, network.planes, "1.policy.")
        return [*inside, Row("", describe(network, without=("policy",)), network.output_shape(shape), 0, "1")]
    if isinstance(network, Translator | TransformerTranslator):
        return _translator_rows(network, shape)
    layers = network.layers if isinstance(network, Sequential) else (network,)
    rows = [Row("input", "", shape, 0)]
    last = max((i for i, layer in enumerate(layers) if _learns(layer)), default=len(layers) - 1)
    for number, layer in enumerate(layers):
        count = count_parameters(layer.parameters(shape))
        shape = layer.output_shape(shape)
        role = "output" if number == last else "hidden" if _learns(layer) else ""
        rows.append(Row(role, _brief(layer), shape, count, f"{within}{number + 1}"))
    return rows


def _translator_rows(network: Translator | TransformerTranslator, shape: Shape) -> list[Row]:
    """The layers that read, and what is left of the network: the part that writes."""
    rows = layer_rows(network.encoder, (network.source_steps,), "1.encoder.")
    inside = [replace(row, role="hidden" if row.role == "output" else row.role) for row in rows[1:]]
    writes = {name: child for name, child in network.parameters(shape).items() if name != "encoder"}
    own = Row(
        "output", describe(network, without=("encoder",)), network.output_shape(shape), count_parameters(writes), "1"
    )
    return [Row("input", "", shape, 0), *inside, own]


def count_parameters(variables: Variables) -> int:
    """How many numbers a layer learns."""
    return sum(
        math.prod(child.shape) if isinstance(child, Variable) else count_parameters(child)
        for child in variables.values()
    )


def depth(network: Layer) -> int:
    """How many layers with weights an input passes on the longest way."""
    if isinstance(network, Sequential):
        return sum(map(depth, network.layers))
    inner = getattr(network, "layers", None) or (network.branches() if hasattr(network, "branches") else None)
    if inner:
        return max(map(depth, inner))
    if isinstance(network, Ensemble):
        return depth(network.network)
    if isinstance(network, Translator):
        return depth(network.encoder) + RECURRENT_COMBINE_AND_OUTPUT
    if isinstance(network, TransformerTranslator):
        return depth(network.encoder) + TWO_ATTENTIONS_AND_TWO_DENSE * network.depth + 1
    if isinstance(network, SelfPlay):
        return depth(network.policy)
    if isinstance(network, Adversarial):
        return max(depth(network.generator), depth(network.discriminator))
    if isinstance(network, Variational):
        return depth(network.encoder) + depth(network.decoder)
    if isinstance(network, Bidirectional):
        return depth(network.layer)
    return ATTENTION_AND_TWO_DENSE if isinstance(network, TransformerBlock) else int(_weighted(network))


def size_in_words(network: Layer, shape: Shape) -> str:
    """How many parameters and layers with weights there are.

    Example:
        >>> import lamina
        >>> size_in_words(lamina.Dense(3), (4,))
        '15 parameters, 1 layer with weights'
    """
    total, layers = count_parameters(network.parameters(shape)), depth(network)
    return f"{total:,} parameters, {layers} layer{'s' * (layers != 1)} with weights"


def network_table(network: Layer, shape: Shape) -> list[str]:
    """A line a layer, and one for the whole."""
    rows = layer_rows(network, shape)
    width = min(64, max(len(row.layer) for row in rows)) + 2
    places = max(len(row.place) for row in rows) + 2
    lines = [f"{'':8}{'':{places}}{'layer':{width}}{'output shape':16}{'parameters':>12}"]
    for row in rows:
        count = f"{row.parameters:>12,}" if row.parameters else ""
        words = f"{row.role:8}{row.place:{places}}{row.layer[:width]:{width}}{_shape(row.output):16}{count}"
        lines.append(words.rstrip())
    kind = "a deep network" if depth(network) > 2 else "not a deep network: at most one hidden layer"
    return [*lines, f"{size_in_words(network, shape)}: {kind}"]


def model_lines(model: Model) -> list[str]:
    """The whole summary, a line each."""
    record, task = model.record, model.task
    lines = [*network_table(model.network, model.encoder.input_shape), "", f"predicts    {task.describe()}"]
    first, *others = model.encoder.lines()
    lines += [f"prepares    {first}", *(f"            {line}" for line in others)]
    lines += [f"trained on  {record.source}: {record.split}"]
    lines += [f"            {record.training:,} training, {record.validation:,} validation, {record.test:,} test"]
    lines += [f"settings    {record.settings!r}"]
    lines += [f"epochs      {len(record.epochs)}, the weights are those of epoch {record.best_epoch}"]
    lines += [f"test        {'  '.join(f'{m.name} {format_number(m.name, m.value)}' for m in record.results)}"]
    if record.test and hasattr(task, "classes"):
        error = next(measure.value for measure in record.results if measure.name == "error")
        lines += [f"            {interval_line(error, record.test)}"]
    guesses = record.guesses or ((Measure(task.measure, record.guess),) if record.guess is not None else ())
    if guesses:
        lines += [f"guessing    {'  '.join(f'{m.name} {format_number(m.name, m.value)}' for m in guesses)}"]
    lines += [f"versions    {', '.join(record.versions)}", f"data        sha256 {record.fingerprint}"]
    return lines + [f"note        {note}" for note in record.notes]


def _brief(layer: Layer) -> str:
    """A layer without what few ask for; containers know themselves how they are written."""
    return repr(layer) if isinstance(layer, Sequential | Parallel) else describe(layer, without=("initializer",))


def _shape(shape: Shape) -> str:
    return " x ".join(map(str, shape))


def _learns(layer: Layer) -> bool:
    return depth(layer) > 0


def _weighted(layer: Layer) -> bool:
    """Whether a layer has neurons: settings named units or filters, heads that look around, or a map of them."""
    return isinstance(layer, SelfOrganizing) or (
        any(hasattr(layer, name) for name in ("units", "filters", "heads")) and not isinstance(layer, Embedding)
    )
