"""Small sources for the tests of reading: pictures, class folders, archives and idx files."""

from __future__ import annotations

import csv
import gzip
import io
import struct
import tarfile
import zipfile
from pathlib import Path
from typing import Any, Literal

import numpy as np
from PIL import Image


def noise(seed: int, shape: tuple[int, ...] = (6, 5)) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Pixels that differ by seed."""
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def encoded(pixels: Any, form: str = "PNG", mode: str | None = None, **options: Any) -> bytes:
    """An encoded picture."""
    picture = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    buffer = io.BytesIO()
    (picture.convert(mode) if mode else picture).save(buffer, form, **options)
    return buffer.getvalue()


def class_files(count: int = 10, classes: tuple[str, ...] = ("cat", "dog"), top: str = "") -> dict[str, bytes]:
    """PNG pictures by their path, `count` in each class folder."""
    return {
        f"{top}{name}/{place}.png": encoded(noise(100 * number + place))
        for number, name in enumerate(classes)
        for place in range(count)
    }


def write(folder: Path, files: dict[str, bytes]) -> Path:
    """Files below a folder."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    """A zip archive of files."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def tarred(path: Path, files: dict[str, bytes], mode: Literal["w", "w:gz"] = "w:gz") -> Path:
    """A tar archive of files."""
    with tarfile.open(path, mode) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def idx(array: Any) -> bytes:
    """An array of bytes in idx form."""
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def idx_files(counts: dict[str, int], zip_them: bool = True) -> dict[str, bytes]:
    """Pictures and labels in idx form, by the part's name."""
    files = {}
    for number, (part, count) in enumerate(counts.items()):
        labels = (np.arange(count) % 3).astype(np.uint8)
        pair = {"images-idx3": noise(number, (count, 4, 5)), "labels-idx1": labels}
        for kind, array in pair.items():
            data = idx(array)
            files[f"{part}-{kind}-ubyte" + (".gz" if zip_them else "")] = gzip.compress(data) if zip_them else data
    return files


def passengers(count: int = 600, seed: int = 0) -> list[dict[str, str]]:
    """Rows of a table of every kind of column, as texts; who survived follows from them, not without exception."""
    chance = np.random.default_rng(seed)
    rows = []
    for row in range(count):
        age, fare, sex = chance.uniform(1, 80), chance.lognormal(3, 1), chance.choice(["male", "female"])
        day = np.datetime64("1912-01-01") + np.timedelta64(int(chance.integers(0, 1000)), "D")
        note = " ".join(chance.choice(["crew", "deck", "sea", "late", "cat"], 4))
        port = chance.choice(["Cherbourg", "Queenstown", "Southampton"]) if row % 150 != 50 else f"Port {row}"
        alive = (sex == "female") ^ (age < 12) ^ (chance.random() < 0.1)
        rows.append({
            "PassengerId": str(892 + row), "Survived": "yes" if alive else "no", "Sex": str(sex),
            "Age": "" if row % 9 == 0 else f"{age:.0f}", "Fare": f"{fare:.2f} £", "Embarked": str(port),
            "Boarded": str(day), "Note": note, "Ship": "Titanic",
        })  # fmt: skip
    return rows


def csv_of(rows: list[dict[str, Any]], without: tuple[str, ...] = ()) -> bytes:
    """Rows as the bytes of a CSV file."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [name for name in rows[0] if name not in without], extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def picture_rows(count: int = 100) -> tuple[list[dict[str, Any]], dict[str, bytes]]:
    """Rows that name a picture of a digit and a number near it, and the pictures."""
    from sklearn.datasets import load_digits

    found, chance = load_digits(), np.random.default_rng(0)
    digits = found.target[:count]
    names = [f"shown/{row}.png" for row in range(count)]
    pictures = {name: encoded((15.9 * one).astype(np.uint8)) for name, one in zip(names, found.images, strict=False)}
    near = np.round(digits + chance.normal(0, 1, count), 3)
    rows = [
        {"picture": name, "near": number, "digit": digit}
        for name, number, digit in zip(names, near.tolist(), digits.tolist(), strict=True)
    ]
    return rows, pictures


def write_picture_table(folder: Path, count: int = 100) -> Path:
    """A table, and the pictures that it names beside it."""
    rows, pictures = picture_rows(count)
    write(folder, {"digits.csv": csv_of(rows), **pictures})
    return folder / "digits.csv"
