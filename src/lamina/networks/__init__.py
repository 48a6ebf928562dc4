"""Known designs: functions that return a layer."""

from lamina.networks.designs import NETWORKS, network_by_name
from lamina.networks.feedforward import mlp
from lamina.networks.pictures import cnn, lenet5
from lamina.networks.sequences import gru, lstm, rnn, transformer
from lamina.networks.texts import TEXT_NETWORKS, text_average, text_cnn, text_network_by_name

__all__ = [
    "NETWORKS", "TEXT_NETWORKS", "cnn", "gru", "lenet5", "lstm", "mlp", "network_by_name", "rnn", "text_average",
    "text_cnn", "text_network_by_name", "transformer",
]  # fmt: skip
