"""Known designs: functions that return a layer."""

from lamina.networks.autoencoders import autoencoder
from lamina.networks.designs import NETWORKS, RULES, TASKS, network_by_name
from lamina.networks.feedforward import mlp
from lamina.networks.generative import boltzmann, deep_belief, gan, som, vae
from lamina.networks.pictures import cnn, deep_cnn, lenet5, photo_cnn
from lamina.networks.playing import policy
from lamina.networks.recommending import recommender
from lamina.networks.residual import resnet
from lamina.networks.sequences import gru, lstm, rnn, transformer
from lamina.networks.series import forecaster
from lamina.networks.siamese import siamese
from lamina.networks.single import perceptron, svm
from lamina.networks.sounds import sound_cnn
from lamina.networks.tables import picture_table, text_table
from lamina.networks.texts import TEXT_NETWORKS, text_average, text_cnn, text_network_by_name

__all__ = [
    "NETWORKS",
    "RULES",
    "TASKS",
    "TEXT_NETWORKS",
    "autoencoder",
    "boltzmann",
    "cnn",
    "deep_belief",
    "deep_cnn",
    "forecaster",
    "gan",
    "gru",
    "lenet5",
    "lstm",
    "mlp",
    "network_by_name",
    "perceptron",
    "photo_cnn",
    "picture_table",
    "policy",
    "recommender",
    "resnet",
    "rnn",
    "siamese",
    "som",
    "sound_cnn",
    "svm",
    "text_average",
    "text_cnn",
    "text_network_by_name",
    "text_table",
    "transformer",
    "vae",
]
