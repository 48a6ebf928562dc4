"""Sixty kinds of hostile model files, each as one or more files made from a good one.

The numbers are those of the list that they come from: 1 to 60; a kind may have several files. Kinds about saving
(55 to 57) stand in the tests of saving, exhaustive ones (26, 27, 60) in test_damage.py.
"""

from __future__ import annotations

import gzip
import io
import json
import pickle
import struct
import tarfile
import zipfile
from collections.abc import Iterator
from typing import Any

import numpy as np

from tests.model.hostile.forging import (
    Header,
    parts,
    signed,
    text,
    with_document,
    with_document_text,
    with_header,
    with_header_text,
)

Case = tuple[str, bytes, str]
"""(name, file, a piece of the message)"""


class _Canary:
    """Leaves a mark where it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return exec, ("open('canary', 'w').close()",)


def container_cases(good: bytes) -> Iterator[Case]:
    """1 to 9: what is wrong before any tensor is looked at."""
    header, body = parts(good)
    raw = text(header)
    yield "1 empty", b"", "too short"
    yield "1 seven bytes", good[:7], "too short"
    yield "2 header longer than the file", struct.pack("<Q", len(good)) + good[8:], "header"
    for length in (2**64 - 1, 2**63, 100_000_001):
        yield f"3 header of {length}", struct.pack("<Q", length) + good[8:], "header"
    yield "4 header of 0", struct.pack("<Q", 0) + good[8:], "header"
    yield "4 header is a list", signed(b"[" + raw[1:], body), "does not begin with {"
    yield "5 not UTF-8", signed(raw[:20] + b"\xff" + raw[21:], body), "not ASCII"
    yield "6 not JSON", signed(raw[:-40] + b" " * 40, body), "not JSON|checksum"
    yield "6 garbage after JSON", signed(raw.rstrip() + b"{}", body), "not JSON"
    yield "7 BOM", signed(b"\xef\xbb\xbf" + raw, body), "does not begin with {"
    yield "7 lone surrogate", with_header(good, lambda h: h.update({"params/\ud800": _first(h)})), "half of a char"
    forged = with_document(good, lambda d: d["task"].update(target="\ud800"))
    yield "7 lone surrogate in a text", forged, "half of a char"
    yield "7 NUL in a name", with_header(good, lambda h: h.update({"params/\0": _first(h)})), "name|overlap"
    deep = b'{"__metadata__":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    yield "8 header nested deep", signed(deep, body), "nested"
    nest = "[" * 100_000 + "]" * 100_000
    yield "8 document nested deep", with_document_text(good, '"kind":"model"', f'"kind":{nest}'), "nested"
    for piece in ("[],", "{},", "0.5,", '"",', '"[",'):
        flood = f'"kind":[{piece * (4_000_000 // len(piece))}1]'
        yield f"8 a flood of {piece}", with_document_text(good, '"kind":"model"', flood), "more than|at most"
    for number in ("NaN", "Infinity", "1e999", "-0", "9" * 5000):
        forged = with_document_text(good, '"batch_size":16', f'"batch_size":{number}')
        yield f"9 number {number[:9]}", forged, "not a number that may stand there"


def tensor_cases(good: bytes) -> Iterator[Case]:
    """10 to 25: what is wrong with tensors."""
    header, body = parts(good)
    name = sorted(set(header) - {"__metadata__"})[0]
    entry = json.dumps(header[name], separators=(",", ":")).encode()
    named = json.dumps(name).encode() + b":" + entry
    yield "10 duplicate tensor", with_header_text(good, named, named + b"," + named), "stands twice"
    yield "11 duplicate key", with_document_text(good, '"kind":"model"', '"kind":"model","kind":"model"'), "twice"
    yield "12 clashing name", with_header(good, lambda h: h.update({name.replace("/", "."): h.pop(name)})), "missing"
    for count in (20_001, 200_000):
        many = {f"t{i}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for i in range(count)}
        forged = with_header(good, lambda h, m: h.update(m), many)
        yield f"13 {count} tensors", forged, "tensors; at most|header"
        hidden = text(parts(forged)[0]).replace(b'"data_offsets"', b'"data\\u005foffsets"')
        yield f"13 {count} tensors, escaped", signed(hidden, body), "tensors; at most|header"
    yield "14 overlap", with_header(good, lambda h: _offsets(h, -1).update(data_offsets=[0, 4])), "overlap|fit"
    yield "15 hole", signed(text(_shifted(header)), b"\0" * 8 + body), "overlap or leave a hole"
    tail = io.BytesIO()
    with zipfile.ZipFile(tail, "w") as archive:
        archive.writestr("index.html", "<script>alert(1)</script>")
    yield "15 bytes after the end", signed(text(header), body + tail.getvalue()), "after the last tensor"
    for offsets in ([-4, 0], [4, 0], [0, 10**12], [0.0, 4.0], ["0", "4"], [True, False], [0], None):
        forged = with_header(good, lambda h, o: _offsets(h, 0).update(data_offsets=o), offsets)
        yield f"16 offsets {offsets}", forged, "data_offsets|overlap|truncated|fit"
    zero = {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}
    yield "17 zero-size tensor", with_header(good, lambda h: h.update({"params/0/none": zero})), "shape"
    shapes = ([2, 2**64 - 2], [2**40], [-1], [0], [1] * 65, [1] * 10**6, [1.0], ["1"], [True], 3)
    for shape in shapes:
        forged = with_header(good, lambda h, s: _offsets(h, 0).update(shape=s), shape)
        yield (
            f"18-21 shape {str(shape)[:20]} {len(str(shape))}",
            forged,
            "shape|not a number|more than 1,000,000 values",
        )
    for dtype in ("F8_E4M3", "F4", "F16", "F64", "I64", "C64", "object", "", 3, None):
        forged = with_header(good, lambda h, d: _offsets(h, 0).update(dtype=d), dtype)
        yield f"22 dtype {dtype}", forged, "type must be one of"
    forged = with_header(good, lambda h: h["params/1/weight"].update(dtype="I32"))
    yield "23 whole numbers for weights", forged, "must be float32"
    for value in (np.nan, np.inf, -np.inf):
        yield f"24 {value} in a weight", signed(text(header), _with_float(header, body, value)), "NaN or infinity"


def file_cases(good: bytes) -> Iterator[Case]:
    """28 to 34: what is wrong with the file as a whole."""
    header, body = parts(good)
    weight, bias = header["params/1/weight"]["data_offsets"], header["params/2/weight"]["data_offsets"]
    swapped = bytearray(body)
    swapped[weight[0] : weight[0] + 4], swapped[bias[0] : bias[0] + 4] = (
        body[bias[0] : bias[0] + 4], body[weight[0] : weight[0] + 4],
    )  # fmt: skip
    yield "28 bytes swapped", good[: -len(body)] + bytes(swapped), "checksum"
    digest = header["__metadata__"]["sha256"]
    for digits in ("", digest[:-1], digest.upper(), "0" * 64, "x" * 64):
        yield f"29 checksum {digits[:8]}", good.replace(digest.encode(), digits.encode()), "sha256|checksum|header|JSON"
    yield "29 no checksum", with_header(good, lambda h: h["__metadata__"].pop("sha256")), "metadata"
    for version in ("2", "999", str(2**63)):
        yield f"30 version {version}", with_header(good, lambda h, v: _version(h, v), version), "Install a newer"
    for version in ("", "0", "1.5", "null", "-1", "01", "one", "1" * 30):
        forged = with_header(good, lambda h, v: _version(h, v), version)
        yield f"31 version {version[:8]!r}", forged, "format_version must be"
    yield "31 version is a number", with_header(good, lambda h: _version(h, 1)), "must be texts"
    yield "33 missing tensor", _without(good, "params/2/bias"), "missing params/2/bias"
    yield "33 extra tensor", _with_extra(good, "params/9/weight"), "not asked for: 'params/9/weight'"
    yield "33 renamed tensor", with_header(good, lambda h: _rename(h, "params/1/bias", "params/1/bia")), "missing"
    forged = with_header(good, lambda h: h["params/1/weight"]["shape"].reverse())
    yield "34 transposed tensor", forged, "must be float32 of shape"


def document_cases(good: bytes) -> Iterator[Case]:
    """35 to 49: what is wrong with the document."""
    names = ("Nothing", "os.system", "builtins.eval", "keras.config.enable_unsafe_deserialization", "__import__")
    for name in names:
        yield f"35-36 layer {name}", with_document(good, lambda d, n: _layer(d).update(type=n), name), "unknown layer"
    odd = ("__class__", "__dict__", "__reduce__", "_instantiator", "module", "registered_name", "vocabulary_path",
           "regex", "template", "url")  # fmt: skip
    for key in odd:
        yield (
            f"37, 44, 48 key {key}",
            with_document(good, lambda d, k: _layer(d).update({k: "x"}), key),
            "unknown fields",
        )
        yield (
            f"37 top key {key}",
            with_document(good, lambda d, k: d.update({k: "x"}), key),
            "unknown or missing fields",
        )
    for value in ([4], {"a": 1}, True, "4", 4.0, None):
        yield f"38 units {value}", with_document(good, lambda d, v: _layer(d).update(units=v), value), "units"
    for value in (10**9, 0, -1):
        yield f"39 units {value}", with_document(good, lambda d, v: _layer(d).update(units=v), value), "units"
    yield "39 dropout of 2", with_document(good, lambda d: _put(d, {"type": "Dropout", "rate": 2.0})), "rate"
    yield "39 100,000 layers", with_document(good, lambda d: _put(d, *[{"type": "Flatten"}] * 100_000)), "layers"
    pool = {"type": "MaxPool2D", "size": 10**6, "stride": 0}
    yield "39 stride of 0", with_document(good, lambda d: _put(d, pool)), "stride|size"
    conv = {"type": "Conv2D", "filters": 1, "size": 10**6, "activation": "linear", "stride": 1, "padding": "same",
            "dilation": 1, "bias": True, "initializer": "zeros"}  # fmt: skip
    yield "39 filter of 10^6", with_document(good, lambda d: _put(d, conv)), "size"
    huge = [{"type": "Reshape", "shape": [2, 2, 1]}, *[{"type": "UpSample2D", "size": 1000}] * 2]
    yield "40 a terabyte of activations", with_document(good, lambda d: _put(d, *huge)), "at most"
    for rows, value in (([10**9, 0], 0.0), ([-1, 0], 0.0), ([1, 1], 1e39), ([1], 0.0)):
        framed = {"type": "Pad2D", "rows": rows, "columns": [0, 0], "value": value}
        forged = with_document(good, lambda d, f: _put(d, {"type": "Reshape", "shape": [2, 2, 1]}, f), framed)
        yield f"40 a frame of {rows} and {value}", forged, "pair|finite|values"
    classes: tuple[Any, ...] = ([], ["a"], ["a", "a", "b"], [1, 2, 3], [f"c{i}" for i in range(100_001)],
                                ["a", "b", "x" * 10**6], "abc")  # fmt: skip
    for value in classes:
        forged = with_document(good, lambda d, v: d["task"].update(classes=v), value)
        yield f"41-42 classes {str(value)[:12]}", forged, "class"
    forged = with_document(good, lambda d: d["task"].update(classes=["a", "b"]))
    yield "42 two classes for three outputs", forged, "answers|numbers"
    for scale in (0.0, -1.0):
        forged = with_document(good, lambda d, s: d["encoder"].update(scales=[s, 1.0, 1.0, 1.0]), scale)
        yield f"46 scale {scale}", forged, "positive"
    forged = with_document(good, lambda d: d["encoder"].update(columns=["a", "a", "b", "c"]))
    yield "47 a column twice", forged, "columns? .*twice|differ"
    for height, channels in ((0, 1), (10**6, 1), (8, 17)):
        picture = {"type": "PictureEncoder", "height": height, "width": 8, "channels": channels, "mean": 0.0,
                   "scale": 1.0, "ink": None}  # fmt: skip
        yield (
            f"49 picture {height} x {channels}",
            with_document(good, lambda d, p: d.update(encoder=p), picture),
            "side",
        )
    for tolerance in (0.0, -1.0, 1, "x", None):
        forged = with_document(good, lambda d, t: d["proof"].update(tolerance=t), tolerance)
        yield f"proof tolerance {tolerance}", forged, "tolerance"
    proofs: tuple[Any, ...] = ([], [{"row": [1]}], [{"picture": [10**6, 10**6, 3]}], [{"path": "/etc/passwd"}],
                               "x", [{}])  # fmt: skip
    for inputs in proofs:
        forged = with_document(good, lambda d, i: d["proof"].update(inputs=i), inputs)
        yield f"proof inputs {str(inputs)[:20]}", forged, "proof"
    yield "a checkpoint", with_document(good, lambda d: d.update(kind="checkpoint")), "a model is needed here"


def foreign_cases(good: bytes) -> Iterator[Case]:
    """50, 51 and 59: other programs' files, renamed."""
    yield "50 pickle", pickle.dumps(_Canary()), "pickle"
    yield "50 old pickle", pickle.dumps(_Canary(), protocol=0) * 10, "not a model"
    npz, array, tar = io.BytesIO(), io.BytesIO(), io.BytesIO()
    np.savez(npz, weight=np.ones(3))
    np.save(array, np.ones(3))
    with tarfile.open(fileobj=tar, mode="w:gz") as archive:
        info = tarfile.TarInfo("model.safetensors")
        info.size = len(good)
        archive.addfile(info, io.BytesIO(good))
    yield "50 npz", npz.getvalue(), "zip archive"
    yield "50 npy", array.getvalue(), "NumPy array"
    yield "50 tar.gz of ours", tar.getvalue(), "gzip"
    yield "50 gzip of ours", gzip.compress(good), "gzip"
    yield "50 HDF5", b"\x89HDF\r\n\x1a\n" + bytes(100), "HDF5"
    yield "50 JPEG", b"\xff\xd8\xff\xe0" + bytes(100), "JPEG"
    yield "50 ONNX", b"\x08\x07\x12\x07pytorch" + bytes(100), "ONNX|header"
    yield "50 text", b"These are my weights: 1, 2, 3.\n" * 10, "not a model"
    plain = {"weight": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}
    yield "50 a plain safetensors file", signed(json.dumps(plain).encode(), bytes(4)), "without Lamina's metadata"
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("weight.npy", bytes(50_000_000))
    yield "51 zip bomb", bomb.getvalue(), "zip archive"
    _, body = parts(good)
    yield "59 big-endian", good[: -len(body)] + np.frombuffer(body, "<u4").astype(">u4").tobytes(), "checksum"


