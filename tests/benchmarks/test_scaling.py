"""How data-parallel training scales: the formulas against hand-made numbers and a ring that is played, and the page."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks import scaling
from benchmarks.report import RESULTS
from benchmarks.scaling import LINKS, Link, Step
from benchmarks.steps.tasks import TASKS

SLOW = Link(1e6, 0.001)
"""A million bytes and a thousand messages a second: a quarter of a million parameters a second."""


def played_ring(values: np.ndarray) -> tuple[np.ndarray, int, int]:
    """The sums that a ring of devices ends with, the messages of each, and the numbers that each sends."""
    devices, messages, sent = len(values), 0, 0
    parts = [np.array_split(own.copy(), devices) for own in values]
    for adding in (True, False):
        for turn in range(devices - 1):
            moving = [(one, (one - turn + (not adding)) % devices) for one in range(devices)]
            copies = [parts[one][place].copy() for one, place in moving]
            for (one, place), numbers in zip(moving, copies, strict=True):
                other = parts[(one + 1) % devices]
                other[place] = other[place] + numbers if adding else numbers
            messages, sent = messages + 1, sent + copies[0].size
    return np.array([np.concatenate(own) for own in parts]), messages, sent


@pytest.mark.parametrize("devices", [2, 3, 8])
def test_a_ring_sends_what_the_formula_counts(devices: int) -> None:
    values = np.random.default_rng(0).normal(size=(devices, 24))
    sums, messages, sent = played_ring(values)
    np.testing.assert_allclose(sums, np.tile(values.sum(axis=0), (devices, 1)))
    expected = messages * SLOW.latency + 4 * sent / SLOW.bytes_a_second
    assert scaling.ring_seconds(24, devices, SLOW) == pytest.approx(expected)


def test_one_device_moves_nothing() -> None:
    assert scaling.ring_seconds(1e9, 1, SLOW) == 0
    assert scaling.efficiency(0.1, 1e9, 1, SLOW) == 1
    assert scaling.speedup(0.1, 1e9, 1, SLOW) == 1


def test_efficiency_and_speed_up_by_hand() -> None:
    # 250,000 parameters are 1 MB; two devices send twice a half of it: 1 s, and two messages: 2 ms.
    assert scaling.ring_seconds(250_000, 2, SLOW) == pytest.approx(1.002)
    assert scaling.efficiency(3.006, 250_000, 2, SLOW) == pytest.approx(0.75)
    assert scaling.speedup(4.008, 250_000, 2, SLOW) == pytest.approx(4 / 3)


def test_the_batch_that_is_needed_gives_the_share_that_was_asked_for() -> None:
    step = Step("x", 250_000, 64, 2.0)
    batch = scaling.batch_needed(step, 8, SLOW, kept=0.9)
    assert scaling.efficiency(2.0 * batch / 64, 250_000, 8, SLOW) == pytest.approx(0.9)
    assert scaling.batch_needed(step, 8, SLOW, faster=100, kept=0.9) == pytest.approx(100 * batch)


def test_a_batch_is_shared_by_as_many_as_pay() -> None:
    assert scaling.fastest(Step("x", 250_000, 64, 0.5), SLOW) == (1, 1.0)
    free = Link(1e15, 0.0)
    count, times = scaling.fastest(Step("x", 10, 48, 0.5), free)
    assert (count, round(times, 3)) == (32, 32.0)


def test_memory_and_the_bubble() -> None:
    assert scaling.state_bytes(1e9) == 16e9
    assert scaling.state_bytes(70e9, 64) == pytest.approx(17.5e9)
    assert scaling.bubble(1, 8) == 0
    assert scaling.bubble(8, 32) == pytest.approx(7 / 39)
    assert "18 %" in scaling.PAGE.read_text(encoding="utf-8"), "as the page says"


def test_the_measured_steps_are_read_with_their_networks() -> None:
    found = scaling.steps(RESULTS.read_text(encoding="utf-8"))
    assert list(found) == list(TASKS)
    assert found["mlp"].parameters == 784 * 128 + 128 + 128 * 10 + 10
    assert found["resnet"].batch == 128
    with pytest.raises(LookupError, match=r"no step of 784-128-10, batch 32 on AMD EPYC"):
        scaling.steps(f"## Time of a training step: {scaling.MEASURED}\n\n| a | 1.0 |\n")


def test_the_page_holds_what_is_computed() -> None:
    page = scaling.PAGE.read_text(encoding="utf-8")
    text = scaling.computed(list(scaling.steps(RESULTS.read_text(encoding="utf-8")).values()))
    assert scaling.with_computed(page, text) == page, "run python -m benchmarks.scaling --write"
    assert all(f"| {name} |" in page for name in LINKS)


def test_the_picture_names_every_line(tmp_path: Path) -> None:
    found = {name: Step(name, 1000, 8, 0.1) for name in scaling.DRAWN}
    scaling.draw(found, tmp_path / "x.svg")
    drawn = (tmp_path / "x.svg").read_text(encoding="utf-8")
    assert all(f">{words}<" in drawn for words in (*scaling.DRAWN, *LINKS, "1,024"))
