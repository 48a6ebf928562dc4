"""The closed vocabulary of model files: importing this module enters every recipe of ours in the register.

A name in a file is looked up there and nowhere else; nothing is ever imported because a file says so.
"""

import lamina.data.board_encoder
import lamina.data.byte_pairs
import lamina.data.columns
import lamina.data.ink
import lamina.data.number_encoder
import lamina.data.number_forms
import lamina.data.pair_encoder
import lamina.data.passage_encoder
import lamina.data.picture_column
import lamina.data.picture_encoder
import lamina.data.series_encoder
import lamina.data.sound_encoder
import lamina.data.table_encoder
import lamina.data.text_encoder
import lamina.data.time_steps
import lamina.data.tokenizer
import lamina.layers.activations
import lamina.layers.adversarial
import lamina.layers.attention
import lamina.layers.boltzmann
import lamina.layers.combining
import lamina.layers.convolution
import lamina.layers.dense
import lamina.layers.dropout
import lamina.layers.embedding
import lamina.layers.ensemble
import lamina.layers.feedback
import lamina.layers.forecasting
import lamina.layers.fourier
import lamina.layers.general_boltzmann
import lamina.layers.global_pooling
import lamina.layers.grouping
import lamina.layers.noise
import lamina.layers.normalization
import lamina.layers.original_lenet
import lamina.layers.plane_features
import lamina.layers.pooling
import lamina.layers.radial_basis
import lamina.layers.recurrent
import lamina.layers.reshaping
import lamina.layers.self_organizing
import lamina.layers.self_play
import lamina.layers.sparsity
import lamina.layers.spectrograms
import lamina.layers.transformer_translation
import lamina.layers.translation
import lamina.layers.variational
import lamina.model.record
import lamina.tasks.averaging
import lamina.tasks.classification
import lamina.tasks.clustering
import lamina.tasks.forecasting
import lamina.tasks.generation
import lamina.tasks.language
import lamina.tasks.playing
import lamina.tasks.reconstruction
import lamina.tasks.regression
import lamina.tasks.several
import lamina.tasks.similarity
import lamina.tasks.translation
import lamina.training.schedules  # noqa: F401  # all of them are imported for what they register
