"""Truncated anywhere, one bit flipped anywhere, mutated at random: always refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import safetensors

import lamina
from lamina import Dense, Flatten, Sequential
from lamina.errors import ModelFileError
from lamina.model.container import read_from_bytes, to_bytes
from tests.model.hostile.forging import parts, signed, text


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    run = lamina.train("iris", Sequential(Flatten(), Dense(3)), epochs=1)
    list(run)
    path = tmp_path_factory.mktemp("small") / "small.safetensors"
    run.model.save(path)
    return path.read_bytes()


def accepted(data: bytes) -> bool:
    try:
        read_from_bytes(data, "x")
    except ModelFileError:
        return False
    return True


@pytest.mark.slow
def test_the_file_is_small_and_good(good: bytes) -> None:
    assert accepted(good)
    assert len(good) < 8_000


def test_every_prefix_is_refused(good: bytes) -> None:
    """26."""
    assert [length for length in range(len(good)) if accepted(good[:length])] == []


@pytest.mark.slow
def test_every_flipped_bit_is_refused(good: bytes) -> None:
    """27: each bit of the file in turn."""
    data = bytearray(good)
    survived = []
    for bit in range(8 * len(data)):
        data[bit // 8] ^= 1 << bit % 8
        if accepted(bytes(data)):
            survived.append(bit)
        data[bit // 8] ^= 1 << bit % 8
    assert survived == []


def drawn(count: int, seed: int) -> Iterator[tuple[int, list[list[float]], bytes]]:
    """For each file how many changes, up to three; four numbers from 0 to 1 for each change, and some bytes."""
    chance = np.random.default_rng(seed)
    for start in range(0, count, 1000):
        size = min(1000, count - start)
        numbers, noise = chance.random((size, 3, 4)).tolist(), chance.bytes(size + 8)
        for place, changes in enumerate(chance.integers(1, 4, size).tolist()):
            yield changes, numbers[place], noise[place : place + 8]


def mutated(good: bytes, count: int, seed: int) -> Iterator[bytes]:
    """Files with bytes changed, cut out, doubled or swapped; half of them signed anew."""
    header, body = parts(good)
    unsigned, split = text(header) + body, len(text(header))
    for number, (changes, shares, noise) in enumerate(drawn(count, seed)):
        data = bytearray(unsigned if number % 2 else good)
        for share in shares[:changes]:
            place, other = int(share[0] * len(data)), int(share[1] * len(data))
            length, kind = 1 + int(8 * share[2]), int(4 * share[3])
            piece = noise[:length] if kind == 0 else bytes(data[place : place + length])
            if kind == 1:
                del data[place : place + length]
            elif kind == 2:
                data[other:other] = piece
            else:
                data[other : other + len(piece)] = piece
        yield signed(bytes(data[:split]), bytes(data[split:])) if number % 2 else bytes(data)


def judge_mutations(good: bytes, count: int, folder: Path, seed: int) -> None:
    """60: no exception but ours, and nothing is accepted that the safetensors library refuses."""
    path = folder / "mutated.safetensors"
    for data in mutated(good, count, seed):
        if accepted(data):
            path.write_bytes(data)
            with safetensors.safe_open(path, "numpy") as file:
                assert set(file.keys()) == set(read_from_bytes(data, "x").tensors)


@pytest.mark.slow
def test_mutations(good: bytes, tmp_path: Path) -> None:
    judge_mutations(good, 20_000, tmp_path, seed=1)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(2, 10))
def test_many_mutations(good: bytes, tmp_path: Path, seed: int) -> None:
    """A million in all, in pieces that workers may share."""
    judge_mutations(good, 125_000, tmp_path, seed)


@pytest.mark.slow
def test_flipped_bits_of_a_big_file() -> None:
    """27: ten thousand bits of a file of two megabytes."""
    chance = np.random.default_rng(3)
    data = bytearray(to_bytes({"kind": "model"}, {"weight": chance.normal(size=500_000).astype(np.float32)}))
    for bit in chance.integers(0, 8 * len(data), 10_000).tolist():
        data[bit // 8] ^= 1 << bit % 8
        assert not accepted(bytes(data)), bit
        data[bit // 8] ^= 1 << bit % 8
