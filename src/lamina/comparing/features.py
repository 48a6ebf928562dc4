"""What flat algorithms see of pictures, sounds and texts: the raw values, and the features of textbooks."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.arrays import Numpy, Rows, Shape
from lamina.comparing.plan import RAW
from lamina.data.encoders import Encoder
from lamina.data.picture_encoder import PictureEncoder
from lamina.data.sound_encoder import SoundEncoder
from lamina.data.store import pieces
from lamina.data.table_encoder import TableEncoder
from lamina.data.text_encoder import TextEncoder
from lamina.data.tokenizer import FIRST

HOG, MFCC, TF_IDF = "HOG", "MFCC", "TF-IDF"
ORIENTATIONS = 9
CELLS = 8
"""Cells along the shorter side of a picture, about."""
LEAST_SIDE = 4
"""Smaller pictures have no two cells along a side."""
COEFFICIENTS = 13


def views_of(encoder: Encoder) -> tuple[str, ...]:
    """How examples of this kind are shown to flat algorithms."""
    if isinstance(encoder, PictureEncoder):
        return (RAW, HOG) if min(encoder.height, encoder.width) >= LEAST_SIDE else (RAW,)
    if isinstance(encoder, SoundEncoder):
        return (RAW, MFCC)
    if isinstance(encoder, TextEncoder) or (isinstance(encoder, TableEncoder) and encoder.texts):
        return (RAW, TF_IDF)
    return (RAW,)


def hog(pictures: Rows) -> Numpy:
    """Histograms of oriented gradients: in each cell, how strong the edges of each direction are.

    A cell's histogram is divided by the length of those of the 3 x 3 cells around it.

    Shapes:
        pictures: (examples, height, width, channels), bytes. Output: (examples, cells * 9), float32.

    Source:
        Dalal and Triggs, Histograms of Oriented Gradients for Human Detection (2005); one normalization a cell
        instead of four.

    Example:
        >>> hog(np.zeros((2, 16, 16, 1), np.uint8)).shape
        (2, 576)
    """
    return np.concatenate([_hog(np.asarray(pictures[piece])) for piece in pieces(pictures)])


def _hog(pictures: Numpy) -> Numpy:
    from scipy.ndimage import uniform_filter

    down, right = np.gradient(pictures.mean(axis=-1, dtype=np.float32) / 255, axis=(1, 2))
    strength = np.hypot(down, right)
    angle = np.arctan2(down, right) % np.pi * (ORIENTATIONS / np.pi)
    below = np.floor(angle)
    above_part = angle - below
    lower = below.astype(int) % ORIENTATIONS
    shape, cells = _cells(pictures.shape[1:3])
    histograms = np.empty((len(pictures), *shape, ORIENTATIONS), np.float32)
    for direction in range(ORIENTATIONS):
        share = np.where(lower == direction, 1 - above_part, 0)
        share += np.where((lower + 1) % ORIENTATIONS == direction, above_part, 0)
        histograms[..., direction] = _sums(strength * share, shape, cells)
    energy = 9 * uniform_filter(np.square(histograms).sum(axis=-1), (0, 3, 3))
    return np.asarray((histograms / np.sqrt(np.maximum(energy, 0) + 1e-4)[..., None]).reshape(len(pictures), -1))


def _cells(sides: Shape) -> tuple[tuple[int, int], int]:
    """How many cells fit into a picture of these sides, and the side of one."""
    side = max(2, -(-min(sides) // CELLS))
    return (sides[0] // side, sides[1] // side), side


def _sums(values: Numpy, shape: tuple[int, int], side: int) -> Numpy:
    """(examples, height, width) added up by cells."""
    cut = values[:, : shape[0] * side, : shape[1] * side]
    return np.asarray(cut.reshape(len(cut), shape[0], side, shape[1], side).sum(axis=(2, 4)))


def mfcc(spectrograms: Numpy) -> Numpy:
    """Mel-frequency cepstral coefficients: the shape of the spectrum, as its mean and spread over time.

    Shapes:
        spectrograms: (examples, frames, bands), logarithms of powers. Output: (examples, 39): the mean and the
        deviation of 13 coefficients over the frames, and the deviation of their steps from frame to frame.

    Source:
        Davis and Mermelstein, Comparison of Parametric Representations (1980), equation 1.

    Example:
        >>> mfcc(np.zeros((2, 10, 40))).shape
        (2, 39)
    """
    from scipy.fft import dct

    found = dct(spectrograms, axis=2, norm="ortho")[:, :, :COEFFICIENTS]
    steps = np.diff(found, axis=1) if found.shape[1] > 1 else np.zeros_like(found)
    return np.concatenate([found.mean(axis=1), found.std(axis=1), steps.std(axis=1)], axis=1).astype(np.float32)


def word_counts(tokens: Numpy, entries: int) -> Any:
    """How often each word of the vocabulary stands in each text, as a sparse matrix (texts, words).

    Example:
        >>> word_counts(np.array([[2, 3, 2, 0]]), 4).toarray().tolist()
        [[2.0, 1.0]]
    """
    from scipy.sparse import csr_matrix

    rows, columns = np.nonzero(tokens >= FIRST)
    words = tokens[rows, columns].astype(int) - FIRST
    counted = csr_matrix((np.ones(len(words), np.float32), (rows, words)), (len(tokens), max(1, entries - FIRST)))
    counted.sum_duplicates()
    return counted


def tf_idf(counts: Any, fit: slice) -> Any:
    """Counts weighed by how rare each word is in the texts of `fit`, each text of length 1.

    (1 + log count) * (1 + log((1 + texts) / (1 + texts with the word))).

    Source:
        Spärck Jones, A statistical interpretation of term specificity (1972), as scikit-learn smooths it.
    """
    from sklearn.feature_extraction.text import TfidfTransformer

    return TfidfTransformer(sublinear_tf=True).fit(counts[fit]).transform(counts)


def standardized(values: Numpy, fit: slice) -> Numpy:
    """Each column brought to mean 0 and deviation 1 on the rows of `fit`."""
    spread = values[fit].std(axis=0)
    scaled = (values - values[fit].mean(axis=0)) / np.where(spread > 1e-8, spread, 1)
    return np.asarray(scaled, np.float32)
