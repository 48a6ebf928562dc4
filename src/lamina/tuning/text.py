"""What a search found, in lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from lamina.tuning.space import Point
from lamina.tuning.study import best_and_default
from lamina.tuning.trials import Tried

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

    from lamina.tuning.search import Search


def trial_line(number: int, one: Tried) -> str:
    """A trial as a line: its loss, its point, and what ended it before its last epoch."""
    loss = "no epoch done" if one.loss is None else f"validation loss {one.loss:.4f}"
    ended = (
        ""
        if one.state == "complete"
        else f"  ({one.state} after {one.epochs} epoch{'' if one.epochs == 1 else 's'}{_why(one)})"
    )
    return f"trial {number:4}  {loss}  {words_of(one.point)}{ended}"


def words_of(point: Point) -> str:
    """The settings of a point.

    Example:
        >>> words_of({"learning_rate": 0.00123456, "width": 64, "normalized": True})
        'learning_rate 0.00123, width 64, normalized yes'
    """
    return ", ".join(f"{name} {word_of(value)}" for name, value in point.items())


def lines_of(search: Search) -> Iterable[str]:
    """How many trials there were, the best beside the default, and what mattered."""
    best, default = best_and_default(search.study)
    yield counted_trials(search.study.get_trials(deepcopy=False))
    if best is None:
        yield "none came to its last epoch: more time finds more"
        return
    yield f"best      validation loss {best.value:.4f}  {words_of(best.params)}"
    if default is not None and default is not best:
        yield f"default   validation loss {default.value:.4f}  {words_of(default.params)}"
    elif default is not None:
        yield "no trial was better than the default"
    found = search.importances()
    if found:
        told = ", ".join(f"{name} {100 * share:.0f} %" for name, share in found.items())
        yield f"mattered  {told}   (shares of the difference between trials)"
    else:
        yield "mattered  too few trials have ended to say what mattered"


def counted_trials(trials: Sequence[FrozenTrial]) -> str:
    """How many trials there are, and what ended them."""
    states = [trial.state.name.lower() for trial in trials]
    counted = ", ".join(f"{states.count(state)} {word}" for state, word in WORDS if state in states)
    return f"{len(trials):,} trials: {counted}"


WORDS = (("complete", "to the end"), ("pruned", "pruned"), ("fail", "failed"), ("running", "not ended"))
"""State of a trial -> how it is told."""


def word_of(value: Any) -> str:
    """A setting's value, as it is told.

    Example:
        >>> word_of(0.00123456), word_of(False), word_of(64)
        ('0.00123', 'no', '64')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _why(one: Tried) -> str:
    return f": {one.why}" if one.why else ""
