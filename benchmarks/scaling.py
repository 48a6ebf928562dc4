"""How data-parallel training scales, by arithmetic: measured steps, bytes moved, the speed of the network between.

python -m benchmarks.scaling --write
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.report import RESULTS, table
from benchmarks.steps.tasks import CATEGORIES, NUMBERS, TASKS, VALUES

PAGE = Path(__file__).parents[1] / "docs" / "scaling.md"
PICTURE = PAGE.parent / "images" / "scaling.svg"
BEGIN, END = "<!-- computed: python -m benchmarks.scaling --write -->", "<!-- end of what is computed -->"
MEASURED = "AMD EPYC (family 26)"
"""The processor whose section of RESULTS.md is taken: the faster one, for which moving numbers weighs more."""
DEVICES = (8, 64, 1024)
FASTER = 100
"""So many times faster is a device, by assumption, on which moving gradients weighs that much more."""
KEPT = 0.8
"""The share of each device's time that is to go into computing, where it is asked from which batch on."""
FLOAT = 4
STATE = 4
"""Numbers kept a parameter while Adam learns: the weight, its gradient, two means."""
SIZES = (1e6, 1e8, 1e9, 7e9, 70e9)
DRAWN = ("mlp", "wide_mlp", "lenet5", "resnet", "lstm", "transformer")


@dataclass(frozen=True)
class Link:
    """What joins two devices: bytes a second in one direction, and seconds until the first byte is there."""

    bytes_a_second: float
    latency: float


LINKS = {
    "10 Gbit/s": Link(1.25e9, 30e-6),
    "100 Gbit/s": Link(12.5e9, 5e-6),
    "NVLink": Link(300e9, 2e-6),
}


@dataclass(frozen=True)
class Step:
    """A measured step: its network's title and parameters, the batch, the seconds."""

    title: str
    parameters: int
    batch: int
    seconds: float

    @property
    def name(self) -> str:
        """The network alone."""
        return self.title.split(",")[0]


def ring_seconds(parameters: float, devices: int, link: Link) -> float:
    """Seconds to add up the gradients of all devices on a ring: 2 (n - 1) messages, each an n-th of the numbers.

    Source:
        Patarasuk and Yuan (2009).
    """
    messages = 2 * (devices - 1)
    return messages * (parameters * FLOAT / devices / link.bytes_a_second + link.latency)


def efficiency(seconds: float, parameters: float, devices: int, link: Link) -> float:
    """The share of its time that a device computes, where each keeps its batch and nothing is moved meanwhile."""
    return seconds / (seconds + ring_seconds(parameters, devices, link))


def speedup(seconds: float, parameters: float, devices: int, link: Link) -> float:
    """How many times as fast a step is whose whole batch is shared out: the result is that of one device."""
    return seconds / (seconds / devices + ring_seconds(parameters, devices, link))


def fastest(step: Step, link: Link, faster: float = 1.0) -> tuple[int, float]:
    """The number of devices, a power of two, at which a batch that is shared out is done soonest, and the speed-up."""
    counts = [2**power for power in range(11) if 2**power <= step.batch]
    found = {count: speedup(step.seconds / faster, step.parameters, count, link) for count in counts}
    best = max(found, key=lambda count: found[count])
    return best, found[best]


def batch_needed(step: Step, devices: int, link: Link, faster: float = 1.0, kept: float = KEPT) -> float:
    """The batch a device from which on a share of the time goes into computing; time is taken to grow with the batch.

    From efficiency = t / (t + r) = kept: t = r kept / (1 - kept).
    """
    needed = ring_seconds(step.parameters, devices, link) * kept / (1 - kept)
    return step.batch * needed / (step.seconds / faster)


def state_bytes(parameters: float, devices: int = 1) -> float:
    """Bytes of weights, gradients and Adam's means on each device: whole, or shared out among some."""
    return parameters * FLOAT * STATE / devices


def bubble(stages: int, pieces: int) -> float:
    """The share of its time that a pipeline waits, of which each stage works on one piece of the batch after another.

    Source:
        Huang et al. (2019).
    """
    return (stages - 1) / (pieces + stages - 1)


def steps(results: str) -> dict[str, Step]:
    """The measured steps of a text of results, by the task's name."""
    section = results.split(f"## Time of a training step: {MEASURED}\n", 1)[1].split("\n## ", 1)[0]
    found = {}
    for name, task in TASKS.items():
        row = re.search(rf"^\| {re.escape(task.title)} *\| *([0-9.]+) \|", section, re.MULTILINE)
        if row is None:
            raise LookupError(f"{RESULTS.name} has no step of {task.title} on {MEASURED}")
        found[name] = Step(task.title, parameters_of(name), task.batch, float(row[1]) / 1000)
    return found


