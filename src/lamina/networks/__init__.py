"""Known designs: functions that return a layer."""

from lamina.networks.autoencoders import autoencoder
from lamina.networks.designs import NETWORKS, network_by_name
from lamina.networks.feedforward import mlp
from lamina.networks.pictures import cnn, lenet5
from lamina.networks.recommending import recommender
from lamina.networks.sequences import gru, lstm, rnn, transformer
from lamina.networks.sounds import sound_cnn

__all__ = [
    "NETWORKS",
    "autoencoder",
    "cnn",
    "gru",
    "lenet5",
    "lstm",
    "mlp",
    "network_by_name",
    "recommender",
    "rnn",
    "sound_cnn",
    "transformer",
]
