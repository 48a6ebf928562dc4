"""For each kind of layer, how the sums of one of its neurons are read; or why there are none."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lamina.explaining import rows, sequences, windows
from lamina.explaining.graph import Node
from lamina.explaining.neurons import Here, Namer, Place, here
from lamina.explaining.sums import Sum, Term
from lamina.explaining.tracing import Trace
from lamina.layers.activations import Activation
from lamina.layers.adversarial import Adversarial
from lamina.layers.attention import Attention, PositionalEmbedding, TransformerBlock
from lamina.layers.base import Layer
from lamina.layers.boltzmann import Boltzmann
from lamina.layers.combining import Parallel, Residual, Sequential
from lamina.layers.convolution import Conv1D, Conv2D
from lamina.layers.dense import Dense, Linear
from lamina.layers.dropout import Dropout
from lamina.layers.embedding import Embedding
from lamina.layers.ensemble import Ensemble
from lamina.layers.feedback import Feedback
from lamina.layers.forecasting import OnNaive
from lamina.layers.fourier import RandomFourier
from lamina.layers.general_boltzmann import GeneralBoltzmann
from lamina.layers.global_pooling import (
    GlobalAveragePool1D,
    GlobalAveragePool2D,
    GlobalMaxPool1D,
    GlobalMaxPool2D,
)
from lamina.layers.grouping import SoftGroups
from lamina.layers.noise import Noise
from lamina.layers.normalization import BatchNorm, LayerNorm, UnitLength
from lamina.layers.original_lenet import Subsample2D, TableConv2D
from lamina.layers.plane_features import PlaneFeatures
from lamina.layers.pooling import AveragePool1D, AveragePool2D, MaxPool1D, MaxPool2D
from lamina.layers.radial_basis import RadialBasis
from lamina.layers.recurrent import GRU, LSTM, Bidirectional, Recurrent
from lamina.layers.reshaping import Flatten, Pad2D, Reshape, Slice, UpSample2D
from lamina.layers.self_organizing import SelfOrganizing
from lamina.layers.self_play import SelfPlay
from lamina.layers.sparsity import KeepLargest
from lamina.layers.spectrograms import VarySpectrogram
from lamina.layers.transformer_translation import TransformerTranslator
from lamina.layers.translation import Translator
from lamina.layers.variational import Variational

READERS: Mapping[type[Layer], Callable[[Here], list[Sum]]] = {
    Dense: rows.dense,
    Linear: rows.dense,
    Activation: rows.passed_on,
    Dropout: rows.passed_on,
    Noise: rows.passed_on,
    VarySpectrogram: rows.passed_on,
    BatchNorm: rows.batch_norm,
    LayerNorm: rows.layer_norm,
    UnitLength: rows.unit_length,
    Embedding: rows.embedding,
    PositionalEmbedding: rows.positional_embedding,
    Flatten: rows.moved,
    Reshape: rows.moved,
    Slice: rows.moved,
    UpSample2D: rows.moved,
    Pad2D: rows.moved,
    KeepLargest: rows.keep_largest,
    RandomFourier: rows.random_fourier,
    PlaneFeatures: rows.plane_features,
    RadialBasis: rows.radial_basis,
    SoftGroups: rows.soft_groups,
    Conv1D: windows.conv1d,
    Conv2D: windows.conv2d,
    TableConv2D: windows.table_conv2d,
    Subsample2D: windows.subsample2d,
    MaxPool1D: windows.largest1d,
    MaxPool2D: windows.largest2d,
    AveragePool1D: windows.average1d,
    AveragePool2D: windows.average2d,
    GlobalMaxPool1D: windows.largest_everywhere,
    GlobalMaxPool2D: windows.largest_everywhere,
    GlobalAveragePool1D: windows.average_everywhere,
    GlobalAveragePool2D: windows.average_everywhere,
    Recurrent: sequences.recurrent,
    LSTM: sequences.lstm,
    GRU: sequences.gru,
    Feedback: sequences.feedback,
    Attention: sequences.attention,
}
REASONS: Mapping[type[Layer], str] = {
    Sequential: "its layers are explained one by one",
    Residual: "its two ways are explained one by one, and their sum",
    Parallel: "its branches are explained one by one",
    Ensemble: "its members are explained one by one",
    OnNaive: "the naive forecast and its body are explained one by one, and their sum",
    TransformerBlock: "its parts are explained one by one, and their sums",
    Bidirectional: "its two directions are explained one by one",
    Variational: "it gives the terms of its loss, not what a neuron passes on",
    Boltzmann: "it gives the terms of its loss, not what a neuron passes on",
    GeneralBoltzmann: "it gives the terms of its loss, not what a neuron passes on",
    Adversarial: "it gives the terms of a game between two networks, drawn by chance",
    SelfPlay: "it gives the terms of games that are played by chance",
    SelfOrganizing: "it gives the distance to the nearest of its neurons: `lamina nearest` shows which",
    Translator: "it gives the terms of its loss, one for each token of an answer",
    TransformerTranslator: "it gives the terms of its loss, one for each token of an answer",
}


def reason(node: Node) -> str:
    """Why a node has no sums that could be shown; "" where it has some."""
    return "" if node.kind != "layer" or type(node.layer) in READERS else REASONS.get(type(node.layer), OWN)


OWN = "it is a layer of your own, whose sums are not known here"


def sums_of(trace: Trace, number: int, place: Place, named: Namer, steps: tuple[str, ...] = ()) -> list[Sum]:
    """The sums that lead to one number of a node's output, each added up again; none where there is a `reason`.

    Raises:
        ExplanationError: a sum is not what the program computed.
    """
    node = trace.nodes[number]
    if reason(node):
        return []
    if _only_fills_up(trace, number, place):
        sums = [Sum("h", (Term("a step that only fills up", 0.0, 1.0),), float(trace.h[number][place]))]
    elif node.kind == "layer":
        sums = READERS[type(node.layer)](here(trace, number, place, named, steps))
    else:
        sums = [_joined(trace, number, place)]
    return [one.check() for one in sums]


def _only_fills_up(trace: Trace, number: int, place: Place) -> bool:
    """Whether a number belongs to a step that counts nowhere; or to a whole sequence of such steps."""
    if not trace.nodes[number].skips_padding:
        return False
    taken = trace.entering(number)[-1]
    return not (taken[place[0]] if len(place) == 2 else taken).any()


def _joined(trace: Trace, number: int, place: Place) -> Sum:
    """The sum of a node that brings ways together."""
    node, given = trace.nodes[number], trace.entering(number)
    z, h = float(trace.z[number][place]), float(trace.h[number][place])
    names = [trace.nodes[source].name if source >= 0 else "the example" for source in node.inputs]
    if node.kind == "sum":
        terms = tuple(Term(f"layer {name}", float(x[place]), 1.0) for name, x in zip(names, given, strict=True))
    else:
        terms = (Term("what came in", z, 1.0),)
    function = "" if node.activation == "linear" else node.activation
    return Sum("z", terms, z, None, function, h if function else None)
