"""Losses over pairs and triplets of a batch: like examples come near each other, unlike ones go apart."""

from __future__ import annotations

from lamina.arrays import Array, jax, jnp

MARGIN = 1.0
FAR = 1e9


def distances(outputs: Array) -> Array:
    """(batch, batch): the Euclidean distances of all pairs, with a slope that stays finite at 0.

    Example:
        >>> import jax.numpy as jnp
        >>> distances(jnp.array([[0.0, 0.0], [3.0, 4.0]])).round(3).tolist()
        [[0.0, 5.0], [5.0, 0.0]]
    """
    squared = jnp.square(outputs[:, None] - outputs[None]).sum(axis=-1)
    there = squared > 0
    return jnp.where(there, jnp.sqrt(jnp.where(there, squared, 1.0)), 0.0)


def contrastive(outputs: Array, targets: Array, margin: float = MARGIN) -> Array:
    """The mean over the pairs of an example: d^2 for one of its class, max(0, margin - d)^2 for another.

    Like and unlike pairs weigh the same, however many there are of each; halved, as in the source.

    Shapes:
        outputs: (batch, features). targets: (batch,) of whole numbers. Output: (batch,).

    Source:
        Hadsell, Chopra and LeCun, Dimensionality Reduction by Learning an Invariant Mapping (2006), equation 4.

    Example:
        >>> import jax.numpy as jnp
        >>> contrastive(jnp.array([[0.0], [0.5]]), jnp.array([0, 1])).tolist()
        [0.125, 0.125]
    """
    distance, alike, unlike = distances(outputs), *_pairs(targets)
    near = _mean(jnp.square(distance), alike)
    apart = _mean(jnp.square(jax.nn.relu(margin - distance)), unlike)
    return (near + apart) / 2


def triplet(outputs: Array, targets: Array) -> Array:
    """How much nearer the nearest of another class is than the farthest of one's own: log(1 + exp(d_own - d_other)).

    An example without another of its class, or without one of another, has the loss 0.

    Shapes:
        outputs: (batch, features). targets: (batch,) of whole numbers. Output: (batch,).

    Source:
        Hermans, Beyer and Leibe, In Defense of the Triplet Loss for Person Re-Identification (2017), equation 5 with
        the soft margin; Schroff et al., FaceNet (2015), for triplets.

    Example:
        >>> import jax.numpy as jnp
        >>> [f"{loss:.4f}" for loss in triplet(jnp.array([[0.0], [1.0], [3.0]]), jnp.array([0, 0, 1])).tolist()]
        ['0.1269', '0.3133', '0.0000']
    """
    distance, alike, unlike = distances(outputs), *_pairs(targets)
    farthest = jnp.where(alike, distance, -FAR).max(axis=1)
    nearest = jnp.where(unlike, distance, FAR).min(axis=1)
    there = alike.any(axis=1) & unlike.any(axis=1)
    return jnp.where(there, jax.nn.softplus(jnp.where(there, farthest - nearest, 0.0)), 0.0)


SIMILARITY_LOSSES = {"triplet": triplet, "contrastive": contrastive}


def _pairs(targets: Array) -> tuple[Array, Array]:
    """Which pairs are alike, none with itself, and which are not."""
    same = targets[:, None] == targets[None]
    return same & ~jnp.eye(len(targets), dtype=bool), ~same


def _mean(values: Array, chosen: Array) -> Array:
    """The mean of each row's chosen values; 0 where there are none."""
    return jnp.where(chosen, values, 0.0).sum(axis=1) / jnp.maximum(chosen.sum(axis=1), 1)
