"""Losses: how far predictions are from targets, one number an example."""

from __future__ import annotations

from collections.abc import Callable

from lamina.arrays import Array, jax, jnp
from lamina.errors import SettingError, ShapeError

Loss = Callable[[Array, Array], Array]


def quadratic(predictions: Array, targets: Array) -> Array:
    """Half the squared difference, summed over the outputs: L = 1/2 sum_j (y_j - t_j)^2.

    Shapes:
        predictions, targets: (batch, ...). Output: (batch,).

    Raises:
        ShapeError: targets of another shape than the predictions.

    Source:
        Rumelhart, Hinton and Williams (1986), equation 3.

    Example:
        One weight 5, input 2, target 6: the prediction is 10, the loss 8, its gradient by the weight 4 * 2 = 8, and
        with the learning rate 0.1 the new weight is 5 - 0.1 * 8 = 4.2.

        >>> import jax, jax.numpy as jnp
        >>> loss = lambda weight: quadratic(jnp.array([weight * 2.0]), jnp.array([6.0]))[0]
        >>> float(loss(5.0)), float(jax.grad(loss)(5.0))
        (8.0, 8.0)
    """
    _require_same_shape("quadratic", predictions, targets)
    return 0.5 * _over_outputs(jnp.sum, (predictions - targets) ** 2)


def mean_squared_error(predictions: Array, targets: Array) -> Array:
    """The squared difference, averaged over the outputs: L = mean_j (y_j - t_j)^2.

    Shapes:
        predictions, targets: (batch, ...). Output: (batch,).

    Raises:
        ShapeError: targets of another shape than the predictions.

    Example:
        >>> import jax.numpy as jnp
        >>> mean_squared_error(jnp.array([[1.0, 3.0]]), jnp.array([[0.0, 0.0]])).tolist()
        [5.0]
    """
    _require_same_shape("mean_squared_error", predictions, targets)
    return _over_outputs(jnp.mean, (predictions - targets) ** 2)


def mean_absolute_error(predictions: Array, targets: Array) -> Array:
    """The distance, averaged over the outputs: L = mean_j |y_j - t_j|.

    Shapes:
        predictions, targets: (batch, ...). Output: (batch,).

    Raises:
        ShapeError: targets of another shape than the predictions.

    Example:
        >>> import jax.numpy as jnp
        >>> mean_absolute_error(jnp.array([[1.0, -3.0]]), jnp.array([[0.0, 0.0]])).tolist()
        [2.0]
    """
    _require_same_shape("mean_absolute_error", predictions, targets)
    return _over_outputs(jnp.mean, jnp.abs(predictions - targets))


def huber(predictions: Array, targets: Array) -> Array:
    """Quadratic near the target, linear beyond 1: L = mean_j (d^2 / 2 if d < 1 else d - 1/2), d = |y_j - t_j|.

    Shapes:
        predictions, targets: (batch, ...). Output: (batch,).

    Raises:
        ShapeError: targets of another shape than the predictions.

    Source:
        Huber, Robust Estimation of a Location Parameter (1964).

    Example:
        >>> import jax.numpy as jnp
        >>> huber(jnp.array([[0.5], [3.0]]), jnp.array([[0.0], [0.0]])).tolist()
        [0.125, 2.5]
    """
    _require_same_shape("huber", predictions, targets)
    distance = jnp.abs(predictions - targets)
    near = jnp.minimum(distance, 1.0)  # keeps the square of a huge distance out of the gradient
    return _over_outputs(jnp.mean, near * (distance - 0.5 * near))


def cross_entropy(logits: Array, targets: Array) -> Array:
    """How surprised the network is by the right class: L = -sum_c t_c log softmax(z)_c.

    Shapes:
        logits: (batch, classes), not probabilities. targets: whole numbers (batch,), or probabilities
        (batch, classes). Output: (batch,), in nats.

    Raises:
        ShapeError: targets that are neither.

    Source:
        Goodfellow, Bengio and Courville, Deep Learning (2016), section 6.2.2.3.

    Example:
        >>> import jax.numpy as jnp
        >>> round(float(cross_entropy(jnp.array([[2.0, 0.0]]), jnp.array([0]))[0]), 4)
        0.1269
    """
    _require_classes("cross_entropy", logits, targets)
    logs = jax.nn.log_softmax(logits, axis=-1)
    if targets.ndim == 1:
        return -jnp.take_along_axis(logs, targets[:, None], axis=-1)[:, 0]
    return -jnp.sum(targets * logs, axis=-1)


