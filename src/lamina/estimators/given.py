"""What scikit-learn hands over as X, as raw examples: rows of numbers, tables, pictures, texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.utils.validation import validate_data

from lamina.arrays import Numpy
from lamina.data.dataset import RECONSTRUCTION
from lamina.data.encoders import Encoder
from lamina.data.inputs import Inputs, numbers
from lamina.data.number_encoder import NumberEncoder
from lamina.data.picture_encoder import PictureEncoder
from lamina.data.pictures import pictures_from_array
from lamina.data.read import is_frame, read
from lamina.data.table import Guess, Table
from lamina.data.table_encoder import TableEncoder
from lamina.data.table_inputs import table_values
from lamina.data.text_encoder import TextEncoder
from lamina.data.texts import texts_from_list
from lamina.errors import DataError

FEWEST = 2
"""Of one example nothing can be learnt."""


def inputs_to_learn_from(estimator: Any, X: Any) -> Inputs:
    """The examples of X; what scikit-learn wants to be known of them is kept at the estimator.

    Numbers are rows of numbers, whether they come as an array or as a data frame; where some are missing, and in a
    data frame with other columns too, each column is prepared by its kind. Bytes of three or four axes are pictures,
    and strings are texts.

    Raises:
        ValueError: what scikit-learn's own check of X refuses.
        DataError: what cannot be read.
    """
    estimator._columns = None
    if is_pictures(X):
        return _enough(estimator, pictures_from_array(np.asarray(X)))
    if is_texts(X):
        return _enough(estimator, texts_from_list(list(X)))
    if is_mixed(X):
        validate_data(estimator, X, skip_check_array=True)
        return _enough(estimator, read(X.rename(columns=str), task=RECONSTRUCTION).inputs)
    values = _numbers(estimator, X, reset=True)
    columns = tuple(map(str, X.columns)) if is_frame(X) else usual_names(values.shape[1])
    estimator._columns = columns
    return number_table(values, columns) if np.isnan(values).any() else numbers(values, columns)


def inputs_to_answer(estimator: Any, X: Any, encoder: Encoder) -> Inputs:
    """The examples of X for a model with this encoder.

    Raises:
        ValueError: other columns than in fit.
        DataError: what the model does not take.
    """
    if isinstance(encoder, PictureEncoder):
        return pictures_from_array(np.asarray(X))
    if isinstance(encoder, TextEncoder):
        return texts_from_list([X] if isinstance(X, str) else list(X))
    if isinstance(encoder, NumberEncoder):
        return numbers(_numbers(estimator, X, reset=False), encoder.columns)
    if not isinstance(encoder, TableEncoder):
        name, kind = type(estimator).__name__, type(encoder).__name__.removesuffix("Encoder").lower()
        raise DataError(f"{name} takes numbers, tables, pictures and texts; this model is for {kind}s: use its predict")
    columns: tuple[str, ...] | None = getattr(estimator, "_columns", None)
    if columns is not None:
        return number_table(_numbers(estimator, X, reset=False), columns)
    if hasattr(estimator, "n_features_in_"):
        validate_data(estimator, X, skip_check_array=True, reset=False)
    return table_values(X.rename(columns=str) if is_frame(X) else X, encoder)


def is_pictures(X: Any) -> bool:
    """Whether X holds pixels: bytes (examples, height, width) or with colors behind them.

    Example:
        >>> is_pictures(np.zeros((5, 8, 8), np.uint8)), is_pictures(np.zeros((5, 8), np.uint8))
        (True, False)
    """
    return getattr(X, "dtype", None) == np.uint8 and getattr(X, "ndim", 0) in (3, 4)


def is_texts(X: Any) -> bool:
    """Whether X is a row of strings.

    Example:
        >>> is_texts(["a text", "another"]), is_texts([["a"], ["b"]])
        (True, False)
    """
    in_a_row = isinstance(X, list | tuple) or getattr(X, "ndim", 0) == 1
    return bool(in_a_row and len(X) and all(isinstance(one, str) for one in X))


def is_mixed(X: Any) -> bool:
    """Whether X is a data frame with a column that holds no numbers.

    Example:
        >>> import pandas
        >>> is_mixed(pandas.DataFrame({"a": [1, 2]})), is_mixed(pandas.DataFrame({"a": [1, 2], "b": ["x", "y"]}))
        (False, True)
    """
    if not is_frame(X):
        return False
    from pandas.api.types import is_numeric_dtype

    return not all(map(is_numeric_dtype, X.dtypes))


def usual_names(count: int) -> tuple[str, ...]:
    """What the columns of an array are called.

    Example:
        >>> usual_names(2)
        ('column 1', 'column 2')
    """
    return tuple(f"column {place + 1}" for place in range(count))


def number_table(values: Numpy, columns: Sequence[str]) -> Table:
    """A table whose columns are all numbers, NaN where one is missing."""
    cells = {name: values[:, place] for place, name in enumerate(columns)}
    names = tuple(f"row {row + 1}" for row in range(len(values)))
    return Table(cells, names, kinds={name: Guess("number") for name in columns})


def _numbers(estimator: Any, X: Any, reset: bool) -> Numpy:
    """X as float64, checked by scikit-learn; NaN is a missing value."""
    least = FEWEST if reset else 1
    return np.asarray(
        validate_data(
            estimator, X, reset=reset, dtype=np.float64, ensure_all_finite="allow-nan", ensure_min_samples=least
        )
    )


def _enough(estimator: Any, inputs: Inputs) -> Inputs:
    if len(inputs) < FEWEST:
        raise DataError(f"{type(estimator).__name__} needs {FEWEST} examples or more to learn from; got {len(inputs)}")
    return inputs
