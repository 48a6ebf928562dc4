"""How each kind of layer is written."""

from __future__ import annotations

from collections.abc import Mapping

from lamina.arrays import Params, Shape, State
from lamina.exporting import (
    containers,
    generative_layers,
    plain_layers,
    playing_layers,
    sequence_layers,
    translation_layers,
)
from lamina.exporting.forms import Form, Place, Value, Writer
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
from lamina.layers.global_pooling import GlobalAveragePool1D, GlobalAveragePool2D, GlobalMaxPool1D, GlobalMaxPool2D
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

WRITERS: Mapping[type[Layer], Writer] = {
    Activation: plain_layers.activation,
    Adversarial: generative_layers.adversarial,
    Attention: sequence_layers.attention,
    AveragePool1D: plain_layers.pool1d,
    AveragePool2D: plain_layers.pool2d,
    BatchNorm: plain_layers.batch_norm,
    Bidirectional: sequence_layers.bidirectional,
    Boltzmann: generative_layers.boltzmann,
    Conv1D: plain_layers.conv1d,
    Conv2D: plain_layers.conv2d,
    Dense: plain_layers.dense,
    Dropout: plain_layers.unchanged,
    Embedding: sequence_layers.embedding,
    Ensemble: containers.ensemble,
    Feedback: sequence_layers.feedback,
    Flatten: plain_layers.flatten,
    GRU: sequence_layers.gru,
    GeneralBoltzmann: generative_layers.general_boltzmann,
    GlobalAveragePool1D: plain_layers.mean_of_steps,
    GlobalAveragePool2D: plain_layers.mean_of_picture,
    GlobalMaxPool1D: plain_layers.largest_of_steps,
    GlobalMaxPool2D: plain_layers.largest_of_picture,
    KeepLargest: plain_layers.keep_largest,
    LSTM: sequence_layers.lstm,
    LayerNorm: plain_layers.layer_norm,
    Linear: plain_layers.linear,
    MaxPool1D: plain_layers.pool1d,
    MaxPool2D: plain_layers.pool2d,
    Noise: plain_layers.unchanged,
    OnNaive: containers.on_naive,
    Pad2D: plain_layers.pad2d,
    Parallel: containers.parallel,
    PlaneFeatures: plain_layers.plane_features,
    PositionalEmbedding: sequence_layers.positional_embedding,
    RadialBasis: plain_layers.radial_basis,
    RandomFourier: plain_layers.random_fourier,
    Recurrent: sequence_layers.recurrent,
    Reshape: plain_layers.reshape,
    Residual: containers.residual,
    SelfOrganizing: generative_layers.self_organizing,
    SelfPlay: playing_layers.self_play,
    Sequential: containers.sequential,
    Slice: plain_layers.cut,
    SoftGroups: plain_layers.soft_groups,
    Subsample2D: plain_layers.subsample2d,
    TableConv2D: plain_layers.table_conv2d,
    TransformerBlock: sequence_layers.transformer_block,
    TransformerTranslator: translation_layers.transformer_translator,
    Translator: translation_layers.translator,
    UnitLength: plain_layers.unit_length,
    UpSample2D: plain_layers.upsample2d,
    Variational: generative_layers.variational,
    VarySpectrogram: plain_layers.unchanged,
}
"""How each kind of layer is written."""


def write_network(form: Form, network: Layer, params: Params, state: State, shape: Shape, x: Value) -> Value:
    """A network in a form; what comes out of it.

    Args:
        form: what it is written in.
        network: the layers, with their arrays.
        params, state: its arrays.
        shape: of one example.
        x: what goes in.

    Raises:
        ExportError: a layer of one's own.
    """
    return Place(form, WRITERS, params, state, tuple(shape)).write(network, x)
