"""Schedules: how the learning rate changes from the first step of a run to the last.

A schedule gives a factor between 0 and 1 for the progress of the run (the share of its steps that are done);
the rate of a step is the run's learning rate times the factor.
"""

from __future__ import annotations

import abc

from lamina.arrays import Array, jnp
from lamina.errors import SettingError
from lamina.recipes import describe, recipe

MAX_STAGES = 1000
TINY = 1e-9  # stands for a share of 0 where it divides


class Schedule(abc.ABC):
    """A recipe for the rate over a run."""

    @abc.abstractmethod
    def factor(self, progress: Array | float) -> Array:
        """The share of the learning rate at a progress from 0 to 1."""

    def __repr__(self) -> str:
        return describe(self)


@recipe
class Constant(Schedule):
    """The same rate all the time.

    Example:
        >>> float(Constant().factor(0.7))
        1.0
    """

    def factor(self, progress: Array | float) -> Array:
        """1."""
        return jnp.ones_like(jnp.asarray(progress, jnp.float32))


@recipe
class StepDecay(Schedule):
    """The rate is multiplied by `drop` after each of `stages` equal parts of the run but the last.

    Raises:
        SettingError: a number of stages outside 1 to 1,000, a drop outside 0 to 1.

    Example:
        >>> [round(float(StepDecay(3, 0.1).factor(p)), 4) for p in (0.0, 0.5, 0.9)]
        [1.0, 0.1, 0.01]
    """

    stages: int = 3
    drop: float = 0.1

    def __post_init__(self) -> None:
        if type(self.stages) is not int or not 1 <= self.stages <= MAX_STAGES:
            raise SettingError(f"StepDecay needs 1 to {MAX_STAGES:,} stages; got {self.stages!r}")
        _require_share("StepDecay", "drop", self.drop)

    def factor(self, progress: Array | float) -> Array:
        """drop^floor(progress stages)."""
        # In float32 (k / n) * n can fall just short of k, and the stage would begin a step late.
        reached = _clipped(progress) * self.stages * (1 + 2.5e-7)
        stage = jnp.clip(jnp.floor(reached), 0, self.stages - 1)
        return jnp.asarray(self.drop, jnp.float32) ** stage


@recipe
class ExponentialDecay(Schedule):
    """The rate falls by the same factor every step, to `final` at the end: final^progress.

    Raises:
        SettingError: a final share that is not above 0 and at most 1.

    Example:
        >>> round(float(ExponentialDecay(0.01).factor(0.5)), 4)
        0.1
    """

    final: float = 0.01

    def __post_init__(self) -> None:
        _require_share("ExponentialDecay", "final", self.final)
        if self.final == 0:
            raise SettingError("ExponentialDecay never reaches a final share of 0; give a small one: 0.001")

    def factor(self, progress: Array | float) -> Array:
        """final^progress."""
        return jnp.asarray(self.final, jnp.float32) ** _clipped(progress)


@recipe
class Cosine(Schedule):
    """A straight rise over the warm-up, then half a cosine down to `final`.

    factor = p / warmup while p < warmup, then final + (1 - final) (1 + cos(pi q)) / 2 with
    q = (p - warmup) / (1 - warmup).

    Raises:
        SettingError: a warm-up or final share outside 0 to 1.

    Source:
        Loshchilov and Hutter, SGDR (2016), equation 5; warm-up: Goyal et al. (2017), section 2.2.

    Example:
        >>> [round(float(Cosine(0.1).factor(p)), 3) for p in (0.05, 0.1, 0.55, 1.0)]
        [0.5, 1.0, 0.5, 0.0]
    """

    warmup: float = 0.05
    final: float = 0.0

    def __post_init__(self) -> None:
        _require_share("Cosine", "warmup", self.warmup)
        _require_share("Cosine", "final", self.final)

    def factor(self, progress: Array | float) -> Array:
        """The rise, then half a cosine."""
        p = _clipped(progress)
        return jnp.where(p < self.warmup, p / max(self.warmup, TINY), _fall(p, self.warmup, self.final))


@recipe
class OneCycle(Schedule):
    """Half a cosine up from `start`, then half a cosine down to `final`.

    factor = start + (1 - start) (1 - cos(pi p / rise)) / 2 while p < rise, then as Cosine after its warm-up.

    Raises:
        SettingError: a share outside 0 to 1.

    Source:
        Smith and Topin, Super-Convergence (2017); with cosines instead of straight lines, as fastai does.

    Example:
        >>> [round(float(OneCycle().factor(p)), 2) for p in (0.0, 0.3, 1.0)]
        [0.04, 1.0, 0.0]
    """

    rise: float = 0.3
    start: float = 0.04
    final: float = 0.0001

    def __post_init__(self) -> None:
        for name in ("rise", "start", "final"):
            _require_share("OneCycle", name, getattr(self, name))

    def factor(self, progress: Array | float) -> Array:
        """The rise, then the fall."""
        p = _clipped(progress)
        up = self.start + (1 - self.start) * _half_cosine(1 - p / max(self.rise, TINY))
        return jnp.where(p < self.rise, up, _fall(p, self.rise, self.final))


SCHEDULES: dict[str, type[Schedule]] = {
    "constant": Constant,
    "step": StepDecay,
    "exponential": ExponentialDecay,
    "cosine": Cosine,
    "one_cycle": OneCycle,
}
"""Every schedule by the name that the command line knows."""


def schedule_by_name(name: str) -> Schedule:
    """The schedule of this name with its usual settings.

    Raises:
        SettingError: an unknown name.

    Example:
        >>> schedule_by_name("cosine")
        Cosine()
    """
    if name not in SCHEDULES:
        raise SettingError(f"the schedule must be one of {', '.join(SCHEDULES)}; got {name!r}")
    return SCHEDULES[name]()


def _clipped(progress: Array | float) -> Array:
    return jnp.clip(jnp.asarray(progress, jnp.float32), 0, 1)


def _fall(progress: Array, since: float, final: float) -> Array:
    """From 1 at `since` to `final` at the end."""
    return final + (1 - final) * _half_cosine((progress - since) / max(1 - since, TINY))


def _half_cosine(share: Array) -> Array:
    """1 at 0, 0 at 1."""
    return (1 + jnp.cos(jnp.pi * share)) / 2


def _require_share(who: str, name: str, value: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise SettingError(f"{who} needs a share from 0 to 1 for {name}; got {value!r}")