def parameters_of(name: str) -> int:
    """How many numbers a task's network learns, each of which is moved."""
    from benchmarks.steps.in_lamina import network
    from lamina.model.summary import count_parameters

    shape = (NUMBERS + CATEGORIES * VALUES,) if name == "table" else TASKS[name].examples(1)[0].shape[1:]
    return count_parameters(network(name).parameters(shape))


def computed(found: Sequence[Step]) -> str:
    """All tables of the page."""
    return "\n\n".join([
        "### What is moved", _moved(found), f"### On devices as measured: {MEASURED}, two cores each",
        _efficiencies(found, 1), f"### On devices {FASTER} times as fast", _efficiencies(found, FASTER),
        f"### The batch a device that keeps eight of them computing {KEPT:.0%} of the time".replace("%", " %"),
        _batches(found), "### One batch shared out", _shared(found), "### What must fit", _memory(),
    ])  # fmt: skip


def with_computed(page: str, text: str) -> str:
    """The page with its tables replaced."""
    before, rest = page.split(BEGIN, 1)
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.split(END, 1)[1]}"


def _moved(found: Sequence[Step]) -> str:
    rows = [
        (one.title, f"{one.parameters:,}", f"{1000 * one.seconds:g}", f"{one.parameters * FLOAT / 1e6:.2f}",
         *(f"{1000 * ring_seconds(one.parameters, 8, link):.2f}" for link in LINKS.values()))
        for one in found
    ]  # fmt: skip
    return table(("network", "parameters", "step ms", "MB", *(f"{name}, 8: ms" for name in LINKS)), rows)


def _efficiencies(found: Sequence[Step], faster: float) -> str:
    heads = [f"{name}, {count:,}" for name in LINKS for count in DEVICES]
    rows = [
        (one.name, *(
            f"{100 * efficiency(one.seconds / faster, one.parameters, count, link):.0f} %"
            for link in LINKS.values() for count in DEVICES
        ))
        for one in found
    ]  # fmt: skip
    return table(("network", *heads), rows)


def _batches(found: Sequence[Step]) -> str:
    heads = [f"{name}, {kind}" for kind in ("as measured", f"{FASTER} times") for name in LINKS]
    rows = [
        (one.name, one.batch, *(
            f"{max(1.0, batch_needed(one, 8, link, faster)):,.0f}" for faster in (1, FASTER) for link in LINKS.values()
        ))
        for one in found
    ]  # fmt: skip
    return table(("network", "measured at", *heads), rows)


def _shared(found: Sequence[Step]) -> str:
    heads = [f"{name}, {kind}" for kind in ("as measured", f"{FASTER} times") for name in LINKS]
    rows = [(one.name, *map(_best, (fastest(one, *given) for given in _given()))) for one in found]
    return table(("network", *heads), rows)


def _given() -> list[tuple[Link, float]]:
    return [(link, faster) for faster in (1.0, float(FASTER)) for link in LINKS.values()]


def _best(found: tuple[int, float]) -> str:
    count, times = found
    return "one alone" if count == 1 else f"{times:.1f} times by {count:,}"


def _memory() -> str:
    rows = [
        (f"{size / 1e6:,.0f} million", *(f"{state_bytes(size, count) / 1e9:,.2f}" for count in (1, *DEVICES)))
        for size in SIZES
    ]
    return table(("parameters", "GB a device, copies", *(f"shared by {count:,}" for count in DEVICES)), rows)


def draw(found: dict[str, Step], path: Path = PICTURE) -> None:
    """Efficiency against the number of devices, a panel a link."""
    from lamina.plots.style import figure, line, looks, save, shared_legend

    counts = [2**power for power in range(11)]
    with looks(dark=False):
        made, axes = figure(1, len(LINKS), width=9.5, height=3.9)
        for ax, (name, link) in zip(axes[0], LINKS.items(), strict=True):
            for number, one in enumerate(found[own] for own in DRAWN if own in found):
                shares = [100 * efficiency(one.seconds, one.parameters, count, link) for count in counts]
                ax.plot(counts, shares, label=one.name, **line(number))
            ax.set_xscale("log", base=2)
            ax.set_xticks([1, 8, 64, 1024], ["1", "8", "64", "1,024"])
            ax.set(title=name, xlabel="devices", ylim=(0, 104))
        axes[0, 0].set_ylabel("efficiency, %")
        shared_legend(made, axes[0], 3)
    save(made, path)


def main() -> None:
    """Print the tables; with --write put them into the page, and draw the picture."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="into docs/scaling.md, and draw docs/images/scaling.svg")
    options = parser.parse_args()
    found = steps(RESULTS.read_text(encoding="utf-8"))
    text = computed(list(found.values()))
    print(text)
    if options.write:
        PAGE.write_text(with_computed(PAGE.read_text(encoding="utf-8"), text), encoding="utf-8")
        draw(found)


if __name__ == "__main__":
    main()
