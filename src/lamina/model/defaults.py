"""What is taken where the user decides nothing: a network and settings by the kind and the amount of data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lamina.arrays import Shape
from lamina.data.board_encoder import BoardEncoder
from lamina.data.columns import CategoryColumn
from lamina.data.encoders import Encoder
from lamina.data.number_encoder import NumberEncoder
from lamina.data.pair_encoder import PairEncoder
from lamina.data.passage_encoder import PassageEncoder
from lamina.data.picture_encoder import PictureEncoder
from lamina.data.series_encoder import SeriesEncoder
from lamina.data.sound_encoder import SoundEncoder
from lamina.data.table_encoder import TableEncoder
from lamina.data.text_encoder import TextEncoder
from lamina.errors import SettingError
from lamina.games.perfect import can_be_solved
from lamina.layers.base import Layer
from lamina.layers.self_play import SelfPlay
from lamina.networks import (
    NETWORKS,
    TASKS,
    autoencoder,
    cnn,
    deep_cnn,
    forecaster,
    mlp,
    network_by_name,
    photo_cnn,
    picture_table,
    policy,
    recommender,
    sound_cnn,
    text_average,
    text_network_by_name,
    text_table,
)
from lamina.networks.generative import boltzmann
from lamina.networks.language import language_model, language_network_by_name
from lamina.networks.translation import translator, translator_by_name
from lamina.networks.written import is_written, network_from_words
from lamina.recipes import field_types
from lamina.tasks.base import Task
from lamina.tasks.classification import Classification
from lamina.tasks.playing import Playing
from lamina.tasks.reconstruction import Reconstruction
from lamina.training.schedules import schedule_by_name
from lamina.training.settings import Settings

FEW = 500
MANY = 10_000
"""From so many training examples on, networks are larger and epochs fewer."""


EMPTY_EDGE = 24
"""Grey pictures of this side or more lose little where convolutions stay inside them."""
MANY_VALUES = 50
FEW_PHOTOS = 100
"""Fewer training photos a class are worth a warning."""
CHANGES = {
    "flip": "mirrored left to right",
    "shift": "moved by up to {} pixels",
    "brightness": "made brighter or darker",
}


@dataclass(frozen=True)
class Defaults:
    """The defaults for one kind of encoder.

    Args:
        network: (encoder, task, number of training examples) -> layers.
        settings: (encoder, task, number of training examples) -> settings by name.
    """

    network: Callable[[Any, Task, int], Layer]
    settings: Callable[[Any, Task, int], Mapping[str, Any]]


def choose_network(encoder: Encoder, task: Task, examples: int) -> Layer:
    """The default network for this kind and amount of data; where the input is the target, an autoencoder."""
    if isinstance(task, Reconstruction):
        return autoencoder(encoder.input_shape, code=int(min(8, max(2, task.outputs // 4))))
    return DEFAULTS[type(encoder)].network(encoder, task, examples)


def named_network(name: str, encoder: Encoder, task: Task) -> Layer:
    """The design of this name for this kind of data, or the layers that it describes in words."""
    if isinstance(encoder, TableEncoder) and is_one_text(encoder):
        ((_, length, entries),) = encoder.texts
        return text_network_by_name(name, entries, length, task.outputs, from_floats=True)
    if isinstance(encoder, TableEncoder) and (encoder.texts or encoder.pictures):
        kind = "texts" if encoder.texts else "pictures"
        raise SettingError(f"{name}: a table with {kind} takes its own network, or layers given in Python")
    if isinstance(encoder, PairEncoder):
        return translator_by_name(name, encoder.source.entries, encoder.end + 1, encoder.source_length)
    if isinstance(encoder, BoardEncoder) and isinstance(task, Playing):
        return playing_network(name, encoder)
    if name in TASKS:
        return unlabelled_network(name, encoder)
    if is_written(name):
        return network_from_words(name, encoder.input_shape, task.outputs)
    if isinstance(encoder, PassageEncoder):
        return language_network_by_name(name, encoder.entries, encoder.steps)
    if isinstance(encoder, TextEncoder):
        return text_network_by_name(name, encoder.tokenizer.entries, encoder.length, task.outputs)
    return network_by_name(name, encoder.input_shape, task.outputs)


def playing_network(name: str, encoder: BoardEncoder) -> Layer:
    """The design of this name, or layers in words, as a policy that learns the game of the boards."""
    usual = policy(encoder.game)
    if name == "policy":
        return usual
    design = network_from_words if is_written(name) else network_by_name
    return SelfPlay(design(name, usual.planes, usual.rules.moves + 1), encoder.game)


def unlabelled_network(name: str, encoder: Encoder) -> Layer:
    """The design of this name for data without targets; visible neurons are 0 or 1 for pictures, normal for others."""
    if name == "boltzmann":
        visible = "bernoulli" if isinstance(encoder, PictureEncoder) else "gaussian"
        return boltzmann(encoder.input_shape, visible=visible)
    return NETWORKS[name](encoder.input_shape, 0)


def choose_settings(
    encoder: Encoder, task: Task, examples: int, chosen: Mapping[str, Any], network: Layer | None = None
) -> Settings:
    """The user's settings, and for the rest what suits the kind and the amount of data, and the network (None: the
    default one).
    """
    unknown = sorted(chosen.keys() - field_types(Settings).keys())
    if unknown:
        raise SettingError(f"unknown settings {', '.join(unknown)}; there are {', '.join(field_types(Settings))}")
    usual = {
        **DEFAULTS[type(encoder)].settings(encoder, task, examples),
        **_rate_of_cnn(encoder, task, examples, network),
    }
    settings = with_own_rate(usual, chosen)
    if isinstance(settings.get("schedule"), str):
        settings["schedule"] = schedule_by_name(settings["schedule"])
    return Settings(**settings)


def with_own_rate(usual: Mapping[str, Any], chosen: Mapping[str, Any]) -> dict[str, Any]:
    """The usual settings under the chosen ones; a usual rate is of its optimizer, and goes where another is chosen.

    Example:
        >>> with_own_rate({"learning_rate": 0.003, "epochs": 100}, {"optimizer": "gradient_descent"})
        {'epochs': 100, 'optimizer': 'gradient_descent'}
    """
    own = usual.get("optimizer", Settings.optimizer)
    left = {"learning_rate"} if chosen.get("optimizer", own) != own else set()
    return {**{name: value for name, value in usual.items() if name not in left}, **chosen}


def _board_network(encoder: BoardEncoder, task: Task, examples: int) -> Layer:
    return policy(encoder.game)


def _board_settings(encoder: BoardEncoder, task: Task, examples: int) -> Mapping[str, Any]:
    epochs = 120 if can_be_solved(encoder.game) else 60  # short games are cheap
    return {"batch_size": 256, "learning_rate": 0.002, "epochs": epochs, "clip_norm": 1.0}


def _number_network(encoder: NumberEncoder, task: Task, examples: int) -> Layer:
    few_to_classify = examples <= FEW and isinstance(task, Classification)
    return mlp(task.outputs, (128, 128), dropout=0.3 if few_to_classify else 0.2)


def _number_settings(encoder: NumberEncoder, task: Task, examples: int) -> Mapping[str, Any]:
    if examples < MANY:  # few steps: at a lower rate small sets are left half learnt
        return {"batch_size": 32, "epochs": 100, "learning_rate": 0.003}
    return {"batch_size": 256, "epochs": 30}


def _picture_network(encoder: PictureEncoder, task: Task, examples: int) -> Layer:
    photos = bool(photo_changes(encoder))
    if photos and are_few(task, examples):
        return photo_cnn(encoder.input_shape, task.outputs)
    if examples >= MANY and photos:
        return deep_cnn(encoder.input_shape, task.outputs)
    many_classified = examples >= MANY and isinstance(task, Classification)
    return (_cnn_of_many if many_classified else cnn)(encoder.input_shape, task.outputs)


def _cnn_of_many(shape: Shape, outputs: int) -> Layer:
    """Few filters with norms learn many grey pictures sooner than many without, and the edge of a drawing is empty."""
    padding = "valid" if min(shape[:2]) >= EMPTY_EDGE else "same"
    return cnn(shape, outputs, filters=(16, 32), dropout=0.15, normalized=True, padding=padding)


def _picture_settings(encoder: PictureEncoder, task: Task, examples: int) -> Mapping[str, Any]:
    changes = photo_changes(encoder) if isinstance(task, Classification) else {}
    if changes and are_few(task, examples):
        return {**changes, "batch_size": 32, "epochs": 150, "learning_rate": 0.003}
    if changes and examples < MANY:
        return {**changes, "batch_size": 32, "epochs": 30}
    if examples < MANY:
        return {**changes, "batch_size": 32, "epochs": 60}
    return {**changes, "batch_size": 128, "epochs": 12}


def _rate_of_cnn(encoder: Encoder, task: Task, examples: int, network: Layer | None) -> Mapping[str, Any]:
    """Many grey pictures: the default network learns in three epochs what takes it five at the usual rate."""
    if not isinstance(encoder, PictureEncoder) or not isinstance(task, Classification) or examples < MANY:
        return {}
    usual = network in (None, choose_network(encoder, task, examples))
    return {"learning_rate": 0.003} if usual and not photo_changes(encoder) else {}


def photo_changes(encoder: PictureEncoder) -> Mapping[str, Any]:
    """How color photos are varied while training; what grey pictures and drawings show may have a direction."""
    if encoder.channels == 1 or encoder.ink is not None:
        return {}
    return {"flip": True, "shift": min(encoder.height, encoder.width) // 8, "brightness": 0.2}


def are_few(task: Task, examples: int) -> bool:
    """Whether there are too few photos a class for a network of millions of weights."""
    return isinstance(task, Classification) and examples < FEW_PHOTOS * task.outputs


def photo_notes(encoder: Encoder, task: Task, examples: int, chosen: Mapping[str, Any]) -> list[str]:
    """What is said of color photos: how they are varied where nothing was said of that, and that few are few."""
    if not isinstance(encoder, PictureEncoder) or not isinstance(task, Classification):
        return []
    taken = {name: value for name, value in photo_changes(encoder).items() if value and name not in chosen}
    if not photo_changes(encoder):
        return []
    words = [CHANGES[name].format(value) for name, value in taken.items()]
    notes = [f"color photos are {', '.join(words)} at random while training; --no-flip, --shift 0 and --brightness 0 "
             f"leave them as they are, where that would change what they show"] if words else []  # fmt: skip
    if are_few(task, examples):
        notes.append(
            f"{examples:,} photos are few to learn {task.outputs} classes from: expect many errors, and other figures "
            f"with every seed. More photos help most, then going on from a model of similar photos (--from)"
        )
    return notes


def is_rating(encoder: TableEncoder) -> bool:
    """Whether a table has nothing but two or more categories of many values, such as users and films."""
    return len(encoder.columns) > 1 and all(
        isinstance(column, CategoryColumn) and len(column.values) > MANY_VALUES for column in encoder.columns
    )


def is_one_text(encoder: TableEncoder) -> bool:
    """Whether a table has nothing but one column of texts."""
    return len(encoder.columns) == 1 and len(encoder.texts) == 1


def _table_network(encoder: TableEncoder, task: Task, examples: int) -> Layer:
    if encoder.pictures:
        return _picture_table(encoder, task)
    if is_rating(encoder):
        return recommender(list(encoder.places().values()), task.outputs)
    if encoder.texts:
        return text_table(encoder.texts[0][0], encoder.texts, task.outputs)
    if examples < MANY:
        return mlp(task.outputs, (128, 128), dropout=0.2 if examples > 500 else 0.3)
    return mlp(task.outputs, (256, 256), dropout=0.1 if isinstance(task, Classification) else 0.0)


def _picture_table(encoder: TableEncoder, task: Task) -> Layer:
    pictures = [(encoder.places()[column.name][0], column.encoder.input_shape) for column in encoder.pictures]
    plain = encoder.texts[0][0] if encoder.texts else pictures[0][0]
    return picture_table(plain, encoder.texts, pictures, task.outputs)


def _table_settings(encoder: TableEncoder, task: Task, examples: int) -> Mapping[str, Any]:
    decay = {"optimizer": "adamw", "weight_decay": 0.01}
    if encoder.pictures:
        few = examples < MANY
        return {**decay, "batch_size": 32 if few else 128, "epochs": 30 if few else 12, "learning_rate": 0.001}
    if is_rating(encoder):
        return {**decay, "batch_size": 256, "epochs": 6, "learning_rate": 0.003}
    if encoder.texts:
        return _text_settings(encoder, task, examples)
    if examples < MANY:
        return {**decay, "batch_size": 32, "epochs": 100, "learning_rate": 0.001}
    return {**decay, "batch_size": 256, "epochs": 30, "learning_rate": 0.003}


def _language_network(encoder: PassageEncoder, task: Task, examples: int) -> Layer:
    return language_model(encoder.entries)


def _language_settings(encoder: PassageEncoder, task: Task, examples: int) -> Mapping[str, Any]:
    return {"batch_size": 16, "epochs": 10, "learning_rate": 0.002, "clip_norm": 1.0}


def _pair_network(encoder: PairEncoder, task: Task, examples: int) -> Layer:
    return translator(encoder.source.entries, encoder.end + 1, encoder.source_length)


def _pair_settings(encoder: PairEncoder, task: Task, examples: int) -> Mapping[str, Any]:
    return {"batch_size": 64, "epochs": 12, "learning_rate": 0.004, "clip_norm": 1.0}


def _sound_network(encoder: SoundEncoder, task: Task, examples: int) -> Layer:
    return sound_cnn(encoder.input_shape, task.outputs)


def _sound_settings(encoder: SoundEncoder, task: Task, examples: int) -> Mapping[str, Any]:
    return {"batch_size": 32, "epochs": 30 if examples < 10_000 else 12, "learning_rate": 0.004}


def _text_network(encoder: TextEncoder, task: Task, examples: int) -> Layer:
    return text_average(encoder.tokenizer.entries, task.outputs)


def _text_settings(encoder: TextEncoder | TableEncoder, task: Task, examples: int) -> Mapping[str, Any]:
    if examples < 10_000:
        return {"batch_size": 32, "epochs": 20, "learning_rate": 0.01}
    return {"batch_size": 128, "epochs": 10, "learning_rate": 0.01}


def _series_network(encoder: SeriesEncoder, task: Task, examples: int) -> Layer:
    hidden = 16 if examples < FEW else 32 if examples < MANY else 64
    return forecaster(
        task.outputs, targets=encoder.targets, season=encoder.season, hidden=hidden, dropout=0.5,
        centered=encoder.targets if encoder.trends else 0,
    )  # fmt: skip


def _series_settings(encoder: SeriesEncoder, task: Task, examples: int) -> Mapping[str, Any]:
    decay = {"optimizer": "adamw", "weight_decay": 0.1, "learning_rate": 0.003}
    if examples < MANY:
        return {**decay, "batch_size": 32, "epochs": 150 if examples < FEW else 30}
    return {**decay, "batch_size": 256, "epochs": 20}


DEFAULTS: dict[type[Encoder], Defaults] = {
    BoardEncoder: Defaults(_board_network, _board_settings),
    NumberEncoder: Defaults(_number_network, _number_settings),
    PairEncoder: Defaults(_pair_network, _pair_settings),
    PassageEncoder: Defaults(_language_network, _language_settings),
    SeriesEncoder: Defaults(_series_network, _series_settings),
    TableEncoder: Defaults(_table_network, _table_settings),
    PictureEncoder: Defaults(_picture_network, _picture_settings),
    SoundEncoder: Defaults(_sound_network, _sound_settings),
    TextEncoder: Defaults(_text_network, _text_settings),
}
"""Kind of encoder -> its defaults."""
