"""Self-organizing maps: neurons on a grid, each with a place among the examples, neighbors near each other."""

from __future__ import annotations

from lamina.arrays import Array, Key, Params, Shape, State, jax, jnp
from lamina.errors import SettingError
from lamina.layers.base import Layer, Variable, Variables, require_positive, require_rank
from lamina.recipes import recipe

SMALLEST_RADIUS = 0.5
"""In steps of the grid; there the winner moves almost alone."""


@recipe
class SelfOrganizing(Layer):
    """A grid of neurons with weights w_j. The one nearest to an example, the winner c, and its neighbors move to it:

        w_j += rate h_cj (x - w_j),    h_cj = exp(-|place of c - place of j|^2 / (2 radius^2))

    which is descent on sum_j h_cj |x - w_j|^2 / 2 with h held fixed. The radius begins with half of the grid's longer
    side and halves every `half_life` training steps, down to 0.5. Told is the distance |x - w_c|; watched is the
    topographic error: whether the second nearest neuron is no neighbor of the winner.

    Shapes:
        x: (batch, inputs). Output: (batch, 2): distance, topographic error. weight: (rows * columns, inputs).

    Args:
        rows, columns: of the grid.
        half_life: training steps.

    Raises:
        SettingError: a grid of one neuron, or a half_life below 1.
        ShapeError: no rows of numbers.

    Source:
        Kohonen, Self-Organized Formation of Topologically Correct Feature Maps (1982); the topographic error by
        Kiviluoto (1996).

    Example:
        >>> import lamina
        >>> lamina.SelfOrganizing(8, 8).output_shape((64,))
        (2,)
    """

    rows: int = 10
    columns: int = 10
    half_life: int = 500

    def __post_init__(self) -> None:
        require_positive("SelfOrganizing", rows=self.rows, columns=self.columns, half_life=self.half_life)
        if self.rows * self.columns < 2:
            raise SettingError("SelfOrganizing needs two neurons or more")

    @property
    def terms(self) -> tuple[str, ...]:
        """The distance."""
        return ("distance",)

    @property
    def watched(self) -> tuple[str, ...]:
        """The topographic error."""
        return ("topographic error",)

    def output_shape(self, shape: Shape) -> Shape:
        """(2,)."""
        require_rank(self, shape, 1, "rows of shape (batch, inputs)")
        return (2,)

    def parameters(self, shape: Shape) -> Variables:
        """`weight` (neurons, inputs)."""
        return {"weight": Variable((self.rows * self.columns, shape[-1]), "normal")}

    def memory(self, shape: Shape) -> Variables:
        """`steps` (1,) of training so far."""
        return {"steps": Variable((1,), "zeros")}

    def apply(
        self,
        params: Params,
        state: State,
        x: Array,
        *,
        key: Key | None = None,
        training: bool = False,
        mask: Array | None = None,
    ) -> tuple[Array, State]:
        """Distance and topographic error; while training with the gradient of Kohonen's rule."""
        self.output_shape(x.shape[1:])
        held = jax.lax.stop_gradient(params["weight"])
        squared = jnp.maximum(
            jnp.square(x).sum(axis=1, keepdims=True) - 2 * x @ held.T + jnp.square(held).sum(axis=1), 0.0
        )
        nearest = jax.lax.top_k(-squared, 2)[1]
        winner, second = nearest[:, 0], nearest[:, 1]
        distance = jnp.sqrt(jnp.take_along_axis(squared, winner[:, None], axis=1)[:, 0])
        apart = jnp.abs(self.places()[winner] - self.places()[second]).max(axis=1) > 1
        if training:
            pull = self._pull(params["weight"], state["steps"][0], x, winner)
            distance = distance + pull - jax.lax.stop_gradient(pull)
            state = {"steps": state["steps"] + 1}
        return jnp.stack([distance, apart.astype(distance.dtype)], axis=1), state

    def places(self) -> Array:
        """(neurons, 2): row and column of each on the grid."""
        numbers = jnp.arange(self.rows * self.columns)
        return jnp.stack([numbers // self.columns, numbers % self.columns], axis=1)

    def winners(self, params: Params, x: Array) -> Array:
        """(batch,): the number of the neuron nearest to each example."""
        weight = params["weight"]
        return jnp.argmin(jnp.square(weight).sum(axis=1) - 2 * x @ weight.T, axis=1)

    def generate(self, params: Params, state: State, key: Key, shape: Shape, count: int) -> Array:
        """What the neurons stand for, row after row of the grid, and again from the first."""
        drawn: Array = params["weight"][jnp.arange(count) % len(params["weight"])]
        return drawn

    def _pull(self, weight: Array, steps: Array, x: Array, winner: Array) -> Array:
        """sum_j h_cj |x - w_j|^2 / 2 of each example; its gradient by w_j is -h_cj (x - w_j)."""
        radius = jnp.maximum(max(self.rows, self.columns) / 2 * 0.5 ** (steps / self.half_life), SMALLEST_RADIUS)
        between = jnp.square(self.places()[:, None] - self.places()[None]).sum(axis=-1)
        nearness = jnp.exp(-between[winner] / (2 * jnp.square(radius)))
        squared = jnp.square(x).sum(axis=1, keepdims=True) - 2 * x @ weight.T + jnp.square(weight).sum(axis=1)
        pull: Array = (jax.lax.stop_gradient(nearness) * squared).sum(axis=1) / 2
        return pull
