"""Known designs: functions that return a layer."""

from lamina.networks.designs import NETWORKS, network_by_name
from lamina.networks.feedforward import mlp
from lamina.networks.pictures import cnn, lenet5
from lamina.networks.sounds import sound_cnn

__all__ = ["NETWORKS", "cnn", "lenet5", "mlp", "network_by_name", "sound_cnn"]