def binary_cross_entropy(logits: Array, targets: Array) -> Array:
    """Cross-entropy of yes-or-no outputs, averaged: L = mean_j log(1 + exp z_j) - t_j z_j.

    Shapes:
        logits, targets: (batch, ...), targets from 0 to 1. Output: (batch,).

    Raises:
        ShapeError: targets of another shape than the logits.

    Example:
        >>> import jax.numpy as jnp
        >>> round(float(binary_cross_entropy(jnp.array([[2.0]]), jnp.array([[1.0]]))[0]), 4)
        0.1269
    """
    _require_same_shape("binary_cross_entropy", logits, targets)
    return _over_outputs(jnp.mean, jax.nn.softplus(logits) - targets * logits)


def hinge(outputs: Array, targets: Array) -> Array:
    """The margin that is missing.

    With classes, each output by itself (one-vs-rest): L = sum_c max(0, 1 - s_c z_c), s_c = 1 for the class, else -1.
    With one output and targets of -1 and 1: L = max(0, 1 - t z).

    Shapes:
        outputs: (batch, classes) with targets (batch,) of whole numbers; or both of one shape with -1 and 1.
        Output: (batch,).

    Raises:
        ShapeError: targets that are neither.

    Source:
        Cortes and Vapnik, Support-Vector Networks (1995). PyTorch's MultiMarginLoss compares the classes' outputs with
        each other instead (Crammer and Singer, 2001).

    Example:
        >>> import jax.numpy as jnp
        >>> hinge(jnp.array([[2.0, -0.5]]), jnp.array([0])).tolist()
        [0.5]
    """
    if outputs.shape == targets.shape and not jnp.issubdtype(targets.dtype, jnp.integer):
        return _over_outputs(jnp.sum, jax.nn.relu(1 - targets * outputs))
    _require_classes("hinge", outputs, targets)
    signs = 2 * jax.nn.one_hot(targets, outputs.shape[-1]) - 1 if targets.ndim == 1 else 2 * targets - 1
    return jnp.sum(jax.nn.relu(1 - signs * outputs), axis=-1)


LOSSES: dict[str, Loss] = {
    function.__name__: function
    for function in (
        quadratic, mean_squared_error, mean_absolute_error, huber, cross_entropy, binary_cross_entropy, hinge,
    )
}  # fmt: skip
"""Every loss by its name."""


def loss_by_name(name: str) -> Loss:
    """The loss of this name.

    Raises:
        SettingError: an unknown name.

    Example:
        >>> loss_by_name("hinge").__name__
        'hinge'
    """
    if name not in LOSSES:
        raise SettingError(f"the loss must be one of {', '.join(LOSSES)}; got {name!r}")
    return LOSSES[name]


def label_smoothing(classes: Array, count: int, amount: float) -> Array:
    """Classes as probabilities with a share of the certainty spread over all: t = (1 - a) onehot + a / count.

    Shapes:
        classes: (batch,). Output: (batch, count).

    Source:
        Szegedy et al., Rethinking the Inception Architecture (2015), section 7.

    Example:
        >>> import jax.numpy as jnp
        >>> [round(share, 2) for share in label_smoothing(jnp.array([1]), 2, 0.1)[0].tolist()]
        [0.05, 0.95]
    """
    return (1 - amount) * jax.nn.one_hot(classes, count) + amount / count


def _over_outputs(reduction: Callable[..., Array], values: Array) -> Array:
    return reduction(values, axis=tuple(range(1, values.ndim)))


def _require_same_shape(loss: str, predictions: Array, targets: Array) -> None:
    if predictions.shape == targets.shape:
        return
    cure = ""
    if predictions.ndim == targets.ndim + 1 and predictions.shape[-1] == 1:
        cure = "Give the targets the same last axis: targets[:, None]; broadcasting would compare each with all others."
    raise ShapeError(loss, f"targets of the predictions' shape {_words(predictions)}", targets.shape[1:], cure)


def _require_classes(loss: str, outputs: Array, targets: Array) -> None:
    whole = jnp.issubdtype(targets.dtype, jnp.integer)
    if outputs.ndim == 2 and (targets.shape == outputs.shape or (targets.shape == outputs.shape[:1] and whole)):
        return
    needs = f"predictions (batch, classes) with classes (batch,) as whole numbers, or probabilities {_words(outputs)}"
    cure = "A column of classes must lose its last axis: targets[:, 0]." if targets.shape[1:] == (1,) else ""
    raise ShapeError(loss, needs, targets.shape[1:], cure)


def _words(array: Array) -> str:
    return f"({', '.join(['batch', *map(str, array.shape[1:])])})"
