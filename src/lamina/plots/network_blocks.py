"""Any network as blocks from top to bottom: each layer with the shape that it gives and the parameters that it has."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from lamina.arrays import Shape
from lamina.layers.base import Layer
from lamina.layers.combining import Residual, Sequential
from lamina.model.summary import count_parameters, layer_rows, size_in_words
from lamina.plots.style import figure, ink, line, looks

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LEFT, RIGHT = 0.7, 6.3
"""Where blocks begin and end, of a width of 11."""
SHAPE_AT, COUNT_AT, BAR_FROM, BAR_TO, TIMES_AT = 6.5, 9.1, 9.25, 10.2, 10.35
HALF_HEIGHT = 0.34
MOST_CHARACTERS = 62


@dataclass(frozen=True)
class Block:
    """A layer of the drawing.

    Args:
        label: the layer with its settings.
        output: the shape that it gives.
        parameters: how many numbers it learns; all of them where it is repeated.
        around: where a way goes around the blocks before this one, how many they are.
        times, of: the last so many blocks (`of`) stand there so often (`times`).
    """

    label: str
    output: Shape
    parameters: int
    around: int = 0
    times: int = 1
    of: int = 1


def blocks(network: Layer, shape: Shape) -> list[Block]:
    """A network's blocks: containers are opened, and equal ones in a row are one that is told to be repeated.

    Example:
        >>> import lamina
        >>> way = lamina.Residual(lamina.Dense(4, "relu"))
        >>> [(one.label, one.around, one.times) for one in blocks(lamina.Sequential(way, way), (4,))]
        [('Dense(units=4, activation="relu")', 0, 1), ('+ what came in', 1, 2)]
    """
    if isinstance(network, Sequential):
        return _row(network, shape)
    if isinstance(network, Residual):
        return _residual(network, shape)
    return [Block(row.layer, row.output, row.parameters) for row in layer_rows(network, shape)[1:]]


def blocks_figure(network: Layer, shape: Shape, *, dark: bool = False) -> Figure:
    """A network as blocks, with shapes and counts of parameters.

    Raises:
        ShapeError: the network does not take examples of this shape.
    """
    found = [Block("input", shape, 0), *blocks(network, shape)]
    with looks(dark):
        made, axes = figure(width=9.5, height=1.1 + 0.36 * len(found))
        ax = axes[0, 0]
        ax.set(
            xlim=(0, 11),
            ylim=(len(found) - 0.4, -1.2),
            title=size_in_words(network, shape),
        )
        ax.set_axis_off()
        for x, word, side in (
            (LEFT, "layer", "left"),
            (SHAPE_AT, "output shape", "left"),
            (COUNT_AT, "parameters", "right"),
        ):
            ax.text(x, -0.8, word, ha=side, va="center", fontstyle="italic")
        largest = max(block.parameters for block in found)
        for place, block in enumerate(found):
            _draw(ax, place, block, largest, dark)
        for place in range(len(found) - 1):
            ends = [place + HALF_HEIGHT, place + 0.88 - HALF_HEIGHT]
            ax.plot([(LEFT + RIGHT) / 2] * 2, ends, color=ink(dark), linewidth=1.2, marker="v", markevery=[1])
    return made


def _row(network: Sequential, shape: Shape) -> list[Block]:
    found: list[Block] = []
    place = 0
    while place < len(network.layers):
        layer = network.layers[place]
        times = _repeated(network.layers[place:], shape)
        inside = blocks(layer, shape)
        if times > 1:
            inside = [replace(one, parameters=times * one.parameters) for one in inside]
            inside[-1] = replace(inside[-1], times=times, of=len(inside))
        found += inside
        shape = layer.output_shape(shape)
        place += times
    return found


def _repeated(layers: tuple[Layer, ...], shape: Shape) -> int:
    """How many layers from the first on are equal to it and, giving the shape that they take, do the same."""
    if layers[0].output_shape(shape) != shape:
        return 1
    return next((number for number, layer in enumerate(layers) if layer != layers[0]), len(layers))


def _residual(network: Residual, shape: Shape) -> list[Block]:
    inside, after = blocks(network.body, shape), network.output_shape(shape)
    label, count = "+ what came in", 0
    if network.shortcut is not None:
        way = " > ".join(one.label for one in blocks(network.shortcut, shape))
        label, count = f"+ what came in, by {way}", count_parameters(network.shortcut.parameters(shape))
    if network.activation != "linear":
        label = f"{network.activation}({label})"
    return [*inside, Block(label, after, count, around=len(inside))]


def _draw(ax: Any, place: int, block: Block, largest: int, dark: bool) -> None:
    """One block with its figures; the bars are as long as the parameters are many."""
    from matplotlib.patches import FancyBboxPatch

    color = line(0, dark)["color"]
    edge, width = (color, 2.0) if block.parameters else (ink(dark), 0.8)
    corner, round_box = (LEFT, place - HALF_HEIGHT), "round,pad=0,rounding_size=0.12"
    ax.add_patch(FancyBboxPatch(corner, RIGHT - LEFT, 2 * HALF_HEIGHT, round_box,
                                facecolor="none", edgecolor=edge, linewidth=width))  # fmt: skip
    ax.text(LEFT + 0.12, place, shortened(block.label), va="center", fontsize=8.5)
    ax.text(SHAPE_AT, place, " x ".join(map(str, block.output)), va="center", fontsize=9)
    if block.parameters:
        ax.text(COUNT_AT, place, f"{block.parameters:,}", va="center", ha="right", fontsize=9)
        ax.barh(place, (BAR_TO - BAR_FROM) * block.parameters / largest, left=BAR_FROM, height=HALF_HEIGHT, color=color)
    if block.around:
        _way_around(ax, place, block.around, dark)
    if block.times > 1:
        first = place - block.of + 1
        ax.plot([TIMES_AT, TIMES_AT], [first - HALF_HEIGHT, place + HALF_HEIGHT], color=ink(dark), linewidth=1.2)
        ax.text(TIMES_AT + 0.1, (first + place) / 2, f"x {block.times}", va="center")


def _way_around(ax: Any, place: int, passed: int, dark: bool) -> None:
    """An arrow from the block before those that are passed by."""
    out, into, lane = place - passed - 1 + 0.14, place - 0.14, LEFT - 0.4
    ax.plot([LEFT, lane, lane], [out, out, into], color=ink(dark), linewidth=1.2)
    arrow = {"arrowstyle": "->", "color": ink(dark), "linewidth": 1.2, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", xy=(LEFT, into), xytext=(lane, into), arrowprops=arrow)


def shortened(text: str) -> str:
    """A label that fits into its block."""
    return text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 1]}…"
