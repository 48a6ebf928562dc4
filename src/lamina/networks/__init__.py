"""Known designs: functions that return a layer."""

from lamina.networks.autoencoders import autoencoder
from lamina.networks.designs import NETWORKS, network_by_name
from lamina.networks.feedforward import mlp
from lamina.networks.pictures import cnn, deep_cnn, lenet5, photo_cnn
from lamina.networks.recommending import recommender
from lamina.networks.sequences import gru, lstm, rnn, transformer
from lamina.networks.series import forecaster
from lamina.networks.sounds import sound_cnn
from lamina.networks.tables import picture_table, text_table
from lamina.networks.texts import TEXT_NETWORKS, text_average, text_cnn, text_network_by_name

__all__ = [
    "NETWORKS",
    "TEXT_NETWORKS",
    "autoencoder",
    "cnn",
    "deep_cnn",
    "forecaster",
    "gru",
    "lenet5",
    "lstm",
    "mlp",
    "network_by_name",
    "photo_cnn",
    "picture_table",
    "recommender",
    "rnn",
    "sound_cnn",
    "text_average",
    "text_cnn",
    "text_network_by_name",
    "text_table",
    "transformer",
]
