"""Tensors as JSON and as bytes: what adds up is read exactly, all else is refused by name."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from lamina.arrays import Numpy
from lamina.errors import RequestError
from lamina.serving.tensors import BYTES, DATATYPES, Tensor, read_tensors
from lamina.web.limits import Limits

LIMITS = Limits(numbers=1_000, body_bytes=10_000)
NUMERIC = [name for name in DATATYPES if name != BYTES]


def one(rest: bytes = b"", **document: Any) -> Tensor:
    whole = {"name": "x", "datatype": "FP32", "shape": [2], "data": [1, 2.5], **document}
    (found,) = read_tensors([{key: value for key, value in whole.items() if value is not None}], rest, LIMITS)
    return found


def values(datatype: str) -> st.SearchStrategy[Numpy]:
    """Arrays of a type without NaN, which JSON lacks."""
    kind = np.dtype(DATATYPES[datatype])
    elements = {"allow_nan": False, "allow_infinity": False} if kind.kind == "f" else {}
    shapes = arrays.array_shapes(max_dims=3, max_side=4)
    return arrays.arrays(kind, shapes, elements=arrays.from_dtype(kind, **elements))


@pytest.mark.parametrize("datatype", NUMERIC)
@given(data=st.data())
def test_arrays_go_there_and_come_back_to_the_bit(datatype: str, data: st.DataObject) -> None:
    array = data.draw(values(datatype))
    sent = Tensor("x", datatype, array)
    told, rest = sent.as_binary()
    for found in (*read_tensors([sent.as_json()], b"", LIMITS), *read_tensors([told], rest, LIMITS)):
        assert found.values.dtype == array.dtype
        assert found.values.tobytes() == (array + 0 if array.dtype.kind != "b" else array).tobytes() or (
            found.values.tolist() == array.tolist()
        )


@given(st.lists(st.text(), min_size=1, max_size=5))
def test_texts_go_there_and_come_back(texts: list[str]) -> None:
    array = np.empty(len(texts), object)
    array[:] = [text.encode() for text in texts]
    sent = Tensor("x", BYTES, array)
    told, rest = sent.as_binary()
    for found in (*read_tensors([sent.as_json()], b"", LIMITS), *read_tensors([told], rest, LIMITS)):
        assert [text.decode() for text in found.values.tolist()] == texts


def test_data_may_be_nested_as_the_shape_is() -> None:
    assert one(shape=[2, 1, 2], data=[[[1, 2]], [[3, 4]]]).values.tolist() == [[[1.0, 2.0]], [[3.0, 4.0]]]
    assert one(shape=[2, 2], data=[1, 2, 3, 4]).values.tolist() == [[1.0, 2.0], [3.0, 4.0]]


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ({"name": None}, "an input needs its name"),
        ({"name": 1}, "an input needs its name"),
        ({"datatype": None}, "needs a datatype, one of BOOL"),
        ({"datatype": "BF16"}, "needs a datatype"),
        ({"datatype": ["FP32"]}, "needs a datatype"),
        ({"shape": None}, "needs a shape"),
        ({"shape": []}, "needs a shape"),
        ({"shape": [0]}, "each 1 or more"),
        ({"shape": [-1]}, "each 1 or more"),
        ({"shape": [2.0]}, "needs a shape"),
        ({"shape": [True]}, "needs a shape"),
        ({"shape": "2"}, "needs a shape"),
        ({"shape": [1] * 9}, "1 to 8 lengths"),
        ({"shape": [2, 2**63]}, "more than 1,000 numbers"),
        ({"shape": [3]}, "has 2 values; its shape [3] needs 3"),
        ({"shape": [1]}, "has 2 values; its shape [1] needs 1"),
        ({"data": None}, "needs its data"),
        ({"data": {}}, "needs its data: a list"),
        ({"data": [1, "2"]}, "is of FP32: its data have another type"),
        ({"data": [1, True]}, "another type"),
        ({"data": [1, None]}, "another type"),
        ({"data": [1, 1e39]}, "a number that FP32 cannot hold"),
        ({"data": [[1], 2]}, "lists within its data that are not of its shape"),
        ({"shape": [2, 2], "data": [[1, 2], [3]]}, "lists within its data"),
        ({"shape": [2, 2], "data": [[1, 2, 3, 4]]}, "lists within its data"),
        ({"shape": [2, 1], "data": [[[1]], [[2]]]}, "lists within its data"),
        ({"datatype": "UINT8", "data": [1, 256]}, "a number that UINT8 cannot hold"),
        ({"datatype": "UINT8", "data": [-1, 2]}, "a number that UINT8 cannot hold"),
        ({"datatype": "UINT64", "data": [-1, 2]}, "a number that UINT64 cannot hold"),
        ({"datatype": "INT64", "data": [2**63, 2]}, "a number that INT64 cannot hold"),
        ({"datatype": "INT32", "data": [1, 2.0]}, "another type"),
        ({"datatype": "BOOL", "data": [0, 1]}, "another type"),
        ({"datatype": "BYTES", "data": ["a", 1]}, "its data are texts"),
        ({"url": "http://169.254.169.254/"}, "has 'url'; it may have data, datatype, name, parameters, shape"),
        ({"parameters": []}, "are no object"),
        ({"parameters": {"binary_data_size": 8}}, "needs its data, or a binary_data_size"),
        ({"parameters": {"binary_data_size": 8}, "data": None}, "needs its data, or a binary_data_size"),
    ],
)
def test_what_does_not_add_up(document: dict[str, Any], why: str) -> None:
    with pytest.raises(RequestError) as caught:
        one(**document)
    assert caught.value.status == 400
    assert why in str(caught.value)


def binary(size: Any, **document: Any) -> dict[str, Any]:
    return {"data": None, "parameters": {"binary_data_size": size}, **document}


@pytest.mark.parametrize(
    ("document", "rest", "why"),
    [
        (binary(8), b"1234567", "needs its data, or a binary_data_size"),
        (binary(-1), b"12345678", "needs its data, or a binary_data_size"),
        (binary(8.0), b"12345678", "needs its data, or a binary_data_size"),
        (binary(True), b"12345678", "needs its data, or a binary_data_size"),
        (binary(4), b"1234", "has 4 bytes; its shape [2] of FP32 needs another number"),
        (binary(8), b"123456789", "9 bytes follow the JSON; the inputs say 8"),
        ({}, b"1", "1 bytes follow the JSON; the inputs say 0"),
        (binary(2, datatype="BOOL"), b"\x00\x02", "each byte is 0 or 1"),
        (binary(4, datatype="BYTES"), struct.pack("<I", 0), "2 texts are needed"),
        (binary(8, datatype="BYTES"), struct.pack("<II", 0, 9), "2 texts are needed"),
        (binary(8, datatype="BYTES"), struct.pack("<II", 2**32 - 1, 0), "2 texts are needed"),
        (binary(9, datatype="BYTES"), struct.pack("<II", 0, 0) + b"a", "2 texts are needed"),
    ],
)
def test_bytes_that_do_not_add_up(document: dict[str, Any], rest: bytes, why: str) -> None:
    with pytest.raises(RequestError) as caught:
        one(rest, **document)
    assert caught.value.status == 400
    assert why in str(caught.value)


@pytest.mark.parametrize("documents", [None, [], {}, "x", [1], [None]])
def test_inputs_are_a_list_of_tensors(documents: Any) -> None:
    with pytest.raises(RequestError, match="a request needs its inputs"):
        read_tensors(documents, b"", LIMITS)


def test_an_input_comes_once() -> None:
    document = {"name": "x", "datatype": "FP32", "shape": [1], "data": [1]}
    with pytest.raises(RequestError, match="an input comes twice"):
        read_tensors([document, document], b"", LIMITS)
