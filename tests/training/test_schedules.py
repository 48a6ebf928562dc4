"""Schedules against PyTorch's, their laws, and what they refuse."""

from __future__ import annotations

import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamina.errors import SettingError
from lamina.recipes import from_json, to_json
from lamina.training.schedules import (
    SCHEDULES,
    Constant,
    Cosine,
    ExponentialDecay,
    OneCycle,
    Schedule,
    StepDecay,
    schedule_by_name,
)

RECORDED = json.loads((Path(__file__).parents[1] / "reference" / "training.json").read_text())["schedules"]
USED: dict[str, Schedule] = {
    "StepDecay(3, 0.1)": StepDecay(3, 0.1),
    "ExponentialDecay(0.01)": ExponentialDecay(0.01),
    "Cosine(0.0, 0.1)": Cosine(0.0, 0.1),
    "OneCycle(0.3, 0.04, 0.0001)": OneCycle(0.3, 0.04, 0.0001),
}
EDGES: list[Schedule] = [
    *(schedule_by_name(name) for name in SCHEDULES),
    StepDecay(1, 0.0), StepDecay(1000, 0.99), ExponentialDecay(1.0),
    Cosine(1.0), Cosine(0.0), Cosine(0.5, 1.0),
    OneCycle(0.0), OneCycle(1.0), OneCycle(0.5, 0.0, 0.0), OneCycle(0.5, 1.0, 1.0),
]  # fmt: skip


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_rates(name: str) -> None:
    rates = RECORDED[name]
    progress = np.arange(len(rates)) / len(rates)
    if name.startswith("OneCycle"):  # PyTorch's peak is step 20, its end step 69
        progress = np.concatenate([np.arange(20) / 20 * 0.3, 0.3 + 0.7 * np.arange(50) / 49])
    found = [USED[name].factor(jnp.float32(p)) for p in progress]
    np.testing.assert_allclose(found, rates, rtol=1e-5, atol=1e-6)


def test_cosine_rises_in_a_straight_line_first() -> None:
    found = Cosine(0.2, 0.0).factor(jnp.array([0.0, 0.05, 0.1, 0.2, 0.4, 0.6, 1.0]))
    falling = (1 + np.cos(np.pi * np.array([0, 0.25, 0.5, 1]))) / 2
    np.testing.assert_allclose(found, [0, 0.25, 0.5, *falling], atol=1e-6)


@pytest.mark.parametrize("schedule", EDGES, ids=repr)
def test_factors_stay_between_0_and_1_from_before_the_start_to_past_the_end(schedule: Schedule) -> None:
    factors = np.asarray(jax.jit(schedule.factor)(jnp.linspace(-0.1, 1.1, 241)))
    assert np.isfinite(factors).all()
    assert (factors >= 0).all()
    assert (factors <= 1 + 1e-6).all()
    assert factors.max() == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("schedule", EDGES, ids=repr)
def test_traced_and_plain_progress_agree(schedule: Schedule) -> None:
    for progress in (0.0, 0.3, 1.0):
        traced = jax.jit(schedule.factor)(jnp.float32(progress))
        assert traced.dtype == jnp.float32
        assert traced.shape == ()
        np.testing.assert_allclose(traced, schedule.factor(progress), rtol=1e-6)


@pytest.mark.slow
@given(st.sampled_from(EDGES[1:]), st.floats(0, 1), st.floats(0, 1))
def test_after_the_rise_the_rate_never_grows(schedule: Schedule, one: float, other: float) -> None:
    rise = getattr(schedule, "rise", getattr(schedule, "warmup", 0.0))
    early, late = sorted((max(one, rise), max(other, rise)))
    early_factor, late_factor = schedule.factor(jnp.float32([early, late]))
    assert float(late_factor) <= float(early_factor) + 1e-6


def test_a_stage_begins_on_its_step() -> None:
    """In float32, (k / n) * n falls below k for many k, which must not make a stage late."""
    for stages in range(1, 300):
        steps = np.minimum(np.arange(300), stages - 1)  # one shape, so that nothing is compiled twice
        progress = steps.astype(np.float32) / np.float32(stages)
        reached = np.log(np.asarray(StepDecay(stages, 0.99).factor(progress), np.float64)) / np.log(0.99)
        np.testing.assert_allclose(reached, steps, atol=0.01)


def test_where_the_ends_are() -> None:
    assert float(OneCycle().factor(0.0)) == pytest.approx(0.04)
    assert float(OneCycle().factor(1.0)) == pytest.approx(0.0001)
    assert float(Cosine().factor(1.0)) == 0.0
    assert float(ExponentialDecay(0.05).factor(1.0)) == pytest.approx(0.05)
    assert float(StepDecay(3, 0.1).factor(1.0)) == pytest.approx(0.01)
    assert float(Constant().factor(1.0)) == 1.0


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules_are_their_own_json(name: str) -> None:
    schedule = schedule_by_name(name)
    assert from_json(json.loads(json.dumps(to_json(schedule))), Schedule, "schedule") == schedule


@pytest.mark.parametrize(
    ("kind", "settings", "message"),
    [
        (StepDecay, {"stages": 0}, "StepDecay needs 1 to 1,000 stages; got 0"),
        (StepDecay, {"stages": 1.5}, "stages; got 1.5"),
        (StepDecay, {"stages": True}, "stages; got True"),
        (StepDecay, {"stages": 10**400}, "1 to 1,000 stages"),
        (StepDecay, {"drop": 1.1}, "StepDecay needs a share from 0 to 1 for drop; got 1.1"),
        (ExponentialDecay, {"final": 0.0}, "never reaches a final share of 0; give a small one"),
        (ExponentialDecay, {"final": -1}, "ExponentialDecay needs a share from 0 to 1 for final; got -1"),
        (Cosine, {"warmup": -0.1}, "Cosine needs a share from 0 to 1 for warmup; got -0.1"),
        (Cosine, {"final": float("nan")}, "share from 0 to 1 for final; got nan"),
        (OneCycle, {"rise": 2}, "OneCycle needs a share from 0 to 1 for rise; got 2"),
        (OneCycle, {"start": "0.1"}, "share from 0 to 1 for start; got '0.1'"),
        (OneCycle, {"final": True}, "share from 0 to 1 for final; got True"),
    ],
)
def test_impossible_settings(kind: type[Schedule], settings: dict[str, object], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        kind(**settings)


def test_schedules_by_name() -> None:
    assert schedule_by_name("one_cycle") == OneCycle()
    with pytest.raises(SettingError, match=r"must be one of constant, step, exponential, .*; got 'linear'"):
        schedule_by_name("linear")