def all_cases(good: bytes) -> list[Case]:
    """Every file of every kind."""
    makers = (container_cases, tensor_cases, file_cases, document_cases, foreign_cases)
    return [case for maker in makers for case in maker(good)]


def _first(header: Header) -> dict[str, Any]:
    return dict(header[sorted(set(header) - {"__metadata__"})[0]])


def _offsets(header: Header, place: int) -> dict[str, Any]:
    entry: dict[str, Any] = header[sorted(set(header) - {"__metadata__"})[place]]
    return entry


def _shifted(header: Header) -> Header:
    changed: Header = json.loads(json.dumps(header))
    for name, entry in changed.items():
        if name != "__metadata__":
            entry["data_offsets"] = [offset + 8 for offset in entry["data_offsets"]]
    return changed


def _with_float(header: Header, body: bytes, value: float) -> bytes:
    start = header["params/1/weight"]["data_offsets"][0]
    return body[:start] + struct.pack("<f", value) + body[start + 4 :]


def _version(header: Header, version: Any) -> None:
    header["__metadata__"]["format_version"] = version


def _rename(header: Header, old: str, new: str) -> None:
    header[new] = header.pop(old)


def _without(good: bytes, name: str) -> bytes:
    header, body = parts(good)
    start, end = header.pop(name)["data_offsets"]
    for entry in (entry for key, entry in header.items() if key != "__metadata__"):
        if entry["data_offsets"][0] >= end:
            entry["data_offsets"] = [offset - (end - start) for offset in entry["data_offsets"]]
    return signed(text(header), body[:start] + body[end:])


def _with_extra(good: bytes, name: str) -> bytes:
    header, body = parts(good)
    header[name] = {"dtype": "F32", "shape": [1], "data_offsets": [len(body), len(body) + 4]}
    return signed(text(header), body + bytes(4))


def _layer(document: dict[str, Any]) -> dict[str, Any]:
    layer: dict[str, Any] = document["network"]["layers"][1]
    return layer


def _put(document: dict[str, Any], *layers: dict[str, Any]) -> None:
    document["network"]["layers"] = [*layers, *document["network"]["layers"]]
