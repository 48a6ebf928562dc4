"""Losses: how far predictions are from targets, one number an example.

Targets of another shape than the predictions are refused, since broadcasting would compare each with all
others. What a compiled program cannot refuse, a class outside of the outputs, becomes NaN, which stops a
training run.
"""

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
        One weight 5, input 2, target 6: the prediction is 10, the loss 8, its gradient by the weight
        4 * 2 = 8, and with the learning rate 0.1 the new weight is 5 - 0.1 * 8 = 4.2.

        >>> import jax, jax.numpy as jnp
        >>> loss = lambda weight: quadratic(jnp.array([weight * 2.0]), jnp.array([6.0]))[0]
        >>> float(loss(5.0)), float(jax.grad(loss)(5.0))
        (8.0, 8.0)
        >>> round(5.0 - 0.1 * float(jax.grad(loss)(5.0)), 6)
        4.2
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
    difference = predictions - targets
    # The slope of jnp.abs at 0 is 1; this one's is 0, so that a right answer is left alone.
    return _over_outputs(jnp.mean, difference * jnp.sign(difference))


def huber(predictions: Array, targets: Array, delta: float = 1.0) -> Array:
    """Quadratic near the target, linear beyond delta, averaged over the outputs.

    L = mean_j (d^2 / 2 where d < delta, else delta (d - delta / 2)), d = |y_j - t_j|.

    Shapes:
        predictions, targets: (batch, ...). Output: (batch,).

    Args:
        delta: the distance from which on the loss grows in proportion; above 0. By its name the loss has 1.

    Raises:
        ShapeError: targets of another shape than the predictions.
        SettingError: a delta that is not above 0.

    Source:
        Huber, Robust Estimation of a Location Parameter (1964). PyTorch's smooth_l1_loss is this divided by
        delta.

    Example:
        >>> import jax.numpy as jnp
        >>> huber(jnp.array([[0.5], [3.0]]), jnp.array([[0.0], [0.0]])).tolist()
        [0.125, 2.5]
    """
    _require_same_shape("huber", predictions, targets)
    if not 0 < delta < float("inf"):
        raise SettingError(f"huber needs a delta above 0; got {delta!r}")
    distance = jnp.abs(predictions - targets)
    near = jnp.where(distance < delta, distance, delta)  # keeps the square of a huge distance out of the gradient
    return _over_outputs(jnp.mean, near * (distance - 0.5 * near))


def cross_entropy(logits: Array, targets: Array) -> Array:
    """How surprised the network is by the right class: L = -sum_c t_c log softmax(z)_c.

    Shapes:
        logits: (batch, classes), not probabilities. targets: whole numbers (batch,), or probabilities
        (batch, classes). Output: (batch,), in nats; NaN for a class that is none of the outputs.

    Raises:
        ShapeError: targets that are neither.

    Source:
        Goodfellow, Bengio and Courville, Deep Learning (2016), section 6.2.2.3. Keras's loss of this kind
        expects probabilities unless from_logits is set; this one and PyTorch's always take logits.

    Example:
        >>> import jax.numpy as jnp
        >>> round(float(cross_entropy(jnp.array([[2.0, 0.0]]), jnp.array([0]))[0]), 4)
        0.1269
    """
    _require_classes("cross_entropy", logits, targets)
    if targets.ndim == 2:
        return -jnp.sum(targets * jax.nn.log_softmax(logits, axis=-1), axis=-1)
    return _known_or_nan(-log_probability(logits, targets), targets, logits.shape[-1])


def log_probability(logits: Array, classes: Array) -> Array:
    """The logarithm of the probability of one class each: log softmax(z)_c.

    Shapes:
        logits: (..., classes). classes: whole numbers (...). Output: (...), in nats; 0 for a class that is none.

    Example:
        >>> import jax.numpy as jnp
        >>> round(float(log_probability(jnp.array([2.0, 0.0]), jnp.array(0))), 4)
        -0.1269
    """
    logs = jax.nn.log_softmax(logits, axis=-1)
    # Compared, not taken: on the way back a scatter would be an operation of its own.
    own = classes[..., None] == jnp.arange(logits.shape[-1])
    found: Array = jnp.sum(jnp.where(own, logs, 0), axis=-1)
    return found


