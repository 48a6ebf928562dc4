"""Known designs: functions that return a layer."""

from lamina.networks.designs import NETWORKS, network_by_name
from lamina.networks.feedforward import mlp
from lamina.networks.pictures import cnn, lenet5
from lamina.networks.series import forecaster

__all__ = ["NETWORKS", "cnn", "forecaster", "lenet5", "mlp", "network_by_name"]
