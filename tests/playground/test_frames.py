"""Frames and the binary messages that carry them."""

from __future__ import annotations

import json
import struct
from dataclasses import replace

import numpy as np
import pytest

from lamina.playground.binary import pack, unpack
from lamina.playground.curve import Curve
from lamina.playground.frames import Frames, View
from lamina.playground.play_run import PlayRun
from lamina.playground.sources import Sources
from tests.playground.runs import SMALL, small


def test_a_message_is_a_header_and_arrays_at_multiples_of_four() -> None:
    chance = np.random.default_rng(0)
    arrays = {"a": chance.integers(0, 255, (3, 5), np.uint8), "b": chance.normal(size=(2, 3)), "c": np.zeros((0, 4))}
    message = pack({"kind": "frame", "ü": [1]}, arrays)
    (length,) = struct.unpack_from("<I", message)
    assert json.loads(message[4 : 4 + length])["kind"] == "frame"
    assert len(message) % 4 == 0
    header, found = unpack(message)
    assert [one["name"] for one in header["arrays"]] == ["a", "b", "c"]
    assert np.array_equal(found["a"], arrays["a"])
    assert np.array_equal(found["b"], arrays["b"].astype(np.float32))
    assert found["c"].shape == (0, 4)
    assert message.index(arrays["a"].tobytes()) % 4 == 0


def test_what_json_cannot_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="Out of range float values"):
        pack({"loss": float("nan")}, {})


@pytest.mark.slow
def test_a_frame_tells_the_weights_as_they_are(sources: Sources) -> None:
    run = small(sources)
    frames = Frames(run, View(8, 16))
    run.step("epoch", 2)
    run.step("batch")
    header, arrays = unpack(frames.frame("a"))
    assert (header["epoch"], header["batch"], header["step"]) == (2, 1, run.position.step)
    assert header["loss"]["test"] == pytest.approx(run.measured("test")["loss"])
    assert header["error"]["train"] == pytest.approx(run.measured("train")["error"])
    assert np.array_equal(arrays["params/1/weight"], np.asarray(run.params["1"]["weight"]))
    assert arrays["map/2"].shape == (4, 8, 8)
    assert arrays["decision/class"].shape == (16, 16)
    assert np.sum(header["confusion"]) == header_count(run)
    wrong = np.sum(header["confusion"]) - np.trace(header["confusion"])
    assert wrong / header_count(run) == pytest.approx(header["error"]["test"])
    before = header["loss"]["test"]
    run.edit("2/bias", [0], 4.0)
    header, _ = unpack(frames.frame("a", force=True))
    assert header["measured_at_step"] == header["step"]
    assert header["loss"]["test"] == pytest.approx(run.measured("test")["loss"])
    assert header["loss"]["test"] != pytest.approx(before)


def header_count(run: PlayRun) -> int:
    return len(run.part("test"))


def test_the_penalty_is_that_of_the_weights(sources: Sources) -> None:
    run = small(sources, l2=0.1)
    header, arrays = unpack(Frames(run, View(8, 8)).frame("a"))
    squares = sum(float((arrays[f"params/{place}/weight"].astype(np.float64) ** 2).sum()) for place in (1, 2))
    assert header["penalty"] == pytest.approx(0.05 * squares, rel=1e-5)


def test_a_loss_that_rises_is_warned_of(sources: Sources) -> None:
    run = small(sources)
    frames = Frames(run, View(8, 8))
    assert unpack(frames.frame("a"))[0]["warning"] == ""
    run.change(replace(run.settings, learning_rate=300.0))
    assert unpack(frames.frame("a", force=True))[0]["warning"] == ""
    run.step("epoch")
    told = unpack(frames.frame("a", force=True))[0]["warning"]
    assert "The learning rate 300 is too high: lower it, then start again" in told


def test_a_loss_that_rises_by_a_persons_own_change_is_not_blamed_on_the_rate(sources: Sources) -> None:
    run = small(sources)
    frames = Frames(run, View(8, 8))
    before = unpack(frames.frame("a"))[0]["loss"]["train"]
    run.edit("2/bias", [0], 50.0)
    header, _ = unpack(frames.frame("a", force=True))
    assert header["loss"]["train"] > 3 * before
    assert header["warning"] == ""


def test_the_curve_of_a_fork_begins_with_the_way_to_it_and_resetting_keeps_that(sources: Sources) -> None:
    run = small(sources)
    frames = Frames(run, View(8, 8))
    for _ in range(4):
        run.keep_snapshot(frames.measure(force=True).parts["train"]["loss"])
        run.step("epoch")
    way = unpack(frames.frame("a", force=True))[0]["curve"]
    assert [one["epoch"] for one in way] == [0, 1, 2, 3, 4]
    other = run.forked(2)
    seen = frames.forked(other)
    assert unpack(seen.frame("b", force=True))[0]["curve"] == way[:3]
    other.step("epoch")
    assert len(unpack(seen.frame("b", force=True))[0]["curve"]) == 1
    other.reset()
    seen.restart()
    header, _ = unpack(seen.frame("b", force=True))
    assert (header["curve"], header["curve_from_start"]) == (way[:3], True)
    run.reset()
    frames.restart()
    assert unpack(frames.frame("a", force=True))[0]["curve"] == way[:1]


@pytest.mark.slow
def test_data_without_a_plane_has_no_maps(sources: Sources) -> None:
    run = PlayRun(sources, replace(SMALL, data="digits", features=(), network="8 relu", batch_size=64))
    header, arrays = unpack(Frames(run, View()).frame("a"))
    assert header["maps"] == []
    assert header["decision"] is None
    assert len(header["confusion"]) == 10
    assert set(arrays) == {"params/1/weight", "params/1/bias", "params/2/weight", "params/2/bias"}


def test_the_curve_sends_what_is_new_and_all_of_it_where_it_must() -> None:
    curve = Curve(most=8)
    for step in range(3):
        curve.add(step, step / 2, {"train": 1.0 - step / 10})
    points, whole = curve.take()
    assert ([one["epoch"] for one in points], whole) == ([0.0, 0.5, 1.0], True)
    curve.add(3, 1.5, {"train": 0.5})
    assert curve.take() == ([{"epoch": 1.5, "train": 0.5}], False)
    curve.add(1, 0.5, {"train": 0.7})  # the run has gone back
    points, whole = curve.take()
    assert ([one["epoch"] for one in points], whole) == ([0.0, 0.5], True)
    for step in range(2, 40):
        curve.add(step, float(step), {"train": 0.1})
    points, whole = curve.take()
    assert whole
    assert len(points) <= 8
    assert points[-1]["epoch"] == 39.0
    curve.again()
    assert curve.take()[1]