def binary_cross_entropy(logits: Array, targets: Array) -> Array:
    """Cross-entropy of yes-or-no outputs, averaged: L = mean_j t_j s(-z_j) + (1 - t_j) s(z_j).

    s(z) = log(1 + exp z) is softplus: s(-z) = -log sigmoid(z) and s(z) = -log(1 - sigmoid(z)).

    Shapes:
        logits, targets: (batch, ...), targets from 0 to 1. Output: (batch,), in nats.

    Raises:
        ShapeError: targets of another shape than the logits.

    Example:
        >>> import jax.numpy as jnp
        >>> round(float(binary_cross_entropy(jnp.array([[2.0]]), jnp.array([[1.0]]))[0]), 4)
        0.1269
    """
    _require_same_shape("binary_cross_entropy", logits, targets)
    # s(z) - t z is shorter, and loses every digit where z is large and the answer right.
    surprise = targets * jax.nn.softplus(-logits) + (1.0 - targets) * jax.nn.softplus(logits)
    return _over_outputs(jnp.mean, surprise)


def hinge(outputs: Array, targets: Array) -> Array:
    """The margin that is missing: L = sum_c max(0, 1 - s_c z_c).

    With classes, each output by itself (one-vs-rest): s_c = 1 for the class and -1 for the others. With
    targets of the outputs' shape, those are the signs: -1 and 1, not 0 and 1.

    Shapes:
        outputs: (batch, classes) with targets (batch,) of whole numbers; or both (batch, ...) of one shape.
        Output: (batch,); NaN for a class that is none of the outputs.

    Raises:
        ShapeError: targets that are neither.

    Source:
        Cortes and Vapnik, Support-Vector Networks (1995). PyTorch's MultiMarginLoss and Keras's
        CategoricalHinge compare the classes' outputs with each other instead (Crammer and Singer, 2001).

    Example:
        >>> import jax.numpy as jnp
        >>> hinge(jnp.array([[2.0, -0.5]]), jnp.array([0])).tolist()
        [0.5]
        >>> hinge(jnp.array([[0.25]]), jnp.array([[-1.0]])).tolist()
        [1.25]
    """
    if outputs.shape == targets.shape:
        return _over_outputs(jnp.sum, jax.nn.relu(1 - targets * outputs))
    _require_classes("hinge", outputs, targets)
    count = outputs.shape[-1]
    signs = 2 * jax.nn.one_hot(targets, count) - 1
    return _known_or_nan(_over_outputs(jnp.sum, jax.nn.relu(1 - signs * outputs)), targets, count)


def perceptron(outputs: Array, targets: Array) -> Array:
    """The perceptron's criterion, the sum over all outputs: L_i = sum_j max(0, -s_ij y_ij), a class each.

    Its gradient is that of Rosenblatt's rule: with plain descent at rate 1, example by example, a neuron that is wrong
    (s_ij y_ij <= 0) adds s_ij x to its weights, and one that is right stays as it is.

    Shapes:
        outputs y: (batch, classes). targets: (batch,) of whole numbers, s_ij = 1 for the class and -1 for the others,
        or the signs s (batch, classes) themselves. Output: (batch,); NaN for an unknown class.

    Raises:
        ShapeError: shapes that do not go together.

    Source:
        Rosenblatt (1958); the criterion as in Bishop, Pattern Recognition and Machine Learning (2006), equation 4.54.

    Example:
        >>> import jax.numpy as jnp
        >>> perceptron(jnp.array([[2.0, 0.5]]), jnp.array([0])).tolist()
        [0.5]
    """
    if outputs.shape == targets.shape:
        return _over_outputs(jnp.sum, _wrongness(targets * outputs))
    _require_classes("perceptron", outputs, targets)
    count = outputs.shape[-1]
    signs = 2 * jax.nn.one_hot(targets, count) - 1
    return _known_or_nan(_over_outputs(jnp.sum, _wrongness(signs * outputs)), targets, count)


