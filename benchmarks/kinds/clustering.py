"""Groups without classes, and what is unlike the others."""

from __future__ import annotations

import statistics
from typing import Any

import numpy as np

import lamina
from benchmarks.kinds.section import Section, finished, pixels_of, seen_by_network
from lamina.data.dataset import Dataset

SEEDS = range(3)
GROUPS = 10


def digits() -> Section:
    """k-means on pixels, and on what networks make of them."""
    from sklearn.cluster import KMeans
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    dataset = lamina.read("digits")
    pixels = pixels_of(dataset)
    found: dict[str, list[Any]] = {name: [] for name in (
        "k-means on pixels", "autoencoder", "conv_autoencoder", "deep_clustering", "som")}  # fmt: skip
    for seed in SEEDS:
        labels = {"k-means on pixels": KMeans(GROUPS, n_init=10, random_state=seed).fit_predict(pixels)}
        for name in ("autoencoder", "conv_autoencoder", "deep_clustering"):
            network = lamina.conv_autoencoder((8, 8, 1), code=8) if name == "conv_autoencoder" else name
            model = finished("digits", network, task="clustering", groups=GROUPS, seed=seed).model
            labels[name] = np.array([str(one.value) for one in model.predict(dataset)])
        labels["som"] = of_map(dataset, seed)
        for name, groups in labels.items():
            scores = [score(dataset.targets, groups) for score in (adjusted_rand_score, normalized_mutual_info_score)]
            found[name].append(scores)
            print(name, seed, scores, flush=True)
    means = {name: np.mean(runs, axis=0) for name, runs in found.items()}
    pixels_alone = means["k-means on pixels"][0]
    rows = [
        (name, len(SEEDS), f"{rand:.3f}", f"{rand - pixels_alone:+.3f}", f"{mutual:.3f}")
        for name, (rand, mutual) in means.items()
    ]
    what = (
        f"All 1,797 digits in {GROUPS} groups, classes used for judging alone; adjusted Rand index and normalized "
        "mutual information, means over seeds. Goal: a code's index 0.08 above k-means on pixels; the codes of "
        "autoencoders that only reconstruct do not reach it, the code that goes on learning with its groups, "
        "`deep_clustering`, does. `som`: a map of 10 x 10, whose neurons k-means puts into groups."
    )
    headings = ("groups by", "seeds", "adjusted Rand", "above pixels", "mutual information")
    return Section("Clustering: digits", what, headings, rows)


def of_map(dataset: Dataset, seed: int) -> Any:
    """Groups of a map's neurons, and with them of the examples that are nearest to each."""
    from sklearn.cluster import KMeans

    run = finished("digits", "som", seed=seed)
    model = run.model
    weights = np.asarray(model.params["1"]["weight"])
    seen = seen_by_network(run)
    winners = np.square(seen[:, None] - weights[None]).sum(axis=-1).argmin(axis=1)
    return KMeans(GROUPS, n_init=10, random_state=seed).fit_predict(weights)[winners]


def anomalies() -> Section:
    """Digits of a class that training never saw, told by the distance of their reconstruction."""
    from sklearn.ensemble import IsolationForest
    from sklearn.metrics import roc_auc_score

    dataset, rows = lamina.read("digits"), []
    pixels = pixels_of(dataset)
    for name in ("autoencoder", "denoising_autoencoder", "sparse_autoencoder", "conv_autoencoder", "IsolationForest"):
        areas = []
        for left_out in "0123456789":
            known = np.flatnonzero(dataset.targets != left_out)
            asked = np.sort(np.random.default_rng(int(left_out)).permutation(known)[:200])
            known, new = np.setdiff1d(known, asked), np.flatnonzero(dataset.targets == left_out)
            judged = np.concatenate([asked, new])
            if name == "IsolationForest":
                scores = -IsolationForest(random_state=0).fit(pixels[known]).score_samples(pixels[judged])
            else:
                model = finished(dataset.subset(known), name, seed=0).model
                scores = [one.value for one in model.predict(dataset.subset(judged))]
            areas.append(roc_auc_score(np.isin(judged, new), scores))
        print(name, areas, flush=True)
        rows.append((name, f"{statistics.mean(areas):.3f}", f"{min(areas):.3f}"))
    what = (
        "Ten runs, each without one digit: area under the curve of telling that digit from 200 others that were "
        "kept back, "
        "by how far the reconstruction is from the picture; IsolationForest on pixels beside it."
    )
    return Section("Anomalies: digits", what, ("by", "mean area", "worst"), rows)
