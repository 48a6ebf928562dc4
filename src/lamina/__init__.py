"""Lamina: deep learning that you can trust. Raw data in, one model file out, every number open to inspection.

    import lamina
    from lamina import Conv2D, Dense, Flatten, MaxPool2D, Sequential

    network = Sequential(Conv2D(16, 3, "relu"), MaxPool2D(2), Flatten(), Dense(10))
    model = lamina.fit("digits", network, epochs=20)
    model.save("digits.safetensors")
    print(lamina.Model.load("digits.safetensors").predict("photo.png"))

The public names are imported when they are first used, so that `import lamina` is fast.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lamina.comparing.compare import compare as compare
    from lamina.data.dataset import Dataset as Dataset
    from lamina.data.inputs import Sound as Sound
    from lamina.data.read import read as read
    from lamina.errors import DataError as DataError
    from lamina.errors import ExplanationError as ExplanationError
    from lamina.errors import ExportError as ExportError
    from lamina.errors import FetchError as FetchError
    from lamina.errors import LaminaError as LaminaError
    from lamina.errors import LaminaWarning as LaminaWarning
    from lamina.errors import ModelFileError as ModelFileError
    from lamina.errors import NonFiniteError as NonFiniteError
    from lamina.errors import SaveError as SaveError
    from lamina.errors import SettingError as SettingError
    from lamina.errors import ShapeError as ShapeError
    from lamina.errors import UnprovenError as UnprovenError
    from lamina.estimators.classifier import LaminaClassifier as LaminaClassifier
    from lamina.estimators.clusterer import LaminaClusterer as LaminaClusterer
    from lamina.estimators.regressor import LaminaRegressor as LaminaRegressor
    from lamina.estimators.transformer import LaminaTransformer as LaminaTransformer
    from lamina.explaining.explanation import explain as explain
    from lamina.explaining.explanation import explain_network as explain_network
    from lamina.explaining.permutation import permutation_importance as permutation_importance
    from lamina.exporting.export import export as export
    from lamina.exporting.foreign_weights import import_weights as import_weights
    from lamina.exporting.foreign_weights import weight_names as weight_names
    from lamina.exporting.from_onnx import import_onnx as import_onnx
    from lamina.layers.activations import Activation as Activation
    from lamina.layers.adversarial import Adversarial as Adversarial
    from lamina.layers.attention import Attention as Attention
    from lamina.layers.attention import PositionalEmbedding as PositionalEmbedding
    from lamina.layers.attention import TransformerBlock as TransformerBlock
    from lamina.layers.base import Layer as Layer
    from lamina.layers.base import PureLayer as PureLayer
    from lamina.layers.base import Variable as Variable
    from lamina.layers.boltzmann import Boltzmann as Boltzmann
    from lamina.layers.combining import Parallel as Parallel
    from lamina.layers.combining import Residual as Residual
    from lamina.layers.combining import Sequential as Sequential
    from lamina.layers.convolution import Conv1D as Conv1D
    from lamina.layers.convolution import Conv2D as Conv2D
    from lamina.layers.dense import Dense as Dense
    from lamina.layers.dense import Linear as Linear
    from lamina.layers.dropout import Dropout as Dropout
    from lamina.layers.embedding import Embedding as Embedding
    from lamina.layers.ensemble import Ensemble as Ensemble
    from lamina.layers.feedback import Feedback as Feedback
    from lamina.layers.forecasting import OnNaive as OnNaive
    from lamina.layers.fourier import RandomFourier as RandomFourier
    from lamina.layers.general_boltzmann import GeneralBoltzmann as GeneralBoltzmann
    from lamina.layers.global_pooling import GlobalAveragePool1D as GlobalAveragePool1D
    from lamina.layers.global_pooling import GlobalAveragePool2D as GlobalAveragePool2D
    from lamina.layers.global_pooling import GlobalMaxPool1D as GlobalMaxPool1D
    from lamina.layers.global_pooling import GlobalMaxPool2D as GlobalMaxPool2D
    from lamina.layers.grouping import SoftGroups as SoftGroups
    from lamina.layers.noise import Noise as Noise
    from lamina.layers.normalization import BatchNorm as BatchNorm
    from lamina.layers.normalization import LayerNorm as LayerNorm
    from lamina.layers.normalization import UnitLength as UnitLength
    from lamina.layers.original_lenet import Subsample2D as Subsample2D
    from lamina.layers.original_lenet import TableConv2D as TableConv2D
    from lamina.layers.plane_features import PlaneFeatures as PlaneFeatures
    from lamina.layers.pooling import AveragePool1D as AveragePool1D
    from lamina.layers.pooling import AveragePool2D as AveragePool2D
    from lamina.layers.pooling import MaxPool1D as MaxPool1D
    from lamina.layers.pooling import MaxPool2D as MaxPool2D
    from lamina.layers.radial_basis import RadialBasis as RadialBasis
    from lamina.layers.recurrent import GRU as GRU
    from lamina.layers.recurrent import LSTM as LSTM
    from lamina.layers.recurrent import Bidirectional as Bidirectional
    from lamina.layers.recurrent import Recurrent as Recurrent
    from lamina.layers.reshaping import Flatten as Flatten
    from lamina.layers.reshaping import Pad2D as Pad2D
    from lamina.layers.reshaping import Reshape as Reshape
    from lamina.layers.reshaping import Slice as Slice
    from lamina.layers.reshaping import UpSample2D as UpSample2D
    from lamina.layers.self_organizing import SelfOrganizing as SelfOrganizing
    from lamina.layers.self_play import SelfPlay as SelfPlay
    from lamina.layers.sparsity import KeepLargest as KeepLargest
    from lamina.layers.spectrograms import VarySpectrogram as VarySpectrogram
    from lamina.layers.transformer_translation import TransformerTranslator as TransformerTranslator
    from lamina.layers.translation import Translator as Translator
    from lamina.layers.variational import Variational as Variational
    from lamina.model.checking import Check as Check
    from lamina.model.checking import check as check
    from lamina.model.event_log import EventLog as EventLog
    from lamina.model.features import features as features
    from lamina.model.following import follow as follow
    from lamina.model.generating import sample as sample
    from lamina.model.generating import save_samples as save_samples
    from lamina.model.learning import find_learning_rate as find_learning_rate
    from lamina.model.learning import fit as fit
    from lamina.model.learning import train as train
    from lamina.model.model import Model as Model
    from lamina.model.nearest import nearest as nearest
    from lamina.model.playing import Score as Score
    from lamina.model.playing import play as play
    from lamina.model.run import Run as Run
    from lamina.model.writing import write as write
    from lamina.networks.autoencoders import autoencoder as autoencoder
    from lamina.networks.autoencoders import conv_autoencoder as conv_autoencoder
    from lamina.networks.autoencoders import denoising_autoencoder as denoising_autoencoder
    from lamina.networks.autoencoders import sparse_autoencoder as sparse_autoencoder
    from lamina.networks.feedforward import mlp as mlp
    from lamina.networks.generative import boltzmann as boltzmann
    from lamina.networks.generative import deep_belief as deep_belief
    from lamina.networks.generative import gan as gan
    from lamina.networks.generative import general_boltzmann as general_boltzmann
    from lamina.networks.generative import som as som
    from lamina.networks.generative import vae as vae
    from lamina.networks.language import language_model as language_model
    from lamina.networks.language import language_transformer as language_transformer
    from lamina.networks.pictures import cnn as cnn
    from lamina.networks.pictures import deep_cnn as deep_cnn
    from lamina.networks.pictures import lenet5 as lenet5
    from lamina.networks.pictures import photo_cnn as photo_cnn
    from lamina.networks.playing import policy as policy
    from lamina.networks.recommending import recommender as recommender
    from lamina.networks.residual import resnet as resnet
    from lamina.networks.sequences import gru as gru
    from lamina.networks.sequences import lstm as lstm
    from lamina.networks.sequences import rnn as rnn
    from lamina.networks.sequences import transformer as transformer
    from lamina.networks.series import forecaster as forecaster
    from lamina.networks.siamese import siamese as siamese
    from lamina.networks.single import perceptron as perceptron
    from lamina.networks.single import svm as svm
    from lamina.networks.sounds import sound_cnn as sound_cnn
    from lamina.networks.texts import text_average as text_average
    from lamina.networks.texts import text_cnn as text_cnn
    from lamina.networks.translation import translation_transformer as translation_transformer
    from lamina.networks.translation import translator as translator
    from lamina.plots.catalog import plot as plot
    from lamina.plots.live import live as live
    from lamina.plots.report import report as report
    from lamina.recipes import recipe as recipe
    from lamina.tasks.base import Prediction as Prediction
    from lamina.training.records import Epoch as Epoch
    from lamina.training.settings import Settings as Settings
    from lamina.tuning.tune import tune as tune

__version__ = "0.1.0"

_HOMES = {
    "comparing.compare": "compare",
    "data.dataset": "Dataset",
    "data.inputs": "Sound",
    "data.read": "read",
    "errors": "DataError ExplanationError ExportError FetchError LaminaError LaminaWarning ModelFileError "
    "NonFiniteError SaveError SettingError ShapeError UnprovenError",
    "estimators.classifier": "LaminaClassifier",
    "estimators.clusterer": "LaminaClusterer",
    "estimators.regressor": "LaminaRegressor",
    "estimators.transformer": "LaminaTransformer",
    "layers.activations": "Activation",
    "layers.adversarial": "Adversarial",
    "layers.attention": "Attention PositionalEmbedding TransformerBlock",
    "layers.base": "Layer PureLayer Variable",
    "layers.boltzmann": "Boltzmann",
    "layers.combining": "Parallel Residual Sequential",
    "layers.convolution": "Conv1D Conv2D",
    "layers.dense": "Dense Linear",
    "layers.dropout": "Dropout",
    "layers.embedding": "Embedding",
    "layers.ensemble": "Ensemble",
    "layers.feedback": "Feedback",
    "layers.forecasting": "OnNaive",
    "layers.fourier": "RandomFourier",
    "layers.general_boltzmann": "GeneralBoltzmann",
    "layers.grouping": "SoftGroups",
    "layers.noise": "Noise",
    "layers.normalization": "BatchNorm LayerNorm UnitLength",
    "layers.global_pooling": "GlobalAveragePool1D GlobalAveragePool2D GlobalMaxPool1D GlobalMaxPool2D",
    "layers.original_lenet": "Subsample2D TableConv2D",
    "layers.plane_features": "PlaneFeatures",
    "layers.pooling": "AveragePool1D AveragePool2D MaxPool1D MaxPool2D",
    "layers.radial_basis": "RadialBasis",
    "layers.reshaping": "Flatten Pad2D Reshape Slice UpSample2D",
    "model.checking": "Check check",
    "layers.recurrent": "Bidirectional GRU LSTM Recurrent",
    "layers.self_organizing": "SelfOrganizing",
    "layers.sparsity": "KeepLargest",
    "layers.self_play": "SelfPlay",
    "layers.spectrograms": "VarySpectrogram",
    "layers.transformer_translation": "TransformerTranslator",
    "layers.translation": "Translator",
    "layers.variational": "Variational",
    "explaining.explanation": "explain explain_network",
    "explaining.permutation": "permutation_importance",
    "exporting.export": "export",
    "exporting.foreign_weights": "import_weights weight_names",
    "exporting.from_onnx": "import_onnx",
    "model.event_log": "EventLog",
    "model.features": "features",
    "model.following": "follow",
    "model.generating": "sample save_samples",
    "model.learning": "find_learning_rate fit train",
    "model.model": "Model",
    "model.nearest": "nearest",
    "model.playing": "Score play",
    "model.run": "Run",
    "model.writing": "write",
    "networks.autoencoders": "autoencoder conv_autoencoder denoising_autoencoder sparse_autoencoder",
    "networks.feedforward": "mlp",
    "networks.generative": "boltzmann deep_belief gan general_boltzmann som vae",
    "networks.language": "language_model language_transformer",
    "networks.pictures": "cnn deep_cnn lenet5 photo_cnn",
    "networks.playing": "policy",
    "networks.recommending": "recommender",
    "networks.residual": "resnet",
    "networks.sequences": "gru lstm rnn transformer",
    "networks.siamese": "siamese",
    "networks.single": "perceptron svm",
    "networks.sounds": "sound_cnn",
    "networks.series": "forecaster",
    "networks.texts": "text_average text_cnn",
    "networks.translation": "translation_transformer translator",
    "plots.catalog": "plot",
    "plots.live": "live",
    "plots.report": "report",
    "recipes": "recipe",
    "tasks.base": "Prediction",
    "training.records": "Epoch",
    "training.settings": "Settings",
    "tuning.tune": "tune",
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}

__all__ = [*sorted(_HOME_OF), "__version__"]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'lamina' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"lamina.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
