"""The picture of the table: how many times as fast as the better PyTorch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

PICTURE = Path(__file__).parents[2] / "docs" / "images" / "steps.svg"


def draw(ratios: Mapping[str, Mapping[str, float]], goals: Sequence[float], path: Path = PICTURE) -> None:
    """A group of bars for each network, a bar for each library, and a mark at the goal.

    Args:
        ratios: how many times as fast as the better form of eager PyTorch, by network and library.
        goals: of each network.
        path: of the picture.
    """
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.fonttype"] = "none"
    from matplotlib import pyplot

    libraries = list(dict.fromkeys(library for own in ratios.values() for library in own))
    figure, axis = pyplot.subplots(figsize=(9, 0.75 * len(ratios) + 1), constrained_layout=True)
    height = 0.8 / len(libraries)
    for number, library in enumerate(libraries):
        places = [place + (number - (len(libraries) - 1) / 2) * height for place in range(len(ratios))]
        values = [own.get(library, 0.0) for own in ratios.values()]
        hatch = ("", "//", "..", "xx")[number % 4]
        bars = axis.barh(places, values, height, label=library, hatch=hatch, edgecolor="white")
        axis.bar_label(bars, [f"{value:.2f}" if value else "" for value in values], padding=2, fontsize=7)
    axis.plot(goals, range(len(ratios)), "k|", markersize=22, label="goal of Lamina")
    axis.axvline(1, color="grey", linewidth=0.8)
    axis.set(yticks=range(len(ratios)), yticklabels=list(ratios), xlabel="times as fast as the better eager PyTorch")
    axis.invert_yaxis()
    axis.legend(loc="lower right", fontsize=8)
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
