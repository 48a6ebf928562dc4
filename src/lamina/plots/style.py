"""How every figure looks: light or dark, with colors that color-blind people tell apart, and readable without any.

Figures are matplotlib's, made without its global state: a figure is a value that is returned, saved or shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lamina.errors import SaveError, SettingError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#666666")
"""Okabe and Ito (2008), strongest first."""
ON_DARK = ("#56b4e9", "#e8742c", "#2bbf94", "#cc79a7", "#e69f00", "#f0e442", "#aaaaaa")
"""The same hues where the ground is dark: what would sink into it is lighter."""
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 2)), (0, (1, 3)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
SEQUENTIAL, DIVERGING = "cividis", "PuOr"
"""Color maps whose lightness tells the order too."""
UNDATED: dict[str, dict[str, Any]] = {".png": {}, ".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
"""Kinds of files, and what keeps the moment out of them: the same figure is the same bytes."""
DOTS_PER_INCH = 144
MANY_POINTS = 40
SIDES = (1.0, 40.0)
"""How short and how long a side of a figure may be, in inches."""


def line(number: int, dark: bool = False) -> dict[str, Any]:
    """Color, dash and marker of the line of this number, the same in every figure."""
    colors = ON_DARK if dark else COLORS
    return {
        "color": colors[number % len(colors)],
        "linestyle": DASHES[number % len(DASHES)],
        "marker": MARKERS[number % len(MARKERS)],
    }


@contextmanager
def looks(dark: bool) -> Iterator[None]:
    """The settings under which axes are made and drawn."""
    import matplotlib

    front, back, grid = ink(dark), ground(dark), "#3a3f4a" if dark else "#d9d9d9"
    settings: dict[Any, Any] = {
        "figure.facecolor": back, "axes.facecolor": back, "savefig.facecolor": back, "text.color": front,
        "axes.edgecolor": front, "axes.labelcolor": front, "xtick.color": front, "ytick.color": front,
        "grid.color": grid, "axes.grid": True, "axes.axisbelow": True, "grid.linewidth": 0.6, "axes.spines.top": False,
        "axes.spines.right": False, "font.size": 10.0, "axes.titlesize": 11.0, "legend.frameon": False,
        "lines.linewidth": 1.8, "lines.markersize": 4.0,
        "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial"], "image.cmap": SEQUENTIAL, "svg.hashsalt": "lamina",
        "svg.fonttype": "none", "pdf.fonttype": 42, "savefig.dpi": DOTS_PER_INCH,
    }  # fmt: skip
    with matplotlib.rc_context(settings):
        yield


def figure(rows: int = 1, columns: int = 1, *, width: float = 7.0, height: float = 4.5) -> tuple[Figure, Any]:
    """An empty figure, and its axes as an array (rows, columns). Sizes are in inches.

    Call it, and draw, within `looks`.
    """
    from matplotlib.figure import Figure

    made = Figure(figsize=(width, height), layout="constrained")
    return made, made.subplots(rows, columns, squeeze=False)


def resized(drawn: Figure, size: str) -> Figure:
    """The same figure in another size: "8x5" is 8 inches wide and 5 high.

    Raises:
        SettingError: no such size, or a side that is not from 1 to 40 inches.
    """
    sides = [_number(side) for side in size.lower().split("x")]
    if len(sides) != 2 or not all(SIDES[0] <= side <= SIDES[1] for side in sides):
        raise SettingError(f"a figure's size is its width x height in inches, each from 1 to 40, as 8x5; got {size!r}")
    drawn.set_size_inches(sides[0], sides[1])
    return drawn


def is_dark(drawn: Figure) -> bool:
    """Whether a figure was made with dark looks."""
    from matplotlib.colors import to_rgb

    return sum(to_rgb(drawn.get_facecolor())) < 1.5


def ink(dark: bool) -> str:
    """The color of text and axes."""
    return "#e8e8e8" if dark else "#1b1b1b"


def ground(dark: bool) -> str:
    """The color behind everything."""
    return "#16181d" if dark else "#ffffff"


def save(drawn: Figure, path: str | Path) -> Path:
    """Write a figure as the file's name says: .png, .svg or .pdf; the same figure gives the same bytes.

    Raises:
        SettingError: another ending.
        SaveError: the file cannot be written.
    """
    path = Path(path)
    require_kind(path)
    try:
        with looks(is_dark(drawn)):  # a file's form, its names within and late ticks are settled while it is written
            drawn.savefig(path, metadata=UNDATED[path.suffix.lower()])
    except OSError as error:
        raise SaveError(f"{path} could not be written: {error.strerror or error}") from error
    return path


def require_kind(path: Path) -> None:
    """Raise a SettingError unless the file's name is that of a figure."""
    if path.suffix.lower() not in UNDATED:
        raise SettingError(f"a figure is saved as {', '.join(UNDATED)}; got {path.name!r}")


def require_place(path: Path, option: str = "-o") -> None:
    """Refuse a figure that cannot be saved, before the work that it shows.

    Raises:
        SettingError: another ending than that of a figure.
        SaveError: the folder does not exist.
    """
    require_kind(path)
    if not path.parent.is_dir():
        raise SaveError(f"{option} names a file; {path} is in {path.parent}, a folder that does not exist")


def shared_legend(drawn: Figure, axes: Iterable[Any], columns: int, title: str | None = None) -> None:
    """One legend below all axes, with each label once."""
    found = {label: handle for ax in axes for handle, label in zip(*ax.get_legend_handles_labels(), strict=True)}
    drawn.legend(list(found.values()), list(found), loc="outside lower center", ncols=columns, title=title)


def some_markers(points: int) -> int:
    """Of every how many points one is marked: all while they are few, and then about a dozen."""
    return 1 if points < MANY_POINTS else points // 12


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
