"""Classical features against their definitions."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from lamina.comparing.features import hog, mfcc, standardized, tf_idf, views_of, word_counts
from lamina.data.number_encoder import NumberEncoder
from lamina.data.picture_encoder import PictureEncoder
from lamina.data.sound_encoder import SoundEncoder
from lamina.data.text_encoder import TextEncoder
from lamina.data.tokenizer import Words


def edge(direction: str) -> np.ndarray:
    """A picture that is dark on one side of a line and light on the other."""
    rows, columns = np.mgrid[:16, :16]
    light = {"upright": columns >= 8, "level": rows >= 8, "slanted": rows + columns >= 16}[direction]
    return (200 * light).astype(np.uint8)[None, ..., None]


@pytest.mark.parametrize(("direction", "bins"), [("upright", {0}), ("level", {4, 5}), ("slanted", {2, 3})])
def test_an_edge_falls_into_the_bin_of_its_direction(direction: str, bins: set[int]) -> None:
    histograms = hog(edge(direction)).reshape(-1, 9)
    strongest = histograms[histograms.sum(axis=1) > 0.2].argmax(axis=1)
    assert len(strongest) > 0
    assert set(strongest.tolist()) <= bins


def test_hog_does_not_see_how_bright_a_picture_is() -> None:
    picture = np.random.default_rng(0).integers(0, 120, (3, 16, 16, 1), dtype=np.uint8)
    np.testing.assert_allclose(hog(picture), hog(picture + 100), atol=1e-5)
    np.testing.assert_allclose(hog(picture), hog(2 * picture), atol=0.01)
    assert hog(np.full((1, 16, 16, 3), 77, np.uint8)).max() == 0


def test_hog_adds_up_every_gradient() -> None:
    """Without the normalization a cell's histogram holds the lengths of its gradients."""
    picture = np.random.default_rng(1).integers(0, 255, (1, 8, 8, 1), dtype=np.uint8)
    down, right = np.gradient(picture[0, ..., 0] / 255.0)
    cells = np.hypot(down, right).reshape(4, 2, 4, 2).sum(axis=(1, 3))
    shares = hog(picture).reshape(4, 4, 9)
    around = np.pad(np.square(_plain(picture)).sum(axis=-1), 1, mode="symmetric")
    energy = sum(around[row : row + 4, column : column + 4] for row in range(3) for column in range(3))
    np.testing.assert_allclose(shares.sum(axis=-1), cells / np.sqrt(energy + 1e-4), rtol=1e-4)


def _plain(picture: np.ndarray) -> np.ndarray:
    """A histogram for each 2 x 2 cell, pixel by pixel."""
    down, right = np.gradient(picture[0, ..., 0] / 255.0)
    found = np.zeros((4, 4, 9))
    for row in range(8):
        for column in range(8):
            angle = np.arctan2(down[row, column], right[row, column]) % np.pi * 9 / np.pi
            low, part = int(angle) % 9, angle - int(angle)
            length = np.hypot(down[row, column], right[row, column])
            found[row // 2, column // 2, low] += length * (1 - part)
            found[row // 2, column // 2, (low + 1) % 9] += length * part
    return found


def test_mfcc_is_the_cosine_transform_over_the_bands() -> None:
    sounds = np.random.default_rng(0).normal(size=(2, 7, 40))
    order, band = np.arange(13)[:, None], np.arange(40)
    cosines = np.cos(np.pi * order * (2 * band + 1) / 80) * np.where(order == 0, np.sqrt(1 / 40), np.sqrt(2 / 40))
    wanted = sounds @ cosines.T
    found = mfcc(sounds)
    np.testing.assert_allclose(found[:, :13], wanted.mean(axis=1), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(found[:, 13:26], wanted.std(axis=1), rtol=1e-4)
    np.testing.assert_allclose(found[:, 26:], np.diff(wanted, axis=1).std(axis=1), rtol=1e-4)
    assert np.isfinite(mfcc(sounds[:, :1])).all()


TEXTS = ["good film good", "bad film", "film", "good and bad and long"]


def test_words_are_counted() -> None:
    encoder = TextEncoder(Words.fit(TEXTS), 8)
    counts = word_counts(encoder.encode_texts(TEXTS), encoder.tokenizer.entries).toarray()
    words = [text.strip() for text in encoder.tokenizer.vocabulary_texts()]
    assert {"good", "film"} <= set(words)
    for text, row in zip(TEXTS, counts, strict=True):
        known = Counter(word for word in text.split() if word in words)
        assert {word: count for word, count in zip(words, row, strict=True) if count} == known


def test_tf_idf_is_that_of_the_fitted_rows_alone() -> None:
    encoder = TextEncoder(Words.fit(TEXTS), 8)
    words = [text.strip() for text in encoder.tokenizer.vocabulary_texts()]
    found = tf_idf(word_counts(encoder.encode_texts(TEXTS), encoder.tokenizer.entries), slice(0, 3))
    judge = TfidfVectorizer(sublinear_tf=True, vocabulary=words).fit(TEXTS[:3])
    np.testing.assert_allclose(found.toarray(), judge.transform(TEXTS).toarray(), rtol=1e-5)


def test_columns_are_standardized_by_the_fitted_rows() -> None:
    values = np.array([[1.0, 5.0], [3.0, 5.0], [11.0, 6.0]], np.float32)
    np.testing.assert_allclose(standardized(values, slice(0, 2)), [[-1, 0], [1, 0], [9, 1]])


def test_the_views_of_each_kind() -> None:
    assert views_of(PictureEncoder(28, 28, 1)) == ("raw values", "HOG")
    assert views_of(PictureEncoder(2, 28, 1)) == ("raw values",)
    assert views_of(SoundEncoder(8_000, 128, 10)) == ("raw values", "MFCC")
    assert views_of(TextEncoder(Words(("good",)), 4)) == ("raw values", "TF-IDF")
    assert views_of(NumberEncoder(("length",), (2.0,), (0.5,))) == ("raw values",)
