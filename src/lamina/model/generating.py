"""What networks that generate need beside their layers: a task of their terms, inputs in their range, new examples."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from lamina.arrays import Numpy, Params, State, jax
from lamina.data.dataset import CLUSTERING, GENERATION, RECONSTRUCTION, Dataset
from lamina.data.encoders import Encoder
from lamina.data.number_encoder import NumberEncoder
from lamina.data.picture_encoder import PictureEncoder
from lamina.data.table_encoder import TableEncoder
from lamina.errors import DataError, SettingError
from lamina.layers.adversarial import Adversarial
from lamina.layers.base import Layer
from lamina.layers.boltzmann import Boltzmann
from lamina.layers.combining import Sequential
from lamina.layers.general_boltzmann import GeneralBoltzmann
from lamina.layers.generative import Generative
from lamina.model.defaults import unlabelled_network
from lamina.model.model import Model
from lamina.model.saving import save_atomically
from lamina.networks import TASKS
from lamina.tasks.generation import Generation

MOST_SAMPLES = 100_000
SEEN_SIDE = 64
"""Pictures of at most half so many pixels are saved larger."""


def dataset_for(dataset: Dataset, network: Layer | str | None) -> Dataset:
    """The dataset with what a design learns from it, where that is not what the targets say.

    Raises:
        SettingError: a design that learns something else than was asked for.
    """
    wanted = task_of(network)
    if wanted is None:
        return dataset
    if dataset.task == CLUSTERING and wanted == RECONSTRUCTION:
        return dataset  # groups are found in the code of an autoencoder
    if dataset.task not in ("", wanted):
        who = network if isinstance(network, str) else type(network).__name__
        raise SettingError(f"{who} is for {wanted}, not for {dataset.task}: leave it out, or take another task")
    return replace(dataset, task=wanted)


def task_of(network: Layer | str | None) -> str | None:
    """What a design learns, where that is not what targets say; such a source needs none.

    Example:
        >>> task_of("vae"), task_of("mlp")
        ('generation', None)
    """
    if isinstance(network, Layer):
        return GENERATION if generative_part(network) is not None else None
    return None if network is None else TASKS.get(network)


def reading_for(network: Layer | str | None, reading: Mapping[str, Any]) -> dict[str, Any]:
    """Options of reading, with the task of a design that learns something else than targets where none is named.

    Example:
        >>> reading_for("vae", {"header": False})
        {'header': False, 'task': 'generation'}
    """
    wanted = task_of(network)
    named = reading.get("task") is not None or reading.get("horizon") is not None
    return dict(reading) if wanted is None or named else {**reading, "task": wanted}


def encoder_for(encoder: Encoder, network: Layer | str | None) -> Encoder:
    """Pictures from 0 to 1 for machines whose visible neurons are between 0 and 1, from -1 to 1 for a generator, which
    ends with tanh; all else as it is."""
    if not isinstance(encoder, PictureEncoder):
        return encoder
    part = generative_part(network) if isinstance(network, Layer) else None
    if isinstance(part, Adversarial) or network == "gan":
        return replace(encoder, mean=0.5, scale=0.5)
    binary = isinstance(part, GeneralBoltzmann) or (isinstance(part, Boltzmann) and part.visible == "bernoulli")
    unit = binary or network in ("boltzmann", "general_boltzmann", "deep_belief")
    return replace(encoder, mean=0.0, scale=1.0) if unit else encoder


def generation_task(network: Layer | str | None, encoder: Encoder) -> Generation:
    """The terms of a network that generates.

    Raises:
        SettingError: a network that does not.
    """
    made = unlabelled_network(network, encoder) if isinstance(network, str) and network in TASKS else network
    part = generative_part(made) if isinstance(made, Layer) else None
    if part is None:
        raise SettingError(
            f"generation needs a network that ends with Variational, Adversarial or Boltzmann; got {made}"
        )
    return Generation(part.terms, part.watched)


def generative_part(network: Layer) -> Generative | None:
    """The network itself, or its last layer, where that generates."""
    last = network.layers[-1] if isinstance(network, Sequential) and network.layers else network
    return last if isinstance(last, Generative) else None


def sample(model: Model, count: int = 16, seed: int = 0) -> Any:
    """New examples out of a model that generates.

    Pictures are bytes (count, height, width, channels), rows of a table a pandas DataFrame, in which a column of
    pictures holds their pixels; all else are the numbers that the network gives.

    Raises:
        DataError: a model of another kind.
        SettingError: a count out of range.

    Example:
        >>> import lamina
        >>> run = lamina.train("digits", "vae", epochs=1)
        >>> lamina.sample(run.model, 3).shape
        (3, 8, 8, 1)
    """
    if type(count) is not int or not 1 <= count <= MOST_SAMPLES:
        raise SettingError(f"sample needs a count from 1 to {MOST_SAMPLES:,}; got {count!r}")
    part, params, state = _part(model)
    if part is None:
        raise DataError(f"only a model that generates draws samples; this one predicts {model.task.target}")
    encoder, shape = model.encoder, model.encoder.input_shape
    drawn = np.asarray(part.generate(params, state, jax.random.key(seed), shape, count)).reshape(count, *shape)
    if isinstance(encoder, PictureEncoder):
        return encoder.pictures_of(drawn)
    if isinstance(encoder, TableEncoder | NumberEncoder):
        import pandas

        return pandas.DataFrame(encoder.columns_of(drawn))
    return drawn


def _part(model: Model) -> tuple[Generative | None, Params, State]:
    """The part that generates, with its own parameters and state."""
    part, params, state = generative_part(model.network), model.params, model.state
    if isinstance(model.network, Sequential):
        place = str(len(model.network.layers) - 1)
        params, state = params.get(place, {}), state.get(place, {})
    return part, params, state


def save_samples(model: Model, path: str | Path, count: int = 64, seed: int = 0) -> None:
    """Write new examples: pictures side by side in a square as one .png, rows of a table as .csv without its pictures.

    Raises:
        DataError: a model that draws neither; a file of the other kind.
        SaveError: the file cannot be written.

    Example:
        >>> import lamina, pathlib, tempfile
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "digits.png"
        >>> lamina.save_samples(lamina.train("digits", "vae", epochs=0).model, path, count=4)
        >>> path.exists()
        True
    """
    path, drawn, suffix = Path(path), sample(model, count, seed), sample_suffix(model)
    if path.suffix.lower() != suffix:
        raise DataError(f"samples of this model are written as {suffix}; got {path.name!r}")
    save_atomically(path, _sheet(drawn) if suffix == ".png" else _lines(model.encoder, drawn), lambda written: None)


def sample_suffix(model: Model) -> str:
    """How a file of a model's samples ends.

    Raises:
        DataError: a model whose samples are neither pictures nor rows of a table.
    """
    if isinstance(model.encoder, PictureEncoder):
        return ".png"
    if isinstance(model.encoder, TableEncoder | NumberEncoder):
        return ".csv"
    raise DataError(f"samples of this model are numbers, {model.encoder.unit}: take lamina.sample(model) in Python")


def _lines(encoder: Encoder, rows: Any) -> bytes:
    """Rows as CSV, without columns of pictures."""
    pictures = [column.name for column in encoder.pictures] if isinstance(encoder, TableEncoder) else []
    lines: str = rows.drop(columns=pictures).to_csv(index=False)
    return lines.encode(errors="backslashreplace")


def _sheet(pictures: Numpy) -> bytes:
    """Pictures side by side, as PNG; small ones larger by a whole number, so that they can be seen."""
    from PIL import Image

    times = max(1, SEEN_SIDE // max(pictures.shape[1:3]))
    sheet, data = side_by_side(pictures.repeat(times, axis=1).repeat(times, axis=2)), io.BytesIO()
    Image.fromarray(sheet.squeeze(-1) if sheet.shape[-1] == 1 else sheet).save(data, "PNG")
    return data.getvalue()


def side_by_side(pictures: Numpy, gap: int = 2, shade: int = 255) -> Numpy:
    """Pictures in rows of a square, with lines of a shade between them, from 0 (black) to 255 (white).

    Example:
        >>> import numpy as np
        >>> side_by_side(np.zeros((5, 8, 8, 1), np.uint8)).shape
        (18, 28, 1)
    """
    count, height, width, channels = pictures.shape
    columns = math.isqrt(count - 1) + 1
    rows = -(-count // columns)
    sheet = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap, channels), shade, np.uint8)
    for place, picture in enumerate(pictures):
        top, left = place // columns * (height + gap), place % columns * (width + gap)
        sheet[top : top + height, left : left + width] = picture
    return sheet
