"""Counts and times for Prometheus, in its text format (version 0.0.4)."""

from __future__ import annotations

import bisect
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lamina.serving.models import Models

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Seconds."""
MEDIA_TYPE = "text/plain; version=0.0.4"


class Metrics:
    """How many requests were answered, how, and in how many seconds.

    Example:
        >>> metrics = Metrics()
        >>> metrics.observe("infer", 200, 0.002)
        >>> metrics.requests["infer", 200]
        1
    """

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, int]] = Counter()
        self.seconds: dict[str, float] = defaultdict(float)
        self.buckets: dict[str, list[int]] = defaultdict(lambda: [0] * (len(BUCKETS) + 1))

    def observe(self, route: str, status: int, seconds: float) -> None:
        """Count one answer."""
        self.requests[route, status] += 1
        self.seconds[route] += seconds
        self.buckets[route][bisect.bisect_left(BUCKETS, seconds)] += 1

    def lines(self, models: Models) -> Iterator[str]:
        """The text, line by line."""
        requests = [
            ({"route": route, "status": str(status)}, count) for (route, status), count in self.requests.items()
        ]
        yield from _metric("lamina_requests_total", "counter", "Answers by route and status.", requests)
        yield from self._histogram()
        each = [({"model": one.name}, one) for one in models]
        batches = [(labels, one.batched[0]) for labels, one in each]
        examples = [(labels, one.batched[1]) for labels, one in each]
        waiting = [(labels, one.waiting) for labels, one in each]
        ready = [(labels, int(one.ready)) for labels, one in each]
        yield from _metric("lamina_batches_total", "counter", "Batches that were computed.", batches)
        yield from _metric("lamina_examples_total", "counter", "Examples that were computed.", examples)
        yield from _metric("lamina_waiting_requests", "gauge", "Requests that wait for a batch.", waiting)
        yield from _metric("lamina_model_ready", "gauge", "1 where a model is compiled.", ready)

    def _histogram(self) -> Iterator[str]:
        name = "lamina_request_seconds"
        yield from _head(name, "histogram", "Seconds from the head of a request to the end of its answer.")
        for route, counts in self.buckets.items():
            total = 0
            for edge, count in zip((*map(str, BUCKETS), "+Inf"), counts, strict=True):
                total += count
                yield _sample(f"{name}_bucket", {"route": route, "le": edge}, total)
            yield _sample(f"{name}_sum", {"route": route}, self.seconds[route])
            yield _sample(f"{name}_count", {"route": route}, total)


NO_ROUTE = "none"


class Counting:
    """An ASGI app in front of another, that counts the answers which somebody waited for."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and count."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status, gone = time.perf_counter(), 0, False

        async def heard() -> Message:
            nonlocal gone
            message = await receive()
            gone = gone or message["type"] == "http.disconnect"
            return message

        async def counted(message: Message) -> None:
            nonlocal status
            status = status if gone else message.get("status", status)
            await send(message)

        try:
            await self._app(scope, heard, counted)
        finally:
            # A route's name, never the path: whoever asks for many paths would fill the memory.
            route = getattr(scope.get("endpoint"), "__name__", NO_ROUTE).lstrip("_")
            if status:
                self._metrics.observe(route, status, time.perf_counter() - began)

    def refused(self, status: int) -> None:
        """Count what was answered before a route had it whole: a head that is none, a body that does not come."""
        self._metrics.requests[NO_ROUTE, status] += 1


def metrics_route(metrics: Metrics, models: Models) -> Route:
    """`/metrics`."""

    async def tell_metrics(request: Request) -> Response:
        return Response("".join(f"{line}\n" for line in metrics.lines(models)), headers={"content-type": MEDIA_TYPE})

    return Route("/metrics", tell_metrics)


def _metric(name: str, kind: str, words: str, samples: Iterable[tuple[Mapping[str, str], float]]) -> Iterator[str]:
    yield from _head(name, kind, words)
    for labels, value in samples:
        yield _sample(name, labels, value)


def _head(name: str, kind: str, words: str) -> Iterator[str]:
    yield f"# HELP {name} {words}"
    yield f"# TYPE {name} {kind}"


def _sample(name: str, labels: Mapping[str, str], value: float) -> str:
    """Labels hold names of routes and models alone, in which nothing must be escaped."""
    told = ",".join(f'{label}="{one}"' for label, one in labels.items())
    return f"{name}{{{told}}} {value!r}"
