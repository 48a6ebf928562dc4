"""Settings that no layer can have are refused in the user's words."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import pytest

import lamina as la
from lamina import SettingError

REFUSED: list[tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any], str]] = [
    (la.Dense, (0,), {}, "Dense needs units from 1 to 16,777,216; got 0"),
    (la.Dense, (2.0,), {}, "Dense needs units from 1 to 16,777,216; got 2.0"),
    (la.Dense, (True,), {}, "Dense needs units from 1 to 16,777,216; got True"),
    (la.Linear, (-1,), {}, "Linear needs units from 1 to 16,777,216; got -1"),
    (la.Dense, (2, "rely"), {}, "Dense needs an activation out of linear, binary_step, sigmoid,"),
    (la.Dense, (2, "rely"), {}, "softplus, softmax; got 'rely'"),
    (la.Dense, (2,), {"initializer": "he"}, "Dense needs an initializer out of glorot_uniform,"),
    (la.Linear, (2,), {"initializer": "he"}, "zeros, ones, forget_gate, signs, angles, digit_drawings; got 'he'"),
    (la.Activation, ("Relu",), {}, "Activation needs an activation out of"),
    (la.Conv1D, (0,), {}, "Conv1D needs filters from 1 to 16,777,216; got 0"),
    (la.Conv1D, (8, (3, 3)), {}, "Conv1D needs size to be a whole number; got (3, 3)"),
    (la.Conv1D, (8, 3), {"stride": (1, 2)}, "Conv1D needs stride to be a whole number; got (1, 2)"),
    (la.Conv1D, (8, 3, "tan"), {}, "Conv1D needs an activation out of"),
    (la.Conv1D, (8, 3), {"initializer": 3}, "Conv1D needs an initializer out of"),
    (la.Conv2D, ((8, 8),), {}, "Conv2D needs filters to be a whole number; got (8, 8)"),
    (la.Conv2D, (8, 0), {}, "Conv2D needs size from 1 to 16,777,216; got 0"),
    (la.Conv2D, (8, (3, 0)), {}, "Conv2D needs size from 1 to 16,777,216; got (3, 0)"),
    (la.Conv2D, (8, (3, 3, 3)), {}, "Conv2D needs size to be a whole number or a pair of them; got (3, 3, 3)"),
    (la.Conv2D, (8, [3, 3]), {}, "Conv2D needs size to be a whole number or a pair of them; got [3, 3]"),
    (la.Conv2D, (8, 2000), {}, "Conv2D needs a size of at most 1,024; got 2000"),
    (la.Conv2D, (8, 3), {"stride": 0}, "Conv2D needs stride from 1 to 16,777,216; got 0"),
    (la.Conv2D, (8, 3), {"dilation": (1, -1)}, "Conv2D needs dilation from 1 to 16,777,216; got (1, -1)"),
    (la.Conv2D, (8, 3), {"padding": "full"}, 'Conv2D needs the padding "valid" or "same"; got \'full\''),
    (la.Conv2D, (8, 3), {"groups": 0}, "Conv2D needs groups from 1 to 16,777,216; got 0"),
    (la.Conv2D, (8, 3), {"groups": (2, 2)}, "Conv2D needs groups to be a whole number; got (2, 2)"),
    (la.Conv2D, (8, 3), {"groups": 3}, "Conv2D needs filters to be a multiple of groups=3; got 8"),
    (la.Conv2D, (8, 3), {"bias": 1}, "Conv2D needs bias to be True or False; got 1"),
    (la.MaxPool1D, ((2, 2),), {}, "MaxPool1D needs size to be a whole number; got (2, 2)"),
    (la.AveragePool1D, (0,), {}, "AveragePool1D needs size from 1 to 16,777,216; got 0"),
    (la.MaxPool2D, (2, 0), {}, "MaxPool2D needs stride from 1 to 16,777,216; got 0"),
    (la.AveragePool2D, (1025,), {}, "AveragePool2D needs a size of at most 1,024; got 1025"),
    (la.UpSample2D, (0,), {}, "UpSample2D needs size from 1 to 16,777,216; got 0"),
    (la.UpSample2D, ((2, 2, 2),), {}, "UpSample2D needs size to be a whole number or a pair of them"),
    (la.Pad2D, ((1, -1), (0, 0)), {}, "Pad2D needs rows as a pair of numbers from 0 to 1,024; got (1, -1)"),
    (la.Pad2D, ((1, 1), (0, 2000)), {}, "Pad2D needs columns as a pair of numbers from 0 to 1,024; got (0, 2000)"),
    (la.Pad2D, (1, (0, 0)), {}, "Pad2D needs rows as a pair of numbers from 0 to 1,024; got 1"),
    (la.Pad2D, ((1, 1), (0, 1, 2)), {}, "Pad2D needs columns as a pair of numbers from 0 to 1,024; got (0, 1, 2)"),
    (la.Pad2D, ((1, True), (0, 0)), {}, "Pad2D needs rows as a pair of numbers from 0 to 1,024; got (1, True)"),
    (la.Pad2D, ((1, 1), (0, 0), math.nan), {}, "Pad2D needs a finite value, as float32 has them; got nan"),
    (la.Pad2D, ((1, 1), (0, 0), -math.inf), {}, "Pad2D needs a finite value, as float32 has them; got -inf"),
    (la.Pad2D, ((1, 1), (0, 0), 1e39), {}, "Pad2D needs a finite value, as float32 has them; got 1e+39"),
    (la.Pad2D, ((1, 1), (0, 0), "0"), {}, "Pad2D needs a finite value, as float32 has them; got '0'"),
    (la.Reshape, (5,), {}, "Reshape needs a tuple of lengths, such as (28, 28, 1); got 5"),
    (la.Reshape, ((-1,),), {}, "Reshape needs shape from 1 to 16,777,216; got (-1,)"),
    (la.Reshape, ((),), {}, "Reshape needs shape from 1 to 16,777,216; got ()"),
    (la.Dropout, (1.0,), {}, "Dropout needs a rate from 0 to below 1; got 1.0"),
    (la.Dropout, (math.nan,), {}, "Dropout needs a rate from 0 to below 1; got nan"),
    (la.Dropout, ("half",), {}, "Dropout needs a rate from 0 to below 1; got 'half'"),
    (la.BatchNorm, (1.0,), {}, "BatchNorm needs a momentum from 0 to below 1; got 1.0"),
    (la.BatchNorm, ("0.9",), {}, "BatchNorm needs a momentum from 0 to below 1; got '0.9'"),
    (la.BatchNorm, (0.9, 0.0), {}, "BatchNorm needs an epsilon between 0 and 1; got 0.0"),
    (la.LayerNorm, (math.nan,), {}, "LayerNorm needs an epsilon between 0 and 1; got nan"),
    (la.Embedding, (0, 2), {}, "Embedding needs entries from 1 to 16,777,216; got 0"),
    (la.Embedding, (2, 2, "no"), {}, "Embedding needs an initializer out of"),
    (la.Recurrent, (0,), {}, "Recurrent needs units from 1 to 16,777,216; got 0"),
    (la.Recurrent, (2, "rely"), {}, "Recurrent needs an activation out of"),
    (la.LSTM, (-1,), {}, "LSTM needs units from 1 to 16,777,216; got -1"),
    (la.LSTM, (2, "tanh"), {}, "LSTM needs bool for return_sequence; got 'tanh'"),
    (la.GRU, (1.5,), {}, "GRU needs units from 1 to 16,777,216; got 1.5"),
    (la.Attention, (0,), {}, "Attention needs heads from 1 to 16,777,216; got 0"),
    (la.Attention, (2,), {"dropout": 1.0}, "Attention needs a dropout from 0 to below 1; got 1.0"),
    (la.TransformerBlock, (2, 0), {}, "TransformerBlock needs hidden from 1 to 16,777,216; got 0"),
    (la.TransformerBlock, (2, 3, True), {}, "TransformerBlock needs a dropout from 0 to below 1; got True"),
    (la.PositionalEmbedding, (0,), {}, "PositionalEmbedding needs steps from 1 to 16,777,216; got 0"),
    (la.PositionalEmbedding, (5,), {"initializer": "he"}, "PositionalEmbedding needs an initializer out of"),
    (la.Slice, (2, 2), {}, "Slice needs places 0 <= start < stop; got 2 to 2"),
    (la.Slice, (-1, 2), {}, "Slice needs places 0 <= start < stop; got -1 to 2"),
    (la.Slice, (0, 2, -1), {}, "Slice needs an axis of one example, from 0; got -1"),
    (la.Sequential, (), {}, "Sequential needs at least one layer; got none"),
    (la.Parallel, (), {}, "Parallel needs at least one layer; got none"),
    (la.Sequential, (la.Dense(2), 3), {}, "Sequential needs layers; number 2 is 3"),
    (la.Sequential, (la.Flatten,), {}, "write Flatten(...) with its settings"),
    (la.Residual, ("relu",), {}, "Residual needs layers; number 1 is 'relu'"),
    (la.OnNaive, ("relu",), {}, "OnNaive needs a layer as its body; got 'relu'"),
    (la.OnNaive, (la.Dense(2), 1, 0), {}, "OnNaive needs season from 1 to 16,777,216; got 0"),
    (la.OnNaive, (la.Dense(2),), {"centered": -1}, "OnNaive needs centered from 0 to the number of columns; got -1"),
    (la.Residual, (la.Dense(2), None, "up"), {}, "Residual needs an activation out of"),
]


@pytest.mark.parametrize(("layer", "values", "named", "message"), REFUSED)
def test_impossible_settings_are_refused(layer: Any, values: Any, named: Any, message: str) -> None:
    with pytest.raises(SettingError, match=re.escape(message)):
        layer(*values, **named)
