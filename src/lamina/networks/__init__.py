"""Known designs: functions that return a layer."""

from lamina.networks.autoencoders import autoencoder
from lamina.networks.designs import NETWORKS, network_by_name
from lamina.networks.feedforward import mlp
from lamina.networks.pictures import cnn, lenet5
from lamina.networks.recommending import recommender

__all__ = ["NETWORKS", "autoencoder", "cnn", "lenet5", "mlp", "network_by_name", "recommender"]
