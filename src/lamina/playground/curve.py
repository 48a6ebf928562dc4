"""The losses on the way of a run, one point a frame, thinned out where there are very many."""

from __future__ import annotations

from typing import Any

MOST = 2_000


class Curve:
    """Points in their order; those that were not sent yet, or all of them again where earlier ones have changed.

    Args:
        most: so many are kept.

    Example:
        >>> curve = Curve()
        >>> curve.add(1, 0.1, {"train": 0.5})
        >>> curve.take()
        ([{'epoch': 0.1, 'train': 0.5}], True)
        >>> curve.take()
        ([], False)
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._points: list[tuple[int, dict[str, Any]]] = []
        self._sent = 0
        self._whole = True

    def again(self) -> None:
        """All points are sent again: somebody has just come."""
        self._whole = True

    def add(self, step: int, epoch: float, losses: dict[str, float | None]) -> None:
        """A point; what was seen at this step or later belongs to a way that the run has left."""
        before = len(self._points)
        self._points = [one for one in self._points if one[0] < step] if self._reached(step) else self._points
        self._whole = self._whole or len(self._points) < before
        self._points.append((step, {"epoch": round(epoch, 4), **losses}))
        if len(self._points) > self._most:
            self._points, self._whole = [*self._points[:-1:2], self._points[-1]], True

    def cut(self, step: int) -> None:
        """Forget what was seen at this step or later."""
        self._points, self._whole = [one for one in self._points if one[0] < step], True

    def until(self, step: int) -> Curve:
        """A curve of its own with the points up to this step."""
        made = Curve(self._most)
        made._points = [one for one in self._points if one[0] <= step]
        return made

    def take(self) -> tuple[list[dict[str, Any]], bool]:
        """The points to be sent, and whether they are all there are."""
        whole, first = self._whole, 0 if self._whole else self._sent
        self._whole, self._sent = False, len(self._points)
        return [point for _, point in self._points[first:]], whole

    def _reached(self, step: int) -> bool:
        return bool(self._points) and self._points[-1][0] >= step