def _wrongness(right: Array) -> Array:
    """How far on the wrong side; what lies on the line is wrong too, so that weights of 0 can learn."""
    return jnp.where(right <= 0, -right, 0.0)


LOSSES: dict[str, Loss] = {
    function.__name__: function
    for function in (
        quadratic, mean_squared_error, mean_absolute_error, huber, cross_entropy, binary_cross_entropy, hinge,
        perceptron,
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


def label_smoothing(targets: Array, num_classes: int, amount: float) -> Array:
    """Classes as probabilities, a share a of the certainty spread over all C: t = (1 - a) onehot + a / C.

    Shapes:
        targets: (batch,) of whole numbers. Output: (batch, num_classes); NaN for an unknown class.

    Args:
        num_classes: C.
        amount: a, from 0 to below 1.

    Raises:
        SettingError: an amount outside of that.

    Source:
        Szegedy et al., Rethinking the Inception Architecture (2015), section 7.

    Example:
        >>> import jax.numpy as jnp
        >>> [round(share, 2) for share in label_smoothing(jnp.array([1]), 2, 0.1)[0].tolist()]
        [0.05, 0.95]
    """
    if not 0 <= amount < 1:
        raise SettingError(f"label_smoothing needs an amount from 0 to below 1; got {amount!r}")
    smoothed = (1 - amount) * jax.nn.one_hot(targets, num_classes) + amount / num_classes
    return _known_or_nan(smoothed, targets[:, None], num_classes)


def _over_outputs(reduction: Callable[..., Array], values: Array) -> Array:
    return reduction(values, axis=tuple(range(1, values.ndim)))


def _known_or_nan(values: Array, classes: Array, count: int) -> Array:
    places = classes.astype(jnp.int32)
    return jnp.where((places >= 0) & (places < count), values, jnp.nan)


def _require_same_shape(loss: str, predictions: Array, targets: Array) -> None:
    if predictions.shape == targets.shape:
        return
    cure = _counts(predictions, targets)
    if predictions.shape == (*targets.shape, 1):
        cure = "Give the targets a last axis of 1: targets[:, None]."
    needs = f"targets of the predictions' shape {_words(predictions)}"
    raise ShapeError(loss, needs, targets.shape[1:], cure)


def _require_classes(loss: str, outputs: Array, targets: Array) -> None:
    whole = jnp.issubdtype(targets.dtype, jnp.integer)
    classes = targets.shape == outputs.shape[:1]
    if outputs.ndim == 2 and (targets.shape == outputs.shape or (classes and whole)):
        return
    if outputs.ndim != 2:
        raise ShapeError(loss, "predictions of shape (batch, classes)", outputs.shape[1:])
    cure = _counts(outputs, targets)
    if targets.shape == (len(outputs), 1):
        cure = "A column of classes must lose its last axis: targets[:, 0]."
    elif classes:
        cure = f"These targets are {targets.dtype}: make them whole numbers, targets.astype(int)."
    needs = f"targets that are classes (batch,) as whole numbers, or of the predictions' shape {_words(outputs)}"
    raise ShapeError(loss, needs, targets.shape[1:], cure)


def _counts(predictions: Array, targets: Array) -> str:
    """The shapes in a message leave the batch out, so a difference there is said."""
    found = [array.shape[0] for array in (predictions, targets) if array.ndim]
    return f"There are {found[0]} predictions and {found[1]} targets." if len(set(found)) == 2 else ""


def _words(array: Array) -> str:
    return f"({', '.join(['batch', *map(str, array.shape[1:])])})"
