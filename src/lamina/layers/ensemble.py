"""Ensemble: several networks of one design, started differently, computed as one."""

from __future__ import annotations

from lamina.arrays import Array, Key, Params, Shape, State, jax, jnp
from lamina.errors import SettingError
from lamina.layers.base import Layer, Variables
from lamina.recipes import recipe

MAX_MEMBERS = 64


@recipe
class Ensemble(Layer):
    """The same design several times with weights of their own, side by side on one input.

    Shapes:
        x: what the design takes. Output: (batch, members, ...) of what it gives.

    Args:
        network: the design.
        members: how many.

    Raises:
        SettingError: members below 2 or above 64.

    Source:
        Lakshminarayanan, Pritzel and Blundell, Simple and Scalable Predictive Uncertainty Estimation using Deep
        Ensembles (2017).

    Example:
        >>> import lamina
        >>> lamina.Ensemble(lamina.Dense(3), 5).output_shape((4,))
        (5, 3)
    """

    network: Layer
    members: int

    def __post_init__(self) -> None:
        if type(self.members) is not int or not 2 <= self.members <= MAX_MEMBERS:
            raise SettingError(f"Ensemble needs 2 to {MAX_MEMBERS} members; got {self.members!r}")

    def output_shape(self, shape: Shape) -> Shape:
        """(members, ...)."""
        return (self.members, *self.network.output_shape(shape))

    def parameters(self, shape: Shape) -> Variables:
        """Each member's parameters under its number."""
        return self._of_each(self.network.parameters(shape))

    def memory(self, shape: Shape) -> Variables:
        """Each member's memory under its number."""
        return self._of_each(self.network.memory(shape))

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
        """All members at once; member i gets the key fold_in(key, i)."""
        self.output_shape(x.shape[1:])
        numbers = jnp.arange(self.members)
        keys = None if key is None else jax.vmap(lambda number: jax.random.fold_in(key, number))(numbers)

        def one(own_params: Params, own_state: State, own_key: Key | None) -> tuple[Array, State]:
            return self.network.apply(own_params, own_state, x, key=own_key, training=training, mask=mask)

        outputs, after = jax.vmap(one)(self._stacked(params), self._stacked(state), keys)
        split = {str(i): jax.tree.map(lambda leaf, i=i: leaf[i], after) for i in range(self.members)}
        return jnp.moveaxis(outputs, 0, 1), split if after else {}

    def _of_each(self, variables: Variables) -> Variables:
        return {str(number): variables for number in range(self.members)} if variables else {}

    def _stacked(self, tree: Params) -> Params:
        """The members' arrays in one array each; training and prediction then cost one program, not many."""
        members = [tree[str(number)] for number in range(self.members)] if tree else []
        return jax.tree.map(lambda *leaves: jnp.stack(leaves), *members) if members else {}
