"""Draw the pictures of the documents: python docs/make_pictures.py digits.safetensors."""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from PIL import Image, ImageDraw, ImageFilter

import lamina
from lamina import Dense, Sequential
from lamina.data.decoding import decode
from lamina.explaining.noise import LEVELS, error_under_noise
from lamina.explaining.representation import layer_scores
from lamina.model.examples import training_examples
from lamina.networks.residual import resnet
from lamina.plots.inside import layers_picture
from lamina.plots.learnt import learnt_picture
from lamina.plots.mistakes import confusion_picture
from lamina.plots.network_blocks import blocks_figure
from lamina.plots.report_classes import classes_of
from lamina.plots.seen import look
from lamina.plots.style import looks, save
from lamina.plots.trust import noise_picture, reliability_picture

IMAGES = Path(__file__).parent / "images"
STROKES = (  # a five as a pen draws it, in shares of width and height
    ((0.40, 0.28), (0.385, 0.40), (0.375, 0.47)),
    (
        (0.375, 0.47),
        (0.44, 0.435),
        (0.52, 0.445),
        (0.585, 0.50),
        (0.60, 0.575),
        (0.57, 0.655),
        (0.49, 0.70),
        (0.40, 0.69),
    ),
    ((0.40, 0.28), (0.48, 0.275), (0.57, 0.262)),
)


def draw_photo(path: Path, width: int = 480, height: int = 640) -> None:
    """A five in blue ink on paper, off center, lit from one side, with the noise of a camera."""
    chance = np.random.default_rng(5)
    rows, columns = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    light = (205 + 28 * columns - 22 * rows)[..., None] * np.array([1.0, 0.98, 0.93])
    mask = Image.new("L", (width, height), 0)
    pen = ImageDraw.Draw(mask)
    for stroke in STROKES:
        points = [(x * width, y * height) for x, y in stroke]
        pen.line(points, fill=255, width=26, joint="curve")
        for x, y in points:
            pen.ellipse((x - 13, y - 13, x + 13, y + 13), fill=255)
    ink = np.asarray(mask.filter(ImageFilter.GaussianBlur(1.5)), float)[..., None] / 255
    photo = light * (1 - ink) + np.array([42.0, 52.0, 120.0]) * ink + chance.normal(0, 4, (height, width, 1))
    Image.fromarray(np.clip(photo, 0, 255).astype(np.uint8)).save(path, quality=88)


def draw_answer(model: lamina.Model, photo: Path, path: Path) -> None:
    """The photo, what the network sees of it, and the probability of each class."""
    pixels = decode(photo.read_bytes())
    prepared = model.encoder.encode_raw(pixels)
    answer = model.predict(photo)[0]
    figure, axes = plt.subplots(1, 3, figsize=(9.6, 3.2), width_ratios=(0.8, 1, 1.3), constrained_layout=True)
    axes[0].imshow(pixels)
    axes[0].set_title("a picture of a digit")
    axes[1].imshow(prepared[..., 0], cmap="gray", vmin=0, vmax=255)
    axes[1].set_title("what the network sees")
    names = list(model.task.classes)
    shares = [100 * answer.probabilities[name] for name in names]
    bars = axes[2].barh(names, shares, color=["#1f5fa8" if n == answer.value else "#b9c4d0" for n in names])
    axes[2].bar_label(
        bars, labels=[f"{share:.1f} %" if share >= 0.05 else "" for share in shares], padding=4, fontsize=8
    )
    axes[2].set(title=f"its answer: {answer.value}", xlim=(0, 118), xlabel="probability in %")
    axes[2].invert_yaxis()
    axes[2].spines[["top", "right"]].set_visible(False)
    for axis in axes[:2]:
        axis.set_axis_off()
    figure.savefig(path, dpi=110)


def draw_plots() -> None:
    """The pictures of plots.md; two small networks are trained for them."""
    flowers = lamina.fit("iris", Sequential(Dense(6, "tanh"), Dense(3)), epochs=60, learning_rate=0.02, seed=1)
    digits = Sequential(lamina.Flatten(), *[Dense(48, name) for name in ("relu", "tanh", "sigmoid")], Dense(10))
    watched = lamina.fit("digits", digits, epochs=30, learning_rate=0.003, seed=1, record_layers=True)
    drawn = {name: lamina.plot(name) for name in ("activations", "descent", "valleys", "race")}
    drawn |= {"network": lamina.plot("network", flowers), "run": lamina.plot("run", watched)}
    drawn |= {"rate": lamina.plot("rate", "digits"), "layers": lamina.plot("layers", watched)}
    drawn["blocks"] = blocks_figure(resnet((32, 32, 3), 10), (32, 32, 3))
    for name, made in drawn.items():
        save(made, IMAGES / f"plot-{name}.svg")


def draw_report_figures(model: lamina.Model, folder: Path) -> None:
    """Figures of a report on digits: where it errs, how sure it is, the layers, the noise, how examples were learnt."""
    seen = look(model, "digits")
    classes = classes_of(seen)[0]
    training = training_examples(model, seen.examples.whole, 1000)
    followed = lamina.follow(lamina.train("digits", epochs=12, seed=1))
    figures = {
        "report-confusion": confusion_picture(classes.truth, classes.guesses, classes.names),
        "report-reliability": reliability_picture(classes.probabilities, classes.truth),
        "report-layers": layers_picture(layer_scores(model, training, seen.examples), 0.1),
        "report-noise": noise_picture(LEVELS, error_under_noise(model, seen.examples), "error", model.record.guess),
        "report-learnt": learnt_picture(followed),
    }
    for name, drawn in figures.items():
        with looks(dark=False):
            save(drawn, folder / f"{name}.svg")


def draw_search(path: Path) -> None:
    """The picture of tune.md: a search over the settings of a network for flowers."""
    from lamina.plots.tuned_settings import settings_picture

    save(settings_picture(lamina.tune("iris", epochs=20, trials=40, seconds=None).study), path)


def draw_samples(folder: Path) -> None:
    """Digits that networks drew which were trained on digits."""
    for network in ("vae", "boltzmann"):
        lamina.save_samples(lamina.fit("digits", network, seed=1), folder / f"samples-{network}.png", 30)


if __name__ == "__main__":
    IMAGES.mkdir(exist_ok=True)
    draw_photo(IMAGES / "photo.jpg")
    draw_plots()
    draw_samples(IMAGES)
    draw_search(IMAGES / "plot-settings.svg")
    digits = lamina.Model.load(sys.argv[1])
    draw_answer(digits, IMAGES / "photo.jpg", IMAGES / "photo-to-answer.png")
    draw_report_figures(digits, IMAGES)
